"""The codes of ``blueprint check``, which ``blueprint.yaml`` and the command line select from.

They stand below the checks themselves so that the spec, which every command reads, knows them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Iterable

Code = Literal[
    "BP001",
    "BP101",
    "BP102",
    "BP103",
    "BP104",
    "BP105",
    "BP201",
    "BP202",
    "BP203",
    "BP301",
    "BP302",
    "BP303",
    "BP401",
    "BP402",
    "BP501",
    "BP502",
    "BP503",
    "BP504",
    "BP505",
    "BP506",
    "BP507",
    "BP508",
    "BP601",
    "BP602",
    "BP603",
    "BP604",
    "BP701",
    "BP702",
    "BP703",
    "BP704",
    "BP705",
    "BP706",
]
Severity = Literal["error", "warning", "note"]

CODES: Final[tuple[Code, ...]] = get_args(Code)
# The gravest first.
SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)
# A code, or what several begin with.
SELECTORS: Final = tuple(sorted({code[:length] for code in CODES for length in range(2, 6)}))
# The code of a team's own check, `ACME-001`, or what several begin with: no word of ours.
OF_A_STANDARD: Final = r"^([A-Z][A-OQ-Z0-9]|[AC-Z]P)[A-Z0-9]{0,10}(-[0-9]{0,5})?$"


def unknown_code(text: str, others: Iterable[str] = ()) -> str:
    """Return what is wrong with a text that selects nothing; empty where it selects something.

    ``others`` are codes besides ours: those of a team's standard.
    """
    others = tuple(others)
    if text in SELECTORS or (text and any(code.startswith(text) for code in others)):
        return ""
    import difflib  # noqa: PLC0415 - only to say what is wrong

    codes = (*CODES, *others)
    near = difflib.get_close_matches(text.strip().upper(), (*codes, *SELECTORS), n=1, cutoff=0.7)
    known = f"did you mean {near[0]}?" if near else f"known: {', '.join(codes)}"
    return f"no check has the code {text or 'of no letters'}; {known}"


def may_be_of_a_standard(text: str) -> bool:
    """Whether a text has the form of the codes that teams give to their own checks."""
    return re.match(OF_A_STANDARD, text) is not None
