"""Fig. 5: collective state entropy, and the noise it comes with, against epochs; one column an environment, one curve a run."""

import pandas as pd
from matplotlib.figure import Figure

from kmyriad.figures.draw import Curves, colours, heads_label, panels
from kmyriad.jobs.pictures import drawing_stage
from kmyriad.jobs.runs import of_stage, read_tables
from kmyriad.papers.myriad.coverage_runs import best_untrained, read_untrained
from kmyriad.settings import FigureJob
from kmyriad.statistics.intervals import mean_intervals

BY = ["environment", "heads", "update", "epoch"]


def summarise(metrics: pd.DataFrame) -> pd.DataFrame:
    """Return the drawn numbers by environment, heads, update and epoch, over n seeds.

    mean, low, high: of the entropy (nats); std_mean, std_low, std_high: of the mean standard deviation of u.
    `metrics` has the columns environment, heads, seed, epoch, entropy, mean_std; the environment of runs with another update
    than the rest ends in @<update>.
    """
    names = metrics["environment"].str.partition("@")
    control = names[2].where(names[2].isin(["gradient", "trust-region"]), "")
    plain = metrics["environment"].where(control == "", names[0])
    runs = metrics.assign(environment=plain, update=control)
    std = mean_intervals(runs, BY, "mean_std").add_prefix("std_")
    return mean_intervals(runs, BY, "entropy").assign(**{name: std[name] for name in ("std_mean", "std_low", "std_high")})


def draw(summary: pd.DataFrame, environments: list[str], note: str, untrained: dict[str, float] | None = None) -> Figure:
    """Return the figure of `summary` (see `summarise`), panels in the order of `environments`, `note` below them.

    `untrained`: the entropy that the best noise reaches without training, by environment.
    """
    runs = summary[["heads", "update"]].drop_duplicates().sort_values(["update", "heads"]).itertuples(index=False)
    keys = [(int(heads), update) for heads, update in runs]
    labels = {key: heads_label(key[0]) + (f", {key[1]}" if key[1] else "") for key in keys}
    palette = colours([heads for heads, _ in keys])
    curves = Curves(
        by="run",
        colours={key: palette[key[0]] for key in keys},
        labels=labels,
        x_label="epochs",
        y_labels={"": "state entropy (nats)", "std_": "std of u"},
        styles={key: "--" for key in keys if key[1]},
        reference=untrained or {},
        reference_label="best untrained noise",
    )
    run = pd.Series(list(zip(summary["heads"], summary["update"], strict=True)), index=summary.index)
    return panels(summary.assign(run=run), environments, curves, note)


def fig5(job: FigureJob, files: list[str]) -> tuple[Figure, pd.DataFrame]:
    """Draw the pretraining runs whose metrics are among `files`, and what untrained noise reaches by the tables among them."""
    summary = summarise(read_tables(of_stage(files, "pretrain")))
    untrained = best_untrained(read_untrained(files))
    drawn = summary.assign(untrained=summary["environment"].map(untrained)) if untrained else summary
    return draw(summary, list(job.environments), job.note, untrained), drawn


main = drawing_stage(fig5, "metrics.csv of every pretraining run; coverage.csv of untrained policies")

if __name__ == "__main__":
    main()
