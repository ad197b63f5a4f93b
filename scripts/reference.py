"""Writes docs/reference: tables, rules, settings and metrics, each from the one place in the code that says so.

python -m scripts.reference            write the pages
python -m scripts.reference --check    exit 1 where a page is not what it would be
"""

from __future__ import annotations

import sys
from pathlib import Path

from worthline.app.inbound.options import INBOUND_OPTIONS, NOTIFY_OPTIONS, ROUTING_OPTIONS
from worthline.config import ACTING, CONTROL, LISTED_THEME, SETTINGS, SOURCE_OPTIONS, STORE_SETTINGS, VOICE, Setting
from worthline.ingest.rules import RULES
from worthline.metrics.registry import METRICS
from worthline.tables import TABLES, Column, TableSpec

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "reference"
MADE = "<!-- made by `make reference`; edit the source named below, not this page -->"


def tables_page() -> str:
    """Every canonical table and column."""
    lines = [
        "# Tables",
        MADE,
        "",
        "From `src/worthline/tables/catalogue.py`. Any further column of a source is kept as an attribute, as text.",
        "Every table may bring `known_at`. In a published run the tables stand under `source.`, with `_file` and",
        "`_line` of each row; an instant `at` has its local date beside it, in `at_date`.",
        "",
    ]
    for spec in sorted(TABLES.values(), key=lambda s: s.name):
        lines += _table(spec)
    return "\n".join(lines).rstrip() + "\n"


def _table(spec: TableSpec) -> list[str]:
    key = f" Key: {', '.join(f'`{k}`' for k in spec.key)}." if spec.key else ""
    unless = f" (unless `{spec.key_unless}` is brought: then rows are lines)" if spec.key_unless else ""
    either = f" At least one of {', '.join(f'`{c}`' for c in spec.one_of)}." if spec.one_of else ""
    kept = "Read, checked and kept; nothing is calculated from it yet."
    use = f"Switches on: {spec.switches_on}." if spec.in_use else kept
    head = f"One row per {spec.row}.{key[:-1]}{unless}{'.' if key else ''}{either} {use}"
    rows = [f"| {_name(c)} | {_kind(c)} | {_meaning(c)} |" for c in spec.columns]
    return [f"## {spec.name}", "", head, "", "| column | kind | means |", "|---|---|---|", *rows, ""]


def _name(column: Column) -> str:
    return f"**`{column.name}`**" if column.required else f"`{column.name}`"


def _kind(column: Column) -> str:
    return f"{column.kind.value}{' (personal)' if column.personal else ''}"


def _meaning(column: Column) -> str:
    parts = [column.meaning]
    if column.blank_means:
        parts.append(f"blank: {column.blank_means}")
    if column.unit:
        parts.append(f"in {column.unit}")
    if column.allowed:
        parts.append(f"one of {', '.join(column.allowed)}")
    if column.least is not None or column.most is not None:
        low = "" if column.least is None else f"at least {column.least:g}"
        high = "" if column.most is None else f"at most {column.most:g}"
        parts.append(" and ".join(p for p in (low, high) if p))
    return "; ".join(parts).replace("|", "\\|")


def rules_page() -> str:
    """Every rule."""
    lines = [
        "# Rules",
        MADE,
        "",
        "From `src/worthline/ingest/rules.py`. A row is set aside by the first rule that it breaks, with file, line,",
        "column and value, in the table `quarantine`. Remarks count rows that are used all the same.",
        "",
    ]
    for title, aside in (("Set aside", True), ("Remarks", False)):
        lines += [f"## {title}", "", "| rule | says |", "|---|---|"]
        lines += [f"| `{r.name}` | {r.says} |" for r in RULES.values() if r.sets_aside is aside]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def settings_page() -> str:
    """Every key of worthline.toml."""
    lines = [
        "# worthline.toml",
        MADE,
        "",
        "From `src/worthline/config.py` and `src/worthline/app/inbound/options.py`.",
        "",
    ]
    for title, settings in (
        ("[company]", SETTINGS),
        ("[control]", CONTROL),
        ("[actions]", ACTING),
        ("[store]", STORE_SETTINGS),
        ("[voice]", VOICE),
        ("[[voice.themes]]", LISTED_THEME),
        ("[tables.NAME]", SOURCE_OPTIONS),
        ("[inbound.NAME]", INBOUND_OPTIONS),
        ("[[routing]]", ROUTING_OPTIONS),
        ("[notify.GROUP]", NOTIFY_OPTIONS),
    ):
        lines += [f"## {title}", "", "| key | type | default | means |", "|---|---|---|---|"]
        lines += [_setting(setting) for setting in settings]
        lines.append("")
    lines += [
        "A table with several sources is written `[[tables.NAME]]`, once for each. Each source has a `file` (or a",
        "list, or a pattern) or a `query`, never both.",
        "",
    ]
    return "\n".join(lines).rstrip() + "\n"


def _setting(setting: Setting) -> str:
    default = "" if setting.default in (None, "", [], {}) else f"`{setting.default}`"
    allowed = f" ({', '.join(repr(a) for a in setting.allowed)})" if setting.allowed else ""
    return f"| `{setting.name}` | {setting.type} | {default} | {setting.help}{allowed} |".replace("||", "| |")


def metrics_page() -> str:
    """Every metric of the registry."""
    lines = [
        "# Metrics",
        MADE,
        "",
        "From `src/worthline/metrics/registry_*.py`. The table `metrics` has a row per metric, period (`2026-09`, or",
        "`12m:2026-09` for the 12 months that end with it), dimension and member. A value that is undefined is null.",
        "",
        "| metric | unit | periods | means | undefined |",
        "|---|---|---|---|---|",
    ]
    for metric in METRICS.values():
        periods = ", ".join(metric.periods)
        cells = (f"`{metric.name}`", metric.unit, periods, metric.definition, metric.undefined)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines).rstrip() + "\n"


PAGES = {
    "tables.md": tables_page,
    "rules.md": rules_page,
    "settings.md": settings_page,
    "metrics.md": metrics_page,
}


def main(arguments: list[str]) -> int:
    """Write the pages, or with --check name those that are out of date."""
    stale = []
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        path, text = FOLDER / name, page()
        if "--check" not in arguments:
            path.write_text(text, encoding="utf-8")
        elif not path.is_file() or path.read_text("utf-8") != text:
            stale.append(name)
    if stale:
        print(f"docs/reference: {', '.join(stale)} differ from the code; run: make reference")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
