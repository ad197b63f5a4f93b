"""`init --web` in a real Chromium: nothing that axe finds, nothing cut, and every step of it by keyboard alone."""

import threading

import pytest

from tests.app.web import test_accessible
from tests.app.web.test_accessible import BOXES, CONTRAST, DESK, PHONE, RULES, broken, opened
from worthline.app.web.serve import Mapping, serve
from worthline.config import FILE

sync_api = pytest.importorskip("playwright.sync_api")
chromium = test_accessible.chromium
SALES = "customer_id,date,quantity,price,note\n" + "".join(
    f"C{i % 9},2026-0{1 + i % 6}-03,{1 + i % 3},9.50,a note that is long enough to be wrapped on a phone {i}\n"
    for i in range(60)
)
"""Its amount is not certain: one question."""


@pytest.fixture
def address(tmp_path):
    """The mapping of an empty folder, served from a thread of this process."""
    heard: list[str] = []
    answers = threading.Event()

    def ready(at):
        heard.append(at.split("/mapping")[0].rstrip("/"))
        answers.set()

    threading.Thread(
        target=serve, args=(tmp_path, "127.0.0.1", 0, False, ready), kwargs={"mapping": Mapping()}, daemon=True
    ).start()
    assert answers.wait(60)
    return heard[0]


def dropped(page, address, tmp_path):
    """The page after a file was chosen and added."""
    (tmp_path / "outside").mkdir()
    file = tmp_path / "outside" / "sales.csv"
    file.write_text(SALES, "utf-8")
    page.goto(f"{address}/mapping")
    page.set_input_files("#files", file)
    page.get_by_role("button", name="Add these files").press("Enter")
    page.wait_for_selector("text=Questions (")


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_axe_finds_nothing_before_and_after_a_drop(chromium, address, tmp_path, size):
    page = opened(chromium, size)
    page.goto(f"{address}/mapping")
    found = broken(page)
    dropped(page, address, tmp_path)
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    for colours, rules in (("light", RULES), ("dark", CONTRAST)):
        page.emulate_media(color_scheme=colours)
        found += [f"{colours}: {each}" for each in broken(page, rules)]
    found += page.evaluate(BOXES)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    page.context.close()
    assert (found, wide) == ([], 0)


def test_a_folder_is_mapped_by_keyboard_alone_without_javascript(chromium, address, tmp_path):
    page = opened(chromium, script=False)
    dropped(page, address, tmp_path)
    for _ in range(6):
        if not page.get_by_role("button", name="Answer", exact=True).count():
            break
        page.locator("fieldset input[type=radio]").first.focus()
        page.keyboard.press("Space")
        with page.expect_navigation():
            page.get_by_role("button", name="Answer", exact=True).press("Enter")
    assert page.get_by_role("button", name="Undo").count() == 1
    reached = []
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.textContent.trim()"))
        if reached[-1] == "Write only":
            break
    assert {"Add these files", "Write and run", "Write only"} <= set(reached)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "[tables.transactions]" in (tmp_path / FILE).read_text("utf-8")
    page.context.close()
