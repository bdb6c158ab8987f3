"""A look through a merged tree before it lands: a merge can be clean, and wrong.

Git merges lines. Where a model renames a field, a line of the user's may still use the former
name, and no line of the two is the same.
"""

from __future__ import annotations

import ast
import difflib
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from blueprint_cli.domain import naming
from blueprint_cli.domain.changes import changes_between, pairs, perhaps_renamed
from blueprint_cli.domain.event_changes import (
    BrokenEvent,
    RaisedEvent,
    broken_events,
    raised_events,
)
from blueprint_cli.domain.model import CRUD, MYSQL
from blueprint_cli.domain.open_functions import OpenFunction, open_functions, owners_functions
from blueprint_cli.domain.reading import read_contexts
from blueprint_cli.errors import SpecInvalid
from blueprint_cli.git.entries import entries_of
from blueprint_cli.layout import SPEC_FILE
from blueprint_cli.spec.document import parse_document

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from blueprint_cli.domain.changes import Gone
    from blueprint_cli.domain.model import Model
    from blueprint_cli.tree import Tree
    from blueprint_cli.updating.plan import Plan

WORD: Final = re.compile(rb"[A-Za-z_][A-Za-z0-9_]*")
# Shorter ones are part of too many others.
PART_OF_A_NAME: Final = 4
MIGRATIONS: Final = "/adapters/migrations/versions/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """A place where the user's lines use what the description has no more.

    ``of`` is what it belonged to, ``now`` what it is called now, empty where it was removed.
    """

    path: str
    line: int
    name: str
    what: str
    of: str
    now: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A merged Python file that is no Python."""

    path: str
    line: int
    why: str


@dataclass(frozen=True, slots=True)
class Look:
    """What has to be done by hand after a merge.

    ``open`` are functions that wait for a body, ``events`` those whose readers have to follow,
    ``raised`` those whose readers can follow at their own time. ``kept_data`` are contexts that are
    no more, and whose rows are there until somebody drops them. ``perhaps`` is what is gone, and
    may be what is new under another name. ``to_migrate`` are contexts whose tables changed, and
    whose migrations people write.
    """

    leftovers: tuple[Leftover, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    open: tuple[OpenFunction, ...] = ()
    events: tuple[BrokenEvent, ...] = ()
    raised: tuple[RaisedEvent, ...] = ()
    kept_data: tuple[str, ...] = ()
    perhaps: tuple[Gone, ...] = ()
    to_migrate: tuple[str, ...] = ()

    @property
    def finds(self) -> bool:
        """Whether the merge is not whole without somebody."""
        return bool(self.leftovers or self.unreadable)


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedTree:
    """The Python files of a merge: ``merged`` where no conflict is, the two renders, two models.

    ``changed`` are the paths that the merge writes.
    """

    merged: Mapping[str, bytes]
    changed: frozenset[str]
    base: Tree
    new: Tree
    before: Model
    after: Model

    def look(self) -> Look:
        """Look through it."""
        unreadable = tuple(
            Unreadable(path, *wrong)
            for path in sorted(self.changed & self.merged.keys())
            if (wrong := _why_no_python(self.merged[path]))
        )
        return Look(
            leftovers=tuple(self._leftovers()),
            unreadable=unreadable,
            open=open_functions(self.after, self.merged, self.merged.get),
            events=broken_events(self.before, self.after),
            raised=raised_events(self.before, self.after),
            perhaps=perhaps_renamed(self.before, self.after),
        )

    def _leftovers(self) -> Iterator[Leftover]:
        gone = changes_between(self.before, self.after)
        if not gone:
            return
        names = self._names(gone)
        kept = set(_all_names(self.after))
        for path, content in sorted(self.merged.items()):
            if MIGRATIONS in path:
                continue  # It speaks of the tables as they were.
            lines = self._lines_of_the_user(path, content)
            used = names.keys() & {word.decode() for word in WORD.findall(content)} if lines else ()
            if not used:
                continue
            for line, name in _uses(content):
                if line in lines and name in used:
                    one = names[name]
                    if (name in kept or name in CRUD) and not _is_about(path, one):
                        continue
                    yield Leftover(
                        path=path,
                        line=line,
                        name=name,
                        what=one.what,
                        of=".".join(filter(None, (one.context, one.of))),
                        now=one.now,
                    )

    def _names(self, gone: Iterable[Gone]) -> dict[str, Gone]:
        """Return what code may call what is gone: its own name, and names that are made of it."""
        names: dict[str, Gone] = {}
        made_of: dict[str, tuple[str, Gone]] = {}
        for one in gone:
            names.setdefault(one.name, one)
            for form, now in zip(_forms(one.name), _forms(one.now), strict=True):
                if len(form) >= PART_OF_A_NAME:
                    made_of.setdefault(form, (now, one))
        rendered = _words(self.new)
        for word in _words(self.base) - rendered:
            for form, (now, one) in made_of.items():
                if form in word:
                    made = word.replace(form, now)
                    is_there = bool(now) and made in rendered
                    names.setdefault(word, replace(one, now=made if is_there else ""))
        return names

    def _lines_of_the_user(self, path: str, content: bytes) -> set[int]:
        """Return the lines that the new render has not."""
        lines = content.splitlines()
        rendered = self.new.get(path)
        if rendered is None:
            return set(range(1, len(lines) + 1))
        if rendered.content == content:
            return set()
        same = difflib.SequenceMatcher(
            None, rendered.content.splitlines(), lines, autojunk=False
        ).get_matching_blocks()
        known = {block.b + at + 1 for block in same for at in range(block.size)}
        return set(range(1, len(lines) + 1)) - known


def look_through(plan: Plan) -> Look:
    """Look through what a plan would leave, but for files in conflict: they wait for somebody."""
    before, after = model_of(plan.record.base), plan.model
    entries = plan.outcome.after
    rendered = entries_of(plan.new.base, plan.merging.algorithm)
    ends = tuple(one.end_of_path for one in owners_functions(after))
    wanted = {
        path: entry.oid
        for path, entry in entries.items()
        if path.endswith(".py")
        and path not in plan.outcome.stages
        and entry.kind == "100"
        and (entry != rendered.get(path) or path.endswith(ends))
    }
    contents = plan.merging.read_blobs(wanted.values())
    look = MergedTree(
        merged={path: contents[oid] for path, oid in wanted.items()},
        changed=frozenset(plan.writes),
        base=plan.record.base,
        new=plan.new.base,
        before=before,
        after=after,
    ).look()
    kept = {*_contexts_of(plan.new.base), *(one.was for one in after.contexts)}
    return replace(
        look,
        kept_data=tuple(one for one in _contexts_of(plan.record.base) if one not in kept),
        to_migrate=tuple(_to_migrate(plan.record.base, plan.new.base, before, after)),
    )


def _to_migrate(base: Tree, new: Tree, before: Model, after: Model) -> Iterator[str]:
    """Yield contexts on MySQL whose tables a changed description changes."""
    for was, now in pairs(before.contexts, after.contexts):
        if was is not None and now is not None and now.store == MYSQL and was != now:
            end = f"/{now.name}/adapters/tables.py"
            old, made = (
                [file.content for path, file in tree.items() if path.endswith(end)]
                for tree in (base, new)
            )
            if old != made:
                yield now.name


def model_of(base: Tree) -> Model:
    """Return the model that a base was rendered from; an empty one where it says none."""
    return read_contexts(_contexts_of(base)).model


def _contexts_of(base: Tree) -> dict[str, Any]:
    file = base.get(SPEC_FILE)
    try:
        data = parse_document(file.content.decode(), SPEC_FILE).data if file else {}
    except (SpecInvalid, UnicodeDecodeError):
        data = {}
    contexts = data.get("contexts")
    return contexts if isinstance(contexts, dict) else {}


def _why_no_python(content: bytes) -> tuple[int, str] | None:
    try:
        ast.parse(content)
    except SyntaxError as error:
        return error.lineno or 1, error.msg
    except (ValueError, RecursionError) as error:
        return 1, str(error)
    return None


def _forms(name: str) -> tuple[str, str, str]:
    return naming.snake(name), naming.class_name(name), name.upper()


def _words(tree: Tree) -> set[str]:
    return {
        word.decode()
        for path, file in tree.items()
        if path.endswith(".py")
        for word in WORD.findall(file.content)
    }


def _uses(content: bytes) -> Iterator[tuple[int, str]]:
    """Yield the names, attributes, keywords and whole strings of a file, with their lines."""
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError, RecursionError):
        return
    found: list[tuple[int, str]] = []
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
                found.append((_line(node), name))
            case ast.keyword(arg=str(name)):
                found.append((node.value.lineno, name))
            case ast.Constant(value=str(name)):
                found.append((node.lineno, name))
            case ast.ImportFrom(module=module, names=names):
                parts = [*(module or "").split("."), *(one.name for one in names)]
                found += [(node.lineno, part) for part in parts]
            case ast.Import(names=names):
                found += [(node.lineno, part) for one in names for part in one.name.split(".")]
    yield from dict.fromkeys(sorted(found))


def _line(node: ast.expr | ast.arg) -> int:
    """Return the line where a name stands: of an attribute, the one where it ends."""
    return (node.end_lineno or node.lineno) if isinstance(node, ast.Attribute) else node.lineno


def _all_names(model: Model) -> Iterator[str]:
    """Yield the names that a model has still, whatever they belong to."""
    for context in model.contexts:
        yield context.name
        for name, type_ in context.types:
            yield name
            yield from type_.values
            yield from (one.name for one in type_.fields)
        for entity in context.entities:
            yield entity.name
            yield from (one.name for one in entity.fields)
            yield from (one.name for one in entity.commands)
            yield from entity.states


def _is_about(path: str, gone: Gone) -> bool:
    """Whether a file is about what a name belonged to: its context, and its entity."""
    words = set(re.split(r"[/._]", path))
    about = naming.snake(gone.of) if gone.of else gone.context
    return gone.context in path.split("/") and set(about.split("_")) <= words
