"""The templates of this version, in the wheel or in its checkout: the first template source."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from blueprint_cli.errors import TemplateBroken, TemplateNotFound
from blueprint_cli.spec.questions import load_questions
from blueprint_cli.templates.composition import compose, folder_of
from blueprint_cli.templates.descriptions import PatternDescription
from blueprint_cli.templates.layers import CONFIGURATION, LayeredTemplate
from blueprint_cli.templates.render import render_guide, render_with_sources
from blueprint_cli.templates.source import Reference
from blueprint_cli.version import installed_version

if TYPE_CHECKING:
    from blueprint_cli.spec.model import Spec
    from blueprint_cli.spec.questions import Question
    from blueprint_cli.templates.source import Rendered, TemplateSource
    from blueprint_cli.tree import Tree


class BuiltinTemplate(LayeredTemplate):
    """A pattern of this version: what it asks is what ``blueprint new`` asks."""

    def questions(self) -> tuple[Question, ...]:
        """Return the questions of the questionnaire."""
        return load_questions()

    def render(self, spec: Spec, *, scratch: Path | None = None) -> Rendered:
        """Render a project, see `blueprint_cli.templates.render`."""
        return render_with_sources(spec, self, scratch=scratch)

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


def load_templates(root: Path | None = None) -> tuple[BuiltinTemplate, ...]:
    """Return the templates below a root, by default the built-in ones, by name."""
    return BuiltinSource(builtin_root() if root is None else root).templates()


def find_template(name: str, root: Path | None = None) -> BuiltinTemplate:
    """Return one template.

    Raises:
        TemplateNotFound: with the names that there are.
    """
    return BuiltinSource(builtin_root() if root is None else root).resolve(Reference(name))


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
