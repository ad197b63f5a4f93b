"""A folder from somebody else reads nothing of this machine, and one run has one set of numbers."""

from __future__ import annotations

import pytest

import worthline
from worthline.errors import BadQuery, BadSetting

SECRET = "customer_id,at,amount\nSECRET,2026-09-01,1.00\n"
QUERY = "[tables.transactions]\nquery = '''{}'''\n"


@pytest.fixture
def company(tmp_path):
    folder = tmp_path / "company"
    folder.mkdir()
    (tmp_path / "secret.csv").write_text(SECRET)
    (folder / "sales.csv").write_text(SECRET.replace("SECRET", "C1"))
    (folder / "link.csv").symlink_to(tmp_path / "secret.csv")
    (folder / "near.csv").symlink_to("sales.csv")
    return folder


def check(folder, tables, company=""):
    (folder / "worthline.toml").write_text(f"[company]\n{company}\n{tables}")
    return worthline.open(folder).check()


@pytest.mark.parametrize("entry", ["/etc/passwd", "../secret.csv", "link.csv", "{above}/secret.csv", "lin*.csv"])
def test_file_outside_is_refused_and_not_looked_at(company, entry):
    entry = entry.format(above=company.parent)
    with pytest.raises(BadSetting, match="outside the company's folder") as error:
        check(company, f'[tables.transactions]\nfile = "{entry}"\n')
    assert "root:" not in str(error.value)
    assert "SECRET" not in str(error.value)
    assert "outside = true" in error.value.fix


def test_query_over_a_link_outside_is_refused(company):
    with pytest.raises(BadQuery, match=r"link\.csv is a link to a file outside"):
        check(company, QUERY.format("select * from 'link.csv'"))


def test_allowed_by_a_setting_and_links_within_need_none(company):
    assert check(company, '[tables.transactions]\nfile = "near.csv"\n').tables[0].used == 1
    for tables in ('[tables.transactions]\nfile = "link.csv"\n', QUERY.format("select * from 'link.csv'")):
        assert check(company, tables, "outside = true").tables[0].used == 1


@pytest.mark.parametrize("function", ["random()", "extract('second' from now())", "hash(uuid())"])
def test_query_with_another_result_each_time_is_refused(company, function):
    with pytest.raises(BadQuery, match="gives another result each time"):
        check(
            company, QUERY.format(f"select customer_id, s.at, {function}::decimal(18, 2) as amount from 'sales.csv' s")
        )


def test_query_is_stopped_at_the_time_that_its_setting_says(company):
    endless = "with recursive t(n) as (select 1 union all select n + 1 from t) select n as amount from t"
    with pytest.raises(BadQuery, match=r"stopped after 1 seconds.*query_seconds"):
        check(company, QUERY.format(endless) + "query_seconds = 1\n")
