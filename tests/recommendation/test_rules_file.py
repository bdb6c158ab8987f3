"""A team's own rules: read, and refused with file and line."""

from pathlib import Path

import pytest

from blueprint_cli.recommendation import rules as rules_module
from blueprint_cli.recommendation.data_file import DataFileInvalid, key_lines, parse_data
from blueprint_cli.recommendation.recommend import recommend
from blueprint_cli.recommendation.rules import load_rules, parse_rules

TEXT = rules_module.BUILT_IN.read_text(encoding="utf-8")


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def refused(text: str) -> DataFileInvalid:
    with pytest.raises(DataFileInvalid) as caught:
        parse_rules(parse_data(text, "rules.toml"), "rules.toml")
    return caught.value


@pytest.mark.parametrize(
    ("old", "new", "at", "message"),
    [
        (
            'name = "teams"\nkey = "teams"',
            'name = "teams"\nkey = "teems"',
            'key = "teems"',
            "did you mean teams",
        ),
        (
            "{at = 8, microservices = 1.0}",
            '{at = 8, microservices = "lots"}',
            '"lots"',
            "is 'lots'",
        ),
        (
            "{at = 8, microservices = 1.0}",
            "{at = 8, microservice = 1.0}",
            "microservice = 1.0",
            "did you mean microservices",
        ),
        (
            "{at = 8, microservices = 1.0}",
            "{at = 2, microservices = 1.0}",
            "{at = 2, micro",
            "is 2",
        ),
        (
            'why = "A domain too large to hold together in one place"\n',
            "",
            '[[criteria]]\nname = "bounded_contexts"',
            "is missing",
        ),
        ('{ops_maturity = "low"}', '{ops_maturity = "none"}', '"none"', "cannot be tested"),
        ("hop_ms = {value = 2,", 'hop_ms = {value = "2",', 'hop_ms = {value = "2"', "is '2'"),
        ("temperature = 0.5", "temperature = 0", "temperature = 0", "is 0"),
        ("near_flip = 0.2", "near_flip = 0.9", "near_flip = 0.9", "too much"),
        ('is = "strong"', 'is = "strict"', 'is = "strict"', "cannot be answered"),
        ("[answers.teams]", "[answers.squads]", "[answers.squads]", "unknown requirement"),
        (
            'pattern = "microservices"\nwhen = {ops',
            'pattern = "microservice"\nwhen = {ops',
            'pattern = "microservice"\n',
            "is 'microservice'",
        ),
        ('date = "2026-11-25"', 'date = "soon"', 'date = "soon"', "is 'soon'"),
        ('name = "start"', 'name = "teams"', 'name = "teams"\nkey', "stands twice"),
    ],
)
def test_a_mistake_is_refused_with_its_line(old: str, new: str, at: str, message: str) -> None:
    assert old in TEXT
    text = TEXT.replace(old, new, 1)
    problems = refused(text).problems
    assert any(message in problem.message for problem in problems), problems
    found = next(problem for problem in problems if message in problem.message)
    assert (found.file, found.line) == ("rules.toml", line_of(text, at))


@pytest.mark.parametrize(
    ("text", "line"), [("format = 1\nname = \n", 2), ("format = 1\n[[criteria\n", 2), ('a = "', 1)]
)
def test_what_is_no_toml_is_refused_with_its_line(text: str, line: int) -> None:
    assert refused(text).problems[0].line == line


def test_another_format_is_refused() -> None:
    assert "format: is 2; allowed: 1" in str(refused("format = 2\n").problems[0])
    assert "format: is true; allowed: 1" in str(refused("format = true\n").problems[0])
    assert "format: is missing; allowed: 1" in str(refused("").problems[0])


def test_what_is_no_table_is_one_mistake() -> None:
    broken = TEXT.replace("hop_ms = {value = 2,", "hop_ms = 3 # {value = 2,").replace(
        "event_ms = {value = 5,", 'event_ms = {value = "5",'
    )
    said = [str(problem) for problem in refused(broken).problems]
    assert len(said) == 2
    assert "assumptions.hop_ms: is 3; allowed: a table of keys and values" in said[0]
    assert "assumptions.event_ms.value: is '5'" in said[1]


def test_what_cannot_be_read(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing.toml"):
        with pytest.raises(DataFileInvalid):
            load_rules(path)
    latin = tmp_path / "latin.toml"
    latin.write_bytes(b"format = 1\nname = 'caf\xe9'\n")
    with pytest.raises(DataFileInvalid) as caught:
        load_rules(latin)
    assert caught.value.problems[0].line == 2


def test_a_teams_own_weights_decide(tmp_path: Path) -> None:
    own = tmp_path / "rules.toml"
    own.write_text(TEXT.replace("{monolith = 2.0}", "{event-driven = 2.0}"), encoding="utf-8")
    assert recommend({}, load_rules(own)).recommended == "event-driven"


def test_what_a_teams_file_leaves_out_is_as_built_in(tmp_path: Path) -> None:
    own = tmp_path / "rules.toml"
    own.write_text(
        'format = 1\nname = "ours"\ndate = "2026-01-01"\n[confidence]\nalways = 0.5\n',
        encoding="utf-8",
    )
    rules, built_in = load_rules(own), load_rules()
    assert rules.criteria == built_in.criteria
    assert rules.confidence.always == 0.5
    assert rules.confidence.temperature == built_in.confidence.temperature
    assert rules.name == "ours"


def test_where_every_pattern_is_ruled_out_that_is_said(tmp_path: Path) -> None:
    gates = "".join(
        f'\n[[gates]]\npattern = "{pattern}"\nwhen = {{polyglot = true}}\nwhy = "w"\n'
        'lifted_by = "l"\nsource = "judgement"\n'
        for pattern in ("monolith", "microservices", "event-driven")
    )
    own = tmp_path / "rules.toml"
    own.write_text(TEXT + gates, encoding="utf-8")
    result = recommend({"polyglot": True}, load_rules(own))
    assert "No pattern is left" in result.conflicts[0].message
    assert not result.ranking[0].eligible


def test_each_key_is_found_on_its_line() -> None:
    text = 'a = 1\n[[b]]\nc = [\n  {d = 1},\n  {d = "# ["},\n]\n[b.e]\nf = 2 # [\n[[b]]\ng = 3\n'
    lines = key_lines(text)
    assert lines["a",] == 1
    assert lines["b", 0, "c", 1] == 5
    assert lines["b", 0, "e", "f"] == 8
    assert lines["b", 1, "g"] == 10
