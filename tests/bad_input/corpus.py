"""All bad inputs, by name."""

from __future__ import annotations

from tests.bad_input import money, others, rows, settings, texts, times
from tests.bad_input.case import Case

CASES: dict[str, Case] = {}
for _case in (*texts.CASES, *money.CASES, *times.CASES, *rows.CASES, *others.CASES, *settings.CASES):
    assert _case.name not in CASES, _case.name
    CASES[_case.name] = _case
