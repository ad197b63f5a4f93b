"""Rules that remark upon rows without setting them aside.

Reads     a settled table and its pieces.
Gives     counts, in Settled.remarks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

from worthline.engine import Engine
from worthline.ingest import numbers
from worthline.ingest.answers import long_scales, low_scores, often
from worthline.ingest.doubts import gift_cards
from worthline.ingest.repeats import EVENTS
from worthline.ingest.row_casting import KNOWN_KINDS
from worthline.ingest.sql_text import Sql, column, select
from worthline.tables import TABLES
from worthline.tables.money import currency_digits

if TYPE_CHECKING:
    from worthline.config import CompanyConfig
    from worthline.ingest.cross_row_rules import Settled
    from worthline.ingest.source_parts import Piece


def count_remarks(engine: Engine, config: CompanyConfig, table: Settled, pieces: Sequence[Piece]) -> None:
    """Count what is worth saying of the rows that are used."""
    rows = table.rows
    counts: dict[str, ir.IntegerScalar] = {}
    if table.spec.name == "transactions":
        digits = currency_digits(config.currency)
        # Wide enough for an amount that rounds up to one digit more.
        cut = rows.amount_original.cast(f"decimal(20, {digits})").cast("decimal(20, 4)")
        counts["finer_than_currency"] = (cut != rows.amount_original.cast("decimal(20, 4)")).sum()
        counts["negative_purchase"] = ((rows.kind == "purchase") & (rows.amount < 0)).sum()
        _kinds(engine, table)
        table.notes += gift_cards(engine, rows) if "product" in table.brought else ()
    if table.spec.name == "feedback":
        text = rows.text.isnull() if "text" in table.brought else ibis.literal(True)
        counts["unanswered"] = (rows.score.isnull() & text).sum()
        if "scale" in table.brought:
            counts["nps_from_one"] = ((rows.metric == "nps") & rows["scale"].re_search(r"^1 ?(-|–|to) ?10$")).sum()
    if counts:
        totals = engine.fetch(rows.agg(**counts)).to_pylist()[0]
        table.remarks.update({rule: int(n) for rule, n in totals.items() if n})
    codes = sum(piece.codes for piece in pieces)
    if codes:
        table.remarks["blank_code"] = codes
    rounded = sum(piece.rounded for piece in pieces)
    if rounded:
        table.remarks["rounded"] = rounded
    if table.spec.name in EVENTS and not table.key and (table.look.repeated or table.spec.name == "transactions"):
        _repeated(engine, table)
    if table.spec.name == "feedback":
        table.notes += [*low_scores(engine, rows), *long_scales(engine, rows)]
        table.notes += often(engine, rows) if "customer_id" in table.brought else ()


def _kinds(engine: Engine, table: Settled) -> None:
    """Kinds of transactions that are neither purchases nor money paid back."""
    rows = table.rows
    counts = {r["kind"]: r["n"] for r in engine.fetch(rows.group_by("kind").agg(n=rows.count())).to_pylist()}
    strange = {kind: n for kind, n in counts.items() if kind not in KNOWN_KINDS}
    if not strange:
        return
    table.remarks["unknown_kind"] = sum(strange.values())
    examples = ", ".join(
        f"{kind!r} ({n:,})" for kind, n in sorted(strange.items(), key=lambda item: (-item[1], item[0]))[:8]
    )
    none = (
        ""
        if set(counts) & {"purchase"}
        else " No row is a purchase, so orders, lapse and who is a customer are not known."
    )
    table.notes.append(f"transactions have kinds that Worthline does not know: {examples}.{none}")


def touchpoints_unknown(engine: Engine, settled: Mapping[str, Settled]) -> None:
    """Interactions at touchpoints that `touchpoints` does not list."""
    if not {"touchpoints", "interactions"} <= set(settled):
        return
    rows = settled["interactions"].rows
    listed = settled["touchpoints"].rows.select("touchpoint")
    missing = rows.anti_join(listed, "touchpoint")
    unknown_count = engine.fetch(missing.count().name("n").as_table())["n"][0].as_py()
    if unknown_count:
        settled["interactions"].remarks["unknown_touchpoint"] = unknown_count


def blank_codes(engine: Engine, piece: Piece) -> int:
    """Cells that hold a declared code for blank."""
    cell_count = 0
    for blank, codes in piece.source.blank.items():
        index = piece.shape.mapping.columns.get(blank)
        if index is None:
            continue
        raw = engine.statement(piece.raw.again())
        name = piece.raw.cells[index]
        cell = Sql(column(name), raw.columns[name])
        there = f"{numbers.bare(cell, codes)} is null and {numbers.bare(cell, ())} is not null"
        [row] = engine.ask(select({"n": f"count(*) filter ({there})"}, raw.sql))
        cell_count += row["n"]
    return cell_count


def _repeated(engine: Engine, table: Settled) -> None:
    """Lines that equal an earlier one in every column."""
    rows = table.rows
    own = {"_file", "_line", "known_on"}
    spec = TABLES[table.spec.name]
    brought = [c for c in rows.columns if c not in own and (c not in spec.names or c in table.brought)]
    same = rows.group_by(brought).agg(_n=rows.count())
    line_count = engine.fetch((same._n - 1).sum().name("n").as_table())["n"][0].as_py()
    if line_count:
        table.remarks["repeated_row"] = int(line_count)
