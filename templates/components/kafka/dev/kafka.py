"""An embedded broker for `make dev` and `make test`: librdkafka's mock cluster.

It comes with confluent-kafka, speaks Kafka's protocol on loopback, and keeps everything in memory,
some megabytes a partition. For development only; a process in production refuses it.

`python -m dev.kafka FILE TOPIC=PARTITIONS...` serves until SIGTERM, and writes its address to FILE.
"""

import ctypes
import signal
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import confluent_kafka.cimpl

_HANDLE = ctypes.c_void_p
_PRODUCER = 0
# A consumer that was killed loses its partitions after so long, not after the usual 45 s.
_SESSION_MS, _HEARTBEAT_MS = 3_000, 300


class EmbeddedKafkaError(Exception):
    """The embedded broker did not start."""


class EmbeddedKafka:
    """One broker within this process, until `stop` or the end of the process."""

    def __init__(self) -> None:
        library = ctypes.CDLL(confluent_kafka.cimpl.__file__)
        self._destroy: Callable[[Any], None] = _function(library, "rd_kafka_destroy", None, _HANDLE)
        configuration = _function(library, "rd_kafka_conf_new", _HANDLE)()
        setting = _function(
            library,
            "rd_kafka_conf_set",
            ctypes.c_int,
            *(_HANDLE, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_size_t),
        )
        text = ctypes.create_string_buffer(512)
        for key, value in {b"bootstrap.servers": b"127.0.0.1:1", b"log_level": b"0"}.items():
            setting(configuration, key, value, text, len(text))
        self._client = _function(
            library,
            "rd_kafka_new",
            _HANDLE,
            *(ctypes.c_int, _HANDLE, ctypes.c_char_p, ctypes.c_size_t),
        )(_PRODUCER, configuration, text, len(text))
        if not self._client:
            raise EmbeddedKafkaError(text.value.decode(errors="replace"))
        new = _function(library, "rd_kafka_mock_cluster_new", _HANDLE, _HANDLE, ctypes.c_int)
        self._cluster = new(self._client, 1)
        for name, milliseconds in {
            "rd_kafka_mock_set_group_consumer_session_timeout_ms": _SESSION_MS,
            "rd_kafka_mock_set_group_consumer_heartbeat_interval_ms": _HEARTBEAT_MS,
            "rd_kafka_mock_group_initial_rebalance_delay_ms": 0,
        }.items():
            _function(library, name, None, _HANDLE, ctypes.c_int32)(self._cluster, milliseconds)
        address = _function(library, "rd_kafka_mock_cluster_bootstraps", ctypes.c_char_p, _HANDLE)
        self.bootstrap_servers: str = address(self._cluster).decode()
        self._create = _function(
            library,
            "rd_kafka_mock_topic_create",
            ctypes.c_int,
            *(_HANDLE, ctypes.c_char_p, ctypes.c_int, ctypes.c_int),
        )
        self._close = _function(library, "rd_kafka_mock_cluster_destroy", None, _HANDLE)

    def create(self, topics: Mapping[str, int]) -> None:
        """Topics with their numbers of partitions."""
        for name, partitions in topics.items():
            error = self._create(self._cluster, name.encode(), partitions, 1)
            if error:
                raise EmbeddedKafkaError(f"topic {name}: librdkafka's error {error}")

    def stop(self) -> None:
        """Forget everything."""
        self._close(self._cluster)
        self._destroy(self._client)


def _function(library: ctypes.CDLL, name: str, result: Any, *arguments: Any) -> Any:
    function = getattr(library, name)
    function.restype, function.argtypes = result, arguments
    return function


def partitions_of(arguments: Iterable[str]) -> dict[str, int]:
    """`orders.events=6` and so on."""
    pairs = (argument.rpartition("=") for argument in arguments)
    return {name: int(count) for name, _, count in pairs}


def main(arguments: list[str]) -> int:
    """Serve until SIGTERM."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    broker = EmbeddedKafka()
    broker.create(partitions_of(arguments[1:]))
    file = Path(arguments[0])
    file.parent.mkdir(parents=True, exist_ok=True)
    written = file.with_suffix(".new")
    written.write_text(broker.bootstrap_servers, encoding="ascii")
    written.replace(file)
    print(f"embedded Kafka at {broker.bootstrap_servers}: for development, in memory only")
    sys.stdout.flush()
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    file.unlink(missing_ok=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
