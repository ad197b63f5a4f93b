"""Ibis with our shorter ways makes the nodes, and raises the errors, that Ibis itself does."""

import datetime as dt
from decimal import Decimal

import ibis
import ibis.expr.operations as ops
import pytest
from ibis.common.annotations import Signature
from ibis.common.grounds import Concrete

from worthline.engine import quicker_ibis
from worthline.engine.expression_digest import digest
from worthline.tables import TABLES


@pytest.fixture(scope="module")
def connection():
    return ibis.duckdb.connect()


def table(connection, name="t"):
    columns = {"a": "int64", "b": "int64", "m": "decimal(18, 4)", "s": "string", "d": "date", "w": "timestamp"}
    return ops.DatabaseTable(name, ibis.schema(columns), connection).to_expr()


def expressions(connection):
    """Kinds of questions that the rooms ask."""
    t, u = table(connection), table(connection, "u")
    window = ibis.window(group_by="a", order_by="b")
    yield t.filter(t.a > 1, t.s.isin(["x", "y"])).mutate(x=t.m.sum().over(window), y=t.a.cast("float64") / 2)
    yield t.left_join(u, [t.a == u.b, "s"]).select("a", z=u.m, day=t.d)
    yield t.inner_join(u.group_by("s").aggregate(n=u.count(), most=u.m.max()), "s").order_by(ibis.desc("n"), "a")
    yield ibis.union(t.select("a"), u.select(a="b"), distinct=False).distinct().limit(3, offset=1)
    yield t.mutate(x=ibis.cases((t.a.isnull(), "none"), (t.a == 0, "zero"), else_=t.s.upper()))
    yield t.mutate(x=ibis.coalesce(t.m, Decimal("0.5")), y=t.d + ibis.interval(days=3), z=t.w.truncate("M"))
    yield t.filter(t.d >= dt.date(2026, 1, 1)).aggregate(n=t.a.nunique(), m=t.m.sum(where=t.b > 0))
    yield t.mutate(lag=t.b.lag(1).over(window), at=ibis.row_number().over(window)).filter(lambda r: r["at"] == 0)
    yield t.inner_join(u.select("a", v="s"), "a").left_join(u.group_by(k="b").agg(e=u.d.min()), [("b", "k")])
    yield t.filter(t.a == t.a.max()).select(t.s.length().name("n"), t.s.substr(0, 2).name("part"))


def test_the_nodes_and_the_sql_are_those_of_ibis_itself(connection, monkeypatch):
    assert quicker_ibis.install()  # whoever raises Ibis' version reads its functions again
    quicker = [(digest(e, connection), ibis.to_sql(e, "duckdb")) for e in expressions(connection)]
    quicker_ibis.forget()
    with monkeypatch.context() as patched:
        for owner, name, own in quicker_ibis.OWN:
            patched.setattr(owner, name, own)
        assert [(digest(e, connection), ibis.to_sql(e, "duckdb")) for e in expressions(connection)] == quicker


CALLS = [
    (ops.Field, (), {"rel": None, "name": "a"}),
    (ops.Literal, (1,), {}),  # no type
    (ops.Literal, (1, "int64", 3), {}),  # too many
    (ops.Literal, (1,), {"value": 2, "dtype": "int64"}),  # twice
    (ops.Literal, (), {"value": 1, "dtype": "int64", "other": 1}),  # no such argument
    (ops.Literal, ("x", "no type"), {}),
    (ops.Sum, ("text",), {}),
    (ops.Cast, (1,), {}),
    (ops.Limit, (), {"parent": 1, "n": 2, "offset": 0}),
]


@pytest.mark.parametrize(("kind", "args", "kwargs"), CALLS)
def test_what_is_wrong_raises_what_ibis_raises(kind, args, kwargs):
    quicker_ibis.install()
    own = next(each for owner, name, each in quicker_ibis.OWN if owner is Signature and name == "validate")
    with pytest.raises(Exception) as expected:  # noqa: PT011  whatever it is
        own(kind.__signature__, kind, args, kwargs)
    with pytest.raises(type(expected.value)) as found:
        kind(*args, **kwargs)
    assert str(found.value) == str(expected.value)


def test_fields_belong_to_the_relation_that_was_asked(connection):
    quicker_ibis.install()
    other = ibis.duckdb.connect()
    for each in (connection, other):
        node = table(each).op()
        assert list(node.fields) == ["a", "b", "m", "s", "d", "w"]
        assert {field.rel.source for field in node.fields.values()} == {each}
        assert all(node.fields[name].rel is node for name in node.fields)


def test_another_version_is_left_alone(monkeypatch):
    monkeypatch.setattr(ibis, "__version__", "12.0.1")
    before = Concrete.__init__
    assert not quicker_ibis.install()
    assert Concrete.__init__ is before


def test_relations_are_not_held_beyond_a_number(connection, monkeypatch):
    quicker_ibis.install()
    monkeypatch.setattr(quicker_ibis, "MOST_RELATIONS", 5)
    for name in sorted(TABLES)[:12]:
        assert table(connection, name).op().fields
        assert len(quicker_ibis._fields) <= 5
