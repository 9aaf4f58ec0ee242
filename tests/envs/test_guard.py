"""An ant whose simulation failed is frozen where it last was sound, and nobody else notices."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from kmyriad.envs import make
from kmyriad.envs.mujoco_backend import MujocoAnt

# Of a simulator's state: time; torso x, y, z, quaternion, 8 joint angles; torso velocity (6), 8 joint speeds.
X, Z, VELOCITY, JOINT_SPEED = 1, 3, 16, 22
FAILING, ANTS = 1, 3
NAN, HUGE = float("nan"), 1e12


@pytest.fixture(autouse=True)
def _mujoco_logs_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """MuJoCo writes its warnings into a file in the working folder."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def env() -> Iterator[MujocoAnt]:
    env = make("ant-empty", ANTS, threads=1)
    yield env
    env.close()


def actions(step: int) -> torch.Tensor:
    return 2 * torch.rand(ANTS, 8, generator=torch.Generator().manual_seed(step)) - 1


def frozen_after_step(env: MujocoAnt, step: int = 0) -> list[bool]:
    return env.step(actions(step))[2]["frozen"].tolist()


def test_healthy_ants_are_not_frozen(env: MujocoAnt) -> None:
    assert [frozen_after_step(env, step) for step in range(20)] == [[False] * ANTS] * 20


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
def test_20_metres_a_second_are_the_limit(env: MujocoAnt, velocity, frozen: bool) -> None:
    env.sim.current[FAILING, Z] = 100
    env.sim.current[FAILING, VELOCITY : VELOCITY + 3] = velocity
    without_torque = env.step(torch.zeros(ANTS, 8))[2]["frozen"]
    assert without_torque.tolist() == [False, frozen, False]


def test_the_limit_is_a_setting() -> None:
    env = make("ant-empty", ANTS, threads=1, max_speed=3.0)
    env.sim.current[FAILING, VELOCITY] = 4.0
    assert frozen_after_step(env) == [False, True, False]


def test_speeding_within_a_control_step_is_noticed(env: MujocoAnt) -> None:
    # At 21 m/s, 0.35 m a physics step, the feet hit the ground, 0.72 m below, in the third of 5.
    env.sim.current[FAILING, Z] = 1.2
    env.sim.current[FAILING, VELOCITY + 2] = -21
    assert frozen_after_step(env)[FAILING]
    assert abs(env.sim.states[FAILING, -1, VELOCITY + 2]) < 20


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        (X, NAN),
        (X, HUGE),
        (X, -HUGE),
        (VELOCITY, NAN),
        (VELOCITY + 3, HUGE),
        (JOINT_SPEED, NAN),
        (JOINT_SPEED, HUGE),
    ],
)
def test_broken_states_are_frozen_and_nothing_is_repaired_in_silence(env: MujocoAnt, entry: int, value: float) -> None:
    # By default MuJoCo would put such an ant back to the start pose, at rest, as if it had always been there.
    env.sim.current[FAILING, entry] = value
    assert frozen_after_step(env) == [False, True, False]
    assert frozen_after_step(env, 1) == [False, True, False]


def run(env: MujocoAnt, failure: float | None) -> tuple[list[torch.Tensor], list[list[bool]]]:
    """Observations and flags of 20 steps; before the sixth the failing ant's x becomes `failure`."""
    history, flags = [], []
    for step in range(20):
        if failure is not None and step == 5:
            env.sim.current[FAILING, X] = failure
        obs, _, info = env.step(actions(step))
        history.append(obs.clone())
        flags.append(info["frozen"].tolist())
    return history, flags


@pytest.mark.parametrize("failure", [NAN, HUGE])
def test_the_others_go_on_bit_by_bit(env: MujocoAnt, failure: float) -> None:
    expected, _ = run(env, failure=None)
    env.reset()
    found, flags = run(env, failure)
    others = [0, 2]
    assert torch.equal(torch.stack(found)[:, others], torch.stack(expected)[:, others])
    assert flags == [[False] * ANTS] * 5 + [[False, True, False]] * 15


def test_the_frozen_observation_is_the_last_sound_one(env: MujocoAnt) -> None:
    expected, _ = run(env, failure=None)
    env.reset()
    found, _ = run(env, NAN)
    for before_failure in range(5):
        assert torch.equal(found[before_failure], expected[before_failure])
    for after_failure in range(5, 20):
        assert torch.equal(found[after_failure][FAILING], expected[4][FAILING])


def test_a_frozen_ant_costs_no_further_warnings(env: MujocoAnt, capfd: pytest.CaptureFixture[str]) -> None:
    # It is parked at the start: MuJoCo would write a line about a bad state at every step.
    env.sim.current[FAILING, X] = HUGE
    env.step(actions(0))
    assert "huge value in QPOS" in capfd.readouterr().err
    env.step(actions(1))
    assert capfd.readouterr().err == ""


def test_flags_that_were_returned_stay_as_they_were(env: MujocoAnt) -> None:
    before = env.step(actions(0))[2]["frozen"]
    env.sim.current[FAILING, X] = NAN
    after = env.step(actions(1))[2]["frozen"]
    env.reset()
    assert before.tolist() == [False, False, False]
    assert after.tolist() == [False, True, False]


def test_an_ant_that_fails_at_once_keeps_the_start(env: MujocoAnt) -> None:
    start = env.reset()
    env.sim.current[FAILING, X] = NAN
    assert torch.equal(env.step(actions(0))[0][FAILING], start[FAILING])


def test_reset_thaws(env: MujocoAnt) -> None:
    expected, _ = run(env, failure=None)
    env.reset()
    run(env, NAN)
    assert torch.equal(env.reset(), make("ant-empty", ANTS).reset())
    again, flags = run(env, failure=None)
    assert torch.equal(torch.stack(again), torch.stack(expected))
    assert not any(map(any, flags))


def test_two_threads_freeze_alike() -> None:
    found = []
    for threads in (1, 2):
        env = make("ant-empty", ANTS, threads=threads)
        found.append(run(env, HUGE))
        env.close()
    assert torch.equal(torch.stack(found[0][0]), torch.stack(found[1][0]))
    assert found[0][1] == found[1][1]


def test_a_frozen_ant_earns_nothing() -> None:
    env = make("ant-empty", 2, threads=1, goal=(0.0, 0.5))
    _, reward, _ = env.step(torch.zeros(2, 8))
    assert reward.tolist() == [1.0, 1.0], "both stand within a metre of the goal"
    env.sim.current[0, VELOCITY] = NAN
    assert env.step(torch.zeros(2, 8))[1].tolist() == [0.0, 1.0]
    env.close()
