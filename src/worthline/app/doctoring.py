"""`worthline doctor`: what is wrong with a folder, its settings, its runs and its store, and what of it is mended.

Reads     the company's folder; the store where there is one.
Gives     `examine`, Findings; `report`, the same for people; `register`, which adds the command.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from worthline.app import output
from worthline.app.command_folder import HERE, Dir, Json, Working
from worthline.errors import UsageError, WorthlineError
from worthline.run import doctor
from worthline.run.doctor import Finding

if TYPE_CHECKING:
    from worthline.company import Company


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(command)


def command(
    folder: Dir = HERE,
    mend: Annotated[bool, typer.Option("--mend", help="mend what can be mended")] = False,
    as_json: Json = False,
) -> None:
    """Say what is wrong with a folder, its runs and its store. Exit 1 where something is."""
    Working.folder = folder
    findings = examine(folder, mend=mend)
    if as_json:
        output.write_json(as_plain(findings))
    else:
        output.write(report(folder, findings))
    if any(finding.is_fault and not finding.is_mended for finding in findings):
        raise typer.Exit(1)


def examine(folder: Path, *, mend: bool = False) -> list[Finding]:
    """Everything that is found, faults first; raises UsageError where there is no such folder."""
    if not folder.is_dir():
        raise UsageError(f"There is no folder {folder}. Name a company's folder.")
    findings = [*(doctor.mended(f) if mend else f for f in _settings(folder)), *doctor.examine(folder, mend=mend)]
    return sorted(findings, key=lambda finding: not finding.is_fault)


def _settings(folder: Path) -> Iterator[Finding]:
    from worthline import company as companies

    try:
        company = companies.open(folder)
    except WorthlineError as error:
        yield Finding("settings", str(error), error.fix or "See docs/reference/settings.md.")
        return
    yield from _store(folder, company)


def _store(folder: Path, company: Company) -> Iterator[Finding]:
    """Whether the store can be opened, and its chain is whole."""
    try:
        from worthline.app import store
        from worthline.app.store import backup, standing
    except ImportError:
        return
    if not store.exists(folder, company.config):
        return
    fix = "Restore the store from a backup, and compare it with the last entry that a run published."
    try:
        opened = store.open_store(folder, company.config)
        try:
            short = standing.behind(opened, folder)
            faults = [fault for fault in backup.check(opened, folder) if fault != short]
        finally:
            opened.close()
    except WorthlineError as error:
        yield Finding("store", str(error), error.fix or fix)
        return
    for fault in faults:
        yield Finding("store", f"The store is not whole: {fault.rstrip('.')}.", fix)
    if short is not None:
        can = not faults and "parted" not in short
        how = "--mend puts back what the last snapshot has of it." if can else ""
        yield Finding("store", short, f"{how} {fix}".strip(), mend=_forward(folder, company) if can else None)


def _forward(folder: Path, company: Company) -> Callable[[], None]:
    """Put back what the last snapshot has and the store has not."""

    def bring() -> None:
        from worthline.app import store
        from worthline.app.store import standing

        opened = store.open_store(folder, company.config)
        try:
            (outcome,) = standing.bring_forward(opened, folder) or ("",)
        finally:
            opened.close()
        if "cannot be put back" in outcome:
            raise OSError(outcome)

    return bring


def report(folder: Path, findings: Sequence[Finding]) -> Iterator[str]:
    """One line per finding, and what helps; a last line that sums up."""
    for finding in findings:
        mark = "mended" if finding.is_mended else "wrong" if finding.is_fault else "note"
        yield f"{mark:<7} {finding.part:<9} {finding.what}\n"
        if not finding.is_mended:
            yield f"{'':<17} {finding.fix}\n"
    unmended = sum(finding.is_fault and not finding.is_mended for finding in findings)
    mended = sum(finding.is_mended for finding in findings)
    mended_note = f" {mended} mended." if mended else ""
    can = sum(finding.mend is not None and not finding.is_mended for finding in findings)
    hint = f" {can} can be mended: worthline doctor {folder} --mend" if can else ""
    yield f"{folder}: {'nothing is wrong.' if not unmended else f'{unmended} wrong.'}{mended_note}{hint}\n"


def as_plain(all_findings: Sequence[Finding]) -> dict[str, Any]:
    """The same as plain JSON types."""
    keys = ("part", "what", "fix", "is_fault", "is_mended")
    findings = [{key: getattr(f, key) for key in keys} | {"can_be_mended": f.mend is not None} for f in all_findings]
    return {"whole": not any(f.is_fault and not f.is_mended for f in all_findings), "findings": findings}
