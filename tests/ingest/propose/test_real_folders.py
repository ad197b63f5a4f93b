"""Folders of real data, with the mapping written down by hand: what must be found, and what must be left to ask."""

import pytest

from tests.ingest.propose.proposing import dispositions, proposal_of
from tests.shared_data import DATA
from worthline.ingest.propose import look, propose, write

MAPPED = {
    "online_retail/online_retail.parquet": (
        "transactions",
        {
            "CustomerID": "customer_id",
            "InvoiceDate": "at",
            "InvoiceNo": "transaction_id",
            "StockCode": "product",
            "Quantity": "quantity",
            "UnitPrice": "query",
        },
    ),
    "completejourney/transactions_sample.parquet": (
        "transactions",
        {
            "household_id": "customer_id",
            "transaction_timestamp": "at",
            "basket_id": "transaction_id",
            "product_id": "product",
            "quantity": "quantity",
            "sales_value": "amount",
        },
    ),
    "completejourney/demographics.csv": ("customers", {"household_id": "customer_id"}),
    "airbnb_albany/reviews.parquet": (
        "feedback",
        {"id": "feedback_id", "date": "at", "comments": "text", "reviewer_name": "author"},
    ),
}
"""File -> table, and every column that is not an attribute (or asked)."""

ASKED = {
    "cdnow_sample/cdnow_sample.csv": {"price"},
    "cdnow_sample/cdnow_customers_summary.csv": {"ID"},
    "marketing_campaign/marketing_campaign.tsv": {"ID"},
    "churn_mlc_3333/churn_3333.csv": {"phonenumber"},
    "skytrax_lounge_seat/lounge.csv": {"overall_rating", "content"},
    "retentioneering_ecom/ecom.csv": {"event"},
    "airbnb_albany/calendar.parquet": {"price"},
    "airbnb_albany/listings.parquet": {"id"},
    "iranian_churn/customer_churn.csv": set(),
    "womens_clothing/womens_clothing.parquet": set(),
    "hospital_panel/hospital_info.csv": set(),
    "hotel_bookings/hotel_bookings.parquet": set(),
    "completejourney/coupons.csv": set(),
    "completejourney/products.parquet": set(),
    "lalonde/nsw_dw.csv": set(),
    "prop99/california_prop99.csv": set(),
    "sfo_survey/2017_SFO_Customer_Survey_20250817.csv": set(),
}
"""File that no table may be taken from unasked -> columns that must stand among the asked."""


@pytest.fixture(scope="module")
def found():
    """Dispositions of every file, by folder."""
    folders = {name.split("/")[0] for name in (*MAPPED, *ASKED)}
    if not DATA.is_dir():
        pytest.skip("the real data are not here")
    return {folder: dispositions(proposal_of(DATA / folder)) for folder in folders}


@pytest.mark.slow
@pytest.mark.parametrize("name", MAPPED)
def test_is_mapped_as_written_down(found, name):
    folder, file = name.split("/")
    table, columns = MAPPED[name]
    got = found[folder][file]
    assert got.table == table
    assert {h: c for h, c in got.columns.items() if c not in ("attribute", "asked")} == columns


@pytest.mark.parametrize("name", ASKED)
def test_is_left_to_ask(found, name):
    folder, file = name.split("/")
    got = found[folder][file]
    assert got.table is None
    assert {h for h in ASKED[name] if got.columns[h] == "asked"} == ASKED[name]


def test_same_bytes_twice():
    if not DATA.is_dir():
        pytest.skip("the real data are not here")
    folder = DATA / "completejourney"
    assert write(proposal_of(folder)) == write(proposal_of(folder))


QUESTIONS = {
    "airbnb_albany": (2, {"customers", "feedback", "locations"}),
    "airline_satisfaction": (2, {"feedback"}),
    "bupar_logs": (3, {"interactions"}),
    "causal_designs": (4, {"treatments"}),
    "cdnow_sample": (5, {"customers", "transactions"}),
    "churn_mlc_3333": (3, {"customers"}),
    "comcast_complaints": (3, {"feedback"}),
    "completejourney": (1, {"customers", "transactions", "treatments"}),
    "donations_bgbb": (0, set()),
    "ecsi_mobi": (2, {"feedback"}),
    "hospital_panel": (2, {"locations"}),
    "iranian_churn": (2, {"customers"}),
    "lalonde": (4, {"treatments"}),
    "marketing_campaign": (2, {"customers"}),
    "mpdta": (1, {"locations"}),
    "online_retail": (0, {"transactions"}),
    "prop99": (1, {"locations"}),
    "retentioneering_ecom": (2, {"interactions"}),
    "sfo_survey": (4, {"feedback"}),
    "skytrax_lounge_seat": (3, {"feedback"}),
    "womens_clothing": (2, {"feedback"}),
}
"""Folder -> (most questions until all is settled by the first choice of each, tables that are mapped then)."""


@pytest.mark.parametrize("folder", QUESTIONS)
def test_at_most_five_questions_settle_a_folder_as_it_was_published(folder):
    if not DATA.is_dir():
        pytest.skip("the real data are not here")
    most, tables = QUESTIONS[folder]
    assert most <= 5
    proposed, answers = propose(DATA / folder, *look(DATA / folder)), {}
    while questions := (proposal := proposed.proposal(answers)).questions:
        question = questions[0]
        answers[question.key] = "2025-12-31" if question.typed == "day" else question.choices[0][0]
        assert len(answers) <= most, question
    assert {plan.table for plan in proposal.mapped} == tables
