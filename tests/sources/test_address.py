"""What SOURCE means, and what it must not mean."""

from pathlib import Path

import pytest

from blueprint_cli.errors import SourceRefused
from blueprint_cli.sources.address import read_address


@pytest.mark.parametrize(
    ("text", "location"),
    [
        ("gh:acme/templates", "https://github.com/acme/templates.git"),
        ("gh:acme/templates.git", "https://github.com/acme/templates.git"),
        ("gl:acme/group/templates", "https://gitlab.com/acme/group/templates.git"),
        ("bb:acme/templates", "https://bitbucket.org/acme/templates.git"),
        ("git@host.example:acme/templates.git", "git@host.example:acme/templates.git"),
        ("git+https://host.example/templates", "https://host.example/templates"),
        ("git+ssh://git@host.example/templates", "ssh://git@host.example/templates"),
        ("https://host.example/templates.git", "https://host.example/templates.git"),
        ("file:///srv/templates.git", "file:///srv/templates.git"),
    ],
)
def test_a_repository_is_read_as_its_url(text: str, location: str) -> None:
    address = read_address(text)
    assert (address.kind, address.location, address.given) == ("git", location, text)
    assert address.name == "templates"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "x" * 501,
        "--upload-pack=touch /tmp/x",
        "-oProxyCommand=touch",
        "ext::sh -c touch% /tmp/x",
        "git+ext::sh -c touch",
        "fd::17",
        "git+git://host.example/x.git",
        "http://host.example/x.git",
        "git+http://host.example/x.git",
        "ftp://host.example/x.zip",
        "ssh://-oProxyCommand=touch/x",
        "git+ssh://-oProxyCommand=touch@host.example/x",
        "git@-oProxyCommand=touch:x",
        "git@host.example:-x",
        "https://user:secret@host.example/x.git",
        "https://token@host.example/x.git",
        "git+ssh://git:secret@host.example/x.git",
        "https:///x.git",
        "https://[::1/x.git",
        "gh:acme/templates#subdirectory=../x",
        "gh:acme/templates#subdirectory=/etc",
        "gh:acme/templates#subdirectory=a\\b",
        "gh:acme/templates\n",
        "gh:acme/tem\x1b[31mplates",
        "gh:acme/tem\u2028plates",
        "python:../x",
        "python:-x",
        "ssh://host.example/x.zip",
    ],
)
def test_what_is_not_safe_to_ask_is_refused(text: str) -> None:
    with pytest.raises(SourceRefused) as refused:
        read_address(text)
    assert "secret" not in refused.value.message
    assert "token@" not in refused.value.message
    assert refused.value.message.isprintable()


def test_a_file_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("x")
    with pytest.raises(SourceRefused, match="no archive"):
        read_address(str(tmp_path / "x.txt"))
