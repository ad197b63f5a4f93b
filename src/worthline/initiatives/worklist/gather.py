"""Customers of today whom an action could be for, and what a caller should know of them. Ibis only.

Reads     a Dataset, the panel's last month, columns of customer_scores from the rooms before.
Gives     `today`: one row per active customer, and prospect where an action is for them, in order of customer_id;
          `facts`: last failure, last words, open case and renewal date of some customers.
Method    only contact_permission = yes may be contacted. A contact within the quiet days is a treatment in any arm
          other than control. The latest row is found by its day and its place in the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import ibis

from worthline.initiatives.queries import PROSPECT
from worthline.initiatives.worklist import rules
from worthline.initiatives.worklist.actions import Action
from worthline.initiatives.worklist.rules import Comparison
from worthline.panel.treatments import assignments, has_assignments
from worthline.tables.time import month_start

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from worthline.results import Dataset

SCORES = {"p_leave_12m": "float64", "value_if_kept": "decimal(18, 4)", "value_if_left": "decimal(18, 4)"}
"""What earlier rooms say of customers, with its type."""
AT_RISK = {"margin_at_risk": "decimal(18, 4)"}
OWN = ("tenure_months", "revenue_12m", "margin_12m", "cost_to_serve_12m", "last_score")
"""Columns of the panel's last month that rules may name."""
LOWERS = "(lower risk)"
"""End of a risk factor that speaks against leaving: no reason to contact anybody."""
MOST_REASONS = 3
LATELY = 90
WORDS_LATELY = 365
"""Days in which a failure or an open case is still a reason to call."""
_FACTS = {
    "last_failure": "string",
    "last_failure_on": "date",
    "open_case": "string",
    "last_words": "string",
    "last_words_on": "date",
    "renews_on": "date",
    "risk_factor": "string",
    "p_leave_12m": "float64",
}


def columns(ds: Dataset) -> list[str]:
    """Columns that rules may name."""
    own = [name for name in ds["customers"].columns if not name.startswith("_")] if "customers" in ds.tables else []
    return list(dict.fromkeys([*own, *OWN, *SCORES, *AT_RISK]))


def today(
    ds: Dataset,
    panel: ir.Table,
    scores: Sequence[ir.Table],
    actions: Sequence[Action],
    excluded: Sequence[tuple[Comparison, ...]],
) -> ir.Table:
    """customer_id, tenure, p, lost, at_risk, is_prospect, may_contact, is_quiet, is_excluded, eligible_<k>.

    Money is float64.
    """
    now = panel.filter(panel.month == ibis.literal(month_start(ds.settings.as_of)))
    is_prospect = ~now.active & (now.state == PROSPECT) if any(one.is_for_prospects for one in actions) else None
    rows = now.filter(now.active if is_prospect is None else now.active | is_prospect)
    rows = rows.select("customer_id", *OWN, is_prospect=ibis.literal(False) if is_prospect is None else ~rows.active)
    for name, kind in {**SCORES, **AT_RISK}.items():
        source = next((table for table in scores if name in table.columns), None)
        if source is None:
            rows = rows.mutate(**{name: ibis.null(kind)})
        else:
            rows = _joined(rows, source.select("customer_id", name))
    rows = _with_customers(ds, rows)
    rows = _joined(rows, _treated_lately(ds)).mutate(is_quiet=lambda t: t.is_quiet.fill_null(False))
    lost = ibis.least(rows.value_if_kept - rows.value_if_left, ibis.greatest(rows.value_if_kept, 0))
    is_excluded: ir.BooleanValue = ibis.literal(False)
    for rule in excluded:
        is_excluded = is_excluded | rules.fulfilled(rows, rule)
    eligible = {
        f"eligible_{k}": ibis.literal(True) if one.rule is None else rules.fulfilled(rows, one.rule)
        for k, one in enumerate(actions)
    }
    return rows.select(
        "customer_id",
        tenure=rows.tenure_months,
        p=rows.p_leave_12m,
        lost=lost.cast("float64"),
        at_risk=rows.margin_at_risk.cast("float64"),
        is_prospect=rows.is_prospect,
        may_contact=rows._permission.fill_null("unknown") == "yes",
        is_quiet=rows.is_quiet,
        is_excluded=is_excluded,
        **eligible,
    ).order_by("customer_id")


def _with_customers(ds: Dataset, rows: ir.Table) -> ir.Table:
    """The customers' own columns beside; `_permission` too."""
    if "customers" not in ds.tables:
        return rows.mutate(_permission=ibis.null("string"))
    c = ds["customers"]
    own = [name for name in c.columns if not name.startswith("_") and name not in rows.columns]
    permission = c.contact_permission if "contact_permission" in c.columns else ibis.null("string")
    return _joined(rows, c.select("customer_id", *own, _permission=permission))


def _treated_lately(ds: Dataset) -> ir.Table:
    """Customers who were treated within the quiet days."""
    if not has_assignments(ds):
        nobody = ds["customers"] if "customers" in ds.tables else next(iter(ds.tables.values()))
        who = nobody.customer_id if "customer_id" in nobody.columns else ibis.literal("")
        return nobody.filter(ibis.literal(False)).select(customer_id=who, is_quiet=ibis.literal(True))
    rows = assignments(ds)
    since = ds.settings.as_of - timedelta(days=ds.settings.acting.quiet_days)
    rows = rows.filter(~rows.is_control, rows.day > ibis.literal(since))
    return rows.select("customer_id").distinct().mutate(is_quiet=ibis.literal(True))


def assigned(ds: Dataset, initiative: str) -> ir.Table:
    """customer_id and is_treated (an arm other than control, ever) of who was assigned, in order of customer_id."""
    rows = assignments(ds)
    rows = rows.filter(rows.initiative == initiative)
    return rows.group_by("customer_id").agg(is_treated=(~rows.is_control).any()).order_by("customer_id")


def universal(ds: Dataset, initiatives: Sequence[str]) -> ir.Table:
    """customer_id and first day of who was drawn for the universal control group; `initiatives`: its names."""
    rows = assignments(ds)
    rows = rows.filter(rows.initiative.isin(initiatives), rows.is_control)
    return rows.group_by("customer_id").agg(day=rows.day.min()).order_by("customer_id")


def facts(ds: Dataset, listed: ir.Table, scores: Sequence[ir.Table]) -> ir.Table:
    """What a caller should know of the customers in `listed` (customer_id), one row each, in order of customer_id."""
    rows = listed
    for found in (_failures(ds), _open_cases(ds), _words(ds), _renewals(ds), _risk_factors(scores), _chances(scores)):
        if found is not None:
            rows = _joined(rows, found)
    blank = {name: ibis.null(kind) for name, kind in _FACTS.items() if name not in rows.columns}
    rows = rows.mutate(**blank) if blank else rows
    return rows.select("customer_id", *_FACTS).order_by("customer_id")


def _failures(ds: Dataset) -> ir.Table | None:
    if not ds.has("interactions", "customer_id", "resolved"):
        return None
    t = ds["interactions"]
    lately = ibis.literal(ds.settings.as_of - timedelta(days=LATELY))
    rows = _latest(t.filter(t.customer_id.notnull(), t.resolved == False, t.at_date > lately))  # noqa: E712
    return rows.select("customer_id", last_failure=rows.touchpoint, last_failure_on=rows.at_date)


def _open_cases(ds: Dataset) -> ir.Table | None:
    if not ds.has("interactions", "customer_id", "resolved", "case_id"):
        return None
    t = ds["interactions"]
    lately = ibis.literal(ds.settings.as_of - timedelta(days=LATELY))
    t = t.filter(t.customer_id.notnull(), t.case_id.notnull(), t.at_date > lately)
    last = _latest(t, ("customer_id", "case_id"))
    still = _latest(last.filter(last.resolved == False))  # noqa: E712
    return still.select("customer_id", open_case=still.case_id)


def _words(ds: Dataset) -> ir.Table | None:
    """The latest words of the last year, of an answer or of an earlier contact."""
    found = []
    since = ibis.literal(ds.settings.as_of - timedelta(days=WORDS_LATELY))
    if ds.has("feedback", "customer_id", "text"):
        t = ds["feedback"]
        t = t.filter(t.customer_id.notnull(), t.text.notnull(), t.at_date > since)
        found.append(_latest(t).select("customer_id", "at_date", words="text"))
    if ds.has("treatments", "customer_id", "customer_said"):
        t = ds["treatments"]
        t = t.filter(t.customer_id.notnull(), t.customer_said.notnull(), t.at_date > since)
        found.append(_latest(t).select("customer_id", "at_date", words="customer_said"))
    if not found:
        return None
    rows = found[0] if len(found) == 1 else _latest(found[0].union(found[1]), ties=("words",))
    return rows.select("customer_id", last_words=rows.words, last_words_on=rows.at_date)


def _renewals(ds: Dataset) -> ir.Table | None:
    if not ds.has("subscriptions", "customer_id", "renews_on"):
        return None
    t = ds["subscriptions"]
    today = ibis.literal(ds.settings.as_of)
    t = t.filter(t.renews_on >= today, t.ended_on.isnull() | (t.ended_on > today))
    return t.group_by("customer_id").agg(renews_on=t.renews_on.min())


def _risk_factors(scores: Sequence[ir.Table]) -> ir.Table | None:
    source = next((table for table in scores if "reasons" in table.columns), None)
    if source is None:
        return None
    blank = ibis.null("string")
    each = [ibis.ifelse(source.reasons.length() > k, source.reasons[k], blank) for k in range(MOST_REASONS)]
    raises = [ibis.ifelse(one.endswith(LOWERS), blank, one) for one in each]
    return source.select("customer_id", risk_factor=ibis.coalesce(*raises))


def _chances(scores: Sequence[ir.Table]) -> ir.Table | None:
    """The chance of leaving within 12 months, where a model that passed its backtest gives one."""
    source = next((table for table in scores if "p_leave_12m" in table.columns), None)
    return None if source is None else source.select("customer_id", p_leave_12m=source.p_leave_12m.cast("float64"))


def _latest(
    rows: ir.Table, keys: Sequence[str] = ("customer_id",), ties: Sequence[str] = ("_file", "_line")
) -> ir.Table:
    order = [ibis.desc("at_date"), *(ibis.desc(name) for name in ties if name in rows.columns)]
    rows = rows.mutate(_place=ibis.row_number().over(ibis.window(group_by=list(keys), order_by=order)))
    return rows.filter(rows._place == 0).drop("_place")


def _joined(rows: ir.Table, more: ir.Table) -> ir.Table:
    return rows.left_join(more, "customer_id").drop("customer_id_right")
