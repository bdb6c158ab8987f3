"""What programs that read a project's files take of one, and refusing what is larger."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from blueprint_cli.errors import SpecInvalid

if TYPE_CHECKING:
    from blueprint_cli.spec.model import Spec
    from blueprint_cli.tree import Tree

# Of all values of a ConfigMap together: etcd stores no more.
CONFIG_MAP_BYTES: Final = 1_048_576
# Each is one ConfigMap, by the target that has it.
CONFIG_MAPS: Final = {
    "kubernetes": "deploy/kubernetes/base/gateway/",
    "helm": "deploy/helm/gateway/",
}
# HAProxy answers a document from a buffer, of which a fifth is kept for what it changes.
HAPROXY_BUFFER_BYTES: Final = 8_388_608
HAPROXY_BYTES: Final = HAPROXY_BUFFER_BYTES * 4 // 5
DOCUMENT: Final = "gateway/openapi.json"
STACK: Final = "deploy/aws-lambda/template.yaml"
STACK_RESOURCES: Final = 500
# What SAM makes of a line of a template beside the resource that it says, and how many.
MADE_BY_SAM: Final = (
    (re.compile(r"Type: AWS::Serverless::Function\b"), 1),  # its role
    (re.compile(r"\bEventInvokeConfig:"), 1),
    (re.compile(r"Type: Schedule\b"), 2),  # a rule, and that it may call the function
    (re.compile(r"Type: MSK\b"), 1),
    (re.compile(r"Type: AWS::Serverless::HttpApi\b"), 1),  # its stage
)
FEWER: Final = (
    "fewer entities in one project, or `pattern: monolith`, whose server answers with its document"
)


def refuse_too_large(spec: Spec, tree: Tree) -> None:
    """Refuse a render whose files are larger than those who read them take.

    Raises:
        SpecInvalid: with the sizes, and what would do.
    """
    _of_haproxy(spec, tree)
    for target in spec.platform.deploy:
        _of_a_config_map(target, tree)
    if STACK in tree and (made := resources_of(tree[STACK].content.decode())) > STACK_RESOURCES:
        raise SpecInvalid(
            f"the stack for aws-lambda would have {made} resources, and CloudFormation takes "
            f"{STACK_RESOURCES}",
            hint="Take aws-lambda out of `platform.deploy`; or fewer contexts in one project.",
        )


def resources_of(template: str) -> int:
    """Return how many resources CloudFormation gets of our template, once SAM has read it."""
    resources = template.partition("\nResources:\n")[2].partition("\nOutputs:\n")[0]
    written = len(re.findall(r"^  \w+:", resources, re.MULTILINE))
    return written + sum(len(what.findall(resources)) * count for what, count in MADE_BY_SAM)


def _of_haproxy(spec: Spec, tree: Tree) -> None:
    if spec.platform.gateway != "haproxy" or DOCUMENT not in tree:
        return
    size = len(tree[DOCUMENT].content)
    if size > HAPROXY_BYTES:
        raise SpecInvalid(
            f"{DOCUMENT} would have {size:,} bytes, and HAProxy answers at most "
            f"{HAPROXY_BYTES:,} from memory",
            hint=f"Take `gateway: nginx`; or {FEWER}.",
        )


def _of_a_config_map(target: str, tree: Tree) -> None:
    folder = CONFIG_MAPS.get(target)
    sizes = {path: len(tree[path].content) for path in tree if folder and path.startswith(folder)}
    if sum(sizes.values()) > CONFIG_MAP_BYTES:
        largest = max(sizes, key=lambda path: sizes[path])
        raise SpecInvalid(
            f"the gateway's files for {target} would have {sum(sizes.values()):,} bytes, of "
            f"which {largest} {sizes[largest]:,}, and a ConfigMap takes {CONFIG_MAP_BYTES:,}",
            hint=f"Take {target} out of `platform.deploy`; or {FEWER}.",
        )
