"""The installed version: it is written in pyproject.toml and nowhere else."""

from pathlib import Path

DISTRIBUTION = "backend-blueprint"


def installed_version() -> str:
    """Return the version of the installed distribution.

    The name of its metadata's folder says it; reading the metadata takes 25 ms, which no command
    has to pay where there is one such folder beside the package.
    """
    site = Path(__file__).resolve().parents[1]
    prefix, suffix = f"{DISTRIBUTION.replace('-', '_')}-", ".dist-info"
    found = [path.name for path in site.glob(f"{prefix}*{suffix}")]
    if len(found) == 1:
        return found[0].removeprefix(prefix).removesuffix(suffix)
    from importlib.metadata import version  # noqa: PLC0415 - see above

    return version(DISTRIBUTION)
