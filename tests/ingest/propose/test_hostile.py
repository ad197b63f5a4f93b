"""Folders and files that are not what they seem: said in words, the rest goes on, and the text is always TOML."""

import gzip
import os
import tomllib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import worthline as wl
from tests.ingest.propose.proposing import proposal_of, write_yes
from worthline import config
from worthline.errors import UsageError, WorthlineError
from worthline.ingest.propose import look, write
from worthline.tables import TABLES

GOOD = "customer_id,date,amount\nC1,2026-03-01,5.00\nC2,2026-03-02,6.00\n"


def test_missing_folder(tmp_path):
    with pytest.raises(UsageError, match="There is no folder"):
        look(tmp_path / "nowhere")


def test_file_instead_of_a_folder(tmp_path):
    (tmp_path / "sales.csv").write_text(GOOD)
    with pytest.raises(UsageError, match="is a file"):
        look(tmp_path / "sales.csv")


def test_empty_folder(tmp_path):
    (tmp_path / "README.txt").write_text("nothing here")
    with pytest.raises(UsageError, match="holds no data file"):
        look(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("empty.csv", b"", "an empty file"),
        ("blank.csv", b"\n\n\n", ""),
        ("packed.csv.gz", gzip.compress(GOOD.encode(), mtime=0)[:-9], "a damaged archive"),
        ("packed.tar", b"x", "unpack it"),
        ("settings.jsonl", b"[1, 2]", "should be an object"),
        ("wrong.csv", gzip.compress(GOOD.encode(), mtime=0), "gzip"),
        ("broken.xlsx", b"PK\x03\x04 no workbook", ""),
        ("broken.parquet", b"PAR1 no table PAR1", "Parquet"),
        ("survey.sav", b"$FL2@(#)", "CSV"),
        ("numbers.csv", b"1,2,3\n4,5,6\n", "no header"),
        ("prose.txt", b"Dear all\nplease find attached\n", "prose"),
        ("binary.csv", bytes(range(256)) * 8, ""),
        ("a\nb.csv", GOOD.encode(), "rename"),
    ],
)
def test_file_that_cannot_be_read_is_said_and_the_rest_goes_on(tmp_path, name, content, says):
    (tmp_path / name).write_bytes(content)
    (tmp_path / "sales.csv").write_text(GOOD)
    proposal = proposal_of(tmp_path)
    assert [p.group.shown for p in proposal.mapped] == ["sales.csv"]
    assert len(proposal.unread) == 1
    assert says in proposal.unread[0][1]
    assert tomllib.loads(write(proposal))["tables"]


@pytest.mark.parametrize("name", ["sales [2026].csv", "a\"b'c.csv", "sålg*.csv", "x\\y.csv", "ﬁle?.csv"])
def test_odd_file_names_are_read_back(tmp_path, name):
    (tmp_path / name).write_text(GOOD)
    (tmp_path / "sales 2.csv").write_text("a,b\n1,2\n")
    write_yes(tmp_path)
    health = wl.open(tmp_path).check()
    assert [t.table for t in health.tables if t.files] == ["transactions"]


def test_header_that_would_break_the_text(tmp_path):
    (tmp_path / "sales.csv").write_text('customer_id,date,amount,"a # b\n[x]","q""=\'\'\'"\nC1,2026-03-01,5,1,2\n')
    text = write_yes(tmp_path)
    assert set(tomllib.loads(text)) == {"company", "tables"}
    assert wl.open(tmp_path).check()


CELLS = st.one_of(
    st.sampled_from(["", "1", "2.5", "1,234", "C1", "2026-03-01", "03/04/2026", "yes", "a@x.org", "€ 5", "NULL", "9"]),
    st.text(st.characters(codec="utf-8", exclude_characters='"\r\n,\0'), max_size=6),
)
NAMES = st.one_of(
    st.sampled_from(
        ["customer_id", "date", "amount", "score", "nps", "email", "at", "metric", "id", "name", "fee", "touchpoint"]
    ),
    st.text(st.characters(codec="utf-8", exclude_characters='"\r\n,\0'), max_size=8),
)


@given(header=st.lists(NAMES, min_size=1, max_size=6), rows=st.lists(st.lists(CELLS, min_size=6, max_size=6), max_size=8),
       name=st.sampled_from(["sales", "customers", "survey", "tickets", "x"]))  # fmt: skip
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_written_loads_and_check_has_words(tmp_path_factory, header, rows, name):
    folder = tmp_path_factory.mktemp("any")
    lines = [",".join(f'"{c}"' for c in header), *(",".join(f'"{c}"' for c in row[: len(header)]) for row in rows)]
    (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    write_yes(folder)
    loaded = config.load(folder, {table: spec.names for table, spec in TABLES.items()})
    said = None
    try:
        wl.open(folder).check()
    except WorthlineError as error:
        said = error
    assert said is None or said.exit_code == (1 if loaded.sources else said.exit_code) != 3


def test_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "live.csv")
    (tmp_path / "endless.csv").symlink_to("/dev/zero")
    (tmp_path / "sales.csv").write_text(GOOD)
    proposal = proposal_of(tmp_path)
    assert [p.group.shown for p in proposal.mapped] == ["sales.csv"]
    assert [name for name, _ in proposal.unread] == ["endless.csv", "live.csv"]
    why = dict(proposal.unread)
    assert "outside the folder" in why["endless.csv"]
    assert "may never end" in why["live.csv"]


def test_folder_that_cannot_be_opened_is_said(tmp_path, monkeypatch):
    """Tests may run as root, to whom every folder opens: the refusal is made."""
    (tmp_path / "sales.csv").write_text(GOOD)
    (tmp_path / "closed").mkdir()
    scan = os.scandir

    def refused(at):
        if str(at).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(at))
        return scan(at)

    monkeypatch.setattr(os, "scandir", refused)
    proposal = proposal_of(tmp_path)
    assert proposal.unread == [("closed/", "the folder cannot be opened (Permission denied); make it readable")]


def test_header_without_rows_is_said(tmp_path):
    (tmp_path / "things.csv").write_text("Colour,Width\n")
    (tmp_path / "sales.csv").write_text(GOOD)
    (left,) = [p for p in proposal_of(tmp_path).plans if p.table is None]
    assert left.why == "it has a header and no rows to tell its columns by"
