"""What a run, a figure and an effect show of themselves in a notebook: the same sentences as everywhere.

Reads     what run.json, figures.json and the table effects say.
Gives     Figures (a list that is also asked by name), Effect, Effects, and the HTML of a run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any, SupportsIndex, overload

from worthline.errors import NoSuchName
from worthline.results import Figure, evidence_words


class Figures(list[Figure]):
    """The figures of a run, in the order of the overview; `figures["nps"]` is one of them by its name."""

    @overload
    def __getitem__(self, at: SupportsIndex) -> Figure: ...
    @overload
    def __getitem__(self, at: slice) -> list[Figure]: ...
    @overload
    def __getitem__(self, at: str) -> Figure: ...

    def __getitem__(self, at: SupportsIndex | slice | str) -> Figure | list[Figure]:
        """By place or by name; raises NoSuchName with the nearest names."""
        if not isinstance(at, str):
            return super().__getitem__(at)
        for figure in self:
            if figure.name == at:
                return figure
        raise NoSuchName("figure", at, [figure.name for figure in self])

    def _repr_html_(self) -> str:
        return listed(self)


@dataclass(frozen=True)
class Effect:
    """One published effect: what an experience does to an outcome, after how many months, and how that is known."""

    effect_id: str
    cause: str
    outcome: str
    horizon_months: int
    segment: str
    estimate: float | None
    low: float | None
    high: float | None
    grade: str | None
    sentence: str

    def __str__(self) -> str:
        return self.sentence

    def _repr_html_(self) -> str:
        evidence = evidence_words(self.grade, self.low, self.high)
        return f"<p>{escape(self.sentence)}</p>" + (
            f"<p><small>Evidence: {escape(evidence)}</small></p>" if evidence else ""
        )


class Effects(Mapping[str, Effect]):
    """The effects of a run by effect_id."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        names = Effect.__dataclass_fields__
        parsed: list[dict[str, Any]] = [
            {name: row.get(name) for name in names} | {"sentence": _said(row)} for row in rows
        ]
        self._by = {str(parts["effect_id"]): Effect(**parts) for parts in parsed}

    def __getitem__(self, name: str) -> Effect:
        """One effect; raises NoSuchName with the nearest names."""
        if name not in self._by:
            raise NoSuchName("effect", name, self._by)
        return self._by[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by)

    def __len__(self) -> int:
        return len(self._by)

    def _repr_html_(self) -> str:
        rows = "".join(f"<tr><td>{escape(e.effect_id)}</td><td>{escape(e.sentence)}</td></tr>" for e in self.values())
        return f"<table><tr><th>Effect</th><th>What it says</th></tr>{rows}</table>"


def _said(row: Mapping[str, Any]) -> str:
    return str(row.get("sentence") or f"{row['cause']}: the effect on {row['outcome']} is not known.")


def listed(figures: list[Figure]) -> str:
    """Figures with their sentences."""
    rows = "".join(f"<tr><th>{escape(f.label)}</th><td>{escape(f.sentence)}</td></tr>" for f in figures)
    return f"<table>{rows}</table>"


def run_html(about: Mapping[str, Any], run_id: str, figures: list[Figure]) -> str:
    """A run: whose data of which day, whether they are simulated, and its figures."""
    simulated = " <strong>SIMULATED</strong>" if about.get("simulated") else ""
    title = f"{escape(str(about['company']))}{simulated}, as of {escape(str(about['as_of']))}, run {escape(run_id[:6])}"
    return f"<p>{title}</p>{listed(figures)}"
