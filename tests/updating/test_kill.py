"""Killed at any step, an update leaves either what was there or what --abort repairs."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from blueprint_cli.record.journal import read_journal
from blueprint_cli.updating.apply import bring_in
from blueprint_cli.updating.plan import planned
from blueprint_cli.updating.update import abort_update, continue_update
from tests.updating.conftest import Shop
from tests.updating.scenarios import LONG, MINE, THEIRS, edited, git
from tests.updating.snapshot import snapshot

# Every change of the file system that Python makes, and the start of every program.
STEPS = frozenset(
    {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.chmod", "shutil.copyfile",
     "subprocess.Popen"}
)  # fmt: skip


def killed_at(step: int, work: Callable[[], object], inside: Path) -> bool:
    """Do the work in a process that is killed at its n-th step; False where it got to its end."""
    child = os.fork()
    if child == 0:
        try:
            _die_at(step, inside)
            work()
        except BaseException:  # noqa: BLE001 - the parent sees that it did not end well
            os._exit(3)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    assert not os.WIFEXITED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def _die_at(step: int, inside: Path) -> None:
    left = [step]

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event not in STEPS:
            return
        if event == "open" and not (isinstance(arguments[1], str) and "w" in arguments[1]):
            return
        if event != "subprocess.Popen" and not str(arguments[0]).startswith(str(inside)):
            return
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


@pytest.fixture
def ready(shop: Shop) -> Shop:
    shop.template({"a.txt": LONG, "b/c.txt": f"b\n{LONG}", "run.sh": "#!\n", "gone/x": "x\n"})
    shop.new()
    shop.edit("a.txt", edited(LONG, 3, MINE))
    shop.commit()
    shop.edit("untracked.txt", "u")
    (shop.project / "run.sh").chmod(0o755)
    shop.commit()
    return shop


def kill_everywhere(shop: Shop, work: Callable[[], object], *, conflict: bool) -> int:
    """Kill at each step in turn; return how many steps there were."""
    before = snapshot(shop.project)
    step = 0
    while killed_at(step, work, shop.project):
        if read_journal(shop.project) is None:
            left = {
                path: entry
                for path, entry in snapshot(shop.project).items()
                if not path.startswith(".blueprint/update")
            }
            # Nothing was begun; or, without a conflict, it had just been finished.
            assert left == before or (not conflict and shop.diff().code == 0)
            if left != before:
                break
        else:
            refused = shop.update()
            assert refused.code == 2, refused.said
            assert "--abort" in refused.said
            assert shop.update("--abort").code == 0
            assert snapshot(shop.project) == before, f"step {step}"
        step += 1
    return step


def test_a_kill_at_any_step_of_an_update(ready: Shop) -> None:
    ready.template(
        {"a.txt": edited(LONG, 18, THEIRS), "d/c.txt": f"b\n{LONG}", "run.sh": "#!\nx\n"}
    )
    with planned(ready.project) as plan:
        steps = kill_everywhere(ready, lambda: bring_in(plan), conflict=False)
    assert steps > 40
    assert not (ready.project / ".blueprint/update/journal.json").exists()
    assert ready.update().said.startswith("monolith 0.1.0: nothing to do")


def test_a_kill_at_any_step_of_an_update_with_a_conflict(ready: Shop) -> None:
    ready.template({"a.txt": edited(LONG, 3, THEIRS), "d/c.txt": f"b\n{LONG}", "run.sh": "#!\n"})
    with planned(ready.project) as plan:
        steps = kill_everywhere(ready, lambda: bring_in(plan), conflict=True)
    assert steps > 40
    before_the_end = read_journal(ready.project)
    assert before_the_end is not None
    assert before_the_end.step == "conflicts"

    ready.edit("a.txt", "resolved")
    git(ready.project, "add", "a.txt")
    step = 0
    while killed_at(step, lambda: continue_update(ready.project), ready.project):
        if read_journal(ready.project) is None:
            break
        step += 1
    assert step > 5
    if read_journal(ready.project) is not None:
        assert ready.update("--continue").code == 0
    assert ready.read("a.txt") == "resolved"
    ready.commit()
    assert ready.diff().code == 0


def test_a_kill_at_any_step_of_an_abort(ready: Shop) -> None:
    before = snapshot(ready.project)
    ready.template({"a.txt": edited(LONG, 3, THEIRS), "d/c.txt": f"b\n{LONG}", "run.sh": "#!\n"})
    assert ready.update().code == 1
    step = 0
    while killed_at(step, lambda: abort_update(ready.project), ready.project):
        if read_journal(ready.project) is None:
            break
        step += 1
    assert step > 10
    if read_journal(ready.project) is not None:
        assert ready.update("--abort").code == 0
    assert {
        path: entry
        for path, entry in snapshot(ready.project).items()
        if not path.startswith(".blueprint/update")
    } == before


@pytest.mark.parametrize("failing", ["apply", "write_journal"])
def test_a_failure_in_the_middle_takes_everything_back(
    failing: str, ready: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    from blueprint_cli.updating import apply  # noqa: PLC0415 - to make one of its steps fail

    ready.template({"a.txt": edited(LONG, 3, THEIRS), "d/c.txt": f"b\n{LONG}", "run.sh": "#!\n"})
    before = snapshot(ready.project)
    real = getattr(apply, failing)
    calls = []

    def fail(*arguments: object, **named: object) -> object:
        calls.append(arguments)
        if failing == "write_journal" and len(calls) == 1:
            return real(*arguments, **named)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(apply, failing, fail)
    result = ready.update()
    assert (result.code, "No space left on device" in result.said) == (3, True)
    assert snapshot(ready.project) == before


def test_an_interrupt_in_the_middle_takes_everything_back(
    ready: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    from blueprint_cli.git.repository import ProjectRepository  # noqa: PLC0415 - as above

    ready.template({"a.txt": edited(LONG, 3, THEIRS), "d/c.txt": f"b\n{LONG}", "run.sh": "#!\n"})
    before = snapshot(ready.project)

    def interrupt(*_: object) -> None:
        signal.raise_signal(signal.SIGINT)  # To this thread, at once.

    monkeypatch.setattr(ProjectRepository, "mark_unmerged", interrupt)
    result = ready.update()
    assert (result.code, snapshot(ready.project)) == (130, before)
