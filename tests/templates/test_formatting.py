"""What was formatted last is kept: it saves work, and never changes what is rendered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from blueprint_cli.errors import TemplateBroken
from blueprint_cli.templates import formatting
from blueprint_cli.templates.formatting import formatted

ONE = b"import os\nimport sys\nx = {'a':sys.argv}\n"
NICE = b'import sys\n\nx = {"a": sys.argv}\n'
OTHER = b"from quays import y\nimport ours\nprint( y,ours )\n"


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the modules that ruff was given to format."""
    found: list[str] = []
    run: Any = formatting.__dict__["_run"]

    def noted(arguments: list[str], folder: Path) -> None:
        if arguments[0] == "format":
            found.extend(sorted(path.name for path in folder.rglob("*.py")))
        run(arguments, folder)

    monkeypatch.setattr(formatting, "_run", noted)
    return found


def made(tmp_path: Path, contexts: list[str], **files: bytes) -> dict[str, bytes]:
    scratch = tmp_path / str(len(list(tmp_path.iterdir())))
    named = {f"src/{name}.py": content for name, content in files.items()}
    try:
        return formatted(named, contexts, scratch, tmp_path / "kept" / "formatted.json")
    finally:
        scratch.mkdir(exist_ok=True)


def test_only_what_has_changed_is_formatted(tmp_path: Path, ran: list[str]) -> None:
    first = made(tmp_path, ["quays"], one=ONE, two=OTHER)
    assert first["src/one.py"] == NICE
    assert ran == ["src--one.py", "src--two.py"]
    assert made(tmp_path, ["quays"], one=ONE, two=OTHER) == first
    assert made(tmp_path, ["quays"], one=ONE, two=OTHER + b"z=1")["src/one.py"] == NICE
    assert ran[2:] == ["src--two.py"]


def test_another_context_or_place_is_another_module(tmp_path: Path, ran: list[str]) -> None:
    apart = made(tmp_path, ["quays"], two=OTHER)
    together = made(tmp_path, ["ours", "quays"], two=OTHER)
    assert apart != together
    moved = made(tmp_path, ["ours", "quays"], three=OTHER)
    assert moved["src/three.py"] == together["src/two.py"]
    assert ran == ["src--two.py", "src--two.py", "src--three.py"]


def test_of_what_is_kept_only_the_last_render_is(tmp_path: Path, ran: list[str]) -> None:
    made(tmp_path, [], one=ONE)
    made(tmp_path, [], two=OTHER)
    made(tmp_path, [], one=ONE)
    assert len(ran) == 3
    assert len(json.loads((tmp_path / "kept" / "formatted.json").read_text())) == 1


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"a": 1}', b"\xff"])
def test_what_is_damaged_is_formatted_anew(tmp_path: Path, content: bytes) -> None:
    made(tmp_path, [], one=ONE)
    (tmp_path / "kept" / "formatted.json").write_bytes(content)
    assert made(tmp_path, [], one=ONE) == {"src/one.py": NICE}


def test_it_does_without_a_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    for number, kept in enumerate((tmp_path / "file" / "below", Path("~/formatted.json"))):
        assert formatted({"a.py": ONE}, [], tmp_path / f"s{number}", kept) == {"a.py": NICE}
    assert not (tmp_path / "~").exists()


def test_what_renders_no_python_is_an_error_of_the_template(tmp_path: Path) -> None:
    with pytest.raises(TemplateBroken, match="is none"):
        made(tmp_path, [], broken=b"def (")
    assert not (tmp_path / "kept").exists()
