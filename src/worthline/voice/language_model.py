"""py3langid's model of 139 languages, as `language` reads it. numpy only.

Reads     the model that the library brings; where a folder is given, what an earlier process unpacked there.
Gives     `model`: the n-grams that a word has, and the weights of each n-gram by language.
Method    the library's file is packed, and takes half a second to unpack into 68 MB, of which a few hundred comments
          need little. Unpacked once, its arrays are read in place: only what is asked for is loaded.
Assumes   nobody else may write the folder. Its name bears the library's version; what is not whole is unpacked again.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
PARTS = ("weights", "classes", "moves", "rows", "found")


class Model:
    """The parts of the model that score a word."""

    def __init__(self, parts: Mapping[str, NDArray[Any]]) -> None:
        self.classes: list[str] = parts["classes"].tolist()
        self._weights = parts["weights"]
        # One number at a time is read, which an array of numpy's does slowly.
        self._moves, self._rows, self._found = (parts[name].data for name in ("moves", "rows", "found"))

    def features(self, word: bytes) -> list[int]:
        """The n-grams of a word that the model knows."""
        state, out = 0, []
        for byte in word:
            state = self._moves[(self._rows[state] << 8) + byte]
            if self._found[state] >= 0:
                out.append(self._found[state])
        return out

    def weight(self, features: Sequence[int]) -> Floats:
        """The log-likelihood of n-grams by language, summed: shape (languages,)."""
        return np.asarray(self._weights[features].astype(np.float32).sum(axis=0))


@cache
def model(kept: Path | None = None) -> Model:
    """The model; `kept`: this user's own folder, where it may lie unpacked."""
    if kept is None:
        return Model(_unpacked())
    place = kept / f"languages-{version('py3langid')}"
    with contextlib.suppress(OSError, ValueError):
        return Model(_read(place))
    parts = _unpacked()
    with contextlib.suppress(OSError):
        _write(parts, place)
    return Model(parts)


def _unpacked() -> dict[str, NDArray[Any]]:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    held = LanguageIdentifier.from_model_file(MODEL_FILE)
    found = np.asarray(held.tk_output, dtype=np.int32)
    arrays = (held.nb_ptc, np.asarray(held.nb_classes), held.tk_nextmove, held.tk_row, found)
    return {name: np.asarray(array) for name, array in zip(PARTS, arrays, strict=True)}


def _read(place: Path) -> dict[str, NDArray[Any]]:
    """Raises OSError or ValueError where a part is not there or not whole."""
    return {name: np.load(place / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in PARTS}


def _write(parts: Mapping[str, NDArray[Any]], place: Path) -> None:
    """All parts or none; what another process wrote meanwhile is the same. Raises OSError."""
    shutil.rmtree(place, ignore_errors=True)
    building = Path(mkdtemp(prefix="languages-", dir=place.parent))
    try:
        for name, array in parts.items():
            with (building / f"{name}.npy").open("wb") as file:
                np.save(file, array, allow_pickle=False)
                file.flush()
                os.fsync(file.fileno())
        building.rename(place)
    finally:
        shutil.rmtree(building, ignore_errors=True)
