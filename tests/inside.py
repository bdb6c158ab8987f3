"""Tests that run inside of a rendered project and are no part of it.

They prove what a project has from us and its owner does not write: the kit, what runs it, and what
identity and notifications stand on. They lie in ``tests/projects/inside``.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).with_name("projects") / "inside"
# By folder: where it goes in a monolith, and where in a project of services.
EVERYWHERE = {
    "architecture": ("tests/architecture", "tests/architecture"),
    "blackbox": ("tests/blackbox", "tests/blackbox"),
    "dev": ("tests/dev", "tests/dev"),
    "identity": ("tests/identity", "services/identity/tests/identity"),
    "kit": ("tests/kit", "libs/kit/tests/kit"),
    "migrations": ("tests/migrations", "tests/migrations"),
    "notifications": ("tests/notifications", "services/notifications/tests/notifications"),
    "traces": ("tests/traces", "tests/traces"),
}
IN_ONE = {
    "monolith": {"one_process": "tests"},
    "microservices": {
        "gateway": "tests/gateway",
        "many_processes": "tests",
        "microservices_architecture": "tests/architecture",
        "microservices_dev": "tests/dev",
        "microservices_kit": "libs/kit/tests/kit",
    },
    "event-driven": {
        "event_driven_architecture": "tests/architecture",
        "kafka": "libs/kit/tests/kit_kafka",
        "many_processes": "tests",
    },
}


# Where the file of a project is there that they test, relative to its kit.
IN_SOME = {
    "edge": ("kit/edge.py", "tests/kit", "libs/kit/tests/kit"),
    "invoked": ("kit/invoked.py", "tests/kit", "libs/kit/tests/kit"),
}


def lay(project: Path, pattern: str) -> Path:
    """Copy them into a project of that pattern; gives the project."""
    for source, place in _files(project, pattern).items():
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, place)
    return project


@contextmanager
def laid(project: Path, pattern: str) -> Iterator[None]:
    """They are there until the block is left."""
    lay(project, pattern)
    try:
        yield
    finally:
        for place in _files(project, pattern).values():
            place.unlink()


def _files(project: Path, pattern: str) -> dict[Path, Path]:
    folders = {name: places[pattern != "monolith"] for name, places in EVERYWHERE.items()}
    for name, (needed, one, many) in IN_SOME.items():
        source, place = ("src", one) if pattern == "monolith" else ("libs/kit/src", many)
        if (project / source / needed).is_file():
            folders[name] = place
    return {
        source: project / place / source.relative_to(HERE / name)
        for name, place in (folders | IN_ONE[pattern]).items()
        for source in (HERE / name).rglob("*.py")
    }
