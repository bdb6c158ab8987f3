import pytest
from hypothesis import given
from hypothesis import strategies as st

from blueprint_cli.errors import NameRefused
from blueprint_cli.spec.names import (
    check_project_name,
    nearest_context_name,
    nearest_name,
    why_no_context,
)


@pytest.mark.parametrize("name", ["shop", "my-shop", "my_shop2", "s", "a" * 50, "a1-2b"])
def test_a_name_that_a_package_can_have_is_taken(name: str) -> None:
    check_project_name(name)


@pytest.mark.parametrize(
    ("name", "reason", "nearest"),
    [
        ("", "empty", "shop"),
        ("My Shop", "package", "my-shop"),
        ("café-größe", "package", "cafe-grosse"),
        ("1shop", "package", "shop"),
        ("shop-", "package", "shop"),
        ("a--b", "package", "a-b"),
        ("a/b", "path", "a-b"),
        ("..", "package", "shop"),
        ("a" * 51, "51 characters", "a" * 50),
        ("class", "keyword", "class-service"),
        ("match", "keyword", "match-service"),
        ("email", "standard library", "email-service"),
        ("orders", "context", "orders-service"),
        ("analytics", "context", "analytics-service"),
        ("kit", "part of every project", "kit-service"),
        ("tests", "part of every project", "tests-service"),
        ("日本", "package", "shop"),
    ],
)
def test_a_refused_name_comes_with_the_reason_and_the_nearest_name(
    name: str, reason: str, nearest: str
) -> None:
    with pytest.raises(NameRefused) as refused:
        check_project_name(name)
    assert reason in refused.value.message
    assert refused.value.hint.endswith(f"Nearest: {nearest}")


@given(st.text(max_size=80))
def test_the_nearest_name_is_always_valid(name: str) -> None:
    check_project_name(nearest_name(name))


@given(st.text(max_size=80), st.sets(st.sampled_from(["sales", "a_b", "context", "context_1"])))
def test_the_nearest_context_name_is_always_valid(name: str, others: set[str]) -> None:
    nearest = nearest_context_name(name, others)
    assert (why_no_context(nearest, others), nearest in others) == ("", False)
