"""What a ``blueprint.yaml`` says, as types.

Its descriptions become the published JSON Schema, together with those of ``questions.toml``, which
holds the words for every key that ``blueprint new`` asks about.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, WithJsonSchema

from blueprint_cli.patterns import Pattern  # noqa: TC001 - Pydantic reads it
from blueprint_cli.spec.codes import OF_A_STANDARD, SELECTORS, Severity
from blueprint_cli.spec.described import (
    ONE_LINE,
    ClassName,
    Entity,
    FieldName,
    OwnType,
    Reaction,
    Summary,
)
from blueprint_cli.spec.platform import Platform
from blueprint_cli.spec.sections import EMPTY_ALLOWED, Section, means

if TYPE_CHECKING:
    from blueprint_cli.domain.model import Model

FORMAT = 1
BUILTIN = "builtin"
# The ready-made contexts that a spec can name, each with those that it does not work without.
READY_MADE: dict[str, tuple[str, ...]] = {
    "identity": (),
    "catalog": (),
    "orders": ("catalog", "notifications"),
    "notifications": (),
}
# Every project has it: it says who users are.
ALWAYS = "identity"
SKELETON = ("identity", "notifications")
NAME_PATTERN = r"^[a-z][a-z0-9]*([-_][a-z0-9]+)*$"
NAME_LENGTH = 50
CONTEXT_NAME_PATTERN = r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$"

# What GitHub and GitLab know as an owner of code: a user, a team or a group, an e-mail address.
CODE_OWNER = (
    r"@[A-Za-z0-9][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*"
    r"|[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+"
)
# One of those, or a line of text: without @, or of several words and not beginning with one.
OWNER = (
    rf"^({CODE_OWNER}"
    r"|[^@\x00-\x1f\x7f-\x9f\u2028\u2029]*"
    r"|[^@\x00-\x1f\x7f-\x9f\u2028\u2029][^\x00-\x1f\x7f-\x9f\u2028\u2029]*"
    r" [^\x00-\x1f\x7f-\x9f\u2028\u2029]*)$"
)

RELATIVE_PATH = r"^[^/\\\x00-\x1f]+(/[^/\\\x00-\x1f]+)*/?$"

ContextName = Annotated[str, StringConstraints(pattern=CONTEXT_NAME_PATTERN, max_length=40)]


Source = Annotated[str, StringConstraints(pattern=ONE_LINE, min_length=1, max_length=500)]
Ref = Annotated[
    str, StringConstraints(pattern=r"^([^-\s\x00-\x1f][^\s\x00-\x1f]*)?$", max_length=200)
]
AnswerName = Annotated[str, StringConstraints(min_length=1, max_length=200)]


def stays_inside(path: str) -> str:
    """Return a path that does not lead out of its folder.

    Raises:
        ValueError: where it could.
    """
    if {".", ".."} & set(path.split("/")):
        raise ValueError("a path has no . or .. in it")
    return path


def no_boolean(value: object) -> object:
    """Python's True equals 1; in a spec it is another thing."""
    return "true or false" if isinstance(value, bool) else value


class Project(Section):
    """What the project is called and who answers for it."""

    name: Annotated[
        str,
        StringConstraints(pattern=NAME_PATTERN, max_length=NAME_LENGTH),
        means("Name of the project: lower-case letters and digits in words joined by `-` or `_`."),
    ]
    description: Annotated[
        str,
        StringConstraints(pattern=ONE_LINE, max_length=300),
        means("What it does, in one line."),
    ] = ""
    owner: Annotated[str, StringConstraints(pattern=OWNER, max_length=100)] = ""

    @property
    def code_owner(self) -> str:
        """The owner, where GitHub and GitLab can ask it to review; empty where it is a text."""
        return self.owner if re.fullmatch(CODE_OWNER, self.owner) else ""


class Requirements(Section):
    """What is known about the application; a key that is null or absent is not known."""

    developers: Annotated[int | None, Field(ge=1, le=100_000)] = None
    teams: Annotated[int | None, Field(ge=1, le=10_000)] = None
    bounded_contexts: Annotated[int | None, Field(ge=1, le=1_000)] = None
    requests_per_second_avg: Annotated[float | None, Field(ge=0, le=100_000_000)] = None
    peak_to_average: Annotated[float | None, Field(ge=1, le=10_000)] = None
    p95_latency_ms: Annotated[float | None, Field(gt=0, le=3_600_000)] = None
    availability_percent: Annotated[float | None, Field(ge=0, lt=100)] = None
    consistency: Literal["strong", "eventual", "mixed"] | None = None
    async_share_percent: Annotated[float | None, Field(ge=0, le=100)] = None
    stream_events_per_second: Annotated[float | None, Field(ge=0, le=1_000_000_000)] = None
    consumers_per_event: Annotated[int | None, Field(ge=0, le=10_000)] = None
    independent_deploys_needed: bool | None = None
    independent_scaling_needed: bool | None = None
    isolation_or_compliance: bool | None = None
    ops_maturity: Literal["low", "medium", "high"] | None = None
    time_to_first_release_weeks: Annotated[float | None, Field(gt=0, le=1_000)] = None
    monthly_budget_usd: Annotated[float | None, Field(ge=0, le=1_000_000_000)] = None
    domain_stability: Literal["exploring", "stable"] | None = None
    polyglot: bool | None = None


class Context(Section):
    """A bounded context: ready-made, written by its owner, or described by the other keys."""

    by: Annotated[
        Literal["hand"] | None,
        means(
            "`hand`: its owner writes it, as docs/add-a-context.md says. The rest of the project "
            "knows it, and nothing is rendered inside it."
        ),
    ] = None
    summary: Annotated[Summary, means("What it is about, in one line.")] = ""
    roles: Annotated[list[FieldName], means("Of `identity`: roles beside `user` and `admin`.")] = []
    directory: Annotated[
        list[FieldName], means("Of `identity`: roles that may look users up, beside `admin`.")
    ] = []
    types: Annotated[
        dict[ClassName, OwnType],
        means("Its own types: a list of values, a constrained type, or a mapping of fields."),
    ] = {}
    entities: Annotated[
        dict[ClassName, Annotated[Entity, EMPTY_ALLOWED]], means("Its aggregates, a table each.")
    ] = {}
    reactions: Annotated[list[Reaction], means("What happens when an event arrives.")] = []
    store: Annotated[
        Literal["postgresql", "mysql"],
        means("Where its rows are; `mysql` has no overlaps, partial `unique` and `search`."),
    ] = "postgresql"
    was: Annotated[ContextName | None, means("Its former name, for one release.")] = None
    service: Annotated[
        ContextName | None,
        means(
            "What its service, database, roles, keys and topics are called; by default its former "
            "name while it has one, else its name."
        ),
    ] = None

    @property
    def by_hand(self) -> bool:
        """Whether its owner writes it."""
        return self.by == "hand"

    @property
    def has_no_entities(self) -> bool:
        """Whether it is to be described, and no entity is yet: nothing is made of it."""
        return "entities" in self.model_fields_set and not self.entities


class WorkloadShares(Section):
    """What `blueprint bench` asks, in shares of all requests, and how much is there before."""

    reads: Annotated[float, Field(ge=0, le=1_000_000), means("Of one row, by its id.")] = 50
    lists: Annotated[float, Field(ge=0, le=1_000_000), means("Of the first rows.")] = 30
    creates: Annotated[float, Field(ge=0, le=1_000_000), means("Of new rows.")] = 10
    commands: Annotated[
        float, Field(ge=0, le=1_000_000), means("Of the domain's own commands on rows.")
    ] = 10
    logins: Annotated[
        float, Field(ge=0, le=1_000_000), means("Of logins, each with its password.")
    ] = 0.5
    think_time_ms: Annotated[
        float,
        Field(ge=0, le=600_000),
        means(
            "Milliseconds between two requests of one user: so many users, each on a connection "
            "that stays open, as make the rate. 0: a request is of nobody."
        ),
    ] = 0
    rows: Annotated[
        int, Field(ge=1, le=1_000_000), means("Rows of each entity before the load begins.")
    ] = 100


class Slo(Section):
    """What `bench` and alerts hold a running project to; no recommendation depends on it."""

    p95_ms: Annotated[
        float,
        Field(gt=0, le=3_600_000),
        means("Milliseconds within which 95 of 100 answers arrive."),
    ] = 100
    throughput_rps: Annotated[
        float,
        Field(gt=0, le=100_000_000),
        means("Requests per second that it serves within the other two."),
    ] = 100
    error_rate_percent: Annotated[
        float, Field(ge=0, le=100), means("Share of the requests that may fail.")
    ] = 0.1
    workload: Annotated[
        WorkloadShares, EMPTY_ALLOWED, means("What `blueprint bench` asks, and of how many rows.")
    ] = WorkloadShares()

    def said(self) -> dict[str, Any]:
        """Return what a project's file says of it: its three numbers, and what is no default."""
        numbers = self.model_dump(include={"p95_ms", "throughput_rps", "error_rate_percent"})
        return numbers | self.model_dump(mode="json", include={"workload"}, exclude_defaults=True)


class TemplateChoice(Section):
    """Where the project's template comes from."""

    source: Annotated[
        Source,
        means(
            "`builtin`: the templates of the installed version. A team's own: a git repository "
            "(`git+https://…`, `gh:team/repository`), a folder or an archive."
        ),
    ] = BUILTIN
    ref: Annotated[Ref, means("Its branch, tag or commit; `blueprint update --to` changes it.")] = (
        ""
    )
    answers: Annotated[
        dict[AnswerName, Any],
        means("Of a team's template: what its questions were answered; no secret ones."),
    ] = {}

    @property
    def is_builtin(self) -> bool:
        """Whether it is a pattern of the installed version."""
        return self.source == BUILTIN


class StandardChoice(Section):
    """The standard that a team holds its projects to."""

    source: Annotated[
        Source,
        means(
            "A git repository, a folder, an archive or a Python package (`python:acme-standard`)."
        ),
    ]
    ref: Annotated[Ref, means("Its branch or tag, or the package's version.")] = ""
    commit: Annotated[
        str,
        StringConstraints(pattern=r"^[0-9a-f]*$", max_length=64),
        means("The commit that the reference stood for."),
    ] = ""


# Which of them this version has is said in `reading`, with the nearest one.
Selector = Annotated[
    str,
    WithJsonSchema(
        {"type": "string", "anyOf": [{"enum": list(SELECTORS)}, {"pattern": OF_A_STANDARD}]}
    ),
]


class Check(Section):
    """What `blueprint check` reports of the project, and what makes it fail."""

    fail_on: Annotated[
        Severity, means("The least severity of a finding that makes `blueprint check` fail.")
    ] = "error"
    select: Annotated[
        list[Selector],
        means("The only checks that run, by their codes or what these begin with; empty: all."),
    ] = []
    ignore: Annotated[
        list[Selector],
        means("Checks that do not run, by their codes or what these begin with."),
    ] = []
    exclude: Annotated[
        list[
            Annotated[
                str,
                StringConstraints(pattern=RELATIVE_PATH, max_length=500),
                AfterValidator(stays_inside),
            ]
        ],
        means(
            "Files and folders of which nothing is reported: paths from the project's root with "
            "`/`, `*` for a part of a name, `**` for any folders."
        ),
    ] = []
    severities: Annotated[
        dict[Selector, Severity],
        means("Severities by code, or what codes begin with; the longest that fits counts."),
    ] = {}


class Owned(Section):
    """A file or folder that the project has taken over from its template."""

    path: Annotated[
        str,
        StringConstraints(pattern=RELATIVE_PATH, max_length=500),
        AfterValidator(stays_inside),
        means("Path from the project's root, with `/`."),
    ]
    reason: Annotated[
        str,
        StringConstraints(pattern=ONE_LINE, min_length=1, max_length=300),
        means("Why, for whoever reads it next year."),
    ]


class Spec(Section):
    """What a project is. People edit it, and every `blueprint` command reads it."""

    blueprint: Annotated[Literal[1], BeforeValidator(no_boolean), means("Version of this format.")]
    project: Project
    requirements: Annotated[Requirements, EMPTY_ALLOWED] = Requirements()
    pattern: Annotated[Pattern, means("The project's architecture.")]
    contexts: dict[ContextName, Annotated[Context, EMPTY_ALLOWED]] = Field(
        default={name: Context() for name in SKELETON},
        min_length=1,
        description="Bounded contexts by name. Ready-made: identity, which every project has, "
        "notifications, catalog, and orders, which needs the two before; the default is the first "
        "two. Others are written by their owner: `reviews: {by: hand}`.",
    )
    platform: Annotated[Platform, EMPTY_ALLOWED] = Platform()
    slo: Annotated[Slo, EMPTY_ALLOWED] = Slo()
    template: Annotated[TemplateChoice, EMPTY_ALLOWED] = TemplateChoice()
    standard: Annotated[
        StandardChoice | None, means("What the team asks of its projects; null where it has none.")
    ] = None
    check: Annotated[Check, EMPTY_ALLOWED] = Check()
    owned: Annotated[
        list[Owned],
        means("What the project has taken over; its template's changes leave it alone."),
    ] = []

    @cached_property
    def domain(self) -> Model:
        """What described contexts say, resolved."""
        from blueprint_cli.domain.reading import read_contexts  # noqa: PLC0415 - where it is asked

        raw = {
            name: context.model_dump(by_alias=True, exclude_unset=True)
            for name, context in self.contexts.items()
        }
        return read_contexts(raw).model

    def known_requirements(self) -> dict[str, Any]:
        """Return the requirements that somebody gave."""
        return self.requirements.model_dump(exclude_none=True)
