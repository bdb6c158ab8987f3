"""The script that installs: with uv from where pip would, and with pip where uv cannot."""

import ast
import json
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from tests.environment.conftest import OPENSSL, SCRIPT, Certificates, Environment, Wheels
from tests.environment.index import Index, make_wheel, requirements, serve

BY_UV = {"alpha": "uv", "beta": "uv"}
BY_PIP = {"alpha": "pip", "beta": "pip"}
NOBODY = "http://127.0.0.1:9/simple"


@pytest.fixture
def index(wheels: Wheels) -> Iterator[Index]:
    """All that the tests install, and uv."""
    with serve(wheels.alpha, wheels.beta, wheels.uv) as served:
        yield served


@pytest.fixture
def needed(wheels: Wheels) -> str:
    """What the requirements file says."""
    return requirements(wheels.alpha, wheels.beta)


def pin(environment: Environment, text: str) -> None:
    """Write requirements-uv.txt."""
    (environment.folder / "requirements-uv.txt").write_text(text)


# uv is put into the environment


def test_pip_puts_the_pinned_uv_in_and_uv_installs(
    environment: Environment, index: Index, wheels: Wheels, needed: str
) -> None:
    pin(environment, requirements(wheels.uv))
    environment.remove_pip()

    said = environment.install(*environment.require(needed), PIP_INDEX_URL=index.url)

    assert re.fullmatch(
        r"Installing 2 packages into \.venv; .* about a minute\.\nInstalled in \d+ s\.\n", said
    )
    assert environment.installed() == {"uv": "pip", **BY_UV}
    assert (index.programs("uv"), index.programs("alpha")) == ({"pip"}, {"uv"})
    # And the next time it is there: pip is asked nothing.
    index.asked.clear()
    project = make_wheel(environment.folder, "project", "1.0")
    environment.install("--no-deps", project, PIP_INDEX_URL=index.url)
    assert (environment.installed()["project"], index.asked) == ("uv", [])


def test_on_a_terminal_the_seconds_are_counted(environment: Environment, wheels: Wheels) -> None:
    slow = "import install, time; install.install = lambda _: time.sleep(1.5) or 0; "
    program = slow + "install.main(['--requirement', 'requirements-dev.txt'])"
    environment.require(requirements(wheels.alpha))
    child = pexpect.spawn(
        sys.executable,
        ["-c", program],
        cwd=str(environment.folder),
        env={**environment.variables, "PYTHONPATH": str(SCRIPT.parent)},
        encoding="utf-8",
    )
    child.expect_exact("Installing 1 package into .venv;")
    child.expect_exact("\r  1 s\rInstalled in")
    child.expect_exact(pexpect.EOF)


@pytest.mark.parametrize("problem", ["missing", "hash", "broken", "unpinned"])
def test_pip_installs_where_uv_cannot_be_put_in(
    problem: str, environment: Environment, wheels: Wheels, needed: str, tmp_path: Path
) -> None:
    broken = make_wheel(tmp_path, "uv", "1", program=b"#!/bin/sh\necho wrong processor >&2; exit 1")
    offered = {"missing": [], "broken": [broken]}.get(problem, [wheels.uv])
    pinned = requirements(broken if problem == "broken" else wheels.uv)
    if problem != "unpinned":
        pin(environment, pinned[:-9] if problem == "hash" else pinned)

    with serve(wheels.alpha, wheels.beta, *offered) as index:
        said = environment.install(*environment.require(needed), PIP_INDEX_URL=index.url)

    assert "\nuv cannot be put into the environment;" in said
    assert environment.installed().items() >= BY_PIP.items()
    assert index.programs("alpha") == {"pip"}


def test_a_uv_on_the_path_that_only_complains_is_none(
    environment: Environment, index: Index, wheels: Wheels, needed: str, tmp_path: Path
) -> None:
    pin(environment, requirements(wheels.uv))
    (tmp_path / "bin/uv").write_text("#!/bin/sh\nexit 127\n")
    (tmp_path / "bin/uv").chmod(0o755)

    environment.install(*environment.require(needed), PIP_INDEX_URL=index.url)

    assert environment.installed() == {"uv": "pip", **BY_UV}


# uv goes where pip would go


@pytest.mark.parametrize(
    "configured",
    [
        "PIP_INDEX_URL={url}",
        "~/.config/pip/pip.conf:[global]\nindex_url = {url}",
        "~/.pip/pip.conf:[install]\nindex-url: {url}",
        "~/own:[global]\nindex-url = {url}",
        "~/all/pip/pip.conf:[global]\nindex-url = {url}",
    ],
)
def test_the_index(configured: str, with_uv: Environment, index: Index, needed: str) -> None:
    configured = configured.replace("{url}", index.url)
    variables = {"XDG_CONFIG_DIRS": f"/nowhere:{with_uv.home}/all"}
    if configured.startswith("~/"):
        file, _, text = configured[2:].partition(":")
        with_uv.configure(text, file)
        variables |= {"PIP_CONFIG_FILE": f"{with_uv.home}/own"} if file == "own" else {}
    else:
        with_uv.configure(f"[install]\nindex-url = {NOBODY}")
        variables |= dict([configured.split("=", 1)])

    with_uv.install(*with_uv.require(needed), **variables)

    assert with_uv.installed() == BY_UV
    assert index.programs("") == {"uv"}


def test_extra_indexes_are_as_good_as_the_first(with_uv: Environment, wheels: Wheels) -> None:
    needed = with_uv.require(requirements(wheels.alpha, wheels.beta))
    with serve(wheels.alpha_2) as first, serve(wheels.alpha) as second, serve(wheels.beta) as third:
        extra = f"{second.url}\n  {third.url}"
        with_uv.configure(f"[global]\nindex-url = {first.url}\nextra-index-url =\n  {extra}\n")
        with_uv.install(*needed)

    assert with_uv.installed() == BY_UV
    assert first.programs("alpha") == second.programs("alpha") == {"uv"}


def test_folders_and_pages_in_place_of_an_index(
    with_uv: Environment, wheels: Wheels, needed: str
) -> None:
    (with_uv.home / "wheels").mkdir()
    shutil.copy(wheels.alpha, with_uv.home / "wheels")
    with serve(wheels.beta) as index:
        with_uv.install(
            *with_uv.require(needed),
            PIP_NO_INDEX="yes",
            PIP_FIND_LINKS=f"/not/there ~/wheels {index.url}/beta",
            PIP_INDEX_URL=NOBODY,
        )

    assert with_uv.installed() == BY_UV


needs_openssl = pytest.mark.skipif(OPENSSL is None, reason="openssl is not installed")


@needs_openssl
@pytest.mark.parametrize("variable", ["PIP_CERT", "REQUESTS_CA_BUNDLE", "PIP_TRUSTED_HOST"])
def test_certificates_and_trusted_hosts(
    variable: str, with_uv: Environment, wheels: Wheels, needed: str, certificates: Certificates
) -> None:
    trusted = {"PIP_TRUSTED_HOST": "example.org 127.0.0.1"}
    with serve(wheels.alpha, wheels.beta, tls=certificates.context()) as index:
        with_uv.install(
            *with_uv.require(needed),
            **{variable: trusted.get(variable, str(certificates.authority))},
            PIP_INDEX_URL=index.url,
        )

    assert with_uv.installed() == BY_UV


@needs_openssl
def test_a_client_certificate(
    with_uv: Environment, wheels: Wheels, needed: str, certificates: Certificates
) -> None:
    with serve(wheels.alpha, wheels.beta, tls=certificates.context(ask_client=True)) as index:
        with_uv.install(
            *with_uv.require(needed),
            PIP_CERT=str(certificates.authority),
            PIP_CLIENT_CERT=str(certificates.client),
            PIP_INDEX_URL=index.url,
        )

    assert with_uv.installed() == BY_UV


def test_a_proxy(with_uv: Environment, index: Index, needed: str) -> None:
    proxy = index.url.removesuffix("/simple")
    with_uv.configure(f"[global]\nproxy = {proxy}\nindex-url = http://index.invalid/simple\n")

    with_uv.install(*with_uv.require(needed), PIP_TRUSTED_HOST="index.invalid")

    assert with_uv.installed() == BY_UV
    assert all(path.startswith("http://index.invalid/") for _, path in index.asked)


def test_what_is_set_for_uv_prevails(with_uv: Environment, index: Index, needed: str) -> None:
    with serve() as others:
        with_uv.configure(f"[global]\nindex-url = {others.url}\n")
        for variable in ("UV_DEFAULT_INDEX", "UV_INDEX_URL"):
            with_uv.install(*with_uv.require(needed), "--reinstall", **{variable: index.url})

    assert with_uv.installed() == BY_UV
    assert others.asked == []


def test_pips_settings_are_those_that_pip_lists(environment: Environment) -> None:
    environment.configure("[global]\ntimeout = 1\nretries = 1\n[list]\npre = 1\n", ".pip/pip.conf")
    places = "[install]\nIndex_URL = http://a.invalid/%7E\n[global]\nfind-links =\n  /a\n  /b\n"
    environment.configure(f"{places}timeout = 2\n[DEFAULT]\ncompile = no\n")
    (environment.folder / ".venv/pip.conf").write_text("[install]\n--trusted-host = a b\n")
    (environment.folder / "own").write_text("[global]\nindex-url = http://own.invalid\n")
    variables = {"PIP_RETRIES": "", "PIP_TIMEOUT": "7", "PYTHONPATH": str(SCRIPT.parent)}
    python = environment.folder / ".venv/bin/python"
    program = "import install, json; print(json.dumps(install.pip_settings()))"
    for own in ({}, {"PIP_CONFIG_FILE": "own"}, {"PIP_CONFIG_FILE": os.devnull}):
        ours = environment.run(python, "-c", program, **variables, **own)
        listed = environment.run(python, "-m", "pip", "config", "list", **variables, **own)

        lines = [line.partition("=") for line in listed.stdout.splitlines()]
        values = {key: ast.literal_eval(value) for key, _, value in lines}
        expected = {
            key.removeprefix(f"{section}."): value
            for section in ("global", "install", ":env:")
            for key, value in values.items()
            if key.startswith(f"{section}.") and value
        }
        assert json.loads(ours.stdout) == expected, own


# what uv cannot do, pip does


@pytest.mark.parametrize(
    "setting", [{"PIP_KEYRING_PROVIDER": "disabled"}, {"PIP_ONLY_BINARY": "alpha"}]
)
def test_a_setting_that_uv_does_not_know_leaves_it_to_pip(
    setting: dict[str, str], with_uv: Environment, index: Index, needed: str
) -> None:
    said = with_uv.install(*with_uv.require(needed), PIP_INDEX_URL=index.url, **setting)

    assert "`keyring-provider`" in said or "`only-binary`" in said
    assert with_uv.installed() == BY_PIP
    assert index.programs("") == {"pip"}


def test_where_uv_fails_pip_installs(with_uv: Environment, index: Index, needed: str) -> None:
    said = with_uv.install(
        *with_uv.require(needed), PIP_INDEX_URL=index.url, UV_DEFAULT_INDEX=NOBODY
    )

    assert "\nuv cannot install; pip tries" in said
    assert with_uv.installed() == BY_PIP


def test_a_wrong_hash_fails(with_uv: Environment, index: Index, wheels: Wheels) -> None:
    wrong = requirements(wheels.alpha).replace("sha256:", "sha256:0")[:-2]
    needed = with_uv.require(f"{wrong}\n{requirements(wheels.beta)}")

    result = with_uv.run(".venv/bin/python", SCRIPT, *needed, PIP_INDEX_URL=index.url)

    assert result.returncode == 1
    assert index.programs("alpha") == {"pip", "uv"}
    assert with_uv.installed() == {}


def test_a_configuration_that_cannot_be_read_is_shown_by_pip(with_uv: Environment) -> None:
    with_uv.configure("nonsense\n")

    result = with_uv.run(".venv/bin/python", SCRIPT, "alpha")

    assert result.returncode == 1
    assert "pip.conf" in result.stdout


# what is set for other programs does no harm


@pytest.mark.parametrize("program", ["uv", "pip"])
@pytest.mark.parametrize("kind", ["variables", "file"])
def test_settings_that_lead_elsewhere_or_ask_for_hashes(
    kind: str, program: str, with_uv: Environment, index: Index, needed: str
) -> None:
    variables = {"PIP_INDEX_URL": index.url}
    if kind == "variables":
        variables |= dict.fromkeys(("PIP_USER", "PIP_REQUIRE_HASHES"), "1")
        variables |= dict.fromkeys(("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT"), "elsewhere")
    else:
        with_uv.configure("[global]\nuser = true\n[install]\nrequire-hashes = true\n")
    if program == "pip":
        variables["UV_CACHE_DIR"] = os.devnull
    project = make_wheel(with_uv.folder, "project", "1.0")

    with_uv.install(*with_uv.require(needed), **variables)
    with_uv.install("--no-deps", "--force-reinstall", project, **variables)

    assert with_uv.installed() == dict.fromkeys(("alpha", "beta", "project"), program)


def test_passwords_are_neither_shown_nor_written(
    with_uv: Environment, wheels: Wheels, needed: str, tmp_path: Path
) -> None:
    with serve(wheels.alpha, wheels.beta, login="ada:s3cret") as index:
        url = index.url.replace("://", "://ada:s3cret@")
        said = with_uv.install(*with_uv.require(needed), PIP_INDEX_URL=url)
        assert with_uv.installed() == BY_UV

        refused = with_uv.run(
            *(".venv/bin/python", str(SCRIPT), *with_uv.require(needed), "--force-reinstall"),
            PIP_INDEX_URL=url.replace("s3cret", "s3cret-and-wrong"),
            PIP_NO_INPUT="1",
            PIP_NO_CACHE_DIR="1",
            UV_NO_CACHE="1",
        )

    assert refused.returncode == 1
    assert "s3cret" not in said + refused.stdout
    assert "pip install" in (tmp_path / "arguments").read_text()
    files = (path for path in tmp_path.rglob("*") if path.is_file() and not path.is_symlink())
    assert not [path for path in files if b"s3cret" in path.read_bytes()]


def test_it_runs_before_anything_is_installed() -> None:
    lines = SCRIPT.read_text().splitlines()
    imported = {
        line.split()[1].split(".")[0] for line in lines if line[:7] in {"import ", "from im"}
    }
    assert imported <= set(sys.stdlib_module_names)
