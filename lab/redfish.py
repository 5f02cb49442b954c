"""The power controllers' service, as a program: sushy-tools' emulator, with the lab's hosts behind its buttons."""

import logging
import signal
import ssl
import time
import uuid
from typing import Any, NoReturn

import bcrypt
from sushy_tools import error
from sushy_tools.emulator import main as emulator
from sushy_tools.emulator.resources.systems import fakedriver
from sushy_tools.emulator.resources.systems.base import AbstractSystemsDriver

from lab.hosts import Lab
from lab.keys import POWER_ACCOUNT, POWER_CERTIFICATE, POWER_KEY
from lab.layout import POWER_ADDRESS, POWER_PORT
from lab.places import RUN
from lab.power import RIGHT, Wiring, wirings

ACCOUNTS = RUN / "power.accounts"
DEAD_SECONDS = 120.0
"""How long a dead power controller keeps those waiting who ask it: longer than any of them has patience."""
POLL_SECONDS = 0.1


class PowerButtons(AbstractSystemsDriver):  # type: ignore[misc]  # the emulator has no types
    """The hosts of the lab as systems of the emulator, each by its name."""

    def __init__(self, lab: Lab) -> None:
        super().__init__()
        self._lab = lab
        self._said_off: set[str] = set()
        """Hosts whose power controllers lied that they are off."""

    @property
    def driver(self) -> str:
        """Return what the emulator calls this."""
        return "<continuance lab>"

    @property
    def systems(self) -> list[str]:
        """Return the names of all systems."""
        return list(self._lab.layout.hosts)

    def name(self, identity: str) -> str:
        """Return which host the system *identity* says that it is: the one it is wired to."""
        return self._asked(identity).to or identity

    def uuid(self, identity: str) -> str:
        """Return the number of the host that *identity* is wired to."""
        return str(uuid.uuid5(uuid.NAMESPACE_DNS, self.name(identity)))

    def get_power_state(self, identity: str) -> str:
        """Return whether the host behind *identity* is on."""
        wiring = self._asked(identity)
        if wiring.lies and identity in self._said_off:
            return "Off"
        return "On" if self._lab.status(wiring.to or identity).on else "Off"

    def set_power_state(self, identity: str, state: str) -> None:
        """Press the button of *identity*."""
        wiring = self._asked(identity)
        began = time.monotonic()
        if wiring.fails:
            raise error.FishyError("the power supply does not respond")
        if wiring.lies:
            (self._said_off.add if "Off" in state else self._said_off.discard)(identity)
        else:
            self._said_off.discard(identity)
            self._press(wiring.to or identity, state)
        logging.info("%s: %s took %.3f s", identity, state, time.monotonic() - began)
        time.sleep(wiring.answers_after_seconds)

    def _press(self, host: str, state: str) -> None:
        match state:
            case "ForceOff":
                self._lab.off(host)
            case "On" | "ForceOn":
                self._lab.on(host)
            case "ForceRestart" | "PowerCycle":
                self._lab.off(host)
                self._lab.on(host)
            case "GracefulShutdown":
                self._lab.shut_down(host)
            case _:
                raise error.NotSupportedError(f"{state} is not supported")

    def _asked(self, identity: str) -> Wiring:
        """Return how *identity* is wired, unless it is dead."""
        if identity not in self._lab.layout.hosts:
            raise error.NotFound(f"{identity} was not found")
        wiring = wirings().get(identity, RIGHT)
        if wiring.dead:
            self._keep_waiting(identity)
        return wiring

    def _keep_waiting(self, identity: str) -> NoReturn:
        """Answer nothing while *identity* is dead; what it was told meanwhile it has never heard."""
        deadline = time.monotonic() + DEAD_SECONDS
        while wirings().get(identity, RIGHT).dead and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        raise error.FishyError("no answer")

    def get_boot_device(self, identity: str) -> str:
        """Return what every host boots from."""
        return "Hdd"

    def set_boot_device(self, identity: str, boot_source: str) -> None:
        """Refuse to let a host boot from anything else."""
        raise error.NotSupportedError(f"{identity} boots from its disk alone")

    def get_nics(self, identity: str) -> list[dict[str, Any]]:
        """Return the network card of the host behind *identity*."""
        mac = self._lab.layout.host(self.name(identity)).mac
        return [{"id": mac, "mac": mac}]


def serve() -> None:
    """Answer on the power controllers' network, for ever, whoever knows the password."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    buttons = PowerButtons(Lab.current())

    class Offered:
        """What the emulator takes for its own driver of invented systems."""

        @staticmethod
        def initialize(*_: Any) -> Any:
            return lambda: buttons

    fakedriver.FakeDriver = Offered
    # A few rounds are enough for a password that nobody chose: at the usual number each request would take a quarter of a second.
    user, _, password = POWER_ACCOUNT.read_text(encoding="ascii").partition(":")
    digest = bcrypt.hashpw(password.encode(), bcrypt.gensalt(rounds=4)).decode()
    ACCOUNTS.touch(mode=0o600)
    ACCOUNTS.write_text(f"{user}:{digest}\n", encoding="ascii")
    emulator.app.configure(
        extra_config={
            "SUSHY_EMULATOR_FAKE_DRIVER": True,
            "SUSHY_EMULATOR_AUTH_FILE": str(ACCOUNTS),
            "SUSHY_EMULATOR_STATE_DIR": str(RUN),
            "SUSHY_EMULATOR_FEATURE_SET": "vmedia",
        }
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(POWER_CERTIFICATE, POWER_KEY)
    emulator.app.run(host=POWER_ADDRESS, port=POWER_PORT, ssl_context=context, threaded=True)


if __name__ == "__main__":
    serve()
