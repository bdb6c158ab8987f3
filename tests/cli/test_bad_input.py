"""Everything that people and programs may hand over by mistake.

Each is answered with what it is, where it stands and what to do, and exit code 2. Nothing is
written.
"""

import json
import os
import pty
import subprocess
from pathlib import Path

import pytest

from tests.program import Run, WriteTemplates, program

BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)
)
NEEDS = "requirements: "

# What it is; the file; what is said of it, and what to do.
FILES: list[tuple[str, bytes, tuple[str, ...]]] = [
    ("not YAML", b"a: [1,\n", ("a.yaml:2:1: not YAML: ",)),
    ("not UTF-8", b"a: \xff\n", ("a.yaml:1:4: byte 0xff is not UTF-8", "Save it as UTF-8.")),
    ("UTF-16", "a: 1".encode("utf-16"), ("looks like UTF-16; save it as UTF-8",)),
    ("a NUL byte", b"a: x\x00\n", ("a.yaml:1:5: the character U+0000 is not allowed in YAML",)),
    ("empty", b"", ("a.yaml is empty", "It may be as short as: requirements: {teams: 3}")),
    ("a list", b"- 1\n", ("a.yaml holds a list; a mapping of keys to values is needed",)),
    ("a scalar", b"shop\n", ("a.yaml holds a single value; a mapping",)),
    ("several documents", b"slo: {}\n---\nslo: {}\n", ("a.yaml:2:1: a second document begins",)),
    (
        "duplicate keys",
        b"slo: {}\nslo: {}\n",
        ("a.yaml:2:1: slo: this key stands twice; the first is in line 1",),
    ),
    ("a tab", b"slo:\n\tp95_ms: 1\n", ("a.yaml:2:1: a tab indents this line", "with spaces")),
    (
        "a tag that would run code",
        b"project: !!python/object/apply:os.system [touch planted]\n",
        ("a.yaml:1:10: project: the tag", "is not allowed; write a plain value"),
    ),
    ("an alias bomb", BOMB.encode(), ("a.yaml holds more than 60,000 values",)),
    ("over 1 MiB", b"# " + b"x" * 1024 * 1024, ("a.yaml is larger than 1 MiB", "right file?")),
    (
        "an unknown key",
        f"{NEEDS}{{developrs: 3}}".encode(),
        ("a.yaml:1:16: requirements.developrs: unknown key", "mean requirements.developers?"),
    ),
    (
        "a key in another section",
        b"teams: 3\n",
        ("a.yaml:1:1: teams: unknown key; did you mean requirements.teams?",),
    ),
    (
        "a boolean where a number belongs",
        f"{NEEDS}{{teams: true}}".encode(),
        ("a.yaml:1:23: requirements.teams: is true; allowed: a whole number from 1",),
    ),
    (
        "a number where a boolean belongs",
        f"{NEEDS}{{polyglot: 1}}".encode(),
        ("requirements.polyglot: is 1; allowed: true or false",),
    ),
    ("text where a mapping belongs", b"slo: fast\n", ("slo: is fast; allowed: a mapping with",)),
    ("NaN", b"slo: {p95_ms: .nan}\n", ("slo.p95_ms: is .nan; allowed: a number above 0",)),
    ("an infinity", b"slo: {p95_ms: -.inf}\n", ("slo.p95_ms: is -.inf; allowed: a number",)),
    (
        "out of range",
        f"{NEEDS}{{availability_percent: 100}}".encode(),
        ("requirements.availability_percent: is 100; allowed: a number from 0 and below 100",),
    ),
    (
        "a check that there is not",
        b"check: {select: [BP102, BP12]}\n",
        ("a.yaml:1:25: check.select[1]: no check has the code BP12; did you mean BP102?",),
    ),
    (
        "a severity of a check that there is not",
        b"check:\n  severities: {bp102: note}\n",
        ("a.yaml:2:16: check.severities.bp102: no check has the code bp102; did you mean BP102?",),
    ),
    (
        "a way out of the project",
        b"check: {exclude: [../x]}\n",
        ("check.exclude[0]: is ../x; allowed: a path inside the project",),
    ),
    ("a later format", b"blueprint: 2\n", ("this is format 2", "Upgrade blueprint")),
    ("a format that never was", b"blueprint: 0\n", ("a.yaml:1:12: blueprint: is 0; allowed: 1",)),
    ("a format that is a boolean", b"blueprint: true\n", ("blueprint: is true; allowed: 1",)),
]


def nothing_written(work: Path, before: list[Path]) -> bool:
    return sorted(work.rglob("*")) == before


@pytest.mark.parametrize(
    ("content", "expected"),
    [case[1:] for case in FILES],
    ids=[case[0] for case in FILES],
)
def test_a_bad_answers_file(
    content: bytes, expected: tuple[str, ...], tiny: Path, run: Run
) -> None:
    (tiny / "a.yaml").write_bytes(content)
    before = sorted(tiny.rglob("*"))
    result = run("new", "shop", "--answers", "a.yaml")
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("Error: ")
    for words in expected:
        assert words in result.err
    assert nothing_written(tiny, before)
    # The same file is refused by every command that reads it, in the same words.
    assert run("recommend", "--answers", "a.yaml").code == 2


def test_a_file_that_cannot_be_read(tiny: Path, run: Run) -> None:
    (tiny / "folder").mkdir()
    (tiny / "dangling").symlink_to("nowhere")
    for path, words in (
        ("none.yaml", ("there is no file none.yaml", "Look at the path")),
        ("folder", ("folder is a directory; a YAML file is needed", "Give a file in folder.")),
        ("dangling", ("there is no file dangling",)),
        ("x" * 300, ("cannot be read: File name too long", "Look with: ls -l")),
        ("/proc/self/mem", ("cannot be read: Input/output error",)),
        ("/dev/zero", ("larger than 1 MiB",)),
    ):
        if path.startswith("/") and not Path(path).exists():
            continue  # Linux has them.
        result = run("new", "shop", "--answers", path)
        assert result.code == 2
        for word in words:
            assert word in result.err
    assert not (tiny / "shop").exists()


def test_a_file_that_is_closed_to_the_user(tiny: Path, run: Run) -> None:
    path = tiny / "a.yaml"
    path.write_text("slo: {}\n")
    assert run("new", "shop", "--answers", "a.yaml", "--dry-run").code == 0
    path.chmod(0)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)  # Root may read everything.
    try:
        result = run("new", "shop", "--answers", "a.yaml")
    finally:
        os.seteuid(user)
    assert result.code == 2
    assert "a.yaml cannot be read: Permission denied" in result.err
    assert "ls -l a.yaml" in result.err


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("requirements.team=3", "requirements.team: unknown key; did you mean requirements.teams?"),
        ("teams=3", "unknown key; did you mean requirements.teams?"),
        ("nothing.like.it=3", "nothing can stand here"),
        ("requirements.teams", "is not of the form KEY=VALUE; allowed: requirements.teams=12"),
        ("=3", "is not of the form KEY=VALUE"),
        ("requirements..teams=3", "is not of the form KEY=VALUE"),
        ("requirements.teams.x=3", "unknown key"),
        ("requirements.teams=true", "is true; allowed: a whole number"),
        ("requirements.teams=[1", "the value is not plain YAML; allowed: a whole number"),
        ("requirements.teams=!!python/name:os.system", "the value is not plain YAML"),
        ("slo.p95_ms=.nan", "is nan; allowed: a number above 0"),
        ("project.owner=a\x1b[31mb", "holds a character that is not allowed"),
        ("project.owner=\udcff", "holds a character that is not allowed"),
    ],
)
def test_a_bad_setting(setting: str, expected: str, tiny: Path, run: Run) -> None:
    result = run("new", "shop", "--set", setting)
    assert (result.code, result.out, list(tiny.iterdir())) == (2, "", [])
    assert "--set " in result.err
    assert expected in result.err
    assert "\x1b" not in result.err


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("My Shop", "a package could not be called that"),
        ("9lives", "a package could not be called that"),
        ("sh\u00f6p", "a package could not be called that"),
        ("sh\u0000p", "a package could not be called that"),
        ("class", "it is a keyword of Python"),
        ("match", "it is a keyword of Python"),
        ("json", "a module of Python's standard library is called that"),
        ("orders", "a context is called that"),
        ("kit", "a part of every project is called that"),
        ("", "it is empty"),
        ("a/b", "it is a path (--output says where the project goes)"),
        ("..", "a package could not be called that"),
        ("x" * 51, "it has 51 characters"),
    ],
)
def test_a_bad_name(name: str, reason: str, tiny: Path, run: Run) -> None:
    result = run("new", name, "--defaults")
    assert (result.code, result.out, list(tiny.iterdir())) == (2, "", [])
    assert f"cannot be a project's name: {reason}" in result.err
    nearest = result.err.split("Nearest: ")[1].strip()
    assert run("new", nearest, "--defaults", "--dry-run").code == 0


def test_several_mistakes_are_told_together(tiny: Path, run: Run) -> None:
    (tiny / "full").mkdir()
    (tiny / "full/mine").write_text("")
    (tiny / "a.yaml").write_text("slo: {p95_ms: fast}\nrequirements: {team: 1}\n")
    before = sorted(tiny.rglob("*"))
    result = run(
        *("new", "My Shop", "--answers", "a.yaml", "--set", "platform.ci=jenkins"),
        *("--set", "nothing=1", "--reason", "two\nlines", "--json"),
    )
    error = json.loads(result.out)["error"]
    assert (result.code, error["code"]) == (2, "several")
    assert len(error["problems"]) == 6
    for words in (
        "NAME: 'My Shop' cannot be a project's name",
        "--reason: the reason is not one line of text",
        "a.yaml:1:15: slo.p95_ms: is fast",
        "a.yaml:2:16: requirements.team: unknown key",
        "--set platform.ci=jenkins: platform.ci: is 'jenkins'; allowed: github, gitlab, none",
        "--set nothing=1: nothing: unknown key",
        "Nearest: my-shop",
    ):
        assert words in result.err
    assert nothing_written(tiny, before)

    result = run("new", "shop", "--output", "full", "--answers", "none.yaml", "--set", "x")
    for words in ("--output: ", "is not empty", "there is no file none.yaml", "not of the form"):
        assert words in result.err
    assert result.code == 2


@pytest.mark.parametrize("language", ["C", "POSIX", "de_DE.ISO-8859-1", "tr_TR.UTF-8", "nonsense"])
def test_in_any_locale_it_speaks_and_renders_the_same(
    language: str, templates: WriteTemplates, tmp_path: Path
) -> None:
    text = "\u00e4\u00f6\u00fc \u2713\n"
    root = templates({"files/cheese.txt": text})
    answers = tmp_path / "a\u00e4.yaml"
    answers.write_text("project: {owner: K\u00e4thes B\u00e4cker \u2713}\n", encoding="utf-8")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("LC_")},
        "LANG": language,
        "LC_ALL": language,
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0",
    }
    output = tmp_path / "sh\u00f6p"
    command = program(root, "new", "shop", "--answers", str(answers), "--output", str(output))
    done = subprocess.run(command, env=environment, check=False, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")
    pasted = done.stdout.split(b"Next:\n")[1].splitlines()[0].strip() + b" && cat cheese.txt"
    assert subprocess.check_output([b"/bin/sh", b"-c", pasted]).decode() == text
    assert (output / "cheese.txt").read_text(encoding="utf-8") == text
    assert "K\u00e4thes B\u00e4cker \u2713" in (output / "blueprint.yaml").read_text("utf-8")
    answers.write_text("pr\u00f6ject: {}\n", encoding="utf-8")
    for more in ([], ["--json"]):
        done = subprocess.run([*command, *more], env=environment, check=False, capture_output=True)
        assert (done.returncode, b"Traceback" in done.stderr) == (2, False)
    assert json.loads(done.stdout)["error"]["code"] == "several"


def test_a_terminal_that_has_gone_away_is_no_traceback(templates: WriteTemplates) -> None:
    root = templates({"files/a": ""})
    for arguments in (["new", "shop", "--defaults", "--dry-run"], ["new", "a b", "--defaults"]):
        leader, follower = pty.openpty()
        process = subprocess.Popen(
            program(root, *arguments), stdin=follower, stdout=follower, stderr=subprocess.PIPE
        )
        os.close(follower)
        os.close(leader)
        _, said = process.communicate(timeout=60)
        assert process.returncode in {2, 3}
        assert b"Traceback" not in said


def test_debug_shows_where_a_refusal_came_from(tiny: Path, run: Run) -> None:
    assert tiny.is_dir()
    plain = run("new", "a b", "--defaults")
    shown = run("new", "a b", "--defaults", "--debug")
    assert (plain.code, shown.code) == (2, 2)
    assert "Traceback" not in plain.err
    assert "Traceback (most recent call last)" in shown.err
    assert "names.py" in shown.err
    assert shown.err.endswith(plain.err)
