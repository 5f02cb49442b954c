"""Whether a certificate that a failover relies on is about to expire: those of power controllers, of the databases as clients reach
them through the proxies, and the files that ours are checked by.
"""

import asyncio
import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from failover.live.clock import Clock
from failover.live.readiness.checking import Check, Found
from failover.live.readiness.verdict import Lack
from playbooks.equipment import Equipment, Redfish

EVERY_SECONDS = 3600.0
ANSWER_SECONDS = 5.0
WITHIN_DAYS = 14
DAY_SECONDS = 86400.0
_POSTGRESQL_TLS = struct.pack("!ii", 8, 80877103)
"""With these eight bytes a client of PostgreSQL asks for TLS; the answer is S or N."""

Ends = Callable[[], float | None]
"""Says when something expires, in seconds since 1970; None where there is no certificate. Raises OSError, ValueError."""


def certificate_check(equipment: Equipment, clock: Clock) -> Check | None:
    """Return the check that nothing of *equipment* expires within WITHIN_DAYS days; None where there is no certificate."""
    sources = dict(_sources(equipment))
    if not sources:
        return None

    async def look() -> Found:
        found: dict[str, Lack | None] = {}
        for name, ends in sources.items():
            with suppress(OSError):  # that it does not answer is seen by others
                found[f"the certificate of {name}"] = await asyncio.to_thread(_judge, ends, clock.wall())
        return found

    return Check("the certificates", EVERY_SECONDS, look)


def _sources(equipment: Equipment) -> Iterator[tuple[str, Ends]]:
    for power in equipment.power:
        if isinstance(power, Redfish) and (address := urlsplit(power.url)).scheme == "https":
            host, port = address.hostname or "", address.port or 443
            yield f"the power controller {host}:{port}", partial(served, host, port)
            if power.authority is not None:
                yield f"the authority {power.authority}", partial(in_file, power.authority)
    for proxy in equipment.proxies:
        ends = partial(served, proxy.address, proxy.port, _POSTGRESQL_TLS)
        yield f"the database behind {proxy.address}:{proxy.port}", ends
    for client in equipment.clients:
        for key in ("sslrootcert", "sslcert"):
            path = client.options.get(key, "system")
            if path != "system":
                yield f"the file {path}", partial(in_file, Path(path))


def _judge(ends: Ends, now_seconds: float) -> Lack | None:
    try:
        ends_at = ends()
    except (FileNotFoundError, PermissionError, ValueError) as error:
        return Lack(f"it cannot be looked at: {error}", "see whether it is there and answers")
    if ends_at is None:
        return None
    days = (ends_at - now_seconds) / DAY_SECONDS
    if days > WITHIN_DAYS:
        return None
    on = datetime.fromtimestamp(ends_at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return Lack(f"it expired on {on}" if days < 0 else f"it expires in {days:.0f} days, on {on}", "renew it")


def in_file(path: Path) -> float | None:
    """Return when the first of the certificates in *path* expires."""
    from cryptography import x509

    found = x509.load_pem_x509_certificates(path.read_bytes())
    return min(each.not_valid_after_utc.timestamp() for each in found)


def served(host: str, port: int, before: bytes = b"") -> float | None:
    """Return when what is shown at *host* and *port* expires: whether it is to be believed is seen where it is used.

    *before* is said before TLS begins; None is returned where that is answered by anything but S.
    """
    from cryptography import x509

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection((host, port), ANSWER_SECONDS) as plain:
        if before:
            plain.sendall(before)
            if plain.recv(1) != b"S":
                return None
        with context.wrap_socket(plain, server_hostname=host) as secure:
            shown = secure.getpeercert(binary_form=True)
    return None if shown is None else x509.load_der_x509_certificate(shown).not_valid_after_utc.timestamp()
