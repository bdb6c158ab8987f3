"""Medians of alternating runs, and the machine they ran on: what every benchmark here prints."""

import os
import platform
import re
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Timing:
    """Seconds of wall-clock time: the median of the runs, the fastest and the slowest."""

    median: float
    fastest: float
    slowest: float


def timed(command: Sequence[str | Path], cwd: Path, prepare: Callable[[], None]) -> float:
    """Seconds that one run of the command takes; what `prepare` does is not counted."""
    prepare()
    started = time.perf_counter()
    subprocess.run(command, cwd=cwd, check=True, capture_output=True)
    return time.perf_counter() - started


def compare(
    commands: Mapping[str, Sequence[str | Path]],
    *,
    cwd: Path,
    runs: int = 11,
    prepare: Callable[[], None] = lambda: None,
) -> dict[str, Timing]:
    """Run the commands in turn, so that noise meets all of them; the first round is a warm-up."""
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(runs + 1):
        for name, command in commands.items():
            took = timed(command, cwd, prepare)
            if turn:
                seconds[name].append(took)
    return {
        name: Timing(statistics.median(taken), min(taken), max(taken))
        for name, taken in seconds.items()
    }


def table(title: str, timings: Mapping[str, Timing], *, limit: float) -> str:
    """A Markdown table; the first command is ours, the second its rival, `limit` the ratio."""
    (ours, *_), (_, rival, *_) = timings, timings
    ratio = timings[ours].median / timings[rival].median
    rows = [
        f"| `{name}` | {took.median * 1000:.0f} | {took.fastest * 1000:.0f} "
        f"| {took.slowest * 1000:.0f} |"
        for name, took in timings.items()
    ]
    verdict = "met" if ratio <= limit else "**not met**"
    return "\n".join(
        [
            f"### {title}",
            "",
            "| command | median, ms | fastest | slowest |",
            "| --- | ---: | ---: | ---: |",
            *rows,
            "",
            f"Ratio {ratio:.2f}, at most {limit:.2f}: {verdict}.",
            "",
            machine(),
        ]
    )


def machine() -> str:
    """Where the figures were measured, and how busy it was, in a sentence."""
    processor = re.search(r"model name\s*: (.+)", _read("/proc/cpuinfo"))
    memory = re.search(r"MemTotal:\s+(\d+)", _read("/proc/meminfo"))
    parts = [
        f"{platform.system()} {platform.machine()}",
        f"{os.cpu_count()} cores" + (f" of an {processor[1]}" if processor else ""),
        *([f"{int(memory[1]) / 2**20:.0f} GiB"] if memory else []),
        f"Python {platform.python_version()}",
        f"load average over five minutes {os.getloadavg()[1]:.1f}",
    ]
    return ", ".join(parts) + "."


def _read(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:
        return ""
