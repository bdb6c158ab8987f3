"""What programs that read a project's files take of one, and refusing what is larger."""

from __future__ import annotations

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
FEWER: Final = (
    "fewer entities in one project, or `pattern: monolith`, whose server answers with its document"
)


def refuse_too_large(spec: Spec, tree: Tree) -> None:
    """Refuse a render whose files are larger than those who read them take.

    Raises:
        SpecInvalid: with the sizes, and what would do.
    """
    if spec.platform.gateway == "haproxy" and DOCUMENT in tree:
        size = len(tree[DOCUMENT].content)
        if size > HAPROXY_BYTES:
            raise SpecInvalid(
                f"{DOCUMENT} would have {size:,} bytes, and HAProxy answers at most "
                f"{HAPROXY_BYTES:,} from memory",
                hint=f"Take `gateway: nginx`; or {FEWER}.",
            )
    for target in spec.platform.deploy:
        folder = CONFIG_MAPS.get(target)
        sizes = {
            path: len(tree[path].content) for path in tree if folder and path.startswith(folder)
        }
        if sum(sizes.values()) > CONFIG_MAP_BYTES:
            largest = max(sizes, key=lambda path: sizes[path])
            raise SpecInvalid(
                f"the gateway's files for {target} would have {sum(sizes.values()):,} bytes, of "
                f"which {largest} {sizes[largest]:,}, and a ConfigMap takes {CONFIG_MAP_BYTES:,}",
                hint=f"Take {target} out of `platform.deploy`; or {FEWER}.",
            )
