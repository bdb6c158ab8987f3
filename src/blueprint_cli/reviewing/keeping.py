"""Keeping in a project how far its predictions were off, and forgetting it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from blueprint_cli.errors import BenchInvalid
from blueprint_cli.files import write_whole
from blueprint_cli.layout import MEASURED
from blueprint_cli.project import project_root
from blueprint_cli.recommendation.measured import FACTORS, corrections_text

if TYPE_CHECKING:
    from pathlib import Path

    from blueprint_cli.reviewing.review import Review


def keep_corrections(review: Review) -> Review:
    """Keep what a review measured; estimates go by it from then on.

    Raises:
        BenchInvalid: where its bench says nothing of the predictions.
    """
    if review.measured is None:
        raise BenchInvalid(
            "the bench says nothing of what was predicted: there is nothing to keep",
            hint="Let it climb: blueprint bench --json > FILE",
        )
    write_whole(review.root / MEASURED, corrections_text(review.measured))
    return replace(review, kept=review.measured)


def given_up(review: Review) -> tuple[str, ...]:
    """Return what was kept before and this bench did not measure: keeping this one gives it up."""
    before, now = review.kept, review.measured
    if before is None or now is None:
        return ()
    return tuple(
        what for what in FACTORS.values() if getattr(now, what) == 1 != getattr(before, what)
    )


def forget_corrections(path: Path | None) -> bool:
    """Remove what a project keeps; return whether there was something.

    Raises:
        NotAProject: where it is none.
    """
    place = project_root(path) / MEASURED
    there = place.exists()
    place.unlink(missing_ok=True)
    return there
