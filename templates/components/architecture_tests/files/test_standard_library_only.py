"""What a domain, an application and the contracts may import, read from their source."""

import ast
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.architecture.contexts import CONTEXTS

ALLOWED = {
    **{f"{name}.domain": {f"{name}.domain"} for name in CONTEXTS},
    **{f"{name}.application": {f"{name}.domain", f"{name}.application"} for name in CONTEXTS},
    "contracts": {"contracts"},
}


def foreign_imports(folder: Path, own: set[str]) -> Iterator[str]:
    """Imports of anything but the standard library and `own` packages."""
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for name in _imported(node):
                standard = name.partition(".")[0] in sys.stdlib_module_names
                if not standard and not any(f"{name}.".startswith(f"{each}.") for each in own):
                    yield f"{path.name}:{getattr(node, 'lineno', 0)} imports {name}"


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""] if node.level == 0 else ["a relative module"]
    return []


@pytest.mark.parametrize("package", ALLOWED)
def test_it_imports_itself_and_the_standard_library(package: str) -> None:
    found = find_spec(package)
    assert found is not None
    assert found.origin is not None
    assert list(foreign_imports(Path(found.origin).parent, ALLOWED[package])) == []


@pytest.mark.parametrize("planted", ["import pydantic", "from kit import ids", "from . import x"])
def test_a_planted_import_is_found(tmp_path: Path, planted: str) -> None:
    (tmp_path / "rules.py").write_text(f"import decimal\n{planted}\n")
    assert len(list(foreign_imports(tmp_path, {"orders.domain"}))) == 1
