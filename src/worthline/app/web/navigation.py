"""The pages there are: where each stands, what it is called, which key leads to it, and when it is there.

Reads     nothing until a page is asked for.
Gives     PLACES, from which the routes, the navigation and the help are made.
Method    to add a page, write a module in reports whose page(run) gives a Page of blocks, and add one line here:
          Place("/leavers", "Who left", "l", leavers.page, table="panel"). Route, navigation, search, the key after g
          and the tests of every page come from that line, and so does where a reader goes next (`onward`); a run
          without the table has no such page. Only a page with drawings of its own needs a template, a function in
          views and a line in site's `drawn`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from worthline.errors import NoSuchName
from worthline.reports import (
    calibration,
    chain,
    changes,
    customers,
    drivers,
    effects,
    engagement,
    health,
    initiatives,
    leavers,
    missing,
    profit,
    register,
    root_causes,
    voice,
)
from worthline.reports.page import Page
from worthline.run.view import RunView


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
    group: str = "Data"
    """Under which heading of the navigation it stands: one of GROUPS."""

    under: str = ""
    """The path of the page in the navigation that it is a view of; "" for one that stands there itself."""
    menu: str = ""
    """What the navigation calls it, where that is not its title: it stands for its views, too."""
    needs: Callable[[RunView], bool] | None = None
    """What else must hold for the page to be there."""
    by_customers: bool = False
    """Whether the address may choose its customers: by segment, region, channel and the like."""
    onward: tuple[tuple[str, str], ...] = ()
    """Where a reader goes next, and what is there: the first that the run has."""
    below: tuple[tuple[str, str], ...] = ()
    """The same of the pages below it, of one effect or one customer."""
    is_live: bool = False
    """Drawn by a route of its own at every request: it shows more than the run."""

    def there(self, run: RunView) -> bool:
        """Whether this run has it: its table, with a row at least."""
        return self._has_rows(run) and (self.needs is None or self.needs(run))

    def must_be_there(self, run: RunView) -> None:
        """Nothing where this run has it; raises IsOff (why, and what would switch it on) where it has not."""
        if not self._has_rows(run):
            raise missing.off(run, self.table) or NoSuchName("table", self.table, run.tables())

    def _has_rows(self, run: RunView) -> bool:
        return not self.table or (self.table in run.tables() and run.about.get("rows", {}).get(self.table) != 0)


def _health(run: RunView) -> Page:
    return health.page(run.health(), simulated=bool(run.about.get("simulated")))


GROUPS = ("Today", "Why", "Improve", "Money", "Data")
"""Headings of the navigation, at most four pages under each."""
PLACES = (
    Place(
        "/",
        "Overview",
        "o",
        group="Today",
        onward=(
            ("/chain", "What each poor experience costs"),
            ("/drivers", "What goes with a higher score"),
            ("/figures", "Every figure and its method"),
        ),
    ),
    Place(
        "/changes",
        "What changed",
        "n",
        changes.page,
        group="Today",
        under="/",
        lede="Why each figure changed since the last run: real change, late data, corrections or method.",
        needs=changes.there,
        onward=(("/figures", "Every figure and its method"),),
    ),
    Place(
        "/worklist",
        "Worklist",
        "w",
        group="Today",
        table="worklist",
        lede="Whom to contact and why, in order of what a contact should return net of its cost.",
        is_live=True,
        onward=(("/initiatives", "What such contacts returned before"),),
    ),
    Place(
        "/voice",
        "Voice",
        "y",
        voice.page,
        table="theme_items",
        group="Today",
        lede="What customers write of: how many, how they feel, what is at risk with them, and what changed.",
        by_customers=True,
        onward=(("/voice/search", "Read the comments themselves"),),
        below=(("/voice", "All themes"),),
    ),
    Place(
        "/inbox",
        "Inbox",
        "x",
        group="Today",
        under="/voice",
        is_live=True,
        onward=(("/voice", "What customers write of, in themes"),),
    ),
    Place(
        "/voice/search",
        "Search comments",
        "s",
        group="Today",
        table="theme_items",
        under="/voice",
        is_live=True,
        onward=(("/voice", "What these comments are about"),),
    ),
    Place(
        "/figures",
        "Figures",
        "f",
        group="Money",
        onward=(("/bridges", "How revenue came from one year to the next"),),
        below=(("/figures", "Every figure and its method"),),
    ),
    Place(
        "/customers",
        "Customers",
        "c",
        customers.page,
        table="customer_scores",
        group="Money",
        lede="How many customers are expected to leave, who they are, their top risk factors, and how accurate the "
        "scores were before.",
        by_customers=True,
        onward=(("/customer-list", "Customers by plan, permission, score and value"),),
        below=(("/worklist", "Whom to contact this week"), ("/customer-list", "All customers")),
    ),
    Place(
        "/profit",
        "Profit",
        "m",
        profit.page,
        table="customer_scores",
        group="Money",
        lede="Which customers generate profit, which cost more than they generate, and why.",
        under="/customers",
        by_customers=True,
        onward=(("/customers", "Which customers are at risk"),),
    ),
    Place(
        "/engagement",
        "Engagement",
        "u",
        engagement.page,
        table="customer_scores",
        group="Money",
        lede="How often customers buy and make contact, how long ago, and what they use; with churn, margin and score.",
        under="/customers",
        needs=engagement.there,
        by_customers=True,
        onward=(("/customer-list", "Customers by plan, permission, score and value"),),
    ),
    Place(
        "/leavers",
        "Who left",
        "l",
        leavers.page,
        table="panel",
        group="Money",
        lede="Customers who left in the last three months: whether it was seen coming, and what they shared.",
        under="/customers",
        by_customers=True,
        onward=(("/effects", "What each experience does to retention"), ("/customers", "Who is at risk now")),
    ),
    Place(
        "/calibration",
        "Predictions",
        "p",
        calibration.page,
        table="backtests",
        group="Money",
        under="/customers",
        lede="How well the churn model predicted who left, tested on earlier dates with only what was known then.",
        onward=(("/customers", "Which customers are at risk"),),
    ),
    Place(
        "/chain",
        "Value chain",
        "v",
        chain.page,
        table="effects",
        group="Why",
        menu="Experiences",
        lede="What poor experiences cost: from the experience to the score, to behaviour, to margin. Each step has its "
        "95% confidence interval and its evidence.",
        onward=(("/initiatives", "What is being done about it, and what it returned"),),
    ),
    Place(
        "/effects",
        "Effects",
        "e",
        effects.page,
        table="effects",
        group="Why",
        under="/chain",
        lede="What each experience does to the customers who have it: whether they stay, what they bring, what they "
        "say next.",
        onward=(("/chain", "What these effects cost"),),
        below=(("/chain", "What this and other experiences cost"),),
    ),
    Place(
        "/initiatives",
        "Initiatives",
        "i",
        initiatives.page,
        table="initiative_results",
        group="Improve",
        lede="What was done for customers, what it cost, and what it returned. Evidence says how each was measured.",
        onward=(("/register", "What was approved beside what was measured"),),
        below=(("/initiatives", "All initiatives"),),
    ),
    Place(
        "/register",
        "Benefits register",
        "r",
        register.page,
        group="Improve",
        menu="Register",
        lede="What was approved beside what was measured on its date, by initiative, department and owner.",
        onward=(("/initiatives", "How each initiative was measured"),),
    ),
    Place(
        "/actions",
        "Root-cause actions",
        "a",
        root_causes.page,
        group="Improve",
        menu="Root causes",
        lede="Why touchpoints, themes and needs fail, who takes the cause away by when, and what came of it.",
        onward=(("/chain", "What each poor experience costs"), ("/register", "What was approved")),
    ),
    Place(
        "/bridges",
        "Bridges",
        "b",
        table="bridges",
        group="Money",
        lede="How revenue, and what customers are worth, came from one period to the next: who was new, who left, who "
        "paid more or less.",
        onward=(("/profit", "Which customers generate profit"),),
    ),
    Place(
        "/drivers",
        "Key drivers",
        "k",
        drivers.page,
        table="key_drivers",
        group="Why",
        under="/chain",
        lede="What goes with a higher score among respondents. Importance is correlation: it says where to "
        "look first, not what a change would bring.",
        onward=(("/effects", "What each experience does to behaviour"),),
    ),
    Place(
        "/health",
        "Data health",
        "h",
        _health,
        lede="What was read, what was used, what was set aside and why.",
        onward=(("/tables", "The rows themselves"),),
    ),
    Place(
        "/tables",
        "Tables",
        "t",
        onward=(("/figures", "Every figure and its method"),),
        below=(("/tables", "All tables"),),
    ),
)


def places(run: RunView) -> list[Place]:
    """The pages that this run has, in the order of the navigation; views follow the page that they belong to."""
    order = sorted(PLACES, key=lambda place: GROUPS.index(place.group))
    return [place for place in order if place.there(run)]


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the navigation: the first of its views that this run has leads there."""

    title: str
    path: str
    group: str
    key: str
    views: tuple[Place, ...]

    def holds(self, path: str) -> bool:
        """Whether a path is one of its views, or stands below one."""
        return any(path == view.path or (view.path != "/" and path.startswith(view.path + "/")) for view in self.views)


def menu(places: list[Place]) -> list[Entry]:
    """The navigation of a run that has these pages."""
    heads = dict.fromkeys(place.under or place.path for place in places)
    titles = {place.path: place.menu or place.title for place in PLACES}
    entries = []
    for head in heads:
        own = tuple(place for place in places if head in (place.path, place.under))
        title = titles[head] if len(own) > 1 or own[0].path == head else own[0].title
        entries.append(Entry(title, own[0].path, own[0].group, own[0].key, own))
    return entries
