"""Versions: the installed one, which pyproject.toml alone says, and how two compare."""

from pathlib import Path

# What users install, and what of it is the program alone, without templates and Copier.
DISTRIBUTION = "backend-blueprint"
PROGRAM = "backend-blueprint-core"
# Where no address is published: a name that no other program has, and that promises no page.
NO_ADDRESS = "urn:backend-blueprint:check"


def installed_version(distribution: str = PROGRAM) -> str:
    """Return the version of an installed distribution, by default the program's.

    The name of its metadata's folder says it; reading the metadata takes 25 ms, which no command
    has to pay where there is one such folder beside the package.
    """
    site = Path(__file__).resolve().parents[1]
    prefix, suffix = f"{distribution.replace('-', '_')}-", ".dist-info"
    found = [path.name for path in site.glob(f"{prefix}*{suffix}")]
    if len(found) == 1:
        return found[0].removeprefix(prefix).removesuffix(suffix)
    from importlib.metadata import version  # noqa: PLC0415 - see above

    return version(distribution)


def documentation() -> str:
    """Return the address of docs/check.md.

    Its folder is the ``Documentation`` that the distribution's metadata names, for whoever
    publishes it.
    """
    from importlib.metadata import PackageNotFoundError, metadata  # noqa: PLC0415 - 25 ms

    try:
        addresses = metadata(PROGRAM).get_all("Project-URL") or []
    except PackageNotFoundError:
        return NO_ADDRESS
    named = dict(str(each).split(", ", 1) for each in addresses)
    folder = named.get("Documentation", "")
    return f"{folder.rstrip('/')}/check.md" if folder else NO_ADDRESS


def is_later(version: str, other: str) -> bool:
    """Whether a version comes after another as PEP 440 orders them: 0.2.0 after 0.2.0rc1.

    A local part (``+deb1``) says who built it and does not count; what is no version comes first.
    """
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415 - where two differ

    def order(text: str) -> tuple[bool, Version]:
        try:
            return True, Version(Version(text).public)
        except InvalidVersion:
            return False, Version("0")

    return order(version) > order(other)
