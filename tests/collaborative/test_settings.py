"""The paper's numbers, arms, and errors that name culprit and remedy."""

import pytest
from pydantic import ValidationError

from kmyriad.settings.collaborative.arm import ARMS, CollaborativeSettings, arm_settings


def test_tables_4_and_5() -> None:
    settings = CollaborativeSettings()
    unroll, reward, sac = settings.unroll, settings.reward, settings.sac
    assert (unroll.epsilon, unroll.samples) == (0.2, 10)
    assert (reward.skip, reward.bank, 2 * reward.positive_window, reward.k) == (5, 300, 10, 20)
    assert (sac.batch, reward.scale, reward.temperature) == (256, 0.2, 0.07)
    assert sac.actor == sac.critic == (256, 256) and reward.encoder_widths == (64, 64)
    assert (sac.learning_rate, sac.buffer, sac.gamma, settings.agents) == (3e-4, 10**6, 0.99, 4)
    assert (sac.actor_clip, sac.critic_clip, sac.target_entropy) == (20, 20, -0.5)
    # 2.5e5 steps an agent, evaluated each 5000: 200 times, each after 1250 vector steps.
    assert (settings.blocks, settings.block, settings.capacity) == (200, 1250, 250_000)


def test_every_arm_is_valid_and_differs() -> None:
    assert len({arm_settings(arm).model_dump_json() for arm in ARMS}) == len(ARMS)
    assert arm_settings("ce") == CollaborativeSettings()
    assert not arm_settings("replica").reward.used and arm_settings("replica").sac.shared
    assert arm_settings("ego").reward.weight == 1 and arm_settings("sac_knn").agents == 1
    base = CollaborativeSettings(agents=2, reward={"k": 3})
    assert arm_settings("ego", base).reward.k == 3 and arm_settings("sac", base).agents == 1


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"agents": 1}, r"agents = 1 has no others for the mutual term of eq. 3, reward.weight = 0.5: set it to 1"),
        ({"agents": 1, "reward": {"scale": 0}, "unroll": {"how": "eps_collab"}}, "agents = 1 has no others to differ from"),
        ({"reward": {"weight": 1.5}}, "less than or equal to 1"),
        ({"reward": {"weight": -0.1}}, "greater than or equal to 0"),
        ({"reward": {"k": 301}}, "k = 301 neighbours are more than bank = 300 holds: lower k or raise bank"),
        ({"sac": {"buffer": 255}}, "buffer = 255 holds no batch = 256: raise buffer or lower batch"),
        ({"sac": {"buffer": 5000}}, "its memory bank reaches back 1500: raise it to 6000"),
        ({"seed_steps": 100}, "seed_steps = 100 make no sac.batch = 256: raise them to 256"),
        ({"seed_steps": 300, "sac": {"shared": False}}, "seed_steps = 300 make no sac.batch = 256: raise them to 1024"),
        ({"agents": 3}, "agents = 3 does not divide evaluation.interval = 5000: take 5001 for evaluation.interval"),
        ({"env_steps": 12_000}, "evaluation.interval = 5000 does not divide env_steps = 12000: take 10000 for env_steps"),
        ({"sac": {"log_std_range": (2.0, -20.0)}}, "log_std_range must rise"),
        ({"a2c": {"log_std_range": (2.0, 2.0)}}, "log_std_range must rise"),
        ({"unroll": {"how": "greedy"}}, "'own', 'eps_greedy', 'ucb', 'softmax' or 'eps_collab'"),
    ],
)
def test_errors_name_culprit_and_remedy(settings: dict, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        CollaborativeSettings.model_validate(settings)


def test_one_agent_needs_no_weight_where_no_reward_is_used() -> None:
    assert CollaborativeSettings.model_validate({"agents": 1, "reward": {"scale": 0}}).reward.weight == 0.5


def test_an_unknown_arm() -> None:
    with pytest.raises(ValueError, match="unknown arm 'replicas'; did you mean 'replica'"):
        arm_settings("replicas")
