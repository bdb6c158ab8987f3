"""Boxes and arrows of a model: all of them, inside the frame, without overlap."""

import itertools
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from blueprint_cli.reports.graph import Edge, Graph, Node, graph_of
from tests.recommendation.conftest import Run

EXAMPLES = Path(__file__).parents[2] / "templates" / "examples"
NAMES = [f"state {number}" * (number % 3 + 1) for number in range(7)]
EDGES = st.builds(
    Edge, st.sampled_from(NAMES), st.sampled_from(NAMES), st.sampled_from(["go", "come back"])
)


def drawn(*edges: tuple[str, str, str], nodes: str = "abc") -> Graph:
    return graph_of(
        "A graph", [Node(name, (name,)) for name in nodes], [Edge(*edge) for edge in edges]
    )


def row_of(graph: Graph, name: str) -> float:
    return next(box.y for box in graph.boxes if box.lines[0][1] == name)


@given(edges=st.lists(EDGES, max_size=20))
def test_every_box_and_arrow_is_inside_and_no_box_hides_another(edges: list[Edge]) -> None:
    graph = graph_of("A graph", [Node(name, (name, "more")) for name in NAMES], edges)
    assert sorted(box.lines[0][1] for box in graph.boxes) == sorted(NAMES)
    for box in graph.boxes:
        assert 0 <= box.x < box.x + box.width <= graph.width
        assert 0 <= box.y < box.bottom <= graph.height
    for one, other in itertools.combinations(graph.boxes, 2):
        apart = one.bottom < other.y or other.bottom < one.y
        assert apart or one.x + one.width < other.x or other.x + other.width < one.x
    assert len(graph.arrows) == len({(one.of, one.to) for one in edges if one.of != one.to})
    assert all(0 <= arrow.x <= graph.width for arrow in graph.arrows)


def test_what_leads_to_another_stands_above_it() -> None:
    graph = drawn(("b", "c", "end"), ("a", "b", "begin"))
    assert row_of(graph, "a") < row_of(graph, "b") < row_of(graph, "c")


def test_the_first_stays_first_in_a_cycle() -> None:
    graph = drawn(("c", "b", "show"), ("b", "c", "hide"), ("a", "b", "show"))
    assert row_of(graph, "a") < row_of(graph, "b") < row_of(graph, "c")
    assert sorted(arrow.words for arrow in graph.arrows) == ["hide", "show", "show"]


def test_words_of_one_arrow_are_joined_and_not_too_many() -> None:
    few = drawn(("a", "b", "x"), ("a", "b", "y"), ("a", "b", "x"), nodes="ab")
    assert [arrow.words for arrow in few.arrows] == ["x, y"]
    many = drawn(*(("a", "b", word) for word in "uvwxyz"), nodes="ab")
    assert [arrow.words for arrow in many.arrows] == ["u, v and 4 more"]


def test_the_report_draws_what_the_application_is_about(run: Run, tmp_path: Path) -> None:
    file = str(EXAMPLES / "clinic.yaml")
    assert run("recommend", "--answers", file, "--html", "r.html").code == 0
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "<title>The states of clinic.Appointment</title>" in page
    assert ">check in</text>" in page
    assert ">AppointmentBooked, AppointmentCancelled</text>" in page
    assert "doctor_busy: no two rows with the same doctor overlap" in page
    assert "an e-mail to its patient: the text booked" in page
    assert run("recommend", "--set", "requirements.teams=2", "--html", "s.html").code == 0
    assert "What it is about" not in (tmp_path / "s.html").read_text(encoding="utf-8")
