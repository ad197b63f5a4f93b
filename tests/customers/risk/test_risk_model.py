"""The model of leaving on worlds whose truth is known, and on all that must not give a score."""

import numpy as np
import pyarrow as pa
import pytest

from tests.customers.risk.world import World, world
from worthline.customers.risk.evaluation import HeldOut, area, calibration_error, error_by_chance, top_lift
from worthline.customers.risk.landmarks import FOLDS
from worthline.customers.risk.model import Fitted, fit, split
from worthline.stats.calibration import calibration, to_base_rate

HORIZON = 3


def fitted(made: World) -> Fitted:
    return fit(made.rows, made.features, HORIZON, rule="-tenure_months")


@pytest.fixture(scope="module")
def usual() -> tuple[World, Fitted]:
    made = world()
    return made, fitted(made)


# ------------------------------------------------------------------------------------------ truth


def test_area_is_within_two_points_of_the_best_possible(usual):
    made, found = usual
    best = area(made.y.astype(float), made.truth, np.ones(len(made.truth)))
    assert found.shown, found.verdict
    assert found.measures["auc"].value >= best - 0.02
    assert found.measures["auc"].low < best < found.measures["auc"].high + 0.02


@pytest.mark.parametrize("level", [-4.0, -1.6], ids=["rare", "common"])
def test_chances_are_calibrated_for_rare_and_for_common_leaving(level):
    made = world(6_000, 10, level=level, seed=5)
    found = fitted(made)
    assert found.shown, found.verdict
    assert found.measures["calibration_error"].value <= 0.02
    told = found.learnt.probabilities(made.rows)
    assert told.mean() == pytest.approx(made.y.mean(), rel=0.1)
    assert np.abs(told - made.truth).mean() < 0.25 * made.truth.mean()


def test_weights_undo_a_sample_of_those_who_stayed():
    """One in five stayers kept, each counted five times: chances as without sampling."""
    made = world(8_000, 8, seed=9)
    kept = (made.y == 1) | (np.arange(len(made.y)) % 5 == 0)
    rows = made.rows.filter(pa.array(kept))
    weight = np.where(made.y[kept] == 1, 1.0, 5.0)
    rows = rows.set_column(rows.column_names.index("weight"), "weight", pa.array(weight))
    found = fitted(World(rows, made.truth[kept]))
    assert found.shown, found.verdict
    assert found.learnt.probabilities(made.rows).mean() == pytest.approx(made.y.mean(), rel=0.08)
    assert calibration_error(made.y.astype(float), found.learnt.probabilities(made.rows), np.ones(len(made.y))) <= 0.02


def test_a_declared_base_rate_moves_the_odds_by_its_ratio():
    """Elkan 2001, theorem 2: learnt where half leave, meant for one in ten: odds / 9."""
    assert to_base_rate(np.array([0.5, 0.9]), 0.5, 0.1) == pytest.approx([0.1, 0.5])


def test_isotonic_steps_are_centred_and_keep_order():
    luck = np.random.default_rng(2)
    raw = luck.random(20_000)
    y = (luck.random(20_000) < raw**2).astype(float)
    told = calibration(raw, y, np.ones(len(y)))(raw)
    assert calibration_error(y, told, np.ones(len(y))) < 0.01
    assert (np.diff(told[np.argsort(raw)]) >= -1e-12).all()
    assert np.abs(told - raw**2).mean() < 0.02


# ------------------------------------------------------------------------------------------ measures by hand


def test_area_and_lift_by_hand():
    """Two leavers, three stayers: of six pairs four are in order and one is a tie."""
    y, score = np.array([1.0, 1, 0, 0, 0]), np.array([0.9, 0.5, 0.5, 0.6, 0.1])
    assert area(y, score, np.ones(5)) == pytest.approx(4.5 / 6)
    assert top_lift(y, score, np.ones(5), 0.2) == pytest.approx(1 / 0.4)
    assert area(y, score, np.array([1.0, 1, 1, 2, 1])) == pytest.approx(5.5 / 8)


def test_later_months_of_other_customers_are_told():
    customer, at = np.repeat(np.arange(30), 12), np.tile(np.arange(12), 30)
    parts = split(customer, at, 3)
    for learn, tell in parts.folds:
        assert not set(customer[learn]) & set(customer[tell])
        assert at[learn].max() + 3 <= at[tell].min()
    assert "after all that it learnt from had ended" in parts.says
    one = split(customer, np.zeros_like(at), 3)
    assert "time was not tested" in one.says


# ------------------------------------------------------------------------------------------ canaries


def test_shuffled_outcomes_give_no_score():
    made = world(2_500, 8)
    found = fitted(made.with_y(np.random.default_rng(3).permutation(made.y)))
    assert not found.shown
    assert "not told from stayers" in found.verdict.says


def test_a_random_key_is_left_out_and_changes_nothing(usual):
    made, plain = usual
    found = fitted(made.with_own("order_ref", [f"K{i * 7919 % 1_000_003}" for i in range(len(made.y))]))
    assert [(f.name, why) for f, why in found.left_out] == [("order_ref", f"it has {len(made.y):,} different values")]
    assert found.measures["auc"] == plain.measures["auc"]


def planted(made: World, kind: str) -> World:
    luck = np.random.default_rng(4)
    y = made.y
    if kind == "future":  # filled in when somebody leaves, and for one stayer in two hundred
        filled = (y == 1) | (luck.random(len(y)) < 0.00001)
        return made.with_own("closing_agent", [f"A{i % 9}" if f else None for i, f in enumerate(filled)])
    if kind == "separator":  # a level in which all leave
        return made.with_own("account_flag", ["X" if left and i % 3 else "N" for i, left in enumerate(y)])
    if kind == "named":  # another model's output, by its name
        return made.with_own("ChurnProbability", [f"{v:.5f}" for v in made.truth])
    score = np.clip(np.where(y == 1, luck.normal(0.75, 0.15, len(y)), luck.normal(0.35, 0.15, len(y))), 0, 1)
    return made.with_own("field_17", [f"{v:.5f}" for v in score])  # by its shape


@pytest.mark.parametrize(
    ("kind", "column", "says"),
    [
        ("future", "closing_agent", "separates customers who leave from those who stay"),
        ("separator", "account_flag", "everybody with one of its values leaves"),
        ("named", "ChurnProbability", "another model's output"),
        ("shaped", "field_17", "as another model's output would"),
    ],
)
def test_a_planted_leak_is_named_and_left_out(usual, kind, column, says):
    made, plain = usual
    found = fitted(planted(made, kind))
    assert [leak.named for leak in found.leaks] == [column]
    assert says in found.leaks[0].why
    assert found.measures["auc"] == plain.measures["auc"]


# ------------------------------------------------------------------------------------------ reasons


def test_reasons_say_what_raises_the_risk_in_plain_words(usual):
    made, found = usual
    worst = np.argsort(-found.learnt.probabilities(made.rows))[:50]
    reasons = found.learnt.reasons(made.rows.take(pa.array(worst)), "USD")
    assert all(1 <= len(three) <= 3 for three in reasons)
    first = [three[0] for three in reasons]
    assert all("nresolved contact" in said and said.endswith("(higher risk)") for said in first[:20])
    columns = {feature.column for feature in made.features if "_" in feature.column}
    assert not any(column in said for three in reasons for said in three for column in columns)


def test_reasons_stay_when_other_customers_teach(usual):
    """Another world of the same truth: the strongest reason of the same customers is the same for nine in ten."""
    made, found = usual
    again = fitted(world(seed=77))
    ask = made.rows.slice(0, 500)
    one, other = (f.learnt.reasons(ask, "USD") for f in (found, again))
    assert np.mean([a[0] in b for a, b in zip(one, other, strict=True)]) >= 0.9


def test_the_same_rows_give_the_same_scores(usual):
    made, found = usual
    again = fitted(made)
    assert (again.learnt.probabilities(made.rows) == found.learnt.probabilities(made.rows)).all()
    assert again.measures == found.measures


# ------------------------------------------------------------------------------------------ bad input


@pytest.mark.parametrize("y", [0, 1], ids=["no leavers", "all leavers"])
def test_one_outcome_alone_gives_no_score(y):
    made = world(300, 4)
    found = fitted(made.with_y(np.full(len(made.y), y)))
    assert not found.shown
    assert "a model needs 50 customers who left and 50 who stayed" in found.verdict.says


def test_thirty_customers_give_no_score():
    found = fitted(world(30, 12))
    assert not found.shown
    assert found.measures == {}


def test_one_month_of_history_says_that_time_was_not_tested():
    found = fitted(world(6_000, 1, level=-2.0))
    assert found.shown, found.verdict
    assert "time was not tested" in found.tested


def test_constant_blank_and_endless_columns_are_left_out_with_the_reason(usual):
    made, plain = usual
    n = len(made.y)
    wide = made.with_own("Country", ["US"] * n).with_own("Fax", [None] * n).with_own("Ref", [f"r{i}" for i in range(n)])
    found = fitted(wide)
    assert {f.name: why for f, why in found.left_out} == {
        "Country": "it is always the same",
        "Fax": "it is always blank",
        "Ref": f"it has {n:,} different values",
    }
    assert found.measures["auc"] == plain.measures["auc"]


def test_chances_whose_level_was_learnt_from_others_pass_as_often_as_said():
    """20% leave. The level is learnt from 600 others and held against 900: right chances, told with that luck too."""
    luck = np.random.default_rng(1)
    customers = np.arange(900)

    def told(share):
        spread = np.linspace(-0.1, 0.1, 900)
        return HeldOut((luck.random(900) < 0.2 + spread).astype(float), share + spread, np.ones(900), customers)

    limit = error_by_chance(told(0.2), FOLDS)
    errors = [calibration_error(d.y, d.p, d.weight) for d in (told(luck.binomial(600, 0.2) / 600) for _ in range(400))]
    # 95% of 400, with two standard errors of 1.1 points and those of a limit that is itself drawn.
    assert np.mean(np.array(errors) <= limit) == pytest.approx(0.95, abs=0.04)
    assert error_by_chance(told(0.2)) < limit
