"""The notifications part of the public API."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from kit.auth import Authenticate, Principal
from kit.http import json_response
from kit.pagination import PageParameters, page_parameters
from notifications.application.ports import NotificationQueries
from notifications.application.views import NotificationView, Page


def router(queries: NotificationQueries, authenticate: Authenticate) -> APIRouter:
    """The routes under /v1/notifications; each user sees their own."""
    routes = APIRouter(prefix="/v1/notifications", tags=["notifications"])

    @routes.get("", response_model=Page[NotificationView], operation_id="list_notifications")
    async def page(
        user: Annotated[Principal, Depends(authenticate)],
        parameters: Annotated[PageParameters, Depends(page_parameters)],
    ) -> Response:
        """Mine, newest first; one for each order and kind."""
        return json_response(await queries.page(user.user_id, parameters.limit, parameters.after))

    return routes
