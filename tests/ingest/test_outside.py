"""A folder from somebody else reads nothing of this machine, and one run has one set of numbers."""

from __future__ import annotations

import pytest

import worthline
from worthline.errors import BadQuery, BadSetting, UnreadableFile
from worthline.ingest.propose.look import look

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
    with pytest.raises(BadQuery, match="may give another result another time"):
        check(
            company, QUERY.format(f"select customer_id, s.at, {function}::decimal(18, 2) as amount from 'sales.csv' s")
        )


def test_query_is_stopped_at_the_time_that_its_setting_says(company):
    many = "select range as customer_id, '2026-01-01' as at, 1 as amount from range(1000000000000)"
    with pytest.raises(BadQuery, match=r"stopped after 1 seconds.*query_seconds"):  # rows come all the time
        check(company, QUERY.format(many) + "query_seconds = 1\n")
    endless = "with recursive t(n) as (select 1 union all select n + 1 from t) select n as amount from t"
    with pytest.raises(BadQuery, match=r"stopped after 1 seconds.*query_seconds"):
        check(company, QUERY.format(endless) + "query_seconds = 1\n")


def test_init_looks_at_no_file_outside_and_at_no_link_to_itself(company):
    (company / "itself.csv").symlink_to("itself.csv")
    looked, unread = look(company)
    assert {each.name for each in looked} == {"sales.csv", "near.csv"}
    assert {each.name: "outside the folder" in each.why for each in unread} == {"link.csv": True, "itself.csv": False}
    assert "SECRET" not in str(looked)


@pytest.mark.parametrize("kind", ["link to itself", "pipe", "folder"])
def test_what_is_no_file_is_said(company, kind):
    import os

    place = company / "odd.csv"
    {"link to itself": lambda: place.symlink_to("odd.csv"), "pipe": lambda: os.mkfifo(place), "folder": place.mkdir}[
        kind
    ]()
    with pytest.raises(UnreadableFile, match=r"no such file|a pipe or a device|a folder"):
        check(company, '[tables.transactions]\nfile = "odd.csv"\n')


def test_init_says_at_once_that_a_file_is_too_wide(tmp_path):
    names = ",".join(["customer_id", *(f"c{i}" for i in range(200_000))])
    (tmp_path / "wide.csv").write_text(names + "\nC1" + ",x" * 200_000 + "\n")
    looked, unread = look(tmp_path)
    assert not looked
    assert "200,001 columns; to fix it, keep the columns that matter, 2,000 at most" in unread[0].why
