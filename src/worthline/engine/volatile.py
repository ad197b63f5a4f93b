"""What in a query gives another result another time: chance, the clock, counters, a sample, the machine, SQL in a text.

Reads     the text of a query.
Gives     `named`: the first such word as it was written, or none.
Method    DuckDB's own list of functions that are not stable, and the words of standard SQL that need no parentheses;
          looked for among the query's tokens, so that strings and comments do not count.
"""

from __future__ import annotations

from typing import Any

import sqlglot

FUNCTIONS = frozenset(
    """age clock_timestamp current_connection_id current_date current_localtime current_localtimestamp current_query
    current_query_id current_time current_timestamp current_transaction_id currval gen_random_uuid get_current_time
    get_current_timestamp nextval now pg_backend_pid random setseed sleep_ms statement_timestamp today
    transaction_timestamp txid_current uuid uuidv4 uuidv7 write_log
    current_setting current_user getvariable query query_table session_user user version""".split()  # noqa: SIM905  read as a list of words
)
OF_THE_MACHINE = ("duckdb_", "pragma_")
"""How functions begin that tell of the engine and of the machine."""
WORDS = frozenset(("current_date", "current_time", "current_timestamp", "localtime", "localtimestamp"))
SAMPLES = (("using", "sample"), ("tablesample",))
STABLE_WITH_TWO = ("age",)
"""age(a, b) is stable; age(a) counts from today."""


def named(sql: str) -> str | None:
    """The first word of the query that makes it give another result each time; None where there is none."""
    try:
        tokens = sqlglot.tokenize(sql, read="duckdb")
    except sqlglot.errors.SqlglotError:
        return None  # DuckDB says what is wrong with it
    for position, token in enumerate(tokens):
        text = token.text.casefold()
        if token.token_type.name == "STRING":
            continue
        following = tokens[position + 1].text if position + 1 < len(tokens) else ""
        called = following == "("
        if called and text.startswith(OF_THE_MACHINE):
            return token.text
        if called and text in FUNCTIONS and not (text in STABLE_WITH_TWO and _two(tokens, position + 1)):
            return token.text
        after_name = position > 0 and tokens[position - 1].text in (".", "as")
        quoted = token.token_type.name == "IDENTIFIER"
        if text in WORDS and not quoted and not after_name and following != ".":
            return token.text
        for words in SAMPLES:
            if not quoted and tuple(t.text.casefold() for t in tokens[position : position + len(words)]) == words:
                return token.text if len(words) == 1 else "using sample"
    return None


def _two(tokens: list[Any], opening: int) -> bool:
    """Whether the parenthesis that opens at this token holds a comma of its own."""
    depth = 0
    for token in tokens[opening:]:
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(token.text, 0)
        if depth == 0:
            return False
        if depth == 1 and token.text == ",":
            return True
    return False
