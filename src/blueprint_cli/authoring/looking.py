"""What is looked for in a rendered project."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from typing import TYPE_CHECKING, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from blueprint_cli.tree import Tree

# Of a template language, in a file that is rendered.
LEFT_OVER: Final = re.compile(
    rb"\{\{-?\s*cookiecutter\b|\{%-?\s*(?:if|for|endif|endfor|set|raw|endraw|include)\b"
    rb"|\{\{-?\s*_copier_\w+|\[=\s|\[%\s"
)
# Their own languages have the same signs.
TEMPLATES: Final = (".j2", ".jinja", ".jinja2", ".tmpl", ".tpl", ".html", ".liquid", ".njk", ".md")


def left_over(tree: Tree) -> Iterator[str]:
    """Yield where a template's language is left in a project: in a path, or in a content."""
    for path, file in tree.items():
        if "{{" in path or "{%" in path or "[=" in path:
            yield f"{path}: the path is not rendered"
        if path.endswith(TEMPLATES) or b"\0" in file.content:
            continue
        for match in LEFT_OVER.finditer(file.content):
            line = file.content.count(b"\n", 0, match.start()) + 1
            yield f"{path}:{line}: {match[0].decode()} is not rendered"
            break


def leaked(tree: Tree, words: Mapping[str, bytes]) -> Iterator[str]:
    """Yield the files that hold what no project may: a secret answer, a path of this machine."""
    for path, file in tree.items():
        for what, word in words.items():
            if word in file.content or word in path.encode():
                yield f"{path}: holds {what}"


def unparsed(tree: Tree) -> Iterator[str]:
    """Yield the files that are not what their names say: Python, JSON, TOML, YAML."""
    for path, file in tree.items():
        name = path.rpartition("/")[2]
        try:
            text = file.content.decode()
            _parse(name, text)
        except (ValueError, SyntaxError, RecursionError, YAMLError) as error:
            if _ends(name):
                yield f"{path}: {' '.join(str(error).split())}"


def _ends(name: str) -> bool:
    return name.endswith((".py", ".json", ".toml", ".yaml", ".yml"))


def _parse(name: str, text: str) -> None:
    if name.endswith(".py"):
        ast.parse(text)
    elif name.endswith(".json") and not name.startswith(("tsconfig", "devcontainer")):
        json.loads(text)  # Those two may have comments.
    elif name.endswith(".toml"):
        tomllib.loads(text)
    elif name.endswith((".yaml", ".yml")):
        for _ in YAML(typ="safe", pure=True).parse(text):
            pass


def differences(first: Tree, second: Tree) -> Iterable[str]:
    """Return the paths that two renders do not have the same."""
    return sorted(path for path in {*first, *second} if first.get(path) != second.get(path))
