"""The keys that sign access tokens."""

from typing import Any

from joserfc.jwk import ECKey

from identity.adapters.key_files import KeyFiles, StoredKey
from kit.tokens import ALGORITHM

_CURVE = "P-256"


class SigningKeys(KeyFiles[ECKey]):
    """Key pairs, of which the public halves are published."""

    suffix = ".key.json"

    def generate(self) -> ECKey:
        return ECKey.generate_key(_CURVE, private=True, auto_kid=True)

    def imported(self, jwk: dict[str, Any]) -> ECKey:
        pair = ECKey.import_key(jwk)
        if not pair.is_private or pair.curve_name != _CURVE:
            raise ValueError(f"no private {_CURVE} key")
        return pair


def public_key(stored: StoredKey[ECKey]) -> dict[str, object]:
    """The public half, as a JWK set lists it."""
    public = stored.key.as_dict(private=False)
    return {**public, "use": "sig", "alg": ALGORITHM, "kid": stored.kid}
