"""What the names of groups give away: which are places, which are databases, which belong to one service.

Every guess comes with the reason that the topology file will show beside it. The tables of words are the whole knowledge;
a name that none of them knows is taken as an application.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from enum import Enum

from topology.intake.inventory import ENVIRONMENT_VARIABLES, ROLE_VARIABLES, SITE_VARIABLES, Inventory


class Kind(Enum):
    """What the hosts of a group are for."""

    APPLICATION = "an application"
    DATABASE = "a database"  # one primary, the others follow
    QUORUM = "a store that needs a majority"
    SHARED = "something that others use"
    ASIDE = "no part of any service"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_KINDS = {
    Kind.DATABASE: _words(
        "db dbs database databases postgres postgresql pgsql pg mysql mariadb mssql sqlserver oracle db2 sybase redis mongo mongodb"
    ),
    Kind.QUORUM: _words("etcd consul zookeeper kafka cassandra elasticsearch elastic opensearch galera rabbitmq ceph minio nomad"),
    Kind.SHARED: _words(
        "dns ntp dhcp ldap ad dc idm ipa radius san nas nfs storage hypervisor hypervisors esx esxi kvm hyperv proxmox vmhost"
        " firewall switch router vpn"
    ),
    Kind.ASIDE: _words(
        "backup backups bacula veeam monitor monitoring prometheus grafana zabbix nagios icinga bastion jump jumphost log logs"
        " logging syslog loki ansible ci runner runners build desktop desktops workstation workstations printer printers"
    ),
}
_KIND_OF = {word: kind for kind, words in _KINDS.items() for word in words}
_ONE_WILL_DO = _words("dns ntp dhcp ldap ad dc idm ipa radius")
_BALANCERS = _words("lb proxy haproxy loadbalancer loadbalancers balancer")
_TIERS = _words(
    "web www app apps application api front frontend back backend worker workers cache memcached srv server servers node nodes"
    " host hosts cluster vm vms"
)
_PRIMARY = _words("primary master leader")
_STANDBY = _words("standby standbys replica replicas slave slaves secondary follower")
_TESTING = _words("staging stage dev devel development test testing qa uat sandbox preprod")
_PLATFORM = _TESTING | _words(
    "all ungrouped prod production live linux windows unix debian ubuntu rhel redhat centos rocky alma suse physical virtual"
    " baremetal bare metal vmware managed monitored patched legacy vm vms servers hosts nodes critical"
)
_PLACES = _words("site sites datacenter datacenters dcs location locations region regions campus campuses zones")
_PLACE_NAME = re.compile(
    r"(?:site|dc|datacenter|data_center|location|loc|region|campus|az|zone)[-_]?.+"
    r"|.+[-_](?:site|dc|datacenter|campus)"
    r"|[a-z]{2,3}[-_](?:north|south|east|west|central)+[-_]?\d[a-z]?"
)
_FURNITURE = re.compile(r"(?<=.)(?:servers?|nodes?|hosts?|cluster)$")


@dataclass(slots=True)
class Bundle:
    """The hosts of one role group that are in use (not for testing), and what the group's name says of them."""

    group: str
    kind: Kind
    stem: str
    one_will_do: bool
    hosts: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Guesses:
    """Sites and roles by host, the reason for each site, the bundles by group, and the hosts for testing."""

    site_of: dict[str, str] = field(default_factory=dict)
    sites: dict[str, str] = field(default_factory=dict)
    role_of: dict[str, str] = field(default_factory=dict)
    bundles: dict[str, Bundle] = field(default_factory=dict)
    testing: list[str] = field(default_factory=list)


def guess(inventory: Inventory) -> Guesses:
    """Guess sites, roles and bundles of *inventory* from its groups and variables."""
    guesses = Guesses()
    places = _place_groups(inventory)
    sizes = {name: len(inventory.hosts_in(name)) for name in inventory.groups}
    for host in inventory.hosts:
        _place(inventory, host, inventory.groups_of(host), places, guesses)
    place_words = {_words_of(name)[0] for name in [*places, *guesses.sites] if _words_of(name)}
    for host in inventory.hosts:
        groups = inventory.groups_of(host)
        is_testing = _is_testing(inventory, host, groups)
        if is_testing:
            guesses.testing.append(host)
        stated = inventory.variable(host, ROLE_VARIABLES)
        group = stated[1] if stated else _role_group(inventory, groups, places, sizes)
        if group is None:
            continue
        guesses.role_of[host] = slug(group)
        if not is_testing:
            guesses.bundles.setdefault(group, classify(group, place_words)).hosts.append(host)
    return guesses


def _place_groups(inventory: Inventory) -> dict[str, str]:
    """Return the groups that are places, each with the reason."""
    places = {
        child: f"a group within '{name}'" for name, group in inventory.groups.items() if name in _PLACES for child in group.children
    }
    for name in inventory.groups:
        if name not in places and name not in _PLACES and _PLACE_NAME.fullmatch(name.lower()):
            places[name] = "a group whose name looks like a place"
    return places


def _place(inventory: Inventory, host: str, groups: list[str], places: dict[str, str], guesses: Guesses) -> None:
    stated = inventory.variable(host, SITE_VARIABLES)
    group = next((name for name in groups if name in places), None)
    if stated is not None:
        site, why = stated[1], f"the variable '{stated[0]}' of its hosts"
    elif group is not None:
        site, why = group, places[group]
    else:
        return
    guesses.site_of[host] = slug(site)
    guesses.sites.setdefault(slug(site), why)


def _is_testing(inventory: Inventory, host: str, groups: Iterable[str]) -> bool:
    stated = inventory.variable(host, ENVIRONMENT_VARIABLES)
    return bool(_TESTING & {word for name in [*groups, stated[1] if stated else ""] for word in _words_of(name)})


def _role_group(inventory: Inventory, groups: list[str], places: dict[str, str], sizes: dict[str, int]) -> str | None:
    """Return the group that tells what a host is for: of those without groups in them, the smallest (the most specific)."""
    told = [
        name
        for name in groups
        if not inventory.groups[name].children and name not in places and not set(_words_of(name)) <= _PLATFORM
    ]
    return min(told, key=lambda name: sizes[name], default=None)


def classify(group: str, place_words: Collection[str] = ()) -> Bundle:
    """Return the bundle that the name of *group* tells of.

    Its stem is what is left of the name without the words of places and words like app and db.
    """
    words = [word for word in _words_of(group) if word not in place_words]
    kinds = {_KIND_OF[word] for word in words if word in _KIND_OF}
    stem = "-".join(
        word for word in words if word not in _KIND_OF and word not in _TIERS | _BALANCERS | _PRIMARY | _STANDBY | _PLATFORM
    )
    is_balancer = not kinds and not stem and bool(_BALANCERS & set(words))
    kind = Kind.SHARED if is_balancer else next((kind for kind in Kind if kind in kinds), Kind.APPLICATION)
    return Bundle(group, kind, stem, one_will_do=is_balancer or bool(_ONE_WILL_DO & set(words)))


def cluster_name(group: str) -> tuple[str, bool]:
    """Return the name of the cluster that *group* belongs to, and whether it holds the primary: db_primary → db, True."""
    words = re.split(r"[-_.]", group)
    kept = [word for word in words if word.lower() not in _PRIMARY | _STANDBY]
    if not kept or kept == words:
        return slug(group), False
    return slug("_".join(kept)), any(word.lower() in _PRIMARY for word in words)


def _words_of(name: str) -> list[str]:
    """Split a name into words, without numbers and furniture: `ehr-webservers2` → ehr, web."""
    words = [re.sub(r"\d+$", "", word) if word.lower() not in _KIND_OF else word for word in re.split(r"[-_.\s]+", name.lower())]
    return [_FURNITURE.sub("", word) for word in words if word]


def slug(name: str) -> str:
    """Return *name* with everything that a name in a topology may not have written as '-'."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name.strip()).strip("-._")[:128] or "unnamed"
