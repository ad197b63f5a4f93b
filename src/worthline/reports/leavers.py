"""The surprise audit: who left in the last three months, whether that was seen coming, and what they shared.

Reads     the panel and source.customers of the run; the scores of an earlier run, while one is kept.
Gives     `page`.
Method    a trait is shared where the leavers' share has a 95% confidence interval (Wilson 1927, Bonferroni over the
          traits looked at) above its share among customers who stayed. Traits are of the time before: contacts of
          the three months before leaving, for those who stayed of the three months before the period.
Not for   causes: what leavers share may not be why they left; see effects.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from statistics import NormalDist

from worthline.metrics import formatting
from worthline.reports.filters import BY_ATTRIBUTE
from worthline.reports.page import Block, Column, Grid, Page, RunView, Text, header
from worthline.run import OpenRun
from worthline.run.earlier import older
from worthline.run.small_groups import FEW
from worthline.stats.intervals import wilson
from worthline.tables.time import add_months

MONTHS = 3
LEVEL = 0.05
MOST_VALUES = 12
"""Values of an attribute beyond which it is no trait but a name."""
SHOWN = 8
NONE_LEFT = f"No customer left in the last {MONTHS} months."
STANDARD = {"customer_id", "account_id", "referred_by", "merged_into", "weight"}


@dataclass(frozen=True, slots=True)
class Trait:
    """Something that some leavers have in common, and how common it is among those who stayed."""

    name: str
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


def page(run: RunView) -> Page:
    """The whole page."""
    first = _start(run)
    left = run.sql(f"{_with(run, first)} select count(*) as n from customers where has_left").to_pylist()[0]["n"]
    if left < FEW:
        return Page(header(run), (Text((NONE_LEFT if not left else f"Fewer than {FEW} customers left.",)),))
    blocks: list[Block] = [Text((_answer(run, first, left),)), _seen_coming(run, first, left)]
    found = traits(run)
    shared = sorted((t for t in found if t.is_shared), key=lambda t: (t.stayers - t.share, t.name))[:SHOWN]
    blocks.append(_grid(shared, found))
    said = "Traits of leavers are correlations. They say where to look, not why customers left."
    blocks.append(Text((said,), dim=True))
    return Page(header(run), tuple(blocks))


def traits(run: RunView) -> list[Trait]:
    """Every trait that was looked at and that at least ten leavers have."""
    first = _start(run)
    names = _attributes(run)
    flags = [
        ("At least one contact", "contacts > 0"),
        ("An unresolved contact", "unresolved > 0"),
        ("A last score of 6 or less", "last_score <= 6"),
        ("Joined within a year", "tenure < 12"),
    ]
    counted = ", ".join(f"count(*) filter ({flag}) as f{i}" for i, (_, flag) in enumerate(flags))
    quoted = ['"' + name.replace('"', '""') + '"' for name in names]
    chosen = "".join(f", {name}, grouping({name}) as g{i}" for i, name in enumerate(quoted))
    sets = ", ".join(["(has_left)", *(f"(has_left, {name})" for name in quoted)])
    rows = run.sql(
        f"{_with(run, first)} select has_left, count(*) as n, {counted}{chosen} from customers "
        f"group by grouping sets ({sets}) order by all"
    ).to_pylist()
    sides = {row["has_left"]: row for row in rows if all(row[f"g{i}"] for i in range(len(names)))}
    if set(sides) != {True, False}:
        return []
    counts = [(label, sides[True][f"f{i}"], sides[False][f"f{i}"]) for i, (label, _) in enumerate(flags)]
    for i, name in enumerate(names):
        by = {(row["has_left"], row[name]): row["n"] for row in rows if not row[f"g{i}"] and row[name] is not None}
        values = sorted({value for _, value in by})
        counts += [(f"{_words(name)}: {v}", by.get((True, v), 0), by.get((False, v), 0)) for v in values]
    known = [(label, leavers, stayers) for label, leavers, stayers in counts if leavers >= FEW]
    z = NormalDist().inv_cdf(1 - LEVEL / 2 / max(len(known), 1))
    made = []
    for label, leavers, stayers in known:
        low, high = wilson(leavers, sides[True]["n"], z)
        assert low is not None
        assert high is not None
        made.append(Trait(label, leavers, sides[True]["n"], low, high, stayers / sides[False]["n"]))
    return made


def _start(run: RunView) -> date:
    """First day of the three months."""
    return add_months(date.fromisoformat(run.about["as_of"]), 1 - MONTHS)


def _with(run: RunView, first: date) -> str:
    """Customers of the day before the period: who left in it, and what was known before."""
    attributes = f"left join ({_latest(run)}) using (customer_id)" if _attributes(run) else ""
    chosen = "".join(f', "{name}"' for name in _attributes(run))
    return (
        f"with gone as (select customer_id, max(month) as month from panel where \"left\" and month >= date '{first}' "
        f"group by 1), begun as (select customer_id, tenure_months as tenure, last_score from panel "
        f"where month = date '{add_months(first, -1)}' and active), "
        f"people as (select b.*, g.customer_id is not null as has_left, coalesce(g.month, date '{first}') as ends "
        f"from begun b left join gone g using (customer_id)), "
        "met as (select p.customer_id, sum(n.contacts) as contacts, sum(n.unresolved) as unresolved, "
        "sum(n.margin) as margin from people p join panel n on n.customer_id = p.customer_id "
        f"and n.month < p.ends and n.month >= p.ends - interval {MONTHS} month group by 1), "
        "year as (select p.customer_id, sum(n.margin) as margin_12m from people p join panel n "
        "on n.customer_id = p.customer_id and n.month < p.ends and n.month >= p.ends - interval 12 month group by 1), "
        f"customers as (select people.*, coalesce(contacts, 0) as contacts, coalesce(unresolved, 0) as unresolved, "
        f"margin_12m{chosen} from people left join met using (customer_id) left join year using (customer_id) "
        f"{attributes})"
    )


def _latest(run: RunView) -> str:
    known = run.sql("select * from source.customers limit 0").column_names
    latest = "arg_max({0}, coalesce(valid_from, date '0001-01-01'))" if "valid_from" in known else "any_value({0})"
    quoted = {name: '"' + name.replace('"', '""') + '"' for name in _attributes(run)}
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
    [found] = run.sql(f"select {many} from source.customers").to_pylist()
    return [name for i, name in enumerate(names) if 1 < found[f"c{i}"] <= MOST_VALUES]


def _answer(run: RunView, first: date, left: int) -> str:
    [row] = run.sql(
        f"{_with(run, first)} select sum(margin_12m) filter (has_left) as m, count(*) as n from customers"
    ).to_pylist()
    day = formatting.day((first - timedelta(days=1)).isoformat())
    of = formatting.how_many(row["n"], "customer")
    said = f"{formatting.count(left)} of the {of} on {day} left within {MONTHS} months"
    if row["m"] is None:
        return f"{said}."
    margin = formatting.money_prose(row["m"], str(run.about["currency"]))
    return f"{said}; they generated {margin} gross margin in the 12 months before."


def _seen_coming(run: RunView, first: date, left: int) -> Grid:
    """Whether they stood among the most at risk before, and could be contacted."""
    rows = []
    last = _scored_before(run, first)
    if last is not None:
        gone = run.sql(f"{_with(run, first)} select customer_id from customers where has_left")["customer_id"]
        ranked = last.sql(
            "select customer_id from (select customer_id, ntile(10) over (order by p_leave desc, customer_id) as band "
            "from customer_scores where active and p_leave is not null) where band = 1"
        )["customer_id"].to_pylist()
        seen = len(set(gone.to_pylist()) & set(ranked))
        day = formatting.day(last.about["as_of"])
        rows.append((f"In the tenth with the highest churn risk on {day}", *_cells(seen, left)))
    else:
        rows.append(("In the tenth with the highest churn risk before", "not known", "no earlier run is kept"))
    if "contact_permission" in _attributes(run):
        [row] = run.sql(
            f"{_with(run, first)} select count(*) filter (contact_permission = 'yes') as n "
            "from customers where has_left"
        ).to_pylist()
        rows.append(("Could be contacted (permission: yes)", *_cells(row["n"], left)))
    columns = (Column("Of the customers who left"), Column("Customers", number=True), Column("Share", number=True))
    return Grid(columns, tuple(rows), title="Was it seen coming?")


def _cells(number: int, of: int) -> tuple[str, str]:
    if 0 < number < FEW:
        return f"fewer than {FEW}", ""
    return formatting.count(number), formatting.share(number / of)


def _scored_before(run: RunView, first: date) -> OpenRun | None:
    """The latest kept run of a day before the period that has churn scores."""
    for kept in older(Path(run.path)):
        last = OpenRun(kept)
        if str(last.about.get("as_of", "9")) >= first.isoformat() or "customer_scores" not in last.tables():
            continue
        if "p_leave" in last.table("customer_scores", 0).column_names:
            return last
    return None


def _grid(shared: list[Trait], looked_at: list[Trait]) -> Block:
    if not shared:
        many = formatting.how_many(len(looked_at), "trait")
        return Text((f"None of {many} is significantly more common among leavers.",), title="What they shared")
    columns = (
        Column("Trait"),
        Column("Leavers", number=True),
        Column("Share of leavers", number=True),
        Column("CI", number=True),
        Column("Share of stayers", number=True),
    )
    rows = tuple(
        (
            t.name,
            formatting.count(t.leavers),
            formatting.share(t.share),
            f"{formatting.share(t.low)} to {formatting.share(t.high)}",
            formatting.share(t.stayers),
        )
        for t in shared
    )
    return Grid(columns, rows, title="What they shared")


def _words(column: str) -> str:
    known = dict(BY_ATTRIBUTE.values())
    return known.get(column, column.replace("_", " ").capitalize())
