"""The only module that knows Copier: one ``run_copy`` per layer, shielded from who runs it."""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from blueprint_cli.errors import Interrupted, TemplateBroken
from blueprint_cli.templates.compiled import kept_compiled, place_of
from blueprint_cli.version import installed_version

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


SUFFIX: Final = ".jinja"
# How Jinja's delimiters begin, ours and its own; in a path nobody else writes them.
OPENERS: Final = ("[=", "[%", "[#", "{{", "{%", "{#")


def has_holes(path: str) -> bool:
    """Whether Copier has something to fill in: in the file's content, or in its path."""
    return path.endswith(SUFFIX) or any(opener in path for opener in OPENERS)


def render_folder(root: Path, layer: str, data: Mapping[str, Any], destination: Path) -> None:
    """Render one folder of staged templates into an empty folder.

    Raises:
        TemplateBroken: where Copier or Jinja refuses.
        OSError: where the destination cannot be written.
    """
    with _shielded():
        # Imported here because it takes most of a second, and inside the shield because the
        # library that it starts programs with copies the environment when it is imported.
        from copier import Settings, run_copy  # noqa: PLC0415

        try:
            with kept_compiled(place_of(installed_version())):
                run_copy(
                    str(root),
                    destination,
                    data={**data, "layer": layer},
                    settings=Settings(),
                    defaults=True,
                    overwrite=True,
                    quiet=True,
                    cleanup_on_error=False,
                )
        except KeyboardInterrupt as error:
            # Copier wraps one that comes while it reads answers into an error of its own kind.
            raise Interrupted from error
        except OSError as error:
            if error.filename is None or not Path(error.filename).is_relative_to(root):
                raise
            raise _broken(layer, error) from error
        except Exception as error:
            # Copier lets through whatever Jinja, YAML and its own validators raise.
            raise _broken(layer, error) from error


def _broken(layer: str, error: Exception) -> TemplateBroken:
    place = getattr(error, "filename", None) or getattr(error, "name", None)
    line = getattr(error, "lineno", None)
    where = f"{place}:{line}" if place and line else place or ""
    text = str(error).strip() or type(error).__name__
    return TemplateBroken(
        f"layer {layer} cannot be rendered: {text}{f' ({where})' if where else ''}",
        hint="This is an error in the template, not in the answers.",
    )


@contextlib.contextmanager
def scratch_folder(parent: Path | None) -> Iterator[Path]:
    """A folder for Copier's output, gone afterwards."""
    with tempfile.TemporaryDirectory(
        prefix="blueprint-render-", dir=parent, ignore_cleanup_errors=True
    ) as folder:
        yield Path(folder)


@contextlib.contextmanager
def _shielded() -> Iterator[None]:
    """Hide from Copier what could change the result, and from the user what it says.

    It asks git about the template, the destination and every single file: a quarter of the time is
    left where no git is found. Under GIT_DIR (in a git hook) it would take the templates for a
    repository and clone it.
    """
    kept = dict(os.environ)
    for name in [name for name in os.environ if name.startswith(("GIT_", "COPIER_"))]:
        del os.environ[name]
    os.environ["PATH"] = os.devnull
    try:
        with (
            warnings.catch_warnings(),
            contextlib.redirect_stderr(io.StringIO()),
            contextlib.redirect_stdout(io.StringIO()),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        os.environ.clear()
        os.environ.update(kept)
