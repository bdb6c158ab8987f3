"""Where a project's own files lie, from its root."""

from typing import Final

SPEC_FILE: Final = "blueprint.yaml"
FOLDER: Final = ".blueprint"
IDENTITY: Final = f"{FOLDER}/template.json"
# Inside the archive of the pristine render, beside the files that it lists.
MANIFEST: Final = f"{FOLDER}/manifest.json"
# Inside it, too: what the project keeps of its team's standard.
STANDARD: Final = f"{FOLDER}/standard"
# Exists while an update is under way.
STATE: Final = f"{FOLDER}/update"
# What `evolve` found no place for, for `check` to ask about.
LEFT_BEHIND: Final = f"{FOLDER}/left-behind.json"
# How far predictions were off, where `review --keep` kept it.
MEASURED: Final = f"{FOLDER}/measured.json"
# Written once, the first by `new`, and the project's own from then on: no part of the base.
DECISIONS: Final = "docs/decisions"
DECISION: Final = f"{DECISIONS}/0001-architecture.md"
