"""A proposal as worthline.toml: a reason beside each line, what is not sure commented out.

Reads     a Proposal.
Gives     the text; it is TOML that config accepts, whatever files and columns are called.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby

from worthline.ingest.file_names import told
from worthline.ingest.masking import mask
from worthline.ingest.personal import kind_of
from worthline.ingest.propose.names import PERSONAL, plain
from worthline.ingest.propose.plan import Guess, Plan, Proposal
from worthline.tables import TABLES

_AT = 44
_LISTED = 12
_MASK = "***"
_ADDRESS = re.compile(r"[^@\s,;'\"(]+@[^@\s,;'\")]+\.[A-Za-z]{2,}")
_PHONE = re.compile(r"\+\d[\d ().\-/]{6,}\d|(?<![\w.-])\(?\d{3}\)?[ .\-]\d{3}[ .\-]\d{4}(?![\w-])")
_PERSONAL_REASONS = ("personal", "e-mail addresses")
_PERSONS = ("email", "phone", "name", "author")
"""Canonical columns that hold personal data."""


def write(proposal: Proposal) -> str:
    """The whole file."""
    out = [
        f"# Proposed by `worthline init` for {_say(proposal.name)}. Each line says why.",
        "# A line that begins with # is not certain: it is ignored until you remove the #.",
        "",
        "[company]",
        *(_line(line.key, _value(line.value), line.why, line.sure) for line in proposal.company),
    ]
    for name, why in proposal.unread:
        out += ["", f"# {_say(told(name))} is not read: {_say(why)}."]
    mapped = sorted(proposal.plans, key=lambda p: (not p.taken, p.table is None))
    several = {t for t, n in _count(p.table for p in mapped if p.taken) if n > 1}
    for plan in mapped:
        out += ["", *(_plan(plan, plan.table in several) if plan.table else _unmapped(plan))]
    return "\n".join(out) + "\n"


def _count(tables: Iterable[str | None]) -> list[tuple[str, int]]:
    return [(t, len(list(n))) for t, n in groupby(sorted(t for t in tables if t is not None))]


def _plan(plan: Plan, several: bool) -> list[str]:
    assert plan.table is not None
    head = f"[[tables.{plan.table}]]" if several else f"[tables.{plan.table}]"
    under = f"[tables.{plan.table}.columns]"
    body = [head, *_source(plan), *_options(plan)]
    columns = [_column(g) for g in plan.guesses]
    columns += [_kept(g, plan) for g in plan.guesses if not g.sure and _would_be_taken(g)]
    if any(not line.startswith("#") for line in columns):
        body += ["", under]
    body += columns
    note = [f"# {_say(told(plan.group.shown))}: {plan.group.rows:,} rows. {_say(plan.why)}."]
    note += [f"# {_say(text)}." for text in plan.notes]
    attributes = [_say(mask(a)) for a in plan.attributes]
    if attributes:
        more = f" and {len(attributes) - _LISTED} more" if len(attributes) > _LISTED else ""
        note.append(f"# Kept as attributes, under their own names: {', '.join(attributes[:_LISTED])}{more}.")
    if plan.taken:
        return note + body
    missing = f" Nothing was found for {', '.join(plan.missing)}." if plan.missing else ""
    return [
        *note,
        f"# Not sure, so not read.{missing}",
        *(line if line.startswith("#") else f"# {line}" for line in _lines(body)),
    ]


def _lines(body: list[str]) -> list[str]:
    return [part for line in body for part in line.split("\n") if part]


def _source(plan: Plan) -> list[str]:
    if plan.query:
        return [f"# The query: {_say(plan.query_why)}.", f"query = {_text(plan.query)}"]
    if plan.group.joined:
        return [f"# The query: {_say(plan.group.joined_why)}.", f"query = {_text(plan.group.joined)}"]
    files = plan.group.files
    return [_line("file", _value(files[0] if len(files) == 1 else list(files)), "", True)]


def _text(query: str) -> str:
    return _value(query) if "'''" in query else f"'''\n{query}\n'''"


def _options(plan: Plan) -> list[str]:
    out = [_line(o.key, _value(o.value), o.why, o.sure) for o in plan.options]
    sure = [c for c in plan.constants if c.sure]
    if sure:
        inside = ", ".join(f"{c.key} = {_value(c.value)}" for c in sure)
        out.append(_line("constants", f"{{ {inside} }}", "; ".join(dict.fromkeys(c.why for c in sure)), True))
    out += [
        _line("constants", f"{{ {c.key} = {_value(c.value)} }}", c.why, False) for c in plan.constants if not c.sure
    ]
    if plan.left_out:
        why = "; ".join(dict.fromkeys(reason for _, reason in plan.left_out if reason not in _PERSONAL_REASONS))
        why = why or "personal, so not taken"
        out.append(_line("leave_out", _value([h for h, _ in plan.left_out]), why, True))
    return out


def _column(guess: Guess) -> str:
    samples = _masked(guess.header, guess.samples, personal=guess.column in _PERSONS)
    seen = f"; e.g. {', '.join(s[:24] for s in samples)}" if samples else ""
    return _line(guess.column, _value(guess.header), f"{guess.why}{seen}", guess.sure)


def _would_be_taken(guess: Guess) -> bool:
    """Whether the reader would take the column for its name alone."""
    return plain(guess.column) == plain(guess.header)


def _kept(guess: Guess, plan: Plan) -> str:
    assert plan.table is not None
    name = f"their_{guess.column}"
    while name in TABLES[plan.table].names or name in plan.group.header:
        name = f"{name}_"
    return _line(name, _value(guess.header), "kept as an attribute, since it is not sure", True)


def _unmapped(plan: Plan) -> list[str]:
    head = f"# {_say(told(plan.group.shown))}: {plan.group.rows:,} rows, not read: {_say(plan.why)}. Its columns:"
    shown = ((p.header, _masked(p.header, p.samples, personal=p.email)) for p in plan.group.profiles)
    seen = ((header, ", ".join(s[:40] for s in samples) or "blank") for header, samples in shown)
    return [head, *(f"#   {_say(header)}: {_say(samples)}" for header, samples in seen)]


def masked_samples(plan: Plan) -> dict[str, Sequence[str]]:
    """By header: some of its cells as they may be shown; personal ones are masked."""
    persons = {g.header for g in plan.guesses if g.column in _PERSONS} | {header for header, _ in plan.left_out}
    made = {g.header: _masked(g.header, g.samples, personal=g.header in persons) for g in plan.guesses}
    return made | {
        p.header: _masked(p.header, p.samples, personal=p.email or p.header in persons) for p in plan.group.profiles
    }


def _masked(header: str, samples: Sequence[str], *, personal: bool) -> Sequence[str]:
    """Samples as they may be kept: personal ones are masked, and what tells who somebody is within words."""
    hidden = personal or plain(header) in PERSONAL or kind_of(header, samples) is not None
    return [_MASK] if samples and hidden else [_say(mask(sample)) for sample in samples]


def _line(key: str, value: str, why: str, sure: bool) -> str:
    text = f"{key} = {value}"
    commented = f"{text:<{_AT}} # {_say(why)}" if why else text
    return commented if sure else f"# {commented}"


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{_value(k)} = {_value(v)}' for k, v in value.items())} }}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_value, value))}]"
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in text) + '"'


def _say(text: str) -> str:
    """Text that may stand in a comment: on one line, without control characters or lone surrogates."""
    flat = _PHONE.sub(_MASK, _ADDRESS.sub(_MASK, " ".join(text.split())))
    return "".join(c if c.isprintable() else "?" for c in flat)[:400]
