"""The pages there are: where each stands, what it is called, which key leads to it, and when it is there.

Reads     nothing until a page is asked for.
Gives     PLACES, from which the routes, the navigation and the help are made.
Method    a room's page in reports gives a Page of blocks; one line here puts it into the app:
          Place("/worklist", "Worklist", "w", lambda run: worklist.page(run), table="worklist").
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from worthline.reports import bridges, drivers, health
from worthline.reports.page import Page, RunView, header

MOST_BRIDGES = 400


@dataclass(frozen=True, slots=True)
class Place:
    """A page in the navigation."""

    path: str
    title: str
    key: str
    """The letter after g that leads there."""
    page: Callable[[RunView], Page] | None = None
    """Its blocks; None for a page that the site draws in its own way."""
    table: str = ""
    """The result table it needs; without it, the page is not there."""
    lede: str = ""

    def there(self, run: RunView) -> bool:
        """Whether this run has it."""
        return not self.table or self.table in run.tables()


def _health(run: RunView) -> Page:
    return health.page(run.health(), simulated=bool(run.about.get("simulated")))


def _bridges(run: RunView) -> Page:
    from worthline.reports.tables import listing

    rows = listing(run, "bridges", MOST_BRIDGES)
    whole = bridges.whole(rows)
    return bridges.page(header(run), whole, currency=str(run.about["currency"]), of=whole.num_rows)


PLACES = (
    Place("/", "Overview", "o"),
    Place("/figures", "Figures", "f"),
    Place(
        "/bridges",
        "Revenue bridge",
        "b",
        _bridges,
        table="bridges",
        lede="How revenue came from one period to the next: who was new, who left, who paid more or less.",
    ),
    Place(
        "/drivers",
        "Key drivers",
        "k",
        drivers.page,
        table="key_drivers",
        lede="What goes with a higher score among those who answered. Importance is correlation: it says where to "
        "look first, not what a change would bring.",
    ),
    Place("/health", "Data health", "h", _health, lede="What was read, what was used, what was set aside and why."),
    Place("/tables", "Tables", "t"),
)


def places(run: RunView) -> list[Place]:
    """The pages that this run has, in the order of the navigation."""
    return [place for place in PLACES if place.there(run)]
