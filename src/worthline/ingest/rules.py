"""The named rules by which a row is set aside or remarked upon: what each says to a person.

Gives     RULES; data health, quarantine and docs/reference/rules.md read nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """One check: its name, what it says, and whether a row that breaks it is set aside."""

    name: str
    says: str
    sets_aside: bool = True
    waits: bool = False
    """The row will be used once its date has come: no fault."""
    replaced: bool = False
    """Another row stands in its place: counted once, no fault."""


RULES: dict[str, Rule] = {
    rule.name: rule
    for rule in (
        # the file itself, by the exact reader
        Rule("ragged_short", "the row has fewer cells than the header"),
        Rule("ragged_long", "the row has more cells than the header"),
        Rule("encoding", "bytes that are not in the file's encoding"),
        Rule("unclosed_quote", "a quote that opens and never closes"),
        Rule("stray_quote", "a quote in the middle of a quoted cell"),
        Rule("nul_byte", "a NUL character in the row"),
        Rule("cell_too_long", "a cell of more than 10 million characters"),
        Rule("excel_error", "the cell holds an Excel error"),
        # cells
        Rule("required_blank", "a required cell is blank"),
        Rule("not_a_date", "not a date in ISO form (2026-09-30) or the declared date_format, or no such day"),
        Rule("not_money", "not an amount as the source is said to write them (decimal, thousands, symbols)"),
        Rule("money_decimals", "an amount with more decimals than can be kept exactly (four)"),
        Rule("money_too_large", "money that in the company's currency has more than 14 digits before the point"),
        Rule("not_a_number", "not a finite number"),
        Rule("not_a_count", "not a whole number"),
        Rule("not_a_flag", "neither yes nor no"),
        Rule("not_an_id", "a number with a fraction where an identifier should be"),
        Rule("not_allowed", "not one of the values that the column may hold"),
        Rule("below_least", "below the least that the column may hold"),
        Rule("above_most", "above the most that the column may hold"),
        Rule(
            "score_off_scale", "a score outside its scale; declare codes that mean blank with blank = { score = [...] }"
        ),
        Rule(
            "scale_of_another",
            "NPS is asked on 0-10 (or 1-10); an answer on another scale is another metric: name it otherwise",
        ),
        Rule("scale_unknown", "a scale that is not written low-high, such as 0-10"),
        Rule(
            "refund_above_zero", 'a refund or credit above zero; set refunds = "positive" if the source writes them so'
        ),
        Rule("ends_before_start", "the end lies before the start"),
        Rule(
            "period_unknown",
            "a billing period that is not known; write week, month, quarter, year, 2 years or one-time, or say what it "
            "means with values = { period = { … } }",
        ),
        Rule(
            "ruined_id",
            "an id that a spreadsheet rounded to a form such as 8.63E+12, so that several share it; export the column "
            "as text",
        ),
        # rows among rows
        Rule("no_such_customer", "an id that stands for nobody, such as GUEST, unknown or 0"),
        Rule("no_end", "a subscription that has ended, and does not say when; bring ended_on"),
        Rule(
            "in_trial",
            "a trial, or a subscription that was never paid: no fee yet; used once it is paid for",
            waits=True,
        ),
        Rule("duplicate_key", "a second row of the same key; the first is used"),
        Rule("answered_again", "the same response, scored again later; the latest counts", replaced=True),
        Rule("total_row", "a total or subtotal of the rows above it, not a sale of its own"),
        Rule(
            "repeated_export",
            "the same row as in another file of the table, over days that both files cover; counted once",
        ),
        Rule("repeated_block", "a block of rows that stands twice in the file; counted once"),
        Rule(
            "fanned_out",
            "the same row once more with another value in a further column, as a join makes it; counted once",
        ),
        Rule("after_as_of", "happened or became known after the as-of date; used once the date has come", waits=True),
        Rule("long_before", "dated ten years or more before all but a few rows: a slip in the year"),
        Rule("unknown_currency", "not an ISO 4217 currency code"),
        Rule("no_rate", "money in a currency for which rates has no rate on that day"),
        # remarks: the rows are used
        Rule("blank_code", "a declared code that means blank; never counted", sets_aside=False),
        Rule("unanswered", "neither score nor words", sets_aside=False),
        Rule("unknown_customer", "a customer who is not in customers; derived from this row", sets_aside=False),
        Rule("unknown_assigned", "a customer who is not in customers; not measured", sets_aside=False),
        Rule("no_customer", "no customer; the money counts, but for nobody", sets_aside=False),
        Rule(
            "ruined_ids",
            "an id that a spreadsheet rounded to a form such as 8.63E+12, so that several share it; read as blank; "
            "export the column as text",
            sets_aside=False,
        ),
        Rule("merged_customer", "a customer who was merged into another; counted as that one", sets_aside=False),
        Rule("respelled_id", "an id written otherwise in another table (01200, 1200); read as one", sets_aside=False),
        Rule("repeated_row", "identical to an earlier row in every column; both are used", sets_aside=False),
        Rule(
            "adjusting_line",
            "a line below zero on an invoice that is paid: a change of plan or a discount, no refund",
            sets_aside=False,
        ),
        Rule("nps_from_one", "NPS asked on 1-10: promoters are 9-10, detractors 1-6", sets_aside=False),
        Rule(
            "rounded",
            "an amount with noise beyond the fourth decimal (118.22999999999999), rounded to four decimals",
            sets_aside=False,
        ),
        Rule(
            "unknown_kind",
            "a kind of transaction that Worthline does not know: its money counts, but it is neither a purchase nor a "
            "refund; say what it means with values = { kind = { … } }",
            sets_aside=False,
        ),
        Rule("negative_purchase", "a purchase below zero; used as it is", sets_aside=False),
        Rule("finer_than_currency", "an amount with more decimals than its currency has", sets_aside=False),
        Rule("join_multiplies", "rows of a file that the query uses more than once", sets_aside=False),
        Rule("join_loses", "rows of a file that the query leaves out", sets_aside=False),
        Rule("unknown_touchpoint", "a touchpoint that is not in touchpoints", sets_aside=False),
    )
}
