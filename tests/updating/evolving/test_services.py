"""What became services runs, with the owner's edits; the data follow as the guide says."""

import re
from pathlib import Path

import pytest

from tests import newcomer
from tests.rendered import BLUEPRINT
from tests.updating.evolving.owner import LABEL, edit, misplaced

pytestmark = pytest.mark.project

CONTEXTS = ("identity", "catalog", "orders", "notifications")
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)

# Runs in the project's own environment: a server, libpq's variables for it, and the guide's blocks.
DATA = """\
import os, subprocess, sys
import psycopg
from dev.backup import client_environment
from dev.contexts import CONTEXTS
from dev.database import administrator
from dev.postgres import create_database, find_binaries
from dev.database import make
from kit.migrations import pending, upgrade

settings, copy, compare, back = (open(name).read() for name in sys.argv[1:])


def shell(*blocks):
    return subprocess.run(["sh", "-e", "-u", "-c", "\\n".join(blocks)], env=environment).returncode


def run(url, *command, **more):
    environment = {**os.environ, "DATABASE_URL": url, **more}
    subprocess.run([sys.executable, "-m", *command], env=environment, check=True)


with administrator() as server:
    monolith = create_database(server, "app")
    environment = client_environment(server)
    environment["PATH"] = f"{find_binaries()}:{os.environ['PATH']}"
    del environment["PGDATABASE"]
    upgrade(monolith, CONTEXTS)
    run(monolith, "catalog.commands.seed")
    assert shell(settings, copy, compare) == 0
    catalog = create_database(server, "catalog")
    with psycopg.connect(catalog) as connection:
        assert connection.execute("SELECT count(*) FROM catalog.products").fetchone() == (3,)
    for context in CONTEXTS:
        assert pending(create_database(server, context), [context]) == []
    with psycopg.connect(catalog) as connection:
        connection.execute("UPDATE catalog.products SET brand = 'Acme'")
    assert shell(settings, compare) == 0
    assert shell(settings, back) == 0
    with psycopg.connect(monolith) as connection:
        brands = connection.execute("SELECT DISTINCT brand FROM catalog.products").fetchall()
    assert brands == [("Acme",)], brands
    with psycopg.connect(catalog) as connection:
        least = "SELECT min(sku) FROM catalog.products"
        connection.execute(f"DELETE FROM catalog.products WHERE sku = ({least})")
    assert shell(settings, compare) != 0, "a lost row is not seen"
    roles = make(server, "rights")
    dump = 'pg_dump --schema=catalog $(extensions catalog catalog) -O -x catalog > catalog.sql'
    owning = "PGOPTIONS='-c role=rights_owner' psql -Xq --set=ON_ERROR_STOP=1 rights < catalog.sql"
    assert shell(settings, copy.partition("for ")[0], dump, owning) == 0
    schemas = "catalog_service.composition:SCHEMAS"
    run(roles.rows, "kit.migrate", schemas, MIGRATION_DATABASE_URL=roles.owner)
    with psycopg.connect(roles.rows) as connection:
        connection.execute("UPDATE catalog.products SET brand = 'Other'")
    with psycopg.connect(roles.owner) as connection:
        connection.execute("ALTER TABLE catalog.products ADD COLUMN more text")
print("the guide's commands work")
"""


def run(project: Path, *command: str | Path, expect: int = 0) -> str:
    done = newcomer.run(project, *command)
    assert done.returncode == expect, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A monolith with edits that has evolved, its conflict resolved as the guide says."""
    folder = tmp_path_factory.mktemp("evolved")
    run(folder, BLUEPRINT, "new", "shop", "--example", "shop", "--pattern", "monolith")
    shop = folder / "shop"
    edit(shop)
    run(shop, BLUEPRINT, "evolve", "--to", "microservices", expect=1)
    for context in CONTEXTS:
        with (shop / "services" / context / "Dockerfile").open("a") as stream:
            stream.write(LABEL)
    run(shop, "git", "rm", "--quiet", "Dockerfile")
    run(shop, BLUEPRINT, "evolve", "--continue")
    newcomer.set_up(shop)
    run(shop, "make", "openapi")
    run(shop, "git", "add", "--all")
    run(shop, "git", "commit", "--quiet", "--message", "services")
    return shop


def test_the_services_pass_their_tests_with_the_new_field_and_module(services: Path) -> None:
    assert misplaced(services) == []
    said = run(services, "make", "test", "ARGS=services/catalog services/orders -n logical")
    assert re.search(r"\d+ passed", said)
    only = run(services, "make", "test", "ARGS=services -k 'a_brand_is_kept or a_large_order' -q")
    assert "3 passed" in only
    assert '"brand"' in (services / "gateway/openapi.json").read_text()


def test_the_evolved_project_passes_its_own_lint(services: Path) -> None:
    run(services, "make", "lint")


def test_the_guides_commands_move_the_data_there_and_back(services: Path, tmp_path: Path) -> None:
    guide = (services / "docs/migration-to-microservices.md").read_text()
    blocks = BLOCK.findall(guide)
    assert len(blocks) == 4
    files = []
    for number, block in enumerate(blocks):
        files.append(tmp_path / f"{number}.sh")
        files[-1].write_text(block)
    (tmp_path / "data.py").write_text(DATA)
    said = run(services, "env", "PYTHONPATH=.", ".venv/bin/python", tmp_path / "data.py", *files)
    assert "the guide's commands work" in said


def test_the_way_back_has_the_same_commands(services: Path) -> None:
    run(services, "git", "clean", "-fdqx", "--exclude=.venv")
    run(services, BLUEPRINT, "evolve", "--to", "monolith", expect=1)
    there = BLOCK.findall((services / "docs/migration-to-microservices.md").read_text())
    back = BLOCK.findall((services / "docs/migration-to-monolith.md").read_text())
    assert back[0] == there[0]
    assert back[1].splitlines()[1:] == there[3].splitlines()  # The copy, after making a database.
    assert back[2] == there[2]
    run(services, BLUEPRINT, "evolve", "--abort")
