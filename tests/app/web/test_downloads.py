"""Each table of a page as CSV and Excel: the same rows in the same order, numbers in full, no formula."""

import csv
import io

import pyarrow.parquet as pq
import pytest
import python_calamine

from worthline.app.web import downloads
from worthline.app.web.navigation import places
from worthline.company import open as open_company
from worthline.reports import browse

PAGE = """<title>Costs</title><div class="scroll" tabindex="0" role="region" aria-label="Costs &amp; more"><table>
<thead><tr><th scope="col">Experience</th><th scope="col"><span class="away">Drawn</span></th><th class="n">Cost</th>
<th>Kept</th></tr></thead><tbody>
<tr><th scope="row"><a href="/x">=wrong &lt;bill&gt;</a></th><td><svg><text>9</text></svg></td><td class="n" data-v="145123.45">$145k</td><td>85.4%</td></tr>
<tr><th scope="row">outage</th><td></td><td class="n">1,209</td><td></td></tr>
</tbody></table></div>"""


def rows_of(content):
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def test_what_is_shortened_is_downloaded_exactly_and_a_formula_is_disarmed():
    found = downloads.pick(PAGE, "1")
    assert rows_of(downloads.made(found, "csv", {})) == [
        ["Experience", "", "Cost", "Kept"],
        ["'=wrong <bill>", "", "145123.45", "0.854"],
        ["outage", "", "1209", ""],
    ]
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(downloads.made(found, "xlsx", {"Page": "Costs"})))
    assert book.sheet_names == ["Costs & more", "About"]
    assert book.get_sheet_by_index(0).to_python()[1] == ["=wrong <bill>", "", 145123.45, 0.854]


@pytest.mark.parametrize(
    ("order", "first"), [("3a", "outage"), ("3d", "=wrong <bill>"), ("1a", "=wrong <bill>"), ("4a", "=wrong <bill>")]
)
def test_the_order_of_the_page_is_kept(order, first):
    assert downloads.pick(PAGE, "1", order).rows[0][0].value == first


@pytest.mark.parametrize("number", ["0", "2", "x", ""])
def test_a_table_that_is_not_there(number):
    assert downloads.pick(PAGE, number) is None


def test_each_table_of_each_page_has_its_links_and_they_hold_its_rows(app, small):
    run = open_company(small).published()
    for place in places(run):
        page = app.get(place.path).text
        tables = page.count("<table")
        assert page.count('aria-label="CSV: ') == tables, place.path
        for number in range(1, tables + 1):
            answer = app.get(place.path, params={"as": "csv", "table": str(number)})
            assert answer.headers["content-type"].startswith("text/csv")
            assert answer.headers["content-disposition"].startswith("attachment")
            rows = rows_of(answer.content)
            assert len({len(row) for row in rows}) == 1, (place.path, number)
    assert app.get("/", params={"as": "csv", "table": "99"}).status_code == 404


def test_a_raw_table_is_filtered_sorted_and_downloaded_whole(app, small):
    run = open_company(small).published()
    asked = {"metric": "revenue", "dimension": "all", "sort": "value", "order": "desc"}
    told = run.sql(
        "select value from metrics where metric = 'revenue' and dimension = 'all' order by 1 desc nulls last"
    )
    wanted = [str(v) for v in told["value"].to_pylist()]
    rows = rows_of(app.get("/tables/metrics", params={**asked, "as": "csv"}).content)
    at = rows[0].index("value")
    assert [float(row[at]) for row in rows[1:] if row[at]] == [float(v) for v in wanted if v != "None"]
    sheet = python_calamine.CalamineWorkbook.from_filelike(
        io.BytesIO(app.get("/tables/metrics", params={**asked, "as": "xlsx"}).content)
    ).get_sheet_by_index(0)
    assert len(sheet.to_python()) == len(rows)
    page = app.get("/tables/metrics", params=asked).text
    assert 'aria-sort="descending"' in page
    assert "metric=revenue" in page[page.index('class="take"') :]


def test_a_whole_table_as_parquet_has_the_rows_of_its_csv(app):
    asked = {"metric": "revenue", "dimension": "all", "sort": "period", "order": "asc"}
    table = pq.read_table(io.BytesIO(app.get("/tables/metrics", params={**asked, "as": "parquet"}).content))
    rows = rows_of(app.get("/tables/metrics", params={**asked, "as": "csv"}).content)
    assert (table.column_names, table.num_rows) == (rows[0], len(rows) - 1)
    assert table["period"].to_pylist() == [row[rows[0].index("period")] for row in rows[1:]]
    links = app.get("/tables/metrics", params=asked).text
    assert ["Parquet: metrics" in links, "Parquet: " in app.get("/").text] == [True, False]
    assert app.get("/", params={"as": "parquet", "table": "1"}).headers["content-type"].startswith("text/html")


def test_more_than_excel_opens_is_refused_with_what_else_there_is(app, monkeypatch):
    monkeypatch.setattr(downloads, "MOST_CELLS", 100)
    answer = app.get("/tables/metrics", params={"as": "xlsx"})
    assert answer.status_code == 400
    assert "Take it as CSV or Parquet, or filter it first." in answer.text
    assert app.get("/tables/metrics", params={"as": "csv"}).status_code == 200
    monkeypatch.setitem(browse.MOST, "csv", 10)
    assert (
        "a download holds 10. Filter it, or take it as Parquet" in app.get("/tables/metrics", params={"as": "csv"}).text
    )
    assert app.get("/tables/metrics", params={"as": "parquet"}).status_code == 200


@pytest.mark.parametrize("query", ["sort=nothing", "order=up&sort=value", "nothing=1", "page=0"])
def test_what_a_table_has_not_is_wrong_use(app, query):
    assert app.get(f"/tables/metrics?{query}").status_code == 400


def test_the_api_hides_what_the_page_hides(app):
    for row in app.get("/api/tables/metrics").json():
        if row["dimension"] != "all":
            assert row["n"] is None or row["n"] >= 10
