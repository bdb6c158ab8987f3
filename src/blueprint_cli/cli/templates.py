"""``blueprint templates``."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from blueprint_cli.cli.help_text import Command, Group, show_help_where_nothing_is_asked
from blueprint_cli.cli.options import Json, Trust
from blueprint_cli.cli.terminal import Terminal
from blueprint_cli.errors import EXIT_FOUND, UsageError
from blueprint_cli.wrapping import wrapped

if TYPE_CHECKING:
    from blueprint_cli.reports.results import Tests
    from blueprint_cli.templates.source import Template

app = typer.Typer(
    name="templates",
    cls=Group,
    invoke_without_command=True,
    rich_markup_mode=None,
)


@app.callback()
def options(context: typer.Context) -> None:
    """The templates of this version, and the making of your own."""
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


Source = Annotated[
    str, typer.Argument(metavar="SOURCE", help="The folder of a template, or of a standard.")
]


@app.command("lint", cls=Command)
def lint(source: Source = ".", *, json: Json = False) -> None:
    """Look at a template, or at a standard, without rendering it.

    Exit code 1 where something is wrong.
    """
    from blueprint_cli.authoring.linting import lint_source

    _show_tests(lint_source(source), Terminal(as_json=json))


@app.command("test", cls=Command)
def try_out(
    source: Source = ".",
    *,
    trust: Trust = False,
    junit: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the results as JUnit XML.")
    ] = None,
    json: Json = False,
) -> None:
    """Render every choice of a template and look at it; run the samples of a standard's checks.

    Every combination of choices, or every pair where there are many. What a template's
    blueprint-tests.yaml names is run with --trust. Exit code 1 where something failed.
    """
    from blueprint_cli.authoring.testing import try_source
    from blueprint_cli.files import write_whole
    from blueprint_cli.reports.results import as_junit

    terminal = Terminal(as_json=json)
    tests = try_source(source, trusted=trust, report=lambda what: terminal.note(f"{what} ..."))
    if junit is not None:
        write_whole(junit, as_junit(tests))
    _show_tests(tests, terminal)


@app.command("new", cls=Command)
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is called.")],
    *,
    kind: Annotated[
        str,
        typer.Option(metavar="KIND", help="layered, copier, cookiecutter or standard."),
    ] = "layered",
    output: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Its folder; ./NAME unless given.")
    ] = None,
    json: Json = False,
) -> None:
    """Start a repository for a team's template, or for its standard, with tests in its CI."""
    from blueprint_cli.authoring.starting import start

    started = start(name, kind, output)
    document = {"path": str(started.path), "kind": kind, "files": list(started.files)}
    lines = [f"Created {name}: a {kind} repository in {started.path}", "", "Next:"]
    Terminal(as_json=json).result(
        document, "\n".join([*lines, *(f"  {one}" for one in started.following)])
    )


@app.command("export", cls=Command)
def export(
    source: Source = ".",
    *,
    backstage: Annotated[
        bool, typer.Option("--backstage", help="A Backstage template, and its catalog-info.yaml.")
    ] = False,
    address: Annotated[
        str,
        typer.Option(
            "--source", metavar="SOURCE", help="Where Backstage gets it; else its origin."
        ),
    ] = "",
    output: Annotated[
        Path, typer.Option(metavar="DIR", help="Where the files go.", show_default="here")
    ] = Path(),
    json: Json = False,
) -> None:
    """Write a template down for another program: with --backstage for Backstage's scaffolder."""
    from blueprint_cli.authoring.backstage import export_backstage

    if not backstage:
        raise UsageError("name what to export it for", hint="There is: --backstage")
    written = export_backstage(source, output, address)
    names = [str(path) for path in written]
    Terminal(as_json=json).result({"files": names}, "\n".join(f"Wrote {name}" for name in names))


def _show_tests(tests: "Tests", terminal: Terminal) -> None:
    lines = [wrapped(line, terminal.width) for line in tests.said]
    for one in tests.tested:
        if one.state == "passed":
            continue
        word = "FAILED" if one.state == "failed" else "skipped"
        lines.append(wrapped(f"{word}: {one.of}: {one.what}", terminal.width, "  "))
        lines += [wrapped(line, terminal.width, "    ", "    ") for line in one.why.splitlines()]
    failed, skipped = len(tests.failed), sum(one.state == "skipped" for one in tests.tested)
    passed = len(tests.tested) - failed - skipped
    lines.append(f"{passed} passed, {failed} failed, {skipped} skipped.")
    document = {
        "source": tests.source,
        "said": list(tests.said),
        "tests": [asdict(one) for one in tests.tested],
        "passed": passed,
        "failed": failed,
        "skipped": skipped,
    }
    terminal.result(document, "\n".join(lines))
    if failed:
        raise typer.Exit(EXIT_FOUND)


def _identity(template: "Template") -> dict[str, Any]:
    return {
        "pattern": template.name,
        "summary": template.summary,
        "source": template.source,
        "version": template.version,
    }
