"""The migrations of described contexts: rendered ones stay, a changed model adds others."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from blueprint_cli.domain.model import MYSQL
from blueprint_cli.errors import SpecInvalid
from blueprint_cli.layout import SPEC_FILE
from blueprint_cli.spec.document import headline, parse_document
from blueprint_cli.spec.reading import validate
from blueprint_cli.templates.described.migrations import revisions_between
from blueprint_cli.templates.later_migrations import render_migrations
from blueprint_cli.templates.source import Rendered
from blueprint_cli.tree import File, Tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from blueprint_cli.domain.model import Model
    from blueprint_cli.errors import Problem
    from blueprint_cli.record.record import Record
    from blueprint_cli.spec.document import Document
    from blueprint_cli.spec.model import Spec
    from blueprint_cli.templates.described.migrations import Revision
    from blueprint_cli.templates.layers import LayeredTemplate

# What the manifest calls the migrations of a described context, beside their names; before contexts
# could be on MySQL it had no folder for each store.
_SOURCE: Final = re.compile(
    r"described/(on_\w+/)?context\[(?P<context>\w+)\]/adapters/migrations/versions/(?P<file>\d+_\w+\.py)"
)
_NUMBER: Final = re.compile(r"(\d+)_.*\.py")


@dataclass(frozen=True, slots=True)
class _Context:
    """Where a context's migrations are in a render: their folder, and each by its file's name.

    ``source`` is what the manifest calls their folder.
    """

    folder: str
    source: str
    rendered: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class History:
    """What a new render needs of the project: its record, and which files it has.

    ``text`` is what ``blueprint.yaml`` says, ``spec`` what it means. ``there`` are the paths of the
    project's files: numbers go on after its newest migration. ``scratch`` is for temporary files.
    """

    record: Record
    spec: Spec
    text: str
    there: tuple[str, ...]
    template: LayeredTemplate
    scratch: Path

    def added_to(self, rendered: Rendered) -> Rendered:
        """Return a render with the migrations of the base, and those from its model to this one.

        Raises:
            SpecInvalid: where there can be no such migration, naming each place and what to do.
        """
        before, after = _migrations(self.record.sources), _migrations(rendered.sources)
        both = [name for name in after if name in before]
        self._refuse_renamed_contexts(before)
        if not both:
            return rendered
        files, sources = dict(rendered.tree), dict(rendered.sources)
        for name in both:
            folder = after[name].folder
            for path in after[name].rendered.values():
                del files[path], sources[path]
            for file, path in before[name].rendered.items():
                files[f"{folder}{file}"] = self.record.base[path]
                sources[f"{folder}{file}"] = self.record.sources[path]
        revisions = self._revisions({name: before[name] for name in both})
        made = render_migrations(revisions, self.spec, self.template, scratch=self.scratch)
        for revision, content in zip(revisions, made, strict=True):
            path = f"{after[revision.context.name].folder}{revision.file}"
            files[path] = content
            sources[path] = _source(revision.context.name, revision.file)
        return Rendered(Tree(files), sources)

    def _refuse_renamed_contexts(self, before: Mapping[str, _Context]) -> None:
        document = parse_document(self.text, SPEC_FILE)
        problems = [
            document.problem(
                ("contexts", one.name, "was"),
                f"{one.was} cannot be renamed yet: its schema and its events have its name",
                allowed=f"{one.was}, as it is called now; or {one.name} as a context beside it, "
                f"rows moved by a migration of yours, and {one.was} removed in a later update",
            )
            for one in self.spec.domain.contexts
            if one.was in before and one.name not in before
        ]
        if problems:
            raise SpecInvalid(headline(SPEC_FILE, problems), problems=problems)

    def _moved(self, old: Model, document: Document) -> list[Problem]:
        """Return a problem for each context whose rows would have to go to another server."""
        stores = {one.name: one.store for one in old.contexts}
        return [
            document.problem(
                ("contexts", one.name, *(("store",) if one.store == MYSQL else ())),
                f"the rows of {one.name} are in {stores[one.name]}, and stay there",
                allowed=f"store: {stores[one.name]}; or a context beside it, rows moved by a "
                f"program of yours, and {one.name} removed in a later update",
            )
            for one in self.spec.domain.contexts
            if stores.get(one.name, one.store) != one.store
        ]

    def _revisions(self, contexts: Mapping[str, _Context]) -> list[Revision]:
        old = _model_of(self.record)
        document = parse_document(self.text, SPEC_FILE)
        on_mysql = {one.name for one in self.spec.domain.contexts if one.store == MYSQL}
        made: list[Revision] = []
        problems = self._moved(old, document)
        for name, context in contexts.items():
            if name in on_mysql:
                continue  # docs/migrations.md: `make migration` writes it
            newest = _newest([*context.rendered.values(), *self.there], context.folder)
            added, refused = revisions_between(old, self.spec.domain, name, newest)
            made += added
            problems += [
                document.problem(one.path, one.message, allowed=one.allowed, at_key=True)
                for one in refused
            ]
        if problems:
            raise SpecInvalid(headline(SPEC_FILE, problems), problems=problems)
        return made


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


def _newest(paths: Iterable[str], folder: str) -> str:
    """Return the number of the newest migration in a folder, also of one that somebody added."""
    names = (path.removeprefix(folder) for path in paths if path.startswith(folder))
    numbers = (match[1] for name in names if (match := _NUMBER.fullmatch(name)))
    return max(numbers, key=int)


def _model_of(record: Record) -> Model:
    text = record.base[SPEC_FILE].content.decode()
    document = parse_document(text, f"{SPEC_FILE} as it was rendered")
    return validate(document.data, document).domain


def _source(context: str, file: str) -> str:
    return f"described/on_postgresql/context[{context}]/adapters/migrations/versions/{file}"
