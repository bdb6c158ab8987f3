"""What a template's files may use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from blueprint_cli.deployment.workloads import Workloads
from blueprint_cli.domain import ready_made
from blueprint_cli.patterns import ARCHITECTURES
from blueprint_cli.spec.model import Context
from blueprint_cli.templates.conditions import holds, values_of
from blueprint_cli.templates.dashboards import Dashboards
from blueprint_cli.templates.described import document
from blueprint_cli.templates.described.contexts import ContextView
from blueprint_cli.templates.described.notices import notices_of
from blueprint_cli.templates.described.seeds import Seeds
from blueprint_cli.templates.documents import Documents
from blueprint_cli.templates.marks import with_marks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from blueprint_cli.domain.model import Model
    from blueprint_cli.spec.model import Spec
    from blueprint_cli.templates.layers import LayeredTemplate


def all_contexts(spec: Spec, template: LayeredTemplate) -> tuple[str, ...]:
    """Return the names of the project's contexts, as the spec has them where nothing forbids it.

    What others are wired with comes before them: who verifies tokens, and the facades they call.
    """
    without_entities = {name for name, one in spec.contexts.items() if one.has_no_entities}
    brought = [name for name, by in template.brings.items() if by in spec.contexts]
    names = tuple(
        name for name in dict.fromkeys((*spec.contexts, *brought)) if name not in without_entities
    )
    described = described_contexts(spec)
    facts = {name: _facts(name, template, described) for name in names}
    placed: dict[str, None] = {}
    begun: set[str] = set()

    def place(name: str) -> None:
        if name in facts and name not in begun:
            begun.add(name)
            for needed in facts[name]["needs"]:
                place(needed)
            placed[name] = None

    for name in sorted(names, key=lambda one: not facts[one]["authenticates"]):
        place(name)
    return tuple(placed)


def described_contexts(spec: Spec) -> dict[str, ContextView]:
    """Return the described contexts, as templates read them, by name."""
    model = with_marks(spec.domain)
    return {one.name: ContextView(one, model) for one in model.contexts}


def service_of(spec: Spec, template: LayeredTemplate, context: str) -> str:
    """Return what others know a context's process by; its name where it has none of its own."""
    apart = any(
        one.pattern == template.name and one.process_per_context for one in ARCHITECTURES.values()
    )
    return spec.domain.service_of(context) if apart else context


def _of(name: str, spec: Spec) -> Context:
    return spec.contexts.get(name, Context())


def template_data(spec: Spec, template: LayeredTemplate) -> dict[str, Any]:
    """Return what a template may use, besides ``layer`` and ``context``.

    Each of ``contexts`` has what its description says, of the contexts that the project has, and
    ``handled_by``: which context handles which of its events. Without its own these are
    ``handles_elsewhere`` and ``handled_by_elsewhere``; ``reads`` are the classes of what it
    handles, by whom, each with its module of contracts. The described contexts in ``asked_by`` ask
    whether its ``asked_rows`` are there. ``services`` has the same by what services are called,
    each with its ``context``. ``authentication`` is the one that verifies
    access tokens. What is ``public`` of a context is there for an edge, as its events are that
    it ``purges`` one by; nowhere without one.
    """
    described = described_contexts(spec)
    contexts = {
        name: {**_facts(name, template, described), "by": _of(name, spec).by}
        for name in all_contexts(spec, template)
    }
    notices = list(notices_of(spec.domain))
    if ready_made.NOTIFICATIONS in contexts:
        notifications = contexts[ready_made.NOTIFICATIONS]
        notifications["handles"] = _with_notices(notifications["handles"], notices)
    addition = _described(spec.domain, notices)
    by_events_alone = _by_events_alone(template)
    values = values_of(spec)
    for name, facts in contexts.items():
        facts["public"] = facts["public"] if spec.platform.cdn else []
        facts["purges"] = any(one["events"] for one in facts["public"])
        if by_events_alone:
            facts["handles"] = _with_purges(name, facts)
        facts["handles"] = _handled(facts, contexts, by_events_alone=by_events_alone)
        facts["routes"] = [
            # Nobody tells the gateway of changes: an edge before it would keep what is old.
            {**one, "cached": one["cached"] and not spec.platform.cdn}
            for one in facts["routes"]
            if holds(one.get("when", {}), values)
        ]
        facts["needs"] = {
            other: need for other, need in facts["needs"].items() if other in contexts
        }
        for other, events in facts["handles"].items():
            contexts[other].setdefault("handled_by", {})[name] = events
    for name, facts in contexts.items():
        facts.setdefault("handled_by", {})
        facts["asked_rows"], facts["asked_by"] = _asked(name, described)
        for key in ("handles", "handled_by"):
            others = {other: events for other, events in facts[key].items() if other != name}
            facts[f"{key}_elsewhere"] = others
        facts["reads"] = {
            other: _spelled(events, contexts[other]["contract"], described.get(other))
            for other, events in facts["handles"].items()
        }
        facts["service"] = service_of(spec, template, name)
        facts["on_mysql"] = name in described and described[name].on_mysql
    services = {
        facts["service"]: _by_service({**facts, "context": name}, contexts)
        for name, facts in contexts.items()
    }
    return {
        "project": spec.project.model_dump(),
        "code_owner": spec.project.code_owner,
        "package": spec.project.name.replace("-", "_"),
        "pattern": spec.pattern,
        "requirements": spec.requirements.model_dump(),
        "contexts": contexts,
        "services": services,
        **addition,
        "described": described,
        "on_mysql": [name for name, facts in contexts.items() if facts["on_mysql"]],
        "contracts": {
            one.name: one for context in described.values() for one in context.under_each_name
        },
        "seeds": Seeds(spec.domain),
        "domain_map": document.domain_map(spec.domain),
        "domain_reactions": document.reactions(spec.domain),
        "authentication": next(
            (name for name, facts in contexts.items() if facts["authenticates"]), ""
        ),
        "documents": Documents(
            template,
            services,
            {
                contexts[one.name]["service"]: ContextView(one, spec.domain)
                for one in spec.domain.contexts
            },
            spec.project.name,
            calls=not by_events_alone,
            data={**addition, "contexts": services},
        ),
        "dashboards": Dashboards(spec, contexts, described),
        "platform": spec.platform.model_dump(),
        "workloads": Workloads(spec, services),
        "slo": {
            name: _shortest(value)
            for name, value in spec.slo.model_dump(exclude={"workload"}).items()
        },
    }


def _asked(name: str, described: Mapping[str, ContextView]) -> tuple[dict[str, str], list[str]]:
    """Return whose rows described contexts ask a context for, with its facade's method, and who."""
    rows: dict[str, str] = {}
    by = []
    for other, context in described.items():
        for port in context.known_ports:
            if port.context == name:
                rows |= {one.method: one.of_facade for one in port.rows}
                by.append(other)
    return rows, by


def _with_notices(
    handles: Mapping[str, list[str]], notices: list[dict[str, Any]]
) -> dict[str, list[str]]:
    """Return the events that notifications handle: of contexts, and those that e-mail tells of."""
    found = {other: list(events) for other, events in handles.items()}
    for one in notices:
        events = found.setdefault(one["publisher"], [])
        if one["event"] not in events:
            events.append(one["event"])
    return found


def _with_purges(name: str, facts: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the events that a context handles, with its own by which an edge is purged."""
    own = [event for one in facts["public"] for event in one["events"]]
    found = {other: list(events) for other, events in facts["handles"].items()}
    if own:
        found[name] = list(dict.fromkeys([*found.get(name, []), *own]))
    return found


def _described(model: Model, notices: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what the described part of a spec adds.

    ``roles`` beside ``user`` and ``admin``; the roles that may look into the ``directory``, none
    where there is no such thing; and the e-mail that ``reactions`` send, each with the event's
    ``publisher``, ``module`` in contracts, ``event`` (a class), ``version`` and ``fields``, the
    field ``to``, and ``text``, and where they are needed ``to_optional`` and ``needs`` (Python, of
    ``event``).
    """
    return {
        "roles": list(model.roles),
        "directory": list(model.directory),
        "reactions": notices,
    }


def _shortest(value: float) -> float:
    """Return 100 for 100 and for 100.0: a default that nobody wrote and what a file says of it."""
    return int(value) if float(value).is_integer() else value


def _facts(
    name: str, template: LayeredTemplate, described: Mapping[str, ContextView]
) -> dict[str, Any]:
    known = template.contexts.get(name)
    if known is not None:
        return dict(known)
    facts = template.by_hand.named(name).facts()
    return {**facts, **described[name].facts} if name in described else facts


def _spelled(events: list[str], contract: str, publisher: ContextView | None) -> list[str]:
    """Return classes with their modules; each also as it was before its context was renamed."""
    modules = (
        [contract] if publisher is None else [one.contract for one in publisher.under_each_name]
    )
    return [f"{module}.{event}" for event in events for module in modules]


def _by_service(facts: Mapping[str, Any], contexts: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is known of a context, in which others are called as their services are."""

    def called(others: Mapping[str, Any]) -> dict[str, Any]:
        return {contexts[name]["service"]: what for name, what in others.items()}

    keys = ("needs", "handles", "handled_by", "handles_elsewhere", "handled_by_elsewhere", "reads")
    asked_by = [contexts[name]["service"] for name in facts["asked_by"]]
    return {**facts, **{key: called(facts[key]) for key in keys}, "asked_by": asked_by}


def _by_events_alone(template: LayeredTemplate) -> bool:
    return any(one.pattern == template.name and one.broker for one in ARCHITECTURES.values())


def _handled(
    facts: Mapping[str, Any], contexts: Mapping[str, Any], *, by_events_alone: bool
) -> dict[str, list[str]]:
    """Return the events that a context handles, of the contexts that the project has."""
    handled = [facts["handles_instead_of_calls"]] if by_events_alone else []
    merged: dict[str, list[str]] = {}
    for one in (*handled, facts["handles"]):
        for other, events in one.items():
            if other in contexts:
                merged[other] = list(dict.fromkeys([*merged.get(other, []), *events]))
    return merged
