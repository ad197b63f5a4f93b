"""The made-up company of company.sql as canonical tables, in a contractual and a non-contractual form."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pyarrow as pa
import pytest

from worthline.engine import open_engine, rooms
from worthline.panel.build import build
from worthline.results import Compute, Dataset, Resolved
from worthline.tables import TABLES, Kind

HERE = Path(__file__).parent
AS_OF = date(2026, 2, 28)
SQL_TYPES = {
    Kind.ID: "varchar",
    Kind.TEXT: "varchar",
    Kind.CATEGORY: "varchar",
    Kind.INSTANT: "timestamp",
    Kind.DAY: "date",
    Kind.MONEY: "decimal(18, 4)",
    Kind.NUMBER: "double",
    Kind.COUNT: "bigint",
    Kind.RATE: "decimal(18, 8)",
    Kind.FLAG: "boolean",
}


@dataclass
class Company:
    """A dataset with its panel, and the same tables for hand-written SQL."""

    ds: Dataset
    panel: Any
    rooms: Compute
    engine: Any

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of SQL over the canonical tables by name, and over `panel`; on DuckDB alone."""
        return self.engine.raw.execute(query).fetchall()


def canonical(con: duckdb.DuckDBPyConnection, table: str, source: str) -> tuple[pa.Table, frozenset[str]]:
    """The rows of relation `source` with every canonical column of `table`, and which of them it brought."""
    there = {row[0] for row in con.execute(f"describe {source}").fetchall()}
    columns = []
    for column in TABLES[table].columns:
        wanted = [(column.name, SQL_TYPES[column.kind])]
        if column.kind is Kind.INSTANT:
            wanted.append((f"{column.name}_date", "date"))
        for name, kind in wanted:
            value = f'"{name}"' if name in there else "null"
            columns.append(f'cast({value} as {kind}) as "{name}"')
    extra = {
        "_file": "'made.csv'",
        "_line": "row_number() over () + 1",
        "known_on": _known_on(table),
        "amount_original": "cast(amount_original as decimal(18, 4))" if "amount_original" in there else None,
        "scale_low": "cast(scale_low as double)" if "scale_low" in there else None,
        "scale_high": "cast(scale_high as double)" if "scale_high" in there else None,
        "derived": "false" if table == "customers" else None,
        "first_seen": "first_seen" if table == "customers" else None,
        "joined_known_on": "joined_on" if table == "customers" else None,
        "left_known_on": "left_on" if table == "customers" else None,
    }
    columns += [f"{value} as {name}" for name, value in extra.items() if value is not None]
    rows = con.execute(f"select {', '.join(columns)} from {source}").to_arrow_table()
    return rows, frozenset(there & set(TABLES[table].names))


def _known_on(table: str) -> str:
    happened = TABLES[table].happened
    if happened is None:
        return "cast(null as date)"
    return f"{happened}_date" if TABLES[table].column(happened).kind is Kind.INSTANT else happened


def settings(**changes: Any) -> Resolved:
    """The made-up company's settings."""
    usual: dict[str, Any] = {
        "name": "Made Up",
        "currency": "USD",
        "setting": "contractual",
        "outcome": "retention",
        "as_of": AS_OF,
        "timezone": "America/New_York",
        "fiscal_year_start": 1,
        "discount_rate": 0.1,
        "horizon_months": 36,
        "margin": "0.55",
        "lapse_months": None,
        "revenue_from": "subscriptions",
        "score_metric": "nps",
    }
    return Resolved(**{**usual, **changes})


def make(
    folder: Path, chosen: Resolved, script: str, sources: dict[str, str], *, on: str = "duckdb", threads: int = 2
) -> Company:
    """A company of the relations `sources` (canonical table: SQL relation) that `script` makes, on an engine."""
    con = duckdb.connect()
    con.execute(script)
    engine = open_engine(on, folder / "scratch", threads=threads)
    tables, brought = {}, {}
    for table, source in sources.items():
        rows, brought[table] = canonical(con, table, source)
        tables[table] = engine.keep(table, ibis.memtable(rows))
    con.close()
    ds = Dataset(tables, brought, chosen)
    return Company(ds, build(ds, rooms(engine)), rooms(engine), engine)


COMPANY_SQL = (HERE / "company.sql").read_text("utf-8")
FIRST_SEEN = """
create table seen as
select customer_id, min(d) as first_seen from (
    select customer_id, joined_on as d from brought_customers
    {subscriptions}
    union all select customer_id, at_date from brought_transactions
    union all select customer_id, at_date from brought_interactions
    union all select customer_id, at_date from brought_feedback
    union all select customer_id, at_date from brought_invitations
    union all select customer_id, at_date from brought_wallet
    union all select customer_id, at_date from brought_balances
) where customer_id is not null and d is not null group by customer_id;
create table seen_customers as
select c.*, coalesce(first_seen, date '2024-01-01') as first_seen from {customers} c left join seen using (customer_id);
"""
TABLES_OF = (
    *("transactions", "interactions", "feedback", "invitations", "touchpoints", "responsibilities"),
    *("targets", "finance", "wallet", "balances", "rates"),
)


def contractual(folder: Path, threads: int = 2, on: str = "duckdb", **changes: Any) -> Company:
    """Subscriptions, left_on, touchpoints with owners and failures, invitations that name their answer."""
    script = COMPANY_SQL + FIRST_SEEN.format(
        customers="brought_customers",
        subscriptions="union all select customer_id, started_on from brought_subscriptions",
    )
    sources = {t: f"brought_{t}" for t in (*TABLES_OF, "subscriptions")} | {"customers": "seen_customers"}
    return make(folder, settings(**changes), script, sources, on=on, threads=threads)


def non_contractual(folder: Path, threads: int = 2, on: str = "duckdb", **changes: Any) -> Company:
    """Purchases only; no touchpoints table, no cases, no survey weights, own channels or places."""
    script = COMPANY_SQL + FIRST_SEEN.format(
        customers="(select * exclude (joined_on, left_on) from brought_customers)", subscriptions=""
    ).replace(
        "select customer_id, joined_on as d from brought_customers", "select null as customer_id, null::date as d"
    )
    sources = {t: f"brought_{t}" for t in TABLES_OF if t not in ("touchpoints", "responsibilities")}
    sources |= {
        "customers": "seen_customers",
        "interactions": "(select * exclude (channel, case_id) from brought_interactions)",
        "feedback": "(select * exclude (channel, location, weight) from brought_feedback)",
        "invitations": "(select * exclude (feedback_id) from brought_invitations)",
    }
    chosen = {
        "setting": "non-contractual",
        "revenue_from": "transactions",
        "lapse_months": 6,
        "fiscal_year_start": 4,
        "staff_hour_cost": "24",
        "contact_cost": "3.5",
        **changes,
    }
    return make(folder, settings(**chosen), script, sources, on=on, threads=threads)


FORMS: dict[str, Callable[..., Company]] = {"contractual": contractual, "non-contractual": non_contractual}


@pytest.fixture(scope="session")
def companies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Company]]:
    """Both forms by name and engine, each made once."""
    made: dict[tuple[str, str], Company] = {}

    def one(form: str, on: str = "duckdb") -> Company:
        if (form, on) not in made:
            made[form, on] = FORMS[form](tmp_path_factory.mktemp(form), on=on)
        return made[form, on]

    yield one
    for company in made.values():
        company.engine.close()


@pytest.fixture(scope="session", params=sorted(FORMS))
def company(request: pytest.FixtureRequest, companies: Callable[..., Company]) -> Company:
    """Each of the two forms in turn."""
    return companies(request.param)
