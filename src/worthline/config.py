"""worthline.toml: what a company says about itself and where its tables are.

Reads     one TOML file.
Gives     CompanyConfig, every key known, every value of the right type; or BadSetting with the nearest name.
Method    SETTINGS, STORE_SETTINGS and SOURCE_OPTIONS are the only lists of keys; the reference page is made from them.
"""

from __future__ import annotations

import hashlib
import os
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from worthline.errors import BadSetting, nearest
from worthline.results import ActionSettings, ControlSettings

FILE = "worthline.toml"


@dataclass(frozen=True, slots=True)
class Setting:
    """One key of worthline.toml: its type in words, its default and what it does."""

    name: str
    type: str
    default: Any
    help: str
    allowed: tuple[str, ...] | None = None


SETTINGS: tuple[Setting, ...] = (
    Setting("name", "text", None, "the company's name; default: the folder's"),
    Setting("currency", "text", "USD", "ISO 4217 code in which all money is reported"),
    Setting(
        "setting",
        "text",
        "auto",
        "how customers buy; auto: contractual where subscriptions or left_on were brought",
        ("contractual", "non-contractual", "auto"),
    ),
    Setting(
        "outcome",
        "text",
        "retention",
        "how this company earns; heads the overview",
        ("retention", "spend", "share_of_wallet", "balances"),
    ),
    Setting("margin", "share", None, "share of revenue that is margin, where no table brings one"),
    Setting("discount_rate", "rate", 0.10, "a year"),
    Setting("horizon_months", "months of value", 36, "months ahead over which customers are valued: 12 to 120"),
    Setting("as_of", "date or auto", "auto", "the day of which everything is; auto: end of the last complete month"),
    Setting("timezone", "text", "UTC", "IANA zone of times that bring none, and of local dates"),
    Setting("fiscal_year_start", "month", 1, "month in which the fiscal year starts"),
    Setting("data", "folder", ".", "folder from which file names are read, relative to worthline.toml"),
    Setting(
        "outside",
        "flag",
        False,
        "files may lie outside this folder and `data`, by links or whole paths",
    ),
    Setting(
        "lapse_months",
        "months or auto",
        "auto",
        "non-contractual: months without a purchase after which a customer has lapsed",
    ),
    Setting(
        "leave_rate",
        "share of customers",
        None,
        "share of customers that leaves within 12 months, where the files hold more of them than the company has",
    ),
    Setting("history_months", "months or auto", "auto", "months of the panel; auto: all there are, 60 at most"),
    Setting(
        "revenue_from",
        "text",
        "auto",
        "which table is revenue; auto: transactions where brought, else subscriptions",
        ("transactions", "subscriptions", "auto"),
    ),
    Setting(
        "score_metric", "text", "auto", "soft metric that heads the company's score; auto: nps, else the most answered"
    ),
    Setting("staff_hour_cost", "money", None, "cost of an hour of staff, where contacts bring no cost"),
    Setting("contact_cost", "money", None, "cost of one contact, where contacts bring neither cost nor handle time"),
    Setting("simulated", "flag", False, "the data are simulated; said wherever they are shown"),
    Setting("keep_runs", "count", 5, "published runs that stay on disk"),
)
"""Keys of [company]."""

LISTENING = ("inbound", "routing", "notify")
"""Sections that the app reads itself: no run depends on them."""
STORE_SETTINGS: tuple[Setting, ...] = (
    Setting(
        "url",
        "store url",
        None,
        "database for what people write: postgresql+psycopg://user@host/database; default: a file in .worthline/store. "
        "WORTHLINE_STORE_URL in the environment goes before it. Keep the password in ~/.pgpass, not here",
    ),
)
"""Keys of [store]."""

LISTED_THEME: tuple[Setting, ...] = (
    Setting("name", "text", None, "what the theme is called"),
    Setting("words", "list", [], "a comment with one of these is about it; word* takes any ending"),
    Setting("examples", "list", [], "a comment like one of these is about it"),
    Setting("group", "text", None, "department that owns it; default: the one that owns most of its touchpoints"),
)
"""Keys of each [[voice.themes]]."""

VOICE: tuple[Setting, ...] = (
    Setting("embeddings", "text", None, "folder of *.vec files and their LICENSE: words of like meaning are one term"),
)
"""Keys of [voice]."""

CONTROL: tuple[Setting, ...] = (
    Setting("universal", "share below half", 0.05, "share of customers who receive nothing from any initiative"),
    Setting("share", "share or auto", "auto", "share of an action's customers in its control group; auto: by power"),
    Setting("exclude", "list", [], "rules such as \"segment = 'Staff'\": in no control group and on no worklist"),
    Setting("key", "text", None, "key of the assignment; default: the one kept in .worthline, else the company's name"),
)
"""Keys of [control]."""

ACTING: tuple[Setting, ...] = (
    Setting(
        "assumed_kept", "fraction", 0.10, "share of leavers whom an action is assumed to keep until it is measured"
    ),
    Setting("assumed_kept_low", "fraction", 0.05, "lower end of that assumption"),
    Setting("assumed_kept_high", "fraction", 0.15, "upper end of that assumption"),
    Setting("random_share", "fraction", 0.10, "share of the capacity given at random while the effect is only assumed"),
    Setting("quiet_days", "count", 30, "days after a treatment in which a customer is not contacted again"),
    Setting("plan_weeks", "weeks", 13, "weeks that the worklist plans ahead: 1 to 52"),
    Setting("budget", "money", None, "most that all actions may cost over the planned weeks"),
)
"""Keys of [actions]."""

SOURCE_OPTIONS: tuple[Setting, ...] = (
    Setting("file", "text or list", None, "file, or pattern of several (CSV, TSV, Parquet, Excel), relative to `data`"),
    Setting(
        "query", "text", None, "SQL (DuckDB's) over files of the folder instead of `file`; CSV columns are text there"
    ),
    Setting("query_seconds", "count", 60, "longest that one waits for the query"),
    Setting("columns", "names", {}, "canonical column = column of the file"),
    Setting("constants", "names", {}, "canonical column = one value for every row"),
    Setting("values", "maps", {}, "canonical column = { what the file says = what it means }; the rest stays as it is"),
    Setting("blank", "lists", {}, "canonical column = codes that mean blank"),
    Setting("encoding", "text", None, "encoding of the file, where it is not UTF-8 or marked"),
    Setting("delimiter", "text", None, "what separates cells, where it is not found out"),
    Setting("skip_lines", "count", 0, "lines before the header"),
    Setting("sheet", "text", None, "sheet of an Excel file; default: the first"),
    Setting("decimal", "text", ".", "decimal mark of numbers", (".", ",")),
    Setting("thousands", "text", "", "thousands mark of numbers", ("", ",", ".", " ", "'")),
    Setting("parentheses", "flag", False, "(1,234) is below zero"),
    Setting("symbols", "list", [], "currency signs that may stand around an amount, e.g. ['$', 'EUR']"),
    Setting("minor_units", "flag", False, "amounts are in the currency's smallest unit (cents)"),
    Setting("refunds", "text", "negative", "sign of refunds and credits in the file", ("negative", "positive")),
    Setting(
        "ended_on",
        "text",
        "auto",
        "subscriptions: what ended_on is; auto: as the data show, first unpaid day where they show nothing",
        ("last paid day", "first unpaid day", "auto"),
    ),
    Setting(
        "date_format",
        "text",
        None,
        "strptime format of dates that are not ISO: '%d/%m/%Y %H:%M'; or unix, unix_ms, excel, quarter, week",
    ),
    Setting("timezone", "text", None, "IANA zone of this source's times; default: the company's"),
    Setting("leave_out", "list", [], "columns of the file that are not taken at all, such as personal ones"),
    Setting("outcomes", "list", [], "treatments: further columns that say what came of it, one value per customer"),
    Setting("before", "list", [], "treatments: further columns that were known before the assignment"),
    Setting("unique", "list", None, "columns that name a row, instead of the table's own key; [] for none"),
)
"""Keys of [tables.<name>] (or of each [[tables.<name>]], where a table has several sources)."""


@dataclass(frozen=True)
class ListedTheme:
    """One theme of the company's own list."""

    name: str
    words: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    group: str | None = None


@dataclass(frozen=True)
class SourceConfig:
    """One source of one canonical table."""

    table: str
    files: tuple[str, ...]
    query: str | None
    columns: dict[str, str]
    constants: dict[str, str]
    blank: dict[str, tuple[str, ...]]
    encoding: str | None = None
    delimiter: str | None = None
    skip_lines: int = 0
    sheet: str | None = None
    decimal: str = "."
    thousands: str = ""
    parentheses: bool = False
    symbols: tuple[str, ...] = ()
    minor_units: bool = False
    refunds: str = "negative"
    date_format: str | None = None
    timezone: str | None = None
    unique: tuple[str, ...] | None = None
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    leave_out: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    """Of treatments: further columns that say what came of it."""
    before: tuple[str, ...] = ()
    """Of treatments: further columns that were known before the assignment."""
    query_seconds: int = 60
    ended_on: str = "auto"


@dataclass(frozen=True)
class CompanyConfig:
    """A company's settings as written, 'auto' not yet decided."""

    folder: Path
    data: Path
    name: str
    currency: str
    setting: str
    outcome: str
    margin: str | None
    discount_rate: float
    horizon_months: int
    as_of: date | None
    timezone: str
    fiscal_year_start: int
    lapse_months: int | None
    leave_rate: float | None
    history_months: int | None
    revenue_from: str
    score_metric: str | None
    staff_hour_cost: str | None
    contact_cost: str | None
    simulated: bool
    keep_runs: int
    sources: tuple[SourceConfig, ...]
    text: str
    """The file as it stands, for the run's fingerprint."""
    outside: bool = False
    """Whether files may lie outside the folder and `data`."""
    themes: tuple[ListedTheme, ...] = ()
    """The company's own list of themes."""
    embeddings: Path | None = None
    """Folder of vectors of words; None: terms are families of sub-words alone."""
    listening: Mapping[str, Any] = field(default_factory=dict)
    """[inbound.NAME], [[routing]] and [notify.GROUP] as written: the app's own rooms read them."""
    store_url: str | None = None
    """Where what people write is kept; None: a file in `.worthline/store`."""
    control: ControlSettings = field(default_factory=ControlSettings)
    acting: ActionSettings = field(default_factory=ActionSettings)


def load(folder: Path, tables: Mapping[str, Sequence[str]]) -> CompanyConfig:
    """Read `folder`/worthline.toml; `tables` are the canonical tables and their columns. Raises BadSetting."""
    path = folder / FILE
    _readable_name(folder)
    if not folder.is_dir():
        raise BadSetting(str(folder), "no such folder", "Name a company's folder.")
    if not path.is_file():
        raise BadSetting(
            str(folder),
            f"there is no {FILE}",
            f"Let one be proposed: worthline init {folder}",
        )
    try:
        text = path.read_text(encoding="utf-8-sig")
        _not_too_deep(path, text)
        raw = tomllib.loads(text)
    except OSError as error:
        fix = "Give yourself the right to read it."
        raise BadSetting(str(path), f"cannot be read ({error.strerror or error})", fix) from None
    except RecursionError:
        raise BadSetting(str(path), "lists or sections within each other without end", "Mend them.") from None
    except ValueError as error:  # of TOML, of text that is not UTF-8, of a number of thousands of digits
        raise BadSetting(str(path), f"not valid TOML: {error}", "Mend that line.") from None
    _known(raw, ("company", "control", "actions", "tables", "store", "voice", *LISTENING), f"{path}")
    company = section(raw.get("company", {}), SETTINGS, f"{path} [company]")
    control = _control(section(raw.get("control", {}), CONTROL, f"{path} [control]"))
    acting = _acting(section(raw.get("actions", {}), ACTING, f"{path} [actions]"), f"{path} [actions]")
    entries = raw.get("tables", {})
    if not isinstance(entries, dict):
        raise BadSetting(f"{path} tables", f"found {entries!r}", "Write [tables.customers] and so on.")
    made = _company(folder, company, _sources(entries, tables, path), text)
    store = section(raw.get("store", {}), STORE_SETTINGS, f"{path} [store]")
    vectors, content = _embeddings(folder, raw.get("voice", {}), f"{path} [voice]")
    return replace(
        made,
        text=made.text + content,
        embeddings=vectors,
        control=control,
        acting=acting,
        store_url=store["url"],
        themes=_themes(raw.get("voice", {}), f"{path} [voice]"),
        listening={name: raw[name] for name in LISTENING if name in raw},
    )


def _control(values: dict[str, Any]) -> ControlSettings:
    share = None if values["share"] == "auto" else values["share"]
    return ControlSettings(values["universal"], share, tuple(values["exclude"]), values["key"])


def _acting(values: dict[str, Any], where: str) -> ActionSettings:
    settings = ActionSettings(**values)
    if not settings.assumed_kept_low <= settings.assumed_kept <= settings.assumed_kept_high:
        what = f"{settings.assumed_kept_low:g}, {settings.assumed_kept:g}, {settings.assumed_kept_high:g}"
        raise BadSetting(
            f"{where} assumed_kept",
            f"low, assumed and high are {what}",
            "Set assumed_kept_low <= assumed_kept <= assumed_kept_high.",
        )
    return settings


def _themes(raw: Any, where: str) -> tuple[ListedTheme, ...]:
    """[[voice.themes]] in their order; raises BadSetting."""
    if not isinstance(raw, dict) or not isinstance(raw.get("themes", []), list):
        raise BadSetting(where, f"found {raw!r}", "Write [[voice.themes]] for each theme.")
    _known(raw, ("themes", *(setting.name for setting in VOICE)), where)
    themes: list[ListedTheme] = []
    for number, entry in enumerate(raw.get("themes", []), start=1):
        values = section(entry, LISTED_THEME, f"{where} theme {number}")
        name = (values["name"] or "").strip()
        if not name or not (values["words"] or values["examples"]):
            raise BadSetting(f"{where} theme {number}", f"found {entry!r}", "Give it a name, and words or examples.")
        if name in [one.name for one in themes]:
            raise BadSetting(f"{where} theme {number}", f"there are two themes {name!r}", "Name each once.")
        themes.append(ListedTheme(name, tuple(values["words"]), tuple(values["examples"]), values["group"]))
    return tuple(themes)


def _embeddings(folder: Path, raw: Any, where: str) -> tuple[Path | None, str]:
    """The folder of embeddings, and its content for the run's fingerprint; raises BadSetting."""
    given = raw.get("embeddings") if isinstance(raw, dict) else None
    if given is None:
        return None, ""
    there = folder / str(given).replace("\0", "")
    files = sorted(there.glob("*.vec")) if isinstance(given, str) and given else []
    if not files:
        fix = "Name a folder that holds *.vec files, or leave embeddings out: themes need none."
        raise BadSetting(f"{where} embeddings", f"no *.vec file in {there}", fix)
    if not any(one.is_file() and one.name.casefold().startswith(("licen", "copying")) for one in there.iterdir()):
        fix = "Put the LICENSE that the vectors came with beside them."
        raise BadSetting(f"{where} embeddings", f"no licence in {there}", fix)
    digest = hashlib.sha256()
    for file in files:
        with file.open("rb") as content:
            digest.update(f"{file.name} {file.stat().st_size} ".encode() + content.read(1 << 20))
    return there, f"\n# embeddings {digest.hexdigest()}\n"


def _not_too_deep(path: Path, text: str) -> None:
    """Raise BadSetting for a key that takes minutes to read: their number grows with the square of its parts."""
    if any(line.partition("=")[0].count(".") > 1_000 for line in text.splitlines()):
        raise BadSetting(str(path), "a key of more than 1,000 parts", "Mend it.")


def _readable_name(folder: Path) -> None:
    """Raise BadSetting where the engine could not open files of the folder because of how it is called."""
    name = str(folder.absolute())
    try:
        name.encode()
    except UnicodeEncodeError:
        raise BadSetting(ascii(name), "the folder's name is not UTF-8", "Rename the folder.") from None
    if "?" in name:
        raise BadSetting(
            name, "the folder's name holds a ?, which the engine takes for a pattern", "Rename the folder."
        )


def _company(folder: Path, values: dict[str, Any], sources: tuple[SourceConfig, ...], text: str) -> CompanyConfig:
    where = f"{folder / FILE} [company]"
    data = folder / values["data"].replace("\0", "\\0")
    if not os.path.isdir(data):
        raise BadSetting(f"{where} data", f"there is no folder {data}", "Name the folder that holds the files.")
    return CompanyConfig(
        folder=folder,
        data=Path(os.path.realpath(data)),
        name=values["name"] or folder.resolve().name,
        currency=values["currency"],
        setting=values["setting"],
        outcome=values["outcome"],
        margin=values["margin"],
        discount_rate=values["discount_rate"],
        horizon_months=values["horizon_months"],
        as_of=None if values["as_of"] == "auto" else values["as_of"],
        timezone=values["timezone"],
        fiscal_year_start=values["fiscal_year_start"],
        lapse_months=None if values["lapse_months"] == "auto" else values["lapse_months"],
        leave_rate=values["leave_rate"],
        history_months=None if values["history_months"] == "auto" else values["history_months"],
        revenue_from=values["revenue_from"],
        score_metric=None if values["score_metric"] == "auto" else values["score_metric"],
        staff_hour_cost=values["staff_hour_cost"],
        contact_cost=values["contact_cost"],
        simulated=values["simulated"],
        keep_runs=max(values["keep_runs"], 1),
        sources=sources,
        text=text,
        outside=values["outside"],
    )


def _sources(entries: Mapping[str, Any], tables: Mapping[str, Sequence[str]], path: Path) -> tuple[SourceConfig, ...]:
    _known(entries, tables, f"{path} [tables]")
    sources: list[SourceConfig] = []
    for table, entry in entries.items():
        for index, one in enumerate(entry if isinstance(entry, list) else [entry]):
            where = f"{path} [tables.{table}]" + (f" number {index + 1}" if isinstance(entry, list) else "")
            sources.append(_source(table, one, tables[table], where))
    return tuple(sources)


def _source(table: str, raw: Any, columns: Sequence[str], where: str) -> SourceConfig:
    if not isinstance(raw, dict):
        raise BadSetting(where, f"found {raw!r}", 'Write for instance: file = "customers.csv".')
    values = section(raw, SOURCE_OPTIONS, where)
    if (values["file"] is None) == (values["query"] is None):
        raise BadSetting(where, "needs either file or query, and not both", 'For instance: file = "customers.csv".')
    for option in ("constants", "blank", "values"):
        _known(values[option], columns, f"{where} {option}")
    if values["file"] == []:
        raise BadSetting(f"{where} file", "an empty list", 'For instance: file = ["customers.csv"].')
    _marks(values, where)
    if table != "treatments" and (values["outcomes"] or values["before"]):
        raise BadSetting(where, "outcomes and before belong to treatments", "Move them to [tables.treatments].")
    both = set(values["columns"]) & set(values["constants"])
    if both:
        raise BadSetting(where, f"{', '.join(sorted(both))} is in columns and in constants", "Keep one.")
    files, blank = values.pop("file"), values.pop("blank")
    return SourceConfig(
        table=table,
        files=() if files is None else (files,) if isinstance(files, str) else tuple(files),
        blank={c: tuple(map(str, codes if isinstance(codes, list) else [codes])) for c, codes in blank.items()},
        **_frozen(values),
    )


def _marks(values: Mapping[str, Any], where: str) -> None:
    """Raise BadSetting where the marks of numbers would contradict each other, or change a number."""
    if values["thousands"] == values["decimal"]:
        fix = 'For instance: decimal = ",", thousands = ".".'
        raise BadSetting(f"{where} thousands", f"{values['thousands']!r} is also the decimal mark", fix)
    for symbol in values["symbols"]:
        if not symbol.strip() or set(symbol.removesuffix(".")) & set("0123456789+-.,()'") or symbol == ".":
            fix = "A sign such as $ or EUR, without digits, signs and marks of numbers."
            raise BadSetting(f"{where} symbols", f"{symbol!r} is no currency sign", fix)


def _frozen(values: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}


def section(raw: Any, settings: tuple[Setting, ...], where: str) -> dict[str, Any]:
    """A section with every key of `settings`, checked; raises BadSetting."""
    if not isinstance(raw, dict):
        raise BadSetting(where, f"found {raw!r}", "It should be a section.")
    _known(raw, tuple(s.name for s in settings), where)
    return {s.name: _value(s, raw[s.name], f"{where} {s.name}") if s.name in raw else s.default for s in settings}


def _known(raw: Mapping[str, Any], names: Collection[str], where: str) -> None:
    for key in raw:
        if key not in names:
            close = nearest(key, names)
            fix = f"Did you mean {' or '.join(close)}?" if close else f"Known: {', '.join(names)}."
            raise BadSetting(where, f"unknown key {key!r}", fix)


def _value(setting: Setting, value: Any, where: str) -> Any:
    """`value` checked against the setting's type in words; raises BadSetting."""
    allowed = setting.allowed
    if allowed and value not in allowed:
        raise BadSetting(where, f"found {value!r}", f"One of: {', '.join(map(repr, allowed))}.")
    read = _READERS[setting.type]
    try:
        return read(value)
    except (ValueError, TypeError, InvalidOperation):
        raise BadSetting(where, f"found {value!r}", f"It should be {setting.type} ({setting.help}).") from None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _number(value: Any) -> Decimal:
    if isinstance(value, bool):
        raise TypeError
    return Decimal(str(value))


def _between(value: Any, low: float, high: float) -> Decimal:
    number = _number(value)
    if not number.is_finite() or not low <= number <= high:
        raise ValueError
    return number


def _whole(value: Any, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ValueError
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _day(value: Any) -> Any:
    if value == "auto" or type(value) is date:
        return value
    return date.fromisoformat(_text(value))


def _names(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise TypeError
    return {
        str(k): (str(v) if not isinstance(v, bool) else str(v).lower())
        for k, v in value.items()
        if not isinstance(v, (dict, list)) or _refuse()
    }


def _refuse() -> bool:
    raise TypeError


def _lists(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError
    return value


def _maps(value: Any) -> dict[str, dict[str, str]]:
    return {column: _names(meant) for column, meant in _lists(value).items()}


def _list(value: Any) -> list[str]:
    if not isinstance(value, list):
        raise TypeError
    return [_text(v) for v in value]


def _store_url(value: Any) -> str:
    text = _text(value)
    if not text.startswith(STORES):
        raise ValueError
    return text


STORES = ("postgresql+psycopg://", "sqlite:///")
"""Databases that the store can be kept in."""
_READERS: dict[str, Any] = {
    "store url": _store_url,
    "text": _text,
    "folder": _text,
    "text or list": lambda v: _list(v) if isinstance(v, list) else _text(v),
    "share": lambda v: str(_between(v, 0, 1)),
    "share of customers": lambda v: float(_between(v, 0.000_1, 0.999_9)),
    "fraction": lambda v: float(_between(v, 0, 1)),
    "share below half": lambda v: float(_between(v, 0, 0.5)),
    "share or auto": lambda v: v if v == "auto" else float(_between(v, 0.01, 0.9)),
    "weeks": lambda v: _whole(v, 1, 52),
    "rate": lambda v: float(_between(v, 0, 10)),
    "number": lambda v: float(_between(v, -1e12, 1e12)),
    "money": lambda v: str(_between(v, 0, 1e12)),
    "date or auto": _day,
    "month": lambda v: _whole(v, 1, 12),
    "months or auto": lambda v: v if v == "auto" else _whole(v, 1, 1200),
    "months of value": lambda v: _whole(v, 12, 120),
    "count": lambda v: _whole(v, 0, 1_000_000),
    "flag": _flag,
    "names": _names,
    "lists": _lists,
    "maps": _maps,
    "list": _list,
}
