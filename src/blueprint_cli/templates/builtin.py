"""The templates of this version, installed or in a checkout: the first template source."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from blueprint_cli.errors import NotInstalled, TemplateNotFound
from blueprint_cli.templates.composition import compose, folder_of
from blueprint_cli.templates.descriptions import PatternDescription
from blueprint_cli.templates.examples import example_below, examples_below
from blueprint_cli.templates.layers import CONFIGURATION, LayeredTemplate
from blueprint_cli.templates.render import render_begun, render_guide, render_with_sources
from blueprint_cli.templates.source import Reference
from blueprint_cli.version import DISTRIBUTION, PROGRAM, installed_version

if TYPE_CHECKING:
    from collections.abc import Sequence

    from blueprint_cli.spec.model import Spec
    from blueprint_cli.templates.described.migrations import Revision
    from blueprint_cli.templates.examples import Example
    from blueprint_cli.templates.source import Rendered, TemplateSource
    from blueprint_cli.tree import Tree

# Where the distribution with the templates puts them.
PACKAGE: Final = "blueprint_templates"


class BuiltinTemplate(LayeredTemplate):
    """A pattern of this version."""

    def render(
        self, spec: Spec, *, scratch: Path | None = None, revisions: Sequence[Revision] = ()
    ) -> Rendered:
        """Render a project, see `blueprint_cli.templates.render`."""
        return render_with_sources(spec, self, scratch=scratch, revisions=revisions)

    def render_otherwise(self, spec: Spec, *, scratch: Path | None = None) -> Tree | None:  # noqa: ARG002 - as the protocol has it
        """Nothing is drawn, and nothing is secret."""
        return None

    def render_begun(self, spec: Spec, *, scratch: Path | None = None) -> Tree:
        """Render what the owner goes on from in contexts that they write."""
        return render_begun(spec, self, scratch=scratch)

    def render_guide(self, spec: Spec, came_from: str, *, scratch: Path) -> Tree:
        """Render what the user of another pattern reads on the way to this one."""
        return render_guide(spec, self, came_from, scratch=scratch)


@dataclass(frozen=True, slots=True)
class BuiltinSource:
    """The templates below a root."""

    root: Path

    def templates(self) -> tuple[BuiltinTemplate, ...]:
        """Return every template, by name."""
        found = (_load(self.root, path) for path in self.root.glob(f"*/{PatternDescription.FILE}"))
        return tuple(sorted(found, key=lambda template: template.name))

    def resolve(self, reference: Reference) -> BuiltinTemplate:
        """Return one template.

        Raises:
            TemplateNotFound: with the names that there are.
        """
        name = reference.name
        path = self.root / folder_of(name) / PatternDescription.FILE
        if name and "/" not in name and "\\" not in name and path.is_file():
            template = _load(self.root, path)
            if template.name == name:
                return template
        names = ", ".join(template.name for template in self.templates())
        raise TemplateNotFound(f"this version has no template '{name}'", hint=f"There is: {names}.")


def builtin_root() -> Path:
    """Return the folder of the built-in templates: of the checkout, or as they are installed.

    Raises:
        NotInstalled: where they, or Copier, are not, or are those of another version.
    """
    checkout = Path(__file__).resolve().parents[3] / "templates"
    installed = find_spec(PACKAGE)
    folders = installed.submodule_search_locations if installed else None
    found = [root for root in map(Path, folders or ()) if (root / CONFIGURATION).is_file()]
    root = checkout if (checkout / CONFIGURATION).is_file() else next(iter(found), None)
    if root is None or find_spec("copier") is None:
        what = "the templates are" if root is None else "Copier is"
        raise NotInstalled(
            f"{what} not installed: this is {PROGRAM} alone, which checks projects and makes none",
            hint=f"Install {DISTRIBUTION}, which has both: {_installation()}",
        )
    if root is not checkout:
        _refuse_other_version()
    return root


def _refuse_other_version() -> None:
    try:
        templates, program = installed_version(DISTRIBUTION), installed_version(PROGRAM)
    except PackageNotFoundError:
        return
    if templates != program:
        raise NotInstalled(
            f"the templates are those of {DISTRIBUTION} {templates}, the program is {program}",
            hint=f"Install both of one version: {_installation()}",
        )


def _installation() -> str:
    return f"pip install {DISTRIBUTION}=={installed_version(PROGRAM)}"


def load_templates(root: Path | None = None) -> tuple[BuiltinTemplate, ...]:
    """Return the templates below a root, by default the built-in ones, by name."""
    return BuiltinSource(builtin_root() if root is None else root).templates()


def find_template(name: str, root: Path | None = None) -> BuiltinTemplate:
    """Return one template.

    Raises:
        TemplateNotFound: with the names that there are.
    """
    return BuiltinSource(builtin_root() if root is None else root).resolve(Reference(name))


def load_examples(root: Path | None = None) -> tuple[Example, ...]:
    """Return the examples below a root, by default the built-in ones, by name."""
    return examples_below(builtin_root() if root is None else root)


def find_example(name: str, root: Path | None = None) -> Example:
    """Return one example.

    Raises:
        ExampleNotFound: with the nearest, and with the names that there are.
    """
    return example_below(builtin_root() if root is None else root, name)


def find_recommended(name: str, root: Path | None = None) -> BuiltinTemplate:
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


def _load(root: Path, path: Path) -> BuiltinTemplate:
    return compose(BuiltinTemplate, root, path, installed_version())


if TYPE_CHECKING:
    # BuiltinSource is a TemplateSource: mypy says so here, before anybody uses it as one.
    _SOURCE: TemplateSource = BuiltinSource(Path())
