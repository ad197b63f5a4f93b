"""The page of one customer: risk and reasons, what is at stake, how they feel, what happened, the last twelve months.

Reads     the tables customer_scores and panel; the company's own rows about the customer.
Gives     a Page; raises NoSuchName for somebody who is not there.
"""

from __future__ import annotations

from typing import Any

from worthline.errors import NoSuchName
from worthline.metrics import formatting
from worthline.reports import voice
from worthline.reports.filters import BY_ATTRIBUTE
from worthline.reports.initiatives import names_of_initiatives
from worthline.reports.page import Block, Column, Facts, Grid, Page, Text, header
from worthline.run import personal
from worthline.run.narrowed import attributes
from worthline.run.view import RunView

MONTHS = 12
FACTS = {
    "state": "Status",
    "tenure_months": "Tenure",
    "p_leave": "Churn probability, 3 months",
    "p_leave_12m": "Churn probability, 12 months",
    "margin_at_risk": "Margin at risk",
    "value": "Future value",
    "revenue_12m": "Revenue, last 12 months",
    "margin_12m": "Margin, last 12 months",
    "cost_to_serve_12m": "Cost to serve, last 12 months",
    "last_score": "Last score",
    "predicted_score": "Predicted score",
}
"""Columns of customer_scores in words, in the order of the page."""
TIMELINE = {
    "month": Column("Month"),
    "revenue": Column("Revenue", number=True),
    "margin": Column("Margin", number=True),
    "contacts": Column("Contacts", number=True),
    "unresolved": Column("Unresolved", number=True),
    "last_score": Column("Last score", number=True),
}

LATEST = 20
"""Things that happened, at most."""
HAPPENED = {
    "interactions": """
select at_date as happened, coalesce(touchpoint, 'contact') as what,
  concat_ws(', ', case when kind = 'experience' then null else channel end,
    case resolved when true then 'resolved' when false then 'not resolved' end,
    case when wait_seconds >= 60 then 'waited ' || cast(round(wait_seconds / 60) as integer) || ' min' end) as how,
  null as said
from source.interactions where customer_id = {who}""",
    "feedback": """
select at_date as happened, 'answered ' || metric as what, printf('%g', score) as how, text as said
from source.feedback where customer_id = {who} and (score is not null or text is not null)""",
    "treatments": """
select at_date as happened, initiative as what,
  case arm when 'control' then 'control group' else concat_ws(', ', 'treated', outcome_code) end as how,
  customer_said as said
from source.treatments where customer_id = {who}""",
}
"""What happened, by the table that says so: day, what, how it went, the customer's words."""


def known(run: RunView, customer: str) -> bool:
    """Whether there is a page of somebody with this number."""
    quoted = "'" + customer.replace("'", "''") + "'"
    query = f"select 1 from customer_scores where customer_id = {quoted} limit 1"
    return "customer_scores" in run.tables() and run.sql(query).num_rows > 0


def page(run: RunView, customer: str) -> Page:
    """The whole page of the customer of this id; raises NoSuchName."""
    quoted = "'" + customer.replace("'", "''") + "'"
    rows = run.sql(f"select * from customer_scores where customer_id = {quoted}").to_pylist()
    if not rows:
        raise NoSuchName("customer", customer, [])
    row, currency = rows[0], str(run.about["currency"])
    pairs = tuple((label, _told(name, row, currency)) for name, label in FACTS.items() if row.get(name) is not None)
    blocks: list[Block] = [Text((_answer(row, currency),)), *_what_they_are(run, quoted), Facts(pairs)]
    if row.get("reasons"):
        blocks.append(Text(tuple(_sentence(reason) for reason in row["reasons"]), title="Top risk factors", mark="-"))
    blocks += voice.of_customer(run, quoted)
    blocks += _happened(run, quoted)
    if "panel" in run.tables():
        blocks += _timeline(run, quoted, currency)
    return Page(header(run), tuple(blocks))


def _answer(row: dict[str, Any], currency: str) -> str:
    """Whether they are a customer, how likely they are to leave, and what margin is at risk with that."""
    tenure = row.get("tenure_months")
    since = f" for {formatting.how_many(tenure, 'month')}" if tenure else ""
    if not row.get("active", True):
        return f"No customer at present; state: {str(row.get('state', 'not known')).replace('_', ' ')}."
    sentence = f"Customer{since}"
    if row.get("p_leave_12m") is not None:
        sentence += f"; {formatting.share(row['p_leave_12m'])} probability of leaving within 12 months"
    if row.get("margin_at_risk") is not None:
        sentence += f", with {formatting.money_prose(row['margin_at_risk'], currency)} of margin at risk"
    return f"{sentence}."


def who(run: RunView, customer: str) -> list[Block]:
    """Name and addresses of the customer, for readers who have the right to them."""
    person = personal.of(run.path, [customer]).get(customer, {})
    pairs = tuple((name.replace("_", " ").capitalize(), value) for name, value in person.items())
    return [Facts(pairs)] if pairs else []


def _what_they_are(run: RunView, quoted: str) -> list[Block]:
    """Permission to contact, segment, region, channel, plan, location, as far as they are known."""
    rows = run.sql(f"select * from ({attributes(run)}) where customer_id = {quoted}").to_pylist()
    labels = dict(BY_ATTRIBUTE.values())
    pairs = tuple((labels[name], str(value)) for name, value in rows[0].items() if name in labels and value)
    return [Facts(pairs)] if pairs else []


def _happened(run: RunView, quoted: str) -> list[Block]:
    """What the customer met, what was done for them and what they said, the latest first."""
    parts = [sql for table, sql in HAPPENED.items() if f"source.{table}" in run.about.get("rows", {})]
    if not parts:
        return []
    query = "\nunion all ".join(part.format(who=quoted) for part in parts)
    called = names_of_initiatives(run)
    rows = run.sql(f"select * from ({query}) order by happened desc, what, said limit {LATEST}").to_pylist()
    cells = tuple(
        (
            formatting.day(str(row["happened"])),
            called.get(row["what"], row["what"]),
            row["how"] or "",
            row["said"] or "",
        )
        for row in rows
    )
    columns = (Column("Day"), Column("Event"), Column("Outcome"), Column("Comment"))
    return [Grid(columns, cells, title="Events, latest first")] if rows else []


def _day(value: Any) -> str:
    return formatting.day(str(value))


def _told(name: str, row: dict[str, Any], currency: str) -> str:
    value = row[name]
    if name.startswith("p_leave"):
        return formatting.share(value)
    if name == "tenure_months":
        return formatting.how_many(value, "month") if value else "less than a month"
    if name == "predicted_score":
        return f"{value:.1f} ({row['predicted_low']:.1f} to {row['predicted_high']:.1f})"
    if name == "value" and row.get("value_low") is not None:
        low, high = (formatting.money(row[end], currency) for end in ("value_low", "value_high"))
        return f"{formatting.money(value, currency)} ({low} to {high})"
    if name == "state":
        return str(value).replace("_", " ")
    return f"{value:g}" if name == "last_score" else formatting.money(value, currency)


def _sentence(reason: str) -> str:
    return f"{formatting.capitalised(reason)}."


def _timeline(run: RunView, quoted: str, currency: str) -> list[Block]:
    columns = [name for name in TIMELINE if name in run.table("panel", 0).column_names]
    rows = run.sql(
        f"select {', '.join(columns)} from panel where customer_id = {quoted} order by month desc limit {MONTHS}"
    ).to_pylist()
    cells = tuple(tuple(_cell(name, row[name], currency) for name in columns) for row in rows)
    grid = Grid(tuple(TIMELINE[name] for name in columns), cells, title="Last 12 months, latest first")
    return [grid] if rows else []


def _cell(name: str, value: Any, currency: str) -> str:
    if value is None:
        return ""
    if name == "month":
        return formatting.month(str(value)[:7])
    if name in ("revenue", "margin"):
        return formatting.money(value, currency)
    return f"{value:g}" if name == "last_score" else formatting.count(value)
