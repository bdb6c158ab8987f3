"""A context more, ready-made or by hand: what a project is made of knows it, and nothing else."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from blueprint_cli.spec.model import READY_MADE, Spec
from blueprint_cli.templates.builtin import builtin_root, find_template
from blueprint_cli.tree import Tree, write_tree
from tests.rendered import look_as_ruff

DESCRIPTION = """\
name: product_reviews
summary: What customers think of products.
routes:
  - {path: /v1/reviews, below: true, cached: true}
settings: ReviewSettings
variables: [REVIEW_DAYS]
contract: product_reviews_v1
publishes: [ReviewWritten]
compacted: true
handles:
  orders: [OrderPlaced, OrderConfirmed]
  catalog: [ReservationLost]
sends_email: true
dependencies: ["fastapi>=0.165,<1"]
"""
LISTENER = """\
name: recommendations_for_customers
summary: Finds reviews.
handles: {product_reviews: [ReviewWritten]}
"""
MORE = {"product_reviews": DESCRIPTION, "recommendations_for_customers": LISTENER}
PYTHON = '"""Of a test."""\n'


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built-in templates, and two contexts beside the shop's."""
    root = tmp_path_factory.mktemp("templates") / "templates"
    shutil.copytree(builtin_root(), root)
    for name, description in MORE.items():
        for path, text in {
            "context.yaml": description,
            "package/__init__.py": PYTHON,
            "package/wiring.py": PYTHON,
            "tests/test_it.py": PYTHON,
        }.items():
            (root / "contexts" / name / path).parent.mkdir(parents=True, exist_ok=True)
            (root / "contexts" / name / path).write_text(text)
    contract = root / "contexts/product_reviews/contracts/product_reviews_v1.py"
    contract.parent.mkdir()
    contract.write_text(PYTHON)
    return root


def spec_of(pattern: str, gateway: str = "nginx") -> Spec:
    return Spec.model_validate(
        {
            "blueprint": 1,
            "project": {"name": "shop"},
            "pattern": pattern,
            "platform": {"gateway": gateway},
            "contexts": {name: {} for name in (*READY_MADE, *MORE)},
        }
    )


def rendered(root: Path, pattern: str, gateway: str = "nginx") -> dict[str, str]:
    tree = find_template(pattern, root).render(spec_of(pattern, gateway)).tree
    return {path: file.content.decode() for path, file in tree.items()}


def lines_with(word: str, text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if word in line]


def test_a_monolith_knows_it(root: Path) -> None:
    files = rendered(root, "monolith")
    composition = files["src/app/composition.py"]
    assert "from product_reviews.wiring import wire as wire_product_reviews\n" in composition
    assert "product_reviews = wire_product_reviews(" in composition
    assert "        product_reviews.part,\n" in composition
    assert '"product_reviews"' in files["src/app/__init__.py"]
    assert "from product_reviews.adapters.settings import ReviewSettings\n" in composition
    assert "ReviewSettings" in composition.partition("class Settings(")[2]
    # As a package, a root of import contracts, a container, an independent one, and a layer.
    assert len(lines_with("product_reviews", files["pyproject.toml"])) == 5
    assert lines_with("reviews", files["deploy/routes.conf"]) == ["location = /v1/reviews {"]
    assert "src/contracts/product_reviews_v1.py" in files
    haproxy = rendered(root, "monolith", "haproxy")
    assert "setenv PRODUCT_REVIEWS_ADDRESS server:8000" in haproxy["deploy/here.cfg"]


def test_services_know_it(root: Path) -> None:
    files = rendered(root, "microservices")
    orders = files["services/orders/src/orders_service/composition.py"]
    assert "    product_reviews_url: str\n" in orders
    assert 'peers.client("product_reviews", settings.product_reviews_url)' in orders
    assert "product_reviews_client: (orders_v1.OrderPlaced, orders_v1.OrderConfirmed)" in orders
    assert "from contracts import catalog_v1, orders_v1\n" in orders
    catalog = files["services/catalog/src/catalog_service/composition.py"]
    assert "product_reviews_client: (catalog_v1.ReservationLost,)" in catalog
    own = files["services/product_reviews/src/product_reviews_service/composition.py"]
    assert "orders_v1.OrderPlaced, orders_v1.OrderConfirmed, catalog_v1.ReservationLost" in own
    assert (
        "    catalog_public_keys: PublicKeys = ()\n    orders_public_keys: PublicKeys = ()" in own
    )
    listener = "recommendations_for_customers"
    composed = files[f"services/{listener}/src/{listener}_service/composition.py"]
    assert "product_reviews=settings.product_reviews_public_keys" in composed
    assert "recommendations_for_customers_client: (product_reviews_v1.ReviewWritten,)" in own
    assert '"fastapi>=0.165,<1",' in files["services/product_reviews/pyproject.toml"]
    assert (
        files["services/product_reviews/requirements.txt"]
        == (files["services/orders/requirements.txt"])
    )
    routes = files["gateway/routes.conf"]
    assert lines_with("/v1/reviews", routes) == [
        "location = /v1/reviews {", "location /v1/reviews/ {",
    ]  # fmt: skip
    assert routes.count("proxy_pass http://product_reviews;") == 2
    assert "upstream product_reviews {" in files["gateway/site.conf"]
    compose = files["compose.yaml"].partition("  product_reviews:\n    <<: *service")[2]
    environment = compose.partition("depends_on")[0]
    assert "SMTP_URL" in environment
    assert re.findall(r"\b([A-Z_]+_PUBLIC_KEYS): ", environment) == [
        "CATALOG_PUBLIC_KEYS", "ORDERS_PUBLIC_KEYS",
    ]  # fmt: skip
    haproxy = rendered(root, "microservices", "haproxy")["gateway/haproxy.cfg"]
    assert (
        "use_backend product_reviews if { path /v1/reviews } or { path_beg /v1/reviews/ }"
        in haproxy
    )
    assert "cache-use lists" in haproxy.partition("backend product_reviews\n")[2]
    assert '"product_reviews"' in files["dev/contexts.py"]
    assert len(lines_with("product_reviews", files["pyproject.toml"])) >= 3


def test_services_that_tell_each_other_events_know_it(root: Path) -> None:
    files = rendered(root, "event-driven")
    own = files["services/product_reviews/src/product_reviews_service/composition.py"]
    assert (
        "READS = (orders_v1.OrderPlaced, orders_v1.OrderConfirmed, catalog_v1.ReservationLost)"
        in own
    )
    assert (
        'if context in {"identity", "product_reviews"}:'
        in (files["libs/kit/src/kit_kafka/topics.py"])
    )
    assert "  REVIEW_DAYS:\n" in files["compose.yaml"]
    assert "\n  product_reviews-relay:\n" in files["compose.production.yaml"]
    assert "libs/contracts/src/contracts/product_reviews_v1.py" in files


PLACES = {"monolith": ("src/", "tests/")}
SERVICE = ("services/{}/src/", "services/{}/tests/")


def by_hand(pattern: str, *names: str) -> Spec:
    """The shop, and contexts that their owner writes."""
    data = spec_of(pattern).model_dump(include={"blueprint", "project", "pattern"})
    contexts = {name: {"by": "hand"} if name in names else {} for name in (*READY_MADE, *names)}
    return Spec.model_validate({**data, "contexts": contexts})


@pytest.mark.parametrize("pattern", ["monolith", "microservices", "event-driven"])
def test_nothing_is_rendered_inside_a_context_by_hand(pattern: str) -> None:
    tree = find_template(pattern).render(by_hand(pattern, "price_lists")).tree
    for place in PLACES.get(pattern, SERVICE):
        inside = f"{place.format('price_lists')}price_lists/"
        assert not [path for path in tree if path.startswith(inside)]
        assert [path for path in tree if path.startswith(inside.replace("price_lists", "orders"))]


@pytest.mark.parametrize("pattern", ["monolith", "microservices", "event-driven"])
def test_one_by_hand_begins_as_a_package_in_which_all_that_the_rest_asks_for_is(
    pattern: str, tmp_path: Path
) -> None:
    names = ("price_lists", "a_context_whose_name_has_40_characters")
    spec = by_hand(pattern, *names)
    begun = find_template(pattern).render_begun(spec)
    (source, _) = PLACES.get(pattern, SERVICE)
    modules = ["__init__", "adapters/__init__", "adapters/settings", "adapters/tables"]
    modules += ["application", "domain", "entrypoints", "wiring"]
    assert set(begun) == {
        f"{source.format(name)}{name}/{module}.py" for name in names for module in modules
    }
    settings = begun[f"{source.format('price_lists')}price_lists/adapters/settings.py"]
    assert b"class PriceListsSettings(CommonSettings):\n" in settings.content
    whole = {**find_template(pattern).render(spec).tree, **begun}
    write_tree(Tree(whole), tmp_path / "shop")
    look_as_ruff(tmp_path / "shop")


def test_what_others_are_wired_with_is_wired_before_them() -> None:
    spec = by_hand("monolith", "reviews")
    turned = {name: spec.contexts[name] for name in reversed(spec.contexts)}
    tree = find_template("monolith").render(spec.model_copy(update={"contexts": turned})).tree
    composition = tree["src/app/composition.py"].content.decode()
    wired = re.findall(r"^    (\w+) = (?:wire_\w+|bearer)\(", composition, re.MULTILINE)
    assert wired == ["identity", "authenticate", "reviews", "notifications", "catalog", "orders"]


def test_a_monolith_knows_one_by_hand() -> None:
    tree = find_template("monolith").render(by_hand("monolith", "price_lists")).tree
    files = {path: file.content.decode() for path, file in tree.items()}
    composition = files["src/app/composition.py"]
    assert "from price_lists.wiring import wire as wire_price_lists\n" in composition
    wired = "    price_lists = wire_price_lists(foundation, settings, authenticate)\n"
    assert wired in composition
    assert "        price_lists.part,\n" in composition
    assert "from price_lists.adapters.settings import PriceListsSettings\n" in composition
    assert '"price_lists"' in files["src/app/__init__.py"]
    assert len(lines_with("price_lists", files["pyproject.toml"])) == 5


@pytest.mark.parametrize("pattern", ["microservices", "event-driven"])
def test_services_know_one_by_hand_and_have_the_process_around_it(pattern: str) -> None:
    tree = find_template(pattern).render(by_hand(pattern, "price_lists")).tree
    files = {path: file.content.decode() for path, file in tree.items()}
    service = "services/price_lists"
    process = f"{service}/src/price_lists_service"
    assert {path for path in files if path.startswith(f"{service}/")} == {
        *(f"{service}/{name}" for name in ("Dockerfile", "pyproject.toml", "requirements.txt")),
        *(f"{process}/{name}.py" for name in ("__init__", "composition", "server")),
    }
    composition = files[f"{process}/composition.py"]
    assert "from price_lists.wiring import wire\n" in composition
    assert "class Settings(PriceListsSettings, " in composition
    assert '"fastapi>=0.165,<1",' in files[f"{service}/pyproject.toml"]
    assert '"price_lists"' in files["dev/contexts.py"]
    assert lines_with("/v1/", files["gateway/routes.conf"])[-1] == "location /v1/price-lists {"
    assert "      price_lists: {condition: service_healthy}\n" in files["compose.yaml"]
    assert "services/price_lists/**" in files[".github/workflows/ci.yml"]
    assert "/services/price_lists\n" in files[".github/dependabot.yml"]


@pytest.mark.parametrize("pattern", ["monolith", "microservices", "event-driven"])
def test_what_grows_with_the_contexts_is_formatted(
    pattern: str, root: Path, tmp_path: Path
) -> None:
    tree = find_template(pattern, root).render(spec_of(pattern)).tree
    write_tree(tree, tmp_path / "shop")
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--check", "--diff", "--no-cache", "."],
        cwd=tmp_path / "shop",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("pattern", ["monolith", "microservices", "event-driven"])
def test_the_catalog_stands_without_orders(pattern: str) -> None:
    contexts: dict[str, dict[str, str]] = {"identity": {}, "notifications": {}, "catalog": {}}
    spec = {"blueprint": 1, "project": {"name": "shop"}, "pattern": pattern, "contexts": contexts}
    tree = find_template(pattern).render(Spec.model_validate(spec)).tree
    assert [path for path, file in tree.items() if b"orders_v1" in file.content] == []
    documents = {path: file.content for path, file in tree.items() if path.endswith("openapi.json")}
    words = re.compile(rb"orders\.order-|Reservations|StockReserved")
    assert [path for path, content in documents.items() if words.search(content)] == []
