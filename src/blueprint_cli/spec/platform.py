"""What a project is delivered with and runs on, and which of it does not go together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, get_args

from pydantic import Field

from blueprint_cli.domain.model import ANYONE
from blueprint_cli.domain.naming import class_name
from blueprint_cli.spec.sections import EMPTY_ALLOWED, Section, means

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from blueprint_cli.domain.model import Model

Target = Literal["kubernetes", "helm", "aws-lambda", "google-functions", "azure-functions"]
TARGETS: Final[tuple[Target, ...]] = get_args(Target)
# Nothing keeps running there between two requests.
FUNCTIONS: Final = ("aws-lambda", "google-functions", "azure-functions")
# Its files bring migrations and secrets of PostgreSQL alone; the others' do where services are.
WITHOUT_MYSQL: Final = ("aws-lambda",)
# Ready-made contexts with rows that anyone may read.
OF_EVERYONE: Final = frozenset({"catalog"})
# How long a project's and a context's names may be: each target adds its own endings to them.
ROOM: Final[Mapping[Target, tuple[int, str]]] = {
    # A CronJob's name has 52 characters: it appends a number to those of its Jobs.
    "kubernetes": (40, "Kubernetes allows 52 characters for what runs at times, with our endings"),
    "helm": (40, "Kubernetes allows 52 characters for what runs at times, with our endings"),
    "aws-lambda": (40, "AWS Lambda allows 64 characters for a function, with our endings"),
    "google-functions": (26, "Google Cloud allows 30 characters for an account, with our ending"),
    "azure-functions": (32, "Azure allows 60 characters for a function app, with our endings"),
}
# How long both together may be, where a target joins them to a name.
JOINED: Final[Mapping[Target, tuple[int, str]]] = {
    "aws-lambda": (44, "AWS Lambda allows 64 characters for a function, with our endings"),
    "google-functions": (39, "Cloud Run allows 49 characters for what it runs, with our endings"),
    "azure-functions": (45, "Azure allows 60 characters for a function app, with our endings"),
}
# How long a context's name has to be, where it is a part of another that may not be shorter.
LEAST: Final[Mapping[Target, tuple[int, str]]] = {
    "google-functions": (2, "Google Cloud wants 6 characters for an account, with our beginning"),
}

CLUSTER: Final[frozenset[Target]] = frozenset({"kubernetes", "helm"})
# What stands in a cluster beside the contexts, by the name of a context that would be called so.
IN_A_CLUSTER: Final = (
    *("backup", "default", "etcd", "gateway", "gateway_tls", "kafka", "kafka_cluster_ca_cert"),
    *("keda_kafka", "pgbouncer", "postgres", "postgres_backup", "postgres_ca", "postgres_node"),
    *("postgres_nodes", "signing_keys"),
)
# What a context's own things are called after it there: by an ending, or a beginning.
ENDINGS: Final = ("{}_backup", "{}_consumer", "{}_migrate", "{}_migration", "{}_relay")
BEGINNINGS: Final = ("database_{}", "kafka_{}")
# The same of AWS, where each context is several resources.
ON_AWS: Final = ("edge",)
AWS_ENDINGS: Final = ("{}_is",)


# What Compose runs beside the contexts, where it watches them.
WATCHING: Final = ("alertmanager", "collector", "grafana", "jaeger", "prometheus")

# The pattern whose contexts have no process each.
TOGETHER: Final = "monolith"


class DatabaseChoice(Section):
    """How PostgreSQL runs, where the project brings it."""

    cluster: Annotated[
        Literal["patroni"] | None,
        means(
            "`patroni`: a primary and a hot standby that takes over, with etcd and HAProxy; null: "
            "one server, or one that somebody else runs."
        ),
    ] = None
    pooler: Annotated[
        Literal["pgbouncer"] | None,
        means("`pgbouncer`: processes share its connections, one transaction at a time."),
    ] = None


class Platform(Section):
    """What the project is delivered with, and what it runs on."""

    gateway: Literal["nginx", "haproxy"] = "nginx"
    ci: Literal["github", "gitlab", "none"] = "github"
    deploy: Annotated[
        list[Target],
        Field(json_schema_extra={"uniqueItems": True}),
        means("Where it runs, beside Docker Compose: each renders its files into deploy/."),
    ] = []
    database: Annotated[DatabaseChoice, EMPTY_ALLOWED] = DatabaseChoice()
    mysql: Annotated[
        Literal["galera"] | None,
        means(
            "`galera`: three nodes behind HAProxy, for contexts that say `store: mysql`; null: one "
            "server."
        ),
    ] = None
    cdn: Annotated[
        Literal["varnish"] | None,
        means("`varnish`: an edge that keeps public answers, purged by events; null: none."),
    ] = None
    observability: Annotated[
        Literal["grafana"] | None,
        means(
            "`grafana`: beside Compose also Prometheus, Alertmanager, Grafana with dashboards of "
            "the project's contexts, and a collector of traces; null: none."
        ),
    ] = None

    def said(self) -> dict[str, Any]:
        """Return what a project's file says of it: gateway and CI, and what is no default."""
        named = {"gateway": self.gateway, "ci": self.ci}
        return named | self.model_dump(mode="json", exclude_defaults=True)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A value of ``platform`` that does not go with the rest of the spec, and what would."""

    path: tuple[str | int, ...]
    message: str
    allowed: str


def refusals(
    platform: Platform,
    project: str,
    contexts: Iterable[str],
    *,
    stores: Mapping[str, str],
    pattern: str = "",
) -> Iterator[Refusal]:
    """Yield what cannot be rendered of a platform.

    Args:
        platform: as it was read.
        project: the project's name.
        contexts: the names of its contexts.
        stores: by the name of a described context, where its rows are.
        pattern: the pattern, where one is chosen.
    """
    yield from _twice(platform.deploy)
    yield from _excluding(platform)
    yield from _beside_functions(platform)
    contexts = tuple(contexts)
    yield from _too_long(platform.deploy, project, contexts)
    yield from _too_short(platform.deploy, contexts, pattern)
    on_mysql = "mysql" in stores.values()
    yield from _same_names(platform, contexts, pattern, on_mysql=on_mysql)
    for name in set(WATCHING).intersection(contexts) if platform.observability else ():
        message = f"{platform.observability} would share its name {name} with what watches it"
        yield Refusal(("contexts", name), message, "another name")
    if platform.mysql is not None and not on_mysql:
        message = "no context keeps its rows in MySQL"
        yield Refusal(("platform", "mysql"), message, "store: mysql in a described context")
    if platform.mysql is not None and platform.deploy:
        message = f"{platform.deploy[0]} brings no {platform.mysql}, which runs with Compose alone"
        allowed = "null, and the URL of a server of your own; or no target in deploy"
        yield Refusal(("platform", "mysql"), message, allowed)
    for name in (name for name, store in stores.items() if store == "mysql"):
        path = ("contexts", name, "store")
        for target in without_mysql(platform, pattern):
            message = f"{name} {why_no_mysql(target, pattern)}"
            yield Refusal(path, message, f"store: postgresql, or `deploy` without {target}")


def without_mysql(platform: Platform, pattern: str) -> Iterator[Target]:
    """Yield the targets on which no context of a pattern can be on MySQL."""
    for target in platform.deploy:
        in_services = target in FUNCTIONS and pattern not in {"", TOGETHER}
        if target in WITHOUT_MYSQL or in_services:
            yield target


def why_no_mysql(target: Target, pattern: str) -> str:
    """Return why a context cannot be on MySQL on a target, to go on behind its name."""
    where = "" if target in WITHOUT_MYSQL else f" in {pattern}"
    return f"cannot be on MySQL on {target}: its files know PostgreSQL alone{where}"


def refusals_of_an_edge(
    platform: Platform, contexts: Iterable[str], domain: Model
) -> Iterator[Refusal]:
    """Yield what an edge could not keep, or would keep although it has changed.

    Args:
        platform: as it was read.
        contexts: the names of the project's contexts.
        domain: what described contexts say.
    """
    if platform.cdn is None:
        return
    public = [
        entity
        for context in domain.contexts
        for entity in context.entities
        if ANYONE in entity.read
    ]
    if not (public or OF_EVERYONE & set(contexts)):
        message = f"{platform.cdn} would have nothing to keep: nothing is read without a login"
        allowed = "null; or access: {read: anyone} of an entity, or the context catalog"
        yield Refusal(("platform", "cdn"), message, allowed)
    for entity in public:
        for command in entity.commands:
            if command.emits is None:
                message = (
                    f"{command.name} emits nothing, so {platform.cdn} would keep a "
                    f"{entity.name} that anyone may read as it was before"
                )
                path = ("contexts", entity.context, "entities", entity.name)
                allowed = f"emits: the name of an event in {command.name}"
                yield Refusal((*path, "commands", command.name), message, allowed)


def _twice(targets: list[Target]) -> Iterator[Refusal]:
    for place, target in enumerate(targets):
        if target in targets[:place]:
            allowed = ", ".join(one for one in TARGETS if one not in targets) or "each once"
            yield Refusal(("platform", "deploy", place), f"{target} stands there twice", allowed)


def _excluding(platform: Platform) -> Iterator[Refusal]:
    """Two descriptions of one cluster would be applied over each other."""
    if {"kubernetes", "helm"} <= set(platform.deploy):
        place = max(platform.deploy.index("kubernetes"), platform.deploy.index("helm"))
        message = "kubernetes and helm describe the same cluster, and each would undo the other"
        yield Refusal(("platform", "deploy", place), message, "one of the two")


def _beside_functions(platform: Platform) -> Iterator[Refusal]:
    """A function has its provider's database, and that has a proxy of the provider's in front."""
    functions = [target for target in platform.deploy if target in FUNCTIONS]
    for key, program in platform.database.model_dump(exclude_none=True).items():
        if functions:
            message = f"{functions[0]} has a database of its provider's, and {program} none of that"
            allowed = f"null; or no function in deploy: {', '.join(FUNCTIONS)}"
            yield Refusal(("platform", "database", key), message, allowed)


def _same_names(
    platform: Platform, contexts: tuple[str, ...], pattern: str, *, on_mysql: bool
) -> Iterator[Refusal]:
    """Two things of one kind and name are one thing to what runs them."""
    refused = set()
    for place, beside, forms in _places(platform, pattern, on_mysql=on_mysql):
        taken = {form.format(name): f"what {name} has there" for name in contexts for form in forms}
        taken |= dict.fromkeys(beside, "what is beside the contexts there")
        if place == "aws-lambda":
            taken |= _without_underscores(contexts)
        for name in (one for one in contexts if one in taken and one not in refused):
            refused.add(name)
            message = f"{place} would give {name} the name of {taken[name]}"
            yield Refusal(("contexts", name), message, "another name")


def _without_underscores(contexts: tuple[str, ...]) -> dict[str, str]:
    """Of contexts whose names CloudFormation cannot tell apart, all but the first, and of whom."""
    first: dict[str, str] = {}
    for name in contexts:
        first.setdefault(class_name(name), name)
    return {
        name: f"what {holder} has there"
        for name in contexts
        if (holder := first[class_name(name)]) != name
    }


def _places(
    platform: Platform, pattern: str, *, on_mysql: bool
) -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """Where contexts get names: what has one there already, and the forms of those of theirs."""
    apart = pattern not in ("", TOGETHER)
    edge = ("edge", "edges") if platform.cdn else ()
    for target in platform.deploy:
        if target in CLUSTER:
            yield target, (*IN_A_CLUSTER, *edge), (*ENDINGS, *BEGINNINGS)
        if target == "aws-lambda" and apart:
            yield target, ON_AWS, AWS_ENDINGS
    if apart:
        cluster = ("backup",) if platform.database.cluster else ()
        pooler = ("pgbouncer",) if platform.database.pooler else ()
        mysql = ("mysql",) if on_mysql else ()
        yield "Compose", (*edge[:1], *cluster, *pooler, *mysql), ()


def _too_long(targets: list[Target], project: str, contexts: tuple[str, ...]) -> Iterator[Refusal]:
    for target in dict.fromkeys(targets):
        most, why = ROOM[target]
        if len(project) > most:
            message = f"{project} has {len(project)} characters, {target} leaves {most}: {why}"
            yield Refusal(("project", "name"), message, f"at most {most} characters")
        for context in contexts:
            if len(context) > most:
                message = f"{context} has {len(context)} characters, {target} leaves {most}: {why}"
                yield Refusal(("contexts", context), message, f"at most {most} characters")
        yield from _joined_too_long(target, project, contexts)


def _too_short(targets: list[Target], contexts: tuple[str, ...], pattern: str) -> Iterator[Refusal]:
    """Contexts of one process have nothing of their own."""
    for target in dict.fromkeys(targets) if pattern not in ("", TOGETHER) else ():
        least, why = LEAST.get(target, (0, ""))
        for name in (one for one in contexts if len(one) < least):
            message = f"{name} has {len(name)} character, {target} wants {least}: {why}"
            yield Refusal(("contexts", name), message, f"at least {least} characters")


def _joined_too_long(target: Target, project: str, contexts: tuple[str, ...]) -> Iterator[Refusal]:
    if target not in JOINED:
        return
    most, why = JOINED[target]
    alone = ROOM[target][0]
    for context in contexts:
        length = len(project) + len(context)
        if length > most and len(project) <= alone and len(context) <= alone:
            message = (
                f"{project} and {context} have {length} characters together, {target} leaves "
                f"{most}: {why}"
            )
            yield Refusal(
                ("contexts", context), message, f"at most {most - len(project)} characters"
            )
