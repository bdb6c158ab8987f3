"""What a domain may not import is found."""

from pathlib import Path

import pytest

from tests.architecture.test_standard_library_only import foreign_imports


@pytest.mark.parametrize("planted", ["import pydantic", "from kit import ids", "from . import x"])
def test_a_planted_import_is_found(tmp_path: Path, planted: str) -> None:
    (tmp_path / "rules.py").write_text(f"import decimal\n{planted}\n")
    assert len(list(foreign_imports(tmp_path, {"orders.domain"}))) == 1
