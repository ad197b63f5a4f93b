"""How well one file's columns fit one table: by name and by what stands in them.

Reads     a Group, a table's spec, what a person answered.
Gives     a Guess for each canonical column that has a header; it is sure only if name and values agree and nothing
          else in the file has as good a claim.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from worthline.ingest.propose import names, scores
from worthline.ingest.propose.plan import CONSTANT, Answers, Group, Guess
from worthline.ingest.propose.profile import FITS, Profile
from worthline.tables import TABLES, Column, Kind, TableSpec

if TYPE_CHECKING:
    from worthline.ingest.propose.facts import Facts

_NUMERIC = (Kind.MONEY, Kind.NUMBER, Kind.COUNT, Kind.RATE)


_NUMBERED = re.compile(r" \(\d+\)$")
_NAME = re.compile(r"^[^\W\d]+[.,]? [^\W\d]+")
_OTHER_DATE = re.compile(
    r"birth|born|dob|due|expir|end|until|updat|modif|chang|ship|join|since|signup|renew|cancel|clos|assign|solv|last|next|initial"
)
_SENT = re.compile(r"sent|send|invit|mailed|asked|issued|dispatch|deliver|versand|enviad|envoy")
"""Dates on which a survey went out: no answer's date."""
_ANSWERED = re.compile(r"answer|respon|complet|submit|record|antwort|repond|respuesta")
_AT = TABLES["transactions"].column("at")
_DAY = re.compile(r"^\d{4}-\d\d-\d\d$")
_PARAGRAPH = 80
_NO_RIVAL = ("customer_id", "amount")
"""Columns that even their own name does not settle where another usual name stands beside it."""
_BY_EMAIL = ("customers", "transactions", "feedback", "interactions", "subscriptions", "invitations", "treatments")
_ANY_OF = ("product",)
"""Columns of which a name and a number say the same."""


@dataclass
class Match:
    """One table against one file."""

    table: str
    guesses: dict[str, Guess] = field(default_factory=dict)
    rivals: dict[str, list[str]] = field(default_factory=dict)
    """canonical column -> headers that may be it, the best first."""
    hinted: bool = False
    constants: dict[str, tuple[str, str]] = field(default_factory=dict)
    """canonical column -> its one value, and why."""
    query: str = ""
    query_why: str = ""

    @property
    def spec(self) -> TableSpec:
        """The table's columns."""
        return TABLES[self.table]

    def sure(self, column: str) -> bool:
        """Whether a column is settled."""
        return column in self.guesses and self.guesses[column].sure

    @property
    def needed(self) -> tuple[str, ...]:
        """Required columns that must come from the file; a feedback's metric may be a constant."""
        constants = {*self.constants, "metric"} if self.table == "feedback" else {*self.constants}
        return tuple(c for c in self.spec.required if c not in constants)

    @property
    def complete(self) -> bool:
        """Whether all that the table needs is sure."""
        return all(map(self.sure, self.needed)) and (not self.spec.one_of or any(map(self.sure, self.spec.one_of)))

    @property
    def score(self) -> float:
        """What speaks for the table, to compare it with others of the same file."""
        needed = sum(2.0 if self.sure(c) else 1.0 if c in self.guesses else -2.0 for c in self.needed)
        content = sum(map(self.sure, self.spec.one_of))
        content_score = 1.0 + content if content else -2.0 if self.spec.one_of else 0.0
        rest = sum(1.0 for c, g in self.guesses.items() if g.sure and c not in (*self.needed, *self.spec.one_of))
        return needed + content_score + rest + (2.0 if self.hinted else 0.0)


def match(group: Group, table: str, answers: Answers, facts: Facts) -> Match:
    """Guess every column of `table`; a header serves one column at most, required ones first."""
    result = Match(table, hinted=table in names.hinted(group.shown))
    spec = TABLES[table]
    by_plain: dict[str, list[Profile]] = {}
    for column_profile in group.profiles:
        # A name that stands twice was given a number: both are called so.
        header = _NUMBERED.sub("", column_profile.header)
        header = header if header in group.header else column_profile.header
        by_plain.setdefault(names.plain(header), []).append(column_profile)
    used = {h for key, h in answers.items() if key[:2] == ("column", group.shown) and key[2] == table and h}
    for column in sorted(spec.columns, key=lambda c: not c.required):
        answer = answers.get(("column", group.shown, table, column.name))
        if answer is not None:
            if answer in group.header:
                result.guesses[column.name] = Guess(column.name, answer, True, "as you said", _samples(group, answer))
            elif answer.startswith(CONSTANT):
                result.constants[column.name] = answer.removeprefix(CONSTANT), "as you said"
            elif column.kind is Kind.INSTANT and _DAY.match(answer):
                result.constants[column.name] = answer, "as you said"
            continue
        if (fact := facts.sure.get((group.shown, table, column.name))) is not None:
            result.guesses[column.name] = Guess(column.name, fact[0], True, fact[1], _samples(group, fact[0]))
            used.add(fact[0])
            continue
        if column.name == "customer_id" and table in _BY_EMAIL and (way := facts.made.get(group.shown)) is not None:
            result.guesses[column.name] = Guess(column.name, way.column, True, way.why, way.samples)
            result.query, result.query_why = way.query, "the e-mail address says who it is"
            continue
        free = {n: [p for p in ps if p.header not in used] for n, ps in by_plain.items()}
        guess = _guess(column, table, free, result)
        if guess is not None and column.name == "customer_id" and names.plain(guess.header) in facts.doubtful:
            guess = replace(guess, sure=False, why=facts.doubtful[names.plain(guess.header)])
        if guess is None and column.name == "customer_id" and (possible_id := facts.maybe.get(group.shown)) is not None:
            guess = Guess(column.name, possible_id[0], False, possible_id[1], _samples(group, possible_id[0]))
        if guess is not None:
            result.guesses[column.name] = guess
            used.add(guess.header)
    _only_date(result, group, used)
    _only_words(result, group, used)
    if table == "interactions" and not result.sure("touchpoint") and (touch := names.touch(group.shown)):
        result.guesses.pop("touchpoint", None)
        result.constants.setdefault("touchpoint", (touch, "the file's name says so"))
    if table == "feedback" and "metric" not in result.guesses:
        score_columns = [
            (p, doubt, why) for p, _, _, doubt, why in scores.columns(group, answers) if p.header not in used
        ]
        if score_columns:
            p, doubt, why = min(score_columns, key=lambda possible_id: bool(possible_id[1]))
            result.guesses["score"] = Guess("score", p.header, not doubt, doubt or why, p.samples)
    return result


def _only_date(candidate: Match, group: Group, used: set[str]) -> None:
    """Where a file's name says its table, the only date in it says when, whatever it is called."""
    if "at" not in candidate.spec.names or "at" in candidate.guesses or not candidate.hinted:
        return
    dates = [p for p in group.profiles if p.dates and p.header not in used and p.type in ("text", "day", "instant")]
    other = names.plain(dates[0].header) if dates else ""
    other = other.replace("assigned", "") if candidate.table == "treatments" else other
    if candidate.table == "feedback" and _SENT.search(other):
        return
    if len(dates) == 1 and not _OTHER_DATE.search(other) and not misfit(_AT, dates[0]):
        candidate.guesses["at"] = Guess("at", dates[0].header, True, "the only date in the file", dates[0].samples)


def _only_words(candidate: Match, group: Group, used: set[str]) -> None:
    """Where a file's name speaks of feedback, the only column of sentences in it is what was said."""
    if candidate.table != "feedback":
        return
    guess = candidate.guesses.get("text")
    if guess is not None and not guess.sure and (p := group.profile(guess.header)) is not None and _is_long(p):
        candidate.guesses["text"] = replace(guess, sure=True, why="long sentences under a usual name")
    if "text" in candidate.guesses or not candidate.hinted:
        return
    texts = [p for p in group.profiles if p.words and p.header not in used and p.type == "text" and not p.labelled]
    texts = [p for p in texts if names.plain(p.header) not in names.PERSONAL]
    if len(texts) == 1 and not texts[0].dates and len(texts[0].counts) > 1:
        candidate.guesses["text"] = Guess(
            "text", texts[0].header, True, "the only sentences in the file", texts[0].samples
        )


def _is_long(p: Profile) -> bool:
    """Whether a column called content or body holds texts of a paragraph, not titles."""
    named = names.plain(p.header) in ("content", "body", "reviewbody", "message")
    return named and p.words and sum(len(v) * n for v, n in p.counts.items()) > _PARAGRAPH * p.filled


def _samples(group: Group, header: str) -> tuple[str, ...]:
    return group.profiles[group.header.index(header)].samples


def _guess(column: Column, table: str, by_plain: dict[str, list[Profile]], candidate: Match) -> Guess | None:
    usual = dict.fromkeys(names.canonical(table, column.name))
    named = [p for name in usual for p in by_plain.get(name, ())]
    fitting = [p for p in named if not misfit(column, p)]
    if table == "feedback" and column.name == "at":
        fitting = _answered(fitting)
    maybe = [p for name in names.perhaps(table, column.name) for p in by_plain.get(name, ()) if not misfit(column, p)]
    if column.name == "customer_id" and table != "customers":
        # What is called id and names each row once is the row's own.
        maybe = [p for p in maybe if not (names.plain(p.header) == "id" and p.unique)]
    rivals = list(dict.fromkeys(p.header for p in (*fitting, *maybe)))
    candidate.rivals[column.name] = rivals
    exact = [p for p in fitting if names.plain(p.header) == names.plain(column.name)]
    if exact and (len(fitting) == 1 or column.name not in _NO_RIVAL):
        return Guess(column.name, exact[0].header, True, "has its name", exact[0].samples)
    if len(fitting) == 1:
        return Guess(column.name, fitting[0].header, True, "a usual name of it", fitting[0].samples)
    if fitting and column.name in _ANY_OF:
        return Guess(column.name, fitting[0].header, True, "a usual name of it", fitting[0].samples)
    if fitting:
        options = " or ".join(repr(p.header) for p in fitting[:4])
        return Guess(column.name, fitting[0].header, False, f"{options}?", fitting[0].samples)
    if maybe:
        return Guess(column.name, maybe[0].header, False, f"{maybe[0].header!r} may be it", maybe[0].samples)
    if named and (why := misfit(column, named[0])) != "blank":
        return Guess(column.name, named[0].header, False, f"it has its name, but {why}", named[0].samples)
    return None


def _answered(dates: list[Profile]) -> list[Profile]:
    """Of several dates of a response those that say when it was answered, where any does."""
    return [p for p in dates if _ANSWERED.search(names.plain(p.header))] or dates


def misfit(column: Column, p: Profile) -> str:
    """Why the cells cannot be this column; empty if they can."""
    if not p.counts:
        return "blank"
    if column.required and column.blank_means is None and p.filled < 0.8 * p.cells:
        return f"{p.cells - p.filled:,} of {p.cells:,} cells are blank"
    kind = column.kind
    if kind in _NUMERIC:
        return _number_misfit(column, p)
    if kind is Kind.ID:
        return _id_misfit(p)
    if kind is Kind.CATEGORY and p.dates and column.name in ("arm", "initiative"):
        return "its cells are dates"
    if column.allowed:
        fit = sum(n for v, n in p.counts.items() if v.lower() in column.allowed)
        return "" if fit >= FITS * p.filled else f"it may hold only {', '.join(column.allowed)}"
    fits, what = {
        Kind.INSTANT: (bool(p.dates), "dates"),
        Kind.DAY: (bool(p.dates), "dates"),
        Kind.FLAG: (p.flag or (column.name == "resolved" and p.state), "yes and no"),
        Kind.CATEGORY: (column.name != "currency" or p.currency, "currency codes"),
        Kind.TEXT: (column.name != "email" or p.email, "e-mail addresses"),
    }[kind]
    return "" if fits else f"its cells are not {what}"


def _number_misfit(column: Column, p: Profile) -> str:
    if not p.numbers:
        return "its cells are no numbers"
    if column.kind is Kind.MONEY and p.fine > 1 - FITS:
        return "many have more than four decimals"
    span = p.range
    if span and column.least is not None and span[0] < column.least:
        return f"it goes below {column.least:g}"
    if span and column.most is not None and span[1] > column.most:
        return f"it goes above {column.most:g}"
    return ""


def _id_misfit(p: Profile) -> str:
    if p.type in ("day", "instant") or p.dates == ("iso",):
        return "its cells are dates"
    if p.share(_NAME) > 0.5:
        return "its cells look like names of people"
    if p.range and not p.whole:
        return "its cells are numbers with fractions"
    return "it is the same everywhere" if len(p.counts) == 1 and p.filled > 5 else ""
