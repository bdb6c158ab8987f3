"""The documents in the repository are those of the code."""

from dev import openapi
from dev.database import ROOT


def test_every_document_is_current() -> None:
    stale = [
        str(file.relative_to(ROOT))
        for file, document in openapi.documents().items()
        if not file.exists() or file.read_text(encoding="utf-8") != openapi.text_of(document)
    ]
    assert stale == [], "make openapi writes them"


def test_what_only_services_may_call_is_not_public() -> None:
    *_, public = openapi.documents().values()
    assert "/v1/auth/me" in public["paths"]
    assert not [path for path in public["paths"] if path.startswith("/internal")]
    assert "service" not in public["components"]["securitySchemes"]
