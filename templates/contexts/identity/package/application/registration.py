"""Registering users, and giving them roles."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from identity.application.ports import ParseAddress, Passwords, Transactions, UserView
from identity.domain.password import PasswordRules
from identity.domain.session import EndReason
from identity.domain.user import Role, User, UserRegistered, shown_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """Somebody wants to be known by an address and a password."""

    email: str
    password: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveRole:
    """An operator wants a user with this address, password and role."""

    email: str
    password: str
    role: Role


class RegistrationService:
    """Brings users into being."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        parse_address: ParseAddress,
        passwords: Passwords,
        rules: PasswordRules,
        clock: Callable[[], datetime],
        new_id: Callable[[], UUID],
    ) -> None:
        self._transactions = transactions
        self._parse_address = parse_address
        self._passwords = passwords
        self._rules = rules
        self._clock = clock
        self._new_id = new_id

    async def register(self, command: Register) -> UserView:
        """A new user.

        Raises InvalidEmailError, InvalidNameError, InvalidPasswordError, WeakPasswordError,
        EmailTakenError, OverloadedError.
        """
        user = await self._new_user(command)
        async with self._transactions() as work:
            await work.users.add(user)
            work.publish(_registered(user))
        return _view(user)

    async def give_role(self, command: GiveRole) -> bool:
        """Register a user with the role, or give it to who has the address; True when new.

        Who has the address gets the given password and is logged out everywhere: who knew the old
        password must not come to a role by it. Raises what `register` does.
        """
        name = command.role.replace("_", " ").capitalize()
        fresh = await self._new_user(
            Register(email=command.email, password=command.password, name=name)
        )
        now = self._clock()
        async with self._transactions() as work:
            known = await work.users.hold_with_email(fresh.email_key)
            if known is None:
                fresh.take_role(command.role)
                await work.users.add(fresh)
                work.publish(_registered(fresh))
                return True
            known.take_role(command.role)
            known.change_password(fresh.password_hash, now)
            await work.sessions.end_all(known.id, EndReason.PASSWORD_CHANGED, now)
            return False

    async def _new_user(self, command: Register) -> User:
        """What can be refused cheaply is refused before the password is hashed."""
        email = self._parse_address(command.email)
        name = shown_name(command.name)
        password = self._rules.check(command.password, about=(command.email, name))
        return User.register(
            user_id=self._new_id(),
            email=email,
            name=name,
            password_hash=await self._passwords.hash(password),
            now=self._clock(),
        )


def _registered(user: User) -> UserRegistered:
    return UserRegistered(
        user_id=user.id, email=user.email, name=user.name, registered_at=user.registered_at
    )


def _view(user: User) -> UserView:
    return UserView(id=user.id, email=user.email, name=user.name, role=user.role)
