"""The port for where templates come from: resolve a reference, render."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from blueprint_cli.spec.model import Spec
    from blueprint_cli.templates.described.migrations import Revision
    from blueprint_cli.tree import Tree


@dataclass(frozen=True, slots=True)
class Reference:
    """Which template is meant: its name at a source, and the source's branch, tag or commit."""

    name: str
    source: str = "builtin"
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A rendered project, and for each path the file of the templates that it was made of.

    A folder that is rendered for each context names the context too: ``folder[orders]/file``.
    """

    tree: Tree
    sources: Mapping[str, str]


class Template(Protocol):
    """A template that was found: what a project's record says of it, and what it can do."""

    @property
    def name(self) -> str:
        """Its name; of a built-in template, the pattern's."""

    @property
    def summary(self) -> str:
        """What its projects are, in a line."""

    @property
    def kind(self) -> str:
        """What renders it: ``builtin``, ``copier`` or ``cookiecutter``."""

    @property
    def source(self) -> str:
        """Where it comes from: ``builtin``, or an address."""

    @property
    def ref(self) -> str:
        """The branch or tag that was asked for; empty where there is none."""

    @property
    def commit(self) -> str:
        """The commit that the reference stood for; empty where there is none."""

    @property
    def version(self) -> str:
        """Its version, as PEP 440 writes it."""

    @property
    def tree(self) -> Tree:
        """Every file that a render can read; its digest says whether two templates differ."""

    @property
    def managed(self) -> tuple[str, ...]:
        """Globs over a project's paths of files that stay the template's."""

    @property
    def moves(self) -> Mapping[str, str]:
        """Where files of the template were in earlier versions, and are now."""

    @property
    def has_patterns(self) -> bool:
        """Whether its projects have one of the architectures that are recommended."""

    @property
    def guides(self) -> Mapping[str, str]:
        """By pattern to come from: which layer says what its user has to do by hand."""

    @property
    def lacks(self) -> tuple[str, ...]:
        """What a render does without, because code of the template may not run."""

    def skipped(self, spec: Spec) -> Callable[[str], bool]:
        """Return which paths are rendered once, and never touched where they exist."""

    def render(
        self, spec: Spec, *, scratch: Path | None = None, revisions: Sequence[Revision] = ()
    ) -> Rendered:
        """Render a project; ``scratch`` is where temporary files go.

        ``revisions`` are later migrations of contexts that the spec describes.

        Raises:
            TemplateBroken: where it cannot be rendered.
            OSError: where temporary files cannot be written.
        """

    def render_otherwise(self, spec: Spec, *, scratch: Path | None = None) -> Tree | None:
        """Render again what is not to enter a record otherwise: what is drawn, and what is secret.

        None where there is no such thing, so that two renders are the same.
        """

    def render_begun(self, spec: Spec, *, scratch: Path | None = None) -> Tree:
        """Render what the owner goes on from in contexts that they write: no part of a base."""

    def render_guide(self, spec: Spec, came_from: str, *, scratch: Path) -> Tree:
        """Render what the user of another pattern reads on the way; empty where there is none."""


class TemplateSource(Protocol):
    """Where templates come from."""

    def templates(self) -> tuple[Template, ...]:
        """Return every template that can be listed, by name."""

    def resolve(self, reference: Reference) -> Template:
        """Return one template.

        Raises:
            TemplateNotFound: where there is no such template.
            TemplateBroken: where its description is wrong.
        """
