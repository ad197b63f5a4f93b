"""The table of docs/methods/risk.md: mean published probability against what came, by kind of company.

    python -m tests.customers.risk.level_study [KINDS] [FIRST:LAST]

KINDS: names of KINDS below, with commas; seeds FIRST to LAST - 1. Writes a line per world, then a line per kind.
"""

from __future__ import annotations

import sys

import numpy as np

from tests.customers.risk.companies import Lived, Way, contracts, opened, shop
from worthline.customers.risk import analyse
from worthline.customers.risk.analyse import horizons

KINDS = {
    "usual": (contracts, Way()),
    "few leave": (contracts, Way(hazard=0.009)),
    "growth": (contracts, Way(customers=1_500, growth=0.06)),
    "season": (contracts, Way(season=0.5)),
    "falling": (contracts, Way(temper=1.3)),
    "shock": (contracts, Way(shock=(20, 3, 2.2))),
    "late": (contracts, Way(contacts_from=8, leaving_from=6)),
    "shop": (shop, Way()),
    "shop season": (shop, Way(season=0.4)),
}


def errors(lived: Lived) -> list[tuple[int, float | None, float]]:
    """By horizon: mean published probability (None where no score is shown), share that left."""
    with opened(lived, **({"lapse_months": 6} if lived.setting == "non-contractual" else {})) as (ds, panel, rooms):
        rows = rooms.fetch(analyse(ds, panel, rooms).by_customer)
        ids = rows["customer_id"].to_pylist()
        found = []
        for name, ahead in zip(("p_leave", "p_leave_12m"), horizons(ds), strict=True):
            p = rows[name].to_numpy(zero_copy_only=False).astype(float)
            shown = None if np.isnan(p).all() else float(np.nanmean(p))
            found.append((ahead, shown, float(np.mean([i in lived.gone[ahead] for i in ids]))))
        return found


def main(arguments: list[str]) -> None:
    """Run the worlds and write the table."""
    names = arguments[0].split(",") if arguments else list(KINDS)
    first, last = (int(part) for part in (arguments[1] if len(arguments) > 1 else "0:5").split(":"))
    for name in names:
        make, way = KINDS[name]
        seen: dict[int, list[float | None]] = {}
        for seed in range(first, last):
            for ahead, shown, came in errors(make(way, seed)):
                seen.setdefault(ahead, []).append(None if shown is None else shown - came)
                sys.stdout.write(f"{name}, seed {seed}, {ahead} months: published {shown}, left {came:.4f}\n")
        for ahead, found in seen.items():
            known = np.array([error for error in found if error is not None])
            within = f"{np.mean(np.abs(known) <= 0.02):.0%}" if known.size else "-"
            mean = f"{100 * known.mean():+.2f} points on average" if known.size else ""
            counted = f"shown {known.size} of {len(found)}, within 2 points {within}; {mean}"
            sys.stdout.write(f"== {name}, {ahead} months: {counted}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
