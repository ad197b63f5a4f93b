"""Kept SQL is the SQL that Ibis compiles, for this expression and for no other."""

import datetime as dt
import sqlite3
import subprocess
import sys
from decimal import Decimal
from itertools import combinations

import ibis
import pytest

from worthline.engine import kept_sql, user_cache
from worthline.engine.duckdb_engine import DuckDBEngine
from worthline.engine.expression_digest import digest
from worthline.errors import Fault

MONEY = "decimal(18, 4)"


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """An engine with a cache of its own."""
    monkeypatch.setenv(kept_sql.VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setattr(kept_sql, "_memory", {})
    engine = DuckDBEngine(tmp_path / "scratch")
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def connection():
    return ibis.duckdb.connect()


def table(connection, name="t", **columns):
    schema = {"a": "int64", "b": "int64", "m": MONEY, "s": "string", "d": "date", "w": "timestamp"} | columns
    return ibis.expr.operations.DatabaseTable(name, ibis.schema(schema), connection).to_expr()


def different(connection):
    """Expressions of which any two differ in one thing: a literal, its type, a column, an order, a bound, a name."""
    t, u = table(connection), table(connection, "u")
    window = ibis.window(group_by="a", order_by="b")
    yield from (t, u, table(connection, a="int32"), table(connection, a="!int64"), table(connection, z="int64"))
    yield from (table(connection, m=kind) for kind in ("decimal(18, 8)", "decimal(38, 4)", "float64"))
    yield from (table(connection, w=kind) for kind in ("timestamp('UTC')", "timestamp(6)", "timestamp('Asia/Tokyo')"))
    for value in (0, 1, 2, -1, 1.0, 1.5, True, False, "1", "x", "x ", "", Decimal("1.0"), Decimal("1.5"), None):
        yield t.mutate(x=ibis.literal(value))
    yield from (t.mutate(x=ibis.literal(1, kind)) for kind in ("int16", "int32", "int64", MONEY))
    yield t.mutate(y=ibis.literal(1))
    for day in (dt.date(2026, 1, 1), dt.date(2026, 1, 2), dt.datetime(2026, 1, 1)):
        yield t.mutate(x=ibis.literal(day))
    yield from (t.mutate(x=t[column]) for column in ("b", "m", "s"))
    yield from (t.filter(t.a > 1), t.filter(t.a >= 1), t.filter(t.b > 1), t.filter(t.a > 2), t.filter(u_like(t)))
    yield from (t.filter(t.a.isin([1, 2])), t.filter(t.a.isin([2, 1])), t.filter(t.a.notin([1, 2])))
    yield from (t.order_by("a"), t.order_by("b"), t.order_by(t.a.desc()), t.order_by("a", "b"), t.order_by("b", "a"))
    yield t.order_by(t.a.asc(nulls_first=True))
    yield from (t.limit(1), t.limit(2), t.limit(1, offset=1), t.distinct(), t.select("a"), t.select("a", "b"))
    yield from (t.select("b", "a"), t.select(a="b", b="a"), t.drop("a"), t.drop("b"), t.drop("a", "b"))
    yield from (t.aggregate(x=t.a.sum()), t.aggregate(x=t.a.max()), t.aggregate(x=t.a.sum(where=t.b > 0)))
    yield from (t.group_by("a").aggregate(x=t.b.sum()), t.group_by("b").aggregate(x=t.b.sum()))
    yield from (t.aggregate(x=t.a.nunique()), t.aggregate(x=t.a.count()), t.count().as_table())
    yield from (t.mutate(x=t.a.sum().over(window)), t.mutate(x=t.a.sum().over(ibis.window(group_by="b", order_by="b"))))
    for before, after in ((1, 0), (2, 0), (1, 1)):
        over = ibis.window(group_by="a", order_by="b", preceding=before, following=after)
        yield t.mutate(x=t.m.sum().over(over))
    yield from (
        t.mutate(x=t.a.lag(1).over(window)),
        t.mutate(x=t.a.lag(2).over(window)),
        t.mutate(x=t.a.lead(1).over(window)),
    )
    for how in ("inner", "left", "outer", "semi", "anti"):
        yield t.join(u, t.a == u.a, how=how)
    yield from (t.join(u, t.a == u.b), t.join(u, [t.a == u.a, t.b == u.b]), u.join(t, u.a == t.a))
    yield from (t.union(u), t.union(u, distinct=True), u.union(t), t.intersect(u), t.difference(u))
    yield from (t.mutate(x=t.m.cast(kind)) for kind in ("int64", "decimal(18, 2)", "string", "float64"))
    yield from (t.mutate(x=t.m.try_cast("int64")), t.mutate(x=t.d + ibis.interval(months=1)))
    yield from (t.mutate(x=t.d + ibis.interval(days=1)), t.mutate(x=t.d + ibis.interval(months=2)))
    yield from (t.mutate(x=t.d.truncate(unit)) for unit in ("M", "Y", "D"))
    yield from (t.mutate(x=ibis.cases((t.a > 0, 1), else_=0)), t.mutate(x=ibis.cases((t.a > 0, 1), else_=2)))
    yield from (t.mutate(x=ibis.coalesce(t.a, t.b)), t.mutate(x=ibis.coalesce(t.b, t.a)))
    yield from (t.mutate(x=t.s.re_search("a")), t.mutate(x=t.s.re_search("b")), t.mutate(x=t.s.like("a%")))
    yield from (self_joined(t, "a", "b"), self_joined(t, "b", "a"))


def u_like(t):
    return (t.a > 1) & (t.b > 1)


def self_joined(t, left, right):
    """Two references to one table: which of them a column is of must count."""
    one, other = t.view(), t.view()
    return one.join(other, one.a == other.a).select(x=one[left], y=other[right])


def test_expressions_that_differ_in_one_thing_have_different_digests(connection):
    found = [(digest(expr, connection), expr) for expr in different(connection)]
    assert len(found) > 100
    assert all(name is not None for name, _ in found)
    for (one, left), (other, right) in combinations(found, 2):
        assert one != other, f"{left}\n{right}"


def test_expressions_built_twice_have_the_same_digest_and_the_same_sql(connection):
    """Also where Ibis gives the references to a table new numbers each time."""
    for one, other in zip(different(connection), different(connection), strict=True):
        assert digest(one, connection) == digest(other, connection)
        assert connection.compile(one) == connection.compile(other)


def test_another_process_with_other_hashes_gives_the_same_digests(connection):
    code = (
        "import ibis; from tests.engine.test_kept_sql import different; "
        "from worthline.engine.expression_digest import digest; c = ibis.duckdb.connect(); "
        "[t.view() for t in [ibis.table({'a': 'int64'})] * 7]; "
        "print(*(digest(e, c)[0].hex() for e in different(c)))"
    )
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert seen == [digest(expr, connection)[0].hex() for expr in different(connection)]


def test_what_is_random_or_of_another_connection_has_no_digest(connection):
    t = table(connection)
    elsewhere = table(ibis.duckdb.connect())

    @ibis.udf.scalar.builtin
    def lower(text: str) -> str: ...

    for expr in (t.mutate(x=ibis.random()), t.mutate(x=ibis.now()), t.mutate(x=lower(t.s)), elsewhere):
        assert digest(expr, connection) is None


def test_rows_in_memory_count_by_their_schema_and_their_place(connection):
    """Two expressions over other rows share SQL up to the random names, which are filled in."""
    one, other = ibis.memtable({"a": [1]}), ibis.memtable({"a": [2]})
    assert digest(one, connection)[0] == digest(other, connection)[0]
    assert digest(one, connection)[0] != digest(ibis.memtable({"a": ["1"]}), connection)[0]
    assert digest(one.union(other), connection)[0] != digest(one.union(one), connection)[0]


def test_rows_in_memory_are_the_rows_of_the_expression_at_hand(kept):
    for value in (1, 2, 3):
        first, second = ibis.memtable({"a": [value]}), ibis.memtable({"a": [value * 10]})
        rows = kept.fetch(first.union(second).order_by("a"))
        assert rows.to_pydict() == {"a": [value, value * 10]}
    assert len(kept_sql._fresh) == 1


def test_a_nul_in_a_literal_is_no_place_for_a_name(kept):
    """DuckDB takes no NUL; the text must still be what Ibis compiles."""
    expr = ibis.memtable({"a": [1]}).mutate(s=ibis.literal("x\0" + "0\0y"))
    assert kept_text(kept, expr) == kept._con.compile(expr)
    assert not kept_sql._memory


def kept_text(engine, expr):
    return engine._kept_sql.text(expr)[0]


def reopened(engine, monkeypatch):
    """As in a new process: what was in memory is gone."""
    engine._kept_sql.close()
    monkeypatch.setattr(kept_sql, "_memory", {})


def test_kept_on_disk_and_read_again(kept, tmp_path, monkeypatch):
    t = kept.keep("t", ibis.memtable({"a": [1, 2], "secret": ["Ann", "Bob"]}))
    expr = t.filter(t.secret == "Ann Example")
    text = kept_text(kept, expr)
    assert text == kept._con.compile(expr)
    reopened(kept, monkeypatch)
    monkeypatch.setattr(kept_sql.KeptSql, "_compiled", lambda *_: pytest.fail("compiled again"))
    assert kept_text(kept, expr) == text
    raw = (tmp_path / "cache" / "sql.db").read_bytes()
    assert b"Ann" not in raw
    assert b"SELECT" not in raw.upper()[200:].replace(b"CREATE TABLE", b"")


@pytest.mark.parametrize("damage", ["text", "swapped", "file", "empty", "folder", "locked", "read only"])
def test_damage_is_compiled_again(kept, tmp_path, monkeypatch, damage):
    t = kept.keep("t", ibis.memtable({"a": [1, 2, 3]}))
    exprs = [t.filter(t.a > n) for n in range(3)]
    texts = [kept_text(kept, expr) for expr in exprs]
    reopened(kept, monkeypatch)
    path = tmp_path / "cache" / "sql.db"
    other = sqlite3.connect(path, isolation_level=None)
    if damage == "text":
        other.execute("update kept set text = substr(text, 1, length(text) - 1) || x'00'")
    elif damage == "swapped":
        rows = other.execute("select name, text from kept").fetchall()
        for (name, _), (_, text) in zip(rows, rows[1:] + rows[:1], strict=True):
            other.execute("update kept set text = ? where name = ?", (text, name))
    elif damage == "file":
        path.write_bytes(b"no database" * 1000)
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "folder":
        path.unlink()
        path.mkdir()
    elif damage == "locked":
        other.execute("begin exclusive")
    elif damage == "read only":
        monkeypatch.setattr(kept_sql, "is_own", lambda place: False)
    assert [kept_text(kept, expr) for expr in exprs] == texts
    assert [kept.fetch(expr).num_rows for expr in exprs] == [3, 2, 1]
    other.close()


def test_a_folder_or_file_that_others_may_write_is_not_read(tmp_path, monkeypatch):
    place = tmp_path / "open"
    monkeypatch.setenv(kept_sql.VARIABLE, str(place))
    assert user_cache.own_folder() == place
    disk = kept_sql._opened(place)
    assert disk is not None
    disk.close()
    (place / "sql.db").chmod(0o666)
    assert kept_sql._opened(place) is None
    place.chmod(0o777)
    assert user_cache.own_folder() is None


def test_the_file_stays_within_its_bound(kept, monkeypatch, tmp_path):
    monkeypatch.setattr(kept_sql, "MOST_BYTES", 20_000)
    t = kept.keep("t", ibis.memtable({"a": [1]}))
    for part in range(6):
        for n in range(30):
            kept_text(kept, t.filter(t.a > part * 100 + n))
        reopened(kept, monkeypatch)
    (size,) = sqlite3.connect(tmp_path / "cache" / "sql.db").execute("select sum(length(text)) from kept").fetchone()
    assert size <= 20_000


def test_turned_off_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.setenv(kept_sql.VARIABLE, "off")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    engine = DuckDBEngine(tmp_path / "scratch")
    assert engine.fetch(ibis.memtable({"a": [1]})).num_rows == 1
    engine.close()
    assert not (tmp_path / "cache").exists()


def test_checking_finds_a_wrong_text(kept, monkeypatch):
    monkeypatch.setenv(kept_sql.VARIABLE, "check")
    t = kept.keep("t", ibis.memtable({"a": [1]}))
    checking = kept_sql.KeptSql(kept._con)
    checking._looked = True
    assert checking.text(t)[0] == kept._con.compile(t)
    for name in list(kept_sql._memory):
        kept_sql._memory[name] = "select 1"
    with pytest.raises(Fault, match="is not the SQL of it"):
        checking.text(t)
