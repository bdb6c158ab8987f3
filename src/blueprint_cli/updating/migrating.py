"""What a Copier template asks to be run in a project, before and after an update."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from blueprint_cli.engines.choosing import open_chosen

if TYPE_CHECKING:
    from pathlib import Path

    from blueprint_cli.engines.copier import CopierTemplate
    from blueprint_cli.engines.copier_worker import Stage, Step
    from blueprint_cli.spec.model import TemplateChoice
    from blueprint_cli.updating.plan import Plan


@dataclass(frozen=True, slots=True)
class Migrations:
    """The migrations between the version that a project stands on and the one that it goes to."""

    before: CopierTemplate
    after: CopierTemplate
    choice: TemplateChoice
    project: Path

    def steps(self, stage: Stage) -> tuple[Step, ...]:
        """Return what is run at a stage, filled in."""
        return self.after.migrations(self.before, stage, self.choice.answers, self.project)

    def refuse_untrusted(self) -> None:
        """Refuse those that would run, and may not.

        Raises:
            Untrusted: with their commands.
        """
        from blueprint_cli.engines.copier_migrations import refuse_untrusted  # noqa: PLC0415 - rare

        refuse_untrusted(self.after, [*self.steps("before"), *self.steps("after")])

    def run(self, stage: Stage) -> None:
        """Run those of a stage, in Copier's order.

        Raises:
            MigrationFailed: where one fails; what it had changed until then stays.
        """
        from blueprint_cli.engines.copier_migrations import run_migration  # noqa: PLC0415 - rare

        for step in self.steps(stage):
            run_migration(step, self.project)


def migrations_of(plan: Plan) -> Migrations | None:
    """Return the migrations of a plan; None where its template has none, or stays as it is."""
    from blueprint_cli.engines.copier import CopierTemplate  # noqa: PLC0415 - only for a team's

    render, after = plan.record.render, plan.template
    stays = render.commit == after.commit or not render.commit
    if not isinstance(after, CopierTemplate) or stays or not after.has_migrations:
        return None
    ref = render.ref or render.commit
    before = open_chosen(plan.spec.template, plan.scratch, ref=ref, offline=True).template
    if not isinstance(before, CopierTemplate):
        return None  # It was written for another program then.
    return Migrations(before, after, plan.spec.template, plan.repository.project)
