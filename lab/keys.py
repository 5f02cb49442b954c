"""The lab's own keys: for SSH, and the power controllers' certificate and password. Made once, then kept."""

import secrets
from pathlib import Path

from lab.layout import POWER_ADDRESS, Layout
from lab.places import KEYS
from lab.running import run

IDENTITY = KEYS / "id"
KNOWN_HOSTS = KEYS / "known_hosts"
SSH_CONFIG = KEYS / "ssh_config"
CA = KEYS / "ca.crt"
POWER_CERTIFICATE = KEYS / "power.crt"
POWER_KEY = KEYS / "power.key"
POWER_USER = "continuance"
POWER_ACCOUNT = KEYS / "power.account"
"""Holds who may press the power controllers' buttons, and the password: `user:password`."""
VANTAGE_KEY = KEYS / "vantage.key"
"""Known to the controller and to the agents that look for it from other hosts."""
ALERTS_TOKEN = KEYS / "alerts.token"
"""What Alertmanager has to send for the controller to hear it."""
VALID_DAYS = 3650


def make_keys(layout: Layout) -> None:
    """Make what is missing for the hosts of *layout*, and write down whose key is whose."""
    KEYS.mkdir(mode=0o700, parents=True, exist_ok=True)
    for key in (IDENTITY, *(host_key(name) for name in layout.hosts)):
        _make_ssh_key(key)
    known = (f"{host.name},{host.address} {_public(host_key(host.name))}" for host in layout.hosts.values())
    KNOWN_HOSTS.write_text("".join(known), encoding="ascii")
    SSH_CONFIG.write_text(ssh_config(layout, IDENTITY, KNOWN_HOSTS), encoding="ascii")
    _make_secret(POWER_ACCOUNT, f"{POWER_USER}:")
    _make_secret(VANTAGE_KEY)
    _make_secret(ALERTS_TOKEN)
    _make_certificate()


def host_key(name: str) -> Path:
    """Return where the key that the host *name* shows is kept."""
    return KEYS / "hosts" / name


def authorized() -> str:
    """Return the public key that every host lets in."""
    return _public(IDENTITY)


def ssh_config(layout: Layout, identity: Path, known_hosts: Path) -> str:
    """Return a configuration with which `ssh -F` reaches every host by its name, from a controller."""
    names = (f"Host {host.name}\n    HostName {host.address}\n" for host in layout.hosts.values())
    every = f"""Host *
    User root
    IdentityFile {identity}
    IdentitiesOnly yes
    UserKnownHostsFile {known_hosts}
    StrictHostKeyChecking yes
    BatchMode yes
    ConnectTimeout 3
"""
    return "".join(names) + every


def _make_secret(path: Path, before: str = "") -> None:
    """Make a secret that begins with *before*, unless there is one: all at once, for a broken one would stay."""
    if not path.exists():
        new = path.with_suffix(".new")
        new.touch(mode=0o600)
        new.write_text(before + secrets.token_urlsafe(), encoding="ascii")
        new.replace(path)


def _make_ssh_key(path: Path) -> None:
    if not path.with_suffix(".pub").exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = path.with_suffix(".new")
        for each in (new, path, Path(f"{new}.pub")):
            each.unlink(missing_ok=True)
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", f"continuance lab {path.name}", "-f", new])
        new.replace(path)
        Path(f"{new}.pub").replace(path.with_suffix(".pub"))


def _public(path: Path) -> str:
    return path.with_suffix(".pub").read_text(encoding="ascii")


def _make_certificate() -> None:
    """Make an authority of the lab's own, and let it sign the power controllers' certificate."""
    if POWER_CERTIFICATE.exists():
        return
    ca_key, request, extensions = KEYS / "ca.key", KEYS / "power.csr", KEYS / "power.ext"
    ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    days = ["-days", str(VALID_DAYS)]
    run(["openssl", "req", "-x509", *ec, *days, "-keyout", ca_key, "-out", CA, "-subj", "/CN=Continuance lab"])
    run(["openssl", "req", "-new", *ec, "-keyout", POWER_KEY, "-out", request, "-subj", "/CN=power"])
    extensions.write_text(f"subjectAltName=IP:{POWER_ADDRESS},DNS:power\nextendedKeyUsage=serverAuth\n", encoding="ascii")
    sign: list[str | Path] = ["openssl", "x509", "-req", "-in", request, "-CA", CA, "-CAkey", ca_key, "-CAcreateserial", *days]
    signed = POWER_CERTIFICATE.with_suffix(".new")
    run([*sign, "-extfile", extensions, "-out", signed])
    signed.replace(POWER_CERTIFICATE)
    for each in (request, extensions):
        each.unlink()
