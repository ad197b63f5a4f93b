"""Forms of SQL that casting is made of: what they mean, and that they stay cheap to plan."""

from __future__ import annotations

import duckdb

from worthline.ingest.sql_text import is_one_of


def test_one_of_some_words_is_what_sql_says_of_in_null_too() -> None:
    words = [f"word {i}" for i in range(12)] + ["it's"]
    rows = "(values ('word 3'), ('it''s'), ('other'), (''), (null)) t(x)"
    listed = ", ".join("'" + word.replace("'", "''") + "'" for word in words)
    ours, theirs = zip(
        *duckdb.sql(f"select {is_one_of('x', words)}, x in ({listed}) from {rows}").fetchall(), strict=True
    )
    assert ours == theirs == (True, True, False, False, None)


def test_one_of_some_words_is_planned_without_a_join() -> None:
    words = [f"word {i}" for i in range(12)]
    [(_, plan)] = duckdb.sql(
        f"explain select {is_one_of('x', words)} from (select 'a' || i x from range(9) r(i))"
    ).fetchall()
    assert "JOIN" not in plan
