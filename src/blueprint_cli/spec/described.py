"""The shape of a described context, which the published JSON Schema completes in editors.

What the words, names and expressions mean is read in ``blueprint_cli.domain``.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, WithJsonSchema

from blueprint_cli.domain import naming
from blueprint_cli.domain.fields import TYPES
from blueprint_cli.domain.world import ADMIN, WORDS
from blueprint_cli.spec.sections import EMPTY_ALLOWED, Section, means

# One line without control characters: it goes into TOML, YAML and Python of the rendered project.
ONE_LINE = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$"
_PLAIN = "|".join(one for one in TYPES if one not in ("text", "int", "decimal", "ref"))
_NUMBER = r"-?\d+(\.\d+)?"
_RANGE = rf"(\(\s*)?({_NUMBER})?\.\.({_NUMBER})?(\s*\))?"
_BOUNDED = rf"(text|int)(\s*{_RANGE})?|decimal\(\s*\d+\.\d+\s*\)(\s*{_RANGE})?"
_ONE = rf"(ref ([a-z][a-z0-9_]*\.)?[A-Z][A-Za-z0-9]*|{_BOUNDED}|{_PLAIN}|[A-Z][A-Za-z0-9]*)"
_MORE = rf"(optional|unique|once|secret|was\([a-z0-9_]+\)|{_RANGE}|/.*/|=\s*\S.*)"
FIELD_PATTERN: Final = rf"^\s*({_ONE}|\[.+\](\s*{_RANGE})?)(\s+{_MORE})*\s*$"
SCALAR: Final = ["string", "number", "boolean", "null"]
# What an editor offers where a field's words begin.
EXAMPLES: Final = [
    *("text(1..120)", "int(0..)", "decimal(12.2)", "bool = false", "date", "time", "datetime"),
    *("duration", "uuid", "email", "url", "json", "ref Entity", "ref other.Entity"),
    *("ref identity.User once", "[text(1..40)]", "text(1..500) optional"),
]

Summary = Annotated[str, StringConstraints(pattern=ONE_LINE, max_length=300)]
FieldName = Annotated[str, StringConstraints(pattern=naming.SNAKE_PATTERN, max_length=40)]
ClassName = Annotated[str, StringConstraints(pattern=naming.CLASS_PATTERN, max_length=40)]


def _scalar(value: object) -> object:
    if isinstance(value, dict | list):
        raise ValueError("is no expression")  # noqa: TRY004 - pydantic takes ValueErrors
    return value


def _one_or_more(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _words(description: str, known: list[str]) -> WithJsonSchema:
    """One word or a list of them; those that every model has are completed."""
    word: dict[str, Any] = {"type": "string", "pattern": naming.SNAKE_PATTERN}
    if known:
        word = {"anyOf": [{"enum": known}, word]}
    several = {"type": "array", "items": word}
    return WithJsonSchema({"anyOf": [word, several], "description": description})


_FIELD = {
    "anyOf": [{"enum": EXAMPLES}, {"type": "string", "pattern": FIELD_PATTERN}],
    "description": "A type, then any of: optional, unique, once, secret, was(old), a range, a "
    "/pattern/, = default.",
}
# Their shape is looked at where they are read, with the traps of YAML.
Words = Annotated[Any, WithJsonSchema(_FIELD)]
OwnType = Annotated[
    Any,
    WithJsonSchema(
        {
            "anyOf": [
                {
                    "type": "array",
                    "items": {"type": "string", "pattern": naming.VALUE_PATTERN},
                    "minItems": 1,
                    "description": "An enumeration: its values.",
                },
                _FIELD,
                {
                    "type": "object",
                    "patternProperties": {naming.SNAKE_PATTERN: _FIELD},
                    "additionalProperties": False,
                    "minProperties": 1,
                    "description": "A value object: its fields, kept in the row.",
                },
            ]
        }
    ),
]
Expression = Annotated[
    Any,
    AfterValidator(_scalar),
    WithJsonSchema({"type": SCALAR, "description": "An expression over the fields."}),
]
_ROLES = [ADMIN, *WORDS]
_ONE_OR_MORE = BeforeValidator(_one_or_more)
Who = Annotated[
    list[str],
    _ONE_OR_MORE,
    _words("Roles, or `owner`, `user`, `anyone`, `system`.", _ROLES),
]
Readers = Annotated[
    list[str],
    _ONE_OR_MORE,
    _words("Roles, or `owner`, `user`, `anyone`.", [one for one in _ROLES if one != "system"]),
]
States = Annotated[
    list[str], _ONE_OR_MORE, _words("States that it is allowed in; none: in any.", [])
]


class Access(Section):
    """Who may do what with an entity's rows."""

    read: Annotated[Readers, means("Who may read a row.")] = []
    create: Annotated[Who, means("Who may make one.")] = []
    update: Annotated[Who, means("Who may change one, by commands of the domain's own, too.")] = []
    delete: Annotated[Who, means("Who may delete one.")] = []


EventKey = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Za-z0-9]*(\.v[1-9][0-9]{0,3})?$")]


class Command(Section):
    """What can be done with an entity: `create`, `update`, `delete`, or the domain's own."""

    takes: Annotated[list[FieldName], means("Fields that it accepts.")] = []
    from_: Annotated[States, Field(alias="from")] = []
    to: Annotated[FieldName | None, means("The state after it.")] = None
    sets: Annotated[
        dict[FieldName, Expression], means("Fields and what they become, calculated from the row.")
    ] = {}
    needs: Annotated[
        dict[FieldName, Expression],
        means("Guards by their codes; without an expression its owner writes it as a function."),
    ] = {}
    by: Annotated[Who, means("Who may run it; by default as `access` says.")] = []
    emits: Annotated[
        EventKey | None,
        means("The event that it tells: AppointmentBooked, or AppointmentBooked.v2."),
    ] = None
    former: Annotated[
        dict[EventKey, dict[FieldName, FieldName | None] | None],
        means(
            "What is published beside the event, as it was: AppointmentBooked.v1, then each former "
            "key with the one that holds it now; keys without one are new, and left out."
        ),
    ] = {}


class Listing(Section):
    """What a list can be asked for: nothing else is accepted, and each has its index."""

    filter: Annotated[list[FieldName], means("Fields that it is filtered by.")] = []
    sort: Annotated[list[FieldName], means("Fields that it is sorted by.")] = []
    search: Annotated[list[FieldName], means("Texts that `q` searches.")] = []


class Entity(Section):
    """An aggregate: a table of its own."""

    summary: Annotated[Summary, means("What it is, in one line.")] = ""
    plural: Annotated[
        Annotated[str, StringConstraints(pattern=naming.KEBAB_PATTERN, max_length=40)] | None,
        means("The last word of its path, where its plural is irregular."),
    ] = None
    fields: Annotated[
        dict[FieldName, Words], means("Its fields, by name: the type, then more words.")
    ]
    owner: Annotated[FieldName | None, means("The field whose user a row belongs to.")] = None
    unique: Annotated[
        dict[FieldName, str],
        means('By the code of its refusal: "field, field", `from..to`, `where EXPRESSION`.'),
    ] = {}
    rules: Annotated[
        dict[FieldName, Expression],
        means("What holds after every command, by code; without one its owner writes a function."),
    ] = {}
    states: Annotated[
        list[FieldName], means("The first is where a row begins; `status` follows from them.")
    ] = []
    commands: Annotated[
        dict[FieldName, Annotated[Command, EMPTY_ALLOWED]],
        means("None given: `create`, `update`, `delete`. Some given: those only."),
    ] = {}
    access: Annotated[Access, EMPTY_ALLOWED] = Access()
    list_: Annotated[Listing, EMPTY_ALLOWED, Field(alias="list")] = Listing()
    was: Annotated[ClassName | None, means("Its former name, for one release.")] = None


class Reaction(Section):
    """What happens in a context when an event arrives."""

    when: Annotated[
        Annotated[str, WithJsonSchema({"type": "string", "pattern": r"^[a-z][a-z0-9_]*\.[A-Z]"})],
        means("The event: clinic.AppointmentBooked."),
    ]
    needs: Annotated[Expression, means("A condition of the event; false: nothing happens.")] = None
    do: Annotated[str, means("`Entity.command` of the same context, or `email`.")]
    of: Annotated[Expression, means("The id of the row, of the event.")] = None
    with_: Annotated[
        dict[FieldName, Expression], Field(alias="with", description="What the command takes.")
    ] = {}
    to: Annotated[FieldName | None, means("The event's field with a user's id.")] = None
    text: Annotated[FieldName | None, means("The name of the e-mail's text.")] = None
