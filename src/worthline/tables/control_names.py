"""What companies call the arm that is kept aside. A name alone decides nothing: it is asked, or said, never taken.

Gives     CONTROL_NAME, for names that only a control group has; `may_be_control`, for short codes and blanks too.
"""

from __future__ import annotations

import re

CONTROL_NAME = re.compile(
    r"^(the )?(control|control[ _-]?(group|arm)|ctrl|ctl|placebo|hold[ _-]?out|no[ _-](e-?mail|mail|offer|call|contact|"
    r"treatment|coupon|message|text|sms|promotion|discount|intervention)|untreated|not[ _]treated|kontrollgruppe|"
    r"kontrolle|groupe[ _]t[ée]moin|t[ée]moin|grupo[ _](de[ _])?control)$",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"^(c|cg|cntrl|0|0\.0|no|n|f|false|none|nothing|nil|kein|keine[rs]?|nichts|ohne|unbehandelt|aucune?|ningun[oa]?|"
    r"baseline|bau|business as usual|hold[ _-]?out[ _-]group|universal[ _-]control|.*[ _-]control|control[ _-].*)$",
    re.IGNORECASE,
)


def may_be_control(arm: str) -> bool:
    """Whether an arm of this name may be the control group, so that somebody has to say it."""
    name = arm.strip()
    return CONTROL_NAME.match(name) is not None or _CODE.match(name) is not None
