"""The contexts, for the programs in this folder; the list is the application's."""

from app.contexts import CONTEXTS


def schemas() -> tuple[str, ...]:
    """The packages that have migrations."""
    return CONTEXTS
