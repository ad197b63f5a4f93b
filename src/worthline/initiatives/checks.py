"""What speaks for and against an experiment, and the grade that follows. numpy only.

Reads     a Trial, the whole population of its initiative, and what the company declared of it.
Gives     Checks with a sentence each, for the arm and for the initiative.
Method    sample ratio: chi-square against the declared share, or against equal arms where they are nearly equal
          (Fabijan et al. 2019). Balance: a Wald test of all covariates at once, never a fixed distance. Rows after
          leaving, in two arms, or of unknown customers are no assignment: above MOST_LOST of all they lower the grade.
Assumes   a check that informs lowers nothing: it stands beside the effect.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from worthline.effects.checks import Check, grade
from worthline.initiatives.experiment import Trial
from worthline.metrics import formatting
from worthline.panel.treatments import CONTROL
from worthline.results import Grade
from worthline.stats.experiment_errors import effective_clusters
from worthline.stats.experiments import balance_p, equal_shares, sample_ratio, share_compared

MOST_LOST = 0.01
"""Share of rows that are no assignment, above which the others are no longer as they were drawn."""
BALANCE_P = 0.001
NEARLY_EQUAL = 0.05
"""Distance from equal arms within which equal arms are taken as meant, where no share was declared."""
LEAST_CLUSTERS = 20
"""Clusters of both arms below which their errors are not known well enough."""
LEAST_IN_ARM = 5
"""Clusters of one arm, counted as so many of equal size, below which their spread is not known well enough."""
MOST_SHARED = 0.01
"""Share of accounts with customers of both arms from which spill-over is warned of."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """Rows of treatments that were set aside for what is wrong with them, beside those that can be used."""

    own: int
    """That name the initiative."""
    usable: int
    """Of the initiative."""
    nameless: int
    """Whose initiative cannot be read: they may be of any."""
    usable_of_all: int


@dataclass(frozen=True, slots=True)
class Declared:
    """What the company wrote down of an initiative, as far as the checks need it."""

    control_share: float | None = None
    shared_accounts: float | None = None
    """Share of the accounts in the experiment that hold customers of both arms; None where there are no accounts."""
    others: tuple[str, ...] = ()
    """Other initiatives that reached more than a tenth of the same customers."""
    aside: SetAside | None = None


def of_arm(one: Trial, arm: str, declared: Declared) -> list[Check]:
    """All checks of one arm against the control group."""
    rows = np.flatnonzero(one.is_arm(arm) | one.is_arm(CONTROL))
    part = one.subset(one.is_arm(arm) | one.is_arm(CONTROL))
    treated = one.is_arm(arm)[rows]
    p_shares = equal_shares(part.stratum, treated)
    return [
        _assigned(one),
        _ratio(one, arm, declared, differs=p_shares < BALANCE_P),
        _shares(part, treated, p_shares),
        _balance(part, treated),
        *_set_aside(declared),
        *_clusters(part),
        *_spill_over(declared),
        *_overlapping(declared),
        *_crossed(one),
        *one.ends.checks(),
    ]


def experiment_grade(checks: Iterable[Check]) -> Grade:
    """A where the lot held, D where a check failed."""
    return grade("randomised", checks)


def _assigned(trial: Trial) -> Check:
    lost = {reason: count for reason, count in trial.excluded.items() if count}
    whole = trial.rows.num_rows + sum(trial.excluded.values())
    if not lost:
        return Check("assignment", "passed", 0.0, f"All {formatting.count(whole)} assignments count.")
    share = sum(lost.values()) / whole
    named = ", ".join(f"{formatting.count(count)} {reason}" for reason, count in lost.items())
    sentence = f"{formatting.share(share)} of {formatting.count(whole)} assignments are left out: {named}."
    return Check("assignment", "failed" if share > MOST_LOST else "informs", share, sentence)


def _set_aside(declared: Declared) -> list[Check]:
    """Rows that cannot be read may have been of one arm: those that name the initiative, and those without a name."""
    aside = declared.aside
    if aside is None or not (aside.own or aside.nameless):
        return []
    parts, share = [], 0.0
    for count, usable, whose in (
        (aside.own, aside.usable, "of this initiative"),
        (aside.nameless, aside.usable_of_all, "of treatments, with no initiative that can be read,"),
    ):
        if count:
            parts.append(f"{formatting.count(count)} of {formatting.how_many(count + usable, 'row')} {whose}")
            share = max(share, count / (count + usable))
    sentence = f"Set aside: {'; '.join(parts)}. Customers may be missing from one arm. "
    sentence += "Correct them; worthline check lists them."
    return [Check("rows set aside", "failed" if share > MOST_LOST else "informs", share, sentence)]


def enough(why: str) -> Check:
    """That an effect is not known since too few customers are behind it; `why`: how many there are."""
    return Check("enough customers", "failed", None, f"Not measured: {why.rstrip('.')}.")


def _ratio(trial: Trial, arm: str, declared: Declared, *, differs: bool) -> Check:
    """The arms' sizes against the declared share of the control group, which is one of all arms together."""
    share, is_control = declared.control_share, trial.is_arm(CONTROL)
    assigned = ~is_control if share is not None else trial.is_arm(arm)
    sizes = int(assigned.sum()), int(is_control.sum())
    named = f"{formatting.count(sizes[0])} assigned, {formatting.count(sizes[1])} control"
    if trial.is_clustered and (apart := _clusters_by_arm(trial, assigned, is_control)) is not None:
        sizes = apart  # what was drawn are clusters: their customers' numbers follow from their sizes
        named = f"{formatting.how_many(sizes[0], 'cluster')} assigned, {formatting.count(sizes[1])} control"
    if share is not None:
        expected = (1 - share, share)
    elif differs:
        sentence = f"{named}. The share differs by wave or stratum, so no share of the whole was meant."
        return Check("sample ratio", "informs", None, sentence)
    elif abs(sizes[0] / max(sum(sizes), 1) - 0.5) <= NEARLY_EQUAL:
        expected, share = (0.5, 0.5), None
    else:
        sentence = f"{named}. Not tested: the table of initiatives does not say which share was meant for control."
        return Check("sample ratio", "informs", None, sentence)
    test = sample_ratio(sizes, expected)
    against = f"a control group of {formatting.share(share)}" if share is not None else "equal arms"
    if test.is_mismatch:
        sentence = f"{named}: this does not fit {against} (p {test.p:.1g}). Customers were lost or moved after the lot."
        return Check("sample ratio", "failed", test.p, sentence)
    return Check("sample ratio", "passed", test.p, f"{named}: this fits {against} (p {test.p:.2f}).")


def _shares(part: Trial, treated: np.ndarray, p: float) -> Check:
    compared = share_compared(part.stratum, treated)
    if p >= BALANCE_P:
        return Check("shares by month", "passed", p, "The share assigned is the same in every month and stratum.")
    sentence = "The share assigned differs by wave or stratum. The estimate compares within them."
    if compared < 1:
        lost = formatting.how_many(round((1 - compared) * len(treated)), "customer")
        sentence += f" Left out: {lost} of waves or strata with one arm alone."
    return Check("shares by month", "informs", p, sentence)


def _balance(part: Trial, treated: np.ndarray) -> Check:
    covariates = part.covariates_of(np.arange(part.rows.num_rows))
    if covariates is None:
        return Check(
            "balance", "informs", None, "Nothing is recorded from before the assignment to compare the arms by."
        )
    centred = _within(np.where(np.isnan(covariates), np.nanmean(covariates, axis=0), covariates), part.stratum)
    p = balance_p(centred, treated, part.cluster)
    if p < BALANCE_P:
        sentence = (
            "The arms already differed before the assignment: this was no lot, or customers were moved (p {:.1g})."
        )
        return Check("balance", "failed", p, sentence.format(p))
    return Check("balance", "passed", p, f"The arms were alike before the assignment (p {p:.2f}).")


def _within(x: np.ndarray, stratum: np.ndarray) -> np.ndarray:
    """Covariates less their mean in the stratum."""
    count = np.bincount(stratum)
    means = np.stack([np.bincount(stratum, x[:, k]) / count for k in range(x.shape[1])], axis=1)
    return np.asarray(x - means[stratum])


def _clusters(part: Trial) -> list[Check]:
    if part.cluster is None or not (part.is_clustered or part.is_first_only):
        return []
    count = len(np.unique(part.cluster))
    blank = part.rows["cluster"].null_count if part.is_clustered else 0
    sentence = f"{formatting.how_many(count, 'cluster')} stand behind the interval."
    if blank:
        sentence = f"{formatting.how_many(blank, 'customer')} without a cluster count as one each. {sentence}"
    if blank > MOST_LOST * part.rows.num_rows:
        sentence = f"{sentence} Fill cluster for everyone: customers of one cluster are not independent."
        return [Check("clusters", "failed", float(count), sentence)]
    if count < LEAST_CLUSTERS:
        sentence = f"{sentence} At least {LEAST_CLUSTERS} are needed to trust it."
        return [Check("clusters", "failed", float(count), sentence)]
    fewest = min(effective_clusters(part.cluster[arm]) for arm in (part.is_arm(CONTROL), ~part.is_arm(CONTROL)))
    if fewest < LEAST_IN_ARM:
        sentence = (
            f"{sentence} One arm has {formatting.decimal(fewest, 1)} of equal size, weighted by customers. "
            f"At least {LEAST_IN_ARM} in each arm are needed to trust it."
        )
        return [Check("clusters", "failed", float(count), sentence)]
    return [Check("clusters", "passed", float(count), sentence)]


def _clusters_by_arm(trial: Trial, assigned: np.ndarray, is_control: np.ndarray) -> tuple[int, int] | None:
    """Clusters of the assigned and of the controls; None where a cluster holds both, so that customers were drawn."""
    assert trial.cluster is not None
    some, others = np.unique(trial.cluster[assigned]), np.unique(trial.cluster[is_control])
    return None if np.intersect1d(some, others).size else (len(some), len(others))


def _spill_over(declared: Declared) -> list[Check]:
    share = declared.shared_accounts
    if share is None or share < MOST_SHARED:
        return []
    sentence = (
        f"{formatting.share(share)} of the accounts hold customers of both arms. The effect is the one as assigned; "
        "treating everyone instead of nobody may do more or less."
    )
    return [Check("spill-over", "informs", share, sentence)]


def _overlapping(declared: Declared) -> list[Check]:
    if not declared.others:
        return []
    sentence = f"Many of the same customers were also in {', '.join(declared.others)}. Both arms were reached alike."
    return [Check("overlap with initiatives", "informs", float(len(declared.others)), sentence)]


def _crossed(trial: Trial) -> list[Check]:
    if not trial.crossed_over:
        return []
    sentence = (
        f"{formatting.how_many(trial.crossed_over, 'customer')} changed arms later. Each counts in the arm of the "
        "first assignment."
    )
    return [Check("arms changed", "informs", float(trial.crossed_over), sentence)]
