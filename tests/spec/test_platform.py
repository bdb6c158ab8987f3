from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from blueprint_cli.errors import Problem, SpecInvalid
from blueprint_cli.spec.document import parse_document
from blueprint_cli.spec.reading import validate
from blueprint_cli.spec.writing import default_text

if TYPE_CHECKING:
    from blueprint_cli.spec.model import Spec

TEXT = "blueprint: 1\nproject: {{name: {name}}}\npattern: monolith\nplatform: {platform}\n{more}"


CATALOG = "contexts: {identity: {}, catalog: {}}\n"
CLINIC = """\
contexts:
  identity: {{}}
  clinic:
    entities:
      Room:
        fields: {{name: text(1..20)}}
        states: [open, closed]
        commands:
          close: {{from: open, to: closed, by: admin}}
        access: {{read: {read}}}
"""


def read(platform: str, name: str = "shop", more: str = "") -> Spec:
    text = TEXT.format(name=name, platform=platform, more=more)
    document = parse_document(text, "blueprint.yaml")
    return validate(document.data, document)


def problems(platform: str, name: str = "shop", more: str = "") -> list[Problem]:
    with pytest.raises(SpecInvalid) as refused:
        read(platform, name, more)
    return list(refused.value.problems)


def test_targets_are_a_list_and_none_by_default() -> None:
    assert read("{deploy: [kubernetes, aws-lambda]}").platform.deploy == [
        "kubernetes",
        "aws-lambda",
    ]
    assert read("{}").platform.deploy == []


def test_a_file_says_what_is_no_default_and_reads_the_same_again() -> None:
    spec = read("{deploy: [helm], database: {cluster: patroni}, cdn: varnish}", more=CATALOG)
    text = default_text(spec)
    assert "  deploy: [helm]\n  database: {cluster: patroni}\n  cdn: varnish\n" in text
    document = parse_document(text, "blueprint.yaml")
    assert validate(document.data, document).platform == spec.platform
    assert "  deploy:" not in default_text(read("{}"))


@pytest.mark.parametrize(
    ("platform", "name", "more", "line", "said"),
    [
        ("{deploy: [kubernets]}", "shop", "", 4, "kubernets"),
        ("{deploy: kubernetes}", "shop", "", 4, "kubernetes"),
        ("{deploy: [helm, helm]}", "shop", "", 4, "twice"),
        ("{deploy: [kubernetes, helm]}", "shop", "", 4, "the same cluster"),
        ("{mysql: galera}", "shop", "", 4, "no context keeps its rows in MySQL"),
        ("{deploy: [kubernetes]}", "a" * 41, "", 2, "leaves 40"),
        ("{deploy: [google-functions]}", "a" * 27, "", 2, "leaves 26"),
        (
            "{deploy: [google-functions]}",
            "a" * 20,
            f"contexts:\n  identity: {{}}\n  {'b' * 20}: {{by: hand}}\n",
            7,
            "40 characters together, google-functions leaves 39",
        ),
        (
            "{deploy: [azure-functions]}",
            "shop",
            f"contexts:\n  identity: {{}}\n  {'b' * 33}: {{by: hand}}\n",
            7,
            "leaves 32",
        ),
        (
            "{deploy: [kubernetes]}",
            "shop",
            "contexts:\n  identity: {}\n  signing_keys: {by: hand}\n",
            7,
            "beside the contexts there",
        ),
        (
            "{deploy: [helm]}",
            "shop",
            "contexts:\n  identity: {}\n  tram: {by: hand}\n  tram_relay: {by: hand}\n",
            8,
            "what tram has there",
        ),
        *(
            (platform, "shop", f"contexts:\n  identity: {{}}\n  {name}: {{by: hand}}\n", 7, said)
            for platform, name, said in (
                ("{deploy: [kubernetes]}", "database_identity", "what identity has there"),
                ("{deploy: [helm]}", "kafka_identity", "what identity has there"),
                ("{deploy: [kubernetes]}", "postgres_backup", "beside the contexts there"),
                # Every namespace has an account of that name.
                ("{deploy: [helm]}", "default", "beside the contexts there"),
            )
        ),
        (
            "{deploy: [kubernetes], mysql: galera}",
            "shop",
            (
                "contexts:\n  identity: {}\n"
                "  stock: {store: mysql, entities: {T: {fields: {a: int}}}}\n"
            ),
            4,
            "kubernetes brings no galera",
        ),
        ("{database: {cluster: patron}}", "shop", "", 4, "patron"),
        (
            "{deploy: [aws-lambda], database: {cluster: patroni}}",
            "shop",
            "",
            4,
            "aws-lambda has a database of its provider's, and patroni none",
        ),
        (
            "{deploy: [kubernetes, google-functions], database: {pooler: pgbouncer}}",
            "shop",
            "",
            4,
            "google-functions has a database of its provider's, and pgbouncer none",
        ),
        ("{cdn: akamai}", "shop", "", 4, "akamai"),
        ("{cdn: varnish}", "shop", "", 4, "nothing to keep"),
        ("{cdn: varnish}", "shop", CLINIC.format(read="user"), 4, "nothing to keep"),
        ("{cdn: varnish}", "shop", CLINIC.format(read="anyone"), 13, "close emits nothing"),
        ("{}", "shop", "contexts: {identity: {store: mysql}}\n", 5, "store"),
    ],
)
def test_what_does_not_go_together_is_said_with_its_line(
    platform: str, name: str, more: str, line: int, said: str
) -> None:
    found = problems(platform, name, more)
    assert [one.line for one in found] == [line]
    assert said in found[0].message
    assert found[0].allowed


@pytest.mark.parametrize(
    ("platform", "name"),
    [
        ("{cdn: varnish}", "edge"),
        ("{cdn: varnish, deploy: [helm]}", "edges"),
        ("{database: {cluster: patroni}}", "backup"),
        ("{database: {pooler: pgbouncer}}", "pgbouncer"),
        ("{deploy: [aws-lambda]}", "edge"),
        ("{deploy: [aws-lambda]}", "catalog_is"),
        ("{}", "stock: {store: mysql, entities: {T: {fields: {a: int}}}}, mysql"),
        # CloudFormation allows no _, and Store1 is both.
        ("{deploy: [aws-lambda]}", "store1: {by: hand}, store_1"),
    ],
)
def test_a_service_is_not_called_as_what_runs_beside_it(platform: str, name: str) -> None:
    more = CATALOG.replace("}}", f"}}, {name}: {{by: hand}}}}")
    text = TEXT.format(name="shop", platform=platform, more=more)

    def chosen(pattern: str) -> Spec:
        document = parse_document(text.replace("monolith", pattern), "blueprint.yaml")
        return validate(document.data, document)

    with pytest.raises(SpecInvalid) as refused:
        chosen("microservices")
    (found,) = refused.value.problems
    name = name.rpartition(" ")[2]
    assert f"would give {name} the name of" in found.message
    # Contexts of one process have no name there, but in a cluster what is beside them has.
    if "helm" not in platform:
        assert name in chosen("monolith").contexts


def test_a_name_may_be_too_short_where_a_context_has_an_account() -> None:
    more = "contexts: {identity: {}, a: {by: hand}}\n"
    text = TEXT.format(name="shop", platform="{deploy: [google-functions]}", more=more)
    document = parse_document(text.replace("monolith", "event-driven"), "blueprint.yaml")
    with pytest.raises(SpecInvalid) as refused:
        validate(document.data, document)
    (found,) = refused.value.problems
    assert (found.line, found.allowed) == (5, "at least 2 characters")
    assert "a" in read("{deploy: [google-functions]}", more=more).contexts


def test_a_target_without_a_list_is_told_which_there_are() -> None:
    (found,) = problems("{deploy: kubernetes}")
    assert found.allowed.startswith("a list of kubernetes, helm, aws-lambda")


def test_what_a_cluster_would_mix_up_may_stand_elsewhere() -> None:
    more = "contexts:\n  identity: {}\n  tram: {by: hand}\n  tram_relay: {by: hand}\n"
    assert "tram_relay" in read("{deploy: [aws-lambda]}", more=more).contexts


@pytest.mark.parametrize(
    "more",
    [
        CATALOG,
        CLINIC.format(read="anyone").replace("by: admin", "by: admin, emits: RoomClosed"),
    ],
)
def test_an_edge_goes_with_what_anyone_may_read(more: str) -> None:
    assert read("{cdn: varnish}", more=more).platform.cdn == "varnish"
