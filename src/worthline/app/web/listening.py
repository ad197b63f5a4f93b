"""The pages of what customers say: search, inboxes, a group's digest, an item; and marking an item.

Reads     the published run and, live, the store.
Gives     `add`, which adds the routes. What is marked is answered by going back to where it was marked.
Assumes   the guard lets only the app's own pages post here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from worthline.app.routing import digest, inbox, show
from worthline.app.routing.office import Office
from worthline.app.search import find, index
from worthline.app.search import show as finding
from worthline.app.store import routings
from worthline.app.web.current import Held
from worthline.app.web.forms import fields, signature
from worthline.app.web.frame import framed
from worthline.app.web.navigation import PLACES
from worthline.errors import UsageError
from worthline.reports.page import Grid
from worthline.run.view import RunView

SIZE = 20
MARK = "/inbox/mark"
SHOWN = ("segment", "theme", "touchpoint", "channel", "language", "respondent")
"""Filters of the search page, each where the run has at least two values of it."""
Answer = Callable[[Request, Callable[[Held], Response]], Response]


def add(site: FastAPI, answer: Answer, office: Office) -> None:
    """Add the routes; `answer` asks the current run, and tells what goes wrong."""

    @site.api_route("/voice/search", methods=["GET", "HEAD"], response_class=HTMLResponse)
    def search(request: Request) -> Response:
        return answer(request, lambda held: HTMLResponse(_search(held.run, office, request.query_params)))

    @site.api_route("/inbox", methods=["GET", "HEAD"], response_class=HTMLResponse)
    def groups(request: Request) -> Response:
        return answer(request, lambda held: HTMLResponse(_groups(held.run, office)))

    @site.api_route("/inbox/item", methods=["GET", "HEAD"], response_class=HTMLResponse)
    def item(request: Request) -> Response:
        return answer(request, lambda held: HTMLResponse(_item(held.run, office, request.query_params.get("item", ""))))

    @site.api_route("/inbox/group", methods=["GET", "HEAD"], response_class=HTMLResponse)
    def group(request: Request) -> Response:
        return answer(request, lambda held: HTMLResponse(_group(held.run, office, request.query_params)))

    @site.post(MARK)
    async def mark(request: Request) -> Response:
        given = await fields(request)
        if given is None:
            return Response(status_code=413)
        return await run_in_threadpool(answer, request, lambda held: _marked(office, given))


def _marked(office: Office, given: Mapping[str, str]) -> Response:
    name, group = given.get("item", ""), given.get("group", "")
    by = signature(given)
    with office.store().writing() as tx:
        routings.mark(tx, name, group, given.get("state", ""), by=by, at=office.store().clock())
    return RedirectResponse(f"/inbox/item?{urlencode({'item': name})}", status_code=303)


def _search(run: RunView, office: Office, parameters: Mapping[str, str]) -> bytes:
    next(place for place in PLACES if place.path == "/voice/search").must_be_there(run)
    typed, page = parameters.get("q", "")[:1_000], _page_number(parameters)
    filters = {name: [parameters[name]] for name in SHOWN if parameters.get(name)}
    low, high = _score(parameters.get("score", ""))
    wanted = find.Wanted(
        typed,
        filters,
        score_low=low,
        score_high=high,
        first=_day(parameters, "from"),
        last=_day(parameters, "to"),
        limit=SIZE,
        offset=(page - 1) * SIZE,
    )
    with index.ready(run, office.folder) as opened:
        choices = {name: find.choices(opened, "label" if name == "theme" else name) for name in SHOWN}
        try:
            results = find.find(opened, wanted)
            sentence = finding.sentence(results)
        except UsageError as error:  # what was typed stays in the form, with what to change
            results, sentence = find.NOTHING, str(error)
    hits = [
        {
            "parts": _parts(finding.excerpt(hit.text, results.sought), results.sought),
            "hit": hit,
            "quote": finding.quote(hit, results.sought),
            "about": finding.source(hit),
        }
        for hit in results.hits
    ]
    most = min(results.matches, find.RANKED) if results.sought.wanted else results.matches
    kept = {name: value for name, value in parameters.items() if name != "page" and value}
    return framed(
        run,
        "search.html",
        "/voice/search",
        "Search comments",
        answer=sentence,
        asked={name: parameters.get(name, "") for name in ("q", "score", "from", "to", *SHOWN)},
        choices=[(name, values) for name, values in choices.items() if len(values) > 1],
        hits=hits,
        page=page,
        pages=max(-(-most // SIZE), 1),
        address="?" + urlencode(kept) + ("&" if kept else ""),
    )


def _parts(text: str, sought: Any) -> list[tuple[str, bool]]:
    """The text in parts, each with whether it matches."""
    from worthline.app.search.folding import spans

    parts, at = [], 0
    for start, end in spans(text, sought):
        parts += [(text[at:start], False), (text[start:end], True)]
        at = end
    return [*parts, (text[at:], False)]


def _groups(run: RunView, office: Office) -> bytes:
    context = office.context()
    if office.has_store():
        groups, now = inbox.groups(office.store(), context.groups()), office.store().clock()
        grid, sentence = Grid(show.GROUP_COLUMNS, show.group_rows(groups, now), label="Groups"), show.summary(groups)
    else:
        grid, sentence = Grid(show.GROUP_COLUMNS, (), label="Groups"), show.NOTHING
    links = {row[0]: f"/inbox/group?{urlencode({'group': row[0]})}" for row in grid.rows}
    return framed(
        run, "inbox.html", "/inbox", "Inbox", answer=sentence, grid=grid, links=links, sources=show.source_rows(office)
    )


def _group(run: RunView, office: Office, parameters: Mapping[str, str]) -> bytes:
    group, cadence, everything = parameters.get("group", ""), parameters.get("when", ""), parameters.get("all") == "1"
    if not group:
        raise UsageError("Which group? Choose one on the page Inbox.")
    entries: list[inbox.Entry] = []
    if office.has_store():
        narrowed: dict[str, Any] = {"is_open": None if everything else True, "cadence": cadence or None, "most": 500}
        entries = inbox.entries(office.store(), office.context(), group, **narrowed)
    return framed(
        run,
        "inbox_group.html",
        "/inbox",
        group,
        group=group,
        answer=show.count(group, entries, everything=everything),
        entries=[(entry, show.state(entry), show.score(entry), show.when(entry.routed_at)) for entry in entries],
        cadence=cadence,
        everything=everything,
        excerpt=digest.excerpt,
    )


def _item(run: RunView, office: Office, name: str) -> bytes:
    if not office.has_store():
        raise UsageError(show.NOTHING)
    entries = inbox.item(office.store(), office.context(), name)
    grid = Grid(show.WAY_COLUMNS, show.way_rows(entries), title="Sent to")
    customers = {row["customer_id"] for row in _customer(run, entries[0].customer_id)}
    return framed(
        run,
        "inbox_item.html",
        "/inbox",
        "Comment",
        entry=entries[0],
        facts=show.facts(entries[0]),
        ways=entries,
        state=show.state,
        grid=grid,
        customer=f"/customers/{quote(entries[0].customer_id)}" if entries[0].customer_id in customers else "",
    )


def _customer(run: RunView, customer_id: str) -> list[dict[str, Any]]:
    if not customer_id or "customer_scores" not in run.tables():
        return []
    query = "select customer_id from customer_scores where customer_id = ?"
    rows: list[dict[str, Any]] = run.sql(query, (customer_id,)).to_pylist()
    return rows


def _page_number(parameters: Mapping[str, str]) -> int:
    text = parameters.get("page", "")
    if not text:
        return 1
    if not (text.isascii() and text.isdigit() and 0 < int(text[:9]) <= find.RANKED // SIZE):
        raise UsageError(f"?page= wants a number from 1 to {find.RANKED // SIZE}; found {text[:40]!r}.")
    return int(text)


def _score(text: str) -> tuple[float | None, float | None]:
    from worthline.app.listening import score_range

    return score_range(text or None, "?score=")


def _day(parameters: Mapping[str, str], name: str) -> date | None:
    text = parameters.get(name, "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise UsageError(f"?{name}= wants a day such as 2026-09-30; found {text[:40]!r}.") from None
