"""`make any-tables`: every table and pair in every shape, and 500 subsets, as long as it may; it goes on where it stopped.

What came of each company is kept in build/any_tables by the hash of the code. First come those in which any three of
tables, shape and rows meet in every way, then each pair once, then once again in another shape. Exit code 1: one of
them ended in a fault of ours.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
import traceback
from itertools import zip_longest
from pathlib import Path

from tests.properties.any_tables import Company, asked, covering, everything, write

FOLDER = Path(__file__).resolve().parents[2] / "build" / "any_tables"


def in_turn(seed: int = 19) -> list[Company]:
    """All companies: the covering ones, then so that no tables come twice before all came once."""
    shapes: dict[tuple[str, ...], list[Company]] = {}
    for company in everything():
        shapes.setdefault(company.tables, []).append(company)
    chance = random.Random(seed)
    for companies in shapes.values():
        chance.shuffle(companies)
    groups = list(shapes.values())
    chance.shuffle(groups)
    rest = [company for turn in zip_longest(*groups) for company in turn if company is not None]
    return list(dict.fromkeys([*covering(), *rest]))


def fault(company: Company) -> str | None:
    """What a company ended in, if it was a fault of ours."""
    with tempfile.TemporaryDirectory() as place:
        try:
            said = asked(write(Path(place) / "company", company))
        except Exception:
            return traceback.format_exc()
    if company.rows and said != "published" and "No table holds a usable row" not in said:
        return f"not published: {said}"
    return None


def main() -> int:
    """Try what was not tried yet, print and keep what came of it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--shard", default="1/1", help="i/n: each n-th company")
    chosen = parser.parse_args()
    from worthline.run.manifest import code

    part, parts = (int(n) for n in chosen.shard.split("/"))
    FOLDER.mkdir(parents=True, exist_ok=True)
    file = FOLDER / f"{code()}-{part}-{parts}.json"
    done: dict[str, str | None] = json.loads(file.read_text()) if file.is_file() else {}
    end = time.monotonic() + 60 * chosen.minutes
    companies = in_turn()[part - 1 :: parts]
    for company in companies:
        if str(company) in done:
            continue
        if time.monotonic() > end:
            break
        done[str(company)] = said = fault(company)
        if said:
            print(f"{company}\n{said}", flush=True)
        file.write_text(json.dumps(done))
    lost = {name: said for name, said in done.items() if said}
    print(f"{len(done)} of {len(companies)} companies tried, {len(lost)} in a fault of ours: {', '.join(lost)}")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
