"""Identity wired: on PostgreSQL, with keys in a directory that all workers share."""

from datetime import timedelta

from identity.adapters.access_tokens import SignedAccessTokens
from identity.adapters.email_addresses import parse_address
from identity.adapters.passwords import Argon2Passwords, common_passwords
from identity.adapters.read_models import SqlUserQueries
from identity.adapters.refresh_tokens import RefreshKeys, SignedRefreshTokens
from identity.adapters.repositories import SqlWork
from identity.adapters.settings import IdentitySettings
from identity.adapters.signing_keys import SigningKeys
from identity.adapters.tables import outbox
from identity.application.authentication import AuthenticationService
from identity.application.registration import RegistrationService
from identity.domain.password import PasswordRules
from identity.entrypoints.client_address import ClientAddress
from identity.entrypoints.http import STATUSES, router
from identity.facade import IdentityFacade
from kit.auth import bearer
from kit.background import Periodic
from kit.clock import utc_now
from kit.composition import Foundation, Part, Wired
from kit.database import SqlTransactions
from kit.ids import new_id
from kit.relay import Relay
from kit.tokens import CLOCK_LEEWAY

_PURGE_EVERY = timedelta(hours=1)


def wire(foundation: Foundation, settings: IdentitySettings) -> Wired[IdentityFacade]:
    """Make the context's services."""
    relay = foundation.relay(outbox)
    transactions = _transactions(foundation, relay)
    signing_keys, refresh_keys = keys(settings)
    tokens = SignedAccessTokens(
        signing_keys,
        issuer=settings.token_issuer,
        audience=settings.token_audience,
        lifetime=settings.access_token_lifetime,
        clock=utc_now,
        new_id=new_id,
    )
    passwords = Argon2Passwords(concurrency=settings.password_concurrency)
    authentication = AuthenticationService(
        transactions=transactions,
        parse_address=parse_address,
        passwords=passwords,
        access_tokens=tokens,
        clock=utc_now,
        new_id=new_id,
        refresh_tokens=SignedRefreshTokens(refresh_keys, utc_now),
        lifetimes=settings.lifetimes,
        throttle_rules=settings.throttle_rules,
    )
    facade = IdentityFacade(tokens)
    part = Part(
        router=router(
            registration=_registration(transactions, passwords, settings),
            authentication=authentication,
            users=SqlUserQueries(foundation.database),
            published_keys=tokens.published,
            authenticate=bearer(facade),
            client_address=ClientAddress(settings.trusted_proxies),
        ),
        statuses=STATUSES,
        relays=(relay,),
        periodic=(Periodic("purge sessions", authentication.purge, _PURGE_EVERY),),
        prepare=(lambda: signing_keys.ensure(utc_now()), lambda: refresh_keys.ensure(utc_now())),
    )
    return Wired(part, facade)


def keys(settings: IdentitySettings) -> tuple[SigningKeys, RefreshKeys]:
    """The keys of access tokens and of refresh tokens, in one directory.

    Of a session every used refresh token has to be known, so their keys verify as long as it lasts.
    """
    directory, production = settings.signing_keys_directory, settings.environment == "production"
    signing = SigningKeys(
        directory,
        lifetime=settings.access_token_lifetime + CLOCK_LEEWAY,
        production=production,
    )
    refresh = RefreshKeys(directory, lifetime=settings.lifetimes.session, production=production)
    return signing, refresh


def registration(foundation: Foundation, settings: IdentitySettings) -> RegistrationService:
    """Registration alone, for commands."""
    transactions = _transactions(foundation, foundation.relay(outbox))
    passwords = Argon2Passwords(concurrency=settings.password_concurrency)
    return _registration(transactions, passwords, settings)


def _transactions(foundation: Foundation, relay: Relay) -> SqlTransactions[SqlWork]:
    return SqlTransactions(
        foundation.database, lambda session: SqlWork(session, new_id), relay.wake
    )


def _registration(
    transactions: SqlTransactions[SqlWork], passwords: Argon2Passwords, settings: IdentitySettings
) -> RegistrationService:
    return RegistrationService(
        transactions=transactions,
        parse_address=parse_address,
        passwords=passwords,
        rules=PasswordRules(common=common_passwords(), service=(settings.service_name,)),
        clock=utc_now,
        new_id=new_id,
    )
