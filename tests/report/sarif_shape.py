"""The part of SARIF 2.1.0 that we write, as a JSON schema of our own: no other keys, all that is required."""

from __future__ import annotations

from typing import Any


def _object(required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": sorted(required),
        "additionalProperties": False,
    }


def _list(items: Any, **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": items, **more}


TEXT: dict[str, Any] = {"type": "string"}
COUNT: dict[str, Any] = {"type": "integer", "minimum": 0}
POSITION: dict[str, Any] = {"type": "integer", "minimum": 1}
LEVEL: dict[str, Any] = {"enum": ["none", "note", "warning", "error"]}
URI: dict[str, Any] = {"type": "string", "pattern": r"^(?:[A-Za-z0-9\-._~:/@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+$"}
MESSAGE = _object({"text": {"type": "string", "minLength": 1}})
REGION = _object({"startLine": POSITION, "startColumn": POSITION})
LOCATION = _object(
    {"physicalLocation": _object({"artifactLocation": _object({"uri": URI}, {"uriBaseId": TEXT})}, {"region": REGION})}
)
RELATED = _object({"id": COUNT, "message": MESSAGE}, {"physicalLocation": LOCATION["properties"]["physicalLocation"]})
RESULT = _object(
    {
        "ruleId": TEXT,
        "ruleIndex": COUNT,
        "level": LEVEL,
        "message": MESSAGE,
        "partialFingerprints": {"type": "object", "additionalProperties": TEXT, "minProperties": 1},
        "properties": {"type": "object"},
    },
    {"locations": _list(LOCATION, maxItems=1), "relatedLocations": _list(RELATED, uniqueItems=True)},
)
RULE = _object(
    {"id": TEXT}, {"name": TEXT, "shortDescription": MESSAGE, "defaultConfiguration": _object({"level": LEVEL})}
)
NOTIFICATION = _object({"level": LEVEL, "message": MESSAGE}, {"locations": _list(LOCATION)})
RUN = _object(
    {
        "tool": _object(
            {"driver": _object({"name": TEXT, "semanticVersion": TEXT, "rules": _list(RULE, uniqueItems=True)})}
        ),
        "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
        "originalUriBaseIds": {"type": "object"},
        "invocations": _list(
            _object({"executionSuccessful": {"type": "boolean"}, "toolExecutionNotifications": _list(NOTIFICATION)})
        ),
        "results": _list(RESULT),
    }
)
SHAPE = _object({"$schema": TEXT, "version": {"const": "2.1.0"}, "runs": _list(RUN)})
