"""Where the code is, and what no import contract of this project may let pass."""

from typing import Final

from app import CONTEXTS

FOLDERS: Final = ("src",)
SOURCES: Final = "src"
FIRST, SECOND = CONTEXTS[:2]
# Into which module which line goes, and the contract that has to notice.
PLANTED: Final = {
    "Within a context imports point inwards": (
        f"src/{FIRST}/domain/errors.py",
        f"import {FIRST}.adapters",
    ),
    "An application knows neither the kit nor a contract": (
        f"src/{FIRST}/application/views.py",
        "import kit.clock",
    ),
    "A context reaches another one only from its adapters through the other's facade": (
        f"src/{FIRST}/adapters/tables.py",
        f"import {SECOND}.adapters.tables",
    ),
    "The app stands on contexts, contexts on the kit, the kit and the contracts on nothing of"
    " ours": ("src/kit/clock.py", f"import {SECOND}.domain.errors"),
    "The kit and the contracts do not know each other": (
        "src/contracts/__init__.py",
        "import kit.clock",
    ),
}
