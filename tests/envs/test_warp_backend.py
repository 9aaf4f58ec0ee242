"""The Ant on MuJoCo Warp: the physics of MuJoCo C to single precision, on torch's own memory, with the same guard.

The first run on a machine compiles the kernels, for about half a minute.
"""

import importlib.util
from collections.abc import Iterator

import mujoco
import numpy as np
import pytest
import torch

from kmyriad.envs import check, make
from kmyriad.envs.ant.model import start_position
from kmyriad.envs.ant.terrains import TERRAINS, height
from kmyriad.envs.mujoco_backend import MujocoAnt
from kmyriad.envs.warp_backend import NCONMAX, NJMAX, WarpAnt

if importlib.util.find_spec("mujoco_warp") is None:
    pytest.skip("mujoco_warp is not installed (extra gpu)", allow_module_level=True)

import warp as wp

from kmyriad.envs.warp_pool import WarpPool

ANTS, FAILING, OTHERS = 3, 1, [0, 2]
X, Z = 0, 2
NAN, HUGE = float("nan"), 1e12


def random_actions(steps: int, ants: int, seed: int = 0) -> torch.Tensor:
    return 2 * torch.rand(steps, ants, 8, generator=torch.Generator().manual_seed(seed)) - 1


@pytest.fixture
def env() -> Iterator[WarpAnt]:
    env = make("ant-empty", ANTS, "mujoco-warp")
    yield env
    env.close()


# --- the physics is that of MuJoCo C


def scattered(terrain: str, ants: int) -> MujocoAnt:
    """Ants on MuJoCo C all over the terrain, settled: dropped inside a box, the nearest of two faces may be a tie."""
    env = MujocoAnt(ants, TERRAINS[terrain](0), threads=1)
    places = np.random.default_rng(0).uniform([-15, -8], [15, 8], (ants, 2))
    env.sim.current[:, 1:3], env.sim.current[:, 3] = places, height(env.terrain, places) + 0.6
    for actions in random_actions(10, ants, seed=1):
        env.step(actions)
    return env


def contacts(model: mujoco.MjModel, states: np.ndarray) -> list[int]:
    """Number of contacts of MuJoCo C in each state [m, 30]."""
    data, found = mujoco.MjData(model), []
    for state in states:
        mujoco.mj_setState(model, data, state, mujoco.mjtState.mjSTATE_FULLPHYSICS)
        mujoco.mj_fwdPosition(model, data)
        found.append(data.ncon)
    return found


@pytest.mark.slow(2)
@pytest.mark.parametrize("terrain", TERRAINS)
def test_every_physics_step_is_that_of_mujoco(terrain: str) -> None:
    env = scattered(terrain, 8)
    pool = WarpPool(env.model, 8, 1, start_position(), 20.0, "cpu", NCONMAX, NJMAX)
    touched = 0
    for actions in random_actions(20, 8):
        before = env.sim.current.copy()
        env.step(actions)
        for step, after in enumerate(env.sim.states.swapaxes(0, 1)):
            pool.position[:], pool.velocity[:] = torch.tensor(before[:, 1:16]), torch.tensor(before[:, 16:])
            pool.step(actions)
            np.testing.assert_allclose(pool.position, after[:, 1:16], rtol=0, atol=1e-5)
            np.testing.assert_allclose(pool.velocity, after[:, 16:], rtol=0, atol=1e-3)
            np.testing.assert_allclose(pool.sensors, env.sim.sensors[:, step], rtol=0, atol=1e-2)
            found = np.bincount(pool.data.contact.worldid.numpy()[: pool.data.nacon.numpy()[0]], minlength=8)
            assert found.tolist() == contacts(env.model, before)
            touched, before = touched + found.sum(), after.copy()
    assert touched > 100, "the ants must have been on the ground"


def test_an_observation_is_that_of_mujoco() -> None:
    # From the start one control step, before contacts magnify the difference; of the wrench, in 0.1 N, as much as of one step.
    actions = random_actions(1, ANTS)[0]
    one, other = make("ant-maze", ANTS, "mujoco-warp", goal=(1.2, 0.0)), make("ant-maze", ANTS, goal=(1.2, 0.0), threads=1)
    torch.testing.assert_close(one.reset(), other.reset(), rtol=0, atol=1e-6)
    for found, expected in zip(one.step(actions)[:2], other.step(actions)[:2], strict=True):
        torch.testing.assert_close(found, expected, rtol=0, atol=1e-3)


@pytest.mark.slow(4)
def test_free_runs_agree_in_their_statistics() -> None:
    # Distance after 20 control steps (1.7 s) of random torques that last 4 steps, of 200 ants on each simulator, with other
    # torques on each: the means differ by 4 standard errors once in 16,000.
    distances = []
    for seed, backend in enumerate(("mujoco", "mujoco-warp")):
        env = make("ant-pyramid", 200, backend)
        for actions in random_actions(5, 200, seed).repeat_interleave(4, dim=0):
            obs, _, info = env.step(actions)
        assert not info["frozen"].any()
        distances.append(obs[:, :2].norm(dim=1))
        env.close()
    error = sum(each.var() / len(each) for each in distances).sqrt()
    assert abs(distances[0].mean() - distances[1].mean()) < 4 * error
    assert distances[0].mean() > 10 * error, "the ants must have moved"


# --- it is a VecEnv


@pytest.mark.parametrize("terrain", ["empty", "cave"])
def test_it_keeps_the_protocol(terrain: str) -> None:
    env = make(f"ant-{terrain}", 4, "mujoco-warp")
    check(env)
    env.close()


def rollout(env: WarpAnt, actions: torch.Tensor) -> torch.Tensor:
    return torch.stack([env.step(each)[0] for each in actions])


@pytest.mark.slow(2)
def test_the_same_actions_give_the_same_bytes() -> None:
    actions = random_actions(20, ANTS)
    env, other = (make("ant-empty", ANTS, "mujoco-warp") for _ in range(2))
    start, expected = env.reset(seed=1), rollout(env, actions)
    assert torch.equal(env.reset(seed=2), start), "nothing about the start is random"
    assert torch.equal(rollout(env, actions), expected)
    assert torch.equal(rollout(other, actions), expected)


def test_the_graph_does_what_its_launches_do(env: WarpAnt) -> None:
    expected = rollout(env, random_actions(10, ANTS))
    env.reset()
    env.sim._graph = None
    assert torch.equal(rollout(env, random_actions(10, ANTS)), expected)


def test_an_ant_does_not_feel_its_neighbours(env: WarpAnt) -> None:
    actions = random_actions(20, ANTS)
    alone = rollout(make("ant-empty", 1, "mujoco-warp"), actions[:, 2:])
    assert torch.equal(rollout(env, actions)[:, 2:], alone)


def test_a_step_depends_on_what_can_be_seen_alone(env: WarpAnt) -> None:
    # Not on what the solver found in the step before: 12 steps take the ants to the ground.
    *actions, last = random_actions(13, ANTS)
    rollout(env, torch.stack(actions))
    position, velocity = env.sim.position.clone(), env.sim.velocity.clone()
    expected, _, _ = env.step(last)
    env.reset()
    env.sim.position[:], env.sim.velocity[:] = position, velocity
    assert torch.equal(env.step(last)[0], expected)


def test_torch_works_on_the_simulators_memory(env: WarpAnt) -> None:
    sim, data = env.sim, env.sim.data
    pairs = [(sim.position, data.qpos), (sim.velocity, data.qvel), (sim.sensors, data.sensordata), (sim.controls, data.ctrl)]
    assert all(tensor.data_ptr() == array.ptr for tensor, array in pairs)


def test_a_step_asks_the_device_for_nothing(env: WarpAnt, monkeypatch: pytest.MonkeyPatch) -> None:
    # What torch offers to read a tensor on the host; on a GPU each would wait for all that was launched.
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a step waited for the device")

    actions = random_actions(1, ANTS)[0]
    for name in ("cpu", "item", "numpy", "tolist", "nonzero", "__bool__", "__float__", "__int__", "__index__", "__array__"):
        monkeypatch.setattr(torch.Tensor, name, refuse)
    monkeypatch.setattr(wp.array, "numpy", refuse)
    for module in (wp, wp._src.context):
        monkeypatch.setattr(module, "synchronize_device", refuse)
    result = env.step(actions)
    monkeypatch.undo()
    assert not result[2]["frozen"].any()


# --- the guard


@pytest.mark.parametrize(
    ("velocity", "frozen"),
    [
        ((25, 0, 0), True),
        ((0, 0, -25), True),
        ((15, 15, 0), True),  # 21.2 m/s in all, though no component passes 20
        ((19, 0, 0), False),
        ((13, 13, 0), False),  # 18.4 m/s
    ],
)
def test_20_metres_a_second_are_the_limit(env: WarpAnt, velocity, frozen: bool) -> None:
    env.sim.position[FAILING, Z] = 100
    env.sim.velocity[FAILING, :3] = torch.tensor(velocity)
    assert env.step(torch.zeros(ANTS, 8))[2]["frozen"].tolist() == [False, frozen, False]


def test_speeding_within_a_control_step_is_noticed() -> None:
    # At 21 m/s, 0.35 m a physics step, the feet hit the ground, 0.72 m below, in the third of 5: with a limit out of reach, the
    # ant ends the control step below 20 m/s.
    for limit, frozen in ((20.0, True), (1000.0, False)):
        env = make("ant-empty", ANTS, "mujoco-warp", max_speed=limit)
        env.sim.position[FAILING, Z], env.sim.velocity[FAILING, 2] = 1.2, -21
        assert env.step(torch.zeros(ANTS, 8))[2]["frozen"][FAILING] == frozen
    assert env.sim.velocity[FAILING, :3].norm() < 20


@pytest.mark.parametrize(("field", "entry"), [("position", 0), ("position", 5), ("velocity", 3), ("velocity", 6)])
@pytest.mark.parametrize("failure", [NAN, HUGE, -HUGE])
def test_broken_ants_are_frozen_and_the_others_go_on_bit_by_bit(env: WarpAnt, field: str, entry: int, failure: float) -> None:
    actions = random_actions(12, ANTS)
    expected = rollout(env, actions)
    env.reset()
    rollout(env, actions[:5])
    getattr(env.sim, field)[FAILING, entry] = failure
    for step in range(5, 12):
        obs, _, info = env.step(actions[step])
        assert info["frozen"].tolist() == [False, True, False]
        assert torch.equal(obs[OTHERS], expected[step, OTHERS])
        assert torch.equal(obs[FAILING], expected[4, FAILING]), "the last sound observation must stay"
        assert env.sim.position[FAILING].tolist() == pytest.approx(start_position()), "it must be parked at the start"
    env.reset()
    assert torch.equal(rollout(env, actions), expected), "reset must thaw"


def test_flags_that_were_returned_stay_as_they_were(env: WarpAnt) -> None:
    before = env.step(torch.zeros(ANTS, 8))[2]["frozen"]
    env.sim.position[FAILING, X] = NAN
    env.step(torch.zeros(ANTS, 8))
    assert not before.any()


def test_a_frozen_ant_earns_nothing() -> None:
    env = make("ant-empty", 2, "mujoco-warp", goal=(0.0, 0.5))
    assert env.step(torch.zeros(2, 8))[1].tolist() == [1.0, 1.0], "both stand within a metre of the goal"
    env.sim.velocity[0] = NAN
    assert env.step(torch.zeros(2, 8))[1].tolist() == [0.0, 1.0]
