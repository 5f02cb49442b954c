"""The lab's network: two bridges in a namespace of their own, one cable from each host.

The machine's own network has no part in it. The end of a cable in the switch is named for its host, so what is done to it there
outlives the host.
"""

from pathlib import Path

from lab.errors import LabError
from lab.layout import POWER, POWER_ADDRESS, PREFIX_LENGTH, LabHost
from lab.places import NAMESPACES, RUN, SWITCH, namespace
from lab.running import run

SERVICE_BRIDGE = "service"
MANAGEMENT_BRIDGE = "management"
POWER_CABLE = "managed-power"
POWER_MAC = "02:00:0a:4d:09:01"


def port(host: LabHost) -> str:
    """Return the name of *host*'s port in the switch."""
    return f"port-{host.number}"


def management_port(host: LabHost) -> str:
    """Return the name of the port of *host* on the power controllers' network."""
    return f"managed-{host.number}"


def is_up() -> bool:
    """Say whether the switch is there."""
    return (NAMESPACES / SWITCH).exists()


def build() -> None:
    """Build the switch, and the place where the power controllers stand; what is there stays."""
    if not is_up():
        run(["ip", "netns", "add", SWITCH])
    for bridge in (SERVICE_BRIDGE, MANAGEMENT_BRIDGE):
        if not _has(SWITCH, bridge):
            _ip(SWITCH, f"link add {bridge} type bridge")
        _ip(SWITCH, f"link set {bridge} up")
    place = namespace(POWER)
    if not (NAMESPACES / place).exists():
        run(["ip", "netns", "add", place])
    if not _has(place, "management0"):
        _cable(POWER_CABLE, place, "management0", POWER_MAC, MANAGEMENT_BRIDGE, POWER_ADDRESS)


def plug(host: LabHost) -> None:
    """Give *host* a namespace of its own and a cable to the switch; a controller one to the power controllers as well."""
    place = namespace(host.name)
    run(["ip", "netns", "add", place])
    _ip(place, "link set lo up")
    _cable(port(host), place, "eth0", host.mac, SERVICE_BRIDGE, host.address)
    if host.management_address is not None:
        mac = host.mac.replace("4d:00", "4d:09")
        _cable(management_port(host), place, "management0", mac, MANAGEMENT_BRIDGE, host.management_address)
    light(host.name, port(host))


def unplug(host: LabHost) -> None:
    """Pull *host*'s cables, so that nothing more gets out, not even the farewell of its dying connections."""
    for cable in (port(host), management_port(host)):
        if is_up() and _has(SWITCH, cable):
            _ip(SWITCH, f"link del {cable}")


def remove_namespace(name: str) -> None:
    """Remove the namespace *name* if it is there."""
    if (NAMESPACES / name).exists():
        run(["ip", "netns", "del", name])


def demolish() -> None:
    """Remove every namespace of the lab, and with the last of the machine the mount that `ip` has made to hold them."""
    for place in NAMESPACES.iterdir() if NAMESPACES.exists() else ():
        if place.name.startswith(namespace("")):
            remove_namespace(place.name)
    if NAMESPACES.is_mount() and not any(NAMESPACES.iterdir()):
        run(["umount", NAMESPACES])


def cut(name: str, cable: str) -> None:
    """Take the end of *cable*, which leads to *name*, down. It stays so when a host is switched off and on again."""
    _cut_mark(name).touch()
    _set_link(cable, up=False)


def heal(name: str, cable: str) -> None:
    """Take the end of *cable*, which leads to *name*, up again."""
    _cut_mark(name).unlink(missing_ok=True)
    _set_link(cable, up=True)


def is_cut(name: str) -> bool:
    """Say whether the cable to *name* is cut, or will be as soon as it is there."""
    return _cut_mark(name).exists()


def darken(cable: str) -> None:
    """Take the end of *cable* down until its other end is there again (`light`)."""
    _set_link(cable, up=False)


def light(name: str, cable: str) -> None:
    """Take the end of *cable*, which leads to *name*, up, unless it is cut."""
    _set_link(cable, up=not is_cut(name))


def _cut_mark(name: str) -> Path:
    return RUN / f"{name}.cut"


def _set_link(cable: str, up: bool) -> None:
    if _has(SWITCH, cable):
        _ip(SWITCH, f"link set {cable} {'up' if up else 'down'}")


def _cable(name: str, place: str, interface: str, mac: str, bridge: str, address: str) -> None:
    """Lay a cable from *bridge*, where its end is called *name*, into the namespace *place*."""
    _ip(
        SWITCH,
        f"link add {name} type veth peer name {interface} address {mac} netns {place}",
        f"link set {name} master {bridge} up",
    )
    _ip(place, "link set lo up", f"address add {address}/{PREFIX_LENGTH} dev {interface}", f"link set {interface} up")


def _ip(place: str, *lines: str) -> None:
    """Let `ip` do *lines* in the namespace *place*."""
    run(["ip", "-netns", place, "-batch", "-"], stdin="\n".join(lines))


def _has(place: str, interface: str) -> bool:
    try:
        run(["ip", "-netns", place, "link", "show", interface])
    except LabError:
        return False
    return True
