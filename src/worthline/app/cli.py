"""The command line: what can be asked of a company's folder.

Reads     arguments, the company's folder.
Gives     pages, CSV or JSON on standard output; progress and errors on standard error; exit codes: 0 done,
          1 the data say no, 2 wrong use, 3 a fault of ours, 130 stopped.
Assumes   nothing slow is imported before a command needs it.
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from worthline.app import calling, doctoring, listening, output, registering, root_cause_commands
from worthline.app.command_folder import HERE, Dir, Json, Working, company_of, published_of
from worthline.errors import (
    BadSetting,
    Fault,
    NoSuchName,
    Unwritable,
    UsageError,
    WorthlineError,
    system_refusal,
)

if TYPE_CHECKING:
    import pyarrow as pa

    from worthline.app.web.navigation import Place
    from worthline.app.web.serve import Mapping
    from worthline.run import Run

app = typer.Typer(
    name="worthline",
    help="What customer experience is worth, and the proof of each step. DIR is the current folder unless given.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Csv = Annotated[bool, typer.Option("--csv", help="as CSV")]
AsOf = Annotated[str | None, typer.Option("--as-of", metavar="DATE", help="everything as of this day")]
Wide = Annotated[bool, typer.Option("--wide", help="every column, whatever the width of the terminal")]
Limit = Annotated[int | None, typer.Option("--limit", min=1, help="at most this many rows")]


@app.callback(invoke_without_command=True)
def start(
    version: Annotated[bool, typer.Option("--version", help="print the version and end")] = False,
) -> None:
    """Take what holds for every command."""
    if version:
        from worthline import __version__

        output.write([f"worthline {__version__}\n"])
        raise typer.Exit


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="where to make it")] = Path("worthline-demo"),
    customers: Annotated[int, typer.Option("--customers", help="how many customers; 10,000,000 at most")] = 50_000,
    seed: Annotated[int, typer.Option("--seed", help="another seed, another company")] = 20260930,
    null: Annotated[bool, typer.Option("--null", help="the same company, where nothing has any effect")] = False,
    which: Annotated[str, typer.Option("--company", help="larkfield (contracts) or fern-oak (a shop)")] = "larkfield",
    no_serve: Annotated[bool, typer.Option("--no-serve", help="do not open the app")] = False,
) -> None:
    """Make the demo company, run it, open the app. It is simulated, with a known truth."""
    from worthline.app import demonstration

    Working.folder = folder
    options = demonstration.Asked(folder, customers, seed, null, which)
    demonstration.demonstrate(options)
    if not no_serve:
        _serve(folder, port=None, open_browser=sys.stdout.isatty())


@app.command()
def init(
    folder: Dir = HERE,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="ask nothing; take only what is certain")] = False,
    force: Annotated[bool, typer.Option("--force", help="write over a worthline.toml that is there")] = False,
    web: Annotated[bool, typer.Option("--web", help="do it in the browser: drop files, answer, undo, run")] = False,
    at_once: Annotated[
        bool | None, typer.Option("--run/--no-run", help="run at once, or not; default: a terminal is asked")
    ] = None,
) -> None:
    """Propose what each file holds, write worthline.toml. Exit 1 if no table is certain."""
    from worthline.app.init import offer_to_run, propose_mapping

    Working.folder = folder
    if web:
        from worthline.app.web.serve import Mapping

        _serve(folder, port=None, open_browser=sys.stdout.isatty(), mapping=Mapping(force))
        return
    if not propose_mapping(folder, yes=yes, force=force):
        raise typer.Exit(1)
    if at_once or (at_once is None and offer_to_run()):
        run(folder)


@app.command()
def run(
    folder: Dir = HERE,
    as_of: AsOf = None,
    engine: Annotated[
        str, typer.Option("--engine", metavar="NAME", help="duckdb, or a Spark master such as local[2]")
    ] = "duckdb",
    threads: Annotated[int | None, typer.Option("--threads", min=1, help="processors to use; default: all")] = None,
    as_json: Json = False,
) -> None:
    """Build and publish a run."""
    from worthline.app.progress import shown, tell_counted
    from worthline.app.store import around_run
    from worthline.reports import overview

    company = company_of(folder)
    day = _day(as_of)
    with shown() as progress:

        def build() -> Run:
            return company.run(
                as_of=day, engine=engine, threads=threads, progress=progress, counted=tell_counted(progress)
            )

        waiting = listening.read_what_waits(folder, company.config)
        built, around = around_run.running(folder, company.config, build)
        routed = listening.route_comments(folder)
    for remark in (*waiting, *around, *routed, *getattr(built, "remarks", ())):
        output.remark(f"worthline: {remark}")
    if as_json:
        output.write_json(overview.as_json(built))
    else:
        output.show(overview.ending(built, folder=str(folder)))


@app.command()
def check(
    folder: Dir = HERE,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Read all files, say what is wrong. Changes nothing; says what it blocks. Exit 1 if rows are set aside."""
    from worthline.app.progress import shown
    from worthline.reports import health, page

    company = company_of(folder)
    with shown() as progress:
        health_page = company.check(as_of=_day(as_of), progress=progress)
    faults = health.faults(health_page)
    if as_json:
        output.write_json({**health_page.as_json(), "faults": list(faults)})
    else:
        simulated = company.config.simulated
        following = (page.command("run", folder=str(folder)),)
        output.show(health.page(health_page, simulated=simulated, following=following))
    if faults:
        raise typer.Exit(1)


@app.command()
def show(
    first: Annotated[str, typer.Argument(metavar="[DIR]", show_default=False, help="the company's folder")] = "",
    what: Annotated[str, typer.Argument(metavar="[WHAT]", show_default=False, help="a table, a page or a figure")] = "",
    as_json: Json = False,
    as_csv: Csv = False,
    limit: Limit = None,
    wide: Wide = False,
) -> None:
    """Show the headline, a table, a page or a figure."""
    _one_form(as_json, as_csv)
    folder, what = _folder_and_name(first, what)
    try:
        published = published_of(folder)
    except UsageError as error:
        if what and what == first:
            is_ = "it is a file" if Path(first).is_file() else "there is none"
            raise UsageError(f"{error} (If {first} was meant as a folder: {is_}.)") from None
        raise
    if not what:
        _headline(published, folder, as_json=as_json, as_csv=as_csv, wide=wide)
    elif what in published.tables():
        _table(published, folder, what, as_json=as_json, as_csv=as_csv, limit=limit, wide=wide)
    else:
        _figure(published, folder, what, as_json=as_json, as_csv=as_csv)


@app.command()
def explain(
    figure: Annotated[str, typer.Argument(metavar="NAME", help="a figure, a metric, a theme, or an effect_id")],
    folder: Dir = HERE,
    as_json: Json = False,
) -> None:
    """Say how a number is calculated. With its method, checks, SQL and rows."""
    from worthline.reports import explain as explaining
    from worthline.reports import explain_theme, one_effect, overview

    _name_first(figure, folder, "a figure", f"worthline explain nps {figure}")
    published = published_of(folder)
    if figure in one_effect.names(published):
        family = one_effect.named(published, figure)
        fields, explanation_page = family.as_json(), one_effect.page(published, family, folder=str(folder))
    elif explain_theme.is_theme(published, figure):
        theme = explain_theme.explain(published, figure)
        fields, explanation_page = theme.as_json(), explain_theme.page(published, theme, folder=str(folder))
    else:
        explained = explaining.explain(published, figure)
        fields, explanation_page = explained.as_json(), explaining.page(published, explained, folder=str(folder))
    if as_json:
        output.write_json(overview.labelled(published, fields))
    else:
        output.show(explanation_page)


@app.command()
def measure(
    first: Annotated[str, typer.Argument(metavar="[INITIATIVE]", show_default=False, help="one of them")] = "",
    folder: Annotated[str, typer.Argument(metavar="[DIR]", show_default=False, help="the company's folder")] = "",
    as_json: Json = False,
) -> None:
    """Say what initiatives returned. One of them: effects by arm and horizon, checks, looks."""
    from worthline.reports import initiatives, overview

    name, where = (first, folder) if folder or not first or not Path(first).is_dir() else ("", first)
    published = published_of(Path(where) if where else HERE)
    if as_json:
        output.write_json(overview.labelled(published, {"results": initiatives.as_json(published, name or None)}))
    elif name:
        output.show(initiatives.initiative_page(published, name, folder=where))
    else:
        output.show(initiatives.page(published, folder=where))


@app.command()
def worklist(
    folder: Dir = HERE,
    weeks: Annotated[int, typer.Option("--weeks", help="weeks that the list is for")] = 1,
    capacity: Annotated[
        int | None, typer.Option("--capacity", help="contacts a week, all actions together; default: each action's own")
    ] = None,
    budget: Annotated[float | None, typer.Option("--budget", help="most that the whole list may cost")] = None,
    control: Annotated[bool, typer.Option("--control", help="the control customers kept aside instead")] = False,
    assign: Annotated[bool, typer.Option("--assign", help="write both arms of the list to the store")] = False,
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="who assigns")] = "",
    as_json: Json = False,
    as_csv: Csv = False,
    limit: Limit = None,
) -> None:
    """Say whom to contact and why. Sized to capacity, with the control group kept aside."""
    from worthline.initiatives.worklist.replan import Asked
    from worthline.reports import overview, tables
    from worthline.reports import worklist as listing

    _one_form(as_json, as_csv)
    limits, published = Asked(weeks, capacity, budget), published_of(folder)
    if assign and (capacity is not None or budget is not None):
        raise UsageError("--assign writes the published plan: give it without --capacity and --budget.")
    if assign:
        calling.assign_list(folder, published, weeks, by)
    if as_json or as_csv:
        listed, aside = listing.rows(published, limits), listing.rows(published, limits, is_control=True)
        shown = aside if control else listed
        cut = shown.slice(0, limit) if limit else shown
        about = listing.summary(published, listed, aside, limits)
        if as_json:
            output.write_json(overview.labelled(published, {**about, "rows": tables.json_rows(cut)}))
        else:
            output.remark(about["sentence"])
            _rows(published, cut, as_json=False)
    else:
        output.show(listing.page(published, limits, limit=limit, folder=str(folder), is_control=control))


@app.command()
def sql(
    query: Annotated[str, typer.Argument(metavar='"SELECT …"', help="one SELECT")],
    folder: Dir = HERE,
    as_json: Json = False,
    as_csv: Csv = False,
    limit: Limit = None,
) -> None:
    """Ask the published run in SQL. Results are in main, checked tables in source; groups under 10 are hidden."""
    from worthline.engine import guarded

    _one_form(as_json, as_csv)
    guarded.expect()
    from worthline.reports import page, tables

    published = company_of(folder).published()
    answer = published.sql_shown(query)
    cut = answer.slice(0, limit) if limit else answer
    if as_json or as_csv:
        _rows(published, cut, as_json=as_json)
    else:
        shown = cut.slice(0, limit or tables.ROWS)
        width = output.page_width()
        answered = tables.page(page.header(published), "", shown, of=answer.num_rows, width=width)
        output.show(answered, uncut=width is None)
    _groups_hidden(published, query)


@app.command()
def pack(
    folder: Dir = HERE,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="the archive to write")] = None,
    with_personal: Annotated[bool, typer.Option("--with-personal", help="personal columns and texts too")] = False,
    as_json: Json = False,
) -> None:
    """Write a proof pack. It is one archive that recomputes every counted figure without Worthline."""
    from worthline.app import proof_pack

    Working.folder = folder
    written_pack = proof_pack.write(company_of(folder), out, with_personal=with_personal)
    if as_json:
        output.write_json(proof_pack.as_json(written_pack))
    else:
        output.write(proof_pack.said(written_pack))


@app.command()
def serve(
    folder: Dir = HERE,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0: any free one")] = 8765,
    host: Annotated[str, typer.Option("--host", help="of this machine: there is no sign-in yet")] = "127.0.0.1",
    open_browser: Annotated[bool, typer.Option("--open/--no-open", help="open a browser")] = True,
    names: Annotated[
        bool, typer.Option("--names", help="show names and addresses: you have the right to them")
    ] = False,
) -> None:
    """Show the run in a browser. On this machine alone, until stopped (Ctrl-C)."""
    Working.folder = folder
    _serve(folder, port=port, host=host, open_browser=open_browser, with_names=names)


def _serve(
    folder: Path,
    *,
    port: int | None,
    open_browser: bool,
    host: str = "127.0.0.1",
    mapping: Mapping | None = None,
    with_names: bool = False,
) -> None:
    from worthline.app.web.serve import serve as serving

    def ready(address: str) -> None:
        output.write([f"Worthline shows {folder.resolve().name} at {address} (Ctrl-C stops it)\n"])

    serving(folder, host, port, open_browser, ready, mapping, with_names=with_names)


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line and end the process with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    sys.exit(_exit_code(arguments))


def _exit_code(arguments: list[str] | None) -> int:
    try:
        app(args=arguments, prog_name="worthline")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0 if end.code is None else 2
        if code == 130:
            output.remark("worthline: stopped; what was published before, if anything was, is still there.")
        return code
    except KeyboardInterrupt:
        output.remark("worthline: stopped; what was published before, if anything was, is still there.")
        return 130
    except output.HungUp:
        return 0
    except WorthlineError as error:
        if isinstance(error, Fault):
            return _fault(error)
        output.remark(f"worthline: {error}")
        return error.exit_code
    except Exception as error:  # noqa: BLE001 - the last door: whatever comes here is told, kept and not shown raw
        return _fault(error)
    return 0


def _fault(error: Exception) -> int:
    refusal = system_refusal(error)
    if refusal is not None:
        output.remark(
            f"worthline: {Unwritable(refusal.filename or Working.folder, refusal)} "
            "What was published before is untouched."
        )
        return Unwritable.exit_code
    where = output.keep_traceback(Working.folder, error)
    message = " ".join(str(error).split())[:200]
    output.remark(
        f"worthline: this is a fault of Worthline's, not of your data ({type(error).__name__}: {message}). "
        f"What was published before is untouched. The details are in {where}: please send that file to the makers."
    )
    return 3


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadSetting("--as-of", f"found {text!r}", "Write a day as 2026-09-30.") from None


def _one_form(as_json: bool, as_csv: bool) -> None:
    if as_json and as_csv:
        raise UsageError("Either --json or --csv, not both.")


def _name_first(name: str, folder: Path, what: str, example: str) -> None:
    """Raise UsageError where a folder stands in the place of what is asked for, as the only argument."""
    if folder == HERE and Path(name).is_dir():
        raise UsageError(f"{name} is a folder, not {what}. Name {what} before it: {example}")


def _folder_and_name(first: str, what: str) -> tuple[Path, str]:
    """A single argument that is no folder is the name of what to show."""
    if first and not what and not Path(first).is_dir():
        if "/" in first or "\\" in first:
            raise UsageError(f"There is no folder {first}. Name the folder that holds worthline.toml.")
        return HERE, first
    return Path(first), what


def _headline(published: Run, folder: Path, *, as_json: bool, as_csv: bool, wide: bool) -> None:
    from worthline.reports import overview, tables

    if as_json:
        output.write_json(overview.as_json(published))
    elif as_csv:
        _simulated(published)
        output.write(tables.csv_of_rows(overview.as_rows(published)))
    else:
        output.show(overview.page(published, folder=str(folder)), uncut=wide)


def _place(name: str) -> Place | None:
    """The page of the app that has this name in its address."""
    from worthline.app.web.navigation import PLACES

    return next((place for place in PLACES if place.path == f"/{name.lower()}"), None)


def _figure(published: Run, folder: Path, name: str, *, as_json: bool, as_csv: bool) -> None:
    from worthline.reports import missing, overview, page, tables

    figures = {f.name: f for f in published.figures}
    if name not in figures and (place := _place(name)) is not None and place.page is not None:
        place.must_be_there(published)
        if as_json or as_csv:
            named = f" Name {place.table}." if place.table else ""
            raise UsageError(f"{name} is a page: only tables and figures have --json and --csv.{named}")
        output.show(place.page(published))
        return
    if name not in figures and name in missing.counted(published):
        instead = page.command("explain", name, folder=str(folder))
        raise UsageError(f"{name} is a metric of this run, not a table or a figure. Its values and method: {instead}")
    if name not in figures:
        raise missing.off(published, name) or NoSuchName("table or figure", name, [*published.tables(), *figures])
    if as_json:
        output.write_json(overview.labelled(published, figures[name].as_json()))
    elif as_csv:
        _simulated(published)
        output.write(tables.csv_of_rows(overview.as_rows(published, only=name)))
    else:
        output.show(overview.figure_page(published, figures[name], folder=str(folder)))


def _table(
    published: Run, folder: Path, name: str, *, as_json: bool, as_csv: bool, limit: int | None, wide: bool
) -> None:
    from worthline.reports import bridges, page, tables

    if as_json or as_csv:
        _rows(published, published.table_shown(name, limit), as_json=as_json)
        _groups_hidden(published, name)
        return
    row_count = published.about.get("rows", {}).get(name)
    following = (page.command("sql", f"select * from {name} limit 5", folder=str(folder)),)
    header, currency = page.header(published), str(published.about["currency"])
    shown = tables.listing(published, name, limit)
    if name == "bridges":
        output.show(bridges.page(header, shown, currency=currency, of=row_count, following=following))
        return
    title = f"{name}, {row_count:,} rows" if row_count is not None else name
    width = None if wide else output.width()
    listed = tables.page(
        header, title, shown, of=row_count, width=width, currency=currency, name=name, following=following
    )
    output.show(listed, uncut=width is None)


def _rows(published: Run, rows: pa.Table, *, as_json: bool) -> None:
    from worthline.reports import tables

    _simulated(published)
    output.write(tables.json_text(rows) if as_json else tables.csv_text(rows))


def _groups_hidden(published: Run, query: str) -> None:
    """What a blank may mean, said beside the rows of a table that holds numbers of groups."""
    from worthline.run import small_groups

    if any(name in query.casefold() for name in small_groups.views(published)):
        output.remark(small_groups.REMARK)


def _simulated(published: Any) -> None:
    """Rows carry no header, so the label goes beside them."""
    if published.about.get("simulated"):
        output.remark("SIMULATED data")


for commands in (listening, registering, calling, root_cause_commands, doctoring):
    commands.register(app)
