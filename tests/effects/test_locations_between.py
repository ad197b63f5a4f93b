"""Between and within: slopes by hand, on hospitals, and from a company's table of places."""

import numpy as np
import pyarrow.parquet as pq
import pytest

from tests.shared_data import DATA
from worthline.effects import locations

HOSPITALS = DATA / "hospital_panel" / "star_algorithm_input.parquet"


def made(within, between, draw, n=60, times=6):
    """Places whose means lie on one slope, and whose times lie on another."""
    mean = draw.normal(size=n) * 2
    inside = draw.normal(size=(n, times))
    inside -= inside.mean(axis=1, keepdims=True) + inside.mean(axis=0) - inside.mean()
    x = mean[:, None] + inside
    y = between * mean[:, None] + within * inside
    where, when = np.repeat(np.arange(n), times), np.tile(np.arange(times), n)
    return where, when, x.ravel(), y.ravel()


def test_both_slopes_without_noise_are_exact():
    found = locations.slopes(*made(0.5, 3.0, np.random.default_rng(1)))
    assert found.within == pytest.approx(0.5, abs=1e-12)
    assert found.between == pytest.approx(3.0, abs=1e-12)
    assert found.is_confounded
    assert "confounded" in locations.sentence(found, "stars", "returns")


def test_the_same_slope_is_not_called_confounded():
    draw = np.random.default_rng(2)
    where, when, x, y = made(1.0, 1.0, draw)
    found = locations.slopes(where, when, x, y + draw.normal(size=len(y)))
    assert not found.is_confounded
    assert abs(found.within - 1) < 3 * found.within_error


def test_a_value_carried_over_is_no_new_evidence():
    draw = np.random.default_rng(3)
    where, when, x, y = made(0.5, 3.0, draw)
    once = locations.slopes(where, when, x, y)
    twice = locations.slopes(
        np.repeat(where, 2), np.repeat(2 * when, 2) + np.tile([0, 1], len(when)), *(np.repeat(v, 2) for v in (x, y))
    )
    assert twice.repeated == len(x)
    assert (twice.n, twice.within, twice.within_error) == pytest.approx((once.n, once.within, once.within_error))


def test_what_rises_everywhere_explains_nothing():
    """60 places, 10 months: both measures rise with the calendar and are unrelated otherwise; the slope is 0.

    With effects of places alone, as at fa99b5c, it is the ratio of the two trends, 2 / 0.2 = 10, far from zero.
    """
    inside = []
    for seed in range(20):
        draw = np.random.default_rng(seed)
        where, when = np.repeat(np.arange(60), 10), np.tile(30 * np.arange(10), 60)
        x = 0.2 * when / 30 + 0.1 * draw.normal(size=600)
        y = 2.0 * when / 30 + draw.normal(size=600)
        found = locations.slopes(where, when, x, y)
        inside.append(abs(found.within) <= found.quantile * found.within_error)
    assert sum(inside) >= 17, "95% of 20, less three standard errors"


def test_two_way_slope_is_that_of_dummies_for_every_place_and_date():
    """An unbalanced panel against least squares on 40 + 12 dummies, the textbook's estimator."""
    draw = np.random.default_rng(6)
    where, when = np.repeat(np.arange(40), 12), np.tile(30 * np.arange(12), 40)
    some = draw.random(480) < 0.8
    where, when = where[some], when[some]
    x = draw.normal(size=len(where)) + 0.1 * where + 0.02 * when
    y = 0.7 * x - 0.3 * where + 0.05 * when + draw.normal(size=len(where))
    found = locations.slopes(where, when, x, y)
    dummies = np.column_stack([x, np.eye(40)[where], np.eye(12)[when // 30]])
    expected = np.linalg.lstsq(dummies, y, rcond=None)[0][0]
    assert found.within == pytest.approx(expected, abs=1e-10)


def test_a_slope_between_ten_times_that_within_is_confounded():
    """Nothing happens within a place, everything lies between them."""
    draw = np.random.default_rng(7)
    where, when, x, y = made(0.0, 3.0, draw)
    found = locations.slopes(where, when, x, y + 0.5 * draw.normal(size=len(y)))
    assert abs(found.between) > 10 * abs(found.within)
    assert found.is_confounded


def test_a_measure_without_a_kind_is_named_and_not_guessed():
    kinds = locations._kinds(["operating_margin", "Zufriedenheit", "returns"], [None, "soft", "hard"])
    assert kinds == {"Zufriedenheit": "soft", "operating_margin": "", "returns": "hard"}
    [says] = locations._undeclared(kinds)
    assert "operating_margin" in says
    assert 'values.kind = { "operating_margin" = "soft" }' in says
    assert locations._kinds(["stars", "stars"], ["soft", "hard"]) == {"stars": ""}, "declared both ways"


def test_few_places_give_nothing():
    assert locations.slopes(*made(0.5, 3.0, np.random.default_rng(4), n=19)) is None


@pytest.mark.skipif(not HOSPITALS.exists(), reason="needs hospital_panel of ../shared/data")
def test_hospitals_with_more_stars_readmit_less_but_a_star_gained_changes_little():
    table = pq.read_table(HOSPITALS)
    rows = table.select(["PROVIDER_ID", "report_date", "H_GLOB_STAR_RATING", "READM_30_HOSP_WIDE"]).drop_null()
    where = np.unique(np.asarray(rows["PROVIDER_ID"].to_pylist()), return_inverse=True)[1]
    when = rows["report_date"].cast("int64").to_numpy() // 86_400_000_000
    found = locations.slopes(where, when, rows["H_GLOB_STAR_RATING"].to_numpy(), rows["READM_30_HOSP_WIDE"].to_numpy())
    # By pandas, rows that repeat the one before left out: means of hospitals -.00296; deviations from them, with a
    # dummy of each of the 8 report dates, -.000305.
    assert found.between == pytest.approx(-0.00296, abs=5e-6)
    assert found.within == pytest.approx(-0.000305, abs=5e-6)
    assert found.is_confounded
    assert found.repeated == 11_357


def test_a_companys_places_become_effects(tmp_path):
    import worthline

    draw = np.random.default_rng(5)
    lines = ["location,at,measure,value,kind"]
    for where, when, x, y in zip(*made(0.5, 3.0, draw, n=30), strict=True):
        day = f"2025-{when + 1:02d}-28"
        lines += [f"P{where:02d},{day},stars,{x:.6f},soft", f"P{where:02d},{day},returns,{y:.6f},hard"]
    (tmp_path / "places.csv").write_text("\n".join(lines) + "\n")
    (tmp_path / "money.csv").write_text("customer_id,at,amount\n" + "".join(f"C{i},2025-05-01,10\n" for i in range(5)))
    (tmp_path / "worthline.toml").write_text(
        '[company]\nname = "Places"\ncurrency = "USD"\ntimezone = "UTC"\nas_of = "2025-06-30"\n'
        '[tables.transactions]\nfile = "money.csv"\n[tables.locations]\nfile = "places.csv"\n'
    )
    run = worthline.open(tmp_path).run()
    [row] = run.sql("select * from effects where grain = 'location'").to_pylist()
    assert (row["between"], row["within"]) == pytest.approx((3.0, 0.5), abs=1e-4)
    assert (row["grade"], row["money"]) == ("D", None)
    assert "confounded" in row["sentence"]
