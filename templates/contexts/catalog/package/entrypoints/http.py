"""The catalog's part of the public HTTP API."""

import re
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Header, Path, Request, Response

from catalog.application.ports import ProductQueries, ProductView, VersionedProduct
from catalog.application.products import (
    AddProduct,
    AdjustStock,
    ChangeProduct,
    ProductService,
)
from catalog.domain.errors import (
    CatalogError,
    ProductChangedError,
    ProductNotFoundError,
    SearchTooSlowError,
    SkuTakenError,
    StockExceededError,
    StockLimitError,
)
from catalog.domain.product import Changes, Version
from catalog.entrypoints.bodies import (
    LIST_PARAMETERS,
    MERGE_PATCH,
    NewProduct,
    ProductPatch,
    ProductQuery,
    StockChange,
)
from kit.auth import ADMIN, Authenticate, Principal, require_role
from kit.conditional import conditional_response, entity_tag
from kit.http import Page, json_response
from kit.idempotency import IdempotencyKey, checked_key, key_parameter
from kit.problems import Problem

STATUSES: Final[dict[type[Exception], int]] = {
    ProductNotFoundError: 404,
    SkuTakenError: 409,
    ProductChangedError: 412,
    SearchTooSlowError: 503,
    StockExceededError: 409,
    StockLimitError: 409,
    CatalogError: 422,
}

_CACHE: Final = {
    "Cache-Control": "public, max-age=5, stale-while-revalidate=30, stale-if-error=300"
}

Responses = dict[int | str, dict[str, Any]]
_NOT_MODIFIED: Final[Responses] = {304: {"description": "Not modified"}}
_FORBIDDEN: Final[Responses] = {403: {"description": "`forbidden`: not an administrator"}}
_UNKNOWN: Final[Responses] = {404: {"description": "`not_found`"}}
_TAKEN: Final[Responses] = {409: {"description": "`sku_taken`"}}
_PRECONDITION: Final[Responses] = {
    412: {"description": "`precondition_failed`: it was changed meanwhile"},
    428: {"description": "`precondition_required`: send If-Match; to set stock, with an ETag"},
}
_NOT_ADJUSTED: Final[Responses] = {
    409: {"description": "`stock_exceeded`: less is there; `stock_limit`: over 1,000,000"},
    422: {"description": "`validation_failed`, `idempotency_key_reused`"},
}
_ANY: Final = "*"
_TAG: Final = re.compile(r'"([1-9][0-9]{0,9})-([1-9][0-9]{0,18})"')

IfNoneMatch = Annotated[str | None, Header()]
ProductId = Annotated[UUID, Path(alias="id")]


def router(
    service: ProductService, queries: ProductQueries, authenticate: Authenticate
) -> APIRouter:
    """Routes under /v1/products."""
    routes = APIRouter(prefix="/v1/products", tags=["catalog"])
    administrator = Depends(require_role(authenticate, ADMIN))
    administrators = [administrator]

    @routes.get(
        "", response_model=Page[ProductView], responses=_NOT_MODIFIED, openapi_extra=LIST_PARAMETERS
    )
    async def list_products(request: Request) -> Response:
        wanted = ProductQuery.of(request)
        page = wanted.page(await queries.page(wanted.rows, wanted.after, wanted.q))
        return conditional_response(page, request.headers.get("if-none-match"), _CACHE)

    @routes.get("/{id}", response_model=ProductView, responses=_NOT_MODIFIED | _UNKNOWN)
    async def get_product(id_: ProductId, if_none_match: IfNoneMatch = None) -> Response:
        found = await queries.get(id_)
        if found is None:
            raise ProductNotFoundError
        return conditional_response(found.product, if_none_match, _CACHE, _tag(found.version))

    @routes.post(
        "",
        status_code=201,
        response_model=ProductView,
        responses=_FORBIDDEN | _TAKEN,
        dependencies=administrators,
    )
    async def add_product(new: NewProduct) -> Response:
        added = await service.add(AddProduct(**new.model_dump()))
        location = f"/v1/products/{added.product.id}"
        return _answer(added, 201, {"Location": location})

    @routes.patch(
        "/{id}",
        response_model=ProductView,
        responses=_FORBIDDEN | _UNKNOWN | _TAKEN | _PRECONDITION,
        dependencies=administrators,
        openapi_extra=MERGE_PATCH,
    )
    async def change_product(
        id_: ProductId,
        patch: Annotated[ProductPatch, Body()],
        if_match: Annotated[str | None, Header()] = None,
    ) -> Response:
        changes = Changes(**patch.model_dump(exclude_unset=True))
        accepts_any = if_match is not None and if_match.strip() == _ANY
        if if_match is None or (accepts_any and changes.stock is not None):
            raise Problem(428, "precondition_required", "Send If-Match with the product's ETag.")
        changed = await service.change(
            ChangeProduct(
                product_id=id_,
                versions=None if accepts_any else _versions(if_match),
                changes=changes,
            )
        )
        return _answer(changed, 200, {})

    @routes.post(
        "/{id}/stock",
        response_model=ProductView,
        responses=_FORBIDDEN | _UNKNOWN | _NOT_ADJUSTED,
        openapi_extra=key_parameter(required=False),
    )
    async def adjust_stock(
        id_: ProductId,
        change: StockChange,
        caller: Annotated[Principal, administrator],
        idempotency_key: IdempotencyKey = None,
    ) -> Response:
        """Add to stock or take from it; a repeat with the same key has no second effect."""
        adjusted = await service.adjust_stock(
            AdjustStock(
                product_id=id_,
                delta=change.delta,
                reason=change.reason,
                administrator_id=caller.user_id,
                idempotency_key=checked_key(idempotency_key),
            )
        )
        headers = {"Idempotency-Replayed": "true"} if adjusted.replayed else {}
        return _answer(adjusted.product, 200, headers)

    @routes.delete(
        "/{id}",
        status_code=204,
        response_class=Response,
        responses=_FORBIDDEN | _UNKNOWN,
        dependencies=administrators,
    )
    async def delete_product(id_: ProductId) -> Response:
        await service.delete(id_)
        return Response(status_code=204)

    return routes


def _answer(product: VersionedProduct, status: int, headers: dict[str, str]) -> Response:
    return json_response(product.product, status, {**headers, "ETag": _tag(product.version)})


def _tag(version: Version) -> str:
    return entity_tag(f"{version.edits}-{version.stock_changes}")


def _versions(if_match: str) -> frozenset[Version]:
    """The versions that a caller accepts. Weak tags match nothing (RFC 9110, 13.1.1)."""
    found = (_TAG.fullmatch(tag.strip()) for tag in if_match.split(","))
    return frozenset(Version(int(tag[1]), int(tag[2])) for tag in found if tag)
