"""What the published run knows that routing needs: owners, customers' segments and value, and themes of new words.

Reads     the run that is published, where there is one.
Gives     Context, whose questions are cheap; without a run it knows nobody, and rules of the words alone still hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from worthline.ingest import personal
from worthline.ingest.masking import mask
from worthline.ingest.words import NAMES
from worthline.tables import TABLES

if TYPE_CHECKING:
    from worthline.config import ListedTheme
    from worthline.run.view import RunView
    from worthline.voice.theme_model import Model

OF_A_COMMENT = (
    "source", "feedback_id", "customer_id", "metric", "score", "touchpoint", "channel", "language", "text", "day",
)  # fmt: skip
"""Columns of theme_items that are the same in every row of a comment."""


ROUTED = 20_000
"""Characters of a comment by which its themes are told before the next run: a longer one would keep others waiting."""


@dataclass(frozen=True)
class Context:
    """A published run, as routing sees it."""

    run: RunView | None
    own: tuple[ListedTheme, ...] = ()
    """The company's own list of themes."""

    def owner(self, kind: str, name: str) -> str | None:
        """The group that owns a touchpoint or a theme; None where nobody does."""
        return self._owners.get((kind, name.casefold())) if name else None

    def customers(self, ids: Sequence[str]) -> dict[str, tuple[str, Decimal | None]]:
        """Segment and lifetime value of customers that the run knows."""
        wanted = sorted({one for one in ids if one})
        if self.run is None or not wanted or "customer_scores" not in self.run.tables():
            return {}
        has_segment = "segment" in self._columns("customers")
        segment = "max(c.segment)" if has_segment else "null"
        join = "left join source.customers c on c.customer_id = s.customer_id" if has_segment else ""
        value = "max(s.value)" if "value" in set(self.run.table("customer_scores", 0).column_names) else "null"
        query = (
            f"select s.customer_id, {segment} as segment, {value} as value from customer_scores s {join} "
            "where s.customer_id in (select unnest($ids)) group by s.customer_id"
        )
        rows = self.run.sql(query, {"ids": wanted}).to_pylist()
        return {row["customer_id"]: (row["segment"] or "", _money(row["value"])) for row in rows}

    def names(self, ids: Sequence[str]) -> dict[str, list[str]]:
        """What customers are called, only to mask it: by customer, from what the run keeps apart."""
        wanted = sorted({one for one in ids if one})
        path = None if self.run is None else self.run.path / "personal" / "customers.parquet"
        if path is None or not wanted or not path.is_file():
            return {}
        import pyarrow.parquet as pq

        columns = pq.read_schema(path).names
        called = [name for name in columns if personal.kind_by_name(name) in NAMES]
        if "customer_id" not in columns or not called:
            return {}
        rows = pq.read_table(path, columns=["customer_id", *called], filters=[("customer_id", "in", wanted)])
        return {row.pop("customer_id"): [str(name) for name in row.values() if name] for row in rows.to_pylist()}

    def themes(self, texts: Sequence[str]) -> list[tuple[str, ...]]:
        """Themes of texts by the published model; none where the run has no model. Texts are masked first."""
        if self._model is None or not any(texts):
            return [()] * len(texts)
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

        with threadpool_limits(1, "blas"):
            return self._model.themes([mask(text[:ROUTED]) for text in texts])

    @cached_property
    def _model(self) -> Model | None:
        from worthline.voice import theme_model

        if self.run is None or not ("theme_model" in self.run.tables() or self.own):
            return None
        tables = self.run.tables()
        rows = self.run.sql("select * from theme_model").to_pylist() if "theme_model" in tables else []
        query = "select theme, parent from themes where parent is not null"
        parents = self.run.sql(query).to_pylist() if "themes" in tables else []
        return theme_model.read(rows, {row["theme"]: row["parent"] for row in parents}, self.own)

    def has_owners(self) -> bool:
        """Whether the run knows who owns anything."""
        return bool(self._owners)

    def comments(self, after: date, last: date) -> dict[str, dict[str, Any]]:
        """Customers' comments of the days after `after` until `last`, by item, masked, each with its themes."""
        condition = "kind = 'comment' and respondent = 'customer' and day > $after and day <= $last"
        return self._comments(condition, {"after": after, "last": last})

    def comments_named(self, items: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Comments of the run by their name in theme_items, masked; those that it does not know are left out."""
        return self._comments("item in (select unnest($items))", {"items": list(items)}) if items else {}

    def _comments(self, condition: str, values: dict[str, Any]) -> dict[str, dict[str, Any]]:
        if self.run is None or "theme_items" not in self.run.tables():
            return {}
        query = (
            f"select item, {', '.join(f'any_value({name}) as {name}' for name in OF_A_COMMENT)}, "
            "list(theme order by loading desc, theme) filter (where theme is not null) as themes "
            f"from theme_items where {condition} group by item order by item"
        )
        rows = self.run.sql(query, values).to_pylist()
        return {row.pop("item"): row | {"themes": row["themes"] or []} for row in rows}

    def groups(self) -> list[str]:
        """The groups that the run knows."""
        named: list[dict[str, str]] = []
        if self.run is not None and self._has("groups"):
            named = self.run.sql('select distinct "group" from source.groups').to_pylist()
        return sorted({*(row["group"] for row in named if row["group"]), *self._owners.values()})

    @cached_property
    def _owners(self) -> dict[tuple[str, str], str]:
        owners: dict[tuple[str, str], str] = {}
        if self.run is None:
            return owners
        if self._has("responsibilities"):
            query = (
                "select touchpoint, \"group\" from source.responsibilities where role = 'owns' "
                'and touchpoint is not null and "group" is not null order by touchpoint, "group" desc'
            )
            owners |= {
                ("touchpoint", row["touchpoint"].casefold()): row["group"] for row in self.run.sql(query).to_pylist()
            }
        if self._has("touchpoints"):
            query = "select touchpoint, owner_group from source.touchpoints where owner_group is not null"
            for row in self.run.sql(query).to_pylist():
                owners.setdefault(("touchpoint", row["touchpoint"].casefold()), row["owner_group"])
        if "themes" in self.run.tables():
            query = 'select theme, "group" from themes where "group" is not null'
            owners |= {("theme", str(row["theme"]).casefold()): row["group"] for row in self.run.sql(query).to_pylist()}
        return owners

    def _has(self, table: str) -> bool:
        return self.run is not None and table in TABLES and (self.run.path / "source" / f"{table}.parquet").is_file()

    def _columns(self, table: str) -> set[str]:
        return set(self.run.table(f"source.{table}", 0).column_names) if self.run and self._has(table) else set()


def _money(value: object) -> Decimal | None:
    return None if value is None else Decimal(str(value))
