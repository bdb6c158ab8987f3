"""``blueprint templates test``: every choice of a template, rendered and looked at."""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from blueprint_cli.authoring.combinations import NAME, PATTERN, cases_of
from blueprint_cli.authoring.looking import differences, leaked, left_over, unparsed
from blueprint_cli.authoring.plan import read_plan
from blueprint_cli.authoring.standards import is_standard, try_standard
from blueprint_cli.authoring.upgrading import try_update
from blueprint_cli.engines.choosing import Chosen
from blueprint_cli.engines.recognising import open_template
from blueprint_cli.errors import BlueprintError
from blueprint_cli.patterns import PATTERNS
from blueprint_cli.reports.results import Tested, Tests, failures
from blueprint_cli.sources.address import Address, read_address
from blueprint_cli.sources.archive import copy_folder
from blueprint_cli.sources.fetching import Fetched, fetch
from blueprint_cli.sources.versions import UNKNOWN
from blueprint_cli.spec.model import FORMAT, Spec, TemplateChoice
from blueprint_cli.tree import write_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from blueprint_cli.authoring.plan import TrialPlan
    from blueprint_cli.engines.asked import Asked, Value
    from blueprint_cli.engines.engine import TeamTemplate
    from blueprint_cli.tree import Tree

SECONDS: Final = 1800
LINES: Final = 20
# Files of projects name these, too.
COMMON_HOMES: Final = ("/", "/root", "/home", "/home/user")


@contextlib.contextmanager
def opened(source: str, *, trusted: bool) -> Iterator[tuple[TeamTemplate, Path]]:
    """Open a template as it lies in a folder, whatever git knows of it; and a scratch folder.

    Raises:
        BlueprintError: in one of its kinds.
    """
    address = read_address(source)
    with tempfile.TemporaryDirectory(prefix="blueprint-", ignore_cleanup_errors=True) as folder:
        scratch = Path(folder)
        if address.kind == "git" and Path(address.location).is_dir():
            place = scratch / "work-tree"
            copy_folder(Path(address.location), address.given, place)
            here = Address(address.given, "folder", address.location, address.inside)
            fetched = Fetched(here, place / address.inside, "", "", UNKNOWN)
        else:
            fetched = fetch(address, "", scratch)
        yield open_template(fetched, trusted=trusted), scratch


def try_source(source: str, *, trusted: bool, report: Callable[[str], None]) -> Tests:
    """Test what lies in a folder: a template, or a standard.

    Raises:
        BlueprintError: where there is neither.
    """
    if is_standard(source):
        return try_standard(source)
    return try_template(source, trusted=trusted, report=report)


def try_template(source: str, *, trusted: bool, report: Callable[[str], None]) -> Tests:
    """Render every choice of a template, and look at what comes of it.

    Args:
        source: of the template; a folder is taken as it lies there.
        trusted: whether its code, and the commands that its plan names, may run.
        report: is told what is looked at.

    Raises:
        BlueprintError: where there is no template, or its plan cannot be read.
    """
    with opened(source, trusted=trusted) as (template, scratch):
        template.refuse_untrusted()
        plan = read_plan(template.fetched.folder)
        cases = cases_of(asking(template), plan.answers, most=plan.most_combinations)
        kind = "every pair of choices" if cases.pairwise else "every combination of choices"
        said = [f"{len(cases.answers)} cases: {kind}."]
        if cases.unanswered:
            names = ", ".join(cases.unanswered)
            said.append(f"Without a default, and answered with an example: {names}.")
        named = [(one.name, {**plan.answers, **one.answers}) for one in plan.cases]
        numbered = [(_called(answers, n), answers) for n, answers in enumerate(cases.answers, 1)]
        tested: list[Tested] = []
        for name, answers in [*numbered, *named]:
            report(name)
            tested += _Case(template, name, answers, scratch).tested()
        with_commands = [*numbered[:1], *named]
        tested += _commands(template, plan, with_commands, scratch, report)
        if numbered:
            report("an update from the previous tag")
            tested.append(try_update(source, numbered[0][1], scratch, trusted=trusted))
        return Tests(source, tuple(tested), tuple(said))


def asking(template: TeamTemplate) -> Callable[[Mapping[str, Value]], Asked | None]:
    """Return what asks: of a layered template, which pattern first."""
    from blueprint_cli.engines.asked import Asked, Choice  # noqa: PLC0415 - types alone above

    patterns = template.patterns
    choices = tuple(Choice(one, one) for one in patterns)

    def ask(answers: Mapping[str, Value]) -> Asked | None:
        if patterns and PATTERN not in answers:
            return Asked(name=PATTERN, type="choice", choices=choices)
        rest = {name: value for name, value in answers.items() if not patterns or name != PATTERN}
        return template.next_question(rest, NAME)

    return ask


def _called(answers: Mapping[str, Value], number: int) -> str:
    shown = ", ".join(f"{name}={value}" for name, value in answers.items())
    return f"case {number}" + (f": {shown}" if shown else "")


@dataclass(frozen=True, slots=True)
class _Case:
    template: TeamTemplate
    name: str
    answers: Mapping[str, Value]
    scratch: Path

    def tested(self) -> list[Tested]:
        """Render twice, and look at the result."""
        try:
            template, spec = prepared(self.template, self.answers)
            tree = template.render(spec, scratch=self.scratch).tree
            again = template.render(spec, scratch=self.scratch).tree
        except BlueprintError as error:
            told = "\n".join([error.message, *map(str, error.problems), error.hint])
            return [Tested(self.name, "it renders", "failed", told.strip())]
        words = {"a path of this machine": str(self.scratch).encode()}
        home = str(Path.home())
        if home not in COMMON_HOMES:
            words["the home folder of whoever renders it"] = home.encode()
        words |= {
            f"the answer to the secret question {name}, in a file that is not ignored": word
            for name, word in _secrets(template).items()
            if not _ignored(tree)
        }
        drawn = [f"{path}: is drawn anew each time" for path in differences(tree, again)]
        return [
            Tested(self.name, "it renders"),
            failures(self.name, "nothing of the template is left", [*left_over(tree)]),
            failures(self.name, "nothing leaks", [*leaked(tree, words)]),
            failures(self.name, "files are what their names say", [*unparsed(tree)]),
            Tested(self.name, "two renders are equal", "skipped", "\n".join(drawn))
            if drawn and template.draws
            else failures(self.name, "two renders are equal", drawn),
        ]


def _secrets(template: TeamTemplate) -> dict[str, bytes]:
    return {
        name: value.encode()
        for name, value in template.secrets.items()
        if isinstance(value, str) and value
    }


def _ignored(tree: Tree) -> bool:
    return ".gitignore" in tree


def prepared(template: TeamTemplate, answers: Mapping[str, Value]) -> tuple[TeamTemplate, Spec]:
    """Return a template and a spec that it renders with these answers.

    Raises:
        SpecInvalid: where the template does not take them.
    """
    patterns = template.patterns
    pattern = str(answers[PATTERN]) if patterns else PATTERNS[0]
    given = {name: value for name, value in answers.items() if not patterns or name != PATTERN}
    chosen = Chosen(template, {}).with_answers(given)
    source = template.source
    choice = chosen.completed(TemplateChoice(source=source), NAME)
    brought = template.begins_with
    data = {
        "blueprint": FORMAT,
        "project": {"name": NAME},
        "pattern": pattern,
        **({"contexts": dict(brought.contexts)} if brought else {}),
    }
    spec = Spec.model_validate(data).model_copy(update={"template": choice})
    return chosen.template.for_pattern(pattern), spec


def _commands(
    template: TeamTemplate,
    plan: TrialPlan,
    cases: list[tuple[str, Mapping[str, Value]]],
    scratch: Path,
    report: Callable[[str], None],
) -> Iterator[Tested]:
    """Run the commands that the plan names in rendered projects."""
    for number, (name, answers) in enumerate(cases):
        if not plan.commands:
            return
        if not template.trusted:
            for command in plan.commands:
                yield Tested(name, command, "skipped", "runs with --trust alone")
            continue
        folder = scratch / f"project-{number}"
        made, spec = prepared(template, answers)
        write_tree(made.render(spec, scratch=scratch).tree, folder)
        for command in plan.commands:
            report(f"{name}: {command}")
            yield _ran(name, command, folder)


def _ran(name: str, command: str, folder: Path) -> Tested:
    try:
        done = subprocess.run(  # noqa: S602 - the author's own command, which was trusted
            command,
            shell=True,
            cwd=folder,
            check=False,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired:
        return Tested(name, command, "failed", f"not done after {SECONDS} seconds")
    said = (done.stdout + done.stderr).decode(errors="replace").splitlines()
    if done.returncode == 0:
        return Tested(name, command)
    why = "\n".join([f"ended with {done.returncode}", *said[-LINES:]])
    return Tested(name, command, "failed", why)
