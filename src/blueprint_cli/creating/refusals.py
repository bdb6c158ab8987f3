"""What is wrong with a request, collected so that all of it is said at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn, TypeVar

from blueprint_cli.errors import EXIT_BAD_INPUT, BlueprintError, Problem, SeveralRefused

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")


class Refusals:
    """The refusals of several steps that do not depend on each other."""

    def __init__(self) -> None:
        self._found: list[tuple[str, BlueprintError]] = []

    def attempt(self, where: str, step: Callable[[], Result]) -> Result | None:
        """Return what a step gives; None where it refuses its input.

        Raises:
            BlueprintError: where it fails otherwise than by bad input.
        """
        try:
            return step()
        except BlueprintError as error:
            if error.exit_code != EXIT_BAD_INPUT:
                raise
            self._found.append((where, error))
            return None

    def __bool__(self) -> bool:
        """Whether anything was refused."""
        return bool(self._found)

    def raise_all(self) -> NoReturn:
        """Raise the one refusal as it is, several as one error with the problems of each."""
        if len(self._found) == 1:
            raise self._found[0][1]
        problems = [
            problem
            for where, error in self._found
            for problem in error.problems or (Problem(error.message, where),)
        ]
        hints = dict.fromkeys(error.hint for _, error in self._found if error.hint)
        raise SeveralRefused(
            f"the request has {len(problems)} problems", hint="\n".join(hints), problems=problems
        )
