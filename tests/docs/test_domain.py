"""The page about described contexts says the limits that the program has."""

from pathlib import Path

from blueprint_cli.domain import limits

PAGE = Path(__file__).parents[2] / "docs" / "domain.md"


def test_the_limits_are_those_of_the_program() -> None:
    text = " ".join(PAGE.read_text(encoding="utf-8").split())
    said = (
        f"{limits.CONTEXTS} contexts, {limits.ENTITIES} entities, {limits.TYPES} types in a "
        f"context, {limits.FIELDS} fields, {limits.STATES} states, {limits.COMMANDS} commands and "
        f"{limits.GUARDS} rules in an entity, {limits.REACTIONS} reactions in a context, "
        f"{limits.VALUES} values in an enumeration, {limits.ROLES} roles; a text of "
        f"{limits.TEXT:,} characters, a list of {limits.ITEMS:,} items, a decimal of "
        f"{limits.DIGITS} digits; an expression of {limits.EXPRESSION} characters and "
        f"{limits.DEPTH} levels"
    )
    assert said in text
