"""N agents as policies of one head each, whatever trained them."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from kmyriad.policies import MultiHeadPolicy
from kmyriad.settings.collaborative.arm import SacSettings


class Team(nn.Module):
    """N policies of one head: agent i acts in the i-th block of m / N consecutive environments.

    Raises:
        ValueError: no policies, or one of several heads.
    """

    def __init__(self, policies: Sequence[MultiHeadPolicy]) -> None:
        super().__init__()
        if not policies or any(policy.num_heads != 1 for policy in policies):
            raise ValueError("a team is made of policies of one head: take them with policy.select_head(head)")
        self.agents = nn.ModuleList(policies)

    @property
    def num_heads(self) -> int:
        """Number of agents, N."""
        return len(self.agents)

    def sample(self, obs: Tensor, generator: torch.Generator | None = None, deterministic: bool = False) -> tuple[Tensor, Tensor]:
        """Return actions tanh(u) and u, each [m, action_dim], of observations [m, obs_dim]; `deterministic`: u is the mean."""
        parts = [
            self.select_head(agent).sample(block, generator, deterministic)
            for agent, block in enumerate(obs.chunk(self.num_heads))
        ]
        actions, u = zip(*parts, strict=True)
        return torch.cat(actions), torch.cat(u)

    def select_head(self, head: int) -> MultiHeadPolicy:
        """Return agent number `head`."""
        agent = self.agents[head]
        assert isinstance(agent, MultiHeadPolicy)
        return agent


def team_of_heads(policy: MultiHeadPolicy, agents: int) -> Team:
    """Return the heads of `policy` as a team of `agents`; one head counts as often as there are agents."""
    heads = range(policy.num_heads) if policy.num_heads > 1 else [0] * agents
    return Team([policy.select_head(head) for head in heads])


def team_of_actors(weights: Sequence[Tensor], biases: Sequence[Tensor], settings: SacSettings) -> Team:
    """Return the actors of N soft actor-critics, of two hidden layers each, as a team.

    weights [N, in, out] and biases [N, 1, out] are those of `kmyriad.collaborative.batched.BatchedMLP`, layer by layer.

    Raises:
        ValueError: another number of hidden layers.
    """
    layers = list(zip(weights, biases, strict=True))
    return Team(
        [_policy([(weight[agent], bias[agent, 0]) for weight, bias in layers], settings) for agent in range(len(weights[0]))]
    )


def actor_of(policy: MultiHeadPolicy) -> dict[str, Tensor]:
    """Return the state of the actor of a lone soft actor-critic that acts as `policy`, an agent of `team_of_actors`."""
    state = policy.state_dict()
    layers = [("trunk.0.weight", "trunk.0.bias"), ("adapter_weight", "adapter_bias"), ("output_weight", "output_bias")]
    weights = [state[weight].view(-1, *state[weight].shape[-2:]) for weight, _ in layers]
    weights[0] = weights[0].mT
    return {
        **{f"weights.{layer}": weight for layer, weight in enumerate(weights)},
        **{f"biases.{layer}": state[bias].view(1, 1, -1) for layer, (_, bias) in enumerate(layers)},
    }


def team_of_skills(weights: Sequence[Tensor], biases: Sequence[Tensor], settings: SacSettings, skills: int) -> Team:
    """Return the skills of one actor as a team; its last `skills` inputs say which one acts, so each is part of a bias.

    Shapes as for `team_of_actors`, N = 1.

    Raises:
        ValueError: another number of hidden layers than two.
    """
    (first, bias), *rest = [(weight[0], each[0, 0]) for weight, each in zip(weights, biases, strict=True)]
    seen, own = first.split([len(first) - skills, skills])
    return Team([_policy([(seen, bias + skill), *rest], settings) for skill in own])


def _policy(layers: list[tuple[Tensor, Tensor]], settings: SacSettings) -> MultiHeadPolicy:
    """Return the policy of an actor's weights [in, out] and biases [out]; ValueError unless it has two hidden layers."""
    if len(layers) != 3:
        raise ValueError(f"an actor of {len(layers) - 1} hidden layers: sac.actor needs two, as policies of one head have")
    (first, first_bias), (second, second_bias), (last, last_bias) = layers
    policy = MultiHeadPolicy(
        obs_dim=len(first),
        action_dim=last.shape[1] // 2,
        num_heads=1,
        trunk=(first.shape[1],),
        adapter=second.shape[1],
        log_std_range=settings.log_std_range,
        clipped_std=True,
    )
    state = {
        "trunk.0.weight": first.T,
        "trunk.0.bias": first_bias,
        "adapter_weight": second[None],
        "adapter_bias": second_bias[None, None],
        "output_weight": last[None],
        "output_bias": last_bias[None, None],
    }
    policy.load_state_dict({name: value.detach() for name, value in state.items()})
    return policy
