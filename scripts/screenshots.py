"""Pictures of the web app for docs/img, taken in a browser from a company's published run.

    .venv/bin/python scripts/screenshots.py build/demo            the pictures of README and the documentation
    .venv/bin/python scripts/screenshots.py build/demo --pages    every page, at 1280, on a phone and in dark

Reads     a company's folder that has a published run.
Gives     docs/img/web-*.png, or docs/img/pages/*.png and docs/pages.md; says what is cut off or too wide.
Assumes   the run has effects of network outages, as the simulated company's has.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

LARGEST = 250_000
"""Bytes of one picture."""
SHOTS = (
    ("overview-light", "/", 1280, 1300, "light"),
    ("overview-dark", "/", 1280, 1300, "dark"),
    ("overview-phone", "/", 390, 844, "light"),
    ("chain-light", "/chain", 1280, 1300, "light"),
    ("chain-dark", "/chain", 1280, 1300, "dark"),
    ("chain-phone", "/chain", 390, 844, "light"),
    ("effect-light", "/effects/margin/Network outage", 1280, 1300, "light"),
    ("effect-dark", "/effects/margin/Network outage", 1280, 1300, "dark"),
    ("customers-light", "/customers", 1280, 1300, "light"),
    ("predictions-light", "/calibration", 1280, 1300, "light"),
    ("drivers-light", "/drivers", 1280, 1000, "light"),
)
"""Name, page, width, height, colours."""
SIZES = (("1280", 1280, 900, "light"), ("390", 390, 844, "light"), ("dark", 1280, 900, "dark"))
"""Each page's pictures: what the file's name ends with, width, height, colours."""
BELOW = (
    ("customer", "/customers", "/customers/"),
    ("effect", "/chain", "/effects/margin/"),
    ("initiative", "/initiatives", "/initiatives/"),
    ("theme", "/voice", "/voice/themes/"),
    ("comment", "theme", "/voice/items/"),
)
"""Pages below those of the navigation: a name, the page (or name) that links to one, and how its path begins."""
HEAD = """# The pages, as they look

Every page of the simulated company of {customers} customers as of {as_of}, at 1280 pixels, on a phone (390) and
in dark. `tests/app/web/test_accessible.py` opens each in a browser: nothing cut, nothing wider than its box, no axe
finding at three widths in light and dark.
Made by `scripts/screenshots.py --pages`.

"""
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def browser() -> str | None:
    """The machine's own browser; None for the one that Playwright brought."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def every_page(address: str, place: Path, folder: Path) -> list[Path]:
    """Each page of the navigation and one below each kind, in every size; writes the list of them, too."""
    import re
    from urllib.request import urlopen

    from playwright.sync_api import sync_playwright

    from worthline.app.web.navigation import PLACES
    from worthline.company import open as open_company
    from worthline.metrics.formatting import count, day

    paths = {one.title.lower().replace(" ", "-"): one.path for one in PLACES} | {"customer-list": "/customer-list"}
    for name, on, kind in BELOW:
        found = re.search(rf'href="({kind}[^"#?]+)"', urlopen(address.rstrip("/") + paths.get(on, on)).read().decode())
        paths |= {name: found[1]} if found else {}
    paths["two-segments"] = "/profit?segment=Home&with_segment=Family"
    made, lines = [], []
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=browser(), args=["--no-sandbox"])
        for name, path in sorted(paths.items()):
            shots = []
            for size, width, height, colours in SIZES:
                context = chromium.new_context(
                    viewport={"width": width, "height": height},
                    color_scheme="dark" if colours == "dark" else "light",
                    reduced_motion="reduce",
                )
                page = context.new_page()
                answer = page.goto(address.rstrip("/") + path)
                if answer is not None and answer.status == 200:
                    file = place / f"{name}-{size}.png"
                    page.screenshot(path=str(file))
                    made.append(file)
                    shots.append(f"[{'phone' if size == '390' else size}](img/pages/{file.name})")
                    if (wide := page.evaluate(TOO_WIDE)) > 0:
                        print(f"{file.name}: {wide} pixels wider than the screen", file=sys.stderr)
                context.close()
            if shots:
                lines.append(f"- {name}: {', '.join(shots)}\n")
        chromium.close()
    run = open_company(folder).published()
    said = HEAD.format(customers=count(run.about["rows"]["source.customers"]), as_of=day(run.about["as_of"]))
    (place.parent.parent / "pages.md").write_text(said + "".join(lines), "utf-8")
    return made


def small(file: Path) -> None:
    """The picture with 128 colours, a third of its bytes, where Pillow is there; as it is elsewhere."""
    try:
        from PIL import Image
    except ImportError:
        return
    with Image.open(file) as opened:
        plain = opened.convert("RGB").quantize(colors=128, dither=Image.Dither.NONE)
    plain.save(file, optimize=True)


def take(address: str, place: Path) -> list[Path]:
    """Every shot of the app at `address`."""
    from playwright.sync_api import sync_playwright

    made = []
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=browser(), args=["--no-sandbox"])
        for name, path, width, height, colours in SHOTS:
            context = chromium.new_context(
                viewport={"width": width, "height": height},
                color_scheme="dark" if colours == "dark" else "light",
                reduced_motion="reduce",
            )
            page = context.new_page()
            page.goto(address.rstrip("/") + path)
            file = place / f"web-{name}.png"
            page.screenshot(path=str(file))
            context.close()
            made.append(file)
        chromium.close()
    return made


def main(arguments: list[str]) -> int:
    """Serve the folder, take the pictures, stop."""
    parser = argparse.ArgumentParser(prog="screenshots.py")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--to", type=Path, default=Path("docs/img"))
    parser.add_argument("--pages", action="store_true", help="every page instead")
    given = parser.parse_args(arguments)
    to = given.to / "pages" if given.pages else given.to
    to.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-u", "-m", "worthline", "serve", str(given.folder), "--no-open", "--port", "0"]
    with tempfile.TemporaryFile() as errors:
        server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
        try:
            said = server.stdout.readline() if server.stdout else ""
            if " at " not in said:
                errors.seek(0)
                sys.stderr.write(errors.read().decode("utf-8", "replace"))
                return 1
            address = said.split(" at ")[1].split()[0]
            made = every_page(address, to, given.folder) if given.pages else take(address, to)
        finally:
            server.terminate()
            server.wait(10)
    for file in made:
        small(file)
    too_large = [file for file in made if file.stat().st_size > LARGEST]
    for file in made:
        print(f"{file}  {file.stat().st_size:,} bytes{'  TOO LARGE' if file in too_large else ''}")
    return 1 if too_large else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
