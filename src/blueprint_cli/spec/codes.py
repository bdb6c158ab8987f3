"""The codes of ``blueprint check``, which ``blueprint.yaml`` and the command line select from.

They stand below the checks themselves so that the spec, which every command reads, knows them.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

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
]
Severity = Literal["error", "warning", "note"]

CODES: Final[tuple[Code, ...]] = get_args(Code)
# The gravest first.
SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)
# A code, or what several begin with.
SELECTORS: Final = tuple(sorted({code[:length] for code in CODES for length in range(2, 6)}))


def unknown_code(text: str) -> str:
    """Return what is wrong with a text that selects nothing; empty where it selects something."""
    if text in SELECTORS:
        return ""
    import difflib  # noqa: PLC0415 - only to say what is wrong

    near = difflib.get_close_matches(text.strip().upper(), (*CODES, *SELECTORS), n=1, cutoff=0.7)
    known = f"did you mean {near[0]}?" if near else f"known: {', '.join(CODES)}"
    return f"no check has the code {text or 'of no letters'}; {known}"
