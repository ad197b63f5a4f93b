"""Twenty-two experiments through a folder and a run, each against SciPy, statsmodels or arithmetic over the same lists."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from random import Random

import numpy as np
import pytest
from scipy import stats

from tests.initiatives.by_lists import Person, people, published, values
from tests.initiatives.companies import checks, results

CLOSE = {"rel": 2e-8, "abs": 1e-9}
"""Published numbers have nine digits, so that machines agree on them."""


def strata() -> list[Person]:
    """Half of 40 in stratum A are treated, and 60 of 80 in B, whose customers spend 100 more."""
    found, drawn = [], Random(5)
    for stratum, treated, control, more in (("A", 20, 20, 0), ("B", 60, 20, 100)):
        for k in range(treated + control):
            arm = "mail" if k < treated else "control"
            amount = drawn.randint(20, 40) + more + (5 if arm == "mail" else 0)
            found.append(Person(f"st-{stratum}{k:03d}", arm, 2, bought={3: amount}, stratum=stratum))
    return found


def waves(*, is_weekly: bool) -> list[Person]:
    """Shares differ from wave to wave, and so does what customers spend: months, or weeks of one month."""
    found, drawn = [], Random(6)
    for place, (treated, control, more) in enumerate(((60, 20, 50), (20, 60, 0))):
        for k in range(treated + control):
            arm = "mail" if k < treated else "control"
            month, day = (2, 4 + 14 * place) if is_weekly else (2 + place, 10)
            one = Person(f"w{int(is_weekly)}-{place}-{k:03d}", arm, month, day)
            one.bought[month + 1] = drawn.randint(20, 40) + more + (5 if arm == "mail" else 0)
            found.append(one)
    return found


def stores() -> list[Person]:
    """24 stores of 5 customers, assigned as a whole, each with a level of its own."""
    found, drawn = [], Random(7)
    for store in range(24):
        level = drawn.randint(10, 80)
        for k in range(5):
            arm = "sign" if store % 2 else "control"
            one = Person(
                f"cl-{store:02d}-{k}", arm, 2, bought={3: level + drawn.randint(0, 9)}, cluster=f"S{store:02d}"
            )
            found.append(one)
    return found


def chain(prefix: str, arms: dict[str, int], size: int, seed: int, *, pairs: bool = False) -> list[Person]:
    """So many stores an arm, of `size` customers, each with a level of its own; `pairs`: a stratum is a store of each."""
    found, drawn = [], Random(seed)
    for arm, stores_ in arms.items():
        for store in range(stores_):
            level = drawn.randint(10, 80)
            for k in range(size):
                bought, place = {3: level + drawn.randint(0, 9)}, f"{prefix}{arm}{store}"
                one = Person(f"{place}-{k:02d}", arm, 2, bought=bought, cluster=place)
                found.append(replace(one, stratum=f"P{store}") if pairs else one)
    return found


def with_history() -> list[Person]:
    """What customers spend in April follows what they spent in January, which is known before the assignment."""
    found, drawn = [], Random(8)
    for k in range(120):
        arm, before = ("call" if k % 2 else "control"), drawn.randint(10, 90)
        after = 2 * before + drawn.randint(0, 30) + (10 if k % 2 else 0)
        found.append(Person(f"cu-{k:03d}", arm, 2, bought={0: before, 3: after}))
    return found


def scored() -> list[Person]:
    """Contacts and answers after the assignment; 10 of 40 in each arm never answer."""
    found, drawn = [], Random(9)
    for k in range(80):
        arm = "care" if k % 2 else "control"
        one = Person(f"sc-{k:03d}", arm, 2, bought={3: 10}, contacts={4: drawn.randint(0, 3), 5: 1 - k % 2})
        if k >= 20:
            one.score = (4, drawn.randint(5, 9) + k % 2)
        found.append(one)
    return found


TRIALS = {
    "two": people("two", {"call": 50, "control": 50}, 1, leaving={"call": 12, "control": 20}, lift={"call": 8}),
    "three": people("three", {"mail": 40, "call": 40, "control": 40}, 2, lift={"mail": 4, "call": 9}),
    "unequal": people("unequal", {"call": 30, "control": 90}, 3, leaving={"call": 10, "control": 30}),
    "rare": people("rare", {"call": 150, "control": 150}, 4, leaving={"call": 3, "control": 11}),
    "ratio": people("ratio", {"call": 45, "control": 60}, 10, leaving={"call": 15, "control": 15}),
    "lost": people("lost", {"call": 110, "control": 60}, 11),
    "meant": people("meant", {"call": 90, "control": 30}, 12),
    "null": people("null", {"call": 40, "control": 40}, 13),
    "strata": strata(),
    "months": waves(is_weekly=False),
    "weeks": waves(is_weekly=True),
    "stores": stores(),
    "cuped": with_history(),
    "scores": scored(),
    "two and a third": people("third", {"mail": 40, "call": 40, "control": 40}, 14),
    "half": [replace(p, who=f"h{p.who}", cluster="" if int(p.who[-1]) % 2 else p.cluster) for p in stores()],
}
TRIALS |= {
    "one store each": chain("oe", {"sign": 1, "control": 1}, 30, 15),
    "one of thirty": chain("ot", {"sign": 1, "control": 29}, 12, 16),
    "two of thirty": chain("tt", {"sign": 2, "control": 28}, 12, 17),
    "pairs of stores": chain("ps", {"sign": 14, "control": 14}, 5, 18, pairs=True),
    "pairs": [replace(p, stratum=p.who[-3:]) for p in people("pairs", {"call": 60, "control": 60}, 19)],
    "large and small": [*chain("la", {"sign": 12}, 6, 20), *chain("sm", {"control": 12}, 5, 21)],
}
DECLARED = {
    "two": {"cost_once": "200", "cost_monthly": "10"},
    "lost": {"control_share": "0.5"},
    "meant": {"control_share": "0.25"},
    "two and a third": {"control_share": "0.3"},
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return published(tmp_path_factory.mktemp("lists"), TRIALS, DECLARED)


def row(made, initiative, outcome, horizon=None, arm=None):
    wanted = {"initiative": initiative, "outcome": outcome, "segment": "all"}
    wanted |= {} if horizon is None else {"horizon_months": horizon}
    (found,) = results(made, **wanted, **({} if arm is None else {"arm": arm}))
    return found


def welch(treated, control):
    """Difference and 95% interval by SciPy."""
    test = stats.ttest_ind(treated, control, equal_var=False)
    ends = test.confidence_interval(0.95)
    return treated.mean() - control.mean(), ends.low, ends.high


def same(row, expected):
    assert (row["estimate"], row["low"], row["high"]) == pytest.approx(expected, **CLOSE)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("initiative", "arm"),
    [("two", "call"), ("three", "mail"), ("three", "call"), ("unequal", "call"), ("null", "call")],
)
@pytest.mark.parametrize("horizon", [1, 3, 6])
def test_margin_is_the_welch_interval_with_leavers_as_nothing(made, initiative, arm, horizon):
    group = TRIALS[initiative]
    sums = [values(group, a, lambda p: p.summed(horizon)) for a in (arm, "control")]
    same(row(made, initiative, "margin", horizon, arm), welch(*sums))


@pytest.mark.parametrize("initiative", ["two", "unequal"])
def test_staying_is_the_welch_interval_of_shares(made, initiative):
    """Ten leavers and more in each arm: the usual interval."""
    shares = [values(TRIALS[initiative], a, lambda p: p.is_here(p.month + 3)) for a in ("call", "control")]
    same(row(made, initiative, "retention", 3), welch(*shares))


def test_few_leavers_have_the_score_interval(made):
    """3 of 150 against 11 of 150: wider to the side of few events than Miettinen & Nurminen's by statsmodels, near it."""
    from statsmodels.stats.proportion import confint_proportions_2indep

    found = row(made, "rare", "retention", 3)
    low, high = confint_proportions_2indep(147, 150, 139, 150, method="score", compare="diff", correction=True)
    assert found["estimate"] == pytest.approx(8 / 150)
    # The correction for skewness (Laud 2017) moves each end by less than a tenth of the width.
    assert (found["low"], found["high"]) == pytest.approx((low, high), abs=(high - low) / 10)


def test_arms_that_share_a_control_err_together(made):
    """Benefit of both: sums by arm; the controls' mean stands in both, so its variance counts (n1 + n2) squared times."""
    group = TRIALS["three"]
    sums = {a: values(group, a, lambda p: p.summed(None)) for a in ("mail", "call", "control")}
    total = sum(40 * (sums[a].mean() - sums["control"].mean()) for a in ("mail", "call"))
    assert sum(r["benefit"] for r in results(made, initiative="three", outcome="margin_to_date")) == pytest.approx(
        Decimal(str(total)), abs=Decimal("0.02")
    )
    (claim,) = (r for r in made.table("claim_audit").to_pylist() if r["initiative"] == "three")
    variance = {a: x.var(ddof=1) / 40 for a, x in sums.items()}
    error = (40**2 * (variance["mail"] + variance["call"]) + 80**2 * variance["control"]) ** 0.5
    # The controls' variance is taken from each effect by the arms' sizes, as if all arms varied alike, and the degrees of
    # freedom lie between 78 and 156: a twentieth. Arms taken for independent would be a fifth too narrow.
    half = stats.t.ppf(0.975, 78) * error
    assert float(claim["measured_high"] - claim["measured_low"]) / 2 == pytest.approx(half, rel=0.05)
    assert float(claim["measured_benefit"]) == pytest.approx(total, abs=0.02)
    (line,) = (r for r in made.table("joint_effects").to_pylist() if r["initiative"] == "three")
    assert (line["low"], line["high"]) == (claim["measured_low"], claim["measured_high"])


def test_strata_are_weighted_by_those_assigned(made):
    """20 x the difference in A and 60 x that in B, over 80; Neyman's variance by stratum, Welch's degrees of freedom."""
    parts = []
    for stratum, size in (("A", 20), ("B", 60)):
        own = [p for p in TRIALS["strata"] if p.stratum == stratum]
        parts.append((size / 80, *(values(own, a, lambda p: p.summed(1)) for a in ("mail", "control"))))
    same(row(made, "strata", "margin", 1), stratified(parts))
    assert abs(row(made, "strata", "margin", 1)["raw"]) > 20  # the plain difference mixes the strata


def stratified(parts):
    """(weight, treated, control) of each stratum -> estimate and interval by the textbook's formula."""
    estimate = sum(w * (t.mean() - c.mean()) for w, t, c in parts)
    pieces = [(w**2 * x.var(ddof=1) / len(x), len(x) - 1) for w, t, c in parts for x in (t, c)]
    variance = sum(v for v, _ in pieces)
    half = stats.t.ppf(0.975, variance**2 / sum(v**2 / d for v, d in pieces)) * variance**0.5
    return estimate, estimate - half, estimate + half


@pytest.mark.parametrize("initiative", ["months", "weeks"])
def test_waves_with_shares_of_their_own_are_compared_within_themselves(made, initiative):
    parts = []
    for place, size in ((0, 60), (1, 20)):
        own = [p for p in TRIALS[initiative] if p.who.split("-")[1] == str(place)]
        parts.append((size / 80, *(values(own, a, lambda p: p.summed(1)) for a in ("mail", "control"))))
    same(row(made, initiative, "margin", 1), stratified(parts))


def store_means(group, arm, horizon=1):
    """The mean of each store of an arm."""
    stores = sorted({p.cluster for p in group if p.arm == arm})
    return np.array([np.mean([p.summed(horizon) for p in group if p.cluster == store]) for store in stores])


def test_stores_are_what_was_drawn(made):
    """Stores of equal size: Welch's test of their means. Errors of customers would be a third as wide."""
    group = TRIALS["stores"]
    same(row(made, "stores", "margin", 1), welch(*(store_means(group, a) for a in ("sign", "control"))))


@pytest.mark.parametrize("initiative", ["one store each", "one of thirty"])
def test_one_store_proves_nothing(made, initiative):
    """How stores differ cannot be known from one: no interval, no money, no grade above D."""
    found = row(made, initiative, "margin_to_date")
    assert (found["estimate"], found["low"], found["benefit"], found["grade"]) == (None, None, None, "D")
    assert "1 cluster in an arm; at least 2 in each arm are needed" in found["sentence"]


def test_two_stores_of_thirty_are_measured_widely_and_prove_nothing(made):
    group = TRIALS["two of thirty"]
    found = row(made, "two of thirty", "margin", 1)
    same(found, welch(*(store_means(group, a) for a in ("sign", "control"))))
    check = next(c for c in found["checks"] if c["name"] == "clusters")
    assert (check["outcome"], found["grade"]) == ("failed", "D")
    assert "At least 5 in each arm" in check["says"]


def test_a_store_beside_each_store_is_the_paired_test(made):
    group = TRIALS["pairs of stores"]
    test = stats.ttest_rel(
        *(
            [np.mean([p.summed(1) for p in group if p.arm == a and p.stratum == f"P{k}"]) for k in range(14)]
            for a in ("sign", "control")
        )
    )
    ends = test.confidence_interval(0.95)
    found = row(made, "pairs of stores", "margin", 1)
    assert (found["low"], found["high"]) == pytest.approx((ends.low, ends.high), **CLOSE)


def test_a_customer_beside_each_customer_is_the_paired_test(made):
    group = TRIALS["pairs"]
    sums = [[p.summed(3) for p in sorted(group, key=lambda p: p.stratum) if p.arm == a] for a in ("call", "control")]
    ends = stats.ttest_rel(*sums).confidence_interval(0.95)
    found = row(made, "pairs", "margin", 3)
    assert (found["low"], found["high"]) == pytest.approx((ends.low, ends.high), **CLOSE)


def test_larger_stores_in_one_arm_are_no_lost_customers(made):
    """72 customers against 60, but 12 stores against 12: the lot was one of stores."""
    check = next(c for c in row(made, "large and small", "margin", 1)["checks"] if c["name"] == "sample ratio")
    assert (check["outcome"], check["value"]) == ("passed", 1.0)
    assert check["says"].startswith("12 clusters assigned, 12 control")


def test_cuped_is_the_slope_of_a_regression_and_welch_of_what_is_left(made):
    import statsmodels.api as sm

    group = TRIALS["cuped"]
    y = np.array([p.summed(1) for p in group], dtype=float)
    x = np.array([p.bought[0] for p in group], dtype=float)
    d = np.array([p.arm == "call" for p in group])
    slope = sm.OLS(y, np.column_stack([np.ones(120), d, x])).fit().params[2]
    left = y - slope * (x - x.mean())
    found = row(made, "cuped", "margin", 1)
    same(found, welch(left[d], left[~d]))
    assert found["raw"] == pytest.approx(y[d].mean() - y[~d].mean())
    assert found["high"] - found["low"] < 0.3 * np.diff(welch(y[d], y[~d])[1:])


def test_price_paid_is_a_quotient_of_sums_by_the_delta_method(made):
    """Revenue over months as a customer: its variance by the gradient of R / M at the means of each arm."""
    found, quotients, variances = row(made, "ratio", "price_paid", 3), [], []
    for arm in ("call", "control"):
        r = values(TRIALS["ratio"], arm, lambda p: p.summed(3))
        m = values(TRIALS["ratio"], arm, lambda p: sum(p.is_here(p.month + k) for k in (1, 2, 3)))
        gradient = np.array([1 / m.mean(), -r.mean() / m.mean() ** 2])
        variances.append(gradient @ np.cov(r, m) @ gradient / len(r))
        quotients.append(r.sum() / m.sum())
    estimate = quotients[0] - quotients[1]
    total = sum(variances)
    degrees = total**2 / sum(v**2 / (n - 1) for v, n in zip(variances, (45, 60), strict=True))  # Welch's
    half = stats.t.ppf(0.975, degrees) * total**0.5
    same(found, (estimate, estimate - half, estimate + half))


@pytest.mark.parametrize(
    ("initiative", "sizes", "shares", "outcome"),
    [
        ("lost", (110, 60), (0.5, 0.5), "failed"),  # 0.00013
        ("meant", (90, 30), (0.75, 0.25), "passed"),
        ("two and a third", (80, 40), (0.7, 0.3), "passed"),  # two arms of 40 beside a control group of 30% of all
    ],
)
def test_sample_ratio_is_pearsons_chi_square(made, initiative, sizes, shares, outcome):
    p = stats.chisquare(sizes, [share * sum(sizes) for share in shares]).pvalue
    for found in results(made, initiative=initiative, outcome="margin", horizon_months=3):
        check = next(c for c in found["checks"] if c["name"] == "sample ratio")
        assert check["value"] == pytest.approx(p, abs=5e-7)  # six decimals
        assert check["outcome"] == outcome
        assert found["grade"] == ("D" if outcome == "failed" else "A")


def test_customers_without_a_cluster_are_one_each_and_no_proof(made):
    """The stores again, but every second customer has no store: never one huge cluster of its own."""
    found = row(made, "half", "margin", 1)
    check = next(c for c in found["checks"] if c["name"] == "clusters")
    assert check["value"] == 24 + 48  # stores, and two blank ones in each
    assert (check["outcome"], found["grade"]) == ("failed", "D")
    assert "48 customers without a cluster" in check["says"]


def test_shares_that_differ_by_stratum_are_no_sample_ratio_mismatch(made):
    """80 to 80 overall, 60 to 20 and 20 to 60 by wave: nobody was lost."""
    for initiative in ("months", "weeks"):
        found = row(made, initiative, "margin", 1)
        assert (checks(found)["sample ratio"], found["grade"]) == ("informs", "A")


def test_contacts_and_scores_are_of_both_arms(made):
    group = TRIALS["scores"]
    contacts = [values(group, a, lambda p: p.contacts[4] + p.contacts[5]) for a in ("care", "control")]
    same(row(made, "scores", "contacts", 3), welch(*contacts))
    answers = [np.array([p.score[1] for p in group if p.arm == a and p.score], float) for a in ("care", "control")]
    same(row(made, "scores", "next_score", 3), welch(*answers))


def test_cost_is_in_and_net_is_benefit_less_cost(made):
    """200 once, 10 a month from March to December, 50 calls at 1.50: 375."""
    found = row(made, "two", "margin_to_date")
    sums = [values(TRIALS["two"], a, lambda p: p.summed(None)) for a in ("call", "control")]
    benefit = 50 * (sums[0].mean() - sums[1].mean())
    assert float(found["benefit"]) == pytest.approx(benefit, abs=0.005)
    assert found["cost"] == Decimal("375")
    assert found["net"] == found["benefit"] - 375


def test_quarters_the_year_so_far_and_the_run_rate_are_margin_cash_and_hours_apart(made):
    """The fiscal year begins in April: months 3 to 5 are 2026 Q1, and so on; contacts cost 4 and 10 minutes each."""
    rows = [r for r in made.table("initiative_returns").to_pylist() if r["initiative"] == "scores"]
    group, by = TRIALS["scores"], {(r["kind"], r["period"]): r for r in rows}
    contacts = [values(group, a, lambda p: p.contacts[4] + p.contacts[5]) for a in ("care", "control")]
    fewer, low, high = (-40 * value for value in welch(*contacts))
    assert by["cash", "2026 Q1"]["amount"] == pytest.approx(Decimal(str(4 * fewer)), abs=Decimal("0.01"))
    assert by["cash", "2026 in-year"]["amount"] == by["cash", "2026 Q1"]["amount"]  # none later
    hours = by["capacity", "2026 Q1"]
    assert (hours["hours"], hours["hours_low"], hours["hours_high"]) == pytest.approx(
        (fewer / 6, high / 6, low / 6), rel=1e-7
    )
    assert hours["amount"] is None  # nobody said what an hour costs
    margin = {p: r["amount"] for (k, p), r in by.items() if k == "kept margin"}
    assert margin["2026 in-year"] == sum(margin[f"2026 Q{k}"] for k in (1, 2, 3))
    months = {"2025 Q4": (2,), "2026 Q1": (3, 4, 5), "2026 Q2": (6, 7, 8), "2026 Q3": (9, 10, 11)}
    for period, inside in months.items():
        sums = [
            values(TRIALS["two"], a, lambda p, inside=inside: sum(p.bought.get(m, 0) for m in inside if m > 2))
            for a in ("call", "control")
        ]
        assert float(margin_of(made, "two", period)) == pytest.approx(50 * welch(*sums)[0], abs=0.005)
    whole = welch(*(values(TRIALS["two"], a, lambda p: p.summed(None)) for a in ("call", "control")))
    so_far = kept_margin(made, "two", "2026 in-year")  # its range is that of the sum, no sum of ranges
    assert [float(so_far[name]) for name in ("amount", "low", "high")] == pytest.approx(
        [50 * v for v in whole], abs=0.005
    )
    assert margin_of(made, "two", "run-rate") == pytest.approx(
        4 * margin_of(made, "two", "2026 Q3"), abs=Decimal("0.02")
    )


def kept_margin(made, initiative, period):
    rows = made.table("initiative_returns").to_pylist()
    (found,) = (r for r in rows if (r["initiative"], r["period"], r["kind"]) == (initiative, period, "kept margin"))
    return found


def margin_of(made, initiative, period):
    return kept_margin(made, initiative, period)["amount"]
