"""Groups of fewer than ten people are hidden, and so is what would tell them by subtraction: one rule for all readers.

Reads     the result tables that hold numbers of groups (GROUPS, and metrics).
Gives     `hidden`: the SELECT that stands for a table; `table`: its rows; `views`: all of them by table, for SQL that
          people write; `chosen`: which members of a split are hidden, for a page that counts itself.
Method    primary suppression: every number of a group (or of answers, contacts, … in it) below ten. Complementary
          suppression: where a total is known and less than two members, or fewer than ten people, would be hidden,
          the next smallest member is hidden too; and a twelve-month number whose hidden months hold fewer than ten
          people, or are a single month, since subtracting the other months would tell them. After Hundepool et al.
          (2012), Statistical Disclosure Control, chapter 4.
Not for   rows of single customers (customer_scores, panel, source.*), the files of a run and notebooks: who may read
          those can count every group.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from worthline.metrics.sentences import FEWEST

if TYPE_CHECKING:
    import pyarrow as pa

FEW = FEWEST
"""Groups of fewer than this are hidden."""
SAID = f"Hidden: fewer than {FEW}."
"""What stands in place of a sentence about a small group."""
REMARK = f"Groups of fewer than {FEW} are hidden: their numbers are blank."


class Tables(Protocol):
    """A run, as far as this rule reads it."""

    def tables(self) -> Mapping[str, Path]:
        """Result tables by name."""
        ...

    def table(self, name: str, limit: int | None = None) -> pa.Table:
        """The first rows of a table, or all."""
        ...

    def sql(self, query: str) -> pa.Table:
        """The answer to one SELECT."""
        ...


_NUMBERS = ("value", "low", "high", "n", "respondents")
_SMALL_MEMBERS = (
    f"select dimension, member from metrics where metric = 'customers_active' and dimension <> 'all' and value < {FEW}"
)
_LAST_MONTH = "right(period, 7)"
_METRICS = f"""
with marked as (
  select *, dimension <> 'all' and (coalesce(n < {FEW}, false) or (dimension, member) in ({_SMALL_MEMBERS})) as small,
    row_number() over () as published
  from metrics where {{among}}
), counted as (
  select *, bool_or(small) over parts as any_small, row_number() over ordered as place,
    coalesce(sum(n) over (ordered rows between unbounded preceding and 1 preceding), 0) as before
  from marked
  window parts as (partition by metric, period, dimension),
    ordered as (partition by metric, period, dimension order by small desc, n, member)
), aside as (
  select * exclude (small, any_small, place, before),
    small or (dimension <> 'all' and any_small and (place <= 2 or before < {FEW})) as is_hidden
  from counted
), months as (
  select metric, dimension, member, period as month, n from aside
  where is_hidden and regexp_matches(period, '^[0-9]{{4}}-[0-9]{{2}}$')
), told as (
  select y.metric, y.dimension, y.member, y.period
  from aside y join months m on m.metric = y.metric and m.dimension = y.dimension and m.member = y.member
    and m.month between strftime(cast({_LAST_MONTH} || '-01' as date) - interval 11 month, '%Y-%m') and {_LAST_MONTH}
  where y.period like '12m:%' and not y.is_hidden
  group by all having count(*) = 1 or coalesce(sum(m.n), 0) < {FEW}
)
select * exclude (is_hidden, published) replace ({{blanked}}) from (
  select a.* exclude (is_hidden), a.is_hidden or t.metric is not null as is_hidden
  from aside a left join told t using (metric, dimension, member, period)
) order by published"""
"""Rows come in the order in which they were published: windows and joins lose it, another one at every call."""
LESS_OF_BOTH = "least(nullif(treated, 0), nullif(control, 0))"
"""A roll-out has no control customers, which is no small group."""
_INTERVAL = ("estimate", "low", "high")
GROUPS: dict[str, tuple[str, tuple[str, ...], str]] = {
    "margin_at_risk": ("customers", ("customers", "expected_leavers", "margin_at_risk", "low", "high"), "dimension"),
    "margin_at_risk_causes": ("customer_months", ("customer_months", "margin_at_risk", "low", "high"), ""),
    "effects": (
        "exposed",
        ("exposed", *_INTERVAL, "raw", "between", "within", "n", "money", "money_low", "money_high", "sentence"),
        "",
    ),
    "experience_money": (
        "customer_months",
        (
            *("times", "customer_months", "alone", "alone_low", "alone_high", "joint", "joint_low", "joint_high"),
            *("forecast", "forecast_low", "forecast_high", "sentence"),
        ),
        "",
    ),
    "initiative_results": (
        LESS_OF_BOTH,
        (
            *("treated", "control", "treated_mean", "control_mean", *_INTERVAL, "running_low", "running_high", "raw"),
            *("benefit", "benefit_low", "benefit_high", "net", "sentence"),
        ),
        "",
    ),
    "experiment_looks": ("n", ("estimate", "running_low", "running_high", "n"), ""),
    "treatment_groups": ("units", ("units", "effect", "low", "high", "customers_today", "sentence"), ""),
    "joint_effects": (
        "customers",
        ("amount", "low", "high", "alone", "customers", "additive", "state", "sentence"),
        "",
    ),
    "channel_consistency": (
        "n",
        ("n", "raw", "adjusted", "low", "high", "money", "money_low", "money_high", "sentence"),
        "",
    ),
    "themes": (
        "customers",
        (
            *("customers", "margin_at_risk", "low", "high", "sentiment", "sentiment_low", "sentiment_high"),
            *("sentiment_n", "emotional_share", "score", "score_low", "score_high", "score_n", "sentence"),
        ),
        "",
    ),
    "theme_leavers": (
        "least(nullif(leavers_said, 0), nullif(stayers_said, 0))",
        ("leavers_said", "stayers_said", "difference", "low", "high"),
        "",
    ),
    "theme_drivers": ("n", ("n", "mean_with", "mean_without", "difference", "low", "high"), ""),
}
"""Table -> how many people a row is of, its numbers, and the column whose members add up to a total, if any."""
_PEOPLE = {
    LESS_OF_BOTH: {"treated", "control"},
    "least(nullif(leavers_said, 0), nullif(stayers_said, 0))": {"leavers_said", "stayers_said"},
}


def table(run: Tables, name: str, limit: int | None = None) -> pa.Table:
    """The rows of a result or checked table, small groups hidden; raises NoSuchName."""
    if not (select := hidden(run, name)):
        return run.table(name, limit)
    return run.sql(f"select * from {select}" + (f" limit {int(limit)}" if limit is not None else ""))


def views(run: Tables, *, but: str = "") -> dict[str, str]:
    """Table -> the SELECT that stands for it where people write SQL; only tables that hold numbers of groups."""
    return {name: select for name in ("metrics", *GROUPS) if name != but and (select := hidden(run, name))}


def chosen(people: Mapping[Any, int]) -> set[Any]:
    """The members of one split whose numbers are hidden, from the people in each: small ones, and what tells them."""
    ordered = sorted(people, key=lambda member: (people[member], str(member)))
    if not any(people[member] < FEW for member in ordered):
        return set()
    hidden_, before = set(), 0
    for place, member in enumerate(ordered):
        if people[member] < FEW or place < 2 or before < FEW:
            hidden_.add(member)
        before += people[member]
    return hidden_


def hidden(run: Tables, name: str, dimensions: Collection[str] = ()) -> str:
    """The table with small groups blank, in brackets, as SQL; "" where nothing in it is of a group.

    `dimensions`: of metrics, those alone; no rule here looks beyond a dimension, and a few are quicker than all.
    """
    columns = _columns(run, name)
    if name == "metrics" and {"dimension", "member", "n", "period"} <= columns:
        among = f"dimension in ({', '.join(map(_quoted, sorted(dimensions)))})" if dimensions else "true"
        blanked = _blanked(columns, _NUMBERS, "is_hidden")
        return f"({_METRICS.replace('{among}', among).replace('{blanked}', blanked)})"
    people, blank, parts = GROUPS.get(name, ("", (), ""))
    if not people or not _PEOPLE.get(people, {people}) | ({parts, "member"} if parts else set()) <= columns:
        return ""
    small = f"coalesce({people} < {FEW}, false)"
    if not parts:
        small = f"coalesce({people} > 0 and {people} < {FEW}, false)"  # of nobody there is nothing to hide
        return f"(select * replace ({_blanked(columns, blank, small)}) from {name})"
    return (
        f"(with marked as (select *, {parts} <> 'all' and {small} as small, "
        f"row_number() over () as published from {name}), counted as (select *, "
        f"bool_or(small) over (partition by {parts}) as any_small, row_number() over ordered as place, "
        f"coalesce(sum({people}) over (ordered rows between unbounded preceding and 1 preceding), 0) as before "
        f"from marked window ordered as (partition by {parts} order by {people}, member)), aside as (select * exclude "
        f"(small, any_small, place, before), small or (any_small and (place <= 2 or before < {FEW})) as is_hidden "
        f"from counted) select * exclude (is_hidden, published) replace "
        f"({_blanked(columns, blank, 'is_hidden')}) from aside order by published)"
    )


def numbers(name: str) -> tuple[str, ...]:
    """Columns of a table that may be blank; none where it holds nothing of groups."""
    return _NUMBERS if name == "metrics" else GROUPS[name][1] if name in GROUPS else ()


def _columns(run: Tables, name: str) -> set[str]:
    """Names of a table's columns: off the file itself where there is one, as that costs no query."""
    path = run.tables().get(name)
    if path is not None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            return set(pq.read_schema(path).names)
        except (pa.ArrowException, OSError, ValueError):
            if path.exists():  # damaged, which is told by whoever reads its rows: to ask for them here would ask again
                return set()
    return set(run.table(name, 0).column_names) if name in run.tables() else set()


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _blanked(columns: set[str], names: tuple[str, ...], when: str) -> str:
    instead = {"sentence": "'" + SAID + "'"}
    kept = [name for name in names if name in columns]
    return ", ".join(f"if({when}, {instead.get(name, 'null')}, {name}) as {name}" for name in kept)
