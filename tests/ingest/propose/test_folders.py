"""Whole folders as companies have them: keys across files, joins, pieces and prices, statuses, sheets, encodings."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.ingest.files.test_excel import workbook
from tests.ingest.propose.proposing import dispositions, loaded_sum, proposal_of, sources
from worthline.ingest.propose import write


def lay(folder, files, encoding="utf-8"):
    for name, text in files.items():
        (folder / name).write_bytes(text.encode(encoding))
    return proposal_of(folder)


def tables(proposal):
    return sources(write(proposal))


RETAIL = """InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
536365,85123A,WHITE HOLDER,6,12/1/2010 8:26,2.55,17850,United Kingdom
536366,71053,LANTERN,2,12/13/2010 8:26,3.39,17850,United Kingdom
C536379,D,HOLDER,-1,12/14/2010 9:41,2.55,14527,United Kingdom
"""


def test_pieces_times_unit_price(tmp_path):
    """6 x 2.55 + 2 x 3.39 - 2.55 = 19.53."""
    lay(tmp_path, {"online_retail.csv": RETAIL})
    assert loaded_sum(tmp_path, "transactions", "amount") == (3, "19.5300")


def test_discount_beside_a_unit_price_is_asked(tmp_path):
    text = RETAIL.replace("Country", "Discount")
    assert not lay(tmp_path, {"online_retail.csv": text}).mapped


OLIST = {
    "olist_customers_dataset.csv": "customer_id,customer_unique_id,customer_state\n"
    + "".join(f"k{n},u{n % 7},SP\n" for n in range(10)),
    "olist_orders_dataset.csv": "order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at\n"
    + "".join(f"o{n},k{n},delivered,2018-01-{n + 1:02} 10:00:00,2018-01-{n + 1:02} 11:00:00\n" for n in range(10)),
    "olist_order_payments_dataset.csv": "order_id,payment_sequential,payment_type,payment_value\n"
    + "".join(f"o{n},1,card,{n}.50\n" for n in range(10))
    + "o1,2,voucher,3.00\n",
    "olist_order_reviews_dataset.csv": "review_id,order_id,review_score,review_comment_message,review_creation_date\n"
    + "".join(f"r{n},o{n},{1 + n % 5},,2018-02-{n + 1:02} 00:00:00\n" for n in range(10)),
}


def test_two_names_for_a_customer_are_asked_in_every_file(tmp_path):
    """In this shop's export customer_id is new with every order: taken for the customer, nobody ever comes back."""
    proposal = lay(tmp_path, OLIST)
    found = dispositions(proposal)
    assert found["olist_customers_dataset.csv"].table is None
    assert found["olist_order_payments_dataset.csv"].table is None
    reasons = " ".join(g.why for p in proposal.plans for g in p.guesses if g.column == "customer_id" and not g.sure)
    assert "customer_id and customer_unique_id stand side by side" in reasons


def test_money_in_one_file_its_customer_in_another(tmp_path):
    """0.5 + 1.5 + … + 9.5 and a second payment of 3: 53; the two payments of one order both count."""
    files = {name: text for name, text in OLIST.items() if "customers" not in name}
    proposal = lay(tmp_path, files)
    assert {p.table for p in proposal.mapped} == {"transactions", "feedback"}
    assert loaded_sum(tmp_path, "transactions", "amount") == (11, "53.0000")
    (review,) = [e for t, e in tables(proposal) if t == "feedback"]
    assert review["columns"]["customer_id"] == "whose"
    assert review["columns"]["at"] == "review_creation_date"


def test_key_that_comes_twice_joins_nothing(tmp_path):
    files = {name: text for name, text in OLIST.items() if "customers" not in name}
    files["olist_orders_dataset.csv"] += "o1,k1,delivered,2018-01-30 10:00:00,2018-01-30 11:00:00\n"
    assert "transactions" not in {p.table for p in lay(tmp_path, files).mapped}


def test_cancelled_orders_are_asked(tmp_path):
    text = "order_id,customer_id,order_date,total,status\n1,C1,2026-03-01,5,paid\n2,C2,2026-03-02,7,cancelled\n"
    proposal = lay(tmp_path, {"orders.csv": text})
    assert not proposal.mapped
    (question,) = [q for q in proposal.questions if q.key[0] == "status"]
    answered = proposal_of(tmp_path, {question.key: "some"})
    (tmp_path / "worthline.toml").write_text(write(answered))
    (entry,) = [e for _, e in tables(answered)]
    assert "not in ('cancelled')" in entry["query"]
    assert proposal_of(tmp_path, {question.key: "all"}).mapped


def test_database_dump_with_bare_ids(tmp_path):
    files = {
        "customers.csv": "id,name,email,segment\n" + "".join(f"{n},Ann,a{n}@x.org,s\n" for n in range(1, 12)),
        "orders.csv": "id,customer_id,created_at,total\n" + "".join(f"{n},{n},2026-03-01,5\n" for n in range(1, 12)),
    }
    found = dispositions(lay(tmp_path, files))
    assert found["customers.csv"].columns["id"] == "customer_id"
    assert found["orders.csv"].columns["id"] == "transaction_id"
    assert found["orders.csv"].table == "transactions"


def test_accounts_of_a_business(tmp_path):
    files = {
        "accounts.csv": "account_id,industry,signup_date\n" + "".join(f"A{n},x,2025-01-01\n" for n in range(9)),
        "subscriptions.csv": "subscription_id,account_id,start_date,end_date,mrr\n"
        + "".join(f"S{n},A{n},2025-01-01,,{n}.00\n" for n in range(9)),
        "support_tickets.csv": "ticket_id,account_id,created_at,priority\n"
        + "".join(f"T{n},A{n},2025-02-01 10:00:00,high\n" for n in range(9)),
    }
    proposal = lay(tmp_path, files)
    assert {p.table for p in proposal.mapped} == {"customers", "subscriptions", "interactions"}
    assert all(p.guess("customer_id").header == "account_id" for p in proposal.mapped)


def test_words_in_another_encoding(tmp_path):
    text = "customer_id,date,amount,note\nC1,2026-03-01,5.00,Zoë’s café\nC2,2026-03-02,6.00,plain\n"
    (entry,) = [e for _, e in tables(lay(tmp_path, {"sales.csv": text}, "cp1252"))]
    assert entry["encoding"] == "cp1252"
    assert loaded_sum(tmp_path, "transactions", "amount") == (2, "11.0000")


def test_keys_in_another_encoding_are_asked(tmp_path):
    text = "customer_id,date,amount\nZoë,2026-03-01,5.00\nC2,2026-03-02,6.00\n"
    proposal = lay(tmp_path, {"sales.csv": text}, "cp1252")
    assert not proposal.mapped
    assert [q.key[0] for q in proposal.questions] == ["encoding"]


def test_every_sheet_of_a_workbook(tmp_path):
    rows = {1: {"A": "customer_id", "B": "date", "C": "amount"}}
    rows |= {n: {"A": f"C{n}", "B": f"2026-03-0{n}", "C": n + 3} for n in (2, 3)}
    workbook(tmp_path / "book.xlsx", {"About": {1: {"A": "Exported by the finance team"}}, "Sales": rows})
    (entry,) = [e for _, e in tables(proposal_of(tmp_path))]
    assert (entry["file"], entry["sheet"]) == ("book.xlsx", "Sales")
    assert loaded_sum(tmp_path, "transactions", "amount") == (2, "11.0000")


def test_typed_columns_need_no_format(tmp_path):
    moments = pa.array([0, 86_400_000_000], pa.timestamp("us"))
    table = pa.table({"customer_id": ["C1", "C2"], "date": moments, "amount": [1.5, 2.5]})
    pq.write_table(table, tmp_path / "sales.parquet")
    assert loaded_sum(tmp_path, "transactions", "amount") == (2, "4.0000")


GERMAN = "Kundennummer;Bestelldatum;Betrag;Artikel\n007;31.12.2025;1.234,50;Tasse\n008;30.12.2025;12,00;Krug\n"
SPANISH = "id_cliente;fecha_compra;importe\n7;31/12/2025;10,50\n8;30/12/2025;12,00\n"
FRENCH = "id_client;date_commande;montant\n7;31/12/2025;10,50\n8;30/12/2025;12,00\n"


@pytest.mark.parametrize(
    ("name", "text", "total"),
    [
        ("bestellungen.csv", GERMAN, "1246.5000"),
        ("ventas.csv", SPANISH, "22.5000"),
        ("commandes.csv", FRENCH, "22.5000"),
    ],
)
def test_other_languages(tmp_path, name, text, total):
    lay(tmp_path, {name: text})
    assert loaded_sum(tmp_path, "transactions", "amount") == (2, total)


def test_invoices_and_their_lines_are_one_money(tmp_path):
    files = {
        "Invoice.csv": "InvoiceId,CustomerId,InvoiceDate,BillingAddress,Total\n"
        + "".join(f"{n},{n % 5},2009-01-{n:02} 00:00:00,1 Rd,{7 * n % 19}.98\n" for n in range(1, 20)),
        "InvoiceLine.csv": "InvoiceLineId,InvoiceId,TrackId,UnitPrice,Quantity\n"
        + "".join(f"{n},{1 + n // 2},{n},0.99,1\n" for n in range(1, 37)),
        "Employee.csv": "EmployeeId,LastName,HireDate,Email\n"
        + "".join(f"{n},A,2002-08-14,e{n}@x.org\n" for n in range(9)),
    }
    proposal = lay(tmp_path, files)
    assert [p.group.shown for p in proposal.mapped] == ["Invoice.csv"]


def test_same_ids_under_another_name(tmp_path):
    files = {
        "customers.csv": "CustID,segment\n" + "".join(f"LM{n:05},x\n" for n in range(20)),
        "invoices.csv": "Account,Date,Amount,Clerk\n" + "".join(f"LM{n:05},2026-03-01,5,K{n % 2}\n" for n in range(15)),
        "treatments.csv": "who,assigned,initiative,arm\n"
        + "".join(f"LM{n:05},2026-03-01,a,control\n" for n in range(9)),
    }
    proposal = lay(tmp_path, files)
    assert {p.table: p.guess("customer_id").header for p in proposal.mapped} == {
        "customers": "CustID",
        "transactions": "Account",
        "treatments": "who",
    }
    assert proposal.mapped[-1].guess("at").why == "the only date in the file"


def test_small_numbers_that_are_alike_are_no_ids(tmp_path):
    files = {
        "customers.csv": "customer_id,segment\n" + "".join(f"{n},x\n" for n in range(20)),
        "invoices.csv": "shelf,Date,Amount\n" + "".join(f"{n},2026-03-01,5\n" for n in range(15)),
    }
    assert [p.table for p in lay(tmp_path, files).mapped] == ["customers"]


TITLE = "Sales report\nMarch 2026, all stores\n\n"


@pytest.mark.parametrize("padded", ["", ",,"])
def test_title_above_the_table(tmp_path, padded):
    table = "customer_id,date,amount\nC1,2026-03-01,5.00\nC2,2026-03-02,6.00\n"
    title = TITLE.replace("\n", f"{padded}\n") if padded else TITLE
    (entry,) = [e for _, e in tables(lay(tmp_path, {"sales.csv": title + table}))]
    assert entry["skip_lines"] >= 2
    assert loaded_sum(tmp_path, "transactions", "amount") == (2, "11.0000")


def test_title_above_the_table_of_a_sheet(tmp_path):
    rows = {1: {"A": "Sales report"}, 3: {"A": "customer_id", "B": "date", "C": "amount"}}
    rows |= {n: {"A": f"C{n}", "B": f"2026-03-0{n}", "C": n} for n in (5, 6)}
    workbook(tmp_path / "book.xlsx", {"Sales": rows})
    assert [p.table for p in proposal_of(tmp_path).mapped] == ["transactions"]
    assert loaded_sum(tmp_path, "transactions", "amount") == (2, "11.0000")


def test_cents_are_cents(tmp_path):
    lay(tmp_path, {"payments.csv": "customer_id,date,amount_cents\nC1,2026-03-01,500\nC2,2026-03-02,650\n"})
    assert loaded_sum(tmp_path, "transactions", "amount") == (2, "11.5000")
