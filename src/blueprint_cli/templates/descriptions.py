"""What the descriptions beside the template files say: patterns, components and contexts."""

from __future__ import annotations

import difflib
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from blueprint_cli.domain.model import Store  # noqa: TC001 - Pydantic reads it
from blueprint_cli.errors import BlueprintError, TemplateBroken
from blueprint_cli.patterns import ARCHITECTURES, Pattern
from blueprint_cli.spec.document import Document, read_document
from blueprint_cli.spec.model import RELATIVE_PATH, ContextName
from blueprint_cli.templates.conditions import Conditions, mistake_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pydantic_core import ErrorDetails

    from blueprint_cli.errors import Problem
    from blueprint_cli.spec.document import KeyPath

Processes = Literal["one", "many"]
Each = Literal[
    "context",
    "ready-made",
    "by-hand",
    "described",
    "entity",
    "command",
    "written",
    "known",
    "event",
    "contract",
    "revision",
]
Glob = Annotated[str, Field(pattern=RELATIVE_PATH)]


class Description(BaseModel):
    """A mapping of a description: nothing unknown, nothing converted, nothing changed later."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class LayerDescription(Description):
    """A folder of the templates, where it goes in the project, and whether once per context.

    ``each``: once for each "context", or for each that is "ready-made" and lies in the templates,
    or that its owner writes, "by-hand", which `new` alone renders, as what they go on from,
    or "described" in the spec; of these once for each "entity", for each "command" of one, for each
    function that the owner has "written", for each context whose rows have to be "known", for each
    "event" that one publishes, for each later "revision" of its tables.
    ``from`` is a path from the templates' root; ``{context}`` in it stands for each context's name
    and ``{pattern}`` for the folder of the pattern. Its place is ``to`` where that is the same in
    every pattern, else ``one_process`` and ``many_processes``: a layer that has no place for a
    pattern's number of processes is no part of it. ``managed`` says which of its files stay the
    template's in every project: all of them, or globs below its place. ``optional``: not every
    context has the folder. ``default``: where another layer brings one of its files, that file
    stands. ``store``: only for described contexts whose rows are there.
    ``when``: see `blueprint_cli.templates.conditions`.
    """

    source: Annotated[str, Field(alias="from", min_length=1)]
    to: str | None = None
    one_process: str | None = None
    many_processes: str | None = None
    each: Each | None = None
    when: Conditions = {}
    managed: Literal["all"] | list[Glob] = []
    optional: bool = False
    default: bool = False
    store: Store | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if self.to is not None and (self.one_process or self.many_processes):
            raise ValueError("a layer has either `to`, or `one_process` and `many_processes`")
        return self

    def place(self, processes: Processes) -> str | None:
        """Return where the layer goes, or None where it is no part of such a pattern."""
        if self.one_process is None and self.many_processes is None:
            return self.to or "."
        return self.one_process if processes == "one" else self.many_processes


class PatternDescription(Description):
    """``pattern.yaml``: which components and layers make the projects of a pattern.

    ``processes`` says whether one process holds all contexts, as `blueprint_cli.patterns` does.
    ``brings`` names contexts that the pattern has beside those of the spec, each with the one that
    brings it. ``managed`` holds globs
    over a project's paths, see `blueprint_cli.templates.globs`: those files stay the template's,
    the others are the project's. ``moves`` says where files of the templates were in earlier
    versions: each file or folder, and its place now. ``guides`` names, for each pattern to come
    from, a layer that only `evolve` renders: what its user has to do by hand.
    """

    FILE: ClassVar = "pattern.yaml"

    name: Pattern
    summary: str
    processes: Processes
    components: list[str] = []
    layers: Annotated[list[LayerDescription], Field(min_length=1)]
    brings: dict[ContextName, ContextName] = {}
    managed: list[Glob] = []
    moves: dict[str, str] = {}
    guides: dict[str, str] = {}

    @model_validator(mode="after")
    def _as_the_pattern_is(self) -> Self:
        needed = "many" if ARCHITECTURES[self.name].process_per_context else "one"
        if self.processes != needed:
            raise ValueError(f"processes is {self.processes}, and {self.name} has {needed}")
        return self


class ComponentDescription(Description):
    """``component.yaml``: layers that belong together, and when; patterns name them as one."""

    FILE: ClassVar = "component.yaml"

    name: str
    summary: str
    when: Conditions = {}
    layers: Annotated[list[LayerDescription], Field(min_length=1)]


class Route(Description):
    """Paths that the gateway lets through: the path ``itself``, and what is ``below`` it.

    ``exact``: nothing longer is meant, also where a gateway matches beginnings. ``cached``: the
    gateway may answer it from memory, as its Cache-Control says. ``rate``: it has the rate of that
    name beside the one that everything has; ``search`` counts requests with a ``q``. ``when``: see
    `blueprint_cli.templates.conditions`.
    """

    path: Annotated[str, Field(pattern=r"^(/[A-Za-z0-9._~-]+)+$")]
    itself: bool = True
    below: bool = False
    exact: bool = False
    cached: bool = False
    rate: Literal["auth", "search"] | None = None
    when: Conditions = {}

    @model_validator(mode="after")
    def _can_be(self) -> Self:
        for key, wanted in self.when.items():
            mistake = mistake_in(key, wanted)
            if mistake is not None:
                raise ValueError(f"{mistake.reason}; allowed: {mistake.allowed}")
        return self


class Public(Description):
    """What anyone may read, so that an edge may keep it: answers at a path, and of the rows below.

    ``events`` say that a row was made, changed or deleted; ``seconds`` is how long an answer may be
    kept at most, where something changes of which no event tells.
    """

    path: Annotated[str, Field(pattern=r"^(/[A-Za-z0-9._~-]+)+$")]
    seconds: int | None = None
    events: list[str] = []


class Topic(Description):
    """A topic of its own: the ``types`` that are published to it.

    Where it is ``compacted`` the last event of each key is kept for good.
    """

    types: list[str]
    compacted: bool = False


class Need(Description):
    """Through which adapter a context reaches the facade of another one."""

    module: str
    adapter: str


class ContextDescription(Description):
    """``context.yaml``: a ready-made context.

    Composition, Compose, the gateway's routes, topics and settings of a project follow from it.
    ``settings`` is its class in ``adapters/settings.py``; ``variables`` are those of its settings
    that Compose passes on. ``contract`` is the module in ``contracts`` with the events that it
    ``publishes``, and ``handles`` says which it handles, of whom; ``handles_instead_of_calls`` are
    those that it handles besides where services do not call each other. Where its topic is
    ``compacted`` the last event of each key is kept for good; ``topics`` are those that some of its
    events have beside it. ``dependencies`` are those of its own
    code. The facade of the one that ``authenticates`` verifies the tokens of all. ``public`` is
    what an edge may keep of its answers.
    """

    FILE: ClassVar = "context.yaml"

    name: ContextName
    summary: str
    routes: list[Route] = []
    settings: str = ""
    variables: list[str] = []
    authenticates: bool = False
    needs: dict[ContextName, Need] = {}
    contract: str = ""
    publishes: list[str] = []
    compacted: bool = False
    topics: dict[str, Topic] = {}
    handles: dict[ContextName, list[str]] = {}
    handles_instead_of_calls: dict[ContextName, list[str]] = {}
    sends_email: bool = False
    commands: list[str] = []
    dependencies: list[str] = []
    public: list[Public] = []

    def facts(self) -> dict[str, Any]:
        """Return what templates read: every key, with what follows from the name."""
        settings = self.settings or f"{self.name.title().replace('_', '')}Settings"
        return {**self.model_dump(), "settings": settings}

    def named(self, name: str) -> ContextDescription:
        """Return the same of a context of another name, with the routes that follow from it."""
        words = name.replace("_", " ")
        routes = [Route(path=f"/v1/{name.replace('_', '-')}", below=True)]
        summary = f"{words}, written by hand."
        return self.model_copy(update={"name": name, "summary": summary, "routes": routes})


Described = TypeVar("Described", PatternDescription, ComponentDescription, ContextDescription)


def read_description(path: Path, model: type[Described]) -> tuple[Described, Document]:
    """Read a description and check that its name is its folder's.

    Raises:
        TemplateBroken: with every problem that was found, and where.
    """
    # Patterns share components, and a file that has not changed is not parsed again.
    content = path.read_bytes() if path.is_file() else b""
    description, document = _read(path, content, model)
    folder = path.parent.name
    if description.name.replace("-", "_") != folder:
        problem = document.problem(("name",), f"is {description.name}, and its folder is {folder}")
        raise TemplateBroken(f"{path} has another name than its folder", problems=[problem])
    return description, document


@lru_cache(maxsize=128)
def _read(
    path: Path,
    content: bytes,  # noqa: ARG001 - it is the key
    model: type[Any],
) -> tuple[Any, Document]:
    return read_as(model, path, kind=model.FILE.partition(".")[0])


AnyDescription = TypeVar("AnyDescription", bound=Description)


def read_as(
    model: type[AnyDescription], path: Path, *, kind: str, name: str | None = None
) -> tuple[AnyDescription, Document]:
    """Read a YAML file as a description of some kind; ``name`` is what messages call the file.

    Raises:
        TemplateBroken: with every problem that was found, and where.
    """
    try:
        document = read_document(path, what="template")
        document = replace(document, name=name or document.name)
        return model.model_validate(document.data), document
    except BlueprintError as error:
        raise TemplateBroken(error.message, hint=error.hint, problems=error.problems) from None
    except ValidationError as error:
        problems = [_problem(document, model, detail) for detail in error.errors()]
        shown = name or path
        raise TemplateBroken(f"{shown} does not describe a {kind}", problems=problems) from None


def _problem(document: Document, model: type[BaseModel], detail: ErrorDetails) -> Problem:
    place = tuple(part for part in detail["loc"] if part != "[key]")
    if detail["type"] == "extra_forbidden":
        known = _keys(model, place[:-1])
        near = difflib.get_close_matches(str(place[-1]), known, n=1)
        meant = f"; did you mean {near[0]}?" if near else ""
        return document.problem(place, f"unknown key{meant}", allowed=", ".join(known), at_key=True)
    return document.problem(place, detail["msg"].removeprefix("Value error, "))


def _keys(model: type[BaseModel], place: KeyPath) -> list[str]:
    """Return the keys of the mapping at a place; what stands in a list or mapping is alike."""
    for part in place:
        by_key = {field.alias or name: field for name, field in model.model_fields.items()}
        if part in by_key:
            model = next(_models(by_key[str(part)].annotation), model)
    return [field.alias or name for name, field in model.model_fields.items()]


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)
