"""Which arms of Collaborative Exploration are trained on which tasks; the defaults are the paper's study.

Sections, tables and figures are those of "A collaborative perspective on exploration in reinforcement learning".
"""

from functools import cached_property
from typing import Annotated, Literal, NamedTuple

from pydantic import BeforeValidator, Field, model_validator

from kmyriad.names import choose
from kmyriad.settings.base import Count, Device, Seed, Settings, Unique
from kmyriad.settings.collaborative.acting import EvaluationSettings
from kmyriad.settings.collaborative.arm import ARMS, CollaborativeSettings, NotNegative, SacSettings, arm_settings, changed
from kmyriad.settings.collaborative.baselines import CollaborativeDiversitySettings, CollaborativeGaitsSettings
from kmyriad.settings.collaborative.tasks import ATARI, CHEETAH, CONTROL_SUITE, DRQ, GYMNASIUM

_MANY = {"evaluation": {"interval": 8000}}
"""16 agents and more do not divide D.1's 5000 steps between evaluations."""
_MIXED = {"how": "softmax"}
_REPLICA = {"reward": {"scale": 0.0}}
VARIANTS: dict[str, dict[str, object]] = {
    # Table 6
    "no_evaluation": {"unroll": {"how": "eps_collab"}},
    "no_unroll": {"evaluation": _MIXED},
    "no_training": {**_REPLICA, "unroll": {"how": "eps_collab"}, "evaluation": _MIXED},
    # Table 7; ce and replica have 4
    **{f"ce{n}": {"agents": n} for n in (2, 8)},
    **{f"ce{n}": {"agents": n, **_MANY} for n in (16, 32, 64)},
    **{f"replica{n}": {"agents": n, **_REPLICA} for n in (2, 8)},
    **{f"replica{n}": {"agents": n, **_REPLICA, **_MANY} for n in (16, 32, 64)},
    # Tables 8 and 9; ce has the contrastive encoder and K = 20
    **{encoder: {"reward": {"encoder": encoder}} for encoder in ("identity", "random")},
    **{f"k{k}": {"reward": {"k": k}} for k in (5, 10, 30)},
    # Fig. 7, on Replica
    **{f"replica_{how}": {**_REPLICA, "unroll": {"how": how}} for how in ("eps_greedy", "ucb", "softmax", "eps_collab")},
    # Fig. 8, on Replica: one training, evaluated in all ways
    "replica_ways": {**_REPLICA, "evaluation": {"also": ("set_mean", "softmax", "q_classifier")}},
}
"""What an ablation changes, beside the arms of `ARMS`."""
MORE_UPDATES = {"sac_ups2": 2, "sac_ups3": 3}
"""One SAC with so many times the updates a step, so that it takes about as long as CE (D.6, Fig. 12)."""
KNOWN = (*ARMS, *VARIANTS, *MORE_UPDATES)
TABLE_1 = ("sac", "sac_knn", "independent", "replica", "ego", "a2c", "diayn", "rnd", "dice", "sunrise", "ce")
"""Columns of Table 1 in the paper's order, with our controls (sac_knn, ego) and the maze's independent agents.

What a scale's blocks do not train is left out of tables and figures, so arms can be named here that no scale has yet.
"""
TABLE_2 = ("replica", "rnd", "rnd_replica", "rnd_ce", "ce")
"""The paper's three, between the same sets of agents without RND."""
TABLE_3 = ("replica", "ego", "ce")
"""Sets of agents whose diversity is compared: the paper's two, and our control, novelty without collaboration."""
FIG_4 = ("drq", "replica", "rnd", "sunrise", "ce")
"""With pictures; replica, rnd and ce are made of DrQ there by the block's learner, sunrise by the task."""
FIG_5 = ("independent", "replica", "ego", "ce", "shift")
"""The paper's two, independent and ce, between our controls; a goal ends an episode, which CE's reward below 0 pays for."""
FIG_6 = ("replica", "ce")
TABLE_6 = ("replica", "ce", "all", "no_evaluation", "no_unroll", "no_training")
TABLE_7 = ("replica2", "replica", *(f"replica{n}" for n in (8, 16, 32, 64)), "ce2", "ce", *(f"ce{n}" for n in (8, 16, 32, 64)))
TABLE_8 = ("replica", "ce", "identity", "random")
TABLE_9 = ("replica", "k5", "k10", "ce", "k30")
FIG_7 = ("replica", "replica_eps_greedy", "replica_ucb", "replica_softmax", "replica_eps_collab")
FIG_8 = ("replica_ways",)
FIG_9 = ("replica", "ce", "multihead")
TABLE_10 = ("sac", "replica", "ce")
FIG_12 = ("sac", *MORE_UPDATES, "ce")
FIG_13 = ("dqn", "replica", "ce", "shift")
"""The paper's two, Replica, and CE whose reward does not pay for ending an episode."""


class CollaborativeBlock(Settings):
    """Arms that are all trained on all tasks of a list, with the same seeds and settings."""

    tasks: Unique[str] = Field(
        description="maze, <domain>-<task> of the DeepMind Control suite, Gymnasium's Hopper-v5 and the like, or a game"
    )
    arms: Unique[str] = Field(description="names in ARMS (kmyriad/settings/collaborative/arms.py) or VARIANTS (study.py)")
    seeds: Unique[Seed] = Field((0, 1, 2, 3, 4), description="trained side by side (D.1: 5 seeds)")
    settings: CollaborativeSettings = Field(CollaborativeSettings(), description="before the arm's changes; Tables 4 and 5")

    @model_validator(mode="after")
    def _check(self) -> "CollaborativeBlock":
        for arm in self.arms:
            self._check_arm(arm)
        return self

    def _check_arm(self, arm: str) -> None:
        settings = self.of(arm)
        if settings.blocks < settings.evaluation.last:
            raise ValueError(
                f"{arm} is evaluated {settings.blocks} times, its score is the mean of evaluation.last = "
                f"{settings.evaluation.last}: raise env_steps or lower evaluation.last or evaluation.interval"
            )
        steps = settings.times * settings.env_steps
        if "maze" in self.tasks and settings.capacity * settings.agents < steps:
            raise ValueError(
                f"sac.buffer = {settings.sac.buffer} forgets visits of {arm} that the maze's coverage counts: raise it to "
                f"{steps}, all of its steps"
            )

    def of(self, arm: str) -> CollaborativeSettings:
        """Return the settings of `arm`; ValueError names the nearest one where there is none such."""
        if choose(arm, KNOWN, "arm") in ARMS:
            return arm_settings(arm, self.settings)
        if arm in MORE_UPDATES:
            return changed(self.settings, {**ARMS["sac"], "updates_per_step": MORE_UPDATES[arm] * self.settings.updates_per_step})
        return changed(self.settings, VARIANTS[arm])


_TABLE_2 = ("acrobot-swingup", "cheetah-run", "hopper-hop", "hopper-stand", "humanoid-stand", "humanoid-walk", "reacher-hard")
_ABLATIONS = ("fish-swim", "hopper-hop", "humanoid-walk", "pendulum-swingup")
_ABLATED = dict.fromkeys([*TABLE_6, *TABLE_7, *TABLE_8, *TABLE_9, *FIG_7, *FIG_8, *FIG_9, *FIG_12])
_MAZE = CollaborativeSettings(agents=2, env_steps=64_000, seed_steps=1600, evaluation=EvaluationSettings(interval=1600))
"""Fig. 5's 400 trajectories of each of two agents: of 80 steps, where no goal ends them before. Seed steps, interval: ours."""
_ATARI = CollaborativeSettings(
    learner="dqn",
    env_steps=5_000_000,
    seed_steps=50_000,
    updates_per_step=0.25,
    sac=SacSettings(critic=(512,), batch=32, learning_rate=1e-4),
    evaluation=EvaluationSettings(interval=200_000, last=5),
)
"""D.7's steps and smoothing; from the DQN paper seed steps, updates, batch and width; Adam's step size is Stable-Baselines3's."""
_PIXELS = CollaborativeSettings(
    agents=2,
    learner="drq",
    repeat=2,
    env_steps=500_000,
    seed_steps=1000,
    sac=SacSettings(initial_temperature=0.1, buffer=500_000),
)
"""5.3's N, and a million simulator steps; jaxrl2's action repeat, seed steps and temperature."""
_CHEETAH = {"repeat": 4, "env_steps": 250_000, "sac": {"buffer": 250_000}}
"""jaxrl2 holds its actions longer."""
STUDY = (
    CollaborativeBlock(tasks=CONTROL_SUITE, arms=tuple(arm for arm in TABLE_1 if arm != "independent")),
    CollaborativeBlock(tasks=_TABLE_2, arms=tuple(arm for arm in TABLE_2 if arm not in TABLE_1)),
    CollaborativeBlock(tasks=GYMNASIUM, arms=TABLE_3),
    CollaborativeBlock(tasks=("maze",), arms=FIG_5, settings=_MAZE),
    CollaborativeBlock(tasks=tuple(ATARI), arms=FIG_13, settings=_ATARI),
    CollaborativeBlock(tasks=tuple(each for each in DRQ if each != CHEETAH), arms=FIG_4, settings=_PIXELS),
    CollaborativeBlock(tasks=(CHEETAH,), arms=FIG_4, settings=changed(_PIXELS, _CHEETAH)),
    CollaborativeBlock(tasks=_ABLATIONS, arms=tuple(arm for arm in _ABLATED if arm not in TABLE_1)),
)
"""Table 1 with our two controls (sac_knn, ego), Tables 2, 3, 6 to 9, the maze of Fig. 5, and Figs. 4, 6 to 9, 12 and 13.

The tasks of Figs. 9 and 12 are those of the ablations (ours).
"""
STUDIES = {"paper": STUDY}


class Entry(NamedTuple):
    """One training: its seeds and settings."""

    seeds: tuple[int, ...]
    settings: CollaborativeSettings


def _by_name(blocks: object) -> object:
    """Return the blocks that a name stands for, and anything else as it is."""
    return STUDIES[choose(blocks, STUDIES, "study")] if isinstance(blocks, str) else blocks


_Blocks = tuple[CollaborativeBlock, ...]
Blocks = Annotated[_Blocks, Field(min_length=1), BeforeValidator(_by_name, json_schema_input_type=Literal["paper"] | _Blocks)]


class CollaborativeStudy(Settings):
    """All of Collaborative Exploration's part of the pipeline."""

    blocks: Blocks = Field(STUDY, description="what is trained; paper: all of the paper's that is here")
    resamples: Count = Field(2000, description="bootstrap samples of an IQM's interval (Agarwal et al., 2021)")
    checkpoint_seconds: NotNegative = Field(300.0, description="at least so long between saved states of a training")
    device: Device = Field("auto", description="has networks, replay and rewards; auto: the GPU, if there is one")
    diversity: CollaborativeDiversitySettings = Field(
        CollaborativeDiversitySettings(), description="how unlike the trained agents are (Table 3)"
    )

    gaits: CollaborativeGaitsSettings = Field(CollaborativeGaitsSettings(), description="how the trained agents move (Fig. 6)")

    @model_validator(mode="after")
    def _check(self) -> "CollaborativeStudy":
        pairs = [(task, arm) for block in self.blocks for task in block.tasks for arm in block.arms]
        for pair in pairs:
            if pairs.count(pair) > 1:
                raise ValueError(f"blocks train {pair[1]} on {pair[0]} twice: name it in one of them")
        return self

    def entries(self) -> dict[tuple[str, str], Entry]:
        """Return every training by its task and arm."""
        return self.by_task_and_arm

    @cached_property
    def by_task_and_arm(self) -> dict[tuple[str, str], Entry]:
        """Made once: at paper scale it takes 50 ms, and the workflow asks for every job."""
        return {
            (task, arm): Entry(block.seeds, block.of(arm)) for block in self.blocks for task in block.tasks for arm in block.arms
        }


class CollaborativeFigureJob(Settings):
    """What a figure or table of Collaborative Exploration needs to know beside its numbers."""

    tasks: tuple[str, ...] = Field(min_length=1, description="in the order of the panels or rows")
    arms: tuple[str, ...] = Field(min_length=1, description="in the order of the legend or columns")
    resamples: Count = Field(2000, description="bootstrap samples of an IQM's interval")
    note: str = Field("", description="one line below the panels")
