"""What is wrong with a description, and where in the document."""

from __future__ import annotations

from dataclasses import dataclass

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong; ``path`` begins below ``contexts``.

    ``at_key``: with the key itself, and not with its value.
    """

    path: Path
    message: str
    allowed: str = ""
    at_key: bool = False


class NotUnderstood(Exception):  # noqa: N818 - it says what happened, as those in `errors` do
    """A field's words or an expression are not what they have to be."""

    def __init__(self, message: str, allowed: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.allowed = allowed
