"""What themes are worth: how many speak of each, how they feel, what margin is at risk with them. Arrow and numpy.

Reads     Voice; customer_scores' margin at risk; who owns each touchpoint.
Gives     Findings: tables themes and theme_items.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from worthline.metrics import dimensions
from worthline.results import Compute, Dataset, Findings, Voice
from worthline.voice.schema import ITEMS, THEME_ITEMS, THEMES

if TYPE_CHECKING:
    import ibis.expr.types as ir


def worth(ds: Dataset, rooms: Compute, words: Voice, known: Sequence[ir.Table]) -> Findings:
    """Both tables; `known` are columns of customer_scores."""
    owners = _owners(ds, rooms)
    items = theme_items(words, owners)
    at_risk = _at_risk(rooms, known)
    rows = [_theme(words, number, ds.settings.as_of, at_risk, owners) for number in range(words.themes.num_rows)]
    rows.sort(key=lambda row: (-row["volume"], row["theme"]))
    tables = {"themes": pa.Table.from_pylist(rows, THEMES), "theme_items": items}
    return Findings({**tables, **words.tables}, notes=words.notes)


def theme_items(words: Voice, owners: dict[str, str]) -> pa.Table:
    """One row a text and theme, texts without a theme among them, in order of texts."""
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
    own_group = words.themes["group"].take(theme)
    by_place = pa.array(
        [owners.get(t) if t is not None else None for t in items["touchpoint"].to_pylist()], pa.string()
    )
    columns: dict[str, Any] = {name: items[name] for name in ITEMS.names}
    columns |= {
        "theme": words.themes["theme"].take(theme),
        "label": words.themes["label"].take(theme),
        "loading": loading.take(pa.array(order)),
        "group": pa.array(
            [a if a is not None else b for a, b in zip(by_place.to_pylist(), own_group.to_pylist(), strict=True)],
            pa.string(),
        ),
    }
    return pa.table({name: columns[name] for name in THEME_ITEMS.names}).cast(THEME_ITEMS)


def _owners(ds: Dataset, rooms: Compute) -> dict[str, str]:
    """By touchpoint the group that owns it; of several the first by name."""
    owned = dimensions.owners(ds)
    out: dict[str, str] = {}
    for row in [] if owned is None else rooms.fetch(owned.order_by("touchpoint", "group")).to_pylist():
        out.setdefault(row["touchpoint"], row["group"])
    return out


def _at_risk(rooms: Compute, known: Sequence[ir.Table]) -> dict[str, Decimal] | None:
    """Margin at risk by customer; None where it is not known."""
    of = [table for table in known if "margin_at_risk" in table.columns]
    if not of:
        return None
    found = rooms.fetch(of[0].filter(of[0].margin_at_risk.notnull()).select("customer_id", "margin_at_risk"))
    return dict(zip(found["customer_id"].to_pylist(), found["margin_at_risk"].to_pylist(), strict=True))


def _year_before(day: date) -> date:
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def _theme(
    words: Voice, number: int, as_of: date, at_risk: dict[str, Decimal] | None, owners: dict[str, str]
) -> dict[str, Any]:
    about = np.asarray(words.mentions["theme"].to_numpy(), dtype=np.int64) == number
    rows = words.items.take(words.mentions["text"].filter(pa.array(about)))
    told = [
        row
        for row in rows.select(
            ["kind", "respondent", "day", "customer_id", "score", "sentiment", "touchpoint"]
        ).to_pylist()
        if row["kind"] == "comment"
    ]
    start = _year_before(as_of)
    late = [
        row for row in told if row["respondent"] == "customer" and (row["day"] is None or start < row["day"] <= as_of)
    ]
    customers = {row["customer_id"] for row in late if row["customer_id"] is not None}
    feelings = np.array([row["sentiment"] for row in late if row["sentiment"] is not None])
    places = Counter(owners[row["touchpoint"]] for row in late if row["touchpoint"] in owners)
    found = words.themes.slice(number, 1).to_pylist()[0]
    out: dict[str, Any] = dict.fromkeys(THEMES.names)
    out |= found
    out["group"] = found["group"] or (min(places, key=lambda g: (-places[g], g)) if places else None)
    out["volume"], out["customers"] = len(late), len(customers)
    out["volume_all"] = sum(row["respondent"] == "customer" for row in told)
    out["volume_others"] = len(told) - out["volume_all"]
    if len(feelings):
        out["sentiment"] = round(float(feelings.mean()), 6)
    if at_risk is not None:
        out["margin_at_risk"] = sum((at_risk.get(c, Decimal(0)) for c in sorted(customers)), Decimal(0)).quantize(
            Decimal("0.0001")
        )
    return out
