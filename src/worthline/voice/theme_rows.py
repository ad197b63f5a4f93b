"""What themes are worth: how many speak of each, how they feel, what margin is at risk with them. Arrow and numpy.

Reads     Voice; customer_scores' margin at risk; the panel's leavers; who owns each touchpoint.
Gives     Findings: tables themes, theme_items, theme_trends, theme_drivers, theme_leavers; the figure comments_12m.
Method    counts, scores, sentiment and customers are of customers' comments of the last 12 months. Margin at risk is
          that of those customers, each once a theme: overlapping, as a customer may speak of several. Owner: the group
          that owns most of the touchpoints the comments are about, if it has at least OWNS of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from worthline.metrics import dimensions, formatting
from worthline.results import Compute, Dataset, Figure, Findings, Voice
from worthline.stats.intervals import Z95
from worthline.voice import arrays, contrasts, months
from worthline.voice.arrays import Bools, Floats, Ints, Said
from worthline.voice.figures import comments_figure, sentence
from worthline.voice.months import Months
from worthline.voice.schema import DRIVERS, ITEMS, LEAVERS, THEME_ITEMS, THEMES, TRENDS

if TYPE_CHECKING:
    import ibis.expr.types as ir

OWNS = 0.4
LIST_IT = "name its group under [[voice.themes]] or in a rule of [[routing]]."


def worth(ds: Dataset, rooms: Compute, words: Voice, known: Sequence[ir.Table], panel: ir.Table | None) -> Findings:
    """All tables; `known` are columns of customer_scores."""
    as_of = ds.settings.as_of
    owners = _owners(ds, rooms)
    text_arrays = arrays.read(words)
    about = list(text_arrays.about())
    by_month = months.by_month(text_arrays, about, as_of)
    names = [(row["theme"], row["label"]) for row in words.themes.select(["theme", "label"]).to_pylist()]
    rows = _themes(words, text_arrays, about, by_month, _at_risk(rooms, known), owners, ds)
    grouped = {row["theme"]: row["group"] for row in rows}
    tables = {
        "themes": pa.Table.from_pylist(sorted(rows, key=lambda row: (-row["volume"], row["theme"])), THEMES),
        "theme_items": theme_items(words, owners, grouped),
    }
    if by_month:
        tables["theme_trends"] = pa.Table.from_pylist(months.rows(names, by_month), TRENDS)
    drivable = [(i, *names[i]) for i, row in enumerate(words.themes["origin"].to_pylist()) if row != "heading"]
    if drivers := contrasts.drivers(text_arrays, about, drivable, ds.settings.score_metric):
        tables["theme_drivers"] = pa.Table.from_pylist(drivers, DRIVERS)
    if leavers := contrasts.leavers(text_arrays, about, drivable, _left(rooms, panel), as_of):
        tables["theme_leavers"] = pa.Table.from_pylist(leavers, LEAVERS)
    figure = comments_figure(_late(text_arrays, as_of), rows, by_month, ds.settings)
    figures: tuple[Figure, ...] = () if figure is None else (figure,)
    return Findings({**tables, **words.tables}, figures=figures, notes=words.notes)


def theme_items(words: Voice, owners: dict[str, str], grouped: dict[str, str | None]) -> pa.Table:
    """One row per text and theme, texts without a theme among them, in order of texts."""
    text = np.asarray(words.mentions["text"].to_numpy(), dtype=np.int64)
    without = np.setdiff1d(np.arange(words.items.num_rows), text)
    rows = np.concatenate([text, without])
    order = np.argsort(rows, kind="stable")
    take = pa.array(rows[order])
    theme = pa.concat_arrays([words.mentions["theme"].combine_chunks(), pa.nulls(len(without), pa.int64())]).take(
        pa.array(order)
    )
    loading = pa.concat_arrays([words.mentions["loading"].combine_chunks(), pa.nulls(len(without), pa.float64())])
    items = words.items.take(take)
    named = words.themes["theme"].take(theme)
    places = items["touchpoint"].to_pylist()
    group = [
        owners.get(place or "") or (grouped.get(name) if name is not None else None)
        for place, name in zip(places, named.to_pylist(), strict=True)
    ]
    columns: dict[str, Any] = {name: items[name] for name in ITEMS.names}
    columns |= {
        "theme": named,
        "label": words.themes["label"].take(theme),
        "loading": loading.take(pa.array(order)),
        "group": pa.array(group, pa.string()),
    }
    return pa.table({name: columns[name] for name in THEME_ITEMS.names}).cast(THEME_ITEMS)


def _owners(ds: Dataset, rooms: Compute) -> dict[str, str]:
    """By touchpoint the group that owns it; of several the first by name."""
    owned = dimensions.owners(ds)
    out: dict[str, str] = {}
    for row in [] if owned is None else rooms.fetch(owned.order_by("touchpoint", "group")).to_pylist():
        out.setdefault(row["touchpoint"], row["group"])
    return out


def _at_risk(rooms: Compute, score_columns: Sequence[ir.Table]) -> dict[str, Decimal] | None:
    """Margin at risk by customer; None where it is not known."""
    with_margin = [table for table in score_columns if "margin_at_risk" in table.columns]
    if not with_margin:
        return None
    margins = rooms.fetch(
        with_margin[0].filter(with_margin[0].margin_at_risk.notnull()).select("customer_id", "margin_at_risk")
    )
    return dict(zip(margins["customer_id"].to_pylist(), margins["margin_at_risk"].to_pylist(), strict=True))


def _left(rooms: Compute, panel: ir.Table | None) -> dict[str, int]:
    """The month, counted from 1970, in which each customer left for the last time."""
    if panel is None or "left" not in panel.columns:
        return {}
    leaving_months = panel.filter(panel.left).group_by("customer_id").agg(month=panel.month.max())
    leavers = rooms.fetch(leaving_months.order_by("customer_id"))
    days = np.array(leavers["month"].to_pylist(), dtype="datetime64[M]").astype(np.int64)
    return dict(zip(leavers["customer_id"].to_pylist(), days.tolist(), strict=True))


def _late(text_arrays: Said, as_of: date) -> Bools:
    """Customers' comments of the 12 months up to a day; those without a day too."""
    day = 28 if (as_of.month, as_of.day) == (2, 29) else as_of.day
    start = np.datetime64(as_of.replace(year=as_of.year - 1, day=day))
    inside = np.isnat(text_arrays.day) | ((text_arrays.day > start) & (text_arrays.day <= np.datetime64(as_of)))
    return np.asarray(text_arrays.is_comment & text_arrays.by_customer & inside)


def _themes(
    words: Voice,
    text_arrays: Said,
    about: Sequence[Ints],
    by_month: Sequence[Months],
    at_risk: dict[str, Decimal] | None,
    owners: dict[str, str],
    ds: Dataset,
) -> list[dict[str, Any]]:
    late = _late(text_arrays, ds.settings.as_of)
    risk = None if at_risk is None else [at_risk.get(customer, Decimal(0)) for customer in text_arrays.customers]
    group = [owners.get(place or "") for place in text_arrays.touchpoint]
    metric = _metric(text_arrays, late, ds.settings.score_metric)
    of_metric = np.array([m == metric for m in text_arrays.metric], dtype=np.bool_) & ~np.isnan(text_arrays.score)
    out = []
    for number, theme in enumerate(words.themes.to_pylist()):
        texts = about[number]
        row: dict[str, Any] = {**dict.fromkeys(THEMES.names), **theme}
        recent = texts[late[texts]]
        comment_texts = texts[text_arrays.is_comment[texts]]
        customers = np.unique(text_arrays.customer[recent][text_arrays.customer[recent] >= 0])
        row["volume"], row["customers"] = len(recent), len(customers)
        row["volume_all"] = int(text_arrays.by_customer[comment_texts].sum())
        row["volume_others"] = len(comment_texts) - row["volume_all"]
        row["share"] = round(len(recent) / late.sum(), 9) if late.any() else None
        row["sentiment_n"] = int((~np.isnan(text_arrays.sentiment[recent])).sum())
        row["sentiment"], row["sentiment_low"], row["sentiment_high"] = _mean(
            text_arrays.sentiment[recent], text_arrays.customer[recent]
        )
        scored = recent[of_metric[recent]]
        row["score"], row["score_low"], row["score_high"] = _mean(
            text_arrays.score[scored], text_arrays.customer[scored]
        )
        row["score_n"] = len(scored)
        row["emotion"], row["emotional_share"] = _emotion([text_arrays.emotion[i] for i in recent.tolist()])
        row["group"], row["group_reason"] = theme["group"], None
        if not theme["group"]:
            named = sum(bool(text_arrays.touchpoint[i]) for i in recent.tolist())
            row["group"], row["group_reason"] = _owner([group[i] for i in recent.tolist()], named)
        if risk is not None:
            total = sum((risk[i] for i in customers.tolist()), Decimal(0))
            row["margin_at_risk"] = total.quantize(Decimal("0.0001"))
        if by_month:
            _moved(row, by_month[number + 1])
        row["sentence"] = sentence(row, ds.settings.currency, metric)
        out.append(row)
    return out


def _metric(text_arrays: Said, late: Bools, heads: str | None) -> str | None:
    """The score that themes are told by: the company's, if comments bear it, else the one most of them bear."""
    scored = late & ~np.isnan(text_arrays.score)
    counts = Counter(m for m, good in zip(text_arrays.metric, scored.tolist(), strict=True) if good and m is not None)
    return min(counts, key=lambda m: (m != heads, -counts[m], m)) if counts else heads


def _mean(values: Floats, customer: Ints) -> tuple[float | None, float | None, float | None]:
    """Mean and 95% interval, customers being the independent ones; no interval for fewer than ten."""
    is_known = ~np.isnan(values)
    values, customer = values[is_known], customer[is_known]
    if not len(values):
        return None, None, None
    mean = float(values.mean())
    each = np.where(customer >= 0, customer, -1 - np.arange(len(customer)))
    number = np.unique(each, return_inverse=True)[1]
    sums = np.bincount(number, values - mean)
    if len(sums) < 10:
        return round(mean, 4), None, None
    half = Z95 * float(np.sqrt((sums**2).sum() * len(sums) / (len(sums) - 1))) / len(values)
    return round(mean, 4), round(mean - half, 4), round(mean + half, 4)


def _emotion(emotions: Sequence[str | None]) -> tuple[str | None, float | None]:
    """The commonest emotion, and the share of comments with any, among those of which it is known."""
    known = [emotion for emotion in emotions if emotion is not None]
    carried = Counter(emotion for emotion in known if emotion != "none")
    if not known:
        return None, None
    most = min(carried, key=lambda e: (-carried[e], e)) if carried else "none"
    return most, round(sum(carried.values()) / len(known), 4)


def _owner(groups: Sequence[str | None], named: int) -> tuple[str | None, str | None]:
    """The group that owns most of what comments are about, or why none does; `named` of them name a touchpoint."""
    if not groups:
        return None, f"No comment in the last 12 months, so no owner: {LIST_IT}"
    if not named:
        return None, f"None of its {formatting.how_many(len(groups), 'comment')} names a touchpoint: {LIST_IT}"
    counts = Counter(group for group in groups if group is not None)
    if not counts:
        return None, "No group owns the touchpoints of its comments: name owners in responsibilities or touchpoints."
    most = min(counts, key=lambda group: (-counts[group], group))
    share = counts[most] / sum(counts.values())
    if share >= OWNS:
        return most, None
    reason = f"{most} owns the largest part of what its comments are about, {formatting.share(share)}"
    return None, f"{reason}; an owner needs {OWNS:.0%}. {LIST_IT[0].upper()}{LIST_IT[1:]}"


def _moved(row: dict[str, Any], each: Months) -> None:
    """Trend and alarm of a theme."""
    if each.trend is not None:
        row["trend"], row["low"], row["high"] = each.trend.change, each.trend.low, each.trend.high
    alarms = [month for month in each.alarms() if month >= len(each.counts) - 12]
    row["alarm"] = bool(alarms)
    if alarms:
        month = alarms[0]
        row["alarm_month"] = each.day(month)
        observed, expected = f"{int(each.counts[month]):,}", f"{each.expected[month]:,.0f}"
        row["alarm_says"] = f"{each.day(month):%B %Y}: {observed} comments where {expected} were to be expected."
