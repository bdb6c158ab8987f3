"""Every command that the README shows runs, in the order in which it stands there."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```console\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
COMMANDS = [line[2:] for block in BLOCKS for line in block.splitlines() if line.startswith("$ ")]
# Run elsewhere: `make demo` by tests/templates, the rest by what runs this test.
MAKE = re.compile(r"make (demo|test|install)$")


def test_the_readme_shows_commands() -> None:
    assert [command for command in COMMANDS if command.startswith("blueprint new")]


@pytest.mark.parametrize("command", [command for command in COMMANDS if MAKE.match(command)])
def test_the_readmes_make_targets_exist(command: str) -> None:
    subprocess.run([*command.split(), "--dry-run"], cwd=ROOT, check=True, capture_output=True)


def test_the_readmes_blueprint_commands_run(tmp_path: Path) -> None:
    scripts = str(Path(sys.executable).parent)
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([scripts, os.environ["PATH"]]),
        "HOME": str(tmp_path / "home"),
    }
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / ".gitconfig").write_text("[user]\nname = Ada\nemail = ada@example.com\n")
    blueprint = [command for command in COMMANDS if re.match(r"blueprint |printf ", command)]
    for command in blueprint:
        result = subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=tmp_path,
            env=environment,
            check=False,
            text=True,
            capture_output=True,
        )
        assert result.returncode == 0, f"{command}\n{result.stdout}{result.stderr}"


def test_every_link_to_a_file_leads_somewhere() -> None:
    links = [target for target in re.findall(r"\]\(([^)]+)\)", README) if "://" not in target]
    assert links
    assert not [link for link in links if not (ROOT / link.split("#")[0]).exists()]
