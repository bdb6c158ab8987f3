"""Projects of models, each rendered, set up and started once."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from blueprint_cli.domain.model import Model
from blueprint_cli.domain.reading import read_contexts
from tests.described.selection import concerns
from tests.described.world import World
from tests.newcomer import environment, set_up
from tests.rendered import BLUEPRINT

FOLDER = Path(__file__).parent
EXAMPLES = FOLDER.parent / "domain" / "examples"
# Any spec can be driven, in any pattern: DESCRIBED_SPECS=a.yaml:b.yaml DESCRIBED_PATTERN=….
GIVEN = [Path(path) for path in os.environ.get("DESCRIBED_SPECS", "").split(os.pathsep) if path]
SPECS = {path.stem: path for path in GIVEN or (EXAMPLES / "clinic.yaml", FOLDER / "strange.yaml")}
# With projects that are rendered already, each in a folder of its name.
RENDERED = os.environ.get("DESCRIBED_PROJECTS")
PATTERN = os.environ.get("DESCRIBED_PATTERN", "monolith")
OPEN = re.compile(r"^    raise NotImplementedError.*$", re.MULTILINE)


def model_of(path: Path) -> Model:
    reading = read_contexts(YAML(typ="safe").load(path)["contexts"])
    assert not reading.mistakes, reading.mistakes
    return reading.model


MODELS = {name: model_of(path) for name, path in SPECS.items()}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each test for each entity of each model that it concerns."""
    if "entity" in metafunc.fixturenames:
        all_ = [
            (name, entity)
            for name, model in MODELS.items()
            for context in model.contexts
            for entity in context.entities
            if concerns(metafunc.function, entity, model)
        ]
        ids = [f"{name}-{entity.context}.{entity.name}" for name, entity in all_]
        metafunc.parametrize(
            ("world", "entity"), all_, ids=ids, indirect=["world"], scope="session"
        )


@pytest.fixture(scope="session")
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    name: str = request.param
    if RENDERED:
        started = World.of(Path(RENDERED) / name, MODELS[name])
    else:
        folder = tmp_path_factory.mktemp("described") / name
        render_with_bodies(SPECS[name], folder)
        started = World.of(folder, MODELS[name])
    try:
        yield started
    finally:
        started.close()
        if not RENDERED:
            shutil.rmtree(folder)


def render_with_bodies(spec: Path, project: Path) -> None:
    """Render a project and write the functions that are left to its owner."""
    subprocess.run(
        [
            BLUEPRINT,
            "new",
            project.name,
            "--no-git",
            "--defaults",
            "--answers",
            spec,
            *("--pattern", PATTERN),
            "--output",
            project,
        ],
        env=environment(),
        check=True,
        capture_output=True,
    )
    set_up(project)
    for file in project.glob("**/src/*/domain/*.py"):
        text = file.read_text()
        if OPEN.search(text):
            file.write_text(OPEN.sub("    return True", text))
