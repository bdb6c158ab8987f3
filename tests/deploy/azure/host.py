"""Stands for Azure's host, beside the real library: run in a project's folder, with a port.

What comes over HTTP goes to the function as `HttpRequest`, and its `HttpResponse` goes back as the
library encodes it for the host; the timer's function runs every second, so that what takes a minute
there takes no longer than a test waits; Kafka's functions get batches of events, again where they
fail.
"""
# ruff: noqa: ANN401 - what the library and its functions hand over has no types

from __future__ import annotations

import asyncio
import os
import sys
import threading
from base64 import b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import azure.functions as func  # type: ignore[import-not-found]
from azure.functions.http import HttpResponseConverter  # type: ignore[import-not-found]

if TYPE_CHECKING:
    from collections.abc import Coroutine

ANSWER_SECONDS = 60
BATCH = 100
CONTEXT = SimpleNamespace(
    function_name="http_app_func",
    function_directory="",
    invocation_id="",
    thread_local_storage=None,
    trace_context=None,
    retry_context=None,
)
sys.path[:0] = ["deploy/azure-functions"]
function_app = import_module("function_app")
FUNCTIONS = {each.get_function_name(): each for each in function_app.app.get_functions()}
# As the worker has them: one loop for all functions.
LOOP = asyncio.new_event_loop()


def invoke(coroutine: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run_coroutine_threadsafe(coroutine, LOOP).result(ANSWER_SECONDS)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    function = FUNCTIONS["http_app_func"]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self.answer
        raise AttributeError(name)

    def answer(self) -> None:
        body = self.body()
        methods = {method.value for method in self.function.get_trigger().methods}
        if self.command not in methods:
            self.send_response_only(405)
            self.send_header("content-length", "0")
            self.end_headers()
            return
        headers: dict[str, str] = {}
        for name, value in self.headers.items():
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        url = f"http://{self.headers['host']}{self.path}"
        request = func.HttpRequest(method=self.command, url=url, headers=headers, body=body)
        response = invoke(self.function.get_user_function()(request, CONTEXT))
        said = HttpResponseConverter.encode(response, expected_type=None).value
        content = said["body"].value
        self.send_response_only(int(said["status_code"].value))
        for name, datum in said["headers"].items():
            if name.lower() not in {"content-length", "transfer-encoding"}:
                self.send_header(name, datum.value)
        if response.status_code not in {204, 304}:
            self.send_header("content-length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def body(self) -> bytes:
        if "chunked" not in self.headers.get("transfer-encoding", ""):
            return self.rfile.read(int(self.headers.get("content-length") or 0))
        found = b""
        while size := int(self.rfile.readline().strip() or b"0", 16):
            found += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return found

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the library's
        """The application has a line for each request."""


def log(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def tick() -> None:
    work = FUNCTIONS["work"].get_user_function()
    while True:
        threading.Event().wait(1)
        try:
            invoke(work(None))
        except Exception as error:  # noqa: BLE001 - the host logs it, and calls again
            log(f"work failed: {error}")


def listen(function: Any) -> None:
    """Bring the events of a function's topic, in the group that its binding names."""
    from confluent_kafka import Consumer  # type: ignore[import-not-found]  # noqa: PLC0415

    binding = function.get_trigger().get_dict_repr()
    consumer = Consumer(
        {
            "bootstrap.servers": os.environ[binding["brokerList"]],
            "group.id": binding["consumerGroup"],
            "group.protocol": os.environ.get("KAFKA_GROUP_PROTOCOL", "consumer"),
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "allow.auto.create.topics": False,
            "topic.metadata.refresh.interval.ms": 500,
        }
    )
    consumer.subscribe([binding["topic"]])
    while True:
        messages = [one for one in consumer.consume(BATCH, 0.2) if one.error() is None]
        while messages:
            try:
                invoke(function.get_user_function()([event_of(one) for one in messages]))
            except Exception as error:  # noqa: BLE001 - its binding has it repeated
                log(f"events failed: {error}")
                threading.Event().wait(1)
            else:
                consumer.commit(asynchronous=False)
                break


def event_of(message: Any) -> Any:
    return func.KafkaEvent(
        body=message.value(),
        key=message.key().decode(),
        topic=message.topic(),
        partition=message.partition(),
        offset=message.offset(),
        headers=[
            {"Key": name, "Value": b64encode(value).decode()} for name, value in message.headers()
        ],
    )


def main(port: int) -> None:
    threading.Thread(target=LOOP.run_forever, daemon=True).start()
    threading.Thread(target=tick, daemon=True).start()
    for function in FUNCTIONS.values():
        if function.get_trigger().get_binding_name() == "kafkaTrigger":
            threading.Thread(target=listen, args=[function], daemon=True).start()
    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]))
