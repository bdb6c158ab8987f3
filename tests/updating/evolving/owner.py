"""What an owner does to a monolith before it evolves: every edit, and where it belongs after."""

from pathlib import Path

from tests import newcomer

# A field of products through all layers: path, what is there, what it becomes.
FIELD = (
    (
        "src/catalog/domain/product.py",
        "    description: str | None = None\n",
        "    description: str | None = None\n    brand: str | None = None\n",
    ),
    (
        "src/catalog/domain/product.py",
        "    description: str\n",
        '    description: str\n    brand: str = ""\n',
    ),
    (
        "src/catalog/application/products.py",
        "    description: str\n",
        '    description: str\n    brand: str = ""\n',
    ),
    (
        "src/catalog/application/products.py",
        "            description=command.description,\n",
        "            description=command.description,\n            brand=command.brand,\n",
    ),
    (
        "src/catalog/application/products.py",
        "        description=product.description,\n",
        "        description=product.description,\n        brand=product.brand,\n",
    ),
    (
        "src/catalog/application/ports.py",
        "    description: str\n",
        "    description: str\n    brand: str\n",
    ),
    (
        "src/catalog/adapters/tables.py",
        '    Column("description", Text, nullable=False),\n',
        """    Column("description", Text, nullable=False),
    Column("brand", Text, nullable=False, server_default=""),
""",
    ),
    (
        "src/catalog/adapters/read_models.py",
        '"id, sku, name, description, price_cents,',
        '"id, sku, name, description, brand, price_cents,',
    ),
    (
        "src/catalog/entrypoints/bodies.py",
        '    description: Description = ""\n',
        '    description: Description = ""\n    brand: Description = ""\n',
    ),
    (
        "src/catalog/entrypoints/bodies.py",
        "    description: Description | None = Field(default_factory=str)\n",
        (
            "    description: Description | None = Field(default_factory=str)\n"
            '    brand: Description = ""\n'
        ),
    ),
    (
        "tests/catalog/test_http.py",
        '    assert added.json()["description"] == ""\n',
        '    assert added.json()["description"] == ""\n    assert added.json()["brand"] == ""\n',
    ),
    (
        "tests/catalog/test_products.py",
        "async def test_a_sku_is_taken_once(",
        """async def test_a_brand_is_kept(catalog: Catalog) -> None:
    product_id = await catalog.add("A-1")
    command = ChangeProduct(product_id=product_id, versions=None, changes=Changes(brand="Acme"))
    assert (await catalog.products.change(command)).product.brand == "Acme"
    seen = await catalog.queries.get(product_id)
    assert seen is not None
    assert seen.product.brand == "Acme"


async def test_a_sku_is_taken_once(""",
    ),
)

NEW_FILES = {
    "src/catalog/adapters/migrations/versions/0002_brand.py": '''"""Products have a brand."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    column = sa.Column("brand", sa.Text(), server_default="", nullable=False)
    op.add_column("products", column, schema="catalog")


def downgrade() -> None:
    """Take back."""
    op.drop_column("products", "brand", schema="catalog")
''',
    "src/orders/domain/discounts.py": '''"""What is taken off an order's total."""

FROM_CENTS = 10_000
PERCENT = 5


def discount(total_cents: int) -> int:
    """Cents that a large order costs less."""
    return total_cents * PERCENT // 100 if total_cents >= FROM_CENTS else 0
''',
    "tests/orders/test_discounts.py": '''"""Large orders cost less."""

from orders.domain.discounts import discount


def test_a_large_order_costs_less() -> None:
    assert (discount(9_999), discount(10_000)) == (0, 500)
''',
}
# The same bytes in every context, and each with an edit of its own here.
TWINS = {
    "src/catalog/domain/__init__.py": "# of the catalog's team\n",
    "src/orders/domain/__init__.py": "# of the team of orders\n",
}
LABEL = "LABEL org.example.owner=ada\n"

# Where each file goes; what is not here stays where it was, or is left to the owner.
IN_SERVICES = {
    "src/catalog/": "services/catalog/src/catalog/",
    "src/orders/": "services/orders/src/orders/",
    "tests/catalog/": "services/catalog/tests/catalog/",
    "tests/orders/": "services/orders/tests/orders/",
}


def in_services(path: str) -> str:
    """Where a file of the monolith belongs among services."""
    for before, after in IN_SERVICES.items():
        if path.startswith(before):
            return after + path.removeprefix(before)
    raise ValueError(path)


def edit(project: Path) -> None:
    """Make all of the edits and commit them."""
    twins = {(project / path).read_bytes() for path in TWINS}
    assert len(twins) == 1
    for path, before, after in FIELD:
        text = (project / path).read_text()
        assert text.count(before) == 1, (path, before)
        (project / path).write_text(text.replace(before, after))
    for path, text in NEW_FILES.items():
        (project / path).write_text(text)
    for path, line in TWINS.items():
        with (project / path).open("a") as stream:
            stream.write(line)
    with (project / "Dockerfile").open("a") as stream:
        stream.write(LABEL)
    for command in (("add", "--all"), ("commit", "--quiet", "--message", "mine")):
        done = newcomer.run(project, "git", *command)
        assert done.returncode == 0, done.stdout


def misplaced(project: Path) -> list[str]:
    """The edits that are not where they belong among services."""
    wrong = []
    for path, _, after in FIELD:
        if after not in (project / in_services(path)).read_text():
            wrong.append(f"{path}: {after!r}")
    wrong += [
        path
        for path, text in NEW_FILES.items()
        if not (project / in_services(path)).is_file()
        or (project / in_services(path)).read_text() != text
    ]
    for path, line in TWINS.items():
        found = [
            twin
            for context in ("identity", "catalog", "orders", "notifications")
            for twin in [f"services/{context}/src/{context}/domain/__init__.py"]
            if line in (project / twin).read_text()
        ]
        if found != [in_services(path)]:
            wrong.append(f"{path}: {line!r} is in {found}")
    return wrong
