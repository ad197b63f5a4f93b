"""What a proof pack says of itself to whoever opens it.

Reads     the content of pack.json.
Gives     README.md of the pack.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def text(about: Mapping[str, Any]) -> str:
    """What the pack holds, how it is verified, what it leaves out."""
    left = [f"- {table}: {', '.join(sorted(columns))}" for table, columns in about["left_out"].items()]
    personal = "Left out, as it may tell who a person is:\n\n" + ("\n".join(left) or "- nothing")
    if about["with_personal"]:
        personal = "It holds personal data. Keep it as you keep the company's own files."
    return README.format(
        simulated_note=" SIMULATED data: no real company." if about["simulated"] else "",
        figure_list="\n".join(f"- {figure['label']}: `{figure['sql']}`" for figure in about["figures"]),
        undefined_list="\n".join(f"- {each['label']}: {each['sentence']}" for each in about["undefined"]) or "- none",
        personal=personal,
        **about,
    )


README = """# Proof pack of {company}, as of {as_of}

Run {run_id} of Worthline.{simulated_note}
From this pack anyone can recompute the counted figures, offline and without Worthline.

## Verify

It needs Python 3.11 or newer and the package `duckdb`. Run the archive itself, or unpack it and run `python verify.py`.

    python PACK.zip
    python PACK.zip --inputs THE-COMPANY'S-FOLDER

The first recomputes each counted figure from `source/` and checks the sha256 of every file. The second also checks that
the company's own files are those that the run read. Exit code 0: all agree. 1: something does not.

## What is in it

- `source/`: the checked rows of the company's tables, with the file and line that each row came from
- `sql/`: one SELECT for each counted figure; it reads `source.*` and nothing else
- `tables/`: the published results
- `figures.json`: all figures as published, with their sentences and methods
- `pack.json`: settings, versions, sha256 of the company's files and of every file here
- `verify.py`: plain Python, to be read before it is run

Counted figures:

{figure_list}

Undefined, with the reason:

{undefined_list}

## What is not in it

Forecasts, estimated effects and proven returns stand in `figures.json` as published. Their models are not recomputed.
The number of comments is counted again over their list (`tables/theme_items.parquet`): each stands there with its kind
(comment, the same again, spam, empty), which rules decide by its words. The words are not in it.
Intervals are not recomputed either. The pack is not signed: compare its sha256 with the one you were told.

{personal}
"""
