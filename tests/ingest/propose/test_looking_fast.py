"""A clean file without quotes is looked at by the fast reader, and looks the same as to the exact one."""

import sys

import pytest

from worthline.ingest.propose import look

FILES = {
    "plain": b"customer_id,date,amount\nC1,2026-03-01,5.00\nC2,,6.00\n",
    "windows line ends": b"customer_id,date,amount\r\nC1,2026-03-01,5.00\r\nC2,2026-03-02,\r\n",
    "byte order mark, semicolons": b"\xef\xbb\xbfid;name;n\n1; Ann ;2\n2;M\xc3\xbcller;\n",
    "a row too wide and one too short": b"a,b\n1,2\n3,4,5\n6\n7,8\n",
    "blank lines at the end": b"a,b\n1,2\n3,4\n\n\n",
    "NA is text": b"a,b\nNA,null\nnan,\n",
}


@pytest.mark.parametrize("name", FILES)
def test_both_readers_see_the_same(tmp_path, monkeypatch, name):
    (tmp_path / "file.csv").write_bytes(FILES[name])
    fast, _ = look(tmp_path)
    monkeypatch.setattr(sys.modules["worthline.ingest.propose.look"], "why_not_engine", lambda *_: ("by order",))
    exact, _ = look(tmp_path)
    assert fast == exact
    assert fast[0].rows >= 2
