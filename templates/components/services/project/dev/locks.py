"""The requirements files, and what each is made from."""

from dev.contexts import CONTEXTS

_LIBRARIES = ("libs/contracts/pyproject.toml", "libs/kit/pyproject.toml")
_SERVICES = {context: f"services/{context}/pyproject.toml" for context in CONTEXTS}

LOCKS = {  # in this order: what is shipped has the versions that were tested
    "requirements-dev.txt": ("pyproject.toml", "--group", "dev", *_LIBRARIES, *_SERVICES.values()),
    **{
        f"services/{context}/requirements.txt": (
            *(*_LIBRARIES, service),
            *("--constraint", "requirements-dev.txt"),
        )
        for context, service in _SERVICES.items()
    },
}
