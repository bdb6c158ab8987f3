import pytest

from identity.adapters.email_addresses import parse_address
from identity.domain import email_address
from identity.domain.errors import InvalidEmailError


@pytest.mark.parametrize(
    "text",
    ["a@b.co", "ada.lovelace+news@example.com", "o'hara@mail.example", "Ada@Example.COM",
     "x" * 64 + "@example.com", "0@1.example", "a@xn--bcher-kva.example", "!#$%&*/=?^_`{|}~-@b.co",
     "a@test.example", "a@example.org", "a@local.host", f"a@{'b' * 63}.{'c' * 63}.{'d' * 63}.co"],
)  # fmt: skip
def test_addresses(text: str) -> None:
    assert email_address.parse(text) == parse_address(text) == text


@pytest.mark.parametrize(
    "text",
    ["", "@", "a", "a@", "@b.co", "a b@c.de", "a@b..c", "a@-b.co", "a@b-.co", ".a@b.co", "a.@b.co",
     "a..b@c.de", "a@b.co\n", "a\0@b.co", '"a"@b.co', "a,b@c.de", "a@b@c.de", "a@b.co.",
     "x" * 65 + "@example.com", "a@" + "b" * 250 + ".co", "a@" + "b" * 64 + ".co",
     "=?utf-8?q?a?=@b.co"],
)  # fmt: skip
def test_no_addresses(text: str) -> None:
    with pytest.raises(InvalidEmailError):
        email_address.parse(text)
    with pytest.raises(InvalidEmailError):
        parse_address(text)


@pytest.mark.parametrize(
    "text",
    ["a@b", "a@localhost", "a@shop.LOCALHOST", "a@b.test", "a@b.Invalid", "a@printer.local",
     "a@b.onion", "a@1.0.0.127.in-addr.arpa", "a@127.0.0.1", "a@127.1", "a@0x7f.0x1",
     "a@[127.0.0.1]", "a@[IPv6:::1]", "a@\uff11\uff12\uff17.0.0.\uff11", "a@b.\uff54est",
     "jürgen@example.com", "\uff41@example.com", "a\u0301@example.com", "a@b\u3002"],
)  # fmt: skip
def test_what_never_gets_mail(text: str) -> None:
    with pytest.raises(InvalidEmailError):
        parse_address(text)


@pytest.mark.parametrize(
    ("text", "travels"),
    [
        ("Jo@Bücher.Example", "Jo@xn--bcher-kva.example"),
        ("a@straße.de", "a@xn--strae-oqa.de"),  # IDNA 2003 had it at strasse.de, somebody else's
        ("a@STRASSE.de", "a@STRASSE.de"),
        ("a@Βόλος.com", "a@xn--nxasmm1c.com"),
        ("a@\u0646\u0627\u0645\u0647\u200c\u0627\u06cc.com", "a@xn--mgba3gch31f060k.com"),
        ("a@例え。テスト", "a@xn--r8jz45g.xn--zckzah"),
        ("a@bu\u0308cher.example", "a@xn--bcher-kva.example"),
    ],
)
def test_an_internationalised_domain_travels_in_ascii(text: str, travels: str) -> None:
    assert parse_address(text) == travels
    assert parse_address(travels) == travels


@pytest.mark.parametrize(
    "domain",
    ["☃.net", "💩.la", "xn--ls8h.la", "xn--a.com", "a\u200db.com", "ab\ud800.com", "b\u0000ü.com",
     "\u0301a.com", "-ü.com", "ü" * 64 + ".de", ".".join(["àáâãäåæçèéêëìíîïðñòó"] * 11) + ".de"],
)  # fmt: skip
def test_what_is_no_internationalised_domain(domain: str) -> None:
    with pytest.raises(InvalidEmailError):
        parse_address(f"a@{domain}")


def test_what_is_too_long_is_not_mapped(monkeypatch: pytest.MonkeyPatch) -> None:
    for text in ("a@" + "ü" * 253, "a@" + "\u0301" * 80_000 + ".de", "\u0301" * 80_000):
        with monkeypatch.context() as patched:
            patched.delattr("idna.encode")
            with pytest.raises(InvalidEmailError):
                parse_address(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Ada@Example.COM", "ada@example.com"), ("A@BÜCHER.example", "a@XN--BCHER-KVA.EXAMPLE")],
)
def test_two_spellings_of_one_address(one: str, other: str) -> None:
    spellings = (parse_address(one), parse_address(other))
    assert len({email_address.same_for(text) for text in spellings}) == 1
