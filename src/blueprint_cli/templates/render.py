"""``render(spec, template) -> Tree``: the same spec and template give the same bytes."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from blueprint_cli.errors import TemplateBroken
from blueprint_cli.templates.conditions import holds
from blueprint_cli.templates.data import all_contexts, template_data
from blueprint_cli.templates.engine import has_holes, render_folder, scratch_folder
from blueprint_cli.templates.layers import CONFIGURATION, CONTEXT, INCLUDES, NEVER_RENDERED
from blueprint_cli.templates.source import Rendered
from blueprint_cli.tree import File, PathClash, Tree, write_tree

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from typing import Any

    from blueprint_cli.spec.model import Spec
    from blueprint_cli.templates.layers import LayeredTemplate

# The folder in which layers are staged that one call renders together.
ALL: Final = "layers"


@dataclass(frozen=True, slots=True)
class _Pass:
    """A layer as it is rendered: its folder, where it goes, and for which context, if for one."""

    source: str
    to: str
    context: str
    default: bool = False

    @property
    def name(self) -> str:
        """What the record calls it."""
        repeated = self.context and self.context not in self.source.split("/")
        return f"{self.source}[{self.context}]" if repeated else self.source


def render(spec: Spec, template: LayeredTemplate, *, scratch: Path | None = None) -> Tree:
    """Render a project, see `render_with_sources`."""
    return render_with_sources(spec, template, scratch=scratch).tree


def render_with_sources(
    spec: Spec, template: LayeredTemplate, *, scratch: Path | None = None
) -> Rendered:
    """Render a project; ``scratch`` is where temporary files go, by default the system's place.

    Raises:
        TemplateBroken: where the template cannot be rendered, or two layers bring one path.
        OSError: where temporary files cannot be written.
    """
    files: dict[str, File] = {}
    brought_by: dict[str, _Pass] = {}
    sources: dict[str, str] = {}
    # What gives way to other layers comes after them.
    passes = sorted(_passes(spec, template), key=lambda one: one.default)
    for one, brought in zip(passes, _rendered(spec, template, passes, scratch), strict=True):
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
        return Rendered(Tree(files), sources)
    except PathClash as clash:
        paths = (clash.first, clash.second)
        layers = {
            one.source: None
            for path, one in brought_by.items()
            if path.startswith((*paths, *(f"{clashing}/" for clashing in paths)))
        }
        raise _clash(template, paths, list(layers)) from clash


def render_guide(spec: Spec, template: LayeredTemplate, came_from: str, *, scratch: Path) -> Tree:
    """Render what tells the user of another pattern how to get here; empty where there is none.

    Raises:
        TemplateBroken: where it cannot be rendered.
    """
    layer = template.guides.get(came_from)
    if layer is None:
        return Tree({})
    return Tree(_rendered(spec, template, [_Pass(layer, ".", "")], scratch)[0])


def _passes(spec: Spec, template: LayeredTemplate) -> Iterator[_Pass]:
    values = spec.model_dump()
    for layer in template.layers:
        try:
            wanted = holds(layer.when, values)
        except KeyError as error:
            raise TemplateBroken(
                f"template {template.name}: layer {layer.source} asks for {error.args[0]}, "
                "which no blueprint.yaml has"
            ) from None
        if not wanted:
            continue
        for context in all_contexts(spec, template) if layer.each == "context" else ("",):
            source = layer.source.replace(CONTEXT, context)
            if layer.optional and not (template.root / source).is_dir():
                continue
            yield _Pass(source, layer.to.replace(CONTEXT, context), context, layer.default)


def _rendered(
    spec: Spec, template: LayeredTemplate, passes: list[_Pass], scratch: Path | None
) -> list[Mapping[str, File]]:
    """Render each layer: a file with a hole in its name or content by Copier, others as they are.

    Copier compiles every part of every path; most files have no hole and need none of that. One
    call renders all layers that get the same data, because a call by itself takes 20 ms.
    """
    plain: list[dict[str, File]] = []
    together: dict[str, dict[int, dict[str, File]]] = defaultdict(dict)
    for number, one in enumerate(passes):
        files = _read(template, one.source)
        holes = {path: file for path, file in files.items() if has_holes(path)}
        plain.append({path: file for path, file in files.items() if path not in holes})
        if holes:
            together[one.context][number] = holes
    data = template_data(spec, template)
    with scratch_folder(scratch) as folder:
        for context, layers in together.items():
            filled = _filled(template, passes, layers, {**data, "context": context}, folder)
            for number, rendered in filled.items():
                for path in rendered:
                    if path in plain[number]:
                        raise _clash(template, (path, path), [passes[number].source])
                plain[number] |= rendered
    return list(plain)


def _read(template: LayeredTemplate, source: str) -> Tree:
    folder = template.root / source
    if not folder.is_dir():
        raise TemplateBroken(f"template {template.name} has no layer {source}")
    return Tree.read(folder, skip=NEVER_RENDERED)


def _filled(
    template: LayeredTemplate,
    passes: list[_Pass],
    layers: Mapping[int, Mapping[str, File]],
    data: Mapping[str, Any],
    scratch: Path,
) -> Mapping[int, Mapping[str, File]]:
    """Fill the holes of layers, each in a folder that is called by its number.

    Where that fails each is rendered alone, under its own name, so that the message has it.
    """
    numbered = {str(number): files for number, files in layers.items()}
    try:
        made = _copied(template, numbered, "", data, scratch / f"{min(layers)}")
    except TemplateBroken:
        for number, files in layers.items():
            source = passes[number].source
            _copied(template, {source: files}, source, data, scratch / f"alone-{number}")
        raise
    filled: dict[int, dict[str, File]] = {number: {} for number in layers}
    for path, file in made.items():
        folder, _, below = path.partition("/")
        filled[int(folder)][below] = file
    return filled


def _copied(
    template: LayeredTemplate,
    folders: Mapping[str, Mapping[str, File]],
    layer: str,
    data: Mapping[str, Any],
    scratch: Path,
) -> Tree:
    """Stage folders beside Copier's configuration and all includes, and render one or all."""
    staged = {CONFIGURATION: File((template.root / CONFIGURATION).read_bytes())}
    prefix = "" if layer else f"{ALL}/"
    for name, files in folders.items():
        staged |= {f"{prefix}{name}/{path}": file for path, file in files.items()}
    if (template.root / INCLUDES).is_dir():
        included = Tree.read(template.root / INCLUDES, skip=NEVER_RENDERED)
        staged |= {f"{INCLUDES}/{path}": file for path, file in included.items()}
    scratch.mkdir()
    write_tree(Tree(staged), scratch / "template")
    render_folder(scratch / "template", layer or ALL, data, scratch / "rendered")
    return Tree.read(scratch / "rendered", skip=NEVER_RENDERED)


def _clash(template: LayeredTemplate, paths: tuple[str, str], layers: list[str]) -> TemplateBroken:
    shown = " and ".join(dict.fromkeys(paths))
    return TemplateBroken(
        f"template {template.name} brings {shown} more than once: {' and '.join(layers)}",
        hint="Each path of a project comes from one layer.",
    )
