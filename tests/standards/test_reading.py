"""`standard.yaml`: what is taken, and that everything wrong in it is said at once."""

import contextlib
import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from blueprint_cli.errors import StandardInvalid
from blueprint_cli.spec.document import parse_document
from blueprint_cli.standards.reading import defaults_of, parse_standard
from blueprint_cli.standards.schema import standard_schema
from tests.program import Run

WHOLE = """\
standard: 1
name: acme
version: "2.1"
summary: What every service of ours holds to.
owners: ["@acme/platform"]
defaults:
  project: {owner: "@acme/shop"}
  requirements: {ops_maturity: high}
  platform: {ci: gitlab, gateway: haproxy}
  check: {ignore: [ACME-003]}
locked: [platform.ci, owned, ACME-002, BP302]
allowed:
  patterns: [monolith, microservices]
  platform: {gateway: [nginx, haproxy]}
severities: {BP502: error, ACME: warning}
current_from: 2027-01-31
checks:
  - id: ACME-001
    title: There is no runbook
    why: Who is on call needs it.
    fix: Write docs/runbook.md.
    severity: warning
    must_exist: [docs/runbook.md]
    tests:
      passes: [{docs/runbook.md: "# What to do"}]
      fails: [{README.md: ""}]
  - id: ACME-002
    title: Something prints
    why: Nobody reads it.
    fix: Log it.
    must_not_contain: {files: ["src/**/*.py"], but: ["**/cli.py"], expression: '\\bprint\\('}
  - id: ACME-003
    title: mypy is not strict
    why: Types that are not checked are comments.
    fix: Set it.
    key: {files: [pyproject.toml], path: tool.mypy.strict, equals: true}
  - {id: ACME-004, title: a, why: b, fix: c, must_not_exist: [setup.py]}
  - {id: ACME-005, title: a, why: b, fix: c, must_contain: {files: [README.md], expression: x}}
  - id: ACME-006
    title: a
    why: b
    fix: c
    header: {files: ["**/*.py"], text: "Copyright {year} Acme"}
  - id: ACME-007
    title: a
    why: b
    fix: c
    dependencies: {forbidden: {pytz: zoneinfo}, at_least: {httpx: "0.27"}}
"""
DATA: dict[str, Any] = parse_document(WHOLE, "standard.yaml").data
SCHEMA = Draft202012Validator(standard_schema())


def changed(path: str, value: object) -> dict[str, Any]:
    data = copy.deepcopy(DATA)
    here: Any = data
    *parents, last = [int(part) if part.isdecimal() else part for part in path.split("/")]
    for part in parents:
        here = here[part]
    here[last] = value
    return data


def problems(text: str) -> list[str]:
    with pytest.raises(StandardInvalid) as caught:
        parse_standard(text, "standard.yaml")
    return [str(problem) for problem in caught.value.problems]


def test_the_whole_of_it_is_read() -> None:
    standard = parse_standard(WHOLE, "standard.yaml")
    assert [check.kind for check in standard.checks] == [
        *("must_exist", "must_not_contain", "key", "must_not_exist"),
        *("must_contain", "header", "dependencies"),
    ]
    assert defaults_of(standard).platform.ci == "gitlab"
    assert SCHEMA.is_valid(DATA)


def test_the_least_that_it_can_hold() -> None:
    assert parse_standard("standard: 1\nname: acme\n", "s").checks == []


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("nam", 1, "nam: unknown key; did you mean name?"),
        ("name", "Ac me", "Ac me'; allowed: text such as acme"),
        ("standard", True, "standard: is true; allowed: 1"),
        ("owners", ["platform"], "platform'; allowed: text such as @acme/platform"),
        ("defaults/platform/ci", "gitlb", "allowed: github, gitlab, none"),
        ("defaults/platform/gatewy", "nginx", "did you mean platform.gateway?"),
        ("defaults/project/name", "shop", "defaults.project.name: is each project's own"),
        ("defaults/standard", {"source": "x"}, "defaults.standard: is each project's own"),
        ("defaults/pattern", "event-driven", "is event-driven, which `allowed` does not name"),
        ("allowed/platform/gateway", ["nginx"], "haproxy, which `allowed` does not name"),
        ("allowed/platform/gatway", ["nginx"], "platform has no key gatway"),
        ("allowed/platform/gateway", ["haproxy", "caddy"], "is caddy; allowed: nginx, haproxy"),
        ("allowed/patterns", [], "allowed.patterns: is a list; allowed: a list of monolith"),
        ("locked/0", "platform.cii", "no code; did you mean platform.ci?"),
        ("locked/0", "ACME-009", "no code; did you mean ACME-00"),
        ("locked/0", "project.name", "is project.name, which is each project's own"),
        ("locked/0", "owned", "is owned, which stands there already"),
        ("locked/0", "pattern", "is pattern, of which `defaults` says nothing"),
        ("severities/BP999", "note", "no check has the code BP999"),
        ("severities/ACME", "fatal", "fatal'; allowed: error, warning, note"),
        ("current_from", "2027-02-31", "is 2027-02-31; allowed: a day such as 2027-01-31"),
        ("current_from", "soon", "soon'; allowed: text such as 2027-01-31"),
        ("rules", "../rules.toml", "../rules.toml'; allowed: a path inside"),
        ("checks/0/id", "BP-001", "BP is the word of blueprint's own checks"),
        ("checks/0/id", "acme-1", "acme-1'; allowed: text such as ACME-001"),
        ("checks/0/id", "ACME-002", "is ACME-002, which is the code of checks[0], too"),
        ("checks/0/why", "", "why: is the text ''; allowed: one line of text, not empty"),
        ("checks/0/must_exist", None, "checks[0]: does not say what it looks at"),
        ("checks/0/must_not_exist", ["x"], "checks[0]: says must_exist, must_not_exist"),
        ("checks/0/must_exist", ["/etc"], "/etc'; allowed: a path inside"),
        ("checks/0/must_exist", [], "allowed: a list, not empty"),
        ("checks/0/tests/passes", [{"../x": ""}], "allowed: a path in the sample"),
        ("checks/1/must_not_contain/expression", "a(?!b)", "is no regular expression: look-around"),
        ("checks/1/must_not_contain/expression", "(", "is no regular expression: unclosed group"),
        ("checks/1/must_not_contain/expression", r"(\pL{999}){999}", "is no regular expression"),
        ("checks/2/key/one_of", [1], "checks[2].key: says equals and one_of"),
        ("checks/2/key/files", ["a.ini"], "of which the ending does not say what it holds"),
        ("checks/2/key/path", [], "checks[2].key.path: is empty"),
        ("checks/6/dependencies/at_least", {"httpx": "new"}, "is new; allowed: "),
        ("checks/6/dependencies", {}, "asks for nothing"),
        ("checks/5/header/text", " ", "text: is empty"),
    ],
)
def test_what_is_wrong_is_said(path: str, value: object, said: str) -> None:
    found = problems(json.dumps(changed(path, value)))
    assert any(said in problem for problem in found), found


def test_everything_is_said_at_once_each_in_its_line() -> None:
    text = WHOLE.replace("name: acme", "nme: acme").replace("severity: warning", "severity: bad")
    text = text.replace("locked: [platform.ci", "locked: [platform.cy")
    found = problems(text)
    assert found[0].startswith("standard.yaml:1:1: name: is missing")
    assert any(each.startswith("standard.yaml:2:1: nme: unknown key") for each in found)
    assert any(each.startswith("standard.yaml:11:10: locked[0]") for each in found)
    assert any(each.startswith("standard.yaml:22:15: checks[0].severity") for each in found)


def test_a_later_format_is_refused_before_its_keys_are() -> None:
    with pytest.raises(StandardInvalid, match="of a later format"):
        parse_standard("standard: 2\nanything: 1\n", "s")


@pytest.mark.parametrize(
    "data",
    [
        changed("nam", 1),
        changed("checks/0/must_not_exist", ["x"]),
        changed("checks/0/must_exist", None),
        changed("defaults/platform/ci", "gitlb"),
        changed("severities/acme", "note"),
    ],
)
def test_the_schema_refuses_it_too(data: dict[str, Any]) -> None:
    assert not SCHEMA.is_valid(data)


def test_the_schema_is_published(run: Run) -> None:
    result = run("schema", "--standard")
    assert json.loads(result.out) == standard_schema()
    Draft202012Validator.check_schema(standard_schema())
    assert run("schema", "--standard", "--answers").code == 2


SCALARS = st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["", "a", "BP1", "*"])
VALUES = st.recursive(
    SCALARS, lambda one: st.lists(one, max_size=3) | st.dictionaries(st.text(max_size=5), one)
)
PATHS = st.sampled_from(
    [
        *("name", "defaults", "defaults/platform", "defaults/contexts", "locked", "locked/0"),
        *("allowed", "allowed/patterns", "allowed/platform", "severities", "rules", "prices"),
        *("checks", "checks/0", "checks/0/id", "checks/0/tests", "checks/0/tests/passes"),
        *("checks/1/must_not_contain", "checks/1/must_not_contain/files", "checks/2/key"),
        *("checks/2/key/path", "checks/5/header", "checks/6/dependencies", "current_from"),
    ]
)


@given(PATHS, VALUES)
def test_whatever_stands_there_is_taken_or_refused(path: str, value: object) -> None:
    text = json.dumps(changed(path, value))
    with contextlib.suppress(StandardInvalid):
        parse_standard(text, "standard.yaml")
