"""Templates that were written for Cookiecutter."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import yaml

from blueprint_cli.engines import cookiecutter_generator as generator
from blueprint_cli.engines.answering import chosen, refuse
from blueprint_cli.engines.asked import AnswerRefused, Asked, Choice
from blueprint_cli.engines.drawing import draws
from blueprint_cli.engines.engine import TeamTemplate
from blueprint_cli.errors import SourceRefused, Untrusted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from blueprint_cli.engines.asked import Value
    from blueprint_cli.spec.model import Spec


@dataclass(frozen=True, slots=True)
class _Place:
    """The template that is meant in a repository of several, or the question which one."""

    folder: Path
    path: str
    chosen: dict[str, Value]
    unanswered: Asked | None = None


@dataclass(frozen=True, kw_only=True)
class CookiecutterTemplate(TeamTemplate):
    """A template with a ``cookiecutter.json``."""

    kind: str = field(default="cookiecutter", init=False)
    _prepared: dict[Path, Path] = field(default_factory=dict, init=False, repr=False, compare=False)

    def _another_day(self) -> contextlib.AbstractContextManager[None]:
        return generator.another_day()

    @contextlib.contextmanager
    def _working(self) -> Iterator[None]:
        try:
            with generator.working(self.name):
                yield
        except generator.NotInSandbox as error:
            raise Untrusted(
                f"the template {self.source} reaches for Python and is not trusted: {error}",
                hint="Read it; where you trust it, say so: --trust",
            ) from error

    @cached_property
    def runs(self) -> tuple[str, ...]:
        """Hooks, and extensions of Jinja; of every template that it has."""
        lines = []
        with self._working():
            for folder in self._folders(self.fetched.folder):
                lines += [
                    f"hook {file.relative_to(self.fetched.folder).as_posix()}"
                    for file in generator.hooks(folder)
                ]
                extensions = generator.read_variables(folder).get("_extensions", ())
                lines += [f"Jinja extension {extension}" for extension in extensions]
        return tuple(dict.fromkeys(lines))

    @property
    def secret_questions(self) -> frozenset[str]:
        """None: Cookiecutter knows no secrets."""
        return frozenset()

    @cached_property
    def draws(self) -> bool:
        """Whether it runs code, or its files draw at random or say what day it is."""
        delimiters: dict[str, Any] = {}
        with self._working():
            for folder in self._folders(self.fetched.folder):
                delimiters |= generator.read_variables(folder).get("_jinja2_env_vars", {})
        return bool(self.runs) or draws(self.fetched.folder, delimiters)

    def next_question(self, answers: Mapping[str, Value], name: str) -> Asked | None:  # noqa: ARG002 - no default is made of it
        """See `TeamTemplate.next_question`."""
        with self._working():
            place = self._place(answers, defaults=False)
            if place.unanswered:
                return place.unanswered
            found = self._go_through(place, answers, defaults=False)
            for key, why in found.refused.items():
                raise AnswerRefused(f"{key}: {why}")
            return found.unanswered

    def taken(self, asked: Asked, typed: str, answers: Mapping[str, Value], name: str) -> Value:  # noqa: ARG002 - see above
        """See `TeamTemplate.taken`."""
        match asked.type:
            case "choice":
                return chosen(asked, typed)
            case "boolean":
                with self._working():
                    return generator.yes_or_no(typed)
            case "document":
                return _document(typed)
            case _:
                return typed

    def completed(self, answers: Mapping[str, Value], name: str) -> dict[str, Value]:  # noqa: ARG002 - see above
        """See `TeamTemplate.completed`."""
        with self._working():
            place = self._place(answers, defaults=True)
            found = self._go_through(place, answers, defaults=True)
            values = {key: v for key, v in found.values.items() if not key.startswith("_")}
        refuse(
            self.source,
            answers,
            known=(*place.chosen, *values),
            refused=found.refused,
            missing={},
        )
        return place.chosen | values

    def skipped(self, spec: Spec) -> Callable[[str], bool]:  # noqa: ARG002 - as all have it
        """Nothing: a template cannot ask for it."""
        return lambda path: False  # noqa: ARG005 - for every path

    def _render_into(self, folder: Path, answers: Mapping[str, Value], name: str) -> Path:  # noqa: ARG002 - the template names its folder
        with self._working():
            place = self._place(answers, defaults=True)
            variables = generator.read_variables(place.folder)
            found = self._go_through(place, answers, defaults=True)
            origin = generator.Origin(
                template=self.source + (f"/{place.path}" if place.path else ""),
                checkout=self.ref,
                folder=place.folder,
            )
            with generator.importing(place.folder, trusted=self.trusted):
                return generator.render(
                    origin,
                    variables,
                    found,
                    folder,
                    compiled=self._compiled,
                    trusted=self.trusted,
                )

    def _places(self, folder: Path) -> dict[bytes, bytes]:
        copies = {str(ready).encode(): self.source.encode() for ready in self._prepared.values()}
        return copies | super()._places(folder)

    def _go_through(
        self, place: _Place, answers: Mapping[str, Value], *, defaults: bool
    ) -> generator.Questionnaire:
        variables = generator.read_variables(place.folder)
        if variables.get("_extensions") and not self.trusted:
            self.refuse_untrusted()
        with generator.importing(place.folder, trusted=self.trusted):
            filling = generator.environment(variables, self._compiled, trusted=self.trusted)
            return generator.go_through(variables, filling, answers, defaults=defaults)

    def _place(self, answers: Mapping[str, Value], *, defaults: bool) -> _Place:
        """Return which template these answers mean."""
        folder, path, taken = self._ready(self.fetched.folder), "", dict[str, "Value"]()
        while several := generator.nested(generator.read_variables(folder)):
            variable, folders, labels = several
            name = f"{variable}_{len(taken) + 1}" if variable in taken else variable
            choices = tuple(Choice(labels[key], key) for key in folders)
            asked = Asked(
                name=name,
                type="choice",
                ask="Which template?",
                default=next(iter(folders)),
                has_default=True,
                choices=choices,
            )
            if name not in answers and not defaults:
                return _Place(folder, path, taken, asked)
            key = chosen(asked, str(answers[name])) if name in answers else asked.default
            taken[name] = key
            path = f"{path}/{folders[key]}".strip("/").removeprefix("./")
            folder = self._ready(self._nested(folder, folders[key]))
        return _Place(folder, path, taken)

    def _nested(self, folder: Path, path: str) -> Path:
        inside = (folder / path).resolve()
        if not inside.is_relative_to(self.fetched.folder.resolve()) or not inside.is_dir():
            raise SourceRefused(f"{self.source} has no template in {path}")
        return inside

    def _folders(self, folder: Path) -> Iterator[Path]:
        """Yield the folders of all its templates; what runs before the questions is not run."""
        yield folder
        several = generator.nested(generator.read_variables(folder))
        for path in several[1].values() if several else ():
            if (inside := self._nested(folder, path)) != folder:
                yield from self._folders(inside)

    def _ready(self, folder: Path) -> Path:
        """Return a template's folder after what runs before the questions, if it may run."""
        if not self.trusted:
            return folder
        if folder not in self._prepared:
            root = self.fetched.folder
            copied = root.with_name(f"{root.name}-prompts-{len(self._prepared)}") / folder.name
            self._prepared[folder] = generator.run_pre_prompt(folder, copied)
        return self._prepared[folder]


def _document(typed: str) -> dict[str, Value]:
    try:
        value = json.loads(typed)
    except ValueError:
        try:
            value = yaml.safe_load(typed)
        except yaml.YAMLError as error:
            raise AnswerRefused("is neither JSON nor YAML") from error
    if not isinstance(value, dict):
        raise AnswerRefused("has keys and values, as JSON or YAML")
    return value
