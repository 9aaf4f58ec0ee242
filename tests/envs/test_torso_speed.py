"""No torque sequence that a search finds takes the ant past the guard's bound; on unsound settings, it finds one at once."""

from collections.abc import Iterator

import mujoco
import pytest

from benchmarks.adversarial_search import fastest_trial, main
from kmyriad.envs.ant.model import build_spec
from kmyriad.envs.ant.terrains import TERRAINS, empty
from kmyriad.envs.mujoco_backend import MAX_SPEED


@pytest.fixture
def _no_warnings_of_mujoco() -> Iterator[None]:
    """Without it, each blow-up adds a line to MUJOCO_LOG.TXT."""
    mujoco.set_mju_user_warning(lambda _: None)
    yield
    mujoco.set_mju_user_warning(None)


@pytest.mark.slow(7)
@pytest.mark.parametrize("name", TERRAINS)
def test_search_finds_no_blow_up(name: str) -> None:
    speed = fastest_trial(build_spec(TERRAINS[name](0)).compile(), population=60, rounds=8, steps=60, seed=0)
    # 3 m/s: twice what a walking gait makes (1.4-1.7 m/s), so the search has got somewhere.
    assert 3.0 < speed < MAX_SPEED


@pytest.mark.slow(3)
@pytest.mark.usefixtures("_no_warnings_of_mujoco")
def test_search_finds_the_blow_ups_of_unsound_settings() -> None:
    """Implicitfast leaves out the gyroscopic terms, and armature 0.01 is that of the public model: speeds of 1e13 m/s."""
    spec = build_spec(empty())
    spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    for joint in spec.joints[1:]:
        joint.armature = 0.01
    assert fastest_trial(spec.compile(), population=60, rounds=8, steps=60, seed=0) > MAX_SPEED


@pytest.mark.usefixtures("_no_warnings_of_mujoco")
def test_the_command_prints_a_row_a_terrain(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    tiny = "--terrain empty pyramid --integrator implicitfast --population 4 --rounds 2 --steps 10".split()
    monkeypatch.setattr("sys.argv", ["adversarial_search", *tiny])
    main()
    rows = [line.split() for line in capsys.readouterr().out.splitlines()[1:]]
    assert [(row[0], row[4]) for row in rows] == [("empty", "80"), ("pyramid", "80")]
    assert all(0 < float(row[2]) < MAX_SPEED for row in rows)


def test_an_unknown_integrator_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["adversarial_search", "--integrator", "euler"])
    with pytest.raises(SystemExit):
        main()
    assert "must be implicit or implicitfast, got euler" in capsys.readouterr().err
