"""DiCE (Peng et al., 2020), its off-policy form: agents whose steps also lead them away from each other's actions."""

import torch
from torch import Tensor
from torch.nn import functional as F

from kmyriad.collaborative.batched import follow, sample_tanh_gaussian
from kmyriad.collaborative.learners.learner import Losses, Team
from kmyriad.collaborative.learners.sac import Sac
from kmyriad.collaborative.replay import Batch


def action_diversity(own: Tensor, others: Tensor) -> Tensor:
    """Return r_i = mean_{j != i} mean_c (a_i - a_j)^2 of agents' actions at common states, [..., N, B, A] -> [..., N, B].

    `own` are a_i, `others` a_j, by other networks, whose own entry j = i does not count.

    Raises:
        ValueError: fewer than two agents.
    """
    agents = own.shape[-3]
    if agents < 2:
        raise ValueError(f"{agents} agent has no others to differ from: use at least two")
    distance = (own.unsqueeze(-3) - others.unsqueeze(-4)).square().mean(-1)  # [..., i, j, B]
    itself = distance.diagonal(dim1=-3, dim2=-2).mT
    return (distance.sum(-2) - itself) / (agents - 1)


def bisect(task: Tensor, other: Tensor) -> Tensor:
    """Return the gradient between two, each row its own, all [rows, P].

    Its direction u is that of p / |p| + d / |d|, its length (|p.u| + min(|p.u|, |d.u|)) / 2 for task gradient p and diversity
    gradient d (DiCE's bisector); the public code has |p * u|, element by element, for |p.u|. Opposite gradients make 0.
    """
    unit = F.normalize(F.normalize(task, dim=1) + F.normalize(other, dim=1), dim=1)
    along, across = ((gradient * unit).sum(1, keepdim=True).abs() for gradient in (task, other))
    return unit * (along + torch.minimum(along, across)) / 2


class Dice(Sac):
    """`Sac` with a critic of diversity, one and soft as in the public code, whose actor descends between both critics' gradients.

    The public code clips each layer of both gradients before it bisects; ours clips an agent's whole step, as Table 5 has it.

    Its reward for a transition's first state is `action_diversity`: the squared distance of the agent's mean action to those
    of the others' lagging actors. All agents learn from one batch.
    """

    def __init__(self, team: Team) -> None:
        super().__init__(*team)
        critic = (team.obs_dim + team.action_dim, *team.settings.critic, 1)
        actor = (team.obs_dim, *team.settings.actor, 2 * team.action_dim)
        self.diversity = self._network(critic, team.generators, 1)
        self._lagging = torch.nn.ModuleDict(
            {name: self._network(widths, team.generators, 1) for name, widths in (("diversity", critic), ("actor", actor))}
        )
        self._learn(diversity=self.diversity)
        self._keep(lagging=self._lagging)
        for name, module in self._lagging.items():
            module.load_state_dict(self._modules[name].state_dict())

    def update(self, batch: Batch, reward: Tensor, noise: Tensor) -> Losses:
        """Take one step of every agent, and of its diversity critic; shapes as `Sac.update`'s."""
        self._update_diversity(batch, noise[0].flatten(0, 1))
        losses = super().update(batch, reward, noise)
        for name, module in self._lagging.items():
            follow(module, self._modules[name], self.settings.tau)
        return losses

    def _update_diversity(self, batch: Batch, noise: Tensor) -> None:
        """Step towards r + gamma mask (Q'(s', a') - alpha log pi(a' | s')) of the diversity reward."""
        obs, action, next_obs = (self._per_agent(each) for each in (batch.obs, batch.action, batch.next_obs))
        mask = batch.mask.expand(-1, self.agents, -1).flatten(0, 1)
        with torch.no_grad():
            next_action, log_prob = sample_tanh_gaussian(*self._policies(next_obs), noise)
            value = _judged(self._lagging["diversity"], next_obs, next_action) - self.temperature()[:, None] * log_prob
            aim = self._rewards(obs) + self.settings.gamma * mask * value
        losses = (_judged(self.diversity, obs, action) - aim).square().mean(1)
        self._step("diversity", losses, self.settings.critic_clip)

    def _rewards(self, obs: Tensor) -> Tensor:
        """Return the diversity rewards [GN, B]."""
        both = (actor(obs).chunk(2, -1)[0].tanh() for actor in (self.actor, self._lagging["actor"]))
        return action_diversity(*(each.unflatten(0, (self.groups, -1)) for each in both)).flatten(0, 1)

    def _update_actor(self, obs: Tensor, noise: Tensor, weights: Tensor | None) -> tuple[Tensor, Tensor]:
        action, log_prob = sample_tanh_gaussian(*self._policies(obs), noise)
        cost = self.temperature().detach()[:, None] * log_prob
        twins = self._q_values(self.critic, obs, action)
        value = twins.mean(1) if self.settings.actor_reduction == "mean" else twins.amin(1)
        losses = (cost - value).mean(1)
        self._descend_between(losses, (cost - _judged(self.diversity, obs, action)).mean(1))
        return losses.detach(), -log_prob.detach()

    def _descend_between(self, task: Tensor, other: Tensor) -> None:
        parameters = self._optimisers["actor"].parameters
        pair = [torch.autograd.grad(losses.sum(), parameters, retain_graph=True) for losses in (task, other)]
        rows = [torch.cat([gradient.flatten(1) for gradient in gradients], 1) for gradients in pair]
        parts = bisect(*rows).split([parameter[0].numel() for parameter in parameters], 1)
        between = [part.reshape(parameter.shape) for part, parameter in zip(parts, parameters, strict=True)]
        self._clip("actor", between, self.settings.actor_clip)
        self._optimisers["actor"].step(between)


def _judged(critic: torch.nn.Module, obs: Tensor, action: Tensor) -> Tensor:
    values: Tensor = critic(torch.cat([obs, action], -1))
    return values[..., 0]
