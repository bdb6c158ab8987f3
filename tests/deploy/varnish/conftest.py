"""What the tests of the edge need: Varnish with its modules."""

import shutil

import pytest


@pytest.fixture(autouse=True, scope="session")
def varnish() -> None:
    if shutil.which("varnishd", path="/usr/sbin:/usr/bin:/usr/local/sbin") is None:
        pytest.skip("no varnishd: Debian has it in the packages varnish and varnish-modules")
