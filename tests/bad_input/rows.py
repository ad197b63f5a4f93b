"""Rows that are wrong beside others or by their columns: duplicates, blanks, customers, names, scores, scales."""

from __future__ import annotations

from tests.bad_input.case import COMPANY, Case, sales
from worthline.errors import BadSetting, MissingColumn, NothingToRun

HEAD = "customer_id,at,amount\n"
C1 = ("C1", "2026-09-01", "5.00")


def feedback(
    name: str, content: str, options: str, columns: str, used: list, aside: list, remarks: dict | None = None
) -> Case:
    """A case of one file of feedback."""
    return Case(
        name,
        {"f.csv": content.encode()},
        f'[company]\n{COMPANY}\n[tables.feedback]\nfile = "f.csv"\n{options}\n',
        aside={"f.csv": aside},
        used={"feedback": (columns, used)},
        rows={"f.csv": len(used) + len(aside)},
        remarks=remarks or {},
    )


_LISTED = f'[company]\n{COMPANY}\n[tables.customers]\nfile = "c.csv"\n[tables.transactions]\nfile = "sales.csv"\n'

CASES: tuple[Case, ...] = (
    sales(
        "duplicate_transactions",
        "customer_id,at,amount,transaction_id\nC1,2026-09-01,5.00,T1\nC2,2026-09-02,6,T1\nC3,2026-09-03,7,\nC4,2026-09-04,8,\n",
        used=[C1, ("C3", "2026-09-03", "7"), ("C4", "2026-09-04", "8")],
        aside=[(3, "transaction_id", "duplicate_key", "T1")],
    ),
    sales(
        "refunds_bear_the_number_of_their_purchase",
        "customer_id,at,amount,transaction_id,kind\nC1,2026-09-01,5.00,T1,purchase\nC1,2026-09-02,-2,T1,refund\n"
        "C1,2026-09-03,-1,T1,refund\nC1,2026-09-03,-1,T1,refund\n",
        used=[C1, ("C1", "2026-09-02", "-2"), ("C1", "2026-09-03", "-1")],
        aside=[(5, "transaction_id", "duplicate_key", "T1")],
    ),
    sales(
        "kinds_in_the_companys_words",
        "customer_id,at,amount,kind\nC1,2026-09-01,5.00,Rechnung\nC1,2026-09-02,-2,Gutschrift\nC1,2026-09-03,-1,Bonus\n",
        options="values = { kind = { Rechnung = 'purchase', Gutschrift = 'credit' } }",
        columns="customer_id|at_date|amount|kind",
        used=[(*C1, "purchase"), ("C1", "2026-09-02", "-2", "credit"), ("C1", "2026-09-03", "-1", "bonus")],
        remarks={"unknown_kind": 1},
    ),
    sales(
        "lines_of_a_receipt",
        "customer_id,at,amount,transaction_id,product,n\nC1,2026-09-01,5.00,T1,a,1\nC1,2026-09-01,6,T1,b,1\n"
        "C1,2026-09-01,6,T1,b,1\n",
        used=[C1, ("C1", "2026-09-01", "6"), ("C1", "2026-09-01", "6")],
        remarks={"repeated_row": 1},
    ),
    Case(
        "files_of_a_pattern",
        {
            "sales-1.csv": b"customer_id,at,amount,transaction_id\nC1,2026-09-01,5.00,T1\n",
            "sales-2.csv": b"transaction_id,customer_id,at,amount,tier\nT1,C1,2026-09-01,5,x\nT2,C2,2026-09-02,6,y\n",
        },
        f'[company]\n{COMPANY}\n[tables.transactions]\nfile = "sales-*.csv"\n',
        used={
            "transactions": (
                "customer_id at_date amount _file tier",
                [(*C1, "sales-1.csv", None), ("C2", "2026-09-02", "6", "sales-2.csv", "y")],
            )
        },
        aside={"sales-2.csv": [(2, "transaction_id", "duplicate_key", "T1")]},
        rows={"sales-1.csv": 1, "sales-2.csv": 2},
    ),
    Case(
        "duplicate_customers",
        {"c.csv": b"customer_id,joined_on\n007,2026-01-01\n7,2026-01-02\n007,2026-01-03\n,2026-01-04\n"},
        f'[company]\n{COMPANY}\n[tables.customers]\nfile = "c.csv"\n',
        used={"customers": ("customer_id joined_on", [("007", "2026-01-01"), ("7", "2026-01-02")])},
        aside={
            "c.csv": [
                (4, "customer_id", "duplicate_key", "007"),
                (5, "customer_id", "required_blank", None),
            ]
        },
        rows={"c.csv": 4},
    ),
    Case(
        "unknown_customers",
        {
            "c.csv": b"customer_id,joined_on\nC1,2026-01-01\n",
            "sales.csv": b"customer_id,at,amount\nC1,2026-09-01,5.00\nC9,2026-09-02,6\n,2026-09-03,7\n",
        },
        _LISTED,
        used={
            "transactions": (
                "customer_id at_date amount",
                [C1, ("C9", "2026-09-02", "6"), (None, "2026-09-03", "7")],
            ),
            "customers": (
                "customer_id joined_on first_seen derived",
                [("C9", None, "2026-09-02", "True"), ("C1", "2026-01-01", "2026-01-01", "False")],
            ),
        },
        rows={"c.csv": 1, "sales.csv": 3},
        remarks={"unknown_customer": 1, "no_customer": 1},
    ),
    sales(
        "blank_required_cells",
        HEAD + "C1,2026-09-01,5.00\nC2,,6\nC3,2026-09-03, \n \t,2026-09-04,8\n,,\n",
        used=[C1, (None, "2026-09-04", "8")],
        aside=[
            (3, "at", "required_blank", None),
            (4, "amount", "required_blank", " "),
            (6, "at", "required_blank", None),
        ],
        remarks={"no_customer": 1},
    ),
    sales("header_only", HEAD, error=NothingToRun, says=("sales.csv: no rows",)),
    sales(
        "no_usable_row",
        HEAD + "C1,2026-09-31,5.00\nC1,2026-09-30,x\n",
        error=NothingToRun,
        says=("all 2 rows set aside", "not_a_date", "not_money"),
    ),
    sales(
        "one_table_of_two_is_empty",
        HEAD + "C1,2026-09-01,5.00\n",
        more={"f.csv": b"at,metric,score\n"},
        tables='[tables.feedback]\nfile = "f.csv"',
        used=[C1],
    ),
    sales(
        "missing_required_column",
        "Cust ID,Date of sale,Amout\nC1,2026-09-01,5\n",
        error=MissingColumn,
        says=("customer_id", "sales.csv", "'Amout'", 'customer_id = "Cust ID"'),
    ),
    sales(
        "nearest_name_is_offered",
        "customer_id,at,amout\nC1,2026-09-01,5\n",
        error=MissingColumn,
        says=("amount", 'amount = "amout"'),
    ),
    sales(
        "named_column_is_missing",
        HEAD + "C1,2026-09-01,5\n",
        options='columns = { amount = "Amount EUR" }',
        error=MissingColumn,
        says=("no column 'Amount EUR'", 'amount = "amount"'),
    ),
    sales(
        "canonical_name_in_other_case",
        "id,at,amount\nC1,2026-09-01,5.00\n",
        options='columns = { Customer_ID = "id" }',
        error=BadSetting,
        says=("Customer_ID", "customer_id"),
    ),
    sales(
        "own_name_taken_by_a_column",
        HEAD + "C1,2026-09-01,5.00\n",
        options='columns = { _line = "amount" }',
        error=BadSetting,
        says=("_line",),
    ),
    sales(
        "hostile_names",
        'customer_id,at,amount,"a""b",group,select,x; drop table customers--,_bad,_line,c0,Customer_ID,AT~TEXT,n,'
        "_rank,rate_from,at_date,rowid,\n"
        "C1,2026-09-01,5.00,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\nC2,2026-09-02,x,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n",
        columns='customer_id|at_date|amount|a"b|group|select|x; drop table customers--|_bad_2|_line_2|c0|Customer_ID_2|n|'
        "rowid_2|column_18",
        used=[(*C1, "1", "2", "3", "4", "5", "6", "7", "8", "10", "14", "15")],
        aside=[(3, "amount", "not_money", "x")],
    ),
    sales(
        "hostile_names_with_rates_and_lines",
        "customer_id,at,amount,currency,transaction_id,product,rate_from,rate_value,_rate,n,_shown,_rank,seen_id\n"
        "C1,2026-09-01,5.00,EUR,T1,p,1,2,3,4,5,6,7\nC1,2026-09-01,5.00,EUR,T1,p,1,2,3,4,5,6,7\nC1,2099-09-01,5,USD,,,1,2,3,4,5,6,7\n",
        more={"fx.csv": b"currency,on,rate\nEUR,2026-01-01,2\n"},
        tables='[tables.rates]\nfile = "fx.csv"',
        columns="customer_id at_date amount rate_from rate_value n seen_id",
        used=[("C1", "2026-09-01", "10.00", "1", "2", "4", "7"), ("C1", "2026-09-01", "10.00", "1", "2", "4", "7")],
        aside=[(4, "at", "after_as_of", "2099-09-01")],
        remarks={"repeated_row": 1},
    ),
    feedback(
        "scores_off_scale",
        "at,metric,score,scale,customer_id\n2026-09-01,NPS,11,,C1\n2026-09-02,nps,10,,C1\n2026-09-03,csat,0,,C1\n"
        "2026-09-04,csat,0,0-10,C2\n2026-09-05,csat,3,ten,C2\n2026-09-06,mood,99,,C3\n2026-09-07,nps,9.5x,,C3\n",
        "",
        "metric score scale_low scale_high",
        [("nps", "10.0", "0.0", "10.0"), ("csat", "0.0", "0.0", "10.0"), ("mood", "99.0", None, None)],
        [
            (2, "score", "score_off_scale", "11"),
            (4, "score", "score_off_scale", "0"),
            (6, "scale", "scale_unknown", "ten"),
            (8, "score", "not_a_number", "9.5x"),
        ],
    ),
    feedback(
        "codes_that_mean_blank",
        "at,metric,score,text,customer_id\n2026-09-01,nps,99,fine,C1\n2026-09-02,nps,9,,C1\n2026-09-03,nps,98,,C1\n"
        "2026-09-04,nps,11,,C1\n2026-09-05,nps, 99 ,good,C1\n",
        "blank = { score = [99, 98] }",
        "score text",
        [(None, "fine"), ("9.0", None), (None, None), (None, "good")],
        [(5, "score", "score_off_scale", "11")],
        {"blank_code": 3, "unanswered": 1},
    ),
    feedback(
        "nobody_named",
        "at,metric,score\n2026-09-01,nps,9\n2026-09-02,nps,\n",
        "",
        "score",
        [("9.0",), (None,)],
        [],
        {"unanswered": 1},
    ),
    Case(
        "one_file_twice_with_other_options",
        {"survey.csv": b"id,at,nps,csat\nR1,2026-09-01,9,5\nR2,2026-09-02,9,9\nR2,2026-09-03,8,4\nR3,2026-10-01,1,1\n"},
        f"[company]\n{COMPANY}\n"
        '[[tables.feedback]]\nfile = "survey.csv"\ncolumns = { feedback_id = "id", score = "nps" }\n'
        'constants = { metric = "nps" }\n'
        '[[tables.feedback]]\nfile = "survey.csv"\ncolumns = { feedback_id = "id", score = "csat" }\n'
        'constants = { metric = "csat" }\n',
        # R2 was scored 9 on 2 September and 8 on the 3rd: of one response the latest score counts.
        used={
            "feedback": (
                "feedback_id metric score",
                [("R1", "nps", "9.0"), ("R2", "nps", "8.0"), ("R1", "csat", "5.0"), ("R2", "csat", "4.0")],
            )
        },
        aside={
            "survey.csv": [
                (3, "feedback_id, metric", "answered_again", "R2 / nps"),
                (5, "at", "after_as_of", "2026-10-01"),
            ],
            "survey.csv, number 2": [
                (3, "csat", "score_off_scale", "9"),
                (5, "at", "after_as_of", "2026-10-01"),
            ],
        },
        rows={"survey.csv": 4, "survey.csv, number 2": 4},
    ),
    Case(
        "two_sources_declare_other_keys",
        {"a.csv": b"customer_id,at,amount\nC1,2026-09-01,5\n", "b.csv": b"customer_id,at,amount\nC1,2026-09-01,5\n"},
        f"[company]\n{COMPANY}\n"
        '[[tables.transactions]]\nfile = "a.csv"\nunique = ["customer_id"]\n'
        '[[tables.transactions]]\nfile = "b.csv"\nunique = ["at"]\n',
        error=BadSetting,
        says=("unique", "transactions"),
    ),
    Case(
        "two_sources_two_ways_of_writing",
        {
            "de.csv": b"Kunde;Datum;Betrag\nC1;01.09.2026;1.234,56\nC2;02.09.2026;1,234.56\n",
            "us.csv": b'customer_id,at,amount\nC3,2026-09-03,"1,234.56"\nC4,2026-09-04,"1.234,56"\n',
        },
        f"[company]\n{COMPANY}\n"
        '[[tables.transactions]]\nfile = "de.csv"\ndecimal = ","\nthousands = "."\ndate_format = "%d.%m.%Y"\n'
        'columns = { customer_id = "Kunde", at = "Datum", amount = "Betrag" }\n'
        '[[tables.transactions]]\nfile = "us.csv"\nthousands = ","\n',
        used={
            "transactions": (
                "customer_id at_date amount",
                [("C1", "2026-09-01", "1234.56"), ("C3", "2026-09-03", "1234.56")],
            )
        },
        aside={
            "de.csv": [(3, "Betrag", "not_money", "1,234.56")],
            "us.csv": [(3, "amount", "not_money", "1.234,56")],
        },
        rows={"de.csv": 2, "us.csv": 2},
    ),
)
