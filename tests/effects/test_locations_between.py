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
    inside -= inside.mean(axis=1, keepdims=True)
    x = mean[:, None] + inside
    y = between * mean[:, None] + within * inside
    where, when = np.repeat(np.arange(n), times), np.tile(np.arange(times), n)
    return where, when, x.ravel(), y.ravel()


def test_both_slopes_without_noise_are_exact():
    found = locations.slopes(*made(0.5, 3.0, np.random.default_rng(1)))
    assert found.within == pytest.approx(0.5, abs=1e-12)
    assert found.between == pytest.approx(3.0, abs=1e-12)
    assert found.confounded
    assert "confounded" in locations.sentence(found, "stars", "returns")


def test_the_same_slope_is_not_called_confounded():
    draw = np.random.default_rng(2)
    where, when, x, y = made(1.0, 1.0, draw)
    found = locations.slopes(where, when, x, y + draw.normal(size=len(y)))
    assert not found.confounded
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


def test_few_places_give_nothing():
    assert locations.slopes(*made(0.5, 3.0, np.random.default_rng(4), n=19)) is None


@pytest.mark.skipif(not HOSPITALS.exists(), reason="needs hospital_panel of ../shared/data")
def test_hospitals_with_more_stars_readmit_less_but_a_star_gained_changes_little():
    table = pq.read_table(HOSPITALS)
    rows = table.select(["PROVIDER_ID", "report_date", "H_GLOB_STAR_RATING", "READM_30_HOSP_WIDE"]).drop_null()
    where = np.unique(np.asarray(rows["PROVIDER_ID"].to_pylist()), return_inverse=True)[1]
    when = rows["report_date"].cast("int64").to_numpy() // 86_400_000_000
    found = locations.slopes(where, when, rows["H_GLOB_STAR_RATING"].to_numpy(), rows["READM_30_HOSP_WIDE"].to_numpy())
    # By pandas, rows that repeat the one before left out: means of hospitals -.00296, deviations from them -.00029.
    assert found.between == pytest.approx(-0.00296, abs=5e-6)
    assert found.within == pytest.approx(-0.00029, abs=5e-6)
    assert found.between / found.within > 5
    assert found.confounded
    assert found.repeated == 11_357


def test_a_companys_places_become_effects(tmp_path):
    import worthline

    draw = np.random.default_rng(5)
    lines = ["location,at,measure,value"]
    for where, when, x, y in zip(*made(0.5, 3.0, draw, n=30), strict=True):
        day = f"2025-{when + 1:02d}-28"
        lines += [f"P{where:02d},{day},stars,{x:.6f}", f"P{where:02d},{day},returns,{y:.6f}"]
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
