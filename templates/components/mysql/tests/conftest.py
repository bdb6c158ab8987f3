"""A MariaDB for all tests of this folder; what they make there they remove."""

from collections.abc import Iterator

import pytest

from dev.mariadb import scratch_url


@pytest.fixture(scope="session")
def mariadb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a user that may do anything."""
    with scratch_url(tmp_path_factory.mktemp("mariadb")) as url:
        yield url
