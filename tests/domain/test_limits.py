"""A model beyond the limits is refused, and one within them is read."""

import pytest

from blueprint_cli.domain import limits
from blueprint_cli.domain.reading import read_contexts


def entity(**more: object) -> dict[str, object]:
    return {"fields": {"x": "int"}, **more}


def messages(contexts: dict[str, object]) -> list[str]:
    return [one.message for one in read_contexts(contexts).mistakes]


CONTEXT: dict[str, object] = {"entities": {"A": entity()}}


@pytest.mark.parametrize(
    ("contexts", "said"),
    [
        ({f"c{n}": CONTEXT for n in range(61)}, "there are 61 contexts"),
        (
            {f"c{n}": {"entities": {f"A{m}": entity() for m in range(101)}} for n in range(3)},
            "there are 303 entities",
        ),
        ({"c": {**CONTEXT, "types": {f"T{n}": "int" for n in range(101)}}}, "has 101 types"),
        ({"c": {**CONTEXT, "types": {"T": [f"v{n}" for n in range(201)]}}}, "has 201 values"),
        (
            {"c": {**CONTEXT, "types": {"T": {f"v{n}": "int" for n in range(101)}}}},
            "has 101 fields",
        ),
        (
            {"c": {"entities": {"A": {"fields": {f"x{n}": "int" for n in range(101)}}}}},
            "has 101 fields",
        ),
        (
            {"c": {"entities": {"A": entity(rules={f"r{n}": "x > 1" for n in range(51)})}}},
            "has 51 of them",
        ),
        (
            {
                "c": {
                    "entities": {
                        "A": entity(commands={"create": {}, **{f"c{n}": {} for n in range(50)}})
                    }
                }
            },
            "has 51 commands",
        ),
        (
            {
                "c": {
                    "entities": {
                        "A": entity(
                            states=[f"s{n}" for n in range(51)],
                            commands={
                                "create": {},
                                **{f"c{n}": {"to": f"s{n}"} for n in range(1, 49)},
                                "update": {"to": "s49"},
                            },
                        )
                    }
                }
            },
            "has 51 states",
        ),
        ({"identity": {"roles": [f"r{n}" for n in range(31)]}}, "there are 31 roles"),
        (
            {
                "notifications": {},
                "c": {
                    "entities": {
                        "A": entity(
                            commands={"create": {"by": "user"}, "go": {"by": "system"}},
                        )
                    },
                    "reactions": [{"when": "c.ACreated", "do": "A.go", "of": "id"}] * 101,
                },
            },
            "has 101 reactions",
        ),
    ],
    ids=lambda case: case if isinstance(case, str) else "",
)
def test_what_is_larger_is_refused(contexts: dict[str, object], said: str) -> None:
    assert said in messages(contexts)


def test_the_largest_model_is_read() -> None:
    each = limits.ENTITIES // limits.CONTEXTS
    contexts: dict[str, object] = {
        f"c{n}": {"entities": {f"A{m}": entity() for m in range(each)}}
        for n in range(limits.CONTEXTS)
    }
    assert messages(contexts) == []
