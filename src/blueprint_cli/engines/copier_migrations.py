"""Running what a Copier template asks of a project between two of its versions."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from blueprint_cli.engines.shielding import FOREIGN, SHOWN
from blueprint_cli.errors import MigrationFailed, Untrusted

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from blueprint_cli.engines.copier import CopierTemplate
    from blueprint_cli.engines.copier_worker import Step


def refuse_untrusted(template: CopierTemplate, steps: Iterable[Step]) -> None:
    """Refuse migrations that would run, and may not.

    Raises:
        Untrusted: with their commands.
    """
    lines = "\n".join(f"  migration {_shown(step)}" for step in steps)
    if lines and not template.trusted:
        raise Untrusted(
            f"the template {template.source} would run code in this project, and is not trusted",
            hint=f"It would run:\n{lines}\nRead it; where you trust it, say so: --trust",
        )


def run_migration(step: Step, project: Path) -> str:
    """Run one migration in a project, as Copier does, and return what it said.

    Raises:
        MigrationFailed: where it fails; what it had changed until then stays.
    """
    known = {name: text for name, text in os.environ.items() if not name.startswith(FOREIGN)}
    folder = project / step.folder
    try:
        done = subprocess.run(  # noqa: S603 - of a template that is trusted
            step.command,
            shell=isinstance(step.command, str),
            cwd=folder,
            env={**known, **step.variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
    except OSError as error:
        raise MigrationFailed(f"the migration {_shown(step)} cannot be run: {error}") from error
    said = done.stdout.decode(errors="replace").rstrip()
    if done.returncode:
        raise MigrationFailed(
            f"the migration {_shown(step)} failed with exit code {done.returncode}",
            hint="\n".join(said.splitlines()[-SHOWN:]),
        )
    return said


def _shown(step: Step) -> str:
    return step.command if isinstance(step.command, str) else repr(list(step.command))
