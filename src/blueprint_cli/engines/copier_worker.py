"""The only module that knows what Copier is made of: its questions, and one render.

Copier's public functions clone a template by its address. Here it lies in a folder already, and its
answers file has to name the address; so Copier's worker is given a template that was found.
"""

from __future__ import annotations

import contextlib
import copy
import os
import time
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from blueprint_cli.engines.asked import AnswerRefused, Asked, AskedType, Choice
from blueprint_cli.engines.shielding import LATER, shielded
from blueprint_cli.errors import BlueprintError, Interrupted, NotInstalled, TemplateBroken
from blueprint_cli.git.command import Git

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from copier import _main, _template
    from copier._user_data import Question

    from blueprint_cli.engines.asked import Value
    from blueprint_cli.engines.shielding import Output
    from blueprint_cli.sources.fetching import Fetched

    Template: TypeAlias = _template.Template
    Worker: TypeAlias = _main.Worker

Stage = Literal["before", "after"]
TYPES: Final[Mapping[str, AskedType]] = {
    "bool": "boolean",
    "float": "number",
    "int": "integer",
    "json": "document",
    "path": "text",
    "str": "text",
    "yaml": "document",
}


@contextlib.contextmanager
def working(name: str) -> Iterator[Output]:
    """Let Copier work, shielded from who runs it, and raise what it refuses as one of our errors.

    Raises:
        NotInstalled: where Copier is not there.
        TemplateBroken: where it or Jinja refuses.
    """
    with shielded() as output:
        try:
            from plumbum import local
        except ModuleNotFoundError as error:
            raise _not_installed() from error
        # It has copied the environment when it was first imported.
        with local.env():
            local.env.clear()
            local.env.update(**os.environ)
            try:
                yield output
            except (BlueprintError, AnswerRefused):
                raise
            except ModuleNotFoundError as error:
                if error.name == "copier":
                    raise _not_installed() from error
                raise _broken(name, error, output) from error
            except KeyboardInterrupt as error:
                # Copier wraps one that comes while it reads answers into an error of its own kind.
                raise Interrupted from error
            except Exception as error:
                # Copier lets through whatever Jinja, YAML and its own validators raise.
                raise _broken(name, error, output) from error


def _not_installed() -> NotInstalled:
    return NotInstalled(
        "Copier is not installed, which renders this template",
        hint="Install backend-blueprint; backend-blueprint-core checks projects only.",
    )


def _broken(name: str, error: Exception, output: Output) -> BlueprintError:
    if type(error).__name__ == "ExtensionNotFoundError":
        return NotInstalled(
            f"template {name} needs an extension of Jinja that is not installed: "
            f"{error.__context__}",
            hint="Install it where blueprint is installed.",
        )
    place = getattr(error, "filename", None) or getattr(error, "name", None)
    line = getattr(error, "lineno", None)
    where = f" ({place}:{line})" if place and line else ""
    text = str(error).strip() or type(error).__name__
    said = output.last_lines() if type(error).__name__ == "TaskError" else ""
    return TemplateBroken(
        f"template {name} cannot be rendered: {text}{where}",
        hint=said or "This is an error in the template, not in the answers.",
    )


@contextlib.contextmanager
def another_day() -> Iterator[None]:
    """Let templates believe that it is another year, month, day and hour."""
    from copier._user_data import DEFAULT_DATA
    from jinja2_ansible_filters import core_filters

    class Later:
        """The part of the module `time` that the filter `strftime` uses."""

        strftime = staticmethod(time.strftime)

        @staticmethod
        def localtime(seconds: float | None = None) -> time.struct_time:
            return time.localtime(time.time() + LATER if seconds is None else seconds)

    functions = vars(core_filters)
    now = DEFAULT_DATA["now"]
    functions["time"] = Later
    DEFAULT_DATA["now"] = lambda: now() + timedelta(seconds=LATER)
    try:
        yield
    finally:
        functions["time"] = time
        DEFAULT_DATA["now"] = now


def find_template(fetched: Fetched) -> Template:
    """Return Copier's own view of a template that is here, under the address that was given."""
    from copier._template import Template

    template = Template(url=fetched.address.given, ref=fetched.ref or None)
    git = Git(fetched.folder)
    known: dict[str, Any] = {
        "local_abspath": fetched.folder.resolve(),
        "vcs": "git" if fetched.commit else None,
        "git_index_modes": {},
        "commit": None,
        "commit_hash": None,
    }
    if fetched.commit:
        known["commit"] = git.word("describe", "--tags", "--always")
        known["commit_hash"] = fetched.commit
        known["git_index_modes"] = _index_modes(git)
    # They are properties that are computed once.
    template.__dict__.update(known)
    return template


def _index_modes(git: Git) -> dict[PurePosixPath, int]:
    modes = {}
    for line in git.lines("ls-files", "--stage", "-z"):
        about, _, path = line.partition("\t")
        modes[PurePosixPath(path)] = int(about.split()[0], 8)
    return modes


def make_worker(
    template: Template, answers: Mapping[str, Value], destination: Path, *, trusted: bool
) -> Worker:
    """Return Copier's worker for one template, these answers and a folder that is not there yet."""
    from copier._main import Worker
    from copier._settings import SettingsModel

    worker = Worker(
        src_path=template.url,
        vcs_ref=template.ref,
        dst_path=destination,
        data=copy.deepcopy(dict(answers)),
        settings=SettingsModel(),
        cleanup_on_error=False,
        defaults=True,
        overwrite=True,
        quiet=True,
        unsafe=trusted,
        skip_tasks=not trusted,
    )
    worker.__dict__["template"] = template
    return worker


def render(worker: Worker) -> None:
    """Render into the worker's folder, and run its tasks unless they are to be skipped."""
    # It would ask git about every file that it writes, and where a program of the template runs,
    # an index that is not there.
    worker.__dict__["_sync_git_index_executable_bit"] = lambda *_: None
    worker.subproject.local_abspath.mkdir(parents=True, exist_ok=True)
    worker.run_copy()


@dataclass(slots=True)
class Questionnaire:
    """How far the answers go: the first question without one, and which of them are refused."""

    unanswered: Question | None = None
    refused: dict[str, str] = field(default_factory=dict)
    without_default: dict[str, str] = field(default_factory=dict)


def go_through(worker: Worker, *, defaults: bool, until: str = "") -> Questionnaire:
    """Go through the questions as Copier does, and leave the answers with the worker.

    Copier's own way stops at the first answer that it refuses, and asks at a terminal.

    Args:
        worker: with the answers that were given.
        defaults: take a default where there is no answer.
        until: stop at the question of this name, answered or not.
    """
    from copier._types import Phase
    from copier._user_data import AnswersMap

    found = Questionnaire()
    worker.answers = AnswersMap(
        init=worker.data, metadata=worker.template.metadata, external=worker._external_data()
    )
    with Phase.use(Phase.PROMPT):
        for name, details in worker.template.questions_data.items():
            question = _question(worker, name, details)
            applies = question.get_when()
            if not applies:
                worker.answers.hide(name)
            elif name == until:
                found.unanswered = question
                return found
            if name in worker.answers.init and _take(question, found):
                continue
            asks = applies and question.get_ask()
            if asks and not defaults:
                found.unanswered = question
                return found
            _take_default(question, found, needed=asks)
    worker.answers.external = worker._external_data()
    return found


def _take(question: Question, found: Questionnaire) -> bool:
    """Take the answer that was given, or say why it is refused."""
    name, answers = question.var_name, question.answers
    try:
        answers.user[name] = parsed(question, answers.init[name])
    except AnswerRefused as error:
        found.refused[name] = str(error)
        del answers.init[name]
    return name not in found.refused


def _take_default(question: Question, found: Questionnaire, *, needed: bool) -> None:
    """Take the default, if it is one; a question that does not apply needs none."""
    from copier._types import MISSING

    name = question.var_name
    try:
        default = question.get_default()
    except (ValueError, TypeError) as error:
        found.without_default[name] = f"its default will not do: {reason(error, name)}"
        return
    if default is not MISSING:
        question.answers.user[name] = default
    elif needed:
        found.without_default[name] = "has no default"


def _question(worker: Worker, name: str, details: Mapping[str, Any]) -> Question:
    from copier._user_data import Question

    return Question(
        answers=worker.answers,
        context=worker._render_context(),
        jinja_env=worker.jinja_env,
        settings=worker.settings,
        var_name=name,
        **details,
    )


def parsed(question: Question, answer: Value) -> Value:
    """Return an answer as Copier takes it.

    Raises:
        AnswerRefused: where it does not.
    """
    try:
        value = question.parse_answer(answer)
        question.validate_answer(value)
    except Exception as error:
        # A validator is a template, which may raise anything.
        raise AnswerRefused(reason(error, question.var_name)) from error
    return value


def reason(error: Exception, name: str) -> str:
    """Return why Copier refuses an answer, without the name, which is said before it."""
    text = str(error).strip() or type(error).__name__
    for beginning in ("Validation error for question", "Invalid choice for"):
        text = text.removeprefix(f"{beginning} '{name}': ")
    return text


def asked(question: Question) -> Asked:
    """Return a question of Copier's as ours."""
    from copier._types import MISSING

    choices = tuple(
        Choice(str(one.title), question.cast_answer(one.value), str(one.disabled or ""))
        for one in question._formatted_choices
    )
    kind: AskedType = TYPES[question.get_type_name()]
    if question.choices:
        kind = "choices" if question.multiselect else "choice"
    default: Any = MISSING
    with contextlib.suppress(ValueError, TypeError):
        default = question.get_default()
    return Asked(
        name=question.var_name,
        type=kind,
        ask=str(question.render_value(question.help)).strip() if question.help else "",
        default=None if default is MISSING else default,
        has_default=default is not MISSING,
        choices=choices,
        secret=question.secret,
        multiline=question.get_multiline(),
    )


def remembered(worker: Worker) -> dict[str, Value]:
    """Return the answers that Copier's answers file would have."""
    kept = worker._answers_to_remember()
    return {name: value for name, value in kept.items() if not name.startswith("_")}


def skips(worker: Worker) -> Callable[[str], bool]:
    """Return which paths are never written again."""
    matches = worker.match_skip
    return lambda path: matches(Path(path))


@dataclass(frozen=True, slots=True)
class Step:
    """A command of a migration, filled in: what is run, with which variables, and where."""

    command: str | tuple[str, ...]
    variables: Mapping[str, str]
    folder: str


def migration_steps(worker: Worker, before: Template, stage: Stage) -> Iterator[Step]:
    """Yield the migrations between two versions of a template whose conditions hold, in order."""
    from copier._tools import cast_to_bool
    from copier._types import Phase

    with Phase.use(Phase.MIGRATE):
        for task in worker.template.migration_tasks(stage, before):
            known = {f"_{name}": value for name, value in task.extra_vars.items()}
            known["_copier_operation"] = "update"
            if not cast_to_bool(worker._render_value(task.condition, known)):
                continue
            command = task.cmd
            yield Step(
                command=worker._render_string(command, known)
                if isinstance(command, str)
                else tuple(worker._render_string(str(part), known) for part in command),
                variables={name[1:].upper(): str(value) for name, value in known.items()},
                folder=worker._render_string(str(task.working_directory), known),
            )
