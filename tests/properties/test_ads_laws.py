"""Laws of ADS: through edits, refusals, lost connections and restarts, ten Envoys end with the newest model.

And no route of a listener that serves ever names a cluster that doesn't, as every model is complete.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from authz.forwarder.ads import DeltaStream, SotwStream
from authz.forwarder.snapshot import Resource, Snapshot, TypeUrl
from authz.pb.core import Node
from tests.support import xds
from tests.support.model_envoy import BAD, POISON, DeltaEnvoy, SotwEnvoy

cluster, endpoints, listener = cache(xds.cluster), cache(xds.endpoints), cache(xds.listener)
routes, secret = cache(xds.routes), cache(xds.secret)
NAMES = 4
STEPS_BETWEEN_MODELS = 12


def model(random: Random, bad: TypeUrl | str | None = None) -> Snapshot:
    """A complete model, small enough that names and contents come again; `bad`: one resource of a type is."""
    clusters = random.sample([f"c{n}" for n in range(NAMES)], random.randint(1, NAMES))
    made: list[Resource] = []
    for name in clusters:
        service = random.choice(["", "", "shared"])
        made.append(cluster(name, connect_s=random.randint(1, 2), service=service))
        if not service:
            made.append(endpoints(name, random.randint(1, 2)))
    if any(one.name == "shared" for resource in made for one in resource.references):
        made.append(endpoints("shared", random.randint(1, 3)))
    for n in range(random.randint(0, NAMES)):
        route, secrets = f"r{random.randrange(n + 1)}", random.sample(["s0", "s1"], random.randint(0, 1))
        made.append(listener(f"l{n}", route, random.randint(1, 2), secrets=tuple(secrets)))
    for name in {one.name for resource in made for one in resource.references if one.type_url is TypeUrl.ROUTE}:
        named = random.sample(clusters, random.randint(1, min(2, len(clusters))))
        made.append(routes(name, *named, prefix=random.choice(["/", "/x"])))
    made += [secret(name, random.choice([b"1", b"2"])) for name in ("s0", "s1")]
    if bad is TypeUrl.CLUSTER:
        made += [cluster("cx", service=BAD), endpoints(BAD, 1)]
    elif bad == POISON:
        name = random.choice([*clusters, "cp"])
        made = [*(one for one in made if (one.type_url, one.name) != (TypeUrl.CLUSTER, name))]
        made += [cluster(name, service=POISON), endpoints(POISON, 1)]
    elif bad is TypeUrl.ROUTE:
        made = [
            routes(one.name, random.choice(clusters), prefix=f"/{BAD}") if one.name == "r0" else one for one in made
        ]
    elif bad is TypeUrl.LISTENER:
        made = [listener("l0", "r0", secrets=(BAD,)) if one.name == "l0" else one for one in made]
    snapshot = Snapshot.of(made)
    assert bad or not snapshot.dangling_references()
    return snapshot


Envoys = list[SotwEnvoy | DeltaEnvoy]


@dataclass(slots=True)
class World:
    """Ten Envoys and the newest model."""

    random: Random
    snapshot: Snapshot
    recent: list[Snapshot] = field(default_factory=list)
    sotw: list[SotwEnvoy] = field(default_factory=lambda: [SotwEnvoy(f"sotw-{n}") for n in range(5)])
    delta: list[DeltaEnvoy] = field(default_factory=lambda: [DeltaEnvoy(f"delta-{n}") for n in range(5)])

    def envoys(self) -> Envoys:
        return [*self.sotw, *self.delta]

    def broken(self) -> set[str]:
        return {f"{envoy.name} lacks {name}" for envoy in self.envoys() for name in envoy.broken}

    def snapshot_for(self, node: Node) -> Snapshot:
        assert node.id
        return self.snapshot

    def connect(self, envoy: SotwEnvoy | DeltaEnvoy) -> None:
        if isinstance(envoy, SotwEnvoy):
            envoy.connect(SotwStream(self.snapshot_for, lambda: self.recent))
        else:
            envoy.connect(DeltaStream(self.snapshot_for, lambda: self.recent))

    def publish(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.recent.insert(0, snapshot)
        for sotw in self.sotw:
            sotw.to_envoy += sotw.stream.publish(snapshot)
        for delta in self.delta:
            delta.to_envoy += delta.stream.publish(snapshot)

    def step(self, reconnecting: float) -> None:
        for envoy in self.envoys():
            for _ in range(self.random.randrange(STEPS_BETWEEN_MODELS)):
                self.random.choice([envoy.deliver_request, envoy.deliver_response])()
            if self.random.random() < reconnecting:
                if self.random.random() < reconnecting:
                    envoy.restart()
                self.connect(envoy)


def run(random: Random, edits: int, next_model: Callable[[Random], Snapshot], reconnecting: float) -> World:
    first = model(random)
    world = World(random, first, [first])
    for envoy in world.envoys():
        world.connect(envoy)
    for _ in range(edits):
        world.step(reconnecting)
        world.publish(next_model(random))
    world.step(0)
    world.publish(model(random))
    for envoy in world.envoys():
        envoy.settle()
        assert envoy.state.serves(world.snapshot)
        assert envoy.stream.in_sync
        assert envoy.stream.version == world.snapshot.version
    return world


# ten Envoys to a run: a third of the usual number of runs
fewer = settings(max_examples=max(1, settings.default.max_examples // 3)) if settings.default else settings()
SEEDS = st.integers(0, 2**32 - 1)
EDITS = st.integers(0, 8)


@fewer
@given(SEEDS, EDITS)
def test_envoys_end_with_the_newest_model_and_never_lack_a_cluster(seed: int, edits: int) -> None:
    world = run(Random(seed), edits, model, reconnecting=0)
    assert world.broken() == set()
    assert [envoy.nacks for envoy in world.envoys()] == [[]] * 10


@fewer
@given(SEEDS, EDITS)
def test_a_lost_connection_breaks_nothing(seed: int, edits: int) -> None:
    assert run(Random(seed), edits, model, reconnecting=0.4).broken() == set()


@fewer
@given(SEEDS, EDITS, st.sampled_from([TypeUrl.LISTENER, TypeUrl.ROUTE, POISON]))
def test_what_is_refused_leaves_what_served_before(seed: int, edits: int, bad: TypeUrl | str) -> None:
    world = run(Random(seed), edits, lambda random: model(random, random.choice([None, bad])), reconnecting=0)
    assert world.broken() == set()


@fewer
@given(SEEDS, EDITS)
def test_refusals_and_lost_connections_are_recovered_from(seed: int, edits: int) -> None:
    kinds = (None, TypeUrl.CLUSTER, TypeUrl.LISTENER, TypeUrl.ROUTE, POISON)
    run(Random(seed), edits, lambda random: model(random, random.choice(kinds)), reconnecting=0.3)
