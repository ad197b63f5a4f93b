"""The data-health page: what was read, what was used, what was set aside and why, what is switched off.

Reads     Health, as ingest makes it.
Gives     a Page, and the faults that make `worthline check` say no.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from worthline.ingest.rules import RULES
from worthline.metrics import formatting
from worthline.reports import reasons
from worthline.reports.page import Column, Facts, Grid, Header, Next, Page, Text

if TYPE_CHECKING:
    from worthline.ingest.health import Health, RuleCount, TableHealth

EXPECTED = tuple(rule.name for rule in RULES.values() if rule.waits or rule.replaced)
"""Rules that set aside what is dated after the reporting date, or what another row stands for: no fault."""


OFF = "What is off, and what would switch it on"
INITIATIVES = "Initiatives: what stands against their results"


def page(health: Health, *, simulated: bool = False, following: tuple[str, ...] = ()) -> Page:
    """The whole page."""
    as_of = f"as of {formatting.day(health.as_of)}" if health.as_of else ""
    own_faults = tuple(fault for fault in faults(health) if fault not in health.losses)
    decided = reasons.decided(health, health.because, {})
    return Page(
        Header(health.company, as_of, "", simulated),
        (
            Text((summary(health),)),
            Text(health.losses, mark="!"),
            _tables(health),
            Text(reasons.stopping(health), mark="!"),
            _rules(health),
            Text(own_faults, title="To fix", mark="!"),
            Text(health.concerns, title=INITIATIVES, mark="!"),
            Text(health.off, title=OFF, mark="-"),
            Facts(decided, title=reasons.TITLE),
            Text(tuple(note for note in health.notes if note not in health.off), title="Notes", mark="-"),
            Facts(_switched_on(health), title="What each table enables"),
            _how_read(health),
            Next(following),
        ),
    )


def summary(health: Health) -> str:
    """Rows read, used and set aside, in one sentence."""
    read = health.rows_in
    aside = sum(t.quarantined for t in health.tables)
    if not read:
        return "No rows were read."
    what = f"{formatting.how_many(read, 'row')} read from {formatting.how_many(len(health.tables), 'table')}"
    lost = " What gets lost is named below." if health.losses else ""
    if not aside:
        return f"{what}, all used.{lost}"
    return f"{what}, {formatting.count(read - aside)} used, {_left_out(health)}.{lost}"


def faults(health: Health) -> tuple[str, ...]:
    """What makes the data say no: rows set aside for what is wrong with them, tables without a use, losses."""
    out = []
    for table in health.tables:
        wrong: dict[str, int] = {}
        for file in table.files:
            for rule in file.rules:
                if rule.set_aside and rule.rows and rule.rule not in EXPECTED:
                    wrong[rule_words(rule.rule)] = wrong.get(rule_words(rule.rule), 0) + rule.rows
        if wrong and not table.used:
            out.append(f"No row of {table.table} can be used.")
        elif not table.rows_in:
            out.append(f"{table.table} holds no rows.")
        if wrong:
            named = ", ".join(f"{rule} {formatting.count(rows)}" for rule, rows in sorted(wrong.items()))
            share = f" of {formatting.count(table.rows_in)}"
            out.append(f"{table.table}: {formatting.count(sum(wrong.values()))}{share} rows set aside ({named}).")
    return (*out, *health.losses)


def set_aside(health: Health) -> str:
    """The alert for the overview, where rows have something wrong with them; "" where there are none."""
    return _left_out(health, "row") if health.set_aside else ""


def _left_out(health: Health, row: str = "") -> str:
    """6 rows set aside (0.01%), 25 counted once with another row, 1 is dated after the reporting date."""
    aside = health.set_aside
    many = formatting.how_many(aside, row) if row else formatting.count(aside)
    wrong = f"{many} set aside ({formatting.share(aside / health.rows_in)})" if aside else ""
    again = health.replaced
    twice = f"{formatting.count(again)} counted once with another row" if again else ""
    return ", ".join(part for part in (wrong, twice, reasons.waits(health)) if part)


def _tables(health: Health) -> Grid:
    columns = (
        Column("Table"),
        Column("Rows in", number=True),
        Column("Used", number=True),
        Column("Set aside", number=True),
        Column("Dated later", number=True),
        Column("From"),
        Column("To"),
        Column("Known customer", number=True),
    )
    rows = tuple(
        (
            t.table,
            formatting.count(t.rows_in),
            formatting.count(t.used),
            formatting.count(t.quarantined - _waiting(t)),
            formatting.count(_waiting(t)) if _waiting(t) else "",
            formatting.day(t.first) if t.first else "",
            formatting.day(t.last) if t.last else "",
            formatting.share(t.joined) if t.joined is not None else "",
        )
        for t in health.tables
    )
    return Grid(columns, rows).filled()


def _waiting(table: TableHealth) -> int:
    return sum(rule.rows for file in table.files for rule in file.rules if rule.set_aside and RULES[rule.rule].waits)


def _use(rule: RuleCount) -> str:
    if not rule.set_aside:
        return "used"
    if RULES[rule.rule].replaced:
        return "replaced"
    return "waiting" if RULES[rule.rule].waits else "set aside"


def rule_words(name: str) -> str:
    """The name of a rule as words: blank_code -> blank code."""
    return name.replace("_", " ")


def _rules(health: Health) -> Grid:
    """Each rule that found something, by file; then what was remarked on a table as a whole."""
    counts = [
        (f"{file.file} ({table.table})", rule) for table in health.tables for file in table.files for rule in file.rules
    ]
    counts += [(f"{table.table} (all files)", rule) for table in health.tables for rule in table.rules]
    rows = tuple(
        (where, rule_words(rule.rule), formatting.count(rule.rows), _use(rule), rule.says)
        for where, rule in counts
        if rule.rows
    )
    columns = (Column("File"), Column("Rule"), Column("Rows", number=True), Column("Action"), Column("Meaning"))
    return Grid(columns, rows, title="Rows by rule")


def _how_read(health: Health) -> Grid:
    """How each file was read: its encoding, its delimiter, what was found out about it."""
    rows = tuple((file.file, note) for table in health.tables for file in table.files for note in file.notes)
    return Grid((Column("File"), Column("How it was read")), rows, title="How each file was read", folded=True)


def _switched_on(health: Health) -> tuple[tuple[str, str], ...]:
    return tuple((t.table, t.switched_on) for t in health.tables if t.switched_on and t.used)
