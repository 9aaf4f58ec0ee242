"""Who acts in evaluation, on a task whose return says who did."""

import pytest
import torch

from kmyriad.collaborative.classifier import QClassifier, targets
from kmyriad.collaborative.evaluate import Evaluator, episodes_of, score
from kmyriad.collaborative.learners.sac import Sac
from kmyriad.collaborative.streams import Streams
from kmyriad.collaborative.tasks.pool import Step
from kmyriad.settings.collaborative.arm import EvaluationSettings, SacSettings

SEEDS, AGENTS = (0, 1), 3
SMALL = SacSettings(actor=(4,), critic=(4,), batch=32, learning_rate=1e-2)


class Echo:
    """A task that pays the first component of the action; copy i's episode ends after 4 + i % 2 steps."""

    obs_dim, action_dim, horizon = 2, 1, 5

    def __init__(self, num_envs: int) -> None:
        self.num_envs, self.seeds = num_envs, []

    def reset(self, seed_of) -> torch.Tensor:
        self.seeds.append([seed_of(place, 0) for place in range(self.num_envs)])
        self.time = 0
        return torch.ones(self.num_envs, 2)

    def step(self, actions: torch.Tensor) -> Step:
        self.time += 1
        obs, ended = torch.ones(self.num_envs, 2), torch.arange(self.num_envs) % 2 + 4 == self.time
        return Step(obs, actions[:, 0], torch.ones(self.num_envs), ended, obs)


@pytest.fixture
def sac() -> Sac:
    """Agent n always acts tanh(n) and believes Q = log(n + 1) of everything."""
    sac = Sac(2, 1, AGENTS, SMALL, Streams(SEEDS).of("networks"))
    for network in (sac.actor, sac.critic):
        for parameter in network.parameters():
            parameter.data.zero_()
    agent = torch.arange(AGENTS).repeat(len(SEEDS))
    sac.actor.biases[1].data[:, 0, 0] = agent.float()
    sac.critic.biases[1].data[:, 0, 0] = agent.repeat_interleave(2).add(1).log()
    return sac


def returns(sac: Sac, pool: Echo, settings: EvaluationSettings, classifier=None, number: int = 0) -> torch.Tensor:
    return Evaluator(pool, settings, SEEDS, Streams(SEEDS), classifier).returns(sac, number)


PER_STEP = torch.arange(AGENTS).float().tanh()


def test_the_first_agent_acts(sac: Sac) -> None:
    sac.actor.biases[1].data[:, 0, 0] += 1  # so that agent 0 earns something
    found = returns(sac, Echo(4), EvaluationSettings(how="first", episodes=2))
    # Rewards after the end of an episode don't count: 4 and 5 steps.
    torch.testing.assert_close(found, torch.tensor([4.0, 5.0]).expand(2, 2) * torch.tensor(1.0).tanh())


def test_set_mean_gives_every_agent_its_episodes(sac: Sac) -> None:
    settings = EvaluationSettings(how="set_mean", episodes=2)
    assert episodes_of(settings, AGENTS) == 6
    found = returns(sac, Echo(12), settings)
    steps = torch.tensor([4.0, 5.0] * 3)
    torch.testing.assert_close(found, (steps * PER_STEP.repeat(2)).expand(2, 6))


def test_mean_action_is_the_mean_of_all_agents_actions(sac: Sac) -> None:
    settings = EvaluationSettings(how="mean_action", episodes=2)
    assert episodes_of(settings, AGENTS) == 2
    torch.testing.assert_close(returns(sac, Echo(4), settings), (torch.tensor([4.0, 5.0]) * PER_STEP.mean()).expand(2, 2))


def test_softmax_lets_better_agents_act_more_often(sac: Sac) -> None:
    # Q = log 1, log 2, log 3: shares 1/6, 2/6, 3/6.
    settings = EvaluationSettings(how="softmax", episodes=2000)
    found = returns(sac, Echo(4000), settings)
    expected = float((torch.tensor([1.0, 2.0, 3.0]) / 6 * PER_STEP).sum()) * 4.5
    assert float(found.mean()) == pytest.approx(expected, abs=0.03)


def test_softmax_with_much_heat_is_the_best_agent(sac: Sac) -> None:
    found = returns(sac, Echo(4), EvaluationSettings(how="softmax", episodes=2, inverse_temperature=1e4))
    torch.testing.assert_close(found, torch.tensor([4.0, 5.0]).expand(2, 2) * PER_STEP[2])


def test_each_evaluation_has_episodes_of_its_own(sac: Sac) -> None:
    pool = Echo(4)
    evaluator = Evaluator(pool, EvaluationSettings(episodes=2), SEEDS, Streams(SEEDS), None)
    for number in (0, 1, 1):
        evaluator.returns(sac, number)
    assert pool.seeds[1] == pool.seeds[2] and not set(pool.seeds[0]) & set(pool.seeds[1])
    assert len(set(pool.seeds[0])) == 4


def test_targets_sum_the_next_rewards_of_the_episode(counting_replay) -> None:
    # The reward of step t is t; episodes end after steps 6, 13, 20, ...
    replay = counting_replay(2, 3, 100, 40, lambda agent, time: time % 7 == 6)
    step = torch.tensor([[0, 3, 5, 38]]).expand(2, 4)
    obs, sums = targets(replay, torch.ones_like(step), step, 3)
    assert obs[:, :, 1:].tolist() == [[[1, 0], [1, 3], [1, 5], [1, 38]]] * 2
    # 0+1+2; 3+4+5; 5+6, then the episode ends; 38+39, then nothing is collected yet.
    assert sums.tolist() == [[3, 12, 11, 77]] * 2
    # The slot after the last step is the first step's, of the same episode: 98 + 99, without its 7.
    full = counting_replay(1, 1, 100, 100)
    full._rings["reward"][..., 0] = 7
    assert targets(full, torch.zeros(1, 1, dtype=torch.int64), torch.tensor([[98]]), 3)[1].tolist() == [[98 + 99]]


def test_the_classifier_learns_whose_return_is_larger(counting_replay) -> None:
    replay = counting_replay(2, AGENTS, 100, 60)
    replay._rings["reward"][:] = torch.tensor([0.0, 0.2, 0.1])[:, None]
    replay._rings["obs"][:] = 1.0
    settings = EvaluationSettings(how="q_classifier", classifier=(16,), classifier_horizon=4, classifier_updates=200)
    classifier = QClassifier(3, AGENTS, settings, SMALL, Streams(SEEDS))
    losses = classifier.fit(replay)
    found = classifier.values(torch.ones(2, 1, 3))
    assert (losses < 0.05).all()
    torch.testing.assert_close(found, torch.tensor([0.0, 0.8, 0.4]).expand(2, 1, 3), rtol=0, atol=0.15)


def test_the_classifier_chooses_for_its_horizon(sac: Sac) -> None:
    class Fickle:
        calls = 0

        def values(self, obs: torch.Tensor) -> torch.Tensor:
            self.calls += 1
            return torch.eye(AGENTS)[self.calls].expand(2, 2, AGENTS)

    fickle = Fickle()
    found = returns(sac, Echo(4), EvaluationSettings(how="q_classifier", episodes=2, classifier_horizon=3), fickle)
    # Agent 1 acts for three steps, agent 2 for the last one or two.
    assert fickle.calls == 2
    torch.testing.assert_close(found, 3 * PER_STEP[1] + torch.tensor([1.0, 2.0]).expand(2, 2) * PER_STEP[2])


def test_score_is_the_mean_of_the_last() -> None:
    assert score([100.0, *range(10)]) == 4.5
    assert score([1.0, 2.0, 4.0], last=2) == 3.0
    with pytest.raises(ValueError, match="the score is the mean of the last 10 evaluations, there are 3: train longer"):
        score([1.0, 2.0, 3.0])
