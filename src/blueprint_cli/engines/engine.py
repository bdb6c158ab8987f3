"""What every team's template can do: ask, say what it would run, and render."""

from __future__ import annotations

import contextlib
import os
import stat
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from blueprint_cli.engines.answering import SECTION
from blueprint_cli.engines.asked import AnswerRefused
from blueprint_cli.engines.secrets import another, replaced
from blueprint_cli.errors import SpecInvalid, TemplateBroken, Untrusted
from blueprint_cli.templates.engine import scratch_folder
from blueprint_cli.templates.source import Rendered
from blueprint_cli.tree import EXECUTABLE, LINK, PLAIN, File, PathClash, Tree, leads_out

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from blueprint_cli.engines.asked import Asked, Value
    from blueprint_cli.engines.compiling import Compiled
    from blueprint_cli.sources.fetching import Fetched
    from blueprint_cli.spec.answers import Contexts
    from blueprint_cli.spec.model import Spec
    from blueprint_cli.templates.described.migrations import Revision

# Of version control, of the system and of languages; no template means them.
NEVER_RENDERED = (".git", "__pycache__", ".DS_Store", "node_modules")


@dataclass(frozen=True, kw_only=True)
class TeamTemplate(ABC):
    """A template of a team at one version, and how it may be rendered.

    Args:
        fetched: its files.
        trusted: whether code of it may run on this machine.
        secrets: answers that are written nowhere.
        preview: render without what would run, where it is not trusted.
    """

    fetched: Fetched
    trusted: bool = False
    secrets: Mapping[str, Value] = field(default_factory=dict)
    preview: bool = False

    kind: str = field(default="", init=False)
    _compiled: Compiled = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def name(self) -> str:
        """What its source is called."""
        return self.fetched.address.name

    @property
    def summary(self) -> str:
        """What renders it, and where it is from."""
        return f"{self.kind.capitalize()} template {self.fetched.address.given}"

    @property
    def source(self) -> str:
        """Where it comes from, as ``blueprint.yaml`` says it."""
        return self.fetched.address.given

    @property
    def ref(self) -> str:
        """The branch or tag; empty where its source has none."""
        return self.fetched.ref

    @property
    def commit(self) -> str:
        """The commit; empty where its source has none."""
        return self.fetched.commit

    @property
    def version(self) -> str:
        """Its version, as PEP 440 writes it."""
        return self.fetched.version

    @cached_property
    def tree(self) -> Tree:
        """Its own files."""
        return Tree(dict(_files(self.fetched.folder)))

    @property
    def managed(self) -> tuple[str, ...]:
        """Nothing: what is rendered belongs to the project."""
        return ()

    @property
    def moves(self) -> Mapping[str, str]:
        """Nothing: git finds what moved."""
        return {}

    @property
    def has_patterns(self) -> bool:
        """Whether its projects have an architecture of ours."""
        return False

    def for_pattern(self, pattern: str) -> TeamTemplate:  # noqa: ARG002 - it knows none
        """Return it for projects of one of our patterns."""
        return self

    @property
    def patterns(self) -> tuple[str, ...]:
        """Those of our patterns that it can be rendered with; none where it knows none."""
        return ()

    @property
    def begins_with(self) -> Contexts | None:
        """The contexts of a new project; None where it has none for it."""
        return None

    @property
    def guides(self) -> Mapping[str, str]:
        """Nothing: there are no patterns to come from."""
        return {}

    @property
    @abstractmethod
    def runs(self) -> tuple[str, ...]:
        """What code a render would run on this machine, a line each; empty where none would."""

    @property
    def lacks(self) -> tuple[str, ...]:
        """What would run and may not, so that a preview lacks what it makes."""
        return () if self.trusted else self.runs

    @property
    @abstractmethod
    def secret_questions(self) -> frozenset[str]:
        """The names of the questions whose answers are written nowhere."""

    @property
    @abstractmethod
    def draws(self) -> bool:
        """Whether two renders of it could differ: it runs code, or draws at random."""

    @abstractmethod
    def next_question(self, answers: Mapping[str, Value], name: str) -> Asked | None:
        """Return the first question that these answers do not answer; None where all are.

        ``name`` is the project's, which a default may be made of.

        Raises:
            AnswerRefused: where the template does not take one of them.
            TemplateBroken: where a question cannot be made.
        """

    @abstractmethod
    def taken(self, asked: Asked, typed: str, answers: Mapping[str, Value], name: str) -> Value:
        """Return what was typed as the value of an answer.

        Raises:
            AnswerRefused: where the template does not take it.
        """

    @abstractmethod
    def completed(self, answers: Mapping[str, Value], name: str) -> dict[str, Value]:
        """Return the answers to all questions but the secret ones: what was not given by default.

        Raises:
            SpecInvalid: where an answer is not taken, is to no question, or has no default.
        """

    def carried(
        self, answers: Mapping[str, Value], name: str, *, given: Collection[str] = ()
    ) -> dict[str, Value]:
        """Return those answers of an earlier version that this one takes, as Copier does.

        A question may be gone, or offer other choices. ``given`` names answers that are new, and
        have to be taken or refused.
        """
        kept = dict(answers)
        while True:
            try:
                self.completed(kept, name)
            except SpecInvalid as error:
                refused = {problem.key.removeprefix(f"{SECTION}.") for problem in error.problems}
                old = (refused & kept.keys()).difference(given)
                if not old:
                    return kept
                for key in old:
                    del kept[key]
            else:
                return kept

    @abstractmethod
    def skipped(self, spec: Spec) -> Callable[[str], bool]:
        """Return which paths are rendered once, and never touched where they exist."""

    @abstractmethod
    def _render_into(self, folder: Path, answers: Mapping[str, Value], name: str) -> Path:
        """Render below an empty folder and return where the project's files begin."""

    def _places(self, folder: Path) -> dict[bytes, bytes]:
        """Return the folders of one render, and what a project may say in their stead.

        A template can write down where it is rendered: a scratch folder, which is gone then.
        """
        names = {folder: ".", self.fetched.folder: self.source}
        places = {}
        for place, name in names.items():
            for spelled in dict.fromkeys((str(place), str(place.resolve()))):
                if name == ".":
                    places[f"{spelled}{os.sep}".encode()] = b""
                places[spelled.encode()] = name.encode()
        return places

    def refuse_untrusted(self) -> None:
        """Refuse a template whose code would run, and may not.

        Raises:
            Untrusted: with what would run.
        """
        if self.lacks:
            lines = "\n".join(f"  {line}" for line in self.lacks)
            raise Untrusted(
                f"the template {self.source} would run code on this machine, and is not trusted",
                hint=f"It would run:\n{lines}\nRead it; where you trust it, say so: --trust",
            )

    def render(
        self,
        spec: Spec,
        *,
        scratch: Path | None = None,
        revisions: Sequence[Revision] = (),  # noqa: ARG002 - it describes nothing
    ) -> Rendered:
        """Render a project, see `Template.render`.

        Raises:
            Untrusted: where it would run code, and may not.
        """
        if not self.preview:
            self.refuse_untrusted()
        return self.rendered_with(spec, self.secrets, scratch=scratch)

    def render_otherwise(self, spec: Spec, *, scratch: Path | None = None) -> Tree | None:
        """Render again, on another day and with other secret answers.

        None where that can make no difference.
        """
        if not self.draws and not self.secret_questions:
            return None
        others, same = self._other_secrets(spec)
        with self._another_day():
            tree = self.rendered_with(spec, {**others, **same}, scratch=scratch).tree
        return replaced(tree, same)

    def _another_day(self) -> contextlib.AbstractContextManager[None]:
        """Let the engine believe that it is another day."""
        return contextlib.nullcontext()

    def _other_secrets(self, spec: Spec) -> tuple[dict[str, Value], dict[str, Value]]:
        """Return other answers to secret questions, and those to which the template takes no other.

        A default may be as secret as an answer.
        """
        answers: dict[str, Value] = dict(spec.template.answers)
        others: dict[str, Value] = {}
        same: dict[str, Value] = {}
        name = spec.project.name
        while (asked := self.next_question(answers, name)) is not None:
            value = self.secrets.get(asked.name, asked.default)
            if asked.secret:
                other = another(asked, value, partial(self._takes, answers, asked.name, name))
                (same if other is None else others)[asked.name] = value if other is None else other
            answers[asked.name] = value
        return others, same

    def _takes(self, answers: Mapping[str, Value], question: str, name: str, value: Value) -> bool:
        try:
            self.next_question({**answers, question: value}, name)
        except AnswerRefused:
            return False
        return True

    def rendered_with(
        self, spec: Spec, secrets: Mapping[str, Value], *, scratch: Path | None = None
    ) -> Rendered:
        """Render with these secret answers, and without what would run where it is not trusted."""
        answers = {**spec.template.answers, **secrets}
        with scratch_folder(scratch) as folder:
            begins = self._render_into(folder, answers, spec.project.name)
            places = self._places(folder)
            files = {path: _without_places(file, places) for path, file in _files(begins)}
            try:
                return Rendered(Tree(files), {})
            except PathClash as clash:
                raise TemplateBroken(
                    f"template {self.name} brings {clash.first} and {clash.second}: {clash.reason}"
                ) from clash

    def render_begun(self, spec: Spec, *, scratch: Path | None = None) -> Tree:  # noqa: ARG002 - as the protocol has it
        """Render nothing: it knows no contexts."""
        return Tree({})

    def render_guide(self, spec: Spec, came_from: str, *, scratch: Path) -> Tree:  # noqa: ARG002 - as the protocol has it
        """Render nothing: nobody comes from another pattern."""
        return Tree({})


def _files(folder: Path) -> Iterator[tuple[str, File]]:
    """Yield the files of a folder, without those of version control and of environments.

    Raises:
        TemplateBroken: where something in it is neither a file, a folder nor a link inside it.
    """
    for place, folders, names in os.walk(folder):
        links = [name for name in folders if Path(place, name).is_symlink()]
        folders[:] = [
            name for name in folders if name not in links and not _is_made_anew(Path(place, name))
        ]
        for name in (*names, *links):
            if name not in NEVER_RENDERED:
                path = Path(place, name)
                yield path.relative_to(folder).as_posix(), _file(folder, path)


def _is_made_anew(folder: Path) -> bool:
    """Whether a folder is the machine's: of version control, or an environment with its paths."""
    return folder.name in NEVER_RENDERED or (folder / "pyvenv.cfg").is_file()


def _file(folder: Path, place: Path) -> File:
    path = place.relative_to(folder).as_posix()
    if place.is_symlink():
        target = place.readlink().as_posix()
        if leads_out(path, target):
            raise TemplateBroken(f"{path} is a link that leads out of the project: {target}")
        return File(os.fsencode(target), LINK)
    if not place.is_file():
        raise TemplateBroken(f"{path} is neither a file, a folder nor a link")
    executable = place.stat().st_mode & stat.S_IXUSR
    return File(place.read_bytes(), EXECUTABLE if executable else PLAIN)


def _without_places(file: File, places: Mapping[bytes, bytes]) -> File:
    """Return a file that does not say where it was rendered."""
    content = file.content
    if b"\0" not in content:
        for place, name in places.items():
            content = content.replace(place, name)
    return file if content == file.content else File(content, file.mode)
