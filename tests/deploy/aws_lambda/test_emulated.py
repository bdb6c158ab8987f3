"""A clinic under Lambda's own runtime emulator: read-only, frozen between calls, one at a time."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.deploy.aws_lambda.instances import FailedError, state_of
from tests.deploy.aws_lambda.stack import Deployed, deployed
from tests.inside import laid
from tests.newcomer import run, set_up
from tests.rendered import render

pytestmark = [
    pytest.mark.project,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root may make sandboxes"),
]
# What tries every operation of the document takes longer than all else.
UNDELIVERED = "SELECT count(*) FROM identity.outbox WHERE delivered_at IS NULL"
NOTIFIED = "SELECT count(*) FROM notifications.recipients"
END_CONNECTIONS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE pid <> pg_backend_pid() AND usename = current_user
"""
ALL_BUT = ("--deselect", "tests/blackbox/test_whole_document.py")


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """Set up and deployed once, without its schedules."""
    folder = tmp_path_factory.mktemp("aws")
    project = render(
        folder / "clinic",
        "--example",
        "clinic",
        "--pattern",
        "monolith",
        "--set",
        "platform.deploy=[aws-lambda]",
        "--set",
        "project.name=shop",
    )
    set_up(project)
    (folder / "run").mkdir()
    with deployed(project, folder / "run", most=3) as it:
        yield it


def login(clinic: Deployed) -> str:
    body = {"email": "admin@example.com", "password": clinic.password}
    status, tokens = clinic.ask("POST", "/v1/auth/login", body)
    assert status == 200, tokens
    return str(tokens["access_token"])


def me(clinic: Deployed, authorization: str | None) -> int:
    return clinic.ask("GET", "/v1/auth/me", authorization=authorization)[0]


def test_its_black_box_suite_passes(clinic: Deployed, capsys: pytest.CaptureFixture[str]) -> None:
    with clinic.stack.scheduled(2):
        done = clinic.blackbox(*ALL_BUT)
    assert done.returncode == 0, done.stdout[-6000:]
    assert "limit 75 s" in done.stdout
    assert clinic.stack.failed == []
    functions = clinic.stack.functions.values()
    cold = {one.name: [round(seconds, 1) for seconds in one.cold] for one in functions}
    with capsys.disabled():
        sys.stdout.write(f"\n{done.stdout.splitlines()[-1]}; cold starts, seconds: {cold}\n")


def test_what_a_request_caused_is_done_before_its_answer(clinic: Deployed) -> None:
    """No schedule runs here, and the instance is frozen as soon as it has answered."""
    before = clinic.rows(NOTIFIED)
    email = f"newcomer-{time.time_ns()}@example.com"
    body = {"email": email, "password": "quite unusual words", "name": "Someone"}
    assert clinic.ask("POST", "/v1/auth/register", body)[0] == 201
    assert clinic.rows(UNDELIVERED) == ["0"]
    assert clinic.rows(NOTIFIED) != before


def test_an_instance_that_was_frozen_goes_on(clinic: Deployed) -> None:
    token = f"Bearer {login(clinic)}"
    assert me(clinic, token) == 200
    web = clinic.stack.of("Web")
    for instance in web.instances:
        assert {state_of(process) for process in instance.frozen} == {"T"}
    # Meanwhile the server has ended its connections, as it does when they are idle for long.
    assert "True" in clinic.rows(END_CONNECTIONS)
    before = len(web.instances)
    assert me(clinic, token) == 200
    assert len(web.instances) == before


def test_the_edge_refuses_what_is_nobodys_token(clinic: Deployed) -> None:
    assert clinic.ask("GET", "/v1/auth/me") == (401, {"message": "Unauthorized"})
    for forged in ("Bearer none", "Bearer a.b.c", "Basic YTpi", f"Bearer {'x' * 5000}"):
        assert me(clinic, forged) == 403, forged
    token = login(clinic)
    begin, _, signature = token.rpartition(".")
    assert me(clinic, f"Bearer {begin}.{signature[:-8]}AAAAAAAA") == 403
    assert me(clinic, f"bearer {token}") == 200


@pytest.mark.parametrize("path", ["/", "/metrics", "/readyz", "/livez", "/internal/v1/x", "/v1/x"])
def test_nobody_outside_reaches_what_operators_look_at(clinic: Deployed, path: str) -> None:
    status, problem = clinic.ask("GET", path)
    assert (status, problem["code"]) == (404, "not_found")


def test_the_schedule_works_and_tells_how_old_messages_are(clinic: Deployed) -> None:
    work = clinic.stack.of("Work")
    assert work.invoke({"source": "aws.events"}) == {"OldestMessage": 0.0, "ParkedMessages": 0}
    written = work.instances[0].written().splitlines()
    line = json.loads(next(it for it in written if '"_aws"' in it))
    assert line["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "shop"
    assert line["Function"] == "shop-test_work"


def test_a_migration_answers_cloudformation(clinic: Deployed) -> None:
    migrate = clinic.stack.of("Migrate")
    assert migrate.invoke({"RequestType": "Delete"}) == {"migrated": True, "reason": "kept"}
    assert migrate.invoke({"RequestType": "Update"})["migrated"] is True
    told: list[dict[str, object]] = []

    class Bucket(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            told.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Bucket) as bucket:
        thread = threading.Thread(target=bucket.handle_request)
        thread.start()
        asked = {"StackId": "s", "RequestId": "r", "LogicalResourceId": "Migrated"}
        url = f"http://127.0.0.1:{bucket.server_port}/"
        migrate.invoke({**asked, "RequestType": "Update", "ResponseURL": url})
        thread.join()
    assert told[0] == {
        **asked,
        "Status": "SUCCESS",
        "Reason": told[0]["Reason"],
        "PhysicalResourceId": "migrations",
    }


def test_lambda_is_told_of_what_fails(clinic: Deployed) -> None:
    with pytest.raises(FailedError, match="errorType"):
        clinic.stack.of("Edge").invoke({"type": "REQUEST", "identitySource": 1})
    # The instance goes on.
    assert clinic.stack.of("Edge").invoke({"type": "REQUEST"}) == {"isAuthorized": False}


def test_its_tests_of_the_kit_pass(clinic: Deployed) -> None:
    project = clinic.stack.project
    with laid(project, "monolith"):
        done = run(project, ".venv/bin/python", "-m", "pytest", "-q", "tests/kit/test_invoked.py")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("line", ["import boto3", "from google.cloud import storage"])
def test_nothing_below_src_may_know_a_provider(clinic: Deployed, line: str) -> None:
    project = clinic.stack.project
    lint = (project / ".venv/bin/lint-imports", "--no-cache")
    planted = project / "src" / "kit" / "clock.py"
    text = planted.read_text()
    assert subprocess.run(lint, cwd=project, check=False, capture_output=True).returncode == 0
    planted.write_text(f"{text}\n{line}\n")
    try:
        said = subprocess.run(lint, cwd=project, check=False, capture_output=True, text=True)
    finally:
        planted.write_text(text)
    assert said.returncode == 1
    assert "Nothing here knows whose cloud it runs on BROKEN" in said.stdout
