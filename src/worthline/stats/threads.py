"""On how many threads models learn and predict: one setting for all.

Gives     LEARNING, PREDICTING; lightgbm, loaded so that its threads sleep while they wait; linear_algebra_on_one.
Method    learning runs on one thread, so that what is learnt never depends on the machine. Predicting goes row by row,
          so its threads change nothing. OpenMP threads that spin while they wait take the processor from others: they
          are told to sleep before the library is loaded, unless the environment says otherwise (OMP_WAIT_POLICY).
          Linear algebra of a run is on one thread: sums of two threads differ in their last digit, products are small.
          Thread pools are never nested: what runs models side by side gives each one thread.
"""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from types import ModuleType

LEARNING = 1
PREDICTING = 2


def lightgbm() -> ModuleType:
    """The library, its waiting threads asleep."""
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    import lightgbm as library

    return library


def linear_algebra_on_one() -> AbstractContextManager[object]:
    """While this is entered, NumPy's and SciPy's linear algebra (each brings its own) runs on one thread."""
    import scipy.linalg  # noqa: F401  what is loaded later would not be limited
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    limits: AbstractContextManager[object] = threadpool_limits(limits=1, user_api="blas")
    return limits
