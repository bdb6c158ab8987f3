"""What is shipped is used: a module that only tests import belongs to them."""

import re
from collections.abc import Mapping
from pathlib import Path

from tests.rendered import files_of, render

ALEMBIC_LOADS_IT = "src/kit/migration_environment/env.py"
NAMING = {".py", ".mk", ".yaml", ".md", ""}
MODULE = re.compile(r"(?:^|/)src/((?:\w+/)*)(\w+)\.py$")


def unused(texts: Mapping[str, str]) -> list[str]:
    """The modules that no other file names: to import them, to run them, or to tell how to."""
    shipped = {path: text for path, text in texts.items() if not _is_test(path)}
    modules = {
        path: f"{found[1]}{found[2]}".replace("/", ".")
        for path in shipped
        if (found := MODULE.search(path)) and found[2] != "__init__" and "/versions/" not in path
    }
    return [path for path, name in modules.items() if not _named(path, name, shipped)]


def _is_test(path: str) -> bool:
    return "tests/" in path or path.endswith("conftest.py")


def _named(path: str, name: str, shipped: Mapping[str, str]) -> bool:
    package, _, module = name.rpartition(".")
    naming = re.compile(
        rf"\b{re.escape(name)}\b|from {re.escape(package)} import (?:.*\b)?{module}\b"
    )
    return any(naming.search(text) for other, text in shipped.items() if other != path)


def test_only_what_a_process_or_a_command_needs_is_shipped(tmp_path: Path) -> None:
    project = render(tmp_path / "shop", "--defaults", "--pattern", "monolith")
    texts = {
        path: content.decode(errors="replace")
        for path, (_, content) in files_of(project).items()
        if not path.startswith(".blueprint/") and Path(path).suffix in NAMING
    }
    assert unused(texts) == [ALEMBIC_LOADS_IT]


def test_a_module_that_only_a_test_imports_is_found() -> None:
    texts = {
        "src/shop/domain.py": "",
        "src/shop/memory.py": "import shop.domain",
        "tests/test_shop.py": "from shop import memory",
    }
    assert unused(texts) == ["src/shop/memory.py"]
