"""Intervals against published numbers, a plain second computation, and samples whose truth is known."""

from math import sqrt
from statistics import stdev

import numpy as np
import pytest
from scipy.stats import t

from tests.stats.score_coverage import SCORES, VARIED, covered, true_mean
from worthline.stats.intervals import (
    Z95,
    RespondentSums,
    mean_interval,
    nps_interval,
    score_interval,
    share_interval,
    unclustered,
    wilson,
)


def of_answers(who, y, w=None) -> RespondentSums:
    """Sums of single answers, by a loop over respondents."""
    who, y = np.asarray(who), np.asarray(y, dtype=float)
    w = np.ones(len(y)) if w is None else np.asarray(w, dtype=float)
    big_y = np.array([(w * y)[who == each].sum() for each in np.unique(who)])
    big_w = np.array([w[who == each].sum() for each in np.unique(who)])
    squares = [(w * y * y).sum(), (big_y**2).sum(), (big_y * big_w).sum(), (big_w**2).sum(), (big_w**4).sum()]
    return RespondentSums(len(big_y), len(y), w.sum(), (w * y).sum(), *squares)


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [
        # Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3 (Wilson without correction);
        # printed to four decimals.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_matches_newcombe_1998(k, n, low, high):
    assert wilson(k, n) == pytest.approx((low, high), abs=5e-5)
    if n >= 30:  # fewer: t in place of z, as Wilson alone holds 90.9% of 15 answers at a share of .7
        assert share_interval(unclustered(n, k, k)) == pytest.approx((low, high), abs=5e-5)


def test_wilson_ends_are_where_the_score_test_just_rejects():
    # Wilson (1927): |p_hat - p| = z sqrt(p (1 - p) / n) at both ends.
    for k, n in [(3, 7), (81, 263), (1, 1000)]:
        for end in wilson(k, n):
            assert abs(k / n - end) == pytest.approx(Z95 * sqrt(end * (1 - end) / n), rel=1e-9)


def test_nps_standard_error_matches_published_example():
    # W. Huber, stats.stackexchange.com/q/18603: half promoters, a third passive, a sixth detractors have
    # NPS 1/3 and variance 5/9; of 324 answers the standard error is 0.745 / 18 = 4.1 points. Three more answers
    # (Rocks 2016) move it by less than 1%: sqrt(324 / 327) and a spread between 5/9 and 5/9 + 1/327.
    low, high = nps_interval(unclustered(324, 162 - 54, 162 + 54))
    assert (high - low) / 2 / Z95 == pytest.approx(100 * sqrt(5 / 9) / 18, rel=0.01)
    assert low < 100 / 3 < high


def test_nps_interval_is_rocks_2016_adjusted_wald():
    # Counts 17, 9, 13 become 17.75, 10.5, 13.75 of 42; then the multinomial Wald interval.
    p, d, n = 17.75 / 42, 13.75 / 42, 42
    half = Z95 * sqrt((p + d - (p - d) ** 2) / n)
    assert nps_interval(unclustered(39, 4, 30)) == pytest.approx((100 * (p - d - half), 100 * (p - d + half)))


def test_nps_interval_stays_on_the_scale_holds_the_value_and_needs_two_respondents():
    low, high = nps_interval(unclustered(10, 9, 9))
    assert low < 90 <= high <= 100
    low, high = nps_interval(unclustered(12, 12, 12))  # all promoters: how sure is told all the same
    assert low < 90
    assert high == 100
    assert nps_interval(unclustered(1, 1, 1)) == (None, None)
    assert nps_interval(RespondentSums(0, 0, 0, 0, 0, 0, 0, 0, 0)) == (None, None)


def test_linearised_variance_equals_the_textbook_one_and_a_plain_loop():
    who = [1, 1, 1, 2, 2, 3, 4, 4, 4, 4]
    y = [5, 4, 4, 2, 1, 3, 5, 5, 4, 5]
    w = [1.0, 1.0, 1.0, 2.0, 2.0, 0.5, 1.5, 1.5, 1.5, 1.5]
    s = of_answers(who, y, w)
    r = sum(a * b for a, b in zip(w, y, strict=True)) / sum(w)
    residual = dict.fromkeys(who, 0.0)
    weight = dict(residual)
    for each, score, of in zip(who, y, w, strict=True):
        residual[each] += of * (score - r)
        weight[each] += of
    equal = sum(v**2 for v in weight.values()) ** 2 / sum(v**4 for v in weight.values())
    variance = equal / (equal - 1) * sum(e * e for e in residual.values()) / sum(w) ** 2
    assert s.variance == pytest.approx(variance)
    half = t.ppf(0.975, equal - 1) * sqrt(variance)
    assert score_interval(s) == pytest.approx((r - half, r + half))
    # Everybody once, weighing alike: the sample variance of the mean.
    values = [1.5, 2.0, 4.25, 4.25, 5.0, 3.0]
    once = of_answers(range(6), values)
    assert sqrt(once.variance) == pytest.approx(stdev(values) / sqrt(6))
    assert of_answers(range(6), values, [3.0] * 6).variance == pytest.approx(once.variance)


def test_the_same_answer_given_again_and_again_is_no_more_evidence():
    once = of_answers(range(20), [1, -1] * 10)
    often = of_answers([i for i in range(20) for _ in range(12)], [v for v in [1, -1] * 10 for _ in range(12)])
    assert often.answers == 240
    assert often.variance == pytest.approx(once.variance)
    assert often.independent == pytest.approx(19)  # 20 respondents, one of them spent on the mean


def test_one_respondent_who_answers_most_leaves_the_score_unknown():
    # ../shared/cases/14b: 39 promoters once, one detractor 61 times: -22 of 100 answers, +95 of 40 people.
    low, high = nps_interval(of_answers([*range(39), *[39] * 61], [1] * 39 + [-1] * 61))
    assert low == -100
    assert high > 95


def test_mean_interval_equals_textbook_formula():
    values = [1.5, 2.0, 4.25, 4.25, 5.0, 3.0]
    low, high = mean_interval(len(values), sum(values), sum(v * v for v in values))
    half = Z95 * stdev(values) / sqrt(len(values))
    assert (low, high) == pytest.approx((sum(values) / 6 - half, sum(values) / 6 + half))
    assert mean_interval(1, 3, 9) == (None, None)


def test_people_who_answer_equally_often_count_as_added_respondents_too():
    """20 respondents with 12 answers each, all alike within a respondent: 18 happy, 2 unhappy; by hand, with z."""
    s = of_answers(np.repeat(range(20), 12), [1] * 216 + [0] * 24)
    share, each = 0.9, 12.0
    variance = (18 * (12 * 0.1) ** 2 + 2 * (12 * 0.9) ** 2) / 240**2 * 20 / 19
    more = Z95**2 * min(1.0, (20 / (share * (1 - share) / variance)) ** (1 / 3))
    mean = (216 + more / 2 * each) / (240 + more * each)
    squares = 144 * (18 * (1 - share) ** 2 + 2 * share**2 + more / 4)  # the added: a variance of 1/4 of their own
    half = Z95 * sqrt(squares) / (240 + more * each)
    assert share_interval(s) == pytest.approx((mean - half, min(mean + half, 1.0)))
    # One of them with a hundred answers: fewer than half of the respondents know as much, Student's t as before.
    assert not of_answers([*np.repeat(range(20), 12), *[20] * 100], [1] * 340).evenly


@pytest.mark.parametrize("weighted", [False, True], ids=["unweighted", "weights_go_with_the_score"])
@pytest.mark.parametrize("name", ["NPS, 20/30/50", "CSAT, 90%"])
@pytest.mark.parametrize("answers", [VARIED, 12], ids=["unhappy_people_answer_more", "12_answers"])
def test_intervals_cover_the_truth_however_often_people_answer(name, answers, weighted):
    """800 worlds a cell: standard error .008; the table of counted.md has 2,000 and more cells.

    Where nine of ten are satisfied and weights differ five-fold, 30 people with 12 answers held the truth in 86%; 15
    people with 12 answers and no weights in 91.9%.
    """
    assert covered(SCORES[name], 60, answers, weighted=weighted, worlds=800, seed=2) >= 0.93
    assert covered(SCORES[name], 100, answers, weighted=weighted, worlds=800, seed=2) <= 0.975
    assert covered(SCORES[name], 15, answers, weighted=weighted, worlds=800, seed=2) >= 0.92


def test_where_nine_of_ten_are_satisfied_intervals_are_not_too_wide():
    """30 respondents with 2, 4 and 12 answers, 1,500 worlds each (standard error of the mean .003).

    97.6% while the added respondents counted by how far they lie from everybody else; those who answered once are
    Wilson's own.
    """
    held = [covered((0.1, 0.9), 30, n, weighted=False, worlds=1_500, seed=4) for n in (2, 4, 12)]
    assert 0.94 <= np.mean(held) <= 0.97
    weighted = [covered((0.05, 0.15, 0.8), 30, n, weighted=True, worlds=1_500, seed=4) for n in (1, 2, 4, 12)]
    assert 0.94 <= np.mean(weighted) <= 0.965


def test_weighted_intervals_add_respondents_of_the_weight_that_weighs_most():
    """50 respondents who answer twice alike: 40 happy of weight 1, 10 unhappy of weight 2; every sum by hand."""
    s = of_answers(np.repeat(range(50), 2), [1] * 80 + [0] * 20, [1.0] * 80 + [2.0] * 20)
    w, ww, w_fourth = 40 * 2 + 10 * 4, 40 * 2**2 + 10 * 4**2, 40 * 2**4 + 10 * 4**4
    equal, share = ww**2 / w_fourth, 80 / 120
    variance = (40 * (2 * (1 - share)) ** 2 + 10 * (4 * share) ** 2) / w**2 * equal / (equal - 1)
    independent = share * (1 - share) / variance
    each, more = ww / w, Z95**2 * min(1.0, (equal / independent) ** (1 / 3))
    mean = (80 + more / 2 * each) / (w + more * each)
    squares = 40 * (2 * (1 - share)) ** 2 + 10 * (4 * share) ** 2 + more / 4 * each**2
    half = t.ppf(0.975, equal - 1) * sqrt(squares) / (w + more * each)
    assert share_interval(s) == pytest.approx((mean - half, mean + half))


def test_the_truth_of_answers_that_unhappy_people_give_more_of():
    """By drawing 400,000 people: mean of all answers, within four standard errors of .0007."""
    rng = np.random.default_rng(5)
    feeling = rng.normal(size=400_000)
    often = 1 + rng.binomial(14, 1 / (1 + np.exp(2 * feeling + 1)))
    satisfied = sqrt(0.5) * (feeling + rng.normal(size=feeling.size)) > -0.5244005127080409  # 70% in all
    assert true_mean((0.3, 0.7), VARIED) == pytest.approx((often * satisfied).sum() / often.sum(), abs=0.004)


@pytest.mark.truth
@pytest.mark.parametrize("weighted", [False, True], ids=["unweighted", "weights_go_with_the_score"])
@pytest.mark.parametrize("name", ["NPS, 20/30/50", "CSAT, 70%"])
def test_coverage_pooled_over_one_to_twelve_answers(name, weighted):
    """1,500 worlds of each of 1, 2, 4, 12 answers (standard error of the pool .003): METHODS 1."""
    for people, low, high in ((10, 0.92, 1.0), (30, 0.93, 0.97), (60, 0.93, 0.97), (200, 0.93, 0.97)):
        held = [
            covered(SCORES[name], people, answers, weighted=weighted, worlds=1_500, seed=3) for answers in (1, 2, 4, 12)
        ]
        assert low <= np.mean(held) <= high, (people, held)
