"""The only module that knows Cookiecutter: its variables, and one render.

Its main function would write where the template lies into the project, keep a replay of the answers
in the user's home and ask at a terminal; so the parts that it is made of are used.
"""

from __future__ import annotations

import contextlib
import copy
import logging
import os
import shutil
import sys
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from blueprint_cli.engines.asked import AnswerRefused, Asked, AskedType, Choice
from blueprint_cli.engines.compiling import Compiled, remember
from blueprint_cli.engines.shielding import LATER, shielded
from blueprint_cli.errors import BlueprintError, Interrupted, NotInstalled, TemplateBroken, some

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jinja2 import Environment, Template

    from blueprint_cli.engines.asked import Value
    from blueprint_cli.engines.shielding import Output

FILE: Final = "cookiecutter.json"
PROMPTS: Final = "__prompts__"
HOOKS: Final = ("pre_prompt", "pre_gen_project", "post_gen_project")
SILENT: Final = logging.NullHandler()


class NotInSandbox(Exception):  # noqa: N818 - it is what happened
    """A template reaches for what only code may have."""


@contextlib.contextmanager
def working(name: str) -> Iterator[Output]:
    """Let Cookiecutter work, shielded, and raise what it refuses as one of our errors.

    Raises:
        NotInstalled: where Cookiecutter is not there.
        NotInSandbox: where a template that is not trusted does what only code may.
        TemplateBroken: where it or Jinja refuses.
    """
    with shielded() as output:
        # What it logs about a hook that failed is a traceback of its own.
        logging.getLogger("cookiecutter").addHandler(SILENT)
        try:
            yield output
        except (BlueprintError, AnswerRefused):
            raise
        except KeyboardInterrupt as error:
            raise Interrupted from error
        except ModuleNotFoundError as error:
            if error.name != "cookiecutter":
                raise _broken(name, error, output) from error
            raise NotInstalled(
                "Cookiecutter is not installed, which renders this template",
                hint="Install backend-blueprint; backend-blueprint-core checks projects only.",
            ) from error
        except Exception as error:
            # Cookiecutter lets through whatever Jinja, JSON and the system raise.
            if type(error).__name__ == "SecurityError":
                raise NotInSandbox(str(error)) from error
            raise _broken(name, error, output) from error


def _broken(name: str, error: Exception, output: Output) -> BlueprintError:
    kind = type(error).__name__
    if kind == "UnknownExtension":
        return NotInstalled(
            f"template {name} needs an extension of Jinja that is not installed: {error.__cause__}",
            hint="Install it where blueprint is installed.",
        )
    place = getattr(error, "filename", None) or getattr(error, "name", None)
    line = getattr(error, "lineno", None)
    where = f" ({place}:{line})" if place and line else ""
    text = str(error).strip() or kind
    if kind == "UndefinedVariableInTemplate":  # Its text holds every answer.
        cause = getattr(error, "error", error)
        text = f"{getattr(error, 'message', '')}: {getattr(cause, 'message', cause)}"
    said = output.last_lines() if kind == "FailedHookException" else ""
    return TemplateBroken(
        f"template {name} cannot be rendered: {text}{where}",
        hint=said or "This is an error in the template, not in the answers.",
    )


def hooks(folder: Path) -> list[Path]:
    """Return the scripts that a template runs, in their order."""
    from cookiecutter.hooks import valid_hook

    place = folder / "hooks"
    files = sorted(place.iterdir()) if place.is_dir() else []
    return [file for hook in HOOKS for file in files if valid_hook(file.name, hook)]


def run_pre_prompt(folder: Path, copied: Path) -> Path:
    """Run what runs before the questions in a copy of a template, and return the copy.

    Without such a hook the template's own folder is returned.
    """
    from cookiecutter.hooks import run_script

    if not any(hook.stem == HOOKS[0] for hook in hooks(folder)):
        return folder
    shutil.copytree(folder, copied, symlinks=True)
    for hook in hooks(copied):
        if hook.stem == HOOKS[0]:
            run_script(str(hook), str(copied))
    return copied


@contextlib.contextmanager
def another_day() -> Iterator[None]:
    """Let templates believe that it is another year, month, day and hour."""
    import arrow  # It comes with Cookiecutter, whose extension asks it.

    functions = vars(arrow)
    now = functions["now"]
    functions["now"] = lambda *a, **k: now(*a, **k).shift(seconds=LATER)
    try:
        yield
    finally:
        functions["now"] = now


def read_variables(folder: Path) -> dict[str, Any]:
    """Return what ``cookiecutter.json`` says, in its order."""
    from cookiecutter.generate import generate_context

    variables = generate_context(context_file=str(folder / FILE))["cookiecutter"]
    if not isinstance(variables, dict):
        raise TemplateBroken(f"{FILE} holds no variables")
    return variables


def nested(variables: Mapping[str, Any]) -> tuple[str, dict[str, str], dict[str, str]] | None:
    """Return how the templates of a repository of several are asked for, or None.

    That is the variable, the folder of each template, and what is said of each.
    """
    if variables.get("templates"):
        offered = variables["templates"]
        folders = {key: str(one["path"]) for key, one in offered.items()}
        labels = {}
        for key, one in offered.items():
            title, said = str(one.get("title", key)), str(one.get("description", key))
            labels[key] = title if title == said else f"{title} ({said})"
        return "templates", folders, labels
    if "template" in variables:
        folders = {}
        for one in variables["template"]:
            label, _, path = str(one).rpartition("(")
            if not label or not path.endswith(")"):
                raise TemplateBroken(f"{FILE}: the template {one} names no folder in brackets")
            folders[str(one)] = path.removesuffix(")")
        return "template", folders, {key: key for key in folders}
    return None


@contextlib.contextmanager
def importing(folder: Path, *, trusted: bool) -> Iterator[None]:
    """Let extensions of a trusted template be imported from its folder, and forget them after."""
    if not trusted:
        yield
        return
    kept = list(sys.path)
    sys.path.append(str(folder))
    try:
        yield
    finally:
        sys.path[:] = kept
        sys.path_importer_cache.pop(str(folder), None)
        for name, module in list(sys.modules.items()):
            file = getattr(module, "__file__", None)
            if file and Path(file).is_relative_to(folder):
                del sys.modules[name]


def environment(variables: Mapping[str, Any], compiled: Compiled, *, trusted: bool) -> Environment:
    """Return Jinja as Cookiecutter has it; in a sandbox where the template is not trusted."""
    return _environment({"cookiecutter": variables}, compiled, trusted=trusted)


def _environment(
    context: Mapping[str, Any], compiled: Compiled, *, trusted: bool, mixins: tuple[type, ...] = ()
) -> Environment:
    from cookiecutter.environment import ExtensionLoaderMixin
    from jinja2 import Environment, StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    base = Environment if trusted else SandboxedEnvironment
    made = type("Filling", (*mixins, ExtensionLoaderMixin, base), {})
    settings = context.get("cookiecutter", {}).get("_jinja2_env_vars", {})
    filling: Environment = made(
        context=context, undefined=StrictUndefined, keep_trailing_newline=True, **settings
    )
    if not context.get("cookiecutter", {}).get("_extensions"):
        remember(filling, compiled)
    return filling


@dataclass(slots=True)
class Questionnaire:
    """How far the answers go, what every variable is, and which of them are not the default."""

    values: dict[str, Any] = field(default_factory=OrderedDict)
    given: dict[str, Any] = field(default_factory=dict)
    unanswered: Asked | None = None
    refused: dict[str, str] = field(default_factory=dict)


def go_through(
    variables: Mapping[str, Any],
    filling: Environment,
    answers: Mapping[str, Value],
    *,
    defaults: bool,
) -> Questionnaire:
    """Go through the variables in Cookiecutter's order: dictionaries come last.

    Args:
        variables: of ``cookiecutter.json``.
        filling: with which a default is filled in.
        answers: that were given.
        defaults: take a default where there is no answer.
    """
    from cookiecutter.prompt import render_variable

    found = Questionnaire()
    prompts = variables.get(PROMPTS, {})
    for name, raw in _in_order(variables):
        if name.startswith("_") and not name.startswith("__"):
            found.values[name] = raw
            continue
        rendered = render_variable(filling, raw, found.values)
        if name.startswith("__"):
            found.values[name] = rendered
            continue
        asked = _asked(name, raw, rendered, prompts)
        if name not in answers and not defaults:
            found.unanswered = asked
            return found
        found.values[name] = asked.default
        if name in answers:
            try:
                found.values[name] = accepted(asked, answers[name])
            except AnswerRefused as error:
                found.refused[name] = str(error)
        if found.values[name] != asked.default:
            found.given[name] = found.values[name]
    return found


def _in_order(variables: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the variables as Cookiecutter fills them in: computed dictionaries twice."""
    named = [(name, raw) for name, raw in variables.items() if name != PROMPTS]
    for name, raw in named:
        if name.startswith("_") or not isinstance(raw, dict):
            yield name, raw
    for name, raw in named:
        if isinstance(raw, dict) and (name.startswith("__") or not name.startswith("_")):
            yield name, raw


def _asked(name: str, raw: Value, rendered: Value, prompts: Mapping[str, Any]) -> Asked:
    said = prompts.get(name) or ""
    labels: Mapping[str, str] = {}
    if not isinstance(said, str):
        labels = said
        said = labels.get("__prompt__", "")
    kind: AskedType = "text"
    choices: tuple[Choice, ...] = ()
    default = rendered
    if isinstance(raw, list):
        if not rendered:
            raise TemplateBroken(f"{FILE}: {name} is a list of choices, and has none")
        kind = "choice"
        choices = tuple(Choice(_plain(str(labels.get(str(o), o))), o) for o in rendered)
        default = rendered[0]
    elif isinstance(raw, bool):
        kind = "boolean"
    elif isinstance(raw, dict):
        kind = "document"
    return Asked(
        name=name,
        type=kind,
        ask=_plain(said),
        default=default,
        has_default=default is not None,
        choices=choices,
    )


def _plain(text: str) -> str:
    """Return text without the markup that Cookiecutter shows in colours."""
    from rich.text import Text

    try:
        return Text.from_markup(text).plain
    except Exception:  # noqa: BLE001 - what is no markup is text
        return text


def accepted(asked: Asked, answer: Value) -> Value:
    """Return an answer as Cookiecutter would have it.

    Raises:
        AnswerRefused: where it is of another kind, or no choice.
    """
    if asked.type == "choice":
        for choice in asked.choices:
            if answer == choice.value or str(answer) == str(choice.value):
                return choice.value
        raise AnswerRefused(
            f"{answer!r} is none of: {some([str(choice.value) for choice in asked.choices])}"
        )
    if asked.type == "boolean":
        return yes_or_no(answer)
    if asked.type == "document":
        if not isinstance(answer, dict):
            raise AnswerRefused("has keys and values")
        return _merged(asked.default, answer)
    if answer is None and asked.default is None:
        return None
    if isinstance(answer, bool | list | dict) or answer is None:
        raise AnswerRefused("is text: write it in quotes")
    return str(answer)


def yes_or_no(answer: Value) -> bool:
    """Return an answer to a question of yes or no.

    Raises:
        AnswerRefused: where it is neither.
    """
    from cookiecutter.prompt import YesNoPrompt

    if isinstance(answer, bool):
        return answer
    word = str(answer).strip().lower()
    if word in YesNoPrompt.yes_choices:
        return True
    if word in YesNoPrompt.no_choices:
        return False
    raise AnswerRefused(f"{answer!r} is neither yes nor no")


def _merged(default: dict[str, Any], answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return a dictionary with some of its keys answered, as Cookiecutter takes them."""
    from cookiecutter.generate import apply_overwrites_to_context

    merged = copy.deepcopy(default)
    try:
        apply_overwrites_to_context(merged, dict(answer), in_dictionary_variable=True)
    except ValueError as error:
        raise AnswerRefused(str(error)) from error
    return merged


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What a template may say of where it comes from."""

    template: str
    checkout: str
    folder: Path


def render(  # noqa: PLR0913 - what is rendered, with what, and how
    origin: Origin,
    variables: Mapping[str, Any],
    found: Questionnaire,
    output: Path,
    *,
    compiled: Compiled,
    trusted: bool,
) -> Path:
    """Render below an empty folder and return the project's folder in it.

    Hooks are run where the template is trusted. What is not trusted is filled in in a sandbox; no
    file is written outside the output in either case, except by a hook.
    """
    from cookiecutter import generate

    own = OrderedDict((key, raw) for key, raw in variables.items() if key != PROMPTS)
    context: dict[str, Any] = OrderedDict(cookiecutter=own)
    context["_cookiecutter"] = _as_given(own, found.given)
    own.update(found.values)
    own.update(
        _template=origin.template,
        _output_dir=str(output),
        _repo_dir=str(origin.folder),
        _checkout=origin.checkout or None,
    )

    class Inside:
        """Jinja for names of files and folders: `generate_files` uses it for nothing else."""

        def from_string(self, *arguments: Value, **keywords: Value) -> Template:
            # The class that it is mixed with has it, and a template's own class is Jinja's to make.
            template: Template = super().from_string(*arguments, **keywords)  # type: ignore[misc]
            fill = template.render
            template.render = lambda *a, **k: _inside(fill(*a, **k), output)  # type: ignore[method-assign]
            return template

    def filling(context: dict[str, Any]) -> Environment:
        return _environment(context, compiled, trusted=trusted, mixins=(Inside,))

    functions = vars(generate)
    kept = functions["create_env_with_context"]
    functions["create_env_with_context"] = filling
    try:
        return Path(
            generate.generate_files(
                repo_dir=str(origin.folder),
                context=context,
                output_dir=str(output),
                accept_hooks=trusted,
            )
        )
    finally:
        functions["create_env_with_context"] = kept


def _as_given(variables: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the variables before they were filled in, as Cookiecutter keeps them."""
    from cookiecutter.generate import apply_overwrites_to_context

    kept = copy.deepcopy({key: raw for key, raw in variables.items() if not key.startswith("_")})
    for key, value in given.items():
        # A choice that is filled in is none of those that are written there.
        with contextlib.suppress(ValueError):
            apply_overwrites_to_context(kept, {key: value})
    return kept


def _inside(name: str, output: Path) -> str:
    """Return the name of a file or folder unless it leads out of the output.

    Raises:
        TemplateBroken: where it does.
    """
    place = os.path.normpath(output / name)
    if ".." in Path(name).parts or not Path(place).is_relative_to(output):
        raise TemplateBroken(f"the template names a file that leads out of the project: {name}")
    return name
