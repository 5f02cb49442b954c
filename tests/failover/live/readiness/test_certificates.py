import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from failover.live.readiness.certificates import certificate_check
from failover.live.readiness.checking import Check
from playbooks.equipment import Client, Equipment, Proxy, Redfish
from tests.failover.live.readiness.looking import looked
from tests.failover.live.stage import FastClock


def certificate(folder: Path, days: float) -> Path:
    """Write a certificate that lasts so many *days*, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "db-1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=400))
        .not_valid_after(now + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{days}.pem"
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@contextmanager
def served(path: Path | None, postgresql: bool = False) -> Iterator[int]:
    """Show a certificate on a port of this machine; PostgreSQL is asked for it first, and without one says no."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                if postgresql:
                    connection.recv(8)
                    connection.sendall(b"N" if path is None else b"S")
                if path is not None:
                    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                    context.load_cert_chain(path)
                    with suppress(OSError):
                        context.wrap_socket(connection, server_side=True).close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield int(listening.getsockname()[1])
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()


def check(equipment: Equipment) -> Check:
    found = certificate_check(equipment, FastClock())
    assert found is not None
    return found


@pytest.mark.parametrize(("days", "why"), [(300, None), (5.5, "it expires in 5 days, on "), (-1, "it expired on ")])
def test_a_power_controller_whose_certificate_expires_is_told_before(tmp_path: Path, days: float, why: str | None) -> None:
    with served(certificate(tmp_path, days)) as port:
        power = Redfish("db-1", f"https://127.0.0.1:{port}", "redfish", authority=certificate(tmp_path, 1000))
        found = looked(check(Equipment(power=(power,))))
    lack = found[f"the certificate of the power controller 127.0.0.1:{port}"]
    assert (lack is None) is (why is None)
    assert lack is None or lack.why.startswith(str(why))
    assert found[f"the certificate of the authority {power.authority}"] is None


def test_the_certificate_of_a_database_is_seen_as_its_clients_see_it(tmp_path: Path) -> None:
    with served(certificate(tmp_path, 2), postgresql=True) as port:
        found = looked(check(Equipment(proxies=(Proxy("cases", "edge-1", "127.0.0.1", port, "cases"),))))
    (lack,) = found.values()
    assert lack is not None
    assert "expires in 1 days" in lack.why or "expires in 2 days" in lack.why


def test_a_database_without_tls_has_nothing_that_expires() -> None:
    with served(None, postgresql=True) as port:
        equipment = Equipment(proxies=(Proxy("cases", "edge-1", "127.0.0.1", port, "cases"),))
        assert list(looked(check(equipment)).values()) == [None]


def test_what_does_not_answer_is_judged_by_others() -> None:
    assert looked(check(Equipment(proxies=(Proxy("cases", "edge-1", "127.0.0.1", 1, "cases"),)))) == {}


def test_the_file_that_clients_check_by_is_looked_at(tmp_path: Path) -> None:
    options = {"sslrootcert": str(certificate(tmp_path, 3)), "sslcert": str(tmp_path / "gone.pem")}
    found = looked(check(Equipment(clients=(Client("cases", "court", "court", options=options),))))
    expiring, gone = found.values()
    assert expiring is not None
    assert expiring.remedy == "renew it"
    assert gone is not None
    assert "cannot be looked at" in gone.why


def test_where_there_is_no_certificate_nothing_is_looked_at() -> None:
    power = Redfish("db-1", "http://127.0.0.1", "redfish")
    assert certificate_check(Equipment(power=(power,)), FastClock()) is None
