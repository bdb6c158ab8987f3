"""Templates that a test writes, and opening them as the program does."""

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from blueprint_cli.engines.engine import TeamTemplate
from blueprint_cli.engines.recognising import open_template
from blueprint_cli.sources.address import read_address
from blueprint_cli.sources.fetching import fetch
from blueprint_cli.spec.model import Spec

# A file's text or bytes; what begins with a hashbang can be executed.
Files = Mapping[str, str | bytes]
AUTHOR = ("-c", "user.name=A", "-c", "user.email=a@example.org")


def write(folder: Path, files: Files) -> Path:
    for path, content in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        data = content.encode() if isinstance(content, str) else content
        place.write_bytes(data)
        if data.startswith(b"#!"):
            place.chmod(0o755)
    return folder


def commit(folder: Path, tag: str = "") -> Path:
    """Commit all that is in a folder, and tag it."""
    if not (folder / ".git").exists():
        git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", "--all", "--force")
    git(folder, *AUTHOR, "commit", "--quiet", "--allow-empty", "--message", tag or "more")
    if tag:
        git(folder, "tag", tag)
    return folder


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def opened(
    source: Path | str,
    scratch: Path,
    *,
    ref: str = "",
    trusted: bool = False,
    secrets: Mapping[str, Any] | None = None,
) -> TeamTemplate:
    fetched = fetch(read_address(str(source)), ref, scratch)
    return open_template(fetched, trusted=trusted, secrets=secrets)


def spec(name: str, answers: Mapping[str, Any]) -> Spec:
    return Spec.model_validate(
        {
            "blueprint": 1,
            "project": {"name": name},
            "pattern": "monolith",
            "template": {"answers": dict(answers)},
        }
    )


def rendered(
    template: TeamTemplate, answers: Mapping[str, Any], name: str = "shop"
) -> dict[str, tuple[str, bytes]]:
    """Return mode and content of each file."""
    tree = template.render(spec(name, answers)).tree
    return {path: (file.mode, file.content) for path, file in tree.items()}
