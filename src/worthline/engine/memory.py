"""How much memory another process holds, on each system in its own way."""

from __future__ import annotations

import ctypes
import os
import platform
import subprocess
from pathlib import Path

QUERY_LIMITED_INFORMATION = 0x1000


def resident(process: int) -> int | None:
    """Bytes of memory that the process with this id holds now; None where that cannot be told."""
    system = platform.system()
    try:
        if system == "Linux":
            pages = Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1]
            return int(pages) * os.sysconf("SC_PAGE_SIZE")
        if system == "Windows":
            return _of_windows(process)
        output = subprocess.run(["ps", "-o", "rss=", "-p", str(process)], capture_output=True, text=True, check=True)
        return int(output.stdout) * 1024
    except (OSError, ValueError, IndexError, subprocess.SubprocessError):
        return None


class _Counters(ctypes.Structure):
    """PROCESS_MEMORY_COUNTERS of psapi.h."""

    _fields_ = (
        ("cb", ctypes.c_ulong),
        ("PageFaultCount", ctypes.c_ulong),
        ("PeakWorkingSetSize", ctypes.c_size_t),
        ("WorkingSetSize", ctypes.c_size_t),
        *((f"other{number}", ctypes.c_size_t) for number in range(6)),
    )


def _of_windows(process: int) -> int | None:
    kernel = getattr(ctypes, "WinDLL")("kernel32")  # noqa: B009  other systems have no such name
    kernel.OpenProcess.restype = ctypes.c_void_p
    handle = ctypes.c_void_p(kernel.OpenProcess(QUERY_LIMITED_INFORMATION, False, process))
    if handle.value is None:
        return None
    try:
        counters = _Counters()
        counters.cb = ctypes.sizeof(counters)
        known = kernel.K32GetProcessMemoryInfo(handle, ctypes.byref(counters), counters.cb)
        return int(counters.WorkingSetSize) if known else None
    finally:
        kernel.CloseHandle(handle)
