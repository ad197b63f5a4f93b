"""What the rooms hand to each other and publish: figures, and the types they are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from html import escape
from typing import TYPE_CHECKING, Any, Literal, Protocol, SupportsFloat, get_args

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

VERSION = "0.1.0"
"""Worthline's own."""
CONTRACT = 1
"""Version of the names that others' checks call: tables, columns, figures, commands."""

Basis = Literal["counted", "forecast", "effect"]
Grade = Literal["A", "B", "C", "D", "E"]
Unit = Literal["count", "share", "score", "money", "months", "days", "hours", "seconds", "rate", "ratio"]

GRADE_WORDS: dict[str, str] = {
    "A": "proven (control group)",
    "B": "proven (comparison)",
    "C": "estimated",
    "D": "correlation only",
    "E": "assumed",
}
"""A grade never stands as a letter alone."""


GRADES: tuple[Grade, ...] = get_args(Grade)


def evidence_words(
    grade: str | None, low: SupportsFloat | None, high: SupportsFloat | None, *, is_shown: bool = True
) -> str:
    """A grade in words, "" without one: the one rule for every page, the terminal, notebooks and downloads.

    A result whose interval includes zero, or that several tests at once do not show (`is_shown`), was measured: it is
    not called proven. `low` and `high` are None where the number has no interval.
    """
    words = GRADE_WORDS[grade] if grade else ""
    return words if is_shown and leaves_out_zero(low, high) else words.replace("proven", "measured")


def leaves_out_zero(low: SupportsFloat | None, high: SupportsFloat | None) -> bool:
    """Whether an interval lies above or below zero; True where there is none."""
    return low is None or high is None or not float(low) <= 0 <= float(high)


@dataclass(frozen=True, slots=True)
class Figure:
    """One number that a person reads, with all that says how it is known.

    `value` is None where the figure is undefined; `sentence` then says why. Shares lie between 0 and 1,
    scores in their own points, money in the company's currency, rounded to its digits.
    """

    name: str
    label: str
    value: float | None
    unit: Unit
    basis: Basis
    as_of: str
    sentence: str
    method: str
    low: float | None = None
    high: float | None = None
    grade: Grade | None = None
    n: int | None = None
    previous: float | None = None
    target: float | None = None
    tables: tuple[str, ...] = ()
    details: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.sentence

    @property
    def evidence(self) -> str:
        """How the number is known, in words: actual, forecast, proven (control group), estimated."""
        known = evidence_words(self.grade, self.low, self.high)
        if known or self.basis == "effect":
            return known or "not graded"
        known = {"counted": "actual"}.get(self.basis, self.basis)
        answered = self.details.get("response_rate")
        return known if answered is None else f"{known}, {100 * answered:.0f}% responded"

    def _repr_html_(self) -> str:
        """What a notebook shows: the label, the sentence, how it is known."""
        known = self.evidence
        facts = f"As of {self.as_of}." if self.value is None else f"Evidence: {known}. As of {self.as_of}."
        return (
            f"<p><strong>{escape(self.label)}</strong></p><p>{escape(self.sentence)}</p>"
            f"<p><small>{escape(facts)}</small></p>"
        )

    def as_json(self) -> dict[str, Any]:
        """The figure as plain JSON types, keys in the order of the contract."""
        out = asdict(self)
        order = "name label value low high unit basis grade n as_of previous target sentence method tables details"
        return {key: list(out[key]) if key == "tables" else out[key] for key in order.split()}


HEADLINE = (
    "verdict",
    "customers_active",
    "retention_12m",
    "nps",
    "margin_12m",
    "margin_at_risk",
    "cost_of_poor_service",
    "savings_available",
    "proven_return",
)
"""The overview's figures, in its order."""
SECOND_ROW = ("revenue_12m", "csat", "customer_equity", "net_revenue_retention", "earned_growth", "approved_return")
"""What stands below them."""


def arranged(*rooms: Iterable[Figure]) -> list[Figure]:
    """The figures of several rooms, in the order of the overview; a later room's replaces one of the same name.

    The first figure of all stays at the top (it is how the company earns), below the verdict alone. A figure
    that neither row names keeps its place behind the one it followed.
    """
    order = {name: float(at) for at, name in enumerate((*HEADLINE, *SECOND_ROW))}
    last: dict[str, Figure] = {}
    place: dict[str, float] = {}
    for figures in rooms:
        at = 0.5
        for figure in figures:
            at = order.get(figure.name, at + 1e-3) if place else min(at, order.get(figure.name, at))
            last[figure.name] = figure
            place.setdefault(figure.name, at)
    return sorted(last.values(), key=lambda figure: place[figure.name])


def above_and_below(figures: Sequence[Figure]) -> tuple[list[Figure], list[Figure]]:
    """The figures of the overview, in order: those at its top, and those that stand below.

    At the top stand the verdict, how the company earns (the first, whatever it is called), and the headline.
    """
    earns = next((figure.name for figure in figures if figure.name != HEADLINE[0]), "")
    above = [figure for figure in figures if figure.name in (*HEADLINE, earns)]
    return above, [figure for figure in figures if figure not in above]


@dataclass(frozen=True, slots=True)
class Leak:
    """A column that knows the outcome: left out of the churn model and of what effects control for."""

    table: str
    column: str
    """As the company calls it; a score, touchpoint or count by what it is."""
    concept: str
    """What the churn model calls it: an attribute's name, "score", "touchpoint <name>", "contacts", ..."""
    why: str

    @property
    def sentence(self) -> str:
        """For data health."""
        return (
            f"{self.table}.{self.column} was left out of the churn model and of what effects control for: {self.why}."
        )


@dataclass(frozen=True)
class Findings:
    """What a room publishes; two of them add up. What the next room computes with has a type of its own below."""

    tables: dict[str, pa.Table] = field(default_factory=dict)
    """Result tables to publish, by their names in the contract, rows in their published order."""
    figures: tuple[Figure, ...] = ()
    notes: tuple[str, ...] = ()
    """What could not be said, and why: sentences for the page of data health."""

    def __add__(self, other: Findings) -> Findings:
        import pyarrow as pa

        tables = dict(self.tables)
        for name, rows in other.tables.items():
            tables[name] = pa.concat_tables([tables[name], rows]) if name in tables else rows
        return Findings(tables, (*self.figures, *other.figures), (*self.notes, *other.notes))


@dataclass(frozen=True)
class Risk:
    """The churn model's output."""

    findings: Findings = field(default_factory=Findings)
    by_customer: ir.Table | None = None
    """Kept: customer_id, p_leave, p_leave_12m (shares, null where not shown), reasons; None without customers."""
    past: ir.Table | None = None
    """Kept: what the 12-month model would have predicted in the past for customers that it had not seen: customer_id,
    at (month counted from year 0), p_leave_12m, weight (for how many the row stands). None where it is not shown."""
    leaks: tuple[Leak, ...] = ()
    """Columns that know the outcome."""

    @property
    def backtests(self) -> pa.Table | None:
        """Rows of the table backtests."""
        return self.findings.tables.get("backtests")


@dataclass(frozen=True)
class Value:
    """What customers are worth."""

    findings: Findings = field(default_factory=Findings)
    by_customer: ir.Table | None = None
    """Kept: customer_id and money: value, value_low, value_high, value_if_kept, value_if_left; None if undefined."""
    equity: Figure | None = None
    """The value of all customers with its 95% interval; None if undefined."""


@dataclass(frozen=True)
class MarginAtRisk:
    """What is expected to be lost with churn."""

    findings: Findings = field(default_factory=Findings)
    by_customer: ir.Table | None = None
    """Kept: customer_id, margin_at_risk (money); None if undefined."""


@dataclass(frozen=True)
class Scores:
    """What every customer would answer."""

    findings: Findings = field(default_factory=Findings)
    by_customer: ir.Table | None = None
    """Kept: customer_id, predicted_score, predicted_low, predicted_high (points); None where not shown."""


@dataclass(frozen=True)
class Worklist:
    """Whom to contact."""

    findings: Findings = field(default_factory=Findings)
    by_customer: ir.Table | None = None
    """Kept: customer_id, arm, action, expected_saving (money); None without actions."""

    def __add__(self, other: Findings) -> Worklist:
        return Worklist(self.findings + other, self.by_customer)


@dataclass(frozen=True)
class Customers:
    """All that is predicted of each customer."""

    risk: Risk = field(default_factory=Risk)
    value: Value = field(default_factory=Value)
    margin_at_risk: MarginAtRisk = field(default_factory=MarginAtRisk)
    scores: Scores = field(default_factory=Scores)

    @property
    def findings(self) -> Findings:
        """What is published of it."""
        return self.risk.findings + self.value.findings + self.margin_at_risk.findings + self.scores.findings

    @property
    def columns(self) -> tuple[ir.Table, ...]:
        """Tables of customer_id and columns of customer_scores, in their published order."""
        parts = (self.risk, self.value, self.margin_at_risk, self.scores)
        return tuple(part.by_customer for part in parts if part.by_customer is not None)


@dataclass(frozen=True)
class Voice:
    """What people wrote, labelled: handed to effects as exposures, and back to voice for what it is worth."""

    items: pa.Table
    """One row per text, in published order: what it is, its language and sentiment, its words masked."""
    mentions: pa.Table
    """text (row of items), theme (row of themes), loading (0 to 1): a text may be about several themes."""
    themes: pa.Table
    """One row per theme: its name, label, terms, phrase, coherence, and where it comes from."""
    tables: dict[str, pa.Table] = field(default_factory=dict)
    """Further tables to publish: how far sentiment can be believed."""
    notes: tuple[str, ...] = ()

    def exposures(self) -> pa.Table:
        """customer_id, day, theme: each theme of each customer's comment whose day is known; headings left out.

        A comment about no theme has one row, its theme empty: it is what a theme is compared with.
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        headings = pc.equal(self.themes["origin"], "heading")
        held = self.mentions.filter(pc.invert(headings.take(self.mentions["theme"])))
        items = self.items.select(["customer_id", "day"])
        about = items.take(held["text"]).append_column("theme", self.themes["label"].take(held["theme"]))
        comments = pc.and_(pc.equal(self.items["kind"], "comment"), pc.equal(self.items["respondent"], "customer"))
        every = items.filter(comments)
        every = every.append_column("theme", pa.nulls(every.num_rows, pa.string()))
        rows = pa.concat_tables([about, every])
        return rows.filter(pc.and_(rows["customer_id"].is_valid(), rows["day"].is_valid()))


@dataclass(frozen=True)
class Earlier:
    """What an earlier run published, for holding its predictions against what happened since."""

    run_id: str
    as_of: date
    scores: ir.Table
    """Its customer_scores."""
    themes: ir.Table | None = None
    """Its themes, where it has any."""


class Fetch(Protocol):
    """Brings the rows of an Ibis expression back, ordered as the expression says. Only the engine does it."""

    def __call__(self, expr: ir.Expr) -> pa.Table: ...


class Keep(Protocol):
    """Materialises an expression on the engine and returns it as a table."""

    def __call__(self, name: str, expr: ir.Table) -> ir.Table: ...


class MapCustomers(Protocol):
    """Runs `function` over whole customers, a block at a time, in order of `key`, and keeps the result.

    `expr` has an integer column `key`, 0 to `customers` - 1; each block holds every row of the customers
    first <= key < last, at most `block` of them, in any order. `function(block, first, last)` gives rows of
    `schema` in their final order, so that the blocks laid end to end are the table.
    """

    def __call__(
        self,
        name: str,
        expr: ir.Table,
        customers: int,
        function: Callable[[pa.Table, int, int], pa.Table],
        schema: pa.Schema,
        *,
        block: int,
    ) -> ir.Table: ...


@dataclass(frozen=True, slots=True)
class Compute:
    """The engine as the rooms see it."""

    fetch: Fetch
    keep: Keep
    map_customers: MapCustomers


@dataclass(frozen=True, slots=True)
class ControlSettings:
    """How control groups are drawn."""

    universal: float = 0.05
    """Share of customers who receive nothing from any initiative that can be withheld."""
    share: float | None = None
    """Share of an action's customers in its control group; None: by a power calculation."""
    exclude: tuple[str, ...] = ()
    """Rules; customers who fulfil one are in no control group and on no worklist."""
    key: str | None = None
    """What the keyed hash is keyed with; None: the key kept in the company's folder, else the company's name."""


@dataclass(frozen=True, slots=True)
class ActionSettings:
    """What is assumed of actions until they are measured, and how they are planned."""

    assumed_kept: float = 0.10
    """Share of leavers whom an action is assumed to keep, until it has run with a control group."""
    assumed_kept_low: float = 0.05
    assumed_kept_high: float = 0.15
    random_share: float = 0.10
    """Share of the capacity that goes to eligible customers at random while the effect is only assumed."""
    quiet_days: int = 30
    """Days after a treatment in which a customer is not contacted again."""
    plan_weeks: int = 13
    budget: str | None = None
    """Most that all actions may cost over the planned weeks, as decimal text."""


@dataclass(frozen=True)
class Resolved:
    """A company's settings after 'auto' has been decided from the tables; `because` says why for each."""

    name: str
    currency: str
    setting: Literal["contractual", "non-contractual"]
    outcome: str
    as_of: date
    timezone: str
    fiscal_year_start: int
    discount_rate: float
    horizon_months: int
    """Months ahead over which customers are valued."""
    margin: str | None
    """Share of revenue as decimal text, e.g. "0.55"; None where none was declared."""
    lapse_months: int | None
    """Non-contractual: months without a purchase after which a customer has lapsed."""
    revenue_from: Literal["transactions", "subscriptions", "none"]
    score_metric: str | None
    """The soft metric that heads the company's score, e.g. nps; None without feedback."""
    staff_hour_cost: str | None = None
    """Cost of an hour of staff as decimal text, where declared."""
    contact_cost: str | None = None
    """Cost of one contact as decimal text, where declared."""
    leave_rate: float | None = None
    """Share of customers that leaves within 12 months, where declared as the files over-sample leavers."""
    treatment_outcomes: tuple[str, ...] = ()
    """Further columns of treatments that are declared as outcomes, one value per customer."""
    treatment_covariates: tuple[str, ...] = ()
    """Further columns of treatments that were known before the assignment."""
    simulated: bool = False
    control: ControlSettings = field(default_factory=ControlSettings)
    acting: ActionSettings = field(default_factory=ActionSettings)
    because: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Dataset:
    """A company's checked rows as of a date.

    `tables` holds only the canonical tables that were brought (and `customers`, derived where it was not).
    Each has every canonical column of `worthline.tables`, typed; a column that the company does not have is
    null throughout and missing from `brought[table]`.
    """

    tables: dict[str, ir.Table]
    brought: dict[str, frozenset[str]]
    settings: Resolved
    set_aside: dict[str, int] = field(default_factory=dict)
    """Table -> rows set aside for what is wrong with them; tables without such rows are missing."""
    set_aside_of: dict[str, int] = field(default_factory=dict)
    """Initiative -> those rows of treatments that name it; rows whose initiative cannot be read are in none."""

    def has(self, table: str, *columns: str) -> bool:
        """Whether the table was brought, with all of these columns."""
        return table in self.tables and set(columns) <= self.brought.get(table, frozenset())

    def __getitem__(self, table: str) -> ir.Table:
        return self.tables[table]


Progress = Callable[[str, int, int], None]
"""progress(stage in words, done, of): called as long work goes on; of = 0 while the total is not known."""


def no_progress(stage: str, done: int, of: int) -> None:
    """Shows nothing."""
