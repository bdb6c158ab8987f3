"""Processes that share tasks: what each gave, or why it gave nothing."""

import operator
import os
from functools import partial
from pathlib import Path

from blueprint_cli.errors import BlueprintError, Failed
from blueprint_cli.fleet.pool import each_done
from blueprint_cli.record.render import read_render


def test_every_task_is_answered_whatever_becomes_of_the_others(tmp_path: Path) -> None:
    done = dict(each_done(abs, [1, -2, "three", -4], tmp_path, jobs=2))  # type: ignore[arg-type]
    answers: list[object] = [done[number] for number in (0, 1, 3)]
    assert answers == [1, 2, 4]
    failed = done[2]
    assert isinstance(failed, Failed)
    assert "TypeError: bad operand type for abs(): 'str'" in failed.message


def test_a_process_that_dies_is_known_by_its_task(tmp_path: Path) -> None:
    done = dict(each_done(os._exit, [3, 4, 5], tmp_path, jobs=2))
    for number, code in enumerate((3, 4, 5)):
        failed = done[number]
        assert isinstance(failed, Failed)
        assert f"ended ({code})" in failed.message


def test_an_error_comes_as_it_was_raised(tmp_path: Path) -> None:
    ((_, failed),) = each_done(read_render, [tmp_path], tmp_path)
    assert isinstance(failed, BlueprintError)
    assert failed.code == "record-damaged"
    assert "Restore it from git" in failed.hint


def test_no_more_processes_than_tasks(tmp_path: Path) -> None:
    ((number, answer),) = each_done(partial(operator.add, 1), [1], tmp_path, jobs=8)
    assert (number, answer) == (0, 2)
    assert len(list(tmp_path.glob("worker-*"))) == 1
    assert dict(each_done(abs, [], tmp_path)) == {}
