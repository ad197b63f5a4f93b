"""Who left lately, whether that was seen coming, and what they shared: counts and intervals.

Reads     the panel and source.customers of a run; the scores of an earlier run, while one is kept.
Gives     `left`: Left; `traits`: Trait.
Method    a trait is shared where the leavers' share has a 95% confidence interval (Wilson 1927, Bonferroni over the
          traits looked at) above its share among customers who stayed. Traits are of the time before: contacts of
          the three months before leaving, for those who stayed of the three months before the period.
Not for   causes: what leavers share may not be why they left; see effects.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from statistics import NormalDist

from worthline.run.earlier import older
from worthline.run.opened import OpenRun
from worthline.run.small_groups import FEW
from worthline.run.view import RunView
from worthline.stats.intervals import wilson
from worthline.tables.time import add_months

MONTHS = 3
LEVEL = 0.05
MOST_VALUES = 12
"""Values of an attribute beyond which it is no trait but a name."""
STANDARD = {"customer_id", "account_id", "referred_by", "merged_into", "weight"}
FLAGS = (
    ("At least one contact", "contacts > 0"),
    ("An unresolved contact", "unresolved > 0"),
    ("A last score of 6 or less", "last_score <= 6"),
    ("Joined within a year", "tenure < 12"),
)
"""Traits of the time before, beside the customers' own attributes."""


@dataclass(frozen=True, slots=True)
class Left:
    """Customers of the day before the period who left in it; money of the 12 months before they left."""

    day: date
    customers: int
    """Who were there that day."""
    left: int
    margin: float | None
    seen: tuple[date, int] | None
    """The day of an earlier run, and how many leavers it had in its riskiest tenth; None where no such run is kept."""
    reachable: int | None
    """Leavers with permission to be contacted; None where nobody's is known."""


@dataclass(frozen=True, slots=True)
class Trait:
    """Something that some leavers have in common, and how common it is among those who stayed."""

    name: str
    """An attribute of customers, or a trait of the time before."""
    value: str
    """The attribute's; "" for a trait that is one by itself."""
    leavers: int
    of: int
    low: float
    high: float
    stayers: float

    @property
    def share(self) -> float:
        """Among the leavers."""
        return self.leavers / self.of

    @property
    def is_shared(self) -> bool:
        """Whether it is more common among leavers, beyond chance."""
        return self.low > self.stayers


def left(run: RunView) -> Left:
    """Who left in the last three months: customers, money, whether seen coming, whether reachable."""
    first = _start(run)
    permission = ["contact_permission"] if "contact_permission" in _attributes(run) else []
    reached = "count(*) filter (has_left and contact_permission = 'yes')" if permission else "null"
    [row] = run.sql(
        f"{_with(run, first, permission, YEAR)} select count(*) as n, count(*) filter (has_left) as gone, "
        f"sum(margin_12m) filter (has_left) as m, {reached} as reached from customers"
    ).to_pylist()
    margin = None if row["m"] is None else float(row["m"])
    return Left(first - timedelta(days=1), row["n"], row["gone"], margin, _seen(run, first), row["reached"])


def _seen(run: RunView, first: date) -> tuple[date, int] | None:
    last = _scored_before(run, first)
    if last is None:
        return None
    gone = run.sql(f"{_with(run, first, [], '')} select customer_id from customers where has_left")["customer_id"]
    ranked = last.sql(
        "select customer_id from (select customer_id, ntile(10) over (order by p_leave desc, customer_id) as band "
        "from customer_scores where active and p_leave is not null) where band = 1"
    )["customer_id"].to_pylist()
    return date.fromisoformat(last.about["as_of"]), len(set(gone.to_pylist()) & set(ranked))


def traits(run: RunView) -> list[Trait]:
    """Every trait that was looked at and that at least ten leavers have."""
    first = _start(run)
    names = _attributes(run)
    counted = ", ".join(f"count(*) filter ({flag}) as f{i}" for i, (_, flag) in enumerate(FLAGS))
    quoted = ['"' + name.replace('"', '""') + '"' for name in names]
    chosen = "".join(f", {name}, grouping({name}) as g{i}" for i, name in enumerate(quoted))
    sets = ", ".join(["(has_left)", *(f"(has_left, {name})" for name in quoted)])
    rows = run.sql(
        f"{_with(run, first, names, MET)} select has_left, count(*) as n, {counted}{chosen} from customers "
        f"group by grouping sets ({sets}) order by all"
    ).to_pylist()
    sides = {row["has_left"]: row for row in rows if all(row[f"g{i}"] for i in range(len(names)))}
    if set(sides) != {True, False}:
        return []
    counts = [(label, "", sides[True][f"f{i}"], sides[False][f"f{i}"]) for i, (label, _) in enumerate(FLAGS)]
    for i, name in enumerate(names):
        by = {(row["has_left"], row[name]): row["n"] for row in rows if not row[f"g{i}"] and row[name] is not None}
        values = sorted({value for _, value in by})
        counts += [(name, v, by.get((True, v), 0), by.get((False, v), 0)) for v in values]
    known = [one for one in counts if one[2] >= FEW]
    z = NormalDist().inv_cdf(1 - LEVEL / 2 / max(len(known), 1))
    made = []
    for name, value, leavers, stayers in known:
        low, high = wilson(leavers, sides[True]["n"], z)
        assert low is not None
        assert high is not None
        made.append(Trait(name, value, leavers, sides[True]["n"], low, high, stayers / sides[False]["n"]))
    return made


def _start(run: RunView) -> date:
    """First day of the three months."""
    return add_months(date.fromisoformat(run.about["as_of"]), 1 - MONTHS)


MET = (
    "select p.customer_id, sum(n.contacts) as contacts, sum(n.unresolved) as unresolved from people p join panel n "
    "on n.customer_id = p.customer_id and n.month < p.ends and n.month >= p.ends - interval {months} month "
    "where n.month >= date '{first}' - interval {months} month and n.month < date '{first}' + interval {months} month "
    "group by 1"
)
"""Contacts of the months before leaving; of the three before the period for those who stayed."""
YEAR = (
    "select p.customer_id, sum(n.margin) as margin_12m from people p join panel n "
    "on n.customer_id = p.customer_id and n.month < p.ends and n.month >= p.ends - interval 12 month "
    "where p.has_left and n.month >= date '{first}' - interval 12 month group by 1"
)
"""Margin of the 12 months before leaving, of leavers alone: few of all months of all customers are added up."""


def _with(run: RunView, first: date, names: list[str], known: str) -> str:
    """Customers of the day before the period: who left in it, and what of it is asked (MET, YEAR) was known before."""
    attributes = f"left join ({_latest(run, names)}) using (customer_id)" if names else ""
    chosen = "".join(f', "{name}"' for name in names)
    before = f"left join ({known.format(first=first, months=MONTHS)}) using (customer_id)" if known else ""
    columns = {MET: ", coalesce(contacts, 0) as contacts, coalesce(unresolved, 0) as unresolved", YEAR: ", margin_12m"}
    return (
        f"with gone as (select customer_id, max(month) as month from panel where \"left\" and month >= date '{first}' "
        f"group by 1), begun as (select customer_id, tenure_months as tenure, last_score from panel "
        f"where month = date '{add_months(first, -1)}' and active), "
        f"people as (select b.*, g.customer_id is not null as has_left, coalesce(g.month, date '{first}') as ends "
        f"from begun b left join gone g using (customer_id)), "
        f"customers as (select people.*{columns.get(known, '')}{chosen} from people {before} {attributes})"
    )


def _latest(run: RunView, names: list[str]) -> str:
    known = run.sql("select * from source.customers limit 0").column_names
    latest = "arg_max({0}, coalesce(valid_from, date '0001-01-01'))" if "valid_from" in known else "any_value({0})"
    quoted = {name: '"' + name.replace('"', '""') + '"' for name in names}
    return (
        "select customer_id"
        + "".join(f", {latest.format(q)} as {q}" for q in quoted.values())
        + " from source.customers group by 1"
    )


def _attributes(run: RunView) -> list[str]:
    """Text columns of the customers that have few values, and so may be traits."""
    if "source.customers" not in run.about.get("rows", {}):
        return []
    schema = run.sql("select * from source.customers limit 0").schema
    names = [
        f.name for f in schema if str(f.type) == "string" and f.name not in STANDARD and not f.name.startswith("_")
    ]
    if not names:
        return []
    quoted = ['"' + name.replace('"', '""') + '"' for name in names]
    many = ", ".join(f"count(distinct {name}) as c{i}" for i, name in enumerate(quoted))
    [counts] = run.sql(f"select {many} from source.customers").to_pylist()
    return [name for i, name in enumerate(names) if 1 < counts[f"c{i}"] <= MOST_VALUES]


def _scored_before(run: RunView, first: date) -> OpenRun | None:
    """The latest kept run of a day before the period that has churn scores."""
    for kept in older(run.path):
        last = OpenRun(kept)
        if str(last.about.get("as_of", "9")) >= first.isoformat() or "customer_scores" not in last.tables():
            continue
        if "p_leave" in last.table("customer_scores", 0).column_names:
            return last
    return None
