"""How customers divide themselves: share of wallet, switching between providers, balances, referrals.

Reads     wallet, balances, the panel (who joined) and customers.acquired_through.
Gives     Values of the family relations, and referrals, by month and over twelve months.
Method    Wallet Allocation Rule: share = (1 - rank / (n + 1)) * 2 / n; Keiningham, Aksoy, Buoye & Cooil
          (2011), Harvard Business Review 89(10), 29-31. Customers are counted by (rank, n) on the engine, so
          that their mean is exact.
Assumes   the provider that bears the company's name, compared without case, is the company.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import ibis

from worthline.metrics.dimensions import ALL, UNKNOWN, brought_dimensions, month_of, with_customer
from worthline.metrics.monthly_sums import Member, MonthlySums, tally
from worthline.metrics.periods import Periods, Window, periods
from worthline.metrics.values import Value
from worthline.results import Compute, Dataset
from worthline.stats.intervals import mean_interval

if TYPE_CHECKING:
    import ibis.expr.types as ir

COMPANY: Member = (ALL, ALL)
STATED = "decimal(18, 9)"


def compute(ds: Dataset, panel: ir.Table, rooms: Compute) -> list[Value]:
    """Every metric of relations that the company's tables switch on."""
    when = periods(ds, panel, rooms)
    values: list[Value] = []
    if ds.has("wallet", "rank") or ds.has("wallet", "share"):
        values += _wallet(ds, when, rooms)
    if ds.has("wallet", "rank"):
        values += _switching(ds, when, rooms)
    if "balances" in ds.tables:
        values += _balances(ds, when, rooms)
    if ds.has("customers", "acquired_through"):
        values += _referrals(ds, panel, when, rooms)
    return values


# ------------------------------------------------------------------------------------------- wallet


def wallet_answers(ds: Dataset) -> ir.Table:
    """One row per customer and answer: when, the company's rank, share and whether named, of how many providers."""
    w = ds["wallet"]
    w = w.group_by("customer_id", "at", "at_date", "provider").aggregate(rank=w["rank"].min(), share=w["share"].max())
    is_own = w.provider.strip().lower() == ds.settings.name.strip().lower()
    answers = w.group_by("customer_id", "at", "at_date").aggregate(
        ranked=w["rank"].notnull().sum(),
        place=w["rank"].min(where=is_own),
        share=w["share"].max(where=is_own),
        named=is_own.sum(),
    )
    return answers.mutate(month=month_of(answers.at_date))


def _wallet(ds: Dataset, when: Periods, rooms: Compute) -> list[Value]:
    answers = rooms.keep("relations__wallet", wallet_answers(ds))
    named = rooms.fetch(answers.aggregate(named=answers.named.sum()))["named"][0].as_py()
    values = []
    for window in when.all:
        cells = rooms.fetch(_latest(answers, window, ds)).to_pylist() if named else []
        dimensions = brought_dimensions(ds)
        members = {(d, row[d]) for row in cells for d in dimensions} | {COMPANY}
        for member in sorted(members):
            rows = [row for row in cells if member == COMPANY or row[member[0]] == member[1]]
            values += _shares(rows, window, member, ds)
    return values


def _latest(answers: ir.Table, window: Window, ds: Dataset) -> ir.Table:
    """Customers of the window counted by rank, providers and dimensions, each at the latest answer."""
    t = answers.filter(answers.month >= window.first, answers.month <= window.last)
    last = ibis.row_number().over(ibis.window(group_by=t.customer_id, order_by=t["at"].desc()))
    t = t.mutate(nth=last).filter(lambda t: t.nth == 0)
    t = with_customer(t.select("customer_id", "ranked", "place", "share"), ds, brought_dimensions(ds))
    return t.group_by(*brought_dimensions(ds), "ranked", "place").aggregate(
        customers=t.count(), stated=t["share"].cast(STATED).sum(), staters=t["share"].notnull().sum()
    )


def _shares(cells: Iterable[dict[str, Any]], window: Window, member: Member, ds: Dataset) -> list[Value]:
    n, total, squares, stated, staters = 0, Decimal(0), Decimal(0), Decimal(0), 0
    for cell in cells:
        stated, staters = stated + (cell["stated"] or 0), staters + cell["staters"]
        if cell["ranked"]:
            share = allocated(cell["place"], cell["ranked"])
            n += cell["customers"]
            total += share * cell["customers"]
            squares += share * share * cell["customers"]
    values = []
    if ds.has("wallet", "rank") and (n or member == COMPANY):
        mean = float(total / n) if n else None
        values.append(Value("share_of_wallet", window.name, *member, mean, *mean_interval(n, total, squares), n))
    if ds.has("wallet", "share") and (staters or member == COMPANY):
        mean = float(stated / staters) if staters else None
        values.append(Value("stated_share_of_wallet", window.name, *member, mean, n=staters))
    return values


def stated_or_allocated(answers: ir.Table) -> ir.FloatingValue:
    """Each answer's share of wallet (0 to 1): as stated, else by the Wallet Allocation Rule; null without either."""
    providers = answers.ranked.cast("float64")
    rule = ibis.coalesce((1 - answers.place.cast("float64") / (providers + 1)) * 2 / providers, 0.0)
    return ibis.coalesce(answers["share"].cast("float64"), ibis.ifelse(answers.ranked > 0, rule, None))


def allocated(place: float | None, providers: int) -> Decimal:
    """The Wallet Allocation Rule; nothing for a company that is not among the providers."""
    if place is None:
        return Decimal(0)
    return (1 - Decimal(repr(place)) / (providers + 1)) * 2 / providers


def _switching(ds: Dataset, when: Periods, rooms: Compute) -> list[Value]:
    w = ds["wallet"]
    w = w.filter(w["rank"].notnull())
    best = ibis.window(group_by=[w.customer_id, w["at"]], order_by=[w["rank"].asc(), w.provider.asc()])
    first = w.mutate(nth=ibis.row_number().over(best)).filter(lambda t: t.nth == 0)
    answers = ibis.window(group_by=first.customer_id, order_by=first["at"].asc())
    rows = first.mutate(before=first.provider.lag().over(answers))
    moved = rows.before.notnull() & (rows.before != rows.provider)
    rows = rows.select(
        month=month_of(rows.at_date),
        key=ibis.literal(""),
        switch=ibis.ifelse(moved, rows.before + " > " + rows.provider, ""),
    )
    switches = tally("relations__switching", rows, ("switch",), {"n": rows.count()}, ds, rooms)
    values = []
    for window in when.all:
        sure = switches.covers(window)
        between = {m: int(switches.over("", m, window)["n"]) for m in switches.members("") if m != COMPANY and m[1]}
        total = sum(between.values()) if sure else None
        values.append(Value("switching", window.name, *COMPANY, total, n=int(switches.over("", COMPANY, window)["n"])))
        values += [Value("switching", window.name, *m, n, n=n) for m, n in between.items() if sure and n]
    return values


# ------------------------------------------------------------------------------------------- balances


def balance_changes(ds: Dataset) -> ir.Table:
    """customer_id, month, product, change of the balance since the record before (money), is_first.

    A product's last record of a month counts; changes up to a month add up to the balance that stands in it.
    """
    b = ds["balances"]
    b = b.mutate(month=month_of(b.at_date), product=b["product"].fill_null(UNKNOWN))
    order = [b["at"].desc(), b["_file"].desc(nulls_first=True), b["_line"].desc(nulls_first=True)]
    last = ibis.row_number().over(ibis.window(group_by=[b.customer_id, b["product"], b.month], order_by=order))
    b = b.mutate(nth=last).filter(lambda t: t.nth == 0)
    series = ibis.window(group_by=[b.customer_id, b["product"]], order_by=b.month.asc())
    before = b.balance.lag().over(series)
    zero = ibis.literal(Decimal(0), "decimal(18, 4)")
    change = b.balance - ibis.coalesce(before, zero)
    return b.select("customer_id", "month", "product", change=change, is_first=before.isnull())


def _balances(ds: Dataset, when: Periods, rooms: Compute) -> list[Value]:
    """Changes of each customer's balance by month, added up from the first on."""
    rows = with_customer(balance_changes(ds), ds, brought_dimensions(ds)).mutate(key=ibis.literal(""))
    measures = {"change": rows.change.sum(), "n": rows.is_first.sum()}
    dimensions = (*brought_dimensions(ds), "product")
    changes = tally("relations__balances", rows, dimensions, measures, ds, rooms)
    return [value for month in when.months for value in _standing(changes, month, ds)]


def _standing(changes: MonthlySums, month: Window, ds: Dataset) -> list[Value]:
    start = changes.starts.get("")
    if start is None or start > month.last:
        return [Value("balances", month.name, *COMPANY, None, n=0)]
    so_far = Window(month.name, start, month.last)
    whole = Decimal(changes.over("", COMPANY, so_far)["change"])
    values = []
    for member in changes.members(""):
        sums = changes.over("", member, so_far)
        n, balance = int(sums["n"]), Decimal(sums["change"])
        if n:
            values.append(Value("balances", month.name, *member, balance, n=n))
        if n and member[0] == "product" and ds.has("balances", "product"):
            share = float(balance / whole) if whole > 0 else None
            values.append(Value("share_of_assets", month.name, *member, share, n=n))
    return values


# ------------------------------------------------------------------------------------------- referrals


def _referrals(ds: Dataset, panel: ir.Table, when: Periods, rooms: Compute) -> list[Value]:
    referred = ds["customers"]
    referred = referred.filter(referred.acquired_through.lower() == "referral").select("customer_id")
    new = panel.filter(panel.joined).select("customer_id", "month").semi_join(referred, "customer_id")
    new = with_customer(new, ds, brought_dimensions(ds)).mutate(key=ibis.literal(""))
    referrals = tally("relations__referrals", new, brought_dimensions(ds), {"n": new.count()}, ds, rooms)
    values = []
    for member in referrals.members(""):
        for window in when.all:
            n = int(referrals.over("", member, window)["n"])
            sure = when.months[0].first <= window.first
            if member == COMPANY or (sure and n):
                values.append(Value("referrals", window.name, *member, n if sure else None, n=n))
    return values
