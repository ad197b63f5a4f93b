"""Filters of pages: what the address chooses, what may be chosen, and the run as far as it was chosen.

Reads     a run; the names and values of an address.
Gives     `chosen`: Chosen, one run or two side by side, with the choices for a form; every choice is in the address,
          so that a link keeps it.
Assumes   a value that this run has not is wrong use and raises UsageError; a choice of few customers is not shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from worthline.errors import UsageError
from worthline.metrics import formatting
from worthline.run.narrowed import Narrowed, attributes
from worthline.run.small_groups import FEW
from worthline.run.view import RunView

BY_ATTRIBUTE = {
    "segment": ("segment", "Segment"),
    "region": ("region", "Region"),
    "channel": ("channel", "Channel"),
    "product": ("plan", "Plan"),
    "location": ("location", "Location"),
    "permission": ("contact_permission", "Contact permission"),
}
"""Filter in the address -> attribute of customers, and what it is called."""
BESIDE = "with_"
"""What stands before the names of the second choice in the address."""
RUNS = 8
"""Runs whose values are kept."""
_KEPT: dict[str, dict[str, tuple[str, ...]]] = {}
MOST = 200
"""Values that a filter offers; with more of them it is no filter but a name."""
SMALL = f"Hidden: this choice would tell of fewer than {FEW} customers, alone or by subtraction. Choose a larger group."


@dataclass(frozen=True, slots=True)
class Choice:
    """One filter: its name in the address, its label, what may be chosen, what is."""

    name: str
    label: str
    options: tuple[tuple[str, str], ...]
    chosen: str


@dataclass(frozen=True, slots=True)
class Side:
    """A run as far as it was chosen, and what that is called."""

    run: RunView
    title: str
    customers: str
    """How many there are; "" for the whole company."""
    is_small: bool = False


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a page shows: one side, or two; and its form."""

    sides: tuple[Side, ...]
    choices: tuple[Choice, ...]
    beside: tuple[Choice, ...]

    @property
    def is_narrowed(self) -> bool:
        """Whether anything was chosen."""
        return len(self.sides) > 1 or bool(self.sides[0].customers)


def names() -> tuple[str, ...]:
    """What an address may say."""
    return (*BY_ATTRIBUTE, *(BESIDE + name for name in BY_ATTRIBUTE))


def chosen(run: RunView, parameters: Mapping[str, str]) -> Chosen:
    """The run as the address wants it; raises UsageError for a value that it has not."""
    options = values(run)
    first = _side(run, parameters, options, "")
    sides = [first]
    if any(parameters.get(BESIDE + name) for name in BY_ATTRIBUTE):
        sides.append(_side(run, parameters, options, BESIDE))
    return Chosen(tuple(sides), _choices(options, parameters, ""), _choices(options, parameters, BESIDE))


def values(run: RunView) -> dict[str, tuple[str, ...]]:
    """Filter -> its values, in order; only filters with two at least, and not too many."""
    return {name: found for name, found in all_values(run).items() if 1 < len(found) <= MOST}


def all_values(run: RunView) -> dict[str, tuple[str, ...]]:
    """Filter -> every value of its attribute, in order. Counted once a run, for all pages: its files never change."""
    key = f"{run.path}/{run.run_id}"
    if key not in _KEPT:
        if len(_KEPT) >= RUNS:
            _KEPT.clear()
        _KEPT[key] = _values(run)
    return _KEPT[key]


def _values(run: RunView) -> dict[str, tuple[str, ...]]:
    if "customer_scores" not in run.tables():
        return {}
    columns = run.sql(f"{attributes(run)} limit 0").column_names
    by_name = {name: column for name, (column, _) in BY_ATTRIBUTE.items() if column in columns}
    if not by_name:
        return {}
    lists = ", ".join(
        f'list_sort(list_distinct(list(cast("{c}" as varchar)))) as {name}' for name, c in by_name.items()
    )
    [values_row] = run.sql(f"select {lists} from ({attributes(run)})").to_pylist()
    return {name: tuple(values_row[name] or ()) for name in by_name}


def _side(run: RunView, parameters: Mapping[str, str], options: Mapping[str, tuple[str, ...]], before: str) -> Side:
    by = {}
    for name, (column, label) in BY_ATTRIBUTE.items():
        value = parameters.get(before + name)
        if not value:
            continue
        if name not in options:
            raise UsageError(f"This run knows no {label.lower()} of its customers.")
        if value not in options[name]:
            some = ", ".join(options[name][:6])
            raise UsageError(
                f"?{before}{name}= is one of {some}{', …' if len(options[name]) > 6 else ''}; found {value[:40]!r}."
            )
        by[column] = value
    if not by:
        return Side(run, "All customers", "")
    narrowed = Narrowed(run, by)
    labels = dict(BY_ATTRIBUTE.values())
    title = ", ".join(f"{labels[column]} {value}" for column, value in by.items())
    if narrowed.is_small:
        return Side(narrowed, title, f"fewer than {FEW} customers", is_small=True)
    return Side(narrowed, title, formatting.how_many(narrowed.customers, "customer"))


def _choices(options: Mapping[str, tuple[str, ...]], parameters: Mapping[str, str], before: str) -> tuple[Choice, ...]:
    return tuple(
        Choice(before + name, BY_ATTRIBUTE[name][1], tuple((v, v) for v in distinct), parameters.get(before + name, ""))
        for name, distinct in options.items()
    )
