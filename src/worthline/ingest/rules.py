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
        Rule("scale_unknown", "a scale that is not written low-high, such as 0-10"),
        Rule(
            "refund_above_zero", 'a refund or credit above zero; set refunds = "positive" if the source writes them so'
        ),
        Rule("ends_before_start", "the end lies before the start"),
        # rows among rows
        Rule("duplicate_key", "a second row of the same key; the first is used"),
        Rule("after_as_of", "happened or became known after the as-of date; used once the date has come"),
        Rule("unknown_currency", "not an ISO 4217 currency code"),
        Rule("no_rate", "money in a currency for which rates has no rate on that day"),
        # remarks: the rows are used
        Rule("blank_code", "a declared code that means blank; never counted", sets_aside=False),
        Rule("unanswered", "neither score nor words", sets_aside=False),
        Rule("unknown_customer", "a customer who is not in customers; derived from this row", sets_aside=False),
        Rule("no_customer", "no customer; the money counts, but for nobody", sets_aside=False),
        Rule("repeated_row", "identical to an earlier row in every column; both are used", sets_aside=False),
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
