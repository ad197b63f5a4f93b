"""Tables that people write in the app, and that reach a run by the store's snapshot; a file may bring them as well.

Gives     WRITTEN, part of the catalogue.
"""

from __future__ import annotations

from worthline.tables.spec import Column, Kind, TableSpec

ID, TEXT, CATEGORY, INSTANT, DAY = Kind.ID, Kind.TEXT, Kind.CATEGORY, Kind.INSTANT, Kind.DAY
MONEY, NUMBER, COUNT, FLAG = Kind.MONEY, Kind.NUMBER, Kind.COUNT, Kind.FLAG


def _initiative() -> Column:
    return Column("initiative", CATEGORY, "which initiative", required=True)


def _cited() -> tuple[Column, ...]:
    return (
        Column("cites_figure", CATEGORY, "the figure that the decision is based on"),
        Column("cites_run", ID, "the run that published it"),
        Column("cites_value", NUMBER, "its value then"),
    )


def _statement() -> tuple[Column, ...]:
    return (
        _initiative(),
        Column("proof_on", DAY, "the date of proof that was approved", required=True),
        Column("run", ID, "the run that measured it"),
        Column("as_of", DAY, "the day of which that run was", required=True),
        Column("proven", MONEY, "benefit that is proven to the date of proof; blank: nothing was proven"),
        Column("low", MONEY, "lower end of its 95% confidence interval"),
        Column("high", MONEY, "upper end"),
        Column("cost", MONEY, "cost to the date of proof"),
        Column("grade", CATEGORY, "its evidence, A to E; anything else is no grade"),
    )


WRITTEN = (
    TableSpec(
        "approvals",
        "approval of an initiative, frozen",
        (
            _initiative(),
            Column("approved_on", DAY, "day of the approval", required=True),
            Column("proof_on", DAY, "date of proof", required=True),
            Column("benefit", MONEY, "benefit approved: gross margin to the date of proof", required=True),
            Column("cost", MONEY, "cost approved, to the date of proof", required=True),
            Column("metric", CATEGORY, "what it is measured by; blank: margin"),
            Column("estimand", TEXT, "what is estimated, in words"),
            Column("population", TEXT, "whose behaviour it is measured on"),
            Column("shares", TEXT, "departments and their weights: Service=60, Billing=40; blank: the owning group"),
            Column("finance_signed", FLAG, "whether finance has signed it"),
            Column("signed_in", FLAG, "whether whoever approved was signed in"),
            *_cited(),
        ),
        key=("initiative", "proof_on"),
        is_written=True,
        switches_on="the benefits register: approved beside measured",
    ),
    TableSpec(
        "proofs",
        "proof of an approved initiative, as it was posted on its date",
        _statement(),
        key=("initiative", "proof_on"),
        happened="as_of",
        is_written=True,
        switches_on="proofs that stay as they were posted",
    ),
    TableSpec(
        "restatements",
        "later statement of a proof",
        (*_statement(), Column("reason", TEXT, "why it differs")),
        happened="as_of",
        is_written=True,
        switches_on="what later data say of a proof",
    ),
    TableSpec(
        "closings",
        "quarter that finance has closed",
        (Column("quarter", CATEGORY, "2026 Q3", required=True), Column("last_day", DAY, "its last day", required=True)),
        key=("quarter",),
        is_written=True,
        switches_on="quarters in which nothing changes except by a restatement",
    ),
    TableSpec(
        "root_causes",
        "root-cause action",
        (
            Column("root_cause", ID, "its name", required=True),
            Column("kind", CATEGORY, "of what", required=True, allowed=("touchpoint", "theme", "need")),
            Column("subject", CATEGORY, "the touchpoint, theme or need", required=True),
            Column("cause", TEXT, "why it fails", required=True),
            Column("group", CATEGORY, "department that takes the cause away"),
            Column("owner", TEXT, "who answers for it", required=True),
            Column("initiative", CATEGORY, "the initiative that pays for it"),
            Column("opened_on", DAY, "day on which it was opened", required=True),
            Column("fixed_on", DAY, "day from which the cause is gone"),
            Column("closed_on", DAY, "day on which it was closed"),
            *_cited(),
        ),
        key=("root_cause",),
        is_written=True,
        switches_on="volume and cost of what fails, before and after the day on which its cause was taken away",
    ),
    TableSpec(
        "steps",
        "step of a root-cause action",
        (
            Column("root_cause", ID, "of which action", required=True),
            Column("what", TEXT, "what is done", required=True),
            Column("owner", TEXT, "by whom"),
            Column("due_on", DAY, "by when", required=True),
            Column("done_on", DAY, "when it was done"),
        ),
        is_written=True,
        switches_on="steps of root-cause actions that are late",
    ),
    TableSpec(
        "routings",
        "item that was sent to a group",
        (
            Column("item", ID, "what was sent: feedback_id or case_id", required=True),
            Column("group", CATEGORY, "to which department", required=True),
            Column("routed_at", INSTANT, "when", required=True),
            Column("theme", CATEGORY, "what it is about"),
            Column("rule", CATEGORY, "why it went there"),
            Column("cadence", CATEGORY, "at once, daily, weekly, monthly"),
            Column("asks_answer", FLAG, "whether the customer asks for an answer"),
            Column("read_at", INSTANT, "when it was read"),
            Column("acted_at", INSTANT, "when something was done about it"),
            Column("closed_at", INSTANT, "when it was closed"),
            Column("told_back_at", INSTANT, "when the customer was told"),
        ),
        key=("item", "group"),
        happened="routed_at",
        is_written=True,
        in_use=False,
        switches_on="how long it takes to read, act and answer, by department",
    ),
    TableSpec(
        "assessments",
        "assessment of a building block by a named person",
        (
            Column("block", CATEGORY, "which building block", required=True),
            Column("level", COUNT, "its level", required=True, least=1, most=5),
            Column("evidence", TEXT, "what it is based on", required=True),
            Column("assessed_on", DAY, "when", required=True),
        ),
        happened="assessed_on",
        is_written=True,
        in_use=False,
        switches_on="building blocks that a person has assessed",
    ),
    TableSpec(
        "assumptions",
        "assumption that somebody answers for",
        (
            Column("assumption", ID, "its name", required=True),
            Column("statement", TEXT, "what is assumed", required=True),
            Column("owner", TEXT, "who answers for it", required=True),
            Column("value", NUMBER, "the number assumed"),
            Column("unit", CATEGORY, "its unit"),
            Column("stated_on", DAY, "when", required=True),
            Column("test_by", DAY, "by when it is to be tested"),
            Column("tested_by", CATEGORY, "the initiative or effect that tests it"),
            Column("became", TEXT, "what it became"),
        ),
        key=("assumption",),
        is_written=True,
        in_use=False,
        switches_on="assumptions beside what they became",
    ),
)
"""Tables that people write."""
