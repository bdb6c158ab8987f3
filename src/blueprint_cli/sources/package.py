"""Python packages as sources: their files are read, and nothing of them is imported."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from blueprint_cli.errors import SourceFailed, SourceRefused
from blueprint_cli.sources.archive import unpack
from blueprint_cli.sources.limits import Budget
from blueprint_cli.sources.versions import version_of

if TYPE_CHECKING:
    from blueprint_cli.sources.address import Address


def unpack_package(address: Address, ref: str, folder: Path, *, offline: bool = False) -> str:
    """Put a package's files into a new folder and return its version.

    The one that is installed is taken where it is of the version that is asked for; otherwise its
    wheel is downloaded from the index that pip is configured with.

    Raises:
        SourceFailed: where there is none, or it would have to be downloaded offline.
        SourceRefused: where its files are not safe to read, or the reference is no version.
    """
    name, _, version = address.location.partition("==")
    if ref and version not in ("", ref):
        raise SourceRefused(f"{address.given} is one version, and {ref} is another")
    version = version or ref
    if version and version_of(version) is None:
        raise SourceRefused(f"{version!a} is no version of the package {name}")
    found = _installed(name)
    if found is not None and version in ("", found.version):
        _copy(found, address.given, folder)
        return found.version
    if offline:
        raise SourceFailed(f"the package {name} is not installed here, and this is offline")
    wheel = _download(name, version, folder.with_name(f"{folder.name}-wheel"))
    unpack(str(wheel), address.given, folder)
    return wheel.name.split("-")[1]


def newest_of_package(address: Address, scratch: Path) -> tuple[str, Path]:
    """Return the newest version that the index has, and a folder with its files.

    Raises:
        SourceFailed: where there is none.
        SourceRefused: where its files are not safe to read.
    """
    name = address.location.partition("==")[0]
    wheel = _download(name, "", scratch / "newest-wheel")
    return wheel.name.split("-")[1], unpack(str(wheel), address.given, scratch / "newest")


def _installed(name: str) -> metadata.Distribution | None:
    try:
        return metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return None


def _copy(found: metadata.Distribution, given: str, folder: Path) -> None:
    budget = Budget(given)
    folder.mkdir(parents=True)
    for file in found.files or ():
        place = Path(str(file.locate()))
        inside = not (file.is_absolute() or ".." in file.parts)
        if not inside or "__pycache__" in file.parts or not place.is_file():
            continue
        budget.take(place.stat().st_size)
        target = folder.joinpath(*file.parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(place, target)


def _download(name: str, version: str, folder: Path) -> Path:
    if importlib.util.find_spec("pip") is None:
        raise SourceFailed(
            f"the package {name} is not installed here, and neither is pip, which would get it",
            hint=f"Install it beside blueprint: pip install {name}",
        )
    wanted = f"{name}=={version}" if version else name
    done = subprocess.run(  # noqa: S603 - pip of this Python; the name was matched
        [
            sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:",
            "--disable-pip-version-check", "--no-input", "--dest", str(folder), wanted,
        ],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    wheels = list(folder.glob("*.whl")) if folder.is_dir() else []
    if done.returncode or not wheels:
        said = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        raise SourceFailed(
            f"the package {wanted} cannot be had: {said[-1] if said else 'pip found no wheel'}"
        )
    return wheels[0]
