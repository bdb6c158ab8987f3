"""The contexts, for the programs in this folder, and what each requirements file is made from."""

from app import CONTEXTS

LOCKS = {  # in this order: what is shipped has the versions that were tested
    "requirements-dev.txt": ("pyproject.toml", "--group", "dev"),
    "requirements.txt": ("pyproject.toml", "--constraint", "requirements-dev.txt"),
}


def schemas() -> tuple[str, ...]:
    """The packages that have migrations."""
    return CONTEXTS
