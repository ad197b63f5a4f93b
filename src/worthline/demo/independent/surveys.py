"""Who is asked how likely they are to recommend the company, who answers, and what everybody would have said.

Reads     a Life.
Gives     Surveys; `population`: the score of all customers, asked or not.
Method    score = 7 + 1.8 (satisfaction + noise), whole, between 0 and 10. Answering depends on satisfaction
          (`answering`) and on tenure, which is recorded.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from worthline.demo.independent.life import Array
from worthline.demo.independent.world import Life

NOISE = 0.6


@dataclass(frozen=True)
class Surveys:
    """One row per invitation."""

    who: Array
    month: Array
    answered: Array
    score: Array
    """What was or would have been answered."""
    nps: float
    """Of all customer-months of the record's last 12 months."""
    nps_today: float
    """Of the customers at the record's end."""


def ask(life: Life) -> Surveys:
    """A world's invitations, month by month."""
    rng = life.generator(10)
    rows, everyone = [], []
    for t, record in enumerate(life.records[: life.months]):
        noise, asked, answers = rng.normal(0, NOISE, life.customers), *rng.random((2, life.customers))
        score = np.clip(np.round(7 + 1.8 * (record["satisfaction"] + noise)), 0, 10)
        who = np.flatnonzero(record["here"] & (asked < life.setting.asked))
        tenure = t - life.people.joined[who]
        log_odds = -0.4 + life.setting.answering * record["satisfaction"][who] + 0.4 * (tenure > 12)
        rows.append((who, np.full(who.size, t), answers[who] < 1 / (1 + np.exp(-log_odds)), score[who]))
        everyone.append(score[record["here"] & (~record["leaves"] | (t < life.months - 1))])
    who, month, answered, score = (np.concatenate(column) for column in zip(*rows, strict=True))
    return Surveys(who, month, answered, score, nps(np.concatenate(everyone[-12:])), nps(everyone[-1]))


def nps(score: Array) -> float:
    """Promoters less detractors, in points; NaN of nobody.

    Shapes: `score` (n,); gives a number.
    """
    return 100 * float((score >= 9).mean() - (score <= 6).mean()) if score.size else float("nan")
