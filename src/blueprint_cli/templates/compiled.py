"""Compiled templates, kept in the user's cache: to compile one takes longer than to fill it.

Jinja has such a cache, for loaders of environments that are made with one; Copier makes its own
without. What is kept names the source that it was made of, so it never changes what is rendered.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jinja2.bccache import Bucket

_FILES: Final = "%s.compiled"


def place_of(version: str) -> Path:
    """Return where what one version compiled is kept: on Linux below ``XDG_CACHE_HOME``."""
    from platformdirs import user_cache_path  # noqa: PLC0415 - only where templates are rendered

    return user_cache_path("blueprint", appauthor=False) / "templates" / version


@contextlib.contextmanager
def kept_compiled(folder: Path) -> Iterator[None]:
    """Let Jinja compile each template once, for as long as the block lasts.

    Where the folder cannot be read or written, or holds something else, templates are compiled.
    """
    from jinja2 import Environment, FileSystemBytecodeCache  # noqa: PLC0415 - as Copier

    if not folder.is_absolute():  # Nobody wants a folder of the name ``~``.
        yield
        return
    with contextlib.suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    cache = FileSystemBytecodeCache(str(folder), _FILES)
    compile_anew: Any = Environment.compile

    def bucket_of(environment: Environment, name: str, source: str) -> Bucket | None:
        said = (environment.block_start_string, environment.variable_start_string, name)
        try:
            return cache.get_bucket(environment, " ".join(said), None, source)
        except Exception:  # noqa: BLE001 - whatever stands there, it is none of ours
            return None

    def compiled(
        self: Environment, source: object, name: str | None = None, *more: object, **options: object
    ) -> object:
        # What has no name is a part of a path.
        bucket = bucket_of(self, name or source, source) if isinstance(source, str) else None
        if bucket is None:
            return compile_anew(self, source, name, *more, **options)
        if bucket.code is None:
            bucket.code = compile_anew(self, source, name, *more, **options)
            with contextlib.suppress(OSError):
                cache.set_bucket(bucket)
        return bucket.code

    Environment.compile = compiled  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        Environment.compile = compile_anew  # type: ignore[method-assign]
