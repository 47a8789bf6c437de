"""The action: of the published form, held to the strictest persona, and its steps executed as a runner would."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.hooks.checkout import HERE, checked, own_checkout
from tests.hooks.runner import Job
from tests.rebase import repositories
from tests.rebase.repositories import START, models

WORKFLOWS = sorted((HERE / ".github" / "workflows").glob("*.yml"))


def tool(name: str, *words: str) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name(name)
    return subprocess.run([program, *words], cwd=HERE, capture_output=True, text=True, check=False)


def test_of_the_published_form() -> None:
    done = tool("check-jsonschema", "--builtin-schema", "vendor.github-actions", "action.yml")
    assert done.returncode == 0, done.stdout
    done = tool("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *map(str, WORKFLOWS))
    assert done.returncode == 0, done.stdout


def test_held_to_the_strictest_persona() -> None:
    done = tool("zizmor", "--offline", "--persona", "auditor", "--no-progress", "action.yml", *map(str, WORKFLOWS))
    assert done.returncode == 0, done.stdout


# The service


@dataclass
class Service:
    """What stands for the comments interface: it keeps comments, checks requests, and fails as it is told."""

    url: str = ""
    comments: list[dict[str, Any]] = field(default_factory=list)
    requests: list[tuple[str, str]] = field(default_factory=list)
    failures: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    readonly: bool = False

    def answer(self, method: str, path: str, headers: Any, body: bytes) -> tuple[int, Any, dict[str, str]]:
        self.requests.append((method, path))
        assert headers["Authorization"] == "Bearer secret-token"
        assert headers["Accept"] == "application/vnd.github+json"
        assert headers["X-GitHub-Api-Version"] and headers["User-Agent"] == "migration_guard"
        if self.failures:
            status, more = self.failures.pop(0)
            return status, {"message": "failure"}, more
        if method == "GET":
            found = re.fullmatch(r"/repos/owner/project/issues/7/comments\?per_page=100&page=(\d+)", path)
            assert found, path
            page = int(found[1])
            return 200, self.comments[100 * (page - 1) : 100 * page], {}
        if self.readonly:
            return 403, {"message": "Resource not accessible by integration"}, {}
        text = json.loads(body)["body"]
        assert len(text) < 65_536 and set(json.loads(body)) == {"body"}
        if method == "POST":
            assert path == "/repos/owner/project/issues/7/comments"
            self.comments.append({"id": len(self.comments) + 1, "body": text})
            return 201, self.comments[-1], {}
        found = re.fullmatch(r"/repos/owner/project/issues/comments/(\d+)", path)
        assert method == "PATCH" and found, path
        self.comments[int(found[1]) - 1]["body"] = text
        return 200, {}, {}


@pytest.fixture
def service() -> Iterator[Service]:
    made = Service()

    class Handler(BaseHTTPRequestHandler):
        def handle_one(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            try:
                status, answer, more = made.answer(self.command, self.path, self.headers, body)
            except AssertionError as error:
                made.requests.append(("WRONG", str(error)))
                status, answer, more = 418, {}, {}
            self.send_response(status)
            for name, value in more.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        do_GET = do_POST = do_PATCH = handle_one

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    made.url = f"http://127.0.0.1:{server.server_port}"
    yield made
    server.shutdown()
    assert not [request for request in made.requests if request[0] == "WRONG"], made.requests


# The repository


def model(name: str, *fields: str) -> str:
    return repositories.model(name, *fields).replace("default=''", "null=True")


def adding(field: str, *dependencies: tuple[str, str]) -> str:
    return repositories.adding("post", field, *dependencies).replace("default=''", "null=True")


@dataclass
class Remote:
    """What the service has: branches, and for a pull request the merge of both sides."""

    root: Path

    def git(self, *words: str) -> str:
        return checked(self.root, "git", *words).strip()

    def commit(self, branch: str, files: dict[str, str]) -> str:
        if branch == "main":
            self.git("checkout", "-q", *([branch] if self.git("branch", "--list", branch) else ["-b", branch]))
        else:
            self.git("checkout", "-q", "-B", branch, "main")
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "change")
        return self.git("rev-parse", "HEAD")

    def pull_request(self) -> None:
        self.git("checkout", "-q", "--detach", "main")
        self.git("merge", "-q", "--no-edit", "feature")
        self.git("update-ref", "refs/pull/7/merge", "HEAD")
        self.git("checkout", "-q", "main")

    def checkout(self, folder: Path, ref: str) -> None:
        """As actions/checkout does: one commit, detached."""
        folder.mkdir(parents=True)
        checked(folder, "git", "init", "-q")
        checked(folder, "git", "remote", "add", "origin", self.root.as_uri())
        checked(folder, "git", "fetch", "-q", "--no-tags", "--depth=1", "origin", f"+{ref}:refs/remotes/pull/7/merge")
        checked(folder, "git", "checkout", "-q", "--detach", "refs/remotes/pull/7/merge")


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    made = Remote(tmp_path / "remote")
    made.root.mkdir()
    made.git("init", "-q", "-b", "main")
    made.commit("main", {**START, "requirements.txt": "Django==5.2\n"})
    return made


OWN = {
    "blog/models.py": models(model("Post", "own")),
    "blog/migrations/0002_post_own.py": adding("own", ("blog", "0001_initial")),
}
THEIRS = {
    "blog/migrations/0002_post_theirs.py": adding("theirs", ("blog", "0001_initial")),
    "blog/more.py": "from django.db import models\n",
}


@pytest.fixture(scope="session")
def installed() -> Path:
    """The environment that the action's own step makes, once."""
    action, revision = own_checkout()
    temp = action.parent / f"installed-{action.name}"
    if not (temp / "done").exists():
        (temp / "migration-guard").mkdir(parents=True, exist_ok=True)
        job = Job(action, action, temp, {}, {"comment": "false"})
        job.run()
        assert (temp / "migration-guard" / "venv" / "bin" / "migration-guard").exists(), job.log
        (temp / "done").write_text(revision)
    return temp


def job(
    installed: Path,
    tmp_path: Path,
    remote: Remote,
    ref: str,
    event: str,
    payload: object,
    service: Service | None = None,
    **inputs: str,
) -> Job:
    action, _ = own_checkout()
    number = len(list(tmp_path.glob("temp*")))
    temp, workspace = tmp_path / f"temp {number}", tmp_path / f"workspace{number}"
    (temp / "migration-guard").mkdir(parents=True)
    (temp / "migration-guard" / "venv").symlink_to(installed / "migration-guard" / "venv")
    remote.checkout(workspace, ref)
    (temp / "event.json").write_text(json.dumps(payload))
    environment = {
        "GITHUB_EVENT_NAME": event,
        "GITHUB_EVENT_PATH": str(temp / "event.json"),
        "GITHUB_REPOSITORY": "owner/project",
        "GITHUB_API_URL": service.url if service else "http://127.0.0.1:9",
        "GITHUB_BASE_REF": "main" if event == "pull_request" else "",
    }
    return Job(action, workspace, temp, environment, {name.replace("_", "-"): value for name, value in inputs.items()})


REQUEST = {"pull_request": {"number": 7, "head": {"repo": {"fork": False}}}}
PULL = "refs/pull/7/merge"


def test_a_pull_request(installed: Path, tmp_path: Path, remote: Remote, service: Service) -> None:
    remote.commit("feature", OWN)
    remote.commit("main", THEIRS)
    remote.pull_request()
    first = job(installed, tmp_path, remote, PULL, "pull_request", REQUEST, service, databases="postgresql mysql")
    status, outputs = first.run()
    assert status == 1, first.log
    assert (outputs["conflicts"], outputs["findings"]) == ("1", "1")
    assert re.search(r"^::error .*file=blog/migrations/0002_post_\w+\.py,line=\d+.*MG102", first.log, re.MULTILINE)
    assert "secret-token" not in first.log and not any(
        "secret-token" in env.values() for name, env in first.seen.items() if name != "Keep the comment up to date"
    )
    assert first.summary.startswith("### ❌ migration_guard: 1 finding")
    for wanted in ("<b>blog.0002&#95;post&#95;own</b> on postgresql", "on mysql", "ADD COLUMN", "```mermaid\ngraph LR"):
        assert wanted in first.summary, first.summary
    sarif = json.loads(Path(outputs["sarif-file"]).read_text())
    assert [result["ruleId"] for result in sarif["runs"][0]["results"] if result["level"] == "error"] == ["MG102"]
    assert "ALTER TABLE" in Path(outputs["sql-file"]).read_text()
    (comment,) = service.comments
    assert comment["body"].startswith("<!-- migration_guard ") and "MG102" in comment["body"]
    assert service.requests[-1] == ("POST", "/repos/owner/project/issues/7/comments")
    # Nothing has changed: nothing is written.
    again = job(installed, tmp_path, remote, PULL, "pull_request", REQUEST, service, databases="postgresql mysql")
    assert again.run()[0] == 1 and "the comment is up to date" in again.log
    assert [method for method, _ in service.requests] == ["GET", "POST", "GET"]
    # The conflict is resolved: the comment is folded, and it stays one.
    own = {"blog/models.py": models(model("Post", "theirs", "own"))}
    own["blog/migrations/0003_post_own.py"] = adding("own", ("blog", "0002_post_theirs"))
    remote.commit("feature", own)
    remote.pull_request()
    clean = job(installed, tmp_path, remote, PULL, "pull_request", REQUEST, service)
    status, outputs = clean.run()
    assert status == 0, clean.log
    assert outputs["findings"] == "0" and "the comment was folded" in clean.log
    (comment,) = service.comments
    assert "<details><summary>✅ migration_guard: No findings</summary>" in comment["body"]


def test_a_base_that_has_moved_on(installed: Path, tmp_path: Path, remote: Remote, service: Service) -> None:
    """The merge that was checked out is older than what is on main by now."""
    remote.commit("feature", OWN)
    remote.pull_request()
    remote.commit("main", THEIRS)
    late = job(installed, tmp_path, remote, PULL, "pull_request", REQUEST, service)
    status, outputs = late.run()
    assert status == 1 and outputs["conflicts"] == "1", late.log
    assert "run: migration-guard rebase blog --onto origin/main" in late.log


def test_a_fork(installed: Path, tmp_path: Path, remote: Remote, service: Service) -> None:
    service.readonly = True
    remote.commit("feature", {"blog/models.py": OWN["blog/models.py"]})
    remote.pull_request()
    fork = job(installed, tmp_path, remote, PULL, "pull_request", REQUEST, service)
    status, outputs = fork.run()
    assert (status, outputs["missing"], outputs["findings"]) == (1, "1", "1")
    assert "::notice title=migration_guard::the comment was left out: the token may not comment here" in fork.log
    assert "blog lacks a migration" in fork.summary and "the comment was left out" in fork.summary
    assert not service.comments


def test_a_service_that_stumbles(installed: Path, tmp_path: Path, remote: Remote, service: Service) -> None:
    service.failures = [(502, {"Retry-After": "0"}), (429, {"Retry-After": "0"}), (403, {"Retry-After": "0"})]
    service.comments = [{"id": number + 1, "body": "x"} for number in range(130)]
    remote.commit("feature", {"blog/models.py": OWN["blog/models.py"]})
    remote.pull_request()
    made = job(installed, tmp_path, remote, PULL, "pull_request", REQUEST, service, fail_on="never")
    assert made.run()[0] == 0, made.log
    assert "the comment was created" in made.log and len(service.comments) == 131
    assert [method for method, _ in service.requests] == ["GET"] * 5 + ["POST"]


def test_a_service_that_is_down(installed: Path, tmp_path: Path, remote: Remote, service: Service) -> None:
    service.failures = [(503, {"Retry-After": "0"})] * 9
    remote.commit("feature", {"blog/models.py": OWN["blog/models.py"]})
    remote.pull_request()
    made = job(installed, tmp_path, remote, PULL, "pull_request", REQUEST, service)
    assert made.run()[0] == 1
    assert "the comment could not be kept up to date: the service answered with status 503" in made.log
    assert len(service.requests) == 4


def test_a_push(installed: Path, tmp_path: Path, remote: Remote, service: Service) -> None:
    before = remote.git("rev-parse", "main")
    remote.commit("main", OWN)
    made = job(installed, tmp_path, remote, "refs/heads/main", "push", {"before": before}, service)
    status, outputs = made.run()
    assert (status, outputs["findings"]) == (0, "0"), made.log
    assert "this run is about no pull request" in made.log and not service.requests
    assert made.summary.startswith("### ✅ migration_guard: No findings")


def test_a_merge_queue(installed: Path, tmp_path: Path, remote: Remote, service: Service) -> None:
    remote.commit("feature", OWN)
    remote.commit("main", THEIRS)
    remote.pull_request()
    group = {"merge_group": {"base_ref": "refs/heads/main", "base_sha": remote.git("rev-parse", "main")}}
    made = job(installed, tmp_path, remote, PULL, "merge_group", group, service)
    status, outputs = made.run()
    assert (status, outputs["conflicts"]) == (1, "1"), made.log
    assert not service.requests


@pytest.mark.parametrize("value", ["$(touch owned)", "; touch owned", "`touch owned`", '"; touch owned; "', "--help"])
def test_inputs_are_data(installed: Path, tmp_path: Path, remote: Remote, value: str) -> None:
    made = job(installed, tmp_path, remote, "refs/heads/main", "push", {}, None, settings=value, base=value)
    status, _ = made.run()
    assert status == 2
    made = job(installed, tmp_path, remote, "refs/heads/main", "push", {}, None, version=value)
    assert made.run()[0] == 2 and "no version number" in made.log
    assert not list(tmp_path.rglob("owned"))


def test_what_cannot_be_fetched_is_an_error(installed: Path, tmp_path: Path, remote: Remote) -> None:
    made = job(installed, tmp_path, remote, "refs/heads/main", "pull_request", REQUEST)
    made.environment = {**made.environment, "GITHUB_BASE_REF": "nowhere"}
    assert made.run()[0] == 2
    assert "(GITHUB_BASE_REF), 'nowhere', is not in this clone" in made.log


def test_the_workspace_is_left_as_it_was(installed: Path, tmp_path: Path, remote: Remote) -> None:
    remote.commit("feature", OWN)
    remote.pull_request()
    made = job(installed, tmp_path, remote, PULL, "pull_request", REQUEST, None, comment="false")
    made.run()
    assert checked(made.workspace, "git", "status", "--porcelain") == ""
    assert "Keep the comment up to date" not in made.ran and os.listdir(made.workspace)
