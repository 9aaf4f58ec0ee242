"""Collaborative Exploration (CE): agents that share a replay buffer and each other's novelty.

Tables, sections and equations are those of "A collaborative perspective on exploration in reinforcement learning". Where it is
silent or says two things, the description says whose reading it is.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, model_validator

from kmyriad.names import choose
from kmyriad.settings.base import Count, Device, LogStdRange, Seed, Settings, unless_default
from kmyriad.settings.collaborative.acting import EvaluationSettings, UnrollSettings
from kmyriad.settings.collaborative.arms import ARMS, IntrinsicKind, LearnerKind
from kmyriad.settings.collaborative.baselines import (
    A2cSettings,
    DiaynSettings,
    NotNegative,
    Positive,
    RndSettings,
    Share,
    SunriseSettings,
    Widths,
)
from kmyriad.settings.collaborative.dqn import DqnSettings
from kmyriad.settings.collaborative.drq import DrqSettings

Reduction = Literal["kth", "mean"]
EncoderKind = Literal["contrastive", "identity", "random"]


class SacSettings(Settings):
    """Soft actor-critic; Table 5, and where it is silent the public jaxrl2."""

    actor: Widths = Field((256, 256), description="widths of the actor's hidden layers (Table 5)")
    critic: Widths = Field((256, 256), description="widths of each twin critic's hidden layers (Table 5)")
    batch: Count = Field(256, description="transitions of an update (Tables 4 and 5)")
    learning_rate: Positive = Field(3e-4, description="Adam's step size of actor, critic and temperature (Table 5)")
    gamma: Share = Field(0.99, description="discount factor (Table 5)")
    tau: Annotated[float, Field(gt=0, le=1)] = Field(0.005, description="step of the target critics (jaxrl2)")
    initial_temperature: Positive = Field(1.0, description="alpha at the start (jaxrl2)")
    target_entropy: float = Field(-0.5, description="target of the policy's entropy, nats per action component (Table 5)")
    actor_clip: Positive = Field(
        20.0, description="an agent's actor gradient is clipped to this 2-norm (Table 5; per agent: ours)"
    )
    critic_clip: Positive = Field(20.0, description="the same for both twins of an agent together (Table 5; per agent: ours)")
    log_std_range: LogStdRange = Field((-20.0, 2.0), description="log standard deviations are clipped to it (jaxrl2)")
    actor_reduction: Literal["mean", "min"] = Field(
        "mean",
        description="of the twins in the actor's loss (jaxrl2: mean; SUNRISE, DiCE: min); the target always takes the smaller",
    )
    buffer: Count = Field(1_000_000, description="transitions kept, all agents of a seed together (Table 5)")
    shared: bool = Field(True, description="agents learn from one batch of everybody's data (3.2); false: from their own only")

    stratified: bool = Field(False, description="a shared batch holds as many transitions of each agent (public DiCE)")

    @model_validator(mode="after")
    def _check(self) -> "SacSettings":
        if self.buffer < self.batch:
            raise ValueError(f"buffer = {self.buffer} holds no batch = {self.batch}: raise buffer or lower batch")
        if self.stratified and not self.shared:
            raise ValueError("stratified says how a shared batch is made up, shared is false: set stratified to false")
        return self


class RewardSettings(Settings):
    """The collaborative reward (eqs. 2 and 3) and its encoder (eq. 4)."""

    kind: IntrinsicKind = Field("knn", description="eqs. 2 and 3, or another intrinsic reward; of these fields it has the scale")
    scale: NotNegative = Field(0.2, description="lambda, the weight beside the task's reward (Table 4)")
    pretrain_share: Share = Field(
        0.0,
        description="if above 0: this part of the steps has the intrinsic reward alone, weight 1; the rest keeps the actors",
    )
    weight: Share = Field(0.5, description="w of eq. 3: 1 ego only, 0 mutual only (4.1)")
    k: Count = Field(20, description="neighbours K (Table 4); while a bank holds fewer states, all of them")
    reduction: Reduction = Field(
        "kth", description="similarity to the k-th neighbour (as RE3; ours) or the mean of the K nearest"
    )
    shift: float = Field(0.0, description="added to eq. 3 (ours: none; 1 makes it at least 0 where termination must not pay)")
    bank: Count = Field(300, description="afterstates in an agent's memory bank (Table 4)")
    skip: Count = Field(5, description="every how manieth step of an agent enters its bank (Table 4)")
    encoder: EncoderKind = Field("contrastive", description="learned, the observation itself, or never trained (Table 8)")
    encoder_widths: Widths = Field((64, 64), description="layers, the last one is the embedding (Table 5)")
    learning_rate: Positive = Field(3e-4, description="Adam's step size of the encoder (Table 5)")
    temperature: Positive = Field(0.07, description="tau of eq. 4 (Table 4)")
    positive_window: Count = Field(5, description="most steps to a positive, either way (4.1; Table 4 counts both: 10)")
    measure: bool = Field(False, description="compute the reward to log it although scale is 0")
    # Ours; the defaults stay out of what Snakemake compares.
    pooled: Annotated[bool, unless_default(False)] = Field(False, description="one bank of all agents in place of each its own")
    features: Annotated[tuple[Annotated[int, Field(ge=0)], ...], unless_default(())] = Field(
        (), description="indices of the features that log-distance compares; none: all"
    )

    @model_validator(mode="after")
    def _check(self) -> "RewardSettings":
        if self.k > self.bank:
            raise ValueError(f"k = {self.k} neighbours are more than bank = {self.bank} holds: lower k or raise bank")
        return self

    @property
    def used(self) -> bool:
        """Whether the reward has to be computed at all."""
        return self.scale > 0 or self.measure

    @property
    def banked(self) -> bool:
        """Whether it is, from memory banks."""
        return self.used and self.kind in ("knn", "log-distance")


class CollaborativeSettings(Settings):
    """One arm: who explores how, for how long."""

    agents: Count = Field(4, description="N (5.1)")
    env_steps: Count = Field(1_000_000, description="steps of all agents of a seed together (5.1)")
    times: Count = Field(1, description="how many times env_steps are taken (Appendix C: DIAYN twice, A2C ten times)")
    seed_steps: Count = Field(10_000, description="uniformly random ones among them, before the first update (jaxrl2)")
    updates_per_step: Positive = Field(1.0, description="updates of all agents a step of one: N a vector step (5.1)")
    repeat: Count = Field(1, description="simulator steps an action is held for (jaxrl2: 1 for states)")
    sac: SacSettings = SacSettings()
    learner: LearnerKind = Field(
        "sac", description="soft actor-critics, multi-headed (Fig. 9), a baseline (5.1), DQN (D.7), DrQ (5.3)"
    )
    reward: RewardSettings = RewardSettings()
    rnd: RndSettings = RndSettings()
    diayn: DiaynSettings = DiaynSettings()
    a2c: A2cSettings = A2cSettings()
    sunrise: SunriseSettings = SunriseSettings()
    dqn: Annotated[DqnSettings, unless_default(DqnSettings())] = DqnSettings()
    drq: Annotated[DrqSettings, unless_default(DrqSettings())] = DrqSettings()
    unroll: UnrollSettings = UnrollSettings()
    evaluation: EvaluationSettings = EvaluationSettings()

    @model_validator(mode="after")
    def _check(self) -> "CollaborativeSettings":
        self._check_lone_agent()
        self._check_learner()
        self._check_steps()
        self._check_ring()
        return self

    def _check_lone_agent(self) -> None:
        if self.agents > 1:
            return
        # Where the reward is only measured, sac and sac_knn log the same quantity, so w < 1 is no less of a mistake.
        if self.reward.banked and self.reward.weight < 1 and not self.reward.pooled:
            raise ValueError(
                f"agents = 1 has no others for the mutual term of eq. 3, reward.weight = {self.reward.weight:g}: set it to 1"
            )
        if self.unroll.how == "eps_collab":
            raise ValueError("agents = 1 has no others to differ from (eq. 5): set unroll.how to own")

    def _check_learner(self) -> None:
        if 0 < self.reward.pretrain_share < 1 and self.learner != "sac":
            raise ValueError(
                f"reward.pretrain_share = {self.reward.pretrain_share:g} goes on with the actors of sac, learner is "
                f"{self.learner}: set it to 0 or 1, or learner to sac"
            )
        if self.learner in ("sunrise", "dice") and not self.sac.shared:
            raise ValueError(f"learner = {self.learner} compares agents on one batch, sac.shared is false: set it to true")
        if self.learner == "dice" and self.agents == 1:
            raise ValueError("learner = dice with agents = 1 has no others to differ from: use at least two")
        if self.learner == "dqn":
            self._check_dqn()
        if self.learner == "a2c":
            self._check_a2c()

    def _check_dqn(self) -> None:
        if self.unroll.how != "own" or {*self.evaluation.ways} - {"first", "set_mean"}:
            raise ValueError("learner = dqn chooses by its own Q: set unroll.how to own and evaluation.how to first or set_mean")
        if self.reward.kind != "knn":
            raise ValueError(f"learner = dqn with reward.kind = {self.reward.kind} is not built: set it to knn")

    def _check_a2c(self) -> None:
        if self.unroll.how != "own" or {*self.evaluation.ways} & {"softmax", "q_classifier"}:
            raise ValueError("learner = a2c is one policy without Q: set unroll.how to own and evaluation.how to first")
        _check_divides("agents * a2c.rollout", self.agents * self.a2c.rollout, "seed_steps", self.seed_steps)

    def _check_steps(self) -> None:
        interval = self.evaluation.interval
        _check_divides("agents", self.agents, "evaluation.interval", interval)
        _check_divides("evaluation.interval", interval, "env_steps", self.env_steps)
        needed = self.sac.batch * (1 if self.sac.shared else self.agents)
        if self.seed_steps < needed:
            raise ValueError(f"seed_steps = {self.seed_steps} make no sac.batch = {self.sac.batch}: raise them to {needed}")

    def _check_ring(self) -> None:
        needed = max(self.reward.bank * self.reward.skip, 2 * self.reward.positive_window + 2) if self.reward.banked else 1
        if self.capacity < needed:
            raise ValueError(
                f"sac.buffer = {self.sac.buffer} is {self.capacity} steps an agent, its memory bank reaches back {needed}: "
                f"raise it to {needed * self.agents}"
            )

    @property
    def capacity(self) -> int:
        """Steps of each agent that the replay keeps: its share of the buffer, in whole strides of the memory bank."""
        share = -(-self.sac.buffer // self.agents)
        return -(-share // self.reward.skip) * self.reward.skip

    @property
    def block(self) -> int:
        """Vector steps (one action of each agent) between two evaluations."""
        return self.evaluation.interval // self.agents

    @property
    def pretrain_steps(self) -> int:
        """Steps of all agents of a seed together that learn from the intrinsic reward alone."""
        return round(self.reward.pretrain_share * self.times * self.env_steps)

    @property
    def blocks(self) -> int:
        """Evaluations of a run."""
        return self.times * self.env_steps // self.evaluation.interval


def _check_divides(name: str, divisor: int, what: str, number: int) -> None:
    if number % divisor:
        near = max(1, round(number / divisor)) * divisor
        raise ValueError(f"{name} = {divisor} does not divide {what} = {number}: take {near} for {what}")


def arm_settings(arm: str, base: CollaborativeSettings | None = None) -> CollaborativeSettings:
    """Return `base` (the paper's settings where None) with what `arm` changes.

    Raises:
        ValueError: unknown arm, or one of the settings' errors.
    """
    return changed(base or CollaborativeSettings(), ARMS[choose(arm, ARMS, "arm")])


def changed(base: CollaborativeSettings, change: Mapping[str, object]) -> CollaborativeSettings:
    """Return `base` with the values of `change`, one level deep; ValueError where they do not fit together."""
    settings = base.model_dump()
    for name, value in change.items():
        settings[name] = {**settings[name], **value} if isinstance(value, dict) else value
    return CollaborativeSettings.model_validate(settings)


class CollaborativeTrainJob(Settings):
    """Everything that determines the training of one arm on one task, all seeds side by side."""

    task: str
    settings: CollaborativeSettings
    seeds: tuple[Seed, ...] = Field(min_length=1)
    checkpoint_seconds: NotNegative = Field(300.0, description="at least so long between saved states")
    device: Annotated[Device, unless_default("auto")] = "auto"
