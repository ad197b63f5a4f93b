"""The pages on which people write: the benefits register and root-cause actions; and what they send.

Reads     the published run, the store, forms.
Gives     `add`, which adds the routes to the site; WRITES, the only addresses that take a POST.
Method    the guard lets a form through only from a page of this server. A form carries the version that was seen; who
          comes second is shown the row as it stands, and nothing is written. A store that does not answer is said on
          the page, and what was typed stays in the form.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from worthline.app import approving
from worthline.app.store import exists, lines, open_store, root_causes
from worthline.app.store import register as registering
from worthline.app.web import views
from worthline.app.web.current import Held
from worthline.app.web.forms import fields
from worthline.errors import ChangedMeanwhile, StoreError, UsageError, WorthlineError

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from worthline.app.store import Store
    from worthline.run.view import RunView

READ = ["GET", "HEAD"]
REGISTER, ACTIONS = "/register", "/actions"
Form = dict[str, str]
Answer = Callable[[Request, Callable[[Held], Response]], Response]
Write = Callable[["Connection", "Store", "RunView", Form, datetime], None]


def add(site: FastAPI, folder: Path, answer: Answer) -> None:
    """Add pages and routes; `answer` says what a held run says, or what went wrong."""

    def page_of(path: str) -> Callable[[RunView, Form, str], bytes]:
        return _register_page(folder) if path == REGISTER else _actions_page(folder)

    def shown(path: str) -> Callable[[Request], Response]:
        def page(request: Request) -> Response:
            return answer(request, lambda held: HTMLResponse(page_of(path)(held.run, {}, "")))

        return page

    for path in (REGISTER, ACTIONS):
        site.add_api_route(path, shown(path), methods=READ, response_class=HTMLResponse)
    for path, (page, write) in WRITES.items():
        site.add_api_route(path, _taking(folder, page_of(page), page, write, answer), methods=["POST"])


def _taking(
    folder: Path, page: Callable[[RunView, Form, str], bytes], back: str, write: Write, answer: Answer
) -> Callable[[Request], Any]:
    """A route that writes what a form says, then leads back to the page; where it may not, the page says why."""

    async def taken(request: Request) -> Response:
        form = await fields(request) or {}

        def said(held: Held) -> Response:
            try:
                _write(folder, held.run, form, write)
            except ChangedMeanwhile as error:
                return HTMLResponse(page(held.run, {}, str(error)), status_code=409)
            except UsageError as error:
                return HTMLResponse(page(held.run, form, str(error)), status_code=400)
            except StoreError as error:
                return HTMLResponse(page(held.run, form, str(error)), status_code=503)
            return RedirectResponse(back, status_code=303)

        return await run_in_threadpool(answer, request, said)

    return taken


def _write(folder: Path, run: RunView, form: Form, write: Write) -> None:
    from worthline import company

    with closing(open_store(folder, company.open(folder).config)) as store:
        now = store.clock()
        with store.writing() as tx:
            write(tx, store, run, form, now)


def _approve(tx: Connection, store: Store, run: RunView, form: Form, now: datetime) -> None:
    names = ("initiative", "benefit", "cost", "proof_on", "by", "finance", "cites", "note", "name", "group", "owner")
    shares = tuple(part for part in form.get("shares", "").split(",") if part.strip())
    typed = approving.Typed(shares=shares, **{name: form.get(name, "") for name in names})
    approval = approving.ask(run, typed)
    approving.named(run, tx, typed, now)
    registering.approve(tx, approval, at=now)


def _sign(tx: Connection, store: Store, run: RunView, form: Form, now: datetime) -> None:
    registering.sign_off(tx, form.get("initiative", ""), by=form.get("by", ""), at=now)


def _close_quarter(tx: Connection, store: Store, run: RunView, form: Form, now: datetime) -> None:
    start = int(run.about.get("settings", {}).get("fiscal_year_start", 1))
    registering.close_quarter(tx, form.get("quarter", ""), fiscal_year_start=start, by=form.get("by", ""), at=now)


def _open_action(tx: Connection, store: Store, run: RunView, form: Form, now: datetime) -> None:
    names = ("kind", "subject", "cause", "owner", "by", "group", "initiative")
    cites = approving.cited(run, form["cites"].strip()) if form.get("cites", "").strip() else None
    opening = root_causes.Opening(cites=cites, **{name: form.get(name, "") for name in names})
    root_causes.open_action(tx, opening, at=now)


def _add_step(tx: Connection, store: Store, run: RunView, form: Form, now: datetime) -> None:
    due = approving.day(form.get("due_on", ""), "due")
    people = {"owner": form.get("owner", ""), "by": form.get("by", "")}
    root_causes.add_step(tx, form.get("root_cause", ""), form.get("what", ""), due, **people, at=now)


def _done(tx: Connection, store: Store, run: RunView, form: Form, now: datetime) -> None:
    step = _whole(form, "step")
    root_causes.step_done(tx, step, seen=_whole(form, "version"), by=form.get("by", ""), at=now)


def _fix(tx: Connection, store: Store, run: RunView, form: Form, now: datetime) -> None:
    day = approving.day(form.get("fixed_on", ""), "day fixed")
    version = _whole(form, "version")
    root_causes.fix(tx, form.get("root_cause", ""), day, seen=version, by=form.get("by", ""), at=now)


def _close(tx: Connection, store: Store, run: RunView, form: Form, now: datetime) -> None:
    root_causes.close(tx, form.get("root_cause", ""), seen=_whole(form, "version"), by=form.get("by", ""), at=now)


WRITES: dict[str, tuple[str, Write]] = {
    "/register/approve": (REGISTER, _approve),
    "/register/sign-off": (REGISTER, _sign),
    "/register/close-quarter": (REGISTER, _close_quarter),
    "/actions/open": (ACTIONS, _open_action),
    "/actions/step": (ACTIONS, _add_step),
    "/actions/step-done": (ACTIONS, _done),
    "/actions/fix": (ACTIONS, _fix),
    "/actions/close": (ACTIONS, _close),
}
"""Address -> the page that it leads back to, and what it writes."""


def _whole(form: Form, name: str) -> int:
    text = form.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise UsageError(f"The form lacks its {name}. Load the page again.")
    return int(text)


def _register_page(folder: Path) -> Callable[[RunView, Form, str], bytes]:
    def page(run: RunView, form: Form, error: str) -> bytes:
        written = lines.of(folder)
        unsigned = [line.initiative for line in written.lines if line.finance is None]
        return views.register_page(run, written, _Asked(form, error, approving.known(run), unsigned))

    return page


def _actions_page(folder: Path) -> Callable[[RunView, Form, str], bytes]:
    def page(run: RunView, form: Form, error: str) -> bytes:
        actions, problem = _actions(folder)
        return views.actions_page(run, actions, _Asked(form, error or problem, {}, []))

    return page


def _actions(folder: Path) -> tuple[list[dict[str, Any]], str]:
    """Root-cause actions as they stand in the store, and why they could not be read."""
    from worthline import company

    try:
        config = company.open(folder).config
        if not exists(folder, config):
            return [], ""
        with closing(open_store(folder, config)) as store, store.reading() as tx:
            return root_causes.listed(tx), ""
    except WorthlineError as error:
        return [], str(error)


class _Asked:
    """What the forms of a page are filled with."""

    def __init__(self, form: Form, error: str, initiatives: dict[str, str], unsigned: list[str]) -> None:
        self.form, self.error = form, error
        self.initiatives, self.unsigned = initiatives, unsigned

    def value(self, name: str) -> str:
        """What was typed into a field, where the form came back."""
        return self.form.get(name, "")

    @staticmethod
    def day(value: date | None) -> str:
        """A day as the page says it."""
        from worthline.metrics import formatting

        return "" if value is None else formatting.day(value)
