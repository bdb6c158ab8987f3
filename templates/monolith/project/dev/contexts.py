"""The contexts, for the programs in this folder."""

from app import CONTEXTS


def schemas() -> tuple[str, ...]:
    """The packages that have migrations."""
    return CONTEXTS
