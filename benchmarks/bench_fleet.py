"""How long `blueprint fleet` and `fleet try` take for ten and for forty projects, and their memory.

Projects of the shop on events, of an older template: an update changes every file of the kit. Each
has edits, and one in ten a conflict.
"""

import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from measure import machine

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.program import program  # noqa: E402 - from the folder above
from tests.records import rendered_as  # noqa: E402 - the same
from tests.updating.scenarios import commit  # noqa: E402 - the same

BLUEPRINT = Path(sys.executable).with_name("blueprint")
FEW, MANY = 10, 40
SECONDS = {"fleet": 20.0, "fleet try": 60.0}
MEMORY = 1.2
LOOK_EVERY = 0.05


@dataclass(frozen=True)
class Run:
    """Seconds of wall-clock time and of all cores, and MiB of all processes at the peak."""

    wall: float
    cores: float
    peak: float


def projects(folder: Path) -> list[Path]:
    """Make forty projects, each a copy of one that was rendered from an older template."""
    older = folder / "templates"
    shutil.copytree(ROOT / "templates", older)
    for path in (older / "components" / "kit").rglob("*.py"):
        head, _, rest = path.read_text(encoding="utf-8").partition("\n")
        path.write_text(f"{head}\n{rest}\n# As it was in an older version.\n", encoding="utf-8")
    first = folder / "first"
    new = ["new", "shop", "--example", "shop", "--pattern", "event-driven", "--output", str(first)]
    subprocess.run(program(older, *new), check=True, capture_output=True)
    rendered_as(first, {"version": "0.0.1"})
    commit(first)
    made = []
    for number in range(MANY):
        project = Path(shutil.copytree(first, folder / "fleet" / f"shop-{number}"))
        edit(project, conflict=number % 10 == 0)
        made.append(project)
    return made


def edit(project: Path, *, conflict: bool) -> None:
    """Change a line in every twentieth file of Python, and perhaps one where the template does."""
    for path in sorted(project.rglob("*.py"))[::20]:
        path.write_text(path.read_text(encoding="utf-8").replace("\n", "\n# edited\n", 1))
    if conflict:
        with next(project.rglob("kit/**/http.py")).open("a", encoding="utf-8") as file:
            file.write("# mine\n")
    commit(project)


def run(*arguments: str | Path) -> Run:
    """Run the program and watch the memory of its processes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    process = subprocess.Popen([BLUEPRINT, *arguments], stdout=subprocess.PIPE)
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, sum(memory(pid) for pid in family(process.pid)))
        time.sleep(LOOK_EVERY)
    wall = time.perf_counter() - started
    if process.returncode not in {0, 1}:
        raise SystemExit(f"{arguments[:2]} failed")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cores = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(wall, cores, peak)


def family(pid: int) -> Iterator[int]:
    """Yield a process and all that it began; not what has only been forked, and is it still."""
    yield pid
    children: list[str] = []
    try:
        for thread in Path(f"/proc/{pid}/task").iterdir():
            children += (thread / "children").read_text().split()
    except OSError:
        return
    for child in {int(each) for each in children}:
        if command_line(child) != command_line(pid):
            yield from family(child)


def command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def memory(pid: int) -> float:
    """MiB of a process; what it shares with others counts for each in part."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def main() -> None:
    """Print the table and the verdicts."""
    with tempfile.TemporaryDirectory() as temporary:
        made = projects(Path(temporary))
        files = sum(".git" not in path.parts and path.is_file() for path in made[0].rglob("*"))
        print(f"### A fleet of projects of {files} files\n")
        print("| command | projects | s | CPU s | s a project | MiB at most |")
        print("| --- | ---: | ---: | ---: | ---: | ---: |")
        verdicts = []
        for command, limit in SECONDS.items():
            words = command.split()
            run(*words, made[0])  # what is read for the first time
            few, many = (run(*words, *made[:count]) for count in (FEW, MANY))
            for count, one in ((FEW, few), (MANY, many)):
                print(
                    f"| `blueprint {command}` | {count} | {one.wall:.1f} | {one.cores:.1f} "
                    f"| {one.wall / count:.2f} | {one.peak:.0f} |"
                )
            each = (many.wall / MANY) / (few.wall / FEW)
            grows = many.peak / few.peak
            verdicts.append(
                f"`{command}`: {many.wall:.1f} s, at most {limit:.0f}: {met(many.wall <= limit)}; "
                f"a project of forty takes {each:.2f} of one of ten; "
                f"memory {grows:.2f} of that of ten, at most {MEMORY}: {met(grows <= MEMORY)}."
            )
        print("\n" + "\n".join(verdicts) + f"\n\n{machine()}")


def met(holds: bool) -> str:  # noqa: FBT001 - it is what the sentence ends with
    return "met" if holds else "**not met**"


if __name__ == "__main__":
    main()
