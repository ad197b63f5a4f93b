"""Why a page, a table or a figure is not in a run, and what would switch it on, in the words of data health.

Reads     a published run: its tables, what its data health says is off.
Gives     IsOff for a name that Worthline knows and this run does not have; None for any other name.
Method    the sentence of data health that is about it; where none is, what it takes.
"""

from __future__ import annotations

from dataclasses import dataclass

from worthline.errors import IsOff
from worthline.metrics.registry import METRICS
from worthline.run.view import RunView


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a run: what it is called, how sentences about it begin, what it takes."""

    label: str
    begins: tuple[str, ...]
    takes: str


_SCORED = ("NPS, CSAT, CES and key drivers are off", "No feedback")
_SERVICE = ("Cost to serve", "Resolution is off")
_CHURN = ("No 3-month churn", "No 12-month churn", "No churn")
_VALUE = ("No value of customers",)
_WORDS = _Part("Themes of comments", (), "comments of customers: feedback with text")
_LIST = _Part("Worklist", (), "actions (what can be done, and what it costs) and customers whose value is known")
_APPROVED = _Part("Benefits register", (), "an initiative that was approved: worthline approve, or the table approvals")
_TABLES = {
    **dict.fromkeys(("theme_items", "themes", "theme_trends", "theme_drivers", "theme_leavers"), _WORDS),
    **dict.fromkeys(("worklist", "worklist_candidates", "control_groups"), _LIST),
    **dict.fromkeys(("benefits_register", "benefits_by_group"), _APPROVED),
    "customer_scores": _Part("Customers", (*_CHURN, *_VALUE), "customers: any table with customer_id brings them"),
    "panel": _Part("Customers by month", _CHURN, "customers: any table with customer_id brings them"),
    "backtests": _Part("Predictions", _CHURN, "customers who left and customers who stayed, with dates"),
    "effects": _Part("Effects", ("No effects of experiences",), "contacts or answers of customers over some months"),
    "key_drivers": _Part(
        "Key drivers", ("No key drivers", *_SCORED), "feedback with a score and further ratings in the same answer"
    ),
    "bridges": _Part("Bridges", (), "revenue by customer over two periods: bring transactions or subscriptions"),
    "initiative_results": _Part(
        "Results of initiatives",
        (),
        "treatments (who was assigned to what, with a control group) or rollouts (which place got it when)",
    ),
}
_FIGURES = {
    "margin_at_risk": _Part("Margin at risk", (*_VALUE, *_CHURN), "customers' margin and customers who left"),
    "customer_equity": _Part("Customer equity", _VALUE, "revenue by customer and a margin"),
    "proven_return": _TABLES["initiative_results"],
    "approved_return": _APPROVED,
    "savings_available": _LIST,
    "comments_12m": _WORDS,
    "poor_experience_cost": _TABLES["effects"],
}
_BY_TABLE = {
    "transactions": ("Purchases",),
    "feedback": _SCORED,
    "invitations": ("Response rate",),
    "interactions": _SERVICE,
    "customers": ("Referrals", "Segments and regions"),
    "finance": ("Reconciliation",),
    "targets": ("Gaps to target",),
}


def off(run: RunView, name: str) -> IsOff | None:
    """What to say of a table, figure or metric that this run lacks; None where it has it or nobody knows the name."""
    has_rows = name in run.tables() and run.about.get("rows", {}).get(name) != 0
    if has_rows or (name in METRICS and name in counted(run)):
        return None
    part = _TABLES.get(name) or _FIGURES.get(name) or _metric(name)
    if part is None:
        return None
    return IsOff(name, part.label, _reason(run, part))


def counted(run: RunView) -> set[str]:
    """The metrics of this run, defined or not."""
    if "metrics" not in run.tables():
        return set()
    return set(run.sql("select distinct metric from metrics").column("metric").to_pylist())


def _metric(name: str) -> _Part | None:
    if name not in METRICS:
        return None
    metric = METRICS[name]
    tables = [table for table, _ in metric.needs]
    begins = tuple(begin for table in tables for begin in _BY_TABLE.get(table, ()))
    needs = [" with ".join(filter(None, (table, ", ".join(columns)))) for table, columns in metric.needs]
    return _Part(metric.label, begins, " and ".join(needs) or "rows of customers, purchases or subscriptions")


def _reason(run: RunView, part: _Part) -> str:
    sentences = [sentence for sentence in run.health().off if sentence.startswith(part.begins)] if part.begins else []
    return sentences[0] if sentences else f"It takes {part.takes}."
