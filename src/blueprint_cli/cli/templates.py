"""``blueprint templates``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from blueprint_cli.cli.help_text import Command, Group, show_help_where_nothing_is_asked
from blueprint_cli.cli.options import Json
from blueprint_cli.cli.terminal import Terminal
from blueprint_cli.wrapping import wrapped

if TYPE_CHECKING:
    from blueprint_cli.templates.source import Template

app = typer.Typer(
    name="templates",
    cls=Group,
    invoke_without_command=True,
    rich_markup_mode=None,
)


@app.callback()
def options(context: typer.Context) -> None:
    """List and show the templates of this version."""
    show_help_where_nothing_is_asked(context)


@app.command("list", cls=Command)
def list_(*, json: Json = False) -> None:
    """List the templates, and the examples of what they can be about."""
    from blueprint_cli.templates.builtin import load_examples, load_templates

    templates, examples = load_templates(), load_examples()
    terminal = Terminal(as_json=json)
    named = [(one.name, one.summary) for one in templates]
    named += [(one.name, one.summary) for one in examples]
    left = max((len(name) for name, _ in named), default=0) + 2
    lines = [
        wrapped(summary, terminal.width, " " * left, name.ljust(left)) for name, summary in named
    ]
    if examples:
        lines.insert(
            len(templates), "\nExamples of applications, for `blueprint new NAME --example`:"
        )
    document = {
        "templates": [_identity(template) for template in templates],
        "examples": [{"name": one.name, "summary": one.summary} for one in examples],
    }
    terminal.result(document, "\n".join(lines))


@app.command("show", cls=Command)
def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="As `templates list` shows it.")],
    *,
    json: Json = False,
) -> None:
    """Show one template: what it is, and the layers that it is made of."""
    from blueprint_cli.templates.builtin import find_template

    template = find_template(name)
    layers = [
        {"from": layer.source, "to": layer.to, "each": layer.each} for layer in template.layers
    ]
    tree = template.tree.digest()
    document = {
        **_identity(template),
        "tree": tree,
        "files": len(template.tree),
        "components": list(template.components),
        "layers": layers,
    }
    terminal = Terminal(as_json=json)
    width = max(len(layer.to) for layer in template.layers)
    rows = [
        f"  {layer.to:<{width}} from {layer.source}{f', for each {layer.each}' * bool(layer.each)}"
        for layer in template.layers
    ]
    text = "\n".join(
        [
            f"{template.name} {template.version} ({template.source})",
            wrapped(template.summary, terminal.width),
            "",
            f"Made of {len(template.tree)} template files in {len(template.layers)} layers:",
            *rows,
            "",
            wrapped(
                f"Components: {', '.join(template.components) or 'none'}.", terminal.width, "  ", ""
            ),
            f"Tree: {tree}",
        ]
    )
    terminal.result(document, text)


@app.command("workflow", cls=Command)
def workflow(
    project: Annotated[
        Path | None,
        typer.Argument(metavar="PATH", help="The project's folder.", show_default="here"),
    ] = None,
    *,
    json: Json = False,
) -> None:
    """Print a project's workflow for the root of the larger repository that it is in.

    GitHub and GitLab read no workflow in a folder. This one runs in the project's folder, and only
    where something there changed; where to put it stands in its first line.
    """
    from blueprint_cli.workflows import workflow_for_root

    made = workflow_for_root(project)
    document = {"path": made.path, "project": made.project, "content": made.text}
    Terminal(as_json=json).result(document, made.text.rstrip("\n"))


def _identity(template: "Template") -> dict[str, Any]:
    return {
        "pattern": template.name,
        "summary": template.summary,
        "source": template.source,
        "version": template.version,
    }
