"""The routes: which page stands where, and how what goes wrong is told.

Reads     the run that is published at the moment of a request.
Gives     `make`, an ASGI application for one company's folder.
Method    a page is made once a run and kept; an answer is of one run from its beginning to its end. Where the run
          was replaced while a page was made of it, the page is made again of the new one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.exceptions import HTTPException

from worthline.app import output
from worthline.app.routing.office import Office
from worthline.app.web import alive, downloads, listening, render, views, worklist, writing
from worthline.app.web.current import Current, Held
from worthline.app.web.guard import Guard
from worthline.app.web.navigation import PLACES, Place
from worthline.app.web.turns import Turns
from worthline.errors import CorruptRun, Fault, NoRun, NoSuchName, UsageError, WorthlineError, nearest
from worthline.reports import compare, customer_list, explain, filters, overview, tables
from worthline.reports.page import header
from worthline.run.view import RunView

if TYPE_CHECKING:
    import pyarrow as pa

FOREVER = "public, max-age=31536000, immutable"
READ = ["GET", "HEAD"]
Make = Callable[[RunView], bytes]


NAMES = "names"
"""The viewer who may see who customers are; everybody else is ""."""


def make(folder: Path, office: Office | None = None, *, with_names: bool = False) -> Guard:
    """The app of one company's folder; `office` receives its webhooks; `with_names` shows who customers are."""
    office = office or Office(folder, lambda error: output.keep_traceback(folder, error))
    site = FastAPI(title="Worthline", docs_url=None, redoc_url=None, openapi_url=None)
    site.state.viewer = NAMES if with_names else ""
    current = Current(folder)
    writing.add(site, folder, lambda request, say: _answer(request, current, say))
    _pages(site, current)
    _details(site, current)
    _lists(site, current)
    _api(site, current)
    _static(site)
    alive.routes(site, current)
    listening.add(site, lambda request, say: _answer(request, current, say), office)
    worklist.add(site, lambda request, say: _answer(request, current, say), office)

    async def lost(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 404
        close = nearest(request.url.path.strip("/").split("/")[0], [p.path.strip("/") for p in PLACES if p.path != "/"])
        hint = f"Did you mean /{close[0]}?" if close else "The navigation above shows what there is."
        return _told(request, current, status, f"There is no page {request.url.path}.", hint)

    site.add_exception_handler(HTTPException, lost)
    return Guard(
        Turns(downloads.Downloads(site)), office.receiver, writes=(*writing.WRITES, listening.MARK, worklist.RECORD)
    )


def _pages(site: FastAPI, current: Current) -> None:
    drawn: dict[str, Make] = {
        "/": views.overview_page,
        "/tables": views.tables_page,
        "/chain": views.chain_page,
        "/drivers": views.drivers_page,
        "/calibration": views.calibration_page,
    }

    filtered: dict[str, tuple[tuple[str, ...], Callable[[RunView, dict[str, str]], bytes]]] = {
        "/figures": (compare.ASKED, views.figures_page),
        "/bridges": (("period", "with_period"), views.bridges_page),
        "/effects": (("segment", "with_segment"), views.effects_page),
    }
    for each in PLACES:
        if each.by_customers:
            filtered[each.path] = (filters.names(), partial(_narrowed, each))

    def place(entry: Place) -> Callable[[Request], Response]:
        def shown(request: Request) -> Response:
            if entry.path in filtered:
                names, make_page = filtered[entry.path]
                parameters = {name: request.query_params.get(name, "") for name in names}
                query = urlencode([(name, value) for name, value in parameters.items() if value])
                return _html(request, current, f"{entry.path}?{query}", lambda run: make_page(run, parameters))

            def blocks(run: RunView) -> bytes:
                entry.must_be_there(run)
                return views.place_page(run, entry)

            return _html(request, current, entry.path, drawn.get(entry.path, blocks))

        return shown

    for each in (one for one in PLACES if not one.is_live):
        site.api_route(each.path, methods=READ, response_class=HTMLResponse)(place(each))


def _narrowed(place: Place, run: RunView, parameters: dict[str, str]) -> bytes:
    place.must_be_there(run)
    return views.filtered_page(run, place, parameters)


def _details(site: FastAPI, current: Current) -> None:
    @site.api_route("/figures/{name}", methods=READ, response_class=HTMLResponse)
    def figure(request: Request, name: str) -> Response:
        return _html(request, current, f"/figures/{name}", lambda run: views.figure_page(run, name))

    @site.api_route("/tables/{name}", methods=READ, response_class=HTMLResponse)
    def table(request: Request, name: str) -> Response:
        query = dict(request.query_params)
        form = query.get("as", "")
        if form in downloads.WHOLE:
            return _answer(request, current, lambda held: _file(held.run, name, query, form))

        def rows(run: RunView) -> bytes:
            return views.table_page(run, name, query, _number(request, "page", 1))

        return _html(request, current, f"/tables/{name}?{request.url.query}", rows)

    @site.api_route("/customers/{name:path}", methods=READ, response_class=HTMLResponse)
    def customer(request: Request, name: str) -> Response:
        return _answer(
            request,
            current,
            lambda held: HTMLResponse(views.customer_page(held.run, name, with_names=_sees_names(request))),
        )

    @site.api_route("/effects/{name:path}", methods=READ, response_class=HTMLResponse)
    def effect(request: Request, name: str) -> Response:
        return _html(request, current, f"/effects/{name}", lambda run: views.effect_page(run, name))

    @site.api_route("/initiatives/{name:path}", methods=READ, response_class=HTMLResponse)
    def initiative(request: Request, name: str) -> Response:
        return _html(request, current, f"/initiatives/{name}", lambda run: views.initiative_page(run, name))

    @site.api_route("/voice/themes/{name:path}", methods=READ, response_class=HTMLResponse)
    def theme(request: Request, name: str) -> Response:
        return _html(request, current, f"/voice/themes/{name}", lambda run: views.theme_page(run, name))

    @site.api_route("/voice/touchpoints/{name:path}", methods=READ, response_class=HTMLResponse)
    def touchpoint(request: Request, name: str) -> Response:
        return _html(request, current, f"/voice/touchpoints/{name}", lambda run: views.touchpoint_page(run, name))

    @site.api_route("/voice/items/{name}", methods=READ, response_class=HTMLResponse)
    def comment(request: Request, name: str) -> Response:
        return _answer(request, current, lambda held: HTMLResponse(views.comment_page(held.run, name)))

    @site.api_route("/find", methods=READ)
    def find(request: Request) -> Response:
        def found(held: Held) -> Response:
            return RedirectResponse(views.find(held.run, request.query_params.get("q", "")), status_code=303)

        return _answer(request, current, found)


def _lists(site: FastAPI, current: Current) -> None:
    @site.api_route("/customer-list", methods=READ, response_class=HTMLResponse)
    def listed_customers(request: Request) -> Response:
        parameters = {name: request.query_params.get(name, "") for name in customer_list.FILTERS}
        form = request.query_params.get("as", "")

        if form in downloads.WHOLE:
            return _answer(request, current, lambda held: _list_file(held.run, parameters, form))

        def rows(run: RunView) -> bytes:
            number = _number(request, "page", 1)
            return views.customer_list_page(run, parameters, number, with_names=_sees_names(request))

        return _html(request, current, f"/customer-list?{request.url.query}", rows)


def _api(site: FastAPI, current: Current) -> None:
    def figures(held: Held) -> Response:
        return JSONResponse(held.run.folder.json("figures"))

    def named(name: str) -> Callable[[Held], Response]:
        def figure(held: Held) -> Response:
            return JSONResponse(overview.labelled(held.run, explain.explain(held.run, name).figure.as_json()))

        return figure

    @site.api_route("/api/figures", methods=READ)
    def all_figures(request: Request) -> Response:
        return _answer(request, current, figures)

    @site.api_route("/api/figures/{name}", methods=READ)
    def one_figure(request: Request, name: str) -> Response:
        return _answer(request, current, named(name))

    @site.api_route("/api/overview", methods=READ)
    def headline(request: Request) -> Response:
        return _answer(request, current, lambda held: JSONResponse(overview.as_json(held.run)))

    @site.api_route("/api/tables", methods=READ)
    def all_tables(request: Request) -> Response:
        def listed(held: Held) -> Response:
            rows = held.run.about.get("rows", {})
            return JSONResponse({name: rows.get(name) for name in views.table_names(held.run)})

        return _answer(request, current, listed)

    @site.api_route("/api/tables/{name}", methods=READ)
    def one_table(request: Request, name: str) -> Response:
        def rows(held: Held) -> Response:
            limit = _number(request, "limit", 0)
            table = held.run.table_shown(name, limit or None)
            return StreamingResponse(tables.json_text(table), media_type="application/json")

        return _answer(request, current, rows)


def _static(site: FastAPI) -> None:
    @site.api_route("/static/{mark}/{name}", methods=READ)
    def file(mark: str, name: str) -> Response:
        if name not in render.statics() or render.static_path(name) != f"/static/{mark}/{name}":
            raise HTTPException(404)
        content, kind = render.statics()[name]
        return Response(content, media_type=kind, headers={"cache-control": FOREVER})

    @site.api_route("/favicon.ico", methods=READ)
    def icon() -> Response:
        return RedirectResponse(render.static_path("mark.svg"), status_code=303)


def _file(run: RunView, name: str, query: dict[str, str], form: str) -> Response:
    """All rows that a table's page would show, page by page, as a file."""
    return _sent(run, views.table_rows(run, name, query, form), name, form)


def _list_file(run: RunView, parameters: dict[str, str], form: str) -> Response:
    """All customers of the list as a file."""
    return _sent(run, views.listed_customers(run, parameters), "customer list", form)


def _sent(run: RunView, table: pa.Table, name: str, form: str) -> Response:
    pieces = downloads.of_rows(table, name, form, str(header(run)))
    return StreamingResponse(pieces, media_type=downloads.TYPES[form], headers=downloads.named(name, form))


def _html(request: Request, current: Current, path: str, make_page: Make) -> Response:
    viewer = request.app.state.viewer

    def made(held: Held) -> Response:
        return HTMLResponse(held.page(path, lambda: make_page(held.run), viewer=viewer))

    return _answer(request, current, made)


def _sees_names(request: Request) -> bool:
    return bool(request.app.state.viewer == NAMES)


def _answer(request: Request, current: Current, say: Callable[[Held], Response]) -> Response:
    """What the current run says; every fault as words."""
    try:
        held = current.now()
        try:
            return _labelled(request, held, say(held))
        except Exception:
            # The run may have been replaced, and dropped, while it was read.
            if not current.moved(held):
                raise
            held = current.now()
            return _labelled(request, held, say(held))
    except NoSuchName as error:
        return _told(request, current, 404, str(error), "The search above knows every page, figure and table.", error)
    except NoRun as error:
        sentence, advice = "Nothing has been published in this folder yet.", str(error).rpartition(". ")[2]
        if not current.folder.is_dir():
            sentence = f"The folder {current.folder} is no longer there."
            advice = "Bring it back, or stop this and serve another folder."
        return _told(request, current, 503, sentence, advice, error)
    except CorruptRun as error:
        sentence, _, advice = str(error).rpartition(". ")
        return _told(request, current, 500, f"{sentence}.", advice, error)
    except UsageError as error:
        return _told(request, current, 400, str(error), "", error)
    except WorthlineError as error:
        return (
            _told(request, current, 500, str(error), "", error)
            if not isinstance(error, Fault)
            else _fault(request, current, error)
        )
    except Exception as error:  # noqa: BLE001 - the last door: whatever comes here is told, kept and not shown raw
        return _fault(request, current, error)


def _labelled(request: Request, held: Held, answer: Response) -> Response:
    """Rows and lists have no place for the word: a header says that they are simulated."""
    if request.url.path.startswith("/api/") and held.run.about["simulated"]:
        answer.headers["x-simulated"] = "true"
    return answer


def _fault(request: Request, current: Current, error: Exception) -> Response:
    where = output.keep_traceback(current.folder, error)
    sentence = "This is a fault of Worthline's, not of your data. What was published is untouched."
    return _told(request, current, 500, sentence, f"The details are in {where}: please send that file to the makers.")


TITLES = {400: "That cannot be shown", 404: "Not found", 500: "This cannot be read", 503: "Nothing to show yet"}


def _told(
    request: Request, current: Current, status: int, sentence: str, advice: str, error: WorthlineError | None = None
) -> Response:
    """What went wrong, as a page, or as JSON with the error's parts."""
    if request.url.path.startswith("/api/"):
        parts = error.as_json() if error is not None else {}
        return JSONResponse({"error": sentence, "advice": advice, **parts}, status_code=status)
    run: RunView | None
    try:
        held = current.now()
        run = held.run if held.run.about and held.run.figures is not None else None
    except Exception:  # noqa: BLE001 - the page that says what is wrong stands without a run, too
        run = None
    title = TITLES.get(status, "That cannot be shown")
    return HTMLResponse(views.error_page(run, status, title, sentence, advice), status_code=status)


def _number(request: Request, name: str, usual: int) -> int:
    text = request.query_params.get(name, "")
    if not text:
        return usual
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise UsageError(f"?{name}= wants a whole number; found {text[:40]!r}.")
    return int(text)
