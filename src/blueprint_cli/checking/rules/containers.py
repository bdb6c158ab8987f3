"""What runs in a container is watched, and is not root."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from blueprint_cli.checking.compose import Service, is_compose_file, parse_compose
from blueprint_cli.checking.dockerfile import Stage, is_dockerfile, parse_dockerfile
from blueprint_cli.checking.finding import Found, Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from blueprint_cli.checking.project import CheckedProject

NONE: Final = "NONE"
ROOT_USERS: Final = {"root", "0"}


def _no_health_check(project: CheckedProject) -> Iterator[Found]:
    services = [found for path in project.files for found in _services(project, path)]
    for path in _edited(project, is_dockerfile):
        image = parse_dockerfile(project.text(path) or "").image
        then = parse_dockerfile(project.rendered_text(path) or "").image
        built = _running(services, path)
        watched = bool(built) and all(each.health_check or each.runs_once for each in built)
        if image is not None and not watched and _unwatched(image, then):
            yield Found(path, "has no HEALTHCHECK", image.line)
    for path in _edited(project, is_compose_file):
        rendered = parse_compose(project.rendered_text(path) or "")
        then_watched = {service.name for service in rendered if service.health_check}
        for service in parse_compose(project.text(path) or ""):
            if service.name in then_watched and not service.health_check:
                line = service.line_of("healthcheck")
                yield Found(path, f"service {service.name} has no healthcheck", line, service.name)


def _unwatched(image: Stage, then: Stage | None) -> bool:
    """`HEALTHCHECK NONE` says that a container is a job; a server's may not be switched off."""
    if image.health_check.upper() == NONE:
        return bool(then and then.health_check and then.health_check.upper() != NONE)
    return not image.health_check


def _root(project: CheckedProject) -> Iterator[Found]:
    for path in _edited(project, is_dockerfile):
        image = parse_dockerfile(project.text(path) or "").image
        if image is not None and not image.user:
            yield Found(path, "has no USER: it runs as root", image.line, "USER")
        elif image is not None and image.user.partition(":")[0].strip("\"'") in ROOT_USERS:
            yield Found(path, f"runs as {image.user}", image.user_line, "USER")
    for path in _edited(project, is_compose_file):
        rendered = {each.name: each for each in parse_compose(project.rendered_text(path) or "")}
        for service in parse_compose(project.text(path) or ""):
            yield from _root_service(path, service, rendered.get(service.name))


def _root_service(path: str, service: Service, then: Service | None) -> Iterator[Found]:
    name = service.name
    user = service.data.get("user")
    if user is None and then is not None and then.data.get("user") is not None:
        yield Found(path, f"service {name} has lost its user", service.line, f"{name} user")
    if user is not None and str(user).partition(":")[0] in ROOT_USERS:
        message = f"service {name} runs as {user}"
        yield Found(path, message, service.line_of("user"), f"{name} user")
    if service.data.get("privileged") is True:
        message = f"service {name} is privileged"
        yield Found(path, message, service.line_of("privileged"), f"{name} privileged")


def _services(project: CheckedProject, path: str) -> list[tuple[str, Service]]:
    """Every service, read only where a Dockerfile was edited: its health check may stand here."""
    if not is_compose_file(path) or not _edited(project, is_dockerfile):
        return []
    return [(path, service) for service in parse_compose(project.text(path) or "")]


def _running(services: list[tuple[str, Service]], dockerfile: str) -> list[Service]:
    """The services that run what a Dockerfile builds: those that build it, or name its image."""
    built = [service for file, service in services if service.dockerfile(file) == dockerfile]
    images = {str(service.data["image"]) for service in built if "image" in service.data}
    return [
        service
        for _, service in services
        if service in built or str(service.data.get("image")) in images
    ]


def _edited(project: CheckedProject, is_one: Callable[[str], bool]) -> list[str]:
    return [path for path in project.written_by_hand if is_one(path)]


NO_HEALTH_CHECK: Final = Rule(
    id="BP601",
    name="no-health-check",
    severity="error",
    title="Nothing notices when a container stops answering",
    why="Without a health check a server that hangs keeps getting traffic, and nobody restarts it.",
    fix=(
        "Give the Dockerfile a HEALTHCHECK, or the service a `healthcheck`. A job that ends by "
        'itself says so: HEALTHCHECK NONE, or restart: "no".'
    ),
    look=_no_health_check,
)
ROOT: Final = Rule(
    id="BP602",
    name="root-container",
    severity="error",
    title="A container runs as root",
    why="Whoever breaks out of the program is root in the container, and one bug from the host.",
    fix="Name a user without rights: USER in the last stage, `user` in Compose; not privileged.",
    look=_root,
)
