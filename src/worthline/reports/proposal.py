"""What init proposes for a folder, on a page: each file's table, each column with samples, and how sure it is.

Reads     a Proposal of ingest.
Gives     Page; what is still asked, in words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from worthline.ingest.file_names import told
from worthline.ingest.masking import mask
from worthline.ingest.propose.toml import masked_samples
from worthline.reports import page

if TYPE_CHECKING:
    from worthline.ingest.propose import Plan, Proposal, Question

_ATTRIBUTES = 8


def proposed(proposal: Proposal, *, following: tuple[str, ...] = ()) -> page.Page:
    """The page of a proposal; `following` are commands that lead on."""
    blocks: list[page.Block] = [_files(proposal)]
    blocks += [_plan(plan) for plan in proposal.plans if plan.table is not None and (plan.guesses or plan.missing)]
    if proposal.unread:
        blocks.append(
            page.Text(tuple(f"{told(name)}: {why}." for name, why in proposal.unread), title="Not read", mark="-")
        )
    blocks.append(page.Facts(tuple((f.key, f"{f.value} ({f.why})") for f in proposal.company), title="Company"))
    if proposal.questions:
        blocks.append(page.Text(tuple(map(asked, proposal.questions)), title="To be answered", mark="?"))
    if following:
        blocks.append(page.Next(following))
    return page.Page(page.Header(proposal.name, "proposed mapping", "", False), tuple(blocks))


def settled(proposal: Proposal, *, following: tuple[str, ...] = ()) -> page.Page:
    """What each file became after all was answered."""
    header = page.Header(proposal.name, "mapping", "", False)
    return page.Page(header, (_files(proposal), *([page.Next(following)] if following else [])))


def asked(question: Question) -> str:
    """A question with its choices, on one line."""
    choices = "; ".join(words for _, words in question.choices)
    return f"{told(question.file)}: {question.text} Choices: {choices}."


def _files(proposal: Proposal) -> page.Grid:
    columns = (page.Column("File"), page.Column("Rows", number=True), page.Column("Becomes"), page.Column("Why"))
    rows = tuple((told(p.group.shown), f"{p.group.rows:,}", _becomes(p), p.why) for p in proposal.plans)
    return page.Grid(columns, rows, title="Files")


def _becomes(plan: Plan) -> str:
    if plan.table is None:
        return "not read"
    return plan.table if plan.taken else f"{plan.table}? not sure"


def _plan(plan: Plan) -> page.Grid:
    columns = (
        page.Column("Column"),
        page.Column("Becomes"),
        page.Column("Sure"),
        page.Column("Samples"),
        page.Column("Why"),
    )
    may_be_seen = masked_samples(plan)
    rows = [
        (mask(g.header), g.column, "yes" if g.sure else "no", ", ".join(s[:20] for s in may_be_seen[g.header]), g.why)
        for g in plan.guesses
    ]
    rows += [("", name, "no", "", "nothing was found for it") for name in plan.missing]
    rows += [
        ("", f"{c.key} = {c.value}", "yes" if c.sure else "no", "", c.why) for c in (*plan.constants, *plan.options)
    ]
    kept = plan.attributes
    if kept:
        more = f" and {len(kept) - _ATTRIBUTES} more" if len(kept) > _ATTRIBUTES else ""
        rows.append(
            (", ".join(map(mask, kept[:_ATTRIBUTES])) + more, "attributes", "yes", "", "kept under their own names")
        )
    rows += [(mask(header), "not taken", "yes", "", why) for header, why in plan.left_out]
    return page.Grid(columns, tuple(rows), title=f"{told(plan.group.shown)} as {plan.table}")
