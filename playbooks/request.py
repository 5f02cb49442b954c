"""What a playbook is told: one JSON object in base64, so that no name in it is ever a template, or read by a shell."""

import base64
import json
from collections.abc import Mapping
from typing import Any

VARIABLE = "continuance_request"
VARIABLES_FROM_IT = {"continuance": f"{{{{ {VARIABLE} | b64decode | from_json }}}}"}
"""The same for people to read: `continuance.target`. What comes out of it is data, and no template again."""


def write(request: Mapping[str, Any]) -> str:
    """Return *request* in the form in which playbooks get it."""
    return base64.b64encode(json.dumps(request).encode()).decode()


def read(text: str) -> dict[str, Any]:
    """Return what stands in *text*."""
    found: dict[str, Any] = json.loads(base64.b64decode(text, validate=True))
    return found
