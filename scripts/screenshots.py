"""Pictures of the web app for docs/img, taken in a browser from a company's published run.

    .venv/bin/python scripts/screenshots.py build/small-company

Reads     a company's folder that has a published run.
Gives     docs/img/web-*.png, all that the documentation shows of the app; says how large each is.
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


def browser() -> str | None:
    """The machine's own browser; None for the one that Playwright brought."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


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
    given = parser.parse_args(arguments)
    given.to.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-u", "-m", "worthline", "serve", str(given.folder), "--no-open", "--port", "0"]
    with tempfile.TemporaryFile() as errors:
        server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
        try:
            said = server.stdout.readline() if server.stdout else ""
            if " at " not in said:
                errors.seek(0)
                sys.stderr.write(errors.read().decode("utf-8", "replace"))
                return 1
            made = take(said.split(" at ")[1].split()[0], given.to)
        finally:
            server.terminate()
            server.wait(10)
    too_large = [file for file in made if file.stat().st_size > LARGEST]
    for file in made:
        print(f"{file}  {file.stat().st_size:,} bytes{'  TOO LARGE' if file in too_large else ''}")
    return 1 if too_large else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
