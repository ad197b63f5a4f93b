"""Names of months as exports write them, in nine languages: March, März, août, enero, dez.

Gives     MONTHS: name or abbreviation, in small letters, -> 1 to 12. No name means two months.
"""

from __future__ import annotations

_NAMES = (
    "january jan januar januari janvier janv enero ene gennaio gen janeiro jänner",
    "february feb februar februari février fevrier févr fevr fév febrero febbraio fevereiro fev",
    "march mar märz maerz mrz mär mars marzo março marco maart mrt",
    "april apr avril avr abril abr aprile",
    "may mai mayo maggio mag maio mei maj",
    "june jun juni juin junio giugno giu junho",
    "july jul juli juillet juil julio luglio lug julho",
    "august aug août aout aoû agosto ago augustus augusti",
    "september sept sep septembre septiembre settembre sett setembro set",
    "october oct oktober okt octobre octubre ottobre ott outubro out",
    "november nov novembre noviembre novembro",
    "december dec dezember dez décembre decembre déc diciembre dic dicembre dezembro",
)
MONTHS = {name: number for number, names in enumerate(_NAMES, 1) for name in names.split()}
LONGEST_FIRST = sorted(MONTHS, key=lambda name: (-len(name), name))
