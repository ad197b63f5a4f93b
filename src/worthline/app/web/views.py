"""What each page is filled with: the same blocks and words that the terminal shows.

Reads     a published run.
Gives     HTML as bytes, by page.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from worthline.app.web import chart, render
from worthline.app.web.frame import framed, opening
from worthline.app.web.navigation import PLACES, Place, places
from worthline.app.web.synonyms import SYNONYMS
from worthline.errors import NoSuchName, UsageError, nearest
from worthline.metrics import formatting
from worthline.reports import (
    browse,
    calibration,
    cards,
    chain,
    compare,
    customer_list,
    drivers,
    effects,
    explain,
    filters,
    initiatives,
    metrics_list,
    missing,
    one_effect,
    overview,
    quadrant,
    register,
    root_causes,
    tables,
    voice,
    waterfall,
)
from worthline.reports import customer as one_customer
from worthline.reports.page import Block, Next, Text
from worthline.run.view import RunView
from worthline.tables.money import currency_digits

if TYPE_CHECKING:
    import pyarrow as pa

DIMENSIONS = ("segment", "region", "channel")
"""Dimensions of customers by which soft and hard stand side by side."""
CODES = (
    "metric",
    "dimension",
    "kind",
    "line",
    "rule",
    "measure",
    "model",
    "outcome",
    "level",
    "source",
    "table",
    "cause",
)
"""Columns whose names of the contract are shown as words; what a company names itself is left as it is."""
BY_LIST = (
    "metric",
    "dimension",
    "member",
    "period",
    "segment",
    "region",
    "channel",
    "outcome",
    "grade",
    "kind",
    "state",
)
"""Columns of tables that pages filter by a list of what is there; any column can be named in the address."""


def overview_page(run: RunView) -> bytes:
    """The first page."""
    headline = cards.headline(run)
    courses = [c.trend for c in (*headline.first, *headline.second) if c.trend]
    grids = {name: overview.segments(run, name) for name in DIMENSIONS}
    return framed(
        run,
        "overview.html",
        "/",
        "Overview",
        headline=headline,
        columns=_columns(len(headline.first)),
        grids={name: grid for name, grid in grids.items() if len(grid.rows) > 1 and overview.both(grid)},
        causes=effects.first(run),
        corners=_quadrant(run),
        alerts=overview.alerts(run),
        trends=courses,
        happened=chart.marks(max(courses, key=lambda each: len(each.events))) if courses else (),
        rest=overview.remarks(run),
    )


def _quadrant(run: RunView) -> quadrant.Quadrant | None:
    if "customer_scores" not in run.tables():
        return None
    return quadrant.quadrant(run, set(run.table("customer_scores", 0).column_names))


def figures_page(run: RunView, parameters: dict[str, str]) -> bytes:
    """Every figure and metric that can be explained; or those of one group and period, or of two side by side."""
    comparison = compare.compared(run, parameters)
    listed = {} if comparison else {"headline": cards.headline(run), "families": metrics_list.metrics(run)}
    context = {
        "found": comparison,
        "choices": comparison.choices if comparison else compare.choices(run),
        "asked": parameters,
    }
    answer = f"{comparison.title}." if comparison else metrics_list.answer(run)
    return framed(run, "figures.html", "/figures", "Figures", answer=answer, **context, **listed)


def figure_page(run: RunView, name: str) -> bytes:
    """How one number came about."""
    explained = explain.explain(run, name)
    page = explain.page(run, explained)
    # The first block is the sentence, the second the numbers: they stand at the top, beside the course.
    sentence, facts, *blocks = page.blocks
    assert isinstance(sentence, Text)
    return framed(
        run,
        "figure.html",
        f"/figures/{name}",
        explained.figure.label,
        card=cards.card_of(run, explained.figure),
        name=name,
        answer=" ".join(sentence.lines),
        facts=facts,
        blocks=[block for block in blocks if not isinstance(block, Next)],
        tables=explained.figure.tables,
    )


def place_page(run: RunView, place: Place) -> bytes:
    """A page that is nothing but its blocks."""
    assert place.page is not None
    return _blocks_page(run, place.path, place.title, place.lede, place.page(run).blocks)


def filtered_page(run: RunView, place: Place, parameters: dict[str, str]) -> bytes:
    """The same for customers that the address chooses, or for two such groups side by side."""
    assert place.page is not None
    filtered = filters.chosen(run, parameters)
    sides = []
    for side in filtered.sides:
        answer, blocks = (filters.SMALL, []) if side.is_small else opening(place.page(side.run).blocks)
        sides.append((side, answer, blocks))
    answer = sides[0][1] if len(sides) == 1 else _beside(filtered)
    return framed(
        run,
        "filtered_page.html",
        place.path,
        place.title,
        answer=answer,
        lede=place.lede,
        found=filtered,
        sides=sides,
    )


def _beside(filtered: filters.Chosen) -> str:
    """Segment Home (2,132 customers) beside Segment Family (1,104 customers)."""
    named = (f"{side.title} ({side.customers})" if side.customers else side.title for side in filtered.sides)
    return f"{' beside '.join(named)}."


def customer_page(run: RunView, customer: str, *, with_names: bool = False) -> bytes:
    """One customer; `with_names` for readers who may see who they are."""
    lede = "What is known of this customer, what is expected, and why."
    blocks = list(one_customer.page(run, customer).blocks)
    if with_names:
        blocks[1:1] = one_customer.who(run, customer)
    return _blocks_page(run, "/customers/one", customer, lede, blocks)


def _blocks_page(run: RunView, path: str, title: str, lede: str, blocks: Sequence[Block]) -> bytes:
    answer, rest = opening(blocks)
    return framed(run, "blocks_page.html", path, title, answer=answer, lede=lede, blocks=rest)


def listed_customers(run: RunView, parameters: dict[str, str]) -> pa.Table:
    """All customers that fulfil the filters, for a download."""
    return customer_list.everybody(_scored(run), parameters)


def _scored(run: RunView) -> RunView:
    next(place for place in PLACES if place.path == "/customers").must_be_there(run)
    return run


def customer_list_page(run: RunView, parameters: dict[str, str], number: int, *, with_names: bool = False) -> bytes:
    """Customers one by one, filtered and sorted."""
    _scored(run)
    listed = customer_list.listed(run, parameters, number)
    if with_names:
        listed = customer_list.named(run, listed)
    query = urlencode({name: value for name, value in parameters.items() if value})
    return framed(
        run,
        "customer_list.html",
        "/customers/list",
        "Customer list",
        found=listed,
        answer=_many_customers(listed),
        address=f"?{query}&" if query else "?",
    )


def _many_customers(listed: customer_list.Listed) -> str:
    """How many the filters leave, and which page of them this is."""
    count = formatting.how_many(listed.customers, "customer")
    return f"{count}, page {listed.number} of {listed.pages}." if listed.pages > 1 else f"{count}."


def effect_page(run: RunView, name: str) -> bytes:
    """One experience and what came of it, on one outcome."""
    family = one_effect.named(run, name)
    context: dict[str, Any] = {
        "answer": str(family.row["sentence"] or ""),
        "family": family,
        "blocks": one_effect.evidence(family),
    }
    return framed(run, "effect.html", "/effects/one", family.title, **context)


def initiative_page(run: RunView, name: str) -> bytes:
    """One initiative."""
    lede = "What it did to customers and to money, and what speaks for and against that."
    blocks = initiatives.initiative_page(run, name).blocks
    title = initiatives.label(run, name)
    return _blocks_page(run, "/initiatives/one", title, lede, blocks)


def theme_page(run: RunView, name: str) -> bytes:
    """One theme of what customers wrote."""
    lede = "How many customers write of it, how they feel, and what else goes with it."
    title = voice.named(run, name)["label"]
    return _blocks_page(run, "/voice/one", title, lede, voice.theme_page(run, name).blocks)


def touchpoint_page(run: RunView, name: str) -> bytes:
    """What customers write about one touchpoint."""
    blocks = voice.touchpoint(run, name).blocks
    return _blocks_page(run, "/voice/one", name, "What customers write about it.", blocks)


def comment_page(run: RunView, name: str) -> bytes:
    """One comment."""
    lede = "What one person wrote, masked, and what was made of it."
    return _blocks_page(run, "/voice/one", "Comment", lede, voice.item(run, name).blocks)


def register_page(run: RunView, written: register.Written, parameters: Any) -> bytes:
    """The benefits register, with the forms in which people write."""
    place = next(place for place in PLACES if place.path == "/register")
    answer, blocks = opening(register.page(run, written).blocks)
    context: dict[str, Any] = {
        "answer": answer,
        "lede": place.lede,
        "blocks": blocks,
        "asked": parameters,
        "figures": run.figures,
    }
    return framed(run, "register.html", place.path, place.title, **context)


def actions_page(run: RunView, actions: list[dict[str, Any]], parameters: Any) -> bytes:
    """Root-cause actions, with the forms in which people write."""
    place = next(place for place in PLACES if place.path == "/actions")
    answer, blocks = opening(root_causes.page(run).blocks)
    context: dict[str, Any] = {
        "answer": answer,
        "lede": place.lede,
        "blocks": blocks,
        "asked": parameters,
        "actions": actions,
    }
    return framed(run, "actions.html", place.path, place.title, **context, subjects=root_causes.subjects(run))


def calibration_page(run: RunView) -> bytes:
    """What was predicted against what happened."""
    place = next(place for place in PLACES if place.path == "/calibration")
    place.must_be_there(run)
    context: dict[str, Any] = {"answer": calibration.answer(run), "lede": place.lede, "tests": calibration.tested(run)}
    return framed(run, "calibration.html", place.path, place.title, **context)


def effects_page(run: RunView, parameters: dict[str, str]) -> bytes:
    """Each outcome as a forest plot, then every horizon; of all customers, or of a slice of contacts."""
    place = next(place for place in PLACES if place.path == "/effects")
    place.must_be_there(run)
    slices = effects.slices(run)
    sides = []
    for name in (
        parameters.get("segment", ""),
        *([parameters["with_segment"]] if parameters.get("with_segment") else []),
    ):
        own = effects.of_slice(run, name, slices)
        answer, blocks = opening(effects.page(own).blocks)
        sides.append((name, answer, effects.forests(own), blocks))
    answer = " ".join(f"{name}: {context}" if name else context for name, context, _, _ in sides)
    context: dict[str, Any] = {
        "answer": answer,
        "lede": place.lede,
        "slices": slices,
        "sides": sides,
        "asked": parameters,
    }
    return framed(run, "effects.html", place.path, place.title, **context)


def drivers_page(run: RunView) -> bytes:
    """Importance against performance, then the tables."""
    place = next(place for place in PLACES if place.path == "/drivers")
    place.must_be_there(run)
    answer, blocks = opening(drivers.page(run).blocks)
    context: dict[str, Any] = {"answer": answer, "lede": place.lede, "plots": drivers.spots(run), "blocks": blocks}
    return framed(run, "drivers.html", place.path, place.title, **context)


def chain_page(run: RunView) -> bytes:
    """From experience to score to behaviour to money, as one picture."""
    place = next(place for place in PLACES if place.path == "/chain")
    place.must_be_there(run)
    value_chain = chain.chain(run)
    context: dict[str, Any] = {"answer": value_chain.lead, "lede": place.lede, "chain": value_chain}
    return framed(run, "chain.html", place.path, place.title, **context)


def bridges_page(run: RunView, parameters: dict[str, str]) -> bytes:
    """The bridges as steps: the newest of each kind open, the others folded; or those of one or two periods.

    Raises UsageError.
    """
    place = next(place for place in PLACES if place.path == "/bridges")
    place.must_be_there(run)
    bridges = waterfall.waterfalls(run)
    periods = waterfall.periods(bridges)
    wanted = [parameters[name] for name in ("period", "with_period") if parameters.get(name)]
    for period in wanted:
        if period not in dict(periods):
            some = ", ".join(dict(periods))
            raise UsageError(f"?period= is one of {some}; found {period[:40]!r}.")
    newest: dict[str, waterfall.Waterfall] = {}
    for bridge in bridges:
        newest.setdefault(bridge.kind, bridge)
    newest_or_chosen = [bridge for period in wanted for bridge in bridges if bridge.period == period] or list(
        newest.values()
    )
    closed = [] if wanted else [bridge for bridge in bridges if bridge not in newest_or_chosen]
    context = {"lede": place.lede, "open": newest_or_chosen, "closed": closed, "periods": periods, "asked": parameters}
    answer = waterfall.answer(newest_or_chosen, str(run.about["currency"]))
    return framed(run, "bridges.html", place.path, place.title, answer=answer, **context)


def tables_page(run: RunView) -> bytes:
    """Which tables there are."""
    rows = run.about.get("rows", {})
    names = [*run.tables(), *(name for name in rows if name.startswith("source."))]
    listed = [(name, formatting.count(rows[name]) if name in rows else "") for name in names]
    results = [pair for pair in listed if not pair[0].startswith("source.")]
    sources = [pair for pair in listed if pair[0].startswith("source.")]
    many = formatting.how_many(len(results), "result table"), formatting.how_many(len(sources), "checked table")
    answer = f"This run published {' and '.join(many)}."
    return framed(run, "tables.html", "/tables", "Tables", answer=answer, results=results, sources=sources)


def table_page(run: RunView, name: str, query: dict[str, str], number: int) -> bytes:
    """Some rows of one table; raises UsageError."""
    what = _asked_of(run, name, query)
    of = browse.count(run, what)
    pages = max(1, -(-of // browse.SIZE))
    if not 1 <= number <= pages:
        raise UsageError(f"{name} has pages 1 to {pages}; there is no page {number}.")
    rows = browse.rows(run, what, number)
    first = (number - 1) * browse.SIZE + 1
    span = f"Rows {formatting.count(first)} to {formatting.count(first - 1 + rows.num_rows)} of {formatting.count(of)}."
    return framed(
        run,
        "table.html",
        f"/tables/{name}",
        name,
        answer=span if rows.num_rows else "No rows.",
        name=name,
        grid=tables.grid(rows, digits=currency_digits(run.about["currency"]), name=name),
        what=what,
        headings=[(c, render.readable(c), _sorted_by(what, c)) for c in rows.column_names],
        codes=CODES,
        choices=_members(run, what, rows.column_names),
        without={c: "?" + urlencode(what.address(**{c: ""})) for c in what.filters},
        number=number,
        pages=pages,
        address="?" + urlencode(what.address()) + ("&" if what.address() else ""),
    )


def _sorted_by(what: browse.Asked, column: str) -> str:
    """The address of the table sorted by this column, the other way round where it is sorted by it already."""
    order = "desc" if what.sort == column and what.order == "asc" else "asc"
    return "?" + urlencode(what.address(sort=column, order=order))


def _members(run: RunView, what: browse.Asked, columns: list[str]) -> dict[str, list[str]]:
    """Column -> what it may be filtered by, for the usual filters of a table."""
    return {
        column: [str(v) for v in members]
        for column in BY_LIST
        if column in columns and (members := browse.members(run, what.name, column))
    }


def _asked_of(run: RunView, name: str, query: dict[str, str]) -> browse.Asked:
    names = table_names(run)
    if name not in names:
        raise missing.off(run, name) or NoSuchName("table", name, names)
    return browse.asked(run, name, query)


def table_rows(run: RunView, name: str, query: dict[str, str], form: str) -> pa.Table:
    """All rows of a table that fulfil the filters, sorted, for a download of this form."""
    return browse.everything(run, _asked_of(run, name, query), form)


def table_names(run: RunView) -> list[str]:
    """Tables that can be looked at: results, and the checked tables as source.NAME."""
    return [*run.tables(), *(name for name in run.about.get("rows", {}) if name.startswith("source."))]


def find(run: RunView, text: str) -> str:
    """The page that somebody asks for by a name, a label or a customer's number; raises NoSuchName."""
    wanted = text.strip()
    if not wanted:
        return "/figures"
    if one_customer.known(run, wanted):
        return f"/customers/{quote(wanted, safe='')}"
    by_name: dict[str, str] = {}
    for place in places(run):
        by_name[place.title] = place.path
    for each in metrics_list.metrics(run).values():
        for listed in each:
            by_name[listed.label] = by_name[listed.name] = f"/figures/{listed.name}"
    for name in initiatives.names(run):
        by_name[name] = f"/initiatives/{quote(name, safe='')}"
    for effect_id in one_effect.names(run):
        by_name[effect_id] = f"/effects/{effect_id}"
    for figure in run.figures:
        by_name[figure.label] = by_name[figure.name] = f"/figures/{figure.name}"
    for name in table_names(run):
        by_name.setdefault(name, f"/tables/{name}")
    if wanted in by_name:
        return by_name[wanted]
    named = {name.lower(): path for name, path in by_name.items()}
    paths = by_name | {place.path: place.path for place in places(run)}
    meant = [paths[name] for name in SYNONYMS.get(wanted.lower(), ()) if name in paths]
    placed = named.get(wanted.lower()) or next(iter(meant), "") or _located(run, wanted)
    if placed:
        return placed
    close = nearest(wanted, by_name, most=1)
    if close:
        return by_name[close[0]]
    raise NoSuchName("page, figure or table", wanted, by_name)


def _located(run: RunView, wanted: str) -> str:
    """The page about a touchpoint, or about a segment, region or channel of this name; "" where there is none."""
    if "effects" in run.tables() and "touchpoint" in run.table("effects", 0).column_names:
        query = (
            "select cause, outcome from effects where lower(touchpoint) = lower(?) "
            "order by outcome <> 'margin', estimate nulls last, cause limit 1"
        )
        rows = run.sql(query, [wanted]).to_pylist()
        if rows:
            return f"/effects/{rows[0]['outcome']}/{quote(str(rows[0]['cause']), safe='')}"
    if "metrics" not in run.tables():
        return ""
    query = "select dimension from metrics where lower(member) = lower(?) and dimension <> 'all' limit 1"
    locations = run.sql(query, [wanted]).to_pylist()
    return "" if not locations else "/#sides" if locations[0]["dimension"] in DIMENSIONS else "/tables/metrics"


def error_page(run: RunView | None, status: int, title: str, message: str, advice: str) -> bytes:
    """A page that says what is wrong and what to do."""
    return framed(run, "error.html", "", title, status=status, said=message, advice=advice)


def _columns(cards_: int) -> str:
    """How many cards stand side by side on a wide page, so that no row is left half empty."""
    if cards_ % 4 == 0:
        return "of-4"
    if (cards_ + 1) % 3 == 0:
        return "of-3 first-wide"
    if cards_ % 3 == 0:
        return "of-3"
    return "of-4 first-wide" if (cards_ + 1) % 4 == 0 else "of-4"
