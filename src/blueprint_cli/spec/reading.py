"""From a document to a `Spec`, or to everything that is wrong with it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, Protocol

from pydantic import ValidationError

from blueprint_cli.domain.keys import LATER, keys_of
from blueprint_cli.domain.model import MYSQL
from blueprint_cli.domain.reading import read_contexts
from blueprint_cli.domain.shape import listed, mapping
from blueprint_cli.errors import Problem, SpecFromTheFuture, SpecInvalid
from blueprint_cli.patterns import PATTERNS
from blueprint_cli.spec.codes import may_be_of_a_standard, unknown_code
from blueprint_cli.spec.document import dotted, headline, read_document
from blueprint_cli.spec.model import (
    ALWAYS,
    BUILTIN,
    FORMAT,
    READY_MADE,
    Check,
    Spec,
)
from blueprint_cli.spec.names import CONTEXT_ALLOWED, nearest_context_name, why_no_context
from blueprint_cli.spec.platform import refusals, refusals_of_an_edge

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic_core import ErrorDetails

    from blueprint_cli.domain.model import Model
    from blueprint_cli.domain.reading import Reading
    from blueprint_cli.spec.document import Document, KeyPath

YAML_1_1: Final = ("on", "off", "yes", "no")
BY_HAND: Final = {"by": "hand"}


class Places(Protocol):
    """Where the values of a spec were written: one document, or several that were merged."""

    @property
    def name(self) -> str:
        """Return what messages call it."""

    def problem(
        self, path: KeyPath, message: str, *, allowed: str = "", at_key: bool = False
    ) -> Problem:
        """Describe what is wrong at a path."""

    def source_text(self, path: KeyPath) -> str:
        """Return what was written there."""


def read_spec(path: Path) -> Spec:
    """Read a project's ``blueprint.yaml``.

    Raises:
        SpecInvalid: with every problem that was found.
        SpecFromTheFuture: where a newer version wrote it.
    """
    document = read_document(path)
    return validate(document.data, document)


def validate(data: dict[str, Any], places: Places) -> Spec:
    """Check plain data against the model and the rules of this version.

    Raises:
        SpecInvalid: with every problem that was found.
        SpecFromTheFuture: where a newer version wrote it.
    """
    check_format(data, places)
    problems: list[Problem] = []
    spec: Spec | None = None
    described = _read_contexts(data)
    mistakes = _mistakes(described, places)
    try:
        spec = Spec.model_validate(_with_pattern(data))
    except ValidationError as error:
        found = problems_of(error, data, places)
        # Who reads what a name means says more about it than its pattern does.
        known = {problem.key for problem in mistakes}
        problems = [problem for problem in found if problem.key not in known]
    problems += [
        *mistakes,
        *_words_of_yaml(data, places),
        *_contexts_of_this_version(data, places),
        *_renamed_contexts(described, places),
        *_misspelled_source(data, places),
        *_codes_of_this_version(data, places),
    ]
    if spec is not None:
        # It would be read again where it is asked for, first of all here.
        spec.__dict__["domain"] = described.model
        problems += _of_the_platform(spec, places)
    if spec is None or problems:
        problems.sort(key=lambda problem: (problem.line or 0, problem.column or 0))
        raise SpecInvalid(headline(places.name, problems), problems=problems)
    return spec


def read_model(spec: Spec) -> Model:
    """Return what a spec's described contexts say, resolved; it is read once."""
    return spec.domain


def read_check(document: Document) -> Check:
    """Return the section ``check`` alone, whatever the rest of the document is worth.

    Its defaults where it cannot be understood.
    """
    if _codes_of_this_version(document.data, document):
        return Check()
    try:
        return Check.model_validate(document.data["check"])
    except ValidationError:
        return Check()


def check_format(data: dict[str, Any], places: Places) -> None:
    """Refuse a later format before its keys are called unknown."""
    version = data.get("blueprint")
    if isinstance(version, int) and not isinstance(version, bool) and version > FORMAT:
        problem = places.problem(("blueprint",), f"this is format {version}", allowed=str(FORMAT))
        raise SpecFromTheFuture(
            f"{places.name} was written by a newer blueprint",
            hint="Upgrade blueprint: this version reads format 1.",
            problems=[problem],
        )


def problems_of(
    invalid: ValidationError,
    data: dict[str, Any],
    places: Places,
    root: dict[str, Any] | None = None,
) -> list[Problem]:
    """Return what a model refuses, each in its place; a name of a mapping is left to the caller.

    ``root`` is the schema of another document than a spec.
    """
    from blueprint_cli.spec.schema import describe  # noqa: PLC0415 - 10 ms, only to say what is wrong

    found: dict[tuple[str, str], Problem] = {}
    for error in invalid.errors(include_url=False, include_context=False):
        path = _without_branches(error, data)
        kind = error["type"]
        if kind == "missing":
            problem = places.problem(path, "is missing", allowed=describe(path, root))
        elif kind == "extra_forbidden":
            problem = places.problem(path, unknown_key(path, root), at_key=True)
        elif error["loc"][-1:] == ("[key]",):
            continue  # `_contexts_of_this_version` says why, and what it can be called.
        else:
            shown = places.source_text(path) or _shown(_at(data, path))
            problem = places.problem(path, f"is {shown}", allowed=describe(path, root))
        found.setdefault((problem.key, problem.message), problem)
    return list(found.values())


def _without_branches(error: ErrorDetails, data: object) -> KeyPath:
    """Return the way to a value without the names that Pydantic gives to the types of a union."""
    path: list[int | str] = []
    here = data
    for place, part in enumerate(error["loc"], start=1):
        missing = error["type"] == "missing" and place == len(error["loc"])
        if isinstance(here, dict) and (part in here or missing):
            here = here.get(part)
        elif isinstance(here, list) and isinstance(part, int) and part < len(here):
            here = here[part]
        else:
            continue
        if part != "[key]":
            path.append(part)
    return tuple(path)


def _at(data: Any, path: KeyPath) -> Any:  # noqa: ANN401 - a spec's values are of any type
    for part in path:
        data = data[part]
    return data


def _shown(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case dict():
            return "a mapping" if value else "an empty mapping"
        case list():
            return "a list"
        case str():
            return f"{value!r}" if value else "empty"
        case _:
            return str(value)


def unknown_key(path: KeyPath, root: dict[str, Any] | None = None) -> str:
    """Say that there is no such key, and which one was probably meant."""
    import difflib  # noqa: PLC0415 - only to say what is wrong

    from blueprint_cli.spec.schema import every_key, keys_at  # noqa: PLC0415 - the same

    key = str(path[-1])
    siblings = keys_at(path[:-1], root)
    if root is not None:
        near = difflib.get_close_matches(key, siblings, n=1)
        here = ", ".join(siblings)
        return f"unknown key; did you mean {near[0]}?" if near else f"unknown key; known: {here}"
    if path[0] == "contexts" and key in LATER:
        return f"{key} is no key yet: {LATER[key]}"
    if path[0] == "contexts" and len(path) == 3:  # noqa: PLR2004 - a key of a context
        siblings = list(keys_of(str(path[1])))
    near = difflib.get_close_matches(key, siblings, n=1)
    if near:
        return f"unknown key; did you mean {dotted((*path[:-1], near[0]))}?"
    leaves = {known.rpartition(".")[2]: known for known in every_key()}
    elsewhere = difflib.get_close_matches(key, leaves, n=1, cutoff=0.8)
    if elsewhere:
        return f"unknown key; did you mean {leaves[elsewhere[0]]}?"
    return (
        f"unknown key; known here: {', '.join(siblings)}" if siblings else "nothing can stand here"
    )


def _read_contexts(data: dict[str, Any]) -> Reading:
    contexts = data.get("contexts")
    return read_contexts(contexts if isinstance(contexts, dict) else {})


def _mistakes(described: Reading, places: Places) -> list[Problem]:
    return [
        places.problem(
            ("contexts", *mistake.path),
            mistake.message,
            allowed=mistake.allowed,
            at_key=mistake.at_key,
        )
        for mistake in described.mistakes
    ]


def _words_of_yaml(data: dict[str, Any], places: Places) -> list[Problem]:
    """Words that other readers of YAML take for true or false, in enumerations and states."""
    found: list[Problem] = []
    for context, value in mapping(data.get("contexts")).items():
        said = mapping(value)
        lists: list[tuple[KeyPath, object]] = [
            (("types", name), values) for name, values in mapping(said.get("types")).items()
        ]
        for name, entity in mapping(said.get("entities")).items():
            lists.append((("entities", name, "states"), mapping(entity).get("states")))
        for path, values in lists:
            for place, word in enumerate(listed(values)):
                here = ("contexts", context, *path, place)
                if isinstance(word, str) and word in YAML_1_1 and places.source_text(here) == word:
                    message = f"YAML 1.1 takes {word} for true or false; put it in quotes"
                    found.append(places.problem(here, message, allowed=f"'{word}'"))
    return found


def _renamed_contexts(described: Reading, places: Places) -> list[Problem]:
    """The model takes renamed contexts everywhere; only a schema of PostgreSQL follows its own."""
    return [
        places.problem(
            ("contexts", context.name, "was"),
            f"{context.was} cannot be renamed yet: its database on MySQL has its name",
            allowed=f"{context.was}, as it is called now; or {context.name} as a context beside "
            f"it, rows moved by a migration of yours, and {context.was} removed in a later update",
        )
        for context in described.model.contexts
        if context.was and context.store == MYSQL
    ]


def _contexts_of_this_version(data: dict[str, Any], places: Places) -> list[Problem]:
    """The model takes any contexts; this version renders the ready-made, others are by hand."""
    contexts = data.get("contexts")
    if not isinstance(contexts, dict) or not contexts:
        return []
    problems = []
    for name, value in contexts.items():
        said = {key: one for key, one in value.items() if one} if isinstance(value, dict) else value
        if name in READY_MADE and said == BY_HAND:
            path = ("contexts", name, "by")
            message = f"{name} is ready-made, and is rendered"
            problems.append(places.problem(path, message, allowed=f"{name}: {{}}", at_key=True))
        elif name in READY_MADE:
            problems += [
                places.problem(
                    ("contexts", name),
                    f"{name} needs {needed}, which is missing",
                    allowed=f"{needed}: {{}}",
                    at_key=True,
                )
                for needed in READY_MADE[name]
                if needed not in contexts
            ]
        elif isinstance(name, str):
            said = said or (isinstance(value, dict) and "entities" in value)
            others = [one for one in contexts if one != name]
            message, allowed = _why_not(name, others, said)
            if message:
                problem = places.problem(("contexts", name), message, allowed=allowed, at_key=True)
                problems.append(problem)
    if ALWAYS not in contexts:
        message = f"{ALWAYS} is missing: every project has it, for it says who users are"
        allowed = f"{ALWAYS}: {{}}"
        problems.append(places.problem(("contexts",), message, allowed=allowed, at_key=True))
    return problems


def _why_not(name: str, others: list[str], said: object) -> tuple[str, str]:
    """Say why there can be no such context, and what is allowed; empty where there can."""
    import difflib  # noqa: PLC0415 - only where there is another context than the default ones

    ready_made = ", ".join(READY_MADE)
    if not said and (near := difflib.get_close_matches(name, READY_MADE, n=1)):
        return f"there is no context of that name; did you mean {near[0]}?", ready_made
    if reason := why_no_context(name, others):
        nearest = nearest_context_name(name, others)
        message = f"no context can be called that: {reason}; did you mean {nearest}?"
        return message, CONTEXT_ALLOWED
    if not said:
        message = f"{name} is no ready-made context"
        return message, f"{ready_made}; one that you write: {name}: {{by: hand}}"
    return "", ""


def _of_the_platform(spec: Spec, places: Places) -> list[Problem]:
    """What each part of the model allows, and a project cannot have together."""
    stores = {name: one.store for name, one in spec.contexts.items()}
    chosen = spec.pattern if "pattern" in spec.model_fields_set else ""
    found = [
        *refusals(spec.platform, spec.project.name, spec.contexts, stores=stores, pattern=chosen),
        *refusals_of_an_edge(spec.platform, spec.contexts, spec.domain),
    ]
    return [
        places.problem(
            one.path,
            one.message,
            allowed=one.allowed,
            at_key=one.path[0] == "contexts" and one.path[-1] != "store",
        )
        for one in found
    ]


def _misspelled_source(data: dict[str, Any], places: Places) -> list[Problem]:
    """Tell a source that was meant to be ``builtin`` from a folder of that name."""
    source = source_of(data)
    if source == BUILTIN or re.sub(r"[^a-z]", "", source.lower()) != BUILTIN:
        return []
    path = ("template", "source")
    return [places.problem(path, f"is {places.source_text(path) or source}", allowed=BUILTIN)]


def source_of(data: dict[str, Any]) -> str:
    """Return where a document says that its template comes from."""
    section = data.get("template")
    source = section.get("source", BUILTIN) if isinstance(section, dict) else BUILTIN
    return source if isinstance(source, str) else BUILTIN


def _with_pattern(data: dict[str, Any]) -> dict[str, Any]:
    """Put a pattern where none is needed: a team's template may know none."""
    if source_of(data) == BUILTIN:
        return data
    return {"pattern": PATTERNS[0], **data}


def _codes_of_this_version(data: dict[str, Any], places: Places) -> list[Problem]:
    """The model takes any codes; this version has those of its own checks.

    What checks a standard has is not known here: `check` says which of their codes are none.
    """
    section = data.get("check")
    if not isinstance(section, dict):
        return []
    has_standard = isinstance(data.get("standard"), dict)
    written: list[tuple[KeyPath, object]] = [
        (("check", key, index), code)
        for key in ("select", "ignore")
        for index, code in enumerate(listed(section.get(key)))
    ]
    severities = section.get("severities")
    keys = severities if isinstance(severities, dict) else {}
    written += [(("check", "severities", code), code) for code in keys]
    return [
        places.problem(path, message, at_key=path[1] == "severities")
        for path, code in written
        if isinstance(code, str)
        and (message := unknown_code(code))
        and not (has_standard and may_be_of_a_standard(code))
    ]
