"""Working through the worklist: in the app, by file and in the store; control customers are never worked on."""

from __future__ import annotations

import csv
import json
import shutil
from contextlib import closing

import pyarrow.parquet as pq
import pytest
from starlette.testclient import TestClient

import worthline
from worthline.app import acting
from worthline.app.cli import _exit_code
from worthline.app.routing import inbox
from worthline.app.routing.office import Office
from worthline.app.store import open_store, snapshot, treatments
from worthline.app.web import site

HERE = "http://127.0.0.1:8765"
SAME = {"sec-fetch-site": "same-origin", "origin": HERE}


@pytest.fixture(scope="module")
def working(larkfield, tmp_path_factory):
    """(folder, client, run) of a company whose worklist is worked through."""
    folder = tmp_path_factory.mktemp("working") / "larkfield"
    shutil.copytree(larkfield, folder, symlinks=True)
    office = Office(folder)
    client = TestClient(site.make(folder, office), base_url=HERE, follow_redirects=False)
    yield folder, client, worthline.open(folder).published()
    office.writer.stop()


def rows(run, arm: str) -> list[dict]:
    asked = f"select * from worklist_candidates where arm = '{arm}' order by place"
    return run.sql(asked).to_pylist()


def standing(folder, initiative="save_calls") -> dict[str, str]:
    with closing(open_store(folder, worthline.open(folder).config)) as store, store.reading() as tx:
        return treatments.assigned(tx, initiative)


def texts_of_inbox(folder) -> list[str]:
    """What groups have to read of calls: the run's own comments are in the inboxes, too."""
    office = Office(folder)
    found = inbox.entries(office.store(), office.context(), None, most=10_000)
    return [one.text for one in found if one.source == "worklist"]


def test_the_page_lists_the_first_of_the_plan_and_no_control_customer(working):
    _, client, run = working
    page = client.get("/worklist")
    assert page.status_code == 200
    treated, control = rows(run, "treated"), rows(run, "control")
    assert treated
    assert control
    assert all(f'id="{row["customer_id"]}"' in page.text for row in treated[:50])
    assert not any(f'id="{row["customer_id"]}"' in page.text for row in control)
    assert "if they call us, serve them as anyone" in page.text
    assert client.get("/worklist?page=999999").status_code == 400
    assert client.get("/worklist?page=x").status_code == 400
    assert client.get("/worklist").text.count("Do not contact") >= 0


def test_an_outcome_is_recorded_with_both_arms_and_its_words_reach_the_owner(working):
    folder, client, run = working
    who = rows(run, "treated")[0]["customer_id"]
    given = {"customer_id": who, "outcome_code": "accepted", "customer_said": "At last <b>somebody</b> called."}
    assert client.post("/worklist/outcome", data=given, headers=SAME).status_code == 303
    arms = standing(folder)
    assert arms[who] == "treated"
    first_week = {row["customer_id"] for row in rows(run, "control") if row["week"] == 1}
    assert {customer for customer, arm in arms.items() if arm == "control"} >= first_week
    assert '<span class="tag">accepted</span>' in client.get("/worklist").text
    inbox = client.get("/inbox").text
    assert "Groups" in inbox or "group" in inbox
    assert texts_of_inbox(folder).count("At last <b>somebody</b> called.") == 1


def test_control_customers_and_strangers_are_refused(working):
    _, client, run = working
    control = rows(run, "control")[0]["customer_id"]
    for customer, says in ((control, "in the control group"), ("nobody", "not on the worklist")):
        given = {"customer_id": customer, "outcome_code": "reached", "action": "save_call"}
        answer = client.post("/worklist/outcome", data=given, headers=SAME)
        assert (answer.status_code, says in answer.text) == (400, True)


def test_another_site_cannot_record(working):
    _, client, run = working
    given = {"customer_id": rows(run, "treated")[1]["customer_id"], "outcome_code": "reached"}
    other = {"sec-fetch-site": "cross-site", "origin": "https://evil.example"}
    assert client.post("/worklist/outcome", data=given, headers=other).status_code == 403


def test_a_file_of_outcomes_comes_back_in(working, tmp_path, capsys):
    folder, _, run = working
    treated = [row["customer_id"] for row in rows(run, "treated")[2:5]]
    control = rows(run, "control")[0]["customer_id"]
    file = tmp_path / "outcomes.csv"
    with file.open("w", newline="", encoding="utf-8") as text:
        writer = csv.writer(text)
        writer.writerow(["customer_id", "outcome_code", "customer_said", "cost"])
        writer.writerows([[treated[0], "declined", "Too dear.", "3.50"], [treated[1], "", "", ""]])
        writer.writerows([[treated[2], "reached", "", "much"], [control, "reached", "", ""]])
    assert _exit_code(["outcome", str(folder), "--file", str(file), "--by", "R. Okafor"]) == 1
    said = capsys.readouterr().out
    assert "1 outcome recorded; the words of 1 customer went to the groups that own them; 3 rows refused." in said
    assert "'much' is no cost" in said
    assert standing(folder)[treated[0]] == "treated"


def test_the_list_goes_out_as_csv_and_comes_back_with_codes_and_words(working, tmp_path, capsys):
    """As a CRM hands it back: parted by semicolons, spaces around the numbers of customers, its own columns beside."""
    folder, _, _ = working
    assert _exit_code(["worklist", str(folder), "--csv", "--weeks", "13"]) == 0
    sent = list(csv.DictReader(capsys.readouterr().out.splitlines()))[10:13]
    assert _exit_code(["worklist", str(folder), "--json", "--weeks", "13"]) == 0
    assert sent[0]["customer_id"] in capsys.readouterr().out
    back = tmp_path / "from-crm.csv"
    with back.open("w", newline="", encoding="utf-8-sig") as text:
        writer = csv.DictWriter(text, ["Owner", *sent[0], "outcome_code", "customer_said"], delimiter=";")
        writer.writeheader()
        for row, code, words in zip(
            sent, ("accepted", "declined", "no answer"), ("Ein Ümlaut; gut", "", ""), strict=True
        ):
            found = {"Owner": "x", "outcome_code": code, "customer_said": words}
            writer.writerow(row | found | {"customer_id": f" {row['customer_id']} "})
    assert _exit_code(["outcome", str(folder), "--file", str(back), "--by", "R. Okafor", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"outcomes": 3, "words_routed": 1, "refused": []}
    with closing(open_store(folder, worthline.open(folder).config)) as store:
        exported = snapshot.export(store, folder)
    found = {row["customer_id"]: row for row in pq.read_table(exported.path / "treatments.parquet").to_pylist()}
    first, second, third = (found[row["customer_id"]] for row in sent)
    assert (first["outcome_code"], first["customer_said"]) == ("accepted", "Ein Ümlaut; gut")
    assert (second["outcome_code"], third["outcome_code"]) == ("declined", "no answer")
    assert first["cost"] == "3.0000"
    assert "Ein Ümlaut; gut" in texts_of_inbox(folder)


def test_costs_that_are_no_amount_are_refused_and_the_others_recorded(working, tmp_path, capsys):
    folder, _, run = working
    who = [row["customer_id"] for row in rows(run, "treated")[20:26]]
    costs = ("Infinity", "NaN", "3.12345", "-1", "1e400", "2")
    file = tmp_path / "costs.csv"
    lines = [f"{one},reached,{cost}" for one, cost in zip(who, costs, strict=True)]
    file.write_text("\n".join(["customer_id,outcome_code,cost", *lines]), encoding="utf-8")
    assert _exit_code(["outcome", str(folder), "--file", str(file)]) == 1
    assert "1 outcome recorded; 5 rows refused" in capsys.readouterr().out


def test_a_root_cause_is_worked_through_from_the_command_line(working, capsys):
    folder, _, run = working
    asked = ["root-cause", "open", str(folder), "--cause", "Late vans", "--owner", "P. Moreau", "--by", "P. Moreau"]
    assert _exit_code([*asked, "--subject", "Nowhere"]) == 2
    assert "There is no touchpoint called 'Nowhere'" in capsys.readouterr().err
    assert _exit_code([*asked, "--subject", "delivery", "--cites", "cost_of_poor_service"]) == 0
    said = capsys.readouterr().out
    name = said.split()[1].rstrip(":")
    assert "Delivery, owner P. Moreau" in said
    need = run.sql("select min(need) as need from source.needs").to_pylist()[0]["need"]
    assert _exit_code([*asked, "--subject", need, "--kind", "need"]) == 0
    step = ["root-cause", "step", name, str(folder), "--by", "P. Moreau", "--what", "New rota"]
    assert _exit_code([*step, "--due", "soon"]) == 2
    assert _exit_code([*step, "--due", "2026-12-01"]) == 0
    assert _exit_code(["root-cause", "close", name, str(folder), "--by", "P. Moreau"]) == 2
    assert _exit_code(["root-cause", "done", "999", str(folder), "--by", "P. Moreau"]) == 2
    assert _exit_code(["root-cause", "done", "1", str(folder), "--by", "P. Moreau"]) == 0
    assert _exit_code(["root-cause", "fixed", name, str(folder), "--on", "2099-01-01", "--by", "P. Moreau"]) == 2
    assert _exit_code(["root-cause", "fixed", name, str(folder), "--on", "2026-05-04", "--by", "P. Moreau"]) == 0
    assert _exit_code(["root-cause", "close", name, str(folder), "--by", "P. Moreau"]) == 0
    assert _exit_code(["root-cause", "fixed", "none", str(folder), "--on", "2026-05-04", "--by", "P. Moreau"]) == 2
    capsys.readouterr()
    assert _exit_code(["root-cause", "list", str(folder), "--json"]) == 0
    listed = {row["root_cause"]: row for row in json.loads(capsys.readouterr().out)}
    assert len(listed) == 2
    assert (listed[name]["fixed_on"], len(listed[name]["steps"])) == ("2026-05-04", 1)


def test_what_cannot_be_read_is_said(working, tmp_path):
    folder, _, _ = working
    lacking = tmp_path / "a.csv"
    lacking.write_text("name\nx\n", encoding="utf-8")
    assert _exit_code(["outcome", str(folder), "--file", str(lacking)]) == 2
    assert _exit_code(["outcome", str(folder), "--file", str(tmp_path / "none.csv")]) == 1
    assert _exit_code(["outcome", str(folder)]) == 2
    assert _exit_code(["worklist", str(folder), "--assign", "--budget", "5"]) == 2


def test_the_list_is_assigned_as_planned(working, capsys):
    folder, _, run = working
    assert _exit_code(["worklist", str(folder), "--assign", "--weeks", "13", "--csv", "--limit", "1"]) == 0
    planned = {row["customer_id"]: row["arm"] for arm in ("treated", "control") for row in rows(run, arm)}
    assert standing(folder) == planned
    later = (
        "select customer_id from universal_control_group where customer_id not in "
        "(select customer_id from source.treatments where initiative = 'universal control group')"
    )
    added = run.sql(later)["customer_id"].to_pylist()
    assert standing(folder, "universal control group") == dict.fromkeys(added, "control")
    before = acting.planned(run, weeks=1)
    assert {row["week"] for row in before} == {1}
    assert "customers assigned, control customers included" in capsys.readouterr().err
