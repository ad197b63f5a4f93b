"""Which groups an answer goes to, how soon, and why: the company's rules, then who owns what it is about.

Reads     rules of worthline.toml, one answer with what is known of its customer, and who owns touchpoints and themes.
Gives     `read_rules`, `routes`.
Method    every rule whose conditions all hold sends the answer to its group; a rule without a group sends it to the
          owner. Where rules disagree about a group, the sooner counts. Where no rule speaks, words go to the owner
          daily. What nobody owns goes to NOBODY, so that it is seen there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from worthline.app.inbound.options import WHEN
from worthline.app.search.folding import Query, query
from worthline.app.store.routings import Route
from worthline.metrics import formatting

NOBODY = "(no owner)"
"""The inbox of what no rule and no owner takes."""
OWNERS = "daily"
"""How often owners are told where no rule speaks."""


@dataclass(frozen=True, slots=True)
class Said:
    """One answer, as rules see it."""

    item: str
    text: str = ""
    score: float | None = None
    metric: str = ""
    touchpoint: str = ""
    channel: str = ""
    language: str = ""
    segment: str = ""
    value: Decimal | None = None
    """Customer lifetime value; None where it is not known."""
    themes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; all that it names must hold."""

    name: str
    group: str | None
    when: str
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Of theme, touchpoint, channel, metric, language, segment: one of these, compared without case."""
    words: tuple[Query, ...] = ()
    """One of these must match."""
    typed: tuple[str, ...] = ()
    score_at_least: float | None = None
    score_at_most: float | None = None
    value_at_least: Decimal | None = None

    def reasons(self, comment: Said) -> list[str] | None:
        """Why it holds, in words; None where it does not."""
        why: list[str] = []
        for check in (self._of_values, self._of_words, self._of_score, self._of_value):
            holding = check(comment)
            if holding is None:
                return None
            why += holding
        return why

    def _of_values(self, comment: Said) -> list[str] | None:
        why = []
        for name, wanted in self.values.items():
            values = comment.themes if name == "theme" else (getattr(comment, name),)
            shared = [value for value in values if value.casefold() in wanted]
            if not shared:
                return None
            why.append(f"{name} {', '.join(shared)}")
        return why

    def _of_words(self, comment: Said) -> list[str] | None:
        if not self.words:
            return []
        matched = [typed for typed, sought in zip(self.typed, self.words, strict=True) if sought.matches(comment.text)]
        return [f"words {', '.join(matched)}"] if matched else None

    def _of_score(self, comment: Said) -> list[str] | None:
        low, high = self.score_at_least, self.score_at_most
        if low is None and high is None:
            return []
        if (
            comment.score is None
            or (low is not None and comment.score < low)
            or (high is not None and comment.score > high)
        ):
            return None
        return [f"score {comment.score:g}"]

    def _of_value(self, comment: Said) -> list[str] | None:
        if self.value_at_least is None:
            return []
        if comment.value is None or comment.value < self.value_at_least:
            return None
        return ["customer value"]


def read_rules(settings: Sequence[Mapping[str, Any]]) -> tuple[Rule, ...]:
    """Rules as worthline.toml has them; `settings` has every key of ROUTING_OPTIONS."""
    return tuple(_rule(setting) for setting in settings)


def _rule(setting: Mapping[str, Any]) -> Rule:
    listed = ("theme", "touchpoint", "channel", "metric", "language", "segment")
    typed = _many(setting.get("words"))
    worth = setting.get("value_at_least")
    return Rule(
        name=setting["name"],
        group=setting.get("group"),
        when=setting.get("when") or OWNERS,
        values={
            name: tuple(v.casefold() for v in _many(setting.get(name))) for name in listed if _many(setting.get(name))
        },
        words=tuple(query(words) for words in typed),
        typed=typed,
        score_at_least=setting.get("score_at_least"),
        score_at_most=setting.get("score_at_most"),
        value_at_least=None if worth is None else Decimal(str(worth)),
    )


def _many(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


def routes(comment: Said, rules: Sequence[Rule], owners: Callable[[str, str], str | None]) -> list[Route]:
    """Where one answer goes; `owners(kind, name)` is the group that owns a touchpoint or theme."""
    theme = next(
        (name for name in comment.themes if owners("theme", name)), comment.themes[0] if comment.themes else ""
    )
    owner = owners("touchpoint", comment.touchpoint) or owners("theme", theme) or NOBODY
    by_group: dict[str, Route] = {}
    for rule in rules:
        why = rule.reasons(comment)
        if why is None:
            continue
        group = rule.group or owner
        standing = by_group.get(group)
        if standing is None or WHEN.index(rule.when) < WHEN.index(standing.cadence):
            by_group[group] = Route(comment.item, group, rule.when, rule.name, theme, "; ".join(why))
    if not by_group and comment.text:
        about = (
            f"touchpoint {comment.touchpoint}" if comment.touchpoint else f"theme “{_in_words(theme)}”" if theme else ""
        )
        reason = f"owner of {about}" if owner != NOBODY else "no rule and no owner"
        by_group[owner] = Route(comment.item, owner, OWNERS, "owner" if owner != NOBODY else "", theme, reason)
    return sorted(by_group.values(), key=lambda route: route.group)


def _in_words(theme: str) -> str:
    """A theme as people read it: found ones are called by their terms, listed ones by the company."""
    if theme.startswith("own: "):
        return theme.removeprefix("own: ")
    words = theme.replace("-", ", ")
    return words[:1].upper() + words[1:]


def duration(seconds: float | None) -> str:
    """A stretch of time in its two largest units: 2 days 3 hours."""
    if seconds is None:
        return formatting.NOT_KNOWN
    minutes = int(seconds // 60)
    units = (("day", minutes // 1440), ("hour", minutes // 60 % 24), ("minute", minutes % 60))
    parts = [f"{n} {name}{'s' if n != 1 else ''}" for name, n in units if n]
    return " ".join(parts[:2]) or "less than a minute"
