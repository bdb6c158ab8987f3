"""``render(spec, template) -> Tree``: the same spec and template give the same bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from blueprint_cli.errors import TemplateBroken
from blueprint_cli.spec.model import Context
from blueprint_cli.templates.engine import has_holes, render_layer, scratch_folder
from blueprint_cli.templates.template import CONFIGURATION, CONTEXT, NEVER_RENDERED
from blueprint_cli.tree import File, PathClash, Tree, write_tree

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from blueprint_cli.spec.model import Spec
    from blueprint_cli.templates.template import Layer, Template


@dataclass(frozen=True, slots=True)
class Rendered:
    """A rendered project, and for each path the file of the templates that it was made of.

    A folder that is rendered for each context names the context too: ``folder[orders]/file``.
    """

    tree: Tree
    sources: Mapping[str, str]


def render(spec: Spec, template: Template, *, scratch: Path | None = None) -> Tree:
    """Render a project, see `render_with_sources`."""
    return render_with_sources(spec, template, scratch=scratch).tree


def render_with_sources(spec: Spec, template: Template, *, scratch: Path | None = None) -> Rendered:
    """Render a project; ``scratch`` is where temporary files go, by default the system's place.

    Raises:
        TemplateBroken: where the template cannot be rendered, or two layers bring one path.
        OSError: where temporary files cannot be written.
    """
    files: dict[str, File] = {}
    brought_by: dict[str, str] = {}
    sources: dict[str, str] = {}
    with scratch_folder(scratch) as folder:
        for number, (source, to, context) in enumerate(_passes(spec, template)):
            data = {**template_data(spec, template), "context": context}
            prefix = "" if to == "." else f"{to}/"
            for below, file in _layer(template, source, data, folder / str(number)).items():
                path = f"{prefix}{below}"
                if path in files:
                    raise _clash(template, (path, path), [brought_by[path], source])
                files[path] = file
                brought_by[path] = source
                repeated = f"[{context}]" if context and context not in source.split("/") else ""
                sources[path] = f"{source}{repeated}/{below}"
    try:
        return Rendered(Tree(files), sources)
    except PathClash as clash:
        paths = (clash.first, clash.second)
        layers = {
            source: None
            for path, source in brought_by.items()
            if path.startswith((*paths, *(f"{clashing}/" for clashing in paths)))
        }
        raise _clash(template, paths, list(layers)) from clash


def render_guide(spec: Spec, template: Template, came_from: str, *, scratch: Path) -> Tree:
    """Render what tells the user of another pattern how to get here; empty where there is none.

    Raises:
        TemplateBroken: where it cannot be rendered.
    """
    layer = template.guides.get(came_from)
    if layer is None:
        return Tree({})
    data = {**template_data(spec, template), "context": ""}
    with scratch_folder(scratch) as folder:
        return Tree(_layer(template, layer, data, folder / "guide"))


def _passes(spec: Spec, template: Template) -> Iterator[tuple[str, str, str]]:
    """Yield each layer as it is rendered: its folder, where it goes, and for which context."""
    for layer in template.layers:
        if not _wanted(spec, template, layer):
            continue
        for context in _contexts(spec, template, layer):
            to = layer.to.replace(CONTEXT, context)
            yield layer.source.replace(CONTEXT, context), to, context


def _wanted(spec: Spec, template: Template, layer: Layer) -> bool:
    for key, wanted in layer.when.items():
        value: Any = spec
        for part in key.split("."):
            if not hasattr(value, part):
                raise TemplateBroken(
                    f"template {template.name}: layer {layer.source} asks for {key}, "
                    "which no blueprint.yaml has"
                )
            value = getattr(value, part)
        if value != wanted:
            return False
    return True


def _contexts(spec: Spec, template: Template, layer: Layer) -> tuple[str, ...]:
    return _all_contexts(spec, template) if layer.each == "context" else ("",)


def _all_contexts(spec: Spec, template: Template) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*spec.contexts, *template.brings)))


def _layer(
    template: Template, source: str, data: dict[str, Any], scratch: Path
) -> Mapping[str, File]:
    """Render one layer: a file with a hole in its name or content by Copier, any other as it is.

    Copier compiles every part of every path; most files have no hole and need none of that.
    """
    folder = template.root / source
    if not folder.is_dir():
        raise TemplateBroken(f"template {template.name} has no layer {source}")
    files = Tree.read(folder, skip=NEVER_RENDERED)
    holes = {path: file for path, file in files.items() if has_holes(path)}
    plain = {path: file for path, file in files.items() if path not in holes}
    if not holes:
        return plain
    configuration = File((template.root / CONFIGURATION).read_bytes())
    staged = {f"{source}/{path}": file for path, file in holes.items()}
    scratch.mkdir()
    write_tree(Tree({CONFIGURATION: configuration, **staged}), scratch / "template")
    render_layer(scratch / "template", source, data, scratch / "rendered")
    rendered = Tree.read(scratch / "rendered", skip=NEVER_RENDERED)
    for path in rendered:
        if path in plain:
            raise _clash(template, (path, path), [source])
    return {**plain, **rendered}


def _clash(template: Template, paths: tuple[str, str], layers: list[str]) -> TemplateBroken:
    shown = " and ".join(dict.fromkeys(paths))
    return TemplateBroken(
        f"template {template.name} brings {shown} more than once: {' and '.join(layers)}",
        hint="Each path of a project comes from one layer.",
    )


def template_data(spec: Spec, template: Template) -> dict[str, Any]:
    """Return what a template may use, besides ``layer`` and ``context``."""
    return {
        "project": spec.project.model_dump(),
        "package": spec.project.name.replace("-", "_"),
        "pattern": spec.pattern,
        "requirements": spec.requirements.model_dump(),
        "contexts": {
            name: spec.contexts.get(name, Context()).model_dump()
            for name in _all_contexts(spec, template)
        },
        "platform": spec.platform.model_dump(),
        "slo": spec.slo.model_dump(),
    }
