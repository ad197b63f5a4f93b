"""Every kind of page in a real Chromium: nothing that axe finds, light and dark, wide and on a phone; by keyboard;
without JavaScript."""

import shutil
import threading

import pytest

from worthline.app.web.navigation import PLACES, places
from worthline.app.web.serve import serve
from worthline.company import open as open_company

sync_api = pytest.importorskip("playwright.sync_api")
axe = pytest.importorskip("axe_playwright_python.sync_playwright")

MORE = ["/figures/nps", "/figures/revenue_12m", "/tables/metrics"]
"""Kinds of page that are no place of their own."""
WRONG = ["/nowhere", "/tables/metrics?page=x"]
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}}
OWN = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


@pytest.fixture(scope="module")
def address(full):
    """The app, served from a thread of this process."""
    heard: list[str] = []
    answers = threading.Event()

    def ready(at):
        heard.append(at.rstrip("/"))
        answers.set()

    threading.Thread(target=serve, args=(full, "127.0.0.1", 0, False, ready), daemon=True).start()
    assert answers.wait(60)
    return heard[0]


@pytest.fixture(scope="module")
def chromium():
    """The machine's browser, or the one that Playwright brought."""
    with sync_api.sync_playwright() as driver:
        try:
            browser = driver.chromium.launch(executable_path=OWN, args=["--no-sandbox"])
        except sync_api.Error as error:
            pytest.skip(f"no browser: {str(error).splitlines()[0]}")
        yield browser
        browser.close()


def opened(chromium, size=DESK, colours="light", script=True):
    context = chromium.new_context(
        viewport=size, color_scheme=colours, reduced_motion="reduce", java_script_enabled=script
    )
    return context.new_page()


@pytest.mark.parametrize(
    ("size", "colours"), [(DESK, "light"), (DESK, "dark"), (PHONE, "light")], ids=["light", "dark", "phone"]
)
def test_axe_finds_nothing(chromium, address, full, size, colours):
    page = opened(chromium, size, colours)
    found = []
    page.on("console", lambda message: found.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    for path in (*MORE, *(place.path for place in places(open_company(full).published()))):
        page.goto(address + path)
        page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        violations = axe.Axe().run(page, options=RULES).response["violations"]
        found += [f"{path}: {each['id']}: {each['nodes'][0]['html'][:200]}" for each in violations]
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0:
            found.append(f"{path}: {wide} pixels wider than the screen")
    page.context.close()
    assert found == []


def test_axe_finds_nothing_where_something_is_wrong(chromium, address):
    page = opened(chromium)
    for path in WRONG:
        page.goto(address + path)
        assert axe.Axe().run(page, options=RULES).response["violations"] == [], path
    page.context.close()


def test_by_keyboard(chromium, address):
    page = opened(chromium)
    page.goto(address + "/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.card') !== null")
    page.keyboard.press("Enter")
    page.wait_for_url("**/figures/*")
    page.keyboard.press("?")
    assert page.locator("dialog").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("dialog").is_visible()
    page.keyboard.press("/")
    page.keyboard.type("data health")
    page.keyboard.press("Enter")
    page.wait_for_url("**/health")
    for place in PLACES:
        if page.locator(f'a[data-key="{place.key}"]').count():
            page.keyboard.press("g")
            page.keyboard.press(place.key)
            page.wait_for_url("**" + place.path)
    page.context.close()


def test_without_javascript(chromium, address):
    page = opened(chromium, script=False)
    page.goto(address + "/")
    assert "not measured yet" in page.locator("h1").inner_text()
    assert page.locator(".card").count() >= 4
    page.locator(".course summary").first.click()
    assert page.locator(".course table").first.is_visible()
    page.locator(".card a").first.click()
    assert page.locator("pre").first.is_visible()
    page.locator("#find").fill("nps")
    page.locator("#find").press("Enter")
    page.wait_for_url("**/figures/nps")
    page.context.close()
