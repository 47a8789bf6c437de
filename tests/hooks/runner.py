"""A small runner of composite actions: expressions, environment files and shells, as GitHub's runner has them.

In: an action.yml and a context. Out: what each step did. `uses` steps are noted and not run.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.hooks.checkout import run

EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}")


@dataclass
class Job:
    """A job with one step that uses the action."""

    action: Path
    workspace: Path
    temp: Path
    environment: Mapping[str, str]
    inputs: dict[str, str] = field(default_factory=dict)
    token: str = "secret-token"
    log: str = ""
    summary: str = ""
    steps: dict[str, dict[str, str]] = field(default_factory=dict)
    ran: list[str] = field(default_factory=list)
    seen: dict[str, Mapping[str, str]] = field(default_factory=dict)

    def run(self) -> tuple[int, dict[str, str]]:
        """Run all steps; the status of the first that fails (later ones are then skipped), and the outputs."""
        document = yaml.safe_load((self.action / "action.yml").read_text())
        given = {name: str(item.get("default", "")) for name, item in document["inputs"].items()}
        assert self.inputs.keys() <= given.keys()
        self.inputs = {name: self.text(value) for name, value in {**given, **self.inputs}.items()}
        status = 0
        for number, step in enumerate(document["runs"]["steps"]):
            if status or not self.truth(str(step.get("if", "true"))):
                continue
            self.ran.append(step["name"])
            if "run" in step and not self._made_before(step):
                status = self.step(number, step)
        return status, {name: self.text(item["value"]) for name, item in document["outputs"].items()}

    def _made_before(self, step: dict[str, Any]) -> bool:
        """Whether a test lent the environment that the step would make; a version is still looked at."""
        return (
            "pip install" in step["run"]
            and (self.temp / "migration-guard/venv").is_symlink()
            and not self.inputs["version"]
        )

    def step(self, number: int, step: dict[str, Any]) -> int:
        assert step["shell"] == "bash" and not EXPRESSION.search(step["run"]), "nothing given gets into shell text"
        files = {
            name: self.temp / f"{name}-{number}" for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_ENV")
        }
        for file in files.values():
            file.write_text("")
        script = self.temp / f"step-{number}.sh"
        script.write_text(step["run"])
        own = {name: self.text(str(value)) for name, value in step.get("env", {}).items()}
        self.seen[step["name"]] = own
        environment = {
            **self.environment,
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTION_PATH": str(self.action),
            "GITHUB_WORKSPACE": str(self.workspace),
            "RUNNER_TEMP": str(self.temp),
            **{name: str(file) for name, file in files.items()},
            **own,
        }
        folder = self.workspace / self.text(step.get("working-directory", "."))
        shell = shutil.which("bash") or "bash"
        done = run(folder, shell, "--noprofile", "--norc", "-eo", "pipefail", str(script), env=environment)
        self.log += done.stdout + done.stderr
        self.summary += files["GITHUB_STEP_SUMMARY"].read_text()
        assert files["GITHUB_ENV"].read_text() == ""
        lines = files["GITHUB_OUTPUT"].read_text().splitlines()
        self.steps[step.get("id", f"step{number}")] = {
            name: value for name, _, value in (line.partition("=") for line in lines)
        }
        return done.returncode

    # Expressions

    def text(self, value: str) -> str:
        return EXPRESSION.sub(lambda found: str(self.value(found[1].strip())), value)

    def truth(self, condition: str) -> bool:
        inner = EXPRESSION.fullmatch(condition.strip())
        return all(self.comparison(part.strip()) for part in (inner[1] if inner else condition).split("&&"))

    def comparison(self, text: str) -> bool:
        for operator, wanted in (("==", True), ("!=", False)):
            left, found, right = text.partition(operator)
            if found:
                return (self.value(left.strip()) == self.value(right.strip())) is wanted
        return self.value(text) not in ("", "false")

    def value(self, name: str) -> str:
        if name.startswith("'"):
            return name.strip("'")
        if name in ("true", "false"):
            return name
        match name.split("."):
            case ["inputs", key]:
                return self.inputs[key]
            case ["steps", step, "outputs", key]:
                return self.steps.get(step, {}).get(key, "")
            case ["github", "token"]:
                return self.token
            case ["runner", "temp"]:
                return os.fspath(self.temp)
            case ["runner", "os"]:
                return "Linux"
            case ["github", ("run_id" | "run_attempt")]:
                return "1"
        raise AssertionError(f"an expression that is not known: {name}")
