"""What customers feel and what serving them takes: the metrics of feedback, contacts and finance's lines.

Reads     nothing.
Gives     SOFT, and the definitions of scores that a company brings under its own names.
"""

from __future__ import annotations

from worthline.metrics import formatting
from worthline.metrics.values import Better, Metric, Needs, Period
from worthline.results import Unit

OWN_RESPONSE_RATE = "_response_rate"
WEIGHTED_TWIN = "_weighted"
MONTHS: tuple[Period, ...] = ("month", "12m")
SCORE: Needs = (("feedback", ("score",)),)
WEIGHTED: Needs = (("feedback", ("score", "weight")),)
ASKED: Needs = (("feedback", ("score",)), ("invitations", ()))
COVERED = "Twelve months are undefined where data began after the first of them."
NOBODY = f"Nobody answered. {COVERED}"


def _score(
    name: str, label: str, definition: str, unit: Unit = "score", needs: Needs = SCORE, undefined: str = NOBODY
) -> Metric:
    return Metric(name, label, definition, unit, "scores", "up", MONTHS, needs, undefined)


def own_mean(name: str) -> Metric:
    """A score that the company brings under its own name."""
    label = name.replace("_", " ")
    return _score(name, formatting.capitalised(label), f"Mean of the answers to {name}, in points of its scale.")


def own_response_rate(name: str) -> Metric:
    """The share of one question's invitations that were answered."""
    of = name.removesuffix(OWN_RESPONSE_RATE)
    return Metric(
        name,
        f"Response rate, {of}",
        f"Share of the people invited to {of} in the period who answered it with a score. Interval: Wilson.",
        "share",
        "answers",
        "up",
        MONTHS,
        ASKED,
        f"Nobody was invited. {COVERED}",
    )


CLUSTERED = "Interval: 95%, linearised variance by respondent"


def own_weighted(name: str) -> Metric:
    """A score, each answer counted with its survey weight."""
    plain = name.removesuffix(WEIGHTED_TWIN)
    label = {"nps": "Net promoter score", "csat": "Customer satisfaction", "ces": "Customer effort score"}.get(plain)
    label = label or plain.replace("_", " ").capitalize()
    return _score(
        name,
        f"{label}, survey-weighted",
        f"{label}, each answer counted with its survey weight: the answer's, else the customer's declared weight. "
        f"Answers without one are left out. {CLUSTERED}.",
        "share" if plain == "csat" else "score",
        WEIGHTED,
        f"No answer has a weight. {COVERED}",
    )


_SCORES = (
    _score(
        "nps",
        "Net promoter score",
        "Share of customers' answers of 9 or 10 minus the share of 0 to 6, times 100, on the scale 0-10; respondents "
        f"only. {CLUSTERED}, with three more answers (adjusted Wald).",
    ),
    _score(
        "nps_worst",
        "Net promoter score, if every non-respondent were a detractor",
        "Net promoter score of everyone who was invited or answered in the period, whenever they answered. Each person "
        "invited who has not answered (yet) counts as a detractor. It is the lower bound of the score of all of them.",
        needs=ASKED,
        undefined=f"Nobody was invited to nps. {COVERED}",
    ),
    _score(
        "nps_best",
        "Net promoter score, if every non-respondent were a promoter",
        "Net promoter score of everyone who was invited or answered in the period, whenever they answered. Each person "
        "invited who has not answered (yet) counts as a promoter. It is the upper bound of the score of all of them.",
        needs=ASKED,
        undefined=f"Nobody was invited to nps. {COVERED}",
    ),
    _score(
        "csat",
        "Customer satisfaction",
        "Share of answers in the top two points of their scale (the top one, where a scale has three points or "
        f"fewer; from 75 on, on 0 to 100). {CLUSTERED}, Wilson's form.",
        "share",
    ),
    _score("ces", "Customer effort score", f"Mean of the answers; on the scale 1-7, 7 is easiest. {CLUSTERED}."),
    _score("stars", "Stars", f"Mean of the stars given. {CLUSTERED}."),
    *(own_weighted(f"{name}_weighted") for name in ("nps", "csat", "ces", "stars")),
)


def _answers(
    name: str, label: str, definition: str, unit: Unit, better: Better, needs: Needs, undefined: str
) -> Metric:
    return Metric(name, label, definition, unit, "answers", better, MONTHS, needs, undefined)


_ANSWERS = (
    _answers(
        "answers",
        "Answers",
        "Customers' answers with a score within its scale, to any question.",
        "count",
        "neither",
        (("feedback", ()),),
        "Before the first feedback.",
    ),
    _answers(
        "answered_blank",
        "Blank answers",
        "Customers' feedback without a score: left blank, or a code that was declared to mean blank.",
        "count",
        "neither",
        (("feedback", ()),),
        "Before the first feedback.",
    ),
    _answers(
        "response_rate",
        "Response rate",
        "Share of the people invited in the period who answered with a score, however often they were invited. An "
        "answer belongs to the invitation that names it, else to one of the 30 days before. Interval: Wilson.",
        "share",
        "up",
        ASKED,
        f"Nobody was invited. {COVERED}",
    ),
)

CONTACTS: Needs = (("interactions", ()),)
BEFORE = "Undefined before the first contact, and where the contacts end before the period does."


def _service(
    name: str,
    label: str,
    definition: str,
    unit: Unit,
    better: Better = "down",
    needs: Needs = CONTACTS,
    undefined: str = BEFORE,
) -> Metric:
    return Metric(name, label, definition, unit, "service", better, MONTHS, needs, undefined)


_CONTACT_COST = (
    "its own cost, else its handle time at the cost of a staff hour, else the cost of a contact, where those are set"
)
_NO_COST = (
    f"Undefined where no contact has a cost, and neither the cost of a staff hour nor of a contact is set. {BEFORE}"
)
_AT_LEAST = "Contacts of which it is not known add nothing, so it is a lower bound."
_FEWER_THAN_HALF = "Also where it is known of fewer than half of these contacts."

_SERVICE = (
    _service("contacts", "Contacts", "Contacts and other touches, with known customers or not.", "count"),
    _service(
        "contacts_per_customer",
        "Contacts per customer",
        "Contacts divided by customers active in the month; over twelve months, by customer-months and times 12.",
        "ratio",
        undefined=f"Undefined without an active customer. {BEFORE}",
    ),
    _service(
        "resolved_share",
        "Resolved contacts",
        "Share of contacts with a known outcome that were resolved. Interval: Wilson.",
        "share",
        "up",
        (("interactions", ("resolved",)),),
        "No contact of the period has this value.",
    ),
    _service(
        "wait_mean",
        "Mean wait",
        "Mean seconds that customers waited, of contacts where that is known.",
        "seconds",
        "down",
        (("interactions", ("wait_seconds",)),),
        "No contact of the period has this value.",
    ),
    _service(
        "handle_mean",
        "Mean handle time",
        "Mean seconds of staff time, of contacts where that is known.",
        "seconds",
        "down",
        (("interactions", ("handle_seconds",)),),
        "No contact of the period has this value.",
    ),
    _service(
        "cost_to_serve",
        "Cost to serve",
        f"Sum of the costs of contacts; of a contact: {_CONTACT_COST}. n: contacts with a cost.",
        "money",
        undefined=_NO_COST,
    ),
    _service(
        "cost_per_contact",
        "Cost per contact",
        "Cost to serve divided by the contacts that have a cost.",
        "money",
        undefined=_NO_COST,
    ),
    _service(
        "repeat_contacts",
        "Repeat contacts",
        "Contacts within 7 days after another on the same case. Where a contact names no case: of the same customer at "
        "the same touchpoint.",
        "count",
    ),
    _service(
        "complaints",
        "Complaints",
        "Contacts at touchpoints whose failure is complaint; where touchpoints do not say, those whose name "
        "contains the word.",
        "count",
    ),
    _service(
        "escalations",
        "Escalations",
        "Contacts at touchpoints whose failure is escalation; where touchpoints do not say, those whose name "
        "contains the word.",
        "count",
    ),
)

PAID: Needs = (("transactions", ()),)


def _failure(
    name: str, label: str, definition: str, unit: Unit = "money", needs: Needs = PAID, undefined: str = ""
) -> Metric:
    undefined = undefined or (
        "Undefined before the first transaction, and where the transactions end before the period does."
    )
    return Metric(name, label, definition, unit, "poor service", "down", MONTHS, needs, undefined)


_FAILURE = (
    _failure("refunds", "Refunds", "Transactions of kind refund, return or chargeback, as money paid back."),
    _failure("credits", "Credits", "Transactions of kind credit or credit note, as money given."),
    _failure(
        "cost_of_poor_service",
        "Cost of poor service",
        "Cost of poor service in cash plus its cost in staff time, as far as they are known. Margin lost with "
        "customers who left is not in it.",
        needs=(),
        undefined="Undefined where neither part is known, or where transactions or contacts were brought and do not "
        "cover the period.",
    ),
    _failure(
        "cost_of_poor_service_cash",
        "Cost of poor service, cash",
        "Refunds and credits.",
    ),
    _failure(
        "cost_of_poor_service_capacity",
        "Cost of poor service, staff time",
        "Cost of escalations, complaints and repeat contacts, each contact once; money only once the roster "
        f"changes. Cost of a contact: {_CONTACT_COST}. {_AT_LEAST} n: those with a cost.",
        needs=CONTACTS,
        undefined=f"{_NO_COST} {_FEWER_THAN_HALF}",
    ),
    _failure(
        "poor_service_hours",
        "Hours on poor service",
        "Staff hours of escalations, complaints and repeat contacts, each contact once. "
        f"{_AT_LEAST} n: those with a handle time.",
        "hours",
        (("interactions", ("handle_seconds",)),),
        f"Handle time is known of no contact, or before the first contact. {_FEWER_THAN_HALF}",
    ),
)


def _finance(name: str, label: str, definition: str, better: Better = "up") -> Metric:
    undefined = "Finance brings no such line for the period."
    return Metric(name, label, definition, "money", "finance", better, ("finance",), (("finance", ()),), undefined)


_FINANCE = (
    _finance("finance_reported_revenue", "Revenue, reported", "What finance reports for the period."),
    _finance("finance_reported_margin", "Margin, reported", "What finance reports for the period."),
    _finance("finance_cost_to_serve", "Cost to serve, reported", "What finance reports for the period.", "down"),
    Metric(
        "revenue_difference_to_finance",
        "Revenue, ours less reported",
        "Our revenue of the period's months minus finance's reported revenue.",
        "money",
        "finance",
        "neither",
        ("finance",),
        (("finance", ()),),
        "The period is not over, or not all of its months are in our data.",
    ),
)

SOFT: tuple[Metric, ...] = (*_SCORES, *_ANSWERS, *_SERVICE, *_FAILURE, *_FINANCE)
"""Everything declared here, in the order in which it is shown."""
