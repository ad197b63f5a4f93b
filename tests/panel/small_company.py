"""Small companies for the panel's tests: canonical tables from plain rows, and random ones from a seed."""

import random
from datetime import date, datetime, timedelta
from decimal import Decimal

import ibis
import pyarrow as pa

from worthline.results import Dataset, Resolved
from worthline.tables import TABLES, Kind

TYPES = {
    Kind.ID: pa.string(),
    Kind.TEXT: pa.string(),
    Kind.CATEGORY: pa.string(),
    Kind.INSTANT: pa.timestamp("us"),
    Kind.DAY: pa.date32(),
    Kind.MONEY: pa.decimal128(18, 4),
    Kind.NUMBER: pa.float64(),
    Kind.COUNT: pa.int64(),
    Kind.RATE: pa.decimal128(18, 8),
    Kind.FLAG: pa.bool_(),
}
SCALES = {"nps": (0.0, 10.0), "csat": (1.0, 5.0), "ces": (1.0, 7.0), "stars": (1.0, 5.0)}


def settings(**changed) -> Resolved:
    """Settings of a company with every choice that the panel looks at."""
    chosen = {
        "name": "Small",
        "currency": "USD",
        "setting": "contractual",
        "outcome": "retention",
        "as_of": date(2024, 6, 30),
        "timezone": "UTC",
        "fiscal_year_start": 1,
        "discount_rate": 0.1,
        "horizon_months": 36,
        "margin": None,
        "lapse_months": None,
        "revenue_from": "transactions",
        "score_metric": "nps",
    }
    return Resolved(**(chosen | changed))


def canonical(name: str, rows: list[dict]) -> pa.Table:
    """Rows as an Arrow table with every canonical column; `known_on` filled as ingest does."""
    spec = TABLES[name]
    columns: dict[str, pa.DataType] = {}
    for column in spec.columns:
        columns[column.name] = TYPES[column.kind]
        if column.kind is Kind.INSTANT:
            columns[f"{column.name}_date"] = pa.date32()
    columns |= {"known_at": pa.timestamp("us"), "known_at_date": pa.date32(), "_file": pa.string()}
    columns |= {"_line": pa.int64(), "known_on": pa.date32()}
    if name == "feedback":
        columns |= {"scale_low": pa.float64(), "scale_high": pa.float64()}
    if name == "customers":
        columns |= {"first_seen": pa.date32(), "same_since": pa.date32(), "derived": pa.bool_()}
        columns |= {"joined_known_on": pa.date32(), "left_known_on": pa.date32()}
    filled = []
    for line, row in enumerate(rows, 1):
        full = {"_file": f"{name}.csv", "_line": line, **row}
        for instant in ("at", "known_at"):
            if isinstance(full.get(instant), date) and not isinstance(full[instant], datetime):
                full[instant] = datetime.combine(full[instant], datetime.min.time())
            if full.get(instant):
                full[f"{instant}_date"] = full[instant].date()
        happened = full.get("at_date") if "at" in full else full.get(spec.happened)
        full.setdefault("known_on", full.get("known_at_date") or happened)
        if name == "customers":
            full.setdefault("derived", False)
            full |= {"joined_known_on": full["known_on"], "left_known_on": full["known_on"]}
        if name == "feedback":
            full = dict(zip(("scale_low", "scale_high"), SCALES.get(full["metric"], (None, None)), strict=True)) | full
        filled.append(full)
    return pa.table({c: pa.array([row.get(c) for row in filled], kind) for c, kind in columns.items()})


def dataset(engine, rows: dict[str, list[dict]], prefix: str = "", **changed) -> Dataset:
    """A Dataset kept on the engine; `customers` gets whoever is missing, and everyone's first_seen."""
    chosen = settings(**changed)
    tables = {name: canonical(name, found) for name, found in complete(rows, chosen.as_of).items()}
    kept = {name: engine.keep(f"{prefix}{name}", ibis.memtable(table)) for name, table in tables.items()}
    brought = {name: frozenset({c for row in found for c in row}) for name, found in rows.items()}
    return Dataset(kept, {"customers": frozenset({"customer_id"}), **brought}, chosen)


def complete(rows: dict[str, list[dict]], as_of: date) -> dict[str, list[dict]]:
    """Rows known and happened by `as_of`; customers derived where missing, with first_seen."""
    rows = {name: [r for r in found if _by(name, r, as_of)] for name, found in rows.items()}
    seen: dict[str, date] = {}
    for name, found in rows.items():
        for row in found:
            day = row.get(TABLES[name].happened or "")
            day = day.date() if isinstance(day, datetime) else day
            if day and row.get("customer_id"):
                seen[row["customer_id"]] = min(day, seen.get(row["customer_id"], day))
    own = {row["customer_id"] for row in rows.get("customers", [])}
    derived = [{"customer_id": c, "derived": True, "known_on": seen[c]} for c in sorted(set(seen) - own)]
    people = [{**row, "first_seen": seen.get(row["customer_id"])} for row in [*rows.get("customers", []), *derived]]
    return {**rows, "customers": people}


def _by(name: str, row: dict, as_of: date) -> bool:
    days = [row.get(TABLES[name].happened or ""), row.get("known_at")]
    return all((d.date() if isinstance(d, datetime) else d) <= as_of for d in days if d)


def random_rows(seed: int, *, late: bool = False, customers: int = 40) -> dict[str, list[dict]]:
    """Two and a half years of a company: prospects, leavers, returners, yearly fees, refunds, blank customers."""
    chance = random.Random(seed)
    start = date(2022, 1, 1)

    def day(first: int = 0, last: int = 911) -> date:
        return start + timedelta(days=chance.randint(first, last))

    def known(happened: date) -> dict:
        if not late or chance.random() < 0.6:
            return {}
        return {"known_at": happened + timedelta(days=chance.choice((0, 3, 40, 200)))}

    def money(low: int, high: int) -> Decimal:
        return Decimal(chance.randint(low * 10_000, high * 10_000)) / 10_000

    ids = [f"c{i:03d}" for i in range(customers)]
    some = [*ids, None]
    people = []
    for name in ids:
        joined = day() if chance.random() < 0.7 else None
        left = joined + timedelta(days=chance.randint(0, 700)) if joined and chance.random() < 0.4 else None
        people.append({"customer_id": name, "joined_on": joined, "left_on": left, **(known(joined) if joined else {})})
    people = [p for p in people if chance.random() < 0.9]
    terms = []
    for _ in range(customers * 2):
        begun = chance.choice((day(), day(0, 911).replace(day=1), date(2024, 2, 29)))
        ended = begun + timedelta(days=chance.choice((-1, 0, 1, 20, 31, 60, 366))) if chance.random() < 0.7 else None
        terms.append(
            {
                "customer_id": chance.choice(ids),
                "started_on": begun,
                "ended_on": ended,
                "fee": money(0, 90),
                "period": chance.choice((None, "month", "year")),
                **known(begun),
            }
        )
    return {
        "customers": people,
        "subscriptions": terms,
        "transactions": [_transaction(chance, some, day(), money, known) for _ in range(customers * 8)],
        "interactions": [_interaction(chance, some, day(), money, known) for _ in range(customers * 4)],
        "feedback": [_answer(chance, some, day(), i, known) for i in range(customers * 4)],
    }


def _transaction(chance, some, at, money, known) -> dict:
    refund = chance.random() < 0.2
    return {
        "customer_id": chance.choice(some),
        "at": at,
        "amount": -money(0, 20) if refund else money(0, 100),
        "margin": money(0, 30) if chance.random() < 0.7 else None,
        "kind": chance.choice(("refund", "credit")) if refund else "purchase",
        "transaction_id": chance.choice((None, f"t{chance.randint(0, 120)}")),
        "product": "x",
        **known(at),
    }


def _interaction(chance, some, at, money, known) -> dict:
    return {
        "customer_id": chance.choice(some),
        "at": at,
        "touchpoint": "phone",
        "resolved": chance.choice((True, False, None)),
        "wait_seconds": chance.choice((None, 0.0, 12.5, 600.25)),
        "handle_seconds": chance.choice((None, 61.0, 333.5)),
        "cost": chance.choice((None, money(0, 9))),
        **known(at),
    }


def _answer(chance, some, at, number, known) -> dict:
    return {
        "feedback_id": f"f{number:04d}",
        "customer_id": chance.choice(some),
        "at": datetime.combine(at, datetime.min.time()) + timedelta(hours=chance.randint(0, 2)),
        **_asked(chance, at),
        "score": chance.choice((None, 0.0, 6.0, 7.0, 9.0, 10.0)),
        "respondent": chance.choice((None, "customer", "customer", "employee")),
        **known(at),
    }


def _asked(chance, at) -> dict:
    """Some answers to nps on 0-100; csat on 1-5 at first, then 1-10; a question of the company's own on no scale."""
    metric = chance.choice(("nps", "nps", "csat", "Own Question"))
    later = chance.random() < (0.2 if at < date(2023, 1, 1) else 0.9)
    if metric == "nps":
        return {"metric": metric, **({"scale_low": 0.0, "scale_high": 100.0} if chance.random() < 0.3 else {})}
    if metric == "csat":
        return {"metric": metric, **({"scale_low": 1.0, "scale_high": 10.0} if later else {})}
    return {"metric": metric.lower(), **({"scale_low": 1.0, "scale_high": chance.choice((7.0, 9.0))} if later else {})}
