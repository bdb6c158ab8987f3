"""What is rendered for AWS Lambda, judged by SAM, cfn-lint and API Gateway's own rules."""

import json
import os
import re
import subprocess
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from blueprint_cli.__main__ import main
from blueprint_cli.deployment.openapi import operations_of
from blueprint_cli.templates.limits import resources_of
from tests.deploy.aws_lambda.stack import Loader
from tests.rendered import render

ROOT = Path(__file__).parents[3]
CHECKERS, SAM = ROOT / ".venv-checkers" / "bin", ROOT / ".venv-sam" / "bin"
CLINIC = ROOT / "tests" / "domain" / "examples" / "clinic.yaml"
PATTERNS = ("monolith", "microservices", "event-driven")
TARGET = ("--set", "platform.deploy=[aws-lambda]")
PLACE = Path("deploy") / "aws-lambda"
# How many resources SAM's own library makes of templates, whose code lies anywhere.
TRANSFORMED = """
import json, sys
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

class Policies:
    def load(self):
        return {}

def made(text):
    template = yaml_parse(text)
    for one in template["Resources"].values():
        held = one.get("Properties", {})
        if held.get("PackageType") == "Image":
            held.setdefault("ImageUri", "1.dkr.ecr.eu-central-1.amazonaws.com/a:b")
        held.update({key: "s3://a/b" for key in ("CodeUri", "DefinitionUri") if key in held})
    return len(transform(template, {}, Policies())["Resources"])

print(json.dumps([made(text) for text in json.load(sys.stdin)]))
"""
needs_sam = pytest.mark.skipif(not SAM.exists(), reason="SAM is not installed: make sam")


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The shop in each pattern, and the clinic in each."""
    folder = tmp_path_factory.mktemp("aws")
    about = {"shop": ("--example", "shop"), "clinic": ("--answers", str(CLINIC))}
    return {
        f"{name} {pattern}": render(
            folder / f"{name}-{pattern}", *arguments, "--pattern", pattern, *TARGET
        )
        for name, arguments in about.items()
        for pattern in PATTERNS
    }


def template(project: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load((project / PLACE / "template.yaml").read_text(), Loader)  # noqa: S506 - a SafeLoader
    return loaded


def document(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(path.read_text())
    return loaded


def judged(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, check=False, capture_output=True, text=True)


@needs_sam
def test_sam_makes_as_many_resources_of_a_template_as_are_counted(
    projects: dict[str, Path],
) -> None:
    texts = [(project / PLACE / "template.yaml").read_text() for project in projects.values()]
    done = subprocess.run(
        [SAM / "python", "-c", TRANSFORMED],
        input=json.dumps(texts),
        env={"PATH": os.environ["PATH"], "AWS_DEFAULT_REGION": "eu-central-1"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [resources_of(text) for text in texts]


@needs_sam
def test_cfn_lint_finds_nothing(projects: dict[str, Path], tmp_path: Path) -> None:
    templates = [project / PLACE / "template.yaml" for project in projects.values()]
    done = judged(SAM / "cfn-lint", *templates)
    assert done.returncode == 0, done.stdout
    broken = tmp_path / "template.yaml"
    broken.write_text(templates[0].read_text().replace("AWS::SNS::Topic", "AWS::SNS::Tropic", 1))
    assert "AWS::SNS::Tropic" in judged(SAM / "cfn-lint", broken).stdout


@needs_sam
@pytest.mark.parametrize("pattern", PATTERNS)
def test_sam_takes_the_template(projects: dict[str, Path], pattern: str) -> None:
    given = projects[f"shop {pattern}"] / PLACE / "template.yaml"
    sam = (SAM / "sam", "validate", "--region", "eu-west-1", "--template")
    done = judged(*sam, given)
    assert done.returncode == 0, done.stdout + done.stderr
    given.with_name("broken.yaml").write_text(
        given.read_text().replace("Type: Schedule", "Type: Sun")
    )
    assert judged(*sam, given.with_name("broken.yaml")).returncode != 0


def test_the_api_says_what_the_project_says(projects: dict[str, Path]) -> None:
    """Paths, methods, parameters, codes and who needs a token; what is lost is listed."""
    for name, project in projects.items():
        # A monolith answers what its contexts' services do together.
        whole = name.replace("monolith", "microservices")
        own = operations_of(document(projects[whole] / "gateway" / "openapi.json"))
        imported = operations_of(document(project / PLACE / "api.json"))
        readme = " ".join((project / PLACE / "README.md").read_text().split())
        for key, operation in own.items():
            expected = operation
            if not operation.secured and operation.schemes:
                assert f"{' '.join(key)}: nobody looks at a token" in readme
                expected = replace(operation, schemes=frozenset())
            assert imported[key] == expected, (name, key)
        assert imported.keys() == own.keys()
        assert "http bearer is a header, for an authoriser" in readme


def test_who_may_read_is_asked_for_no_token(projects: dict[str, Path]) -> None:
    paths = document(projects["clinic monolith"] / PLACE / "api.json")["paths"]
    assert "security" not in paths["/v1/clinic/doctors"]["get"]
    assert paths["/v1/clinic/doctors"]["post"]["security"] == [{"bearer": []}]


@pytest.mark.skipif(
    not (CHECKERS / "openapi-spec-validator").exists(),
    reason="openapi-spec-validator is not installed: make checkers",
)
def test_the_api_is_openapi_3_0(projects: dict[str, Path]) -> None:
    # In the shop's own document a patch has defaults that its schema rejects.
    documents = [projects[f"clinic {pattern}"] / PLACE / "api.json" for pattern in PATTERNS]
    documents.append(projects["shop microservices"] / PLACE / "internal.json")
    done = judged(CHECKERS / "openapi-spec-validator", "--schema", "3.0", *documents)
    assert done.returncode == 0, done.stdout


@pytest.mark.skipif(
    not (CHECKERS / "hadolint").exists(), reason="hadolint is not installed: make checkers"
)
def test_the_layer_is_a_dockerfile(projects: dict[str, Path]) -> None:
    for pattern in PATTERNS:
        done = judged(CHECKERS / "hadolint", projects[f"shop {pattern}"] / PLACE / "Dockerfile")
        assert done.returncode == 0, done.stdout


def test_every_function_that_is_called_is_there_and_may_be(projects: dict[str, Path]) -> None:
    for project in projects.values():
        resources = template(project)["Resources"]
        functions = {
            resource["Properties"]["FunctionName"]["Fn::Sub"]: name
            for name, resource in resources.items()
            if resource["Type"] == "AWS::Serverless::Function"
        }
        permitted = {
            (resource["Properties"]["FunctionName"]["Ref"], api)
            for resource in resources.values()
            if resource["Type"] == "AWS::Lambda::Permission"
            for api in re.findall(r"\$\{(Api|Internal)\}", str(resource["Properties"]["SourceArn"]))
        }
        for api, file in (("Api", "api.json"), ("Internal", "internal.json")):
            if not (project / PLACE / file).exists():
                continue
            named = re.findall(r":function:([^/]+)/", (project / PLACE / file).read_text())
            assert {(functions[name], api) for name in named} <= permitted


def test_nobody_else_may_send_to_a_queue(projects: dict[str, Path]) -> None:
    """A service's principal alone is that of every account's rules."""
    for project in projects.values():
        policies = [
            resource["Properties"]["PolicyDocument"]["Statement"]
            for resource in template(project)["Resources"].values()
            if resource["Type"] == "AWS::SQS::QueuePolicy"
        ]
        assert policies
        for (statement,) in policies:
            account = {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
            assert statement["Condition"] == {"StringEquals": account}


def test_events_come_to_all_who_read_them(projects: dict[str, Path]) -> None:
    project = projects["shop event-driven"]
    asyncapi = document(project / "docs" / "asyncapi.json")
    reads = {
        (name.partition("-")[0], operation["channel"]["$ref"].rpartition("/")[2])
        for name, operation in asyncapi["operations"].items()
        if operation["action"] == "receive"
    }
    triggers = {
        tuple(event["Properties"]["ConsumerGroupId"]["Fn::Sub"].split(".", 2)[1:])
        for resource in template(project)["Resources"].values()
        for event in resource.get("Properties", {}).get("Events", {}).values()
        if event["Type"] == "MSK"
    }
    assert triggers
    assert triggers == {(name, topic) for name, topic in reads if not topic.endswith("letters")}


def test_a_trigger_may_read_what_it_logs_in_with(projects: dict[str, Path]) -> None:
    """SAM gives a function the cluster that it reads, and not the secret with its password."""
    triggered = [
        resource["Properties"]
        for resource in template(projects["shop event-driven"])["Resources"].values()
        if "Topic1" in resource.get("Properties", {}).get("Events", {})
    ]
    assert triggered
    for function in triggered:
        (trigger, *_) = function["Events"].values()
        (login,) = trigger["Properties"]["SourceAccessConfigurations"]
        (policy,) = function["Policies"]
        read, decrypt = policy["Statement"]
        assert read["Resource"] == login["URI"]
        assert "secretsmanager:GetSecretValue" in read["Action"]
        assert (decrypt["Action"], decrypt["Resource"]) == (
            "kms:Decrypt",
            {"Ref": "ClusterSecretKey"},
        )


def test_what_migrates_has_the_databases_secrets_alone(projects: dict[str, Path]) -> None:
    for project in projects.values():
        migrating = [
            resource["Properties"]["Environment"]["Variables"]
            for name, resource in template(project)["Resources"].items()
            if name.endswith("Migrate")
        ]
        assert migrating
        for variables in migrating:
            secrets = {name for name, value in variables.items() if "{{resolve" in str(value)}
            assert secrets == {"DATABASE_URL", "MIGRATION_DATABASE_URL"}


def test_names_are_short_enough_for_aws(tmp_path: Path) -> None:
    project = "a" * 22
    answers = tmp_path / "answers.yaml"
    context = "b" * (44 - len(project))
    answers.write_text(f"blueprint: 1\ncontexts: {{identity: {{}}, {context}: {{by: hand}}}}\n")
    rendered = tmp_path / "it"
    given = ("--answers", str(answers), "--pattern", "event-driven", *TARGET)
    assert main(["new", project, "--no-git", "--output", str(rendered), *given]) == 0
    for resource in template(rendered)["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            name = resource["Properties"]["FunctionName"]["Fn::Sub"]
            assert len(name.replace("${Stage}", "s" * 10)) <= 64


def test_each_package_may_import_no_providers(projects: dict[str, Path]) -> None:
    for project in projects.values():
        tools = tomllib.loads((project / "pyproject.toml").read_text())["tool"]["importlinter"]
        (contract,) = (one for one in tools["contracts"] if one["id"] == "providers")
        assert contract["source_modules"].sort() == tools["root_packages"].sort()
        assert {"boto3", "botocore", "google", "azure"} <= set(contract["forbidden_modules"])
