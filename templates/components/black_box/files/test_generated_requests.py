"""Requests that schemathesis makes up from the binding document and from the project's own.

The same requests in every run. Those of the other tests are chosen by hand; these take every limit
that a document names, one after another, and some chance.

Schemathesis takes half a second to import: only the worker that sends them does it.
"""
# ruff: noqa: PLC0415

import pytest

from tests.blackbox.server import Server
from tests.blackbox.shop import Shop


@pytest.mark.parametrize("which", ["the binding document", "the project's own document"])
def test_every_answer_is_documented(which: str, server: Server, admin: Shop) -> None:
    from tests.blackbox.generated import answers, binding_document

    own = admin.client.get("/openapi.json").json()
    document = binding_document() if which == "the binding document" else own
    product = admin.create_product(stock=1000)["id"]
    known = {"/v1/products/": product, "/v1/orders/": admin.place((product, 1))["id"]}
    answered = answers(document, known, server.base_url, admin.headers)

    assert {label for label, _ in answered} >= {
        f"{method.upper()} {path}" for path, item in own["paths"].items() for method in item
    }
    assert {("POST /v1/products", 201), ("POST /v1/orders/{id}/cancel", 200)} <= answered


def test_an_undocumented_answer_is_noticed(server: Server) -> None:
    from schemathesis.core.failures import FailureGroup

    from tests.blackbox.generated import answer_to_one, binding_document

    document = binding_document()
    del document["paths"]["/v1/products"]["get"]["responses"]["200"]
    with pytest.raises(FailureGroup, match="Undocumented status code"):
        answer_to_one(document, server.base_url, "/v1/products")
