"""What Compose reads of a project with the cluster, in every pattern."""

from pathlib import Path

import pytest

from blueprint_cli.patterns import PATTERNS
from tests.deploy.database.test_files import composed
from tests.deploy.kubernetes.programs import checkers
from tests.rendered import render

MODEL = Path(__file__).parents[2] / "templates" / "mysql.yaml"
NODES = {"galera-1", "galera-2", "galera-3"}


@checkers
@pytest.mark.parametrize("pattern", PATTERNS)
def test_what_is_on_mysql_reaches_the_nodes_through_haproxy(pattern: str, tmp_path: Path) -> None:
    project = render(
        tmp_path / "harbour",
        *("--answers", str(MODEL), "--defaults", "--pattern", pattern),
        *("--set", "platform.mysql=galera"),
    )
    files = [
        name for name in ("compose.yaml", "compose.production.yaml") if (project / name).exists()
    ]
    services = composed(project, *files)
    assert services.keys() >= NODES
    assert services["mysql"]["depends_on"].keys() == NODES
    reached = {
        name: str(one["environment"]["MYSQL_DATABASE_URL"])
        for name, one in services.items()
        if "MYSQL_DATABASE_URL" in (one.get("environment") or {})
    }
    assert reached
    assert all("@mysql:3306/" in url for url in reached.values())
    served = {name for name in reached if "migrate" not in name}
    roles = {"quays", "quays-relay", "quays-consumer"}
    assert served <= ({"development", "server"} if pattern == "monolith" else roles)
