"""How agents choose the actions that collect data: their own policy, or one of Section 4.2's and Fig. 7's variants."""

from collections.abc import Callable

import torch
from torch import Tensor

from kmyriad.collaborative.learners.learner import Learner
from kmyriad.collaborative.streams import Streams
from kmyriad.settings.collaborative.acting import UnrollSettings


@torch.no_grad()
def act(learner: Learner, obs: Tensor, settings: UnrollSettings, streams: Streams) -> Tensor:
    """Return actions [G, N, A] for each agent's observation, `obs` [G, N, d], as `settings.how` says."""
    return UNROLLS[settings.how](learner, obs, settings, streams)


def random_actions(learner: Learner, streams: Streams) -> Tensor:
    """Return actions [G, N, A], all as likely as each other."""
    return learner.random(streams)


def farthest(candidates: Tensor, others: Tensor) -> Tensor:
    """Return the candidate that is least like what the other agents would do (eq. 5 of Collaborative Exploration).

    argmax_k sum_{j != i} sum_h |a_k - a_h^j|^2. With mean m of the (N - 1) M actions a_h^j that sum is
    (N - 1) M |a_k - m|^2 + a constant, so the candidate farthest from m is the one, and no pair need be formed.

    Shapes: candidates [..., M, A] of the agent, others [..., (N - 1) M, A] -> [..., A].
    """
    distance = (candidates - others.mean(-2, keepdim=True)).square().sum(-1)
    return _pick(candidates, distance.argmax(-1))


def _own(learner: Learner, obs: Tensor, settings: UnrollSettings, streams: Streams) -> Tensor:
    return learner.explore(obs, streams)


def _eps_greedy(learner: Learner, obs: Tensor, settings: UnrollSettings, streams: Streams) -> Tensor:
    """With probability epsilon a uniformly random action."""
    return _sometimes(_own(learner, obs, settings, streams), random_actions(learner, streams), settings.epsilon, streams)


def _eps_collab(learner: Learner, obs: Tensor, settings: UnrollSettings, streams: Streams) -> Tensor:
    """With probability epsilon the action of eq. 5, of M that each agent draws."""
    mean, log_std = _everybody(learner, obs)
    noise = streams.normal("explore", learner.agents, learner.agents, settings.samples, learner.action_dim, dtype=learner.dtype)
    drawn = (mean[..., None, :] + log_std.exp()[..., None, :] * noise).tanh()  # [G, at, by, M, A]
    chosen = []
    for agent in range(learner.agents):
        rest = [other for other in range(learner.agents) if other != agent]
        chosen.append(farthest(drawn[:, agent, agent], drawn[:, agent, rest].flatten(1, 2)))
    return _sometimes(_own(learner, obs, settings, streams), torch.stack(chosen, 1), settings.epsilon, streams)


def _ucb(learner: Learner, obs: Tensor, settings: UnrollSettings, streams: Streams) -> Tensor:
    """Of one action drawn by each agent the one with the largest mean + lambda std over all 2 N critics (5.6, SUNRISE)."""
    drawn = _drawn(learner, obs, streams)
    groups, at, by, _ = drawn.shape
    # Every critic judges every candidate at every place.
    places = obs[:, None, :, None].expand(-1, by, -1, by, -1).flatten(2, 3)
    values = learner.q_values(places, drawn[:, None].expand(-1, by, -1, -1, -1).flatten(2, 3))
    critics = values.flatten(1, 2).view(groups, -1, at, by)
    return _pick(drawn, (critics.mean(1) + settings.ucb * critics.std(1, correction=0)).argmax(-1))


def _softmax(learner: Learner, obs: Tensor, settings: UnrollSettings, streams: Streams) -> Tensor:
    """The action that agent j draws, j with probability softmax_j(min Q^j(s, a^j))."""
    drawn = _drawn(learner, obs, streams)
    values = learner.q_values(obs[:, None].expand(-1, learner.agents, -1, -1), drawn.transpose(1, 2)).amin(2)  # [G, by, at]
    uniform = streams.uniform("explore", learner.agents)
    return _pick(drawn, choose_by_softmax(values.mT * settings.inverse_temperature, uniform))


def choose_by_softmax(logits: Tensor, uniform: Tensor) -> Tensor:
    """Return i with probability softmax(logits)_i, from numbers uniform in [0, 1): [..., N], [...] -> [...]."""
    edges = logits.softmax(-1).cumsum(-1)[..., :-1]  # the last edge is 1 but for rounding
    return (uniform[..., None] >= edges).sum(-1)


def _everybody(learner: Learner, obs: Tensor) -> tuple[Tensor, Tensor]:
    """Return mean and log std of every agent's policy at every agent's observation, each [G, at, by, A]."""
    mean, log_std = learner.policies(obs[:, None].expand(-1, learner.agents, -1, -1))
    return mean.transpose(1, 2), log_std.transpose(1, 2)


def _drawn(learner: Learner, obs: Tensor, streams: Streams) -> Tensor:
    """Return an action drawn by each agent's policy at each agent's observation, [G, at, by, A]."""
    mean, log_std = _everybody(learner, obs)
    return (mean + log_std.exp() * _noise(learner, streams, learner.agents, learner.agents)).tanh()


def _noise(learner: Learner, streams: Streams, *shape: int) -> Tensor:
    return streams.normal("act", *shape, learner.action_dim, dtype=learner.dtype)


def _sometimes(usual: Tensor, other: Tensor, probability: float, streams: Streams) -> Tensor:
    deviate = streams.uniform("explore", usual.shape[1]) < probability
    return torch.where(deviate[..., None], other, usual)


def _pick(actions: Tensor, index: Tensor) -> Tensor:
    """Return actions[..., index, :]: [..., N, A], [...] -> [..., A]."""
    return actions.take_along_dim(index[..., None, None], -2).squeeze(-2)


UNROLLS: dict[str, Callable[[Learner, Tensor, UnrollSettings, Streams], Tensor]] = {
    "own": _own,
    "eps_greedy": _eps_greedy,
    "ucb": _ucb,
    "softmax": _softmax,
    "eps_collab": _eps_collab,
}
