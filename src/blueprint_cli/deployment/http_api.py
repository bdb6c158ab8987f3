"""OpenAPI 3 as AWS API Gateway imports it for an HTTP API: who answers, and who authorises.

A document names an operation's function and the authoriser; what it says of values is imported and
looked at by nobody, which is why the project looks at every request itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from blueprint_cli.deployment.openapi import METHODS, Converted, Document, as_3_0, operations_of

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT: Final = "/$default"
ANY: Final = "x-amazon-apigateway-any-method"
_INTEGRATION: Final = "x-amazon-apigateway-integration"
_INTEGRATIONS: Final = "x-amazon-apigateway-integrations"
_AUTHORIZER: Final = "x-amazon-apigateway-authorizer"
_INVOKE: Final = (
    "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/"
    "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:%s/invocations"
)
# How long what the authoriser said of a token holds; the project looks at each token anyway.
_REMEMBERED_SECONDS: Final = 60
_PROXY: Final = {"name": "proxy", "in": "path", "required": True, "schema": {"type": "string"}}


@dataclass(frozen=True, slots=True)
class Routes:
    """Which function answers what, by plain names of functions.

    Attributes:
        exact: the function that answers a path and nothing below it.
        below: the function that answers a path and all below it; the longest path counts.
        edge: the function that authorises, and that answers what nobody else does.
        named: what a function is called, with ``%s`` for its plain name; as ``Fn::Sub`` reads it.
    """

    exact: Mapping[str, str]
    below: Mapping[str, str]
    edge: str
    named: str

    @property
    def functions(self) -> list[str]:
        """The plain names."""
        named = [*self.below.values(), *self.exact.values(), self.edge]
        return list(dict.fromkeys(named))

    def function(self, path: str) -> str:
        """Return who answers a path."""
        if path in self.exact:
            return self.exact[path]
        fitting = [one for one in self.below if f"{path}/".startswith(f"{one}/")]
        return self.below[max(fitting, key=len)] if fitting else self.edge

    def uri(self, function: str) -> Document:
        """Return what invokes a function."""
        return {"Fn::Sub": _INVOKE % (self.named % function)}


def for_http_api(document: Mapping[str, Any], routes: Routes) -> Converted:
    """Return an OpenAPI 3 document as one that an HTTP API imports."""
    older = as_3_0(document)
    found, seen = older.document, operations_of(older.document)
    lost = [*older.lost]
    paths: dict[str, Any] = found["paths"]
    usual = found.pop("security", None)
    for path, item in paths.items():
        for method in METHODS:
            if method not in item:
                continue
            operation = item[method]
            operation[_INTEGRATION] = _reference(routes.function(path))
            security = operation.pop("security", usual)
            if seen[method.upper(), path].secured:
                operation["security"] = security
            elif security:
                lost.append(
                    f"{method.upper()} {path}: nobody looks at a token that may be left out"
                )
    components = found.setdefault("components", {})
    schemes = components.get("securitySchemes", {})
    for name, scheme in schemes.items():
        kind = " ".join(filter(None, (scheme["type"], scheme.get("scheme"))))
        lost.append(f"components.securitySchemes.{name}: {kind} is a header, for an authoriser")
        schemes[name] = _authorizer(routes)
    # Other methods, preflights, and what is written by hand below a path: the function knows them.
    below = {f"{path}/{{proxy+}}": function for path, function in routes.below.items()}
    for path, function in {**routes.exact, **routes.below, **below}.items():
        paths.setdefault(path, {})[ANY] = _passed(function)
        if path in below:
            paths[path][ANY]["parameters"] = [_PROXY]
    paths[DEFAULT] = {ANY: {"isDefaultRoute": True, **_passed(routes.edge)}}
    components[_INTEGRATIONS] = {
        function: {
            "type": "aws_proxy",
            "httpMethod": "POST",
            "payloadFormatVersion": "2.0",
            "uri": routes.uri(function),
        }
        for function in routes.functions
    }
    return Converted(found, tuple(lost))


def routes_of(document: Mapping[str, Any]) -> int:
    """Return how many routes an HTTP API has of a document."""
    return sum(method in item for item in document["paths"].values() for method in (*METHODS, ANY))


def _reference(function: str) -> Document:
    return {"$ref": f"#/components/{_INTEGRATIONS}/{function}"}


def _passed(function: str) -> Document:
    return {_INTEGRATION: _reference(function), "responses": {"default": {"description": "Any"}}}


def _authorizer(routes: Routes) -> Document:
    return {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        _AUTHORIZER: {
            "type": "request",
            "identitySource": "$request.header.Authorization",
            "authorizerPayloadFormatVersion": "2.0",
            "enableSimpleResponses": True,
            "authorizerResultTtlInSeconds": _REMEMBERED_SECONDS,
            "authorizerUri": routes.uri(routes.edge),
        },
    }
