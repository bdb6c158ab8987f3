"""What review says, as people say it."""

import pytest

from blueprint_cli.reviewing.figures import Figure
from blueprint_cli.reviewing.requirements import Row
from blueprint_cli.reviewing.words import verdict, with_unit


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (1.0, "readers", "1 reader"),
        (2.0, "readers", "2 readers"),
        (1.0, "ms", "1 ms"),
        (1.0, "requests/s", "1 requests/s"),
        (1.0, "%", "1%"),
        (1.0, "", "1"),
        (None, "readers", "unknown"),
    ],
)
def test_one_is_no_plural(value: float | None, unit: str, said: str) -> None:
    assert with_unit(Figure(name="a", value=value, unit=unit)) == said


@pytest.mark.parametrize(
    ("assumed", "measured", "said"),
    [
        (10, 10.0, "as assumed"),
        (10, 10.2, "about as assumed"),
        (10, 25.0, "2.5 times"),
        (10, 1.0, "0.1 times"),
        (0, 1.0, "more"),
    ],
)
def test_a_measurement_is_compared(assumed: int, measured: float, said: str) -> None:
    row = Row(
        key="a",
        label="A",
        said=assumed,
        figure=Figure(name="a", value=measured),
        wanted=False,
        met=None,
        used=None,
    )
    assert verdict(row) == said
