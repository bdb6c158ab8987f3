"""What a ``standard.yaml`` says, as types; its descriptions become the published JSON Schema."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    WithJsonSchema,
)

from blueprint_cli.patterns import Pattern  # noqa: TC001 - Pydantic reads it
from blueprint_cli.spec.codes import Severity  # noqa: TC001 - the same
from blueprint_cli.spec.described import ONE_LINE
from blueprint_cli.spec.model import CODE_OWNER, RELATIVE_PATH, no_boolean, stays_inside
from blueprint_cli.spec.sections import EMPTY_ALLOWED, Section, means

FORMAT: Final = 1
FILE: Final = "standard.yaml"
# Of a check: a word in capitals that is not ours, and a number.
CODE: Final = r"^[A-Z][A-Z0-9]{1,11}-[0-9]{1,5}$"
# Such a code, or what several begin with; or one of ours.
SELECTOR: Final = r"^[A-Z][A-Z0-9]{1,11}(-[0-9]{0,5})?$"
NAME: Final = r"^[a-z0-9]+([-_.][a-z0-9]+)*$"
VERSION: Final = r"^[A-Za-z0-9]([A-Za-z0-9.+!_-]*[A-Za-z0-9])?$"
PACKAGE: Final = r"^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$"
DATE: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
KEY: Final = r"^[^\s\x00-\x1f.]+(\.[^\s\x00-\x1f.]+)*$"
KINDS: Final = (
    "must_exist",
    "must_not_exist",
    "must_contain",
    "must_not_contain",
    "key",
    "header",
    "dependencies",
)
# A sample is small: it lies in the text of the standard.
SAMPLE: Final = 20_000


Line = Annotated[str, StringConstraints(pattern=ONE_LINE, min_length=1, max_length=500)]
Path = Annotated[
    str, StringConstraints(pattern=RELATIVE_PATH, max_length=300), AfterValidator(stays_inside)
]
Globs = Annotated[list[Path], Field(min_length=1, max_length=50)]
Code = Annotated[str, StringConstraints(pattern=CODE), Field(examples=["ACME-001"])]
Selector = Annotated[str, StringConstraints(pattern=SELECTOR)]
Key = Annotated[
    str, StringConstraints(pattern=KEY, max_length=300), Field(examples=["tool.mypy.strict"])
]
Version = Annotated[
    str, StringConstraints(pattern=VERSION, max_length=50), Field(examples=["1.2.3"])
]
Package = Annotated[str, StringConstraints(pattern=PACKAGE, max_length=100)]
Plain = Annotated[
    str | int | float | bool | None,
    WithJsonSchema({"type": ["string", "number", "boolean", "null"]}),
]


class Allowed(Section):
    """What a project may choose; what is not named here is free."""

    patterns: Annotated[
        list[Pattern] | None, Field(min_length=1), means("The patterns that a project may have.")
    ] = None
    platform: Annotated[
        dict[Annotated[str, StringConstraints(pattern=KEY, max_length=50)], list[Plain]],
        means("By a key of `platform`, the values that it may have."),
    ] = {}


class Contents(Section):
    """What files have in them, or have not."""

    files: Annotated[Globs, means("Globs of the files: `*` in a name, `**` for any folders.")]
    but: Annotated[
        list[Path], Field(max_length=50), means("Globs of files that it leaves out.")
    ] = []
    expression: Annotated[
        str,
        StringConstraints(min_length=1, max_length=300),
        means(
            "A regular expression (Rust's: no look-around, no back-references) that is looked for "
            "in each line."
        ),
    ]


class KeyOf(Section):
    """A key in TOML, YAML or JSON files; where nothing is said of its value it has to be there."""

    files: Annotated[Globs, means("Globs of `.toml`, `.yaml`, `.yml` and `.json` files.")]
    path: Annotated[
        Key | list[Annotated[str, StringConstraints(min_length=1, max_length=200)]],
        means("The key, dotted, such as `tool.mypy.strict`; a list where a part has a dot in it."),
    ]
    equals: Annotated[
        Any, WithJsonSchema({}), means("The value that it has; any that the format knows.")
    ] = None
    one_of: Annotated[
        list[Plain] | None, Field(min_length=1), means("The values that it may have.")
    ] = None
    absent: Annotated[bool, means("`true`: the key is not there.")] = False


class Header(Section):
    """The lines that files begin with, in comments of their own language."""

    files: Annotated[Globs, means("Globs of the files.")]
    but: Annotated[
        list[Path], Field(max_length=50), means("Globs of files that it leaves out.")
    ] = []
    text: Annotated[
        str,
        StringConstraints(min_length=1, max_length=4000),
        means("The lines without comment signs; `{year}` stands for a year or for two with a -."),
    ]


class Dependencies(Section):
    """What `pyproject.toml` and requirements files declare."""

    forbidden: Annotated[
        dict[Package, Line],
        means("Packages that are not declared, each with what to take instead."),
    ] = {}
    at_least: Annotated[
        dict[Package, Version],
        means("By package the version below which none may be allowed, where it is declared."),
    ] = {}
    files: Annotated[Globs, means("Globs of the files.")] = [
        "**/pyproject.toml",
        "**/requirements*.txt",
        "**/requirements*.in",
        "**/constraints*.txt",
    ]


Sample = dict[Path, Annotated[str, StringConstraints(max_length=SAMPLE)]]


class Samples(Section):
    """Files by path, of small projects that show what a check finds and what it lets pass."""

    passes: Annotated[list[Sample], means("Projects in which it finds nothing.")] = []
    fails: Annotated[list[Sample], means("Projects in which it finds something.")] = []


class OwnCheck(Section):
    """A check of a team's own; exactly one of its keys says what it looks at."""

    id: Annotated[Code, means("Its code, in a word of the team's own and not in BP: `ACME-001`.")]
    title: Annotated[Line, means("What is wrong where it finds something, in a line.")]
    why: Annotated[Line, means("Why the team asks for it.")]
    fix: Annotated[Line, means("What to do about it.")]
    severity: Annotated[Severity, means("How grave it is.")] = "error"
    must_exist: Annotated[Globs | None, means("Globs, each of which has to match a file.")] = None
    must_not_exist: Annotated[Globs | None, means("Globs that no file may match.")] = None
    must_contain: Annotated[
        Contents | None, means("Files each of which has a line with the expression.")
    ] = None
    must_not_contain: Annotated[
        Contents | None, means("Files none of which has a line with the expression.")
    ] = None
    key: Annotated[KeyOf | None, means("A key in TOML, YAML or JSON files.")] = None
    header: Annotated[Header | None, means("The lines that files begin with.")] = None
    dependencies: Annotated[
        Dependencies | None, means("What pyproject.toml and requirements files declare.")
    ] = None
    tests: Annotated[
        Samples, EMPTY_ALLOWED, means("Samples that `blueprint templates test` runs it over.")
    ] = Samples()

    @property
    def kind(self) -> str:
        """The key that says what it looks at."""
        return next(kind for kind in KINDS if getattr(self, kind) is not None)


class StandardFile(Section):
    """What a team asks of its projects."""

    standard: Annotated[Literal[1], BeforeValidator(no_boolean), means("Version of this format.")]
    name: Annotated[
        str,
        StringConstraints(pattern=NAME, max_length=50),
        Field(examples=["acme"]),
        means("What messages call it: lower-case words with - or _."),
    ]
    version: Annotated[
        Version | Literal[""], means("Its version, where its tag does not say it.")
    ] = ""
    summary: Annotated[
        str,
        StringConstraints(pattern=ONE_LINE, max_length=300),
        means("What it is for, in a line."),
    ] = ""
    owners: Annotated[
        list[
            Annotated[
                str,
                StringConstraints(pattern=f"^({CODE_OWNER})$", max_length=100),
                Field(examples=["@acme/platform"]),
            ]
        ],
        means("Who answers for it: @user, @organization/team or an e-mail address."),
    ] = []
    defaults: Annotated[
        dict[str, Any],
        EMPTY_ALLOWED,
        means("A blueprint.yaml, in part: what `blueprint new` writes where answers say nothing."),
    ] = {}
    locked: Annotated[
        list[Annotated[str, StringConstraints(min_length=1, max_length=200)]],
        means(
            "Keys of blueprint.yaml that have to be as `defaults` says, or as the program has them "
            "where it says nothing; and codes of checks that blueprint.yaml cannot silence."
        ),
    ] = []
    allowed: Annotated[Allowed, EMPTY_ALLOWED] = Allowed()
    rules: Annotated[
        Path | None, means("A file of rules for `recommend`, beside this one; as --rules takes it.")
    ] = None
    prices: Annotated[
        list[Path], means("Price books for `cost`, beside this one; as --prices takes them.")
    ] = []
    severities: Annotated[
        dict[Selector, Severity],
        means("Severities by code, or what codes begin with; those of a project go before them."),
    ] = {}
    current_from: Annotated[
        Annotated[str, StringConstraints(pattern=DATE), Field(examples=["2027-01-31"])] | None,
        means("A day from which a project with an earlier version has an error, not a note."),
    ] = None
    checks: Annotated[list[OwnCheck], Field(max_length=200), means("The team's own checks.")] = []
