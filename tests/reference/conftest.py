"""A reference test never skips: its data stand beside it, so a bare clone proves it."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

REASON = "A reference test must not skip. Its data belong in tests/reference/data (or the test in another folder): {}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Generator[None, Any, Any]:
    """A skip, wherever it comes from, becomes a failure."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail"):
        report.outcome, report.longrepr = "failed", REASON.format(report.longrepr)
    return report
