"""What identity refuses, each with the stable code that a client sees."""

import math
from datetime import timedelta
from typing import ClassVar


class IdentityError(Exception):
    """Base of what this context refuses."""

    code: ClassVar[str]


class InvalidEmailError(IdentityError):
    """The text is no e-mail address."""

    code = "validation_failed"


class InvalidNameError(IdentityError):
    """The text cannot be shown as a name."""

    code = "validation_failed"


class InvalidPasswordError(IdentityError):
    """The password is no text, or has more characters than are accepted."""

    code = "validation_failed"


class WeakPasswordError(IdentityError):
    """The password is too short or among the first that would be guessed."""

    code = "weak_password"


class EmailTakenError(IdentityError):
    """Somebody registered with this address before, in whatever case."""

    code = "email_taken"


class InvalidCredentialsError(IdentityError):
    """The address is unknown or the password is wrong: which of the two stays unsaid."""

    code = "invalid_credentials"


class InvalidTokenError(IdentityError):
    """The token is unknown, expired, ended or used before."""

    code = "token_invalid"


class TooManyAttemptsError(IdentityError):
    """Too many failures for the address or from the client; `retry_after` in seconds."""

    code = "too_many_attempts"

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__("Too many attempts. Wait before the next one.")
        self.retry_after = math.ceil(retry_after.total_seconds())


class OverloadedError(IdentityError):
    """More passwords wait to be hashed than can be in the time a client waits."""

    code = "unavailable"
