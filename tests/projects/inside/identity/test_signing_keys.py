import os
import stat
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from identity.adapters.keys import KeyFileError, SigningKeys, public_key
from identity.adapters.tokens import RefreshKeys
from tests.identity.builders import NOON

LIFETIME = timedelta(minutes=15)
SOON = timedelta(minutes=2)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "var" / "keys"


def opened(directory: Path, *, production: bool = False) -> SigningKeys:
    keys = SigningKeys(directory, lifetime=LIFETIME, production=production)
    keys.ensure(NOON)
    return keys


def test_the_first_start_makes_a_key_that_only_its_owner_can_read(directory: Path) -> None:
    keys = opened(directory)
    (file,) = directory.glob("*.key.json")
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert keys.signing(NOON).kid == opened(directory).signing(NOON).kid


def test_what_is_published_has_no_private_part(directory: Path) -> None:
    (key,) = opened(directory).verifying(NOON)
    public = public_key(key)
    assert public.keys() == {"kty", "crv", "x", "y", "use", "alg", "kid"}
    assert (public["kty"], public["crv"], public["alg"]) == ("EC", "P-256", "ES256")


# Everything is imported once; each process is a fork of that, and all of them start at one moment.
STARTS = """
import os, sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from identity.adapters.keys import SigningKeys

waiting, starting = os.pipe()
for _ in range(4):
    if os.fork() == 0:
        os.close(starting)
        os.read(waiting, 1)
        keys = SigningKeys(Path(sys.argv[1]), lifetime=timedelta(minutes=15), production=False)
        now = datetime.now(UTC)
        keys.ensure(now)
        os.write(1, keys.signing(now).kid.encode() + b"\\n")
        os._exit(0)
os.close(starting)
sys.exit(any(os.wait()[1] for _ in range(4)))
"""


def test_many_processes_that_start_at_once_agree(directory: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", STARTS, str(directory)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        text=True,
        timeout=60,
        check=True,
    )
    kids = done.stdout.split()
    assert len(kids) == 4
    assert len(set(kids)) == 1
    assert len(list(directory.glob("*.key.json"))) == 1


def test_a_new_key_is_published_before_it_signs(directory: Path) -> None:
    keys = opened(directory)
    old = keys.signing(NOON).kid
    new = keys.rotate(NOON, after=SOON)
    assert keys.signing(NOON).kid == old
    assert {key.kid for key in keys.verifying(NOON)} == {old, new}
    assert keys.signing(NOON + SOON).kid == new


def test_an_old_key_verifies_until_its_last_token_expired(directory: Path) -> None:
    keys = opened(directory)
    old = keys.signing(NOON).kid
    keys.rotate(NOON, after=SOON)
    assert keys.find(old, NOON + SOON + LIFETIME - timedelta(seconds=1))
    assert not keys.find(old, NOON + SOON + LIFETIME)


def test_another_process_sees_the_rotation(directory: Path) -> None:
    keys, other = opened(directory), opened(directory)
    new = keys.rotate(NOON, after=SOON)
    assert other.find(new, NOON)
    assert other.signing(NOON + SOON).kid == new


def test_rotating_removes_what_verifies_nothing(directory: Path) -> None:
    keys = opened(directory)
    for day in range(1, 5):
        keys.rotate(NOON + timedelta(days=day), after=SOON)
    assert len(list(directory.glob("*.key.json"))) == 2


def test_a_stolen_key_is_forgotten_at_once(directory: Path) -> None:
    keys, other = opened(directory), opened(directory)
    stolen = keys.signing(NOON).kid
    new = keys.rotate(NOON, after=timedelta(0), forget_others=True)
    assert [key.kid for key in other.verifying(NOON)] == [new]
    assert not other.find(stolen, NOON)


def test_production_refuses_a_development_key(directory: Path) -> None:
    opened(directory)
    with pytest.raises(KeyFileError, match="SIGNING_KEYS_DIRECTORY"):
        opened(directory, production=True)


def test_production_makes_a_key_of_its_own(directory: Path) -> None:
    assert not opened(directory, production=True).signing(NOON).development


def test_a_key_that_others_can_read_is_refused(directory: Path) -> None:
    opened(directory)
    (file,) = directory.glob("*.key.json")
    file.chmod(0o644)
    with pytest.raises(KeyFileError, match="chmod 600"):
        opened(directory)


@pytest.mark.parametrize("content", ["", "{}", "[]", "null", '{"jwk": 1}', "\0"])
def test_a_damaged_file_is_named(directory: Path, content: str) -> None:
    opened(directory)
    (file,) = directory.glob("*.key.json")
    file.write_text(content)
    with pytest.raises(KeyFileError, match=file.name):
        opened(directory)


def test_a_running_process_goes_on_when_a_damaged_file_appears(
    directory: Path, caplog: pytest.LogCaptureFixture
) -> None:
    keys = opened(directory)
    kid = keys.signing(NOON).kid
    (directory / "other.key.json").write_text("{}")
    assert keys.signing(NOON).kid == kid
    assert "cannot be read" in caplog.text


def test_a_key_of_another_kind_is_refused(directory: Path) -> None:
    opened(directory)
    refresh = RefreshKeys(directory, lifetime=LIFETIME, production=False)
    refresh.ensure(NOON)
    (signing,), (secret,) = directory.glob("*.key.json"), directory.glob("*.refresh.json")
    for one, other in ((signing, secret), (secret, signing)):
        content = one.read_text()
        one.write_text(other.read_text())
        with pytest.raises(KeyFileError, match=one.name):
            (refresh if one is secret else opened(directory)).ensure(NOON)
        one.write_text(content)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(KeyFileError, match="none can be written"):
        opened(tmp_path / "file" / "keys")
