"""The search finds pages by standard names and synonyms; the navigation stands in five groups."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.reports.fake_run import LARKFIELD, NOW, publish, row
from tests.reports.test_chain import EFFECTS
from worthline.app.web import navigation, views
from worthline.effects import effect
from worthline.errors import NoSuchName


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    rows = [
        *LARKFIELD,
        row("mrr", NOW, 1.0),
        row("customers_active", NOW, 500, n=500, dimension="region", member="South"),
        row("customers_active", NOW, 500, n=500, dimension="location", member="Store 9"),
    ]
    made = publish(tmp_path_factory.mktemp("search"), rows)
    pq.write_table(pa.Table.from_pylist(EFFECTS, effect.SCHEMA), made.path / "effects.parquet")
    made.about["rows"]["source.feedback"] = 12
    return made


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ("NRR", "/figures/net_revenue_retention"),
        ("nrr", "/figures/net_revenue_retention"),
        ("mrr", "/figures/mrr"),
        ("churn", "/figures/retention_12m"),
        ("comments", "/tables/source.feedback"),
        ("south", "/#sides"),
        ("Store 9", "/tables/metrics"),
        ("Billing", "/effects/margin/Wrong%20bill"),
        ("value chain", "/chain"),
        ("retension", "/figures/retention"),
    ],
)
def test_search_by_standard_names(run, asked, path):
    assert views.find(run, asked) == path


def test_lifetime_value_leads_to_customer_equity(run, monkeypatch):
    monkeypatch.setattr(navigation.Place, "there", lambda self, run: True)
    for asked in ("clv", "LTV", "lifetime value"):
        assert views.find(run, asked) == "/customers", "this run has no figure customer_equity"


def test_what_is_not_there_is_said(run):
    with pytest.raises(NoSuchName):
        views.find(run, "zzzzzz")


def test_navigation_stands_in_five_groups_of_at_most_four(run, monkeypatch):
    monkeypatch.setattr(navigation.Place, "there", lambda self, run: True)
    groups = [entry.group for entry in navigation.menu(navigation.places(run))]
    assert list(dict.fromkeys(groups)) == list(navigation.GROUPS) == ["Today", "Why", "Improve", "Money", "Data"]
    assert groups == sorted(groups, key=navigation.GROUPS.index), "a group stands together"
    assert max(map(groups.count, groups)) <= 4


def test_every_page_has_a_key_of_its_own():
    keys = [place.key for place in navigation.PLACES]
    assert len(keys) == len(set(keys))
