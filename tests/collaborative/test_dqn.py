"""DQN: targets, clips and schedules by hand, and agents side by side against single ones."""

import math

import pytest
import torch

from kmyriad.collaborative.collect import act, random_actions
from kmyriad.collaborative.learners.dqn import Dqn, epsilon, greedy_entropy
from kmyriad.collaborative.learners.learner import Team
from kmyriad.collaborative.pictures import PictureNetwork
from kmyriad.collaborative.replay import Batch, Replay
from kmyriad.collaborative.streams import Streams
from kmyriad.collaborative.tasks.pool import Picture, Space
from kmyriad.settings.collaborative.acting import UnrollSettings
from kmyriad.settings.collaborative.arm import SacSettings
from kmyriad.settings.collaborative.dqn import Convolution, DqnSettings

PICTURE = Picture(2, 5, 6)
GAME = Space(60, 1, 3, PICTURE)
SMALL = DqnSettings(convolutions=(Convolution(4, 3, 1),), target_period=3, epsilon_steps=100, evaluation_epsilon=0.0)
SAC = SacSettings(critic=(8,), batch=6, gamma=0.5, learning_rate=1e-3, critic_clip=1e6)


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def make(agents: int, dqn: DqnSettings = SMALL, sac: SacSettings = SAC, space: Space = GAME, seed: int = 0) -> Dqn:
    return Dqn(space, Team(space.obs_dim, 1, agents, sac, [seeded(seed)], torch.float64), dqn)


def batch_of(size: int, seed: int, readers: int = 1, groups: int = 1) -> Batch:
    lead, generator = (groups, readers, size), seeded(seed)
    obs, after = (torch.randint(2, (*lead, 60), generator=generator).double() for _ in range(2))
    reward, mask = torch.randn(lead, generator=generator, dtype=torch.float64), torch.rand(lead, generator=generator) > 0.3
    nobody = torch.zeros(lead, dtype=torch.int64)
    action = torch.randint(3, (*lead, 1), generator=generator, dtype=torch.uint8)
    return Batch(obs, action, reward, mask.double(), after, nobody, nobody)


NONE = torch.empty(0)


def told(values: list[float]) -> Dqn:
    """A network that believes Q(s, .) = `values` of every state, and its target."""
    dqn = make(1, space=Space(1, 1, len(values)), sac=SAC.model_copy(update={"critic": (1,)}))
    for network in (dqn.critic, dqn.target):
        for parameter in network.parameters():
            parameter.data.zero_()
    dqn.critic.biases[-1].data[0, 0] = torch.tensor(values, dtype=torch.float64)
    return dqn


def one(action: int, reward: float, mask: float) -> Batch:
    lead = torch.zeros(1, 1, 1, dtype=torch.float64)
    nobody = torch.zeros(1, 1, 1, dtype=torch.int64)
    return Batch(lead[..., None], torch.tensor([[[[action]]]]), lead + reward, lead + mask, lead[..., None], nobody, nobody)


@pytest.mark.parametrize(
    ("action", "reward", "mask", "double", "loss"),
    [
        # Q = (0, 1, 2), Q' = (3, 7, 5), gamma = 0.5. y = 1 + 0.5 * 7 = 4.5, error 2.5: beyond 1 the loss is |e| - 1/2.
        (2, 1.0, 1.0, False, 2.0),
        # The episode terminated: y = 1, error 1.
        (2, 1.0, 0.0, False, 0.5),
        # Within 1: y = 0 - 0.75, error 0.75 from Q(s, 0) = 0, 0.75^2 / 2.
        (0, -0.75, 0.0, False, 0.28125),
        # Double: Q likes action 2 best, Q' gives it 5: y = 1 + 2.5, error 1.5.
        (2, 1.0, 1.0, True, 1.0),
    ],
    ids=["maximum of the target", "terminated", "quadratic", "double"],
)
def test_targets_by_hand(action: int, reward: float, mask: float, double: bool, loss: float) -> None:
    dqn = told([0.0, 1.0, 2.0])
    dqn.target.biases[-1].data[0, 0] = torch.tensor([3.0, 7.0, 5.0], dtype=torch.float64)
    dqn.dqn = SMALL.model_copy(update={"double": double})
    batch = one(action, reward, mask)
    assert dqn.update(batch, batch.reward, NONE).critic.item() == pytest.approx(loss)


def test_the_target_is_a_copy_made_every_third_update() -> None:
    dqn, copies = make(2), []
    for update in range(7):
        before = dqn.critic.kernels[0].clone()
        dqn.update(batch_of(6, update), batch_of(6, update).reward.expand(-1, 2, -1), NONE)
        assert not torch.equal(before, dqn.critic.kernels[0])
        copies.append(torch.equal(dqn.target.kernels[0], dqn.critic.kernels[0]))
    assert copies == [False, False, True, False, False, True, False]


def test_epsilon_falls_from_the_first_step_by_policy_on() -> None:
    settings = DqnSettings(epsilon_start=0.9, epsilon_end=0.1, epsilon_steps=100)
    assert [epsilon(steps, settings) for steps in (0, 50, 100, 1000)] == pytest.approx([0.9, 0.5, 0.1, 0.1])
    dqn, streams, obs = make(2), Streams((0,)), torch.zeros(1, 2, 60, dtype=torch.float64)
    random_actions(dqn, streams)
    assert dqn.state_dict()["counters"].tolist() == [0, 0]
    act(dqn, obs, UnrollSettings(), streams)
    assert dqn.state_dict()["counters"].tolist() == [2, 0]


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_actions_are_random_as_often_as_epsilon_says(share: float) -> None:
    dqn, streams = told([0.0, 2.0, 1.0]), Streams((0,))
    dqn.dqn = DqnSettings(epsilon_start=share, epsilon_end=share, evaluation_epsilon=share)
    nothing = torch.zeros(1, 1, 3000, 1, dtype=torch.float64)
    taken = torch.stack([act(dqn, nothing[:, :, 0], UnrollSettings(), streams) for _ in range(3000)])
    evaluated = dqn.perform(nothing, streams)
    for actions in (taken, evaluated):
        counts = actions.flatten().bincount(minlength=3) / 3000
        expected = torch.tensor([share / 3, 1 - 2 * share / 3, share / 3])
        torch.testing.assert_close(counts, expected, atol=0.035, rtol=0)  # 4 standard errors of 3000 draws
    # ln 3 where all are alike; 0.3: -(0.8 ln 0.8 + 2 * 0.1 ln 0.1).
    assert greedy_entropy(share, 3) == pytest.approx({0.0: 0.0, 0.3: 0.639032, 1.0: math.log(3)}[share], abs=1e-6)


def test_rewards_are_clipped_before_novelty_is_added() -> None:
    replay = Replay(1, 1, 10, 60, 1)
    for reward in (-7.0, 0.5, 30.0):
        zeros = torch.zeros(1, 1, 60)
        replay.add(zeros, zeros[..., :1], torch.full((1, 1), reward), torch.ones(1, 1), zeros, torch.zeros(1, 1) > 0)
    sac = SAC.model_copy(update={"batch": 3})
    drawn = {make(1, sac=sac).draw(replay, Streams((seed,))).reward.flatten() for seed in range(20)}
    assert set(torch.cat(list(drawn)).tolist()) == {-1.0, 0.5, 1.0}
    free = make(1, SMALL.model_copy(update={"reward_clip": None}), sac)
    assert set(torch.cat([free.draw(replay, Streams((seed,))).reward.flatten() for seed in range(20)]).tolist()) == {-7, 0.5, 30}


@pytest.mark.parametrize("clip", [1e6, 0.01], ids=["no clip", "active clip"])
def test_a_set_of_agents_is_as_many_single_ones(clip: float) -> None:
    sac = SAC.model_copy(update={"critic_clip": clip})
    many, singles = make(3, sac=sac), [make(1, sac=sac) for _ in range(3)]
    for agent, single in enumerate(singles):
        for network in ("critic", "target"):
            own, all_of_them = getattr(single, network).parameters(), getattr(many, network).parameters()
            for target, source in zip(own, all_of_them, strict=True):
                target.data.copy_(source.data[agent : agent + 1])
    for update in range(20):
        batch, reward = batch_of(6, update), torch.randn(1, 3, 6, generator=seeded(100 + update), dtype=torch.float64)
        losses = many.update(batch, reward, NONE).critic
        found = [single.update(batch, reward[:, [agent]], NONE).critic for agent, single in enumerate(singles)]
        torch.testing.assert_close(losses, torch.cat(found, 1), rtol=0, atol=1e-12)
    for agent, single in enumerate(singles):
        for one_, all_ in zip(single.critic.parameters(), many.critic.parameters(), strict=True):
            torch.testing.assert_close(one_[0], all_[agent], rtol=0, atol=1e-12)


def test_convolutions_are_torchs() -> None:
    layers = (Convolution(4, 3, 1), Convolution(5, 2, 2))
    network = PictureNetwork(Picture(2, 5, 6, 3), layers, (7, 2), [seeded(0), seeded(1)], 2, torch.float64)
    x = torch.randn(4, 3, 180, generator=seeded(2), dtype=torch.float64)
    for index in range(4):
        planes = x[index].view(3, 6, 5, 6)
        for kernel, bias, layer in zip(network.kernels, network.biases, layers, strict=True):
            planes = torch.conv2d(planes, kernel[index], bias[index], layer.stride).relu()
        hidden = (planes.flatten(1) @ network.rest.weights[0][index]).relu()
        torch.testing.assert_close(network(x)[index], hidden @ network.rest.weights[1][index])
    # Orthogonal with gain sqrt(2): 4 filters of 54 weights.
    filters = network.kernels[0][0].flatten(1)
    torch.testing.assert_close(filters @ filters.T, 2 * torch.eye(4, dtype=torch.float64))
    with pytest.raises(ValueError, match="of 5 pixels is 3 wide before the convolution with the kernel 4: take smaller"):
        PictureNetwork(PICTURE, (Convolution(4, 3, 1), Convolution(4, 4, 1)), (2,), [seeded(0)], 1)


def test_it_goes_on_from_its_state_alone() -> None:
    whole, resumed = make(2), make(2, seed=7)
    streams, batch = Streams((0,)), batch_of(6, 0)
    for _ in range(2):
        whole.update(batch, batch.reward.expand(-1, 2, -1), NONE)
        whole.explore(torch.zeros(1, 2, 60, dtype=torch.float64), streams)
    resumed.load_state_dict({name: value.clone() for name, value in whole.state_dict().items()})
    for dqn in (whole, resumed):
        dqn.update(batch, batch.reward.expand(-1, 2, -1), NONE)  # the third: the target is copied
    found, expected = resumed.state_dict(), whole.state_dict()
    assert [name for name in expected if not torch.equal(expected[name], found[name])] == []
    assert torch.equal(whole.target.kernels[0], whole.critic.kernels[0])


def test_it_has_no_gaussian_policies_but_values_of_actions() -> None:
    dqn = told([0.0, 2.0, 1.0])
    with pytest.raises(NotImplementedError, match="DQN's actions are choices"):
        dqn.policies(torch.zeros(1, 1, 1, 1))
    found = dqn.q_values(torch.zeros(1, 1, 2, 1, dtype=torch.float64), torch.tensor([[[[1], [2]]]]))
    assert found.tolist() == [[[[2.0, 1.0]]]]
