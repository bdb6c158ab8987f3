"""`python -m identity.commands admin` and `… keys`, as an operator calls them."""

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from identity.commands import main
from identity.domain.user import Role

EMAIL = "boss@example.com"
PASSWORD = "river stone lantern"

pytestmark = pytest.mark.postgres


@pytest.fixture
def call(
    monkeypatch: pytest.MonkeyPatch, clean_database: str, tmp_path: Path
) -> Callable[..., int]:
    """Call the program with arguments; a database and keys are there."""
    monkeypatch.chdir(tmp_path)  # without a .env
    monkeypatch.setenv("DATABASE_URL", clean_database)
    monkeypatch.setenv("PASSWORD", PASSWORD)
    monkeypatch.delenv("ENVIRONMENT", raising=False)
    monkeypatch.delenv("SIGNING_KEYS_DIRECTORY", raising=False)

    def call(*arguments: str) -> int:
        return main(arguments)

    return call


def role_of(url: str, email: str) -> str:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT role FROM identity.users WHERE email = %s", (email,))
        return str((row.fetchone() or ("nobody",))[0])


@pytest.mark.usefixtures("clean_database")
def test_a_role_is_given_to_a_new_user_and_to_a_known_one(
    call: Callable[..., int], database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments, role, message in (
        ((), "admin", "is new and has the role admin."),
        ((), "admin", "has the role admin now, has this password"),
        (("--role", "user"), "user", "has the role user now"),
    ):
        assert call("admin", EMAIL, *arguments) == 0
        printed = capsys.readouterr().out
        assert message in printed
        assert PASSWORD not in printed
        assert role_of(database_url, EMAIL) == role


def test_an_unknown_role_is_refused_with_those_that_there_are(
    call: Callable[..., int], database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("admin", EMAIL, "--role", "boss") == 2
    assert f"ROLE: there is no boss; there are {', '.join(Role)}" in capsys.readouterr().err
    assert role_of(database_url, EMAIL) == "nobody"


@pytest.mark.parametrize(
    ("email", "variable", "code", "message"),
    [
        (EMAIL, "PASSWORD=", 2, "PASSWORD"),
        ("", "PASSWORD=" + PASSWORD, 2, "EMAIL"),
        ("boss", "PASSWORD=" + PASSWORD, 2, "e-mail address"),
        (EMAIL, "PASSWORD=short", 2, "at least 12"),
        (EMAIL, "DATABASE_URL=", 2, "DATABASE_URL"),
        (EMAIL, "DATABASE_URL=postgresql://a:b@127.0.0.1:1/c", 3, "DATABASE_URL"),
    ],
)
def test_what_is_wrong_is_named(
    call: Callable[..., int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    email: str,
    variable: str,
    code: int,
    message: str,
) -> None:
    name, _, value = variable.partition("=")
    monkeypatch.setenv(name, value)
    assert call("admin", email) == code
    assert message in capsys.readouterr().err


def test_a_database_without_tables_is_told_from_a_missing_one(
    call: Callable[..., int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    database_url: str,
) -> None:
    server, _, _ = database_url.rpartition("/")
    monkeypatch.setenv("DATABASE_URL", server + "/postgres")
    assert call("admin", EMAIL) == 3
    assert "make migrate" in capsys.readouterr().err


def test_keys_are_listed_and_rotated(
    call: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("keys", "list") == 0
    first = [line.split("  ") for line in capsys.readouterr().out.splitlines()]
    assert [state for _, state in first] == [
        "access tokens: signs and verifies",
        "refresh tokens: signs and verifies",
    ]
    assert call("keys", "rotate") == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [line[3:5] for line in lines] == [["signs", "and"], ["signs", "from"]] * 2
    assert [lines[0][0], lines[2][0]] == [kid for kid, _ in first]
    assert call("keys", "rotate", "--compromised") == 0
    revoked = capsys.readouterr().out
    assert not any(kid in revoked for kid, _ in first)
    assert "all log in again" in revoked
    assert revoked.count("signs and verifies") == 2


def test_keys_that_cannot_be_used_are_named(
    call: Callable[..., int], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("keys").touch()
    monkeypatch.setenv("SIGNING_KEYS_DIRECTORY", "keys")
    assert call("keys", "list") == 3
    assert "none can be written" in capsys.readouterr().err
