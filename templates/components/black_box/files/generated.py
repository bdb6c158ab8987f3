"""Makes up requests from a document; the same ones in every run."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any, Final, TypeAlias

import requests
import schemathesis
from hypothesis import given, settings
from hypothesis import strategies as st
from schemathesis import Case, CheckFunction, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.blackbox.client import Json
from tests.blackbox.document import ANYWHERE, DOCUMENT, PROBLEM

Operation: TypeAlias = APIOperation[Any, Any, Any, Any]
Send: TypeAlias = Callable[[Case[Any]], None]

EXAMPLES: Final = 5
MODES: Final = list(GenerationMode)
# A client whose logins fail too often has to wait, and other tests log in too.
NOT_BY_CHANCE: Final = "/v1/auth/login"
ANSWER_IS_DOCUMENTED: Final[list[CheckFunction]] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def binding_document() -> Json:
    """With what it allows every operation to answer written out."""
    document: Json = deepcopy(DOCUMENT)
    problem = {
        "description": "A problem.",
        "content": {"application/problem+json": {"schema": {"$ref": PROBLEM}}},
    }
    for path in document["paths"].values():
        for method, operation in path.items():
            if method != "parameters":
                for status in {401, 403, *ANYWHERE.values()}:
                    operation["responses"].setdefault(str(status), problem)
    return document


def operations_of(document: Json) -> list[Operation]:
    found = []
    for result in schemathesis.openapi.from_dict(document).get_all_operations():
        assert isinstance(result, Ok), result
        found.append(result.ok())
    return found


def send_every_limit(operation: Operation, send: Send) -> None:
    """Each value at, below and above each limit, each thing missing, each wrong type."""
    schema = operation.schema
    generation = schema.config.generation_for(operation=operation)
    for case in schema.iter_coverage_cases(
        operation, generation_modes=MODES, generation_config=generation
    ):
        send(case)


def send_by_chance(operation: Operation, send: Send, known: str | None) -> None:
    """`known` is an identifier that exists: every other request for something is for it."""
    takes_nothing = not operation.body and not list(operation.iter_parameters())
    for mode in [GenerationMode.POSITIVE] if takes_nothing else MODES:

        @settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None)
        @given(case=operation.as_strategy(generation_mode=mode), exists=st.booleans())
        def sent(case: Case[Any], *, exists: bool) -> None:
            if exists and known and case.path_parameters:
                case.path_parameters["id"] = known
            send(case)

        sent()


def answers(
    document: Json, known: dict[str, str], base_url: str, headers: dict[str, str]
) -> set[tuple[str, int]]:
    """Sends every request that is made up and checks its answer; which answers there were.

    `known` names, for the start of a path, an identifier that exists.
    """
    answered = set()
    with requests.Session() as session:
        session.trust_env = False

        def send(case: Case[Any]) -> None:
            answer = case.call_and_validate(
                base_url=base_url, session=session, headers=headers, checks=ANSWER_IS_DOCUMENTED
            )
            answered.add((case.operation.label, answer.status_code))

        for operation in operations_of(document):
            send_every_limit(operation, send)
            if operation.path != NOT_BY_CHANCE:
                there = (id_ for start, id_ in known.items() if operation.path.startswith(start))
                send_by_chance(operation, send, next(there, None))
    return answered
