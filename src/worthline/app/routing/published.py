"""What customers wrote in a published run, sent to the inboxes of groups like what arrives by webhook.

Reads     the published run's theme_items, the company's rules and owners, the store.
Gives     `route`: how many comments went to how many groups; nothing where the company has neither rule nor owner.
Method    comments of customers since the run before this one, of the last DAYS at least: what is older was there to be
          read. An item is known by its name in theme_items, so that a comment goes to a group once, however many runs
          hold it; what arrived by webhook, or was written down in a call, is in its inbox already.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from worthline.app.routing.rules import Said, routes
from worthline.app.store import deliveries
from worthline.app.store import routings as ways
from worthline.engine import publish
from worthline.errors import WorthlineError

if TYPE_CHECKING:
    from worthline.app.routing.context import Context
    from worthline.app.routing.office import Office
    from worthline.app.routing.rules import Rule
    from worthline.app.store.routings import Route

DAYS = 31
"""Days before the run's date whose comments are sent, where an earlier run is not older than that."""


def route(office: Office) -> tuple[int, int]:
    """Send the published run's new comments to their groups; gives comments and groups. Raises StoreUnreachable."""
    context, rules = office.context(), office.rules()
    if context.run is None or not (rules or context.has_owners()):
        return 0, 0
    last = date.fromisoformat(context.run.about["as_of"])
    comments = context.comments(_since(office.folder, last), last)
    if not comments:
        return 0, 0
    store = office.store()
    with store.reading() as tx:
        arrived, called = deliveries.brought(tx)
    new_comments = {name: row for name, row in comments.items() if not _is_there(row, arrived, called)}
    customers = context.customers([row["customer_id"] or "" for row in new_comments.values()])
    routes_due = [due for name, row in new_comments.items() for due in _routes(name, row, customers, rules, context)]
    with store.writing() as tx:
        ways.send(tx, sorted(new_comments), routes_due, store.clock())
    return len({due.item for due in routes_due}), len({due.group for due in routes_due})


def _routes(
    name: str, row: Mapping[str, Any], customers: Mapping[str, tuple[str, Any]], rules: Sequence[Rule], context: Context
) -> list[Route]:
    segment, value = customers.get(row["customer_id"] or "", ("", None))
    fields = {field: row[field] or "" for field in ("text", "metric", "touchpoint", "channel", "language")}
    comment = Said(item=name, score=row["score"], segment=segment, value=value, themes=tuple(row["themes"]), **fields)
    return routes(comment, rules, context.owner)


def _is_there(row: Mapping[str, Any], arrived: set[str], called: set[str]) -> bool:
    """Whether a comment came to its inbox before it came into the run."""
    if row["source"] == "treatments":
        return row["customer_id"] in called
    return row["feedback_id"] is not None and row["feedback_id"] in arrived


def _since(folder: Path, last: date) -> date:
    """The day after which comments are new: that of the latest run of an earlier day, and DAYS ago at most."""
    days = []
    for run in publish.kept(folder):
        try:
            days.append(date.fromisoformat(run.json("run")["as_of"]))
        except (WorthlineError, KeyError, TypeError, ValueError):
            continue  # a damaged run says no day; that is told where it is opened
    return min(max((day for day in days if day < last), default=last), last - timedelta(days=DAYS))
