"""Customers named by their e-mail address alone: found in the list of customers, or hashed; the address never stays."""

import worthline as wl
from tests.ingest.propose.exports import HUBSPOT, SHOPIFY, SURVEYMONKEY
from tests.ingest.propose.proposing import proposal_of, sources, write_yes
from worthline.ingest.propose import write

CUSTOMERS = "customer_id,email,plan\n" + "".join(f"C{n},A{n}@x.org ,gold\n" for n in range(9)) + "C99,a1@x.org,tin\n"
SURVEY = "date,E-mail address,nps\n" + "".join(f"2026-03-{n + 1:02},a{n}@x.org,{n}\n" for n in range(9))


def lay(folder, files):
    for name, text in files.items():
        content = text if isinstance(text, bytes) else text.encode()
        (folder / name).write_bytes(content)
    return proposal_of(folder)


def customers_of(folder, table):
    run = wl.open(folder).run()
    rows = run.sql(f"select customer_id, count(*) as n from source.{table} group by all order by all").to_pylist()
    columns = run.sql(f"select * from source.{table}").column_names
    return [r["customer_id"] for r in rows], columns


def test_address_finds_the_listed_customer(tmp_path):
    """a1@x.org is listed for two customers, so it is nobody's; capitals and blanks do not matter."""
    lay(tmp_path, {"customers.csv": CUSTOMERS, "survey.csv": SURVEY})
    write_yes(tmp_path)
    who, columns = customers_of(tmp_path, "feedback")
    assert [w for w in who if w] == [f"C{n}" for n in range(9) if n != 1]
    assert "E-mail address" not in columns


def test_without_ids_a_hash_stands_for_the_customer(tmp_path):
    sales = "date,email,amount\n" + "".join(f"2026-03-{n + 1:02},a{n}@x.org,5.00\n" for n in range(9))
    lay(tmp_path, {"sales.csv": sales, "survey.csv": SURVEY})
    write_yes(tmp_path)
    bought, columns = customers_of(tmp_path, "transactions")
    answered, _ = customers_of(tmp_path, "feedback")
    assert bought == answered
    assert len(bought) == 9
    assert all("@" not in who for who in bought)
    assert "email" not in columns


def test_shop_and_survey_tool_are_joined_by_the_same_hash(tmp_path):
    lay(tmp_path, {SHOPIFY.name: SHOPIFY.content, SURVEYMONKEY.name: SURVEYMONKEY.content})
    write_yes(tmp_path)
    bought, _ = customers_of(tmp_path, "transactions")
    answered, _ = customers_of(tmp_path, "feedback")
    assert set(bought) < set(answered)
    assert len(bought) == 2


def test_survey_tool_and_crm_are_joined_by_the_address(tmp_path):
    lay(tmp_path, {HUBSPOT.name: HUBSPOT.content, SURVEYMONKEY.name: SURVEYMONKEY.content})
    write_yes(tmp_path)
    answered, _ = customers_of(tmp_path, "feedback")
    assert answered == ["51", "52", "53"]


def test_addresses_of_agents_are_no_customers(tmp_path):
    tickets = "ticket_id,created_at,agent_email\n" + "".join(f"T{n},2026-03-01,t{n}@us.org\n" for n in range(9))
    entries = [e for t, e in sources(write(lay(tmp_path, {"tickets.csv": tickets}))) if t == "interactions"]
    assert entries == []


def test_strangers_are_not_joined(tmp_path):
    proposal = lay(tmp_path, {"customers.csv": CUSTOMERS.replace("x.org", "y.org"), "survey.csv": SURVEY})
    (plan,) = [p for p in proposal.mapped if p.table == "feedback"]
    assert plan.guess("customer_id") is None or not plan.guess("customer_id").sure
