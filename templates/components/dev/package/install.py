"""Does what `pip install` with the same arguments does, in a tenth of the time where uv can do it.

The environment's own Python runs it, before anything is installed there. uv is the one on PATH;
where there is none, pip first puts the one that requirements-uv.txt pins into the environment.
uv asks the indexes that pip is configured with and no other; what it cannot be told or fails at,
pip does.
"""

import configparser
import contextlib
import locale
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import threading
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

PIN = "requirements-uv.txt"

# pip's settings and uv's variables for them; the second names are those of uv before 0.4.23.
HANDED_OVER = {
    "index-url": ("UV_DEFAULT_INDEX", "UV_INDEX_URL"),
    "extra-index-url": ("UV_INDEX", "UV_EXTRA_INDEX_URL"),
    "find-links": ("UV_FIND_LINKS",),
    "trusted-host": ("UV_INSECURE_HOST",),
    "client-cert": ("SSL_CLIENT_CERT",),
    "default-timeout": ("UV_HTTP_TIMEOUT",),
    "timeout": ("UV_HTTP_TIMEOUT",),
    "retries": ("UV_HTTP_RETRIES",),
    "cert": ("SSL_CERT_FILE",),
    "proxy": ("ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "http_proxy", "https_proxy"),
}
# What is set for uv already prevails: these variables, and otherwise those above.
PREVAILING = {"cert": ("UV_SYSTEM_CERTS", "UV_NATIVE_TLS"), "proxy": ()}
# These change neither what is installed nor from where, nor, in here, the place. A setting that
# this file does not name may do so, and leaves the installation to pip.
NO_MATTER = {
    *("break-system-packages", "cache-dir", "compile", "config-file", "exists-action", "log"),
    *("disable-pip-version-check", "no-cache-dir", "no-color", "no-compile", "no-input", "quiet"),
    *("no-python-version-warning", "no-warn-conflicts", "no-warn-script-location", "verbose"),
    *("prefer-binary", "prefix", "progress-bar", "require-hashes", "require-virtualenv", "root"),
    *("resume-retries", "root-user-action", "target", "user"),
}
# What is set for all of a user's programs must not lead pip out of the environment, nor let it
# refuse the project itself, which has no hash.
OVERRIDDEN = {"PIP_USER": "0", "PIP_REQUIRE_HASHES": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
REMOVED = {"PIP_TARGET", "PIP_PREFIX", "PIP_ROOT"}
INDEXES = (*HANDED_OVER["index-url"], *HANDED_OVER["extra-index-url"])
YES = {"1", "on", "t", "true", "y", "yes"}


class NotForUvError(Exception):
    """What uv cannot be told."""


def config_files() -> list[Path]:
    """Where pip looks for its configuration; what a later file says prevails."""
    own = os.environ.get("PIP_CONFIG_FILE")
    if own == os.devnull:
        return []
    home = Path.home()
    if sys.platform == "darwin":
        shared = [Path("/Library/Application Support/pip")]
        personal = home / "Library/Application Support/pip"
        personal = personal if personal.is_dir() else home / ".config/pip"
    else:
        folders = os.environ.get("XDG_CONFIG_DIRS") or "/etc/xdg"
        shared = [*(Path(folder) / "pip" for folder in folders.split(os.pathsep)), Path("/etc")]
        personal = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "pip"
    users = [] if own and Path(own).exists() else [home / ".pip", personal]
    files = [folder / "pip.conf" for folder in (*shared, *users, Path(sys.prefix))]
    return [*files, Path(own)] if own else files


def pip_settings() -> dict[str, str]:
    """What `pip install` is configured with: in its files, and above them in the variables PIP_*.

    Raises NotForUvError where a file cannot be read, about which pip then says more.
    """
    found: dict[str, dict[str, str]] = {"global": {}, "install": {}}
    try:
        for file in config_files():
            parser = configparser.RawConfigParser()
            parser.read(file, encoding=locale.getpreferredencoding(do_setlocale=False))
            for section in found.keys() & set(parser.sections()):
                found[section].update(parser.items(section))
    except (configparser.Error, UnicodeDecodeError, RuntimeError) as error:
        raise NotForUvError("pip's configuration (it cannot be read)") from error
    variables = {name[4:]: text for name, text in os.environ.items() if name.startswith("PIP_")}
    return {
        name.lower().replace("_", "-").removeprefix("--"): text
        for section in (*found.values(), variables)
        for name, text in section.items()
        if text
    }


def for_uv(settings: dict[str, str]) -> tuple[dict[str, str], list[str]]:
    """The variables and the options with which uv does what pip would do.

    Addresses may hold passwords, and every user of the machine can read a program's options: so
    they are in variables. Raises NotForUvError.
    """
    environment, options = dict(os.environ), []
    # To pip all indexes are equal. uv's default is to take a name only from the first that has it,
    # so that nobody can slip in a package of the same name: here the hashes see to that.
    environment.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    bundle = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
    if bundle and not os.environ.get("SSL_CERT_FILE"):  # pip goes by them too
        settings = {"cert": bundle} | settings
    for name, text in settings.items():
        if name in HANDED_OVER:
            environment |= uv_variables(name, text)
        elif name == "no-index":
            if text.lower() in YES and not any(os.environ.get(other) for other in INDEXES):
                options.append("--no-index")
        elif name not in NO_MATTER:
            raise NotForUvError(f"pip's setting `{name}`")
    return environment, options


def uv_variables(name: str, text: str) -> dict[str, str]:
    """What tells uv one of pip's settings; nothing if uv was told already."""
    variables = HANDED_OVER[name]
    if any(os.environ.get(variable) for variable in PREVAILING.get(name, variables)):
        return {}
    if name == "cert" and Path(text).is_dir():
        return {"SSL_CERT_DIR": text}
    if name == "proxy":  # pip goes through it to every host
        return dict.fromkeys(variables, text) | {"NO_PROXY": "", "no_proxy": ""}
    if name == "find-links":  # pip passes over a folder that is not there, uv would stop
        places = [p if "://" in p else str(Path(p).expanduser()) for p in text.split()]
        text = ",".join(p for p in places if "://" in p or Path(p).exists())
    elif name in {"extra-index-url", "trusted-host"}:
        text = " ".join(text.split())
    return dict.fromkeys(variables, text)


def run(*command: str | Path, environment: dict[str, str], shown: bool = False) -> str | None:
    """None if it does what it should, else why not, without the passwords in addresses."""
    try:
        done = subprocess.run(
            command,
            env=environment,
            capture_output=not shown,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        return str(error)
    why = re.sub(r"://[^/\s]*@", "://****@", done.stderr or "").strip()
    return (why or "it does not say why") if done.returncode else None


def bundled_pip() -> Path | None:
    """The wheel of pip that comes with Python; to run in it takes half the time of unpacking it."""
    folder = sysconfig.get_config_var("WHEEL_PKG_DIR")  # of distributions
    ensurepip = find_spec("ensurepip")
    if not folder and ensurepip and ensurepip.origin:
        folder = Path(ensurepip.origin).with_name("_bundled")
    return next(Path(folder).glob("pip-*.whl"), None) if folder else None


def pip_install(*arguments: str, shown: bool = False, wheel: Path | None = None) -> str | None:
    """As `run`, by the environment's pip, which is put in if need be, or by that in a wheel."""
    environment = {name: text for name, text in os.environ.items() if name not in REMOVED}
    environment |= OVERRIDDEN
    if wheel is None and find_spec("pip") is None:
        ensure = (sys.executable, "-m", "ensurepip", "--default-pip")
        why = run(*ensure, environment=environment)
        if why is not None:
            say(why)
            return why
    pip = ("-m", "pip") if wheel is None else (wheel / "pip",)
    command = (*pip, "install", "--quiet", *arguments)
    return run(sys.executable, *command, environment=environment, shown=shown)


def find_uv(*, put_in: bool) -> Path | None:
    """The uv on PATH, else that of the environment, which pip first puts in or raises if wanted."""
    here = dict(os.environ)
    on_path = shutil.which("uv")
    if on_path and run(on_path, "--version", environment=here) is None:
        return Path(on_path)  # no version manager's shim, which would only complain
    own = Path(sys.executable).with_name("uv")
    why = None
    if put_in:
        pinned = ("--require-hashes", "--no-deps", "--only-binary=:all:", "--requirement", PIN)
        wheel = None if find_spec("pip") else bundled_pip()
        why = pip_install(*pinned, "--no-input", wheel=wheel)
    why = why or run(own, "--version", environment=here)
    if why is None:
        return own
    if put_in:
        last = why.splitlines()[-1]
        say(f"uv cannot be put into the environment; pip installs, which takes longer:\n{last}")
    return None


def say(text: str) -> None:
    over = "\r" if sys.stderr.isatty() else ""  # the seconds, if they are shown
    with contextlib.suppress(OSError):  # nobody reads it, or a disk is full
        print(f"{over}{text}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def seconds_shown() -> Iterator[None]:
    """Count them on a terminal: nobody should look at one where nothing moves."""
    began = time.monotonic()
    ended = threading.Event()

    def count() -> None:
        while not ended.wait(1):
            seconds = time.monotonic() - began
            print(f"\r  {seconds:.0f} s", end="", file=sys.stderr, flush=True)

    counter = threading.Thread(target=count)
    if sys.stderr.isatty():
        counter.start()
    try:
        yield
    finally:
        ended.set()
        if counter.ident is not None:
            counter.join()


def main(arguments: list[str]) -> int:
    if "--requirement" not in arguments:
        return install(arguments)
    file = Path(arguments[arguments.index("--requirement") + 1])
    packages = len(re.findall(r"^\w\S*==", file.read_text(encoding="utf-8"), re.MULTILINE))
    what = f"{packages} package{'' if packages == 1 else 's'}"
    say(f"Installing {what} into .venv; the first time takes about a minute.")
    began = time.monotonic()
    with seconds_shown():
        status = install(arguments)
    if status == 0:
        say(f"Installed in {time.monotonic() - began:.0f} s.")
    return status


def install(arguments: list[str]) -> int:
    try:
        environment, options = for_uv(pip_settings())
    except NotForUvError as what:
        say(f"uv does not know {what}; pip installs, which takes longer.")
    else:
        uv = find_uv(put_in="--requirement" in arguments)
        if uv is not None:
            options += ["--quiet", "--python", sys.executable, *arguments]
            why = run(uv, "pip", "install", *options, environment=environment)
            if why is None:
                return 0
            say(f"uv cannot install; pip tries, which takes longer:\n{why}")
    return 0 if pip_install(*arguments, shown=True) is None else 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
