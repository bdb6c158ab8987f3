"""A rendered template.yaml deployed on this machine: its functions, APIs, secrets and schedules."""

import base64
import contextlib
import http.client
import json
import re
import secrets
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from tests.deploy.aws_lambda.api import Api
from tests.deploy.aws_lambda.instances import FailedError, Function, Image, image_of
from tests.newcomer import environment, run

STAGE = "test"
PARAMETERS = {
    "Stage": STAGE,
    "Release": "1",
    "MailFrom": "shop@example.com",
    "CorsOrigins": "https://shop.example",
    "SettleSeconds": "5",
    "Brokers": "127.0.0.1:1",
}
# What AWS has and this machine has not: TLS to the database, somebody who takes e-mail.
HERE = {
    "PLAINTEXT_ALLOWED": "postgres,kafka",
    "SMTP_URL": "",
    "MAILBOX_DIRECTORY": "/tmp/mailbox",  # noqa: S108 - of an instance
}
# The broker for development, which production refuses.
EMBEDDED = {
    "ENVIRONMENT": "test",
    "KAFKA_SECURITY_PROTOCOL": "PLAINTEXT",
    "KAFKA_REPLICATION_FACTOR": "1",
    "KAFKA_MIN_INSYNC_REPLICAS": "1",
}
# In the project's environment: databases with their two roles each, until its input ends.
DATABASES = """
import json, sys
from pathlib import Path
from dev.database import make
from dev.postgres import EmbeddedPostgres
with EmbeddedPostgres(Path(sys.argv[1]), durable=False) as server:
    made = {name: make(server.url, name, role=name) for name in sys.argv[2:]}
    print(json.dumps({name: [it.rows, it.owner] for name, it in made.items()}), flush=True)
    sys.stdin.read()
"""
SERVICE_KEYS = """
import json, sys
from kit.service_tokens import new_key_pair
print(json.dumps({name: new_key_pair() for name in sys.argv[1:]}))
"""
# In the project's environment: what Lambda does with a topic for a function, a line for each batch;
# offsets are committed once the function has answered. As MSK's event has it, bytes have a sign.
TRIGGER = """
import json, sys
from base64 import b64encode
from confluent_kafka import Consumer, TopicPartition
brokers, group, topic, batch = sys.argv[1:]
consumer = Consumer({
    "bootstrap.servers": brokers, "group.id": group, "group.protocol": "consumer",
    "enable.auto.commit": False, "auto.offset.reset": "earliest",
})
consumer.subscribe([topic])
signed = lambda value: [byte - 256 if byte > 127 else byte for byte in value]
print(json.dumps(None), flush=True)
while True:
    first = consumer.poll(0.1)
    if first is None or first.error():
        continue
    taken = [first, *(it for it in consumer.consume(int(batch) - 1, 0) if not it.error())]
    records = {}
    for it in taken:
        records.setdefault(f"{topic}-{it.partition()}", []).append({
            "topic": topic, "partition": it.partition(), "offset": it.offset(),
            "timestamp": it.timestamp()[1], "timestampType": "CREATE_TIME",
            "key": b64encode(it.key() or b"").decode(),
            "value": b64encode(it.value() or b"").decode(),
            "headers": [{name: signed(value)} for name, value in it.headers() or ()],
        })
    print(json.dumps({"eventSource": "aws:kafka", "records": records}), flush=True)
    if not sys.stdin.readline():
        break
    ends = {(it.topic(), it.partition()): it.offset() + 1 for it in taken}
    offsets = [TopicPartition(*place, end) for place, end in ends.items()]
    consumer.commit(offsets=offsets, asynchronous=False)
"""
BROKER = """
import json, sys
from dev.kafka import EmbeddedKafka
from dev.brokers import topics
broker = EmbeddedKafka()
broker.create(topics(3))
print(json.dumps(broker.bootstrap_servers), flush=True)
sys.stdin.read()
"""
ROWS = """
import json, sys
import psycopg
with psycopg.connect(sys.argv[1], autocommit=True) as connection:
    print(json.dumps([str(row[0]) for row in connection.execute(sys.argv[2])]))
"""
GIVE_ROLES = """
import json, sys
from identity.commands import main
from identity.domain.user import Role
roles = {*Role} - {Role.USER}
if any(main(["admin", f"{role}@example.com", "--role", role]) for role in roles):
    sys.exit(1)
print(json.dumps(sorted(roles)))
"""


class Loader(yaml.SafeLoader):
    """CloudFormation's short forms as the long ones."""


def _short(loader: Loader, tag: str, node: yaml.Node) -> dict[str, Any]:
    name = tag if tag == "Ref" else f"Fn::{tag}"
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
        return {name: value.split(".") if tag == "GetAtt" else value}
    return {name: loader.construct_sequence(node, deep=True)}  # type: ignore[arg-type]


Loader.add_multi_constructor("!", _short)


@dataclass
class Stack:
    """What a template makes. `secrets` are by their names, each with its values by key."""

    project: Path
    folder: Path
    secrets: Mapping[str, Mapping[str, str]]
    parameters: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, str] = field(default_factory=dict)
    most: int = 8
    functions: dict[str, Function] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.deploy = self.project / "deploy" / "aws-lambda"
        self.template = yaml.load((self.deploy / "template.yaml").read_text(), Loader)  # noqa: S506
        self.parameters = {**PARAMETERS, **self.parameters}
        self.resources: dict[str, Any] = self.template["Resources"]
        self._images: dict[str, Image] = {}
        self.apis = {
            name: Api(self._document(resource), self.invoke, STAGE)
            for name, resource in self.resources.items()
            if resource["Type"] == "AWS::Serverless::HttpApi"
        }
        for name, resource in self.resources.items():
            if resource["Type"] == "AWS::Serverless::Function":
                function = self._function(name, resource)
                self.functions[function.name] = function
        self._stopping = threading.Event()

    @property
    def url(self) -> str:
        """Of the public API."""
        return self.apis["Api"].url

    def of(self, resource: str) -> Function:
        """The function of a resource."""
        return self.functions[self.resolved(self.resources[resource]["Properties"]["FunctionName"])]

    def invoke(self, name: str, event: Mapping[str, Any]) -> dict[str, Any]:
        """What a function answers, by its name."""
        return self.functions[name].invoke(event)

    def migrate(self) -> None:
        """As CloudFormation does before what depends on it."""
        for name, resource in self.resources.items():
            if resource["Type"] == "Custom::Migration":
                migrate = resource["Properties"]["ServiceToken"]["Fn::GetAtt"][0]
                answer = self.of(migrate).invoke(
                    {"RequestType": "Create", "LogicalResourceId": name}
                )
                assert answer["migrated"], answer

    def work(self) -> None:
        """One turn of every schedule."""
        for name, resource in self.resources.items():
            events = resource["Properties"].get("Events", {})
            if any(event["Type"] == "Schedule" for event in events.values()):
                self.of(name).invoke({"source": "aws.events", "detail-type": "Scheduled Event"})

    @contextlib.contextmanager
    def scheduled(self, seconds: float) -> Iterator[None]:
        """Every schedule, each so many seconds."""

        def turn() -> None:
            while not self._stopping.wait(seconds):
                try:
                    self.work()
                except FailedError as error:
                    self.failed.append(str(error))

        thread = threading.Thread(target=turn)
        thread.start()
        try:
            yield
        finally:
            self._stopping.set()
            thread.join()
            self._stopping.clear()

    @contextlib.contextmanager
    def triggered(self) -> Iterator[None]:
        """Every trigger on a topic: Lambda polls, and a batch that failed comes again."""
        helpers = [
            self._trigger(self.of(name), event["Properties"])
            for name, resource in self.resources.items()
            for event in resource["Properties"].get("Events", {}).values()
            if event["Type"] == "MSK"
        ]
        threads = [threading.Thread(target=poll) for _, poll in helpers]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            for process, _ in helpers:
                process.kill()
            for thread in threads:
                thread.join()
            for process, _ in helpers:
                process.communicate()

    def _trigger(
        self, function: Function, event: Mapping[str, Any]
    ) -> tuple[subprocess.Popen[str], Callable[[], None]]:
        (topic,) = event["Topics"]
        group, batch = self.resolved(event["ConsumerGroupId"]), str(event["BatchSize"])
        process = subprocess.Popen(
            [
                self.project / ".venv/bin/python",
                "-c",
                TRIGGER,
                self.parameters["Brokers"],
                group,
                topic,
                batch,
            ],
            cwd=self.project,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

        def poll() -> None:
            assert process.stdout is not None
            assert process.stdin is not None
            for line in process.stdout:
                if (records := json.loads(line)) is None:
                    continue
                while process.poll() is None:
                    try:
                        function.invoke(records)
                    except FailedError as error:
                        self.failed.append(str(error))
                        time.sleep(0.5)
                    else:
                        break
                with contextlib.suppress(BrokenPipeError, ValueError):
                    process.stdin.write("taken\n")
                    process.stdin.flush()

        return process, poll

    def stop(self) -> None:
        """End all of it."""
        for api in self.apis.values():
            api.stop()
        for function in self.functions.values():
            function.stop()

    def resolved(self, value: object) -> str:
        """A value as CloudFormation makes it, with what stands for AWS here in its place."""
        if isinstance(value, Mapping):
            if "Ref" in value:
                return self.parameters[value["Ref"]]
            text = re.sub(
                r"\$\{(\w+)\}", lambda it: self.parameters.get(it[1], it[0]), value["Fn::Sub"]
            )
            text = re.sub(
                r"https://\$\{(\w+)\}\.execute-api\.\$\{AWS::Region\}\.\$\{AWS::URLSuffix\}",
                lambda it: self.apis[it[1]].url,
                text,
            )
            text = re.sub(
                r"\{\{resolve:secretsmanager:([^:]+):SecretString:([^:}]+)\}\}",
                lambda it: self.secrets[it[1]][it[2]],
                text,
            )
            assert "${" not in text.replace("{group}", ""), text
            return text
        return str(value)

    def _document(self, resource: Mapping[str, Any]) -> dict[str, Any]:
        include = resource["Properties"]["DefinitionBody"]["Fn::Transform"]
        assert include["Name"] == "AWS::Include"
        document = self.deploy / include["Parameters"]["Location"]
        return dict(json.loads(document.read_text()))

    def _function(self, resource: str, described: Mapping[str, Any]) -> Function:
        properties, metadata = described["Properties"], described["Metadata"]
        shared = self.template["Globals"]["Function"]["Environment"]["Variables"]
        own = properties.get("Environment", {}).get("Variables", {})
        variables = {name: self.resolved(it) for name, it in {**shared, **own}.items()}
        image = metadata["DockerBuildArgs"]["IMAGE"].partition(":")[0]
        size = sum(len(name) + len(it) for name, it in variables.items())
        assert size < 4096, f"{resource}: Lambda takes 4 KB of variables"
        return Function(
            name=self.resolved(properties["FunctionName"]),
            image=self._image(image),
            command=[self.resolved(part) for part in properties["ImageConfig"]["Command"]],
            environment={
                **variables,
                **{n: it for n, it in HERE.items() if "SMTP_URL" in variables or n != "SMTP_URL"},
                **self.more,
            },
            web=metadata["DockerBuildTarget"] == "web",
            folder=self.folder,
            most=int(properties["ReservedConcurrentExecutions"])
            if str(properties.get("ReservedConcurrentExecutions", "")).isdigit()
            else self.most,
        )

    def _image(self, name: str) -> Image:
        if name not in self._images:
            dockerfile = self.project / "Dockerfile"
            if not dockerfile.exists():
                context = next(
                    path.parent
                    for path in self.project.glob("services/*/Dockerfile")
                    if name.endswith(f"-{path.parent.name}")
                )
                dockerfile = context / "Dockerfile"
            self._images[name] = image_of(
                self.project, dockerfile, self.deploy / "Dockerfile", self.folder / "images" / name
            )
        return self._images[name]


def _output(project: Path, code: str, *arguments: str) -> Any:  # noqa: ANN401 - JSON
    done = run(project, ".venv/bin/python", "-c", code, *arguments)
    assert done.returncode == 0, done.stdout
    return json.loads(done.stdout.splitlines()[-1])


@dataclass(frozen=True)
class Deployed:
    """A stack that answers, with its administrator."""

    stack: Stack
    database_urls: Mapping[str, str]
    roles: Sequence[str]
    password: str

    def rows(self, statement: str) -> list[str]:
        """The first column of what a statement finds in the only database."""
        (url,) = self.database_urls.values()
        return [str(it) for it in _output(self.stack.project, ROWS, url, statement)]

    def ask(
        self, method: str, path: str, body: object = None, authorization: str | None = None
    ) -> tuple[int, dict[str, Any]]:
        """Status and JSON of an answer of the API."""
        place = urlsplit(self.stack.url).netloc
        connection = http.client.HTTPConnection(place, timeout=90)
        headers = {} if authorization is None else {"Authorization": authorization}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            content = None if body is None else json.dumps(body)
            connection.request(method, path, content, headers)
            answer = connection.getresponse()
            return answer.status, dict(json.loads(answer.read() or "{}"))
        finally:
            connection.close()

    def blackbox(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The project's black-box suite against it, with what the edge answers otherwise."""
        return run(
            self.stack.project,
            ".venv/bin/python",
            "-m",
            "pytest",
            "-q",
            "-p",
            "edge_answers",
            "tests/blackbox",
            *arguments,
            "-p",
            "no:cacheprovider",
            "-n0",
            PYTHONPATH=str(self.stack.deploy / "tests"),
            BASE_URL=self.stack.url,
            **{f"{role.upper()}_EMAIL": f"{role}@example.com" for role in self.roles},
            **{f"{role.upper()}_PASSWORD": self.password for role in self.roles},
        )


@contextlib.contextmanager
def deployed(project: Path, folder: Path, most: int = 8) -> Iterator[Deployed]:
    """A project that is set up, deployed on this machine as its README says."""
    name, password = "shop", secrets.token_urlsafe(16)
    services = sorted(path.name for path in project.glob("services/*"))
    process = subprocess.Popen(
        [project / ".venv/bin/python", "-c", DATABASES, folder / "pg", *(services or ["app"])],
        cwd=project,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        urls = json.loads(process.stdout.readline())
        keys = folder / "keys"
        identity = urls["identity" if services else "app"][0]
        done = run(
            project,
            ".venv/bin/python",
            "-m",
            "identity.commands",
            "keys",
            "list",
            SIGNING_KEYS_DIRECTORY=str(keys),
            ENVIRONMENT="production",
            DATABASE_URL=identity,
            PLAINTEXT_ALLOWED="postgres",
            IDENTITY_URL="http://none",
        )
        assert done.returncode == 0, done.stdout
        packed = subprocess.run(["tar", "-cz", "-C", keys, "."], check=True, capture_output=True)
        signing = base64.b64encode(packed.stdout).decode()
        pairs = {}
        if (project / "libs/kit/src/kit/service_tokens.py").exists():
            pairs = _output(project, SERVICE_KEYS, *services)
        values = {
            database: {
                "DATABASE_URL": rows,
                "MIGRATION_DATABASE_URL": owner,
                "SIGNING_KEYS": signing,
                "SMTP_URL": "",
                "KAFKA_SASL_USERNAME": "user",
                "KAFKA_SASL_PASSWORD": "password",
                **({"SERVICE_KEY": pairs[database][0]} if pairs else {}),
                **{f"{other.upper()}_PUBLIC_KEYS": public for other, (_, public) in pairs.items()},
            }
            for database, (rows, owner) in urls.items()
        }
        named = {
            f"{name}/{STAGE}" if database == "app" else f"{name}/{STAGE}/{database}": it
            for database, it in values.items()
        }
        with contextlib.ExitStack() as stacked:
            parameters: Mapping[str, str] = {}
            more: Mapping[str, str] = {}
            if (project / "dev" / "kafka.py").exists():
                address = stacked.enter_context(_broker(project))
                parameters, more = {"Brokers": address}, EMBEDDED
            stack = Stack(project, folder, named, parameters, more, most)
            stacked.callback(stack.stop)
            stack.migrate()
            given = run(
                project,
                ".venv/bin/python",
                "-c",
                GIVE_ROLES,
                DATABASE_URL=identity,
                PASSWORD=password,
                SIGNING_KEYS_DIRECTORY=str(keys),
            )
            assert given.returncode == 0, given.stdout
            stacked.enter_context(stack.triggered())
            roles = json.loads(given.stdout.splitlines()[-1])
            addresses = {database: rows for database, (rows, _) in urls.items()}
            yield Deployed(stack, addresses, roles, password)
        assert process.stdin is not None
        process.stdin.close()


@contextlib.contextmanager
def _broker(project: Path) -> Iterator[str]:
    """The address of the project's embedded broker."""
    process = subprocess.Popen(
        [project / ".venv/bin/python", "-c", BROKER],
        cwd=project,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
        assert process.stdin is not None
        process.stdin.close()
