"""Who acts in data collection and in evaluation; see `kmyriad.settings.collaborative.arm`."""

from typing import Literal

from pydantic import Field, model_validator

from kmyriad.settings.base import Count, Settings
from kmyriad.settings.collaborative.baselines import NotNegative, Share, Widths

UnrollKind = Literal["own", "eps_greedy", "ucb", "softmax", "eps_collab"]
EvaluationKind = Literal["first", "set_mean", "mean_action", "softmax", "q_classifier"]


class UnrollSettings(Settings):
    """How data are collected (4.2, Fig. 7)."""

    how: UnrollKind = Field("own", description="own policy (CE), or a variant of Fig. 7; eps_collab is eq. 5 (All)")
    epsilon: Share = Field(0.2, description="share of steps on which eps_greedy and eps_collab deviate (Table 4)")
    samples: Count = Field(10, description="actions drawn from each agent for eq. 5, M (Table 4)")
    ucb: NotNegative = Field(1.0, description="lambda of ucb, the weight of the critics' standard deviation (5.6)")
    inverse_temperature: NotNegative = Field(1.0, description="factor of Q in softmax (ours)")


class EvaluationSettings(Settings):
    """Who acts in evaluation (4.2) and how often (D.1)."""

    how: EvaluationKind = Field(
        "first",
        description="agent 0 (5.1), all agents' mean (ours), the mean action (SUNRISE's code) or one by Q (4.2; All: softmax)",
    )
    also: tuple[EvaluationKind, ...] = Field(
        (),
        description="further ways, for the same agents at the same times; with set_mean each agent's own is kept (Fig. 8)",
        exclude_if=lambda value: value == (),  # as unless_default
    )
    interval: Count = Field(5000, description="environment steps of a seed's agents together between evaluations (D.1)")
    episodes: Count = Field(10, description="episodes of an evaluation (jaxrl2); with set_mean those of each agent")
    last: Count = Field(10, description="evaluations whose mean is a seed's score (D.1)")
    inverse_temperature: NotNegative = Field(1.0, description="factor of Q in softmax (public PEX)")
    classifier: Widths = Field((256, 256), description="widths of q_classifier's hidden layers (ours)")
    classifier_horizon: Count = Field(100, description="steps that its return sums and that its choice lasts (4.2)")
    classifier_window: Count = Field(100_000, description="most recent transitions of a seed that it learns from (ours)")
    classifier_updates: Count = Field(500, description="minibatches before each evaluation (ours)")

    @model_validator(mode="after")
    def _check(self) -> "EvaluationSettings":
        twice = [how for how in self.ways if self.ways.count(how) > 1]
        if twice:
            raise ValueError(f"evaluation.also repeats {twice[0]}: name each way once, and not evaluation.how = {self.how} again")
        return self

    @property
    def ways(self) -> tuple[EvaluationKind, ...]:
        """All ways to evaluate, the one that scores count first."""
        return (self.how, *self.also)
