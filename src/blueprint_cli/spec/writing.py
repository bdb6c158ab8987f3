"""The text of a project's ``blueprint.yaml``: a commented default, or the user's own, completed."""

from __future__ import annotations

import io
import json
import re
import textwrap
from typing import TYPE_CHECKING, Any, Final, Self

from blueprint_cli.errors import SpecInvalid
from blueprint_cli.spec.document import parse_document
from blueprint_cli.spec.model import BUILTIN, Requirements

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ruamel.yaml.comments import CommentedMap

    from blueprint_cli.spec.answers import Answers
    from blueprint_cli.spec.document import KeyPath
    from blueprint_cli.spec.model import Spec, TemplateChoice

PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:[ -][A-Za-z0-9_]+)*")
INDENTED_LIST = re.compile(r"^[^\s#][^#\n]*:[ \t]*(#.*)?\n +- ", re.MULTILINE)
NOT_TEXT = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})

DEFAULT: Final = """\
# What this project is. People edit this file, and every blueprint command reads it.
# `blueprint schema` prints its JSON Schema, with which an editor completes and checks it.
blueprint: 1

project:
  name: {name}
  description: {description}
  owner: {owner} # the team or person who answers for it

# What is known about the application. A key that is absent or null is not known:
{menu}
requirements:{requirements}

pattern: {pattern} # monolith, microservices or event-driven

# The parts of the domain; each is a package of its own.
contexts:
{contexts}

platform:
  gateway: {gateway} # nginx or haproxy: the reverse proxy in front
  ci: {ci} # github, gitlab or none: what runs the tests on every change
{platform}
# What bench and alerts hold the running project to. The recommendation goes by requirements.
slo:
  p95_ms: {p95_ms} # 95 of 100 answers arrive within
  throughput_rps: {throughput_rps} # requests per second that it serves
  error_rate_percent: {error_rate_percent} # of them may fail
{workload}
{template}
# Files that the project has taken over from its template: [{{path: ..., reason: ...}}].
owned: {owned}
"""


# Of a team's template that knows no pattern.
TEAM: Final = """\
# What this project is. People edit this file, and every blueprint command reads it.
blueprint: 1

project:
  name: {name}
  description: {description}
  owner: {owner} # the team or person who answers for it
"""
OF_ANY_PROJECT: Final = ("requirements", "slo", "standard", "check", "owned")


def spec_text(answers: Answers, comments: Mapping[str, str] | None = None) -> str:
    """Return the text of ``blueprint.yaml``; the user's comments and order are kept.

    Args:
        answers: what is to be made.
        comments: what stands beside a requirement, by its dotted key, in a document of our own.
    """
    if answers.document is None:
        return default_text(answers.spec, comments or {}, answers.contexts_text)
    return complete(answers.document.text, answers.document.name, _additions(answers))


def default_text(spec: Spec, comments: Mapping[str, str] | None = None, contexts: str = "") -> str:
    """Return a commented document that says what the spec says.

    ``contexts``: the lines below that key, where they are written already.
    """
    known = spec.known_requirements()
    beside = {
        key: f" # {text}"
        for key in known
        if (text := (comments or {}).get(f"requirements.{key}")) and text.isprintable()
    }
    return DEFAULT.format(
        name=spec.project.name,
        description=scalar(spec.project.description),
        owner=scalar(spec.project.owner),
        menu=_menu(),
        requirements="".join(
            f"\n  {key}: {scalar(value)}{beside.get(key, '')}" for key, value in known.items()
        )
        or " {}",
        pattern=spec.pattern,
        contexts=contexts
        or "\n".join(
            f"  {name}: {{by: hand}}" if context.by_hand else f"  {name}: {{}}"
            for name, context in spec.contexts.items()
        ),
        gateway=spec.platform.gateway,
        ci=spec.platform.ci,
        platform=_platform(spec),
        p95_ms=scalar(spec.slo.p95_ms),
        throughput_rps=scalar(spec.slo.throughput_rps),
        error_rate_percent=scalar(spec.slo.error_rate_percent),
        workload=_lines(spec.slo.said(), "workload"),
        template=_template(spec),
        owned=json.dumps([owned.model_dump() for owned in spec.owned], ensure_ascii=False),
    ) + "".join([_standard(spec), _check(spec)])


def _platform(spec: Spec) -> str:
    """Return the lines of what is no default, beside gateway and CI."""
    said = spec.platform.said()
    return _lines(said, *(key for key in said if key not in ("gateway", "ci")))


def _lines(said: dict[str, Any], *keys: str) -> str:
    """Return the lines of those keys of a section that it says."""
    return "".join(f"  {key}: {_flow(said[key])}\n" for key in keys if key in said)


def _flow(value: object) -> str:
    """Return a value in one line, as people write it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {scalar(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(str, value)) + "]"
    return scalar(value)


def _template(spec: Spec) -> str:
    if spec.template.is_builtin:
        return f"template:\n  source: {BUILTIN}\n"
    return dumped({"template": _said(spec.template)})


def _said(template: TemplateChoice) -> dict[str, Any]:
    """Return what stands below ``template``: where it is from, and of a team's the rest."""
    return {"source": template.source} | template.model_dump(mode="json", exclude_defaults=True)


def team_text(spec: Spec) -> str:
    """Return the ``blueprint.yaml`` of a project whose template knows no pattern.

    It says where the template is from and what it was answered, and else what somebody gave.
    """
    project = spec.project
    lines = [
        TEAM.format(
            name=project.name,
            description=scalar(project.description),
            owner=scalar(project.owner),
        )
    ]
    said = spec.model_dump(mode="json", exclude_unset=True)
    rest = {key: said[key] for key in OF_ANY_PROJECT if said.get(key)}
    for key, value in {"template": _said(spec.template), **rest}.items():
        lines.append("\n" + dumped({key: value}))
    return "".join(lines)


def dumped(data: dict[str, Any]) -> str:
    """Return plain data as YAML in blocks, in its own order."""
    from ruamel.yaml import YAML  # noqa: PLC0415 - 60 ms, only where it is written

    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.allow_unicode = True
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.width = 1_000_000
    stream = io.StringIO()
    yaml.dump(data, stream)
    return stream.getvalue()


def _standard(spec: Spec) -> str:
    if spec.standard is None:
        return ""
    said = spec.standard.model_dump(exclude_defaults=True)
    lines = [f"  {key}: {scalar(value)}\n" for key, value in said.items()]
    return "".join(["\n# What the team asks of its projects.\nstandard:\n", *lines])


def _check(spec: Spec) -> str:
    """Nothing where it has its defaults: it tells the file's readers nothing of the project."""
    said = spec.check.model_dump(exclude_defaults=True)
    lines = [f"  {key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in said.items()]
    return "".join(
        ["\n# What `blueprint check` reports, and when it fails.\ncheck:\n", *lines] if said else []
    )


def _menu() -> str:
    names = ", ".join(Requirements.model_fields)
    return textwrap.fill(names, width=96, initial_indent="#   ", subsequent_indent="#   ")


def scalar(value: object) -> str:
    """Write one value so that YAML reads the same value again."""
    if isinstance(value, str) and PLAIN.fullmatch(value) and value.lower() not in NOT_TEXT:
        return value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value, ensure_ascii=False)


def _additions(answers: Answers) -> list[tuple[KeyPath, Any]]:
    """Return what the user's document does not say: changes first, then every default."""
    spec = answers.spec
    defaults: list[tuple[KeyPath, Any]] = [
        (("project", "description"), spec.project.description),
        (("project", "owner"), spec.project.owner),
        (
            ("contexts",),
            {name: one.model_dump(exclude_defaults=True) for name, one in spec.contexts.items()},
        ),
        *((("platform", key), value) for key, value in spec.platform.said().items()),
        *((("slo", key), value) for key, value in spec.slo.said().items()),
        *((("template", key), value) for key, value in _said(spec.template).items()),
        (("owned",), [owned.model_dump() for owned in spec.owned]),
    ]
    data = answers.document.data if answers.document else {}
    return [*answers.changes, *(item for item in defaults if not _has(data, item[0]))]


def _has(data: Any, path: KeyPath) -> bool:  # noqa: ANN401 - a spec's values are of any type
    for part in path:
        if not isinstance(data, dict) or part not in data:
            return False
        data = data[part]
    return True


def complete(text: str, name: str, additions: list[tuple[KeyPath, Any]]) -> str:
    """Put values into a YAML text and leave the rest of it as it stands.

    Raises:
        SpecInvalid: where the text is written in a way that cannot be completed.
    """
    yaml = _round_trip(indented_lists=bool(INDENTED_LIST.search(text)))
    expected = parse_document(text, name).data
    root: CommentedMap = yaml.load(text)
    for path, value in additions:
        _insert(root, path, value)
        _insert(expected, path, value)
    stream = io.StringIO()
    yaml.dump(root, stream)
    completed = stream.getvalue()
    if parse_document(completed, name).data != expected:
        raise SpecInvalid(
            f"{name} cannot be completed without changing what it says",
            hint="Write it without anchors, aliases and explicit document marks.",
        )
    return completed


def _insert(root: Any, path: KeyPath, value: Any) -> None:  # noqa: ANN401 - YAML holds anything
    here = root
    for part in path[:-1]:
        if not isinstance(here.get(part), dict):  # An empty section.
            here[part] = {}
        here = here[part]
    key = path[-1]
    if path == ("blueprint",) and hasattr(here, "insert"):
        here.insert(0, key, value)
    else:
        here[key] = value


class _AsTyped(str):
    """A scalar that is no text, as somebody typed it."""

    __slots__ = ("tag",)

    def __new__(cls, typed: str, tag: str) -> Self:
        value = super().__new__(cls, typed)
        value.tag = tag
        return value

    tag: str


def _round_trip(*, indented_lists: bool) -> Any:  # noqa: ANN401 - ruamel's own type says no more
    from ruamel.yaml import YAML  # noqa: PLC0415 - 60 ms, only where a document is completed
    from ruamel.yaml.constructor import RoundTripConstructor  # noqa: PLC0415 - the same
    from ruamel.yaml.representer import RoundTripRepresenter  # noqa: PLC0415 - the same

    class _Constructor(RoundTripConstructor):
        """Leaves numbers and the like as they were typed: 1_000 stays 1_000."""

    class _Representer(RoundTripRepresenter):
        """Writes them so."""

    for kind in ("null", "bool", "int", "float", "timestamp"):
        _Constructor.add_constructor(
            f"tag:yaml.org,2002:{kind}",
            lambda _, node: _AsTyped(node.value, str(node.tag)),
        )
    _Representer.add_representer(
        _AsTyped, lambda representer, value: representer.represent_scalar(value.tag, str(value))
    )
    yaml = YAML(typ="rt", pure=True)
    yaml.Constructor, yaml.Representer = _Constructor, _Representer
    yaml.preserve_quotes = True
    yaml.width = 1_000_000
    if indented_lists:
        yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml
