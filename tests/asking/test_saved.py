"""Answers that outlive the questionnaire."""

import json
import os
import stat
from pathlib import Path

import pytest

from blueprint_cli.asking.saved import Kept, Saved, state_folder

ANSWERS = Kept(
    answers={"project.owner": "us", "requirements.teams": 3, "requirements.polyglot": None},
    notes={"requirements.teams": "as typed"},
    ahead=("requirements.p95_latency_ms",),
    settled=True,
    pattern="microservices",
    reason="Three teams begin in May.",
)


def test_answers_come_back_as_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    saved = Saved(tmp_path / "sh\u00f6p")
    assert saved.read() is None
    saved.write(ANSWERS)
    saved.write(ANSWERS)
    assert Saved(tmp_path / "sh\u00f6p").read() == ANSWERS
    assert Saved(tmp_path / "other").read() is None
    assert stat.S_IMODE(saved.path.stat().st_mode) == 0o600
    assert len(list(saved.path.parent.iterdir())) == 1
    saved.remove()
    saved.remove()
    assert list((tmp_path / "state").iterdir()) == []


def test_the_folder_is_that_of_the_xdg_specification(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/somewhere")
    assert state_folder() == Path("/somewhere/backend-blueprint/new")
    for ignored in ("", "relative/path"):
        monkeypatch.setenv("XDG_STATE_HOME", ignored)
        assert state_folder() == Path(os.environ["HOME"]) / ".local/state/backend-blueprint/new"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b'{"format": 2, "answers": {}}',
        b'{"format": 1, "answers": []}',
        b"[" * 50_000,
    ],
)
def test_a_damaged_file_is_no_answers(content: bytes, tmp_path: Path) -> None:
    saved = Saved(tmp_path / "shop")
    saved.write(Kept(answers={}))
    saved.path.write_bytes(content)
    assert saved.read() is None


def test_only_answers_that_are_still_understood_are_taken(tmp_path: Path) -> None:
    saved = Saved(tmp_path / "shop")
    saved.write(Kept(answers={}))
    answers = {
        "requirements.teams": 0,
        "requirements.gone": 1,
        "requirements.developers": [8],
        "requirements.consistency": "strong",
        "requirements.requests_per_second_avg": 0.116,
    }
    others = {
        "notes": {
            "requirements.gone": "a",
            "requirements.teams": "b",
            "requirements.consistency": 1,
        },
        "ahead": ["requirements.gone", "requirements.teams", 3],
        "settled": "yes",
        "pattern": "serverless",
        "reason": "two\nlines",
    }
    saved.path.write_text(json.dumps({"format": 1, "answers": answers, **others}))
    assert saved.read() == Kept(
        answers={
            "requirements.consistency": "strong",
            "requirements.requests_per_second_avg": 0.116,
        },
        ahead=("requirements.teams",),
    )


@pytest.mark.parametrize("home", ["none", "gone", "a file", "of another user"])
def test_without_a_home_directory_nothing_is_kept_and_nothing_fails(
    home: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "home"
    monkeypatch.setenv("HOME", str(place))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    match home:
        case "none":
            monkeypatch.delenv("HOME")
            monkeypatch.setattr("pwd.getpwuid", nobody)
        case "a file":
            place.write_text("")
        case "of another user":
            place.mkdir()
            monkeypatch.setattr(Path, "mkdir", refused)
    saved = Saved(tmp_path / "shop")
    assert saved.read() is None
    with pytest.raises(OSError, match=r"there is no home|denied"):
        saved.write(ANSWERS)
    saved.remove()
    assert [path.name for path in tmp_path.rglob("*")] == ["home"] * place.exists()


def test_a_home_that_is_named_needs_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HOME")
    monkeypatch.setattr("pwd.getpwuid", nobody)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    Saved(tmp_path / "shop").write(ANSWERS)
    assert Saved(tmp_path / "shop").read() == ANSWERS


def nobody(_: int) -> None:
    raise KeyError("no entry")


def refused(*_: object, **__: object) -> None:
    raise PermissionError(13, "Permission denied")
