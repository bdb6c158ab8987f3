"""What the tables of an entity differ in, in two models."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from blueprint_cli.domain.changes import pairs
from blueprint_cli.templates.described import operations
from blueprint_cli.templates.described.fields import check_name
from blueprint_cli.templates.described.steps import Refusal
from blueprint_cli.templates.described.types_compared import compared, lost_values
from blueprint_cli.templates.described.words import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from blueprint_cli.domain.model import Field, Type
    from blueprint_cli.templates.described.entities import EntityView, SearchIndex, UniqueIndex
    from blueprint_cli.templates.described.fields import FieldView
    from blueprint_cli.templates.described.steps import ThreeSteps


@dataclass
class TableDifference:
    """What the tables of an entity differ in; ``before`` is called as it is now."""

    steps: ThreeSteps
    before: EntityView
    after: EntityView

    @property
    def table(self) -> str:
        """Its name."""
        return self.after.table

    @cached_property
    def place(self) -> str:
        """As functions of the kit take it."""
        return f'SCHEMA, "{self.table}"'

    def compare(self) -> None:
        """Add to the steps."""
        for before, after in pairs(self.before.entity.fields, self.after.entity.fields):
            self._compare_field(before, after)
        self._compare_states()
        self._compare_search()
        self._compare_checks()
        self._compare_indexes(self.before.uniques, self.after.uniques)
        self._compare_indexes(self.before.indexes, self.after.indexes)
        self._compare_exclusions()
        for one in self._filled_last:
            self.steps.then.add(*one)

    # Fields

    @cached_property
    def _views(self) -> tuple[dict[str, FieldView], dict[str, FieldView]]:
        return (
            {one.name: one for one in self.before.fields},
            {one.name: one for one in self.after.fields},
        )

    @cached_property
    def _filled_last(self) -> list[tuple[list[str], list[str]]]:
        """What needs filled columns, and comes after the indexes that are made concurrently."""
        return []

    @cached_property
    def _now(self) -> dict[str, str]:
        """What each field is called now; empty where it is no more."""
        return {
            before.name: after.name if after else ""
            for before, after in pairs(self.before.entity.fields, self.after.entity.fields)
            if before is not None
        }

    @cached_property
    def _gone(self) -> set[str]:
        """Columns that are dropped in the end."""
        found = {name for name, now in self._now.items() if now != name}
        if self.before.states and not self.after.states:
            found.add("status")
        return found

    def _compare_field(self, before: Field | None, after: Field | None) -> None:
        old, new = self._views
        if before is None and after is not None:
            self._add_field(new[after.name])
        elif before is not None and after is None:
            self._drop_field(old[before.name])
        elif before is not None and after is not None and before.name != after.name:
            self._rename_field(old[before.name], new[after.name])
        elif before is not None and after is not None:
            self._change_field(old[before.name], new[after.name])

    def _refuse(self, name: str, message: str, allowed: str) -> None:
        path = (
            "contexts",
            self.after.context.name,
            "entities",
            self.after.entity.name,
            *name.split("/"),
        )
        self.steps.refusals.append(Refusal(path, message, allowed))

    def _add_field(self, one: FieldView) -> None:
        if one.required:
            like = [name for name, now in self._now.items() if not now and self._is_like(name, one)]
            was = f"`was({like[0]})`, if it is {like[0]} under another name; or " if like else ""
            self._refuse(
                f"fields/{one.name}",
                f"{one.name} is mandatory and has no default, and {self.table} may have rows",
                f"{was}a default (`= …`), or `optional` now and mandatory in a later update, when "
                "every row has one",
            )
        key = operations.foreign_key(self.table, one)
        self.steps.first.add(
            [operations.add_column(self.table, one.name, one.migration_arguments), *key],
            [operations.drop_column(self.table, one.name)],
            f"add {self.table}.{one.name}",
        )

    def _is_like(self, name: str, one: FieldView) -> bool:
        return self._views[0][name].field.type == one.field.type

    def _drop_field(self, one: FieldView) -> None:
        table, name = self.table, one.name
        arguments = one.migration_arguments
        unique = any(name in index.fields for index in self.before.uniques)
        # New code gives no value: the default is one, unless no two rows may have it.
        if not one.nullable and (one.default_sql is None or unique):
            self.steps.first.add(
                [
                    operations.alter(table, name, "nullable=True"),
                    *operations.default_changed(table, name, one.default_sql, None),
                ],
                [
                    *operations.default_changed(table, name, None, one.default_sql),
                    operations.make_mandatory(table, name),
                ],
                f"want no {table}.{name}",
            )
            arguments = one.migration_column
        self.steps.last.add(
            [operations.drop_column(table, name)],
            [operations.add_column(table, name, arguments), *operations.foreign_key(table, one)],
            f"drop {table}.{name}",
        )
        self.steps.last.loses.append(f"the column {table}.{name}")

    def _rename_field(self, old: FieldView, new: FieldView) -> None:
        if compared(old.field.type, new.field.type) != "same" or old.nullable != new.nullable:
            self._refuse(
                f"fields/{new.name}",
                f"{new.name} was {old.name} and is of another type now, or optional otherwise",
                "one of the two now, the other in a later update",
            )
            return
        table, both = self.table, f'{self.place}, "{old.name}", "{new.name}"'
        # A default would be taken for what code has written.
        self.steps.first.add(
            [
                operations.add_column(table, new.name, new.migration_column),
                *operations.foreign_key(table, new),
                *operations.default_changed(table, old.name, old.default_sql, None),
                f"keep_equal({both})",
            ],
            [
                f"stop_keeping_equal({both})",
                *operations.default_changed(table, old.name, None, old.default_sql),
                operations.drop_column(table, new.name),
            ],
            f"rename {table}.{old.name} to {new.name}",
        )
        self.steps.then.add(
            [_fill_from(table, new.name, old.name)], phrase=f"fill {table}.{new.name}"
        )
        mandatory = [operations.make_mandatory(table, new.name)]
        if not new.nullable:
            loosened = [operations.alter(table, new.name, "nullable=True")]
            self._filled_last.append((mandatory, loosened))
        self.steps.last.add(
            [
                f"stop_keeping_equal({both})",
                operations.drop_column(table, old.name),
                *operations.default_changed(table, new.name, None, new.default_sql),
            ],
            [
                *operations.default_changed(table, new.name, new.default_sql, None),
                operations.add_column(table, old.name, old.migration_column),
                *operations.foreign_key(table, old),
                f"keep_equal({both})",
                _fill_from(table, old.name, new.name),
                *([] if old.nullable else [operations.make_mandatory(table, old.name)]),
            ],
            f"drop {table}.{old.name}",
        )
        self.steps.last.loses.append(f"the column {table}.{old.name}, which is {new.name} now")

    def _change_field(self, old: FieldView, new: FieldView) -> None:
        name = new.name
        self._change_type(old, new)
        if old.default_sql != new.default_sql:
            self.steps.first.add(
                operations.default_changed(self.table, name, old.default_sql, new.default_sql),
                operations.default_changed(self.table, name, new.default_sql, old.default_sql),
                f"change the default of {self.table}.{name}",
            )
        mandatory = operations.make_mandatory(self.table, name)
        loosened = operations.alter(self.table, name, "nullable=True")
        if old.nullable and not new.nullable:
            filled = []
            if new.default_sql is not None:
                value = new.default_sql.replace("'", "''")
                filled = [operations.fill(self.table, name, f"'{value}'", f'"{name}" IS NULL')]
            self.steps.then.add(filled, phrase=f"want {self.table}.{name}")
            self._filled_last.append(([mandatory], [loosened]))
        elif new.nullable and not old.nullable:
            self.steps.first.add([loosened], [mandatory], f"want no {self.table}.{name}")

    def _change_type(self, old: FieldView, new: FieldView) -> None:
        result = compared(old.field.type, new.field.type)
        if result == "same":
            return
        name = f"{self.table}.{new.name}"
        if result in {"wider", "narrower"}:
            up = operations.alter(self.table, new.name, f"type_={new.migration_column}")
            down = operations.alter(self.table, new.name, f"type_={old.migration_column}")
            if result == "wider":
                self.steps.first.add([up], [down], f"widen {name}")
                self.steps.first.ignored["changing-column-type"] = (
                    "more digits, which older code reads as well"
                )
            else:
                self.steps.last.add([up], [down], f"narrow {name}")
                self.steps.last.loses.append(f"digits of {name}")
        elif result == "fewer":
            self._refuse_rows_with(new.name, lost_values(old.field.type, new.field.type))
        else:
            self._refuse(
                f"fields/{new.name}",
                f"{new.name} cannot become {_said(new.field.type)}: its rows are "
                f"{_said(old.field.type)}",
                f"{self._was_of(old.field.type, new.field.type)}{result}",
            )

    def _was_of(self, old: Type, new: Type) -> str:
        """Say how what a reference names may be the same, where one is gone and the other new."""
        was, now = (kind.target.entity if kind.target else "" for kind in (old, new))
        before, after = self.before.context.entities, self.after.context.entities
        if was in before and was not in after and now in after and now not in before:
            return f"`was: {was}` in {now}, if it is {was} under another name; or "
        return ""

    def _refuse_rows_with(self, name: str, values: Sequence[str]) -> None:
        listed_values = ", ".join(f"'{one}'" for one in values)
        what = f"still have the {name} {listed(list(values), 'or')}"
        self.steps.first.add(
            [operations.refuse_rows(self.table, f'"{name}" IN ({listed_values})', what)],
            phrase=f"know no {self.table}.{name} {listed(list(values), 'or')}",
        )
        self.steps.last.loses.append(
            f"that {self.table}.{name} may be {listed(list(values), 'or')}"
        )

    # What follows from states and from what is searched

    def _compare_states(self) -> None:
        old = [one.text for one in self.before.states]
        new = [one.text for one in self.after.states]
        name = f"{self.table}.status"
        if new and not old:
            arguments = f'sa.Text(), nullable=False, server_default="{new[0]}"'
            self.steps.first.add(
                [operations.add_column(self.table, "status", arguments)],
                [operations.drop_column(self.table, "status")],
                f"add {name}",
            )
        elif old and not new:
            arguments = f'sa.Text(), nullable=False, server_default="{old[0]}"'
            self.steps.last.add(
                [operations.drop_column(self.table, "status")],
                [operations.add_column(self.table, "status", arguments)],
                f"drop {name}",
            )
            self.steps.last.loses.append(f"the column {name}")
        elif old and new:
            lost = [one for one in old if one not in new]
            if lost and set(new) - set(old):
                self._refuse(
                    "states",
                    f"{listed(lost)} cannot be replaced at once: rows may be in it",
                    "add the new state and a command that leads there now, and remove the old one "
                    "in a later update, when no row is in it",
                )
            elif lost:
                self._refuse_rows_with("status", lost)
            if old[0] != new[0]:
                self.steps.first.add(
                    operations.default_changed(self.table, "status", old[0], new[0]),
                    operations.default_changed(self.table, "status", new[0], old[0]),
                    f"change the default of {name}",
                )

    def _compare_search(self) -> None:
        old = [self._now.get(name, name) for name in self.before.search]
        new = list(self.after.search)
        arguments = 'sa.Text(), nullable=False, server_default=""'
        add = operations.add_column(self.table, "search", arguments)
        drop = operations.drop_column(self.table, "search")
        index = f"index_search({self.place})"
        columns = ", ".join(f'"{name}"' for name in new)
        fill = f"fill_search({self.place}, [{columns}])"
        if new and not old:
            self.steps.first.add([add], [drop], f"add {self.table}.search")
            self.steps.then.add([fill, index], phrase=f"fill {self.table}.search")
        elif old and not new:
            self.steps.last.add([drop], [add, index], f"drop {self.table}.search")
            self.steps.last.loses.append(f"the column {self.table}.search")
        elif old != new:
            self.steps.then.add([fill], phrase=f"fill {self.table}.search")

    # Constraints

    def _compare_checks(self) -> None:
        old = {f"ck_{self.table}_{one.name}": one.sql_py for one in self.before.checks}
        new = {f"ck_{self.table}_{one.name}": one.sql_py for one in self.after.checks}
        for name in [*new, *(name for name in old if name not in new)]:
            before, after = old.get(name), new.get(name)
            if before == after:
                continue
            up = [operations.drop_constraint(self.table, name)] if before else []
            up += [operations.add_check(self.table, name, after)] if after else []
            down = [operations.drop_constraint(self.table, name)] if after else []
            down += [operations.add_check(self.table, name, before)] if before else []
            step = self.steps.last if self._narrows(name) else self.steps.first
            step.add(up, down, self._said_of(name, held=after is not None))

    @cached_property
    def _checked(self) -> tuple[dict[str, str], dict[str, str]]:
        """Which field each check of one is for, before and after."""
        return _checked_fields(self.before), _checked_fields(self.after)

    def _said_of(self, check: str, *, held: bool) -> str:
        """Say what becomes of a check; nothing where it comes with its column."""
        before, after = self._checked
        if held:
            new = after.get(check)
            comes_along = new is not None and new not in self._now
            comes_along |= check == f"ck_{self.table}_status" and not self.before.states
        else:
            old = before.get(check, "")
            comes_along = self._now.get(old, "") not in {old, ""}
        rule = check.removeprefix(f"ck_{self.table}_")
        return "" if comes_along else f"{'hold' if held else 'give up'} {self.table}.{rule}"

    def _narrows(self, check: str) -> bool:
        """Whether a check no longer allows a value that older code may write."""
        old = {one.text for one in self.before.states}
        new = {one.text for one in self.after.states}
        if check == f"ck_{self.table}_status" and new:
            return bool(old - new)
        before, after = (
            views.get(fields.get(check, ""))
            for views, fields in zip(self._views, self._checked, strict=True)
        )
        return (
            before is not None
            and after is not None
            and compared(before.field.type, after.field.type) == "fewer"
        )

    def _compare_indexes(
        self, old: Sequence[UniqueIndex | SearchIndex], new: Sequence[UniqueIndex | SearchIndex]
    ) -> None:
        before = {one.name: one for one in old}
        after = {one.name: one for one in new}
        for name, one in after.items():
            known = before.get(name)
            if known == one:
                continue
            refused = operations.refuse_duplicates(self.after.context.storage, self.table, one)
            if known is None:
                up = [*refused, operations.add_index(self.table, one)]
                down = [operations.drop_index(self.table, name)]
            else:
                up = [*refused, operations.replace_index(self.table, one)]
                down = [operations.replace_index(self.table, known)]
            self.steps.then.add(up, down, f"index {self.table}.{name}")
        for name, one in before.items():
            if name in after:
                continue
            if self._gone.intersection(operations.columns_of(one)):
                # It goes with its column.
                self.steps.last.down.append(operations.add_index(self.table, one))
            else:
                self.steps.then.add(
                    [operations.drop_index(self.table, name)],
                    [operations.add_index(self.table, one)],
                    f"drop the index {self.table}.{name}",
                )

    def _compare_exclusions(self) -> None:
        before = {one.name: one for one in self.before.exclusions}
        after = {one.name: one for one in self.after.exclusions}
        if after and not before and not self.before.context.exclusions:
            self.steps.first.add(
                ['require_extension("btree_gist", SCHEMA)'], phrase="require btree_gist"
            )
        for name, one in after.items():
            known = before.get(name)
            if known == one:
                continue
            drop = [operations.drop_constraint(self.table, name)]
            self._filled_last.append(
                (
                    [
                        operations.refuse_overlaps(self.after.context.storage, self.table, one),
                        *(drop if known else []),
                        operations.add_exclusion(self.table, one),
                    ],
                    [*drop, *([operations.add_exclusion(self.table, known)] if known else [])],
                )
            )
            self.steps.then.add([], phrase=f"hold {self.table}.{one.code}")
        for name, one in before.items():
            if name not in after:
                self.steps.first.add(
                    [operations.drop_constraint(self.table, name)],
                    [operations.add_exclusion(self.table, one)],
                    f"give up {self.table}.{one.code}",
                )


def _checked_fields(view: EntityView) -> dict[str, str]:
    return {
        f"ck_{view.table}_{check_name(view.table, ending)}": one.name
        for one in view.fields
        for ending, _ in one.checks
    }


def _said(kind: Type) -> str:
    match kind.kind:
        case "decimal":
            return f"decimal({kind.digits}.{kind.scale})"
        case "ref" if kind.target is not None:
            return f"ref {kind.target.context}.{kind.target.entity}"
        case "list" if kind.of is not None:
            return f"[{_said(kind.of)}]"
        case "enum" | "value":
            return kind.name
        case _:
            return kind.kind


def _fill_from(table: str, column: str, source: str) -> str:
    return operations.fill(table, column, f'"{source}"', f'"{column}" IS DISTINCT FROM "{source}"')
