"""Whether an experience does the same in every channel. numpy only.

Reads     an experience of contacts, whose rows know the channel; effects of each channel.
Gives     the experience within each channel; a check "channels": one and the same effect, or not.
Method    Cochran (1954), Biometrics 10, 101-129: the weighted squared distance of the channels' effects from their
          mean against chi-squared of one less than there are channels.
Assumes   customers seldom change channel: effects of channels share few of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from worthline.effects import checks
from worthline.effects.checks import Check
from worthline.effects.effect import Effect
from worthline.effects.experiences import THROUGH, Experience
from worthline.metrics import words

HORIZON = 3
"""Months after which channels are compared."""
DIFFER_P = 0.05


def apart(one: Experience) -> Iterator[tuple[str, Experience]]:
    """The experience within each channel in which it happened often enough; none where there is only one channel."""
    if one.kind not in ("unresolved", "wait") or one.touchpoint is not None:
        return
    found = []
    for name, flag in one.more.items():
        rows = flag > 0
        if name.startswith(THROUGH) and one.exposed[rows].sum() >= checks.LEAST_EXPOSED:
            more = {key: values[rows] for key, values in one.more.items() if not key.startswith(THROUGH)}
            part = replace(
                one, who=one.who[rows], month=one.month[rows], exposed=one.exposed[rows], at=one.at[rows], more=more
            )
            found.append((name.removeprefix(THROUGH), part))
    if len(found) > 1:
        yield from found


def segment(channel: str) -> str:
    """The segment that an effect within a channel bears."""
    return f"channel: {channel}"


def consistent(whole: Effect, parts: Sequence[Effect]) -> Effect:
    """The effect over all channels, with the check added; as it is where fewer than two channels are known."""
    from scipy.special import gammaincc

    known = [one for one in parts if one.estimate is not None and one.error > 0]
    if whole.estimate is None or len(known) < 2:
        return whole
    estimate = np.array([one.estimate for one in known], dtype=np.float64)
    weight = 1.0 / np.array([one.error for one in known], dtype=np.float64) ** 2
    q = float(weight @ (estimate - weight @ estimate / weight.sum()) ** 2)
    p = float(gammaincc((len(known) - 1) / 2, q / 2))
    told = ", ".join(f"{one.segment.removeprefix('channel: ')} {one.estimate:.3g}" for one in known)
    if p >= DIFFER_P:
        check = Check("channels", "passed", p, f"No difference between channels is shown ({told}).")
    else:
        check = Check("channels", "failed", p, f"Channels differ beyond chance ({told}; p {words.decimal(p, 3)}).")
    return replace(whole, checks=(*whole.checks, check))
