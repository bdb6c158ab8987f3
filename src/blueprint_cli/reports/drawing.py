"""An architecture as boxes and arrows, from what `patterns` says each is made of."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from blueprint_cli.patterns import ARCHITECTURES
from blueprint_cli.reports.charts import LETTERS

if TYPE_CHECKING:
    from blueprint_cli.patterns import Architecture, Pattern

WIDTH: Final = 440
MARGIN: Final = 8
GAP: Final = 22
# More boxes beside each other could not be read on a phone.
MOST_BOXES: Final = 3
LINE: Final = 15
HEAD: Final = 5


@dataclass(frozen=True, slots=True)
class Box:
    """A part: its place, its lines of text, and its class in report.css."""

    x: float
    y: float
    width: float
    height: float
    lines: tuple[tuple[float, str], ...]
    css: str

    @property
    def middle(self) -> float:
        """The middle of its width."""
        return self.x + self.width / 2

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.y + self.height


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture: boxes, the paths of arrows, and what it shows in words."""

    pattern: Pattern
    width: int
    height: float
    boxes: tuple[Box, ...]
    arrows: tuple[str, ...]
    title: str
    description: str


def drawing_of(pattern: Pattern, contexts: int) -> Drawing:
    """Return the drawing of a pattern with so many contexts."""
    architecture = ARCHITECTURES[pattern]
    letter = LETTERS[pattern]
    whole = WIDTH - 2 * MARGIN
    clients = box_of(WIDTH / 2 - 50, MARGIN, 100, ("clients",), "part")
    rows = [[clients]]
    if architecture.gateway_in_front:
        rows.append([box_of(WIDTH / 2 - 50, _below(rows), 100, ("gateway",), "part")])
    rows.append(_processes(architecture, contexts, _below(rows), letter))
    room = GAP if architecture.broker else 0  # Events pass beside the databases.
    if architecture.database_per_context:
        rows.append(
            [
                box_of(one.x, _below(rows), one.width - room, ("PostgreSQL",), "part")
                for one in rows[-1]
            ]
        )
    else:
        text = ("PostgreSQL, a schema for each context",)
        rows.append([box_of(MARGIN + 60, _below(rows), whole - 120, text, "part")])
    arrows = [path for above, below in itertools.pairwise(rows) for path in _flows(above, below)]
    boxes = [box for row in rows for box in row]
    if architecture.calls_wait:
        arrows += [
            _sideways(one, other) for one, other in zip(rows[-2], rows[-2][1:], strict=False)
        ]
    if architecture.broker:
        broker = box_of(
            MARGIN, _below(rows), whole, (f"{architecture.broker}: events",), f"part {letter}"
        )
        arrows += [_both_ways(one, broker) for one in rows[-2]]
        boxes.append(broker)
    return Drawing(
        pattern=pattern,
        width=WIDTH,
        height=max(box.bottom for box in boxes) + MARGIN,
        boxes=tuple(boxes),
        arrows=tuple(arrows),
        title=f"The architecture of a {pattern} with {_count(contexts)}",
        description=described(pattern, contexts),
    )


def described(pattern: Pattern, contexts: int) -> str:
    """Return what the drawing shows, as a sentence."""
    one = ARCHITECTURES[pattern]
    front = "Requests pass a gateway to" if one.gateway_in_front else "Requests go to"
    *roles, last = one.roles
    each = f"{', '.join(roles)} and {last}" if roles else "one process"
    what = (
        f"{each} for each of {_count(contexts)}"
        if one.process_per_context
        else (f"one process, which holds {_count(contexts)}")
    )
    data = (
        "each with a database of its own"
        if one.database_per_context
        else ("with one PostgreSQL, a schema for each context")
    )
    between = (
        f". Events pass between them through {one.broker}"
        if one.broker
        else ". They call each other while a request waits"
        if one.calls_wait
        else ""
    )
    return f"{front} {what}, {data}{between}."


def _processes(architecture: Architecture, contexts: int, y: float, letter: str) -> list[Box]:
    whole = WIDTH - 2 * MARGIN
    if not architecture.process_per_context:
        return [box_of(MARGIN, y, whole, ("one process", _count(contexts)), f"part {letter}")]
    shown = min(contexts, MOST_BOXES)
    names = [f"context {number}" for number in range(1, shown + 1)]
    if contexts > shown:
        names[-1] = f"{contexts - shown + 1} more"
    width = (whole - GAP * (shown - 1)) / shown
    roles = architecture.roles if len(architecture.roles) > 1 else ()
    return [
        box_of(MARGIN + place * (width + GAP), y, width, (name, *roles), f"part {letter}")
        for place, name in enumerate(names)
    ]


def _count(contexts: int) -> str:
    return f"{contexts} context{'s' * (contexts != 1)}"


def box_of(x: float, y: float, width: float, lines: tuple[str, ...], css: str) -> Box:
    """Return a box of so many lines; the first is its heading."""
    texts = tuple((y + LINE * (place + 1) + 2, text) for place, text in enumerate(lines))
    return Box(x, y, width, LINE * len(lines) + 12, texts, css)


def _below(rows: list[list[Box]]) -> float:
    return max(box.bottom for box in rows[-1]) + GAP


def _flows(above: list[Box], below: list[Box]) -> list[str]:
    """Return an arrow to each box below: straight, or from the one box above."""
    if len(above) == len(below):
        pairs = zip(above, below, strict=True)
        return [_arrow(other.middle, one.bottom, other.y) for one, other in pairs]
    (one,) = above
    half = one.bottom + GAP / 2 - HEAD / 2
    return [
        f"M{one.middle:g} {one.bottom:g}V{half:g}",
        *(
            f"M{one.middle:g} {half:g}H{other.middle:g}V{other.y:g}{head(other.middle, other.y)}"
            for other in below
        ),
    ]


def _arrow(x: float, top: float, bottom: float) -> str:
    return f"M{x:g} {top:g}V{bottom:g}{head(x, bottom)}"


def head(x: float, y: float, up: int = -1) -> str:
    """Return the head of an arrow that comes from above, or with 1 from below."""
    return f"M{x - HEAD:g} {y + up * HEAD:g}L{x:g} {y:g}L{x + HEAD:g} {y + up * HEAD:g}"


def side_head(x: float, y: float, way: int = 1) -> str:
    """Return the head of an arrow that comes from the right, or with -1 from the left."""
    return f"M{x + way * HEAD:g} {y - HEAD:g}L{x:g} {y:g}L{x + way * HEAD:g} {y + HEAD:g}"


def _sideways(one: Box, other: Box) -> str:
    """Return an arrow with two heads between two boxes beside each other."""
    y, left, right = one.y + one.height / 2, one.x + one.width, other.x
    heads = (side_head(left, y), side_head(right, y, -1))
    return f"M{left:g} {y:g}H{right:g}{''.join(heads)}"


def _both_ways(one: Box, broker: Box) -> str:
    """Return an arrow that passes beside the database below a process."""
    x = one.x + one.width - GAP / 2
    return f"M{x:g} {one.bottom:g}V{broker.y:g}{head(x, broker.y)}{head(x, one.bottom, 1)}"
