"""Fifty ways in which a kept run may be damaged: a disk that rots, a copy that was cut, a hand that edited."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path

Damage = Callable[[Path], object]


def rot(file: Path, chance: random.Random) -> None:
    """Flip one bit."""
    content = bytearray(file.read_bytes())
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    file.write_bytes(bytes(content))


def edit(file: Path, **changed: object) -> None:
    """Change keys, as an editor would."""
    file.write_text(json.dumps({**json.loads(file.read_text()), **changed}))


def without(file: Path, key: str) -> None:
    """Take a key out."""
    content = json.loads(file.read_text())
    del content[key]
    file.write_text(json.dumps(content))


def _as_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def _as_link(file: Path) -> None:
    file.unlink()
    file.symlink_to(file.with_name("nowhere"))


def _swapped(run: Path) -> None:
    one, other = run / "metrics.parquet", run / "panel.parquet"
    first = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(first)


def _run_json() -> dict[str, Damage]:
    keys = ("as_of", "contract", "seal", "files", "run_id", "rows", "settings", "versions", "inputs", "currency")
    kinds: dict[str, Damage] = {
        f"run.json without {key}": lambda run, k=key: without(run / "run.json", k) for key in keys
    }
    values = {"as_of": "soon", "contract": 99, "rows": [], "simulated": "yes", "currency": 3, "settings": None}
    for key, value in values.items():
        kinds[f"run.json says {key} {value!r}"] = lambda run, k=key, v=value: edit(run / "run.json", **{k: v})
    contents = {
        "empty": b"",
        "a list": b"[]",
        "null": b"null",
        "no text": b"\xff\xfe\x00",
        "zeros": bytes(500),
        "nested without end": b"[" * 100_000,
        "a page of the web": b"<!doctype html><title>502</title>",
        "a number without end": b'{"contract": ' + b"9" * 5_000 + b"}",
    }
    for name, content in contents.items():
        kinds[f"run.json is {name}"] = lambda run, c=content: (run / "run.json").write_bytes(c)
    for at in (1, 100, -2):
        kinds[f"run.json cut at {at}"] = lambda run, n=at: (run / "run.json").write_bytes(
            (run / "run.json").read_bytes()[:n]
        )
    kinds["run.json flipped"] = lambda run: rot(run / "run.json", random.Random(1))
    kinds["run.json a folder"] = lambda run: _as_folder(run / "run.json")
    return kinds


def _files() -> dict[str, Damage]:
    kinds: dict[str, Damage] = {}
    for name in ("customer_scores.parquet", "figures.json", "health.json", "source/transactions.parquet"):
        kinds[f"{name} missing"] = lambda run, n=name: (run / n).unlink()
        kinds[f"{name} flipped"] = lambda run, n=name: rot(run / n, random.Random(2))
        kinds[f"{name} empty"] = lambda run, n=name: (run / n).write_bytes(b"")
        kinds[f"{name} a folder"] = lambda run, n=name: _as_folder(run / n)
    kinds["scores cut"] = lambda run: (run / "customer_scores.parquet").write_bytes(b"PAR1")
    kinds["scores longer"] = lambda run: (run / "customer_scores.parquet").open("ab").write(b"PAR1")
    kinds["a link to nowhere"] = lambda run: _as_link(run / "customer_scores.parquet")
    kinds["two tables swapped"] = _swapped
    kinds["source missing"] = lambda run: shutil.rmtree(run / "source")
    return kinds


KINDS: dict[str, Damage] = {**_run_json(), **_files()}
"""Kind -> what is done to the folder of a run."""
