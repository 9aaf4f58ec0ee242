"""What Collaborative Exploration is compared with, and how its diversity is measured (see `arm`)."""

from typing import Annotated, Literal

from pydantic import Field

from kmyriad.settings.base import Count, LogStdRange, Settings, unless_default

Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Widths = Annotated[tuple[Count, ...], Field(min_length=1)]

RndKind = Literal["one", "own", "each"]


class RndSettings(Settings):
    """Random network distillation (Section 5.4, D.8); where the paper is silent the public url_benchmark."""

    how: RndKind = Field(
        "one", description="one network for all agents (RND, RND + CE), each its own on own data (RND + Replica) or on all (5.4)"
    )
    widths: Widths = Field((256, 256), description="layers, the last one is the embedding (Table 5; as the encoder's: ours)")
    learning_rate: Positive = Field(3e-4, description="Adam's step size (Table 5)")
    clip: Positive = Field(5.0, description="normalised observations are clipped to +- it (Burda et al., 2019; url_benchmark)")


class DiaynSettings(Settings):
    """Diversity is all you need (Eysenbach et al., 2018); where the paper is silent the public url_benchmark."""

    skills: Annotated[int, Field(ge=2)] = Field(16, description="n; one is drawn for each episode (url_benchmark's number)")
    widths: Widths = Field((256, 256), description="hidden layers of the discriminator (as RND's: ours)")
    learning_rate: Positive = Field(3e-4, description="Adam's step size (Table 5)")


class SunriseSettings(Settings):
    """SUNRISE (Lee et al., 2021); the paper says no more than that it is a baseline."""

    keep: Share = Field(0.5, description="probability that an agent learns from a transition (public code)")
    temperature: NotNegative = Field(20.0, description="T of the targets' weight, 0 weighs all alike (public code)")


class A2cSettings(Settings):
    """Advantage actor-critic (Mnih et al., 2016); the paper says no more than how many steps it takes (Appendix C).

    Where nothing else is said, numbers are those of Stable-Baselines3's A2C, and of its VecNormalize.
    """

    rollout: Count = Field(5, description="steps of each environment between two updates")
    entropy: NotNegative = Field(1e-4, description="beta, the weight of the entropy (Mnih et al., continuous actions)")
    clip: Positive = Field(0.5, description="2-norm that both networks' gradients together are clipped to")
    # Defaults stay out of what Snakemake compares, as in base.py.
    log_std_range: Annotated[LogStdRange, unless_default((-5.0, 2.0))] = Field(
        (-5.0, 2.0), description="log standard deviations are clipped to it (ours: a policy cannot narrow to nothing)"
    )
    learning_rate: Annotated[Positive, unless_default(7e-4)] = Field(7e-4, description="step size of both networks")
    value_weight: Annotated[NotNegative, unless_default(0.5)] = Field(0.5, description="c, the weight of the critic's loss")
    actor_gain: Annotated[Positive, unless_default(0.01)] = Field(0.01, description="of the actor's last layer at the start")
    critic_gain: Annotated[Positive, unless_default(1.0)] = Field(1.0, description="of the critic's last layer at the start")
    normalised_clip: Annotated[Positive, unless_default(10.0)] = Field(
        10.0, description="normalised observations and rewards are clipped to +- it"
    )


class MineSettings(Settings):
    """The estimate of I(S; A) (5.5, Table 3) by MINE (Belghazi et al., 2018), of which the paper says no more."""

    widths: Widths = Field((128, 128), description="hidden layers (ours)")
    batch: Count = Field(512, description="pairs of an update (ours)")
    updates: Count = Field(5000, description="Adam steps (ours)")
    learning_rate: Positive = Field(1e-3, description="Adam's step size (ours)")
    decay: Annotated[float, Field(gt=0, lt=1)] = Field(0.01, description="of the running mean that corrects the gradient (ours)")
    held_out: Annotated[float, Field(gt=0, lt=1)] = Field(
        0.3, description="share of the pairs that the bound is measured on (ours)"
    )
    shifts: Count = Field(10, description="independent pairs for each of those pairs (ours)")


class CollaborativeDiversitySettings(Settings):
    """How unlike the agents of a set are (5.5, Table 3), measured at states that they visit."""

    episodes: Count = Field(
        750, description="each agent plays by its last policy: 5.5's 3000 trajectories are a seed's four agents' together (ours)"
    )
    states: Annotated[int, Field(ge=100)] = Field(
        50_000, description="most states of a seed that count, drawn from all visited (ours, for memory; 5.5: all)"
    )
    mine: MineSettings = MineSettings()


class CollaborativeGaitsSettings(Settings):
    """How the agents of a set move (5.5, Fig. 6): one episode of each."""

    steps: Count = Field(200, description="most steps of an episode that are kept (ours; 8 ms each on Hopper-v5 and Walker2d-v5)")
