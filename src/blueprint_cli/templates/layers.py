"""What a template of layers is: folders that are rendered onto one tree."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from blueprint_cli.templates.descriptions import ContextDescription
from blueprint_cli.tree import File, Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from blueprint_cli.domain.model import Store
    from blueprint_cli.spec.model import Spec
    from blueprint_cli.templates.conditions import Conditions
    from blueprint_cli.templates.descriptions import Each

CONFIGURATION: Final = "copier.yml"
# What templates include from each other; no file of it is rendered by itself.
INCLUDES: Final = "includes"
CONTEXT: Final = "{context}"
SERVICE: Final = "{service}"
# Python and editors leave these beside template files; no project holds them.
NEVER_RENDERED: Final = ("__pycache__", ".DS_Store")


@dataclass(frozen=True, slots=True)
class Layer:
    """A folder of the templates, from their root, and its place in a project.

    ``each`` says what it is rendered for, see `blueprint_cli.templates.subjects`; what is described
    is formatted. ``optional``: it may be missing.
    ``default``: files that another layer brings stand in place of its own. ``store``: only what is
    described for contexts whose rows are there.
    """

    source: str
    to: str = "."
    each: Each | None = None
    when: Conditions = field(default_factory=dict)
    optional: bool = False
    default: bool = False
    store: Store | None = None

    @property
    def is_begun(self) -> bool:
        """Whether it is what the owner of a project goes on from, and no part of its base."""
        return self.each == "by-hand"

    @property
    def is_described(self) -> bool:
        """Whether it is rendered from what users describe, or with names that they give."""
        return self.each not in {None, "context", "ready-made"}


@dataclass(frozen=True)
class LayeredTemplate:
    """A template as its descriptions say: what is rendered, what stays its own, what has moved.

    ``components`` and ``contexts`` are what its layers come from: the components by name, and the
    ready-made contexts with what each says of itself. ``by_hand`` says what a context has that its
    owner writes. ``descriptions`` are the files that say so.
    """

    root: Path
    name: str
    summary: str
    layers: tuple[Layer, ...]
    version: str
    kind: str = "builtin"
    source: str = "builtin"
    ref: str = ""
    commit: str = ""
    managed: tuple[str, ...] = ()
    moves: Mapping[str, str] = field(default_factory=dict)
    guides: Mapping[str, str] = field(default_factory=dict)
    brings: Mapping[str, str] = field(default_factory=dict)
    components: tuple[str, ...] = ()
    contexts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    by_hand: ContextDescription = field(
        default_factory=lambda: ContextDescription(name="by_hand", summary="")
    )
    descriptions: tuple[str, ...] = ()

    @property
    def has_patterns(self) -> bool:
        """It is one of them."""
        return True

    @property
    def lacks(self) -> tuple[str, ...]:
        """Nothing: no code of it runs."""
        return ()

    def skipped(self, spec: Spec) -> Callable[[str], bool]:  # noqa: ARG002 - as the protocol has it
        """Nothing is: what belongs to the project merges."""
        return lambda _: False

    @cached_property
    def tree(self) -> Tree:
        """Every file that a render of this template can read."""
        paths = (CONFIGURATION, *self.descriptions)
        files = {path: File((self.root / path).read_bytes()) for path in paths}
        for source in (INCLUDES, *(layer.source for layer in self.layers)):
            for base in self.root.glob(source.replace(CONTEXT, "*")):
                prefix = base.relative_to(self.root).as_posix()
                below = Tree.read(base, skip=NEVER_RENDERED)
                files |= {f"{prefix}/{path}": file for path, file in below.items()}
        return Tree({path: file for path, file in files.items() if not path.endswith(".pyc")})
