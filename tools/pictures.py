"""The pictures of the program in docs/images, made by running it in a terminal of 80 columns.

Run with `make pictures`. What a run prints depends on nothing but the program, so the pictures stay
true: a test makes them again and compares.
"""

import sys
import tempfile
from pathlib import Path

import pexpect
from rich.console import Console
from rich.text import Text

IMAGES = Path(__file__).parents[1] / "docs" / "images"
BLUEPRINT = Path(sys.executable).with_name("blueprint")
COLUMNS = 80

SCREENS = {
    "new": ["new", "shop", "--defaults"],
    "help": ["--help"],
}


def screen(arguments: list[str], folder: Path) -> str:
    """What the program prints to a terminal, colours included."""
    environment = {
        "HOME": str(folder),
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LC_ALL": "C.UTF-8",
        "GIT_AUTHOR_NAME": "Ada",
        "GIT_AUTHOR_EMAIL": "ada@example.com",
        "GIT_COMMITTER_NAME": "Ada",
        "GIT_COMMITTER_EMAIL": "ada@example.com",
    }
    child = pexpect.spawn(
        str(BLUEPRINT),
        arguments,
        cwd=str(folder),
        env=environment,
        dimensions=(60, COLUMNS),
        encoding="utf-8",
        timeout=60,
    )
    child.expect(pexpect.EOF)
    child.close()
    if child.exitstatus != 0:
        sys.exit(f"blueprint {' '.join(arguments)} ended with {child.exitstatus}:\n{child.before}")
    return str(child.before).replace("\r\n", "\n")


def picture(name: str, arguments: list[str]) -> str:
    """The screen as an SVG with nothing in it that differs from one run to the next."""
    with tempfile.TemporaryDirectory() as folder:
        printed = screen(arguments, Path(folder))
    console = Console(width=COLUMNS, record=True, file=None, quiet=True, force_terminal=True)
    command = f"$ blueprint {' '.join(arguments)}"
    console.print(Text(command, style="bold"))
    console.print(Text.from_ansi(printed.rstrip()))
    return console.export_svg(title="blueprint", unique_id=f"blueprint-{name}")


def main() -> None:
    """Write every picture."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    for name, arguments in SCREENS.items():
        (IMAGES / f"{name}.svg").write_text(picture(name, arguments) + "\n", encoding="utf-8")
        print(f"docs/images/{name}.svg")


if __name__ == "__main__":
    main()
