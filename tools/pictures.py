"""The pictures of the program in docs/images, made by running it in a terminal of 80 columns.

Run with `make pictures`. tests/docs/test_pictures.py runs the program again and compares: a picture
that no longer shows what the program says fails there.
"""

import io
import os
import re
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import pexpect
from rich.console import Console
from rich.text import Text

IMAGES = Path(__file__).parents[1] / "docs" / "images"
BLUEPRINT = Path(sys.executable).with_name("blueprint")
COLUMNS = 80
PROMPT = r"\]: $|reason: $"

# Rich's own format fetches a font from a server; this one takes what the reader has.
SVG = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
    <style>
    .{unique_id}-matrix {{
        font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
        font-size: {char_height}px;
        line-height: {line_height}px;
        font-variant-east-asian: full-width;
    }}
    .{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: sans-serif; }}
    {styles}
    </style>
    <defs>
    <clipPath id="{unique_id}-clip-terminal">
      <rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
    </clipPath>
    {lines}
    </defs>
    {chrome}
    <g transform="translate({terminal_x}, {terminal_y})"
       clip-path="url(#{unique_id}-clip-terminal)">
    {backgrounds}
    <g class="{unique_id}-matrix">
    {matrix}
    </g>
    </g>
</svg>
"""


@dataclass(frozen=True)
class Screen:
    """A run of the program: its arguments, what is typed, and from where to where it is shown."""

    arguments: Sequence[str]
    typed: Sequence[str] = ()
    begin: str = ""
    end: str = ""
    exit_code: int = 0


ABOUT = "shop"
FIRST = ("medium", "no", "3", "strong")
SCREENS = {
    "new": Screen(["new", "shop", "--defaults"]),
    "help": Screen(["--help"]),
    "questions": Screen(
        ["new", "shop"],
        [
            ABOUT,
            FIRST[0],
            "?",
            "perhaps",
            *FIRST[1:],
            "500 EUR",
            "8 10",
            "2",
            "500 bookings a day",
            "quit",
        ],
        end="\nRecommended: ",
        exit_code=130,
    ),
    "advice": Screen(
        ["new", "shop"],
        [ABOUT, *FIRST, "500 EUR", "8 10", "2", "500 bookings a day", "", ""],
        begin="Recommended: ",
    ),
    "mistakes": Screen(
        [
            *("new", "shop", "--set", "requirements.team=3", "--set", "slo.p95_ms=fast"),
            *("--set", "platform.ci=jenkins"),
        ],
        exit_code=2,
    ),
}


def shown(screen: Screen, folder: Path) -> str:
    """What the program prints to a terminal, colours and what is typed included."""
    environment = {
        "HOME": str(folder),
        "PATH": os.environ["PATH"],
        "TERM": "xterm-256color",
        "LC_ALL": "C.UTF-8",
        "GIT_AUTHOR_NAME": "Ada",
        "GIT_AUTHOR_EMAIL": "ada@example.com",
        "GIT_COMMITTER_NAME": "Ada",
        "GIT_COMMITTER_EMAIL": "ada@example.com",
    }
    child = pexpect.spawn(
        str(BLUEPRINT),
        list(screen.arguments),
        cwd=str(folder),
        env=environment,
        dimensions=(60, COLUMNS),
        encoding="utf-8",
        timeout=120,
    )
    child.delaybeforesend = None
    printed = ""
    for line in screen.typed:
        child.expect(PROMPT)
        printed += f"{child.before}{child.after}"
        child.sendline(line)
    child.expect(pexpect.EOF)
    child.close()
    printed += str(child.before)
    if child.exitstatus != screen.exit_code:
        sys.exit(
            f"blueprint {' '.join(screen.arguments)} ended with {child.exitstatus}:\n{printed}"
        )
    return _part(printed.replace("\r\n", "\n"), screen)


def _part(printed: str, screen: Screen) -> str:
    escape = r"(?:\x1b\[[\d;]*m)*"
    if screen.begin:
        found = re.search(escape + re.escape(screen.begin), printed)
        printed = printed[found.start() if found else 0 :]
    if screen.end:
        marks = re.escape(screen.end).replace("\\\n", "\n" + escape)
        found = re.search(marks, printed)
        printed = printed[: found.start() if found else len(printed)]
    return printed.rstrip()


def picture(name: str) -> str:
    """The screen as an SVG with nothing in it that differs from one run to the next."""
    screen = SCREENS[name]
    with tempfile.TemporaryDirectory() as folder:
        printed = shown(screen, Path(folder))
    console = Console(width=COLUMNS, record=True, file=io.StringIO(), force_terminal=True)
    if not screen.begin:
        console.print(Text(f"$ blueprint {' '.join(screen.arguments)}", style="bold"))
    console.print(Text.from_ansi(printed))
    return console.export_svg(title="blueprint", unique_id=f"blueprint-{name}", code_format=SVG)


def words(svg: str) -> str:
    """What a picture shows, line by line, without what differs between machines and versions.

    Numbers change with each file of a template; which programs are here is the machine's matter.
    """
    rows: dict[float, str] = {}
    for row, text in re.findall(r'<text[^>]* y="([\d.]+)"[^>]*>([^<]*)</text>', svg):
        rows[float(row)] = rows.get(float(row), "") + unescape(text).replace("\xa0", " ")
    text = "\n".join(line.rstrip() for _, line in sorted(rows.items()))
    text = re.sub(r"  Here already:.*?(?=\n\s*Create it|\Z)", "", text, flags=re.DOTALL)
    text = re.sub(r"  Files:.*?(?=\n\s*Processes:)", "", text, flags=re.DOTALL)
    return re.sub(r"\d+", "0", re.sub(r"\s+", " ", text))


def main() -> None:
    """Write every picture."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    for name in SCREENS:
        (IMAGES / f"{name}.svg").write_text(picture(name), encoding="utf-8")
        print(f"docs/images/{name}.svg")


if __name__ == "__main__":
    main()
