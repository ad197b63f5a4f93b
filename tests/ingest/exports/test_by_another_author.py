"""Exports of 1,000 rows by an author who had not read the mapper: the value that each must come to, by arithmetic.

Headers from public code that reads such files: gratipay's list of Stripe's payment fields, importers of HubSpot's deals,
migrations from Chargebee, dashboards of Intercom's ratings; Zendesk, Qualtrics and SurveyMonkey as the conventions name.
"""

from __future__ import annotations

import csv
import io
import json
import string
from datetime import datetime, timedelta

import pytest

from tests.cases.counting import Counted, counted
from worthline.ingest.propose import look, propose, write

ROWS = range(1_000)


def moment(i: int, form: str = "%Y-%m-%d %H:%M:%S") -> str:
    """Instants that fill 2024 and 2025, none in their last days."""
    return (datetime(2024, 1, 3, 9) + timedelta(minutes=(i * 1013) % 1_040_000)).strftime(form)


def tried(folder, **files) -> tuple[Counted, int]:
    """What init makes of the files with the first choice of each question, counted; and how many questions."""
    for name, (header, rows) in files.items():
        out = io.StringIO()
        csv.writer(out).writerows([header, *rows])
        (folder / f"{name}.csv").write_text(out.getvalue(), "utf-8")
    found = propose(folder, *look(folder))
    given: dict[tuple[str, ...], str] = {}
    while questions := (proposal := found.proposal(given)).questions:
        given[questions[0].key] = questions[0].choices[0][0]
    (folder / "worthline.toml").write_text(write(proposal), "utf-8")
    return counted(folder), len(given)


def nps(scores) -> float:
    """Promoters less detractors, in percent."""
    return 100 * (sum(s >= 9 for s in scores) - sum(s <= 6 for s in scores)) / len(scores)


def read(found: Counted, table: str, column: str) -> list:
    """A column of a checked table."""
    return [row[column] for row in found.tables[table].to_pylist()]


def test_qualtrics_in_numbers_with_its_own_groups(tmp_path):
    header = [
        "StartDate",
        "EndDate",
        "Status",
        "IPAddress",
        "Progress",
        "Finished",
        "RecordedDate",
        "ResponseId",
        "RecipientEmail",
        "ExternalReference",
        "DistributionChannel",
        "UserLanguage",
        "Q2_NPS_GROUP",
        "Q2",
        "Q3_1",
        "CustomerNo",
    ]
    asked = "How likely are you to recommend Acme to a friend?"
    labels = [*header[:12], f"{asked} - Group", asked, "How satisfied are you with... - Delivery", "CustomerNo"]
    ids = [json.dumps({"ImportId": h, "timeZone": "America/Denver"}) for h in header]
    rows, good = [labels, ids], []
    for i in ROWS:
        score, status = (i * 7) % 11, 1 if i % 50 == 7 else 0
        group = 1 if score <= 6 else 2 if score <= 8 else 3
        at = moment(i)
        rows.append([at, at, status, "10.0.0.1", 100, 1, at, f"R_{i}", f"p{i}@example.com", "", "email", "EN",
                     group, score, 1 + i % 5, f"K{i % 600:04}"])  # fmt: skip
        good += [] if status else [score]
    found, asked_n = tried(tmp_path, acme=(header, rows))
    known = [s for s in read(found, "feedback", "score") if s is not None]
    late = found.rules.get("after_as_of", 0)
    assert (len(known) + late, asked_n) == (len(good), 0)
    assert nps(known) == pytest.approx(nps(good), abs=2)
    assert set(read(found, "feedback", "metric")) == {"nps"}


def test_surveymonkey_with_words_at_the_ends_of_its_scale(tmp_path):
    header = ["Respondent ID", "Collector ID", "Start Date", "End Date", "IP Address", "Email Address", "First Name",
              "Last Name", "Custom Data 1", "How likely is it that you would recommend Acme to a friend?",
              "Which have you used? (Select all that apply)", ""]  # fmt: skip
    rows = [["", "", "", "", "", "", "", "", "", "", "Shop", "App"]]
    ends = {0: "Not at all likely - 0", 10: "Extremely likely - 10"}
    for i in ROWS:
        at = moment(i, "%m/%d/%Y %I:%M:%S %p")
        score = (i * 7) % 11
        rows.append([11800000000 + i, 417, at, at, "", "", "", "", f"CU{i % 500}", ends.get(score, score), "Shop", ""])
    found, asked = tried(tmp_path, survey=(header, rows))
    assert sorted({int(s) for s in read(found, "feedback", "score")}) == list(range(11))
    assert found.tables["feedback"].num_rows + found.rules.get("after_as_of", 0) == 1_000
    assert (asked, None in read(found, "feedback", "customer_id")) == (1, False)


def test_zendesk_with_waits_states_and_ratings(tmp_path):
    header = ["Summation column", "Id", "Requester", "Requester id", "Requester email", "Status", "Via", "Created at",
              "Updated at", "Solved at", "Resolution time", "Satisfaction Score", "First reply time in minutes"]  # fmt: skip
    rates = ("Good", "Bad", "Offered", "Not Offered")
    rows = [[1, 10000 + i, "N", 9000000 + i % 300, f"u{i % 300}@x.org", "Open" if i % 5 == 0 else "Solved", "Mail",
             moment(i, "%Y-%m-%d %H:%M"), moment(i, "%Y-%m-%d %H:%M"), "" if i % 5 == 0 else moment(i), 5, rates[i % 4],
             1 + i % 40] for i in ROWS]  # fmt: skip
    found, asked = tried(tmp_path, tickets=(header, rows))
    tickets = {r["case_id"]: r for r in found.tables["interactions"].to_pylist()}
    assert (tickets["10007"]["wait_seconds"], tickets["10007"]["resolved"], tickets["10005"]["resolved"]) == (
        60.0 * 8,
        True,
        False,
    )
    rated = {r["feedback_id"]: r["score"] for r in found.tables["feedback"].to_pylist()}
    assert (rated["10004"], rated["10005"], "10006" in rated, asked) == (1, 0, False, 0)


def test_stripe_with_seats_trials_and_requests_to_cancel(tmp_path):
    header = ["id", "Customer ID", "Plan", "Quantity", "Currency", "Interval", "Amount", "Status", "Created (UTC)",
              "Start (UTC)", "Current Period Start (UTC)", "Current Period End (UTC)", "Trial Start (UTC)",
              "Trial End (UTC)", "Canceled At (UTC)", "Ended At (UTC)", "Cancellation Reason"]  # fmt: skip
    rows, mrr = [], 0
    for i in ROWS:
        at, seats, yearly = moment(i % 900, "%Y-%m-%d %H:%M"), (1, 2, 5)[i % 3], i % 4 == 0
        status = "trialing" if i % 25 == 2 else "canceled" if i % 10 == 1 else "active"
        trial = ["2025-12-20 00:00", "2026-01-20 00:00"] if status == "trialing" else ["", ""]
        ended = ["2025-12-05 00:00", "2025-12-15 00:00"] if status == "canceled" else ["", ""]
        ended = ["2025-12-11 00:00", ""] if i % 30 == 4 and status == "active" else ended
        at = trial[0] or at
        rows.append([f"sub_{i}", f"cus_{i}", "p", seats, "usd", "year" if yearly else "month", 120 if yearly else 12,
                     status, at, at, "2025-12-01 00:00", "2026-01-01 00:00", *trial, *ended, ""])  # fmt: skip
        mrr += seats * (10 if yearly else 12) if status != "trialing" else 0
    found, asked = tried(tmp_path, subscriptions=(header, rows))
    assert (found.health.as_of, found.value("mrr", "2025-11"), asked) == ("2025-11-30", mrr, 0)


def test_chargebee_with_seats_and_a_term_in_two_columns(tmp_path):
    header = ["customers.id", "customers.email", "subscriptions.id", "subscriptions.plan_id", "subscriptions.plan_quantity",
              "subscriptions.plan_unit_price", "subscriptions.currency_code", "subscriptions.billing_period",
              "subscriptions.billing_period_unit", "subscriptions.status", "subscriptions.started_at",
              "subscriptions.trial_end", "subscriptions.current_term_end", "subscriptions.cancelled_at"]  # fmt: skip
    terms = ((10, 1, "month", 1), (27, 3, "month", 3), (100, 1, "year", 12))
    rows, mrr = [], 0.0
    for i in ROWS:
        price, number, unit, n = terms[i % 3]
        status = "Non Renewing" if i % 20 == 1 else "Active"
        ends = "10-Mar-2026 00:00" if status == "Non Renewing" else ""
        rows.append([f"Az{i}", f"a{i}@x.org", f"Sb{i}", f"plan-{i % 3}", 1 + i % 2, price, "USD", number, unit, status,
                     moment(i, "%d-%b-%Y %H:%M"), "", "10-Jan-2026 00:00", ends])  # fmt: skip
        mrr += price * (1 + i % 2) / n
    found, asked = tried(tmp_path, subs=(header, rows))
    assert found.health.as_of < "2026"
    late = found.rules.get("after_as_of", 0)
    assert float(found.value("mrr", found.health.as_of[:7])) == pytest.approx(mrr, rel=1.1 * late / 1_000 + 1e-6)
    assert asked == 0


def test_hubspot_deals_that_were_won(tmp_path):
    header = ["Record ID", "Deal Name", "Deal Stage", "Close Date", "Deal owner", "Amount", "Currency", "Create Date",
              "Associated Company", "Associated Company IDs"]  # fmt: skip
    stages = ("Closed won", "Closed lost", "Contract sent", "Closed won")
    rows = [[7000 + i, f"Deal {i}", stages[i % 4], moment(i, "%Y-%m-%d %H:%M"), "Sam", 100 + i % 3, "USD", moment(i),
             f"Company {i % 90}", f"{8000 + i % 90};{9000 + i % 7}"] for i in ROWS]  # fmt: skip
    found, asked = tried(tmp_path, deals=(header, rows))
    assert found.tables["transactions"].num_rows + found.rules.get("after_as_of", 0) == 500
    assert {c[:2] for c in read(found, "transactions", "customer_id")} == {"80"}
    assert asked == 0


def long_id(short: str) -> str:
    """An id of fifteen characters with its three check letters: which of each five are capitals, lowest first."""
    letters = string.ascii_uppercase + "012345"
    fives = (short[n : n + 5] for n in (0, 5, 10))
    return short + "".join(letters[sum(1 << n for n, c in enumerate(five) if c.isupper())] for five in fives)


def test_salesforce_with_a_report_of_accounts_and_a_data_loader_s_opportunities(tmp_path):
    names = string.ascii_letters
    accounts = [f"0015g00000{names[i % 52]}{names[(i * 3) % 52]}aB{i % 10}" for i in range(52)]
    header = ["ID", "ACCOUNTID", "NAME", "STAGENAME", "AMOUNT", "CLOSEDATE", "ISCLOSED", "ISWON", "CURRENCYISOCODE"]
    rows = [[f"006{i:012}AAA", long_id(accounts[i % 52]), f"Opp {i}", "Closed Won" if i % 3 == 0 else "Prospecting", 1000,
             moment(i, "%Y-%m-%d"), "true", "true" if i % 3 == 0 else "false", "USD"] for i in ROWS]  # fmt: skip
    report = (
        ["Account ID", "Account Name", "Created Date"],
        [[a, f"Acc {i}", "1/3/2023"] for i, a in enumerate(accounts)],
    )
    found, asked = tried(tmp_path, opportunity=(header, rows), report1700000000000=report)
    assert found.tables["transactions"].num_rows + found.rules.get("after_as_of", 0) == 334
    assert set(read(found, "transactions", "customer_id")) <= set(accounts)
    assert asked <= 5
