"""`worthline init`: looks at a folder, asks what is not certain, writes worthline.toml.

Reads     the folder's files; the answers of a person at a terminal.
Gives     worthline.toml, each line with its reason; a page of what was found.
Assumes   without a terminal nobody can answer: then only --yes writes, and takes what is certain alone.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from worthline.app import output
from worthline.config import FILE
from worthline.errors import Unwritable, UsageError

if TYPE_CHECKING:
    from worthline.ingest.propose import Proposal, Question


def propose_mapping(folder: Path, *, yes: bool, force: bool) -> bool:
    """Propose, ask, write; whether at least one table was mapped. Raises UsageError."""
    from worthline.app.progress import shown
    from worthline.ingest.propose import look, propose, write
    from worthline.reports import page
    from worthline.reports import proposal as pages

    target = folder / FILE
    if target.exists() and not force:
        raise UsageError(f"There is already a {target}. To write a new one over it: worthline init {folder} --force")
    with shown() as progress:
        looked, unread = look(folder, progress)
    proposer = propose(folder, looked, unread)
    proposal = proposer.proposal({})
    commands = (page.command("check", folder=str(folder)), page.command("run", folder=str(folder)))
    if not proposal.questions or yes:
        write_whole(target, write(proposal))
        output.show(pages.proposed(proposal, following=commands if proposal.mapped else ()))
    else:
        output.show(pages.proposed(proposal))
        if not _somebody_is_there():
            n = len(proposal.questions)
            raise UsageError(
                f"{n} thing{'s' if n > 1 else ''} must be answered, and there is no terminal to ask at; nothing was "
                "written. Run this at a terminal, or with --yes: it takes what is certain and leaves the rest "
                "commented out."
            )
        answers: dict[tuple[str, ...], str] = {}
        while proposal.questions:
            question = proposal.questions[0]
            answers[question.key] = _ask(question, len(proposal.questions))
            proposal = proposer.proposal(answers)
        write_whole(target, write(proposal))
        output.show(pages.settled(proposal, following=commands if proposal.mapped else ()))
    output.remark(_ending(proposal, target))
    return bool(proposal.mapped)


def offer_to_run() -> bool:
    """Whether a person at a terminal wants the run at once; where nobody is there, nobody is asked."""
    if not _somebody_is_there():
        return False
    try:
        return bool(typer.confirm("\nRun it now?", default=True))
    except (typer.Abort, OSError):
        return False


def _somebody_is_there() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _ask(question: Question, open_questions: int) -> str:
    typer.echo(f"\n{question.file}: {question.text}" + (f" ({open_questions} to go)" if open_questions > 1 else ""))
    for number, (_, words) in enumerate(question.choices, 1):
        typer.echo(f"  {number}  {words}")
    wanted = f"a number from 1 to {len(question.choices)}"
    if question.typed == "day":
        wanted = f"a date as YYYY-MM-DD, or {wanted}"
        typer.echo("  or a date as YYYY-MM-DD")
    while True:
        try:
            answer = str(typer.prompt("Which", default="1")).strip()
        except typer.Abort:
            raise KeyboardInterrupt from None
        if answer.isdecimal() and 1 <= int(answer) <= len(question.choices):
            return question.choices[int(answer) - 1][0]
        if question.typed == "day" and is_day(answer):
            return answer
        typer.echo(f"{wanted[0].upper()}{wanted[1:]}, please.")


def is_day(text: str) -> bool:
    """Whether a text is a date as YYYY-MM-DD."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def write_whole(target: Path, text: str) -> None:
    """All of it or nothing: what was there before stays if the disk is full. Raises Unwritable.

    Nobody may read it who may not read what stood there, or else the folder.
    """
    aside = None
    try:
        like = target if target.is_file() else target.parent
        handle, aside = tempfile.mkstemp(prefix=".worthline-", dir=target.parent)
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.chmod(aside, 0o644 & like.stat().st_mode)
        os.replace(aside, target)
    except OSError as error:
        if aside is not None:
            with contextlib.suppress(OSError):
                os.unlink(aside)
        raise Unwritable(target, error) from None


def _ending(proposal: Proposal, target: Path) -> str:
    mapped = proposal.mapped
    tables = ", ".join(dict.fromkeys(p.table or "" for p in mapped)) or "no table, since none was certain"
    unsure = sum(1 for p in proposal.plans if not p.taken and p.table is not None)
    without_table = sum(1 for p in proposal.plans if p.table is None)
    parts = [f"{target} was written: {tables}."]
    if unsure:
        parts.append(f"{unsure} stand{'' if unsure > 1 else 's'} in it commented out: something is not certain.")
    if without_table:
        parts.append(f"{without_table} file{'s' if without_table > 1 else ''} fit no table.")
    if mapped and any(line.key == "as_of" and not line.sure for line in proposal.company):
        parts.append("No table holds a day: set as_of in it before you check it.")
    if proposal.unread:
        parts.append(f"{len(proposal.unread)} could not be read.")
    return " ".join(parts)
