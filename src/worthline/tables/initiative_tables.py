"""Tables of what is done for customers: initiatives, who was assigned to what, claims, roll-outs, actions."""

from __future__ import annotations

from worthline.tables.columns import CATEGORY, COUNT, CURRENCY, DAY, MONEY, NUMBER, TEXT, at, customer
from worthline.tables.spec import Column, TableSpec

INITIATIVES: tuple[TableSpec, ...] = (
    TableSpec(
        "initiatives",
        "initiative",
        (
            Column("initiative", CATEGORY, "its name", required=True),
            Column("name", TEXT, "what people call it", required=True),
            Column("group", CATEGORY, "department that runs it", required=True),
            Column("owner", TEXT, "who answers for it", required=True),
            Column("purpose", CATEGORY, "why", allowed=("fix", "prevent", "new value")),
            Column("cost_once", MONEY, "one-off cost"),
            Column("cost_monthly", MONEY, "cost a month"),
            Column("staff", NUMBER, "people it takes", least=0),
            Column("mechanism", TEXT, "the effect or action it works through"),
            Column("reach", TEXT, "the customers it reaches"),
            Column("started_on", DAY, "first day of work, where no treatment and no roll-out says it"),
            Column("proof_on", DAY, "date of proof"),
            Column("control_share", NUMBER, "share that the control group was meant to be", least=0, most=1),
            Column("customer_benefit", TEXT, "what customers gain"),
        ),
        key=("initiative",),
        switches_on="business cases, the benefits register",
    ),
    TableSpec(
        "treatments",
        "customer assigned to an arm of an initiative",
        (
            customer("who"),
            at("when assigned"),
            Column("initiative", CATEGORY, "which one", required=True),
            Column(
                "arm",
                CATEGORY,
                "what was assigned: `control` is the control group, every other arm a treatment",
                required=True,
                also_called=("group", "variant"),
            ),
            Column("stratum", CATEGORY, "group within which the lot was drawn, such as a wave or a value band"),
            Column("cluster", CATEGORY, "what was assigned as a whole: a store, a village, a household"),
            Column("cost", MONEY, "what it cost"),
            Column("channel", CATEGORY, "how it reached them"),
            Column("outcome_code", CATEGORY, "what came of the contact"),
            Column("customer_said", TEXT, "the customer's words"),
            CURRENCY,
        ),
        happened="at",
        switches_on="what initiatives returned, by control group",
    ),
    TableSpec(
        "claims",
        "return that a team or vendor claims",
        (
            Column("initiative", CATEGORY, "which one", required=True),
            Column("claimant", TEXT, "who claims it", required=True),
            Column("claimed_benefit", MONEY, "the amount claimed"),
            Column("claimed_roi", NUMBER, "the return claimed, as (benefit - cost) / cost: 3.5 for 350%"),
            Column("claimed_cost", MONEY, "the cost that the claim sets against it"),
            Column("measure", CATEGORY, "what the amount is", allowed=("revenue", "margin", "retention", "score")),
            Column("method", TEXT, "how it was worked out: before and after, users against others, control group, …"),
            Column("population", TEXT, "whose results are in it"),
            Column("period_from", DAY, "first day of the results"),
            Column("period_to", DAY, "last day of the results"),
        ),
        switches_on="what of a claim the company's own data bear out",
    ),
    TableSpec(
        "rollouts",
        "start of an initiative for some customers",
        (
            Column("initiative", CATEGORY, "which one", required=True),
            Column("column", CATEGORY, "the customers column that says who: region, location, segment", required=True),
            Column("member", CATEGORY, "the value of that column", required=True),
            Column("started_on", DAY, "first day there", required=True),
        ),
        key=("initiative", "column", "member"),
        switches_on="what step-by-step roll-outs returned",
    ),
    TableSpec(
        "actions",
        "thing the front line can do for a customer",
        (
            Column("action", CATEGORY, "its name", required=True),
            Column("cost", MONEY, "cost of doing it once", required=True, least=0),
            Column("capacity_per_week", COUNT, "how many a week", required=True, least=0),
            Column("eligible", TEXT, "for whom, as a rule (segment = 'Business' and tenure_months >= 12) or in words"),
            Column("offer_limit", MONEY, "most that may be offered"),
            Column(
                "purpose",
                CATEGORY,
                "what it is for; blank: staying",
                allowed=("staying", "upsell", "wallet", "balances", "first purchase"),
            ),
            Column("initiative", CATEGORY, "the initiative in treatments that measured it; blank: of the same name"),
            Column(
                "assumed_gain", MONEY, "margin that it is assumed to bring a customer treated, until it is measured"
            ),
        ),
        key=("action",),
        switches_on="the worklist: whom to contact next",
    ),
)
