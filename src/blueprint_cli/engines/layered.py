"""Templates that add a layer to our own patterns: ``extends: builtin``."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from blueprint_cli.engines.answering import refuse
from blueprint_cli.engines.asked import AnswerRefused, Asked, Choice
from blueprint_cli.engines.description import read_template
from blueprint_cli.engines.engine import TeamTemplate
from blueprint_cli.errors import TemplateBroken
from blueprint_cli.templates.builtin import find_template
from blueprint_cli.templates.data import template_data
from blueprint_cli.templates.engine import has_holes, scratch_folder
from blueprint_cli.templates.examples import Example, contexts_text
from blueprint_cli.templates.filling import Holes, fill
from blueprint_cli.templates.source import Rendered
from blueprint_cli.tree import PathClash, Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from blueprint_cli.engines.asked import Value
    from blueprint_cli.engines.description import TeamQuestion, TeamTemplateDescription
    from blueprint_cli.spec.answers import Contexts
    from blueprint_cli.spec.document import Document
    from blueprint_cli.spec.model import Spec
    from blueprint_cli.templates.builtin import BuiltinTemplate
    from blueprint_cli.templates.described.migrations import Revision
    from blueprint_cli.tree import File

# What messages and records call its files, as they call our layers by their folders.
LAYER = "team"
SKIPPED = (".git", "__pycache__", ".DS_Store")


@dataclass(frozen=True, kw_only=True)
class LayeredTeamTemplate(TeamTemplate):
    """A template with a ``blueprint-template.yaml``: one of our patterns, and the team's files.

    ``pattern`` is the one that is rendered, once that is known.
    """

    kind: str = field(default="layered", init=False)
    pattern: str = ""
    templates: Path | None = None

    @cached_property
    def _read(self) -> tuple[TeamTemplateDescription, Document]:
        return read_template(self.fetched.folder, self.source)

    @property
    def description(self) -> TeamTemplateDescription:
        """What it says of itself.

        Raises:
            TemplateBroken: with every problem that was found, and where.
        """
        return self._read[0]

    @property
    def name(self) -> str:
        """What it calls itself."""
        return self.description.name

    @property
    def summary(self) -> str:
        """What its projects are, in a line."""
        return self.description.summary

    @property
    def version(self) -> str:
        """The version that it gives itself."""
        return self.description.version

    @property
    def has_patterns(self) -> bool:
        """Its projects are of one of ours."""
        return True

    def for_pattern(self, pattern: str) -> LayeredTeamTemplate:
        """Return it for projects of one of our patterns."""
        return replace(self, pattern=pattern)

    @property
    def patterns(self) -> tuple[str, ...]:
        """Those of our patterns that it is made for."""
        return tuple(self.description.patterns)

    @property
    def begins_with(self) -> Contexts | None:
        """The contexts of a new project, as the template's file has them."""
        description, document = self._read
        if not description.contexts:
            return None
        return Example(self.name, self.summary, description.contexts, contexts_text(document.text))

    @property
    def managed(self) -> tuple[str, ...]:
        """The pattern's files that stay the template's, and its own."""
        return (*self.of_pattern.managed, *self.description.managed)

    @property
    def moves(self) -> Mapping[str, str]:
        """Where the pattern's files and its own were, and are, as the record names them."""
        own = self.description.moves.items()
        moves = {f"{LAYER}/{old}": f"{LAYER}/{new}" for old, new in own}
        return {**self.of_pattern.moves, **moves}

    @property
    def guides(self) -> Mapping[str, str]:
        """What the pattern's users read on the way to it."""
        return self.of_pattern.guides

    @cached_property
    def tree(self) -> Tree:
        """Its own files, and those of the pattern that it adds to."""
        own = {f"{LAYER}/{path}": file for path, file in super().tree.items()}
        return Tree({**self.of_pattern.tree, **own})

    @property
    def runs(self) -> tuple[str, ...]:
        """Nothing: its files are filled, and that is all."""
        return ()

    @property
    def draws(self) -> bool:
        """Nothing is drawn."""
        return False

    @property
    def secret_questions(self) -> frozenset[str]:
        """None: what is secret does not belong into a project."""
        return frozenset()

    def skipped(self, spec: Spec) -> Callable[[str], bool]:  # noqa: ARG002 - as the others
        """Nothing is: what belongs to the project merges."""
        return lambda _: False

    def next_question(self, answers: Mapping[str, Value], name: str) -> Asked | None:  # noqa: ARG002 - no default is made of it
        """Return the first question that is not answered."""
        for question, one in self.description.questions.items():
            if question not in answers:
                return _asked(question, one)
            _checked(one, answers[question])
        return None

    def taken(self, asked: Asked, typed: str, answers: Mapping[str, Value], name: str) -> Value:  # noqa: ARG002 - as the others
        """Return what was typed as the value of an answer."""
        return _checked(self.description.questions[asked.name], typed)

    def completed(self, answers: Mapping[str, Value], name: str) -> dict[str, Value]:  # noqa: ARG002 - no default is made of it
        """Return the answers to all questions, by default where they were not given."""
        made: dict[str, Value] = {}
        refused: dict[str, str] = {}
        missing: dict[str, str] = {}
        for question, one in self.description.questions.items():
            if question not in answers:
                if one.default is None:
                    missing[question] = "the template has no default for it"
                made[question] = one.default
                continue
            try:
                made[question] = _checked(one, answers[question])
            except AnswerRefused as error:
                refused[question] = str(error)
        refuse(
            self.source,
            answers,
            known=self.description.questions,
            refused=refused,
            missing=missing,
        )
        return made

    @cached_property
    def of_pattern(self) -> BuiltinTemplate:
        """Our own template that it adds to.

        Raises:
            TemplateBroken: where it is not made for the pattern.
        """
        if self.pattern not in self.description.patterns:
            raise TemplateBroken(
                f"template {self.name} is not made for {self.pattern}",
                hint=f"It is made for: {', '.join(self.description.patterns)}.",
            )
        return find_template(self.pattern, self.templates)

    def render(
        self, spec: Spec, *, scratch: Path | None = None, revisions: Sequence[Revision] = ()
    ) -> Rendered:
        """Render one of our patterns, and the team's files onto it.

        Raises:
            TemplateBroken: where both bring a file that the template does not say it replaces.
        """
        rendered = self.of_pattern.render(spec, scratch=scratch, revisions=revisions)
        with scratch_folder(scratch) as folder:
            theirs = self._filled(spec, folder)
        return self._laid_over(rendered, theirs)

    def _filled(self, spec: Spec, scratch: Path) -> Mapping[str, File]:
        place = self.fetched.folder / self.description.files
        if not place.is_dir():
            return {}
        files = dict(Tree.read(place, skip=SKIPPED))
        holes = {path: file for path, file in files.items() if has_holes(path)}
        plain = {path: file for path, file in files.items() if path not in holes}
        ours = self.of_pattern
        data: dict[str, Any] = {**template_data(spec, ours), "answers": spec.template.answers}
        (filled,) = fill(ours.root, [Holes(LAYER, {}, holes)], data, scratch)
        return {**plain, **{path: file for path, file in filled.items() if file.content.strip()}}

    def _laid_over(self, rendered: Rendered, theirs: Mapping[str, File]) -> Rendered:
        replaced = set(self.description.replaces)
        both = sorted(path for path in theirs if path in rendered.tree and path not in replaced)
        if both:
            raise TemplateBroken(
                f"template {self.name} brings {both[0]}, and so does blueprint",
                hint=f"Where it is to stand instead of ours: replaces: [{both[0]}]",
            )
        idle = sorted(path for path in replaced if path not in theirs)
        if idle:
            raise TemplateBroken(
                f"template {self.name} replaces {idle[0]}, and brings no such file",
                hint="Bring it, or leave it out of `replaces`.",
            )
        sources = {**rendered.sources, **{path: f"{LAYER}/{path}" for path in theirs}}
        try:
            return Rendered(Tree({**rendered.tree, **theirs}), sources)
        except PathClash as clash:
            raise TemplateBroken(
                f"template {self.name} brings {clash.first} beside {clash.second}: {clash.reason}"
            ) from clash

    def render_begun(self, spec: Spec, *, scratch: Path | None = None) -> Tree:
        """Render what the owner goes on from in contexts that they write."""
        return self.of_pattern.render_begun(spec, scratch=scratch)

    def render_guide(self, spec: Spec, came_from: str, *, scratch: Path) -> Tree:
        """Render what the user of another pattern reads on the way to this one."""
        return self.of_pattern.render_guide(spec, came_from, scratch=scratch)

    def _render_into(self, folder: Path, answers: Mapping[str, Value], name: str) -> Path:
        raise NotImplementedError  # It renders into memory, see `render`.


def _asked(name: str, question: TeamQuestion) -> Asked:
    return Asked(
        name=name,
        type=question.type,
        ask=question.ask,
        default=question.default,
        has_default=question.default is not None,
        choices=tuple(Choice(one, one) for one in question.choices),
    )


def _checked(question: TeamQuestion, value: Value) -> Value:
    """Return a value of the question's type; text is read as one, for so the command line has it.

    Raises:
        AnswerRefused: where it is none.
    """
    match question.type, value:
        case "integer", int() if not isinstance(value, bool):
            return value
        case "integer", str() if value.strip().lstrip("-").isdecimal():
            return int(value)
        case "boolean", bool():
            return value
        case "boolean", str() if value.lower() in {"true", "yes", "false", "no"}:
            return value.lower() in {"true", "yes"}
        case "choice", str() if value in question.choices:
            return value
        case "text", str():
            return value
        case _:
            allowed = ", ".join(question.choices) or question.type
            raise AnswerRefused(f"is {value!r}; allowed: {allowed}")
