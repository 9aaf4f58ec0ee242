"""Every method learns through its own system's code, with the same budget, and can be killed."""

from collections.abc import Callable

import pytest
import torch

from kmyriad.collaborative import CollaborativeTraining
from kmyriad.collaborative.intrinsic.distance import Features
from kmyriad.envs.vec_env import VecEnv
from kmyriad.pretrain import Pretraining
from kmyriad.settings.collaborative.arm import RewardSettings
from kmyriad.settings.side_by_side import METHODS, SideBySideSettings, SideTrainJob
from kmyriad.side_by_side import Population, make_population
from kmyriad.side_by_side.pool import EnvironmentPool
from kmyriad.side_by_side.populations import OffPolicy, OnPolicy, Untrained, of_features

JobOf = Callable[[str], SideTrainJob]
MakeEnv = Callable[[int], VecEnv]
ON_POLICY = [name for name, method in METHODS.items() if method.kind == "on-policy"]
OFF_POLICY = [name for name, method in METHODS.items() if method.kind == "off-policy"]


def weights(population: Population) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in population.team().state_dict().items()}


def finished(population: Population) -> Population:
    while population.next_epoch < population.job.points:
        population.run_epoch()
    return population


@pytest.mark.parametrize("method", ON_POLICY)
def test_on_policy_methods_are_runs_of_pretraining(method: str, job_of: JobOf, make_env: MakeEnv) -> None:
    job = job_of(method)
    heads = 1 if METHODS[method].alone else 2
    plain = Pretraining(make_env(job.pretrain.envs), job.pretrain, heads, ["x", "y"], job.seed)
    plain.run(progress=False)
    trained = finished(make_population(job, make_env))
    assert isinstance(trained, OnPolicy)
    for name, value in plain.policy.state_dict().items():
        assert torch.equal(trained.training.policy.state_dict()[name], value), name


@pytest.mark.parametrize("method", OFF_POLICY)
def test_off_policy_methods_are_runs_of_collaborative_training(method: str, job_of: JobOf, make_env: MakeEnv) -> None:
    if method == "diayn":
        pytest.skip("its pool tells agents their skill; the test of skills covers it")
    job = job_of(method)
    assert job.collaborative is not None
    settings = job.collaborative
    plain = CollaborativeTraining(
        "Room", settings, [job.seed], lambda copies: EnvironmentPool(make_env(copies), job.task.horizon)
    )
    for _ in range(settings.blocks):
        plain.run_epoch()
    trained = finished(make_population(job, make_env))
    assert isinstance(trained, OffPolicy)
    for name, value in plain.learner.state_dict().items():
        assert torch.equal(trained.training.learner.state_dict()[name], value), name


@pytest.mark.parametrize("method", [name for name in METHODS if name != "untrained"])
def test_every_method_takes_the_same_number_of_steps(method: str, job_of: JobOf, make_env: MakeEnv) -> None:
    taken = 0

    class Counted:
        """An environment that counts the steps of its copies."""

        def __init__(self, env: VecEnv) -> None:
            self.env = env

        def __getattr__(self, name: str) -> object:
            return getattr(self.env, name)

        def step(self, actions: torch.Tensor) -> object:
            nonlocal taken
            taken += self.env.num_envs
            return self.env.step(actions)

    job = job_of(method)
    population = make_population(job, lambda copies: Counted(make_env(copies)))  # type: ignore[arg-type,return-value]
    tried = 0 if METHODS[method].kind == "on-policy" else job.task.horizon  # one episode that nothing is learned from
    for segment in (1, 2):
        taken = 0
        population.learn()
        population.next_epoch += 1
        assert taken - tried == 160
        assert population.env_steps == 160 * segment


@pytest.mark.parametrize("method", METHODS)
def test_a_resumed_run_is_the_same(method: str, job_of: JobOf, make_env: MakeEnv) -> None:
    whole = make_population(job_of(method), make_env)
    whole.run_epoch()
    state = {name: value.clone() for name, value in whole.state_dict().items()}
    row = whole.run_epoch()
    resumed = make_population(job_of(method), make_env)
    resumed.load_state_dict(state)
    again = resumed.run_epoch()
    assert (again.entropy, again.env_steps, again.epoch) == (row.entropy, row.env_steps, row.epoch)
    for name, value in weights(whole).items():
        assert torch.equal(weights(resumed)[name], value), name


def test_another_seed_has_other_agents(job_of: JobOf, make_env: MakeEnv) -> None:
    first = finished(make_population(job_of("sac_collective"), make_env))
    other = finished(make_population(job_of("sac_collective").model_copy(update={"seed": 4}), make_env))
    assert any(not torch.equal(weights(first)[name], value) for name, value in weights(other).items())


def test_a_common_bank_gives_all_agents_the_same_reward(job_of: JobOf, make_env: MakeEnv) -> None:
    for method, same in (("sac_collective", True), ("sac_ego", False)):
        population = finished(make_population(job_of(method), make_env))
        assert isinstance(population, OffPolicy)
        training = population.training
        batch = training.learner.draw(training.replay, training._streams)
        assert training._novelty is not None
        rewards = training._novelty.rewards(batch, training.replay)[0]
        assert torch.equal(rewards[0], rewards[1]) == same


def test_distances_are_of_the_features_that_count(job_of: JobOf) -> None:
    settings = job_of("sac_ego").collaborative
    assert settings is not None and settings.reward.features == ()
    states = torch.arange(12.0).view(1, 2, 6)
    assert Features(of_features(settings, [4, 1]).reward.features).embed(states).tolist() == [[[4.0, 1.0], [10.0, 7.0]]]
    assert of_features(settings.model_copy(update={"reward": RewardSettings()}), [4, 1]).reward.features == ()


def test_the_best_noise_is_kept(job_of: JobOf, make_env: MakeEnv) -> None:
    population = make_population(job_of("untrained"), make_env)
    assert isinstance(population, Untrained)
    finished(population)
    assert population.best == 2.0 and population.env_steps == 0
    _, log_std = population.team().select_head(0)(torch.zeros(1, 2))
    torch.testing.assert_close(log_std.exp(), torch.full((1, 2), 2.0))


def test_an_off_policy_job_without_its_settings(job_of: JobOf, make_env: MakeEnv) -> None:
    job = job_of("ce").model_copy(update={"collaborative": None})
    with pytest.raises(ValueError, match=r"^ce learns off-policy: the job has no settings `collaborative`$"):
        make_population(job, make_env)


def test_the_pool_can_be_saved_between_episodes_only(make_env: MakeEnv) -> None:
    pool = EnvironmentPool(make_env(2), 3)
    pool.reset(lambda place, episode: episode)
    step = pool.step(torch.ones(2, 2))
    assert not step.ended.any() and torch.equal(step.obs, step.next_obs)
    with pytest.raises(RuntimeError, match=r"^step 1 of an episode of 3: save between two episodes$"):
        pool.state_dict()
    pool.step(torch.ones(2, 2))
    last = pool.step(torch.ones(2, 2))
    assert last.ended.all() and torch.equal(last.mask, torch.ones(2))  # a time limit ends nothing for the value
    assert torch.equal(last.obs, torch.zeros(2, 2)) and not torch.equal(last.next_obs, last.obs)
    assert int(pool.state_dict()["episode"]) == 1


def test_all_of_two_by_two_by_two_that_exists(side: SideBySideSettings) -> None:
    """Objective, data and optimiser: three differences, each between two methods that agree in everything else."""

    def settings(method: str) -> dict:
        training = side.training("Room", method)
        assert training is not None
        return training.model_dump()

    def differ(first: str, second: str) -> set[str]:
        one, two = settings(first), settings(second)
        return {
            f"{name}.{key}" if isinstance(one[name], dict) else name
            for name in one
            for key in ({*one[name], *two[name]} if isinstance(one[name], dict) else [""])
            if (one[name].get(key) if key else one[name]) != (two[name].get(key) if key else two[name])
        }

    assert differ("own", "kmyriad") == {"objective"}
    for data in ("", "_own"):
        assert differ(f"sac_ego{data}", f"sac_collective{data}") == {"reward.weight", "reward.pooled"}
    for objective in ("sac_ego", "sac_collective"):
        assert differ(objective, f"{objective}_own") == {"sac.shared"}
