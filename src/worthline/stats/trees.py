"""A LightGBM booster, or none where no column can be split: the library stops the process's work there.

Reads     a LightGBM data set with its settings.
Gives     `begun`: a booster without trees, or None.
Method    a column that never varies, or whose values are too rare for a second bin, has one bin; a data set of such
          columns alone makes LightGBM fail ("maximum feature index in dataset is -1").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from worthline.stats import threads

if TYPE_CHECKING:
    import lightgbm as lgb


def begun(settings: dict[str, Any], held: lgb.Dataset) -> lgb.Booster | None:
    """A booster that has grown nothing yet; None where nothing can be split."""
    held.construct()
    if not any(held.feature_num_bin(column) > 1 for column in range(held.num_feature())):
        return None
    booster: lgb.Booster = threads.lightgbm().Booster(settings, held)
    return booster


def grown(booster: lgb.Booster | None) -> lgb.Booster | None:
    """The booster, where it has a tree."""
    return booster if booster is not None and booster.current_iteration() else None


def grow(booster: lgb.Booster | None, trees: int) -> None:
    """Up to so many trees, or as many as find anything to split."""
    while booster is not None and booster.current_iteration() < trees and not booster.update():
        pass
