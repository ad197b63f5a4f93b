"""What a column's cells are like: how many read as dates, numbers, yes and no, e-mail; how they are written.

Reads     the cells of one column, as text.
Gives     Profile. Where cells can be read in two ways (03/04/2026; 1,234), both are named and none is taken.
Assumes   the readers of ingest: what fits here reads there.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache, cached_property, partial
from itertools import islice

from worthline.ingest import periods
from worthline.ingest.instants import ISO, SERIAL, compile_format
from worthline.ingest.month_names import MONTHS
from worthline.ingest.numbers import INDIAN, NO, ONE_MARK, STATUS, YES
from worthline.ingest.propose.scale_words import InWords, in_words, no_answer
from worthline.ingest.repeats import CALLED_TOTAL
from worthline.ingest.row_casting import ZEROS

FITS = 0.98
"""Share of the filled cells that must read so: a few bad cells do not make a column another kind."""
_DAYS = (
    *("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d"),
    *("%d/%m/%y", "%m/%d/%y", "%d.%m.%y", "%d-%m-%y", "%m-%d-%y", "%d %b %Y", "%b %d, %Y", "%b %d %Y", "%d-%b-%Y"),
    *("%d-%b-%y", "%d %b %y", "%Y-%m-%d"),
)
_WORDED = (
    *("%d. %b %Y", "%d de %b de %Y", "%d de %b %Y", "%d/%b/%Y", "%d/%b/%y", "%d%b%Y", "%d.%b.%Y", "%d %b, %Y"),
    *("%A, %b %d, %Y", "%A, %d %b %Y", "%A, %d. %b %Y", "%A %d %b %Y", "%Y-%b-%d", "%Y年%m月%d日"),
)
_MONTHLY = ("%Y-%m", "%m/%Y", "%Y/%m", "%m.%Y", "%b-%y", "%b %y", "%b %Y", "%b-%Y", "%b. %Y", "%Y %b")
_WEEKLY = re.compile(r"week|\bkw\b|calendarweek|woche|semaine|semana|settimana", re.IGNORECASE)
_OF_MONTHS = re.compile(r"month|period|yyyymm|monat|\bmes\b|mois|mese|maand|date|datum|fecha", re.IGNORECASE)
"""Headers under which 202505 is a month, and no number."""
_DATED = re.compile(r"date|datum|fecha|created|signup|joined|started|ended|timestamp", re.IGNORECASE)
_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", ", %H:%M", ", %I:%M %p", ", %H:%M:%S", "T%H:%M:%S")
_ISO = re.compile(ISO)
_EMAIL = re.compile(r"^[^@\s,;]+@[^@\s,;]+\.[A-Za-z]{2,}$")
_PHONE = re.compile(r"^\+?[\d\s().\-/]{7,20}(\s?x\d+)?$")
_CURRENCY = re.compile(r"^[A-Za-z]{3}$")
_SIGNS = (
    "US$",
    "A$",
    "C$",
    "Rs.",
    "Rs",
    "INR",
    "AUD",
    "CAD",
    "Kč",
    "Ft",
    "₽",
    "₺",
    "₩",
    "₪",
    "CHF",
    "EUR",
    "USD",
    "GBP",
    "JPY",
    "SEK",
    "NOK",
    "DKK",
    "PLN",
    "R$",
    "zł",
    "kr",
    "$",
    "€",
    "£",
    "¥",
    "₹",
)
_NO_ANSWERS = frozenset(
    [
        "n/a",
        "na",
        "n.a.",
        "n.a",
        "#n/a",
        "not applicable",
        "no answer",
        "no response",
        "not answered",
        "skipped",
        "prefer not to say",
        "prefer not to answer",
        "don't know",
        "don’t know",
        "dont know",
        "do not know",
        "dk",
        "none",
        "null",
        "-",
        "--",
        "keine angabe",
        "k.a.",
        "k. a.",
        "ka",
        "weiß nicht",
        "weiss nicht",
        "nicht beantwortet",
        "trifft nicht zu",
        "ns/nc",
        "no sabe",
        "no contesta",
        "sin respuesta",
        "no aplica",
        "ne sait pas",
        "nsp",
        "sans réponse",
        "non applicable",
        "sans objet",
        "non so",
        "nessuna risposta",
        "geen antwoord",
        "weet niet",
        "niet van toepassing",
        "não sei",
        "sem resposta",
        "não se aplica",
    ]
)
_MANY = 5_000
"""Values that tell what kind of thing a column holds."""
_FIRST = 200
"""Values of which one is a number where a column holds numbers."""
_TOTALS = 0.2
"""Share of a column's cells that may call their row a total."""
_FULL = "★⭐"
_PERCENT = re.compile(r"^\d{1,3}([.,]\d+)?\s?%$")
_MOST_WORDS = 12
"""Different answers in words of one column."""
_DRAWN = re.compile(r"^[★⭐]+\ufe0f?☆*$|^☆+$")
_OUT_OF = re.compile(r"^(\d{1,2})\s*(?:/|out of|of|von|de|sur|su|van)\s*(\d{1,2})$", re.IGNORECASE)
_LABELLED = re.compile(
    r"^(?:(\d{1,2})(?:$|(?:\s*[-–—=:,]\s*|\s*\(|\s+)[^\W\d][^\d]*$)|[^\W\d][^\d]*?(?:\s*[-–—=:,]\s*|\s*\(|\s+)(\d{1,2})\)?$)"
)
"""A number of a scale, with the words for it before or behind it: 0 - Not at all likely; Extremely likely (10)."""
_STYLES = ((".", ""), (".", ","), (",", ""), (",", "."), (",", " "), (".", " "), (".", "'"))


@dataclass(frozen=True, slots=True)
class Style:
    """How numbers are written."""

    decimal: str = "."
    thousands: str = ""
    symbols: tuple[str, ...] = ()
    parentheses: bool = False


@dataclass(frozen=True)
class Profile:
    """One column, its filled cells counted by value."""

    header: str
    type: str
    cells: int
    counts: Counter[str]

    @property
    def filled(self) -> int:
        """Cells in which something stands."""
        return sum(self.counts.values())

    @property
    def unique(self) -> bool:
        """Whether no value comes twice and none is blank."""
        return self.filled == self.cells and len(self.counts) == self.cells > 0

    @property
    def samples(self) -> tuple[str, ...]:
        """A few values, the most frequent first."""
        return tuple(value for value, _ in self.counts.most_common(3))

    def share(self, fits: re.Pattern[str]) -> float:
        """Share of the filled cells that match; of very many values those of the first few thousand."""
        some = self.counts.items() if len(self.counts) <= _MANY else islice(self.counts.items(), _MANY)
        matching = filled = 0
        for value, n in some:
            filled += n
            matching += n if fits.match(value) else 0
        return matching / filled if filled else 0.0

    @cached_property
    def dates(self) -> tuple[str, ...]:
        """Ways in which cells read as dates, the best first: iso, strptime formats, quarter, week, unix, typed."""
        if self.type in ("day", "instant"):
            return ("typed",)
        if self.type == "flag" or not self.counts:
            return ()
        iso = self._share(_is_iso)
        if iso >= FITS:
            return ("iso",)
        if _WEEKLY.search(self.header) and (weeks := self._periods()):
            return weeks
        # ISO dates read beside any other form but those that begin as they do.
        shares = {f: self._share(partial(_is_date, f)) for f in self._formats()}
        shares = {f: share + (0 if f.startswith("%Y-") else iso) for f, share in shares.items()}
        best = max(shares.values(), default=0.0)
        most = max(best, iso) > 1 - _TOTALS or any(re.match(ZEROS, v) for v in self.samples)
        if best < FITS and most and (lines := self._plain_dates) is not self:
            return lines.dates
        if best < FITS:
            return self._periods() or self._epochs()
        # A day beyond the twelfth settles day or month first; a slip of the pen does not.
        near = [f for f, share in shares.items() if share >= best - 0.1]
        return tuple(sorted(near, key=lambda f: (-shares[f], _ALL.index(f) if f in _ALL else len(_ALL))))

    @property
    def _plain_dates(self) -> Profile:
        """The column without dates of zeros, and without cells that call their row a total, where they are few."""
        if len(self.counts) < 2:
            return self
        zeros = {v for v in self.counts if re.match(ZEROS, v)}
        called = {v for v in self.counts if re.match(CALLED_TOTAL, v)}
        called = called if sum(self.counts[v] for v in called) < _TOTALS * self.filled else set()
        dropped = zeros | called
        return (
            replace(self, counts=Counter({v: n for v, n in self.counts.items() if v not in dropped}))
            if dropped
            else self
        )

    def _formats(self) -> list[str]:
        some = list(self.counts)[:20]
        months = ("%Y%m",) if _OF_MONTHS.search(self.header) else ()
        return [f for f in (*_ALL, *months) if sum(_is_date(f, v) for v in some) >= min(len(some), 1)]

    def _periods(self) -> tuple[str, ...]:
        """Quarter or week, where the cells name such periods; 2025-07 is a week only where the header says so."""
        is_weekly = bool(_WEEKLY.search(self.header))
        return tuple(
            name
            for name in periods.PATTERNS
            if self._share(lambda v, n=name: periods.between(n, v, worded=not is_weekly) is not None) >= FITS  # type: ignore[misc]
        )

    def _epochs(self) -> tuple[str, ...]:
        if self._share(lambda v: v.isdigit() and len(v) == 10 and "0" < v[0] < "3") == 1:
            return ("unix",)
        if _DATED.search(self.header) and self._share(lambda v: bool(re.match(SERIAL, v)) and "3" <= v[0] < "6") == 1:
            return ("excel",)
        return ("unix_ms",) if self._share(lambda v: v.isdigit() and len(v) == 13 and "0" < v[0] < "3") == 1 else ()

    @cached_property
    def numbers(self) -> tuple[Style, ...]:
        """Ways in which the cells read as numbers, the plainest first; none where they are no numbers."""
        if self.type == "number":
            return (Style(),)
        if self.type != "text" or not self.counts:
            return ()
        some = [_bare(v)[0] for v, _ in zip(self.counts, range(_FIRST), strict=False)]
        if not any(_pattern(decimal, thousands).match(text) for decimal, thousands in _STYLES for text in some):
            return ()  # ids and words: every one of them need not be tried
        bare = Counter[str]()
        signs: set[str] = set()
        around = False
        for value, n in self.counts.items():
            text, sign, inside = _bare(value)
            bare[text] += n
            signs |= {sign} if sign else set()
            around = around or inside
        total = sum(bare.values())
        return tuple(
            Style(decimal, thousands, tuple(sorted(signs)), around)
            for decimal, thousands in _STYLES
            if sum(n for text, n in bare.items() if _pattern(decimal, thousands).match(text)) >= FITS * total
        )

    @property
    def marked(self) -> bool:
        """Whether how numbers are written makes a difference here."""
        return self.type == "text" and any(not v.lstrip("+-").isdigit() for v in self.counts)

    def apart(self, styles: Sequence[Style]) -> list[Style]:
        """Those of `styles` that read these cells differently; of equal ones the first."""
        return _apart(styles, [_bare(v)[0] for v in self.counts])

    def value(self, cell: str | None) -> float | None:
        """A cell as a number, written as the column writes them; None where it is none."""
        return _read(_bare(cell.strip())[0], self.numbers[0]) if cell and self.numbers else None

    @cached_property
    def range(self) -> tuple[float, float] | None:
        """Lowest and highest number, where the column is numbers written plainly."""
        values = {v: n for v in self.counts if (n := _float(v)) is not None}
        fit = sum(self.counts[v] for v in values)
        return (min(values.values()), max(values.values())) if values and fit >= FITS * self.filled else None

    @cached_property
    def whole(self) -> bool:
        """Whether every number is whole."""
        return all(n == int(n) for v in self.counts if (n := _float(v)) is not None) if self.counts else False

    @cached_property
    def fine(self) -> float:
        """Share of the numbers with more than four decimals, which money cannot keep."""
        return self._share(lambda v: bool(re.search(r"\.\d{4}\d*[1-9]\d*$", v))) if self.type == "text" else 0.0

    @cached_property
    def no_answers(self) -> tuple[str, ...]:
        """Cells that say in words that there is no answer."""
        return tuple(sorted(v for v in self.counts if v.casefold() in _NO_ANSWERS or no_answer(v)))

    @property
    def answered(self) -> Profile:
        """The column without the cells that say that there is no answer."""
        dropped = self.no_answers
        return (
            replace(self, counts=Counter({v: n for v, n in self.counts.items() if v not in dropped}))
            if dropped
            else self
        )

    @cached_property
    def worded(self) -> tuple[InWords, ...]:
        """Readings of a column whose cells are all steps of one scale in words or smileys; several are in doubt."""
        if self.type != "text" or not 1 < len(self.counts) <= _MOST_WORDS:
            return ()
        return in_words(self.counts)

    @cached_property
    def percent(self) -> bool:
        """Whether every cell is a number in percent."""
        return self.type == "text" and bool(self.counts) and all(map(_PERCENT.match, self.counts))

    @cached_property
    def labelled(self) -> dict[str, str]:
        """Cell -> its number, where words stand beside some numbers of a scale: `10 - Extremely likely`; else empty."""
        if self.worded:
            return self.worded[0].numbers
        if self.percent:
            return {v: v.rstrip("% ").replace(",", ".") for v in self.counts}
        if self.type == "text" and 0 < len(self.counts) <= 40:
            if all(_DRAWN.match(v) for v in self.counts):
                return {v: str(sum(v.count(star) for star in _FULL)) for v in self.counts}
            parts = {v: _OUT_OF.match(v) for v in self.counts}
            if len({m[2] if m else "" for m in parts.values()}) == 1 and all(parts.values()):
                return {v: m[1] for v, m in parts.items() if m is not None}
        matches = {v: _LABELLED.match(v) for v in self.counts} if self.type == "text" and len(self.counts) <= 40 else {}
        if not matches or not all(matches.values()) or all(v.lstrip("-").isdigit() for v in matches):
            return {}
        return {v: m[1] or m[2] for v, m in matches.items() if m is not None}

    @property
    def flag(self) -> bool:
        """Whether the cells say yes and no."""
        return self.type == "flag" or (bool(self.counts) and all(v.lower() in (*YES, *NO) for v in self.counts))

    @property
    def state(self) -> bool:
        """Whether the cells say if a matter is settled: open, solved."""
        state_words = {*YES, *NO, *STATUS[0], *STATUS[1]}
        return bool(self.counts) and all(v.lower() in state_words for v in self.counts)

    @property
    def email(self) -> bool:
        """Whether the cells are e-mail addresses."""
        return bool(self.counts) and self.share(_EMAIL) > 0.9

    @property
    def phone(self) -> bool:
        """Whether the cells look like telephone numbers."""
        return bool(self.counts) and self.share(_PHONE) > 0.9

    @property
    def currency(self) -> bool:
        """Whether the cells look like currency codes."""
        return bool(self.counts) and len(self.counts) < 100 and self.share(_CURRENCY) == 1

    @property
    def words(self) -> bool:
        """Whether the cells are sentences rather than codes."""
        return bool(self.counts) and self._share(lambda v: v.count(" ") >= 2 or len(v) > 25) > 0.3

    def _share(self, fits: Callable[[str], bool]) -> float:
        filled = self.filled
        return sum(n for value, n in self.counts.items() if fits(value)) / filled if filled else 0.0


def profile(header: str, cells: Sequence[str | None], type_: str) -> Profile:
    """Count a column's cells; blanks around a cell do not make it another."""
    counts = Counter(c for cell in cells if cell is not None and (c := cell.strip()))
    return Profile(header, type_, len(cells), counts)


_ALL = (*(day + clock for day in _DAYS for clock in _CLOCKS), *_WORDED, *_MONTHLY)


def _is_iso(value: str) -> bool:
    if not _ISO.match(value):
        return False
    try:
        datetime.fromisoformat(value[:10])
    except ValueError:
        return False
    return True


@cache
def _reader(format_: str) -> re.Pattern[str]:
    return re.compile(compile_format(format_)[0])


@cache
def _letters(format_: str) -> tuple[str, ...]:
    return compile_format(format_)[1]


def _is_date(format_: str, value: str) -> bool:
    return _read_as(format_, value) is not None


def moment(format_: str, value: str) -> datetime | None:
    """A cell's moment, read in one of the ways of `Profile.dates`; None where it is none."""
    if format_ in ("iso", "typed"):
        try:
            return datetime.fromisoformat(value[:19].strip()).replace(tzinfo=None)
        except ValueError:
            return None
    if format_ in ("unix", "unix_ms"):
        seconds = int(value) / (1 if format_ == "unix" else 1000) if value.isdigit() else None
        return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None) if seconds is not None else None
    if format_ in periods.PATTERNS:
        days = periods.between(format_, value)
        return datetime.combine(days[1], datetime.min.time()) if days is not None else None
    return _read_as(format_, value) if format_.startswith("%") else None


def _read_as(format_: str, value: str) -> datetime | None:
    match = _reader(format_).match(value)
    if match is None:
        return None
    parts = dict(zip(_letters(format_), match.groups(), strict=True))
    year = int(parts["Y"]) if "Y" in parts else int(parts["y"]) + (1900 if parts["y"] >= "69" else 2000)
    named = parts.get("b") or parts.get("B")
    month = MONTHS[named.lower()] if named else int(parts["m"])
    hour = int(parts.get("H", 0))
    try:
        read = datetime(year, month, int(parts.get("d", 1)), hour, int(parts.get("M", 0)), int(parts.get("S", 0)))
    except ValueError:
        return None
    return read if 1900 <= year <= 2100 and 1 <= int(parts.get("I", 1)) <= 12 else None


def _bare(value: str) -> tuple[str, str, bool]:
    """(text without currency sign and parentheses, the sign, whether parentheses stood around it)."""
    if value[-1].isdigit() and value.isascii() and (value[0].isdigit() or (value[0] in "+-." and value[1].isdigit())):
        return value, "", False
    text = value.translate(ONE_MARK)
    text = f"-{text[:-1].rstrip()}" if text.endswith("-") and text[:1] != "-" else text
    inside = text.startswith("(") and text.endswith(")")
    text = text[1:-1] if inside else text
    for sign in _SIGNS:
        for there in (text.removeprefix(sign), text.removesuffix(sign), text.replace("-" + sign, "-", 1)):
            if there != text:
                return there.strip(), sign, inside
    return text.strip(), "", inside


@cache
def _pattern(decimal: str, thousands: str) -> re.Pattern[str]:
    mark = re.escape(decimal)
    if not thousands:
        return re.compile(rf"^[+-]?(\d+({mark}\d*)?|{mark}\d+)([eE][+-]?\d+)?$")
    group = re.escape(thousands)
    indian = rf"|{INDIAN}" if thousands == "," else ""
    return re.compile(rf"^[+-]?(\d{{1,3}}({group}\d{{3}})*{indian}|\d+)({mark}\d+)?$")


def _apart(styles: Sequence[Style], texts: list[str]) -> list[Style]:
    apart: list[Style] = []
    readings: set[tuple[float | None, ...]] = set()
    some = [t for t in texts if not t.lstrip("+-").isdigit()][:2000]
    for style in styles:
        read = tuple(_read(t, style) for t in some)
        if read not in readings:
            readings.add(read)
            apart.append(style)
    if len(apart) > 1 and apart[0] == Style(symbols=apart[0].symbols, parentheses=apart[0].parentheses):
        # 12.345 is plain unless every number has exactly three digits behind the mark, and none begins with 0.
        three = all(re.fullmatch(r"[+-]?[1-9]\d{0,2}(\.\d{3})+", t) for t in some)
        return apart if three else apart[:1]
    return apart


def _read(text: str, style: Style) -> float | None:
    plain = text.replace(style.thousands, "") if style.thousands else text
    return _float(plain.replace(style.decimal, "."))


def _float(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if abs(number) < 1e300 else None
