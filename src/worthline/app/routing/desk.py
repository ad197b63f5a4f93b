"""Where deliveries are read and routed: from what waits in the store to the inboxes of groups.

Reads     the store, the company's rules, the published run.
Gives     Desk: `work` takes up to some deliveries at once and says how many there were; call it until there are none.
Method    what a delivery says is found out beside the store; then one short transaction writes answers and ways. Killed
          before it, the deliveries still wait; killed after it, they are done. Two desks at once do each delivery once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from worthline.app.inbound import payloads
from worthline.app.inbound.payloads import SourceRules
from worthline.app.routing.context import Context
from worthline.app.routing.rules import Rule, Said, routes
from worthline.app.store import deliveries
from worthline.app.store import routings as ways
from worthline.app.store.deliveries import Answer, Arrival, Settled
from worthline.app.store.routings import Route

if TYPE_CHECKING:
    from worthline.app.store import Store

AT_ONCE = 200
"""Deliveries of one transaction: so that what arrives meanwhile does not wait long."""


@dataclass
class Desk:
    """Reads and routes what waits in a company's store."""

    store: Store
    settings: Callable[[], tuple[Mapping[str, SourceRules], Sequence[Rule]]]
    """Sources and rules of this moment."""
    context: Callable[[], Context]
    """The published run of this moment."""
    told: Callable[[Sequence[Route]], None] = field(default=lambda routes: None)
    """Hears of new ways once they are on disk."""

    def work(self, most: int = AT_ONCE) -> int:
        """Read and route what waits, until so many answers, or deliveries, are read; gives how many deliveries."""
        with self.store.reading() as tx:
            waiting = deliveries.waiting(tx, most)
        if not waiting:
            return 0
        (sources, rules), context = self.settings(), self.context()
        settled = _with_themes(_some(sources, waiting, most), context)
        now = self.store.clock()
        with self.store.writing() as tx:
            fresh, before = deliveries.settle(tx, settled)
            routes_due = _routes(fresh, rules, context)
            items = {*before, *(deliveries.item_of(answer) for delivery in fresh for answer in delivery.answers)}
            ways.send(tx, sorted(items), routes_due, now)
        self.told(routes_due)
        return len(settled)

    def work_off(self) -> int:
        """Read and route everything that waits."""
        total = 0
        while worked := self.work():
            total += worked
        return total


def _some(sources: Mapping[str, SourceRules], waiting: Sequence[Arrival], most: int) -> list[Settled]:
    """What the first deliveries say, until there are so many answers: a single one may bring a thousand."""
    settled: list[Settled] = []
    answers = 0
    for arrival in waiting:
        settled.append(_read(sources, arrival))
        answers += len(settled[-1].answers)
        if answers >= most:
            break
    return settled


def _read(sources: Mapping[str, SourceRules], arrival: Arrival) -> Settled:
    rules = sources.get(arrival.source) or SourceRules(arrival.source)
    return settled_of(arrival, payloads.read(rules, arrival.delivery, arrival.body, arrival.received_at))


def _routes(fresh: Sequence[Settled], rules: Sequence[Rule], context: Context) -> list[Route]:
    pairs = [
        (answer, themes) for delivery in fresh for answer, themes in zip(delivery.answers, delivery.themes, strict=True)
    ]
    customers = context.customers([answer.get("customer_id", "") for answer, _ in pairs])
    routes_due: list[Route] = []
    for answer, themes in pairs:
        segment, value = customers.get(answer.get("customer_id", ""), ("", None))
        routes_due += routes(said_of(answer, themes, segment, value), rules, context.owner)
    return routes_due


def settled_of(arrival: Arrival, reading: payloads.Reading) -> Settled:
    """What is written of a delivery."""
    shared = (arrival.source, arrival.delivery, arrival.received_at)
    if reading.unreadable:
        return Settled(*shared, deliveries.UNREADABLE, reading.unreadable)
    if reading.ignored:
        return Settled(*shared, deliveries.IGNORED, reading.ignored)
    return Settled(*shared, deliveries.READ, "", reading.response_id, reading.revision, reading.rows)


def said_of(answer: Answer, themes: tuple[str, ...], segment: str, value: Decimal | None) -> Said:
    """An answer as rules see it."""
    score = answer.get("score", "")
    plain = {name: answer.get(name, "") for name in ("text", "metric", "touchpoint", "channel", "language")}
    return Said(
        item=deliveries.item_of(answer),
        score=float(score) if payloads.is_number(score) else None,
        segment=segment,
        value=value,
        themes=themes,
        **plain,
    )


def _with_themes(settled: Sequence[Settled], context: Context) -> list[Settled]:
    """The same, each answer with the themes of its words."""
    texts = [answer.get("text", "") for delivery in settled for answer in delivery.answers]
    themes = iter(context.themes(texts))
    return [replace(delivery, themes=tuple(next(themes) for _ in delivery.answers)) for delivery in settled]
