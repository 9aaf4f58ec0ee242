"""The loop of Collaborative Exploration (Algorithm 1) and of all arms that its settings can say: collect, reward, update."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from time import perf_counter
from typing import Protocol

import torch
from torch import Tensor

from kmyriad.collaborative.algorithms import Intrinsic, make_intrinsic, make_learner, make_task, space_of, succeed
from kmyriad.collaborative.block import Block, SeedBlock
from kmyriad.collaborative.classifier import make_classifier
from kmyriad.collaborative.collect import act, random_actions
from kmyriad.collaborative.evaluate import by_way, make_evaluators
from kmyriad.collaborative.frames import make_replay
from kmyriad.collaborative.meter import Meter, masked
from kmyriad.collaborative.placement import here, on_device, placed
from kmyriad.collaborative.replay import Batch
from kmyriad.collaborative.streams import Streams, episode_seed
from kmyriad.collaborative.tasks.pool import PoolOf
from kmyriad.devices import resolved
from kmyriad.settings.collaborative.arm import CollaborativeSettings


class Part(Protocol):
    """Something with a state."""

    def state_dict(self) -> dict[str, Tensor]:
        """Return it."""

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Go on from it."""


class CollaborativeTraining:
    """Agents of one arm on one task, all `seeds` side by side; its state between two blocks is `state_dict`.

    An epoch is a block: the vector steps (one action of every agent) between two evaluations. A seed draws the same random
    numbers whichever other seeds are beside it, and a run that is resumed after any block goes on with the same bytes (at
    the same number of torch threads). `pool_of` makes so many copies of a task that has no name here. `actors` are weights to
    begin with, those of learner.actor: such agents collect the seed steps themselves, where others act at random. `device` has
    networks, replay and rewards ("auto": the GPU, if there is one); tasks and random numbers are the CPU's in any case.

    Raises:
        ValueError: no seeds, unknown task or device, a task that does not take the settings, or frames that do not fit in memory.
        ImportError: the task's simulator is missing.
    """

    def __init__(
        self,
        task: str,
        settings: CollaborativeSettings,
        seeds: Sequence[int],
        pool_of: PoolOf | None = None,
        actors: Mapping[str, Tensor] | None = None,
        device: str = "cpu",
    ) -> None:
        if not seeds:
            raise ValueError("no seeds: give at least one")
        self.settings, self.seeds, self.next_epoch, self.updates = settings, tuple(seeds), 0, 0
        self.device, self._streams, self._learned_before = torch.device(resolved(device)), Streams(seeds), actors is not None
        self._make(pool_of or (lambda copies: make_task(task, copies, settings)), actors)

    @placed
    def _make(self, pool_of: PoolOf, actors: Mapping[str, Tensor] | None) -> None:
        settings, streams, groups, agents = self.settings, self._streams, len(self.seeds), self.settings.agents
        pool_of = on_device(pool_of, self.device)
        self._pool = pool_of(groups * agents)
        self._space = space = space_of(self._pool)
        self.learner = make_learner(space, settings, streams, actors)
        self.replay = make_replay(groups, agents, settings.capacity, space)
        self._novelty = make_intrinsic(space, settings, streams, self.learner)
        self._classifier = make_classifier(space.obs_dim, settings, streams)
        self._evaluator, *self._others = make_evaluators(settings, pool_of, self.seeds, streams, self._classifier)
        self._obs = self._per_agent(self._pool.reset(self._seed_of))
        self._return = torch.zeros(groups, agents)

    @placed
    def run_epoch(self) -> Block:
        """Run one block, evaluate, and return the block's metrics.

        Raises:
            RuntimeError: actions or losses are no longer finite.
        """
        started, meter = perf_counter(), Meter(len(self.seeds))
        for _ in range(self.settings.block):
            self._vector_step(meter)
        self._check(meter)
        trained = perf_counter()
        if self._classifier is not None:
            self._classifier.fit(self.replay)
        meter.add("evaluation", self._evaluator.returns(self.learner, self.next_epoch))
        also = self._evaluate_in_other_ways()
        rows = meter.rows([each.name for each in fields(SeedBlock) if each.name not in ("seed", "also")], self.seeds)
        self.next_epoch += 1
        return Block(
            epoch=self.next_epoch - 1,
            env_steps=self.replay.steps * self.settings.agents,
            updates=self.updates,
            evaluation=float(meter.mean("evaluation").mean()),
            seconds_training=trained - started,
            seconds_evaluation=perf_counter() - trained,
            seeds=tuple(SeedBlock(**row, also=more) for row, more in zip(rows, also, strict=True)),
        )

    def state_dict(self) -> dict[str, Tensor]:
        """Return all that the next block depends on; nothing that can be large is copied."""
        state = {f"{part}.{name}": value for part, owner in self._parts().items() for name, value in owner.state_dict().items()}
        state |= {f"pool.{name}": value for name, value in self._pool.state_dict().items()}
        counters = {"next_epoch": torch.tensor(self.next_epoch), "updates": torch.tensor(self.updates)}
        return {**state, **counters, "return": self._return}

    @placed
    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Go on from what `state_dict` returned.

        Raises:
            ValueError: the state is that of other networks.
        """
        state = {name: here(value) for name, value in state.items()}
        for part, owner in self._parts().items():
            owner.load_state_dict(_below(part, state))
        self._obs = self._per_agent(self._pool.load_state_dict(_below("pool", state), self._seed_of))
        self.next_epoch, self.updates = int(state["next_epoch"]), int(state["updates"])
        self._return = state["return"].clone()

    def _evaluate_in_other_ways(self) -> list[dict[str, float]]:
        """Return each seed's means of the settings' further evaluations, by column."""
        found: dict[str, Tensor] = {}
        for evaluator in self._others:
            found |= by_way(evaluator.how, evaluator.returns(self.learner, self.next_epoch), self.settings.agents)
        return [{name: float(means[group]) for name, means in found.items()} for group in range(len(self.seeds))]

    def _vector_step(self, meter: Meter) -> None:
        """Let every agent act once, then make the updates that are due."""
        settings, done = self.settings, self.replay.steps * self.settings.agents
        if 0 < settings.pretrain_steps <= done < settings.pretrain_steps + settings.agents:
            self.learner = succeed(self.learner, self._space, self.settings, self._streams)
            self.replay.forget()
        seeded = self.replay.age * settings.agents >= settings.seed_steps
        learner, streams = self.learner, self._streams
        own = seeded or self._learned_before
        self._collect(act(learner, self._obs, settings.unroll, streams) if own else random_actions(learner, streams), meter)
        if seeded:
            for _ in range(self.learner.updates_due(done, settings.updates_per_step)):
                self._update(meter)

    def _collect(self, action: Tensor, meter: Meter) -> None:
        self._stop_at(~action.isfinite().flatten(1).all(1), "an action")
        step = self._pool.step(action.flatten(0, 1))
        next_obs, reward, mask, ended, obs = (self._per_agent(each) for each in step)
        self.replay.add(self._obs, action, reward, mask, next_obs, ended)
        self._obs = obs
        self._return = self._return + reward
        if ended.any():
            meter.add("task_return", masked(self._return, ended))
            self._return = self._return.masked_fill(ended, 0.0)

    def _update(self, meter: Meter) -> None:
        """Sample, relabel the rewards for each agent (3.2), update the agents."""
        settings, streams, agents = self.settings.sac, self._streams, self.settings.agents
        pretrained = self.settings.pretrain_steps
        batch = self.learner.draw(self.replay, streams)
        reward = batch.reward.expand(-1, agents, -1)
        # Where there is pre-training, it has the intrinsic reward alone, and the rest the task's alone.
        if self._novelty is not None and not 0 < pretrained < self.replay.steps * agents:
            intrinsic = self._intrinsic(self._novelty, batch, meter)
            reward = intrinsic if pretrained else reward + self.settings.reward.scale * intrinsic
        noise = streams.normal("noise", 2, agents, settings.batch, self.learner.action_dim).transpose(0, 1)
        losses = self.learner.update(batch, reward, noise)
        meter.add("critic_loss", losses.critic)
        meter.add("entropy", losses.entropy)
        meter.add("temperature", losses.temperature)
        self.updates += 1

    def _intrinsic(self, novelty: Intrinsic, batch: Batch, meter: Meter) -> Tensor:
        """Return the intrinsic rewards [G, N, B] of a batch, then let the encoder learn from it.

        Algorithm 1 has the agents' update between the two; neither depends on it. Side by side they cost a tenth less: their
        weights, states and code are still in the cache.
        """
        found = novelty.rewards(batch, self.replay)
        meter.add("intrinsic_mean", found.mean(-1))
        meter.add("intrinsic_std", found.std(-1))
        if novelty.learns:
            meter.add("encoder_loss", novelty.learn(batch, self.replay, self._streams))
        return found

    def _check(self, meter: Meter) -> None:
        for name in ("critic_loss", "entropy", "encoder_loss"):
            self._stop_at(meter.broken(name), name)

    def _stop_at(self, broken: Tensor, what: str) -> None:
        """Raise RuntimeError if `broken` [G] marks a seed."""
        if broken.any():
            seed = self.seeds[int(broken.nonzero()[0])]
            raise RuntimeError(
                f"{what} of seed {seed} is no longer finite in block {self.next_epoch}; the last saved state is kept: "
                "lower sac.learning_rate or the clips"
            )

    def _parts(self) -> dict[str, Part]:
        """Return whose states make up the state, by the prefix of their entries; the pool's state needs more to go on."""
        parts: dict[str, Part] = {"learner": self.learner, "replay": self.replay, "streams": self._streams}
        if self._novelty is not None:
            parts["encoder"] = self._novelty
        if self._classifier is not None:
            parts["classifier"] = self._classifier
        return parts

    def _seed_of(self, place: int, episode: int) -> int:
        group, agent = divmod(place, self.settings.agents)
        return episode_seed(self.seeds[group], agent, episode)

    def _per_agent(self, values: Tensor) -> Tensor:
        return values.unflatten(0, (len(self.seeds), self.settings.agents))


def _below(part: str, state: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(f"{part}."): value for name, value in state.items() if name.startswith(f"{part}.")}
