"""Named boxes in rows, each below those that lead to it, and arrows with words between them.

The way of Sugiyama, Tagawa and Toda (1981) in its simplest form: arrows that close a cycle count
for nothing, a box stands below all that lead to it, and boxes of a row stand in the order of what
is above them. An arrow to the next row is straight; any other goes round the right side.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from blueprint_cli.reports.drawing import MARGIN, Box, box_of, head, side_head

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

BESIDE: Final = 30.0
BELOW: Final = 24.0
WORDS: Final = 14.0
LETTER: Final = 6.6
LANE: Final = 15.0
MOST_WORDS: Final = 3


@dataclass(frozen=True, slots=True)
class Node:
    """A box: its name and lines of text, the first of which is its heading."""

    name: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Edge:
    """An arrow between two boxes; several words stand in lines."""

    of: str
    to: str
    words: str
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Arrow:
    """An arrow's path, and its words at a place."""

    path: str
    x: float
    y: float
    words: str
    anchor: str
    dashed: bool


@dataclass(frozen=True, slots=True)
class Graph:
    """A picture of boxes and arrows, and what it shows."""

    title: str
    width: float
    height: float
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


def graph_of(title: str, nodes: Sequence[Node], edges: Iterable[Edge]) -> Graph:
    """Return the drawing of boxes and arrows; arrows from a box to itself are left out."""
    between = _merged(edge for edge in edges if edge.of != edge.to)
    rows = _ordered(_rows(nodes, between), between)
    row_of = {node.name: number for number, row in enumerate(rows) for node in row}
    down = [edge for edge in between if row_of[edge.to] == row_of[edge.of] + 1]
    aside = [edge for edge in between if edge not in down]
    boxes = _placed(rows, down)
    right = max((box.x + box.width for box in boxes.values()), default=0.0)
    arrows = [*_straight(down, boxes), *_aside(aside, boxes, right)]
    reach = max((_reach(arrow) for arrow in arrows), default=0.0)
    return Graph(
        title=title,
        width=max(right, reach) + MARGIN,
        height=max((box.bottom for box in boxes.values()), default=0.0) + MARGIN,
        boxes=tuple(boxes.values()),
        arrows=tuple(arrows),
    )


def _merged(edges: Iterable[Edge]) -> list[Edge]:
    """Make one arrow of those that go the same way."""
    found: dict[tuple[str, str, bool], list[str]] = {}
    for edge in edges:
        found.setdefault((edge.of, edge.to, edge.dashed), []).append(edge.words)
    return [
        Edge(of, to, _said(list(dict.fromkeys(words))), dashed)
        for (of, to, dashed), words in found.items()
    ]


def _said(words: Sequence[str]) -> str:
    if len(words) <= MOST_WORDS:
        return ", ".join(words)
    shown = words[: MOST_WORDS - 1]
    return f"{', '.join(shown)} and {len(words) - len(shown)} more"


def _rows(nodes: Sequence[Node], edges: Sequence[Edge]) -> list[list[Node]]:
    """Return boxes by row: each one below all that lead to it, cycles apart."""
    leads: dict[str, list[str]] = {node.name: [] for node in nodes}
    ways: dict[str, list[str]] = {node.name: [] for node in nodes}
    for edge in edges:
        ways[edge.of].append(edge.to)
    # What is reached first leads on, so that an arrow back to the beginning closes the cycle.
    order = {name: place for place, name in enumerate(_reached(ways, *ways))}
    for edge in sorted(edges, key=lambda edge: order[edge.of]):
        if edge.of not in _reached(leads, edge.to):
            leads[edge.of].append(edge.to)
    depth = dict.fromkeys(leads, 0)
    for _ in nodes:
        for name, others in leads.items():
            for other in others:
                depth[other] = max(depth[other], depth[name] + 1)
    rows: list[list[Node]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for node in nodes:
        rows[depth[node.name]].append(node)
    return rows


def _reached(leads: Mapping[str, Sequence[str]], *starts: str) -> list[str]:
    """Return what is reached, the nearest first, and all from one start before the next."""
    found: dict[str, None] = {}
    for start in starts:
        waiting = [start]
        for name in waiting:
            if name not in found:
                found[name] = None
                waiting += leads[name]
    return list(found)


def _ordered(rows: list[list[Node]], edges: Sequence[Edge]) -> list[list[Node]]:
    """Order each row by the middle place of what leads to it from the row above."""
    for above, row in itertools.pairwise(rows):
        places = {node.name: number for number, node in enumerate(above)}

        def middle(node: Node, places: dict[str, int] = places) -> float:
            found = [places[one.of] for one in edges if one.to == node.name and one.of in places]
            return sum(found) / len(found) if found else len(places)

        row.sort(key=middle)
    return rows


def _placed(rows: Sequence[Sequence[Node]], down: Sequence[Edge]) -> dict[str, Box]:
    """Return each box where it and the words above it have room."""
    words = {
        node.name: [edge.words for edge in down if edge.to == node.name] for node in _all(rows)
    }
    slots = {
        node.name: max(_width(node), *(len(text) * LETTER + 8 for text in words[node.name]), 0)
        for node in _all(rows)
    }
    wholes = [sum(slots[node.name] for node in row) + BESIDE * (len(row) - 1) for row in rows]
    boxes: dict[str, Box] = {}
    bottom = 0.0
    for row, whole in zip(rows, wholes, strict=True):
        above = max(len(words[node.name]) for node in row)
        y = bottom + BELOW + WORDS * above if bottom else MARGIN
        x = MARGIN + (max(wholes) - whole) / 2
        for node in row:
            left = x + (slots[node.name] - _width(node)) / 2
            boxes[node.name] = box_of(left, y, _width(node), node.lines, "part")
            x += slots[node.name] + BESIDE
        bottom = max(boxes[node.name].bottom for node in row)
    return boxes


def _all(rows: Sequence[Sequence[Node]]) -> Iterator[Node]:
    return itertools.chain.from_iterable(rows)


def _width(node: Node) -> float:
    return max(len(line) for line in node.lines) * LETTER + 18


def _straight(edges: Sequence[Edge], boxes: Mapping[str, Box]) -> Iterator[Arrow]:
    """Yield arrows down to the next row; their words stand above the box that they lead to."""
    above = dict.fromkeys(boxes, 0)
    said: set[tuple[str, str]] = set()
    for edge in edges:
        one, other = boxes[edge.of], boxes[edge.to]
        x, y = other.middle, other.y
        path = f"M{one.middle:g} {one.bottom:g}L{x:g} {y:g}{head(x, y)}"
        place = y - 10 - WORDS * above[edge.to]
        words = "" if (edge.to, edge.words) in said else edge.words
        said.add((edge.to, edge.words))
        above[edge.to] += bool(words)
        yield Arrow(path, x, place, words, "middle", edge.dashed)


def _aside(edges: Sequence[Edge], boxes: Mapping[str, Box], right: float) -> Iterator[Arrow]:
    """Yield arrows that go round the right side, each in a lane; their words stand beside."""
    words_at = right + LANE * (len(edges) + 1)
    taken = -WORDS
    lanes = sorted(edges, key=lambda edge: boxes[edge.of].y + boxes[edge.to].y)
    for number, edge in enumerate(lanes, start=1):
        one, other = boxes[edge.of], boxes[edge.to]
        start, end = one.y + one.height * 0.65, other.y + other.height * 0.35
        lane, x = right + number * LANE, other.x + other.width
        path = f"M{one.x + one.width:g} {start:g}H{lane:g}V{end:g}H{x:g}{side_head(x, end)}"
        taken = max((start + end) / 2 + 4, taken + WORDS)
        yield Arrow(path, words_at, taken, edge.words, "start", edge.dashed)


def _reach(arrow: Arrow) -> float:
    length = len(arrow.words) * LETTER
    return arrow.x + (length if arrow.anchor == "start" else length / 2)
