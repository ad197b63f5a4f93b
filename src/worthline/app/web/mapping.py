"""`worthline init --web`: drop files, look at what each becomes, answer, choose columns, undo, write, run.

Reads     the company's folder; what a person drops and answers in the browser.
Gives     `wrap`: the board's site with the mapping before it, under /mapping.
Method    a proposal is a function of files and answers alone, so undoing takes the last answer or dropped file away.
          Every change is a form that is posted and leads back to the page: it works without JavaScript.
Assumes   one person at this machine (serve binds to loopback); requests that another site makes are refused by Guard.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from worthline.app.web import render
from worthline.app.web.guard import Guard
from worthline.config import FILE
from worthline.errors import Fault, UsageError, WorthlineError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from worthline.ingest.propose import Plan, Proposal

PATH = "/mapping"
FORMS = ("files", "answers", "undo", "write")
MOST_BYTES = 4 << 30
"""Of all files that one drop brings."""
_BLOCK = 1 << 20
_COLUMN = "column:"


@dataclass
class Session:
    """What one person has done so far."""

    folder: Path
    force: bool
    done: list[tuple[str, Any]] = field(default_factory=list)
    """("file", path) or ("answers", {key: choice} of one form), in order."""
    said: str = ""
    """What went wrong, or was done, with the last request."""
    lock: threading.Lock = field(default_factory=threading.Lock)
    _folder: Any = None

    def answers(self) -> dict[tuple[str, ...], str]:
        """The answers that stand."""
        return {key: choice for kind, value in self.done if kind == "answers" for key, choice in value.items()}

    def proposal(self) -> Proposal | None:
        """What is proposed now; None where there is no file yet."""
        from worthline.ingest.propose import look, propose

        if self._folder is None:
            try:
                self._folder = propose(self.folder, *look(self.folder))
            except UsageError:
                return None
        proposal: Proposal = self._folder.proposal(self.answers())
        return proposal

    def looked_again(self) -> None:
        """The files have changed."""
        self._folder = None

    def undo(self) -> None:
        """Take back the answers of the last form, or the last file that was dropped."""
        if not self.done:
            return
        kind, value = self.done.pop()
        if kind == "file":
            with contextlib.suppress(OSError):
                value.unlink()
            self.looked_again()


def wrap(folder: Path, board: ASGIApp, *, force: bool) -> ASGIApp:
    """The board, and the mapping under /mapping; the first address leads to the mapping until a run is published."""
    session = Session(folder, force)
    site = Guard(_site(session), writes=tuple(f"{PATH}/{form}" for form in FORMS))

    async def one(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        is_first = path == "/" and not (folder / ".worthline" / "current.json").exists()
        await (site if path.startswith(PATH) or is_first else board)(scope, receive, send)

    return one


def _site(session: Session) -> FastAPI:
    site = FastAPI(title="Worthline", docs_url=None, redoc_url=None, openapi_url=None)

    @site.api_route("/", methods=["GET", "HEAD"])
    def first() -> Response:
        return RedirectResponse(PATH, status_code=303)

    @site.api_route(PATH, methods=["GET", "HEAD"], response_class=HTMLResponse)
    def shown() -> Response:
        with session.lock:
            return HTMLResponse(_page(session))

    @site.post(PATH + "/files")
    async def files(request: Request) -> Response:
        form = await request.form(max_files=500, max_fields=10)
        dropped = [f for f in form.getlist("files") if isinstance(f, UploadFile)]
        return await run_in_threadpool(_changed, session, lambda: _keep(session, dropped))

    @site.post(PATH + "/answers")
    async def answers(request: Request) -> Response:
        form = await request.form()
        given = {name: str(value) for name, value in form.items()}
        return await run_in_threadpool(_changed, session, lambda: _answer(session, given))

    @site.post(PATH + "/undo")
    def undo() -> Response:
        return _changed(session, session.undo)

    @site.post(PATH + "/write")
    async def write(request: Request) -> Response:
        form = await request.form()
        return await run_in_threadpool(_written, session, bool(form.get("replace")), bool(form.get("run")))

    return site


def _changed(session: Session, change: Any) -> Response:
    """Make a change, then lead back to the page; what went wrong is said there."""
    with session.lock:
        session.said = ""
        try:
            change()
        except UsageError as error:
            session.said = str(error)
    return RedirectResponse(PATH, status_code=303)


def _keep(session: Session, dropped: list[UploadFile]) -> None:
    """Put the dropped files into the folder; one that is there already is never written over."""
    from worthline.ingest.files.packed import READABLE as PACKED
    from worthline.ingest.propose.look import TEXT
    from worthline.ingest.raw import EXCEL, PARQUET

    remaining = MOST_BYTES
    session.looked_again()
    for each in dropped:
        name = PurePosixPath((each.filename or "").replace("\\", "/")).name
        if not name:
            continue
        kinds = (*TEXT, *EXCEL, *PARQUET, *PACKED)
        if name.startswith(".") or not name.isprintable() or Path(name).suffix.lower() not in kinds:
            raise UsageError(
                f"{name!r} was not taken: bring CSV, TSV, Excel, Parquet or JSON, as they are or packed (.gz, .zip)."
            )
        target = session.folder / name
        try:
            with target.open("xb") as file:
                while block := each.file.read(_BLOCK):
                    remaining -= len(block)
                    if remaining < 0:
                        raise UsageError(f"{name} was not taken: more than {MOST_BYTES >> 30} GB at once.")
                    file.write(block)
        except FileExistsError:
            raise UsageError(f"{name} is in the folder already, and was not written over.") from None
        except (OSError, UsageError) as error:
            target.unlink(missing_ok=True)
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise UsageError(f"{name} was not taken: {reason}") from None
        session.done.append(("file", target))


def _answer(session: Session, given: dict[str, str]) -> None:
    """Answers to questions (by number of the choice, or a typed day) and columns that were chosen."""
    from worthline.app.init import is_day

    proposal = session.proposal()
    if proposal is None:
        return
    step: dict[tuple[str, ...], str] = {}
    for number, question in enumerate(proposal.questions):
        typed, chosen = given.get(f"typed:{number}", "").strip(), given.get(f"choice:{number}", "")
        if given.get(f"asked:{number}") != json.dumps(question.key):
            continue  # The page was older than the proposal.
        if typed and question.typed == "day":
            if not is_day(typed):
                raise UsageError(f"{typed!r} is no date. Write it as YYYY-MM-DD.")
            step[question.key] = typed
        elif chosen.isdecimal() and int(chosen) < len(question.choices):
            step[question.key] = question.choices[int(chosen)][0]
    for plan in proposal.plans:
        step |= _columns(plan, given)
    if step:
        session.done.append(("answers", step))


def _columns(plan: Plan, given: dict[str, str]) -> dict[tuple[str, ...], str]:
    """Each canonical column for which another header was chosen, or one that was not certain was confirmed."""
    if plan.table is None or given.get("columns") != _called(plan):
        return {}
    step: dict[tuple[str, ...], str] = {}
    for name, (now, choices) in _choices(plan).items():
        chosen, guess = given.get(_COLUMN + name, ""), plan.guess(name)
        is_open = guess is not None and not guess.sure
        if chosen.isdecimal() and int(chosen) < len(choices) and (is_open or choices[int(chosen)] != now):
            step["column", plan.group.shown, plan.table, name] = choices[int(chosen)]
    if step and (plan.system or not plan.sure):
        step["table", plan.group.shown] = plan.table
    return step


def _called(plan: Plan) -> str:
    """What a form says of which file and table it is; browsers change line ends, and JSON has none."""
    return json.dumps([plan.group.shown, plan.table])


def _choices(plan: Plan) -> dict[str, tuple[str, tuple[str, ...]]]:
    """By canonical column: the header that it has now ("" for none), and those that it may have."""
    from worthline.tables import TABLES

    if plan.table is None:
        return {}
    choices = {}
    for column in TABLES[plan.table].columns:
        guess = plan.guess(column.name)
        now = guess.header if guess is not None else ""
        declared = (now,) if now and now not in plan.group.header else ()
        choices[column.name] = (now, ("", *declared, *plan.group.header))
    return choices


def _written(session: Session, replace: bool, run: bool) -> Response:
    from worthline import company
    from worthline.app.init import write_whole
    from worthline.ingest.propose import write

    with session.lock:
        session.said = ""
        target, proposal = session.folder / FILE, session.proposal()
        try:
            if proposal is None or not proposal.mapped:
                raise UsageError("No table is certain yet. Answer the questions, or choose the columns.")
            if target.exists() and not (replace or session.force):
                raise UsageError(f"There is already a {FILE}. Tick the box to write over it.")
            write_whole(target, write(proposal))
            session.force = True  # What was written here may be written again.
            session.said = f"{FILE} was written: {', '.join(dict.fromkeys(p.table or '' for p in proposal.mapped))}."
            if run:
                company.open(session.folder).run()
                return RedirectResponse("/", status_code=303)
        except Fault:
            raise
        except WorthlineError as error:
            session.said = str(error)
    return RedirectResponse(PATH, status_code=303)


def _page(session: Session) -> bytes:
    proposal = session.proposal()
    plans = proposal.plans if proposal else []
    return render.page(
        "mapping.html",
        header=None,
        run_id="",
        nav=[],
        menu=[],
        path=PATH,
        title="Map your files",
        said=session.said,
        folder=os.fspath(session.folder),
        proposal=proposal,
        asked=[(json.dumps(q.key), q) for q in (proposal.questions if proposal else ())],
        plans=[(plan, _called(plan), _choices(plan), _samples(plan)) for plan in plans],
        undo=_undone(session),
        is_written=(session.folder / FILE).exists() and not session.force,
        published=(session.folder / ".worthline" / "current.json").exists(),
    )


def _samples(plan: Plan) -> dict[str, str]:
    """Some cells of each column, personal ones masked."""
    from worthline.ingest.propose.toml import masked_samples

    return {header: ", ".join(cell[:24] for cell in cells) for header, cells in masked_samples(plan).items()}


def _undone(session: Session) -> str:
    """What undoing takes back, in words; "" where there is nothing."""
    if not session.done:
        return ""
    kind, value = session.done[-1]
    if kind == "file":
        return f"the file {value.name}"
    key = next(iter(value))
    return f"the answers about {key[1] if len(key) > 1 else session.folder.name}"
