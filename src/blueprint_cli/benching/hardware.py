"""The machine that a bench runs on: figures of two machines do not compare."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CPU_INFO: Final = Path("/proc/cpuinfo")


@dataclass(frozen=True, slots=True)
class Hardware:
    """Processor cores that this process may use, memory in GiB, the processor's model."""

    cores: int
    memory_gib: float
    model: str

    def __str__(self) -> str:
        """Return it as one reads it."""
        cores = f"{self.cores} core{'s' if self.cores != 1 else ''}"
        return f"{cores} of {self.model}, {self.memory_gib:g} GiB"


def this_machine() -> Hardware:
    """Return what the system tells of itself."""
    return Hardware(_cores(), _memory_gib(), _model())


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _memory_gib() -> float:
    try:
        return round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30, 1)
    except (ValueError, OSError):
        return 0.0


def _model() -> str:
    """Return the processor's name, as Linux has it, or the architecture."""
    try:
        lines = CPU_INFO.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, "") or platform.processor() or platform.machine()
