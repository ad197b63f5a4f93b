"""What 'auto' means for this company: as_of, setting, revenue, each with the reason.

Reads     the settings as written; counts of rows by month.
Gives     Resolved, with `because`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from typing import Literal

from worthline.config import CompanyConfig
from worthline.errors import BadSetting, NothingToRun
from worthline.ingest.dates import Dates
from worthline.results import Resolved
from worthline.tables.money import is_currency
from worthline.tables.time import month_end, months_between, zone

STRAY_SHARE = 0.01
STRAY_GAP_MONTHS = 12
FAR_SHARE = 0.25
FAR_GAP_MONTHS = 120
"""No company pauses for ten years: a date so far ahead is a slip even in a small file."""
PLANNED_GAP_MONTHS = 3
"""Ends that begin so long after everything else were agreed ahead."""


def check_settings(config: CompanyConfig) -> None:
    """Raise BadSetting where the currency or a time zone does not exist."""
    if not is_currency(config.currency):
        raise BadSetting("[company] currency", f"{config.currency!r} is no ISO 4217 code", "Write for instance USD.")
    for where, name in [
        ("[company] timezone", config.timezone),
        *((f"[tables.{s.table}] timezone", s.timezone) for s in config.sources if s.timezone),
    ]:
        try:
            zone(name)
        except ValueError as error:
            raise BadSetting(where, str(error), "See the IANA list of time zones.") from None


def decide_as_of(declared: date | None, observed: Dates) -> tuple[date, str]:
    """The as-of date: as declared, else the end of the last complete month of what happened.

    A month is complete when something happened on its last day, or after it. Where subscriptions alone are known, an
    end that was recorded after the last start shows that the data go on to it. Rows that lie a year or more after all
    others and are fewer than 1 in 100, or ten years and fewer than 1 in 4, are taken for slips of the pen and do not
    move the date.
    Raises NothingToRun.
    """
    if declared is not None:
        return declared, "as set"
    if not observed.months:
        raise NothingToRun("No table holds a dated row, so there is no as-of date. Set as_of in worthline.toml.")
    months = observed.months
    last, strays = _last_month(months)
    ended, ahead = _last_end(last, observed)
    if ended > last:
        later = f"; {ahead:,} ends lie further ahead" if ahead else ""
        why = f"the end of the month of the last recorded end (the last start is of {last:%Y-%m}{later})"
        return month_end(ended), why
    beside = f"; {strays:,} stray row{'s' if strays > 1 else ''} dated far later" if strays else ""
    last_day = observed.last_days[last]
    if last_day == month_end(last):
        return last_day, f"the end of the last complete month{beside}"
    earlier = [month for month in months if month < last]
    if earlier:
        reached = max(earlier)
        if observed.is_sparse and months[last] >= STRAY_SHARE * sum(months.values()):
            reached = date(last.year - (last.month == 1), (last.month - 2) % 12 + 1, 1)
        return month_end(reached), f"the end of the last complete month (data end on {last_day}{beside})"
    return last_day, f"the last day of data; no month is complete{beside}"


def _last_end(last: date, observed: Dates) -> tuple[date, int]:
    """The last month of ends that follow the last start without a long gap; and how many ends lie further ahead.

    Ends far ahead, each on the day of the month on which it began, are notice given for a later day.
    Where all began in one month, ends alone tell how far the data go.
    """
    reach = last
    most = FAR_GAP_MONTHS if len(observed.months) == 1 else PLANNED_GAP_MONTHS
    for month in sorted(month for month in observed.ends if month > last):
        if months_between(reach, month) > most and max(observed.loose, default=reach) < month:
            break
        reach = month
    return reach, sum(n for month, n in observed.ends.items() if month > reach)


def _last_month(months: Mapping[date, int]) -> tuple[date, int]:
    """The last month that is not a stray, and how many rows are strays."""
    total, strays, after = sum(months.values()), 0, 0
    ordered = sorted(months, reverse=True)
    last = ordered[0]
    for month, before in pairwise(ordered):
        after += months[month]
        gap, share = months_between(before, month), after / total
        if (gap >= STRAY_GAP_MONTHS and share < STRAY_SHARE) or (gap >= FAR_GAP_MONTHS and share < FAR_SHARE):
            last, strays = before, after
    return last, strays


def first_month(observed: Dates) -> date | None:
    """The month before which a few rows lie ten years or more apart from all others; None where there are none."""
    total, before = sum(observed.months.values()), 0
    for month, after in pairwise(sorted(observed.months)):
        before += observed.months[month]
        if before >= STRAY_SHARE * total:
            return None
        if months_between(month, after) >= FAR_GAP_MONTHS:
            return after
    return None


def resolve(
    config: CompanyConfig,
    as_of: date,
    why_as_of: str,
    brought: Mapping[str, frozenset[str]],
    answers: Mapping[str, int],
    others_answers: int = 0,
) -> Resolved:
    """Decide every 'auto'; `answers` counts customers' scored feedback by metric, `others_answers` that of others."""
    because = {"as_of": why_as_of}
    setting: Literal["contractual", "non-contractual"]
    if config.setting == "auto":
        setting, because["setting"] = _setting(brought)
    else:
        setting = "contractual" if config.setting == "contractual" else "non-contractual"
        because["setting"] = "as set"
    revenue_from, because["revenue_from"] = _revenue(config, brought)
    metric, because["score_metric"] = _metric(config, answers, others_answers)
    return Resolved(
        name=config.name,
        currency=config.currency,
        setting=setting,
        outcome=config.outcome,
        as_of=as_of,
        timezone=config.timezone,
        fiscal_year_start=config.fiscal_year_start,
        discount_rate=config.discount_rate,
        horizon_months=config.horizon_months,
        margin=config.margin,
        lapse_months=config.lapse_months,
        revenue_from=revenue_from,
        score_metric=metric,
        staff_hour_cost=config.staff_hour_cost,
        contact_cost=config.contact_cost,
        leave_rate=config.leave_rate,
        treatment_outcomes=tuple(dict.fromkeys(name for source in config.sources for name in source.outcomes)),
        treatment_covariates=tuple(dict.fromkeys(name for source in config.sources for name in source.before)),
        simulated=config.simulated,
        control=config.control,
        acting=config.acting,
        because=because,
    )


def _setting(brought: Mapping[str, frozenset[str]]) -> tuple[Literal["contractual", "non-contractual"], str]:
    if "subscriptions" in brought or "left_on" in brought.get("customers", frozenset()):
        return "contractual", "customers' subscriptions or dates of leaving were brought"
    if "customers" in brought and "transactions" not in brought:
        return "contractual", "customers were brought and no purchases: whoever is listed is a customer"
    return "non-contractual", "no table says who left"


def _revenue(
    config: CompanyConfig, brought: Mapping[str, frozenset[str]]
) -> tuple[Literal["transactions", "subscriptions", "none"], str]:
    there = [name for name in ("transactions", "subscriptions") if name in brought]
    if config.revenue_from != "auto":
        if config.revenue_from not in there:
            raise BadSetting("[company] revenue_from", f"{config.revenue_from} was not brought", f"There are: {there}.")
        return ("transactions" if config.revenue_from == "transactions" else "subscriptions"), "as set"
    if "transactions" in there:
        both = "; subscription fees are not added to them" if len(there) > 1 else ""
        return "transactions", f"transactions were brought{both}"
    if there:
        return "subscriptions", "subscriptions were brought, transactions not"
    return "none", "neither transactions nor subscriptions were brought"


OVERALL = ("csat", "ces", "stars")
"""Questions about the whole: one of them heads the score where several are answered equally often."""


def _metric(config: CompanyConfig, answers: Mapping[str, int], others: int) -> tuple[str | None, str]:
    if config.score_metric is not None:
        return config.score_metric.lower(), "as set"
    if "nps" in answers:
        return "nps", "the feedback has NPS answers"
    if not answers and others:
        return None, f"all {others:,} scored answers are of employees, partners or suppliers"
    if not answers:
        return None, "no scored feedback was brought"
    most = max(answers.values())
    first = sorted(metric for metric, n in answers.items() if n == most)
    overall = [metric for metric in OVERALL if metric in first]
    if len(first) == 1 or overall:
        chosen = (overall or first)[0]
        return chosen, f"{chosen} has the most answers" if len(first) == 1 else f"{chosen} is asked of the whole"
    return None, f"{', '.join(first)} have equally many answers. Set score_metric in worthline.toml"
