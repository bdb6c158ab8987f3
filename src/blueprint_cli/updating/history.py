"""The migrations of described contexts: rendered ones stay, a changed model adds others."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from blueprint_cli.domain.changes import pairs
from blueprint_cli.domain.model import MYSQL
from blueprint_cli.errors import SpecInvalid
from blueprint_cli.layout import SPEC_FILE
from blueprint_cli.patterns import ARCHITECTURES
from blueprint_cli.spec.document import headline, parse_document
from blueprint_cli.spec.reading import validate
from blueprint_cli.templates.described.migrations import revisions_between
from blueprint_cli.templates.source import Rendered
from blueprint_cli.tree import File, Tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from blueprint_cli.domain.model import Model
    from blueprint_cli.errors import Problem
    from blueprint_cli.record.record import Record
    from blueprint_cli.spec.document import Document
    from blueprint_cli.spec.model import Spec
    from blueprint_cli.templates.described.migrations import Revision

# What the manifest calls the migrations of a described context, beside their names; before contexts
# could be on MySQL it had no folder for each store.
_SOURCE: Final = re.compile(
    r"described/(on_\w+/)?context\[(?P<context>\w+)\]/adapters/migrations/versions/(?P<file>\d+_\w+\.py)"
)
_LATER: Final = "described/migration"
# Below a context's package.
_FOLDER: Final = "adapters/migrations/versions/"
_FORMER: Final = re.compile(r'^former_schema = "(\w+)"$', re.MULTILINE)
_NUMBER: Final = re.compile(r"(\d+)_.*\.py")


@dataclass(frozen=True, slots=True)
class _Context:
    """Where a context's migrations are in a render: their folder, and each by its file's name.

    ``source`` is what the manifest calls their folder.
    """

    folder: str
    source: str
    rendered: Mapping[str, str]


@dataclass(frozen=True)
class History:
    """What a new render needs of the project: its record, and which files it has.

    ``text`` is what ``blueprint.yaml`` says, ``spec`` what it means. ``files`` are the project's:
    numbers go on after its newest migration, and what one of its own does is not done again.
    """

    record: Record
    spec: Spec
    text: str
    files: Mapping[str, bytes]

    @cached_property
    def _before(self) -> dict[str, _Context]:
        return _migrations(self.record.sources)

    @cached_property
    def _old(self) -> Model:
        text = self.record.base[SPEC_FILE].content.decode()
        document = parse_document(text, f"{SPEC_FILE} as it was rendered")
        return validate(document.data, document).domain

    @cached_property
    def _document(self) -> Document:
        """Read where something is wrong: that takes longer than to find out that nothing is."""
        return parse_document(self.text, SPEC_FILE)

    @cached_property
    def _both(self) -> dict[str, str]:
        """What each context that was described, and still is, was called then."""
        return {
            now.name: was.name
            for was, now in pairs(self._old.contexts, self.spec.domain.contexts)
            if was and now and was.name in self._before
        }

    def revisions(self) -> list[Revision]:
        """Return the migrations that lead on, of contexts by what they are and were called.

        Raises:
            SpecInvalid: where there can be no such migration, naming each place and what to do.
        """
        problems = [*self._former_schemas(), *self._moved(), *self._called_otherwise()]
        made: list[Revision] = []
        for context in self.spec.domain.contexts:
            was = self._both.get(context.name)
            if was is None or context.store == MYSQL:
                continue  # docs/migrations.md: `make migration` writes it
            here = self._before[was]
            folders = f"/{here.folder}", f"/{context.name}/{_FOLDER}"
            newest = _newest([*here.rendered.values(), *self.files], folders)
            added, refused = revisions_between(self._old, self.spec.domain, context.name, newest)
            made += _not_done(added, self._done_in(folders), newest)
            problems += [
                self._document.problem(one.path, one.message, allowed=one.allowed, at_key=True)
                for one in refused
            ]
        if problems:
            raise SpecInvalid(headline(SPEC_FILE, problems), problems=problems)
        return made

    def _done_in(self, folders: tuple[str, ...]) -> set[str]:
        """Return what migrations do that are in no render: of another branch, or by hand."""
        own = (path for path in self.files if path not in self.record.base)
        return {
            statement
            for path in _migrations_in(own, folders)
            for statement in _upgrade(self.files[path])
        }

    def added_to(self, rendered: Rendered) -> Rendered:
        """Return a render with the migrations of the base in place of first ones."""
        files, sources = dict(rendered.tree), dict(rendered.sources)
        after = _migrations(sources)
        for name, was in self._both.items():
            here = after.get(name)
            if here is None:
                continue  # A team's template brings its own.
            for path in here.rendered.values():
                del files[path], sources[path]
            for file, path in self._before[was].rendered.items():
                files[f"{here.folder}{file}"] = self.record.base[path]
                sources[f"{here.folder}{file}"] = f"{here.source}/{file}"
            for path, source in sources.items():
                if source.startswith(f"{_LATER}[{name}."):
                    sources[path] = f"{here.source}/{path.rpartition('/')[2]}"
        return Rendered(Tree(files), sources)

    def _former_schemas(self) -> list[Problem]:
        """Return a problem for each new context that is called as another one's schema was.

        A database that is made anew goes through every migration, and so would have it twice.
        """
        contexts = {one.name for one in self.spec.domain.contexts}
        added = contexts - self._both.keys()
        return [
            self._document.problem(
                ("contexts", former),
                f"the migrations of {name} begin in a schema {former}: a database made anew "
                "cannot have both",
                allowed="another name",
                at_key=True,
            )
            for name, was in self._both.items()
            for path in self._before[was].rendered.values()
            for former in _FORMER.findall(self.record.base[path].content.decode())
            if former in added
        ]

    def _moved(self) -> list[Problem]:
        """Return a problem for each context whose rows would have to go to another server."""
        return [
            self._document.problem(
                ("contexts", one.name, *(("store",) if one.store == MYSQL else ())),
                f"the rows of {one.name} are in {was.store}, and stay there",
                allowed=f"store: {was.store}; or a context beside it, rows moved by a "
                f"program of yours, and {one.name} removed in a later update",
            )
            for was, one in pairs(self._old.contexts, self.spec.domain.contexts)
            if was and one and was.store != one.store
        ]

    def _called_otherwise(self) -> list[Problem]:
        """Return a problem for each service that would be called otherwise, and nobody said so."""
        if not ARCHITECTURES[self.spec.pattern].process_per_context:
            return []
        return [
            self._document.problem(
                ("contexts", one.name),
                f"the service of {one.name}, its database, roles, keys and topics are called "
                f"{was.service}, and stay so",
                allowed=f"service: {was.service}; or service: {one.service}, once they are called "
                "that where it runs",
                at_key=True,
            )
            for was, one in pairs(self._old.contexts, self.spec.domain.contexts)
            if was and one and was.service != one.service and not one.runs_as
        ]


def with_migrations_of(rendered: Rendered, project: Path) -> Rendered:
    """Return a render with the migrations that a project has: no model tells of earlier ones."""
    files, sources = dict(rendered.tree), dict(rendered.sources)
    for context in _migrations(rendered.sources).values():
        there = sorted((project / context.folder).glob("*.py"))
        kept = [file for file in there if _NUMBER.fullmatch(file.name)]
        for path in context.rendered.values() if kept else ():
            del files[path], sources[path]
        for file in kept:
            path = f"{context.folder}{file.name}"
            files[path] = File(file.read_bytes().replace(b"\r\n", b"\n"))
            sources[path] = f"{context.source}/{file.name}"
    return Rendered(Tree(files), sources)


def _migrations(sources: Mapping[str, str]) -> dict[str, _Context]:
    found: dict[str, dict[str, str]] = {}
    folders: dict[str, str] = {}
    for path, source in sources.items():
        if match := _SOURCE.fullmatch(source):
            found.setdefault(match["context"], {})[match["file"]] = path
            folders[match["context"]] = source.rpartition("/")[0]
    return {
        name: _Context(next(iter(files.values())).rpartition("/")[0] + "/", folders[name], files)
        for name, files in found.items()
    }


def _newest(paths: Iterable[str], folders: tuple[str, ...]) -> str:
    """Return the number of the newest migration in some folders, also of one that was added."""
    names = (path.rpartition("/")[2] for path in _migrations_in(paths, folders))
    return max((name.partition("_")[0] for name in names), key=int)


def _migrations_in(paths: Iterable[str], folders: tuple[str, ...]) -> Iterator[str]:
    for path in paths:
        folder, _, name = path.rpartition("/")
        if f"/{folder}/".endswith(folders) and _NUMBER.fullmatch(name):
            yield path


def _not_done(revisions: Iterable[Revision], done: set[str], newest: str) -> Iterator[Revision]:
    """Yield those that do more than others have done, and not taken back; numbered anew."""
    for one in revisions:
        up, down = _statements("\n".join(one.steps.up)), _statements("\n".join(one.steps.down))
        taken_back = bool(down) and down <= done
        if up <= done and not taken_back:
            continue
        number = f"{int(newest) + 1:04}"
        yield replace(one, number=number, before=newest)
        newest = number


def _upgrade(content: bytes) -> set[str]:
    """Return what a migration does, as statements; nothing where it is no Python."""
    try:
        module = ast.parse(content)
    except (SyntaxError, ValueError):
        return set()
    return {
        ast.unparse(statement)
        for function in module.body
        if isinstance(function, ast.FunctionDef) and function.name == "upgrade"
        for statement in function.body
    }


def _statements(code: str) -> set[str]:
    return {ast.unparse(statement) for statement in ast.parse(code).body}
