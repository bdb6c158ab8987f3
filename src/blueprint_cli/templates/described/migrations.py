"""From two models of a context to the migrations between them.

At most three, because older code runs while they do: ``first``, in one transaction, adds what new
code needs and takes back what stands in its way; ``then`` works beside running code, in batches and
concurrently; ``last`` loses what no code needs any more.
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from blueprint_cli.domain.changes import pairs
from blueprint_cli.domain.model import Reference
from blueprint_cli.templates.described import operations
from blueprint_cli.templates.described.contexts import ContextView
from blueprint_cli.templates.described.steps import Steps, ThreeSteps
from blueprint_cli.templates.described.tables_compared import TableDifference
from blueprint_cli.templates.described.words import capital, docstring, listed, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from blueprint_cli.domain.model import DescribedContext, Model, Type
    from blueprint_cli.templates.described.entities import EntityView
    from blueprint_cli.templates.described.steps import Refusal

_LONGEST: Final = 50
# What lines of a migration break rules of the linter, and why they may.
_IGNORED: Final = (
    ("drop_constraint(", "ban-drop-constraint", "another takes its place, or new code breaks it"),
    ("make_mandatory(", "ban-drop-constraint", "it stands for NOT NULL while rows are looked at"),
    ("server_default=None", "ban-drop-default", "code says what a new row has"),
    ("nullable=True", "ban-drop-not-null", "this release has no value for it"),
    ("rename_constraint(", "renaming-object", "it is called after its table"),
    ("rename_index(", "renaming-object", "it is called after its table"),
    (
        "create_exclude_constraint(",
        "constraint-missing-not-valid",
        "PostgreSQL has none that is not validated, and no row breaks it",
    ),
    ("DROP VIEW", "ban-drop-view", "it served the former name"),
    ("stop_keeping_equal(", "ban-drop-function", "it served the column that goes"),
)
_RENAMED_SCHEMA: Final = "older code finds its tables by views under the former name"
_RENAMED_TABLE: Final = "older code finds it by a view of its former name"


@dataclass(frozen=True, kw_only=True)
class Revision:
    """A migration, as its template reads it."""

    number: str
    before: str
    context: ContextView
    steps: Steps

    @property
    def name(self) -> str:
        """Its module's name: ``0002_add_doctors_title``, of the first thing that it does."""
        slug = re.sub(r"[^a-z0-9]+", "_", self.steps.phrases[0].lower())
        return f"{self.number}_{slug[:_LONGEST].rstrip('_')}"

    @property
    def up_lines(self) -> str:
        """The body of ``upgrade``."""
        return textwrap.indent("\n".join(self.steps.up), "    ")

    @property
    def down_lines(self) -> str:
        """The body of ``downgrade``."""
        return textwrap.indent("\n".join(self.steps.down), "    ")

    @property
    def sentence(self) -> str:
        """Of its docstring."""
        return docstring(capital(f"{listed(self.steps.phrases)}."), 0)

    @property
    def tables(self) -> list[EntityView]:
        """Whose tables it makes, in one of the two directions."""
        return [*self.steps.created, *self.steps.recreated]

    @property
    def loses_py(self) -> str:
        """What it loses, as a literal."""
        return f"({', '.join(quoted(one) for one in self.steps.loses)},)"

    @property
    def ignored_py(self) -> str:
        """Which rules of the linter it breaks, and why, as a literal."""
        lines = "\n".join(self.steps.up)
        broken = {rule: why for sign, rule, why in _IGNORED if sign in lines}
        broken |= self.steps.ignored
        items = [f"{quoted(rule)}: {quoted(why)}" for rule, why in broken.items()]
        return f"{{{', '.join(items)},}}" if items else ""


def revisions_between(
    old: Model, new: Model, context: str, newest: str
) -> tuple[list[Revision], list[Refusal]]:
    """Return the migrations of a context that both models have, after the newest that is there.

    ``context`` is what the new one calls it.
    """
    difference = next(
        _Difference(old, new, before, after)
        for before, after in pairs(old.contexts, new.contexts)
        if before is not None and after is not None and after.name == context
    )
    difference.compare()
    made: list[Revision] = []
    three = difference.steps
    for steps in (three.first, three.then, three.last):
        if steps.up:
            number = f"{int(newest) + 1:04}"
            view = difference.after
            made.append(Revision(number=number, before=newest, context=view, steps=steps))
            newest = number
    return made, three.refusals


@dataclass
class _Difference:
    """What two descriptions of a context differ in."""

    old_model: Model
    new_model: Model
    old: DescribedContext
    new: DescribedContext
    steps: ThreeSteps = field(default_factory=ThreeSteps)

    @cached_property
    def was(self) -> ContextView:
        """The old context as it was."""
        return ContextView(self.old, self.old_model)

    @cached_property
    def before(self) -> ContextView:
        """The old context, it and its entities called as they are now."""
        names = {
            before.name: after
            for before, after in pairs(self.old.entities, self.new.entities)
            if before is not None and after is not None
        }
        renamed = {name: after.name for name, after in names.items()}
        entities = tuple(
            replace(
                entity,
                name=renamed.get(entity.name, entity.name),
                context=self.new.name,
                plural=names[entity.name].plural if entity.name in names else entity.plural,
                fields=tuple(
                    replace(one, type=_retargeted(one.type, self._targets)) for one in entity.fields
                ),
            )
            for entity in self.old.entities
        )
        called = replace(self.old, name=self.new.name, was=self.new.was, entities=entities)
        return ContextView(called, self.old_model)

    @cached_property
    def _targets(self) -> dict[Reference, Reference]:
        """Entities that are called otherwise now, of any context: each and what it is called."""
        return {
            Reference(before.context, before.name): Reference(after.context, after.name)
            for was, now in pairs(self.old_model.contexts, self.new_model.contexts)
            if was is not None and now is not None
            for before, after in pairs(was.entities, now.entities)
            if before is not None and after is not None
        }

    @cached_property
    def after(self) -> ContextView:
        """The new context."""
        return ContextView(self.new, self.new_model)

    def compare(self) -> None:
        """Fill the three steps, or the refusals."""
        former, schema = self.was.storage, self.after.storage
        if former != schema:
            self._rename_schema(former, schema)
        kept = [
            (was, now)
            for was, now in zip(self.was.all, self.before.all, strict=True)
            if was.entity.name not in self._dropped and was.table != now.table
        ]
        for was, now in kept:
            self._rename_table(was, now)
        self._create_tables()
        for view in self.after.in_order_of_references:
            if view.entity.name in self.before.entities:
                TableDifference(self.steps, self.before.entities[view.entity.name], view).compare()
        for was, now in kept:
            self._keep_former_name(was, now)
        self._drop_tables()
        self._compare_outbox()
        if former != schema:
            self._drop_former_schema(former, schema)

    @cached_property
    def _dropped(self) -> set[str]:
        gone = pairs(self.old.entities, self.new.entities)
        return {before.name for before, after in gone if before is not None and after is None}

    def _create_tables(self) -> None:
        created = [
            view
            for view in self.after.in_order_of_references
            if view.entity.name not in self.before.entities
        ]
        for view in created:
            extension = ['require_extension("btree_gist", SCHEMA)'] if view.exclusions else []
            self.steps.first.add(
                [*extension, f"_create_{view.table}()"],
                [f'op.drop_table("{view.table}", schema=SCHEMA)'],
                f"add {view.table}",
            )
        self.steps.first.created += created
        for view in created:
            for one in view.late_keys:
                self.steps.first.add(
                    operations.foreign_key(view.table, one),
                    operations.drop_key(view.table, one),
                )

    def _drop_tables(self) -> None:
        dropped = [
            view
            for view in reversed(self.before.in_order_of_references)
            if view.entity.name in self._dropped
        ]
        for view in dropped:
            for one in view.late_keys:
                self.steps.last.add(
                    operations.drop_key(view.table, one),
                    operations.foreign_key(view.table, one),
                )
        for view in dropped:
            self.steps.last.add(
                [f'op.drop_table("{view.table}", schema=SCHEMA)'],
                [f"_create_{view.table}()"],
                f"drop {view.table}",
            )
            self.steps.last.loses.append(f"the table {view.table}")
        self.steps.last.recreated += dropped

    def _rename_schema(self, former: str, schema: str) -> None:
        self.steps.first.former_schema = former
        self.steps.first.ignored["renaming-object"] = _RENAMED_SCHEMA
        self.steps.first.add(
            [f'rename_schema("{former}", "{schema}")'],
            [
                f'drop_former_schema("{former}")',
                f"""op.execute('ALTER SCHEMA "{schema}" RENAME TO "{former}"')""",
            ],
            f"rename the schema {former} to {schema}",
        )

    def _drop_former_schema(self, former: str, schema: str) -> None:
        """Drop what older code finds under the former name: views, which see every other change."""
        self.steps.last.up.insert(0, f'drop_former_schema("{former}")')
        self.steps.last.down.append(f'serve_former_schema("{former}", "{schema}")')
        self.steps.last.phrases.append(f"drop the former schema {former}")
        self.steps.last.loses.append(f"the schema's name {former}, which is {schema} now")

    def _rename_table(self, was: EntityView, now: EntityView) -> None:
        if was.table == now.table:
            return
        old, new = was.table, now.table
        names = [
            *operations.renamed("CONSTRAINT", new, _constraints(was), _constraints(now)),
            *operations.renamed("INDEX", new, _indexes(was), _indexes(now)),
        ]
        up = [operations.rename(kind, table, before, after) for kind, table, before, after in names]
        down = [
            operations.rename(kind, table, after, before) for kind, table, before, after in names
        ]
        self.steps.first.add(
            [f'op.rename_table("{old}", "{new}", schema=SCHEMA)', *up],
            [*down, f'op.rename_table("{new}", "{old}", schema=SCHEMA)'],
            f"rename {old} to {new}",
        )
        self.steps.first.ignored["renaming-table"] = _RENAMED_TABLE

    def _keep_former_name(self, was: EntityView, now: EntityView) -> None:
        """Give older code a view of the table: what it writes there, it writes into the table."""
        made = operations.make_view(self.after.storage, was.table, now.table, _columns(was))
        dropped = operations.drop_view(self.after.storage, was.table)
        self.steps.first.add([made], [dropped])
        self.steps.last.up.insert(0, dropped)
        self.steps.last.down.append(made)
        self.steps.last.phrases.append(f"drop the view {was.table}")
        self.steps.last.loses.append(f"the name {was.table}, which is {now.table} now")

    def _compare_outbox(self) -> None:
        drop = [f'op.drop_table("{one}", schema=SCHEMA)' for one in ("outbox_owed", "outbox")]
        if self.after.events and not self.was.events:
            self.steps.first.add(["_create_outbox()"], drop, "add the outbox")
            self.steps.first.outbox = True
        elif self.was.events and not self.after.events:
            self.steps.last.add(drop, ["_create_outbox()"], "drop the outbox")
            self.steps.last.loses.append("events that were not delivered")
            self.steps.last.outbox = True


def _retargeted(kind: Type, names: Mapping[Reference, Reference]) -> Type:
    """Return a type whose references name entities as they are called now."""
    target = kind.target
    return replace(
        kind,
        target=None if target is None else names.get(target, target),
        of=None if kind.of is None else _retargeted(kind.of, names),
        fields=tuple(replace(one, type=_retargeted(one.type, names)) for one in kind.fields),
    )


def _columns(view: EntityView) -> list[str]:
    status = ["status"] if view.states else []
    search = ["search"] if view.search else []
    fields = [one.name for one in view.fields]
    return ["id", *fields, *status, "version", "created_at", "updated_at", *search]


def _constraints(view: EntityView) -> list[str]:
    return [
        f"pk_{view.table}",
        *(f"ck_{view.table}_{one.name}" for one in view.checks),
        *(one.foreign_key.name for one in view.fields if one.foreign_key),
        *(one.name for one in view.exclusions),
    ]


def _indexes(view: EntityView) -> list[str]:
    search = [f"ix_{view.table}_search"] if view.search else []
    return [*(one.name for one in view.uniques), *(one.name for one in view.indexes), *search]
