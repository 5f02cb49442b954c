"""A host's power controller, spoken to by Redfish over one connection."""

import json
import ssl
from base64 import b64encode
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

ANSWER_SECONDS = 3.0
SYSTEMS = "/redfish/v1/Systems"


class PowerError(Exception):
    """The power controller did not do what it was asked, or did not answer."""


class System:
    """One computer, as its power controller knows it."""

    def __init__(self, power: Mapping[str, Any], credentials: str) -> None:
        self._host = str(power["host"])
        self._serial = power["serial"]
        self._path = power["system"]
        address = urlsplit(str(power["url"]))
        secure = address.scheme == "https"
        port = address.port or (443 if secure else 80)
        name = address.hostname or ""
        self._connection: HTTPConnection = (
            HTTPSConnection(name, port, timeout=ANSWER_SECONDS, context=ssl.create_default_context(cafile=power["authority"]))
            if secure
            else HTTPConnection(name, port, timeout=ANSWER_SECONDS)
        )
        self._headers = {
            "Authorization": "Basic " + b64encode(credentials.encode()).decode(),
            "Content-Type": "application/json",
            "Accept": "application/json",
        }
        self._reset = ""
        self.identity: str | None = None
        """Which host it says it is: the one that is meant, or another's name or serial number."""

    def is_on(self) -> bool:
        """Ask whether it has power; whatever is neither on nor off counts as on."""
        found = self._ask("GET", self._resource())
        self._reset = str(found["Actions"]["#ComputerSystem.Reset"]["target"])
        self.identity = self._identify(found)
        return bool(found.get("PowerState") != "Off")

    def press(self, button: str) -> None:
        """Order a reset of the kind *button*: `ForceOff` or `On`."""
        self._ask("POST", self._reset, {"ResetType": button})

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def _resource(self) -> str:
        if self._path is None:
            members = self._ask("GET", SYSTEMS)["Members"]
            if len(members) != 1:
                raise PowerError(f"the power controller has {len(members)} systems, and nobody says which is '{self._host}'")
            self._path = str(members[0]["@odata.id"])
        path = str(self._path)
        return path if path.startswith("/") else f"{SYSTEMS}/{path}"

    def _identify(self, found: Mapping[str, Any]) -> str | None:
        names = [found.get(key) for key in ("HostName", "Name", "SerialNumber")]
        wanted = self._host if self._serial is None else self._serial
        if wanted in names:
            return self._host
        return next((str(name) for name in names if name), None)

    def _ask(self, verb: str, path: str, body: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        try:
            self._connection.request(verb, path, None if body is None else json.dumps(body), self._headers)
            answer = self._connection.getresponse()
            text = answer.read()
        except (OSError, HTTPException) as error:
            self._connection.close()
            raise PowerError(f"the power controller does not answer: {error or type(error).__name__}") from None
        if answer.status >= 300:
            raise PowerError(f"the power controller answers {answer.status} to {verb} {path}")
        try:
            found: Mapping[str, Any] = json.loads(text) if text else {}
        except ValueError:
            raise PowerError("the power controller answers something that is no JSON") from None
        return found
