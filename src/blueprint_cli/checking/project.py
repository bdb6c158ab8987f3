"""A project as the rules see it: its files, what they were rendered to be, and its spec."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from blueprint_cli.checking.files import Listing, list_files
from blueprint_cli.domain.reading import read_contexts
from blueprint_cli.errors import BlueprintError, RecordDamaged, SpecInvalid
from blueprint_cli.git.command import IN_THE_PROJECT, Git
from blueprint_cli.git.work_tree import ignored_among
from blueprint_cli.layout import DECISION, FOLDER, SPEC_FILE
from blueprint_cli.record.drawn import is_as_rendered
from blueprint_cli.record.record import Record, read_record, record_paths
from blueprint_cli.spec.document import Document, decode, parse_document

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from blueprint_cli.domain.model import Model
    from blueprint_cli.spec.document import KeyPath
    from blueprint_cli.spec.model import Spec
    from blueprint_cli.standards.lag import Lag
    from blueprint_cli.standards.standard import Standard

# No file that people write is larger; what is, is not read as text.
MAX_BYTES: Final = 2 * 1024 * 1024


@dataclass(frozen=True)
class CheckedProject:
    """A project on disk, read as far as the rules ask; ``online`` lets them ask hosts.

    ``held_to`` is a standard that is tried on it, in place of the one that it keeps.
    """

    root: Path
    online: bool = False
    held_to: Standard | None = None

    @cached_property
    def files(self) -> tuple[str, ...]:
        """Every file that git tracks or would track, without the base; where git is not, all."""
        return tuple(path for path in self._listing.paths if not path.startswith(f"{FOLDER}/base-"))

    @cached_property
    def _listing(self) -> Listing:
        return list_files(self.root)

    @cached_property
    def ignored(self) -> tuple[str, ...]:
        """The files of the render and its record that are here and that git ignores."""
        if not self._listing.by_git or self.record is None:
            return ()
        record = record_paths(self.record.render)
        rendered = {*self.record.base, DECISION, *record}.difference(self._listing.paths)
        return tuple(sorted(path for path in rendered if self._is_here(path)))

    def would_ignore(self, path: str) -> bool:
        """Whether git would ignore a file that is not here."""
        return self._listing.by_git and bool(
            ignored_among(Git(self.root, settings=IN_THE_PROJECT), [path])
        )

    def _is_here(self, path: str) -> bool:
        """Whether a file is here itself, and not behind a link or in a submodule."""
        above = path.split("/")[:-1]
        folders = (self.root.joinpath(*above[: n + 1]) for n in range(len(above)))
        return (self.root / path).is_file() and not any(
            folder.is_symlink() or (folder / ".git").exists() for folder in folders
        )

    @cached_property
    def _record_or_damage(self) -> Record | RecordDamaged:
        try:
            return read_record(self.root)
        except RecordDamaged as damage:
            return damage

    @property
    def record(self) -> Record | None:
        """What was rendered, or None where the record is damaged."""
        found = self._record_or_damage
        return found if isinstance(found, Record) else None

    @property
    def damage(self) -> RecordDamaged | None:
        """What is wrong with the record, or None."""
        found = self._record_or_damage
        return found if isinstance(found, RecordDamaged) else None

    @cached_property
    def _standard_or_damage(self) -> Standard | BlueprintError | None:
        if self.held_to is not None:
            return self.held_to
        if self.record is None or not self.record.render.standard:
            return None
        from blueprint_cli.standards.kept import kept_standard  # noqa: PLC0415 - 80 ms

        try:
            return kept_standard(self.record)
        except BlueprintError as damage:
            return damage

    @property
    def standard(self) -> Standard | None:
        """The standard that it keeps; None where there is none, or it cannot be read."""
        found = self._standard_or_damage
        return None if isinstance(found, BlueprintError) else found

    @property
    def standard_damage(self) -> BlueprintError | None:
        """What is wrong with the standard that it keeps, or None."""
        found = self._standard_or_damage
        return found if isinstance(found, BlueprintError) else None

    @cached_property
    def lag(self) -> Lag | None:
        """How far its standard is behind; this asks a host."""
        from blueprint_cli.standards.lag import lag_of  # noqa: PLC0415 - only online

        return lag_of(self.standard) if self.standard else None

    @cached_property
    def valid_spec(self) -> Spec | None:
        """What ``blueprint.yaml`` says; None where it cannot be understood."""
        if not isinstance(self.spec, Document):
            return None
        from blueprint_cli.spec.reading import validate  # noqa: PLC0415 - the model takes 60 ms

        try:
            return validate(self.spec.data, self.spec)
        except BlueprintError:
            return None

    def content(self, path: str) -> bytes | None:
        """Return a file's bytes, or None where there is no plain file of that name.

        Of one that is larger than what people write, only the beginning is read.
        """
        if path not in self._contents:
            place = f"{self._folder}/{path}"  # A Path for each of them takes as long as reading it.
            try:
                plain = stat.S_ISREG(os.lstat(place).st_mode)
                self._contents[path] = _read(place) if plain else None
            except OSError:
                self._contents[path] = None
        return self._contents[path]

    @cached_property
    def _folder(self) -> str:
        return str(self.root)

    @cached_property
    def _contents(self) -> dict[str, bytes | None]:
        return {}

    def text(self, path: str) -> str | None:
        """Return a file's text, or None where it is no text of a size that people write."""
        if path not in self._texts:
            content = self.content(path)
            if content is None or len(content) > MAX_BYTES or b"\0" in content[:8192]:
                self._texts[path] = None
            else:
                self._texts[path] = content.decode("utf-8", "replace").replace("\r\n", "\n")
        return self._texts[path]

    @cached_property
    def _texts(self) -> dict[str, str | None]:
        return {}

    def rendered_text(self, path: str) -> str | None:
        """Return what a file was rendered to be, or None."""
        file = self.record.base.get(path) if self.record else None
        return file.content.decode("utf-8", "replace") if file else None

    def is_pristine(self, path: str) -> bool:
        """Whether a file still is what was rendered; line endings of another system count so.

        So does any value where the template draws one.
        """
        file = self.record.base.get(path) if self.record else None
        content = self.content(path)
        if file is None or content is None:
            return False
        return is_as_rendered(content, file.content) or is_as_rendered(
            content.replace(b"\r\n", b"\n"), file.content
        )

    @cached_property
    def written_by_hand(self) -> tuple[str, ...]:
        """The files that are not as they were rendered: the only ones that can break a rule.

        What the template wrote is the template's business, and is tested there.
        """
        return tuple(path for path in self.files if not self.is_pristine(path))

    def texts(self) -> Iterator[tuple[str, str]]:
        """Yield path and text of every file that is not as it was rendered."""
        for path in self.written_by_hand:
            text = self.text(path)
            if text is not None:
                yield path, text

    @cached_property
    def spec(self) -> Document | SpecInvalid:
        """``blueprint.yaml`` as plain data with positions, or what is wrong with it."""
        content = self.content(SPEC_FILE)
        if content is None:
            return SpecInvalid(f"there is no file {SPEC_FILE}")
        return _parsed(content)

    @cached_property
    def contexts(self) -> tuple[str, ...]:
        """The contexts that ``blueprint.yaml`` names, or those of the render where it has none."""
        return _contexts(self.spec) or self.rendered_contexts

    @cached_property
    def by_hand(self) -> tuple[str, ...]:
        """Those of the contexts that their owner writes."""
        return _by_hand(self.spec)

    @cached_property
    def without_entities(self) -> tuple[str, ...]:
        """Those of the contexts that are to be described, of which nothing is made yet."""
        return _without_entities(self.spec)

    @property
    def rendered_contexts(self) -> tuple[str, ...]:
        """The contexts that the project was rendered with."""
        return _contexts(self._rendered_spec)

    @property
    def rendered_with_code(self) -> tuple[str, ...]:
        """Those of the contexts whose own code was rendered, too."""
        spec = self._rendered_spec
        without_code = {*_by_hand(spec), *_without_entities(spec)}
        return tuple(name for name in self.rendered_contexts if name not in without_code)

    @cached_property
    def _rendered_spec(self) -> Document | SpecInvalid:
        file = self.record.base.get(SPEC_FILE) if self.record else None
        if self.is_pristine(SPEC_FILE):
            return self.spec
        return _parsed(file.content) if file else SpecInvalid(f"nobody knows its {SPEC_FILE}")

    @cached_property
    def model(self) -> Model:
        """What ``blueprint.yaml`` describes; nothing where it cannot be understood."""
        return _model(self.spec)

    @cached_property
    def rendered_model(self) -> Model:
        """What the render was made from describes."""
        same = self._rendered_spec is self.spec
        return self.model if same else _model(self._rendered_spec)

    def line_of(self, path: tuple[str, ...]) -> int | None:
        """Return the line of a key below ``contexts`` in ``blueprint.yaml``."""
        return self.line_at(("contexts", *path))

    def line_at(self, path: KeyPath) -> int | None:
        """Return the line of a key in ``blueprint.yaml``."""
        keys = self.spec.keys if isinstance(self.spec, Document) else {}
        position = keys.get(path)
        return position.line if position else None

    @cached_property
    def owned(self) -> tuple[str, ...]:
        """The paths that the project has taken over, where its standard lets it."""
        locked = self.standard.locked_value("owned") if self.standard else None
        if locked is not None:
            return tuple(entry["path"].rstrip("/") for entry in locked)
        owned = self.spec.data.get("owned") if isinstance(self.spec, Document) else None
        entries = owned if isinstance(owned, list) else []
        paths = [entry.get("path") for entry in entries if isinstance(entry, dict)]
        return tuple(path.rstrip("/") for path in paths if isinstance(path, str) and path)

    def is_owned(self, path: str) -> bool:
        """Whether the project has taken a file over, by its own name or by a folder's."""
        return any(path == owned or path.startswith(f"{owned}/") for owned in self.owned)

    @cached_property
    def pattern(self) -> str:
        """The pattern that was rendered, or that ``blueprint.yaml`` names; empty where unknown."""
        named = self.spec.data.get("pattern") if isinstance(self.spec, Document) else ""
        return self.record.render.pattern if self.record else str(named or "")

    @cached_property
    def name(self) -> str:
        """The project's name, or that of its folder where ``blueprint.yaml`` has none."""
        project: Any = self.spec.data.get("project") if isinstance(self.spec, Document) else None
        name = project.get("name") if isinstance(project, dict) else None
        return name if isinstance(name, str) else self.root.name


def _read(place: str) -> bytes:
    with open(place, "rb") as stream:  # noqa: PTH123 - a third of the time of a Path
        return stream.read(MAX_BYTES + 1)


def _parsed(content: bytes) -> Document | SpecInvalid:
    try:
        return parse_document(decode(content, SPEC_FILE), SPEC_FILE)
    except SpecInvalid as invalid:
        return invalid


def _contexts(spec: Document | SpecInvalid) -> tuple[str, ...]:
    contexts = spec.data.get("contexts") if isinstance(spec, Document) else None
    return tuple(contexts) if isinstance(contexts, dict) else ()


def _by_hand(spec: Document | SpecInvalid) -> tuple[str, ...]:
    contexts = spec.data.get("contexts") if isinstance(spec, Document) else None
    known = contexts.items() if isinstance(contexts, dict) else ()
    return tuple(name for name, said in known if said == {"by": "hand"})


def _model(spec: Document | SpecInvalid) -> Model:
    contexts = spec.data.get("contexts") if isinstance(spec, Document) else None
    return read_contexts(contexts if isinstance(contexts, dict) else {}).model


def _without_entities(spec: Document | SpecInvalid) -> tuple[str, ...]:
    contexts = spec.data.get("contexts") if isinstance(spec, Document) else None
    known = contexts.items() if isinstance(contexts, dict) else ()
    return tuple(
        name for name, said in known if isinstance(said, dict) and said.get("entities") == {}
    )


def fingerprint(*parts: str) -> str:
    """Return 16 hexadecimal digits that stand for the parts."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:16]
