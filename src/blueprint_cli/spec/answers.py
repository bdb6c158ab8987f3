"""The answers for a new project: a file, then ``--set``, then the command line's own words."""

from __future__ import annotations

import copy
import difflib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Protocol

from blueprint_cli.errors import Problem, SpecInvalid
from blueprint_cli.patterns import PATTERNS
from blueprint_cli.spec.document import (
    NOT_PRINTABLE,
    Document,
    KeyPath,
    dotted,
    headline,
    parse_scalar,
)
from blueprint_cli.spec.model import FORMAT
from blueprint_cli.spec.reading import check_format, unknown_key, validate
from blueprint_cli.spec.schema import describe, every_key, schema_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from blueprint_cli.patterns import Pattern
    from blueprint_cli.spec.model import Spec, StandardChoice

AUTO: Final = "auto"
ANSWERS: Final = ("template", "answers")
# Stands in the spec until what is recommended takes its place.
UNCHOSEN_PATTERN: Final = PATTERNS[0]


@dataclass(frozen=True, slots=True)
class Assignment:
    """A value from the command line, and the words that gave it."""

    path: KeyPath
    value: Any
    origin: str


@dataclass(frozen=True, slots=True)
class Answers:
    """What is to be made: the checked spec, and what the text of the answers does not say.

    ``contexts_text``: how an example writes its contexts, where the project has these alone.
    """

    spec: Spec
    document: Document | None
    changes: tuple[tuple[KeyPath, Any], ...]
    pattern_chosen: bool
    contexts_text: str = ""

    def following(self, pattern: Pattern) -> Answers:
        """Return the same answers with the pattern that is recommended, where nobody chose one."""
        if self.pattern_chosen:
            return self
        kept = tuple(change for change in self.changes if change[0] != ("pattern",))
        return replace(
            self,
            spec=self.spec.model_copy(update={"pattern": pattern}),
            changes=(*kept, (("pattern",), pattern)),
        )

    def beginning_with(self, brought: Contexts | None) -> Answers:
        """Return the same answers with the contexts that a template brings, unless they have some.

        Raises:
            SpecInvalid: where the two do not fit together.
        """
        said = self.document.data if self.document else {}
        changed = any(path[0] == "contexts" for path, _ in self.changes)
        if brought is None or said.get("contexts") or changed:
            return self
        contexts = copy.deepcopy(dict(brought.contexts))
        data = self.spec.model_dump(mode="json", by_alias=True, exclude_unset=True)
        spec = validate({**data, "contexts": contexts}, _Merged(self.document, ()))
        changes = (*self.changes, (("contexts",), contexts))
        return replace(self, spec=spec, changes=changes, contexts_text=brought.text)


class Contexts(Protocol):
    """The contexts of an example, and how they are written."""

    @property
    def contexts(self) -> Mapping[str, Any]:
        """Return them as a ``blueprint.yaml`` has them."""

    @property
    def text(self) -> str:
        """Return the lines below ``contexts:``."""


class Refusal(Protocol):
    """Something that a standard does not take."""

    @property
    def path(self) -> KeyPath:
        """Return the key."""

    @property
    def message(self) -> str:
        """Return what is wrong with it."""

    @property
    def allowed(self) -> str:
        """Return what it may be."""


class Asks(Protocol):
    """A team's standard, as far as answers go."""

    @property
    def choice(self) -> StandardChoice:
        """Return what ``blueprint.yaml`` says of it."""

    @property
    def given(self) -> Mapping[str, Any]:
        """Return its defaults, a ``blueprint.yaml`` in part."""

    def contradictions(self, spec: Spec) -> Iterable[Refusal]:
        """Yield what it locks otherwise, or does not allow."""


class _Merged:
    """Where each value of the merged answers came from."""

    def __init__(self, document: Document | None, assignments: Sequence[Assignment]) -> None:
        self.document = document
        self.name = document.name if document else "the command line"
        self._given = {assignment.path: assignment for assignment in assignments}

    def problem(
        self, path: KeyPath, message: str, *, allowed: str = "", at_key: bool = False
    ) -> Problem:
        if path == ("pattern",) and allowed:
            allowed = f"{allowed}, {AUTO}"
        given = self._origin(path)
        if given is not None or self.document is None:
            where = given.origin if given else self.name
            return Problem(message=message, file=where, key=dotted(path), allowed=allowed)
        return self.document.problem(path, message, allowed=allowed, at_key=at_key)

    def source_text(self, path: KeyPath) -> str:
        if path in self._given or self.document is None:
            return ""
        return self.document.source_text(path)

    def _origin(self, path: KeyPath) -> Assignment | None:
        for length in range(len(path), 0, -1):
            if path[:length] in self._given:
                return self._given[path[:length]]
        return None


def merge(  # noqa: PLR0913 - one parameter per option
    document: Document | None,
    settings: Sequence[str],
    *,
    name: str,
    pattern: str | None = None,
    template: str | None = None,
    ref: str = "",
    example: Contexts | None = None,
    standard: Asks | None = None,
) -> Answers:
    """Merge the answers files with ``--set KEY=VALUE``, and with what has options of its own.

    These are the project's name, ``--pattern``, and ``--template`` with its ``--ref``.

    An example's contexts stand beside those that the answers have. What a standard gives counts
    where nobody says anything else.

    Raises:
        SpecInvalid: with every problem that was found, wherever it was written.
    """
    assignments, problems = _assignments(settings)
    outright: list[tuple[KeyPath, str | None, str]] = [
        (("project", "name"), name, "NAME"),
        (("pattern",), pattern, "--pattern"),
        (("template", "source"), template, "--template"),
        (("template", "ref"), ref or None, "--ref"),
    ]
    for path, said, origin in outright:
        if said is not None:
            assignments, contradictions = _add(assignments, path, said, origin)
            problems += contradictions
    data = copy.deepcopy(document.data) if document else {}
    places = _Merged(document, assignments)
    check_format(data, places)
    for assignment in assignments:
        _put(data, assignment.path, assignment.value)
    completions: list[tuple[KeyPath, Any]] = []
    if "blueprint" not in data:
        completions.append((("blueprint",), FORMAT))
    written = example.text if example and not data.get("contexts") else ""
    completions += _of_example(data, example.contexts if example else {})
    completions += _of_standard(data, completions, standard)
    pattern_chosen = data.get("pattern", AUTO) != AUTO
    if not pattern_chosen:
        completions.append((("pattern",), UNCHOSEN_PATTERN))
    for path, value in completions:
        _put(data, path, value)
    if document:
        problems += _replaced(document, data, assignments)
    problems += _refused_by(standard, data, places, pattern_chosen=pattern_chosen)
    spec = _validated(data, places, problems, settings)
    given = [(assignment.path, assignment.value) for assignment in assignments]
    return Answers(
        spec=spec,
        document=document,
        changes=(*(document.laid_over if document else ()), *given, *completions),
        pattern_chosen=pattern_chosen,
        contexts_text=written,
    )


def answered(document: Document | None, settings: Sequence[str], key: str) -> tuple[bool, Any]:
    """Return whether answers have a key of the top level, and what they say there.

    What is wrong with them is said by `merge`.
    """
    data = copy.deepcopy(document.data) if document else {}
    for assignment in _assignments(settings)[0]:
        _put(data, assignment.path, assignment.value)
    return key in data, data.get(key)


def _of_standard(
    data: dict[str, Any], completions: Sequence[tuple[KeyPath, Any]], standard: Asks | None
) -> list[tuple[KeyPath, Any]]:
    """Return what a standard gives and the answers do not say, and which standard it is."""
    if standard is None:
        return []
    for path, value in completions:
        _put(data, path, value)
    choice = standard.choice.model_dump()
    chosen = [(("standard", key), value) for key, value in choice.items() if value]
    found = [*_missing(data, standard.given, ()), *chosen]
    for path, value in found:
        _put(data, path, value)
    return found


def _missing(
    data: dict[str, Any], given: Mapping[str, Any], path: tuple[str, ...]
) -> list[tuple[KeyPath, Any]]:
    """Return the defaults of what the answers do not say; contexts and templates stay whole."""
    found: list[tuple[KeyPath, Any]] = []
    for key, value in given.items():
        there = data.get(key)
        here = (*path, key)
        whole = here == ("contexts",) or (here == ("template",) and "source" in (there or {}))
        if there is None:
            found.append((here, copy.deepcopy(value)))
        elif isinstance(there, dict) and isinstance(value, dict) and not (whole and there):
            found += _missing(there, value, here)
    return found


def _refused_by(
    standard: Asks | None, data: dict[str, Any], places: _Merged, *, pattern_chosen: bool
) -> list[Problem]:
    """Return what a standard does not take; nothing where the answers cannot be understood."""
    if standard is None:
        return []
    try:
        spec = validate(data, places)
    except SpecInvalid:
        return []
    return [
        places.problem(one.path, one.message, allowed=one.allowed)
        for one in standard.contradictions(spec)
        if pattern_chosen or one.path != ("pattern",)
    ]


def _of_example(data: dict[str, Any], contexts: Mapping[str, Any]) -> list[tuple[KeyPath, Any]]:
    """Return the contexts of an example that the answers say nothing of."""
    given = data.get("contexts") or {}
    if not isinstance(given, dict):  # The validation reports it.
        return []
    if not given:
        return [(("contexts",), copy.deepcopy(dict(contexts)))] if contexts else []
    return [
        (("contexts", name), copy.deepcopy(value))
        for name, value in contexts.items()
        if name not in given
    ]


def _replaced(
    document: Document, data: dict[str, Any], assignments: Sequence[Assignment]
) -> list[Problem]:
    """Return what is wrong with those values of files that a later file or the options replace."""
    problems: list[Problem] = []
    paths = [(one.path, document) for one in assignments]
    for path, earlier in [*document.replaced, *paths]:
        value: Any = earlier.data
        for part in path:
            value = value.get(part) if isinstance(value, dict) else None
        if value is None or (path, value) == (("pattern",), AUTO):
            continue
        alone = copy.deepcopy(data)
        _put(alone, path, value)
        others = [other for other in assignments if other.path != path]
        key = dotted(path)
        try:
            validate(alone, _Merged(earlier, others))
        except SpecInvalid as invalid:
            problems += [p for p in invalid.problems if p.key == key or p.key.startswith(f"{key}.")]
    return problems


def _validated(
    data: dict[str, Any], places: _Merged, problems: Sequence[Problem], settings: Sequence[str]
) -> Spec:
    """Return the spec; its problems stand beside those of the settings, in order.

    Raises:
        SpecInvalid: with all of them.
    """
    try:
        spec = validate(data, places)
    except SpecInvalid as error:
        problems = [*error.problems, *problems]
    if problems:
        order = {_origin(text): place for place, text in enumerate(settings)}
        problems = sorted(problems, key=lambda one: order.get(one.file, -1))
        files = dict.fromkeys(one.file for one in problems if one.line is not None)
        names = [*files] or ["the command line"]
        raise SpecInvalid(headline(" and ".join(names), problems, len(names)), problems=problems)
    return spec


def _add(
    assignments: Sequence[Assignment], path: KeyPath, value: str, origin: str
) -> tuple[list[Assignment], list[Problem]]:
    """Add what the command line says outright; ``--set`` may repeat it but not contradict it."""
    kept = [assignment for assignment in assignments if assignment.path != path]
    problems = [
        Problem(f"contradicts {origin} {value}", assignment.origin, key=dotted(path))
        for assignment in assignments
        if assignment.path == path and assignment.value != value
    ]
    return [*kept, Assignment(path, value, origin)], problems


def _put(data: dict[str, Any], path: KeyPath, value: object) -> None:
    here: Any = data
    for part in path[:-1]:
        if isinstance(here.get(part), dict):
            here = here[part]
        elif here.get(part) is None:
            here[part] = {}
            here = here[part]
        else:  # A scalar where a mapping belongs: the validation reports it.
            return
    here[path[-1]] = value


def _assignments(settings: Sequence[str]) -> tuple[list[Assignment], list[Problem]]:
    """Return the settings that are understood, and what is wrong with the others."""
    found: dict[KeyPath, Assignment] = {}
    problems: list[Problem] = []
    for text in settings:
        try:
            assignment = parse_assignment(text)
        except SpecInvalid as error:
            problems += error.problems
            continue
        first = found.setdefault(assignment.path, assignment)
        if first.value != assignment.value:
            message = f"was already set by {first.origin}"
            problems.append(Problem(message, assignment.origin, key=dotted(assignment.path)))
    return list(found.values()), problems


def template_answers(settings: Sequence[str]) -> dict[str, Any]:
    """Return the answers to a template's questions that ``--set`` gives, by name.

    Raises:
        SpecInvalid: with each setting that is something else.
    """
    assignments, problems = _assignments(settings)
    problems += [
        Problem(
            "only answers to the template's questions can be set here",
            one.origin,
            key=dotted(one.path),
            allowed="template.answers.NAME=VALUE",
        )
        for one in assignments
        if one.path[:2] != ANSWERS or len(one.path) == len(ANSWERS)
    ]
    if problems:
        raise SpecInvalid(headline("the command line", problems), problems=problems)
    data: dict[str, Any] = {}
    for one in assignments:
        _put(data, one.path[len(ANSWERS) :], one.value)
    return data


def _origin(text: str) -> str:
    return f"--set {text if text.isprintable() else ascii(text)}"


def parse_assignment(text: str) -> Assignment:
    """Parse one ``KEY=VALUE``; text is taken as it stands, anything else is a YAML value.

    Raises:
        SpecInvalid: where it has another form or there is no such key.
    """
    origin = _origin(text)
    key, equals, raw = text.partition("=")
    path: KeyPath = tuple(key.strip().split("."))
    if not equals or not all(path):
        problem = Problem("is not of the form KEY=VALUE", origin, allowed="requirements.teams=12")
        raise SpecInvalid(f"{origin} is not of the form KEY=VALUE", problems=[problem])
    if path[:2] == ANSWERS and len(path) > len(ANSWERS):
        return Assignment(path, raw, origin)  # The template knows of what type it is.
    schema = schema_at(path)
    if schema is None:
        raise SpecInvalid(
            f"{origin}: unknown key", problems=[Problem(_nearest(path), origin, key=dotted(path))]
        )
    if schema.get("type") == "string" and "enum" not in schema and "const" not in schema:
        if NOT_PRINTABLE.search(raw):
            problem = Problem("holds a character that is not allowed", origin, key=dotted(path))
            raise SpecInvalid(problem.message, problems=[problem])
        return Assignment(path, raw, origin)
    try:
        return Assignment(path, parse_scalar(raw, origin), origin)
    except SpecInvalid:
        problem = Problem(
            "the value is not plain YAML", origin, key=dotted(path), allowed=describe(path)
        )
        raise SpecInvalid(problem.message, problems=[problem]) from None


def _nearest(path: KeyPath) -> str:
    near = difflib.get_close_matches(dotted(path), every_key(), n=1)
    if near:
        return f"unknown key; did you mean {near[0]}?"
    return unknown_key(path)
