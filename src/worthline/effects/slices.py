"""Whether an experience does the same in every channel, and at the first contact as at later ones. numpy only.

Reads     an experience of contacts, whose rows know the channel; a History; effects of each slice.
Gives     the experience within each channel, and at the n-th contact of twelve months; for each way of slicing a check
          that says whether all slices have one and the same effect.
Method    at the n-th contact: among customers who reach it, those for whom it went well are the comparison.
          Cochran (1954), Biometrics 10, 101-129: the weighted squared distance of the slices' effects from their
          mean against chi-squared of one less than there are slices.
Assumes   slices share few customers: they seldom change channel, and an n-th contact comes once a year. The contacts of
          twelve months must be on record, so the first year of the record has no n-th contact.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from worthline.effects import checks
from worthline.effects.checks import Check
from worthline.effects.effect import Effect
from worthline.effects.experiences import THROUGH, TOUCHES, Experience
from worthline.effects.history import History
from worthline.metrics import formatting
from worthline.stats.cross_fitting import Bools

HORIZON = 3
"""Months after which slices are compared."""
DIFFER_P = 0.05
NTH = ("first", "second", "third or later")
"""Contacts of twelve months that are told apart."""
YEAR = 12


@dataclass(frozen=True, slots=True)
class Slicing:
    """One way of slicing an experience."""

    segment: str
    """Stands before the slice in the segment that its effects bear."""
    check: str
    """Name of the check that tells whether slices differ."""
    subject: str
    """… differ, in a sentence."""


CHANNELS = Slicing("channel", "channels", "channels")
CONTACTS = Slicing("contact of twelve months", "first and later contacts", "first and later contacts")


def channels(one: Experience) -> Iterator[tuple[str, Experience]]:
    """The experience within each channel in which it happened often enough; none where there is only one."""
    if one.kind not in ("unresolved", "wait") or one.touchpoint is not None or one.is_remainder:
        return
    flags = {
        name.removeprefix(THROUGH): flag > 0 for name, flag in one.extra_covariates.items() if name.startswith(THROUGH)
    }
    without = {name: values for name, values in one.extra_covariates.items() if not name.startswith(THROUGH)}
    for name, part in _often_enough(replace(one, extra_covariates=without), flags):
        yield name, replace(part, had=f"{one.had}, through “{name}”,")


def contacts(one: Experience, history: History) -> Iterator[tuple[str, Experience]]:
    """A contact left unresolved as the first of twelve months, the second, a later one; none where only one is told."""
    if one.kind != "unresolved" or one.touchpoint is not None or one.is_remainder:
        return
    any_month = np.diff(history.totals["contacts"].sum(axis=0)) > 0
    recorded = one.month >= int(np.argmax(any_month)) + YEAR
    before = history.summed("contacts", one.who, one.month - YEAR, one.month - 1)
    before += one.extra_covariates.get(TOUCHES, 0.0)
    nth = np.minimum(before, len(NTH) - 1)
    for name, part in _often_enough(one, {name: recorded & (nth == n) for n, name in enumerate(NTH)}):
        yield name, replace(part, had=f"{one.had}, the {name} of twelve months,")


def _often_enough(one: Experience, flags: dict[str, Bools]) -> Iterator[tuple[str, Experience]]:
    frequent = [
        (name, one.subset(rows)) for name, rows in flags.items() if one.exposed[rows].sum() >= checks.LEAST_EXPOSED
    ]
    if len(frequent) > 1:
        yield from frequent


def segment(by: Slicing, name: str) -> str:
    """The segment that an effect within a slice bears."""
    return f"{by.segment}: {name}"


def consistent(whole: Effect, parts: Sequence[Effect], by: Slicing) -> Effect:
    """The effect over all slices, with the check added; as it is where fewer than two slices are known."""
    from scipy.special import gammaincc

    known = [one for one in parts if one.estimate is not None and one.error > 0]
    if whole.estimate is None or len(known) < 2:
        return whole
    estimate = np.array([one.estimate for one in known], dtype=np.float64)
    weight = 1.0 / np.array([one.error for one in known], dtype=np.float64) ** 2
    q = float(weight @ (estimate - weight @ estimate / weight.sum()) ** 2)
    p = float(gammaincc((len(known) - 1) / 2, q / 2))
    estimates = ", ".join(f"{one.segment.removeprefix(f'{by.segment}: ')} {one.estimate:.3g}" for one in known)
    if p >= DIFFER_P:
        check = Check(by.check, "passed", p, f"No difference between {by.subject} is shown ({estimates}).")
    else:
        subject = f"{by.subject[0].upper()}{by.subject[1:]}"
        check = Check(
            by.check, "failed", p, f"{subject} differ beyond chance ({estimates}; p {formatting.decimal(p, 3)})."
        )
    return replace(whole, checks=(*whole.checks, check))
