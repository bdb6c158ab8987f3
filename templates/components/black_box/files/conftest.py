"""The black-box suite: the public API over HTTP only, the same in every pattern.

It drives the server at BASE_URL, as the administrator ADMIN_EMAIL with ADMIN_PASSWORD, or starts
the project's own server once, on a free port with a database of its own.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.blackbox.client import Client, Seen
from tests.blackbox.server import Server, running_server

FOLDER = Path(__file__).parent


def pytest_itemcollected(item: pytest.Item) -> None:
    if FOLDER in item.path.parents:
        item.add_marker(pytest.mark.blackbox)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    base_url = os.environ.get("BASE_URL")
    if base_url:
        yield Server(base_url, os.environ["ADMIN_EMAIL"], os.environ["ADMIN_PASSWORD"])
    else:
        with running_server(tmp_path_factory.mktemp("server")) as started:
            yield started


@pytest.fixture(scope="session")
def seen() -> Seen:
    """Every answer of the run."""
    return set()


@pytest.fixture(scope="session")
def visitor(server: Server, seen: Seen) -> Iterator[Client]:
    """Somebody who is not logged in."""
    with httpx.Client(base_url=server.base_url, timeout=20, trust_env=False) as client:
        yield Client(client, seen)


@pytest.fixture(scope="session")
def admin(server: Server, visitor: Client) -> Client:
    return visitor.as_user(server.admin_email, server.admin_password)


@pytest.fixture(scope="module")
def user(visitor: Client) -> Client:
    return visitor.newcomer()
