"""The short version of webhooks.py: some hundreds of deliveries, two kills."""

import pytest

from tests.chaos import webhooks


@pytest.mark.slow
def test_deliveries_survive_kills_once_each():
    assert webhooks.suffer(250, kills=2, seed=3)
