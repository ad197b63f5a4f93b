"""A published run as if it were of some of its customers only: what the filters of pages read.

Reads     customer_scores, source.customers and source.subscriptions for what customers are; the tables below.
Gives     Narrowed, a run whose tables of customers hold those chosen; Sliced, one with the effects of a slice;
          `attributes`: what customers can be chosen by.
Method    each table that names customers is shadowed by a query of its rows about the chosen ones, and themes are
          counted anew over their comments. A table of groups keeps the row of the very group that was chosen; other
          tables of the whole company are left as they are.
Assumes   a choice that would tell of fewer than ten customers, or of fewer than ten others by subtraction, is too
          small (`is_small`), and is not shown.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from worthline.errors import UsageError
from worthline.run.small_groups import FEW, chosen
from worthline.run.view import RunView

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from worthline.ingest.health import Health
    from worthline.results import Figure


OWN = ("segment", "region", "channel", "contact_permission", "location")
"""Columns of customers by which they can be chosen; `plan`, what they subscribe to, is one more."""
PLAN = "plan"
OF_CUSTOMERS = ("customer_scores", "panel", "worklist", "worklist_candidates", "theme_items")
"""Tables with a column customer_id."""
_COUNTED = ("volume", "customers", "sentiment", "share")
_NOT_BY_GROUP = (
    *("sentiment_low", "sentiment_high", "sentiment_n", "margin_at_risk", "score", "score_low", "score_high"),
    *("score_n", "trend", "low", "high", "alarm_month", "alarm_says", "change"),
)
"""Columns of themes that are known of all customers only."""


def attributes(
    run: RunView, scores: str = "customer_scores", names: Collection[str] = (*OWN, PLAN), among: str = "true"
) -> str:
    """A SELECT of customer_id and, of `names`, what the run knows of customers; one row per customer of `scores`.

    `among`, a condition on customer_id, keeps it from reading all customers for a few.
    """
    rows = run.about.get("rows", {})
    column_names: list[str] = []
    joins: list[str] = []
    if "source.customers" in rows and any(name in OWN for name in names):
        columns_there = run.sql("select * from source.customers limit 0").column_names
        own = [name for name in OWN if name in columns_there and name in names]
        latest = (
            "arg_max({0}, coalesce(valid_from, date '0001-01-01'))"
            if "valid_from" in columns_there
            else "any_value({0})"
        )
        columns = "".join(f", {latest.format(name)} as {name}" for name in own)
        of_customers = f"select customer_id{columns} from source.customers where {among} group by 1"
        joins.append(f"left join ({of_customers}) using (customer_id)")
        column_names += own
    if "source.subscriptions" in rows and PLAN in names:
        joins.append(f"left join ({_plans(run.about['as_of'], among)}) using (customer_id)")
        column_names.append(PLAN)
    chosen_ = "".join(f", {name}" for name in column_names)
    return (
        f"select customer_id{chosen_} from (select distinct customer_id from {scores} where {among}) {' '.join(joins)}"
    )


def _plans(as_of: str, among: str) -> str:
    """A SELECT of each customer's products that run on the day, by name; of whom none runs, the latest.

    Nearly all have one: their names are not sorted and joined, which took six times as long for all.
    """
    day = f"date '{as_of}'"
    return (
        f"with begun as (select customer_id, product, started_on, ended_on is null or ended_on > {day} as runs "
        f"from source.subscriptions where started_on <= {day} and {among}), "
        "ends as (select customer_id, min(product) filter (runs) as first, max(product) filter (runs) as last, "
        "arg_max(product, started_on) as latest from begun group by 1), "
        "pairs as (select distinct customer_id, product from begun semi join (select customer_id from ends "
        "where first < last) using (customer_id) where runs), "
        "several as (select customer_id, string_agg(product, ', ' order by product) as joined from pairs group by 1) "
        f"select customer_id, case when first is null then latest when first = last then first else joined end "
        f"as {PLAN} from ends left join several using (customer_id)"
    )


@dataclass(frozen=True)
class Shadowed:
    """A run some of whose tables are replaced by queries; reads as a run does."""

    whole: RunView

    @property
    def shadows(self) -> Mapping[str, str]:
        """Table -> the SELECT that stands for it, of tables as main.NAME."""
        raise NotImplementedError

    @property
    def path(self) -> Path:
        """The run's folder."""
        return self.whole.path

    @property
    def run_id(self) -> str:
        """The run's name."""
        return self.whole.run_id

    @property
    def about(self) -> dict[str, Any]:
        """run.json."""
        return self.whole.about

    @property
    def figures(self) -> list[Figure]:
        """The headline of the whole company."""
        return self.whole.figures

    def tables(self) -> dict[str, Path]:
        """Result tables by name."""
        return self.whole.tables()

    def health(self) -> Health:
        """What was read, used and set aside."""
        return self.whole.health()

    def table(self, name: str, limit: int | None = None) -> pa.Table:
        """The first rows of a table, or all, of the chosen customers where it is about customers."""
        if limit == 0 or name not in self.shadows:  # without rows, a narrowed table is the table
            return self.whole.table(name, limit)
        return self.sql(f'select * from "{name}"' + (f" limit {int(limit)}" if limit is not None else ""))

    def sql(self, query: str, parameters: Sequence[Any] | Mapping[str, Any] = (), *, seconds: float = 60.0) -> pa.Table:
        """The answer to one SELECT, its tables of customers narrowed."""
        first = ", ".join(f'"{name}" as materialized ({select})' for name, select in self._needed(query).items())
        if not first:
            return self.whole.sql(query, parameters, seconds=seconds)
        stripped = query.lstrip()
        rest = f", {stripped[5:]}" if stripped[:5].lower() == "with " else f" {stripped}"
        return self.whole.sql(f"with {first}{rest}", parameters, seconds=seconds)

    def _needed(self, query: str) -> dict[str, str]:
        """The shadows that a query names, with what they read themselves before them."""
        shadows = self.shadows
        named = {name for name in shadows if name in query}
        named |= {name for name in shadows if any(f"from {name}" in shadows[other] for other in named)}
        return {name: select for name, select in shadows.items() if name in named}


@dataclass(frozen=True)
class Sliced(Shadowed):
    """The run with the effects of one slice in place of those of all customers."""

    name: str

    @property
    def shadows(self) -> Mapping[str, str]:
        """The table effects, of the slice."""
        return {"effects": f"select * replace ('all' as segment) from main.effects where segment = {_text(self.name)}"}


@dataclass(frozen=True)
class Narrowed(Shadowed):
    """The run, as far as it is about customers with these attributes; reads as a run does."""

    by: Mapping[str, str]
    """Attribute -> the value that its customers have."""

    def __post_init__(self) -> None:
        unknown = [name for name in self.by if name not in self._columns]
        if unknown:
            raise UsageError(f"This run knows no {unknown[0].replace('_', ' ')} of its customers.")

    @cached_property
    def _attributes(self) -> str:
        return attributes(self.whole, "main.customer_scores", tuple(self.by))

    @cached_property
    def _columns(self) -> list[str]:
        return list(self.whole.sql(f"{self._attributes} limit 0").column_names[1:])

    @property
    def customers(self) -> int:
        """Active customers that were chosen."""
        return sum(n for values, n in self._groups.items() if values == tuple(self.by.values()))

    @cached_property
    def is_small(self) -> bool:
        """Whether the choice, or what is left of the company without it, would tell of fewer than ten customers."""
        wanted = tuple(self.by.values())
        if self.customers < FEW or 0 < sum(self._groups.values()) - self.customers < FEW:
            return True
        for place, value in enumerate(wanted):
            members: dict[str, int] = {}
            for values, n in self._groups.items():
                if (
                    values[place] is not None
                    and values[:place] + values[place + 1 :] == wanted[:place] + wanted[place + 1 :]
                ):
                    members[values[place]] = members.get(values[place], 0) + n
            if value in chosen(members):
                return True
        return False

    @cached_property
    def _groups(self) -> dict[tuple[str, ...], int]:
        """Active customers by their values of the attributes chosen by."""
        named = ", ".join(f'cast("{name}" as varchar) as a{i}' for i, name in enumerate(self.by))
        rows = self.whole.sql(
            f"select {named}, count(*) as n from ({self._attributes}) join main.customer_scores using (customer_id) "
            "where active group by all"
        ).to_pylist()
        return {tuple(row[f"a{i}"] for i in range(len(self.by))): row["n"] for row in rows}

    @property
    def _where(self) -> str:
        return " and ".join(_is(name, value) for name, value in self.by.items()) or "true"

    @cached_property
    def shadows(self) -> Mapping[str, str]:
        """Table -> its rows about the chosen customers."""
        there = self.whole.tables()
        some = f"select customer_id from ({self._attributes}) where {self._where}"
        views = {
            name: f"select * from main.{name} where customer_id in ({some})" for name in OF_CUSTOMERS if name in there
        }
        if "margin_at_risk" in there:
            only_member = next(iter(self.by.items())) if len(self.by) == 1 else ("", "")
            is_one = f"dimension = {_text(only_member[0])} and member = {_text(only_member[1])}"
            views["margin_at_risk"] = f"select * from main.margin_at_risk where {is_one}"
        if {"themes", "theme_items"} <= set(there):
            views["themes"] = self._themes()
        for name in ("theme_drivers", "theme_leavers"):
            if name in there:
                views[name] = f"select * from main.{name} where false"
        return views

    def _themes(self) -> str:
        """Themes with the comments of the last 12 months of the chosen customers; what is not counted is unknown."""
        day = f"date '{self.about['as_of']}' - interval 12 month"
        columns = set(self.whole.table("themes", 0).column_names)
        counts = ", ".join(f"c.{name} as {name}" for name in _COUNTED if name in columns)
        unknown = ", ".join(f"null as {name}" for name in _NOT_BY_GROUP if name in columns)
        return (
            f"select t.* replace ({counts}, {unknown}, false as alarm) from main.themes t join (select theme, count(*) "
            "as volume, count(distinct customer_id) as customers, avg(sentiment) as sentiment, count(*) / (select "
            f"count(distinct item) from theme_items where kind = 'comment' and day > {day}) as share from theme_items "
            f"where theme is not null and kind = 'comment' and respondent = 'customer' and day > {day} group by theme "
            f"having count(distinct customer_id) >= {FEW}) c using (theme) order by c.volume desc, theme"
        )


def _is(name: str, value: str) -> str:
    return f'cast("{name}" as varchar) = {_text(value)}'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
