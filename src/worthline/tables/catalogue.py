"""Every table a company can bring, and what each column means: the one place that says so.

docs/reference/tables.md is generated from here (`make reference`), and a test holds it to that.
"""

from __future__ import annotations

from dataclasses import replace

from worthline.tables.columns import (
    BOUGHT,
    CATEGORY,
    COUNT,
    CURRENCY,
    CUSTOMER,
    DAY,
    EARNED,
    FLAG,
    ID,
    INSTANT,
    KNOWN_AT,
    MONEY,
    NUMBER,
    RATE,
    TEXT,
    at,
    customer,
)
from worthline.tables.initiative_tables import INITIATIVES
from worthline.tables.spec import Column, TableSpec
from worthline.tables.written import WRITTEN

_RELATIONS = (
    TableSpec(
        "customers",
        "customer or prospect (with known_at: one snapshot of one)",
        (
            customer("who it is"),
            Column(
                "joined_on",
                DAY,
                "first day as a customer; blank: a prospect",
                also_called=("start date", "signup date", "customer since", "created"),
            ),
            Column(
                "left_on",
                DAY,
                "first day no longer a customer; blank: still here, or not known",
                also_called=("end date", "churn date", "cancelled on", "closed on"),
            ),
            Column(
                "acquired_through",
                CATEGORY,
                "how the customer was won",
                allowed=(*EARNED, *BOUGHT),
            ),
            Column("referred_by", ID, "customer_id of who referred them"),
            Column(
                "contact_permission",
                CATEGORY,
                "may the company call? only yes is called",
                allowed=("yes", "no", "unknown"),
            ),
            Column("location", CATEGORY, "store, branch or area that serves the customer"),
            Column("segment", CATEGORY, "the company's own grouping of customers"),
            Column("region", CATEGORY, "where the customer lives"),
            Column("channel", CATEGORY, "through which the customer mainly deals with the company"),
            Column("account_id", ID, "account that several customers may share"),
            Column(
                "valid_from",
                DAY,
                "first day on which the row holds, where a customer has a row for each change of theirs",
                also_called=("effective from", "start of validity", "dbt_valid_from", "row_start"),
            ),
            Column(
                "valid_to",
                DAY,
                "last day on which the row holds, or the first day of the next; blank: until now",
                also_called=("effective to", "valid until", "end of validity", "dbt_valid_to", "row_end"),
            ),
            Column(
                "merged_into",
                ID,
                "customer_id that took this one over: everything of this id counts for that customer",
                also_called=("merged to", "merged into id", "master id", "master customer id", "surviving id"),
            ),
            Column("weight", NUMBER, "survey or population weight", least=0),
            Column("name", TEXT, "the customer's name", personal=True),
            Column("email", TEXT, "the customer's e-mail", personal=True, also_called=("e-mail", "mail")),
            Column("phone", TEXT, "the customer's telephone", personal=True, also_called=("telephone", "mobile")),
        ),
        key=("customer_id", "known_at", "valid_from"),
        happened="joined_on",
        switches_on="segments, regions, tenure, who joined and left; without it customers are derived",
    ),
    TableSpec(
        "subscriptions",
        "term of one subscription",
        (
            customer(),
            Column("started_on", DAY, "first day of the term", required=True),
            Column(
                "fee",
                MONEY,
                "price of one period, and of one seat where quantity is brought",
                required=True,
                unit="money a period",
            ),
            Column(
                "quantity",
                NUMBER,
                "seats or units, each at the fee; blank: 1",
                least=0,
                also_called=("seats", "licences", "licenses", "units"),
            ),
            Column("product", CATEGORY, "what is subscribed to"),
            Column(
                "ended_on",
                DAY,
                "first day no longer paid, or the last paid day (the data show which; or set ended_on); blank: running",
            ),
            Column(
                "trial_until",
                DAY,
                "first day that is paid for, where the term begins with a trial",
                also_called=("trial end", "trial ends", "trial end date"),
            ),
            Column("paused_from", DAY, "first day of a pause: no fee, and the customer stays"),
            Column("paused_until", DAY, "first day after the pause; blank: still paused"),
            Column("status", CATEGORY, "active, trialing, paused, canceled, incomplete, … as the billing system says"),
            Column("renews_on", DAY, "next day of renewal"),
            Column("discount_until", DAY, "last day of a discounted fee"),
            Column(
                "period",
                CATEGORY,
                "what the fee pays for: week, month, quarter, year, 2 years, P3M, one-time, … in the usual words; "
                "blank: month",
                also_called=("billing period", "billing term", "billing cycle", "interval", "term"),
            ),
            Column("end_reason", CATEGORY, "why it ended"),
            CURRENCY,
        ),
        happened="started_on",
        switches_on="contractual retention, recurring revenue, expansion and contraction",
    ),
    TableSpec(
        "balances",
        "balance of a customer's product at a time",
        (
            customer(),
            at("when it stood so"),
            Column("balance", MONEY, "how much", required=True),
            Column("product", CATEGORY, "assets, deposits, …"),
        ),
        happened="at",
        switches_on="share of assets",
    ),
    TableSpec(
        "wallet",
        "provider that a customer named",
        (
            customer(),
            at("when the customer was asked"),
            Column("provider", CATEGORY, "who else (or this company) serves the customer", required=True),
            Column("rank", NUMBER, "the customer's ranking of the provider; 1 is best", least=1),
            Column("share", NUMBER, "stated share of the category's spend", unit="share", least=0, most=1),
            Column("spend", MONEY, "stated spend with the provider"),
        ),
        happened="at",
        switches_on="share of wallet, switching between providers",
    ),
    TableSpec(
        "identities",
        "customer id that gave way to another one",
        (
            Column("old_id", ID, "the id that is no longer used", required=True, also_called=("old customer id",)),
            Column(
                "customer_id",
                ID,
                "the id that took its place; it may have been replaced in turn",
                required=True,
                also_called=("new id", "new customer id", "merged into", "surviving id", "master id"),
            ),
            Column("since", DAY, "first day of the new id; blank: always", also_called=("merged on", "merge date")),
        ),
        key=("old_id",),
        switches_on="customers who were merged or renamed stay one customer; everything of the old id follows",
    ),
    TableSpec(
        "rates",
        "exchange rate of a currency from a day on",
        (
            Column("currency", CATEGORY, "ISO 4217 code", required=True),
            Column("on", DAY, "first day it holds", required=True),
            Column("rate", RATE, "company currency for one unit", required=True, least=0),
        ),
        key=("currency", "on"),
        switches_on="money in several currencies",
    ),
)

_MONEY = (
    TableSpec(
        "transactions",
        "purchase, refund or credit, or one line of it",
        (
            customer("who bought", blank_means="a sale to nobody known; kept as revenue without a customer"),
            at("when it was bought"),
            Column(
                "amount",
                MONEY,
                "what was paid, refunds below zero",
                required=True,
                also_called=("total", "sales", "revenue", "sales value", "price"),
            ),
            Column(
                "transaction_id",
                ID,
                "the receipt or invoice; lines of one share it",
                also_called=("order id", "invoice no", "invoice", "basket id", "receipt"),
            ),
            CURRENCY,
            Column("margin", MONEY, "what was left after direct costs"),
            Column(
                "kind",
                CATEGORY,
                "purchase (makes an order); refund, credit, credit note, return, chargeback (money paid back); "
                "adjustment, fee, discount, tax, shipping; blank: purchase, or refund where the amount is below zero",
            ),
            Column("product", CATEGORY, "what was bought"),
            Column("quantity", NUMBER, "how many"),
        ),
        key=("transaction_id",),
        key_unless="product",
        happened="at",
        switches_on="revenue, margin, purchase frequency, basket, value of customers without a contract",
    ),
    TableSpec(
        "finance",
        "line of finance's own reporting",
        (
            Column(
                "period", CATEGORY, "2026-09, 2026-Q3 or 2026 (also FY26, 2025/26, Q3 2026, Sep 2026)", required=True
            ),
            Column("line", CATEGORY, "reported revenue, reported margin, cost to serve, programme cost", required=True),
            Column("amount", MONEY, "what finance says", required=True),
            Column("group", CATEGORY, "department it belongs to"),
        ),
        key=("period", "line", "group"),
        switches_on="our figures beside finance's, the difference explained",
    ),
    TableSpec(
        "targets",
        "target of a metric",
        (
            Column("metric", CATEGORY, "name of the metric", required=True),
            Column("period", CATEGORY, "2026-09, 2026-Q3 or 2026", required=True),
            Column("target", NUMBER, "what it should be, in the metric's unit", required=True),
            Column("group", CATEGORY, "for which department"),
            Column("segment", CATEGORY, "for which segment"),
            Column("owner", CATEGORY, "who answers for it"),
        ),
        key=("metric", "period", "group", "segment"),
        switches_on="target and gap beside every metric",
    ),
)

_EXPERIENCE = (
    TableSpec(
        "feedback",
        "answer to one question, or words",
        (
            Column(
                "feedback_id", ID, "the response; answers of one share it", also_called=("response id", "responseid")
            ),
            at("when it was given"),
            Column("metric", CATEGORY, "nps, csat, ces, stars, or a name of the company's own", required=True),
            Column("score", NUMBER, "the answer on its scale", also_called=("rating",)),
            Column("text", TEXT, "the words", also_called=("comment", "verbatim", "review")),
            Column(
                "customer_id",
                ID,
                "who answered; blank: not known",
                also_called=CUSTOMER,
            ),
            Column(
                "respondent",
                CATEGORY,
                "who speaks; blank: a customer. Only customers enter NPS",
                allowed=("customer", "employee", "partner", "supplier"),
            ),
            Column("location", CATEGORY, "the place it is about"),
            Column("scale", CATEGORY, "0-10, 1-5, 1-7, 1-10 or another low-high; else the metric's own"),
            Column("weight", NUMBER, "survey weight", least=0),
            Column("touchpoint", CATEGORY, "the touchpoint it is about"),
            Column("case_id", ID, "the order or case that it is about, as in interactions"),
            Column("channel", CATEGORY, "survey, review, social, call, …"),
            Column("language", CATEGORY, "language of the words"),
            Column("author", TEXT, "who wrote it, where not a known customer", personal=True),
            Column(
                "updated_at",
                INSTANT,
                "when the answer was last changed; of an answer that was given again the latest counts",
                also_called=("modified at", "last modified", "changed at"),
            ),
        ),
        key=("feedback_id", "metric"),
        one_of=("score", "text"),
        happened="at",
        switches_on="NPS, CSAT, CES, key drivers, words",
    ),
    TableSpec(
        "invitations",
        "question sent to a customer",
        (
            customer("who was asked"),
            at("when"),
            Column("metric", CATEGORY, "what was asked", required=True),
            Column("feedback_id", ID, "the response that came of it"),
        ),
        happened="at",
        switches_on="response rate, non-response bounds",
    ),
    TableSpec(
        "interactions",
        "contact or other touch of a customer",
        (
            customer("with whom", blank_means="nobody known; counted, and its cost too"),
            at(),
            Column("touchpoint", CATEGORY, "where it happened", required=True),
            Column(
                "kind",
                CATEGORY,
                "contact: they turned to the company, or it to them (what a blank means); experience: something "
                "befell them, an outage, a wrong bill, a late delivery; not a contact in any count or cost",
                allowed=("contact", "experience"),
            ),
            Column("channel", CATEGORY, "phone, chat, store, app, …"),
            Column("resolved", FLAG, "did it settle the matter?"),
            Column("wait_seconds", NUMBER, "how long the customer waited", unit="seconds", least=0),
            Column("handle_seconds", NUMBER, "staff time it took", unit="seconds", least=0),
            Column("cost", MONEY, "what it cost the company"),
            Column("case_id", ID, "the matter; contacts on one matter share it"),
            CURRENCY,
        ),
        happened="at",
        switches_on="cost to serve, cost of poor service, waits, resolution, journeys",
    ),
    TableSpec(
        "touchpoints",
        "touchpoint",
        (
            Column("touchpoint", CATEGORY, "its name", required=True),
            Column("stage", CATEGORY, "stage of the journey"),
            Column("position", NUMBER, "its place along the journey"),
            Column("owner_group", CATEGORY, "department that owns it", also_called=("owner group", "group", "owner")),
            Column("failure", CATEGORY, "contacts here are failure demand", allowed=("complaint", "escalation", "no")),
        ),
        key=("touchpoint",),
        switches_on="stages, owners",
    ),
    TableSpec(
        "events",
        "thing that happened in the market or the company",
        (
            at(),
            Column("kind", CATEGORY, "price, outage, competitor, …", required=True),
            Column("description", TEXT, "what happened", required=True),
            Column("competitor", CATEGORY, "whose act it was"),
            Column("price", MONEY, "the price it was about"),
            Column("outage", CATEGORY, "what was out"),
            Column("region", CATEGORY, "where"),
            Column("until", INSTANT, "when it ended"),
        ),
        happened="at",
        switches_on="event marks on every trend",
    ),
    TableSpec(
        "locations",
        "measure of a place at a time",
        (
            Column("location", CATEGORY, "store, branch, hospital, listing", required=True),
            at("when it stood so"),
            Column("measure", CATEGORY, "what is measured", required=True),
            Column("value", NUMBER, "how much", required=True),
            Column("kind", CATEGORY, "whether the measure is what customers say", allowed=("soft", "hard")),
        ),
        happened="at",
        switches_on="links known only by place",
    ),
)

_ORGANISATION = (
    TableSpec(
        "groups",
        "department, channel partner or supplier",
        (
            Column("group", CATEGORY, "its name", required=True),
            Column("name", TEXT, "its full name"),
            Column("parent", CATEGORY, "the group above"),
            Column("head", TEXT, "who leads it"),
            Column("headcount", COUNT, "how many people", least=0),
            Column("kind", CATEGORY, "what it is", allowed=("department", "channel partner", "supplier")),
        ),
        key=("group",),
        in_use=False,
        switches_on="pages and shares by department",
    ),
    TableSpec(
        "responsibilities",
        "group's part in a touchpoint",
        (
            Column("group", CATEGORY, "the department", required=True),
            Column("touchpoint", CATEGORY, "the touchpoint", required=True),
            Column("role", CATEGORY, "what it does there", required=True, allowed=("owns", "supports")),
            Column("lever", TEXT, "what it can change, for groups that never face customers"),
        ),
        key=("group", "touchpoint", "role"),
        switches_on="money and scores by department",
    ),
    TableSpec(
        "vision",
        "stage's intended feeling",
        (
            Column("stage", CATEGORY, "stage of the journey", required=True),
            Column("intended_feeling", TEXT, "how customers should feel", required=True),
            Column("owner", CATEGORY, "who answers for it"),
        ),
        key=("stage",),
        in_use=False,
        switches_on="intended feeling beside the emotion measured",
    ),
    TableSpec(
        "practices",
        "management practice seen in a group",
        (
            Column("group", CATEGORY, "the department", required=True),
            Column(
                "practice",
                CATEGORY,
                "which one",
                required=True,
                allowed=("budgeting", "review", "succession", "recognition", "hiring", "board"),
            ),
            at("when it was seen"),
            Column("evidence_used", TEXT, "voice or value it cited", also_called=("evidence used", "evidence")),
        ),
        happened="at",
        in_use=False,
        switches_on="building blocks",
    ),
    TableSpec(
        "needs",
        "need of an actor at a stage",
        (
            Column("stage", CATEGORY, "stage of the journey", required=True),
            Column(
                "actor",
                CATEGORY,
                "whose need",
                required=True,
                allowed=("customer", "company", "employee", "partner"),
            ),
            Column("need", TEXT, "what is needed", required=True),
            Column("importance", NUMBER, "how much it matters", required=True),
            Column("performance", NUMBER, "how well it is met", required=True),
            Column("kind", CATEGORY, "what sort of need", allowed=("rational", "emotional", "decision criterion")),
            Column("competitor_performance", NUMBER, "how well the competitor meets it"),
            Column("source", TEXT, "how it is known"),
        ),
        in_use=False,
        switches_on="gaps between importance and performance",
    ),
    TableSpec(
        "observations",
        "note of somebody who watched",
        (
            at("when it was seen"),
            Column("stage", CATEGORY, "stage of the journey", required=True),
            Column("note", TEXT, "what was seen", required=True),
            Column("need", TEXT, "the need it shows"),
            Column("frustration", TEXT, "what annoyed"),
            Column("gap", TEXT, "what was missing"),
            Column("valued", TEXT, "what was liked"),
            Column("customer_id", ID, "who was watched", also_called=CUSTOMER),
            Column("method", CATEGORY, "contextual inquiry, interview, …"),
        ),
        happened="at",
        in_use=False,
        switches_on="observed needs and frustrations by stage",
    ),
)


def _with_known_at(spec: TableSpec) -> TableSpec:
    return replace(spec, columns=(*spec.columns, KNOWN_AT))


TABLES: dict[str, TableSpec] = {
    spec.name: _with_known_at(spec)
    for spec in (*_RELATIONS, *_MONEY, *_EXPERIENCE, *_ORGANISATION, *INITIATIVES, *WRITTEN)
}
"""All canonical tables by name."""
