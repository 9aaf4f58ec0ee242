"""Tables of the grid worlds: final entropy and support beside what the authors' code gave, and what specialisation adds."""

import pandas as pd

from kmyriad.claims.gridworld import REFERENCE, finals

PARTS = ["mixture", "individual", "divergence", "action_entropy"]
MISSING = (float("nan"),) * 3


def summarise_finals(curves: pd.DataFrame) -> pd.DataFrame:
    """Return mean and sd over seeds of the final entropy (share of log(free cells)) and support (cells) of each training.

    `curves` has the columns world, variant, agents, arm, seed, update, entropy and support. The reference, which has no
    seeds' spread of the support, stands beside the variant `plain` alone; with one seed there is no sd (NaN).
    """
    tables = [finals(runs).assign(variant=variant) for variant, runs in curves.groupby("variant", sort=False)]
    groups = pd.concat(tables).groupby(["variant", "world", "agents", "arm"], sort=False)
    columns = {
        f"{name}_{part}": (name, how) for name in ("entropy", "support") for part, how in (("mean", "mean"), ("sd", "std"))
    }
    table = groups.agg(**columns, seeds=("seed", "size")).reset_index()
    beside = [
        REFERENCE.get((row.world, row.agents, row.arm), MISSING) if row.variant == "plain" else MISSING
        for row in table.itertuples()
    ]
    names = ["reference_entropy_mean", "reference_entropy_sd", "reference_support_mean"]
    return table.join(pd.DataFrame(beside, columns=names, index=table.index))


def layout_finals(summary: pd.DataFrame) -> pd.DataFrame:
    """Return `summary` (see `summarise_finals`) as text, a row a training."""
    rows = [
        {
            "variant": row.variant,
            "world": row.world,
            "m": row.agents,
            "arm": row.arm,
            "entropy": text(row.entropy_mean, row.entropy_sd, 3),
            "entropy, reference": text(row.reference_entropy_mean, row.reference_entropy_sd, 3),
            "support": text(row.support_mean, row.support_sd, 1),
            "support, reference": text(row.reference_support_mean, float("nan"), 1),
        }
        for row in summary.itertuples()
    ]
    return pd.DataFrame(rows)


def summarise_specialisation(datasets: pd.DataFrame) -> pd.DataFrame:
    """Return the means over seeds of mixture = individual + divergence (nats) and action_entropy, by world, agents, source.

    They are those of the exact expected visits, so that the sum holds for the means as well. The random policy, which has
    nothing to specialise, is left out.
    """
    trained = datasets[datasets["source"] != "random"]
    return trained.groupby(["world", "agents", "source"])[PARTS].mean().reset_index()


def layout_specialisation(summary: pd.DataFrame) -> pd.DataFrame:
    """Return `summary` (see `summarise_specialisation`) as text, a row a world, number of agents and source."""
    titles = ["entropy of the mixture (nats)", "mean entropy of an agent (nats)", "mean KL from the mixture (nats)"]
    texts = summary.assign(**{part: summary[part].map("{:.3f}".format) for part in PARTS})
    return texts.rename(columns={"agents": "m"} | dict(zip(PARTS, [*titles, "action entropy / log 4"], strict=True)))


def text(mean: float, spread: float, digits: int) -> str:
    """Return "0.861 ± 0.008", without the spread where there is none, "-" where there is no mean."""
    if pd.isna(mean):
        return "-"
    return f"{mean:.{digits}f}" + ("" if pd.isna(spread) else f" ± {spread:.{digits}f}")
