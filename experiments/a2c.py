"""What lets A2C learn? Cartpole-swingup, four environments, an action held for eight steps, and one thing changed at a time.

    python -m experiments.a2c NAME [--seeds 0 1 2] [--actions 140000]

Prints, for each seed, the mean return of the last three of ten evaluations, five episodes each.
"""

import argparse
import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from kmyriad.collaborative import CollaborativeTraining
from kmyriad.collaborative.batched import clip_per_agent
from kmyriad.collaborative.learners.a2c import A2c, Actor
from kmyriad.collaborative.learners.learner import Team
from kmyriad.collaborative.replay import Batch
from kmyriad.collaborative.streams import Streams
from kmyriad.collaborative.tasks.pool import PoolOf
from kmyriad.jobs.command import one_line_errors
from kmyriad.names import choose
from kmyriad.policies.adam import Adam
from kmyriad.settings.collaborative.arm import CollaborativeSettings, arm_settings, changed
from kmyriad.settings.collaborative.baselines import A2cSettings

TASK, EVALUATIONS, LAST = "cartpole-swingup", 10, 3


class Squashed(A2c):
    """a = tanh(u) in place of clip(u, -1, 1)."""

    def bounded(self, u: Tensor) -> Tensor:
        """Return tanh(u)."""
        return u.tanh()

    def _log_likelihood(self, mean: Tensor, log_std: Tensor, action: Tensor) -> Tensor:
        u = action.clamp(-1 + 1e-6, 1 - 1e-6).atanh()
        inside = -0.5 * ((u - mean) / log_std.exp()).square() - log_std - 0.5 * math.log(2 * math.pi)
        return (inside - 2 * (math.log(2) - u - F.softplus(-2 * u))).sum(-1)


class Rectified(A2c):
    """ReLU in place of tanh between the layers."""

    def __init__(self, team: Team, a2c: A2cSettings) -> None:
        super().__init__(team, a2c)
        for network in (self.actor, self.critic):
            network._activation = F.relu_


class StateDependentActor(Actor):
    """Its outputs are the means and, beside log_std, the log standard deviations."""

    def __init__(self, widths: tuple[int, ...], generators: list[torch.Generator], dtype: torch.dtype, gain: float) -> None:
        super().__init__((*widths[:-1], 2 * widths[-1]), generators, dtype, gain)
        self.log_std = nn.Parameter(torch.zeros(len(generators), 1, widths[-1], dtype=dtype))


class StateDependent(A2c):
    """Standard deviations that are a second output of the actor."""

    def __init__(self, team: Team, a2c: A2cSettings) -> None:
        super().__init__(team, a2c)
        widths = (team.obs_dim, *team.settings.actor, team.action_dim)
        self.actor = StateDependentActor(widths, list(team.generators), team.dtype, a2c.actor_gain)
        self._learn(actor=self.actor)

    def policies(self, obs: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log standard deviation, [G, N, B, A] each."""
        mean, log_std = self.actor(self._seen(obs)).unflatten(1, obs.shape[1:3]).chunk(2, -1)
        return mean, (log_std + self.actor.log_std[:, None]).clamp(*self.a2c.log_std_range)


class RawObservations(A2c):
    """Observations as they are."""

    def _seen(self, obs: Tensor) -> Tensor:
        return obs.flatten(1, 2)


class RawRewards(A2c):
    """Rewards as they are."""

    def _scaled(self, batch: Batch, reward: Tensor) -> Tensor:
        return reward


class Raw(RawObservations, RawRewards):
    """Both."""


class SeparateClips(A2c):
    """Each network's gradients clipped to a norm of their own."""

    def _descend(self, actor: Tensor, critic: Tensor) -> None:
        for name, loss in (("actor", actor), ("critic", critic)):
            gradients = self._gradients(name, loss)
            clip_per_agent(gradients, self.groups, self.a2c.clip)
            self._optimisers[name].step(gradients)


class ByAdam(A2c):
    """Adam in place of RMSprop."""

    def _optimiser(self, module: nn.Module) -> Adam:
        return Adam(module, self._learning_rate, fused=True)


class Former(Rectified, StateDependent, Squashed, Raw, SeparateClips, ByAdam):
    """All of these at once."""


class Variant(NamedTuple):
    """What a row of the table changes."""

    learner: Callable[[Team, A2cSettings], A2c] = A2c
    a2c: Mapping[str, float] = {}


VARIANTS = {
    "ours": Variant(),
    "squashed": Variant(Squashed),
    "relu": Variant(Rectified),
    "state_std": Variant(StateDependent),
    "full_gain": Variant(a2c={"actor_gain": math.sqrt(2)}),
    "raw_observations": Variant(RawObservations),
    "raw_rewards": Variant(RawRewards),
    "raw": Variant(Raw),
    "separate_clips": Variant(SeparateClips),
    "adam": Variant(ByAdam),
    "former": Variant(Former, {"actor_gain": math.sqrt(2), "critic_gain": math.sqrt(2), "learning_rate": 1e-3}),
}


def settings_of(variant: Variant, actions: int) -> CollaborativeSettings:
    """Return the arm's settings for so many actions of all environments together."""
    base = {
        "env_steps": actions // 10,  # the arm takes them ten times
        "seed_steps": 80,
        "repeat": 8,
        "sac": {"actor": (64, 64), "critic": (64, 64), "batch": 64, "buffer": 8000},
        "evaluation": {"interval": actions // EVALUATIONS, "episodes": 5, "last": LAST},
    }
    return changed(arm_settings("a2c", CollaborativeSettings.model_validate(base)), {"a2c": dict(variant.a2c)})


class Varied(CollaborativeTraining):
    """The training of a variant of A2C."""

    def __init__(self, variant: Variant, seeds: Sequence[int], actions: int, pool_of: PoolOf | None = None) -> None:
        settings = settings_of(variant, actions)
        super().__init__(TASK, settings, seeds, pool_of)
        space = self._space
        team = Team(space.obs_dim, space.action_dim, settings.agents, settings.sac, Streams(seeds).of("networks"))
        self.learner = variant.learner(team, settings.a2c)


def main() -> None:
    """Train a variant and print a row for each seed."""
    parser = argparse.ArgumentParser(prog="python -m experiments.a2c", description=__doc__.partition("\n")[0])
    parser.add_argument("name", metavar="NAME", help=", ".join(VARIANTS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--actions", type=int, default=140_000)
    args = parser.parse_args()
    torch.set_num_threads(1)
    with one_line_errors():
        training = Varied(VARIANTS[choose(args.name, VARIANTS, "variant")], args.seeds, args.actions)
        rows = [[seed.evaluation for seed in training.run_epoch().seeds] for _ in range(EVALUATIONS)]
    print(f"{'seed':>4} {'return':>6}")
    for seed, last in zip(args.seeds, torch.tensor(rows)[-LAST:].mean(0).tolist(), strict=True):
        print(f"{seed:>4} {last:>6.0f}", flush=True)


if __name__ == "__main__":
    main()
