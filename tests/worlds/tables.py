"""Records of worlds -> the tables of docs/methods/worlds.md: how often intervals hold the truth, and how wide they are.

Gives     `lines`: the page's tables as text. Pooled per setting and outcome, and the worst cell of each.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

Record = Mapping[str, Any]
EQUITY = "customer_equity"
LEAST = 10
"""Worlds below which a cell's share is not judged."""


def share(flags: Sequence[bool]) -> str:
    """42 of 44 (95%)."""
    return f"{sum(flags)} of {len(flags)} ({np.mean(flags):.0%})" if flags else ""


def of_effects(studies: Mapping[str, Sequence[Record]]) -> list[str]:
    """Intervals of effects, pooled by setting and outcome."""
    heads = ("setting", "outcome", "worlds", "intervals", "hold the truth", "weakest cell", "mean error / its SE")
    heads += ("width / the oracle's", "zero left out, truth 4 oracle SE off", "graded D", "with money")
    made = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for name, records in studies.items():
        for outcome in ("retention", "margin", "purchases", "contacts"):
            rows = [(n, e) for n, r in enumerate(records) for e in r.get("effects", []) if e["outcome"] == outcome]
            published = [(n, e) for n, e in rows if e["low"] is not None]
            if published:
                made.append(_effect_line(name, outcome, len(records), published))
    return made


def _effect_line(name: str, outcome: str, worlds: int, rows: Sequence[tuple[int, Record]]) -> str:
    effects = [e for _, e in rows]
    error = np.array([(e["high"] - e["low"]) / 3.92 for e in effects])
    off = np.array([e["estimate"] - e["truth"] for e in effects])
    wide = [s / e["oracle"] for s, e in zip(error, effects, strict=True) if e["oracle"]]
    clear = [e for e in effects if e["oracle"] and abs(e["truth"]) >= 4 * e["oracle"]]
    cells: dict[tuple[str, int], list[bool]] = {}
    for e in effects:
        cells.setdefault((e["cause"], e["horizon"]), []).append(holds(e))
    (cause, horizon), least = min(cells.items(), key=lambda cell: np.mean(cell[1]))
    told = (
        name,
        outcome,
        str(worlds),
        str(len(effects)),
        f"{np.mean([holds(e) for e in effects]):.1%}",
        f"{cause}, {horizon} months: {share(least)}",
        f"{np.mean(off / np.maximum(error, 1e-12)):+.2f}",
        f"{np.mean(wide):.2f}" if wide else "",
        share([not e["low"] <= 0 <= e["high"] for e in clear]),
        share([e["grade"] == "D" for e in effects]),
        share([e["money"] for e in effects]) if outcome == "margin" else "",
    )
    return f"| {' | '.join(told)} |"


def holds(effect: Record) -> bool:
    """Whether the published interval holds the truth."""
    return bool(effect["low"] <= effect["truth"] <= effect["high"])


def of_false_findings(studies: Mapping[str, Sequence[Record]]) -> list[str]:
    """Worlds in which nothing has an effect: how often an interval leaves out zero, by side."""
    made = [
        "| setting | outcome | intervals | not published | above zero | below zero | graded D | with money |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, records in studies.items():
        for outcome in ("retention", "margin"):
            rows = [e for r in records for e in r["effects"] if e["outcome"] == outcome]
            known = [e for e in rows if e["low"] is not None]
            if rows:
                above, below = ([e["low"] > 0 for e in known], [e["high"] < 0 for e in known])
                told = (name, outcome, str(len(known)), str(len(rows) - len(known)), share(above), share(below))
                graded = share([e["grade"] == "D" for e in known]), share([e["money"] for e in known])
                made.append(f"| {' | '.join((*told, *graded))} |")
    return made


def of_warnings(records: Sequence[Record]) -> list[str]:
    """Hidden worlds: of estimates off by over a standard error, how many are D or bounded by an interval with the truth."""
    made = ["| experience | horizon | intervals | hold the truth | off by a standard error | of those, warned |"]
    made.append("|---|---|---|---|---|---|")
    cells: dict[tuple[str, int], list[Record]] = {}
    for record in records:
        for e in record["effects"]:
            if e["low"] is not None and e["outcome"] in ("retention", "margin"):
                cells.setdefault((e["cause"], e["horizon"]), []).append(e)
    for (cause, horizon), effects in sorted(cells.items()):
        off = [e for e in effects if abs(e["estimate"] - e["truth"]) > (e["high"] - e["low"]) / 3.92]
        held = share([holds(e) for e in effects])
        told = (cause, f"{horizon}", f"{len(effects)}", held, f"{len(off)}", share([warned(e) for e in off]))
        made.append(f"| {' | '.join(told)} |")
    return made


def warned(effect: Record) -> bool:
    """Whether a check made it a correlation, or the sensitivity bound holds the truth."""
    low, high = effect["bound_low"], effect["bound_high"]
    return bool(effect["grade"] == "D" or (low is not None and low <= effect["truth"] <= high))


def of_money(studies: Mapping[str, Sequence[Record]]) -> list[str]:
    """Total money of experiences against the truth: of what is estimated, and with its remainder in money.

    The total speaks of those who were customers the month before; with its remainder, of everyone.
    """
    heads = ("setting", "worlds", "no total", "mean truth", "mean total", "total / truth", "total holds the truth")
    heads += ("with correlations", "with the remainder", "remainder / truth", "any of these")
    made = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for name, records in studies.items():
        rows = [r["money"] for r in records if r.get("money") and r["money"]["truth"].get("total")]
        told = [m for m in rows if _level(m, "total") or _level(m, "total_with_correlation")]
        if not rows:
            continue
        truth = [m["truth"]["total"][0] for m in told]
        joint = [(_level(m, "total") or {"joint": 0.0})["joint"] for m in told]
        ratio = f"{np.mean(joint) / np.mean(truth):.0%}" if told and np.mean(truth) else ""
        means = (f"{np.mean(v):,.0f}" if told else "" for v in (truth, joint))
        held = [held_totals(m) for m in told]
        shares = (share([h[k] for h in held]) for k in range(3))
        left = [abs(_remainder(m)) / abs(m["truth"]["total"][1]) for m in told if m["truth"]["total"][1]]
        part = f"{np.mean(left):.0%}" if left else ""
        any_of = share([any(h) for h in held])
        cells = (name, f"{len(rows)}", f"{len(rows) - len(told)}", *means, ratio, *shares, part, any_of)
        made.append(f"| {' | '.join(cells)} |")
    return made


def held_totals(money: Record) -> tuple[bool, bool, bool]:
    """Whether the truth lies in the total's interval; in that with correlations; in the total's with its remainder.

    The remainder counts where it is at most a fifth of the truth.
    """
    eligible, everyone, _ = money["truth"]["total"]
    total, wide, rest = _level(money, "total"), _level(money, "total_with_correlation"), _remainder(money)
    small = abs(rest) <= 0.2 * abs(everyone)
    with_rest = small and total is not None and total["joint_low"] + rest <= everyone <= total["joint_high"] + rest
    return _inside(total, eligible), _inside(wide, eligible), with_rest


def _inside(row: Record | None, truth: float) -> bool:
    return row is not None and row["joint_low"] <= truth <= row["joint_high"]


def _level(money: Record, level: str) -> Record | None:
    rows = [row for row in money["levels"].get(level, []) if row["joint"] is not None]
    return rows[0] if rows else None


def _remainder(money: Record) -> float:
    return float(sum(row["joint"] or 0.0 for row in money["levels"].get("remainder", [])))


def of_equity(studies: Mapping[str, Sequence[Record]]) -> list[str]:
    """Published 12-month intervals of customer equity and of next year's margin against what came."""
    made = [
        "| setting | figure | worlds | not published | hold what came | mean error | half width | single customers held |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, records in studies.items():
        for figure in (EQUITY, "margin_next_12m"):
            rows = [
                (r["equity"]["came"], *r["equity"][figure], r["equity"]["single"]) for r in records if "equity" in r
            ]
            known = [row for row in rows if row[1] is not None and row[2] is not None]
            if not known:
                continue
            came, value, low, high, single = (np.array(column, float) for column in zip(*known, strict=True))
            held = share(((low <= came) & (came <= high)).tolist())
            error, width = f"{np.mean(value / came - 1):+.1%}", f"{np.mean((high - low) / 2 / value):.1%}"
            counts = f"{len(known)} | {len(rows) - len(known)}"
            single_held = "" if np.isnan(single).all() else f"{single.mean():.1%}"
            made.append(f"| {name} | {figure} | {counts} | {held} | {error} | {width} | {single_held} |")
    return made


def of_churn(studies: Mapping[str, Sequence[Record]]) -> list[str]:
    """Mean published probability of leaving against the share that left."""
    made = [
        "| setting | horizon | worlds | scores shown | mean difference, points | largest | within 2 points |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, records in studies.items():
        for score in ("p_leave", "p_leave_12m"):
            rows = [r["churn"][score] for r in records if "churn" in r]
            known, shown = [row for row in rows if row], share([row is not None for row in rows])
            if not rows:
                continue
            label = "12 months" if score == "p_leave_12m" else "as published"
            if not known:
                made.append(f"| {name} | {label} | {len(rows)} | {shown} |  |  |  |")
                continue
            off = np.array([100 * (one["predicted"] - one["left"]) for one in known])
            near = share((np.abs(off) <= 2).tolist())
            largest = off[np.abs(off).argmax()]
            made.append(f"| {name} | {label} | {len(rows)} | {shown} | {off.mean():+.1f} | {largest:+.1f} | {near} |")
    return made


def page(parts: Iterable[tuple[str, list[str]]], text: str) -> str:
    """The page's text with each part's table between its marks. Raises ValueError for a part without marks."""
    for name, table in parts:
        start, end = f"<!-- {name} -->\n", f"<!-- end {name} -->"
        if start not in text or end not in text:
            raise ValueError(f"worlds.md has no marks for the part {name!r}")
        head, rest = text.split(start, 1)
        text = f"{head}{start}{chr(10).join(table)}\n{end}{rest.split(end, 1)[1]}"
    return text
