"""The notifications part of the public API."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from kit.auth import Authenticate, Principal
from kit.http import Page, PageQuery, json_response
from notifications.application.ports import NotificationQueries, NotificationView


def router(queries: NotificationQueries, authenticate: Authenticate) -> APIRouter:
    """The routes under /v1/notifications; each user sees their own."""
    routes = APIRouter(prefix="/v1/notifications", tags=["notifications"])

    @routes.get(
        "",
        response_model=Page[NotificationView],
        operation_id="list_notifications",
        openapi_extra={"parameters": PageQuery.parameters()},
    )
    async def page(user: Annotated[Principal, Depends(authenticate)], request: Request) -> Response:
        """Mine, newest first; one for each event and kind."""
        wanted = PageQuery.of(request)
        rows = await queries.page(user.user_id, wanted.rows, wanted.after)
        return json_response(wanted.page(rows))

    return routes
