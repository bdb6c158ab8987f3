"""From a ``standard.yaml`` to a `StandardFile`, or to everything that is wrong with it."""

from __future__ import annotations

import copy
import datetime as dt
import difflib
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from blueprint_cli.errors import Problem, SpecInvalid, StandardInvalid
from blueprint_cli.patterns import PATTERNS
from blueprint_cli.spec.codes import SELECTORS
from blueprint_cli.spec.document import dotted, headline, parse_document
from blueprint_cli.spec.model import FORMAT as SPEC_FORMAT
from blueprint_cli.spec.reading import problems_of, validate
from blueprint_cli.spec.schema import describe, every_key, schema_at
from blueprint_cli.standards.expressions import Expression
from blueprint_cli.standards.keys import FORMATS
from blueprint_cli.standards.model import FORMAT, KINDS, StandardFile
from blueprint_cli.standards.schema import standard_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from blueprint_cli.spec.document import Document, KeyPath
    from blueprint_cli.spec.model import Spec

# What only a project can say of itself.
NO_DEFAULT: Final[tuple[tuple[str, ...], ...]] = (
    ("project", "name"),
    ("standard",),
    ("blueprint",),
)
OURS: Final = "BP"


def parse_standard(text: str, name: str) -> StandardFile:
    """Parse a ``standard.yaml``; ``name`` is what messages call it.

    Raises:
        StandardInvalid: with every problem that was found, each with its place.
    """
    try:
        document = parse_document(text, name, what="standard")
    except SpecInvalid as invalid:
        raise StandardInvalid(
            invalid.message, hint=invalid.hint, problems=invalid.problems
        ) from None
    return validated(document)


def validated(document: Document) -> StandardFile:
    """Check a document against the model and the rules of this version.

    Raises:
        StandardInvalid: with every problem that was found.
    """
    _refuse_later_format(document)
    found: StandardFile | None = None
    problems: list[Problem] = []
    try:
        found = StandardFile.model_validate(document.data)
    except ValidationError as invalid:
        problems = problems_of(invalid, document.data, document, standard_schema())
        problems += _refused_names(invalid, document)
    problems += [
        *_checks(document),
        *_date(document),
        *_defaults(document),
        *_locked(document),
        *_severities(document),
        *_allowed(document),
    ]
    if found is None or problems:
        unique = list(dict.fromkeys(problems))
        unique.sort(key=lambda problem: (problem.line or 0, problem.column or 0))
        raise StandardInvalid(headline(document.name, unique), problems=unique)
    return found


def defaults_of(says: StandardFile) -> Spec:
    """Return a project that has what a standard says, and the program's defaults in the rest."""
    return _as_spec(says.defaults, _Nowhere())


def _as_spec(defaults: dict[str, Any], places: Any) -> Spec:  # noqa: ANN401 - `Places`, or none
    data = copy.deepcopy(defaults)
    data["blueprint"] = SPEC_FORMAT
    data["standard"] = {"source": "standard"}  # Its own codes may be in `check`.
    data["project"] = {**(data.get("project") or {}), "name": "standard"}
    if data.get("pattern", "auto") == "auto":
        data["pattern"] = PATTERNS[0]
    return validate(data, places)


class _Nowhere:
    """Places of a document that was found valid before."""

    name = "defaults"

    def problem(
        self, path: KeyPath, message: str, *, allowed: str = "", at_key: bool = False
    ) -> Problem:
        del at_key
        return Problem(message, self.name, key=dotted(path), allowed=allowed)

    def source_text(self, path: KeyPath) -> str:
        del path
        return ""


class _Below:
    """The places of what stands below a key of a document."""

    def __init__(self, document: Document, key: str) -> None:
        self.name = document.name
        self._document = document
        self._key = key

    def problem(
        self, path: KeyPath, message: str, *, allowed: str = "", at_key: bool = False
    ) -> Problem:
        return self._document.problem((self._key, *path), message, allowed=allowed, at_key=at_key)

    def source_text(self, path: KeyPath) -> str:
        return self._document.source_text((self._key, *path))


def _refuse_later_format(document: Document) -> None:
    version = document.data.get("standard")
    if isinstance(version, int) and not isinstance(version, bool) and version > FORMAT:
        problem = document.problem(("standard",), f"is format {version}", allowed=str(FORMAT))
        raise StandardInvalid(
            f"{document.name} is of a later format",
            hint=f"Upgrade blueprint: this version reads format {FORMAT}.",
            problems=[problem],
        )


def _refused_names(invalid: ValidationError, document: Document) -> Iterator[Problem]:
    """Names of mappings that are no codes, packages or paths."""
    what = {
        "platform": "a key of `platform`",
        "forbidden": "the name of a package",
        "at_least": "the name of a package",
        "passes": "a path in the sample, with / and without . or ..",
        "fails": "a path in the sample, with / and without . or ..",
    }
    for error in invalid.errors(include_url=False, include_context=False):
        if error["loc"][-1:] == ("[key]",):
            path = tuple(part for part in error["loc"][:-1])
            section = next((part for part in reversed(path[:-1]) if part in what), "")
            if section == "":
                continue
            allowed = what[str(section)]
            yield document.problem(path, "is no name here", allowed=allowed, at_key=True)


def _each_check(document: Document) -> Iterator[tuple[int, dict[str, Any]]]:
    checks = document.data.get("checks")
    for index, one in enumerate(checks if isinstance(checks, list) else ()):
        if isinstance(one, dict):
            yield index, one


def _checks(document: Document) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for index, check in _each_check(document):
        path: KeyPath = ("checks", index)
        code = check.get("id")
        if isinstance(code, str):
            if code.startswith(OURS):
                message = f"is {code}, and {OURS} is the word of blueprint's own checks"
                yield document.problem((*path, "id"), message, allowed="a code such as ACME-001")
            if seen.setdefault(code, index) != index:
                message = f"is {code}, which is the code of checks[{seen[code]}], too"
                yield document.problem((*path, "id"), message)
        kinds = [kind for kind in KINDS if check.get(kind) is not None]
        if len(kinds) != 1:
            message = f"says {', '.join(kinds)}" if kinds else "does not say what it looks at"
            allowed = f"one of {', '.join(KINDS)}"
            yield document.problem(path, message, allowed=allowed)
        for kind in kinds:
            if kind in _OF_KIND and isinstance(check[kind], dict):
                yield from _OF_KIND[kind](document, (*path, kind), check[kind])


def _contents(document: Document, path: KeyPath, said: dict[str, Any]) -> Iterator[Problem]:
    expression = said.get("expression")
    if isinstance(expression, str):
        try:
            Expression(expression)
        except ValueError as error:
            here = (*path, "expression")
            yield document.problem(here, f"is no regular expression: {error}")


def _key(document: Document, path: KeyPath, said: dict[str, Any]) -> Iterator[Problem]:
    told = [key for key, one in said.items() if key in {"equals", "one_of"} or one is True]
    if len(told) > 1:
        message = f"says {' and '.join(told)}"
        yield document.problem(path, message, allowed="one of equals, one_of, absent")
    for index, glob in enumerate(_list(said.get("files"))):
        if isinstance(glob, str) and not glob.endswith(FORMATS):
            message = f"is {glob}, of which the ending does not say what it holds"
            allowed = f"a glob that ends in {', '.join(FORMATS)}"
            yield document.problem((*path, "files", index), message, allowed=allowed)
    if said.get("path") == []:
        yield document.problem((*path, "path"), "is empty", allowed="the parts of a key")


def _dependencies(document: Document, path: KeyPath, said: dict[str, Any]) -> Iterator[Problem]:
    if not said.get("forbidden") and not said.get("at_least"):
        yield document.problem(path, "asks for nothing", allowed="forbidden, at_least")
    yield from _versions(document, (*path, "at_least"), said.get("at_least"))


def _header(document: Document, path: KeyPath, said: dict[str, Any]) -> Iterator[Problem]:
    text = said.get("text")
    if isinstance(text, str) and text and not text.strip():
        yield document.problem((*path, "text"), "is empty", allowed="one line or more")


def _versions(document: Document, path: KeyPath, said: object) -> Iterator[Problem]:
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415 - where one is named

    for package, version in said.items() if isinstance(said, dict) else ():
        if isinstance(version, str):
            try:
                Version(version)
            except InvalidVersion:
                message, allowed = f"is {version}", "a version such as 1.2.3"
                yield document.problem((*path, package), message, allowed=allowed)


def _date(document: Document) -> Iterator[Problem]:
    day = document.data.get("current_from")
    if isinstance(day, str):
        try:
            dt.date.fromisoformat(day)
        except ValueError:
            allowed = "a day such as 2027-01-31"
            yield document.problem(("current_from",), f"is {day}", allowed=allowed)


def _defaults(document: Document) -> Iterator[Problem]:
    defaults = document.data.get("defaults")
    if not isinstance(defaults, dict):
        return
    for path in NO_DEFAULT:
        here: Any = defaults
        for part in path:
            here = here.get(part) if isinstance(here, dict) else None
        if here is not None:
            message = "is each project's own, and has no default"
            yield document.problem(("defaults", *path), message, at_key=True)
    if isinstance(defaults.get("project"), dict | None):
        own = {key: value for key, value in defaults.items() if (key,) not in NO_DEFAULT}
        try:
            _as_spec(own, _Below(document, "defaults"))
        except SpecInvalid as invalid:
            yield from invalid.problems


def _locked(document: Document) -> Iterator[Problem]:
    locked = _list(document.data.get("locked"))
    defaults = document.data.get("defaults")
    has_pattern = isinstance(defaults, dict) and defaults.get("pattern", "auto") != "auto"
    for index, key in enumerate(locked):
        path = ("locked", index)
        if not isinstance(key, str) or not key:
            continue
        if is_code(key, document):
            continue
        parts = tuple(key.split("."))
        if parts in NO_DEFAULT or parts[0] in {"standard", "blueprint"} or parts == ("project",):
            message = f"is {key}, which is each project's own"
            yield document.problem(path, message)
        elif parts == ("pattern",) and not has_pattern:
            yield document.problem(path, "is pattern, of which `defaults` says nothing")
        elif schema_at(parts) is None:
            near = difflib.get_close_matches(key, [*every_key(), *_codes(document)], n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            message = f"is {key}, which is no key of blueprint.yaml and no code{hint}"
            yield document.problem(path, message)
        if key in locked[:index]:
            yield document.problem(path, f"is {key}, which stands there already")


def is_code(text: str, document: Document) -> bool:
    """Whether a text is a code of ours or of the document's checks, or what several begin with."""
    own = any(code.startswith(text) for code in _codes(document))
    return text in SELECTORS or (own and text.isupper())


def _codes(document: Document) -> list[str]:
    codes = (check.get("id") for _, check in _each_check(document))
    return [code for code in codes if isinstance(code, str)]


def _severities(document: Document) -> Iterator[Problem]:
    severities = document.data.get("severities")
    for code in severities if isinstance(severities, dict) else ():
        if isinstance(code, str) and not is_code(code, document):
            near = difflib.get_close_matches(code, [*_codes(document), *SELECTORS], n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            path = ("severities", code)
            yield document.problem(path, f"no check has the code {code}{hint}", at_key=True)


def _allowed(document: Document) -> Iterator[Problem]:
    """Values of `platform` that there are, and defaults that are among what is allowed."""
    allowed = document.data.get("allowed")
    allowed = allowed if isinstance(allowed, dict) else {}
    defaults = document.data.get("defaults")
    defaults = defaults if isinstance(defaults, dict) else {}
    platform = allowed.get("platform")
    chosen = defaults.get("platform")
    for key, values in platform.items() if isinstance(platform, dict) else ():
        path: KeyPath = ("allowed", "platform", key)
        schema = schema_at(("platform", key)) if isinstance(key, str) else None
        if schema is None:
            message = f"platform has no key {key}"
            yield document.problem(path, message, allowed=describe(("platform",)), at_key=True)
            continue
        known = _values(schema)
        for index, value in enumerate(_list(values)):
            if known and value not in known:
                message = f"is {value}"
                yield document.problem((*path, index), message, allowed=describe(("platform", key)))
        given = chosen.get(key) if isinstance(chosen, dict) else None
        for one in given if isinstance(given, list) else [] if given is None else [given]:
            if one not in _list(values):
                message = f"is {one}, which `allowed` does not name"
                yield document.problem(("defaults", "platform", key), message)
    patterns = allowed.get("patterns")
    pattern = defaults.get("pattern", "auto")
    if isinstance(patterns, list) and pattern not in ("auto", *patterns):
        message = f"is {pattern}, which `allowed` does not name"
        yield document.problem(("defaults", "pattern"), message)


def _values(schema: dict[str, Any]) -> list[Any]:
    """Return the values of a key that has certain ones, or of the list that it is."""
    if "const" in schema:
        return [schema["const"]]
    parts = [schema["items"]] if "items" in schema else schema.get("anyOf", [])
    return schema.get("enum") or [value for part in parts for value in _values(part)]


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


_OF_KIND: Final[Mapping[str, Callable[[Document, KeyPath, dict[str, Any]], Iterator[Problem]]]] = {
    "must_contain": _contents,
    "must_not_contain": _contents,
    "key": _key,
    "dependencies": _dependencies,
    "header": _header,
}
