"""Words and shapes that people stumble on: none may stand in the source, the templates, the docs or the README.

Reads     src/ (code, comments, templates), docs/ (decisions in docs/adr are history and left alone), README.md.
Gives     each hit with its file, line and the plain words for it; exits with 1 where there is one.
Method    regular expressions over lines; what stands in the field's own language, or our own API, is not listed.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

PLAIN = {
    r"\bheld alike\b": "controlled for",
    r"\btold of\b": "name what is done: estimated, listed, added",
    r"\btheir like\b|\bno like\b": "comparable customers",
    r"\bthe silent\b|\bkept silent\b": "non-respondents",
    r"\bplain comparison\b|\bnaive answer\b": "unadjusted difference",
    r"\bthose who answered\b": "respondents",
    r"\bthe dearer\b": "longer bar = higher cost",
    r"\bkept 12m\b": "12-month retention",
    r"\bnobody may be called\b": "all treated as do-not-contact",
    r"\bwhat is not straight\b": "non-linear effects",
    r"\bhow it came about\b": "how it is calculated",
    r"\brests? on\b": "based on; sample",
    r"\blikely ranges?\b": "95% CI",
    r"(?-i:\bBehind them\b)": "more metrics",
    r"\bwhat moves it\b": "what drives retention",
    r"\bwhom something was done for\b|\bsomething was done for\b": "treated customers",
    r"\bwho will leave\b": "churn",
    r"\bhow (everyone|everybody) feels\b|\bhow (they all|those) feel\b": "scores of all customers",
    r"\bcustomers brought\b": "customers generated; referrals",
    r"\beach dollar once\b": "de-duplicated",
    r"\beach told\b": "added separately",
    r"\btake the mark away\b": "remove the #",
    r"\bordinary leaving\b": "normal churn",
    r"(?-i:\bIts course\b)": "trend",
    r"(?-i:\bWhere it stands\b)": "where to find it",
    r"\bnot known where\b": "when it is unavailable",
    r"\bleft to worthline\b": "defaults used",
    r"\bwaits? for (its|their) date\b": "dated after the reporting date",
    r"\bmarked where it happened\b": "events",
    r"(?-i:\bWhat they (feel|bring|say)\b)": "satisfaction; revenue and margin; feedback",
    r"\bby the weakest of its\b": "evidence of the horizon shown",
    r"\b(so|as) it was: as predicted\b": "within range",
    r"[>\"']known by[<\"']": "evidence",
    r"\bNot shown yet: whether it pays\b": "Return on initiatives: not measured yet",
}
LONGEST = 25
"""Words of a sentence that people read; what stands in brackets is not counted, as an interval is no clause."""
INTERNALS = (
    r"\bgradients?\b|\bconverged?\b|\boptimi[sz]er\b|\bBFGS\b|\blog-likelihood\b|\bhessian\b|\bone-hot\b"
    r"|\bhyperparameters?\b|\blearning rate\b|\bTraceback\b"
)
"""What belongs into a log, never into a sentence of a run."""
_END = re.compile(r"(?<=[.!?:;]) (?=[A-Z0-9$“+\-])")
FOLDERS, FILES = ("src", "docs"), ("README.md",)
SUFFIXES = (".py", ".html", ".js", ".md")
LEFT_ALONE = "docs/adr"


class Hit(NamedTuple):
    """A forbidden phrase where it stands, and what to write instead."""

    where: str
    phrase: str
    instead: str


def unreadable(text: str) -> list[str]:
    """The sentences of a text that are too long, or that name model internals."""
    found = []
    for sentence in _END.split(re.sub(r"\([^()]*\)", "", text)):
        words = sentence.split()
        if len(words) > LONGEST or re.search(INTERNALS, sentence):
            found.append(sentence)
    return found


def hits(root: Path) -> Iterator[Hit]:
    """Every forbidden phrase below `root`, in the order of files and lines."""
    shapes = [(re.compile(shape, re.IGNORECASE), instead) for shape, instead in PLAIN.items()]
    for path in _files(root):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
            for shape, instead in shapes:
                for match in shape.finditer(line):
                    yield Hit(f"{path.relative_to(root).as_posix()}:{number}", match[0], instead)


def _files(root: Path) -> Iterator[Path]:
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in SUFFIXES and not path.relative_to(root).as_posix().startswith(LEFT_ALONE):
                yield path
    yield from (root / name for name in FILES if (root / name).is_file())


def main() -> int:
    """Print the hits; 1 where there are any."""
    found = list(hits(Path(__file__).resolve().parents[1]))
    for hit in found:
        print(f"{hit.where}: “{hit.phrase}”: {hit.instead}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
