"""Agents as policies of one head: they act as where they were trained."""

import pytest
import torch

from kmyriad.collaborative.batched import BatchedMLP
from kmyriad.policies import MultiHeadPolicy
from kmyriad.settings.collaborative.arm import SacSettings
from kmyriad.side_by_side.team import Team, actor_of, team_of_actors, team_of_heads, team_of_skills

SETTINGS = SacSettings(actor=(7, 6), log_std_range=(-2.0, 0.5))


def actors(number: int, inputs: int = 5) -> BatchedMLP:
    """Actors with `inputs` features and 2 action components, biases drawn too."""
    generator = torch.Generator().manual_seed(3)
    network = BatchedMLP((inputs, *SETTINGS.actor, 4), [generator], number)
    for bias in network.biases:
        torch.nn.init.normal_(bias, generator=generator)
    return network


def test_an_actor_of_a_soft_actor_critic_is_the_same_policy() -> None:
    network, obs = actors(3), 3 * torch.randn(3, 11, 5, generator=torch.Generator().manual_seed(0))
    network.weights[-1].data[..., 3] *= -1
    team = team_of_actors(list(network.weights), list(network.biases), SETTINGS)
    means, log_stds = network(obs).chunk(2, -1)
    assert (log_stds < -2).any() and (log_stds > 0.5).any()  # the clip matters
    for agent in range(3):
        mean, log_std = team.select_head(agent)(obs[agent])
        torch.testing.assert_close(mean, means[agent])
        torch.testing.assert_close(log_std, log_stds[agent].clamp(-2.0, 0.5))


def test_an_agent_goes_on_as_the_actor_it_was() -> None:
    network, successor = actors(3), actors(1)
    team = team_of_actors(list(network.weights), list(network.biases), SETTINGS)
    successor.load_state_dict(actor_of(team.select_head(2)))
    for found, given in zip(successor.parameters(), network.parameters(), strict=True):
        assert torch.equal(found[0], given[2])


def test_a_skill_is_the_actor_that_is_told_of_it() -> None:
    network, obs = actors(1, 5 + 3), torch.randn(11, 5)
    team = team_of_skills(list(network.weights), list(network.biases), SETTINGS, 3)
    assert team.num_heads == 3
    for skill in range(3):
        told = torch.cat([obs, torch.eye(3)[skill].expand(11, -1)], -1)
        torch.testing.assert_close(team.select_head(skill)(obs)[0], network(told[None])[0].chunk(2, -1)[0])


def test_a_team_of_heads_acts_as_its_policy() -> None:
    policy, obs = MultiHeadPolicy(5, 2, 4, (8,), 6, seed=1), torch.randn(12, 5)
    torch.testing.assert_close(
        team_of_heads(policy, 4).sample(obs, deterministic=True)[0], policy.sample(obs, deterministic=True)[0]
    )


def test_one_head_counts_as_often_as_there_are_agents() -> None:
    policy, obs = MultiHeadPolicy(5, 2, 1, (8,), 6, seed=1), torch.randn(3, 5)
    team = team_of_heads(policy, 3)
    assert team.num_heads == 3
    torch.testing.assert_close(team.sample(obs, deterministic=True)[0], policy.sample(obs, deterministic=True)[0])


def test_agents_have_noise_of_their_own() -> None:
    team = team_of_heads(MultiHeadPolicy(5, 2, 1, (8,), 6, seed=1), 2)
    first, second = team.sample(torch.ones(2, 5), torch.Generator().manual_seed(0))[0]
    assert not torch.equal(first, second)


def test_a_policy_of_several_heads_is_no_agent() -> None:
    with pytest.raises(ValueError, match=r"^a team is made of policies of one head"):
        Team([MultiHeadPolicy(5, 2, 2, (8,), 6)])


def test_an_actor_of_another_depth() -> None:
    network = BatchedMLP((5, 7, 4), [torch.Generator()], 1)
    with pytest.raises(ValueError, match=r"^an actor of 1 hidden layers: sac.actor needs two"):
        team_of_actors(list(network.weights), list(network.biases), SETTINGS)
