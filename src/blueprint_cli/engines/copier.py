"""Templates that were written for Copier."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

from blueprint_cli.engines import copier_worker
from blueprint_cli.engines.answering import chosen, refuse
from blueprint_cli.engines.asked import AnswerRefused, Asked
from blueprint_cli.engines.compiling import remember
from blueprint_cli.engines.drawing import draws
from blueprint_cli.engines.engine import TeamTemplate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from blueprint_cli.engines.asked import Value
    from blueprint_cli.engines.copier_worker import Stage, Step, Template, Worker
    from blueprint_cli.spec.model import Spec

OUTSIDE: Final = re.compile(r"(^|/)\.\.(/|$)|^[/~]")


@dataclass(frozen=True, kw_only=True)
class CopierTemplate(TeamTemplate):
    """A template with a ``copier.yml``."""

    kind: str = field(default="copier", init=False)

    @cached_property
    def _template(self) -> Template:
        return copier_worker.find_template(self.fetched)

    def _worker(self, answers: Mapping[str, Value], destination: Path) -> Worker:
        if self._extensions and not self.trusted:
            self.refuse_untrusted()
        worker = copier_worker.make_worker(
            self._template, answers, destination, trusted=self.trusted
        )
        if not self._extensions:
            remember(worker.jinja_env, self._compiled)
        return worker

    def _another_day(self) -> AbstractContextManager[None]:
        return copier_worker.another_day()

    @cached_property
    def _extensions(self) -> tuple[str, ...]:
        """Python modules that Jinja imports."""
        with copier_worker.working(self.name):
            return tuple(f"Jinja extension {name}" for name in self._template.jinja_extensions)

    @cached_property
    def runs(self) -> tuple[str, ...]:
        """Extensions of Jinja, tasks, and files outside the project that are read."""
        with copier_worker.working(self.name):
            tasks = tuple(f"task {_command(task.cmd)}" for task in self._template.tasks)
            read = tuple(
                f"reads {path}, which is outside the project"
                for path in map(str, self._template.external_data.values())
                if OUTSIDE.search(path)
            )
        return (*self._extensions, *tasks, *read)

    @cached_property
    def secret_questions(self) -> frozenset[str]:
        """Those that are marked, or named in ``_secret_questions``."""
        with copier_worker.working(self.name):
            return frozenset(self._template.secret_questions)

    @cached_property
    def draws(self) -> bool:
        """Whether it runs code, or its files draw at random or say what day it is."""
        with copier_worker.working(self.name):
            envops = self._template.envops
        return bool(self.runs) or draws(self.fetched.folder, envops)

    def next_question(self, answers: Mapping[str, Value], name: str) -> Asked | None:
        """See `TeamTemplate.next_question`."""
        with copier_worker.working(self.name):
            worker = self._worker(answers, self._nowhere(name))
            found = copier_worker.go_through(worker, defaults=False)
            if found.refused:
                key, why = next(iter(found.refused.items()))
                raise AnswerRefused(f"{key}: {why}")
            return copier_worker.asked(found.unanswered) if found.unanswered else None

    def taken(self, asked: Asked, typed: str, answers: Mapping[str, Value], name: str) -> Value:
        """See `TeamTemplate.taken`."""
        before = {key: value for key, value in answers.items() if key != asked.name}
        with copier_worker.working(self.name):
            worker = self._worker(before, self._nowhere(name))
            found = copier_worker.go_through(worker, defaults=True, until=asked.name)
            if found.unanswered is None:
                raise AnswerRefused("is not asked with these answers")
            value = chosen(asked, typed) if asked.choices else typed
            return copier_worker.parsed(found.unanswered, value)

    def completed(self, answers: Mapping[str, Value], name: str) -> dict[str, Value]:
        """See `TeamTemplate.completed`."""
        with copier_worker.working(self.name):
            worker = self._worker({**answers, **self.secrets}, self._nowhere(name))
            found = copier_worker.go_through(worker, defaults=True)
            refuse(
                self.source,
                answers,
                known=tuple(self._template.questions_data),
                refused=found.refused,
                missing=found.without_default,
            )
            return copier_worker.remembered(worker)

    def skipped(self, spec: Spec) -> Callable[[str], bool]:
        """See `TeamTemplate.skipped`."""
        with copier_worker.working(self.name):
            answers = {**spec.template.answers, **self.secrets}
            worker = self._worker(answers, self._nowhere(spec.project.name))
            copier_worker.go_through(worker, defaults=True)
            return copier_worker.skips(worker)

    @cached_property
    def has_migrations(self) -> bool:
        """Whether something is to be run between versions of it."""
        with copier_worker.working(self.name):
            return bool(self._template._raw_config.get("_migrations"))  # noqa: SLF001 - see copier_worker

    def migrations(
        self, before: CopierTemplate, stage: Stage, answers: Mapping[str, Value], project: Path
    ) -> tuple[Step, ...]:
        """Return the migrations that lead from an earlier version to this one, filled in.

        Args:
            before: the earlier version.
            stage: before the update, where Copier knows no answers, or after it.
            answers: that the project has after the update.
            project: its folder.

        Raises:
            TemplateBroken: where one cannot be filled in.
        """
        with copier_worker.working(self.name):
            worker = self._worker({**answers, **self.secrets}, project)
            if stage == "after":
                copier_worker.go_through(worker, defaults=True)
            return tuple(copier_worker.migration_steps(worker, before._template, stage))

    def _nowhere(self, name: str) -> Path:
        """Return a folder of the project's name in which nothing is."""
        return self.fetched.folder.parent / f"{self.fetched.folder.name}-asked" / name

    def _render_into(self, folder: Path, answers: Mapping[str, Value], name: str) -> Path:
        with copier_worker.working(self.name):
            copier_worker.render(self._worker(answers, folder / name))
        return folder / name


def _command(command: str | object) -> str:
    return command if isinstance(command, str) else repr(command)
