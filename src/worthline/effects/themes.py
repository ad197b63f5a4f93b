"""What goes with writing of a theme: customers' comments about it against their comments about anything else.

Reads     exposures of a Voice: customer_id, day, theme; a History.
Gives     Experience of kind "said", one a theme: to be estimated like any other, never above "correlation only".
Method    a row per customer and month with a comment; exposed when one of its comments is about the theme. The
          MOST themes that most customers wrote of, with enough customers on either side.
Assumes   what is written of is not a treatment: it tells what was on the mind of those who stayed or left. No money.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from worthline.effects import checks
from worthline.effects.experiences import Experience
from worthline.effects.history import History
from worthline.stats.cross_fitting import Bools, Ints

MOST = 3
"""Themes of one company that are estimated."""
PREFIX = "theme: "
"""Stands before the name of a theme among experiences."""


def said(rows: pa.Table, history: History) -> list[Experience]:
    """Themes that enough customers wrote of, the most first."""
    if not rows.num_rows:
        return []
    who = history.number_of(rows["customer_id"])
    days = rows["day"].to_numpy().astype("datetime64[M]").astype(np.int64)
    month = days - history.base
    inside = (who >= 0) & (month >= 0) & (month < history.months)
    themes = rows["theme"].filter(pa.array(inside))
    cell = who[inside] * history.months + month[inside]
    every = np.unique(cell)
    experiences: list[tuple[int, str, Experience]] = []
    for name in sorted(name for name in pc.unique(themes).to_pylist() if name is not None):
        of_theme = np.asarray(pc.equal(themes, name).fill_null(False).to_numpy(), dtype=np.bool_)
        exposed = np.isin(every, cell[of_theme])
        customers = every // history.months
        is_exposed, had_not = (len(np.unique(customers[some])) for some in (exposed, ~exposed))
        if min(is_exposed, had_not) >= checks.LEAST_EXPOSED:
            experiences.append((-is_exposed, name, _experience(name, customers, every % history.months, exposed)))
    return [one for _, _, one in sorted(experiences, key=lambda each: each[:2])[:MOST]]


def _experience(name: str, who: Ints, month: Ints, exposed: Bools) -> Experience:
    exposure, instead = f"a comment about “{name}”", "a comment about something else"
    nothing = np.zeros(len(who), np.int64)
    return Experience(f"{PREFIX}{name}", "said", None, exposure, instead, who, month, exposed, nothing)
