"""Errors of experiments: of equal clusters and pairs they are SciPy's t tests; one cluster says nothing; coverage."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from worthline.errors import NotEnoughData
from worthline.stats.experiment_errors import effective_clusters
from worthline.stats.experiments import intention_to_treat


def clustered(luck, treated, control, size, spread=5.0):
    """(y, treated, cluster): so many clusters an arm, of `size` customers each, with a level of their own."""
    arm = np.repeat(np.arange(treated + control) < treated, size)
    cluster = np.repeat(np.arange(treated + control), size)
    return luck.normal(0, spread, treated + control)[cluster] + luck.normal(0, 1, len(cluster)), arm, cluster


@pytest.mark.parametrize(("treated", "control"), [(12, 12), (2, 28), (2, 2), (7, 20)])
def test_equal_clusters_are_welchs_test_of_their_means(treated, control):
    y, arm, cluster = clustered(np.random.default_rng(1), treated, control, 9)
    means = np.bincount(cluster, y) / 9
    test = stats.ttest_ind(means[:treated], means[treated:], equal_var=False)
    found = intention_to_treat(y, arm, cluster=cluster)
    assert found.p == pytest.approx(test.pvalue, rel=1e-9)
    assert found.interval() == pytest.approx(tuple(test.confidence_interval(0.95)), rel=1e-9)


@pytest.mark.parametrize(("treated", "control"), [(1, 1), (1, 29), (29, 1)])
def test_one_cluster_in_an_arm_gives_no_interval(treated, control):
    y, arm, cluster = clustered(np.random.default_rng(2), treated, control, 12)
    with pytest.raises(NotEnoughData, match="1 cluster in an arm"):
        intention_to_treat(y, arm, cluster=cluster)


def test_clusters_within_strata_are_the_strata_by_themselves():
    """Two strata of 6 and 4 clusters an arm: weighted Welch parts, written out."""
    luck, parts, rows = np.random.default_rng(3), [], []
    for stratum, count in enumerate((6, 4)):
        y, arm, cluster = clustered(luck, count, count, 5)
        rows.append((y + 30 * stratum, arm, cluster + 100 * stratum, np.full(len(y), stratum)))
        means = np.bincount(cluster, y) / 5
        parts += [(count / 10, means[:count], 1), (count / 10, means[count:], -1)]
    y, arm, cluster, stratum = (np.concatenate(column) for column in zip(*rows, strict=True))
    found = intention_to_treat(y, arm, stratum=stratum, cluster=cluster)
    variances = [(w**2 * m.var(ddof=1) / len(m), len(m) - 1) for w, m, _ in parts]
    variance = sum(v for v, _ in variances)
    assert found.estimate == pytest.approx(sum(w * sign * m.mean() for w, m, sign in parts))
    assert found.error == pytest.approx(variance**0.5, rel=1e-12)
    assert found.degrees == pytest.approx(variance**2 / sum(v**2 / d for v, d in variances), rel=1e-12)


def test_matched_pairs_of_customers_are_the_paired_test():
    luck = np.random.default_rng(4)
    pair = np.tile(np.arange(40), 2)
    arm = np.arange(80) < 40
    y = luck.normal(0, 10, 40)[pair] + luck.normal(0, 1, 80) + 0.5 * arm
    test = stats.ttest_rel(y[:40], y[40:])
    found = intention_to_treat(y, arm, stratum=pair)
    assert found.p == pytest.approx(test.pvalue, rel=1e-9)
    assert found.interval() == pytest.approx(tuple(test.confidence_interval(0.95)), rel=1e-9)


def test_matched_pairs_of_stores_are_the_paired_test_of_their_means():
    y, arm, cluster = clustered(np.random.default_rng(5), 15, 15, 8)
    means = np.bincount(cluster, y) / 8
    test = stats.ttest_rel(means[:15], means[15:])
    found = intention_to_treat(y, arm, stratum=cluster % 15, cluster=cluster)
    assert found.p == pytest.approx(test.pvalue, rel=1e-9)
    assert found.interval() == pytest.approx(tuple(test.confidence_interval(0.95)), rel=1e-9)


def test_lone_clusters_borrow_the_spread_of_their_arm():
    """Three strata of 6 clusters an arm, a fourth with one of each: its part is a share of the pooled variance."""
    luck, rows, means = np.random.default_rng(6), [], []
    for stratum, count in enumerate((6, 6, 6, 1)):
        y, arm, cluster = clustered(luck, count, count, 4)
        rows.append((y, arm, cluster + 100 * stratum, np.full(len(y), stratum)))
        means.append(np.bincount(cluster, y) / 4)
    y, arm, cluster, stratum = (np.concatenate(column) for column in zip(*rows, strict=True))
    variance = 0.0
    for half in (0, 1):
        own = [m[6 * half : 6 + 6 * half].var(ddof=1) for m in means[:3]]
        variance += sum((6 / 19) ** 2 * v / 6 for v in own) + (1 / 19) ** 2 * np.mean(own)
    assert intention_to_treat(y, arm, stratum=stratum, cluster=cluster).error == pytest.approx(variance**0.5, rel=1e-12)


@pytest.mark.parametrize(("treated", "control", "least"), [(3, 27, 0.90), (5, 25, 0.923), (5, 5, 0.923)])
def test_intervals_of_few_clusters_cover_no_effect(treated, control, least):
    """600 worlds without effect: 95% held within three standard errors (2.7%); Welch's test of three holds 93% (4,000).

    One factor for all 30 clusters together with 29 degrees of freedom holds 83% of 3 against 27, 91% of 5 against 25.
    """
    luck, held = np.random.default_rng(7), 0
    for _ in range(600):
        y, arm, cluster = clustered(luck, treated, control, 6)
        low, high = intention_to_treat(y, arm, cluster=cluster).interval()
        held += low <= 0 <= high
    assert held / 600 >= least


def test_clusters_of_one_size_all_count_and_a_huge_one_counts_alone():
    assert effective_clusters(np.repeat(np.arange(10), 5)) == pytest.approx(10)
    assert effective_clusters(np.repeat([0, 1, 2], [1000, 1, 1])) == pytest.approx(1002**2 / (1000**2 + 2))
