"""Which program a template was written for: its files say so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from blueprint_cli.errors import SourceRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from blueprint_cli.engines.asked import Value
    from blueprint_cli.engines.engine import TeamTemplate
    from blueprint_cli.sources.fetching import Fetched

COPIER: Final = ("copier.yml", "copier.yaml")
COOKIECUTTER: Final = ("cookiecutter.json",)
LAYERED: Final = ("blueprint-template.yaml",)


def open_template(
    fetched: Fetched, *, trusted: bool = False, secrets: Mapping[str, Value] | None = None
) -> TeamTemplate:
    """Return the template that a source holds.

    Args:
        fetched: the source's files.
        trusted: whether code of it may run on this machine.
        secrets: answers that are written nowhere.

    Raises:
        SourceRefused: where it holds none, or more than one.
    """
    # Each is imported where it is met: it imports the program that renders it.
    found = [
        name for name in (*COPIER, *COOKIECUTTER, *LAYERED) if (fetched.folder / name).is_file()
    ]
    given = fetched.address.given
    if not found:
        raise SourceRefused(
            f"{given} holds no template: neither copier.yml, cookiecutter.json nor {LAYERED[0]}",
            hint="Where it lies in a folder of the source, name the folder: "
            f"{given}#subdirectory=FOLDER",
        )
    if len(found) > 1:
        raise SourceRefused(f"{given} holds more than one template: {' and '.join(found)}")
    secrets = secrets or {}
    if found[0] in LAYERED:
        from blueprint_cli.engines.layered import LayeredTeamTemplate  # noqa: PLC0415 - see above

        return LayeredTeamTemplate(fetched=fetched, trusted=trusted, secrets=secrets)
    if found[0] in COPIER:
        from blueprint_cli.engines.copier import CopierTemplate  # noqa: PLC0415 - see above

        return CopierTemplate(fetched=fetched, trusted=trusted, secrets=secrets)
    from blueprint_cli.engines.cookiecutter import CookiecutterTemplate  # noqa: PLC0415 - see above

    return CookiecutterTemplate(fetched=fetched, trusted=trusted, secrets=secrets)
