"""Groups of fewer than ten people are hidden, and so is what would tell them by subtraction.

Reads     the result tables that hold numbers of groups: metrics, margin_at_risk, effects, initiative_results.
Gives     `hidden`: the SELECT that pages, downloads and the API read instead of the table.
Method    primary suppression: every number of a group (or of answers, contacts, … in it) below ten. Complementary
          suppression: where a total is known and less than two members, or fewer than ten people, would be hidden,
          the next smallest member is hidden too; and a twelve-month number whose hidden months hold fewer than ten
          people, or are a single month, since subtracting the other months would tell them. After Hundepool et al.
          (2012), Statistical Disclosure Control, chapter 4.
Not for   `worthline sql` and the files of a run: who may read those may read every row.
"""

from __future__ import annotations

from worthline.reports.figure_text import FEW
from worthline.reports.page import RunView

_NUMBERS = ("value", "low", "high", "n", "respondents")
_SMALL_MEMBERS = (
    f"select dimension, member from metrics where metric = 'customers_active' and dimension <> 'all' and value < {FEW}"
)
_LAST_MONTH = "right(period, 7)"
_METRICS = f"""
with marked as (
  select *, dimension <> 'all' and (coalesce(n < {FEW}, false) or (dimension, member) in ({_SMALL_MEMBERS})) as small
  from metrics
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
select * exclude (is_hidden) replace ({{blanked}}) from (
  select a.* exclude (is_hidden), a.is_hidden or t.metric is not null as is_hidden
  from aside a left join told t using (metric, dimension, member, period)
)"""
_OTHERS = {
    "margin_at_risk": ("customers", "customers, expected_leavers, margin_at_risk, low, high", "dimension"),
    "margin_at_risk_causes": ("customers", "customers, margin_at_risk, low, high", ""),
    "effects": ("exposed", "exposed, estimate, low, high, raw, n, money, money_low, money_high", ""),
    "initiative_results": ("least(treated, control)", "treated, control, estimate, low, high, benefit, net", ""),
}
"""Table -> how many people a row is of, its numbers, and the column whose members add up to a total, if any."""
_PEOPLE = {"least(treated, control)": {"treated", "control"}}


def hidden(run: RunView, name: str) -> str:
    """The table with small groups blank, in brackets, as SQL; "" where nothing in it is of a group."""
    columns = _columns(run, name)
    if name == "metrics" and {"dimension", "member", "n", "period"} <= columns:
        return f"({_METRICS.replace('{blanked}', _blanked(columns, _NUMBERS, 'is_hidden'))})"
    people, blank, parts = _OTHERS.get(name, ("", "", ""))
    if not people or not _PEOPLE.get(people, {people}) | ({parts, "member"} if parts else set()) <= columns:
        return ""
    small = f"coalesce({people} < {FEW}, false)"
    if not parts:
        return f"(select * replace ({_blanked(columns, tuple(blank.split(', ')), small)}) from {name})"
    return (
        f"(with marked as (select *, {parts} <> 'all' and {small} as small from {name}), counted as (select *, "
        f"bool_or(small) over (partition by {parts}) as any_small, row_number() over ordered as place, "
        f"coalesce(sum({people}) over (ordered rows between unbounded preceding and 1 preceding), 0) as before "
        f"from marked window ordered as (partition by {parts} order by {people}, member)), aside as (select * exclude "
        f"(small, any_small, place, before), small or (any_small and (place <= 2 or before < {FEW})) as is_hidden "
        f"from counted) select * exclude (is_hidden) replace "
        f"({_blanked(columns, tuple(blank.split(', ')), 'is_hidden')}) from aside)"
    )


def numbers(name: str) -> tuple[str, ...]:
    """Columns of a table that may be blank; none where it holds nothing of groups."""
    return _NUMBERS if name == "metrics" else tuple(_OTHERS[name][1].split(", ")) if name in _OTHERS else ()


def _columns(run: RunView, name: str) -> set[str]:
    return set(run.table(name, 0).column_names) if name in run.tables() else set()


def _blanked(columns: set[str], names: tuple[str, ...], when: str) -> str:
    return ", ".join(f"if({when}, null, {name}) as {name}" for name in names if name in columns)
