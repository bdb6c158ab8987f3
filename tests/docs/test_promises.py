"""Nothing that a user reads names a command that there is not."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main

from blueprint_cli.cli import app
from blueprint_cli.recommendation.recommend import recommend
from blueprint_cli.reports.markdown import as_markdown

ROOT = Path(__file__).parents[2]
READ = ("*.md", "docs/*.md", "benchmarks/*.md", "src/**/*.toml", "src/**/*.yaml", "src/**/*.py")
NAMED = re.compile(r"(?:`|^\$ |^  )blueprint ([a-z][a-z-]*)\b(?! says)", re.MULTILINE)
COMMANDS = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


def texts() -> Iterator[tuple[str, str]]:
    for pattern in READ:
        for path in ROOT.glob(pattern):
            yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")
    for path in (ROOT / "templates").rglob("*"):
        if path.is_file() and path.suffix in {".md", ".jinja", ".yml", ".yaml", ".mk", ".toml"}:
            yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")
    yield "the decision record", as_markdown(recommend({}))


def test_every_command_that_is_named_is_there() -> None:
    named = [(name, command) for name, text in texts() for command in NAMED.findall(text)]
    assert {command for _, command in named} >= {"new", "check", "update"}
    assert [(name, command) for name, command in named if command not in COMMANDS] == []


@pytest.mark.parametrize("text", ["`blueprint deploy` releases", "$ blueprint deploy\n"])
def test_a_command_that_is_not_there_is_seen(text: str) -> None:
    assert set(NAMED.findall(text)) - COMMANDS == {"deploy"}


OURS = re.compile(r"\bdocs/(?:decisions/)?[\w.-]+")


def strings(path: Path) -> Iterator[str]:
    """Every text that a module may show; docstrings are for those who have the repository."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented)
        and isinstance(node.body[0], ast.Expr)
        and getattr(node, "name", "") != "command"  # --help shows these.
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from () if id(node) in docstrings else (node.value,)


def test_no_message_names_a_document_that_an_installed_program_has_not() -> None:
    texts = [(path.name, text) for path in (ROOT / "src").rglob("*.py") for text in strings(path)]
    texts += [(path.name, path.read_text("utf-8")) for path in (ROOT / "src").rglob("*.toml")]
    assert len(texts) > 1000
    named = [(name, document) for name, text in texts for document in OURS.findall(text)]
    assert [each for each in named if (ROOT / each[1]).is_file()] == []
