"""What these tests share with those of the recommendation."""

from tests.recommendation.conftest import answers, run

__all__ = ["answers", "run"]
