"""What changed since the last run: each figure's change in parts that add up to it.

Reads     the published run and the one published before it, while that is still kept.
Gives     `page`; `between`: Change for each figure that both runs have.
Assumes   `run.questions.changes` parts each change; nothing is computed here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from worthline.metrics import formatting
from worthline.reports.figure_text import value
from worthline.reports.page import Block, Column, Grid, Page, Text, header
from worthline.results import Figure
from worthline.run.earlier import before, older
from worthline.run.questions.changes import PARTS, Change, between
from worthline.run.view import RunView

HEADINGS = {
    "real": "Real change",
    "late": "Late rows",
    "corrected": "Corrected rows",
    "data": "Late or corrected rows",
    "method": "Method",
    "mixed": "Not separable",
}
NONE_BEFORE = (
    "This is the only run that is kept, so there is nothing to compare it with. Run Worthline again when new data "
    "have come in."
)
HOW = (
    "Real change: from the last run's date to this one, both calculated now. Late, corrected: rows about earlier "
    "months. Method: settings or version. The parts add up to the change."
)


def there(run: RunView) -> bool:
    """Whether an earlier published run is still kept."""
    return bool(older(Path(run.path)))


def page(run: RunView) -> Page:
    """The whole page."""
    last = before(Path(run.path))
    if last is None:
        return Page(header(run), (Text((NONE_BEFORE,)),))
    changes = between(last, run)
    blocks: list[Block] = [Text((_answer(last, run, changes),)), Text(_causes(last, run))]
    if changes:
        blocks += [_grid(changes, str(run.about["currency"])), Text((HOW,), dim=True)]
    return Page(header(run), tuple(blocks))


def _answer(last: RunView, run: RunView, changes: tuple[Change, ...]) -> str:
    moved = sum(abs(change.total) > 0 for change in changes)
    since = f"since the last run (as of {formatting.day(last.about['as_of'])}, run {last.run_id[:6]})"
    if not moved:
        return f"No figure changed {since}."
    return f"{moved} of {formatting.how_many(len(changes), 'figure')} changed {since}."


def _causes(last: RunView, run: RunView) -> tuple[str, ...]:
    """What was different in what went in: files, settings, version."""
    old: dict[str, Any] = last.about.get("inputs", {})
    new: dict[str, Any] = run.about.get("inputs", {})
    added, gone = sorted(new.keys() - old.keys()), sorted(old.keys() - new.keys())
    changed = sorted(name for name in new.keys() & old.keys() if new[name] != old[name])
    sentences = [
        f"{title}: {', '.join(names[:3])}{f' and {len(names) - 3} more' if len(names) > 3 else ''}."
        for title, names in (("New files", added), ("Changed files", changed), ("Files no longer there", gone))
        if names
    ] or ["Files: the same."]
    settings, before_ = run.about.get("settings", {}), last.about.get("settings", {})
    other = sorted(name for name in settings if settings[name] != before_.get(name))
    sentences.append(
        f"Settings changed: {', '.join(n.replace('_', ' ') for n in other)}." if other else "Settings: the same."
    )
    same = run.about.get("versions") == last.about.get("versions")
    sentences.append("Version of Worthline: the same." if same else "Version of Worthline or of a library: changed.")
    return tuple(sentences)


def _grid(changes: tuple[Change, ...], currency: str) -> Grid:
    parts = [part for part in PARTS if any(getattr(change, part) is not None for change in changes)]
    columns = (
        Column("Figure", leads=""),
        Column("Last run", number=True),
        Column("This run", number=True),
        Column("Change", number=True),
        *(Column(HEADINGS[part], number=True) for part in parts),
    )
    rows = tuple(
        (
            change.figure.label,
            value(change.then, change.figure.unit, currency=currency, name=change.figure.name),
            value(change.figure.value, change.figure.unit, currency=currency, name=change.figure.name),
            _by(change.total, change.figure, currency),
            *(_by(getattr(change, part), change.figure, currency) for part in parts),
        )
        for change in changes
    )
    return Grid(columns, rows, title="Each figure, and the parts of its change")


def _by(number: float | None, figure: Figure, currency: str) -> str:
    """A change with its sign; shares in points; "" for a part that there is not."""
    if number is None:
        return ""
    if figure.unit in ("share", "rate"):
        text = f"{formatting.decimal(number * 100, 2)} points"
    else:
        text = str(value(number, figure.unit, currency=currency, name=figure.name))
    signed = text if number <= 0 or text.startswith("+") else f"+{text}"
    return formatting.Written(signed, number)
