"""What is wrong with what was brought about initiatives, said before and after a run in the same words. Words only.

Reads     a Dataset with treatments, rollouts, initiatives or claims.
Gives     sentences: what was found, what it does to the measurement, what would mend it.
Method    nothing is measured here, so that `worthline check` can say it. Nothing is set aside either: an assignment
          that is taken out would change the lot. What a fault does to a grade is said by checks.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from worthline.errors import nearest
from worthline.initiatives import concern_queries as queries
from worthline.initiatives import rollout_queries
from worthline.initiatives.assignment import kind_of_assignment
from worthline.initiatives.experiment import LEAST_UNITS
from worthline.initiatives.queries import arm_changes, listed
from worthline.initiatives.worklist.control import is_universal
from worthline.metrics.formatting import count, day, how_many, money_prose
from worthline.panel.calendar import last_complete
from worthline.panel.treatments import CONTROL, has_assignments
from worthline.results import Compute, Dataset
from worthline.tables.control_names import may_be_control
from worthline.tables.time import month_end

READ = {"treatments", "rollouts", "initiatives", "claims", "actions"}
SHARED = 0.1
"""Share of an initiative's customers who were also in another one, from which it is said."""
NAMED = 3
"""Names that a sentence lists."""
Called = Callable[[str], str]
"""What people call an initiative: its name, or its code where it has none."""


def concerns(ds: Dataset, rooms: Compute) -> tuple[str, ...]:
    """Everything, table by table; nothing where no initiative was brought."""
    if not READ & set(ds.tables):
        return ()
    arms = rooms.fetch(listed(ds)).to_pylist() if has_assignments(ds) else []
    starts = rooms.fetch(rollout_queries.starts(ds)).to_pylist() if "rollouts" in ds.tables else []
    declared = rooms.fetch(ds["initiatives"].order_by("initiative")).to_pylist() if "initiatives" in ds.tables else []
    names = {row["initiative"]: row["name"] for row in declared if row.get("name")}

    def called(initiative: str) -> str:
        return str(names.get(initiative, initiative))

    return (
        *_names(ds, rooms, arms, starts, declared),
        *_unmeasured(ds, arms, starts, declared, called),
        *_arms(ds, arms, called),
        *_spellings(arms),
        *_blank_clusters(arms, called),
        *_rows(ds, rooms, arms, called),
        *_together(ds, rooms, arms, called),
        *_costs(arms, declared, called),
        *_starts(ds, rooms, starts, called),
        *_dates(arms, starts, declared, called),
    )


def _names(
    ds: Dataset,
    rooms: Compute,
    arms: Sequence[Mapping[str, Any]],
    starts: Sequence[Mapping[str, Any]],
    declared: Sequence[Mapping[str, Any]],
) -> Iterator[str]:
    """Initiatives that one table names and another does not know."""
    listed = [row["initiative"] for row in declared]
    used = {
        "treatments": [row["initiative"] for row in arms if not is_universal(row["initiative"])],
        "rollouts": [row["initiative"] for row in starts],
    }
    for table, names in used.items():
        for name in dict.fromkeys(names):
            if declared and name not in listed:
                yield f"{table} name the initiative {name}, which is not in initiatives.{_meant(name, listed)}"
    known = list(dict.fromkeys([*listed, *used["treatments"], *used["rollouts"]]))
    for table in ("claims", "actions"):
        if not ds.has(table, "initiative"):
            continue
        for row in rooms.fetch(queries.names(ds, table)).to_pylist():
            if row["initiative"] not in known and not (table == "actions" and not arms):
                yield f"{table} name the initiative {row['initiative']}, which no table knows." + _meant(
                    row["initiative"], known
                )


def _unmeasured(
    ds: Dataset,
    arms: Sequence[Mapping[str, Any]],
    starts: Sequence[Mapping[str, Any]],
    declared: Sequence[Mapping[str, Any]],
    called: Called,
) -> Iterator[str]:
    """Initiatives of which nobody knows whom they reached."""
    reached = {row["initiative"] for row in (*arms, *starts)}
    silent = [called(row["initiative"]) for row in declared if row["initiative"] not in reached]
    if silent:
        listed = ", ".join(silent[:NAMED]) + (" and others" if len(silent) > NAMED else "")
        yield (
            f"Not measured: {listed}. No treatment or roll-out up to {day(ds.settings.as_of)} says which "
            "customers were "
            "reached. Bring treatments with a control group, or rollouts."
        )


def _meant(name: str, known: Sequence[str]) -> str:
    close = nearest(name, known)
    return f" The nearest is {close[0]}: write it alike, or add it." if close else " Add it there."


def _arms(ds: Dataset, arms: Sequence[Mapping[str, Any]], called: Called) -> Iterator[str]:
    """No control group, nothing but a control group, arms too small to be listed."""
    for name, own in _by_initiative(arms):
        labels = [row["arm"] for row in own]
        if is_universal(name):
            continue
        if labels == [CONTROL]:
            yield f"{called(name)}: everyone is in the control group. Nothing was done that could be measured."
        elif CONTROL not in labels and len(labels) > 1:
            likely = [label for label in labels if may_be_control(label)]
            yield (
                f"{called(name)}: arms are {', '.join(labels)}, and none is called control"
                f"{'. Nothing is measured until you say' if likely else '. Say'} which one is, for instance "
                f'values = {{ arm = {{ "{(likely or labels)[0]}" = "control" }} }} under [tables.treatments].'
            )
        elif CONTROL not in labels:
            yield (
                f"{called(name)}: there is no control group; everyone assigned was treated. What came of it is "
                "estimated at "
                "best. Keep a control group to prove the next one."
            )
        small = [row for row in own if row["customers"] < LEAST_UNITS]
        for row in small:
            yield (
                f"{called(name)}: the arm {row['arm']} has {how_many(row['customers'], 'customer')}; at least "
                f"{LEAST_UNITS} "
                "are needed. It is not measured."
            )
        last = month_end(last_complete(ds.settings.as_of))
        early = min(row["first"] for row in own)
        if early.replace(day=1) >= last.replace(day=1):
            yield (
                f"{called(name)}: everyone was assigned in or after the last complete month (from {day(early)} "
                "on), so there "
                "is no outcome yet. Run again when a month is complete."
            )


def _spellings(arms: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Initiatives and arms that are the same but for case and spaces; each is measured as it is written."""
    for names in _alike(dict.fromkeys(row["initiative"] for row in arms)):
        yield (
            f"treatments write one initiative in {len(names)} ways: {', '.join(names)}. Each is measured alone. "
            "Write them alike."
        )
    for name, own in _by_initiative(arms):
        for labels in _alike(row["arm"] for row in own):
            yield (
                f"{name}: one arm is written in {len(labels)} ways: {', '.join(labels)}. Each is measured alone. "
                "Write them alike."
            )


def _alike(names: Iterable[str]) -> list[list[str]]:
    """Names that are one but for case, spaces, hyphens and underscores."""
    spellings: dict[str, list[str]] = {}
    for name in names:
        spellings.setdefault(" ".join(name.casefold().replace("_", " ").replace("-", " ").split()), []).append(name)
    return [same for same in spellings.values() if len(same) > 1]


def _blank_clusters(arms: Sequence[Mapping[str, Any]], called: Called) -> Iterator[str]:
    """Initiatives of which some rows say what was assigned as a whole, and others do not."""
    for name, own in _by_initiative(arms):
        clustered, whole = sum(row["clustered"] for row in own), sum(row["rows"] for row in own)
        if 0 < clustered < whole:
            yield (
                f"{called(name)}: {_of(whole - clustered, whole)} have no cluster, and others do. Each counts as a "
                "cluster of its own. Fill cluster for everyone."
            )


def _rows(ds: Dataset, rooms: Compute, arms: Sequence[Mapping[str, Any]], called: Called) -> Iterator[str]:
    """Rows that are no assignment: unknown customers, after leaving, in two arms."""
    if not arms:
        return
    if "customers" in ds.tables:
        for row in rooms.fetch(queries.no_assignment(ds)).to_pylist():
            if row["unknown"] and not ds.settings.treatment_outcomes:
                yield (
                    f"{called(row['initiative'])}: {_of(row['unknown'], row['rows'])} name a customer whom no "
                    "other table "
                    f"knows (such as {row['some_unknown']}). A treatment makes nobody a customer: not measured."
                )
            if row["late"]:
                yield (
                    f"{called(row['initiative'])}: {_of(row['late'], row['rows'])} are dated after the "
                    "customer had left (such "
                    f"as {row['some_late']}). They are no assignment and are not measured. Check at and left_on."
                )
    for row in rooms.fetch(queries.several_arms(ds)).to_pylist():
        are = "is" if row["n"] == 1 else "are"
        yield (
            f"{called(row['initiative'])}: {how_many(row['n'], 'customer')} {are} in two arms in one month (such as "
            f"{row['some']}); neither arm counts them. Keep the arm that was drawn first."
        )
    yield from _repeated(ds, rooms, arms, called)
    changed = rooms.fetch(arm_changes(ds)).to_pylist()
    for name, own in _by_initiative(changed):
        kind = kind_of_assignment(own)
        if kind.crossed_over and not is_universal(name):
            yield (
                f"{called(name)}: {how_many(kind.crossed_over, 'customer')} changed arms midway. Each counts "
                "in the arm of the "
                "first assignment."
            )


def _repeated(ds: Dataset, rooms: Compute, arms: Sequence[Mapping[str, Any]], called: Called) -> Iterator[str]:
    """Rows that are there more than once, whose cost counts each time."""
    whole = {name: sum(row["rows"] for row in own) for name, own in _by_initiative(arms)}
    for row in rooms.fetch(queries.repeated(ds)).to_pylist():
        if is_universal(row["initiative"]) or not row["cost"]:
            continue
        repeat = "repeats" if row["n"] == 1 else "repeat"
        added = money_prose(row["cost"], ds.settings.currency)
        yield (
            f"{called(row['initiative'])}: {_of(row['n'], whole[row['initiative']])} {repeat} an earlier row: the same "
            f"customer, day, arm and cost (such as {row['some']}). That adds {added} to its cost. "
            "Remove what was exported twice."
        )


def _of(some: int, rows: int) -> str:
    """How many of how many; for a sentence that goes on in the plural."""
    return f"{count(some)} of {how_many(rows, 'assignment')}"


def _together(ds: Dataset, rooms: Compute, arms: Sequence[Mapping[str, Any]], called: Called) -> Iterator[str]:
    """Initiatives that reached the same customers."""
    from worthline.initiatives.experiments import overlaps

    names = {row["initiative"] for row in arms}
    if len(names) < 2:
        return
    pairs = dict.fromkeys(
        tuple(sorted((called(name), called(other))))
        for name, others in overlaps(ds, rooms).items()
        for other in others
        if not is_universal(name) and not is_universal(other)
    )
    if pairs:
        listed = "; ".join(" and ".join(pair) for pair in list(pairs)[:NAMED])
        rest = " and others" if len(pairs) > NAMED else ""
        yield (
            f"Reached many of the same customers: {listed}{rest}. Part of what one seems to bring may come "
            "from the other."
        )


def _costs(arms: Sequence[Mapping[str, Any]], declared: Sequence[Mapping[str, Any]], called: Called) -> Iterator[str]:
    """Costs that are missing, or below zero."""
    rows = {row["initiative"]: row for row in declared}
    for row in declared:
        for column in ("cost_once", "cost_monthly"):
            if row.get(column) is not None and row[column] < 0:
                yield (
                    f"{called(row['initiative'])}: {column} is {row[column].normalize():f}, below zero. It "
                    "counts as 0 until "
                    "corrected."
                )
    for name, own in _by_initiative(arms):
        if is_universal(name):
            continue
        negative = sum(row["negative"] for row in own)
        if negative:
            yield (
                f"{called(name)}: {how_many(negative, 'treatment')} {'has' if negative == 1 else 'have'} a "
                "cost below zero. "
                f"{'It counts' if negative == 1 else 'They count'} as 0 until corrected."
            )
        treated = [row for row in own if row["arm"] != CONTROL]
        unpriced, whole = sum(row["unpriced"] for row in treated), sum(row["rows"] for row in treated)
        one = rows.get(name, {})
        fixed = one.get("cost_once") is not None or one.get("cost_monthly") is not None
        if whole and unpriced == whole and not fixed:
            yield (
                f"{called(name)}: its cost is not known, so no net return is. Bring cost in treatments, or "
                "cost_once and "
                "cost_monthly in initiatives."
            )
        elif whole and unpriced == whole:
            yield (
                f"{called(name)}: no treatment has a cost, so its cost is only what initiatives say. Fill "
                "cost; write 0 where "
                "it is free."
            )
        elif unpriced:
            has = "has no cost and counts" if unpriced == 1 else "have no cost and count"
            yield (
                f"{called(name)}: {count(unpriced)} of {how_many(whole, 'treatment')} {has} as costing nothing. "
                "Fill cost; write 0 where it is free."
            )
    for name, row in rows.items():
        without = row.get("cost_once") is None and row.get("cost_monthly") is None
        if without and name not in {one["initiative"] for one in arms}:
            yield (
                f"{called(name)}: its cost is not known, so no net return is. Fill cost_once and cost_monthly "
                "in initiatives."
            )


def _starts(ds: Dataset, rooms: Compute, starts: Sequence[Mapping[str, Any]], called: Called) -> Iterator[str]:
    """Columns and members of roll-outs that nobody knows, and starts that lie ahead."""
    for name, own in _by_initiative(starts):
        for column in dict.fromkeys(row["column"] for row in own):
            yield from _members(ds, rooms, called(name), column, [row for row in own if row["column"] == column])
        later = [row for row in own if row["started_on"] > ds.settings.as_of]
        if later:
            first = min(row["started_on"] for row in later)
            verb, are = ("starts", "It is") if len(later) == 1 else ("start", "They are")
            yield (
                f"Roll-out {called(name)}: {how_many(len(later), 'member')} {verb} after the reporting date "
                f"(from {day(first)} "
                f"on). {are} not counted yet."
            )


def _members(ds: Dataset, rooms: Compute, name: str, column: str, own: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if rollout_queries.is_known(ds, column):
        known = rooms.fetch(queries.members(ds, column))["member"].to_pylist()
        where = f"customers.{column}"
    elif "locations" in ds.tables:
        known, where = rooms.fetch(queries.places(ds))["member"].to_pylist(), "locations"
    else:
        columns = ds["customers"].columns if "customers" in ds.tables else ()
        close = nearest(column, [one for one in columns if not one.startswith("_")])
        hint = f" The nearest is {close[0]}." if close else " Bring it in customers."
        yield f"Roll-out {name}: customers have no column {column}, so nobody can be placed.{hint}"
        return
    strange = sorted({row["member"] for row in own} - set(known))
    if strange:
        named = ", ".join(strange[:NAMED]) + (" and others" if len(strange) > NAMED else "")
        close = nearest(strange[0], known)
        hint = f" The nearest is {close[0]}." if close else f" There are {', '.join(known[:NAMED])} and so on."
        yield f"Roll-out {name}: {where} has no {named}.{hint if known else ''}"
    reached = {row["member"] for row in own}
    start_days = {row["started_on"] for row in own}
    if known and set(known) <= reached and len(start_days) == 1:
        yield f"Roll-out {name}: every member started on one day. There is nothing to compare with: not measured."


def _dates(
    arms: Sequence[Mapping[str, Any]],
    starts: Sequence[Mapping[str, Any]],
    declared: Sequence[Mapping[str, Any]],
    called: Called,
) -> Iterator[str]:
    """Dates of proof that lie before the beginning."""
    for row in declared:
        name = row["initiative"]
        days = [one["first"] for one in arms if one["initiative"] == name]
        days += [one["started_on"] for one in starts if one["initiative"] == name]
        days += [row["started_on"]] if row.get("started_on") is not None else []
        if row.get("proof_on") is not None and days and row["proof_on"] <= min(days):
            yield (
                f"{called(name)}: its date of proof, {day(row['proof_on'])}, lies before it began ({day(min(days))}). "
                "Correct proof_on."
            )


def _by_initiative(rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
    for name in dict.fromkeys(row["initiative"] for row in rows):
        yield name, [row for row in rows if row["initiative"] == name]
