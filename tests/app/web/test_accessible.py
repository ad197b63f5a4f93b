"""Every kind of page in a real Chromium: nothing that axe finds, light and dark, wide and on a phone; by keyboard;
without JavaScript."""

import re
import shutil
import threading
from html import unescape

import pytest

from tests.app.web.conftest import ask
from worthline.app.web.navigation import PLACES, places
from worthline.app.web.serve import serve
from worthline.company import open as open_company

sync_api = pytest.importorskip("playwright.sync_api")
axe = pytest.importorskip("axe_playwright_python.sync_playwright")

MORE = [
    "/figures/nps",
    "/figures/revenue_12m",
    "/tables/metrics",
    "/figures?period=12m:2026-09&with_period=12m:2025-09",
    "/figures?group=segment:Home&with_group=segment:Family",
    "/profit?segment=Home&with_segment=Family",
    "/customer-list?score=low&value=top",
]
"""Kinds of page that are no place of their own."""
BELOW = (
    ("/effects", "/effects/"),
    ("/initiatives", "/initiatives/"),
    ("/customers", "/customers/"),
    ("/voice", "/voice/themes/"),
    ("/voice", "/voice/touchpoints/"),
    ("/voice/themes/", "/voice/items/"),
    ("/inbox", "/inbox/group"),
)
"""Pages, and the kind of page that a link on them leads to."""
WRONG = ["/nowhere", "/tables/metrics?page=x"]
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}}
OWN = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
CONTRAST = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
PHONE, TABLET, DESK = ({"width": wide, "height": high} for wide, high in ((390, 844), (768, 1024), (1280, 900)))


def served(folder):
    """The app over a folder, served from a thread of this process: its address."""
    heard: list[str] = []
    answers = threading.Event()

    def ready(at):
        heard.append(at.rstrip("/"))
        answers.set()

    threading.Thread(target=serve, args=(folder, "127.0.0.1", 0, False, ready), daemon=True).start()
    assert answers.wait(60)
    return heard[0]


@pytest.fixture(scope="module")
def address(full):
    return served(full)


@pytest.fixture(scope="module")
def everything(full, larkfield, address):
    """Every page there is: of the simulated company, with one of each kind below them; what it lacks of the small one."""
    asked, at = ask(larkfield), served(larkfield)
    paths = [place.path for place in places(open_company(larkfield).published())]
    for on, kind in BELOW:
        on = next((path for path in paths if path.startswith(on)), on)
        found = re.search(rf'href="({kind}[^"#]+)"', asked.get(on).text)
        assert found, kind
        paths.append(unescape(found[1]))
    there = {*paths, *MORE}
    small = [place.path for place in places(open_company(full).published()) if place.path not in there]
    return [*(at + path for path in (*paths, *MORE)), *(address + path for path in small)]


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


def broken(page, options=RULES):
    """Rules that the page breaks, each with the first place; the script is put into a page once."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(axe.Axe().axe_script)
    asked = "o => axe.run(document, o).then(r => r.violations.map(v => `${v.id}: ${v.nodes[0].html.slice(0, 200)}`))"
    return page.evaluate(asked, {**options, "resultTypes": ["violations"], "selectors": False, "preload": False})


def opened(chromium, size=DESK, colours="light", script=True):
    context = chromium.new_context(
        viewport=size, color_scheme=colours, reduced_motion="reduce", java_script_enabled=script
    )
    return context.new_page()


BOXES = """() => [...document.querySelectorAll('main *, header *, footer *')].filter((each) => {
  const style = getComputedStyle(each);
  if (each.closest('.scroll, svg, pre, dialog, select, nav.inside') || each.classList.contains('away')) return false;
  if (style.display === 'inline' || !each.clientWidth || style.visibility === 'hidden') return false;
  const box = each.getBoundingClientRect();
  return each.scrollWidth > each.clientWidth + 1 || box.right > document.documentElement.clientWidth + 1;
}).map((each) => `${each.tagName}.${each.className} ${each.scrollWidth} in ${each.clientWidth}`).slice(0, 3)"""
"""Elements wider than their box, or beyond the screen; a wide table scrolls in a box of its own."""
CUT = """() => [...document.querySelectorAll('.scroll td, .scroll th')].filter(
  (each) => getComputedStyle(each).overflow !== 'visible' && each.scrollWidth > each.clientWidth + 1
).map((each) => each.textContent.slice(0, 40)).slice(0, 3)"""
"""Cells whose text is cut off."""


@pytest.mark.slow
@pytest.mark.parametrize("size", [DESK, TABLET, PHONE], ids=["desk", "tablet", "phone"])
def test_axe_finds_nothing_and_nothing_is_cut(chromium, everything, size):
    """Every rule in light; in dark the one that depends on colours, as the rest is the same page."""
    page = opened(chromium, size)
    found = []
    page.on("console", lambda message: found.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    for path in everything:
        assert page.goto(path).status == 200, path
        found += [f"{path}: {each}" for each in (*page.evaluate(BOXES), *page.evaluate(CUT))]
        page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        for colours, rules in (("light", RULES), ("dark", CONTRAST)):
            page.emulate_media(color_scheme=colours)
            found += [f"{path}, {colours}: {each}" for each in broken(page, rules)]
        page.emulate_media(color_scheme="light")
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0:
            found.append(f"{path}: {wide} pixels wider than the screen")
    page.context.close()
    assert found == []


def test_on_paper_nothing_is_cut_and_controls_are_gone(chromium, address):
    page = opened(chromium, {"width": 760, "height": 1000})  # about A4
    page.emulate_media(media="print")
    for path in ("/", "/figures", "/bridges"):
        page.goto(address + path)
        assert page.evaluate(BOXES) == [], path
        assert not page.locator(".take, .find, nav").first.is_visible(), path
    page.context.close()


def test_a_chart_tells_its_values_to_pointer_and_keyboard(chromium, address):
    page = opened(chromium)
    page.goto(address + "/figures/revenue_12m")
    chart = page.locator("svg.chart").first
    rows = page.locator("figure.course tbody tr")
    newest, before = (rows.nth(at).text_content() for at in (0, 1))
    chart.focus()
    tip = page.locator(".tip").first
    assert tip.is_visible()
    month, told = tip.inner_text().split(": ", 1)
    assert month in newest
    assert told.split(" (")[0] in newest
    page.keyboard.press("ArrowLeft")
    assert tip.inner_text().split(": ")[0] in before
    box = chart.bounding_box()
    page.mouse.move(box["x"] + 1, box["y"] + 5)
    assert tip.inner_text().split(": ")[0] in rows.last.text_content()
    page.context.close()


def test_a_click_on_a_heading_sorts_and_the_download_follows(chromium, address):
    page = opened(chromium)
    page.goto(address + "/figures")
    table = page.locator(".scroll table").first
    button = table.locator("thead button", has_text="Figure")
    button.click()
    names = table.locator("tbody th").all_inner_texts()
    assert names == sorted(names, key=str.lower)
    assert "order=1a" in page.locator("p.take a").first.get_attribute("href")
    button.click()
    assert table.locator("tbody th").all_inner_texts() == names[::-1]
    page.context.close()


def test_axe_finds_nothing_where_something_is_wrong(chromium, address):
    page = opened(chromium)
    for path in WRONG:
        page.goto(address + path)
        assert broken(page) == [], path
    page.context.close()


def test_by_keyboard(chromium, address):
    page = opened(chromium)
    page.goto(address + "/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    for _ in range(3):  # a link may stand in the sentence above the cards
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('.card') !== null"):
            break
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
