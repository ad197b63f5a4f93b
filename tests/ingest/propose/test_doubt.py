"""What can be read in two ways is asked, never taken: dates, marks, scales, ids, tables, parts."""

import pytest

from tests.ingest.propose.proposing import dispositions, proposal_of, sources
from worthline.ingest.propose import write


def lay(folder, **files):
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return proposal_of(folder)


def only(folder, **files):
    return dispositions(lay(folder, **files))[next(iter(files)) + ".csv"]


def sales(*dates, amounts=None):
    amounts = amounts or ["10.50"] * len(dates)
    rows = (f'C{n},"{day}","{amount}"' for n, (day, amount) in enumerate(zip(dates, amounts, strict=True)))
    return "customer_id,date,amount\n" + "\n".join(rows) + "\n"


def test_day_or_month_first_is_asked(tmp_path):
    found = only(tmp_path, sales=sales("03/04/2026", "05/06/2026", "01/02/2026"))
    assert found.table is None
    assert found.columns["date"] == "asked"


@pytest.mark.parametrize(
    ("dates", "format_"),
    [
        (("03/04/2026", "25/06/2026"), "%d/%m/%Y"),
        (("03/04/2026", "06/25/2026"), "%m/%d/%Y"),
        (("31.12.2025", "01.02.2026"), "%d.%m.%Y"),
        (("1-Mar-2026", "22-Apr-2026"), "%d-%b-%Y"),
        (("12/31/25 4:05 PM", "01/02/26 11:15 AM"), "%m/%d/%y %I:%M %p"),
        (("1772359321", "1772445721"), "unix"),
        (("20260301", "20260428"), "%Y%m%d"),
        (("2026-03-01", "2026-04-28 10:00:00"), None),
    ],
)
def test_one_date_that_settles_it(tmp_path, dates, format_):
    found = only(tmp_path, sales=sales(*dates))
    assert found.table == "transactions"
    assert found.options.get("date_format") == format_


def test_slip_of_the_pen_settles_nothing(tmp_path):
    """One day beyond the twelfth among forty dates is a slip, or the only one: nobody can know."""
    dates = [f"0{1 + n % 9}/0{1 + n % 8}/2026" for n in range(40)]
    found = only(tmp_path, sales=sales(*dates, "25/06/2026"))
    assert found.table is None


@pytest.mark.parametrize(
    ("amounts", "options"),
    [
        (("1.234,50", "12,00"), {"decimal": ",", "thousands": "."}),
        (("1,234.50", "12.00"), {"thousands": ","}),
        (("1234,50", "12,00"), {"decimal": ","}),
        (("€ 12.00", "€ 7.10"), {"symbols": ["€"]}),
        (("(12.00)", "7.10"), {"parentheses": True}),
        (("12.00", "7.1"), {}),
    ],
)
def test_how_numbers_are_written(tmp_path, amounts, options):
    found = only(tmp_path, sales=sales("2026-03-01", "2026-03-02", amounts=amounts))
    assert found.table == "transactions"
    assert found.options == options


@pytest.mark.parametrize("amounts", [("1,234", "5,678"), ("1.234", "5.678")])
def test_a_mark_before_three_digits_is_asked(tmp_path, amounts):
    found = only(tmp_path, sales=sales("2026-03-01", "2026-03-02", amounts=amounts))
    assert found.table is None
    assert found.columns["amount"] == "asked"


def test_price_beside_a_quantity_is_asked(tmp_path):
    found = only(tmp_path, sales="customer_id,date,quantity,price\nC1,2026-03-01,2,9.50\nC2,2026-03-02,1,3.00\n")
    assert found.table is None
    assert found.columns["price"] == "asked"


def test_two_ids_are_asked(tmp_path):
    text = "customer_id,customer_unique_id,date,amount\na,u1,2026-03-01,2\nb,u1,2026-03-02,3\n"
    found = only(tmp_path, orders=text)
    assert found.table is None
    assert {found.columns["customer_id"], found.columns["customer_unique_id"]} <= {"asked"}


@pytest.mark.parametrize(
    ("column", "answers", "metric"),
    [
        ("nps", "10 9 0 3 7", "nps"),
        ("nps", "5 4 3 2 1", None),
        ("nps", "10 11 0 3 7", None),
        ("nps", "-100 0 100 50 -50", None),
        ("csat", "5 4 3 2 1", "csat"),
        ("csat", "7 4 3 2 1", None),
        ("rating", "5 4.5 3 2 1", "stars"),
        ("rating", "10 4 3 2 1", None),
        ("score", "10 9 0 3 7", None),
    ],
)
def test_scores_and_their_scales(tmp_path, column, answers, metric):
    rows = "".join(f"C{n},2026-03-0{n + 1},{a}\n" for n, a in enumerate(answers.split()))
    found = only(tmp_path, survey=f"customer_id,date,{column}\n{rows}")
    assert found.constants.get("metric") == metric
    assert found.table == ("feedback" if metric else None)


def test_answers_to_two_questions_are_two_tables(tmp_path):
    proposal = lay(tmp_path, survey="customer_id,date,nps,csat,comment\nC1,2026-03-01,9,5,Good and quick\n")
    entries = [e for t, e in sources(write(proposal)) if t == "feedback"]
    assert [e["constants"]["metric"] for e in entries] == ["nps", "csat"]
    assert [e["columns"].get("text") for e in entries] == ["comment", None]


def test_name_that_speaks_of_another_table_is_asked(tmp_path):
    assert only(tmp_path, invoices="customer_id,date,comment\nC1,2026-03-01,Good and quick\n").table is None


def test_customers_who_are_nobody_listed_are_asked(tmp_path):
    listed = "customer_id,segment\n" + "".join(f"C{n},x\n" for n in range(20))
    orders = "customer_id,date,amount\n" + "".join(f"{n},2026-03-01,5\n" for n in range(20))
    found = dispositions(lay(tmp_path, customers=listed, orders=orders))
    assert found["customers.csv"].table == "customers"
    assert found["orders.csv"].table is None
    assert found["orders.csv"].columns["customer_id"] == "asked"


def test_parts_become_one_pattern(tmp_path):
    (tmp_path / "crm").mkdir()
    for month in ("01", "02", "03"):
        (tmp_path / f"crm/sales-2026-{month}.csv").write_text(sales(f"2026-{month}-01", f"2026-{month}-02"))
    (entry,) = [e for t, e in sources(write(proposal_of(tmp_path))) if t == "transactions"]
    assert entry["file"] == "crm/sales-2026-*.csv"


def test_growing_export_is_asked(tmp_path):
    days = [f"2026-01-{n:02}" for n in range(1, 20)]
    files = {"sales_1": sales(*days[:10]), "sales_2": sales(*days)}
    proposal = lay(tmp_path, **files)
    assert not proposal.mapped
    assert any("count twice" in q.text for q in proposal.questions)


def test_copy_is_left_out(tmp_path):
    text = sales("2026-03-01", "2026-03-02")
    proposal = lay(tmp_path, **{"sales": text, "sales (1)": text})
    assert [p.group.shown for p in proposal.mapped] == ["sales (1).csv"]
    assert proposal.unread == [("sales.csv", "it is sales (1).csv again, to the byte")]


def test_lines_of_a_receipt_all_count(tmp_path):
    text = "customer_id,date,amount,invoice_no\nC1,2026-03-01,5,1\nC1,2026-03-01,7,1\nC2,2026-03-01,7,2\n"
    assert only(tmp_path, sales=text).options == {"unique": []}


def test_header_of_a_canonical_name_that_cannot_be_it(tmp_path):
    text = "customer_id,date,amount,margin\nC1,2026-03-01,5,high\nC2,2026-03-02,6,low\n"
    (entry,) = [e for _, e in sources(write(lay(tmp_path, sales=text)))]
    assert entry["columns"]["their_margin"] == "margin"
    assert "margin" not in entry["columns"]


def test_personal_columns(tmp_path):
    text = "customer_id,First Name,email,IP Address,plan\nC1,Ann,a@x.org,10.0.0.1,gold\nC2,Bea,b@x.org,10.0.0.2,tin\n"
    found = only(tmp_path, customers=text)
    assert found.columns == {
        "customer_id": "customer_id",
        "First Name": "out",
        "email": "email",
        "IP Address": "out",
        "plan": "attribute",
    }


def test_answers_settle_what_is_asked(tmp_path):
    (tmp_path / "sales.csv").write_text("customer_id,date,quantity,price\nC1,03/04/2026,2,9.50\nC2,01/02/2026,1,3.00\n")
    answers = {}
    for _ in range(20):
        proposal = proposal_of(tmp_path, answers)
        if not proposal.questions:
            break
        question = proposal.questions[0]
        answers[question.key] = question.choices[0][0]
    (entry,) = [e for _, e in sources(write(proposal))]
    assert entry["columns"]["amount"] == "price"
    assert entry["date_format"] == "%d/%m/%Y"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("helpdesk", "Ticket,Group,Status,Priority,Agent\n1,L1,open,high,Tim\n2,L2,open,low,Tim\n"),
        ("groups", "group,name\nL1,First\nL1,Second\n"),
    ],
)
def test_column_that_many_files_have_makes_no_table(tmp_path, name, text):
    """Group is all that the table of departments needs, and any helpdesk has one."""
    assert only(tmp_path, **{name: text}).table is None


def test_departments_by_their_columns(tmp_path):
    assert only(tmp_path, org="group,name,head,headcount\nL1,First,Ann,5\nL2,Second,Bea,6\n").table == "groups"


@pytest.mark.parametrize(
    ("low", "high", "first"), [(1, 5, "csat 1-5"), (1, 7, "csat 1-7"), (1, 10, "csat 1-10"), (0, 10, "nps 0-10")]
)
def test_narrowest_scale_is_offered_first(tmp_path, low, high, first):
    rows = "".join(f"C{i},2026-01-{1 + i % 28:02d},{low + i % (high - low + 1)}\n" for i in range(60))
    (tmp_path / "feedback.csv").write_text("customer_id,at,score\n" + rows)
    (question,) = [q for q in proposal_of(tmp_path).questions if q.key[0] == "metric"]
    assert question.choices[0][0] == first
    assert all(float(c.rpartition("-")[2]) >= high for c, _ in question.choices if c)


def test_the_metric_that_a_column_is_called_is_offered_first(tmp_path):
    """200 answers without a 0 may lie on 1 to 10, where promoters and detractors are the same: first choice NPS."""
    rows = "".join(f"C{i},2026-01-{1 + i % 28:02d},{(3, 7, 9, 10)[i % 4]}\n" for i in range(200))
    (tmp_path / "nps_survey.csv").write_text("customer_id,at,NPS\n" + rows)
    (question,) = [q for q in proposal_of(tmp_path).questions if q.key[0] == "metric"]
    assert question.choices[0][0] == "nps 0-10"


def test_question_that_no_column_holds_can_be_given(tmp_path):
    rows = "".join(f"C{i},2026-01-{1 + i % 28:02d}\n" for i in range(60))
    (tmp_path / "invitations.csv").write_text("customer_id,sent_at\n" + rows)
    answers = {("table", "invitations.csv"): "invitations"}
    (question,) = proposal_of(tmp_path, answers).questions
    assert question.key[-1] == "metric"
    answers[question.key] = next(choice for choice, words in question.choices if "nps" in words)
    proposal = proposal_of(tmp_path, answers)
    assert not proposal.questions
    (entry,) = [e for _, e in sources(write(proposal))]
    assert entry["constants"] == {"metric": "nps"}


def test_question_that_another_file_answers_is_offered_first(tmp_path):
    """An invitation to a question that nobody's answer is of would publish that nobody answered."""
    rows = "".join(f"C{i},2026-01-{1 + i % 28:02d}\n" for i in range(60))
    (tmp_path / "invitations.csv").write_text("customer_id,sent_at\n" + rows)
    stars = "".join(f"C{i},2026-01-{1 + i % 28:02d},{1 + i % 5}\n" for i in range(60))
    (tmp_path / "surveys.csv").write_text("customer_id,answered_at,stars\n" + stars)
    answers = {("table", "invitations.csv"): "invitations", ("table", "surveys.csv"): "feedback"}
    questions = [q for q in proposal_of(tmp_path, answers).questions if q.key[-1] == "metric"]
    assert [q.choices[0][0] for q in questions] == ["always stars"]
