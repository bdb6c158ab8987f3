"""A project's life with a standard: made, checked, raised, as a developer does it."""

import json
import shutil
from pathlib import Path

import pytest
from jsonschema import Draft7Validator

from blueprint_cli.asking.session import open_session
from blueprint_cli.asking.steps import (
    AboutWanted,
    Confirmation,
    PatternChoice,
    ReasonWanted,
    Refused,
)
from blueprint_cli.creating.create import NewProject
from blueprint_cli.layout import IDENTITY
from blueprint_cli.record.record import read_record
from tests.program import Run, WriteTemplates, git
from tests.records import remake, rendered_as

SCHEMA = Path(__file__).parents[1] / "checking/schemas/sarif-schema-2.1.0.json"
STANDARD = """\
standard: 1
name: acme
defaults:
  project: {owner: "@acme/shop"}
  platform: {ci: gitlab, gateway: haproxy}
locked: [platform.ci]
allowed: {patterns: [monolith], platform: {gateway: [nginx, haproxy]}}
severities: {ACME-002: warning}
checks:
  - id: ACME-001
    title: There is no runbook
    why: Who is on call needs it.
    fix: Write docs/runbook.md.
    must_exist: [docs/runbook.md]
  - id: ACME-002
    title: Something prints
    why: Nobody reads it.
    fix: Log it.
    must_not_contain: {files: ["src/**/*.py"], expression: 'print\\('}
"""


@pytest.fixture
def standard(tmp_path: Path) -> Path:
    """A standard in a git repository, tagged v1.0."""
    folder = tmp_path / "the standard"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    release(folder, STANDARD, "v1.0")
    return folder


def release(folder: Path, text: str, tag: str, **files: str) -> None:
    (folder / "standard.yaml").write_text(text)
    for name, content in files.items():
        (folder / name.replace("_", ".")).write_text(content)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", tag)
    git(folder, "tag", tag)


@pytest.fixture
def shop(tiny: Path, run: Run, standard: Path) -> Path:
    assert run("new", "shop", "--defaults", "--standard", standard, "--no-git").code == 0
    return tiny / "shop"


def findings(run: Run, project: Path, *options: str) -> list[tuple[str, str, str, int | None]]:
    document = json.loads(run("check", project, "--json", *options).out)
    return [
        (one["id"], one["severity"], one["path"], one["line"])
        for each in document["projects"]
        for one in each["findings"]
    ]


PRINTS = ("ACME-002", "warning", "src/app.py", 1)
NO_RUNBOOK = ("ACME-001", "error", "docs/runbook.md", None)


def test_new_takes_the_defaults_and_writes_what_it_is_held_to(shop: Path, standard: Path) -> None:
    text = (shop / "blueprint.yaml").read_text()
    assert "ci: gitlab" in text
    assert '  owner: "@acme/shop"' in text
    commit = git(standard, "rev-parse", "v1.0")
    said = text.partition("\nstandard:\n")[2].replace('"', "")
    assert said == f"  source: {standard}\n  ref: v1.0\n  commit: {commit}\n"
    record = read_record(shop)
    render = record.render
    named = (render.standard, render.standard_ref, render.standard_commit)
    assert named == (str(standard), "v1.0", commit)
    assert record.standard == {"standard.yaml": STANDARD.encode()}


def test_answers_go_before_defaults(tiny: Path, run: Run, standard: Path) -> None:
    answers = tiny / "answers.yaml"
    answers.write_text(
        f"# ours\nplatform:\n  gateway: nginx # known\nstandard: {{source: '{standard}'}}\n"
    )
    result = run("new", "shop", "--answers", answers, "--no-git", "--json")
    assert result.code == 0, result.err
    document = json.loads(result.out)
    assert document["standard"]["named_by"] == "answers"
    assert document["standard"]["ref"] == "v1.0"
    text = (tiny / "shop" / "blueprint.yaml").read_text()
    assert "gateway: nginx # known" in text
    assert "ci: gitlab" in text
    assert findings(run, tiny / "shop") == [NO_RUNBOOK, PRINTS]


def test_what_is_locked_or_not_allowed_is_refused_at_once(
    tiny: Path, run: Run, standard: Path
) -> None:
    options = ("--set", "platform.ci=github", "--pattern", "microservices")
    result = run("new", "shop", "--standard", standard, *options)
    assert result.code == 2
    assert (
        "platform.ci: is github, and the standard acme v1.0 locks it; allowed: gitlab" in result.err
    )
    assert "is microservices, which the standard acme v1.0 does not allow" in result.err
    assert not (tiny / "shop").exists()


def test_the_best_pattern_that_is_allowed_is_taken(tiny: Path, run: Run, standard: Path) -> None:
    needs = ("developers=80", "teams=12", "independent_deploys_needed=true")
    settings = [word for one in needs for word in ("--set", f"requirements.{one}")]
    result = run("new", "shop", "--standard", standard, *settings, "--no-git", "--json")
    document = json.loads(result.out)
    assert (document["pattern"], document["recommended"]) == ("monolith", "microservices")
    decision = (tiny / "shop/docs/decisions/0001-architecture.md").read_text()
    assert "The standard acme v1.0 allows no microservices." in decision


def test_defaults_of_a_user_and_of_the_environment(
    tiny: Path, run: Run, standard: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def named_by(*options: str) -> object:
        document = json.loads(run("new", "shop", "--dry-run", "--json", *options).out)
        return document["standard"] and document["standard"]["named_by"]

    assert named_by("--defaults") is None
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    config = tmp_path / "config/blueprint/config.yaml"
    config.parent.mkdir(parents=True)
    config.write_text(f"standard: {{source: '{standard}', ref: v1.0}}\n")
    if named_by("--defaults") is not None:  # Not where a system has another place for it.
        assert named_by("--defaults") == str(config)
    config.write_text("standrd: {}\n")
    monkeypatch.setenv("BLUEPRINT_STANDARD", str(standard))
    assert named_by("--defaults") == "BLUEPRINT_STANDARD"
    assert named_by("--set", "standard=null") is None
    assert named_by("--defaults", "--standard", str(standard)) == "--standard"
    monkeypatch.delenv("BLUEPRINT_STANDARD")
    refused = run("new", "shop", "--defaults", "--dry-run")
    assert refused.code == 2
    assert "standrd: unknown key; did you mean standard?" in refused.err
    assert list(tiny.iterdir()) == []


def test_sources_that_are_no_standard(tiny: Path, run: Run, standard: Path, tmp_path: Path) -> None:
    def refusal(*options: str | Path) -> str:
        result = run("new", "shop", "--defaults", *options)
        assert result.code == 2
        return result.err

    assert "there is no source ./nowhere" in refusal("--standard", "./nowhere")
    (tmp_path / "empty").mkdir()
    assert "it has no standard.yaml" in refusal("--standard", tmp_path / "empty")
    assert "no branch, tag or commit v9" in refusal("--standard", standard, "--standard-ref", "v9")
    assert "--standard names none" in refusal("--standard-ref", "v1")
    release(standard, STANDARD.replace("gitlab,", "gitlb,") + "rules: rules.toml\n", "v2")
    assert "standard.yaml of " in (said := refusal("--standard", standard))
    assert "v2:5:18: defaults.platform.ci: is gitlb; allowed: github, gitlab, none" in said
    release(standard, STANDARD + "rules: rules.toml\n", "v3")
    assert "there is no file rules.toml beside it" in refusal("--standard", standard)
    release(standard, STANDARD + "rules: rules.toml\n", "v4", rules_toml="format = 1\nx = 2\n")
    assert "rules.toml of the standard acme v4" in refusal("--standard", standard)
    assert list(tiny.iterdir()) == []


def test_its_checks_run_beside_ours_and_say_whose_they_are(shop: Path, run: Run) -> None:
    assert findings(run, shop) == [NO_RUNBOOK, PRINTS]
    text = run("check", shop).out
    assert "ACME-001 acme-001: There is no runbook" in text
    assert "is not here (standard acme v1.0)" in text
    assert "Why: The standard acme v1.0 asks for it: Who is on call needs it." in text
    document = json.loads(run("check", shop, "--format", "sarif").out)
    Draft7Validator(json.loads(SCHEMA.read_text())).validate(document)
    sarif = document["runs"][0]
    rules = sarif["tool"]["driver"]["rules"]
    for result in sarif["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert "standard acme v1.0" in result["message"]["text"]
    assert 'name="ACME-001 docs/runbook.md"' in run("check", shop, "--format", "junit").out
    assert "title=ACME-001 There is no runbook" in run("check", shop, "--format", "github").out


def test_a_key_that_was_unlocked_by_hand_is_found_in_its_line(shop: Path, run: Run) -> None:
    spec = shop / "blueprint.yaml"
    lines = spec.read_text().splitlines()
    at = next(number for number, line in enumerate(lines, start=1) if "ci: gitlab" in line)
    spec.write_text(spec.read_text().replace("ci: gitlab", "ci: none"))
    assert findings(run, shop, "--select", "BP703") == [("BP703", "error", "blueprint.yaml", at)]
    spec.write_text(spec.read_text().replace("ci: none", "ci: gitlab").replace("haproxy", "nginx"))
    assert findings(run, shop, "--select", "BP7") == []
    del lines[at - 1]
    spec.write_text("\n".join(lines))
    assert [one[0] for one in findings(run, shop, "--select", "BP7")] == ["BP703"]


def test_a_choice_that_is_not_allowed_is_found_in_its_line(shop: Path, run: Run) -> None:
    spec = shop / "blueprint.yaml"
    spec.write_text(spec.read_text().replace("pattern: monolith", "pattern: event-driven"))
    lines = spec.read_text().splitlines()
    at = next(number for number, line in enumerate(lines, start=1) if line.startswith("pattern:"))
    assert findings(run, shop, "--select", "BP7") == [("BP704", "error", "blueprint.yaml", at)]


def test_what_a_project_may_silence_unless_it_is_locked(
    tiny: Path, run: Run, shop: Path, standard: Path
) -> None:
    silenced = (
        "check: {ignore: [ACME-001], severities: {ACME-002: note}}\n"
        "owned: [{path: src/app.py, reason: ours}]\n"
    )
    spec = shop / "blueprint.yaml"
    text = spec.read_text().replace("owned: []\n", "")
    spec.write_text(text + silenced)
    assert findings(run, shop) == []
    assert findings(run, shop, "--select", "ACME", "--ignore", "ACME-002") == [NO_RUNBOOK]
    spec.write_text(text + silenced.replace("ACME-001", "ACME-009"))
    assert findings(run, shop, "--select", "BP001") == [
        ("BP001", "error", "blueprint.yaml", text.count("\n") + 1)
    ]
    locked = STANDARD.replace("locked: [platform.ci]", "locked: [ACME, check.severities]")
    release(standard, locked, "v2.0")
    (tiny / "a.yaml").write_text(silenced)
    options = ("--answers", "a.yaml", "--standard", standard, "--no-git")
    refused = run("new", "two", *options)
    assert refused.code == 2
    assert "check.severities" in refused.err
    (tiny / "a.yaml").write_text(silenced.replace(", severities: {ACME-002: note}", ""))
    assert run("new", "two", *options).code == 0
    assert findings(run, tiny / "two") == [NO_RUNBOOK, PRINTS]
    assert findings(run, tiny / "two", "--ignore", "ACME-001") == [PRINTS]


def test_codes_of_a_standard_on_the_command_line(
    shop: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = run("check", shop, "--select", "ACME-003")
    assert refused.code == 2
    assert "no check has the code ACME-003; did you mean ACME-00" in refused.err
    monkeypatch.chdir(shop / "src")
    assert "Who is on call needs it." in run("check", "--explain", "ACME-001").out
    assert run("check", "--explain", "OTHER-1").code == 2


def test_a_baseline_accepts_them(shop: Path, run: Run, tmp_path: Path) -> None:
    baseline = tmp_path / "baseline.json"
    run("check", shop, "--write-baseline", baseline)
    assert run("check", shop, "--baseline", baseline).code == 0
    app = shop / "src/app.py"
    app.write_text("\n" + app.read_text())
    assert run("check", shop, "--baseline", baseline).code == 0


def test_a_copy_that_is_damaged_or_lost(shop: Path, run: Run, tmp_path: Path) -> None:
    for content in (None, b"standard: 2\n", b"{"):
        copy = Path(shutil.copytree(shop, tmp_path / str(content)))
        remake(copy, {".blueprint/standard/standard.yaml": content})
        assert findings(run, copy) == [("BP701", "error", IDENTITY, 2)]
    rendered_as(shop, {"standard": "", "standard_ref": "", "standard_commit": ""})
    assert [one[0] for one in findings(run, shop)] == ["BP702"]


def test_check_asks_nobody_unless_it_is_told_to(
    shop: Path, run: Run, standard: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = f"{STANDARD}current_from: 2026-12-01\n"
    release(standard, text, "v1.1")
    release(standard, STANDARD, "v2.0")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1764460800")  # 2025-11-30
    assert findings(run, shop, "--select", "BP7") == []
    (behind,) = findings(run, shop, "--select", "BP7", "--online")
    assert behind[:3] == ("BP705", "note", "blueprint.yaml")
    assert "v2.0 is there, which counts from 2026-12-01" in run("check", shop, "--online").out
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1796083200")  # 2026-12-01
    (overdue,) = findings(run, shop, "--select", "BP7", "--online")
    assert overdue[:2] == ("BP706", "error")
    shutil.rmtree(standard)
    assert run("check", shop, "--online").code == 2
    assert findings(run, shop, "--select", "BP7") == []


def test_update_takes_the_standard_that_the_spec_names(
    shop: Path, run: Run, standard: Path
) -> None:
    release(standard, STANDARD.replace("ACME-001", "ACME-007"), "v2.0")
    spec = shop / "blueprint.yaml"
    spec.write_text(spec.read_text().replace("v1.0", "v2.0"))
    assert [one[0] for one in findings(run, shop, "--select", "BP7")] == ["BP702"]
    shown = json.loads(run("diff", shop, "--json").out)
    assert (shown["from"]["standard"], shown["to"]["standard"]) == ("v1.0", "v2.0")
    assert run("update", shop).code == 0
    assert git(standard, "rev-parse", "v2.0") in spec.read_text()
    assert [one[0] for one in findings(run, shop)] == ["ACME-002", "ACME-007"]
    assert run("update", shop, "--standard-to", "v1.0").code == 0
    assert 'ref: "v1.0"' in spec.read_text()
    assert findings(run, shop) == [NO_RUNBOOK, PRINTS]
    assert run("update", shop, "--standard-to", "v9").code == 2
    shutil.rmtree(standard)
    assert json.loads(run("update", shop, "--json").out)["state"] == "unchanged"


def test_a_standard_is_left_by_an_update_too(shop: Path, run: Run) -> None:
    spec = shop / "blueprint.yaml"
    spec.write_text(spec.read_text().partition("\n# What the team asks")[0] + "\n")
    assert [one[0] for one in findings(run, shop, "--select", "BP7")] == ["BP702"]
    assert run("update", shop).code == 0
    assert findings(run, shop) == []
    assert run("update", shop, "--standard-to", "v1").code == 2


def test_no_way_leads_to_a_pattern_that_is_not_allowed(
    shop: Path, run: Run, templates: WriteTemplates
) -> None:
    layers = "name: microservices\nsummary: s\nprocesses: many\nlayers: [{from: files}]\n"
    templates({"files/README.md.jinja": "x\n"}, description=layers, folder="microservices")
    refused = run("evolve", shop, "--to", "microservices")
    assert refused.code == 2
    assert "the standard acme v1.0 allows no microservices" in refused.err


def test_a_lost_base_is_rebuilt_with_its_standard(shop: Path, run: Run) -> None:
    before = read_record(shop)
    for archive in (shop / ".blueprint").glob("base-*"):
        archive.unlink()
    assert run("update", shop, "--rebuild-base").code == 0
    assert read_record(shop) == before


def test_a_package_is_read_and_never_imported(
    tiny: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    package, info = site / "acme_standard", site / "acme_standard-3.1.dist-info"
    for folder in (package, info):
        folder.mkdir(parents=True)
    (package / "__init__.py").write_text(f"open({str(tmp_path / 'imported')!r}, 'w')\n")
    (package / "standard.yaml").write_text(STANDARD)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-standard\nVersion: 3.1\n")
    (info / "RECORD").write_text("acme_standard/__init__.py,,\nacme_standard/standard.yaml,,\n")
    monkeypatch.syspath_prepend(site)
    result = run("new", "shop", "--defaults", "--standard", "python:acme-standard", "--no-git")
    assert result.code == 0, result.err
    text = (tiny / "shop/blueprint.yaml").read_text()
    assert '  source: "python:acme-standard"\n  ref: "3.1"\n' in text
    assert findings(run, tiny / "shop") == [NO_RUNBOOK, PRINTS]
    assert not (tmp_path / "imported").exists()


def test_rules_and_prices_of_a_standard_are_used(tiny: Path, run: Run, standard: Path) -> None:
    rules = 'format = 1\nname = "acme\'s"\ndate = "2026-11-01"\n'
    release(standard, STANDARD + "rules: rules.toml\n", "v2.0", rules_toml=rules)
    result = run("new", "shop", "--defaults", "--standard", standard, "--no-git")
    assert "whose rules recommend" in result.err
    advice = json.loads(run("recommend", tiny / "shop", "--json").out)
    assert advice["rules"]["name"] == "acme's (of the standard acme v2.0)"
    shutil.rmtree(standard)
    assert "acme v2.0" in run("recommend", tiny / "shop", "--json").out


def test_templates_test_runs_the_samples_beside_its_checks(run: Run, standard: Path) -> None:
    """Of what is in the folder, which is in no commit yet."""
    samples = (
        "\n    tests: {passes: [{docs/runbook.md: x}], fails: [{a: b}, {docs/runbook.md: x}]}\n"
    )
    text = (
        STANDARD.partition("  - id: ACME-002")[0]
        .replace("severities: {ACME-002: warning}\n", "")
        .rstrip()
    )
    (standard / "standard.yaml").write_text(text + samples)
    result = run("templates", "test", standard, "--json")
    assert result.code == 1, result.err
    assert "ACME-001 fails[1]" in result.out
    assert "it finds nothing" in result.out
    (standard / "standard.yaml").write_text(
        text + samples.replace(", {docs/runbook.md: x}]}", "]}")
    )
    assert run("templates", "test", standard).code == 0


def test_the_questions_offer_what_the_standard_allows(tiny: Path, standard: Path) -> None:
    assert not list(tiny.iterdir())
    rules = 'format = 1\nname = "acme\'s"\ndate = "2026-11-01"\n'
    text = STANDARD.replace("defaults:\n", "defaults:\n  requirements: {developers: 9}\n")
    release(standard, text + "rules: rules.toml\n", "v2.0", rules_toml=rules)
    session = open_session(NewProject(name="shop", standard=str(standard), git=False))
    while not isinstance(session.step, PatternChoice):
        session.answer("" if isinstance(session.step, AboutWanted) else "rest")
    assert session.step.offered == ("monolith",)
    assert session.step.recommendation.rules_name == "acme's (of the standard acme v2.0)"
    assert session.step.recommendation.answers == {"developers": 9}
    refused = session.answer("microservices")
    assert refused == Refused("The standard acme v2.0 allows no microservices.")
    session.answer("")
    if isinstance(session.step, ReasonWanted):
        session.answer("")
    assert isinstance(session.step, Confirmation)
    session.answer("yes")
    created = session.create(lambda _: None)
    assert created.held_to.standard is not None
    assert "developers: 9" in (created.path / "blueprint.yaml").read_text()


def test_a_template_without_patterns_is_held_to_the_rest(
    tiny: Path, run: Run, standard: Path, tmp_path: Path
) -> None:
    template = tmp_path / "template"
    template.mkdir()
    (template / "copier.yml").write_text("port: {type: int, default: 80}\n")
    (template / "README.md.jinja").write_text("on {{ port }}\n")
    text = STANDARD.replace("defaults:\n", f"defaults:\n  template: {{source: '{template}'}}\n")
    release(standard, text.replace("[platform.ci]", "[platform.ci, template.source]"), "v2.0")
    result = run("new", "shop", "--defaults", "--standard", standard, "--no-git")
    assert result.code == 0, result.err
    assert (tiny / "shop/README.md").read_text() == "on 80\n"
    assert findings(run, tiny / "shop") == [NO_RUNBOOK]
    refused = run("new", "two", "--defaults", "--standard", standard, "--template", tmp_path)
    assert refused.code == 2
    assert "the standard acme v2.0 locks it" in refused.err
