"""What the tests of Collaborative Exploration share."""

import pytest
import torch

from kmyriad.collaborative.replay import Batch, Replay
from kmyriad.collaborative.streams import Streams


@pytest.fixture
def random_batch():
    """Makes a batch of random transitions, [groups, readers, size]."""

    def make(groups: int, readers: int, size: int, obs_dim: int, action_dim: int, seed: int, dtype=torch.float64) -> Batch:
        generator = torch.Generator().manual_seed(seed)
        lead = (groups, readers, size)

        def normal(*shape: int) -> torch.Tensor:
            return torch.randn(*lead, *shape, generator=generator, dtype=dtype)

        mask = (torch.rand(lead, generator=generator) > 0.2).to(dtype)
        nobody = torch.zeros(lead, dtype=torch.int64)
        return Batch(normal(obs_dim), normal(action_dim).tanh(), normal(), mask, normal(obs_dim), nobody, nobody)

    return make


@pytest.fixture
def counting_replay():
    """Makes a replay whose observation of agent n of group g at time t is (g, n, t), its afterstate (g, n, t + 1)."""

    def make(groups: int, agents: int, capacity: int, steps: int, ends=lambda agent, time: False) -> Replay:
        replay = Replay(groups, agents, capacity, 3, 1)
        group, agent = torch.meshgrid(torch.arange(groups), torch.arange(agents), indexing="ij")
        for time in range(steps):
            now = torch.stack([group, agent, torch.full_like(group, time)], -1).float()
            after = now + torch.tensor([0.0, 0.0, 1.0])
            ended = torch.tensor([ends(n, time) for n in range(agents)]).expand(groups, -1)
            reward = now[..., 2]
            replay.add(now, now[..., 2:], reward, torch.ones(groups, agents), after, ended)
        return replay

    return make


@pytest.fixture
def streams() -> Streams:
    return Streams((0, 1))
