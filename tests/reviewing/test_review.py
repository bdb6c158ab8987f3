"""`blueprint review` as a user has it: of git alone, of a bench, of a real Prometheus, of all."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from blueprint_cli.ports import free_port
from tests.program import badly_broken
from tests.recommendation.conftest import Run
from tests.reviewing.benches import at_slo, bench, route, written
from tests.reviewing.conftest import History, MakeProject

ASSUMED = (
    "{developers: 8, teams: 1, bounded_contexts: 4, requests_per_second_avg: 58, "
    "peak_to_average: 4, p95_latency_ms: 100, availability_percent: 99.9, consistency: strong, "
    "async_share_percent: 5, monthly_budget_usd: 900}"
)


def by(key: str, found: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {one[key]: one for one in found}


def test_git_and_the_model_alone_say_what_they_know_and_nothing_else(
    make_project: MakeProject, run: Run
) -> None:
    done = run("review", make_project(), "--json")
    assert done.code == 0, done.err
    found = done.document
    rows = by("key", found["requirements"])
    assert len(rows) == 19
    assert {key for key, row in rows.items() if row["measured"] is not None} == {
        "bounded_contexts",
        "consumers_per_event",
    }
    assert rows["requests_per_second_avg"]["why"] == "Prometheus was not asked"
    assert all(row["why"] or row["source"] for row in rows.values())
    assert [one["state"] for one in found["triggers"]] == [
        "not measured",
        "not measured",
        "not measured",
        "not reached",
        "not measured",
    ]
    assert found["found"] is False
    assert found["problems"] == []


def test_a_load_ten_times_as_large_is_seen_with_all_that_is_wrong(
    make_project: MakeProject, run: Run, prometheus: str
) -> None:
    project = make_project(ASSUMED)
    asked = ("review", project, "--prometheus", prometheus, "--window", "6h", "--label", "job=shop")
    done = run(*asked, "--write", "--json")
    assert done.code == 1, done.err
    found = done.document
    rows = by("key", found["requirements"])
    # 500 a second for five hours and 1,000 for one.
    assert rows["requests_per_second_avg"]["measured"] == pytest.approx(583, rel=0.02)
    assert rows["requests_per_second_avg"]["used"] == rows["requests_per_second_avg"]["measured"]
    assert rows["peak_to_average"]["measured"] == pytest.approx(1.71, rel=0.02)
    assert rows["async_share_percent"]["measured"] == pytest.approx(10.3, rel=0.03)
    assert rows["availability_percent"]["measured"] == pytest.approx(99.6, abs=0.01)
    assert 'rate(http_requests_total{job="shop"' in rows["requests_per_second_avg"]["query"]
    # What is wanted stays wanted.
    assert rows["p95_latency_ms"]["wanted"] is True
    assert rows["p95_latency_ms"]["used"] == 100
    assert rows["availability_percent"]["met"] is False
    triggers = by("measure", found["triggers"])
    busiest = triggers["share of all request seconds spent in one context, at peak"]
    assert busiest["state"] == "reached"
    assert busiest["measured"] == pytest.approx(83.3, abs=0.2)
    assert busiest["query"].endswith("by context: orders")
    oldest = triggers["age of the oldest unpublished event, p95 over a day"]
    assert oldest["state"] == "reached"
    assert oldest["measured"] > 60
    problems = {(one["kind"], one["subject"]) for one in found["problems"]}
    assert problems == {
        ("slow-route", "POST /v1/orders"),
        ("errors", "all requests"),
        ("memory-leak", "shop leaks"),
        ("starved-relay", "orders"),
    }
    # The rules: neither load nor headcount outweighs one process; it runs more instances.
    assert found["recommended"] == "monolith"
    record = (project / found["record"]).read_text(encoding="utf-8")
    assert record.startswith("# Stay a modular monolith, by what was measured")
    assert "10 times" in record
    before, after = found["costs"]
    assert (before["of"], after["of"]) == ("as assumed", "as measured")
    assert after["instances"] > before["instances"]
    assert after["infrastructure_usd"] >= before["infrastructure_usd"]
    assert found["strange_routes"] == 0
    assert found["load"][100][1] == pytest.approx(500, rel=0.01)


def test_who_falls_behind_and_who_does_not_answer_is_named(
    make_project: MakeProject, run: Run, prometheus: str
) -> None:
    asked = ("--prometheus", prometheus, "--window", "6h", "--label", "job=~away|none-of-ours")
    done = run("review", make_project(), *asked, "--json")
    assert done.code == 1, done.err
    # Another's process, and one that only catches up in bursts, are not among them.
    assert {(one["kind"], one["subject"]) for one in done.document["problems"]} == {
        ("lagging-consumer", "stuck on orders"),
        ("process-away", "away b"),
    }


def test_readers_that_came_make_it_recommend_events_and_write_that_down(
    make_project: MakeProject, run: Run, prometheus: str
) -> None:
    project = make_project(
        "{consumers_per_event: 0, async_share_percent: 0, consistency: eventual, "
        "requests_per_second_avg: 58, ops_maturity: high, independent_scaling_needed: true, "
        "stream_events_per_second: 5000}"
    )
    records = project / "docs" / "decisions"
    records.mkdir(parents=True)
    (records / "0001-architecture.md").write_text("# Build it as a modular monolith\n")
    (records / "0007-use-mysql.md").write_text("# Ours\n")
    asked = ("review", project, "--prometheus", prometheus, "--window", "6h")
    done = run(*asked, "--label", "job=shop", "--write", "--json")
    assert done.code == 1, done.err
    found = done.document
    assert found["comparison"]["before"]["recommended"] == "monolith"
    assert found["recommended"] == "event-driven"
    assert found["next"] == "blueprint evolve --to event-driven --dry-run"
    moved = [one["criterion"] for one in found["comparison"]["contributions"]]
    assert "consumers_per_event" in moved
    assert [one["of"] for one in found["costs"]] == ["as assumed", "as measured", "as recommended"]
    assert found["record"] == "docs/decisions/0008-review.md"
    record = (project / found["record"]).read_text(encoding="utf-8")
    assert record.startswith("# Move from a modular monolith to an event-driven system")
    assert "`blueprint evolve --to event-driven --dry-run`" in record
    assert re.search(r"\| requests per second, average \| 58 \| 5[78]\d", record)
    again = run(*asked, "--label", "job=shop", "--write", "--json").document
    assert again["record"] == "docs/decisions/0009-review.md"
    assert (project / found["record"]).read_text(encoding="utf-8") == record


def test_another_program_on_the_same_server_is_noticed(
    make_project: MakeProject, run: Run, prometheus: str
) -> None:
    done = run("review", make_project(), "--prometheus", prometheus, "--window", "6h")
    assert "1 route is of none of the project's contexts" in done.out
    assert "--label NAME=VALUE" in done.out


def test_a_server_that_knows_nothing_of_it_leaves_everything_unknown(
    make_project: MakeProject, run: Run, prometheus: str
) -> None:
    asked = ("--prometheus", prometheus, "--label", "job=nothing", "--json")
    done = run("review", make_project(), *asked)
    assert done.code == 0, done.err
    rows = by("key", done.document["requirements"])
    for key in ("requests_per_second_avg", "p95_latency_ms", "availability_percent"):
        assert rows[key]["measured"] is None
        assert rows[key]["why"] == "Prometheus has no such series of that time"
    assert done.document["load"] == []


def test_a_stream_and_its_readers_are_what_consumers_say(
    make_project: MakeProject, run: Run, prometheus: str
) -> None:
    project = make_project("{stream_events_per_second: 1000}", pattern="event-driven")
    asked = ("--prometheus", prometheus, "--label", "job=stream", "--window", "6h", "--json")
    found = run("review", project, *asked).document
    stream = by("key", found["requirements"])["stream_events_per_second"]
    # They take 300 a second, of which the project's own relay publishes 100.
    assert stream["measured"] == stream["used"] == pytest.approx(200, rel=0.01)
    readers = by("measure", found["triggers"])["readers of the busiest topic"]
    assert (readers["measured"], readers["state"]) == (2, "not reached")
    waiting = by("measure", found["triggers"])[
        "share of requests that wait for their event's result"
    ]
    assert waiting["state"] == "not measured"


def test_the_share_of_a_load_that_hardly_is_one_says_nothing(
    make_project: MakeProject, run: Run, prometheus: str
) -> None:
    asked = ("--prometheus", prometheus, "--label", "job=small", "--window", "6h", "--json")
    done = run("review", make_project(), *asked)
    share = done.document["triggers"][2]
    assert (share["state"], share["measured"]) == ("not measured", None)
    assert "less than one worker was busy" in share["why"]


def test_half_a_window_is_said_to_be_half(
    make_project: MakeProject, run: Run, prometheus: str
) -> None:
    asked = ("--prometheus", prometheus, "--label", "job=shop", "--window", "12h", "--json")
    rows = by("key", run("review", make_project(), *asked).document["requirements"])
    assert "of which 50% have samples" in rows["requests_per_second_avg"]["source"]
    assert rows["requests_per_second_avg"]["measured"] == pytest.approx(583, rel=0.02)


def test_a_server_that_is_not_there_is_exit_3(make_project: MakeProject, run: Run) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    done = run("review", make_project(), "--prometheus", url, "--json")
    assert done.code == 3
    assert done.document["error"]["code"] == "prometheus-failed"


def test_git_measures_people_and_what_they_release(history: History, run: Run) -> None:
    history.commit("src/orders/b.py", at=20, who="Ada <ada@example.com>")
    history.commit("src/catalog/b.py", at=10, who="Charles <charles@example.com>")
    done = run("review", history.folder, "--json")
    found = done.document
    assert by("key", found["requirements"])["developers"]["used"] == 2
    assert by("name", found["figures"])["releases_a_month"]["measured"] == 0.7
    assert found["triggers"][0]["state"] == "not reached"
    assert "ada" not in done.out.lower()


def test_services_are_held_against_the_people_who_change_them(
    make_project: MakeProject, run: Run
) -> None:
    history = History(make_project(pattern="microservices"))
    history.git("init", "--quiet")
    history.commit("services/orders/a.py", at=60)
    history.commit("services/orders/b.py", "services/catalog/b.py", at=20)
    found = run("review", history.folder, "--json").document
    triggers = by("measure", found["triggers"])
    assert triggers["services per developer"]["measured"] == 4
    assert triggers["services per developer"]["state"] == "reached"
    several = triggers["releases that change two services or more"]
    assert (several["measured"], several["state"]) == (100, "reached")


def test_a_bench_shows_its_faults_and_keeps_how_far_predictions_are_off(
    make_project: MakeProject, run: Run
) -> None:
    project = make_project("{requests_per_second_avg: 1500, peak_to_average: 4}")
    good = written(project, bench())
    done = run("review", project, "--bench", good)
    assert done.code == 0, done.err
    assert "capacity 0.5 times and p95 1.5 times what is predicted" in done.out
    assert not (project / ".blueprint" / "measured.json").exists()
    before = run("recommend", project, "--json").document["estimates"]["monolith"]
    bill = run("cost", project).out
    assert "corrected" not in bill
    assert run("review", project, "--bench", good, "--keep").code == 0
    kept = json.loads((project / ".blueprint" / "measured.json").read_text())
    assert (kept["capacity"], kept["p95"]) == (0.5, 1.5)
    after = run("recommend", project, "--json").document["estimates"]["monolith"]
    assert after["most_requests_per_second"] == pytest.approx(
        before["most_requests_per_second"] / 2, rel=0.01
    )
    assert after["instances"] > before["instances"]
    said = "capacity 0.5 times and p95 1.5 times what is predicted (monolith, bench at 100"
    report, record = project / "report.html", project / "record.md"
    run("recommend", project, "--html", report, "--markdown", record)
    assert said in report.read_text()
    assert said in record.read_text()
    for command in (("recommend", project), ("cost", project), ("review", project)):
        text = run(*command).out
        assert said in text, command
        assert "blueprint review --forget removes it" in text, command
    aside = run("recommend", project, "--assume", "measured_capacity=1", "--json").document
    assert aside["estimates"]["monolith"]["instances"] == before["instances"]
    short = written(project, bench(climb=[]))
    again = run("review", project, "--bench", short, "--keep")
    assert "Given up: how far the predicted capacity was off" in " ".join(again.err.split())
    forgotten = run("review", project, "--forget", "--json")
    assert forgotten.document == {"forgotten": True}
    assert run("recommend", project, "--json").document["estimates"]["monolith"] == before
    assert run("review", project, "--forget").out == "Estimates were not corrected.\n"


def test_a_bench_with_a_fault_is_exit_1(make_project: MakeProject, run: Run) -> None:
    project = make_project()
    slow = written(project, bench(**at_slo(routes=[route("GET /v1/orders", 340.0)])))
    done = run("review", project, "--bench", slow)
    assert done.code == 1
    assert "slow route, GET /v1/orders: 95 of 100 answers take up to 340 ms" in done.out


def test_what_a_project_keeps_and_nobody_can_read_says_the_way_back(
    make_project: MakeProject, run: Run
) -> None:
    project = make_project()
    kept = project / ".blueprint" / "measured.json"
    for text in ("x", "{}", '{"format": 1, "capacity": 0, "p95": 1, "source": "s"}'):
        kept.write_text(text)
        done = run("recommend", project)
        assert done.code == 3
        assert "blueprint review --forget" in done.err
    assert run("review", project, "--forget").code == 0
    assert run("recommend", project).code == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--keep",), "--keep keeps what a bench measured"),
        (("--forget", "--write"), "--forget goes alone"),
        (("--forget", "--explain"), "--forget goes alone"),
        (("--window", "4w"), "go with --prometheus URL"),
        (("--label", "job=shop"), "go with --prometheus URL"),
        (("--window", "soon"), "no time to look back over"),
        (("--prometheus", "localhost"), "no address of a server"),
        (("--bench", "absent.json"), "cannot be read"),
        (("--html", "nowhere/report.html"), "there is no folder"),
        (("--html", "."), "is a folder"),
        (("--html", "blueprint.yaml"), "is read, and a report would replace it"),
    ],
)
def test_bad_input_is_exit_2(
    make_project: MakeProject,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    options: tuple[str, ...],
    said: str,
) -> None:
    project = make_project()
    monkeypatch.chdir(project)
    done = run("review", project, *options)
    assert done.code == 2
    assert said in " ".join(done.err.split())


def test_no_project_is_exit_2(tmp_path: Path, run: Run) -> None:
    assert run("review", tmp_path).code == 2


def test_what_was_assumed_had_reached_already_is_no_news(
    make_project: MakeProject, run: Run, tmp_path: Path
) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text(
        'format = 1\nname = "ours"\ndate = "2026-11-20"\n'
        '[[triggers]]\npattern = "monolith"\nto = "event-driven"\nmeasure = "readers"\n'
        'key = "consumers_per_event"\nfigure = "consumers_per_event"\nat = ">= 2"\n'
        'how = "count"\nsource = "judgement"\n'
    )
    # Its owner chose one process although a log was recommended.
    project = make_project(
        "{consumers_per_event: 2, stream_events_per_second: 50000, async_share_percent: 60, "
        "consistency: eventual, ops_maturity: high}"
    )
    done = run("review", project, "--rules", rules)
    assert done.code == 0
    assert "reached, as was assumed, 2 readers" in done.out
    assert "event-driven, as before anything was measured; the project is monolith" in done.out
    spec = project / "blueprint.yaml"
    spec.write_text(spec.read_text().replace("{consumers_per_event: 2, ", "{"))
    assert run("review", project, "--rules", rules).code == 1


def test_a_wish_that_is_missed_is_found(
    make_project: MakeProject, tmp_path: Path, run: Run
) -> None:
    calm = written(tmp_path, bench())
    done = run("review", make_project("{p95_latency_ms: 20}"), "--bench", calm, "--json")
    assert done.code == 1
    row = by("key", done.document["requirements"])["p95_latency_ms"]
    assert (row["measured"], row["met"], row["used"]) == (30.0, False, 20.0)


def test_a_project_of_a_teams_template_without_a_pattern_is_refused(
    tmp_path: Path, run: Run
) -> None:
    template = tmp_path / "template"
    template.mkdir()
    (template / "copier.yml").write_text("name: {type: str, default: till}\n")
    (template / "README.md.jinja").write_text("{{ name }}\n")
    (template / "{{ _copier_conf.answers_file }}.jinja").write_text(
        "{{ _copier_answers|to_nice_yaml }}"
    )
    made = run("new", "till", "--template", template, "--defaults", "--no-git")
    assert made.code == 0, made.err
    done = run("review", "till")
    assert done.code == 3
    assert "a team's template without one" in done.err


def test_a_trigger_of_a_teams_own_that_names_no_figure_is_not_measured(
    make_project: MakeProject, tmp_path: Path, run: Run
) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text(
        'format = 1\nname = "ours"\ndate = "2026-11-20"\n'
        '[[triggers]]\npattern = "monolith"\nto = "microservices"\nmeasure = "grumbling"\n'
        'at = "> 3"\nhow = "by ear"\nsource = "judgement"\n'
        '[[triggers]]\npattern = "monolith"\nto = "microservices"\nmeasure = "readers"\n'
        'figure = "consumers_per_event"\nat = ">= 2"\nhow = "count"\nsource = "judgement"\n'
    )
    done = run("review", make_project(), "--rules", rules, "--json")
    assert [one["state"] for one in done.document["triggers"]] == ["not measured", "reached"]
    assert done.code == 1
    rules.write_text(rules.read_text().replace("consumers_per_event", "noise"))
    assert "figure: is 'noise'" in run("review", tmp_path / "shop", "--rules", rules).err


def test_it_fits_a_narrow_terminal(
    make_project: MakeProject, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_project(ASSUMED)
    wide = run("review", project).out
    monkeypatch.setenv("COLUMNS", "60")
    narrow = run("review", project).out
    assert badly_broken(narrow, wide, 60) == []


def test_explain_shows_the_queries(make_project: MakeProject, run: Run, prometheus: str) -> None:
    asked = ("--prometheus", prometheus, "--label", "job=shop", "--window", "6h")
    plain, explained = (
        run("review", make_project() if not extra else Path("shop"), *asked, *extra).out
        for extra in ((), ("--explain",))
    )
    assert "histogram_quantile" not in plain
    assert "histogram_quantile(0.95, sum by (le)" in explained
