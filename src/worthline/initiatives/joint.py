"""What all initiatives did together, and what of it each can claim. Gathers with Ibis; shares by shapley.py.

Reads     a Dataset whose treatments name a universal control group, its panel, rows of initiative_results.
Gives     `joint_effects`: claims, losses, interaction and what nobody claims, adding up to the joint total to the cent.
Method    everyone who was a customer when the universal control group was drawn and is not in it, less those in it, by
          intention to treat: gross margin from the month after to the last complete month, adjusted for the twelve
          months before. Claims are Shapley shares among randomised cells, by each customer's first arm. Roll-outs
          reach the universal control group too, so they stand on a line of their own, outside the total.
          Without a universal control group the total is the sum of claims, the larger of two that overlap counted once:
          grade C at most.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from worthline.initiatives import checks, experiment, queries, shapley
from worthline.initiatives.checks import Declared
from worthline.initiatives.outcomes import OUTCOMES, TO_DATE
from worthline.initiatives.record_ends import record_ends
from worthline.initiatives.register import LOSS as LOSS_STATE
from worthline.initiatives.register import NO_GAIN, NOT_PROVEN, proof_state
from worthline.initiatives.results import MONEY, Row, money
from worthline.initiatives.returns import PROVEN
from worthline.initiatives.targeted import DESIGN
from worthline.initiatives.worklist.control import is_universal
from worthline.metrics.formatting import count, money_prose
from worthline.panel.treatments import CONTROL, assignments
from worthline.results import Compute, Dataset, evidence_words
from worthline.stats.experiments import Amount
from worthline.stats.intervals import Z95
from worthline.tables.money import closing, currency_digits

if TYPE_CHECKING:
    import ibis.expr.types as ir

TABLE = "joint_effects"
SCHEMA = pa.schema(
    [
        ("line", pa.string()),
        ("initiative", pa.string()),
        ("amount", MONEY),
        ("low", MONEY),
        ("high", MONEY),
        ("alone", MONEY),
        ("customers", pa.int64()),
        ("additive", pa.int64()),
        ("grade", pa.string()),
        ("state", pa.string()),
        ("sentence", pa.string()),
    ]
)
CLAIM, LOSS, INTERACTION, UNCLAIMED, TOTAL = "claim", "loss", "interaction", "unclaimed", "joint total"
PLACES, CHOSEN, NOT_COUNTED = "place-wide", "not randomised", "overlap, not counted"
OPEN = "open to initiatives"


def table(
    ds: Dataset,
    panel: ir.Table,
    rooms: Compute,
    rows: Sequence[Row],
    names: Sequence[str],
    totals: Mapping[str, Amount] | None = None,
) -> pa.Table | None:
    """joint_effects; `names`: initiatives with assignments, the universal control group too. None without claims.

    `totals`: benefits to date by initiative, with the errors of all arms together.
    """
    benefits = _alone(rows)
    universal = next((name for name in names if is_universal(name)), None)
    lines: list[dict[str, Any]] = []
    if universal is not None:
        lines = _against_universal(ds, panel, rooms, universal, [n for n in names if n != universal], benefits)
    if not lines:
        overlaps = _shared(ds, rooms) if len(benefits) > 1 else {}
        lines = _without(rows, benefits, overlaps, totals or {}, ds.settings.currency)
    for row in _outside(rows):
        kind = CHOSEN if row.design == DESIGN else PLACES
        ends = {"low": row.benefit_low, "high": row.benefit_high}
        lines.append(_line(kind, row.initiative, row.benefit, row.grade) | ends)
    for line in lines:
        line["state"] = _state(line)
        line["sentence"] = sentence(line, ds.settings.currency)
    return pa.Table.from_pylist(lines, SCHEMA) if lines else None


def _alone(rows: Sequence[Row]) -> dict[str, Decimal]:
    """Benefit to date of each experiment, against its own control group."""
    benefits: dict[str, Decimal] = {}
    for row in rows:
        if (row.outcome, row.segment, row.design) == (TO_DATE, "all", "experiment") and row.benefit is not None:
            benefits[row.initiative] = benefits.get(row.initiative, Decimal(0)) + row.benefit
    return benefits


def _outside(rows: Sequence[Row]) -> list[Row]:
    """Benefits that no lot was drawn for: roll-outs, and customers who were chosen."""
    own = [r for r in rows if (r.outcome, r.segment) == (TO_DATE, "all") and r.benefit is not None]
    return [row for row in own if row.design != "experiment"]


def _against_universal(
    ds: Dataset, panel: ir.Table, rooms: Compute, universal: str, names: Sequence[str], benefits: Mapping[str, Decimal]
) -> list[dict[str, Any]]:
    """Lines that add up to the joint total; none where the universal control group cannot be measured."""
    rows = assignments(ds)
    ends = record_ends(ds, rooms)
    everyone = _everyone(rows, panel, universal)
    units = rooms.fetch(queries.units(everyone, panel, ends=ends, is_first_only=True, horizons=(), outcomes=()))
    trial = experiment.trial(universal, units, ends=ends, is_first_only=True)
    if trial.arms != (OPEN,):
        return []
    measured = experiment.effect(trial, OPEN, OUTCOMES[TO_DATE], experiment.to_date(trial, OUTCOMES[TO_DATE]))
    if measured is None or measured.effect is None or measured.low is None or measured.high is None:
        return []
    grade = checks.experiment_grade(checks.of_arm(trial, OPEN, Declared()))
    n = measured.effect.treated
    trials = [name for name in names if name in benefits]
    assignment_arms = rooms.fetch(_first_arms(rows.filter(rows.initiative.isin(trials))))
    followed = trial.subset(trial.is_arm(OPEN) & (trial.month + 1 <= trial.known_to(OUTCOMES[TO_DATE])))
    assigned, treated = _flags(followed, assignment_arms, trials)
    shares = shapley.split(_adjusted(followed), assigned, treated)
    digits = currency_digits(ds.settings.currency)
    exact = parts(measured.effect.estimate * n, trials, shares, digits)
    lines = []
    for k, name in enumerate(trials):
        half = money(Z95 * float(shares.errors[k]), ds.settings.currency) or Decimal(0)
        line = _line(CLAIM if exact[name] >= 0 else LOSS, name, exact[name], "A")
        line |= {"low": exact[name] - half, "high": exact[name] + half, "alone": benefits[name]}
        lines.append({**line, "customers": int(shares.treated[k]), "additive": int(shares.additive[k])})
    lines += [_line(INTERACTION, None, exact[INTERACTION], None), _line(UNCLAIMED, None, exact[UNCLAIMED], None)]
    whole = _line(TOTAL, None, sum(exact.values(), Decimal(0)), grade)
    interval = {
        end: money(value * n, ds.settings.currency) for end, value in (("low", measured.low), ("high", measured.high))
    }
    return [*lines, {**whole, **interval, "customers": n}]


def parts(total: float, trials: Sequence[str], made: shapley.Split, digits: int) -> dict[str, Decimal]:
    """Claims by trial, INTERACTION and UNCLAIMED, which add up to the total to the last of `digits`."""
    exact = {name: Decimal(repr(float(made.shares[k]))) for k, name in enumerate(trials)}
    exact[INTERACTION] = Decimal(repr(made.interaction))
    exact[UNCLAIMED] = Decimal(repr(total)) - sum(exact.values())
    return closing(exact, digits)


def _everyone(rows: ir.Table, panel: ir.Table, universal: str) -> ir.Table:
    """Customers of the month before the universal control group was first drawn, in the shape of queries.monthly."""
    control_rows = rows.filter(rows.initiative == universal, rows.is_control)
    first = control_rows.agg(month=control_rows.month.min(), day=control_rows.day.min())
    control_group = control_rows.select("customer_id", drawn=control_rows.month)
    here = panel.filter(panel.active).select("customer_id", before=panel.month).cross_join(first)
    here = here.filter(here.before == (here.month - ibis.interval(months=1)).cast("date"))
    joined = here.left_join(control_group.distinct(), "customer_id").drop("customer_id_right")
    # Customers who were drawn in a later month were open to initiatives until then: they are in neither arm.
    joined = joined.filter(joined.drawn.isnull() | (joined.drawn == joined.month))
    blank = ibis.null("string")
    return joined.select(
        "customer_id",
        "month",
        arm=joined.drawn.isnull().ifelse(OPEN, CONTROL),
        arms=ibis.literal(1).cast("int64"),
        day=joined.day,
        stratum=blank,
        cluster=blank,
        cost=ibis.literal(0).cast(queries.WIDE),
        late=ibis.literal(False),
        joined=ibis.literal(True),
    )


def _first_arms(rows: ir.Table) -> ir.Table:
    """customer_id, initiative and whether the first arm was control: later ones hang on having stayed until then."""
    days = rows.group_by("customer_id", "initiative", "day").agg(is_control=rows.is_control.min())
    firsts = days.group_by("customer_id", "initiative").agg(is_control=days.is_control.argmin(days.day))
    return firsts.order_by("customer_id", "initiative")


def _flags(
    trial: experiment.Trial, assignment_arms: pa.Table, trials: Sequence[str]
) -> tuple[shapley.Bools, shapley.Bools]:
    """Which trials each customer was in, and which treated them: shape (customers, trials) both."""
    shape = trial.rows.num_rows, len(trials)
    assigned, treated = np.zeros(shape, np.bool_), np.zeros(shape, np.bool_)
    who = trial.rows["customer_id"].combine_chunks()
    for k, name in enumerate(trials):
        own = assignment_arms.filter(pc.equal(assignment_arms["initiative"], name))
        place = pc.index_in(who, own["customer_id"].combine_chunks())
        there = pc.is_valid(place).to_numpy(zero_copy_only=False)
        assigned[:, k] = there
        control = own["is_control"].combine_chunks().take(pc.fill_null(place, 0)) if own.num_rows else None
        if control is not None:
            treated[:, k] = there & ~control.to_numpy(zero_copy_only=False)
    return assigned, treated


def _adjusted(trial: experiment.Trial) -> shapley.Floats:
    """Margin to date less what the covariates explain: one slope a covariate, by least squares over all."""
    y = np.nan_to_num(trial.column("margin_to_date"))
    x = trial.covariates_of(np.arange(len(y)))
    if x is None:
        return y
    x = np.nan_to_num(x - np.nanmean(x, axis=0))
    slope, *_ = np.linalg.lstsq(x, y - y.mean(), rcond=None)
    return np.asarray(y - x @ slope, dtype=np.float64)


def _shared(ds: Dataset, rooms: Compute) -> dict[str, tuple[str, ...]]:
    from worthline.initiatives.experiments import overlaps

    return overlaps(ds, rooms)


def _without(
    rows: Sequence[Row],
    benefits: Mapping[str, Decimal],
    overlaps: Mapping[str, Sequence[str]],
    totals: Mapping[str, Amount],
    currency: str,
) -> list[dict[str, Any]]:
    """Claims as they were measured one by one; of two that overlap the larger is counted."""
    if not benefits:
        return []
    grades = {row.initiative: row.grade for row in rows if row.outcome == TO_DATE and row.segment == "all"}
    counted: list[str] = []
    lines = []
    for name in sorted(benefits, key=lambda claim: (-benefits[claim], claim)):
        against = [o for o in counted if o in overlaps.get(name, ()) or name in overlaps.get(o, ())]
        kind = NOT_COUNTED if against and benefits[name] >= 0 else CLAIM if benefits[name] >= 0 else LOSS
        if kind != NOT_COUNTED:
            counted.append(name)
        line = _line(kind, name, benefits[name], grades.get(name))
        lines.append({**line, **_ends_alone(rows, name, totals, currency), "alone": benefits[name]})
    total = sum((benefits[name] for name in counted), Decimal(0))
    weakest = max([grades[name] for name in counted if name in grades], default="C")
    return [*lines, _line(TOTAL, None, total, max("C", weakest))]


def _ends_alone(
    rows: Sequence[Row], name: str, totals: Mapping[str, Amount], currency: str
) -> dict[str, Decimal | None]:
    """The interval of an initiative's benefit to date; of several arms that of their sum, as they share controls."""
    own = [row for row in rows if (row.initiative, row.outcome, row.segment) == (name, TO_DATE, "all")]
    known = [row for row in own if row.benefit is not None]
    if len(known) == 1:
        return {"low": known[0].benefit_low, "high": known[0].benefit_high}
    if name not in totals:
        return {}
    low, high = totals[name].interval()
    return {"low": money(low, currency), "high": money(high, currency)}


def _line(kind: str, initiative: str | None, amount: Decimal | None, grade: str | None) -> dict[str, Any]:
    return {"line": kind, "initiative": initiative, "amount": amount, "grade": grade}


def _state(line: Mapping[str, Any]) -> str | None:
    """As of an entry of the register; None where no interval says it, or the line has no evidence of its own."""
    if line["grade"] is None:
        return None
    if line["grade"] not in PROVEN:
        return NOT_PROVEN
    return None if line.get("low") is None else proof_state(line["low"], line["high"])


def _verdict(line: Mapping[str, Any]) -> str:
    """The evidence of a line, in the words of its state."""
    evidence = evidence_words(line["grade"], line.get("low"), line.get("high"))
    return {NO_GAIN: NO_GAIN, LOSS_STATE: f"a loss, {evidence}"}.get(line["state"], evidence)


def sentence(line: Mapping[str, Any], currency: str) -> str:
    """What a finance partner reads."""
    amount = money_prose(line["amount"], currency)
    ends = ""
    if line.get("low") is not None:
        ends = f" (95% CI {money_prose(line['low'], currency)} to {money_prose(line['high'], currency)})"
    match line["line"]:
        case "joint total":
            if line.get("low") is None:
                return (
                    f"All initiatives together: {amount}, {_verdict(line)}. There is no universal control "
                    "group, so claims that overlap are counted once, the larger one."
                )
            claim = f"All initiatives together: {amount}{ends}, against the universal control group"
            return f"{claim}; {_verdict(line)}."
        case "interaction":
            return f"Interaction: {amount}. What initiatives did together beyond their own effects, shared by nobody."
        case "unclaimed":
            return (
                f"Unclaimed: {amount}. What the universal control group shows and no initiative's control group does."
            )
        case "place-wide":
            return f"{line['initiative']}: {amount}{ends}, {_verdict(line)}. It reached everybody; not in the total."
        case "not randomised":
            return f"{line['initiative']}: {amount}{ends}, {_verdict(line)}. Chosen customers: not in the total."
        case "overlap, not counted":
            return f"{line['initiative']}: {amount}. It shares customers with a larger claim and is not counted again."
    claim = f"{line['initiative']}: its share is {amount}{ends}"
    if line.get("additive"):
        claim += f"; for {count(line['additive'])} customers its own effect is taken, as their cells are under 200"
    return f"{claim}."
