"""Fills the templates: one environment, everything escaped, one macro for each kind of block.

Reads     templates/ and static/ beside this file.
Gives     `page` (HTML as bytes) and the static files by name.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from worthline.app.web import bars, chart, pictures
from worthline.metrics import formatting
from worthline.reports import page as blocks
from worthline.reports.figure_text import sentences_of
from worthline.results import GRADES, evidence_words

HERE = Path(__file__).parent
TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
_CODE = re.compile(r"[a-z]+(_[a-z0-9]+)+")
_COMMAND = re.compile(r"(?:: )?worthline (explain|check|show)((?: [\w.]+)*)")


def page(template: str, **context: Any) -> bytes:
    """A page as bytes."""
    return environment().get_template(template).render(**context).encode("utf-8", "replace")


@cache
def environment() -> Environment:
    """The templates, with what they may call."""
    jinja = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    jinja.filters["linked"] = linked
    jinja.filters["goes"] = goes
    jinja.filters["plain"] = plain
    jinja.filters["member"] = member
    jinja.filters["lead"] = lead
    jinja.globals.update(static=static_path, kind=kind, readable=readable)
    jinja.globals.update(chart=chart.chart, spark=chart.small, whisker=bars.whisker, step=bars.step)
    jinja.globals.update(point=bars.point, share=bars.share, exact=exact)
    jinja.globals.update(quadrants=pictures.quadrants, flow=pictures.flow)
    return jinja


def kind(block: blocks.Block) -> str:
    """The name of the macro that draws a block; "" where there is nothing to draw."""
    match block:
        case blocks.Grid(rows=rows):
            return "grid" if rows else ""
        case blocks.Text(lines=lines):
            return "text" if lines else ""
        case blocks.Facts(pairs=pairs):
            return "facts" if pairs else ""
        case blocks.Code(text=text):
            return "code" if text else ""
        case blocks.Next(commands=commands):
            return "next" if commands else ""


def exact(text: str) -> Markup:
    """The attribute that carries a number exactly, for sorting and downloads; nothing for words."""
    value = getattr(text, "exact", None)
    return Markup("") if value is None else Markup(' data-v="{}"').format(f"{value:f}")


def readable(name: str) -> str:
    """A name of the contract as words: net_revenue_retention -> net revenue retention."""
    return name.replace("_", " ")


def plain(text: str) -> str:
    """A raw code as words: answered_blank -> answered blank; other text as it is."""
    return readable(text) if _CODE.fullmatch(text) else text


def member(column: str, code: str) -> str:
    """A value that a table is filtered by, as words: a period, a grade, or a name of the contract."""
    if column == "period":
        return formatting.period(code)
    if column == "grade":
        return evidence_words(code, None, None) if code in GRADES else code
    return readable(code)


def lead(text: str) -> str:
    """The first two sentences of a text: what a card has room for; the figure's own page has all."""
    return " ".join(sentences_of(text)[:2])


def goes(command: str) -> str:
    """Where in the app a command of the terminal leads; "" where nowhere."""
    match = _COMMAND.fullmatch(command)
    return _path(match[1], match[2].split()) if match else ""


def linked(text: str) -> Markup:
    """A sentence in which a command of the terminal is a link to the page that says the same."""
    out, end = Markup(), 0
    for match in _COMMAND.finditer(text):
        path = _path(match[1], match[2].split())
        if path:
            names = {"check": "See data health", "explain": "See how it is calculated", "show": "See the table"}
            out += escape(text[end : match.start()]) + Markup('. <a href="{}">{}</a>').format(path, names[match[1]])
            end = match.end()
    return out + escape(text[end:])


def _path(name: str, arguments: list[str]) -> str:
    match name, arguments:
        case "check", []:
            return "/health"
        case "explain", [figure]:
            return f"/figures/{figure}"
        case "show", []:
            return "/"
        case "show", [table]:
            return f"/tables/{table}"
        case _:
            return ""


@cache
def statics() -> dict[str, tuple[bytes, str]]:
    """Name -> content and its type."""
    files = sorted(path for path in (HERE / "static").iterdir() if path.suffix in TYPES)
    return {path.name: (path.read_bytes(), TYPES[path.suffix]) for path in files}


@cache
def static_path(name: str) -> str:
    """Where a static file is fetched: its name carries what it holds, so that a browser may keep it."""
    return f"/static/{hashlib.sha256(statics()[name][0]).hexdigest()[:12]}/{name}"
