"""What git tells, of histories of every kind; and that it names nobody."""

import datetime as dt
from pathlib import Path

import pytest

from blueprint_cli.reviewing.figures import Figure
from blueprint_cli.reviewing.history import figures_of
from tests.reviewing.conftest import History, MakeProject

CONTEXTS = ("identity", "notifications", "catalog", "orders")
TODAY = dt.date(2026, 11, 20)


def figures(folder: Path) -> dict[str, Figure]:
    return {one.name: one for one in figures_of(folder, CONTEXTS, today=TODAY)}


def values(folder: Path, *names: str) -> list[float | None]:
    found = figures(folder)
    return [found[name].value for name in names]


def test_people_are_counted_by_the_mailmap_and_without_bots_and_nobody_is_named(
    history: History,
) -> None:
    history.commit("src/orders/b.py", at=80, who="Ada <ada@example.com>")
    history.commit("src/orders/c.py", at=60, who="Ada Lovelace <ada@home.example>")
    history.commit("src/catalog/d.py", at=10, who="Charles <charles@example.com>")
    history.commit("src/catalog/e.py", at=9, who="dependabot[bot] <bot@users.example>")
    history.commit("src/catalog/f.py", at=9, who="acme-bot <it@example.com>")
    history.commit(".mailmap", at=8, who="Charles <charles@example.com>")
    (history.folder / ".mailmap").write_text("Ada <ada@example.com> <ada@home.example>\n")
    history.commit(at=8, who="Charles <charles@example.com>")
    names = ("developers", "developers_of_a_month", "most_people_in_a_context")
    assert values(history.folder, *names) == [2, 1, 1]
    said = repr(figures(history.folder))
    for name in ("Ada", "ada@", "Charles", "charles@", "acme-bot"):
        assert name not in said


def test_an_abbot_is_a_person(history: History) -> None:
    history.commit("src/orders/b.py", at=5, who="Robot Talbot <abbot@example.com>")
    assert values(history.folder, "developers") == [1]


def test_teams_are_those_of_codeowners_whose_files_were_changed(history: History) -> None:
    owners = "* @acme/platform\n/src/orders/ @acme/orders @ada\n/src/catalog/ @acme/catalog\n"
    (history.folder / "CODEOWNERS").write_text(owners)
    history.commit("src/orders/b.py", at=20)
    history.commit("src/catalog/b.py", at=60)
    names = ("teams", "teams_of_a_month", "people_per_team")
    assert values(history.folder, *names) == [3, 2, 0.3]


def test_teams_of_a_project_in_a_folder_are_those_of_the_repository(history: History) -> None:
    owners = "/till/src/orders/ @acme/orders\n/till/ @acme/till\n/src/orders/ @acme/other\n"
    (history.folder / "CODEOWNERS").write_text(owners)
    history.commit("till/src/orders/b.py", "till/README.md", at=20)
    assert values(history.folder / "till", "teams") == [1]
    (history.folder / "CODEOWNERS").write_text(
        "/till/ @acme/till\n/till/src/orders/ @acme/orders\n"
    )
    assert values(history.folder / "till", "teams") == [2]


def test_without_several_teams_in_codeowners_teams_are_not_known(history: History) -> None:
    (history.folder / "CODEOWNERS").write_text("* @acme/shop\n")
    history.commit("src/orders/b.py", at=20)
    found = figures(history.folder)["teams"]
    assert found.value is None
    assert "CODEOWNERS" in found.why


def test_tags_are_releases_and_one_waits_for_another_contexts_change(history: History) -> None:
    history.commit("src/orders/b.py", at=70)
    history.tag("v1.0.0", at=69)
    history.commit("src/orders/c.py", at=40)
    history.commit("src/catalog/c.py", at=35)
    history.tag("v1.1.0", at=34)
    history.commit("src/orders/d.py", at=20)
    history.commit("src/catalog/d.py", at=19.9)
    history.tag("v1.2.0", at=19)
    found = figures(history.folder)
    assert found["releases_a_month"].query == "tags"
    assert found["releases_a_month"].value == 1.0
    # Of three releases in three months one had orders ready five days before the catalog.
    assert found["releases_held_up_a_month"].value == pytest.approx(0.3)
    assert found["lead_time_hours"].value == pytest.approx(24, abs=1)
    assert found["time_to_first_release_weeks"].value == pytest.approx(4.4)
    assert found["releases_of_several_percent"].value == 0


def test_what_is_taken_back_while_another_context_is_on_its_way_held_it_up(
    history: History,
) -> None:
    history.tag("v1.0.0", at=60)
    history.commit("src/orders/b.py", at=50)
    history.commit("src/orders/b.py", at=50, message='Revert "Change it"')
    history.commit("src/catalog/b.py", at=50)
    history.tag("v1.1.0", at=49)
    history.commit("src/catalog/c.py", at=40)
    history.tag("v1.2.0", at=39)
    assert values(history.folder, "releases_held_up_a_month") == [pytest.approx(0.3)]


def test_without_tags_merges_are_releases(history: History) -> None:
    history.merge("src/orders/b.py", "src/catalog/b.py", at=30, ready=32)
    history.merge("src/orders/c.py", at=20, ready=21)
    history.merge("services/price-lists/c.py", "tests/orders/t.py", at=10, ready=11)
    found = figures(history.folder)
    assert found["releases_a_month"].query == "merges into the main line"
    assert found["releases_a_month"].value == 1.0
    assert found["releases_of_several_percent"].value == pytest.approx(33.3)
    assert found["lead_time_hours"].value == pytest.approx(24, abs=0.5)
    assert found["releases_held_up_a_month"].value == 0


def test_with_neither_commits_are_releases_and_nothing_is_said_of_lead_time(
    history: History,
) -> None:
    history.commit("src/orders/b.py", at=30)
    found = figures(history.folder)
    assert "neither tags nor merges" in found["releases_a_month"].query
    assert found["lead_time_hours"].value is None
    assert "one by one" in found["lead_time_hours"].why


def test_an_update_of_the_template_is_nobodys_release_of_two_contexts(history: History) -> None:
    history.commit(".blueprint/template.json", "src/orders/b.py", "src/catalog/b.py", at=30)
    history.commit("src/orders/c.py", at=20)
    assert values(history.folder, "releases_of_several_percent") == [0]


def test_a_project_in_a_folder_of_a_repository_has_a_history_of_its_own(
    history: History,
) -> None:
    inside = history.folder / "services" / "till"
    history.commit("services/till/src/orders/a.py", at=40, who="Charles <charles@example.com>")
    history.commit("README.md", at=10, who="Ada <ada@example.com>")
    assert values(inside, "developers", "releases_of_several_percent") == [1, 0]


def test_where_git_tells_nothing_it_is_said_why(
    make_project: MakeProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_project()
    assert figures(folder)["developers"].why == "there is no git repository"
    found = History(folder)
    found.git("init", "--quiet")
    assert figures(folder)["developers"].why == "there is no commit yet"
    found.commit("src/orders/a.py", at=3)
    young = figures(folder)
    assert young["developers"].why == "the history is younger than 30 days"
    assert young["releases_a_month"].why == "the history is younger than 7 days"
    found.commit("src/orders/b.py", at=2)
    found.git("clone", "--quiet", "--depth=1", f"file://{folder}", str(tmp_path / "shallow"))
    assert "shallow" in figures(tmp_path / "shallow")["developers"].why
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "git is not installed" in figures(folder)["developers"].why


def test_a_clone_that_lacks_trees_says_so_and_asks_no_host(
    history: History, tmp_path: Path
) -> None:
    history.commit("src/orders/b.py", at=5)
    history.git("config", "uploadpack.allowFilter", "true")
    clone = ("clone", "--quiet", "--filter=tree:0", "--no-checkout")
    history.git(*clone, f"file://{history.folder}", str(tmp_path / "partial"))
    assert figures(tmp_path / "partial")["developers"].why.startswith("git log failed")


def test_a_users_settings_change_nothing(
    history: History, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    history.merge("src/orders/b.py", "src/catalog/b.py", at=30, ready=31)
    names = ("developers", "releases_a_month", "releases_of_several_percent")
    before = values(history.folder, *names)
    settings = tmp_path / "gitconfig"
    settings.write_text(
        "[log]\nshowSignature = true\ndiffMerges = combined\ndate = relative\n"
        "[color]\nui = always\n[diff]\nnoprefix = true\nrenames = copies\n[core]\npager = false\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    assert values(history.folder, *names) == before == [1, 0.3, 100]


def test_a_history_that_has_ended_says_that_nobody_commits(
    make_project: MakeProject,
) -> None:
    found = History(make_project())
    found.git("init", "--quiet")
    found.commit("src/orders/a.py", at=300)
    assert figures(found.folder)["developers"].why == "nobody has committed in 90 days"
    assert figures(found.folder)["releases_a_month"].value == 0


def test_an_identity_is_not_needed(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("HOME", "/nonexistent")
    history.commit("src/orders/b.py", at=5)
    assert values(history.folder, "developers") == [1]
