"""What one pass over the bytes finds, against counts made by other means."""

import hashlib

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from worthline.errors import UnreadableFile
from worthline.ingest.files import scan, scan_file


def scanned(tmp_path, content: bytes):
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    return scan_file(path)


def lines_by_hand(text: str) -> list[str]:
    """Lines without their ends, by walking the characters."""
    lines, under_way, at = [], "", 0
    while at < len(text):
        if text[at] in "\r\n":
            at += text[at : at + 2] == "\r\n"
            lines.append(under_way)
            under_way = ""
        else:
            under_way += text[at]
        at += 1
    return lines + [under_way] * bool(under_way)


@pytest.mark.parametrize(
    ("content", "lines", "blank", "at_end", "newlines"),
    [
        (b"", 0, 0, 0, "none"),
        (b"a", 1, 0, 0, "none"),
        (b"a\n", 1, 0, 0, "\n"),
        (b"a\nb", 2, 0, 0, "\n"),
        (b"\n\na\n\nb\n\n\n", 7, 5, 2, "\n"),
        (b"a\r\nb\r\n\r\n", 3, 1, 1, "\r\n"),
        (b"a\rb\r\rc", 4, 1, 0, "\r"),
        (b"a\nb\r\nc\r\r", 4, 1, 1, "mixed"),
        (b"\n\n\n", 3, 3, 3, "\n"),
        (b"\xef\xbb\xbf\na\n", 2, 1, 0, "\n"),
    ],
)
def test_lines_and_newlines_are_counted(tmp_path, content, lines, blank, at_end, newlines):
    found = scanned(tmp_path, content)
    assert (found.lines, found.blank_lines, found.blank_at_end, found.newlines) == (lines, blank, at_end, newlines)
    assert found.size == len(content)
    assert found.sha256 == hashlib.sha256(content).hexdigest()


@settings(max_examples=300, deadline=None)
@given(
    text=st.text(st.sampled_from('ab\r\n\n\ré"\0'), max_size=60),
    chunk=st.integers(1, 9),
    encoding=st.sampled_from(["utf-8", "utf-16-le", "utf-32-be"]),
)
def test_counts_do_not_depend_on_where_chunks_end(tmp_path_factory, text, chunk, encoding):
    assume(text[:1] != "\0")  # behind the mark of UTF-16 it would make that of UTF-32
    path = tmp_path_factory.getbasetemp() / "chunks.csv"
    path.write_bytes(("\ufeff" + text).encode(encoding))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scan, "_CHUNK", max(chunk, 4))
        found = scan_file(path)
    by_hand = lines_by_hand(text)
    at_end = next((n for n, line in enumerate(reversed(by_hand)) if line), len(by_hand))
    assert (found.lines, found.blank_lines, found.blank_at_end) == (len(by_hand), by_hand.count(""), at_end)
    assert (found.nul_bytes, found.quotes, found.bom) == (text.count("\0"), '"' in text, encoding)
    assert found.encoding == encoding


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_byte_order_marks_are_known(tmp_path, encoding):
    found = scanned(tmp_path, "\ufeffid,näme\n1,x\n".encode(encoding))
    assert (found.bom, found.encoding, found.lines, found.utf8_error) == (encoding, encoding, 2, None)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_wide_text_without_mark_is_known(tmp_path, encoding):
    found = scanned(tmp_path, "id,näme\n1,x\n".encode(encoding))
    assert (found.bom, found.encoding, found.lines, found.nul_bytes) == (None, encoding, 2, 0)


def test_few_nul_bytes_are_not_taken_for_wide_text(tmp_path):
    found = scanned(tmp_path, b"id,name\n1,a\0b\n2,\0\n")
    assert (found.encoding, found.nul_bytes, found.ascii) == ("utf-8", 2, True)


@pytest.mark.parametrize("chunk", [4, 7, 1 << 20])
def test_first_line_that_is_not_utf8_is_named(tmp_path, monkeypatch, chunk):
    monkeypatch.setattr(scan, "_CHUNK", chunk)
    found = scanned(tmp_path, "id,é\r\n".encode() + b"1,caf\xe9\r\n2,\xff\r\n")
    assert (found.encoding, found.utf8_error) == (None, (2, b"1,caf\xe9"))


def test_character_cut_off_at_the_end_is_not_utf8(tmp_path):
    found = scanned(tmp_path, "id\né".encode()[:-1])
    assert (found.encoding, found.utf8_error) == (None, (2, b"\xc3"))


def test_missing_file_and_folder_are_said_plainly(tmp_path):
    with pytest.raises(UnreadableFile, match="no such file"):
        scan_file(tmp_path / "gone.csv")
    with pytest.raises(UnreadableFile, match="a folder"):
        scan_file(tmp_path)
