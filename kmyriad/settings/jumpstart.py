"""Goals, evaluation of heads, and PPO (Sections 6 and 7.2, Table 3)."""

from typing import Annotated

from pydantic import Field, model_validator

from kmyriad.settings.base import Count, OnFailure, Seed, Settings
from kmyriad.settings.clipped import ClippedSettings


class FinetuneSettings(ClippedSettings):
    """PPO on a sparse goal (Table 3); `random` and `pretrained` say what differs between the ways to start."""

    envs: Count = Field(300, description="environments stepped together, N_env")
    horizon: Count = Field(600, description="control steps of a rollout and of an episode, T")
    env_steps: Count = Field(10_000_000, description="environment steps in all, warm-up included, N_steps")
    policy_learning_rate: Annotated[float, Field(gt=0)] = Field(1e-5, description="Adam's step size of the actor")
    warmup: Annotated[int, Field(ge=0)] = Field(5, description="first rollouts that train the value network only")
    minibatch_rows: Count = Field(64, description="samples of a minibatch as a multiple of envs")
    on_failure: OnFailure = "freeze"

    @property
    def updates(self) -> int:
        """Number of rollouts, the last of which reaches `env_steps`."""
        return -(-self.env_steps // (self.envs * self.horizon))


Point = tuple[float, float]


class GoalSettings(Settings):
    """The sparse goals of one environment: uniform over an annulus around the start (Section 7.2, Figs. 11 and 12)."""

    count: Count = Field(6, description="goals an environment")
    # The paper prints no outer radius; 4.5 m is what PPO from scratch can reach (Fig. 11).
    inner: Annotated[float, Field(ge=0)] = Field(4.5, description="smallest distance from the start, metres")
    outer: Annotated[float, Field(gt=0)] = Field(9.0, description="largest distance from the start, metres")
    seed: Seed = Field(0, description="of the goals; all runs share them")
    points: tuple[Point, ...] = Field((), description="goals (x, y) in metres, in place of a random choice")

    @model_validator(mode="after")
    def _check(self) -> "GoalSettings":
        if self.inner >= self.outer:
            raise ValueError(f"an annulus needs inner < outer, got inner {self.inner:g} and outer {self.outer:g} m")
        return self

    @property
    def number(self) -> int:
        """How many goals there are."""
        return len(self.points) or self.count


class JumpstartSettings(Settings):
    """From a pretrained policy to a solved task: goals, evaluation of the heads, fine-tuning (Sections 6 and 7.2)."""

    goals: GoalSettings = GoalSettings()
    # The outer radius is that of Fig. 11; goals nearer than twice the goal's own radius would be reached by standing up.
    inside: GoalSettings = Field(
        GoalSettings(inner=2.0, outer=4.5, seed=1), description="nearer goals, which PPO tries from random heads (Figs. 11, 12)"
    )
    inits: tuple[str, ...] = Field(("random", "heads1", "heads50"), min_length=1, description="what PPO starts from")
    random_heads: Count = Field(10, description="randomly initialised heads, of which `random` takes the best")
    rollouts: Count = Field(3, description="rollouts in which the heads are evaluated")
    finetune: FinetuneSettings = FinetuneSettings()
    # Table 3, column "No Pretrain".
    random_overrides: dict[str, float] = Field(
        {"clip": 0.20, "entropy_coefficient": 0.001, "passes": 10, "warmup": 1},
        description="what differs in `finetune` where PPO starts from a random head",
    )

    @model_validator(mode="after")
    def _check(self) -> "JumpstartSettings":
        for init in self.inits:
            heads_of(init, self.random_heads)
        self.finetune_from("random")
        return self

    def finetune_from(self, init: str) -> FinetuneSettings:
        """Return the PPO settings of a run that starts from `init`."""
        overrides = self.random_overrides if init == "random" else {}
        return FinetuneSettings.model_validate({**self.finetune.model_dump(), **overrides})


def heads_of(init: str, random_heads: int) -> int:
    """Return the number of heads among which `init` (random, heads1, heads50, ...) chooses; ValueError if it is none."""
    if init == "random":
        return random_heads
    number = init.removeprefix("heads")
    if init == number or not number.isdecimal() or int(number) < 1:
        raise ValueError(f"unknown init {init!r} (choices: random, heads1, heads50 or heads<h> for another number of heads)")
    return int(number)
