"""How unlike the policies of a set are: KL divergence between them, and information of states about actions (Table 3)."""

import math
from collections.abc import Sequence
from itertools import permutations
from typing import NamedTuple

import torch
from torch import Tensor

from kmyriad.collaborative.batched import BatchedMLP
from kmyriad.collaborative.learners.learner import Learner
from kmyriad.collaborative.streams import Streams, evaluation_seed
from kmyriad.collaborative.tasks.pool import Pool
from kmyriad.policies.adam import Adam
from kmyriad.settings.collaborative.baselines import MineSettings

_NUMBER = 2**32 - 1  # of the evaluation whose episodes these are: one that training does not reach


class Diversity(NamedTuple):
    """Of each seed's agents, in nats."""

    divergence: Tensor
    """[G]: mean of KL(pi_i || pi_j) over states and ordered pairs i != j; larger is more diverse."""
    information: Tensor
    """[G, N]: I(S; A) of each agent; smaller is less certain what to do in a state."""
    mixture: Tensor
    """[G]: I(S; A) of the set, where every action is that of an agent drawn at random."""


def gaussian_kl(mean: Tensor, log_std: Tensor, other_mean: Tensor, other_log_std: Tensor) -> Tensor:
    """Return KL(p || q) in nats of Gaussians with diagonal covariance, p the first, all [..., A] -> [...].

    sum_c log(s_q / s_p) + (s_p^2 + (m_p - m_q)^2) / (2 s_q^2) - 1/2. It is also that of the tanh of both: tanh is one to one,
    and KL does not change under such maps.
    """
    scaled = (mean - other_mean) / other_log_std.exp()
    ratio = log_std - other_log_std
    return (-ratio + ((2 * ratio).exp() + scaled.square() - 1) / 2).sum(-1)


def mean_divergence(mean: Tensor, log_std: Tensor) -> Tensor:
    """Return the mean of KL(pi_i || pi_j) over ordered pairs i != j and states, [...], for policies [..., N, B, A].

    Raises:
        ValueError: fewer than two agents.
    """
    agents = mean.shape[-3]
    if agents < 2:
        raise ValueError(f"a divergence takes two policies, got {agents}: measure a set of at least two agents")
    means, log_stds = mean.unbind(-3), log_std.unbind(-3)
    pairs = permutations(range(agents), 2)
    return torch.stack([gaussian_kl(means[i], log_stds[i], means[j], log_stds[j]).mean(-1) for i, j in pairs]).mean(0)


def donsker_varadhan(joint: Tensor, product: Tensor) -> Tensor:
    """Return E_joint[T] - log E_product[exp T] <= I, in nats (Donsker & Varadhan, 1983): [..., B], [..., B'] -> [...]."""
    return joint.mean(-1) - log_mean_exp(product)


def log_mean_exp(values: Tensor) -> Tensor:
    """Return log mean exp of the last dimension."""
    return values.logsumexp(-1) - math.log(values.shape[-1])


def mutual_information(x: Tensor, y: Tensor, settings: MineSettings, streams: Streams) -> Tensor:
    """Return MINE's estimate of I(X; Y) in nats (Belghazi et al., 2018, Algorithm 1), of sets of pairs, each on its own.

    A network T maximises the Donsker-Varadhan bound on the first part of the pairs; the estimate is the bound on the rest, so
    it is low where there are too few, and may lie just below 0. The order of the pairs matters: mix them if it is that of time.

    Shapes: x [G, sets, n, d] and y [G, sets, n, A] -> [G, sets]. Constant features count as 0.

    Raises:
        ValueError: the shapes differ, or there are fewer than two pairs to learn from or to measure.
    """
    if x.shape[:3] != y.shape[:3] or x.ndim != 4 or y.ndim != 4:
        raise ValueError(f"x and y must be [G, sets, n, .], got {list(x.shape)} and {list(y.shape)}")
    number = x.shape[2]
    learned = number - int(number * settings.held_out)
    if min(learned, number - learned) < 2:
        raise ValueError(f"{number} pairs leave less than two to learn from or to measure: give more")
    pairs = _standardised(x), _standardised(y)
    mine = _Mine(x.shape[1], x.shape[3] + y.shape[3], settings, streams)
    for _ in range(settings.updates):
        at = streams.integers("batch", learned, 2, settings.batch)
        mine.step(*(_at(values, at[:, which]) for values, which in zip((*pairs, pairs[1]), (0, 0, 1), strict=True)))
    held_x, held_y = (values[:, :, learned:] for values in pairs)
    return mine.bound(held_x, held_y, settings.shifts)


class _Mine:
    """G * sets networks T(x, y), each trained by the bound's gradient with its bias removed.

    The gradient of log E[exp T] from a batch is biased, as its denominator is the batch's; a running mean takes its place.
    """

    def __init__(self, sets: int, features: int, settings: MineSettings, streams: Streams) -> None:
        self._network = BatchedMLP((features, *settings.widths, 1), streams.of("networks"), sets)
        self._optimiser = Adam(self._network, settings.learning_rate, fused=True)
        self._decay, self._log_running = settings.decay, torch.empty(0)

    def step(self, x: Tensor, y: Tensor, other: Tensor) -> None:
        """Ascend the bound for pairs (x, y) and independent (x, other), each [G, sets, B, .]."""
        joint, product = self._values(x, torch.cat([y, other], 2).unflatten(2, (2, -1))).unbind(-2)
        log_mean = log_mean_exp(product)
        self._follow(log_mean.detach())
        # d exp(log_mean - log_running) = E[exp T dT] / running mean
        loss = (log_mean - self._log_running).exp() - joint.mean(-1)
        self._optimiser.step(torch.autograd.grad(loss.sum(), self._optimiser.parameters))

    @torch.no_grad()
    def bound(self, x: Tensor, y: Tensor, shifts: int) -> Tensor:
        """Return the bound [G, sets]; y, moved on cyclically by different numbers of pairs, is what is independent of x."""
        number = x.shape[2]
        moves = torch.linspace(0, number, shifts + 2)[1:-1].long().clamp(1, number - 1).tolist()
        joint = self._values(x, y[:, :, None])[..., 0, :]
        moved = [self._values(x, y.roll(move, 2)[:, :, None])[..., 0, :] for move in moves]
        return donsker_varadhan(joint, torch.cat(moved, -1))

    def _values(self, x: Tensor, ys: Tensor) -> Tensor:
        """Return T [G, sets, K, B] of x [G, sets, B, .] with each of K y's [G, sets, K, B, .]."""
        pairs = torch.cat([x[:, :, None].expand(-1, -1, ys.shape[2], -1, -1), ys], -1)
        return self._network(pairs.flatten(0, 1).flatten(1, 2)).view(ys.shape[:-1])

    def _follow(self, log_mean: Tensor) -> None:
        if not self._log_running.numel():
            self._log_running = log_mean
        kept, new = math.log(1 - self._decay), math.log(self._decay)
        self._log_running = torch.logaddexp(self._log_running + kept, log_mean + new)


def diversity(learner: Learner, states: Tensor, settings: MineSettings, streams: Streams) -> Diversity:
    """Return the diversity of each seed's agents at common states, [G, n, d], in an order that is not that of time."""
    with torch.no_grad():
        mean, log_std = learner.policies(states[:, None].expand(-1, learner.agents, -1, -1))
        noise = streams.normal("act", *mean.shape[1:])
        actions = learner.bounded(mean + log_std.exp() * noise)
        who = streams.integers("explore", learner.agents, 1, states.shape[1])
        everything = torch.cat([actions, actions.take_along_dim(who[..., None], 1)], 1)
        divergence = mean_divergence(mean, log_std)
    found = mutual_information(states[:, None].expand(-1, everything.shape[1], -1, -1), everything, settings, streams)
    return Diversity(divergence, found[:, :-1], found[:, -1])


@torch.no_grad()
def visited(learner: Learner, pool: Pool, seeds: Sequence[int], episodes: int, streams: Streams) -> tuple[Tensor, Tensor]:
    """Let every agent of every seed play `episodes` episodes by its own policy, with noise, in its own copy of the task.

    Returns:
        The states that all agents of a seed acted on, mixed, [G, n, d]; all seeds' n are the smallest one.
        The mean undiscounted task returns [G, N].
    """
    lead = (len(seeds), learner.agents)
    obs = pool.reset(lambda place, episode: evaluation_seed(seeds[place // lead[1]], _NUMBER, place % lead[1], episode))
    total, left, seen = torch.zeros(lead), torch.full(lead, episodes), []
    while (left > 0).any():
        mean, log_std = learner.policies(obs.view(*lead, 1, -1))
        action = learner.bounded(mean + log_std.exp() * streams.normal("act", *mean.shape[1:]))
        seen.append((obs.view(*lead, -1), left > 0))
        step = pool.step(action.flatten(0, 2))
        total += step.reward.view(lead) * (left > 0)
        left, obs = left - step.ended.view(lead).long(), step.obs
    return _mixed(seen, streams), total / episodes


def _mixed(seen: list[tuple[Tensor, Tensor]], streams: Streams) -> Tensor:
    """Return [G, n, d] of states [G, N, d] and which of them count, [G, N], at every step."""
    states, counted = (torch.stack(each, 1) for each in zip(*seen, strict=True))
    rows = [group[which] for group, which in zip(states, counted, strict=True)]
    number = min(map(len, rows))
    orders = [torch.randperm(len(row), generator=own)[:number] for row, own in zip(rows, streams.of("batch"), strict=True)]
    return torch.stack([row[order] for row, order in zip(rows, orders, strict=True)])


def _standardised(values: Tensor) -> Tensor:
    """Return values [G, sets, n, .] with mean 0 and, where they vary, standard deviation 1; I does not change."""
    std, mean = torch.std_mean(values, 2, correction=0, keepdim=True)
    return (values - mean) / torch.where(std > 1e-6, std, 1.0)


def _at(values: Tensor, at: Tensor) -> Tensor:
    """Return pairs `at` [G, B] of values [G, sets, n, .]."""
    return values.take_along_dim(at[:, None, :, None], 2)
