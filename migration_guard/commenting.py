"""One comment on a pull request, kept up to date: created, updated, folded when there is nothing to say any more.

In: a text and what GitHub Actions says of the run. Out: what was done, or why it could not be (a fork's token may not
write). The only room that talks to a network, and only when asked to. Nothing of the project is sent but the text.
https://docs.github.com/rest/issues/comments
"""

from __future__ import annotations

import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

MARKER = "<!-- migration_guard -->"
MAX_BODY = 65_000
"""GitHub refuses comments of more than 65,536 characters."""
MAX_PAGES = 30
TRIES = 4
LONGEST_WAIT = 60.0
AGAIN = frozenset({429, 500, 502, 503, 504})


class Unreachable(Exception):
    """The service did not answer, or not as it should; the text says how."""


@dataclass(frozen=True, slots=True)
class Refused(Exception):
    """The token may not do this."""

    reason: str


@dataclass(frozen=True, slots=True)
class Place:
    """A pull request, and how to speak of it with the service."""

    api: str
    repository: str
    number: int
    token: str = field(repr=False, default="")

    @staticmethod
    def of(environ: Mapping[str, str]) -> Place | None:
        """The pull request that the run is about; None for pushes and the like."""
        number = _number(environ.get("GITHUB_EVENT_PATH", ""))
        repository = environ.get("GITHUB_REPOSITORY", "")
        if number is None or not re.fullmatch(r"[\w.-]+/[\w.-]+", repository):
            return None
        api = environ.get("GITHUB_API_URL") or "https://api.github.com"
        return Place(api.rstrip("/"), repository, number, environ.get("GITHUB_TOKEN", ""))


def _number(event: str) -> int | None:
    try:
        with open(event, "rb") as file:
            payload = json.load(file)
    except (OSError, ValueError, RecursionError):
        return None
    request = payload.get("pull_request") if isinstance(payload, dict) else None
    number = request.get("number") if isinstance(request, dict) else None
    return number if isinstance(number, int) else None


def keep_comment(
    place: Place, text: str, *, clean: bool, key: str = "", wait: Callable[[float], None] = time.sleep
) -> str:
    """Create, update or fold the comment; what was done, as a sentence. Raises Refused and Unreachable."""
    client = _Client(place, wait)
    marker = f"<!-- migration_guard {_safe(key)} -->" if key else MARKER
    known = next((item for item in client.comments() if str(item.get("body") or "").startswith(marker)), None)
    if known is None and clean:
        return "no findings, and no comment to update"
    body = f"{marker}\n{_folded(text) if clean else _cut(text)}"
    if known is None:
        client.ask("POST", f"/repos/{place.repository}/issues/{place.number}/comments", {"body": body})
        return "the comment was created"
    if known.get("body") == body:
        return "the comment is up to date"
    client.ask("PATCH", f"/repos/{place.repository}/issues/comments/{int(known['id'])}", {"body": body})
    return "the comment was folded" if clean else "the comment was updated"


def _safe(key: str) -> str:
    return re.sub(r"[^\w./]", "_", key)[:100]


def _folded(text: str) -> str:
    first, _, rest = text.partition("\n")
    return _cut(f"<details><summary>{first.lstrip('# ')}</summary>\n\n{rest.strip()}\n\n</details>\n")


def _cut(text: str) -> str:
    if len(text) <= MAX_BODY:
        return text
    # Cut between findings, so that nothing is left open.
    end = text.rfind("</details>\n", 0, MAX_BODY - 200)
    kept = text[: end + len("</details>\n")] if end > 0 else "The report is too long for a comment.\n"
    return f"{kept}\nThe rest was cut off; the summary of the job has all of it.\n"


class _Client:
    """Requests, repeated where that may help."""

    def __init__(self, place: Place, wait: Callable[[float], None]) -> None:
        self._place = place
        self._wait = wait

    def comments(self) -> Iterator[dict[str, Any]]:
        """The comments of the pull request, oldest first."""
        base = f"/repos/{self._place.repository}/issues/{self._place.number}/comments?per_page=100"
        for page in range(1, MAX_PAGES + 1):
            found = self.ask("GET", f"{base}&page={page}")
            items = [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []
            yield from items
            if len(items) < 100:
                return

    def ask(self, method: str, path: str, payload: dict[str, Any] | None = None) -> Any:
        """The answer to a request."""
        for attempt in range(1, TRIES + 1):
            try:
                return self._once(method, path, payload)
            except urllib.error.HTTPError as error:
                pause = _pause(error, attempt)
                if pause is None or attempt == TRIES:
                    raise _refusal(error) from None
            except (OSError, ValueError) as error:
                pause = float(2**attempt)
                if attempt == TRIES:
                    raise Unreachable(f"{self._place.api} cannot be reached: {error}") from None
            self._wait(pause)
        raise Unreachable(f"{self._place.api} cannot be reached")

    def _once(self, method: str, path: str, payload: dict[str, Any] | None) -> Any:
        request = urllib.request.Request(
            self._place.api + path,
            method=method,
            data=None if payload is None else json.dumps(payload).encode(),
            headers={
                "Accept": "application/vnd.github+json",
                "Content-Type": "application/json",
                "User-Agent": "migration_guard",
                "X-GitHub-Api-Version": "2022-11-28",
                **({"Authorization": f"Bearer {self._place.token}"} if self._place.token else {}),
            },
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or b"null")


def _pause(error: urllib.error.HTTPError, attempt: int) -> float | None:
    """How long to wait before asking again; None where that would not help."""
    after = error.headers.get("Retry-After", "") if error.headers else ""
    if error.code not in AGAIN and not (error.code == 403 and after):
        return None
    return min(float(after), LONGEST_WAIT) if after.isdigit() else float(2**attempt)


def _refusal(error: urllib.error.HTTPError) -> Exception:
    if error.code in (401, 403, 404):
        return Refused(f"the token may not comment here (status {error.code}); a fork's pull request has none that may")
    return Unreachable(f"the service answered with status {error.code}")
