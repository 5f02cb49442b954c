"""What a controller can get wrong, each planted in its source. A checker that finds none of these has no teeth."""

from tests.simulator.fuzzing.planting import Edit, Planted

CHOOSING = "failover/core/choosing.py"
CANDIDATES = "failover/core/candidates.py"
CONTROLLER = "failover/core/controller.py"
DETECTOR = "failover/core/detector.py"
ORDERS = "failover/core/orders.py"
POLICY = "failover/core/policy.py"
PROGRESS = "failover/core/progress.py"
RECOVERY = "failover/core/recovery.py"
STAGES = "failover/core/stages.py"
STEPS = "failover/core/steps.py"
TURN = "failover/core/turn.py"
WATCHING = "failover/core/watching.py"
DRIVER = "simulator/clusters/controllers.py"
OUTBOX = "simulator/clusters/outbox.py"
TARGETS = "simulator/clusters/targets.py"
BOOT = "simulator/clusters/boot.py"


def one(name: str, breaks: str, file: str, old: str, new: str) -> Planted:
    """Return a fault of one edit; *breaks* are names of invariants."""
    return Planted(name, tuple(breaks.split()), (Edit(file, old, new),))


PLANTED: tuple[Planted, ...] = (
    Planted(
        "promotes before the old primary is fenced",
        ("fenced-first", "one-writer"),
        (
            Edit(RECOVERY, "if any(host not in c.off for host in c.suspects):", "if False:"),
            Edit(
                RECOVERY,
                "    if c.suspects:\n        halt(turn, c, HaltReason.NOT_FENCED)\n        return\n    choice",
                "    choice",
            ),
        ),
    ),
    one(
        "takes the fence device's word for it",
        "look-first off-by-sight fenced-first",
        PROGRESS,
        "    if progress.status is Status.ACTING:\n        _look(turn, c, progress)\n        return None\n",
        "    if progress.status is Status.ACTING and progress.step.kind is CommandKind.FENCE and outcome is Outcome.SUCCEEDED:\n"
        "        return _put(c, progress._replace(status=Status.DONE))\n"
        "    if progress.status is Status.ACTING:\n        _look(turn, c, progress)\n        return None\n",
    ),
    one(
        "takes the report of a promotion for the promotion",
        "look-first recovered route",
        PROGRESS,
        "    if progress.status is Status.ACTING:\n        _look(turn, c, progress)\n        return None\n",
        "    if progress.status is Status.ACTING and progress.step.kind is CommandKind.PROMOTE and outcome is Outcome.SUCCEEDED:\n"
        "        seen = {'role': 'primary', 'timeline': (c.timeline or 0) + 1}\n"
        "        return _put(c, progress._replace(status=Status.DONE, evidence=seen))\n"
        "    if progress.status is Status.ACTING:\n        _look(turn, c, progress)\n        return None\n",
    ),
    Planted(
        "gives a promotion up when time has passed",
        ("one-recovery", "one-writer", "fenced-first"),
        (
            Edit(
                WATCHING,
                "    elif c.state is State.REJOINING and",
                "    elif c.state is State.PROMOTING and c.deadline is not None and c.deadline <= turn.clock:\n"
                "        c.tried |= {c.candidate}\n"
                "        enter(turn, c, State.CUTTING)\n"
                "    elif c.state is State.REJOINING and",
            ),
            Edit(
                RECOVERY,
                "            turn.bump(c)\n            expect_synchronous",
                "            turn.bump(c)\n            c.deadline = turn.clock + 4.0\n            expect_synchronous",
            ),
        ),
    ),
    one(
        "repeats what nobody knows the outcome of",
        "blind-retry",
        PROGRESS,
        "    if progress.status is Status.ACTING:\n        _look(turn, c, progress)\n        return None\n",
        "    if progress.status is Status.ACTING and outcome is Outcome.UNKNOWN and progress.tries < 3:\n"
        "        _act(turn, c, progress)\n        return None\n"
        "    if progress.status is Status.ACTING:\n        _look(turn, c, progress)\n        return None\n",
    ),
    one("lets targets obey old epochs", "newest-epoch", TARGETS, "if command.epoch < guarded.guard:", "if False:"),
    one(
        "leads on under the epoch of the leader before",
        "epoch",
        CONTROLLER,
        "        turn.bump(c)\n        c.health = {}",
        "        c.health = {}",
    ),
    one(
        "looks under the epoch of what it looks at",
        "epoch newest-epoch",
        PROGRESS,
        "    if progress.status is Status.ACTING and step.kind is not CommandKind.FENCE:\n        turn.bump(c)\n",
        "",
    ),
    one("believes one vantage point", "vantages", DETECTOR, "if len(seen) >= self._quorum else None", "if seen else None"),
    one(
        "counts whom most have lost as lost",
        "vantages false-failover",
        DETECTOR,
        "        for each in _WELL:\n            if each in seen:",
        "        for each in _WELL:\n            if each in seen and Seen.NOTHING not in seen:",
    ),
    one(
        "chooses by positions of before the cut",
        "fresh-positions",
        RECOVERY,
        "case State.PREFLIGHT | State.CUTTING | State.ADOPTING:\n            c.positions = {}\n            if state is State.CUTTING:",
        "case State.PREFLIGHT | State.CUTTING | State.ADOPTING:\n            if state is not State.CUTTING:\n"
        "                c.positions = {}\n            else:",
    ),
    one(
        "reads positions without cutting",
        "fresh-positions",
        STAGES,
        'Step(f"cut {host}", CommandKind.CUT_REPLICATION, host, None)',
        'Step(f"cut {host}", None, host, None)',
    ),
    one(
        "promotes the least advanced",
        "most-advanced loss",
        CHOOSING,
        "return max(fit, key=merit, default=None)",
        "return min(fit, key=merit, default=None)",
    ),
    Planted(
        "promotes from another timeline",
        ("same-history", "loss"),
        (
            Edit(
                CHOOSING,
                "    if c.timeline is not None and read.timeline != c.timeline and host not in promoted_by_hand:",
                "    if False:",
            ),
            Edit(CHOOSING, "timeline = read.timeline if c.timeline is None else 0", "timeline = read.timeline"),
            Edit(STAGES, '"timeline": c.timeline, "synchronous"', '"timeline": None, "synchronous"'),
        ),
    ),
    one("forgets the pause", "policy", POLICY, "if c.paused_by is not None:", "if False:"),
    one(
        "forgets the grace period",
        "policy",
        POLICY,
        "    if controller.clock < controller.grace_until:\n        return",
        "    if False:\n        return",
    ),
    one("forgets how often it tried", "policy", POLICY, ">= policy.attempts:", "> 99:"),
    one("forgets maintenance", "policy", POLICY, "if c.maintenance.get(c.primary, 0.0) > controller.wall_seconds:", "if False:"),
    one("forgets the safety group", "policy", POLICY, "if active >= at_most:", "if False:"),
    one(
        "forgets who declined",
        "policy",
        ORDERS,
        "c.declined_by, c.ordered, c.wanted = order.operator, False, None",
        "c.ordered, c.wanted = False, None",
    ),
    one(
        "counts one person's yes twice",
        "policy",
        ORDERS,
        "c.approvals = {**c.approvals, order.operator: typed}",
        "c.approvals = {**c.approvals, f'{order.operator} {len(c.approvals)}': typed}",
    ),
    one(
        "acts where it only observes",
        "policy",
        WATCHING,
        "turn.settings(c).policy.mode is Mode.OBSERVE or c.paused_by",
        "c.paused_by",
    ),
    one(
        "changes the synchronous set before it is journaled",
        "synchronous-first",
        RECOVERY,
        "c.synchronous = (*c.synchronous, standbys)",
        "c.synchronous = c.synchronous[:1]",
    ),
    one(
        "takes a person's word against what is seen",
        "off-by-sight",
        ORDERS,
        "if sighting is None or sighting.health is not Health.SILENT or sighting.seen_by:",
        "if False:",
    ),
    one(
        "does not ask whose power is off",
        "off-by-sight fenced-first",
        STEPS,
        'return evidence["off"] is True and evidence["identity"] == step.target',
        'return evidence["off"] is True',
    ),
    one("routes to whom it has not verified", "route", STAGES, "    if not c.verified:\n", "    if False:\n"),
    one(
        "routes anew before it has withdrawn",
        "route",
        STAGES,
        "for each in fences if each is not None), *_withdraw(settings))",
        "for each in fences if each is not None),)",
    ),
    one("lets the old primary step down with clients", "route", STAGES, "withdrawn = tuple(_withdraw(settings))", "withdrawn = ()"),
    one(
        "takes a route for changed that is not",
        "look-first recovered",
        RECOVERY,
        'if not key.startswith("follow ")',
        'if not key.startswith(("follow ", "route "))',
    ),
    one("forgets the quarantine", "quarantine one-writer", RECOVERY, "    c.quarantined |= {host}\n", ""),
    one(
        "promotes within the failed domain", "failure-domain", CANDIDATES, "        if domain in hangs_on:\n", "        if False:\n"
    ),
    one("loses more than the RPO", "loss", CANDIDATES, "and lag_seconds > limit_seconds:", "and lag_seconds > 99 * limit_seconds:"),
    one("forgets for whom commits waited", "loss", CHOOSING, "    for standbys in c.synchronous:\n", "    for standbys in ():\n"),
    one("sends without the lease", "lease", OUTBOX, "elif not controller.holds_lease():", "elif False:"),
    one(
        "decides before it has written",
        "store journal-first",
        DRIVER,
        "        if not self._write(event):\n            self.stand_down()\n            return\n",
        "        self._write(event)\n",
    ),
    Planted(
        "decides by what it remembers",
        ("fold", "store"),
        (
            Edit(DRIVER, "        self.leading = False\n        self.state = None\n", "        self.leading = False\n"),
            Edit(DRIVER, "self.state = store.state", "self.state = self.state or store.state"),
        ),
    ),
    one(
        "goes on in an old journal",
        "epoch newest-epoch one-writer loss route liveness",
        CONTROLLER,
        "if event.behind:",
        "if False:",
    ),
    one(
        "leaves an orphan lying",
        "orphan liveness",
        PROGRESS,
        "    for _, key in orphans:\n        _look(",
        "    for _, key in ():\n        _look(",
    ),
    one(
        "waits for what another leader sent",
        "orphan liveness",
        PROGRESS,
        "    orphans = list(c.pending.items())\n    c.pending = {}\n",
        "    orphans: list[tuple[CommandId, str]] = []\n",
    ),
    one(
        "does an orphan's act again without a look",
        "blind-retry",
        PROGRESS,
        "    for _, key in orphans:\n        _look(turn, c,",
        "    for _, key in orphans:\n        (_act if key in c.steps and c.steps[key].status is Status.ACTING else _look)(turn, c,",
    ),
    one(
        "withdraws clients while it only looks",
        "preflight",
        STAGES,
        "    if health_of(c, c.primary) is not Health.SILENT:\n        yield",
        "    yield from _withdraw(settings)\n    if health_of(c, c.primary) is not Health.SILENT:\n        yield",
    ),
    Planted(
        "goes back home by itself",
        ("failback",),
        (
            Edit(
                WATCHING,
                "            tend(turn, c)\n        return\n",
                "            tend(turn, c)\n"
                "            home = turn.settings(c).cluster.primary\n"
                "            if home != c.primary and home in c.followers and c.state is State.WATCHING:\n"
                "                c.wanted = home\n"
                "                start(turn, c, Goal.SWITCHOVER, State.PREFLIGHT, 'home again')\n"
                "        return\n",
            ),
        ),
    ),
    one(
        "runs the hook twice",
        "hook",
        RECOVERY,
        '{"name": f"after_{c.goal.value}", "primary": c.primary, "run": c.run})\n',
        '{"name": f"after_{c.goal.value}", "primary": c.primary, "run": c.run})\n        turn.send(c, CommandKind.HOOK, c.primary, {"name": f"after_{c.goal.value}", "primary": c.primary, "run": c.run})\n',
    ),
    one("forces without a reason", "orders", ORDERS, "if order.kind in NEEDS_REASON and not order.reason.strip():", "if False:"),
    one(
        "obeys what was meant for another primary",
        "orders",
        ORDERS,
        "if order.expected_primary is not None and order.expected_primary != c.primary:",
        "if False:",
    ),
    one(
        "lets a pause stop a person",
        "orders",
        ORDERS,
        "    if order.kind in NEEDS_REASON",
        "    if c.paused_by is not None and order.kind is OrderKind.FAILOVER:\n        return 'paused'\n    if order.kind in NEEDS_REASON",
    ),
    one(
        "starts a former primary when its host boots",
        "one-writer quarantine",
        BOOT,
        "        if c.primary != member.host or member.host in c.quarantined or member.host in c.off:\n            return False\n",
        "        return True\n",
    ),
    one(
        "waits for ever for a look that failed",
        "orphan liveness",
        PROGRESS,
        "_put(c, progress._replace(status=Status.RESTING, due=due))",
        "_put(c, progress._replace(status=Status.RESTING))",
    ),
    one("forgets that it was told to go on", "liveness", ORDERS, "    c.paused_by = None\n    return None", "    return None"),
    one("changes what others still hold", "fold", TURN, "self.state.clusters[name].copy()", "self.state.clusters[name]"),
)
"""Each breaks at least one of the invariants that stand with it, in some schedule."""
