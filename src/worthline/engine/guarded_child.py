"""The child process in which questions that people wrote are run: DuckDB, and nothing of a company.

Reads     requests on standard input, each a length and a JSON object: statements that set a connection up, or a SELECT.
Gives     frames on standard output: a letter, a length, a payload. R: rows as an Arrow stream, the first with the
          schema; D: done; E: an error as JSON.
Assumes   whoever started it watches its memory and its time, and kills it; where that process is gone it ends itself.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import struct
import sys
import threading
from typing import Any, BinaryIO

import duckdb
import pyarrow as pa

HEAD = struct.Struct("<cQ")
LENGTH = struct.Struct("<Q")
BATCH_ROWS = 2048
FRAME_BYTES = 1 << 20
SPARE = 1 << 30
"""Bytes of address space beyond what DuckDB may use: stacks, code, what an answer holds on its way."""


def main() -> None:
    """Answer until standard input ends."""
    out, requests = sys.stdout.buffer, queue.Queue[dict[str, Any]]()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, requests), daemon=True).start()
    con: duckdb.DuckDBPyConnection | None = None
    while True:
        request = requests.get()
        try:
            if "setup" in request:
                if con is not None:
                    con.close()
                con = duckdb.connect(":memory:")
                _bound(request["address_space"])
                for statement in request["setup"]:
                    con.execute(statement)
            else:
                assert con is not None, "setup comes first"
                _answer(con, request, out)
            _send(out, b"D", b"{}")
        except MemoryError:
            _send(out, b"E", json.dumps({"message": "Out of Memory Error: the process has no more"}).encode())
        except Exception as error:  # noqa: BLE001  whatever it is, the one who asked hears it
            _send(out, b"E", json.dumps({"message": str(error)}).encode())


def _listen(source: BinaryIO, requests: queue.Queue[dict[str, Any]]) -> None:
    """Hand requests on; end the process, whatever it computes, once nobody is left to ask."""
    while head := source.read(LENGTH.size):
        requests.put(json.loads(source.read(LENGTH.unpack(head)[0])))
    os._exit(0)


def _bound(spare: int | None) -> None:
    """Let the address space grow by no more than `spare` bytes, where the system can (Linux)."""
    if spare is None:
        return
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        with open("/proc/self/statm", encoding="ascii") as file:
            now = int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (now + spare + SPARE, hard))


def _answer(con: duckdb.DuckDBPyConnection, request: dict[str, Any], out: BinaryIO) -> None:
    statements = con.extract_statements(request["sql"])
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise ValueError(NOT_ONE_SELECT)
    rows = con.execute(statements[0], request["parameters"] or None).to_arrow_reader(BATCH_ROWS)
    held: list[pa.RecordBatch] = []
    size, sent = 0, False
    for batch in rows:
        held.append(batch)
        size += batch.nbytes
        if size >= FRAME_BYTES:
            _send(out, b"R", _stream(rows.schema, held))
            held, size, sent = [], 0, True
    if held or not sent:
        _send(out, b"R", _stream(rows.schema, held))


NOT_ONE_SELECT = "not one SELECT"


def _stream(schema: pa.Schema, batches: list[pa.RecordBatch]) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
    return bytes(sink.getvalue())


def _send(out: BinaryIO, kind: bytes, payload: bytes) -> None:
    out.write(HEAD.pack(kind, len(payload)))
    out.write(payload)
    out.flush()


if __name__ == "__main__":
    main()
