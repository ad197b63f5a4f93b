"""The pages of what customers wrote: themes by volume, money and trend; one theme; one comment.

Reads     the tables themes, theme_items, theme_trends, theme_drivers, theme_leavers; the figure comments_12m.
Gives     Pages; raises NoSuchName for a theme or comment that is not there.
Assumes   words are masked already; whoever draws a page escapes them.
"""

from __future__ import annotations

from typing import Any

from worthline.errors import NoSuchName
from worthline.metrics import formatting
from worthline.metrics.registry import metric as registered
from worthline.reports.page import Block, Column, Facts, Grid, Next, Page, Text, command, header
from worthline.run.narrowed import Narrowed
from worthline.run.small_groups import FEW
from worthline.run.view import RunView

LATEST = 25
"""Comments of a theme that are listed."""
SIGNIFICANT = 0.05
MONTHS = 12
LETTERS = 400
"""Letters of a comment in a list."""
OVERLAP = "Margin at risk overlaps: a customer who speaks of several themes counts in each."
NO_THEMES = (
    "No theme stands out from chance yet. Themes need at least 60 different comments. List your own under "
    "[[voice.themes]] in worthline.toml."
)
NO_OWNER = "No owner"
HIDDEN = f"hidden, fewer than {FEW}"
WHY_NOT_KNOWN = "no scores beside these words to learn from, and no lexicon for their language"
CAUTION = "Correlation only: what customers wrote is not what made them stay or leave."


def page(run: RunView, *, folder: str = "") -> Page:
    """All themes, the largest first."""
    rows = themes(run)
    blocks: list[Block] = _said(run, rows)
    if not rows:
        return Page(header(run), (*blocks, Text((NO_THEMES,))))
    alarms = [f"“{row['label']}”, {row['alarm_says']}" for row in rows if row["alarm"] and row["origin"] != "heading"]
    if alarms:
        blocks.append(Text(tuple(alarms), title="More than chance", mark="-"))
    blocks += [_listed(run, rows), Text((OVERLAP,), dim=True)]
    blocks += _drivers(run, "")
    blocks += _leavers(run, "")
    blocks += _at_touchpoints(run)
    blocks += _kinds(run)
    blocks.append(Next((command("sql", "select * from themes", folder=folder),)))
    return Page(header(run), tuple(blocks))


def _said(run: RunView, rows: list[dict[str, Any]]) -> list[Block]:
    """How many comments there are and the largest theme: of the figure, or of the customers chosen."""
    if not isinstance(run, Narrowed):
        figure = next((f for f in run.figures if f.name == "comments_12m"), None)
        return [] if figure is None else [Text((figure.sentence,))]
    day = f"date '{run.about['as_of']}' - interval {MONTHS} month"
    query = f"select count(distinct item) as n from theme_items where kind = 'comment' and day > {day}"
    many = formatting.how_many(run.sql(query)["n"][0].as_py(), "comment")
    sentence = f"These customers wrote {many} in the last {MONTHS} months."
    if rows:
        sentence += f" The largest theme is “{rows[0]['label']}” ({formatting.count(rows[0]['volume'])})."
    return [Text((sentence,))]


def themes(run: RunView) -> list[dict[str, Any]]:
    """Rows of themes, headings before the themes they hold."""
    if "themes" not in run.tables():
        return []
    rows: list[dict[str, Any]] = run.table("themes").to_pylist()
    inside = {row["theme"]: [child for child in rows if child["parent"] == row["theme"]] for row in rows}
    return [theme for row in rows if row["parent"] is None for theme in (row, *inside[row["theme"]])]


def theme_page(run: RunView, name: str, *, folder: str = "") -> Page:
    """One theme: how much, how it is felt, over the months, its comments."""
    row = named(run, name)
    name_quoted = quoted(row["theme"])
    blocks: list[Block] = [Text((row["sentence"],)), Facts(facts(run, row))]
    if row["phrase"]:
        blocks.append(Text((f"“{row['phrase']}”",), title="A typical comment"))
    blocks += evidence(run, row["theme"])
    blocks += _comments(run, f"theme = {name_quoted}", "Comments, latest first")
    blocks.append(Next((command("sql", f"select * from theme_items where theme = {name_quoted}", folder=folder),)))
    return Page(header(run), tuple(blocks))


def evidence(run: RunView, theme: str) -> list[Block]:
    """A theme over the months, beside the score, and among those who left."""
    own = quoted(theme)
    return [*_months(run, own), *_drivers(run, own), *_leavers(run, own)]


LANGUAGES = {
    "ar": "Arabic", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "en": "English", "es": "Spanish",
    "fi": "Finnish", "fr": "French", "hi": "Hindi", "hu": "Hungarian", "it": "Italian", "ja": "Japanese",
    "ko": "Korean", "nb": "Norwegian", "nl": "Dutch", "no": "Norwegian", "pl": "Polish", "pt": "Portuguese",
    "ro": "Romanian", "ru": "Russian", "sv": "Swedish", "tr": "Turkish", "uk": "Ukrainian", "zh": "Chinese",
}  # fmt: skip
"""Languages by ISO 639 code; others are shown by their code."""


def item(run: RunView, name: str) -> Page:
    """One comment: its words, who wrote it when, what it is about; raises NoSuchName."""
    rows = run.sql("select * from theme_items where starts_with(item, ?) order by item, theme", [name]).to_pylist()
    if not name or not rows:
        raise NoSuchName("comment", name, [])
    row = rows[0]
    own = [each for each in rows if each["item"] == row["item"]]
    about = [f"{each['label']} (weight {formatting.share(each['loading'])})" for each in own if each["label"]]
    pairs = (
        ("Written", formatting.day(None if row["day"] is None else str(row["day"]))),
        ("By", " ".join(part for part in (row["respondent"], row["customer_id"]) if part)),
        ("Source", row["source"]),
        ("Touchpoint", row["touchpoint"]),
        ("Channel", row["channel"]),
        ("Department", row["group"]),
        ("Score", None if row["score"] is None else f"{row['score']:g} ({_metric(row['metric'])})"),
        ("Sentiment", _felt(row["sentiment"], row["sentiment_from"]) or formatting.NOT_KNOWN),
        ("Emotion", row["emotion"]),
        ("Language", LANGUAGES.get(row["language"], row["language"])),
        ("Kind", str(row["kind"]).replace("_", " ")),
        ("Themes", ", ".join(about) or "none"),
    )
    known = tuple((label, str(value)) for label, value in pairs if value)
    wrote = f"Written by {row['respondent'] or 'a customer'} {row['customer_id'] or ''}".rstrip()
    sentence = (
        f"{wrote} on {formatting.day(None if row['day'] is None else str(row['day']))}; it is about {_about(own)}."
    )
    return Page(header(run), (Text((sentence,)), Text((f"“{row['text'] or ''}”",), title="Comment"), Facts(known)))


def _metric(name: str) -> str:
    """NPS, CSAT; the name of a question in words."""
    return name.upper() if name in ("nps", "csat", "ces") else name.replace("_", " ")


def _about(own: list[dict[str, Any]]) -> str:
    return "; ".join(f"“{each['label']}”" for each in own if each["label"]) or "no theme"


def named(run: RunView, name: str) -> dict[str, Any]:
    """The row of a theme by its label or its name; raises NoSuchName."""
    rows = themes(run)
    for key in ("label", "theme"):
        for row in rows:
            if row[key].casefold() == name.casefold():
                return row
    raise NoSuchName("theme", name, [row["label"] for row in rows])


def of_customer(run: RunView, customer: str) -> list[Block]:
    """What one customer wrote of, as a block of that customer's page; `customer` is quoted for SQL."""
    if "theme_items" not in run.tables():
        return []
    rows = run.sql(
        "select label, count(*) as n, max(day) as latest from theme_items where label is not null and kind = 'comment' "
        f"and customer_id = {customer} group by label order by n desc, label"
    ).to_pylist()
    cells = tuple((row["label"], formatting.count(row["n"]), _day(row["latest"])) for row in rows)
    columns = (Column("Theme", leads="/voice/themes/"), Column("Comments", number=True), Column("Latest"))
    return [Grid(columns, cells, title="Themes of this customer's comments")] if rows else []


def of_touchpoint(run: RunView, touchpoint: str) -> list[Block]:
    """What customers write about one touchpoint, as a block of its page; `touchpoint` is quoted for SQL."""
    if "theme_items" not in run.tables():
        return []
    rows = run.sql(
        "select label, count(*) as n, avg(sentiment) as felt from theme_items where label is not null "
        f"and kind = 'comment' and touchpoint = {touchpoint} group by label order by n desc, label limit 10"
    ).to_pylist()
    cells = tuple((row["label"], formatting.count(row["n"]), _felt(row["felt"])) for row in rows)
    columns = (
        Column("Theme", leads="/voice/themes/"),
        Column("Comments", number=True),
        Column("Sentiment", number=True),
    )
    return [Grid(columns, cells, title="Themes of comments at this touchpoint")] if rows else []


def touchpoint(run: RunView, name: str) -> Page:
    """What customers write about one touchpoint: themes, then comments; raises NoSuchName."""
    touchpoints = [row["touchpoint"] for row in _touchpoints(run)]
    if name not in touchpoints:
        raise NoSuchName("touchpoint", name, touchpoints)
    name_quoted = quoted(name)
    [row] = [row for row in _touchpoints(run) if row["touchpoint"] == name]
    sentence = (
        f"{formatting.how_many(row['n'], 'comment')} about {name}; average sentiment {_felt(row['felt'])} (-1 to +1)."
    )
    comments = _comments(run, f"touchpoint = {name_quoted}", "Comments, latest first", distinct=True)
    return Page(header(run), (Text((sentence,)), *of_touchpoint(run, name_quoted), *comments))


def _touchpoints(run: RunView) -> list[dict[str, Any]]:
    if "theme_items" not in run.tables():
        return []
    rows: list[dict[str, Any]] = run.sql(
        'select touchpoint, count(distinct item) as n, avg(sentiment) as felt, min("group") as owner from theme_items '
        "where touchpoint is not null and kind = 'comment' group by touchpoint order by n desc, touchpoint"
    ).to_pylist()
    return rows


def _at_touchpoints(run: RunView) -> list[Block]:
    cells = tuple(
        (row["touchpoint"], formatting.count(row["n"]), _felt(row["felt"]), row["owner"] or "")
        for row in _touchpoints(run)
    )
    columns = (
        Column("Touchpoint", leads="/voice/touchpoints/"),
        Column("Comments", number=True),
        Column("Sentiment", number=True),
        Column("Department"),
    )
    return [Grid(columns, cells, title="Comments by touchpoint")] if cells else []


def _listed(run: RunView, rows: list[dict[str, Any]]) -> Grid:
    currency = str(run.about["currency"])
    columns = (
        Column("Theme", leads="/voice/themes/"),
        Column("Comments, 12 months", number=True),
        Column("Trend, last 3 months", number=True),
        Column("Sentiment", number=True),
        Column("Score", number=True),
        Column("Customers", number=True),
        Column("Margin at risk", number=True),
        Column("Department"),
        Column("Origin"),
    )
    cells = tuple(
        (
            row["label"],
            formatting.count(row["volume"]),
            _trend(row),
            _felt(row["sentiment"]) or formatting.NOT_KNOWN,
            _mean_score(row),
            formatting.count(row["customers"]),
            "" if row["margin_at_risk"] is None else formatting.money_short(row["margin_at_risk"], currency),
            row["group"] or NO_OWNER,
            ORIGINS[row["origin"]],
        )
        for row in rows
    )
    return Grid(columns, cells, title="Themes")


def _mean_score(row: dict[str, Any]) -> str:
    """The average, where as many answers stand behind it as its sentence asks for."""
    enough = row["score"] is not None and row["score_low"] is not None
    return formatting.decimal(row["score"], 1) if enough else ""


ORIGINS = {"found": "found in comments", "listed": "your list", "heading": "several themes"}


def facts(run: RunView, row: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """What is known of a theme, each with its label."""
    currency = str(run.about["currency"])
    is_hidden = row["customers"] is None
    owner = row["group"] or (f"{NO_OWNER}. {row['group_reason']}" if row.get("group_reason") else None)
    pairs = (
        (
            "Comments, last 12 months",
            f"{formatting.count(row['volume'])} of {formatting.count(row['volume_all'])} in all",
        ),
        ("Employees, partners, observers", formatting.count(row["volume_others"]) if row["volume_others"] else None),
        ("Trend", _trend(row)),
        ("Customers who wrote", HIDDEN if is_hidden else formatting.count(row["customers"])),
        ("Margin at risk (overlapping)", _money(row["margin_at_risk"], currency)),
        ("Sentiment", HIDDEN if is_hidden else _sentiment(row)),
        ("Average score", _score(row)),
        ("Comments with an emotion", _emotion(row)),
        ("Department", owner),
        ("Words", ", ".join((row["terms"] or [])[:10])),
        ("Found", _how_found(row)),
        ("Since", row["known_from"] and f"run {row['known_from']}"),
        ("Against the earlier run", row["change"]),
    )
    return tuple((label, str(value)) for label, value in pairs if value)


def _how_found(row: dict[str, Any]) -> str | None:
    if row["coherence"] is None:
        return {"listed": "your own list", "heading": "themes that share words"}.get(row["origin"])
    return "found in both halves of the comments" if row["stable"] else "found in one half of the comments only"


def _score(row: dict[str, Any]) -> str | None:
    if row["score"] is None:
        return None
    text = formatting.decimal(row["score"], 1)
    if row["score_low"] is not None:
        text += f" (95% CI {row['score_low']:.1f} to {row['score_high']:.1f})"
    return f"{text}, {formatting.how_many(row['score_n'], 'answer')}"


def _sentiment(row: dict[str, Any]) -> str:
    """The average with its interval, and of how many comments it is known."""
    shown = _felt(row["sentiment"], low=row["sentiment_low"], high=row["sentiment_high"])
    known = row.get("sentiment_n")
    if not shown:
        return f"{formatting.NOT_KNOWN} ({WHY_NOT_KNOWN})"
    if known is None or not row["volume"] or known >= row["volume"]:
        return shown
    return f"{shown}; not known for {formatting.share(1 - known / row['volume'])} of the comments"


def _emotion(row: dict[str, Any]) -> str | None:
    if row["emotional_share"] is None:
        return None
    most = "" if row["emotion"] in (None, "none") else f", mostly {row['emotion']}"
    return f"{formatting.share(row['emotional_share'])}{most}"


def _money(value: Any, currency: str) -> str | None:
    return None if value is None else formatting.money(value, currency)


def _trend(row: dict[str, Any]) -> str:
    if row["trend"] is None or row["low"] is None:
        return ""
    low, high = (f"{100 * row[end]:+.0f}%" for end in ("low", "high"))
    return f"{100 * row['trend']:+.0f}% ({low} to {high})"


def _felt(value: Any, source: str | None = None, *, low: Any = None, high: Any = None) -> str:
    if value is None:
        return ""
    text = f"{value:+.2f}"
    if low is not None and high is not None:
        text += f" (95% CI {low:+.2f} to {high:+.2f})"
    return text + ("" if source is None else {"scores": ", learned from scores", "lexicon": ", by lexicon"}[source])


def _day(value: Any) -> str:
    return formatting.day(None if value is None else str(value))


def _months(run: RunView, theme: str) -> list[Block]:
    if "theme_trends" not in run.tables():
        return []
    rows = run.sql(f"select * from theme_trends where theme = {theme} order by month desc limit {MONTHS}").to_pylist()
    cells = tuple(
        (
            formatting.month(str(row["month"])[:7]),
            formatting.count(row["volume"]),
            "" if row["expected"] is None else formatting.count(row["expected"]),
            "more than chance" if row["alarm"] else "",
        )
        for row in rows
    )
    columns = (Column("Month"), Column("Comments", number=True), Column("Expected", number=True), Column("Alarm"))
    return [Grid(columns, cells, title="By month, latest first")] if rows else []


def _drivers(run: RunView, theme: str) -> list[Block]:
    """How much lower or higher the score is with a theme."""
    if "theme_drivers" not in run.tables():
        return []
    where = f" where theme = {theme}" if theme else ""
    rows = [row for row in run.sql(f"select * from theme_drivers{where}").to_pylist() if row["n"] is not None]
    blocks: list[Block] = []
    for metric in dict.fromkeys(row["metric"] for row in rows):
        own = sorted((row for row in rows if row["metric"] == metric), key=lambda row: row["difference"])
        cells = tuple(
            (
                row["label"],
                f"{row['difference']:+.2f}",
                f"{row['low']:+.2f} to {row['high']:+.2f}",
                formatting.count(row["n"]),
                _evidence(row["p_adjusted"]),
            )
            for row in own
        )
        columns = (
            Column("Theme", leads="/voice/themes/"),
            Column("Difference in score", number=True),
            Column("95% CI", number=True),
            Column("Comments", number=True),
            Column("Evidence"),
        )
        blocks.append(Grid(columns, cells, title=f"{registered(metric).label} with and without each theme"))
    return blocks


def _evidence(p_adjusted: float | None) -> str:
    """Of a comparison between customers who wrote of a theme and others; without a p-value nothing is claimed."""
    return "correlation only" if p_adjusted is not None and p_adjusted < SIGNIFICANT else "not significant"


def _leavers(run: RunView, theme: str) -> list[Block]:
    """What customers who left had written of, against those who stayed."""
    if "theme_leavers" not in run.tables():
        return []
    where = f" where theme = {theme}" if theme else ""
    differences = run.sql(f"select * from theme_leavers{where} order by difference desc").to_pylist()
    rows = [row for row in differences if row["difference"] is not None]
    cells = tuple(
        (
            row["label"],
            formatting.share(row["leavers_said"] / row["leavers"]),
            formatting.share(row["stayers_said"] / row["stayers"]),
            f"{100 * row['difference']:+.1f} points ({100 * row['low']:+.1f} to {100 * row['high']:+.1f})",
            _evidence(row["p_adjusted"]),
        )
        for row in rows
    )
    columns = (
        Column("Theme", leads="/voice/themes/"),
        Column("Customers who left", number=True),
        Column("Customers who stayed", number=True),
        Column("Difference (95% CI)", number=True),
        Column("Evidence"),
    )
    title = "What customers wrote within 6 months before they left"
    return [Grid(columns, cells, title=title), Text((CAUTION,), dim=True)] if rows else []


def _kinds(run: RunView) -> list[Block]:
    """What was read: by kind and language."""
    counted = "select {0} as what, count(distinct item) as n from theme_items group by 1 order by n desc, what limit 8"
    kinds = run.sql(counted.format("kind")).to_pylist()
    spoken = run.sql(counted.format("coalesce(language, 'not known')")).to_pylist()
    felt = run.sql(
        "select coalesce(sentiment_from, 'unknown') as what, count(distinct item) as n from theme_items "
        "where kind = 'comment' group by 1 order by 1 desc"
    ).to_pylist()
    comments = sum(row["n"] or 0 for row in felt)
    shares = [f"{SOURCES[row['what']]} {formatting.share(row['n'] / comments)}" for row in felt if row["n"]]
    pairs = (
        ("Sentiment of comments", ", ".join(shares) or formatting.NOT_KNOWN),
        ("Read", ", ".join(formatting.how_many(row["n"], *KINDS[row["what"]]) for row in kinds)),
        ("Languages", ", ".join(f"{row['what']} {formatting.count(row['n'])}" for row in spoken)),
    )
    return [Facts(pairs, title="Comments analysed")] if kinds else []


SOURCES = {"scores": "learned from scores", "lexicon": "by lexicon", "unknown": "not known"}
KINDS = {
    "comment": ("comment", "comments"),
    "duplicate": ("duplicate", "duplicates"),
    "spam": ("spam text", "spam texts"),
    "empty": ("empty text", "empty texts"),
}


def _comments(run: RunView, where: str, title: str, *, distinct: bool = False) -> list[Block]:
    once = 'distinct on (item, "at") *' if distinct else "*"
    rows = run.sql(
        f"select {once} from theme_items where {where} and kind = 'comment' "
        f'order by "at" desc nulls last, item limit {LATEST}'
    ).to_pylist()
    cells = tuple(
        (
            row["item"][:10],
            _day(row["day"]),
            row["customer_id"] or row["respondent"],
            "" if row["score"] is None else f"{row['score']:g}",
            _felt(row["sentiment"]),
            _short(row["text"] or ""),
        )
        for row in rows
    )
    columns = (
        Column("Comment", leads="/voice/items/"),
        Column("Day"),
        Column("Customer"),
        Column("Score", number=True),
        Column("Sentiment", number=True),
        Column("Words"),
    )
    return [Grid(columns, cells, title=title)] if rows else []


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LETTERS else text[: LETTERS - 1] + "…"


def quoted(value: str) -> str:
    """A text as SQL writes it."""
    return "'" + value.replace("'", "''") + "'"
