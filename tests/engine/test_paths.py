"""What a path says changes nothing of what is read: no pattern in it, and no column."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import worthline
from worthline.errors import BadSetting, UnreadableFile
from worthline.run import OpenRun

TOML = """[company]
name = "Shop"
as_of = "2025-03-31"
margin = 0.5
[tables.transactions]
{source}
[tables.customers]
file = "{customers}"
"""
DAYS = ("2025-01-05", "2025-02-07", "2025-03-09")
QUERY = "query = \"select * from '{file}'\""


def shop(folder, who, each, source, customers="customers.csv"):
    """Three sales of `who`, `each` of this amount, in this folder."""
    folder.mkdir(parents=True, exist_ok=True)
    name = source.split("'")[1] if source.startswith("query") else source.split('"')[1]
    columns = {"customer_id": [who] * 3, "at": DAYS, "amount": [f"{each}.00"] * 3, "month": ["x"] * 3}
    if name.endswith(".parquet"):
        pq.write_table(pa.table(columns), folder / name)
    else:
        rows = zip(*columns.values(), strict=True)
        (folder / name).write_text(",".join(columns) + "\n" + "".join(",".join(row) + "\n" for row in rows))
    (folder / customers).write_text(f"customer_id,segment\n{who},own\n")
    (folder / "worthline.toml").write_text(TOML.format(source=source, customers=customers))
    return folder


@pytest.mark.parametrize(
    ("place", "source"),
    [
        ("shop [1]", 'file = "[s]ales.parquet"'),
        ("shop*", 'file = "[s]ales.csv"'),
        ("month=7/c0=x", 'file = "[s]ales.parquet"'),
        ("month=7", QUERY.format(file="sales.parquet")),
        ("shop [1]", QUERY.format(file="sales.csv")),
    ],
)
def test_neighbours_that_a_pattern_would_find_are_not_read(tmp_path, place, source):
    """A shop whose path reads as a pattern, and a neighbour that this pattern finds, with other sales."""
    for neighbour in ("shop 1", "shops", "sh"):
        shop(tmp_path / neighbour, "other", 900, source.replace("[s]", "s"))
    folder = shop(tmp_path / place, "own", 10, source.replace("[s]", "s"))
    made = worthline.open(folder).run(threads=1)
    own = [{"customer_id": "own", "amount": 30}]
    asked = "select customer_id, sum(amount) as amount from source.transactions group by 1"
    assert made.sql(asked).to_pylist() == own
    assert OpenRun(made.folder).sql(asked).to_pylist() == own
    months = "select sum(revenue) as revenue, min(month) as first from panel"
    [row] = made.sql(months).to_pylist()
    assert (row["revenue"], str(row["first"])[:7]) == (30, "2025-01")


@pytest.mark.parametrize("end", ["parquet", "csv"])
def test_a_file_whose_name_reads_as_a_pattern_is_read_alone(tmp_path, end):
    folder = shop(tmp_path / "shop", "plain", 900, f'file = "plain.{end}"')
    for name in (f"p*.{end}", f"[p]lain.{end}", f"?lain.{end}"):
        shop(folder, "own", 10, f'file = "{name}"')
    (folder / "worthline.toml").write_text(TOML.format(source=f'file = "*.{end}"', customers="customers.csv"))
    if end == "csv":
        (folder / "customers.csv").rename(folder / "customers.txt")
        (folder / "worthline.toml").write_text(TOML.format(source='file = "*.csv"', customers="customers.txt"))
    [_, sales] = sorted(worthline.open(folder).check().tables, key=lambda table: table.table)
    assert [file.rows_in for file in sales.files] == [3] * 4


@pytest.mark.parametrize("entry", ["../**/*.csv", "/**", "../*.csv", "linked/**/*.csv"])
def test_a_pattern_outside_the_folder_is_refused_before_it_is_followed(tmp_path, monkeypatch, entry):
    folder = shop(tmp_path / "shop", "own", 10, 'file = "sales.csv"')
    (folder / "linked").symlink_to(tmp_path)
    (folder / "worthline.toml").write_text(TOML.format(source=f'file = "{entry}"', customers="customers.csv"))
    monkeypatch.setattr("pathlib.Path.glob", lambda *_: pytest.fail("it was followed"))
    with pytest.raises(BadSetting, match="outside the company's folder"):
        worthline.open(folder).check()


def test_a_name_that_is_no_text_is_said(tmp_path):
    folder = shop(tmp_path / "shop", "own", 10, 'file = "sales.csv"')
    (folder / "sales.csv").rename(folder / "sales\udcff.csv")
    (folder / "worthline.toml").write_text(TOML.format(source='file = "sales*.csv"', customers="customers.csv"))
    with pytest.raises(BadSetting, match=r"sales\\udcff.csv is not UTF-8"):
        worthline.open(folder).check()


def test_a_key_of_thousands_of_parts_is_refused_at_once(tmp_path):
    folder = shop(tmp_path / "shop", "own", 10, 'file = "sales.csv"')
    with (folder / "worthline.toml").open("a") as file:
        file.write("a." * 20_000 + "b = 1\n")
    with pytest.raises(BadSetting, match="more than 1,000 parts"):
        worthline.open(folder)


@pytest.mark.parametrize("long", ["a" * 5_000, "sales.csv\\u0000.txt"])
@pytest.mark.parametrize("where", ["data", "file", "pattern"])
def test_a_name_that_no_system_takes_is_said(tmp_path, where, long):
    """Asking for a name of 5,000 letters is an error of the system, which was told as a fault of ours."""
    folder = shop(tmp_path / "shop", "own", 10, 'file = "sales.csv"')
    source = f'file = "{long}{"*" if where == "pattern" else ""}"'
    text = TOML.format(source='file = "sales.csv"' if where == "data" else source, customers="customers.csv")
    (folder / "worthline.toml").write_text(
        text.replace("margin", f'data = "{long}"\nmargin') if where == "data" else text
    )
    with pytest.raises((BadSetting, UnreadableFile)):
        worthline.open(folder).check()
