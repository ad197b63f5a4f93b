"""What people of the company wrote down: departments, touchpoints, targets, events, needs, initiatives, finance.

Gives     `tables`: rows by file name, for one company; sums of the lives for finance come in.
Not for   effects: nothing here moves a customer.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from worthline.demo.mobile import AREAS, CALL_COST, GIFT_COST, GREAT_OUTAGE, PRICE_CUT, TEXT_COST, fixed_from
from worthline.demo.shop import VOUCHER_COST
from worthline.demo.world import World

Row = dict[str, Any]
Touchpoint = tuple[str, int, str, str]
"""Stage, position in the journey, owner, and whether contacts there are failures."""
HERE = Path(__file__).parent
TREATMENTS = {
    "save_call": ("save_calls", "phone", CALL_COST),
    "plan_text": ("plan_advice", "text", TEXT_COST),
    "gift": ("gifts", "parcel", GIFT_COST),
    "voucher": ("vouchers", "mail", VOUCHER_COST),
    "universal": ("universal control group", "", 0),
}
"""Initiative, channel and cents a customer of each action; who is held from all of them."""

DEPARTMENTS = {
    "Customer service": ("Contact centre and complaints", "R. Okafor", 180),
    "Billing": ("Billing and collections", "M. Lindqvist", 40),
    "Network": ("Network operations", "S. Haddad", 210),
    "Logistics": ("Delivery and returns", "P. Moreau", 60),
    "Shops": ("Stores and partners", "T. Nakamura", 320),
    "Digital": ("App and web", "L. Ferreira", 75),
    "Marketing": ("Marketing and plans", "A. Kowalska", 55),
}
"""Full name, head and people of the seven departments."""

MOBILE_TOUCHPOINTS: dict[str, Touchpoint] = {
    "Billing": ("Pay", 4, "Billing", "complaint"),
    "Network": ("Use", 3, "Network", "complaint"),
    "Delivery": ("Start", 2, "Logistics", "complaint"),
    "Plan advice": ("Choose", 1, "Marketing", "no"),
    "App help": ("Get help", 5, "Digital", "no"),
    "Shop": ("Get help", 6, "Shops", "no"),
}
SHOP_TOUCHPOINTS: dict[str, Touchpoint] = {
    "Order help": ("Choose", 1, "Digital", "no"),
    "Delivery": ("Receive", 2, "Logistics", "complaint"),
    "Returns": ("Send back", 3, "Logistics", "complaint"),
    "Shop": ("Get help", 4, "Shops", "no"),
}
MOBILE_EXPERIENCES: dict[str, Touchpoint] = {
    "Delivery in time": ("Start", 2, "Logistics", "no"),
    "Network outage": ("Use", 3, "Network", "no"),
    "Wrong bill": ("Pay", 4, "Billing", "no"),
}
SHOP_EXPERIENCES: dict[str, Touchpoint] = {"Delivery in time": ("Receive", 2, "Logistics", "no")}
"""Where things befall customers without a contact; someone owns these too."""


def tables(world: World, shop: bool, revenue: Mapping[str, int]) -> dict[str, list[Row]]:
    """Every hand-written file of one company; `revenue` is cents by month ("2026-09")."""
    touchpoints = SHOP_TOUCHPOINTS if shop else MOBILE_TOUCHPOINTS
    owned = touchpoints | (SHOP_EXPERIENCES if shop else MOBILE_EXPERIENCES)
    return {
        "programme/departments": [
            {"group": group, "name": name, "head": head, "headcount": people, "kind": "department"}
            for group, (name, head, people) in DEPARTMENTS.items()
        ],
        "programme/touchpoints": [
            {"touchpoint": name, "stage": stage, "position": position, "owner_group": owner, "failure": failure}
            for name, (stage, position, owner, failure) in owned.items()
        ],
        "programme/responsibilities": _responsibilities(touchpoints, owned),
        "programme/targets": _targets(world, shop),
        "programme/events": _events(world, shop),
        "programme/initiatives": _initiatives(world, shop),
        **({} if shop else {"programme/rollouts": _rollouts(world), "programme/approvals": _approvals(world)}),
        "programme/actions": _actions(shop),
        "programme/needs": _needs(touchpoints),
        "programme/observations": _observations(world),
        "programme/vision": [
            {"stage": stage, "intended_feeling": feeling, "owner": "Head of customer experience"}
            for stage, feeling in (("Choose", "understood"), ("Use", "carefree"), ("Get help", "looked after"))
        ],
        "programme/practices": [
            {"group": group, "practice": practice, "at": day(world, -2, 10), "evidence_used": used}
            for group, practice, used in (
                ("Customer service", "review", "verbatims of the month"),
                ("Billing", "budgeting", "contacts caused by wrong bills"),
                ("Marketing", "board", ""),
                ("Shops", "recognition", "customer letters"),
            )
        ],
        "finance/reported": _finance(revenue),
    }


def day(world: World, number: int, of_month: int) -> str:
    """A day of month `number` (negative: from the end) as people write it."""
    year, month = world.month(number if number >= 0 else world.months + number)
    return f"{year:04d}-{month:02d}-{of_month:02d}"


def _responsibilities(touchpoints: Mapping[str, Touchpoint], owned: Mapping[str, Touchpoint]) -> list[Row]:
    rows = [
        {"group": owner, "touchpoint": name, "role": "owns", "lever": ""} for name, (_, _, owner, _) in owned.items()
    ]
    if "Billing" in touchpoints:
        rows.append({"group": "Digital", "touchpoint": "Billing", "role": "supports", "lever": "the billing system"})
    rows += [
        {"group": "Customer service", "touchpoint": name, "role": "supports", "lever": "people who answer"}
        for name in touchpoints
    ]
    return rows


def _targets(world: World, shop: bool) -> list[Row]:
    year = str(world.last_year)
    rows = [
        ("nps", 30, "Head of customer experience", ""),
        ("nps", 20, "Head of customer experience", "Trade" if shop else "Business"),
        ("csat", 0.70, "Head of customer experience", ""),
        ("resolved_share", 0.75, "Head of service", ""),
    ]
    if not shop:
        rows.append(("retention", 0.85, "Head of retention", ""))
    return [
        {"metric": metric, "period": year, "target": target, "segment": segment, "owner": owner}
        for metric, target, owner, segment in rows
    ]


def _events(world: World, shop: bool) -> list[Row]:
    rows: list[Row] = []
    if not shop and world.months > max(PRICE_CUT):
        rows.append(
            {
                "at": day(world, min(PRICE_CUT), 1),
                "kind": "competitor",
                "description": "Vantage Mobile cuts the price of its smallest plan",
                "competitor": "Vantage Mobile",
                "price": "14.90",
                "until": day(world, max(PRICE_CUT), 28),
            }
        )
    if not shop and world.months > GREAT_OUTAGE[0]:
        rows.append(
            {
                "at": day(world, GREAT_OUTAGE[0], 4),
                "kind": "outage",
                "description": "Core site in the South down after a flood",
                "outage": "mobile network",
                "region": "South",
                "until": day(world, GREAT_OUTAGE[0], 10),
            }
        )
    rows.append({"at": day(world, -3, 1), "kind": "price", "description": "Prices of accessories raised by 3%"})
    names = ("at", "kind", "description", "competitor", "price", "outage", "region", "until")
    return [{name: row.get(name, "") for name in names} for row in rows]


def _initiatives(world: World, shop: bool) -> list[Row]:
    """Four that ran and two proposed (of the shop one and one); `proof` stands for the date of proof."""
    file = HERE / ("shop_initiatives.csv" if shop else "mobile_initiatives.csv")
    rows = csv.DictReader(file.read_text(encoding="utf-8").splitlines(), delimiter=";")
    proof = day(world, -1, 30)
    return [{name: proof if value == "proof" else value for name, value in row.items()} for row in rows]


def _rollouts(world: World) -> list[Row]:
    import numpy as np

    starts = fixed_from(np.arange(AREAS))
    return [
        {
            "initiative": "billing_fix",
            "column": "location",
            "member": f"Store {area + 1:02d}",
            "started_on": day(world, int(starts[area]), 1),
        }
        for area in range(AREAS)
        if starts[area] < world.months
    ]


def _approvals(world: World) -> list[Row]:
    """What finance agreed to before the four began: benefit and cost for each 1,000 customers."""
    agreed = (
        ("save_calls", 3_200, 2_000, ""),
        ("billing_fix", 14_000, 9_000, "Billing=3, Digital=1"),
        ("plan_advice", 2_500, 850, ""),
        ("gifts", 4_000, 3_700, "Shops=2, Marketing=1"),
    )
    return [
        {
            "initiative": name,
            "approved_on": day(world, -16, 20),
            "proof_on": day(world, -1, 30),
            "benefit": f"{benefit * world.customers / 1_000:.2f}",
            "cost": f"{cost * world.customers / 1_000:.2f}",
            "shares": shares,
            "finance_signed": "yes",
        }
        for name, benefit, cost, shares in agreed
    ]


def _actions(shop: bool) -> list[Row]:
    mobile = [("save_call", "3.00", 250, "customers with permission to be called", "")]
    oak = [("voucher", "2.50", 1_000, "customers who have not bought for four months", "10")]
    return [
        {"action": action, "cost": cost, "capacity_per_week": capacity, "eligible": eligible, "offer_limit": limit}
        for action, cost, capacity, eligible, limit in (oak if shop else mobile)
    ]


def _needs(touchpoints: Mapping[str, Touchpoint]) -> list[Row]:
    rows = []
    lots = ((9, 6, "rational", 7), (8, 7, "emotional", 6), (7, 7, "decision criterion", 8))
    wants = ("to be served right the first time", "to feel taken seriously", "a fair price")
    for name, (stage, *_) in touchpoints.items():
        for want, (importance, performance, kind, rival) in zip(wants, lots, strict=True):
            rows.append(
                {
                    "stage": stage,
                    "actor": "customer",
                    "need": f"{name}: {want}",
                    "importance": importance,
                    "performance": performance,
                    "kind": kind,
                    "competitor_performance": rival,
                    "source": "survey of needs",
                }
            )
    rows.append(
        {
            "stage": "Get help",
            "actor": "employee",
            "need": "to see the whole history of a customer on one screen",
            "importance": 9,
            "performance": 4,
            "kind": "rational",
            "competitor_performance": "",
            "source": "interviews with agents",
        }
    )
    return rows


def _observations(world: World) -> list[Row]:
    seen = (
        ("Get help", "Explained the same matter to three agents in one call", "to be known", "repeating oneself"),
        ("Pay", "Keeps bills in a folder and checks each with a calculator", "to trust the bill", "wrong amounts"),
        ("Start", "Waited at home for a parcel that came the day after", "to plan the day", "no word of the delay"),
    )
    return [
        {
            "at": day(world, -4 - number, 12),
            "stage": stage,
            "note": note,
            "need": need,
            "frustration": frustration,
            "method": "contextual inquiry",
        }
        for number, (stage, note, need, frustration) in enumerate(seen)
        if world.months > 4 + number
    ]


CORRECTION = 41_230
"""Cents that finance booked later than they were billed, in one month."""


def _finance(revenue: Mapping[str, int]) -> list[Row]:
    """Reported revenue by month, as billed; one month holds a correction that the bills do not show."""
    months = sorted(revenue)
    corrected = months[-7] if len(months) > 6 else ""
    return [
        {
            "period": month,
            "line": "reported revenue",
            "amount": f"{(revenue[month] - (CORRECTION if month == corrected else 0)) / 100:.2f}",
        }
        for month in months
    ]
