"""Where files go between two renders: what follows from the templates alone."""

import pytest

from blueprint_cli.spec.model import READY_MADE, Spec
from blueprint_cli.templates.builtin import find_template
from blueprint_cli.updating.paths import PathMap, by_source, of_contexts_by_hand


def sources(pattern: str) -> dict[str, str]:
    """Return which template file each file of a shop with reviews by hand was made of."""
    contexts: dict[str, dict[str, str]] = {name: {} for name in READY_MADE}
    contexts["reviews"] = {"by": "hand"}
    data = {"blueprint": 1, "project": {"name": "shop"}, "pattern": pattern, "contexts": contexts}
    return dict(find_template(pattern).render(Spec.model_validate(data)).sources)


@pytest.mark.parametrize("services", ["microservices", "event-driven"])
def test_a_context_by_hand_goes_where_the_others_go(services: str) -> None:
    one, many = sources("monolith"), sources(services)
    pairs = {
        "src/reviews/adapters/tables.py": "services/reviews/src/reviews/adapters/tables.py",
        "tests/reviews/test_reviews.py": "services/reviews/tests/reviews/test_reviews.py",
    }
    for before, after, places in [
        (one, many, pairs),
        (many, one, {there: here for here, there in pairs.items()}),
    ]:
        folders = of_contexts_by_hand(before, after, ["reviews"])
        paths = PathMap(by_source(before, after), folders)
        assert {path: paths(path) for path in places} == places
