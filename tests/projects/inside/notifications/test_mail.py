"""How e-mail is written and handed over."""

import asyncio
import email
import email.policy
import resource
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from email.header import decode_header, make_header
from email.utils import getaddresses
from mailbox import mbox
from pathlib import Path
from uuid import UUID

import pytest

from notifications.adapters.mail import RecordedMailbox, SmtpMailer, SmtpServer, to_message
from notifications.application.ports import AT_ONCE, SEND_WITHIN, Mail, Mailer, MailNotSentError
from tests.notifications.builders import NOON, MemoryMailer

pytestmark = pytest.mark.anyio
SENDER = "shop@shop.example"
MAIL = Mail(
    id=UUID(int=7),
    email="ada@example.com",
    name="Ada Löve\r\nBcc: all@example.com",
    subject="Your order is confirmed",
    body="Total: 12.50 EUR, schöne Grüße\n",
    date=NOON,
)


def test_a_repeat_is_the_same_bytes_with_the_same_message_id() -> None:
    message = to_message(MAIL, SENDER)
    assert message["Message-ID"] == "<00000000-0000-0000-0000-000000000007@shop.example>"
    assert message.as_bytes() == to_message(MAIL, SENDER).as_bytes()


@pytest.mark.parametrize(
    "name",
    [
        "Ada",
        "Ada\r\nBcc: all@example.com",
        "Ada <you@example.com>, Bob",
        'Ada", <you@example.com>, "Bob" of a name too long for one line of a header <a@b.c>, me',
        "Löve <you@example.com>, a name that must be encoded, and folded into several lines, (x) <",
        "=?utf-8?q?=3Cyou=40example=2Ecom=3E=2C?= Ada, of a name that is too long for one line, so",
        "\\",
        "",
    ],
)
def test_a_name_adds_neither_headers_nor_addresses(name: str) -> None:
    written = to_message(replace(MAIL, name=name), SENDER).as_bytes()
    message = email.message_from_bytes(written, policy=email.policy.default)
    assert message["Bcc"] is None
    assert [each.addr_spec for each in message["To"].addresses] == ["ada@example.com"]
    assert all(len(line) <= 78 for line in written.splitlines())


@pytest.mark.parametrize(
    "name",
    ["x" * 100, "Ada Löve", "J. R. R. Tolkien", "Ada " * 24 + "Löve", "...", ". ." * 33, "ä " * 50,
     'Ada "Löve" (x), <y@z>; \\', 'A "B" \\', "=?utf-8?q?a?=", "山田\u3000太郎", "a\u2007b",
     "\U0001f469\u200d\U0001f680" * 33, "\U0001f3f4\U000e0067\U000e007f", "\u0301" * 100],
)  # fmt: skip
def test_a_name_is_in_the_address(name: str) -> None:
    written = to_message(replace(MAIL, name=name), SENDER).as_bytes()
    assert all(len(line) <= 78 for line in written.splitlines())
    to = email.message_from_bytes(written, policy=email.policy.compat32)["To"]
    # The library's newer parser puts a space between two encoded words.
    [(shown, address)] = getaddresses([to])
    assert str(make_header(decode_header(shown))) == name
    assert address == MAIL.email


@pytest.mark.parametrize(
    "address",
    ["x" * 64 + "@" + ".".join(["b" * 60] * 3) + ".co", "!#$%&'*+/=?^_`{|}~-@b.co", "o'hara@b.co"],
)
@pytest.mark.parametrize("name", ["Ada", "Löve"])
def test_a_strange_or_long_address_gets_mail(address: str, name: str) -> None:
    written = to_message(replace(MAIL, name=name, email=address), SENDER).as_bytes()
    message = email.message_from_bytes(written, policy=email.policy.default)
    assert [each.addr_spec for each in message["To"].addresses] == [address]


def test_no_name_is_folded_by_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("email._header_value_parser._refold_parse_tree")
    to_message(replace(MAIL, name="\U0001f469" * 100), SENDER).as_bytes()


@pytest.mark.parametrize(
    "address", ["", "a b@c", "ada", "a@b\r\nBcc: c@d", "@", "jürgen@b.co", "a@ü.co"]
)
def test_an_impossible_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        to_message(replace(MAIL, email=address), SENDER)


async def test_the_mailbox_records_email_in_a_file_that_programs_read(tmp_path: Path) -> None:
    directory = tmp_path / "var" / "mailbox"
    for mailbox in (RecordedMailbox(directory, SENDER), RecordedMailbox(directory, SENDER)):
        await mailbox.send(replace(MAIL, body=f"From me\n\n{MAIL.body}"))
    with closing(mbox(directory / "sent.mbox")) as box:
        first, second = box
    message = email.message_from_bytes(first.as_bytes(), policy=email.policy.default)
    assert message["Message-ID"] == second["Message-ID"]
    assert message["Subject"] == MAIL.subject
    assert first.get_from() == f"{SENDER} Thu Jan  1 12:00:00 2026"


async def test_an_email_that_finds_no_room_is_not_recorded(tmp_path: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(MailNotSentError):
            await RecordedMailbox(tmp_path, SENDER).send(MAIL)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


async def test_a_mailbox_that_cannot_be_written_fails_the_attempt(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(MailNotSentError):
        await RecordedMailbox(tmp_path / "file", SENDER).send(MAIL)


class SmtpStub:
    """Takes one conversation after another; answers as, and as slowly as, a test asks."""

    def __init__(self) -> None:
        self.answers = {"DATA": "354 go on", "QUIT": "221 bye"}
        self.delays: dict[str, float] = {}
        self.received: list[bytes] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._open = True
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        if self._open:
            self._open = False
            socket.create_connection(("127.0.0.1", self.port)).close()
            self._thread.join(5)
            self._listening.close()

    def _serve(self) -> None:
        while True:
            connection, _ = self._listening.accept()
            if not self._open:
                connection.close()
                return
            with (
                suppress(ConnectionError),
                connection,
                connection.makefile("rwb", buffering=0) as lines,
            ):
                self._talk(lines)

    def _talk(self, lines: socket.SocketIO) -> None:
        lines.write(b"220 ready\r\n")
        for line in lines:
            command = line.split()[0].decode().upper().partition(":")[0]
            answer = self.answers.get(command, "250 fine")
            time.sleep(self.delays.get(command, 0))
            lines.write(answer.encode() + b"\r\n")
            if command == "DATA" and answer.startswith("354"):
                self.received.append(b"".join(iter(lines.readline, b".\r\n")))
                lines.write(self.answers.get("END", "250 taken").encode() + b"\r\n")


@pytest.fixture
def smtp() -> Iterator[SmtpStub]:
    stub = SmtpStub()
    yield stub
    stub.close()


def mailer(stub: SmtpStub, within: timedelta = SEND_WITHIN) -> SmtpMailer:
    return SmtpMailer(SmtpServer.from_url(f"smtp://127.0.0.1:{stub.port}"), SENDER, within)


@dataclass(frozen=True)
class Post:
    """A mailer, and the e-mails that it was given, as bytes or as they were."""

    mailer: Mailer
    taken: Callable[[], Sequence[object]]


@pytest.fixture(params=["memory", "mailbox", "smtp"])
def post(request: pytest.FixtureRequest, tmp_path: Path) -> Post:
    """Each kind of mailer in turn."""
    if request.param == "memory":
        memory = MemoryMailer()
        return Post(memory, lambda: memory.sent)
    if request.param == "mailbox":
        return Post(
            RecordedMailbox(tmp_path, SENDER), lambda: [f.read_bytes() for f in tmp_path.iterdir()]
        )
    stub: SmtpStub = request.getfixturevalue("smtp")
    return Post(mailer(stub), lambda: stub.received)


async def test_every_mailer_takes_many_at_once_and_a_repeat(post: Post) -> None:
    mails = [replace(MAIL, id=UUID(int=number)) for number in range(AT_ONCE)]
    await asyncio.gather(*(post.mailer.send(mail) for mail in mails))
    await post.mailer.send(mails[0])
    taken = " ".join(str(each) for each in post.taken())
    assert all(str(mail.id) in taken for mail in mails)


async def test_an_email_is_handed_over(smtp: SmtpStub) -> None:
    await mailer(smtp).send(MAIL)
    message = email.message_from_bytes(smtp.received[0], policy=email.policy.default)
    assert message["Message-ID"] == f"<{MAIL.id}@shop.example>"
    assert message.get_content().strip() == MAIL.body.strip()


@pytest.mark.parametrize(
    ("command", "answer", "permanent", "reason"),
    [
        ("RCPT", "550 no such user ada@example.com", True, "recipient refused: 550"),
        ("RCPT", "451 try later", False, "recipient refused: 451"),
        ("MAIL", "550 not from you", False, "SMTPSenderRefused: 550"),
        ("END", "554 spam", True, "SMTPDataError: 554"),
        ("END", "452 full", False, "SMTPDataError: 452"),
    ],
)
async def test_a_refusal_is_permanent_only_when_the_server_says_so(
    smtp: SmtpStub, command: str, answer: str, permanent: bool, reason: str
) -> None:
    smtp.answers[command] = answer
    with pytest.raises(MailNotSentError) as raised:
        await mailer(smtp).send(MAIL)
    assert (str(raised.value), raised.value.permanent) == (reason, permanent)


async def test_a_server_that_is_away_or_speaks_no_tls_is_tried_again(smtp: SmtpStub) -> None:
    plain = SmtpMailer(SmtpServer.from_url(f"smtp+starttls://127.0.0.1:{smtp.port}"), SENDER)
    with pytest.raises(MailNotSentError, match="SMTPNotSupportedError"):
        await plain.send(MAIL)
    smtp.close()
    with pytest.raises(MailNotSentError, match="ConnectionRefusedError"):
        await mailer(smtp).send(MAIL)


async def test_what_the_server_has_taken_is_sent_however_it_parts(smtp: SmtpStub) -> None:
    smtp.answers["QUIT"] = "421 too many connections"
    await mailer(smtp).send(MAIL)
    assert len(smtp.received) == 1


async def test_nothing_is_sent_when_time_is_over_though_no_step_took_long(smtp: SmtpStub) -> None:
    smtp.delays = dict.fromkeys(("EHLO", "MAIL", "RCPT", "DATA"), 0.2)
    with pytest.raises(MailNotSentError):
        await mailer(smtp, timedelta(seconds=0.5)).send(MAIL)
    smtp.close()
    assert smtp.received == []


async def test_what_the_server_has_taken_is_sent_though_it_never_parts(smtp: SmtpStub) -> None:
    smtp.answers["QUIT"] = "221-a line to which none is added"
    await mailer(smtp, timedelta(seconds=1)).send(MAIL)
    assert len(smtp.received) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="others let more connections wait")
async def test_an_address_that_swallows_connections_is_followed_by_the_next(
    smtp: SmtpStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notifications.adapters.mail.CONNECT_SECONDS", 0.1)
    with socket.socket() as swallows, socket.socket() as first, socket.socket() as second:
        swallows.bind(("127.0.0.1", 0))
        swallows.listen(0)
        for connection in (first, second):  # what waits to be accepted leaves no room
            connection.setblocking(False)
            connection.connect_ex(swallows.getsockname())
        addresses = [swallows.getsockname(), ("127.0.0.1", smtp.port)]
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", each) for each in addresses]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_: found)
        await mailer(smtp).send(MAIL)
    assert len(smtp.received) == 1


async def test_a_name_that_is_not_found_in_time_is_not_waited_for(
    smtp: SmtpStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = threading.Event()

    def look_up(*_: object) -> None:
        over.wait(5)
        raise OSError

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with pytest.raises(MailNotSentError, match="TimeoutError"):
        await mailer(smtp, timedelta(seconds=0.1)).send(MAIL)
    over.set()


async def test_no_email_waits_until_another_is_sent() -> None:
    all_there = asyncio.Barrier(AT_ONCE)

    async def turn_away(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await all_there.wait()
        writer.write(b"421 all are there\r\n")
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(turn_away, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    mailer = SmtpMailer(SmtpServer.from_url(f"smtp://127.0.0.1:{port}"), SENDER)
    sent = await asyncio.gather(
        *(mailer.send(MAIL) for _ in range(AT_ONCE)), return_exceptions=True
    )
    assert {str(each) for each in sent} == {"SMTPConnectError: 421"}
    server.close()
    await server.wait_closed()


async def test_an_impossible_address_is_given_up(smtp: SmtpStub) -> None:
    with pytest.raises(MailNotSentError) as raised:
        await mailer(smtp).send(replace(MAIL, email="nobody"))
    assert raised.value.permanent


def test_a_url_names_the_server() -> None:
    server = SmtpServer.from_url("smtp+starttls://me:p%40ss@mail.example")
    assert (server.host, server.port, server.user, server.password) == (
        "mail.example",
        587,
        "me",
        "p@ss",
    )
    assert "p@ss" not in repr(server)


@pytest.mark.parametrize("url", ["http://mail.example", "smtp://", "smtp://mail.example/inbox"])
def test_a_url_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="must"):
        SmtpServer.from_url(url)
