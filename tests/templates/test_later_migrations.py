"""What a difference between two models becomes in the database."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from blueprint_cli.spec.document import parse_document
from blueprint_cli.spec.reading import validate
from blueprint_cli.templates.builtin import find_template
from blueprint_cli.templates.described.migrations import Revision, revisions_between
from blueprint_cli.tree import write_tree
from tests.rendered import look_as_ruff

if TYPE_CHECKING:
    from pathlib import Path

    from blueprint_cli.spec.model import Spec
    from blueprint_cli.templates.described.steps import Refusal

DESCRIPTION = """
blueprint: 1
project: {name: harbour}
pattern: monolith
contexts:
  identity: {}
  notifications: {}
  catalog: {}
  orders: {}
  quays:
    types: {Size: [small, large]}
    entities:
      Berth:
        fields:
          name: text(1..40)
          size: Size
          depth: decimal(5.2)
          note: text(0..80) optional
        states: [free, taken]
        commands:
          create: {}
          take: {from: free, to: taken}
        list: {filter: [size], sort: [name], search: [name]}
      Ship:
        fields: {name: text(1..80), berth: ref Berth optional}
"""


def read(*replaced: tuple[str, str]) -> Spec:
    text = DESCRIPTION
    for old, new in replaced:
        assert old in text, old
        text = text.replace(old, new)
    document = parse_document(text, "blueprint.yaml")
    return validate(document.data, document)


def between(*replaced: tuple[str, str]) -> tuple[list[Revision], list[Refusal]]:
    return revisions_between(read().domain, read(*replaced).domain, "quays", "0001")


def plain(code: str) -> str:
    """Python, whatever its quotes and line breaks."""
    return ast.unparse(ast.parse(code))


def test_the_same_model_needs_nothing() -> None:
    assert between() == ([], [])
    assert between(("project: {name: harbour}", "project: {name: port}")) == ([], [])
    # An entity that is called as a class of the code around is known by its own name.
    bus = read(("Ship:", "Bus:")).domain
    assert revisions_between(bus, bus, "quays", "0001") == ([], [])


STEPS = {
    "a mandatory field with a default": (
        ("note:", "tide: int(0..9) = 3\n          note:"),
        [
            """
op.add_column(
    "berths", sa.Column("tide", sa.BigInteger(), nullable=False, server_default="3"), schema=SCHEMA
)
op.create_check_constraint(
    op.f("ck_berths_tide_range"), "berths", "tide BETWEEN 0 AND 9",
    schema=SCHEMA, postgresql_not_valid=True,
)
"""
        ],
    ),
    "a field that is called otherwise": (
        ("note: text(0..80) optional", "remark: text(0..80) optional was(note)"),
        [
            """
op.add_column("berths", sa.Column("remark", sa.Text(collation="C")), schema=SCHEMA)
keep_equal(SCHEMA, "berths", "note", "remark")
op.create_check_constraint(
    op.f("ck_berths_remark_range"), "berths", "char_length(remark) BETWEEN 0 AND 80",
    schema=SCHEMA, postgresql_not_valid=True,
)
op.drop_constraint(op.f("ck_berths_note_range"), "berths", schema=SCHEMA)
""",
            """
fill(SCHEMA, "berths", '"remark" = "note"', '"remark" IS DISTINCT FROM "note"')
""",
            """
stop_keeping_equal(SCHEMA, "berths", "note", "remark")
op.drop_column("berths", "note", schema=SCHEMA)
""",
        ],
    ),
    "a value more": (
        ("[small, large]", "[small, large, huge]"),
        [
            """
op.drop_constraint(op.f("ck_berths_size"), "berths", schema=SCHEMA)
op.create_check_constraint(
    op.f("ck_berths_size"), "berths", "size IN ('small', 'large', 'huge')",
    schema=SCHEMA, postgresql_not_valid=True,
)
"""
        ],
    ),
    "a value less": (
        ("[small, large]", "[large]"),
        [
            """
refuse_rows(SCHEMA, "berths", "\\"size\\" IN ('small')", "still have the size small")
""",
            """
op.drop_constraint(op.f("ck_berths_size"), "berths", schema=SCHEMA)
op.create_check_constraint(
    op.f("ck_berths_size"), "berths", "size IN ('large')",
    schema=SCHEMA, postgresql_not_valid=True,
)
""",
        ],
    ),
    "a state more": (
        (
            "states: [free, taken]\n        commands:",
            "states: [free, taken, closed]\n        commands:\n          close: {to: closed}",
        ),
        [
            """
op.drop_constraint(op.f("ck_berths_status"), "berths", schema=SCHEMA)
op.create_check_constraint(
    op.f("ck_berths_status"), "berths", "status IN ('free', 'taken', 'closed')",
    schema=SCHEMA, postgresql_not_valid=True,
)
"""
        ],
    ),
    "a rule more": (
        ("        states:", "        rules: {deep_enough: depth >= 1}\n        states:"),
        [
            """
op.create_check_constraint(
    op.f("ck_berths_deep_enough"), "berths", "depth >= 1",
    schema=SCHEMA, postgresql_not_valid=True,
)
"""
        ],
    ),
    "more digits": (
        ("decimal(5.2)", "decimal(7.3)"),
        ['op.alter_column("berths", "depth", type_=sa.Numeric(7, 3), schema=SCHEMA)'],
    ),
    "fewer digits": (
        ("decimal(5.2)", "decimal(4.2)"),
        ['op.alter_column("berths", "depth", type_=sa.Numeric(4, 2), schema=SCHEMA)'],
    ),
    "a filter": (
        ("filter: [size]", "filter: [size, depth]"),
        [
            """
with concurrently():
    op.create_index(
        "ix_berths_depth", "berths", ["depth"], schema=SCHEMA,
        postgresql_concurrently=True, if_not_exists=True,
    )
"""
        ],
    ),
    "another search": (
        ("search: [name]", "search: [name, note]"),
        ['fill_search(SCHEMA, "berths", ["name", "note"])'],
    ),
    "mandatory from now on": (
        ("note: text(0..80) optional", "note: text(0..80) = 'none'"),
        [
            'op.alter_column("berths", "note", server_default="none", schema=SCHEMA)',
            """
fill(SCHEMA, "berths", "\\"note\\" = 'none'", '"note" IS NULL')
make_mandatory(SCHEMA, "berths", "note")
""",
        ],
    ),
    "unique from now on": (
        ("          name: text(1..40)\n", "          name: text(1..40) unique\n"),
        [
            """
refuse_rows(
    SCHEMA,
    "berths",
    'id IN (SELECT unnest(array_agg(id)) FROM quays."berths" WHERE "name" IS NOT NULL '
    'GROUP BY "name" HAVING count(*) > 1)',
    "have the same name",
)
with concurrently():
    op.create_index(
        "uq_berths_name", "berths", ["name"], unique=True, schema=SCHEMA,
        postgresql_concurrently=True, if_not_exists=True,
    )
"""
        ],
    ),
    "a field less": (
        ("          note: text(0..80) optional\n", ""),
        [
            'op.drop_constraint(op.f("ck_berths_note_range"), "berths", schema=SCHEMA)',
            'op.drop_column("berths", "note", schema=SCHEMA)',
        ],
    ),
    "a mandatory field less": (
        ("          depth: decimal(5.2)\n", ""),
        [
            'op.alter_column("berths", "depth", nullable=True, schema=SCHEMA)',
            'op.drop_column("berths", "depth", schema=SCHEMA)',
        ],
    ),
    "an entity less": (
        ("      Ship:\n        fields: {name: text(1..80), berth: ref Berth optional}\n", ""),
        ['op.drop_table("ships", schema=SCHEMA)'],
    ),
}


@pytest.mark.parametrize("change", STEPS)
def test_a_difference_becomes_steps(change: str) -> None:
    replaced, expected = STEPS[change]
    revisions, refusals = between(replaced)
    assert refusals == []
    found = [plain("\n".join(one.steps.up)) for one in revisions]
    assert found == [plain(step) for step in expected]
    assert [one.number for one in revisions] == ["0002", "0003", "0004"][: len(expected)]
    assert all(one.name.startswith(f"{one.number}_") for one in revisions)


@pytest.mark.parametrize(
    ("replaced", "message"),
    [
        (("note:", "tide: int\n          note:"), "is mandatory and has no default"),
        (("decimal(5.2)", "int"), "depth cannot become int: its rows are decimal(5.2)"),
        (("[small, large]", "[small, big]"), "size cannot become Size"),
        (("taken", "occupied"), "taken cannot be replaced at once"),
        (
            ("note: text(0..80) optional", "remark: int optional was(note)"),
            "is of another type now",
        ),
    ],
)
def test_what_no_migration_can_do_is_refused(replaced: tuple[str, str], message: str) -> None:
    _, refusals = between(replaced)
    (refusal,) = refusals
    assert message in refusal.message
    assert refusal.allowed
    assert refusal.path[:4] == ("contexts", "quays", "entities", "Berth")


def test_rows_that_overlap_are_looked_for_before_they_are_forbidden() -> None:
    ship = "fields: {name: text(1..80), berth: ref Berth optional}"
    fields = "fields: {berth: ref Berth, lands: date, leaves: date optional}"
    model = read((ship, fields)).domain
    wanted = f"{fields}\n        unique: {{moored: 'berth, lands..leaves'}}"
    first, then = revisions_between(model, read((ship, wanted)).domain, "quays", "0001")[0]
    assert 'require_extension("btree_gist", SCHEMA)' in first.steps.up
    assert first.steps.phrases == ["hold ships.leaves_after_lands", "require btree_gist"]
    refused, added = then.steps.up
    assert plain(refused) == plain("""
refuse_rows(
    SCHEMA, "ships",
    "(true) AND EXISTS (SELECT FROM (SELECT * FROM quays.\\"ships\\" WHERE true) AS other "
    "WHERE other.id <> this.id AND other.\\"berth\\" = this.\\"berth\\" AND "
    "daterange(other.lands, other.leaves) && daterange(this.lands, this.leaves))",
    "overlap (moored)",
)""")
    assert added.startswith('op.create_exclude_constraint("ex_ships_moored", "ships", ')


def test_a_renamed_entity_keeps_its_rows_and_its_former_name() -> None:
    revisions, refusals = between(
        ("      Ship:\n", "      Vessel:\n        was: Ship\n"),
    )
    assert refusals == []
    first, last = revisions
    assert first.steps.up[0] == 'op.rename_table("ships", "vessels", schema=SCHEMA)'
    assert any("CREATE VIEW" in line for line in first.steps.up)
    assert "renaming-table" in first.ignored_py
    assert last.steps.loses == ["the name ships, which is vessels now"]


def test_an_entity_that_another_context_refers_to_may_be_renamed() -> None:
    fees = "  fees:\n    entities: {Fee: {fields: {ship: ref quays.Ship}}}\n  quays:\n"
    before = ("  quays:\n", fees)
    after = (
        before,
        ("      Ship:\n", "      Vessel:\n        was: Ship\n"),
        ("quays.Ship", "quays.Vessel"),
    )
    assert revisions_between(read(before).domain, read(*after).domain, "fees", "0001") == ([], [])


def test_each_step_passes_the_linter_of_the_project(tmp_path: Path) -> None:
    revisions: list[Revision] = []
    for number, (replaced, _) in enumerate(STEPS.values()):
        revisions += revisions_between(
            read().domain, read(replaced).domain, "quays", f"{10 * number:04}"
        )[0]
    spec = read()
    rendered = find_template(spec.pattern, None).render(spec, revisions=revisions)
    write_tree(rendered.tree, tmp_path / "harbour")
    versions = "src/quays/adapters/migrations/versions"
    assert len(list((tmp_path / "harbour" / versions).iterdir())) == 1 + len(revisions)
    look_as_ruff(tmp_path / "harbour", versions)


def test_a_step_is_a_file_as_people_would_write_it(tmp_path: Path) -> None:
    spec = read(("          note: text(0..80) optional\n", ""))
    revisions, _ = revisions_between(read().domain, spec.domain, "quays", "0007")
    template = find_template(spec.pattern, None)
    rendered = template.render(spec, scratch=tmp_path, revisions=revisions)
    assert [one.name for one in revisions] == [
        "0008_give_up_berths_note_range",
        "0009_drop_berths_note",
    ]
    assert (
        rendered.tree[
            f"src/quays/adapters/migrations/versions/{revisions[1].name}.py"
        ].content.decode()
        == '''\
"""Drop berths.note."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# Applied by `make migrate DESTRUCTIVE=yes`, when no process of the release before is left.
loses = ("the column berths.note",)
oldest_code = "0009"

SCHEMA = "quays"


def upgrade() -> None:
    """Apply."""
    op.drop_column("berths", "note", schema=SCHEMA)


def downgrade() -> None:
    """Take back."""
    op.add_column("berths", sa.Column("note", sa.Text(collation="C")), schema=SCHEMA)
'''
    )


def test_a_rename_without_was_is_refused_with_was() -> None:
    _, (depth,) = between(("depth: decimal(5.2)", "draught: decimal(5.2)"))
    assert depth.allowed.startswith("`was(depth)`, if it is depth under another name; or ")
    _, (berth,) = between(("      Berth:", "      Mooring:"), ("ref Berth", "ref Mooring"))
    assert berth.allowed.startswith("`was: Berth` in Mooring, if it is Berth under another name; ")
