"""A template: a folder with a ``template.yaml`` that says which layers make a project."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from blueprint_cli.errors import BlueprintError, TemplateBroken, TemplateNotFound
from blueprint_cli.spec.document import read_document
from blueprint_cli.spec.model import RELATIVE_PATH, ContextName
from blueprint_cli.tree import File, Tree
from blueprint_cli.version import installed_version

if TYPE_CHECKING:
    from collections.abc import Mapping

DESCRIPTION: Final = "template.yaml"
CONFIGURATION: Final = "copier.yml"
# Python and editors leave these beside template files; no project holds them.
NEVER_RENDERED: Final = ("__pycache__", ".DS_Store")
CONTEXT: Final = "{context}"


class Layer(BaseModel):
    """A folder of the templates, where it goes in the project, and whether once per context.

    ``when`` names keys of the spec, with dots, and the value that each must have for the layer.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    source: Annotated[str, Field(alias="from", min_length=1)]
    to: str = "."
    each: Literal["context"] | None = None
    when: dict[str, str] = {}


class _Description(BaseModel):
    """``brings`` names contexts that the pattern has beside those of the spec.

    ``managed`` holds globs of the files that stay the template's; the others are the project's.

    They are matched against the paths of a project, see `blueprint_cli.globs`. ``moves``
    says where files of the templates were in earlier versions: each file or folder, and its place
    now. ``guides`` names, for each pattern to come from, a layer that only `evolve` renders: what
    its user has to do by hand.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    name: str
    summary: str
    layers: Annotated[list[Layer], Field(min_length=1)]
    brings: list[ContextName] = []
    managed: list[Annotated[str, Field(pattern=RELATIVE_PATH)]] = []
    moves: dict[str, str] = {}
    guides: dict[str, str] = {}


@dataclass(frozen=True)
class Template:
    """A template of this version, or of a folder that a test wrote."""

    root: Path
    name: str
    summary: str
    layers: tuple[Layer, ...]
    version: str
    source: str = "builtin"
    managed: tuple[str, ...] = ()
    moves: Mapping[str, str] = field(default_factory=dict)
    guides: Mapping[str, str] = field(default_factory=dict)
    brings: tuple[str, ...] = ()

    @cached_property
    def tree(self) -> Tree:
        """Every file that a render of this template can read."""
        files: dict[str, File] = {}
        folder = folder_of(self.name)
        for path in (CONFIGURATION, f"{folder}/{DESCRIPTION}"):
            files[path] = File((self.root / path).read_bytes())
        for layer in self.layers:
            for base in self.root.glob(layer.source.replace(CONTEXT, "*")):
                prefix = base.relative_to(self.root).as_posix()
                below = Tree.read(base, skip=NEVER_RENDERED)
                files |= {f"{prefix}/{path}": file for path, file in below.items()}
        return Tree({path: file for path, file in files.items() if not path.endswith(".pyc")})


def folder_of(pattern: str) -> str:
    """Folders and Python names have underscores where a pattern has a hyphen."""
    return pattern.replace("-", "_")


def builtin_root() -> Path:
    """Return the folder of the built-in templates: in the wheel, or in its checkout.

    Raises:
        TemplateBroken: where the installation lost them.
    """
    package = Path(__file__).resolve().parents[1]
    for root in (package / "_templates", package.parents[1] / "templates"):
        if (root / CONFIGURATION).is_file():
            return root
    raise TemplateBroken(
        f"the templates are missing from this installation ({package})",
        hint="Install blueprint again.",
    )


def load_templates(root: Path | None = None) -> tuple[Template, ...]:
    """Return the templates below a root, by default the built-in ones, by name."""
    root = builtin_root() if root is None else root
    found = (_load(root, path) for path in root.glob(f"*/{DESCRIPTION}"))
    return tuple(sorted(found, key=lambda template: template.name))


def find_template(name: str, root: Path | None = None) -> Template:
    """Return one template.

    Raises:
        TemplateNotFound: with the names that there are.
    """
    root = builtin_root() if root is None else root
    path = root / folder_of(name) / DESCRIPTION
    if name and "/" not in name and "\\" not in name and path.is_file():
        template = _load(root, path)
        if template.name == name:
            return template
    names = ", ".join(template.name for template in load_templates(root))
    raise TemplateNotFound(f"this version has no template '{name}'", hint=f"There is: {names}.")


def find_recommended(name: str, root: Path | None = None) -> Template:
    """Return the template of a pattern that is recommended and that nobody chose.

    Raises:
        TemplateNotFound: saying what can be chosen instead.
    """
    try:
        return find_template(name, root)
    except TemplateNotFound:
        names = [template.name for template in load_templates(root)]
        raise TemplateNotFound(
            f"{name} is recommended, and this version has no template for it",
            hint=f"It has: {', '.join(names)}. Choose it with --pattern {names[0]}, "
            "and --reason to record why."
            if names
            else "",
        ) from None


def _load(root: Path, path: Path) -> Template:
    try:
        document = read_document(path, what="template")
        description = _Description.model_validate(document.data)
    except BlueprintError as error:
        raise TemplateBroken(error.message, hint=error.hint, problems=error.problems) from None
    except ValidationError as error:
        problems = [
            document.problem(tuple(detail["loc"]), detail["msg"]) for detail in error.errors()
        ]
        raise TemplateBroken(f"{path} does not describe a template", problems=problems) from None
    return Template(
        root=root,
        name=description.name,
        summary=description.summary,
        layers=tuple(description.layers),
        version=installed_version(),
        managed=tuple(description.managed),
        moves=description.moves,
        guides=description.guides,
        brings=tuple(description.brings),
    )
