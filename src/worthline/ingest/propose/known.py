"""Exports that are recognised by their headers: which system wrote them, and what each column there means.

Reads     a header.
Gives     Known, where the header holds all names by which one system's export is told from others.
Assumes   names compared without case, blanks, punctuation and time zone, so that a data loader's capitals are the same.
Not for   exports without names of their own (Medallia's are a tenant's): those go by names and values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from worthline.ingest.propose.names import plain
from worthline.ingest.propose.sql import literal, quoted


@dataclass(frozen=True)
class Known:
    """One system's export of one kind."""

    system: str
    table: str
    needs: tuple[str, ...]
    """Plain headers that are all there."""
    columns: dict[str, tuple[str, ...]]
    """canonical column -> plain headers that it may stand under, the best first."""
    constants: dict[str, str] = field(default_factory=dict)
    select: str = ""
    """SQL over {file}, where rows must be chosen; [name] is the header that is plainly called so."""
    select_why: str = ""
    made: dict[str, str] = field(default_factory=dict)
    """canonical column -> column that `select` makes."""
    cells: dict[str, str] = field(default_factory=dict)
    """canonical column that `select` makes -> plain header whose cells it takes over."""
    doubt: str = ""
    """Why a person should say whether this table is what they want; empty: it is."""
    stands_for: dict[str, str] = field(default_factory=dict)
    """Table -> what its customer_id is, once a person said that the doubt is none."""
    notes: tuple[str, ...] = ()
    leave_out: tuple[str, ...] = ()
    """Personal columns beyond those that are known everywhere."""
    asked: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """canonical column -> plain headers that may be it, which a person has to say."""
    also: tuple[Known, ...] = ()
    """What else the same rows hold: the rating of a ticket."""


_SHOPIFY = """select *, [total] as charged, 'purchase' as what, [name] as entry, [createdat] as moment,
    case when [email] is not null then md5(lower(trim([email]))) end as shopper
from {file}
where lower([financialstatus]) in ('paid', 'partially_refunded', 'refunded')
union all
select *, '-' || [refundedamount] as charged, 'refund' as what, [name] || '-refund' as entry, [createdat] as moment,
    case when [email] is not null then md5(lower(trim([email]))) end as shopper
from {file}
where lower([financialstatus]) in ('partially_refunded', 'refunded')
    and ltrim(cast([refundedamount] as varchar), '0.,') <> ''"""

_STRIPE = """select *, [amount] as charged, 'purchase' as what, [id] as entry, [createddate] as "moment (UTC)"
from {file}
where lower(cast([captured] as varchar)) = 'true'
union all
select *, '-' || [amountrefunded] as charged, 'refund' as what, [id] || '-refund' as entry,
    coalesce([refundeddate], [createddate]) as "moment (UTC)"
from {file}
where ltrim(cast([amountrefunded] as varchar), '0.,') <> ''"""

_RATED = """select *, case when lower([satisfactionscore]) like 'good%' then 1 else 0 end as rating
from {file}
where lower([satisfactionscore]) like 'good%' or lower([satisfactionscore]) like 'bad%'"""

_CHARGEBEE = """select *, [subscriptionsbillingperiod] || ' ' || [subscriptionsbillingperiodunit] as term
from {file}"""

_WON = """select *, nullif(trim(split_part(cast([company] as varchar), ';', 1)), '') as bought_by
from {file}
where replace(lower([dealstage]), ' ', '') like '%closedwon%' or replace(lower([dealstage]), ' ', '') = 'won'"""

_CHARGEBEE_TERM: dict[str, tuple[str, ...]] = {
    "product": ("subscriptionsplanid",),
    "ended_on": ("subscriptionscancelledat",),
    "trial_until": ("subscriptionstrialend",),
    "status": ("subscriptionsstatus",),
    "renews_on": ("subscriptionscurrenttermend",),
    "end_reason": ("subscriptionscancelreason",),
    "currency": ("subscriptionscurrencycode", "subscriptionscurrency"),
}
_DEALS: dict[str, tuple[str, ...]] = {
    "at": ("closedate",),
    "amount": ("amount",),
    "transaction_id": ("recordid", "dealid"),
    "currency": ("currency",),
}
_CASES = "a case is not a customer, unless you say so"
KNOWN: tuple[Known, ...] = (
    Known(
        "Qualtrics",
        "feedback",
        ("startdate", "enddate", "recordeddate", "responseid"),
        {
            "feedback_id": ("responseid",),
            "at": ("recordeddate",),
            "customer_id": ("externalreference",),
            "language": ("userlanguage",),
        },
        {"channel": "survey"},
        "select * from {file}\n"
        "where coalesce([status], '') not in ('1', 'Survey Preview', '2', 'Survey Test', '8', 'Spam')",
        "previews, tests and spam are in the export and are no answers",
        notes=("Finished = 0 are broken-off answers; they are kept",),
    ),
    Known(
        "SurveyMonkey",
        "feedback",
        ("respondentid", "collectorid", "startdate", "enddate"),
        {"feedback_id": ("respondentid",), "at": ("enddate",)},
        {"channel": "survey"},
        asked={"customer_id": ("customdata1", "customdata")},
    ),
    Known(
        "Typeform",
        "feedback",
        ("networkid", "submitdate"),
        {"feedback_id": ("#",), "at": ("submitdate",)},
        {"channel": "survey"},
    ),
    Known(
        "Formbricks",
        "feedback",
        ("responseid", "surveyid", "formbricksidinternal", "timestamp"),
        {"feedback_id": ("responseid",), "at": ("timestamp",), "customer_id": ("userid", "formbricksidinternal")},
        {"channel": "survey"},
        notes=("Finished = No are broken-off answers; they are kept",),
    ),
    Known(
        "Delighted",
        "feedback",
        ("id", "person", "surveytype", "score", "createdat"),
        {
            "feedback_id": ("id",),
            "customer_id": ("person",),
            "metric": ("surveytype",),
            "score": ("score",),
            "text": ("comment",),
            "at": ("createdat",),
            "updated_at": ("updatedat",),
        },
        {"channel": "survey"},
        notes=("customer_id is Delighted's own number of the person",),
    ),
    Known(
        "Zendesk",
        "interactions",
        ("id", "requesterid", "via", "createdat", "solvedat"),
        {
            "customer_id": ("requesterid",),
            "at": ("createdat",),
            "case_id": ("id",),
            "channel": ("via",),
            "resolved": ("status",),
            "wait_seconds": ("firstreplytimeinminutes",),
        },
        {"touchpoint": "support ticket"},
        notes=("times are the account's local ones: set timezone if it is not the company's",),
        also=(
            Known(
                "Zendesk",
                "feedback",
                ("id", "satisfactionscore", "updatedat"),
                {"feedback_id": ("id",), "customer_id": ("requesterid",), "at": ("updatedat",)},
                {"metric": "csat", "scale": "0-1", "channel": "survey", "touchpoint": "support ticket"},
                _RATED,
                "a ticket that was not rated is no answer; good is 1 and bad is 0",
                {"score": "rating"},
            ),
        ),
    ),
    Known(
        "Freshdesk",
        "interactions",
        ("ticketid", "contactid", "createdtime", "resolvedtime"),
        {
            "customer_id": ("contactid",),
            "at": ("createdtime",),
            "case_id": ("ticketid",),
            "channel": ("source",),
            "resolved": ("status",),
            "wait_seconds": ("firstresponsetimeinhrs",),
        },
        {"touchpoint": "support ticket"},
        notes=("columns called (in hrs) hold hours, minutes and seconds, not hours",),
    ),
    Known(
        "Intercom",
        "feedback",
        ("conversationid", "conversationrating"),
        {
            "feedback_id": ("conversationid",),
            "at": ("updatedat",),
            "score": ("conversationrating",),
            "text": ("conversationratingremark",),
        },
        {"metric": "csat", "scale": "1-5", "channel": "chat", "touchpoint": "support conversation"},
        leave_out=("username",),
    ),
    Known(
        "Salesforce opportunities",
        "transactions",
        ("id", "accountid", "stagename", "amount", "closedate", "iswon"),
        {
            "customer_id": ("accountid",),
            "at": ("closedate",),
            "amount": ("amount",),
            "transaction_id": ("id",),
            "currency": ("currencyisocode",),
        },
        select="select * from {file}\nwhere lower(cast([iswon] as varchar)) in ('true', '1')",
        select_why="an opportunity that is open or lost is no revenue",
        notes=("ids of 15 and of 18 characters name the same account and are read as one",),
    ),
    Known(
        "Stripe subscriptions",
        "subscriptions",
        ("id", "customerid", "status", "currentperiodstart", "currentperiodend"),
        {
            "customer_id": ("customerid",),
            "started_on": ("start", "startdate"),
            "fee": ("amount",),
            "quantity": ("quantity",),
            "product": ("plan", "product"),
            "ended_on": ("endedat",),
            "trial_until": ("trialend",),
            "status": ("status",),
            "renews_on": ("currentperiodend",),
            "end_reason": ("cancellationreason",),
            "currency": ("currency",),
            "period": ("interval",),
        },
        notes=("id is the subscription, not the customer", "Canceled At is the request; the loss is Ended At"),
        leave_out=("customername",),
    ),
    Known(
        "Stripe payments",
        "transactions",
        ("id", "createddate", "amount", "amountrefunded", "captured", "refundeddate"),
        {"customer_id": ("customerid",), "currency": ("currency",)},
        select=_STRIPE,
        select_why="failed charges are in the export and are no revenue; what was refunded is an entry of its own",
        made={"at": "moment (UTC)", "amount": "charged", "kind": "what", "transaction_id": "entry"},
        cells={"at": "createddate", "amount": "amount"},
    ),
    Known(
        "Chargebee",
        "subscriptions",
        ("subscriptionsid", "subscriptionsstatus", "subscriptionsstartedat"),
        {
            "customer_id": ("customersid", "subscriptionscustomerid"),
            "started_on": ("subscriptionsstartedat",),
            "fee": ("subscriptionsmrr",),
            **_CHARGEBEE_TERM,
        },
        notes=("Non Renewing is a loss that is already known for the end of the term",),
    ),
    Known(
        "Chargebee",
        "subscriptions",
        (
            *("subscriptionsid", "subscriptionsstatus", "subscriptionsstartedat", "subscriptionsplanunitprice"),
            *("subscriptionsbillingperiod", "subscriptionsbillingperiodunit"),
        ),
        {
            "customer_id": ("customersid", "subscriptionscustomerid"),
            "started_on": ("subscriptionsstartedat",),
            "fee": ("subscriptionsplanunitprice",),
            "quantity": ("subscriptionsplanquantity",),
            **_CHARGEBEE_TERM,
        },
        select=_CHARGEBEE,
        select_why="how often it is billed stands in two columns",
        made={"period": "term"},
        notes=("Non Renewing is a loss that is already known for the end of the term",),
    ),
    Known(
        "Shopify orders",
        "transactions",
        ("name", "email", "financialstatus", "total", "createdat", "lineitemname", "refundedamount"),
        {"currency": ("currency",)},
        select=_SHOPIFY,
        select_why="an order's money stands on the first of its lines; unpaid orders are left out; what was refunded "
        "is an entry of its own, on the order's day, since the export has no other",
        made={
            "customer_id": "shopper",
            "at": "moment",
            "amount": "charged",
            "kind": "what",
            "transaction_id": "entry",
        },
        cells={"at": "createdat", "amount": "total"},
        notes=("the export names customers by e-mail alone; a hash of it stands for them",),
    ),
    Known(
        "Google Play",
        "feedback",
        ("packagename", "starrating", "reviewsubmitdateandtime"),
        {
            "at": ("reviewsubmitdateandtime",),
            "score": ("starrating",),
            "text": ("reviewtext",),
            "language": ("reviewerlanguage",),
        },
        {"metric": "stars", "channel": "review"},
    ),
    Known(
        "Trustpilot",
        "feedback",
        ("reviewid", "reviewcreated", "reviewstars", "reviewcontent"),
        {
            "feedback_id": ("reviewid",),
            "at": ("reviewcreated",),
            "score": ("reviewstars",),
            "text": ("reviewcontent",),
            "author": ("reviewusername",),
        },
        {"metric": "stars", "channel": "review"},
        notes=("Trustpilot names no customer of yours: these answers stand for the company as a whole",),
    ),
    Known(
        "HubSpot contacts",
        "customers",
        ("recordid", "lifecyclestage"),
        {
            "customer_id": ("recordid",),
            "joined_on": ("becameacustomerdate",),
            "email": ("email",),
            "phone": ("phonenumber",),
        },
        notes=("Create Date is when the record was made, not when somebody became a customer",),
    ),
    *(
        Known(
            "HubSpot deals",
            "transactions",
            ("dealname", "dealstage", "amount", "closedate", company),
            _DEALS,
            select=_WON.replace("[company]", f"[{company}]"),
            select_why="a deal that is open or lost is no revenue; of several companies the first is the customer",
            made={"customer_id": "bought_by"},
            cells={"customer_id": company},
        )
        for company in (
            *("associatedcompanyidsprimary", "associatedcompanyids", "associatedcompanyprimary", "associatedcompany"),
            *("associatedcontactids", "associatedcontact"),
        )
    ),
    Known(
        "Segment",
        "interactions",
        ("messageid", "userid", "event", "timestamp"),
        {"customer_id": ("userid",), "at": ("timestamp",), "touchpoint": ("event",)},
        doubt="each event would count as a contact",
    ),
    Known(
        "event log (XES)",
        "interactions",
        ("caseconceptname", "conceptname", "timetimestamp"),
        {
            "customer_id": ("caseconceptname",),
            "case_id": ("caseconceptname",),
            "at": ("timetimestamp",),
            "touchpoint": ("conceptname",),
        },
        doubt=_CASES,
        stands_for={"interactions": "the case"},
    ),
    Known(
        "event log",
        "interactions",
        ("caseid", "activity", "timestamp", "lifecycle"),
        {"customer_id": ("caseid",), "case_id": ("caseid",), "at": ("timestamp",), "touchpoint": ("activity",)},
        doubt=_CASES,
        stands_for={"interactions": "the case"},
    ),
)


def recognise(header: Sequence[str]) -> Known | None:
    """The system whose export this is; of several the one that is told by most names."""
    names = {plain(name) for name in header}
    systems = [known for known in KNOWN if set(known.needs) <= names]
    return max(systems, key=lambda known: len(known.needs), default=None)


def sql(known: Known, header: Sequence[str], files: Sequence[str]) -> str:
    """The known source's query over these files, in the header's own names."""
    text = known.select
    for name in sorted({plain(h) for h in header}, key=len, reverse=True):
        if f"[{name}]" in text:
            own = next(h for h in header if plain(h) == name)
            text = text.replace(f"[{name}]", quoted(own))
    source = literal(files[0])
    if len(files) > 1:
        source = "(" + "\n    union all by name ".join(f"select * from {literal(f)}" for f in files) + ")"
    return text.replace("{file}", source)
