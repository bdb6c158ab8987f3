"""What a description costs: `new` and `update` of one beside the shop's, and how rendering grows.

By processor time, ruff and git included, because the wall clock of a busy machine says little. The
rival of `update` is an update of the shop in which the template changes as many files.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from itertools import count, islice
from pathlib import Path

from large_spec import large_spec
from measure import machine

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from blueprint_cli.spec.document import parse_document  # noqa: E402 - as below
from blueprint_cli.spec.reading import validate  # noqa: E402 - as below
from blueprint_cli.templates.builtin import builtin_root, find_template  # noqa: E402 - as below
from blueprint_cli.templates.render import render  # noqa: E402 - as below
from tests.program import program  # noqa: E402 - from the folder above
from tests.updating.scenarios import commit, git  # noqa: E402 - the same

BLUEPRINT = Path(sys.executable).with_name("blueprint")
RUNS = 5
CONTEXTS = (5, 10, 20, 30)
ENTITIES = 5  # in each
FIELD = "          {name}: text(1..10) optional\n"
MARK = "# Changed by the template.\n"
SHOP = ("catalog", "orders", "identity")
IN_RECORD = 4  # files of .blueprint that every update writes


def processor() -> float:
    """Seconds that this process and those that it has waited for have used so far."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def compared(
    commands: Mapping[str, Sequence[str | Path]], prepare: Callable[[], None] = lambda: None
) -> dict[str, float]:
    """The median of each, run in turn; the first round is a warm-up."""
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(RUNS + 1):
        for name, command in commands.items():
            prepare()
            began = processor()
            subprocess.run(command, check=True, capture_output=True)
            if turn:
                seconds[name].append(processor() - began)
    return {name: statistics.median(taken) for name, taken in seconds.items()}


def show(title: str, found: Mapping[str, float], limit: float) -> None:
    ours, rival = found.values()
    print(f"### {title}\n\n| command | processor seconds |\n| --- | ---: |")
    for name, seconds in found.items():
        print(f"| {name} | {seconds:.2f} |")
    verdict = "met" if ours / rival <= limit else "**not met**"
    print(f"\nRatio {ours / rival:.2f}, at most {limit:.1f}: {verdict}.\n")


def new(folder: Path) -> None:
    place = folder / "new"
    commands = {
        f"`blueprint new {name} --example {name}`": [
            BLUEPRINT, "new", name, "--example", name, "--no-git", "--output", place
        ]
        for name in ("clinic", "shop")
    }  # fmt: skip
    found = compared(commands, lambda: shutil.rmtree(place, ignore_errors=True))
    show("`new` of the clinic", found, 1.5)


def files_changed(project: Path) -> int:
    return len(git(project, "status", "--porcelain", "--untracked-files=all").splitlines())


def add_field(project: Path, name: str) -> None:
    described = project / "blueprint.yaml"
    lines = described.read_text().splitlines(keepends=True)
    place = next(i for i, line in enumerate(lines) if "reason: text" in line)
    lines.insert(place, FIELD.format(name=name))
    described.write_text("".join(lines))
    commit(project)


def update(folder: Path) -> None:
    """A field more of the clinic, another one each time, and as many changed files of the shop."""
    root = folder / "templates"
    shutil.copytree(builtin_root(), root)
    projects = {name: folder / name for name in ("clinic", "shop")}
    for name, place in projects.items():
        made = program(root, "new", name, "--example", name, "--output", str(place))
        subprocess.run(made, check=True, capture_output=True)
    add_field(projects["clinic"], "room")
    commands = {name: program(root, "update", str(place)) for name, place in projects.items()}
    subprocess.run(commands["clinic"], check=True, capture_output=True)
    changed = files_changed(projects["clinic"])
    ours = (path for name in SHOP for path in sorted(root.glob(f"contexts/{name}/package/**/*.py")))
    for path in islice(ours, changed - IN_RECORD):
        path.write_text(path.read_text() + MARK)

    turns = count()

    def reset() -> None:
        for place in projects.values():
            git(place, "reset", "--quiet", "--hard")
            git(place, "clean", "-fdq")
        # What was formatted before is kept: a field of that name was never there.
        git(projects["clinic"], "reset", "--quiet", "--hard", "HEAD~1")
        add_field(projects["clinic"], f"room_{next(turns)}")

    found = compared(commands, reset)
    subprocess.run(commands["shop"], check=True, capture_output=True)
    rival = files_changed(projects["shop"])
    clinic, shop = found.values()
    names = f"the clinic, a field more: {changed} files", f"the shop, {rival} files"
    show("`update` by a field more", dict(zip(names, (clinic, shop), strict=True)), 1.2)


def growth() -> None:
    print("### How rendering grows\n")
    print(
        "| contexts | entities | processor seconds | of an entity |\n| ---: | ---: | ---: | ---: |"
    )
    each: list[float] = []
    for contexts in CONTEXTS:
        text = large_spec(contexts, contexts * ENTITIES)
        document = parse_document(text, "blueprint.yaml")
        spec = validate(document.data, document)
        began = processor()
        render(spec, find_template("monolith"))
        took = processor() - began
        each.append(took / (contexts * ENTITIES))
        print(f"| {contexts} | {contexts * ENTITIES} | {took:.1f} | {each[-1]:.3f} |")
    verdict = "met" if each[-1] <= each[0] else "**not met**"
    print(
        f"\nOf {CONTEXTS[-1]} contexts an entity takes no more than of {CONTEXTS[0]}: {verdict}.\n"
    )


def main() -> None:
    """Print the tables."""
    growth()
    with tempfile.TemporaryDirectory() as temporary:
        new(Path(temporary))
        update(Path(temporary))
    print(machine())


if __name__ == "__main__":
    main()
