"""What holds in an independent world: who leaves, what happens to customers, what confounds it. Each a switch.

Gives     Harm, Setting; SETTINGS: the named settings of the studies, by name.
Method    hazards are complementary log-log in discrete time: P(leave) = 1 - exp(-exp(log hazard)). An experience adds
          to the log hazard and lowers satisfaction, both fading by `fade` a month; `credit` is margin lost in the month
          after, once for each time it happened.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

Kind = Literal["contract", "weekly", "shop"]


@dataclass(frozen=True, slots=True)
class Harm:
    """One experience: how often it happens, and what it does each time."""

    rate: float
    """Expected times a month (of an unresolved contact: share of contacts; of a late delivery: share of orders)."""
    leaving: float = 0.0
    """Added to the log hazard of leaving."""
    orders: float = 0.0
    """Taken off the log rate of ordering."""
    credit: float = 0.0
    """Margin lost in the month after, each time."""
    mood: float = 0.0
    """Points of satisfaction lost (about 1.8 on the scale of 0 to 10 each)."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One kind of world. Rates are monthly; money is in the company's currency."""

    name: str
    kind: Kind = "contract"
    harms: dict[str, Harm] = field(default_factory=dict)
    """By name: outage, wrong_bill, unresolved, late."""
    hazard: float = 0.02
    """Monthly hazard of leaving where nothing raises or lowers it (a shop: chance to stop after an order)."""
    fade: float = 0.6
    contact_rate: float = 0.10
    pushes: float = 1.0
    """Scales how what goes wrong makes customers get in touch in the same month."""
    confounding: float = 1.0
    """Scales how region, newness and last month's contact move exposure and leaving; all three are recorded."""
    tenure_slope: float = 0.0
    """Log hazard for each log(1 + years of tenure)."""
    frailty: tuple[float, float] | None = None
    """Beta parameters of the customers' own hazards (shifted beta-geometric); None: all the same."""
    usage_exposure: float = 0.0
    usage_leaving: float = 0.0
    """U-shaped: per unit of (2 usage - 1)^2, usage between 0 and 1 and recorded as the fee."""
    places: int = 20
    strikes_places: bool = False
    """Outages hit all customers of a place in a month, or none."""
    place_luck: float = 0.0
    """Standard deviation of a shock to the log hazard that all customers of a place share in a month."""
    deciding: bool = False
    """Leavers contact the company because they leave; the contact stays unresolved and changes nothing."""
    hidden: float = 0.0
    """How an unrecorded trait moves exposure; it moves leaving by `hidden_leaving`."""
    hidden_leaving: float = 0.35
    price_shock: int | None = None
    """Month of a price rise of 15%: the hazard trebles for two months."""
    season: float = 0.0
    """Amplitude of a yearly swing of log hazard or log order rate."""
    tail: float | None = None
    """Pareto index of fees or of customers' mean spend; None: light tails."""
    snapshots: int | None = None
    """Months between two snapshots of all customers, the only record of leaving."""
    purged: bool = False
    """The company deletes who leaves: no file knows them, and nobody is recorded as having left."""
    largest: float = 0.0
    """Share of all fees that one customer pays, who never leaves."""
    order_rate: float = 1.2
    asked: float = 0.12
    """Chance of being invited to a survey in a month."""
    answering: float = 0.5
    """How satisfaction moves the log odds of answering an invitation."""


UNRESOLVED = Harm(0.30, leaving=0.9, mood=1.0)
OUTAGE = Harm(0.03, leaving=0.7, mood=0.6)
WRONG_BILL = Harm(0.025, leaving=0.6, credit=4.0, mood=0.7)
TELECOM = {"outage": OUTAGE, "wrong_bill": WRONG_BILL, "unresolved": UNRESOLVED}
LATE = Harm(0.15, leaving=0.5, orders=0.35, mood=0.6)
SHOP = {"late": LATE, "unresolved": Harm(0.30, leaving=0.4, orders=0.3, mood=0.9)}


def null(setting: Setting) -> Setting:
    """The same world in which no experience changes anything."""
    nothing = {name: Harm(harm.rate) for name, harm in setting.harms.items()}
    return replace(setting, name=f"{setting.name}, null", harms=nothing, pushes=0.0)


_LINEAR = Setting("linear", harms=TELECOM)
_SHOP = Setting("shop", "shop", SHOP, hazard=0.05)
_FAMILY = Setting("family", frailty=(0.9, 25.0), confounding=0.0, contact_rate=0.0)
_FAMILY_SHOP = Setting("family_shop", "shop", hazard=0.05, frailty=(0.8, 8.0), confounding=0.0, contact_rate=0.0)

SETTINGS: dict[str, Setting] = {
    setting.name: setting
    for setting in (
        _LINEAR,
        replace(null(_LINEAR), name="null"),
        replace(_LINEAR, name="u_shaped", usage_exposure=2.5, usage_leaving=1.5),
        replace(_LINEAR, name="places", strikes_places=True, place_luck=0.25),
        replace(_LINEAR, name="hidden", confounding=2.0, hidden=0.4, hidden_leaving=0.35),
        replace(_LINEAR, name="hidden_strong", hidden=0.6, hidden_leaving=0.6),
        Setting("few", harms={"outage": Harm(0.0017)}, hazard=0.01, contact_rate=0.0, confounding=0.0),
        Setting("reverse", harms={"unresolved": Harm(0.30)}, deciding=True),
        Setting("weekly", "weekly", {"late": Harm(0.14, credit=3.0, mood=0.15)}, contact_rate=0.0),
        _SHOP,
        _FAMILY,
        _FAMILY_SHOP,
        replace(_FAMILY, name="season", season=0.5),
        replace(_FAMILY, name="heavy_tail", tail=1.6),
        replace(_FAMILY, name="falling", frailty=None, hazard=0.05, tenure_slope=-0.9),
        replace(_FAMILY, name="price_shock", price_shock=12),
        replace(_FAMILY, name="snapshots", snapshots=3),
        replace(_FAMILY_SHOP, name="season_shop", season=0.4),
        replace(_FAMILY_SHOP, name="heavy_tail_shop", tail=1.8),
    )
}
