"""Where the code is, and what no import contract of this project may let pass."""

from typing import Final

from dev.contexts import CONTEXTS

FOLDERS: Final = ("libs", "services")
SOURCES: Final = "*/*/src"
FIRST, SECOND = CONTEXTS[:2]
# Into which module which line goes, and the contract that has to notice.
PLANTED: Final = {
    "Within a context imports point inwards": (
        f"services/{FIRST}/src/{FIRST}/domain/errors.py",
        f"import {FIRST}.adapters",
    ),
    "An application knows neither the kit nor a contract": (
        f"services/{FIRST}/src/{FIRST}/application/views.py",
        "import kit.clock",
    ),
    "A service holds nothing of another one": (
        f"services/{FIRST}/src/{FIRST}/adapters/tables.py",
        f"import {SECOND}.adapters.tables",
    ),
    **{
        f"The process of {name} serves that context alone": (
            f"services/{name}/src/{name}_service/composition.py",
            f"import {SECOND if name == FIRST else FIRST}.domain.errors",
        )
        for name in CONTEXTS
    },
}
