"""The paper's sentences that are judged beside Table 1: which arms each compares, in what, and where its runs come from."""

from typing import Literal, NamedTuple

from kmyriad.statistics.verdict import not_run

Pair = tuple[str, str]
"""Two arms; the sentence says that the first has more."""
_MORE = (8, 16, 32, 64)


class Sentence(NamedTuple):
    """One sentence of the paper."""

    source: str
    """Table or figure that it reads off."""
    rule: str
    """What makes that, and trains what it needs."""
    says: str
    """Its words."""
    pairs: tuple[Pair, ...] = ()
    """Arms whose seeds are compared, where it is about arms."""
    value: Literal["score", "intrinsic_std"] = "score"
    """What is compared: columns of the metrics."""
    of: Literal["mean", "variance"] = "mean"
    tasks: tuple[str, ...] = ()
    """The only ones that it is about; none: any."""
    expected: str = "above 0"
    config: str = "paper"
    """The scale that has its runs."""

    def test(self, test: str) -> str:
        """Return what is tested, and how."""
        return f'{self.source}, "{self.says}": {test}'

    def not_run(self) -> dict[str, object]:
        """Return its row where none of its runs is there."""
        command = f"snakemake --cores all --configfile config/{self.config}.yaml -- {self.rule}"
        return not_run(
            f"{self.source}: {self.says}", self.expected, self.test(f"not run at this scale; `{command}` trains what it needs")
        )


SCORES = (
    Sentence(
        "Table 2",
        "ce_table2",
        "Applying CE to RND can effectively improve the performance over both RND and RND+Replica",
        (("rnd_ce", "rnd"), ("rnd_ce", "rnd_replica")),
    ),
    Sentence(
        "Table 7",
        "ce_table7",
        "With more agents, we have more diverse policies and help to solve tasks where exploration is particularly difficult, "
        "i.e., the goal-reaching fish-swim task",
        tuple((f"{arm}{n}", arm) for arm in ("replica", "ce") for n in _MORE),
        tasks=("fish-swim",),
    ),
    Sentence(
        "Table 7",
        "ce_table7",
        "the performance variances increase significantly for larger N",
        tuple((f"{arm}{n}", arm) for arm in ("replica", "ce") for n in _MORE),
        of="variance",
        expected="above 1",
    ),
    Sentence(
        "Table 9",
        "ce_table9",
        "using a medium value of K = 20 performs the best",
        tuple(("ce", f"k{k}") for k in (5, 10, 30)),
    ),
    Sentence(
        "Table 9",
        "ce_table9",
        "When we select a small value, i.e., K = 5, [...] the intrinsic reward degrades to a constant reward shifting",
        (("ce", "k5"),),
        value="intrinsic_std",
    ),
    Sentence(
        "Fig. 7",
        "ce_fig7",
        "simply selecting the most dissimilar actions outperforms the naïve Replica baseline in three out of four tasks, while "
        "the UCB and Softmax method only outperform the baseline in one task",
        tuple(("replica_eps_collab", arm) for arm in ("replica", "replica_ucb", "replica_softmax")),
    ),
    Sentence(
        "Fig. 9",
        "ce_fig9",
        "the multihead variant generally performs slightly worse than CE",
        (("ce", "multihead"),),
    ),
    Sentence(
        "Fig. 9",
        "ce_fig9",
        "The superior performance of multihead CE against Replica agent",
        (("multihead", "replica"),),
    ),
    Sentence(
        "Fig. 12",
        "ce_fig12",
        "using more gradient updates can usually improve the performance",
        (("sac_ups2", "sac"), ("sac_ups3", "sac")),
    ),
    Sentence(
        "Fig. 12",
        "ce_fig12",
        "The performance gap between SAC (UPS3) with our method indicates the benefits of incorporating the collaborative "
        "exploration information",
        (("ce", "sac_ups3"),),
    ),
)
"""Those that compare arms' scores, or what they are rewarded with."""
DIVERSITY = (
    Sentence("Table 3", "ce_table3", "the CE agents usually have larger D_KL [...] except for the HalfCheetah-V3 task"),
    Sentence("Table 3", "ce_table3", "[...] and smaller I(S;A) metrics, except for the HalfCheetah-V3 task"),
)
GOALS = (
    Sentence("Fig. 5", "ce_fig5", "the two collaborative agents are able to collect more diverse trajectories"),
    Sentence("Fig. 5", "ce_fig5", "the two parallel agents fail to find the second goal position", expected="0"),
)
IMPROVES = Sentence("Fig. 8", "ce_fig8", "collaborative evaluation methods could effectively [...] improve the performance")
STEADIES = Sentence(
    "Fig. 8", "ce_fig8", "collaborative evaluation methods could effectively reduce the variance", expected="above 1"
)
DIFFERS = Sentence(
    "Fig. 8",
    "ce_fig8",
    "Compared with the simple cheetah-run task, the agent performances have much higher variances in the fish-swim task",
)
PIXELS = Sentence("Fig. 4", "ce_fig4", "CE achieved the best performance in all four tasks", config="pixels")
GAMES = Sentence("Fig. 13", "ce_fig13", "CE generally outperforms the DQN baseline", config="minatar")
