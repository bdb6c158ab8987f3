"""What a bench of a running project wants to know first: accounts, and what stays behind."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from blueprint_cli.__main__ import main
from blueprint_cli.benching.accounts import Credentials
from blueprint_cli.benching.leaving import require_accounts, what_stays
from blueprint_cli.benching.project import Examples
from blueprint_cli.errors import BenchRefused
from blueprint_cli.spec.document import parse_document, read_document
from blueprint_cli.spec.reading import validate

if TYPE_CHECKING:
    from blueprint_cli.benching.accounts import Accounts
    from blueprint_cli.spec.model import Spec

ROOT = Path(__file__).parents[2]
HEAD = """
blueprint: 1
project: {name: notes}
pattern: monolith
contexts:
  identity: {roles: [clerk]}
  notes:
    entities:
"""
EXAMPLES = Examples({"clerk": "clerk", "owner": "user"}, ())


def notes(entities: str) -> Spec:
    text = HEAD + entities
    document = parse_document(text, "notes.yaml")
    return validate(document.data, document)


def given(*roles: str) -> Accounts:
    return {role: (Credentials(f"{role}@example.com", "some words"),) for role in roles}


def test_rows_that_can_be_deleted_do_not_stay() -> None:
    spec = notes("      Note: {fields: {text: text(1..80)}, access: {create: user, delete: clerk}}")
    assert what_stays(spec, given("clerk", "user")) == []
    assert what_stays(spec, given("user")) == [
        "notes.Note: no account is given for clerk, who may delete it"
    ]
    [users] = what_stays(spec, given("clerk"))
    assert "users that it registers" in users


def test_rows_without_a_delete_stay_and_hold_what_they_refer_to() -> None:
    spec = notes("""
      Shelf: {fields: {name: text(1..80)}}
      Folder: {fields: {shelf: ref Shelf}}
      Note: {fields: {folder: ref Folder}, commands: {create: {takes: [folder]}, update: {}}}
""")
    stays = what_stays(spec, given("admin", "user"))
    assert stays == [
        "notes.Shelf: notes.Folder refers to it, and stays",
        "notes.Folder: notes.Note refers to it, and stays",
        "notes.Note: it has no delete",
    ]


def test_what_a_reaction_makes_holds_what_it_refers_to() -> None:
    spec = notes("""
      Note: {fields: {text: text(1..80)}}
      Copy:
        fields: {note: ref Note}
        commands: {create: {takes: [note], by: system}}
    reactions:
      - {when: notes.NoteCreated, do: Copy.create, with: {note: id}}
""")
    assert what_stays(spec, given("admin", "user")) == [
        "notes.Note: notes.Copy refers to it, and stays",
        "notes.Copy that notes.NoteCreated makes",
    ]


def test_a_delete_that_is_not_always_allowed_may_leave_rows() -> None:
    spec = notes("""
      Note:
        fields: {text: text(1..80)}
        states: [draft, final]
        commands: {create: {}, delete: {from: draft}, seal: {from: draft, to: final}}
""")
    assert what_stays(spec, given("admin", "user")) == [
        "notes.Note: its delete is not always allowed"
    ]


def test_orders_and_e_mail_stay() -> None:
    document = read_document(ROOT / "templates/examples/shop.yaml")
    head = {"blueprint": 1, "project": {"name": "shop"}, "pattern": "monolith"}
    spec = validate({**head, **document.data}, document)
    assert what_stays(spec, given("admin", "user")) == [
        "orders: they cannot be deleted",
        "notifications of what happens, and e-mail that is sent about it",
    ]


def test_every_role_that_the_load_needs_is_named_at_once() -> None:
    spec = notes("      Note: {fields: {text: text(1..80)}}")
    with pytest.raises(BenchRefused) as refused:
        require_accounts(spec, given("user"), EXAMPLES)
    assert "clerk: it makes rows" in str(refused.value)
    assert "admin: it reads notes.Note" in str(refused.value)
    require_accounts(spec, given("admin", "clerk"), EXAMPLES)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--url", ""), "--url is not the address of a project"),
        (("--url", "http://127.0.0.1:1", "--workers", "3"), "--workers is for a project that is"),
        (("--url", "http://127.0.0.1:1", "--no-gateway"), "--no-gateway is for a project that is"),
        (("--html", "nowhere/bench.html"), "there is no folder nowhere"),
        (("--junit", "."), "is a folder"),
        (("--write-baseline", "blueprint.yaml"), "is read, and a report would replace it"),
        (("--html", "one", "--junit", "one"), "--html and --junit name the same file"),
        (("--baseline", "kept", "--html", "kept"), "is read, and a report would replace it"),
        (("--baseline", "absent"), "absent cannot be read"),
    ],
)
def test_what_cannot_be_used_is_said_before_anything_runs(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: tuple[str, ...],
    said: str,
) -> None:
    (tmp_path / ".blueprint").mkdir()
    text = "blueprint: 1\nproject: {name: shop}\npattern: monolith\n"
    (tmp_path / "blueprint.yaml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert main(["bench", *options]) == 2
    assert said in " ".join(capsys.readouterr().err.split())
    assert (tmp_path / "blueprint.yaml").read_text(encoding="utf-8") == text


@pytest.mark.parametrize("option", ["--leave-data", "--yes-this-host", "--accounts=accounts.yaml"])
def test_what_is_for_a_running_project_wants_its_address(
    option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", option]) == 2
    assert "--url http://127.0.0.1:8000" in capsys.readouterr().err
