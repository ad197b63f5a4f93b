"""Source, templates, docs and README hold none of the words that people stumble on: scripts/language.py."""

from pathlib import Path

import pytest

from scripts import language

HERE = Path(__file__).resolve().parents[2]


def test_nothing_that_people_read_holds_a_forbidden_phrase():
    assert [f"{hit.where}: {hit.phrase}" for hit in language.hits(HERE)] == []


@pytest.mark.parametrize(
    ("name", "text", "phrase"),
    [
        ("src/a.py", 'said = "nothing\\n"\n# Likely range of it\n', "Likely range"),
        ("src/deep/page.html", "<p>one</p>\n<th>known by</th>", ">known by<"),
        ("docs/how-to/x.md", "first\nExposed without their like.", "their like"),
        ("README.md", "\nIt says how it came about.", "how it came about"),
    ],
)
def test_planted_phrase_is_found_with_its_line_and_its_plain_words(tmp_path, name, text, phrase):
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text(text)
    [hit] = language.hits(tmp_path)
    assert (hit.where, hit.phrase) == (f"{name}:2", phrase)
    assert hit.instead


def test_decisions_of_the_past_and_plain_words_are_left_alone(tmp_path):
    (tmp_path / "docs" / "adr").mkdir(parents=True)
    (tmp_path / "docs" / "adr" / "0001.md").write_text("The likely range was called so.")
    (tmp_path / "docs" / "a.md").write_text("95% CI; customers at risk; the answer stands in a table.")
    assert list(language.hits(tmp_path)) == []
