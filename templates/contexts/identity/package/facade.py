"""All that another context may ask of identity."""

from collections.abc import Collection
from uuid import UUID

from identity.adapters.tokens import SignedAccessTokens
from identity.application.ports import UserQueries
from kit.auth import Principal


class IdentityFacade:
    """Says who a token speaks for, and who is known. A TokenVerifier of the kit."""

    def __init__(self, tokens: SignedAccessTokens, users: UserQueries) -> None:
        self._tokens = tokens
        self._users = users

    async def verify(self, token: str) -> Principal:
        """Who the access token speaks for; raises kit.auth.InvalidToken."""
        return await self._tokens.verify(token)

    async def known_users(self, ids: Collection[UUID]) -> frozenset[UUID]:
        """The ids of users that there are, of some."""
        return await self._users.known_users(ids)
