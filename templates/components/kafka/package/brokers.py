"""Whether the brokers answer, let us in, and have the topics that this process needs."""

import asyncio
from collections.abc import Sequence
from time import monotonic

import structlog
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from kit_kafka import topics
from kit_kafka.settings import KafkaSettings
from kit_kafka.topics import Topic

_log = structlog.get_logger()

# Less than /readyz waits for a check.
_SECONDS = 2.0
_RETRY_SECONDS = 2.0
# librdkafka's mock cluster calls itself so.
_EMBEDDED = "mockCluster"
_CERTIFICATE = (KafkaError._SSL,)  # noqa: SLF001 - librdkafka's local errors are named so
_CREDENTIALS = (
    KafkaError._AUTHENTICATION,  # noqa: SLF001
    KafkaError.SASL_AUTHENTICATION_FAILED,
)


class BrokerError(Exception):
    """What stands between this process and its brokers; names the setting to change."""


class Brokers:
    """The brokers as this process sees them. Nothing is connected before `prepare` or `check`."""

    def __init__(self, settings: KafkaSettings, needed: Sequence[Topic]) -> None:
        self._settings = settings
        self._needed = needed
        self._seen: KafkaError | None = None
        self._admin: AdminClient | None = None
        self._ready = False

    async def wait_until_ready(self) -> None:
        """Return once every needed topic is there; until then say every few seconds why not."""
        logged = ""
        while not self._ready:
            try:
                await asyncio.to_thread(self._prepare)
            except BrokerError as error:
                if str(error) != logged:
                    logged = str(error)
                    _log.error("not ready for Kafka", error=logged)
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                self._ready = True

    async def check(self) -> None:
        """For `/readyz`: raises BrokerError."""
        await asyncio.to_thread(self._prepare if not self._ready else self._answering)

    async def embedded(self) -> bool:
        """Whether they are the embedded broker, which has its topics from its start."""
        return await asyncio.to_thread(lambda: self._embedded(self._answering()))

    def _prepare(self) -> None:
        started = monotonic()
        admin = self._answering()
        if self._settings.kafka_create_topics and not self._embedded(admin):
            try:
                topics.create(admin, self._needed, self._settings)
            except KafkaException as error:
                raise BrokerError(self._refusal(error.args[0])) from error
        found = topics.complaints(admin, self._needed, self._settings)
        if found:
            raise BrokerError("; ".join(found))
        _log.debug("brokers ready", seconds=monotonic() - started)

    def _answering(self) -> AdminClient:
        if self._admin is None:
            config = self._settings.kafka_client("check")
            self._admin = AdminClient(config | {"error_cb": self._note})
        self._seen = None
        try:
            self._admin.list_topics(timeout=_SECONDS)
        except KafkaException as error:
            self._admin.poll(0)
            raise BrokerError(self._explanation(error.args[0])) from error
        return self._admin

    def _note(self, error: KafkaError) -> None:
        # The first one tells the cause; "all brokers are down" follows it.
        if self._seen is None or error.code() in {*_CREDENTIALS, *_CERTIFICATE}:
            self._seen = error

    def _explanation(self, error: KafkaError) -> str:
        cause = self._seen or error
        protocol = self._settings.kafka_security_protocol or "PLAINTEXT"
        if cause.code() in _CREDENTIALS:
            return (
                "the brokers refuse KAFKA_SASL_USERNAME with KAFKA_SASL_PASSWORD,"
                f" or KAFKA_SASL_MECHANISM={self._settings.kafka_sasl_mechanism}: {cause.str()}"
            )
        if cause.code() in _CERTIFICATE:
            return (
                "no TLS connection: see KAFKA_SSL_CA_LOCATION and KAFKA_SECURITY_PROTOCOL"
                f"={protocol}: {cause.str()}"
            )
        return (
            f"no broker answers at KAFKA_BOOTSTRAP_SERVERS={self._settings.kafka_bootstrap_servers}"
            f" by KAFKA_SECURITY_PROTOCOL={protocol}: {cause.str()}"
        )

    def _refusal(self, error: KafkaError) -> str:
        return (
            f"the topics cannot be created: {error.str()};"
            " see KAFKA_REPLICATION_FACTOR, KAFKA_MIN_INSYNC_REPLICAS and KAFKA_CREATE_TOPICS"
        )

    def _embedded(self, admin: AdminClient) -> bool:
        cluster = str(admin.list_topics(timeout=_SECONDS).cluster_id)
        if not cluster.startswith(_EMBEDDED):
            return False
        if self._settings.environment == "production":
            raise BrokerError(
                "KAFKA_BOOTSTRAP_SERVERS is the embedded broker, which keeps nothing:"
                " it is for development and never for ENVIRONMENT=production"
            )
        if not self._ready:
            _log.warning("this is the embedded broker: for development, in memory only")
        return True
