"""A port that was given to one is given to nobody else until a server listens on it."""

import importlib.util
import secrets
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest

from blueprint_cli import ports

PROJECTS = Path(__file__).parents[1] / "templates" / "components" / "dev" / "package"
# Given to nobody by others that run beside these tests.
FROM, TO, SOME = 10_000, 19_900, 20


class Ports(NamedTuple):
    """One of the two modules: the program's own, and that of every project."""

    module: ModuleType
    range: str
    exhausted: str

    @property
    def free(self) -> Callable[[], int]:
        function: Callable[[], int] = self.module.free_port
        return function


def of_projects() -> ModuleType:
    spec = importlib.util.spec_from_file_location("exclusive", PROJECTS / "exclusive.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(params=["program", "project"])
def there(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Ports:
    mine = request.param == "program"
    module = ports if mine else of_projects()
    found = Ports(
        module,
        "NEVER_GIVEN" if mine else "_NEVER_GIVEN",
        "Failed" if mine else "PortTakenError",
    )
    first = FROM + secrets.randbelow(TO - FROM)
    monkeypatch.setattr(module, found.range, range(first, first + SOME))
    return found


def test_every_port_is_given_once(there: Ports) -> None:
    given = [there.free() for _ in range(SOME // 2)]
    assert len(given) == len({*given})


def test_when_all_are_given_it_says_so(there: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
    error: type[Exception] = getattr(there.module, there.exhausted)
    monkeypatch.setattr(there.module, there.range, [there.free()])
    with pytest.raises(error, match=r"no port from (\d+) to \1 is free"):
        there.free()


def test_nor_does_another_process_give_it(there: Ports) -> None:
    code = (
        f"import sys; sys.path[:0] = {[str(PROJECTS), *sys.path]!r}\n"
        "import exclusive\n"
        f"exclusive._NEVER_GIVEN = [{there.free()}]\n"
        "exclusive.free_port()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=30
    )
    assert "PortTakenError" in done.stderr


def test_servers_listen_on_it(there: Ports) -> None:
    given = [there.free() for _ in range(4)]
    with ExitStack() as stack:
        servers = [stack.enter_context(socket.create_server(("127.0.0.1", port))) for port in given]
        for server in servers:
            stack.enter_context(socket.create_connection(server.getsockname()))
