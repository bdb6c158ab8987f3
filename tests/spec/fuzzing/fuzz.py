"""Coverage-guided fuzzing of what people and programs hand over.

Run by test_fuzzing.py for a moment, or by hand for as long as one likes:

    .venv/bin/python tests/spec/fuzzing/fuzz.py spec -max_total_time=600

The targets: `spec` (a blueprint.yaml), `standard` (a standard.yaml), `set` (a --set), `answer` (a
line typed at a question), and `planted`, which has a fault.
"""

import contextlib
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["blueprint_cli", "ruamel.yaml"]):
    from blueprint_cli.asking.interview import parse_answer
    from blueprint_cli.asking.quantities import NotUnderstood
    from blueprint_cli.errors import BlueprintError
    from blueprint_cli.spec.answers import merge
    from blueprint_cli.spec.document import decode, parse_document
    from blueprint_cli.spec.questions import load_questions
    from blueprint_cli.spec.reading import validate
    from blueprint_cli.spec.schema import every_key
    from blueprint_cli.spec.writing import spec_text
    from blueprint_cli.standards.checks import Sample, broken_by
    from blueprint_cli.standards.expressions import Budget
    from blueprint_cli.standards.reading import parse_standard

QUESTIONS = load_questions()


def spec(data: bytes) -> None:
    """Any bytes are a spec or a message; what is accepted as answers can be written and read."""
    with contextlib.suppress(BlueprintError):
        document = parse_document(decode(data, "fuzz.yaml"), "fuzz.yaml")
        with contextlib.suppress(BlueprintError):
            validate(document.data, document)
        answers = merge(document, [], name="shop")
        text = spec_text(answers)
        again = parse_document(text, "again.yaml")
        assert validate(again.data, again) == answers.spec


def standard(data: bytes) -> None:
    """Any bytes are a standard or a message; what is accepted looks at any files."""
    with contextlib.suppress(BlueprintError):
        says = parse_standard(decode(data, "standard.yaml"), "standard.yaml")
        text = data.decode(errors="replace")
        names = ("a.py", "a.toml", "a.yaml", "a.json", "pyproject.toml", "requirements.txt")
        for check in says.checks:
            broken_by(check, Sample(dict.fromkeys(names, text)), Budget(0.2))


def setting(data: bytes) -> None:
    """Any text is a setting or a message."""
    provider = atheris.FuzzedDataProvider(data)
    text = provider.ConsumeUnicode(200)
    question = QUESTIONS[provider.ConsumeIntInRange(0, len(QUESTIONS) - 1)]
    for words in (text, f"{question.key}={text}"):
        with contextlib.suppress(BlueprintError):
            merge(None, [words], name="shop")


def answer(data: bytes) -> None:
    """Any line is an answer or is not taken; an answer is one that the spec takes."""
    provider = atheris.FuzzedDataProvider(data)
    question = QUESTIONS[provider.ConsumeIntInRange(0, len(QUESTIONS) - 1)]
    with contextlib.suppress(NotUnderstood):
        parse_answer(question, provider.ConsumeUnicode(200))


def planted(data: bytes) -> None:
    """Fail on what no seed holds: whether a failure is found at all."""
    if b"!!" in data:
        raise ZeroDivisionError


TARGETS: dict[str, Callable[[bytes], None]] = {
    "spec": spec,
    "standard": standard,
    "set": setting,
    "answer": answer,
    "planted": planted,
}


SEEDS = (
    "blueprint: 1\npattern: auto\nrequirements: {teams: 3, polyglot: true}\n",
    "# ours\nslo:\n  p95_ms: 1_000.5 # fast\nowned:\n  - {path: a/b, reason: 'x'}\n",
    'project: &p {owner: "K\\u00e4the", description: >-\n    two\n    lines\n  }\ncontexts: *p\n',
    "? a\n: !!str b\n<<: {c: .nan, d: 0x1F, e: 2026-01-01, f: ~}\n--- |\n x\n...\n",
    (
        "contexts:\n  identity: {roles: [desk]}\n  notifications: {}\n  c:\n    entities:\n"
        "      E:\n        fields: {a: int(0..) = 1, u: ref identity.User once, s: '[text]'}\n"
        "        rules: {r: 'a > 1 and u != me'}\n        states: [x, y]\n"
        "        commands: {create: , go: {from: x, to: y, sets: {a: a + 1}, by: system}}\n"
        "    reactions: [{when: c.ECreated, do: E.go, of: id}]\n"
    ),
    "1.5M requests/s, 99.95%, 3 months, $2k, don't know",
    (
        "standard: 1\nname: a\ndefaults: {platform: {ci: none}}\nlocked: [platform.ci, A1-1]\n"
        "checks:\n  - {id: A1-1, title: t, why: w, fix: f, key: {files: ['*.toml'], path: a.b}}\n"
        "  - {id: A1-2, title: t, why: w, fix: f, must_contain: {files: ['**'], expression: a+}}\n"
    ),
)
TOKENS = ("*a", "&a", "!!", "---", "<<: ", "? ", ">-", "|+", ".inf", "null", "[", "{", '"', "\\x00")


def main() -> None:
    """Fuzz the target that the first argument names; the rest are libFuzzer's."""
    target = TARGETS[sys.argv.pop(1)]
    with tempfile.TemporaryDirectory() as folder:
        corpus, dictionary = Path(folder) / "corpus", Path(folder) / "dictionary"
        corpus.mkdir()
        for number, seed in enumerate(SEEDS):
            (corpus / str(number)).write_text(seed, encoding="utf-8")
        words = (*TOKENS, *(part for key in every_key() for part in key.split(".")))
        quoted = ("".join(f"\\x{byte:02x}" for byte in word.encode()) for word in words)
        dictionary.write_text("".join(f'"{word}"\n' for word in dict.fromkeys(quoted)))
        atheris.Setup([*sys.argv, f"-dict={dictionary}", str(corpus)], target)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
