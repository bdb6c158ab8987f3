"""What is kept compiled saves work, and never changes what is rendered."""

import sys
from pathlib import Path

import pytest
from jinja2 import DictLoader, Environment

from blueprint_cli.templates.compiled import kept_compiled, place_of


def rendered(folder: Path, source: str) -> str:
    """What a template renders to, in a process that has compiled nothing yet."""
    with kept_compiled(folder):
        environment = Environment(loader=DictLoader({"it": source}), autoescape=True)
        return environment.get_template("it").render(name="Ada")


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The sources that Jinja has read to compile them."""
    found: list[str] = []
    preprocess = Environment.preprocess

    def noted(self: Environment, source: str, *more: str | None) -> str:
        found.append(source)
        return preprocess(self, source, *more)

    monkeypatch.setattr(Environment, "preprocess", noted)
    return found


def test_a_template_is_compiled_once(tmp_path: Path, compiled: list[str]) -> None:
    assert [rendered(tmp_path, "Hello {{ name }}") for _ in range(2)] == ["Hello Ada"] * 2
    assert compiled == ["Hello {{ name }}"]
    assert rendered(tmp_path, "Bye {{ name }}") == "Bye Ada"
    assert compiled[1:] == ["Bye {{ name }}"]


def test_what_is_damaged_is_compiled_anew(tmp_path: Path, compiled: list[str]) -> None:
    rendered(tmp_path, "Hello {{ name }}")
    (file,) = tmp_path.iterdir()
    for content in (b"", b"nonsense", file.read_bytes()[:-20], file.read_bytes()[:20] + b"\xff"):
        file.write_bytes(content)
        assert rendered(tmp_path, "Hello {{ name }}") == "Hello Ada"
    assert len(compiled) == 5


def test_it_does_without_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file" / "below", Path("~")):
        assert rendered(folder, "Hello {{ name }}") == "Hello Ada"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.skipif(sys.platform != "linux", reason="where caches are is the system's")
def test_it_is_in_the_users_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert place_of("1.2.3") == tmp_path / "blueprint" / "templates" / "1.2.3"
