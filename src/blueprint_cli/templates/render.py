"""``render(spec, template) -> Tree``: the same spec and template give the same bytes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from blueprint_cli.domain.model import MYSQL
from blueprint_cli.errors import PatternRuledOut, TemplateBroken
from blueprint_cli.spec.platform import why_no_mysql, without_mysql
from blueprint_cli.templates.compiled import place_of
from blueprint_cli.templates.conditions import holds, values_of
from blueprint_cli.templates.data import (
    all_contexts,
    described_contexts,
    service_of,
    template_data,
)
from blueprint_cli.templates.engine import SUFFIX, has_holes, scratch_folder
from blueprint_cli.templates.filling import Holes, fill
from blueprint_cli.templates.formatting import formatted
from blueprint_cli.templates.layers import CONTEXT, NEVER_RENDERED, SERVICE
from blueprint_cli.templates.limits import refuse_too_large
from blueprint_cli.templates.marks import MARK
from blueprint_cli.templates.source import Rendered
from blueprint_cli.templates.subjects import NO_SUBJECT, Subject, subjects_of
from blueprint_cli.tree import File, PathClash, Tree
from blueprint_cli.version import installed_version

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from blueprint_cli.spec.model import Spec
    from blueprint_cli.templates.described.migrations import Revision
from blueprint_cli.templates.layers import Layer, LayeredTemplate


@dataclass(frozen=True, slots=True)
class _Pass:
    """A layer as it is rendered: its folder, where it goes, and what for, if for anything."""

    source: str
    to: str
    subject: Subject = NO_SUBJECT
    default: bool = False
    described: bool = False
    repeated: bool = False

    @property
    def name(self) -> str:
        """What the record calls it: with what it is for, where one folder is for all."""
        return f"{self.source}[{self.subject.name}]" if self.repeated else self.source


def render(spec: Spec, template: LayeredTemplate, *, scratch: Path | None = None) -> Tree:
    """Render a project, see `render_with_sources`."""
    return render_with_sources(spec, template, scratch=scratch).tree


def render_with_sources(
    spec: Spec,
    template: LayeredTemplate,
    *,
    scratch: Path | None = None,
    revisions: Sequence[Revision] = (),
) -> Rendered:
    """Render a project, with what its described contexts' tables go through after their first form.

    ``scratch`` is where temporary files go, by default the system's place.

    Raises:
        PatternRuledOut: where a context is on MySQL and a target has none in the pattern.
        SpecInvalid: where a file would be larger than who reads it takes.
        TemplateBroken: where the template cannot be rendered, or two layers bring one path.
        OSError: where temporary files cannot be written.
    """
    _look_at_stores(spec, template)
    files: dict[str, File] = {}
    brought_by: dict[str, _Pass] = {}
    sources: dict[str, str] = {}
    # What gives way to other layers comes after them.
    wanted = [one for one in template.layers if not one.is_begun]
    passes = sorted(_passes(spec, template, wanted, revisions), key=lambda one: one.default)
    data = {
        **template_data(spec, template),
        "revisions": {(one.context.name, one.name): one for one in revisions},
    }
    made = _rendered(spec, template, passes, data, scratch)
    for one, brought in zip(passes, made, strict=True):
        prefix = "" if one.to == "." else f"{one.to}/"
        for below, file in brought.items():
            path = f"{prefix}{below}"
            if one.default and path in files and not brought_by[path].default:
                continue
            if path in files:
                raise _clash(template, (path, path), [brought_by[path].source, one.source])
            files[path] = file
            brought_by[path] = one
            sources[path] = f"{one.name}/{below}"
    try:
        tree = Tree(files)
    except PathClash as clash:
        paths = (clash.first, clash.second)
        layers = {
            one.source: None
            for path, one in brought_by.items()
            if path.startswith((*paths, *(f"{clashing}/" for clashing in paths)))
        }
        raise _clash(template, paths, list(layers)) from clash
    refuse_too_large(spec, tree)
    return Rendered(tree, sources)


def _look_at_stores(spec: Spec, template: LayeredTemplate) -> None:
    """Refuse a pattern that was recommended, or is gone over to, as reading does a written one."""
    for context in (one for one in spec.domain.contexts if one.store == MYSQL):
        for target in without_mysql(spec.platform, template.name):
            raise PatternRuledOut(
                f"{context.name} {why_no_mysql(target, template.name)}",
                hint=f"Take {target} out of `platform.deploy`, or `store: mysql` away.",
            )


def render_guide(spec: Spec, template: LayeredTemplate, came_from: str, *, scratch: Path) -> Tree:
    """Render what tells the user of another pattern how to get here; empty where there is none.

    Raises:
        TemplateBroken: where it cannot be rendered.
    """
    layer = template.guides.get(came_from)
    if layer is None:
        return Tree({})
    data = template_data(spec, template)
    return Tree(_rendered(spec, template, [_Pass(layer, ".")], data, scratch)[0])


def render_begun(spec: Spec, template: LayeredTemplate, *, scratch: Path | None = None) -> Tree:
    """Render what the owner of a project goes on from in contexts that they write.

    Raises:
        TemplateBroken: where it cannot be rendered.
    """
    layers = [one for one in template.layers if one.is_begun]
    passes = list(_passes(spec, template, layers))
    if not passes:
        return Tree({})
    made = _rendered(spec, template, passes, template_data(spec, template), scratch)
    return Tree(
        {
            f"{one.to}/{path}": file
            for one, files in zip(passes, made, strict=True)
            for path, file in files.items()
        }
    )


def _passes(
    spec: Spec,
    template: LayeredTemplate,
    layers: Sequence[Layer],
    revisions: Sequence[Revision] = (),
) -> Iterator[_Pass]:
    values = values_of(spec)
    contexts, described = all_contexts(spec, template), described_contexts(spec)
    for layer in layers:
        try:
            wanted = holds(layer.when, values)
        except KeyError as error:
            raise TemplateBroken(
                f"template {template.name}: layer {layer.source} asks for {error.args[0]}, "
                "which no blueprint.yaml has"
            ) from None
        if not wanted:
            continue
        for subject in subjects_of(layer, contexts, described, template.contexts, revisions):
            source = layer.source.replace(CONTEXT, subject.context)
            if layer.optional and not (template.root / source).is_dir():
                continue
            service = service_of(spec, template, subject.context)
            to = layer.to.replace(CONTEXT, subject.context).replace(SERVICE, service)
            named = replace(subject, service=service)
            repeated = bool(subject.name) and CONTEXT not in layer.source
            yield _Pass(source, to, named, layer.default, layer.is_described, repeated)


def _rendered(
    spec: Spec,
    template: LayeredTemplate,
    passes: list[_Pass],
    data: Mapping[str, Any],
    scratch: Path | None,
) -> list[Mapping[str, File]]:
    """Render each layer: a file with a hole in its name or content by Copier, others as they are.

    Copier compiles every part of every path; most files have no hole and need none of that. Of a
    layer that gives way, what another layer brings is not rendered at all. What renders to nothing
    is no file.
    """
    read = [_read(template, one) for one in passes]
    brought = {
        f"{one.to}/{path.removesuffix(SUFFIX)}"
        for one, files in zip(passes, read, strict=True)
        for path in files
        if not one.default
    }
    wanted = [
        {
            path: file
            for path, file in files.items()
            if not (one.default and f"{one.to}/{path.removesuffix(SUFFIX)}" in brought)
        }
        for one, files in zip(passes, read, strict=True)
    ]
    holes = [
        Holes(
            one.source,
            one.subject.variables,
            {path: file for path, file in files.items() if has_holes(path)},
        )
        for one, files in zip(passes, wanted, strict=True)
    ]
    with scratch_folder(scratch) as folder:
        filled = fill(template.root, holes, data, folder)
        for files in filled:
            for path in [path for path, file in files.items() if not file.content.strip()]:
                del files[path]
        services = (one.subject.service for one in passes)
        _finish(passes, filled, {*all_contexts(spec, template), *filter(None, services)}, folder)
    made: list[Mapping[str, File]] = []
    for one, files, here in zip(passes, wanted, filled, strict=True):
        plain = {path: file for path, file in files.items() if not has_holes(path)}
        for path in here:
            if path in plain:
                raise _clash(template, (path, path), [one.source])
        made.append({**plain, **here})
    return made


def _finish(
    passes: list[_Pass],
    filled: list[dict[str, File]],
    contexts: Collection[str],
    scratch: Path,
) -> None:
    """Where something is described: format all Python, for names of any length stand in it."""
    if not any(one.described for one in passes):
        return
    python = {
        f"{number}/{path}": file.content
        for number, files in enumerate(filled)
        for path, file in files.items()
        if path.endswith(".py")
    }
    kept = place_of(installed_version()) / "formatted.json"
    for name, content in formatted(python, contexts, scratch / "formatted", kept).items():
        number, _, path = name.partition("/")
        files = filled[int(number)]
        files[path] = File(content, files[path].mode)
    mark = MARK.encode()
    for files in filled:
        for path, file in files.items():
            if mark in file.content:
                files[path] = File(file.content.replace(mark, b""), file.mode)


def _read(template: LayeredTemplate, one: _Pass) -> Mapping[str, File]:
    folder = template.root / one.source
    if not folder.is_dir():
        raise TemplateBroken(f"template {template.name} has no layer {one.source}")
    files = Tree.read(folder, skip=NEVER_RENDERED)
    return {one.subject.placed(path): file for path, file in files.items()}


def _clash(template: LayeredTemplate, paths: tuple[str, str], layers: list[str]) -> TemplateBroken:
    shown = " and ".join(dict.fromkeys(paths))
    return TemplateBroken(
        f"template {template.name} brings {shown} more than once: {' and '.join(layers)}",
        hint="Each path of a project comes from one layer.",
    )
