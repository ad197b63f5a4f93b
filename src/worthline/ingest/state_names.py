"""Columns that say that a row may not count, by their names and words: cancelled, refused, deleted, a test.

Gives     patterns by table; whether a column of some name may speak of rows that do not count.
Not for   deciding whether they count: `init` asks, `check` and `run` say it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from worthline.ingest.mapping import plain

STATES = re.compile(r"(status|state|stato|estado|statut|etat|état|situacao|zustand|stage(name)?|phase|dealstage)$")
_TESTS = r"\btest|\bsandbox\b|\bdemo\b"
_GONE = rf"delet|remov|gelöscht|geloescht|supprim|elimin|borrad[oa]$|verwijderd|{_TESTS}"
NOT_COUNTED: Mapping[str, re.Pattern[str]] = {
    table: re.compile(words, re.IGNORECASE)
    for table, words in {
        "transactions": rf"cancel|void|fail|declin|reject|unpaid|pending|draft|abandon|expired|chargeback|unavailable|"
        rf"return|refund|storn|annul|anulad|error|entwurf|brouillon|borrador|bozza|concept|blocked|uncollect|"
        rf"quote|proforma|\blost\b|\bopen\b|prospect|qualif|negotiat|proposal|discovery|verloren|perdid[ao]|perdue?\b|"
        rf"fehlgeschlagen|échou|fallid|abgebrochen|abgelehnt|geannuleerd|{_GONE}",
        "interactions": rf"spam|merged|duplicate|doppelt|{_GONE}",
        "feedback": rf"partial|incomplete|preview|in progress|spam|disqualif|screened|abandon|teilweise|unvollst|"
        rf"abgebroch|{_GONE}",
        "customers": _GONE,
        "subscriptions": rf"\btrial|{_GONE}",
    }.items()
}
"""What a state says of rows that may not count, by table."""
REFUNDED = re.compile(r"refund|reembols|rembours|erstatt")
"""Columns of what was given back."""
REFUND = re.compile(r"refund|reembols|rembours|erstatt", re.IGNORECASE)
PARTLY = re.compile(r"part(ial|ly|iell|iel|ially)?[ _-]*(refund|reembols|rembours|erstatt)", re.IGNORECASE)
"""States of orders that were paid, of which all or part was given back."""
GIFT_CARD = re.compile(
    r"\bgift[ _-]?(card|voucher|certificate|code)|\be-?gift\b|geschenk(gutschein|karte)|\b(wert)?gutschein|"
    r"(carte|ch[èe]que)[ -]cadeau|(tarjeta|cheque) (de )?regalo|(buono|carta) regalo|cadeau(bon|kaart)|"
    r"vale[ -]presente|\bstore credit\b",
    re.IGNORECASE,
)
"""Products that are money paid ahead: what is bought with it is sold later."""
FLAGS = {
    "transactions": re.compile(
        r"^(is|was)?(cancell?ed|refunded|void|voided|returned|storno|deleted|removed|draft|(is)?test(order|mode)?|sandbox)$"
    ),
    "feedback": re.compile(r"^(is)?(deleted|removed|test|testresponse|preview|spam|partial)$"),
    "*": re.compile(r"^(is|was)?(deleted|removed|test|testaccount|testuser|spam|duplicate|sandbox|softdeleted)$"),
}
GOOD = {
    "transactions": re.compile(r"^(is|was)?(captured|paid|successful|success|settled|won|livemode)$"),
    "feedback": re.compile(r"^(is)?(finished|complete|completed|abgeschlossen|beendet)$"),
}
WHEN = {
    "transactions": re.compile(r"^(cancell?ed|cancell?ation|deleted|removed|voided)(at|on|date)$"),
    "*": re.compile(r"^(deleted|removed)(at|on|date)$"),
}
"""Dates that only rows have that may not count."""

SIDES = re.compile(r"(type|side|direction|sign|indicator|drcr|crdr|debit|credit|sollhaben|sh|dc)$")
PAIRS = (("debit", "credit"), ("dr", "cr"), ("db", "cr"), ("d", "c"), ("soll", "haben"), ("s", "h"), ("in", "out"))
"""Names of an account's two sides, and of the columns that say which side an entry stands on."""


def may_say(table: str, header: str) -> bool:
    """Whether a column of this name may say that rows of a table do not count."""
    name = plain(header)
    patterns = (*(flags.get(table, flags.get("*")) for flags in (FLAGS, GOOD)), WHEN.get(table, WHEN["*"]))
    return bool(table in NOT_COUNTED and STATES.search(name)) or any(p is not None and p.match(name) for p in patterns)
