"""How large a model may be: what no reader and no project has to cope with is refused."""

from __future__ import annotations

from typing import Final

CONTEXTS: Final = 60
ENTITIES: Final = 300
TYPES: Final = 100
FIELDS: Final = 100
VALUES: Final = 200
STATES: Final = 50
COMMANDS: Final = 50
GUARDS: Final = 50
REACTIONS: Final = 100
ROLES: Final = 30
# Characters of one expression, and how deep it is nested.
EXPRESSION: Final = 500
DEPTH: Final = 20
# Names, constants and what joins them in a condition that is compared with another.
COMPARED: Final = 20
# Characters of a field's words.
WORDS: Final = 500
# What fits into 64 bits, and what Python's decimals calculate with.
INT_LOW: Final = -(2**63)
INT_HIGH: Final = 2**63 - 1
DIGITS: Final = 28
TEXT: Final = 100_000
ITEMS: Final = 1_000
ITEMS_BY_DEFAULT: Final = 100
