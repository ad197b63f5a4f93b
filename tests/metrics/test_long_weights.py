"""Survey weights with more decimals than money has: no digit of them may stop a run."""

from __future__ import annotations

import random

import pytest

import worthline


def test_weights_of_twelve_decimals_give_the_weighted_share(tmp_path):
    """NPS = 100 x (weight of 9 and 10 less weight of 0 to 6) / weight of all, added up here."""
    rng = random.Random(1)
    rows = [(f"C{i}", rng.randint(0, 10), round(rng.random() * 3, 12)) for i in range(300)]
    lines = [f"{who},2025-{1 + i % 12:02d}-10,nps,{score},{weight:.12f}" for i, (who, score, weight) in enumerate(rows)]
    (tmp_path / "answers.csv").write_text("\n".join(["customer_id,at,metric,score,weight", *lines]) + "\n", "utf-8")
    settings = '[company]\nname = "W"\nas_of = "2025-12-31"\n[tables.feedback]\nfile = "answers.csv"\n'
    (tmp_path / "worthline.toml").write_text(settings, "utf-8")
    run = worthline.open(tmp_path).run(threads=1)
    nps = next(figure for figure in run.figures if figure.name == "nps")
    signed = sum(w * ((score >= 9) - (score <= 6)) for _, score, w in rows)
    # Weights are kept to ten decimals of their scale.
    assert nps.value == pytest.approx(100 * signed / sum(w for _, _, w in rows), abs=1e-5)
