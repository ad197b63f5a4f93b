"""Amounts written otherwise than declared, and money of several currencies."""

from __future__ import annotations

from tests.bad_input.case import Case, sales
from worthline.errors import BadSetting

HEAD = "customer_id,at,amount\n"
C1 = ("C1", "2026-09-01", "5.00")


def _amounts(
    name: str, cells: list[str], *, good: dict[str, str], rules: dict[str, str], options: str = "", company: str = ""
) -> Case:
    """One row per cell; `good` maps cells to the amount that they mean, `rules` the others to their rule."""
    rows, used, aside = [], [], []
    for number, cell in enumerate(cells):
        rows.append(f'C{number},2026-09-01,"{cell}"\n')
        if cell in good:
            used.append((f"C{number}", "2026-09-01", good[cell]))
        else:
            aside.append((number + 2, "amount", rules[cell], cell))
    told = f'as_of = "2026-09-30"\n{company}'
    return sales(name, HEAD + "".join(rows), options=options, company=told, used=used, aside=aside)


def _all(rule: str, *cells: str) -> dict[str, str]:
    return dict.fromkeys(cells, rule)


_CURRENCIES = "customer_id,at,amount,currency\nC1,2026-09-01,5.00,usd\nC2,2026-09-02,10.01,EUR\nC3,2026-09-03,7,\n"
_MIXED = "customer_id at_date amount amount_original currency"

CASES: tuple[Case, ...] = (
    _amounts(
        "german_amounts_undeclared",
        ["1.234,56", "1.234", "0,5", "1.234.567"],
        good={"1.234": "1.234"},
        rules=_all("not_money", "1.234,56", "0,5", "1.234.567"),
    ),
    _amounts(
        "german_amounts_declared",
        ["1.234,56", "1.234", "-0,5", "12.34", "1.2345,0", "1,234.56", "7"],
        good={"1.234,56": "1234.56", "1.234": "1234", "-0,5": "-0.5", "7": "7"},
        rules=_all("not_money", "12.34", "1.2345,0", "1,234.56"),
        options='decimal = ","\nthousands = "."',
    ),
    _amounts(
        "thousands_undeclared",
        ["1,234", "1,234.50", "1 234", "1'234", "1_000", "1234.5"],
        good={"1234.5": "1234.5"},
        rules=_all("not_money", "1,234", "1,234.50", "1 234", "1'234", "1_000"),
    ),
    _amounts(
        "parentheses_undeclared",
        ["(1234)", "5"],
        good={"5": "5"},
        rules=_all("not_money", "(1234)"),
    ),
    _amounts(
        "parentheses_declared",
        ["(1,234)", "(0.5)", "(-5)", "((5))", "(5", "5", "($1,234.50)", "$(3)"],
        good={"(1,234)": "-1234", "(0.5)": "-0.5", "5": "5", "($1,234.50)": "-1234.50", "$(3)": "-3"},
        rules=_all("not_money", "(-5)", "((5))", "(5"),
        options='parentheses = true\nthousands = ","\nsymbols = ["$"]',
    ),
    _amounts(
        "currency_signs",
        ["$1,234.50", "-$5", "$-5", "7 EUR", "£3", "$"],
        good={"$1,234.50": "1234.50", "-$5": "-5", "$-5": "-5", "7 EUR": "7"},
        rules=_all("not_money", "£3", "$"),
        options='thousands = ","\nsymbols = ["$", "EUR"]',
    ),
    _amounts(
        "cents",
        ["12345", "12.345", "-1", "0.5", "1e3"],
        good={"12345": "123.45", "-1": "-0.01", "0.5": "0.005"},
        rules={"12.345": "money_decimals", "1e3": "not_money"},
        options="minor_units = true",
    ),
    _amounts(
        "yen_have_no_cents",
        ["12345", "12.3456"],
        good={"12345": "12345", "12.3456": "12.3456"},
        rules={},
        options="minor_units = true",
        company='currency = "JPY"',
    ),
    _amounts(
        "too_many_decimals",
        ["12.34567", "12.3450000", "0.00001", "-0.00004", "9999999999999.9999", "123456789012345"],
        good={"12.3450000": "12.345", "9999999999999.9999": "9999999999999.9999"},
        rules=_all("money_decimals", "12.34567", "0.00001", "-0.00004") | _all("not_money", "123456789012345"),
    ),
    _amounts(
        "no_numbers",
        ["1e3", "NaN", "inf", "-Infinity", "1_000", "0x10", "five", "--5", "5--", "٥", "5 5", "1.2.3", ".", "+", "5"],
        good={"5": "5"},
        rules=_all(
            *(
                "not_money",
                "1e3",
                "NaN",
                "inf",
                "-Infinity",
                "1_000",
                "0x10",
                "five",
                "--5",
                "5--",
                "٥",
                "5 5",
                "1.2.3",
            ),
            *(".", "+"),
        ),
    ),
    sales(
        "negative_purchase",
        "customer_id,at,amount,kind\nC1,2026-09-01,5.00,purchase\nC2,2026-09-02,-6.00,Purchase\nC3,2026-09-03,-7,\n",
        columns="customer_id at_date amount kind",
        used=[(*C1, "purchase"), ("C2", "2026-09-02", "-6", "purchase"), ("C3", "2026-09-03", "-7", "refund")],
        remarks={"negative_purchase": 1},
    ),
    sales(
        "refund_above_zero",
        "customer_id,at,amount,kind\nC1,2026-09-01,5.00,purchase\nC2,2026-09-02,6.00,refund\nC3,2026-09-03,-7,Credit\n",
        columns="customer_id at_date amount kind",
        used=[(*C1, "purchase"), ("C3", "2026-09-03", "-7", "credit")],
        aside=[(3, "amount", "refund_above_zero", "6.00")],
    ),
    sales(
        "refunds_written_positive",
        "customer_id,at,amount,kind\nC1,2026-09-01,5.00,purchase\nC2,2026-09-02,6.00,refund\nC3,2026-09-03,-7,refund\n",
        options='refunds = "positive"',
        columns="customer_id at_date amount kind",
        used=[(*C1, "purchase"), ("C2", "2026-09-02", "-6.00", "refund"), ("C3", "2026-09-03", "-7", "refund")],
    ),
    sales(
        "currencies_without_rates",
        _CURRENCIES,
        columns=_MIXED,
        used=[(*C1, "5", "USD"), ("C3", "2026-09-03", "7", "7", "USD")],
        aside=[(3, "currency", "no_rate", "EUR")],
    ),
    sales(
        "currencies_with_rates",
        _CURRENCIES + "C4,2026-08-31,10.01,EUR\nC5,2026-09-05,1,GBP\nC6,2026-09-06,0.0003,EUR\n",
        more={"fx.csv": b"currency,on,rate\nEUR,2026-09-01,1.1\neur,2026-09-03,1.12345678\nEUR,2026-09-03,9\n"},
        tables='[tables.rates]\nfile = "fx.csv"',
        columns=_MIXED,
        used=[
            (*C1, "5", "USD"),
            ("C2", "2026-09-02", "11.0110", "10.01", "EUR"),
            ("C3", "2026-09-03", "7", "7", "USD"),
            ("C6", "2026-09-06", "0.0003", "0.0003", "EUR"),
        ],
        aside=[(5, "currency", "no_rate", "EUR"), (6, "currency", "no_rate", "GBP")],
        more_aside={"fx.csv": [(4, "currency, on", "duplicate_key", "EUR / 2026-09-03")]},
    ),
    sales(
        "converted_beyond_what_fits",
        "customer_id,at,amount,currency\nC1,2026-09-01,5.00,USD\nC2,2026-09-02,99999999999999.9999,EUR\n",
        more={"fx.csv": b"currency,on,rate\nEUR,2026-09-01,1.1\n"},
        tables='[tables.rates]\nfile = "fx.csv"',
        used=[C1],
        aside=[(3, "amount", "money_too_large", "99999999999999.9999")],
    ),
    sales(
        "unknown_currency",
        "customer_id,at,amount,currency\nC1,2026-09-01,5.00,USD\nC2,2026-09-02,6,XYZ\nC3,2026-09-03,7,$\n",
        used=[C1],
        aside=[(3, "currency", "unknown_currency", "XYZ"), (4, "currency", "unknown_currency", "$")],
    ),
    sales(
        "cents_of_several_currencies",
        "customer_id,at,amount,currency\nC1,2026-09-01,500,USD\nC2,2026-09-02,500,JPY\nC3,2026-09-03,500,KWD\n"
        "C4,2026-09-04,0.05,JPY\nC5,2026-09-05,0.05,KWD\n",
        options="minor_units = true",
        more={"fx.csv": b"currency,on,rate\nJPY,2026-01-01,0.01\nKWD,2026-01-01,3\n"},
        tables='[tables.rates]\nfile = "fx.csv"',
        columns=_MIXED,
        used=[
            (*C1, "5", "USD"),
            ("C2", "2026-09-02", "5", "500", "JPY"),
            ("C3", "2026-09-03", "1.5", "0.5", "KWD"),
            ("C4", "2026-09-04", "0.0005", "0.05", "JPY"),
        ],
        aside=[(6, "amount", "money_decimals", "0.05")],
    ),
    sales(
        "no_such_company_currency",
        HEAD + "C1,2026-09-01,5\n",
        company='currency = "DOLLAR"',
        error=BadSetting,
        says=("DOLLAR", "ISO 4217"),
    ),
    sales(
        "thousands_equal_decimal",
        HEAD + "C1,2026-09-01,5\n",
        options='thousands = "."',
        error=BadSetting,
        says=("thousands", "decimal"),
    ),
    sales(
        "minus_as_a_symbol",
        HEAD + "C1,2026-09-01,-5\n",
        options='symbols = ["-"]',
        error=BadSetting,
        says=("symbols", "'-'"),
    ),
)
