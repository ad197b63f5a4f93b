"""How customers were assigned who were assigned more than once."""

from __future__ import annotations

from worthline.initiatives.assignment import kind_of_assignment


def pairs(*counts):
    arms = [("treated", "treated"), ("treated", "control"), ("control", "treated"), ("control", "control")]
    return [{"arm": a, "next_arm": b, "n": n} for (a, b), n in zip(arms, counts, strict=True) if n]


def test_the_same_arm_again_is_one_assignment():
    kind = kind_of_assignment(pairs(80, 0, 0, 20))
    assert (kind.is_drawn_anew, kind.crossed_over) == (False, 0)


def test_arms_that_do_not_hang_on_the_arm_before_were_drawn_anew():
    """Half and half after either arm."""
    assert kind_of_assignment(pairs(50, 52, 49, 51)).is_drawn_anew


def test_arms_that_mostly_stay_and_sometimes_change_are_crossed_over():
    """90 of 100 stay in either arm: chi-square 128 at one degree of freedom."""
    kind = kind_of_assignment(pairs(90, 10, 10, 90))
    assert (kind.is_drawn_anew, kind.crossed_over) == (False, 20)
