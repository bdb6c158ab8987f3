"""Where a project's own files lie, from its root."""

from typing import Final

SPEC_FILE: Final = "blueprint.yaml"
FOLDER: Final = ".blueprint"
IDENTITY: Final = f"{FOLDER}/template.json"
# Inside the archive of the pristine render, beside the files that it lists.
MANIFEST: Final = f"{FOLDER}/manifest.json"
# Exists while an update is under way.
STATE: Final = f"{FOLDER}/update"
# Written once by `new` and the project's own from then on: no part of the base.
DECISION: Final = "docs/decisions/0001-architecture.md"
