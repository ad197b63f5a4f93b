"""Packed files and JSON: laid down as they were, guarded, and read like plain ones by init, check and queries."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from pathlib import Path

import pytest

from tests.cases.test_further_kinds import of, sheet
from tests.ingest.propose.proposing import loaded_sum, proposal_of
from worthline.errors import UnreadableFile
from worthline.ingest.files import members, packed, plain, suffix_of

ROWS = [[f"o{m}{k}", f"c{k}", f"2025-0{m}-{10 + k}", "20.10"] for m in range(1, 8) for k in range(10)]
ORDERS = sheet("order_id,customer_id,order_date,amount", ROWS)
RECORDS = [{"id": i, "customer": {"id": c}, "created_at": f"{day}T10:00:00Z", "total": 20.10} for i, c, day, _ in ROWS]
# until June, of July nothing is whole
SUM = (60, "1206.0000")


def zipped(**files: str) -> bytes:
    """A zip of files, by name with __ for the dot."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "."), text)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("orders.csv.gz", gzip.compress(ORDERS.encode(), mtime=0)),
        ("orders.zip", zipped(orders__csv=ORDERS, readme__md="hello")),
        ("orders.json", json.dumps(RECORDS).encode()),
        ("orders.jsonl.gz", gzip.compress("\n".join(map(json.dumps, RECORDS)).encode(), mtime=0)),
        ("orders.json", json.dumps({"data": RECORDS, "next": None}, indent=1).encode("utf-16")),
    ],
)
def test_what_init_maps_of_packed_files_is_read(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    assert not proposal_of(tmp_path).questions
    assert loaded_sum(tmp_path, "transactions", "amount") == SUM
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".worthline-")]


def test_a_zip_of_months_is_one_pattern_and_each_table_of_it_a_file(tmp_path: Path) -> None:
    months = {f"orders-2025-0{m}__csv": sheet("order_id,customer_id,order_date,amount", ROWS[10 * m - 10 : 10 * m])
              for m in range(1, 8)}  # fmt: skip
    (tmp_path / "export.zip").write_bytes(zipped(**months, customers__csv="customer_id,segment\nc0,a\nc1,b\n"))
    shown = {plan.group.shown: plan.table for plan in proposal_of(tmp_path).plans}
    assert shown == {"export.zip/customers.csv": "customers", "export.zip/orders-2025-*.csv": "transactions"}
    assert loaded_sum(tmp_path, "transactions", "amount") == SUM


def test_a_query_names_a_table_in_a_zip(tmp_path: Path) -> None:
    folder = tmp_path / "c"
    folder.mkdir()
    (folder / "e.zip").write_bytes(zipped(a__csv=ORDERS, b__csv="customer_id\nc0\n"))
    query = (
        "select order_date as on_date, customer_id, amount from 'e.zip/a.csv' join 'e.zip/b.csv' using (customer_id)"
    )
    found = of(folder, f'[tables.transactions]\nquery = "{query}"\n', metrics=False)
    assert found.tables["transactions"].num_rows == 6


def test_a_zip_of_one_table_is_named_alone_and_of_several_by_the_table(tmp_path: Path) -> None:
    (tmp_path / "one.zip").write_bytes(zipped(a__csv=ORDERS))
    assert plain(tmp_path / "one.zip", tmp_path / "s").read_text() == ORDERS
    (tmp_path / "two.zip").write_bytes(zipped(a__csv=ORDERS, b__csv=ORDERS))
    with pytest.raises(UnreadableFile, match=r'2 tables .*name one of them: file = "two.zip/a.csv"'):
        plain(tmp_path / "two.zip", tmp_path / "s")
    with pytest.raises(UnreadableFile, match=r"it holds a\.csv, b\.csv"):
        plain(tmp_path / "two.zip" / "c.csv", tmp_path / "s")


@pytest.mark.parametrize("name", ["../a.csv", "/etc/a.csv", "x/../../a.csv", "..\\a.csv", "C:\\a.csv"])
def test_names_that_lead_out_of_a_zip_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "e.zip").write_bytes(zipped(**{name: ORDERS}))
    with pytest.raises(UnreadableFile, match="leads out of it"):
        members(tmp_path / "e.zip")


def test_encrypted_archives_are_refused(tmp_path: Path) -> None:
    content = bytearray(zipped(a__csv=ORDERS))
    for header, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(header) + at] |= 1
    (tmp_path / "e.zip").write_bytes(bytes(content))
    with pytest.raises(UnreadableFile, match="it is encrypted"):
        plain(tmp_path / "e.zip", tmp_path / "s")


@pytest.mark.parametrize("name", ["a.csv.gz", "a.zip"])
def test_bombs_end_where_they_grow_beyond_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(packed, "_FREELY", 1 << 20)
    noughts = "a\n" + "0" * (4 << 20)
    content = gzip.compress(noughts.encode(), mtime=0) if name.endswith("gz") else zipped(a__csv=noughts)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnreadableFile, match="more than 1,048,576 bytes out of"):
        plain(tmp_path / name, tmp_path / "s")


def test_damaged_archives_and_documents_end_in_a_sentence_or_are_whole(tmp_path: Path) -> None:
    documents = {
        "a.csv.gz": gzip.compress(ORDERS.encode(), mtime=0),
        "a.zip": zipped(a__csv=ORDERS),
        "a.json": json.dumps(RECORDS[:20]).encode(),
    }
    whole = {name: _laid(tmp_path, name, content) for name, content in documents.items()}
    for name, content in documents.items():
        for n in range(1, 40):
            place = len(content) * n // 40
            assert _laid(tmp_path, name, content[:place]) is None
            flipped = content[:place] + bytes([content[place] ^ 0x41]) + content[place + 1 :]
            changed = _laid(tmp_path, name, flipped)
            assert name == "a.json" or changed in (None, whole[name])


def _laid(folder: Path, name: str, content: bytes) -> str | None:
    (folder / name).write_bytes(content)
    try:
        return plain(folder / name, folder / "s").read_text(encoding="utf-8")
    except UnreadableFile:
        return None


@pytest.mark.parametrize(
    ("document", "table"),
    [
        # digits as they stand; an object in an object by both names; what lies deeper as text
        ('[{"a": 12345678901234567890, "b": {"c": 1.10, "d": null}}, {"a": true, "e": [{"x": "y"}]}]',
         'a,b.c,b.d,e\n12345678901234567890,1.10,,\ntrue,,,"[{""x"": ""y""}]"\n'),
        ('{"a": 1}\n\n{"a": 2, "b": "x, y"}\n', 'a,b\n1,\n2,"x, y"\n'),
        ('\ufeff{"rows": [{"a": 1}, {"a": 2}], "next": null}', "a\n1\n2\n"),
        ('{"a": 1, "b": [1]}', 'a,b\n1,"[""1""]"\n'),
    ],
)  # fmt: skip
def test_records_in_json_are_rows(tmp_path: Path, document: str, table: str) -> None:
    assert _laid(tmp_path, "a.json", document.encode()) == table


@pytest.mark.parametrize(
    ("document", "says"),
    [("[1, 2]", "a value where record 1"), ("[[1]]", "a list where record 1"), ("[]", "no records"), ("", "no records"),
     ('[{"a": 1}', "the list does not end"), ('[{"a": 1}] 5', "more behind its end"), ("[" * 9999, "broken JSON"),
     ('{"a": 1}\n{"a":', "broken JSON")],
)  # fmt: skip
def test_documents_without_records_say_so(tmp_path: Path, document: str, says: str) -> None:
    (tmp_path / "a.json").write_text(document)
    with pytest.raises(UnreadableFile, match=says):
        plain(tmp_path / "a.json", tmp_path / "s")


def test_records_longer_than_a_block_are_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worthline.ingest.files.json_records._BLOCK", 7)
    assert _laid(tmp_path, "a.json", '[{"a": 1234567, "ä": "üü"}, {"a": 12}]'.encode()) == "a,ä\n1234567,üü\n12,\n"


def test_the_ending_of_a_name_once_plain() -> None:
    names = ("a.csv", "a.CSV.GZ", "x.zip/a.tsv", "a.json", "a.jsonl.gz", "a.xlsx")
    assert list(map(suffix_of, names)) == [".csv", ".csv", ".tsv", ".csv", ".csv", ".xlsx"]
