"""The bodies of Clever's answers: JSON, the HTML page of a path that does not exist, and the empty 429.

Source: https://dev.clever.com/docs/error-messages
"""

from __future__ import annotations

import json
from html import escape
from typing import Any

from starlette.responses import HTMLResponse, Response

ERROR_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Error</title>
</head>
<body>
<pre>{text}</pre>
</body>
</html>
"""


def reply_json(body: Any, status: int = 200) -> Response:
    """Return a JSON answer, written compactly."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(text.encode(), status, media_type="application/json; charset=utf-8")


def without_blanks(value: Any) -> Any:
    """Return a JSON value without the keys whose value is the empty text."""
    if isinstance(value, dict):
        return {key: without_blanks(item) for key, item in value.items() if item != ""}
    return [without_blanks(item) for item in value] if isinstance(value, list) else value


def reply_message(status: int, message: str) -> Response:
    """Return an error as the Data API words it; 429 has no body at all."""
    return Response(b"", status) if status == 429 else reply_json({"message": message}, status)


def reply_oauth_error(status: int, error: str, description: str) -> Response:
    """Return an error as OAuth words it."""
    return reply_json({"error": error, "error_description": description}, status)


def reply_no_such_path(method: str, path: str) -> Response:
    """Return the HTML page that Clever shows for a path that does not exist for this token, version or app."""
    return HTMLResponse(ERROR_PAGE.format(text=escape(f"Cannot {method} {path}")), 404)


def reply_server_page(status: int) -> Response:
    """Return the HTML page of a server that failed before the API could word an error."""
    return HTMLResponse(ERROR_PAGE.format(text="Internal Server Error"), status)
