"""What init would write for a folder, read back from its text: what became of each column of each file."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from worthline import config
from worthline.engine import open_engine
from worthline.ingest.load import load
from worthline.ingest.propose import Answers, Proposal, look, propose, write
from worthline.tables import TABLES


@dataclass
class Found:
    """One file: its table as written (None: not read), its columns, its constants and options."""

    table: str | None
    columns: dict[str, str] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    options: dict[str, object] = field(default_factory=dict)


def proposal_of(folder: Path, answers: Answers | None = None) -> Proposal:
    """The proposal for a folder."""
    return propose(folder, *look(folder)).proposal(answers or {})


def sources(text: str) -> list[tuple[str, dict[str, object]]]:
    """(table, entry) of a worthline.toml."""
    tables = tomllib.loads(text).get("tables", {})
    return [(t, e) for t, entry in tables.items() for e in (entry if isinstance(entry, list) else [entry])]


def dispositions(proposal: Proposal) -> dict[str, Found]:
    """By file: what each column became, by the text that is written; "asked" is what is commented out."""
    found: dict[str, Found] = {}
    written = sources(write(proposal))
    for plan in proposal.plans:
        name = plan.group.shown
        one = found.setdefault(name, Found(None))
        entry = _entry(plan, written)
        mapped = {h: c for c, h in entry.get("columns", {}).items() if not c.startswith("their_")}
        made = {c for c, h in entry.get("columns", {}).items() if h not in plan.group.header}
        if entry:
            one.table = one.table or plan.table
            one.constants.update(entry.get("constants", {}))
            one.options.update({k: v for k, v in entry.items() if k not in ("columns", "constants", "file", "query")})
        unsure = {g.header for g in plan.guesses if not g.sure}
        everything = not entry and plan.table is not None
        canonical = {n for spec in TABLES.values() for n in spec.names}
        for header in plan.group.header:
            if one.columns.get(header) in canonical and (one.table != plan.table or header not in mapped):
                continue
            if header in mapped:
                one.columns[header] = mapped[header]
            elif header in entry.get("leave_out", ()):
                one.columns[header] = "out"
            elif made and f'"{header}"' in str(entry.get("query", "")):
                one.columns[header] = "query"
            else:
                one.columns[header] = "asked" if header in unsure or everything else "attribute"
    return found


def _entry(plan, written):
    for table, entry in written:
        files = entry.get("file", entry.get("query", ""))
        named = [files] if isinstance(files, str) else files
        score = plan.guess("score")
        same = score is None or not score.sure or entry.get("columns", {}).get("score") == score.header
        if (
            table == plan.table
            and same
            and any(f in named or f in str(entry.get("query", "")) for f in plan.group.files)
        ):
            return entry
    return {}


def write_yes(folder: Path) -> str:
    """Write what --yes would; the text."""
    text = write(proposal_of(folder))
    (folder / config.FILE).write_text(text, encoding="utf-8")
    return text


def loaded_sum(folder: Path, table: str, column: str) -> tuple[int, str]:
    """(rows, sum of a column) of a table, read by what --yes writes."""
    write_yes(folder)
    company = config.load(folder, {name: spec.names for name, spec in TABLES.items()})
    engine = open_engine("duckdb", folder / ".scratch", threads=1)
    try:
        rows = load(company, engine, folder / ".scratch").dataset[table]
        got = engine.fetch(rows.aggregate(n=rows.count(), total=rows[column].sum())).to_pylist()[0]
    finally:
        engine.close()
    return got["n"], str(got["total"])
