"""What a form on a page sends, read within a limit.

Reads     the body of a POST request.
Gives     `fields`: name -> value, or None where it is too large to be a form of ours; `signature`: who signed it.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qs

from fastapi import Request

from worthline.app.store.people import NOT_SIGNED_IN

LARGEST = 64 << 10
"""Bytes of a form."""
MOST_FIELDS = 50
LONGEST_NAME = 80


async def fields(request: Request) -> dict[str, str] | None:
    """The last value of each field; None beyond LARGEST or MOST_FIELDS."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST:
            return None
    try:
        values_of = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        return None
    return {name: values[-1] for name, values in values_of.items()}


def signature(form: Mapping[str, str]) -> str:
    """The name in the field `by`, on one line; "not signed in" where it is blank."""
    return " ".join(form.get("by", "").split())[:LONGEST_NAME] or NOT_SIGNED_IN
