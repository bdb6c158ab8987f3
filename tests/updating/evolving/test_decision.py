"""What a move to another pattern says of the recommendation, records, and leaves behind."""

import json
import os
import sys
from pathlib import Path

import pexpect
import pytest

from blueprint_cli.decisions import last_decision, next_decision, superseded
from tests.program import WITH_TEMPLATES
from tests.updating.conftest import Shop
from tests.updating.scenarios import LONG, MINE, git, write
from tests.updating.snapshot import snapshot

FIRST, SECOND = "docs/decisions/0001-architecture.md", "docs/decisions/0002-architecture.md"
REQUIREMENTS = "requirements: {ops_maturity: low, developers: 3, teams: 1}\n"


@pytest.fixture
def evolving(shop: Shop) -> Shop:
    """A monolith that somebody edited, whose requirements rule microservices out."""
    shop.template({"a.txt": LONG, "src/app/main.py": LONG, "src/app/other.py": f"o\n{LONG}"})
    for pattern in ("microservices", "event-driven"):
        folder = pattern.replace("-", "_")
        write(
            shop.root,
            f"{folder}/pattern.yaml",
            f"name: {pattern}\nsummary: s\nprocesses: many\n"
            f"layers:\n  - {{from: {folder}/files}}\n",
        )
        write(shop.root, f"{folder}/files/a.txt", LONG)
    write(shop.project.parent, "answers.yaml", REQUIREMENTS)
    arguments = ("--answers", str(shop.project.parent / "answers.yaml"), "--pattern", "monolith")
    made = shop.run("new", "shop", "--output", str(shop.project), *arguments)
    assert made.code == 0, made.said
    shop.edit("src/app/main.py", LONG + MINE)
    shop.edit("src/app/mine.py", MINE)
    shop.commit()
    return shop


def evolve(shop: Shop, *arguments: str, to: str = "microservices") -> tuple[int, str]:
    done = shop.run("evolve", str(shop.project), "--to", to, *arguments)
    return done.code, done.said


def test_what_is_ruled_out_is_refused_without_a_terminal(evolving: Shop) -> None:
    before = snapshot(evolving.project)
    for arguments in ((), ("--accept-ruled-out",), ("--reason", "we hire")):
        code, said = evolve(evolving, *arguments)
        assert (code, "microservices is ruled out by the requirements" in said) == (2, True)
        assert "The team does not yet run distributed systems" in said
        assert "--to microservices --accept-ruled-out --reason TEXT" in said
    code, said = evolve(evolving, "--json")
    document = json.loads(said[: said.rindex("}") + 1])
    assert (code, document["error"]["code"]) == (2, "pattern-ruled-out")
    code, said = evolve(evolving, "--accept-ruled-out", "--reason", "x" * 400)
    assert (code, "one line" in said) == (2, True)
    assert snapshot(evolving.project) == before
    assert evolving.run("evolve", "--abort", "--reason", "x").code == 2


def test_a_look_says_what_the_recommendation_thinks_and_asks_nothing(evolving: Shop) -> None:
    before = snapshot(evolving.project)
    code, said = evolve(evolving, "--dry-run")
    assert code == 1  # The edit in src/app/main.py.
    assert "The requirements in blueprint.yaml recommend monolith (" in said
    assert ", not microservices: +" in said
    assert "Three people or fewer cannot own several services. Lifted by at least 4" in said
    assert SECOND in said
    thinks = json.loads(evolve(evolving, "--dry-run", "--json")[1])["recommendation"]
    assert (thinks["recommended"], thinks["pattern"]) == ("monolith", "microservices")
    assert thinks["eligible"] is False
    assert [gate["lifted_by"] for gate in thinks["gates"]] == [
        "ops_maturity medium or high",
        "at least 4 developers",
    ]
    assert thinks["scores"]["monolith"] > thinks["scores"]["microservices"]
    assert thinks["known"] == 3
    assert snapshot(evolving.project) == before
    assert json.loads(evolving.diff("--json").said)["recommendation"] is None


def test_what_nobody_ruled_out_needs_no_reason(evolving: Shop) -> None:
    evolving.edit("src/app/main.py", LONG)
    evolving.commit()
    code, said = evolve(evolving, to="event-driven")
    assert (code, "not event-driven: +" in said, "ruled out" in said) == (0, True, False)
    assert "The reason: not written down yet." in evolving.read(SECOND)


def test_where_nothing_is_known_the_recommendation_does_not_judge(evolving: Shop) -> None:
    spec = evolving.read("blueprint.yaml")
    evolving.edit("blueprint.yaml", spec.replace(REQUIREMENTS, "requirements: {}\n"))
    evolving.commit()
    assert "knows no requirement" in evolve(evolving, "--dry-run")[1]


def accepted(shop: Shop) -> None:
    code, said = evolve(shop, "--accept-ruled-out", "--reason", "We hire: people, soon.")
    assert code == 1, said
    git(shop.project, "add", "--all")
    assert shop.run("evolve", str(shop.project), "--continue").code == 0
    shop.commit()


def test_a_decision_supersedes_the_first_whatever_its_owner_wrote_there(evolving: Shop) -> None:
    first = evolving.read(FIRST) + MINE
    evolving.edit(FIRST, first)
    evolving.edit("docs/decisions/0007-queues.md", "# Queues\n")
    evolving.commit()
    before = snapshot(evolving.project)
    new = "docs/decisions/0008-architecture.md"
    code, said = evolve(evolving, "--accept-ruled-out", "--reason", "We hire: people, soon.")
    assert (code, f"\n  {FIRST}\n" in said) == (1, True)
    record = evolving.read(new)
    assert record.startswith(
        "# Move from a modular monolith to microservices\n\nSupersedes [0001](0001-architecture.md)"
    )
    assert "The reason: We hire: people, soon.\n" in record
    assert "it was ruled out: Three people or fewer" in record
    title, _, rest = first.partition("\n")
    assert evolving.read(FIRST) == f"{title}\n\nSuperseded by [0008](0008-architecture.md).\n{rest}"
    assert evolving.run("evolve", str(evolving.project), "--abort").code == 0
    assert snapshot(evolving.project) == before


def test_a_decision_is_numbered_after_one_that_git_does_not_track(evolving: Shop) -> None:
    evolving.edit("docs/decisions/0041-draft.md", "# Draft\n")
    accepted(evolving)
    assert (evolving.project / "docs/decisions/0042-architecture.md").is_file()


def test_the_next_move_supersedes_the_last_one_and_an_update_leaves_all_alone(
    evolving: Shop,
) -> None:
    accepted(evolving)
    yours = json.loads(evolving.diff("--json").said)
    assert (yours["state"], yours["changes"]["yours"]["added"]) == (
        "unchanged",
        ["src/app/main.py", "src/app/mine.py"],
    )
    assert evolve(evolving, to="event-driven")[0] == 0
    assert "Supersedes [0002](0002-architecture.md)." in evolving.read(
        "docs/decisions/0003-architecture.md"
    )
    assert "Superseded by [0003]" in evolving.read(SECOND)
    assert evolving.read(FIRST).count("Superseded by") == 1


@pytest.mark.parametrize("gone", ["deleted", "owned", "a link"])
def test_a_first_decision_that_is_not_ours_to_change_stays(gone: str, evolving: Shop) -> None:
    place = evolving.project / FIRST
    if gone == "owned":
        spec = evolving.read("blueprint.yaml")
        owned = spec.replace("owned: []", "owned: [{path: docs, reason: ours}]")
        evolving.edit("blueprint.yaml", owned)
    else:
        place.unlink()
    if gone == "a link":
        place.symlink_to("elsewhere.md")
    evolving.commit()
    before = snapshot(evolving.project).get(FIRST)
    accepted(evolving)
    assert snapshot(evolving.project).get(FIRST) == before
    assert ("Supersedes [0001]" in evolving.read(SECOND)) is (gone != "deleted")


def test_what_is_left_behind_is_a_finding_until_it_is_placed(evolving: Shop) -> None:
    assert "BP203" not in evolving.run("check", str(evolving.project)).said
    accepted(evolving)

    def left() -> list[str]:
        said = evolving.run("check", str(evolving.project), "--json").said
        (project,) = json.loads(said)["projects"]
        findings = project["findings"]
        return [one["path"] for one in findings if one["id"] == "BP203"]

    assert left() == ["src/app/main.py", "src/app/mine.py"]
    said = evolving.run("check", str(evolving.project)).said
    assert "src/app/mine.py: has no place in microservices" in said
    git(evolving.project, "rm", "--quiet", "src/app/main.py")
    assert left() == ["src/app/mine.py"]
    spec = evolving.read("blueprint.yaml")
    owned = spec.replace("owned: []", "owned: [{path: src/app/mine.py, reason: ours}]")
    evolving.edit("blueprint.yaml", owned)
    assert left() == []
    evolving.edit("blueprint.yaml", spec)
    git(evolving.project, "rm", "--quiet", "src/app/mine.py")
    evolving.commit()
    assert left() == []
    write(evolving.root, "microservices/files/new.txt", LONG)
    assert evolving.update().code == 0
    assert not (evolving.project / ".blueprint/left-behind.json").exists()


def test_a_list_of_what_was_left_that_nobody_can_read_is_no_failure(evolving: Shop) -> None:
    for text in ("{", "[]", '{"paths": 3}', '{"paths": [3]}'):
        evolving.edit(".blueprint/left-behind.json", text)
        assert evolving.run("check", str(evolving.project)).code == 0


def conversation(shop: Shop, *arguments: str) -> "pexpect.spawn[str]":
    talk = pexpect.spawn(
        sys.executable,
        ["-c", WITH_TEMPLATES, str(shop.root), "evolve", "--to", "microservices", *arguments],
        cwd=str(shop.project),
        # Not what readline has put there, unseen by Python.
        env=dict(os.environ),
        dimensions=(40, 60),
        encoding="utf-8",
        timeout=60,
    )
    talk.delaybeforesend = None
    return talk


def ended(talk: "pexpect.spawn[str]") -> int | None:
    talk.expect(pexpect.EOF)
    talk.close()
    return talk.exitstatus


def test_at_a_terminal_it_asks_whether_and_why(evolving: Shop) -> None:
    talk = conversation(evolving)
    talk.expect("Go there all the same")
    shown = str(talk.before)
    assert max(map(len, shown.splitlines())) <= 60
    assert "not yet run distributed" in " ".join(shown.split())
    for typed, answer in (("?", "corrected in"), ("perhaps", "asks for the reason")):
        talk.sendline(typed)
        talk.expect(answer)
    talk.sendline("yes")
    for typed in ("", "?"):
        talk.expect("Why. One line")
        talk.sendline(typed)
        talk.expect("next year")
    talk.sendline("back")
    talk.expect("Go there all the same")
    talk.sendline("y")
    talk.sendline("x" * 301)
    talk.expect("at most 300")
    talk.sendline("We hire.")
    assert ended(talk) == 1
    assert "The reason: We hire." in evolving.read(SECOND)


@pytest.mark.parametrize(("typed", "code"), [("no\n", 0), ("\n", 0), ("\x04", 130)])
def test_whoever_would_rather_not_changes_nothing(typed: str, code: int, evolving: Shop) -> None:
    before = snapshot(evolving.project)
    talk = conversation(evolving, "--reason", "We hire.")
    talk.expect("Go there all the same")
    talk.send(typed)
    talk.expect("othing was changed")
    assert ended(talk) == code
    assert snapshot(evolving.project) == before


def test_numbers_and_notes_of_decisions() -> None:
    there = ["docs/decisions/0001-architecture.md", "docs/decisions/0010-x.md", "docs/0099-y.md"]
    assert next_decision(there) == "docs/decisions/0011-architecture.md"
    assert next_decision([]) == "docs/decisions/0002-architecture.md"
    assert last_decision(there) == there[0]
    assert last_decision([]) == ""
    assert superseded(b"# A\r\nb\r\n", Path("d/0002-a.md").as_posix()) == (
        b"# A\r\n\r\nSuperseded by [0002](0002-a.md).\r\nb\r\n"
    )
    assert superseded(b"no heading\n", "0002-a.md") is None
    assert superseded(b"# A\n\nSuperseded by [0009](0009-b.md).\n", "0002-a.md") is None
