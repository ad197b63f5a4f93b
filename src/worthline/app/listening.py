"""Commands about what customers say: searching in it, what each group has to read, and informing groups.

Reads     arguments, the company's folder.
Gives     `register`, which adds the commands to the command line.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from worthline.app import output
from worthline.app.command_folder import HERE, Dir, Json, published_of
from worthline.errors import BadSetting, NoSuchName, StoreError, UsageError

if TYPE_CHECKING:
    from worthline.app.routing.office import Office
    from worthline.app.routing.show import Told
    from worthline.config import CompanyConfig


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(search)
    app.command()(inbox)
    app.command()(digest)


def read_what_waits(folder: Path, config: CompanyConfig) -> tuple[str, ...]:
    """Read what arrived and nobody has read yet, so that the next run has it; remarks where that cannot be."""
    from worthline.app.store import exists

    if not exists(folder, config):
        return ()
    from worthline.app.routing.office import Office

    office = Office(folder)
    try:
        if office.config()[1].inbound:
            office.desk().work_off()
    except StoreError as error:
        return (f"{error} What arrived by webhook lately is not in this run.",)
    return ()


def route_comments(folder: Path) -> tuple[str, ...]:
    """Send what customers wrote in the run that was published to its groups; a remark of what was sent, or why not."""
    from worthline.app.routing.office import Office
    from worthline.app.routing.published import route

    try:
        comments, groups = route(Office(folder))
    except (StoreError, BadSetting) as error:
        return (f"{error} The run's comments are in no inbox yet; the next run sends them.",)
    if not comments:
        return ()
    inboxes = f"{groups:,} inbox{'' if groups == 1 else 'es'}"
    return (f"{comments:,} comment{'' if comments == 1 else 's'} in {inboxes}: worthline inbox.",)


def search(
    words: Annotated[str, typer.Argument(metavar='"WORDS"', help='words, a "phrase", a beginning*, -without')],
    folder: Dir = HERE,
    theme: Annotated[list[str] | None, typer.Option("--theme", help="only comments of this theme")] = None,
    segment: Annotated[list[str] | None, typer.Option("--segment", help="only customers of this segment")] = None,
    touchpoint: Annotated[list[str] | None, typer.Option("--touchpoint", help="only about this touchpoint")] = None,
    channel: Annotated[list[str] | None, typer.Option("--channel", help="only by this channel")] = None,
    language: Annotated[list[str] | None, typer.Option("--language", help="only in this language")] = None,
    respondent: Annotated[list[str] | None, typer.Option("--respondent", help="such as employee")] = None,
    score: Annotated[str | None, typer.Option("--score", metavar="LOW-HIGH", help="such as 0-6, or 3")] = None,
    first: Annotated[str | None, typer.Option("--from", metavar="DATE", help="from this day on")] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="DATE", help="until this day")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=2000, help="at most this many")] = 20,
    as_json: Json = False,
) -> None:
    """Search in what customers wrote. Ranked and filtered, with names and numbers masked."""
    from worthline.app.search import find, index, show
    from worthline.reports import overview, page

    low, high = score_range(score)
    filters = {"theme": theme, "segment": segment, "touchpoint": touchpoint, "channel": channel, "language": language}
    filters["respondent"] = respondent
    wanted = find.Wanted(
        words,
        {name: values for name, values in filters.items() if values},
        score_low=low,
        score_high=high,
        first=_day(first, "--from"),
        last=_day(last, "--to"),
        limit=limit,
    )
    published = published_of(folder)
    with index.ready(published, folder) as opened:
        hits = find.find(opened, wanted)
    if as_json:
        output.write_json(overview.labelled(published, show.as_json(hits)))
    else:
        output.show(show.page(page.header(published), hits))


GroupOrDir = Annotated[str, typer.Argument(metavar="[GROUP]", show_default=False, help="one group; default: all")]
Folder = Annotated[str, typer.Argument(metavar="[DIR]", show_default=False, help="the company's folder")]


def inbox(
    first: GroupOrDir = "",
    folder: Folder = "",
    everything: Annotated[bool, typer.Option("--all", help="closed items, too")] = False,
    item: Annotated[str | None, typer.Option("--item", help="one item; with --as, mark it")] = None,
    state: Annotated[str | None, typer.Option("--as", metavar="STATE", help="read, acted, closed or told_back")] = None,
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="who marks it")] = "",
    sources: Annotated[bool, typer.Option("--sources", help="what arrived by webhook, by source")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="at most this many")] = 50,
    as_json: Json = False,
) -> None:
    """Show what each group has to read. Or one group's items; mark an item as read, acted on, closed, told back."""
    from worthline.app.routing import inbox as reading
    from worthline.app.routing import show
    from worthline.app.store import routings
    from worthline.app.store.people import NOT_SIGNED_IN

    group, office = _group_and_office(first, folder)
    if not office.has_store() and not sources:
        raise UsageError(show.NOTHING)
    desk, context = office.desk(), office.context()
    desk.work_off()
    if item is not None and state is not None:
        if not group:
            raise UsageError("Say whose item it is: worthline inbox GROUP --item ITEM --as read.")
        with office.store().writing() as tx:
            routings.mark(tx, item, group, state, by=by or NOT_SIGNED_IN, at=office.store().clock())
    if sources:
        answer = show.sources(office)
    elif item is not None:
        answer = show.item_page(reading.item(office.store(), context, item))
    elif group:
        entries = reading.entries(office.store(), context, group, is_open=None if everything else True, most=limit)
        if not entries:
            _known_group(group, office)
        answer = show.entries(group, entries, everything=everything)
    else:
        answer = show.groups(reading.groups(office.store(), context.groups()), office.store().clock())
    _tell(answer, as_json=as_json)


def digest(
    group: Annotated[str, typer.Argument(metavar="GROUP", help="the group")],
    folder: Dir = HERE,
    when: Annotated[str, typer.Option("--when", metavar="WHEN", help="only: at once, daily, weekly or monthly")] = "",
    send: Annotated[bool, typer.Option("--send", help="send it to the group's address in [notify]")] = False,
    as_json: Json = False,
) -> None:
    """Show the next digest of a group. It holds what the group was not informed about yet; --send sends it."""
    from worthline.app.inbound.options import WHEN
    from worthline.app.routing import show

    if when and when not in WHEN:
        raise BadSetting("--when", f"found {when!r}", f"One of: {', '.join(WHEN)}.")
    _, office = _group_and_office(group, str(folder))
    if not office.has_store():
        raise UsageError(show.NOTHING)
    office.desk().work_off()
    notifier = office.notifier()
    digest_due = notifier.waiting(group, when)
    if not digest_due.entries:
        _known_group(group, office)
    if send and digest_due.entries:
        sent = notifier.now(group, when)
        output.remark(f"Sent {sent:,} of {len(digest_due.entries):,} comments to {group}.")
    _tell(show.digest(digest_due), as_json=as_json)


def _group_and_office(first: str, folder: str) -> tuple[str, Office]:
    """A single argument that is a folder is the folder."""
    from worthline.app.routing.office import Office

    group, where = (first, folder) if folder or not first or not Path(first).is_dir() else ("", first)
    if where and not Path(where).is_dir():
        raise UsageError(f"There is no folder {where}. Name the folder that holds worthline.toml.")
    return group, Office(Path(where) if where else HERE)


def _known_group(group: str, office: Office) -> None:
    """Raise NoSuchName where nobody knows the group."""
    from worthline.app.routing import inbox as reading

    groups = {group_state.group for group_state in reading.groups(office.store(), office.context().groups())}
    groups |= {rule.group for rule in office.rules() if rule.group}
    if group not in groups:
        raise NoSuchName("group", group, groups)


def _tell(answer: Told, *, as_json: bool) -> None:
    if as_json:
        output.write_json(answer.content)
    else:
        output.show(answer.page)


def score_range(text: str | None, option: str = "--score") -> tuple[float | None, float | None]:
    """Lowest and highest score, from `3` or `0-6`; raises BadSetting."""
    if text is None:
        return None, None
    match = re.fullmatch(r"(-?\d+(?:\.\d+)?)(?:\s*(?:-|–|\.\.|to)\s*(-?\d+(?:\.\d+)?))?", text.strip())
    if not match:
        raise BadSetting(option, f"found {text!r}", "Write a score or a range: 3, or 0-6.")
    low = float(match[1])
    high = float(match[2]) if match[2] else low
    if low > high:
        raise BadSetting(option, f"found {text!r}", f"Write the lower score first: {high:g}-{low:g}.")
    return low, high


def _day(text: str | None, option: str) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadSetting(option, f"found {text!r}", "Write a day as 2026-09-30.") from None
