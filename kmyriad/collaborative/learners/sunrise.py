"""SUNRISE (Lee et al., 2021): agents that learn from different transitions, and less from targets they disagree about."""

import torch
from torch import Tensor

from kmyriad.collaborative.learners.learner import Team
from kmyriad.collaborative.learners.sac import Sac
from kmyriad.collaborative.placement import CPU, here
from kmyriad.collaborative.replay import Batch
from kmyriad.settings.collaborative.baselines import SunriseSettings


def confidence(values: Tensor, temperature: float) -> Tensor:
    """Return the weight of a target, sigmoid(-std * T) + 1/2, in (1/2, 1] (SUNRISE's weighted Bellman backup).

    std is that of all agents' 2 N target critics, divided by 2 N as in the public code: values [..., 2 N, B] -> [..., B].
    """
    return (-values.std(-2, correction=0) * temperature).sigmoid() + 0.5


class Sunrise(Sac):
    """`Sac` whose losses are sum(m w l) / (sum(m) + 1) over a batch that all agents share, as in the public code.

    m is whether a transition is the agent's to learn from, drawn once with probability `keep`, so that each is at least one
    agent's; w is `confidence` in the critic's loss and 1 in the actor's and the temperature's. Actions that collect data are
    chosen by the unroll "ucb".
    """

    def __init__(self, team: Team, sunrise: SunriseSettings) -> None:
        super().__init__(*team)
        self._draw_keys(team, sunrise)

    def kept(self, agent: Tensor, step: Tensor) -> Tensor:
        """Return whose transition `step` of agent `agent` is to learn from, both [G, B] -> bool [G, N, B].

        It follows from the seed's key and the transition, so nothing need be stored.
        """
        name = _mixed(_mixed(self._keys[:, None] + agent) + step)[:, None]
        learner = torch.arange(self.agents)[:, None]
        chosen = _uniform(name + 1 + learner) < self.sunrise.keep
        last = (_uniform(name) * self.agents).long() == learner
        return chosen | (last & ~chosen.any(1, keepdim=True))

    def state_dict(self) -> dict[str, Tensor]:
        """Return `Sac`'s, and the seeds' keys."""
        return super().state_dict() | {"keys": self._keys}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Go on from what `state_dict` returned.

        Raises:
            ValueError: the state is that of other networks.
        """
        super().load_state_dict(state)
        self._keys = state["keys"].clone()

    def _draw_keys(self, team: Team, sunrise: SunriseSettings) -> None:
        self.sunrise = sunrise
        self._keys = here(torch.stack([torch.randint(2**62, (), generator=each, device=CPU) for each in team.generators]))

    def _weights(self, batch: Batch, values: Tensor) -> Tensor:
        kept = self.kept(batch.agent[:, 0], batch.step[:, 0]).to(values.dtype)
        share = kept / (kept.sum(-1, keepdim=True) + 1)
        trust = confidence(values.view(self.groups, -1, values.shape[-1]), self.sunrise.temperature)
        return torch.stack([share * trust[:, None], share]).flatten(1, 2)


def _uniform(name: Tensor) -> Tensor:
    """Return numbers in [0, 1) that follow from integers, 53 bits of each."""
    return ((_mixed(name) >> 11) & (2**53 - 1)).double() / 2**53


def _mixed(name: Tensor) -> Tensor:
    """Return integers [int64] mixed so that near ones have nothing in common (splitmix64's last steps, Steele et al., 2014)."""
    name = name * -7046029254386353131  # 0x9e3779b97f4a7c15, the golden ratio's bits
    name = (name ^ ((name >> 30) & (2**34 - 1))) * -4658895280553007687  # 0xbf58476d1ce4e5b9
    name = (name ^ ((name >> 27) & (2**37 - 1))) * -7723592293110705685  # 0x94d049bb133111eb
    return name ^ ((name >> 31) & (2**33 - 1))
