"""The plan as published rows: the worklist, its candidates and control customers, and the columns of customer_scores.

Reads     Made: customers, actions, pairs and the plan; what a caller should know of each customer.
Gives     Findings with the tables worklist, worklist_candidates and control_groups.
Method    money is rounded to the currency's digits before it is added up, so that the figure is the sum of the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np
import pyarrow as pa

from worthline.initiatives.worklist import figures, gather, groups, reasons
from worthline.initiatives.worklist.actions import STAYING
from worthline.initiatives.worklist.figures import Savings
from worthline.initiatives.worklist.made import CONTROL, TREATED, Made
from worthline.initiatives.worklist.policy import Bools, Ints
from worthline.results import Compute, Dataset, Findings, Grade, Resolved, Worklist
from worthline.tables.money import currency_digits

if TYPE_CHECKING:
    import ibis.expr.types as ir

MONEY = pa.decimal128(18, 4)
CANDIDATES = pa.schema(
    [
        ("place", pa.int64()),
        ("customer_id", pa.string()),
        ("action", pa.string()),
        ("purpose", pa.string()),
        ("week", pa.int32()),
        ("arm", pa.string()),
        ("is_control", pa.bool_()),
        ("drawn_at_random", pa.bool_()),
        ("effect", pa.float64()),
        ("expected_gain", MONEY),
        ("cost", MONEY),
        ("expected_net", MONEY),
        ("net_low", MONEY),
        ("net_high", MONEY),
        ("grade", pa.string()),
        ("reason", pa.string()),
        ("last_failure", pa.string()),
        ("last_failure_on", pa.date32()),
        ("open_case", pa.string()),
        ("last_words", pa.string()),
        ("last_words_on", pa.date32()),
        ("renews_on", pa.date32()),
        ("offer_limit", MONEY),
    ]
)
"""Customers with their best action: on the list (arm treated, with a week), kept aside (arm control), or beyond the
capacity or the budget (no arm), the most gainful MOST_BEYOND of them."""
MOST_BEYOND = 100_000
WORKLIST = pa.schema([field for field in CANDIDATES if field.name not in ("arm", "is_control")])
SCORES = pa.schema(
    [("customer_id", pa.string()), ("arm", pa.string()), ("action", pa.string()), ("expected_saving", MONEY)]
)


def without_actions(s: Resolved) -> Findings:
    """No actions table was brought."""
    why = "no actions table was brought. Add actions with action, cost and capacity_per_week."
    return Findings(figures=(figures.unknown(s, why),))


def nobody(s: Resolved, why: str) -> Findings:
    """Nobody can be put on the list."""
    return Findings(figures=(figures.unknown(s, why),))


def findings(ds: Dataset, rooms: Compute, made: Made, scores: Sequence[ir.Table]) -> Worklist:
    """Tables, columns of customer_scores and the figure."""
    rows = _candidates(ds, rooms, made, scores)
    table = pa.Table.from_pylist(rows, CANDIDATES)
    treated = [row for row in rows if row["arm"] == TREATED]
    listed = pa.Table.from_pylist([row | {"place": k + 1} for k, row in enumerate(treated)], WORKLIST)
    own = rooms.keep("worklist__scores", ibis.memtable(_scores(made, rows)))
    tables = {"worklist": listed, "worklist_candidates": table, "control_groups": groups.table(ds, made, rows)}
    tables |= {"universal_control_group": groups.universal(made)}
    figure = (_figure(ds.settings, made, rows),) if len(made.pairs.customer) else ()
    return Worklist(Findings(tables, figure), own)


def _candidates(ds: Dataset, rooms: Compute, made: Made, scores: Sequence[ir.Table]) -> list[dict[str, Any]]:
    """Rows of CANDIDATES: the plan in its order, then the others by expected net gain."""
    rows, is_random, week = _ordered(made)
    if not len(rows):
        return []
    currency, digits = ds.settings.currency, currency_digits(ds.settings.currency)
    ids = sorted({made.ids[who] for who in made.pairs.customer[rows]})
    listed = rooms.keep("worklist__listed", ibis.memtable(pa.table({"customer_id": pa.array(ids, pa.string())})))
    fact_by_customer = {row["customer_id"]: row for row in rooms.fetch(gather.facts(ds, listed, scores)).to_pylist()}
    candidates = []
    for place, (row, is_drawn, when) in enumerate(zip(rows.tolist(), is_random.tolist(), week.tolist(), strict=True)):
        who, k = int(made.pairs.customer[row]), int(made.pairs.action[row])
        action, expected, fact = made.actions[k], made.expected[k], fact_by_customer[made.ids[who]]
        gain, low, high = (_money(v[who], digits) for v in (expected.gain, expected.low, expected.high))
        arm = None if not when else CONTROL if made.pairs.is_control[row] else TREATED
        effect = float(expected.effect[who])
        candidates.append(
            {
                **fact,
                "place": place + 1,
                "action": action.name,
                "purpose": action.purpose,
                "week": when or None,
                "arm": arm,
                "is_control": bool(made.pairs.is_control[row]),
                "drawn_at_random": is_drawn,
                "effect": None if np.isnan(effect) else effect,
                "expected_gain": gain,
                "cost": action.cost,
                "expected_net": gain - action.cost,
                "net_low": low - action.cost,
                "net_high": high - action.cost,
                "grade": expected.grade_of(who),
                "reason": reasons.reason(fact, action.offer_limit, currency, is_random=bool(is_drawn)),
                "offer_limit": action.offer_limit,
            }
        )
    return candidates


def _ordered(made: Made) -> tuple[Ints, Bools, Ints]:
    """Rows of the pairs: the plan, then each other customer's best action; with drawn at random, and the week or 0."""
    pairs = made.pairs
    is_planned = np.zeros(len(made.ids), np.bool_)
    is_planned[pairs.customer[made.plan.rows]] = True
    order = np.lexsort((pairs.customer, -pairs.net))
    order = order[~is_planned[pairs.customer[order]] & (pairs.net[order] > 0)]
    _, first = np.unique(pairs.customer[order], return_index=True)
    rest = order[np.sort(first)][:MOST_BEYOND]
    rows = np.concatenate([made.plan.rows, rest])
    nothing = np.zeros(len(rest), np.int64)
    return rows, np.concatenate([made.plan.is_random, nothing > 0]), np.concatenate([made.week, nothing])


def _scores(made: Made, rows: Sequence[dict[str, Any]]) -> pa.Table:
    """arm, action and expected_saving of customers who have one of them."""
    by_customer = {
        who: (CONTROL, None, None) for who, own in zip(made.ids, made.is_universal.tolist(), strict=True) if own
    }
    for row in rows:
        if row["arm"] == CONTROL:
            by_customer[row["customer_id"]] = (CONTROL, None, None)
        elif row["arm"] == TREATED:
            by_customer[row["customer_id"]] = (
                TREATED,
                row["action"],
                row["expected_net"] if row["purpose"] == STAYING else None,
            )
    listed = [
        {"customer_id": who, "arm": arm, "action": action, "expected_saving": saving}
        for who, (arm, action, saving) in sorted(by_customer.items())
    ]
    return pa.Table.from_pylist(listed, SCORES)


def _figure(s: Resolved, made: Made, rows: Sequence[dict[str, Any]]) -> Any:
    staying = [row for row in rows if row["purpose"] == STAYING and row["arm"] is not None]
    on = [row for row in staying if row["arm"] == TREATED]
    if not any(action.is_for_staying for action in made.actions):
        return figures.unknown(s, "no action is for staying. Add one to actions, with purpose blank or staying.")
    if not on:
        return figures.nothing(s, _why_empty(made))
    names = tuple(dict.fromkeys(row["action"] for row in on))
    used = [expected for expected, action in zip(made.expected, made.actions, strict=True) if action.name in names]
    ranked = [row["grade"] for row in on if not row["drawn_at_random"]]
    grade: Grade = max(ranked, default="E")
    return figures.figure(
        s,
        Savings(
            customers=len(on),
            control=len(staying) - len(on),
            drawn=sum(row["drawn_at_random"] for row in on),
            gross=_sum(on, "expected_gain"),
            cost=_sum(on, "cost"),
            low=_sum(on, "net_low"),
            high=_sum(on, "net_high"),
            grade=grade,
            actions=names,
            effect=" ".join(dict.fromkeys(expected.says for expected in used)),
        ),
    )


def _why_empty(made: Made) -> str:
    if not any(action.capacity_per_week for action in made.actions):
        return "capacity_per_week of every action is zero."
    if not (made.pairs.net > 0).any():
        return "no contact is expected to return more than it costs."
    return "the budget does not cover one contact, or all who are worth it are in the control group."


def _sum(rows: Sequence[dict[str, Any]], name: str) -> Decimal:
    return sum((row[name] for row in rows), Decimal(0))


def _money(value: float, digits: int) -> Decimal:
    return Decimal(repr(round(float(value), digits))).quantize(Decimal("0.0001"))
