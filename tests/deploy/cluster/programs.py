"""A small Kubernetes as programs, built of Go modules once per machine: 15 minutes of a core.

`python -m tests.deploy.cluster.programs` builds them and prints their folder.
"""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from filelock import FileLock

SOURCES = Path(__file__).with_name("programs")
_VERSION = {
    "gitVersion": "v1.34.4",
    "gitMajor": "1",
    "gitMinor": "34",
    "gitTreeState": "clean",
    "gitCommit": "0" * 40,
}
_VERSIONED = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
# Name of the program: module, package in it, and what its build takes besides.
_BUILT: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "kube": ("kube", ".", ("-tags", "node")),
    "pause": ("kube", "./pause", ()),
    "coredns": ("dns", ".", ()),
}
# Without a single shared library: these are all that is in their images.
_STATIC = {"pause", "coredns"}


class CannotBuildError(Exception):
    """What is missing, or what Go said."""


def cache() -> Path:
    """Where tests keep what takes long to make, as long as the user keeps it."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "backend-blueprint-tests"


def built() -> Path | None:
    """The programs' folder, if they have been built of these sources."""
    folder = _folder()
    return folder if folder.is_dir() else None


def build() -> Path:
    """The programs' folder; raises CannotBuildError."""
    folder = _folder()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not folder.is_dir():
            partial = folder.with_suffix(".partial")
            shutil.rmtree(partial, ignore_errors=True)
            for name in _BUILT:
                _build(name, partial)
            partial.rename(folder)
    return folder


def _folder() -> Path:
    digest = hashlib.sha256()
    for path in sorted(SOURCES.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(SOURCES).as_posix().encode() + b"\0")
            digest.update(path.read_bytes())
    return cache() / f"kubernetes-{digest.hexdigest()[:16]}"


def _build(name: str, folder: Path) -> None:
    if shutil.which("go") is None:
        raise CannotBuildError("go is not installed")
    module, package, more = _BUILT[name]
    flags = ["-s", "-w"]
    flags += [f"-X {at}.{key}={value}" for at in _VERSIONED for key, value in _VERSION.items()]
    if name in _STATIC:
        flags.append("-linkmode external -extldflags -static")
    command = ("go", "build", "-trimpath", *more, "-ldflags", " ".join(flags))
    done = subprocess.run(
        [*command, "-o", str(folder / name), package],
        cwd=SOURCES / module,
        check=False,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if done.returncode != 0:
        raise CannotBuildError(f"go build of {name}: {done.stdout[-2000:]}")


if __name__ == "__main__":
    print(build())  # noqa: T201 - it is what the command is for
