"""The installed version: it is written in pyproject.toml and nowhere else."""

DISTRIBUTION = "backend-blueprint"


def installed_version() -> str:
    """Return the version of the installed distribution."""
    from importlib.metadata import version  # noqa: PLC0415 - 20 ms that --help need not pay

    return version(DISTRIBUTION)
