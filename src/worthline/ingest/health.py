"""How the data are: what was read, used and set aside, how it joins, and what each gap switches off.

Gives     Health, as `worthline check` shows it and run.json keeps it; the rows of `data_quality`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from worthline.ingest.rules import RULES
from worthline.tables import TABLES

if TYPE_CHECKING:
    from worthline.ingest.source_parts import Piece
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

    @property
    def faulty(self) -> int:
        """Rows set aside for what is wrong with them: neither for their date, nor since another row replaces them."""
        rules = [r for f in self.files for r in f.rules if r.set_aside]
        return sum(r.rows for r in rules if not (RULES[r.rule].waits or RULES[r.rule].replaced))


@dataclass(frozen=True, slots=True)
class Health:
    """The data-health page."""

    company: str
    as_of: str | None
    tables: tuple[TableHealth, ...]
    blocks: tuple[str, ...]
    notes: tuple[str, ...]
    because: dict[str, str] = field(default_factory=dict)
    """Why each default setting is what it is."""
    losses: tuple[str, ...] = ()
    """Money and people that get lost on the way, each in a sentence with what would mend it."""
    concerns: tuple[str, ...] = ()
    """What is wrong with what was brought about initiatives, each in a sentence with what would mend it."""

    @property
    def set_aside(self) -> int:
        """Rows set aside for what is wrong with them: neither for their date, nor since another row replaces them."""
        return sum(table.faulty for table in self.tables)

    @property
    def waiting(self) -> int:
        """Rows set aside for nothing but their date."""
        return sum(r.rows for r in self._aside() if RULES[r.rule].waits)

    @property
    def replaced(self) -> int:
        """Rows that another row stands for, such as an answer that was scored again."""
        return sum(r.rows for r in self._aside() if RULES[r.rule].replaced)

    def _aside(self) -> list[RuleCount]:
        return [r for t in self.tables for f in t.files for r in f.rules if r.set_aside]

    @property
    def rows_in(self) -> int:
        """Rows read."""
        return sum(t.rows_in for t in self.tables)

    @property
    def off(self) -> tuple[str, ...]:
        """All that is off, each in a sentence with why: what tables switch on, then what could not be calculated."""
        return (*self.blocks, *(note for note in self.notes if note.startswith("No ")))

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
            tuple(content.get("losses", ())),
            tuple(content.get("concerns", ())),
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
    (
        ("transactions", ()),
        "Purchases, basket and purchase frequency are off: no transactions. Bring customer_id, at and amount.",
    ),
    (
        ("feedback", ("score",)),
        "NPS, CSAT, CES and key drivers are off: no scored answers. Bring feedback with metric and score.",
    ),
    (
        ("feedback", ("customer_id",)),
        "Links from scores to money are off: feedback names no customer. Bring customer_id with the answers.",
    ),
    (
        ("invitations", ()),
        "Response rate and non-response bounds are off: no invitations. Bring who was asked, and when.",
    ),
    (
        ("interactions", ()),
        "Cost to serve, cost of poor service and effects of experiences are off: no interactions. Bring contacts.",
    ),
    (
        ("interactions", ("cost",)),
        "Cost to serve is off: contacts bring no cost. Bring cost, or set contact_cost or staff_hour_cost.",
    ),
    (("interactions", ("resolved",)), "Resolution is off: interactions do not say what was resolved. Bring resolved."),
    (
        ("touchpoints", ("failure",)),
        "Complaints and escalations are those of touchpoints called so in English, if any. Bring touchpoints.failure.",
    ),
    (
        ("customers", ()),
        "Segments and regions are off: customers are derived from the other tables. Bring customers.",
    ),
    (("customers", ("segment",)), "Results by segment are off: customers have no segment. Bring segment."),
    (
        ("customers", ("acquired_through",)),
        "Referrals and earned growth are off: customers have no acquired_through. Bring how each was won.",
    ),
    (
        ("responsibilities", ()),
        "Results by department are off: no responsibilities. Bring each touchpoint's group.",
    ),
    (("targets", ()), "Gaps to target are off: no targets. Bring metric, period and target."),
    (("finance", ()), "Reconciliation with finance is off: no finance table. Bring period, line and amount."),
)


def blocks(
    brought: Mapping[str, frozenset[str]],
    margin: str | None,
    *,
    contacts_priced: bool = False,
    others_answers: int = 0,
) -> tuple[str, ...]:
    """A sentence for all that is off: what, why, and what would switch it on.

    `contacts_priced`: a setting says what contacts cost. `others_answers`: scored answers, where none is a customer's.
    """
    messages: list[str] = []
    for (table, columns), sentence in _GAPS:
        if contacts_priced and (table, columns) == ("interactions", ("cost",)):
            continue
        is_off = not columns if table not in brought else bool(columns) and not set(columns) & brought[table]
        if is_off or (table == "feedback" and columns == ("score",) and "feedback" not in brought):
            messages.append(sentence)
    if others_answers:
        messages.append(
            f"NPS, CSAT, CES and key drivers are off: all {others_answers:,} scored answers are of employees, "
            "partners or suppliers. Bring answers of customers."
        )
    if margin is None and "margin" not in brought.get("transactions", frozenset()):
        messages.append("Margin, profit and all that needs them are off: no margin is known. Set margin, or bring it.")
    return tuple(messages)


def quality_rows(tables: Sequence[TableHealth]) -> pa.Table:
    """The rows of `data_quality`: a line per file in total (rule `all`), then one for each rule that found some."""
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


def _row(table: str, source: str, rule: str, says: str, rows: int, aside: int, quarantined: int) -> dict[str, Any]:
    return {
        "source": source,
        "rule": rule,
        "rows": rows,
        "used": rows - aside,
        "quarantined": aside,
        "found": quarantined,
        "table": table,
        "says": says,
    }


KEPT = "read, checked and kept; nothing is calculated from it yet"


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
        TABLES[name].switches_on if TABLES[name].in_use else KEPT,
    )
