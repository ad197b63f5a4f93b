"""Sources of webhooks as worthline.toml names them, with their secrets from the environment or a file.

Reads     [inbound.NAME], the environment, secret files.
Gives     Source: how its deliveries are verified and read. A secret is in no setting, table, log or message.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worthline.app.inbound import signatures
from worthline.app.inbound.payloads import SourceRules
from worthline.app.inbound.signatures import Key, Verdict
from worthline.errors import BadSetting

CONSTANTS = ("metric", "touchpoint", "channel", "language", "location", "respondent")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
Verify = Callable[[Mapping[str, str], bytes, Sequence[Key], float], Verdict]


@dataclass(frozen=True, slots=True)
class Source:
    """A source of webhooks."""

    rules: SourceRules
    secret_env: str
    secret_file: Path | None
    hosts: tuple[str, ...]

    def keys(self) -> list[Key]:
        """Its secrets and public keys, read anew each time: a file may change while the app runs. Raises BadSetting."""
        where = f"inbound.{self.rules.name}"
        if self.secret_file is not None:
            try:
                if os.name == "posix" and self.secret_file.stat().st_mode & 0o077:
                    raise BadSetting(f"{where} secret_file", "others may read it", f"chmod 600 {self.secret_file}")
                text = self.secret_file.read_text("utf-8")
            except (OSError, ValueError):
                raise BadSetting(f"{where} secret_file", "it cannot be read", "Make it, or name another.") from None
        else:
            text = os.environ.get(self.secret_env, "")
        if self.rules.kind == "delighted":
            return [one.encode() for one in text.split()]
        try:
            return [signatures.key_of(one) for one in text.split()]
        except ValueError as error:
            # The message says what is wrong, never what was found.
            raise BadSetting(where, str(error), "Copy it from the sender again: whsec_ or whpk_, and base64.") from None

    def verify(self, headers: Mapping[str, str], body: bytes, keys: Sequence[Key], now: float) -> Verdict:
        """Whether a delivery was signed by its sender."""
        check: Verify = signatures.verify_delighted if self.rules.kind == "delighted" else signatures.verify_standard
        return check(headers, body, keys, now)


def sources(folder: Path, inbound: Mapping[str, Mapping[str, Any]]) -> dict[str, Source]:
    """Every source of webhooks by name; raises BadSetting for a name that cannot stand in an address."""
    return {name: _source(folder, name, values) for name, values in inbound.items()}


def _source(folder: Path, name: str, values: Mapping[str, Any]) -> Source:
    if not _NAME.fullmatch(name):
        fix = "Use small letters, digits, - and _: it stands in the address /inbound/NAME."
        raise BadSetting(f"inbound.{name}", "cannot stand in an address", fix)
    file = values["secret_file"]
    return Source(
        rules=SourceRules(
            name=name,
            kind=values["kind"],
            constants={key: values[key] for key in CONSTANTS if values[key]},
            questions=values["questions"],
            scales=values["scales"],
            customer=values["customer"] or "",
            prefix=values["prefix"],
        ),
        secret_env=values["secret_env"] or variable(name),
        secret_file=None if file is None else folder / file,
        hosts=tuple(host.lower() for host in values["hosts"]),
    )


def variable(name: str) -> str:
    """The environment's variable that holds a source's secret unless another is named."""
    return f"WORTHLINE_INBOUND_{name.upper().replace('-', '_')}"
