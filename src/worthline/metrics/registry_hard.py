"""What customers do and bring: the metrics of who is here, money, purchases, growth and relations.

Reads     nothing.
Gives     HARD.
"""

from __future__ import annotations

from worthline.metrics.values import Better, Metric, Needs, Period
from worthline.results import Unit

STOCK: tuple[Period, ...] = ("month",)
BOTH: tuple[Period, ...] = ("month", "12m")
YEAR: tuple[Period, ...] = ("12m",)

PURCHASES: Needs = (("transactions", ()),)
CONTACTS: Needs = (("interactions", ()),)
THROUGH: Needs = (("customers", ("acquired_through",)),)

COVERED = "Undefined where data began after the period did, or end before it does."
UNRECORDED = "Undefined in months before leaving was recorded, and where no customer is recorded as having left."
HERE = (
    "Undefined before the month that precedes the first in which leaving was recorded. Undefined where data began "
    "after the period did or, where nobody signs a contract, where purchases began less than a year (or the months "
    "of lapse) before its end, or end before it does."
)
GONE = (
    f"{UNRECORDED} Undefined where data began after the period did or, where nobody signs a contract, where "
    "purchases do not reach back the months after which a customer has lapsed, or end before the period does."
)
CAME = (
    "Undefined in months before leaving was recorded: customers who came and left then are in no file. Undefined where "
    "data began after the period did or, where nobody signs a contract, where purchases do not reach back the months "
    "after which a customer has lapsed, or end before the period does."
)
COMPARED = (
    "Undefined where the data do not reach back over the period before, or end before this one does, or where no "
    "revenue was there to keep. Where fees are the revenue, also where leaving was not recorded yet in the period "
    "before. Under contract, also where nobody is recorded as having left and nobody ever stopped paying: those who "
    "did may have been removed from the files."
)
BRIDGED = (
    "From the lines of the revenue bridge: the whole period against the equally long one before it, at its rates of "
    "exchange. Customers who began within the period before count as they paid."
)
NOT_KNOWN_THEN = (
    f"{UNRECORDED} Undefined where nobody was a customer then, or where the history does not reach back far "
    "enough to know who was, or does not go on to the period's end."
)


def _customers(
    name: str, label: str, definition: str, better: Better, periods: tuple[Period, ...] = BOTH, unit: Unit = "count"
) -> Metric:
    special = {"customers_active": HERE, "customers_new": CAME} | dict.fromkeys(
        ("customers_lost", "customers_returned"), GONE
    )
    undefined = special.get(name, COVERED if unit == "count" else NOT_KNOWN_THEN)
    return Metric(name, label, definition, unit, "customers", better, periods, (), undefined)


_CUSTOMERS = (
    _customers(
        "customers_active",
        "Customers",
        "Customers active at the end of the month (or on the run's date): with a running contract. Without "
        "contracts: with a purchase within the months after which a customer has lapsed.",
        "up",
        STOCK,
    ),
    _customers(
        "customers_new", "New customers", "Customers active for the first time ever, by the end of a month.", "up"
    ),
    _customers(
        "customers_lost",
        "Lost customers",
        "Customers active at the end of one month and not at the end of the next, counted each time.",
        "down",
    ),
    _customers(
        "customers_returned",
        "Returned customers",
        "Customers active again who were not the month before, but earlier, counted each time.",
        "up",
    ),
    _customers(
        "prospects", "Prospects", "People known at the end of the month who were never a customer.", "up", STOCK
    ),
    _customers(
        "retention",
        "Retention",
        "Share of the customers active when the period began who are active at its end. Interval: Wilson.",
        "up",
        BOTH,
        "share",
    ),
    _customers(
        "logo_churn",
        "Customer churn",
        "Share of the customers active when the period began who are not at its end: 1 less retention. "
        "Interval: Wilson.",
        "down",
        BOTH,
        "share",
    ),
)


def _money(
    name: str,
    label: str,
    definition: str,
    undefined: str = COVERED,
    needs: Needs = (),
    better: Better = "up",
    periods: tuple[Period, ...] = BOTH,
    unit: Unit = "money",
) -> Metric:
    return Metric(name, label, definition, unit, "money", better, periods, needs, undefined)


MARGIN_KNOWN = f"Undefined where some revenue has no margin: neither brought nor declared. {COVERED}"

_MONEY = (
    _money(
        "revenue",
        "Revenue",
        "What was paid in the period, less refunds and credits, in the month of each transaction's local date. "
        "Where subscriptions are the revenue: their fees by the day. Revenue without a customer counts too.",
    ),
    _money(
        "revenue_without_customer",
        "Revenue without a customer",
        "The part of revenue whose customer is not known.",
        better="neither",
    ),
    _money(
        "margin",
        "Gross margin",
        "Revenue less direct costs, as transactions bring it; where they do not, revenue times the declared share.",
        MARGIN_KNOWN,
    ),
    _money(
        "margin_share",
        "Margin share",
        "Gross margin divided by revenue.",
        f"{MARGIN_KNOWN} Undefined where revenue is not above zero.",
        unit="share",
    ),
    _money(
        "profit",
        "Profit",
        "Gross margin less the cost of contacts; contacts without a cost count nothing.",
        f"Undefined where margin is, or where no contact of the period has a cost. {COVERED}",
        CONTACTS,
    ),
    _money(
        "mrr",
        "Monthly recurring revenue",
        "Fees of the subscriptions that run at the end of the month (or on the run's date); a year's fee counts a "
        "twelfth.",
        "Before the first subscription.",
        (("subscriptions", ()),),
        periods=STOCK,
    ),
    _money(
        "revenue_per_customer",
        "Revenue per customer",
        "Revenue of known customers divided by the number of them who had any in the period.",
        f"Undefined where no known customer had revenue. {COVERED}",
    ),
)


def _purchases(
    name: str,
    label: str,
    definition: str,
    unit: Unit,
    better: Better = "up",
    periods: tuple[Period, ...] = BOTH,
) -> Metric:
    undefined = COVERED if unit == "count" else f"Undefined without an order in the period. {COVERED}"
    return Metric(name, label, definition, unit, "purchases", better, periods, PURCHASES, undefined)


_PURCHASES = (
    _purchases(
        "orders",
        "Orders",
        "Purchases above zero; lines of one customer's receipt in one month are one. Without a customer too.",
        "count",
    ),
    _purchases("basket", "Basket", "Purchases above zero, in money, divided by orders.", "money"),
    _purchases(
        "purchase_frequency",
        "Purchase frequency",
        "Orders of known customers in twelve months divided by the customers who ordered in them.",
        "ratio",
        periods=YEAR,
    ),
    _purchases(
        "refunds_share",
        "Share refunded",
        "Refunds, credits and the like (below zero and no purchase) divided by purchases above zero, in money.",
        "share",
        "down",
    ),
)


def _growth(
    name: str, label: str, definition: str, unit: Unit, better: Better = "up", undefined: str = COMPARED
) -> Metric:
    return Metric(name, label, definition, unit, "growth", better, BOTH, (), undefined)


_GROWTH = (
    _growth(
        "expansion",
        "Expansion",
        f"Additional revenue from customers who paid before and pay more now. {BRIDGED}",
        "money",
    ),
    _growth(
        "contraction",
        "Contraction",
        f"Revenue lost from customers who paid before and pay less now. {BRIDGED}",
        "money",
        "down",
    ),
    _growth(
        "mrr_change",
        "Change in monthly fees (MRR)",
        "Monthly fees at the period's end less those at the end of the month before it, of the customers who paid "
        "then; leavers count as nothing, new customers are left out. A year's fee counts a twelfth.",
        "money",
        undefined="Undefined where no fee ran at the end of the month before the period.",
    ),
    _growth(
        "gross_revenue_retention",
        "Gross revenue retention",
        f"Opening revenue of known customers, less lost and contraction, divided by opening revenue. {BRIDGED}",
        "share",
    ),
    _growth(
        "net_revenue_retention",
        "Net revenue retention",
        "Opening revenue of known customers, less lost and contraction, plus expansion, divided by opening revenue. "
        f"New and returned customers are left out. {BRIDGED}",
        "share",
    ),
    Metric(
        "earned_growth",
        "Earned growth",
        "Net revenue retention, plus revenue from new customers who came by referral or of themselves as a share of "
        "opening revenue, less 100%. New customers of unknown origin count as not earned.",
        "share",
        "growth",
        "up",
        YEAR,
        THROUGH,
        COMPARED,
    ),
    Metric(
        "referrals",
        "Customers acquired by referral",
        "New customers who were acquired through referral.",
        "count",
        "growth",
        "up",
        BOTH,
        THROUGH,
        COVERED,
    ),
)


def _relations(
    name: str, label: str, definition: str, unit: Unit, needs: Needs, undefined: str, periods: tuple[Period, ...] = BOTH
) -> Metric:
    better: Better = "neither" if name in ("switching", "share_of_assets") else "up"
    return Metric(name, label, definition, unit, "relations", better, periods, needs, undefined)


OURS = "Undefined where nobody was asked, or where no provider bears the company's name."
BALANCES: Needs = (("balances", ()),)

_RELATIONS = (
    _relations(
        "share_of_wallet",
        "Share of wallet",
        "Mean over customers of (1 - rank / (n + 1)) x 2 / n, where the company ranks so among the n providers of "
        "their latest answer in the period; 0 for those who do not name it (Wallet Allocation Rule). "
        "Interval: normal.",
        "share",
        (("wallet", ("rank",)),),
        OURS,
    ),
    _relations(
        "stated_share_of_wallet",
        "Share of wallet, as stated",
        "Mean over customers of the share of spend that they gave the company in their latest answer in the period; "
        "those who stated none are left out.",
        "share",
        (("wallet", ("share",)),),
        OURS,
    ),
    _relations(
        "switching",
        "Switches of first provider",
        "How often the provider that a customer ranks first is another than in the customer's answer before; by "
        "'switch': from which to which.",
        "count",
        (("wallet", ("rank",)),),
        COVERED,
    ),
    _relations(
        "balances",
        "Balances",
        "Latest balance of each customer and product up to the end of the month, added up.",
        "money",
        BALANCES,
        "Before the first balance.",
        STOCK,
    ),
    _relations(
        "share_of_assets",
        "Share of assets",
        "A product's part of all balances at the end of the month.",
        "share",
        (("balances", ("product",)),),
        "Undefined where balances do not add up to more than zero.",
        STOCK,
    ),
)

HARD: tuple[Metric, ...] = (*_CUSTOMERS, *_MONEY, *_PURCHASES, *_GROWTH, *_RELATIONS)
