"""Keys of worthline.toml that only the app reads: sources of webhooks, rules of routing, where groups are told.

Reads     [inbound.NAME], [[routing]] and [notify.GROUP] as written.
Gives     Listening, every key known and of the right type; or BadSetting with the nearest name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from worthline.config import FILE, Setting, section
from worthline.errors import BadSetting

if TYPE_CHECKING:
    from worthline.config import CompanyConfig

WHEN = ("at once", "daily", "weekly", "monthly")
"""How often a group is told."""
INBOUND_OPTIONS: tuple[Setting, ...] = (
    Setting("kind", "text", "standard", "who sends, and in which form", ("standard", "delighted", "formbricks")),
    Setting(
        "secret_env",
        "text",
        None,
        "variable that holds the signing secret (two, parted by a blank, while they change); default: "
        "WORTHLINE_INBOUND_NAME",
    ),
    Setting("secret_file", "text", None, "file that holds it instead, readable by its owner alone"),
    Setting("metric", "text", None, "metric of scores, where the message names none"),
    Setting("touchpoint", "text", None, "touchpoint that the answers are about, where the message names none"),
    Setting("channel", "text", "survey", "channel of the answers, where the message names none"),
    Setting("language", "text", None, "language of the words, where the message names none"),
    Setting("location", "text", None, "location that the answers are about, where the message names none"),
    Setting(
        "respondent", "text", None, "who speaks; default: a customer", ("customer", "employee", "partner", "supplier")
    ),
    Setting("questions", "names", {}, "the sender's id of a question = metric; other questions are then left out"),
    Setting("scales", "names", {}, "metric = its scale, such as 1-5"),
    Setting("customer", "text", None, "where the customer's id stands, as a path: person_properties.customer_id"),
    Setting(
        "prefix",
        "text",
        None,
        "stands before ids of responses; default: the source's name and a hyphen. Empty where the sender's export is "
        "read too, so that a response counts once",
    ),
    Setting("hosts", "list", [], "names under which a proxy passes messages on, such as hooks.example.com"),
)
"""Keys of [inbound.NAME]: a source of webhooks."""

ROUTING_OPTIONS: tuple[Setting, ...] = (
    Setting("name", "text", None, "what the rule is called; default: its number"),
    Setting("group", "text", None, "who is told; default: the group that owns the touchpoint or theme"),
    Setting("when", "text", "daily", "how often", WHEN),
    Setting("theme", "text or list", None, "one of these themes"),
    Setting("touchpoint", "text or list", None, "one of these touchpoints"),
    Setting("channel", "text or list", None, "one of these channels"),
    Setting("metric", "text or list", None, "one of these metrics"),
    Setting("language", "text or list", None, "one of these languages"),
    Setting("segment", "text or list", None, "customers of one of these segments"),
    Setting("words", "text or list", None, 'one of these: words, a "phrase", a beginning*, -without'),
    Setting("score_at_least", "number", None, "a score of this or more"),
    Setting("score_at_most", "number", None, "a score of this or less"),
    Setting("value_at_least", "money", None, "customers worth this or more (customer lifetime value)"),
)
"""Keys of [[routing]]: all that a rule names must hold."""

NOTIFY_OPTIONS: tuple[Setting, ...] = (
    Setting("url_env", "text", None, "variable that holds the address for apprise, such as mailto://… or slack://…"),
)
"""Keys of [notify.GROUP]: where a group is told, besides the app."""


@dataclass(frozen=True, slots=True)
class Listening:
    """How a company listens."""

    inbound: Mapping[str, Mapping[str, Any]]
    """Sources of webhooks by name, each with all keys of INBOUND_OPTIONS."""
    routing: tuple[Mapping[str, Any], ...]
    """Rules of routing in their order, each with all keys of ROUTING_OPTIONS."""
    notify: Mapping[str, Mapping[str, Any]]
    """Groups that are told outside the app, each with all keys of NOTIFY_OPTIONS."""


def listening(config: CompanyConfig) -> Listening:
    """The settings, checked; raises BadSetting."""
    raw, path = config.listening, config.folder / FILE
    return Listening(
        _named_sections(raw.get("inbound", {}), INBOUND_OPTIONS, f"{path} inbound"),
        _rules(raw.get("routing", []), f"{path} routing"),
        _named_sections(raw.get("notify", {}), NOTIFY_OPTIONS, f"{path} notify"),
    )


def _named_sections(raw: Any, options: tuple[Setting, ...], where: str) -> dict[str, dict[str, Any]]:
    if not isinstance(raw, dict):
        raise BadSetting(where, f"found {raw!r}", f"Write [{where.rsplit(maxsplit=1)[-1]}.NAME].")
    if not all(isinstance(one, dict) for one in raw.values()):
        raise BadSetting(where, f"found {', '.join(raw)}", f"Give it a name: [{where.rsplit(maxsplit=1)[-1]}.NAME].")
    for name, one in raw.items():
        if "secret" in one or "url" in one:
            key = "secret" if "secret" in one else "url"
            fix = f"Put it into the environment, and name the variable: {key}_env. A run publishes its settings."
            raise BadSetting(f"{where}.{name}", f"{key!r} would be readable in every run", fix)
    return {name: section(one, options, f"{where}.{name}") for name, one in raw.items()}


def _rules(raw: Any, where: str) -> tuple[dict[str, Any], ...]:
    if not isinstance(raw, list):
        raise BadSetting(where, f"found {raw!r}", "Write [[routing]], once for each rule.")
    rules = [section(one, ROUTING_OPTIONS, f"{where} number {number}") for number, one in enumerate(raw, 1)]
    for number, rule in enumerate(rules, 1):
        rule["name"] = rule["name"] or f"rule {number}"
        low, high = rule["score_at_least"], rule["score_at_most"]
        if low is not None and high is not None and low > high:
            raise BadSetting(f"{where} number {number}", f"no score is at least {low} and at most {high}", "Swap them.")
    return tuple(rules)
