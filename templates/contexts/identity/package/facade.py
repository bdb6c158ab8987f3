"""All that another context may ask of identity."""

from identity.adapters.access_tokens import SignedAccessTokens
from kit.auth import Principal


class IdentityFacade:
    """Says who a token speaks for. A TokenVerifier of the kit."""

    def __init__(self, tokens: SignedAccessTokens) -> None:
        self._tokens = tokens

    async def verify(self, token: str) -> Principal:
        """Who the access token speaks for; raises kit.auth.InvalidToken."""
        return await self._tokens.verify(token)
