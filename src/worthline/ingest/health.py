"""How the data are: what was read, used and set aside, how it joins, and what each gap switches off.

Gives     Health, as `worthline check` shows it and run.json keeps it; the rows of `data_quality`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from worthline.ingest.rules import RULES
from worthline.ingest.source_parts import Piece
from worthline.tables import TABLES

if TYPE_CHECKING:
    from worthline.results import Leak


@dataclass(frozen=True, slots=True)
class RuleCount:
    """Rows of one file that one rule found."""

    rule: str
    says: str
    rows: int
    set_aside: bool


@dataclass(frozen=True, slots=True)
class FileHealth:
    """One file: rows_in = used + quarantined, exactly."""

    file: str
    rows_in: int
    used: int
    quarantined: int
    notes: tuple[str, ...]
    rules: tuple[RuleCount, ...]


@dataclass(frozen=True, slots=True)
class TableHealth:
    """One canonical table."""

    table: str
    files: tuple[FileHealth, ...]
    rows_in: int
    used: int
    quarantined: int
    first: str | None
    last: str | None
    joined: float | None
    """Share of the rows whose customer is in `customers`; None without such a table."""
    rules: tuple[RuleCount, ...]
    """Remarks on the table as a whole."""
    switched_on: str


@dataclass(frozen=True, slots=True)
class Health:
    """The data-health page."""

    company: str
    as_of: str | None
    tables: tuple[TableHealth, ...]
    blocks: tuple[str, ...]
    notes: tuple[str, ...]
    because: dict[str, str] = field(default_factory=dict)
    """Why each setting that was left to Worthline is what it is."""

    @property
    def set_aside(self) -> int:
        """Rows set aside for what is wrong with them, not for their date."""
        return sum(
            r.rows for t in self.tables for f in t.files for r in f.rules if r.set_aside and r.rule != "after_as_of"
        )

    @property
    def rows_in(self) -> int:
        """Rows read."""
        return sum(t.rows_in for t in self.tables)

    def as_json(self) -> dict[str, Any]:
        """Plain JSON types."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Health:
        """The page again from what `as_json` gave."""

        def rules(items: Sequence[Mapping[str, Any]]) -> tuple[RuleCount, ...]:
            return tuple(RuleCount(**r) for r in items)

        def files(items: Sequence[Mapping[str, Any]]) -> tuple[FileHealth, ...]:
            return tuple(FileHealth(**{**f, "notes": tuple(f["notes"]), "rules": rules(f["rules"])}) for f in items)

        tables = tuple(
            TableHealth(**{**t, "files": files(t["files"]), "rules": rules(t["rules"])}) for t in content["tables"]
        )
        return cls(
            content["company"],
            content["as_of"],
            tables,
            tuple(content["blocks"]),
            tuple(content["notes"]),
            dict(content["because"]),
        )


def file_health(piece: Piece, late: Mapping[str, int]) -> FileHealth:
    """One file's counts; `late` are rows that the second pass set aside, by rule."""
    counts = dict(piece.rules)
    for rule, rows in late.items():
        counts[rule] = counts.get(rule, 0) + rows
    aside = sum(counts.values())
    rules = [RuleCount(r, RULES[r].says, n, set_aside=True) for r, n in sorted(counts.items())]
    rules += [RuleCount(r.rule, r.says, r.rows, set_aside=False) for r in piece.remarks]
    return FileHealth(piece.raw.name, piece.read, piece.read - aside, aside, tuple(piece.raw.notes), tuple(rules))


_GAPS: tuple[tuple[tuple[str, tuple[str, ...]], str], ...] = (
    (("transactions", ()), "Without transactions: no purchases, basket or purchase frequency."),
    (("feedback", ("score",)), "Without scored feedback: no NPS, CSAT, CES, nor key drivers."),
    (
        ("feedback", ("customer_id",)),
        "Feedback names no customer: scores cannot be tied to money, only shown beside it.",
    ),
    (("feedback", ("text",)), "Without words in feedback: no themes."),
    (("invitations", ()), "Without invitations: no response rate, and no bounds on what the silent feel."),
    (("interactions", ()), "Without interactions: no cost to serve, cost of poor service, waits nor journeys."),
    (("interactions", ("cost",)), "Interactions bring no cost: cost to serve needs contact_cost or staff_hour_cost."),
    (("interactions", ("resolved",)), "Interactions do not say what was resolved."),
    (
        ("touchpoints", ("failure",)),
        "No touchpoints.failure: complaints and escalations are those of touchpoints called so in English, if any.",
    ),
    (("customers", ()), "Without a customers table: no segments; customers are derived from the other tables."),
    (("customers", ("segment",)), "Customers have no segment: nothing is shown by segment."),
    (("customers", ("acquired_through",)), "Customers bring no acquired_through: no referrals, no earned growth."),
    (("customers", ("contact_permission",)), "Customers bring no contact_permission: nobody may be called."),
    (("responsibilities", ()), "Without responsibilities: nothing is shown by department."),
    (("treatments", ()), "Without treatments: no initiative can be measured by a control group."),
    (("initiatives", ()), "Without initiatives: no business case, no benefits register."),
    (("targets", ()), "Without targets: no gaps to target."),
    (("finance", ()), "Without finance: our money is not reconciled with finance's."),
)


def blocks(
    brought: Mapping[str, frozenset[str]], margin: str | None, *, contacts_priced: bool = False
) -> tuple[str, ...]:
    """A sentence for each thing that what is missing switches off; `contacts_priced`: a setting says their cost."""
    said: list[str] = []
    for (table, columns), sentence in _GAPS:
        if contacts_priced and (table, columns) == ("interactions", ("cost",)):
            continue
        if table not in brought:
            if not columns:
                said.append(sentence)
        elif columns and not set(columns) & brought[table]:
            said.append(sentence)
    if "feedback" not in brought:
        said.insert(0, "Without scored feedback: no NPS, CSAT, CES, nor key drivers.")
    if margin is None and "margin" not in brought.get("transactions", frozenset()):
        said.append("No table brings margin and no margin is set: margin, profit and what rests on them are undefined.")
    return tuple(said)


def quality_rows(tables: Sequence[TableHealth]) -> pa.Table:
    """The rows of `data_quality`: a line a file in total (rule `all`), then one for each rule that found some."""
    rows: list[dict[str, Any]] = []
    for table in tables:
        for file in table.files:
            rows.append(
                _row(
                    table.table, file.file, "all", "all rows of the file", file.rows_in, file.quarantined, file.rows_in
                )
            )
            for rule in file.rules:
                aside = rule.rows if rule.set_aside else 0
                rows.append(_row(table.table, file.file, rule.rule, rule.says, file.rows_in, aside, rule.rows))
        everywhere = f"{table.table} (all files)"
        rows.extend(_row(table.table, everywhere, r.rule, r.says, table.rows_in, 0, r.rows) for r in table.rules)
    schema = pa.schema(
        [
            ("source", pa.string()),
            ("rule", pa.string()),
            ("rows", pa.int64()),
            ("used", pa.int64()),
            ("quarantined", pa.int64()),
            ("found", pa.int64()),
            ("table", pa.string()),
            ("says", pa.string()),
        ]
    )
    return pa.Table.from_pylist(rows, schema=schema)


def with_leaks(quality: pa.Table, leaks: Sequence[Leak], tables: Sequence[TableHealth]) -> pa.Table:
    """`data_quality` with a row for each column that knows the outcome: its rows are used, the column is not."""
    read = {table.table: table.rows_in for table in tables}
    rows = []
    for leak in leaks:
        n = read.get(leak.table, 0)
        source = f"{leak.table} (all files)"
        rows.append(_row(leak.table, source, "leak", f"{leak.column}: {leak.why}", n, 0, n))
    return pa.concat_tables([quality, pa.Table.from_pylist(rows, schema=quality.schema)]) if rows else quality


def _row(table: str, source: str, rule: str, says: str, rows: int, aside: int, found: int) -> dict[str, Any]:
    return {
        "source": source,
        "rule": rule,
        "rows": rows,
        "used": rows - aside,
        "quarantined": aside,
        "found": found,
        "table": table,
        "says": says,
    }


def table_health(
    name: str,
    files: Sequence[FileHealth],
    span: tuple[str | None, str | None],
    joined: float | None,
    remarks: Mapping[str, int],
) -> TableHealth:
    """One table's page from its files'."""
    rules = tuple(RuleCount(r, RULES[r].says, n, set_aside=False) for r, n in sorted(remarks.items()) if n)
    return TableHealth(
        name,
        tuple(files),
        sum(f.rows_in for f in files),
        sum(f.used for f in files),
        sum(f.quarantined for f in files),
        span[0],
        span[1],
        joined,
        rules,
        TABLES[name].switches_on,
    )
