"""What a form on a page sends, read within a limit.

Reads     the body of a POST request.
Gives     `fields`: name -> value; None where it is too large to be a form of ours.
"""

from __future__ import annotations

from urllib.parse import parse_qs

from fastapi import Request

LARGEST = 64 << 10
"""Bytes of a form."""
MOST_FIELDS = 50


async def fields(request: Request) -> dict[str, str] | None:
    """The last value of each field; None beyond LARGEST or MOST_FIELDS."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST:
            return None
    try:
        found = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        return None
    return {name: values[-1] for name, values in found.items()}
