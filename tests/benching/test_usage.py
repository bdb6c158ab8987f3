"""What processes use, by the names that people know them by."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from blueprint_cli.benching.usage import usage_of

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="there is no /proc")


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("nginx: master process /usr/sbin/nginx -p /tmp/gateway -c nginx.conf", "nginx"),
        ("postgres: app app 127.0.0.1(1) idle", "postgres"),
        ("/usr/sbin/haproxy", "haproxy"),
    ],
)
def test_a_process_has_the_name_of_its_program(title: str, name: str) -> None:
    with subprocess.Popen([title, "60"], executable=shutil.which("sleep")) as process:
        try:
            [found] = usage_of((process.pid,))
        finally:
            process.kill()
    assert (found.name, found.pid) == (name, process.pid)


def test_every_parent_counts_and_none_is_none() -> None:
    command = ["sleep", "60"]
    with subprocess.Popen(command) as one, subprocess.Popen(command) as other:
        try:
            found = usage_of((one.pid, other.pid))
        finally:
            one.kill()
            other.kill()
    assert {each.pid for each in found} == {one.pid, other.pid}
    assert usage_of(()) == ()
