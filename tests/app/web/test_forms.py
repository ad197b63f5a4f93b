"""Forms are read within a limit, wherever people write."""

from __future__ import annotations

import anyio
from fastapi import Request

from worthline.app.web.forms import LARGEST, MOST_FIELDS, fields


def read(body: bytes) -> dict[str, str] | None:
    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def asked() -> dict[str, str] | None:
        return await fields(Request({"type": "http", "method": "POST", "headers": []}, receive))

    return anyio.run(asked)


def test_the_last_value_of_each_field_counts():
    assert read(b"by=A&by=B&note=") == {"by": "B", "note": ""}


def test_what_is_too_large_to_be_a_form_is_none():
    assert read(b"note=" + b"x" * LARGEST) is None
    assert read(b"&".join(b"f%d=1" % n for n in range(MOST_FIELDS + 1))) is None


def test_bytes_of_another_encoding_are_replaced():
    assert read(b"by=\xff") == {"by": "\ufffd"}
