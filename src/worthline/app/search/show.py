"""What was found, as a page, as JSON, and as quotes to copy into a deck.

Reads     Found.
Gives     `page`, `as_json`, `quote`, `sentence`. Every text is masked before it comes here.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from worthline.app.search.find import Found, Hit
from worthline.app.search.folding import Query, spans
from worthline.metrics import formatting
from worthline.reports.page import Column, Grid, Header, Page, Text

EXCERPT = 400
"""Characters of a text that are shown; the rest is behind its item's page."""


def sentence(found: Found) -> str:
    """How many texts match."""
    if not found.matches:
        return "No comment matches. Try fewer words, a beginning* or another filter."
    many = f"{found.matches:,}" if found.is_counted else f"More than {found.matches:,}"
    noun, verb = ("comment", "matches") if found.matches == 1 and found.is_counted else ("comments", "match")
    ranking = "Best matches first." if found.sought.wanted else "Newest first."
    cut = " Only the first words of your search were used." if found.sought.is_cut else ""
    ranked = "" if found.is_counted or not found.sought.wanted else " The newest 2,000 of them are ranked."
    return f"{many} {noun} {verb}. {ranking}{ranked}{cut}"


def excerpt(text: str, sought: Query) -> str:
    """The beginning of a text, or where it first matches."""
    text = " ".join(text.split())
    if len(text) <= EXCERPT:
        return text
    start = 0
    if not spans(text[:EXCERPT], sought):
        for at in range(EXCERPT // 2, min(len(text), 100_000), EXCERPT // 2):
            if spans(text[at : at + EXCERPT], sought):
                start = at
                break
    end = start + EXCERPT
    return ("… " if start else "") + text[start:end].strip() + (" …" if end < len(text) else "")


def score(hit: Hit) -> str:
    """A score with its scale; "" where there is none."""
    if hit.score is None:
        return ""
    plain = f"{hit.score:g}"
    return f"{plain} ({hit.scale or hit.metric})" if hit.scale or hit.metric else plain


def source(hit: Hit) -> str:
    """Who said it, when and about what, as far as a deck may say."""
    about = [hit.respondent, hit.segment, hit.touchpoint, formatting.day(hit.day) if hit.day else ""]
    score_text = f"score {score(hit)}" if hit.score is not None else ""
    return ", ".join(part for part in (*about, score_text) if part)


def quote(hit: Hit, sought: Query) -> str:
    """A quote with its source, for a deck."""
    return f"“{excerpt(hit.text, sought)}” ({source(hit)})"


def as_json(found: Found) -> dict[str, Any]:
    """What was found, for programs."""
    hits = [{**asdict(hit), "quote": quote(hit, found.sought)} for hit in found.hits]
    return {"matches": found.matches, "counted": found.is_counted, "hits": hits}


def page(header: Header, found: Found) -> Page:
    """What was found, for the terminal."""
    rows = tuple(
        (hit.day, score(hit), hit.touchpoint, hit.segment, excerpt(hit.text, found.sought)) for hit in found.hits
    )
    columns = (Column("Day"), Column("Score"), Column("Touchpoint"), Column("Segment"), Column("Comment"))
    return Page(header, (Text((sentence(found),)), Grid(columns, rows, label="Comments")))
