"""The size of a control group by arithmetic beside the test, and that it stays as it was settled."""

from __future__ import annotations

import json
from math import sqrt

import numpy as np
import pyarrow as pa
import pytest

from worthline.errors import DataError
from worthline.initiatives.worklist.sizing import size
from worthline.run import kept_groups
from worthline.run.kept_groups import Kept

Z = 1.959964 + 0.841621


def sized(n=200_000, *, p=0.2, lost=300.0, cost=3.0, per_week=10_000, weeks=13, share=None):
    return size(
        p=np.full(n, p),
        lost=np.full(n, lost),
        net=np.full(n, 1.0),
        cost=cost,
        per_week=per_week,
        weeks=weeks,
        share=share,
    )


def test_the_smallest_effect_worth_finding_pays_for_the_contact():
    """3 / 300 = 1 point of retention. At 10% control: Z^2 x .16 x (1/.1 + 1/.9) / .01^2 = 139,536 of both arms;
    130,000 calls and their 14,444 controls are enough, 5% (264,000) would not be. 139,536 / (10,000 / .9) = 12.6 weeks."""
    found = sized()
    by_hand = Z**2 * 0.16 * (1 / 0.1 + 1 / 0.9) / 0.01**2
    assert found.worth_finding == pytest.approx(0.01)
    assert found.share == 0.10
    assert found.customers == pytest.approx(by_hand, rel=1e-3)
    assert found.weeks == 13
    assert found.detectable == pytest.approx(Z * sqrt(0.16 * (1 / 0.1 + 1 / 0.9) / (130_000 / 0.9)), rel=1e-3)


def test_nobody_withholds_more_than_a_fifth_unasked():
    found = sized(per_week=100)
    assert found.share == 0.20
    assert found.weeks > 13
    assert sized(per_week=100, share=0.5).share == 0.5


def test_what_the_churn_model_tells_needs_no_customers():
    """Chances of .1 and .3 around .2: their variance .01 of .16 is known beforehand."""
    p = np.tile([0.1, 0.3], 100_000)
    args = {"lost": np.full(200_000, 300.0), "net": np.ones(200_000), "cost": 3.0, "per_week": 10_000, "weeks": 13}
    assert size(p=p, share=0.1, **args).customers == pytest.approx(
        sized(share=0.1).customers * (1 - 0.01 / 0.16), rel=1e-3
    )


def test_what_is_not_known_is_not_made_up():
    assert sized(p=float("nan")).customers is None
    assert sized(cost=0.0).customers is None
    assert sized(per_week=0).weeks is None
    assert sized(n=3, per_week=1, weeks=1).detectable is None


def test_key_and_shares_stay_as_they_were_settled(tmp_path):
    (tmp_path / ".worthline").mkdir()
    groups = pa.table({"trial": ["calls"], "share": [0.1]})
    first = kept_groups.settled(kept_groups.load(tmp_path), groups, "named")
    kept_groups.keep(tmp_path, first)
    assert kept_groups.load(tmp_path) == first == Kept("named", {"calls": 0.1})
    assert first.fingerprint == kept_groups.settled(first, groups, "another name").fingerprint
    later = kept_groups.settled(first, pa.table({"trial": ["texts"], "share": [0.2]}), "another name")
    assert later == Kept("named", {"calls": 0.1, "texts": 0.2})
    assert (tmp_path / ".worthline" / "control.json").stat().st_mode & 0o777 == 0o600
    assert kept_groups.settled(Kept(), None, "named") == Kept()


@pytest.mark.parametrize("text", ["", "{}", '{"key": "k", "shares": 5}', "\0"])
def test_a_damaged_file_never_draws_groups_anew(tmp_path, text):
    (tmp_path / ".worthline").mkdir()
    (tmp_path / ".worthline" / "control.json").write_text(text)
    with pytest.raises(DataError, match="Restore the file"):
        kept_groups.load(tmp_path)
    assert (tmp_path / ".worthline" / "control.json").read_text() == text
    assert json.dumps(Kept("k").shares) == "{}"
