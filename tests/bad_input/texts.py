"""Text files that are not as they should be: encodings, delimiters, ragged rows, quotes, NUL, sizes."""

from __future__ import annotations

from tests.bad_input.case import Case, sales
from worthline.errors import MissingColumn, UnreadableFile

HEAD = "customer_id,at,amount\n"
ONE = "C1,2026-09-01,5.00\n"
C1 = ("C1", "2026-09-01", "5.00")
NAMED = "customer_id at_date amount product"


def _million() -> Case:
    text = "x" * 1_000_000
    return sales(
        "million_character_cell",
        f"customer_id,at,amount,product\nC1,2026-09-01,5.00,{text}\nC2,2026-09-02,{text},p\nC3,2026-09-03,7,p\n",
        columns=NAMED,
        used=[(*C1, text), ("C3", "2026-09-03", "7", "p")],
        aside=[(3, "amount", "not_money", "x" * 200)],
    )


CASES: tuple[Case, ...] = (
    sales("utf8_byte_order_mark", b"\xef\xbb\xbf" + (HEAD + ONE).encode(), used=[C1]),
    sales(
        "utf16_with_mark",
        ("\ufeff" + HEAD + "Zoë,2026-09-01,5.00\nC2,2026-09-02,x\n").encode("utf-16-le"),
        used=[("Zoë", "2026-09-01", "5.00")],
        aside=[(3, "amount", "not_money", "x")],
        notes=("exact reader",),
    ),
    sales(
        "cp1252_undeclared",
        (HEAD + "C1,2026-09-01,5.00\nJosé,2026-09-02,6.00\n").encode("cp1252"),
        error=UnreadableFile,
        says=("line 3", "not UTF-8", "José", 'encoding = "cp1252"'),
    ),
    sales(
        "cp1252_declared",
        (HEAD + "José,2026-09-01,5.00\nC2,2026-09-02,€6\n").encode("cp1252"),
        options='encoding = "cp1252"',
        used=[("José", "2026-09-01", "5.00")],
        aside=[(3, "amount", "not_money", "€6")],
    ),
    sales(
        "shift_jis",
        (HEAD + "山田,2026-09-01,500\n").encode("shift_jis"),
        options='encoding = "shift_jis"',
        used=[("山田", "2026-09-01", "500")],
    ),
    sales(
        "utf8_declared_one_bad_row",
        HEAD.encode() + b"C1,2026-09-01,5.00\nJos\xe9,2026-09-02,6.00\nC3,2026-09-03,7.00\n",
        options='encoding = "utf-8"',
        used=[C1, ("C3", "2026-09-03", "7.00")],
        aside=[(3, "customer_id", "encoding", "Jos\\xe9")],
    ),
    sales("unknown_encoding", HEAD + ONE, options='encoding = "utf-9"', error=UnreadableFile, says=("utf-9", "utf-8")),
    sales(
        "ragged_rows",
        HEAD + ONE + "C2,2026-09-02\nC3,2026-09-03,7,extra\nC4,2026-09-04,8\n",
        used=[C1, ("C4", "2026-09-04", "8")],
        aside=[(3, None, "ragged_short", "C2,2026-09-02"), (4, None, "ragged_long", "C3,2026-09-03,7,extra")],
    ),
    sales(
        "decimal_comma_splits_the_row",
        HEAD + ONE + "C2,2026-09-02,6,50\n",
        used=[C1],
        aside=[(3, None, "ragged_long", "C2,2026-09-02,6,50")],
    ),
    sales(
        "wrong_delimiter_declared",
        HEAD + ONE,
        options='delimiter = ";"',
        error=MissingColumn,
        says=("customer_id", "customer_id,at,amount"),
    ),
    sales("delimiter_of_two", HEAD + ONE, options='delimiter = ",,"', error=UnreadableFile, says=("one character",)),
    sales("semicolons", "customer_id;at;amount\nC1;2026-09-01;5.00\n", used=[C1], notes=("semicolon",)),
    sales("tabs", "customer_id\tat\tamount\nC1\t2026-09-01\t5.00\n", file="sales.tsv", used=[C1], notes=("tab",)),
    sales(
        "no_table_at_all",
        "Dear all,\nplease find below\nnothing.\n",
        error=UnreadableFile,
        says=("Dear all", "delimiter"),
    ),
    sales("empty_file", b"", error=UnreadableFile, says=("empty", "0 bytes")),
    sales("blank_lines_only", "\n\n\n", error=UnreadableFile, says=("only blank lines",)),
    sales(
        "blank_lines_inside",
        HEAD + "\n" + ONE + "\n\nC2,2026-09-02,x\n\n",
        used=[C1],
        aside=[(6, "amount", "not_money", "x")],
    ),
    sales(
        "quoted_cells_over_lines",
        'customer_id,at,amount,product\nC1,2026-09-01,5.00,"two\nlines, and ""quotes"""\nC2,2026-09-02,x,p\n'
        'C3,2026-09-03,7.00,"a\r\nb"\nC4,2026-09-04,,p\n',
        columns=NAMED + " _line",
        used=[(*C1, 'two\nlines, and "quotes"', "2"), ("C3", "2026-09-03", "7.00", "a\r\nb", "5")],
        aside=[(4, "amount", "not_money", "x"), (7, "amount", "required_blank", None)],
    ),
    sales(
        "unclosed_quote",
        HEAD + ONE + 'C2,2026-09-02,"6.00\nC3,2026-09-03,7.00\n',
        used=[C1, ("C3", "2026-09-03", "7.00")],
        aside=[(3, None, "unclosed_quote", 'C2,2026-09-02,"6.00')],
    ),
    sales(
        "text_behind_a_quote",
        HEAD + ONE + 'C2,2026-09-02,"6"00\n',
        used=[C1],
        aside=[(3, None, "stray_quote", 'C2,2026-09-02,"6"00')],
    ),
    sales(
        "nul_character",
        HEAD + ONE + "C\0002,2026-09-02,6.00\n",
        used=[C1],
        aside=[(3, "customer_id", "nul_byte", "C\\x002")],
    ),
    sales(
        "old_mac_line_ends",
        "customer_id,at,amount\rC1,2026-09-01,5.00\rC2,2026-09-02,x\r",
        used=[C1],
        aside=[(3, "amount", "not_money", "x")],
    ),
    sales(
        "mixed_line_ends",
        "customer_id,at,amount\r\nC1,2026-09-01,5.00\nC2,2026-09-02,x\r\n",
        used=[C1],
        aside=[(3, "amount", "not_money", "x")],
    ),
    sales(
        "lines_above_the_header",
        "Report of sales\n\n" + HEAD + ONE + "C2,2026-09-02,x\n",
        options="skip_lines = 2",
        used=[C1],
        aside=[(5, "amount", "not_money", "x")],
    ),
    sales("parquet_named_csv", b"PAR1" + bytes(40), error=UnreadableFile, says=("Parquet", "rename")),
    _million(),
)
