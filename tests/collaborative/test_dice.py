"""DiCE: the bisector by hand, the diversity reward by hand, agents that part, same bytes after resuming."""

import math

import pytest
import torch
from pydantic import ValidationError

from kmyriad.collaborative.dice import Dice, action_diversity, bisect
from kmyriad.collaborative.sac import Sac
from kmyriad.collaborative.streams import Streams
from kmyriad.settings.collaborative import CollaborativeSettings, SacSettings, arm_settings

SETTINGS = SacSettings(actor=(8,), critic=(8,), batch=16, learning_rate=1e-2)


def made(agents: int = 2, seeds: tuple[int, ...] = (0, 1)) -> Dice:
    return Dice(3, 2, agents, SETTINGS, Streams(seeds).of("networks"), torch.float64)


@pytest.mark.parametrize(
    ("task", "other", "expected"),
    [
        ([3.0, 4.0], [3.0, 4.0], [3.0, 4.0]),
        # u = (1, 1) / sqrt 2; p.u = sqrt 2, d.u = 2 sqrt 2: the shorter one twice
        ([2.0, 0.0], [0.0, 4.0], [1.0, 1.0]),
        # p.u = 2 sqrt 2, d.u = sqrt 2: 3 / 2 sqrt 2
        ([4.0, 0.0], [0.0, 2.0], [1.5, 1.5]),
        ([1.0, 0.0], [-5.0, 0.0], [0.0, 0.0]),
        ([2.0, 0.0], [0.0, 0.0], [1.0, 0.0]),  # u = p / |p|; the diversity's share of the length is 0
    ],
)
def test_the_bisector_by_hand(task: list[float], other: list[float], expected: list[float]) -> None:
    torch.testing.assert_close(bisect(torch.tensor([task]), torch.tensor([other])), torch.tensor([expected]))


def test_each_agent_has_a_bisector_of_its_own() -> None:
    task, other = torch.tensor([[3.0, 4.0], [2.0, 0.0]]), torch.tensor([[3.0, 4.0], [0.0, 4.0]])
    torch.testing.assert_close(bisect(task, other), torch.tensor([[3.0, 4.0], [1.0, 1.0]]))


def test_action_diversity_by_hand() -> None:
    own = torch.tensor([[[0.0, 0.0]], [[1.0, 0.0]], [[0.0, 1.0]]])  # 3 agents, 1 state
    others = own + 1
    # Agent 0: to (2, 1): (4 + 1) / 2, to (1, 2): 5 / 2. Agent 1: to (1, 1): 1 / 2, to (1, 2): 2. Agent 2 as agent 1.
    torch.testing.assert_close(action_diversity(own, others), torch.tensor([[2.5], [1.25], [1.25]]))
    with pytest.raises(ValueError, match="1 agent has no others"):
        action_diversity(own[:1], others[:1])


def test_rewards_are_distances_to_the_lagging_actors() -> None:
    dice = made()
    obs = torch.randn(4, 5, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    obs = obs[::2].repeat_interleave(2, 0)
    dice._lagging["actor"].biases[-1].data += 0.3
    own, lagging = (actor(obs)[..., :2].tanh() for actor in (dice.actor, dice._lagging["actor"]))
    found = dice._rewards(obs)
    torch.testing.assert_close(found[0], (own[0] - lagging[1]).square().mean(-1))
    torch.testing.assert_close(found[3], (own[3] - lagging[2]).square().mean(-1))


def test_it_drives_agents_apart(random_batch) -> None:
    batch = random_batch(2, 1, 32, 3, 2, 0)
    batch = batch._replace(reward=torch.zeros_like(batch.reward))
    generator, spread = torch.Generator().manual_seed(0), []
    for kind in (Sac, Dice):
        agents = kind(3, 2, 2, SETTINGS, Streams((0, 1)).of("networks"), torch.float64)
        for parameter in agents.actor.parameters():
            parameter.data.mul_(0.1)
        for _ in range(150):
            noise = torch.randn(2, 2, 2, 32, 2, generator=generator, dtype=torch.float64)
            agents.update(batch, batch.reward.expand(-1, 2, -1), noise)
        mean = agents.policies(batch.obs.expand(-1, 2, -1, -1))[0].tanh()
        spread.append((mean[:, 0] - mean[:, 1]).square().mean())
    assert spread[1] > 2 * spread[0]


def test_a_saved_state_goes_on_with_the_same_bytes(random_batch) -> None:
    whole, resumed, batch = made(), made(seeds=(8, 9)), random_batch(2, 1, 16, 3, 2, 0)
    reward, noise = batch.reward.expand(-1, 2, -1), torch.ones(2, 2, 2, 16, 2, dtype=torch.float64)
    whole.update(batch, reward, noise)
    resumed.load_state_dict({name: value.clone() for name, value in whole.state_dict().items()})
    states = []
    for sac in (whole, resumed):
        sac.update(batch, reward, noise)
        states.append(sac.state_dict())
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0] | states[1])
    assert all(math.isfinite(float(value.sum())) for value in states[0].values())


def test_a_stratified_batch_has_as_many_transitions_of_each_agent(counting_replay, streams: Streams) -> None:
    batch = counting_replay(2, 3, 20, 30).sample(30, True, streams, True)
    assert [torch.bincount(row[0]).tolist() for row in batch.agent] == [[10] * 3] * 2
    assert torch.equal(batch.obs[..., 1].long(), batch.agent) and torch.equal(batch.obs[..., 2].long(), batch.step)
    assert batch.step.min() >= 10 and len(batch.step.unique()) > 10


def test_the_arm_and_what_it_needs() -> None:
    settings = arm_settings("dice")
    assert (settings.sac.actor_clip, settings.sac.critic_clip, settings.sac.stratified) == (40, 40, True)
    with pytest.raises(ValidationError, match="learner = dice with agents = 1 has no others to differ from"):
        CollaborativeSettings.model_validate({"learner": "dice", "agents": 1, "reward": {"scale": 0}})
    with pytest.raises(ValidationError, match="stratified says how a shared batch is made up"):
        SacSettings(stratified=True, shared=False)
