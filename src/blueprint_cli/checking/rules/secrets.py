"""Private keys and secrets in files that git tracks, or would with the next ``git add``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from blueprint_cli.checking.finding import Found, Rule
from blueprint_cli.checking.text import line_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprint_cli.checking.project import CheckedProject

# Written so that no scanner, this one included, takes this file for a key.
PRIVATE_KEY_BLOCK: Final = r"-{5}BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-{5}(?=\s|\\[nr]|\")"
PRIVATE_JWK: Final = r'"d"\s*:\s*"[A-Za-z0-9_-]{40,}"'
KEY_STORES: Final = (".p12", ".pfx", ".jks", ".keystore", ".ppk")
# Words of which one must be somewhere in the project; where none is, nothing is searched for.
TOKENS: Final = {
    "an access key of AWS": (
        ("AKIA", "ASIA"),
        r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b(?<!EXAMPLE)",
    ),
    "a token of GitHub": (
        ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
        r"\b(?:gh[pousr]_\w{36,}|github_pat_\w{60,})\b",
    ),
    "a token of GitLab": (("glpat-",), r"\bglpat-[\w-]{20,}"),
    "a token of Slack": (("xox",), r"\bxox[abeoprs]-[\w-]{10,}"),
    "a webhook of Slack": (
        ("hooks.slack.com",),
        r"hooks\.slack\.com/services/T\w+/B\w+/\w{20,}",
    ),
    "a live key of Stripe": (("k_live_",), r"\b[rs]k_live_\w{16,}"),
    "an API key of Google": (("AIza",), r"\bAIza[\w-]{35}(?![\w-])"),
    "a token of npm": (("npm_",), r"\bnpm_[A-Za-z0-9]{36}\b"),
    "a token of PyPI": (("pypi-AgE",), r"\bpypi-AgE[\w-]{50,}"),
    "a key of an Azure storage account": (
        ("AccountKey=",),
        r"AccountKey=[A-Za-z0-9+/]{86}==",
    ),
    "a key of SendGrid": (("SG.",), r"\bSG\.[\w-]{22}\.[\w-]{43}\b"),
    "a key of an AI service": (("sk-",), r"\bsk-(?:ant-|proj-)[\w-]{32,}"),
}
CREDENTIALS_IN_URL: Final = r"\b[a-z][a-z0-9+.-]*://[^\s/:@'\"<>{}$]+:([^\s/@'\"]{8,})@"
PLACEHOLDER: Final = (
    r"(?i)[$<{%*]|^(?:.*password.*|.*secret.*|.*example.*|changeme|change-me|postgres)$"
)
DOCUMENTS: Final = (".md", ".rst", ".txt")
ENVIRONMENT: Final = r"^\.env(?:\..+)?$"
PATTERNS_OF_ENVIRONMENTS: Final = (".example", ".sample", ".template", ".dist")


def _keys(project: CheckedProject) -> Iterator[Found]:
    for path in project.written_by_hand:
        if path.lower().endswith(KEY_STORES):
            yield Found(path, "is a key store")
    for path, text in project.texts():
        if "PRIVATE KEY" in text:
            for block in re.finditer(PRIVATE_KEY_BLOCK, text):
                yield Found(path, "holds a private key", line_of(text, block.start()), "PEM")
        if '"kty"' in text:
            for member in re.finditer(PRIVATE_JWK, text):
                yield Found(path, "holds a private key (JWK)", line_of(text, member.start()), "JWK")


def _secrets(project: CheckedProject) -> Iterator[Found]:
    texts = list(project.texts())
    everything = "\n".join(text for _, text in texts)
    tokens = {
        name: pattern
        for name, (words, pattern) in TOKENS.items()
        if any(word in everything for word in words)
    }
    for path, text in texts:
        for name, pattern in tokens.items():
            for token in re.finditer(pattern, text):
                yield Found(path, f"holds {name}", line_of(text, token.start()), name)
        if "://" in text and not _is_document_or_test(path):
            for url in re.finditer(CREDENTIALS_IN_URL, text):
                if not re.search(PLACEHOLDER, url[1]):
                    line = line_of(text, url.start())
                    yield Found(path, "holds a URL with a password", line, "URL")


def _environment_files(project: CheckedProject) -> Iterator[Found]:
    for path in project.written_by_hand:
        name = path.rpartition("/")[2]
        if re.match(ENVIRONMENT, name) and not name.endswith(PATTERNS_OF_ENVIRONMENTS):
            yield Found(path, "is not ignored by git")


def _is_document_or_test(path: str) -> bool:
    """What documents and tests write into a URL is made up."""
    folders = path.split("/")[:-1]
    return path.endswith(DOCUMENTS) or any(name in {"test", "tests"} for name in folders)


PRIVATE_KEY: Final = Rule(
    id="BP301",
    name="private-key",
    severity="error",
    title="A private key is in a file that git tracks",
    why="Whoever can read the repository, or a copy of it years later, can sign and decrypt.",
    fix=(
        "Make a new key and withdraw this one: git keeps what was committed. Keep keys outside of "
        "the repository. A key that is made for tests goes into a baseline."
    ),
    look=_keys,
    silenced_by_owned=False,
)
SECRET: Final = Rule(
    id="BP302",
    name="secret",
    severity="error",
    title="A secret is in a file that git tracks",
    why="Whoever can read the repository, or a copy of it years later, can use it.",
    fix=(
        "Revoke it and make a new one: git keeps what was committed. Read it from the environment "
        "or from a secret store."
    ),
    look=_secrets,
    silenced_by_owned=False,
)
ENVIRONMENT_FILE: Final = Rule(
    id="BP303",
    name="environment-file",
    severity="error",
    title="An environment file is tracked by git",
    why="Its purpose is to hold what differs between machines, passwords above all.",
    fix=(
        "`git rm --cached` it and put it into .gitignore; an example without values may be called "
        ".env.example."
    ),
    look=_environment_files,
    silenced_by_owned=False,
)
