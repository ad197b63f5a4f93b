"""The page of the worklist: whom to contact this week, as cards on a phone, and a form for what came of it.

Reads     the published run and, live, the store.
Gives     `add`, which adds the routes. What is recorded is answered by going back to the list.
Assumes   the guard lets only the app's own pages post here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from worthline.app import acting
from worthline.app.routing.office import Office
from worthline.app.store import treatments
from worthline.app.web.current import Held
from worthline.app.web.forms import fields, signature
from worthline.app.web.frame import framed
from worthline.app.web.navigation import PLACES
from worthline.errors import StoreError, UsageError
from worthline.reports import filters
from worthline.reports import worklist as listing
from worthline.run import personal
from worthline.run.view import RunView

RECORD = "/worklist/outcome"
Answer = Callable[[Request, Callable[[Held], Response]], Response]


def add(site: FastAPI, answer: Answer, office: Office) -> None:
    """Add the routes; `answer` asks the current run, and tells what goes wrong."""

    @site.api_route("/worklist", methods=["GET", "HEAD"], response_class=HTMLResponse)
    def worklist(request: Request) -> Response:
        viewer = request.app.state.viewer
        return answer(request, lambda held: HTMLResponse(_listed(held.run, office, request.query_params, viewer)))

    @site.post(RECORD)
    async def record(request: Request) -> Response:
        given = await fields(request)
        if given is None:
            return Response(status_code=413)
        return await run_in_threadpool(answer, request, lambda held: _recorded(held.run, office, given))


def _recorded(run: RunView, office: Office, given: Mapping[str, str]) -> Response:
    by = signature(given)
    row = {name: given.get(name, "") for name in acting.COLUMNS}
    sentences = acting.record(office.store(), office, run, [row], by=by)
    if sentences.refused:
        raise UsageError(sentences.refused[0])
    page = {"page": given.get("page", "1")}
    return RedirectResponse(f"/worklist?{urlencode(page)}#{given.get('customer_id', '')}", status_code=303)


def _listed(run: RunView, office: Office, parameters: Mapping[str, str], viewer: str) -> bytes:
    place = next(entry for entry in PLACES if entry.path == "/worklist")
    place.must_be_there(run)
    text = parameters.get("page", "1")
    if not text.isascii() or not text.isdigit() or not int(text[:9]) >= 1:
        raise UsageError(f"?page= is a number from 1 on; found {text[:40]!r}.")
    chosen = filters.chosen(run, {name: parameters.get(name, "") for name in filters.BY_ATTRIBUTE})
    listing_page = listing.page_of(chosen.sides[0].run, int(text[:9]))
    recorded = _done(office, listing_page.customers)
    return framed(
        run,
        "worklist.html",
        "/worklist",
        "Worklist",
        answer=listing_page.answer,
        found=listing_page,
        names=_names(run, listing_page.customers) if viewer else {},
        done=recorded,
        codes=acting.CODES,
        lede=place.lede,
        narrowed=chosen,
        kept=urlencode({name: value for name, value in parameters.items() if name in filters.names() and value}),
    )


def _names(run: RunView, customers: tuple[str, ...]) -> dict[str, str]:
    """What customers are called, for a reader who has the right to it."""
    names = personal.of(run.path, customers)
    return {customer: personal.name_of(each) for customer, each in names.items()}


def _done(office: Office, customers: tuple[str, ...]) -> dict[str, Any]:
    """The last outcome code of each customer on the page who has one; none where the store does not answer."""
    try:
        if not customers or not office.has_store():
            return {}
        with office.store().reading() as tx:
            return treatments.last_outcomes(tx, customers)
    except StoreError:  # the list is of the run, and is read all the same; writing says what is wrong
        return {}
