"""An answer that the document does not name is noticed by the requests that are made up from it."""

import pytest

from tests.blackbox.server import Server


def test_an_undocumented_answer_is_noticed(server: Server) -> None:
    import schemathesis  # noqa: PLC0415 - it takes half a second to import
    from schemathesis.core.failures import FailureGroup  # noqa: PLC0415 - the same

    from tests.blackbox.generated import ANSWER_IS_DOCUMENTED, binding_document  # noqa: PLC0415

    path = "/.well-known/jwks.json"
    document = binding_document()
    del document["paths"][path]["get"]["responses"]["200"]
    operation = schemathesis.openapi.from_dict(document)[path]["GET"]
    with pytest.raises(FailureGroup, match="Undocumented status code"):
        operation.Case().call_and_validate(base_url=server.base_url, checks=ANSWER_IS_DOCUMENTED)
