"""Services whose rows a described context asks for answer that context, and no other."""

from blueprint_cli.spec.model import READY_MADE, Spec
from blueprint_cli.templates.builtin import find_template
from blueprint_cli.tree import Tree

LOAN = {
    "fields": {
        "member": "ref identity.User once",
        "product": "ref catalog.Product once",
        "due_on": "date",
    },
    "commands": {
        "create": {
            "takes": ["member", "product", "due_on"],
            "needs": {"no_such_member": "known(member)", "no_such_product": "known(product)"},
        }
    },
}


def services(*described: str) -> Tree:
    """A shop as services, beside contexts that ask for rows of identity and catalog."""
    contexts: dict[str, object] = {name: {"entities": {"Loan": LOAN}} for name in described}
    contexts |= {name: {} for name in READY_MADE}
    spec = Spec.model_validate(
        {
            "blueprint": 1,
            "project": {"name": "shop"},
            "pattern": "microservices",
            "contexts": contexts,
        }
    )
    return find_template("microservices").render(spec).tree


def compositions(*described: str) -> dict[str, str]:
    """What wires identity and catalog where these contexts ask for their rows."""
    tree = services(*described)
    assert ("libs/kit/src/kit/known.py" in tree) == bool(described)
    return {
        name: tree[f"services/{name}/src/{name}_service/composition.py"].content.decode()
        for name in ("identity", "catalog")
    }


def test_who_asks_is_let_in() -> None:
    made = compositions("lending")
    assert '"users", wired.facade.known_users, peers.only("lending")' in made["identity"]
    assert '"products", wired.facade.known_products, peers.only("lending")' in made["catalog"]
    assert all("lending_public_keys: PublicKeys = ()" in text for text in made.values())


def test_where_nobody_asks_there_is_no_route() -> None:
    assert all("known" not in text for text in compositions().values())


def test_a_shop_s_own_test_knows_who_asks() -> None:
    path = "tests/contracts/test_who_may_call.py"
    asked = '("catalog", ("GET", "/internal/v1/known/products")): {"lending"}'
    assert asked in services("lending")[path].content.decode()
    assert "known" not in services()[path].content.decode()
