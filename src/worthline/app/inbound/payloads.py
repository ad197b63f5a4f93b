"""What a webhook says, as rows of `feedback`: by Delighted, by Formbricks, or by Worthline's own names.

Reads     the raw body of a delivery whose signature held, and the settings of its source.
Gives     Reading: the response it is about, its revision, and its answers as text by column; or why it brings none.
Method    Delighted sends a response again when its score or comment changes, Formbricks when it is updated and
          finished, each time whole: of one response the highest revision counts, whatever the order of arrival.
          Values stay text: the next run casts and checks them as it does those of any file, and sets bad ones aside.
Assumes   forms as published: app.delighted.com/docs/api/webhooks; formbricks docs, "Example Webhook Payloads".
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from worthline.tables import TABLES

Row = dict[str, str]
"""One row of `feedback` by column; a column that is absent is blank."""

MOST_ROWS = 1_000
"""Rows of one message: they are routed in one transaction, and what arrives meanwhile waits for it."""
COMMENT = "comment"
"""The metric of words that answer no question of a known name."""


@dataclass(frozen=True, slots=True)
class SourceRules:
    """How the deliveries of one source are read."""

    name: str
    kind: str = "standard"
    """standard, delighted or formbricks."""
    constants: Mapping[str, str] = field(default_factory=dict)
    """Columns with one value for every answer, where the delivery brings none: metric, touchpoint, channel, …"""
    questions: Mapping[str, str] = field(default_factory=dict)
    """The source's id of a question -> metric; where there are any, other questions are left out."""
    scales: Mapping[str, str] = field(default_factory=dict)
    """Metric -> scale, such as 1-5."""
    customer: str = ""
    """Where the customer's id stands, as a path: person_properties.customer_id."""
    prefix: str | None = None
    """What stands before the ids of responses; None: the source's name and a hyphen."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one delivery says of one response."""

    response_id: str = ""
    revision: str = ""
    """Sorts by when the response was last changed; of equal times, by how far it was."""
    rows: tuple[Row, ...] = ()
    ignored: str = ""
    """Why the delivery brings no answer and is none that went wrong: an unsubscription, a test."""
    unreadable: str = ""
    """Why the delivery should have brought an answer and does not."""


def read(rules: SourceRules, delivery_id: str, body: bytes, sent_at: datetime) -> Reading:
    """What a delivery says; `sent_at` dates an answer that bears no date."""
    try:
        content = json.loads(body.decode("utf-8-sig"), parse_float=str, parse_int=str, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return Reading(delivery_id, unreadable="the body is not valid JSON in UTF-8")
    if not isinstance(content, dict):
        return Reading(delivery_id, unreadable="the body is no JSON object")
    reading = _READERS[rules.kind](rules, delivery_id, content, sent_at)
    if len(reading.rows) > MOST_ROWS:
        return Reading(
            delivery_id, unreadable=f"the message brings more than {MOST_ROWS:,} rows: send fewer, or a file"
        )
    return reading


def _no_number(name: str) -> str:
    raise ValueError(f"{name} is no number of JSON")


SCALES = {
    "nps": "0-10",
    "enps": "0-10",
    "csat": "1-5",
    "csat3": "1-3",
    "ces": "1-5",
    "ces7": "1-7",
    "smileys": "1-5",
    "stars": "1-5",
    "thumbs": "0-1",
    "pmf": "1-3",
}
"""Delighted's kinds of survey."""
_RENAMED = {"enps": "nps", "csat3": "csat", "ces7": "ces"}


def _delighted(rules: SourceRules, delivery_id: str, content: dict[str, Any], sent_at: datetime) -> Reading:
    event, data = text(content.get("event_type")), content.get("event_data")
    if not event.startswith("survey_response."):
        return Reading(delivery_id, ignored=f"{event or 'an event without a type'} is no answer")
    if not isinstance(data, dict) or not text(data.get("id")):
        return Reading(delivery_id, unreadable="event_data has no id")
    kind = text(data.get("survey_type"))
    shared = _shared(rules, data)
    shared |= {
        "at": instant(data.get("created_at")) or sent_at.isoformat(),
        "updated_at": instant(data.get("updated_at")),
    }
    person = data.get("person")
    if isinstance(person, dict) and text(person.get("name")):
        shared["author"] = text(person["name"])  # a personal column: kept apart by the run, masked within the words
    if kind == "enps":
        shared["respondent"] = "employee"
    metric = rules.questions.get(kind, "") or rules.constants.get("metric", "") or _RENAMED.get(kind, kind)
    scale = rules.scales.get(metric, "") or SCALES.get(kind, "")
    rows = [
        {
            **shared,
            "metric": metric,
            "scale": scale,
            "score": text(data.get("score")),
            "text": text(data.get("comment")),
        }
    ]
    answers = data.get("additional_answers")
    for answer in answers if isinstance(answers, list) else []:
        rows += [{**shared, **row} for row in _additional(rules, answer)]
    rank = 1 if event.endswith("updated") else 0
    return _reading(rules, text(data["id"]), shared["updated_at"] or shared["at"], rank, rows)


def _additional(rules: SourceRules, answer: Any) -> list[Row]:
    """A further question's answer: its words or its score; choices are no words of the customer's."""
    question, value = (answer.get("question"), answer.get("value")) if isinstance(answer, dict) else (None, None)
    if not isinstance(question, dict) or not isinstance(value, dict):
        return []
    name = text(question.get("id"))
    if rules.questions and name not in rules.questions:
        return []
    metric = rules.questions.get(name, name)
    return [
        {"metric": metric, "scale": rules.scales.get(metric, ""), "score": text(value.get("scale")),
         "text": text(value.get("free_response"))}
    ]  # fmt: skip


BUTTONS = frozenset({"clicked", "dismissed", "accepted", "booked"})
"""What Formbricks writes for a button, a consent, a booking: no words of the customer's."""
_STAGES = {"responseCreated": 0, "responseUpdated": 1, "responseFinished": 2}


def _formbricks(rules: SourceRules, delivery_id: str, content: dict[str, Any], sent_at: datetime) -> Reading:
    event, data = text(content.get("event")), content.get("data")
    if event not in _STAGES:
        return Reading(delivery_id, ignored=f"{event or 'an event without a name'} is no answer")
    if not isinstance(data, dict) or not text(data.get("id")) or not isinstance(data.get("data"), dict):
        return Reading(delivery_id, unreadable="data has no id or no answers")
    shared = _shared(rules, data)
    contact = data.get("contact")
    if not shared.get("customer_id") and not rules.customer and isinstance(contact, dict):
        shared["customer_id"] = text(contact.get("userId"))
    shared |= {
        "at": instant(data.get("createdAt")) or sent_at.isoformat(),
        "updated_at": instant(data.get("updatedAt")),
    }
    language = text(data.get("language"))
    if language and language != "default":
        shared["language"] = language
    rows = []
    for question, value in data["data"].items():
        if rules.questions and question not in rules.questions:
            continue
        metric = rules.questions.get(question, text(question))
        answer = "; ".join(map(text, value)) if isinstance(value, list) else text(value)
        row = {**shared, "metric": metric, "scale": rules.scales.get(metric, "")}
        if is_number(answer):
            rows.append(row | {"score": answer})
        elif answer and answer not in BUTTONS and not isinstance(value, dict):
            rows.append(row | {"text": answer})
    if not rows:
        return Reading(delivery_id, ignored=f"{event} brings no answer yet")
    return _reading(rules, text(data["id"]), shared["updated_at"] or shared["at"], _STAGES[event], rows)


_SYNONYMS = {
    re.sub(r"[^a-z0-9]", "", name.lower()): column.name
    for column in TABLES["feedback"].columns
    for name in (column.name, *column.also_called)
}


def _standard(rules: SourceRules, delivery_id: str, content: dict[str, Any], sent_at: datetime) -> Reading:
    """Worthline's own form: `data` (or the whole body) is one row of feedback by its columns, or a list of rows."""
    data = content.get("data", content)
    many = data if isinstance(data, list) else [data]
    if not many or not all(isinstance(one, dict) for one in many):
        return Reading(delivery_id, unreadable="data is neither a row of feedback nor a list of rows")
    happened = instant(content.get("timestamp")) or sent_at.isoformat()
    rows = []
    for number, one in enumerate(many):
        row = _shared(rules, one) | {_canonical(name): text(value) for name, value in one.items() if _canonical(name)}
        row["at"] = instant(row.get("at", "")) or row.get("at", "") or happened
        row["updated_at"] = instant(row.get("updated_at", "")) or row.get("updated_at", "")
        row["feedback_id"] = row.get("feedback_id", "") or (delivery_id if number == 0 else f"{delivery_id}-{number}")
        row["metric"] = row.get("metric", "") or ("" if row.get("score") else COMMENT)
        row["scale"] = row.get("scale", "") or rules.scales.get(row["metric"], "")
        rows.append(row)
    if not any(row.get("score") or row.get("text") for row in rows):
        kind = text(content.get("type"))
        return Reading(delivery_id, ignored=f"{kind or 'the message'} brings neither score nor text")
    if len({row["feedback_id"] for row in rows}) > 1:
        # Several responses in one message: the message is the response, each row keeps its own id.
        return Reading(_named(rules, delivery_id), "", tuple(_filled(r, _named(rules, r["feedback_id"])) for r in rows))
    changed = max(instant(row.get("updated_at", "")) or "" for row in rows)
    return _reading(rules, rows[0]["feedback_id"], changed, 0, rows)


_READERS: dict[str, Callable[[SourceRules, str, dict[str, Any], datetime], Reading]] = {
    "standard": _standard,
    "delighted": _delighted,
    "formbricks": _formbricks,
}
KINDS = tuple(_READERS)


def _shared(rules: SourceRules, data: Mapping[str, Any]) -> Row:
    row = {name: value for name, value in rules.constants.items() if value}
    at: Any = data
    for part in rules.customer.split(".") if rules.customer else []:
        at = at.get(part) if isinstance(at, dict) else None
    if rules.customer:
        row["customer_id"] = text(at)
    return row


def _reading(rules: SourceRules, response: str, changed: str, rank: int, rows: list[Row]) -> Reading:
    named = _named(rules, response)
    return Reading(named, f"{changed}/{rank}", tuple(_filled(row, named) for row in rows))


def _named(rules: SourceRules, response: str) -> str:
    return f"{rules.name}-{response}" if rules.prefix is None else f"{rules.prefix}{response}"


def _filled(row: Row, response: str) -> Row:
    """The row with its response's id, its blank cells left out."""
    return {name: value for name, value in {**row, "feedback_id": response}.items() if value}


def _canonical(name: str) -> str:
    return _SYNONYMS.get(re.sub(r"[^a-z0-9]", "", name.lower()), "")


def text(value: Any) -> str:
    """A JSON value as a cell; what no file can hold (half a character, a null byte) becomes U+FFFD."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list)):
        value = json.dumps(value, ensure_ascii=False)
    return _NO_CHARACTER.sub("\ufffd", str(value)).strip()


_NO_CHARACTER = re.compile("[\\0\ud800-\udfff]")
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,10})?")


def is_number(cell: str) -> bool:
    """Whether a cell is a score rather than words."""
    return _NUMBER.fullmatch(cell) is not None


_EARLIEST, _LATEST = 0, 253_402_300_799  # 1970 to 9999, in seconds


def instant(value: Any) -> str:
    """Seconds since 1970, or ISO 8601, as ISO 8601 in UTC to the microsecond; "" where it is neither."""
    cell = text(value)
    try:
        if is_number(cell) and "-" not in cell and _EARLIEST <= float(cell) <= _LATEST:
            return datetime.fromtimestamp(float(cell), UTC).isoformat(timespec="microseconds")
        moment = datetime.fromisoformat(cell)
        return moment.astimezone(UTC).isoformat(timespec="microseconds") if moment.tzinfo else ""
    except (ValueError, OverflowError, OSError):
        return ""
