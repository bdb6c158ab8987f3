"""A project in a folder of a larger repository: what its host reads at the repository's root alone.

The project's own workflow or pipeline, as it is on disk, becomes one for the root: with the
project's folder as the place where commands run, and in each path.
"""

from __future__ import annotations

import io
import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from blueprint_cli.errors import ProjectRefused
from blueprint_cli.git.work_tree import prefix_in_repository
from blueprint_cli.layout import SPEC_FILE
from blueprint_cli.project import project_root

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from ruamel.yaml import YAML

PIPELINE: Final = ".gitlab-ci.yml"
READ_AT_THE_ROOT: Final = (".github/", ".gitlab/", PIPELINE, "CODEOWNERS")
# What of a pipeline is for the whole of it, and is left to the repository's own.
OF_THE_WHOLE: Final = ("workflow", "include")
# A line behind which a job begins, or all of them, without a blank line between.
NO_BLANK: Final = re.compile(
    r"^(?!jobs:|\s*#)(.+\n)(?=jobs:\n|  [\w-]+:\n    name:|[\w -]+:\n  image:)", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class RootWorkflow:
    """A workflow for a repository's root: where it goes there, its text, what it is made for."""

    path: str
    text: str
    project: str


def read_at_the_root(files: Iterable[str]) -> tuple[str, ...]:
    """Return those of a project's files that its host reads at a repository's root alone."""
    return tuple(path for path in files if path.startswith(READ_AT_THE_ROOT))


def workflow_for_root(path: Path | None) -> RootWorkflow:
    """Make the workflow of a project for the root of the repository that it is in a folder of.

    Raises:
        NotAProject: where the path holds none.
        ProjectRefused: where it is in no folder of a repository, or has no workflow.
    """
    root = project_root(path)
    prefix = prefix_in_repository(root)
    if not prefix:
        what = "in no git repository" if prefix is None else "at its repository's root"
        raise ProjectRefused(
            f"{root} is {what}",
            hint="A workflow is printed for a project in a folder of a larger repository.",
        )
    place = prefix.rstrip("/")
    name = re.sub(r"[^\w.-]", "-", root.name)
    workflows = sorted(
        root.glob(".github/workflows/*.yml"), key=lambda each: (each.stem != "ci", each.stem)
    )
    if workflows:
        return _for_github([_load(each) for each in workflows], place, name)
    if (root / PIPELINE).is_file():
        pipelines = [root / PIPELINE, *sorted(root.glob(".gitlab/pipelines/*.yml"))]
        return _for_gitlab([_load(each) for each in pipelines], place, name)
    raise ProjectRefused(
        f"{root} has no workflow",
        hint=f"Say platform.ci: github or gitlab in {SPEC_FILE}, then: blueprint update",
    )


def _for_github(workflows: list[dict[str, Any]], place: str, name: str) -> RootWorkflow:
    own = f".github/workflows/{name}.yml"
    merged, *others = workflows
    merged["name"] = name
    for other in others:
        for job, described in other["jobs"].items():
            if "push" not in other["on"]:
                only = "github.event_name == 'pull_request'"
                described["if"] = f"{only} && ({described['if']})" if "if" in described else only
            free = job if job not in merged["jobs"] else f"{other['name'].lower()}-{job}"
            merged["jobs"][free] = described
    for event, described in merged["on"].items():
        merged["on"][event] = {**(described or {}), "paths": [f"{place}/**", own]}
    merged["concurrency"]["group"] = f"{name}-${{{{ github.ref }}}}"
    merged.insert(  # type: ignore[attr-defined] # ruamel's mappings have an order of their own
        list(merged).index("jobs"), "defaults", {"run": {"working-directory": place}}
    )
    for job in merged["jobs"].values():
        for step in job["steps"]:
            given = step.get("with", {})
            if "cache-dependency-path" in given:
                given["cache-dependency-path"] = f"{place}/{given['cache-dependency-path']}"
            if "path" in given:
                given["path"] = f"{place}/{given['path']}"
            if "filters" in given:
                given["filters"] = _globs_below(given["filters"], place, own)
    return RootWorkflow(own, f"# {own}: the workflow of {place}.\n{_dump(merged)}", place)


def _globs_below(filters: str, place: str, own: str) -> Any:  # noqa: ANN401 - a text of ruamel's
    """Put a place before each quoted glob; what was the project's own workflow is the root's."""

    def moved(glob: re.Match[str]) -> str:
        return f'"{own}"' if glob[1].startswith(".github/") else f'"{place}/{glob[1]}"'

    return type(filters)(re.sub(r'"([^"]+)"', moved, filters))


def _for_gitlab(pipelines: list[dict[str, Any]], place: str, name: str) -> RootWorkflow:
    own = f".gitlab/{name}.yml"
    merged = pipelines[0]
    for other in pipelines[1:]:
        merged.update(other)
    for key in OF_THE_WHOLE:
        merged.pop(key, None)
    for job in _jobs(merged):
        for script in ("script", "after_script"):
            if script in job:
                job[script].insert(0, f"cd {shlex.quote(place)}")
        for rule in job.get("rules", []):
            if "changes" in rule:
                rule["changes"] = [
                    own if glob == PIPELINE else f"{place}/{glob}" for glob in rule["changes"]
                ]
        _move_files(job, place, name)
    head = f"""\
# {own}: the pipeline of {place}. In the repository's own {PIPELINE}:
#
# {name}:
#   trigger: {{include: {own}, strategy: depend}}
#   rules:
#     - changes: ["{place}/**/*", {own}]
"""
    return RootWorkflow(own, f"{head}{_dump(merged)}", place)


def _jobs(pipeline: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for name, job in pipeline.items():
        if name not in {"default", "stages", "variables"} and isinstance(job, dict):
            yield job


def _move_files(job: dict[str, Any], place: str, name: str) -> None:
    """Say where a job's caches and artifacts are, seen from the root."""
    for cache in _caches(job):
        if isinstance(cache["key"], str):  # what the project itself keeps
            cache["key"] = f"{name}-{cache['key']}"
            cache["paths"] = [f"{place}/{path}" for path in cache["paths"]]
        else:
            cache["key"]["files"] = [f"{place}/{file}" for file in cache["key"]["files"]]
    artifacts = job.get("artifacts", {})
    if "paths" in artifacts:
        artifacts["paths"] = [f"{place}/{path}" for path in artifacts["paths"]]
    reports = artifacts.get("reports", {})
    reports.update({kind: f"{place}/{file}" for kind, file in reports.items()})


def _caches(job: Mapping[str, Any]) -> list[dict[str, Any]]:
    cache = job.get("cache", [])
    return cache if isinstance(cache, list) else [cache]


def _yaml() -> YAML:
    from ruamel.yaml import YAML  # noqa: PLC0415 - 60 ms, which `new` has no use for

    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _load(path: Path) -> Any:  # noqa: ANN401 - ruamel's mapping, with comments and order
    return _yaml().load(path.read_text(encoding="utf-8"))


def _dump(document: object) -> str:
    written = io.StringIO()
    _yaml().dump(document, written)
    return NO_BLANK.sub(r"\1\n", written.getvalue())
