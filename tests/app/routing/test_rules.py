"""Whom an answer goes to: each condition by hand, rules together, owners, and nobody."""

from decimal import Decimal

import pytest

from worthline.app.routing.rules import NOBODY, Said, duration, read_rules, routes

OWNERS = {("touchpoint", "Wrong bill"): "Billing", ("theme", "staff-rude"): "Shops"}


def ways(said, *rules):
    read = read_rules([{"name": f"r{n}", **rule} for n, rule in enumerate(rules)])
    found = routes(said, read, lambda kind, name: OWNERS.get((kind, name)))
    return {(way.group, way.cadence, way.rule) for way in found}


SAID = Said(
    "i", "The bill was wrong AGAIN", 3.0, "nps", "Wrong bill", "survey", "en", "Home", Decimal(500), ("staff-rude",)
)


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        ({"touchpoint": "wrong BILL"}, True),
        ({"touchpoint": ["Shop", "Wrong bill"]}, True),
        ({"touchpoint": "Shop"}, False),
        ({"theme": "staff-rude"}, True),
        ({"theme": "other"}, False),
        ({"channel": "survey", "language": "en", "segment": "home", "metric": "nps"}, True),
        ({"segment": "Business"}, False),
        ({"words": '"bill was wrong"'}, True),
        ({"words": ["refund", "bill*"]}, True),
        ({"words": "bill -again"}, False),
        ({"words": "*"}, False),
        ({"score_at_most": 3.0}, True),
        ({"score_at_most": 2.9}, False),
        ({"score_at_least": 3.0, "score_at_most": 3.0}, True),
        ({"score_at_least": 4.0}, False),
        ({"value_at_least": "500"}, True),
        ({"value_at_least": "500.0001"}, False),
        ({"words": "bill", "score_at_most": 3.0, "touchpoint": "Wrong bill"}, True),
        ({"words": "bill", "score_at_most": 2.0}, False),
        ({}, True),
    ],
)
def test_a_rule_holds_where_all_that_it_names_holds(rule, holds):
    expected = {("Care", "at once", "r0")} if holds else {("Billing", "daily", "owner")}
    assert ways(SAID, {"group": "Care", "when": "at once", **rule}) == expected


def test_what_is_unknown_fulfils_no_condition():
    blank = Said("i", "words")
    for rule in ({"score_at_most": 10.0}, {"value_at_least": "0"}, {"theme": "x"}, {"segment": "Home"}):
        assert ways(blank, {"group": "Care", **rule}) == {(NOBODY, "daily", "")}


def test_every_rule_speaks_and_the_sooner_counts():
    rules = (
        {"group": "Care", "when": "weekly"},
        {"group": "Care", "when": "at once"},
        {"group": "Shops", "when": "monthly"},
    )
    assert ways(SAID, *rules) == {("Care", "at once", "r1"), ("Shops", "monthly", "r2")}


def test_a_rule_without_a_group_goes_to_the_owner():
    assert ways(SAID, {"when": "at once"}) == {("Billing", "at once", "r0")}
    assert ways(Said("i", "x", themes=("none", "staff-rude")), {"when": "weekly"}) == {("Shops", "weekly", "r0")}
    assert ways(Said("i", "x"), {"when": "weekly"}) == {(NOBODY, "weekly", "r0")}


def test_without_a_rule_words_go_to_the_owner_and_scores_alone_go_nowhere():
    assert ways(SAID) == {("Billing", "daily", "owner")}
    assert ways(Said("i", "", 2.0, touchpoint="Wrong bill")) == set()
    assert ways(Said("i", "x")) == {(NOBODY, "daily", "")}


def test_reasons_say_why():
    rules = read_rules(
        [{"name": "r", "group": "Care", "words": ["bill*"], "score_at_most": 6.0, "touchpoint": "Wrong bill"}]
    )
    (way,) = routes(SAID, rules, lambda kind, name: None)
    assert way.reason == "touchpoint Wrong bill; words bill*; score 3"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "less than a minute"), (59, "less than a minute"), (60, "1 minute"), (3660, "1 hour 1 minute"),
     (90_000, "1 day 1 hour"), (86_400 * 40, "40 days")],
)  # fmt: skip
def test_durations_in_words(seconds, said):
    assert duration(seconds) == said


def test_a_comment_of_a_million_characters_is_routed_by_its_beginning():
    """Masking a million takes seconds in which nothing else is stored: themes are told by the first 20,000."""
    from types import SimpleNamespace

    from worthline.app.routing.context import ROUTED, Context

    seen = []
    context = Context(None)
    vars(context)["_model"] = SimpleNamespace(themes=lambda texts: [seen.append(len(t)) or () for t in texts])
    assert context.themes(["bill " * 200_000, "short"]) == [(), ()]
    assert seen == [ROUTED, 5]
