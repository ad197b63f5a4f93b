"""Errors: one tree, exit codes as the command line returns them, and the nearest names."""

from __future__ import annotations

import errno
import inspect
import os
from pathlib import Path

import pytest

from worthline import errors
from worthline.errors import (
    Busy,
    DataError,
    EngineFault,
    Fault,
    MissingColumn,
    NoRun,
    NoSuchName,
    UsageError,
    WorthlineError,
    nearest,
)

ALL = [c for _, c in inspect.getmembers(errors, inspect.isclass) if issubclass(c, Exception)]


def test_all_are_ours_and_in_the_picture():
    for kind in ALL:
        assert issubclass(kind, WorthlineError)
        assert kind is WorthlineError or kind.__name__ in errors.__doc__
        assert kind.__doc__


@pytest.mark.parametrize(
    ("kind", "code"), [(UsageError, 2), (DataError, 1), (Busy, 1), (Fault, 3), (WorthlineError, 3)]
)
def test_exit_codes(kind, code):
    assert kind.exit_code == code
    assert all(other.exit_code == code for other in ALL if issubclass(other, kind) and kind is not WorthlineError)


def test_nearest_looks_past_case_blanks_and_punctuation():
    assert nearest("Customer ID", ["at", "customer_id", "amount"]) == ["customer_id"]
    assert nearest("amuont", ["at", "amount", "account"])[0] == "amount"
    assert nearest("zzz", ["at", "amount"]) == []
    assert nearest("", ["at"]) == []
    assert nearest("a", []) == []


def test_missing_column_offers_what_to_write():
    told = str(MissingColumn("transactions", "amount", "sales.csv", ["Amout", "Date"]))
    assert 'columns = { amount = "Amout" }' in told
    assert "'Date'" in told
    assert "…" in str(MissingColumn("transactions", "amount", "sales.csv", ["x"] * 40))
    assert "none" in str(MissingColumn("transactions", "amount", "sales.csv", []))


def test_names_that_are_not_there():
    assert "Did you mean nps?" in str(NoSuchName("metric", "NPS", ["nps", "csat"]))
    assert "There are: csat, nps." in str(NoSuchName("metric", "zzz", ["nps", "csat"]))
    assert "none" in str(NoSuchName("metric", "zzz", []))
    assert "worthline run acme" in str(NoRun(Path("acme")))


@pytest.mark.parametrize(
    ("message", "found", "fix"),
    [
        (
            "There is no folder acme. Name the one with your files.",
            "There is no folder acme.",
            "Name the one with your files.",
        ),
        ("?order= is one of asc, desc; found 'up'.", "'up'", "?order= is one of asc, desc."),
        ("Either --json or --csv, not both.", "Either --json or --csv, not both.", ""),
        (
            "a.toml is damaged: x. Nothing was changed. Bring it back.",
            "a.toml is damaged: x. Nothing was changed.",
            "Bring it back.",
        ),
        ("", "", ""),
    ],
)
def test_every_error_carries_what_was_found_and_what_would_fix_it(message, found, fix):
    error = UsageError(message)
    assert (error.found, error.fix) == (found, fix)
    assert error.as_json() == {
        "kind": "UsageError",
        "exit_code": 2,
        "message": message,
        "tried": "",
        "found": found,
        "fix": fix,
    }


def test_an_engine_fault_keeps_its_sql_when_its_stage_is_known():
    error = EngineFault("select  1", "Binder Error:\n no x").at("metrics")
    assert (error.sql, error.stage, error.found, error.exit_code) == ("select  1", "metrics", "Binder Error:\n no x", 3)
    assert str(error) == "The engine failed at the stage “metrics”: Binder Error: no x SQL: select 1"


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "Make room"),
        (errno.EDQUOT, "Make room"),
        (errno.EIO, "Check it"),
        (errno.EROFS, "writable"),
        (errno.EACCES, "writable"),
    ],
)
def test_what_cannot_be_written_says_what_helps(number, words):
    """Fault 14: of a full disk it was said that the folder should be made writable."""
    error = errors.Unwritable(Path("acme"), OSError(number, os.strerror(number)))
    assert words in error.fix
    assert ("writable" in error.fix) == (words == "writable")
    assert error.exit_code == 1
