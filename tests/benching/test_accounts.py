"""Accounts by role: from a file that is closed to others, or from the environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from blueprint_cli.benching.accounts import Credentials, given_accounts
from blueprint_cli.errors import BenchRefused, SpecInvalid

if TYPE_CHECKING:
    from pathlib import Path

WHOLE = """
desk: {email: desk@example.com, password: "words of the desk"}
user:
  - {email: one@example.com, password: "words of one"}
  - {email: two@example.com, password: "words of two"}
"""


def written(folder: Path, text: str, mode: int = 0o600) -> Path:
    file = folder / "accounts.yaml"
    file.write_text(text, encoding="utf-8")
    file.chmod(mode)
    return file


def test_a_role_has_one_account_or_several(tmp_path: Path) -> None:
    found = given_accounts(written(tmp_path, WHOLE), {})
    assert found == {
        "desk": (Credentials("desk@example.com", "words of the desk"),),
        "user": (
            Credentials("one@example.com", "words of one"),
            Credentials("two@example.com", "words of two"),
        ),
    }
    assert "words" not in repr(found)


def test_json_is_yaml(tmp_path: Path) -> None:
    text = '{"desk": {"email": "desk@example.com", "password": "words"}}'
    assert given_accounts(written(tmp_path, text), {}).keys() == {"desk"}


def test_the_environment_wins(tmp_path: Path) -> None:
    environment = {
        "BLUEPRINT_BENCH_DESK_EMAIL": "other@example.com",
        "BLUEPRINT_BENCH_DESK_PASSWORD": "other words",
        "BLUEPRINT_BENCH_HEAD_NURSE_EMAIL": "nurse@example.com",
        "BLUEPRINT_BENCH_HEAD_NURSE_PASSWORD": "words of the nurse",
    }
    found = given_accounts(written(tmp_path, WHOLE), environment)
    assert found["desk"] == (Credentials("other@example.com", "other words"),)
    assert found.keys() == {"desk", "user", "head_nurse"}


def test_half_an_account_is_refused() -> None:
    with pytest.raises(BenchRefused, match="BLUEPRINT_BENCH_DESK_PASSWORD is not set"):
        given_accounts(None, {"BLUEPRINT_BENCH_DESK_EMAIL": "desk@example.com"})


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(BenchRefused, match="others may read") as refused:
        given_accounts(written(tmp_path, WHOLE, mode), {})
    assert "chmod 600" in refused.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "desk: {email: desk@example.com}",
        "desk: {email: desk@example.com, password: words-nobody-sees, more: 1}",
        "desk: {email: desk@example.com, password: 12345}",
        "desk: []",
        "desk: words-nobody-sees",
        "[words-nobody-sees]",
        "desk: {password: words-nobody-sees",
        "desk: {password: words-nobody-sees, password: words-nobody-sees}",
    ],
)
def test_what_is_wrong_is_said_and_no_password(tmp_path: Path, text: str) -> None:
    with pytest.raises((BenchRefused, SpecInvalid)) as refused:
        given_accounts(written(tmp_path, text), {})
    said = [str(refused.value), refused.value.hint, *map(str, refused.value.problems)]
    assert "nobody-sees" not in " ".join(said)
