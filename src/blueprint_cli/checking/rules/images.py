"""Images are named with a version."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from blueprint_cli.checking.compose import is_compose_file
from blueprint_cli.checking.dockerfile import filled_in, is_dockerfile, parse_dockerfile
from blueprint_cli.checking.finding import Found, Rule
from blueprint_cli.checking.rules.actions import is_read_by_github
from blueprint_cli.checking.text import line_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprint_cli.checking.project import CheckedProject

KEY: Final = r"(?m)^[ \t]*(?:-[ \t]+)?[\"']?image[\"']?[ \t]*:[ \t]*[\"']?"
VALUE: Final = r"((?:\$\{[^}]*\}|[^\s\"'#,{}])*)"
KUBERNETES: Final = r"(?m)^kind:[ \t]*\w"
FILES: Final = (".yml", ".yaml", "devcontainer.json")


def _floating(project: CheckedProject) -> Iterator[Found]:
    for path, text in project.texts():
        if is_dockerfile(path):
            dockerfile = parse_dockerfile(text)
            names = {stage.name for stage in dockerfile.stages} | {"scratch"}
            for stage in dockerfile.stages:
                if stage.image.lower() not in names and _is_floating(stage.image):
                    yield Found(path, f"starts from {stage.image}", stage.line, stage.image)
        elif path.endswith(FILES):
            yield from _images(path, text)


def _images(path: str, text: str) -> Iterator[Found]:
    """Only where a file is known to name images may a version be missing altogether."""
    names_images = (
        is_compose_file(path)
        or is_read_by_github(path)
        or path.endswith(".json")
        or re.search(KUBERNETES, text) is not None
    )
    for found in re.finditer(KEY + VALUE, text):
        image = filled_in(found[1], {})
        if image and _is_floating(image) and (names_images or image.endswith(":latest")):
            yield Found(path, f"runs {image}", line_of(text, found.start(1)), image)


def _is_floating(image: str) -> bool:
    """Whether the image has no tag or `latest`; a variable without a default is not judged."""
    if "@sha256:" in image:
        return False
    _, colon, tag = image.rpartition("/")[2].partition(":")
    if "$" in (tag if colon else image):
        return False
    return not colon or tag in {"", "latest"}


FLOATING: Final = Rule(
    id="BP603",
    name="floating-image",
    severity="error",
    title="An image is named without a version",
    why="`latest` is another image tomorrow: what was tested is not what runs, on no two machines.",
    fix="Name a version, or a digest; Dependabot raises it.",
    look=_floating,
)
