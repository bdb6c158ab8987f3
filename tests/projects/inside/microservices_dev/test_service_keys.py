"""Each service gets a key of its own in `.env`, and what is there stays."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from kit.service_tokens import private_key, public_key

SCRIPT = Path(__file__).resolve().parents[2] / "dev" / "service_keys.sh"


def make(folder: Path, *services: str, path: str | None = None) -> tuple[int, str]:
    """The exit code and what it says."""
    done = subprocess.run(
        ["/bin/sh", str(SCRIPT), *services],
        cwd=folder,
        env={**os.environ, "PATH": os.environ["PATH"] if path is None else path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def values(folder: Path) -> dict[str, str]:
    """As Compose reads them: the last line of a name counts."""
    text = (folder / ".env").read_text()
    return dict(re.findall(r"^(?:export )?(\w+)=[\"']?([^\"'\n]*)", text, re.MULTILINE))


@pytest.fixture
def env(tmp_path: Path) -> Path:
    file = tmp_path / ".env"
    file.write_text("TAG=mine")
    return file


def thumbprints(found: dict[str, str], name: str) -> tuple[str, list[str]]:
    """Of a service's private key, and of its public ones."""
    known = [public_key(key).thumbprint() for key in found[f"{name}_PUBLIC_KEYS"].split(",")]
    return private_key(found[f"{name}_SERVICE_KEY"]).thumbprint(), known


def test_each_gets_a_pair_of_its_own_once(env: Path) -> None:
    code, said = make(env.parent, "orders", "price_lists")
    assert code == 0, said
    found = values(env.parent)
    assert found["TAG"] == "mine"
    pairs = [thumbprints(found, name) for name in ("ORDERS", "PRICE_LISTS")]
    for own, known in pairs:
        assert known == [own]
    assert pairs[0] != pairs[1]
    assert found["ORDERS_SERVICE_KEY"] not in said
    before = env.read_bytes()
    assert make(env.parent, "orders", "price_lists") == (0, "")
    assert env.read_bytes() == before


def test_the_next_key_is_known_beside_the_one_before_it(env: Path) -> None:
    make(env.parent, "orders")
    old, _ = thumbprints(values(env.parent), "ORDERS")
    kept = [line for line in env.read_text().splitlines() if "SERVICE_KEY" not in line]
    env.write_text("\n".join(kept))
    make(env.parent, "orders")
    new, known = thumbprints(values(env.parent), "ORDERS")
    assert known == [old, new]
    assert new != old


@pytest.mark.parametrize(
    "line",
    [
        "{}",
        "export ORDERS_SERVICE_KEY='{}'",
        'X=1\n{}\r\nY="2"',
        "  ORDERS_SERVICE_KEY : {} # of orders\nORDERS_PUBLIC_KEYS= # to come\n",
    ],
)
def test_a_key_that_is_there_stays(env: Path, line: str) -> None:
    make(env.parent, "orders")
    key = values(env.parent)["ORDERS_SERVICE_KEY"]
    env.write_text(line.format(key if "KEY" in line else f"ORDERS_SERVICE_KEY={key}"))
    assert make(env.parent, "orders") == (
        0,
        "ORDERS_PUBLIC_KEYS was missing in .env and has been added\n",
    )
    found = values(env.parent) | {"ORDERS_SERVICE_KEY": key}
    own, known = thumbprints(found, "ORDERS")
    assert known == [own]
    assert env.read_text().count(key) == 1


def test_what_is_no_key_is_named(env: Path) -> None:
    env.write_text("ORDERS_SERVICE_KEY=abc\n")
    code, said = make(env.parent, "orders")
    assert code == 1
    assert said.endswith("ORDERS_SERVICE_KEY in .env is no private key\n")
    assert env.read_text() == "ORDERS_SERVICE_KEY=abc\n"


def test_without_openssl_it_says_so(env: Path) -> None:
    tools = env.parent / "tools"
    tools.mkdir()
    for name in ("sed", "tail", "tr"):
        (tools / name).symlink_to(str(shutil.which(name)))
    code, said = make(env.parent, "orders", path=str(tools))
    assert (code, said) == (1, "make keys needs openssl: install the package of that name\n")
    assert env.read_text() == "TAG=mine"
