"""How often intervals of NPS and CSAT hold the truth, by respondents and answers each; writes the table of counted.md.

    python -m tests.stats.score_coverage --worlds 2000 --write

Method    respondents draw a feeling, answers repeat half of its variance; weights are one over the chance of being in
          the survey, which rises with the feeling from a fifth to one: they go with the score and differ five-fold.
          "1 to 15": how often people answer goes with the feeling, unhappy ones far more often; the truth is then that
          of all answers.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from math import sqrt
from pathlib import Path

import numpy as np
from scipy.special import ndtr, ndtri

from worthline.stats.intervals import RespondentSums, nps_interval, share_interval

PAGE = Path(__file__).parents[2] / "docs/methods/counted.md"
START, END = "<!-- coverage of scores -->\n", "<!-- end coverage of scores -->"
VARIED = 0
"""In place of a number of answers: between 1 and MOST, more of them by unhappy people."""
MOST = 15
ANSWERS = (1, 2, 4, 12, VARIED)
SCORES = {
    "NPS, 20/30/50": (0.2, 0.3, 0.5),
    "NPS, 5/15/80": (0.05, 0.15, 0.8),
    "CSAT, 70%": (0.3, 0.7),
    "CSAT, 90%": (0.1, 0.9),
}
"""Shares of answers: detractors, passives, promoters; or dissatisfied, satisfied."""


def covered(shares: tuple[float, ...], people: int, answers: int, *, weighted: bool, worlds: int, seed: int) -> float:
    """Share of `worlds` whose interval holds the truth."""
    interval, scale = (nps_interval, 100) if len(shares) == 3 else (share_interval, 1)
    truth = scale * true_mean(shares, answers)
    rng = np.random.default_rng([seed, people, answers, weighted])
    ends = [interval(sums) for sums in samples(rng, worlds, people, answers, shares, weighted)]
    return float(np.mean([low <= truth <= high for low, high in ends]))


def true_mean(shares: tuple[float, ...], answers: int) -> float:
    """Mean of what an answer counts, over answers of everybody."""
    if answers != VARIED:
        return shares[-1] - (shares[0] if len(shares) == 3 else 0)
    cuts = ndtri(np.cumsum(shares)[:-1])
    feeling = ndtri((np.arange(20_000) + 0.5) / 20_000)
    apart = sqrt(0.5)
    happy, unhappy = 1 - ndtr(cuts[-1] / apart - feeling), ndtr(cuts[0] / apart - feeling)
    counts = happy - (unhappy if len(shares) == 3 else 0)
    often = 1 + (MOST - 1) * _often(feeling)
    return float((often * counts).sum() / often.sum())


def samples(
    rng: np.random.Generator, worlds: int, people: int, answers: int, shares: tuple[float, ...], weighted: bool
) -> Iterator[RespondentSums]:
    """One sample a world."""
    cuts = ndtri(np.cumsum(shares)[:-1])
    feeling = rng.normal(size=(worlds, 8 * people if weighted else people))
    if weighted:
        answered = rng.random(feeling.shape) < _asked(feeling)
        first = np.argsort(~answered, axis=1, kind="stable")[:, :people]
        feeling = np.take_along_axis(feeling, first, 1)
    most = answers or MOST
    often = np.full(feeling.shape, answers)
    if answers == VARIED:
        often = 1 + rng.binomial(MOST - 1, _often(feeling))
    given = np.arange(most) < often[..., None]
    said = sqrt(0.5) * (feeling[..., None] + rng.normal(size=(worlds, people, most)))
    y = ((said > cuts[-1]).astype(float) - ((said < cuts[0]) if len(cuts) == 2 else 0)) * given
    w = 1 / _asked(feeling) if weighted else np.ones_like(feeling)
    each_y, each_w = w * y.sum(axis=2), w * often
    sums = [each_w, each_y, w * (y * y).sum(axis=2), each_y**2, each_y * each_w, each_w**2, each_w**4]
    for numbers, count in zip(np.array([part.sum(axis=1) for part in sums]).T.tolist(), often.sum(axis=1), strict=True):
        yield RespondentSums(people, int(count), *numbers)


def _asked(feeling: np.ndarray) -> np.ndarray:
    return 0.2 + 0.8 / (1 + np.exp(-1.5 * feeling))


def _often(feeling: np.ndarray) -> np.ndarray:
    """Chance of each of the further answers."""
    return 1 / (1 + np.exp(2 * feeling + 1))


def table(worlds: int) -> list[str]:
    """Lines of the table."""
    heads = [
        "1 to 15, unhappy people more" if n == VARIED else f"{n} answers" if n > 1 else "1 answer" for n in ANSWERS
    ]
    lines = ["| score | respondents | " + " | ".join(heads) + " |"]
    lines.append("|---" * (2 + len(ANSWERS)) + "|")
    for weighted in (False, True):
        for name, shares in SCORES.items():
            for people in (10, 20, 30, 60, 100, 200):
                held = [covered(shares, people, n, weighted=weighted, worlds=worlds, seed=1) for n in ANSWERS]
                cells = " | ".join(f"{each:.1%}" for each in held)
                lines.append(f"| {name}{', weighted' if weighted else ''} | {people} | {cells} |")
    return lines


def main() -> None:
    """Print the table, or write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=2_000)
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    lines = "\n".join(table(chosen.worlds))
    if not chosen.write:
        sys.stdout.write(lines + "\n")
        return
    text = PAGE.read_text("utf-8")
    head, rest = text.split(START)
    PAGE.write_text(f"{head}{START}{lines}\n{END}{rest.split(END)[1]}", encoding="utf-8")


if __name__ == "__main__":
    main()
