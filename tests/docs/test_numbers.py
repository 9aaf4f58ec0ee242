"""The numbers that README.md and the pages of docs/ quote are those of the committed results."""

import re
from pathlib import Path

import pandas as pd
import pytest

from kmyriad.figures.draw import init_label
from kmyriad.jobs.runs import read_tables
from kmyriad.papers.collaborative.goals import both_found
from kmyriad.papers.myriad.coverage_runs import read_trained
from kmyriad.pipeline.verdicts import verdicts
from tests.copies import ROOT
from tests.docs.pages import read

QUOTING = ("README.md", "docs/k-myriad.md")
TERRAINS = ("Empty", "Maze", "Cave", "Pyramid")


def files(stage: str) -> list[str]:
    return sorted(map(str, (ROOT / "results" / stage).rglob("coverage.csv")))


@pytest.fixture(scope="module")
def trained() -> pd.DataFrame:
    """How far the trained policies go, means over the seeds by environment, update, heads and acting."""
    table = read_trained(files("coverage_trained"), "trust-region")
    by = ["environment", "update", "heads", "acting"]
    return table.groupby(by)[["entropy", "distance_mean", "std"]].mean()


@pytest.fixture(scope="module")
def best_noise() -> pd.Series:
    """The most entropy that one untrained head reaches by noise, mean over the seeds, by environment."""
    table = read_tables(files("coverage_untrained"))
    sampled = table[(table["acting"] == "sampled") & (table["heads"] == 1)]
    return sampled.groupby(["environment", "noise"])["entropy"].mean().groupby("environment").max()


def quoted(page: str, pattern: str) -> tuple[str, ...]:
    """Return what `pattern` finds on the page, whose lines count as one; it must be there once."""
    (found,) = re.findall(pattern, " ".join(read(page).split()))
    return found


def test_table_1() -> None:
    rows = (ROOT / "results/tables/table1.md").read_text().splitlines()
    shown = [line for line in read("docs/k-myriad.md").splitlines() if re.match(r"\| (heads|---|10|50) \|", line)]
    start = shown.index(rows[0])
    assert shown[start : start + len(rows)] == rows


@pytest.mark.parametrize("page", QUOTING)
def test_one_head_against_the_best_noise(page: str, trained: pd.DataFrame, best_noise: pd.Series) -> None:
    ours = trained.xs(("trust-region", 1, "sampled"), level=("update", "heads", "acting"))["entropy"]
    pairs = re.findall(r"([\d.]+)(?: nats)? against ([\d.]+) in (\w+)", " ".join(read(page).split()))
    assert {terrain: (entropy, noise) for entropy, noise, terrain in pairs} == {
        terrain: tuple(f"{table[f'ant-{terrain.lower()}']:.1f}" for table in (ours, best_noise)) for terrain in TERRAINS
    }


@pytest.mark.parametrize("page", QUOTING)
def test_algorithm_1(page: str, trained: pd.DataFrame) -> None:
    entropies = trained.xs(("gradient", "sampled"), level=("update", "acting"))["entropy"]
    assert set(entropies.index.get_level_values("heads")) == {1, 10, 50}
    low, high = quoted(page, r"([\d.]+) to ([\d.]+) nats with 1 to 50 heads")
    assert (low, high) == (f"{entropies.min():.1f}", f"{entropies.max():.1f}")


def test_distance_by_the_mean_action(trained: pd.DataFrame) -> None:
    distances = trained.xs(("trust-region", 1, "mean"), level=("update", "heads", "acting"))["distance_mean"]
    low, high = quoted("docs/k-myriad.md", r"By its mean action alone it gets ([\d.]+) to ([\d.]+) m away")
    assert (low, high) == (f"{distances.min():.1f}", f"{distances.max():.0f}")


def test_noise_that_is_left(trained: pd.DataFrame) -> None:
    left = trained.xs(("trust-region", "sampled"), level=("update", "acting"))["std"]
    low, high = quoted("docs/k-myriad.md", r"of the first standard deviation, 2\.0, ([\d.]+) to ([\d.]+) is left")
    assert (low, high) == (f"{left.min():.1f}", f"{left.max():.1f}")


@pytest.mark.parametrize("page", QUOTING)
def test_samples_of_a_run(page: str) -> None:
    metrics = sorted((ROOT / "results/pretrain").glob("ant-*/heads*/seed*/metrics.csv"))
    last = {int(pd.read_csv(file)["env_steps"].iloc[-1]) for file in metrics if "@" not in str(file)}
    assert last == {int(number.replace(",", "")) for number in re.findall(r"([\d,]+) samples(?:; the paper|, where)", read(page))}


def walk_rows() -> list[str]:
    """Return the rows of the table of walk scale: means over the seeds, and those of the best noise of one untrained head."""
    trained, noise = read_tables(files("walk/coverage_trained")), read_tables(files("walk/coverage_untrained"))
    rows = []
    for terrain in TERRAINS:
        labels = {f"ant-{terrain.lower()}": "", f"ant-{terrain.lower()}@gradient": ", Algorithm 1"}
        for label, update in labels.items():
            runs = trained[trained["environment"] == label]
            rows += [f"| {terrain} | {heads}{update} | {_walk_row(own)} |" for heads, own in runs.groupby("heads")]
        one = noise[(noise["environment"] == f"ant-{terrain.lower()}") & (noise["heads"] == 1) & (noise["acting"] == "sampled")]
        if len(one):
            means = one.groupby("noise").mean(numeric_only=True)
            best, seeds = means.loc[means["entropy"].idxmax()], one["seed"].nunique()
            cells = f"{seeds} | {best['entropy']:.2f} | {best['distance_mean']:.1f} | - | - | {best['std']:.2f} | -"
            rows.append(f"| {terrain} | 1, untrained | {cells} |")
    return rows


def _walk_row(runs: pd.DataFrame) -> str:
    sampled, mean = (runs[runs["acting"] == acting].mean(numeric_only=True) for acting in ("sampled", "mean"))
    kl = "-" if pd.isna(sampled["kl"]) else f"{sampled['kl']:.1f}"
    several = sampled["heads"] > 1  # one head by its mean action is one trajectory, again and again
    cells = [f"{sampled['entropy']:.2f}", f"{sampled['distance_mean']:.1f}", f"{mean['entropy']:.2f}" if several else "-"]
    cells += [f"{mean['distance_mean']:.1f}", f"{sampled['std']:.2f}", kl]
    return " | ".join([str(runs["seed"].nunique()), *cells])


def test_walk_scale() -> None:
    shown = [line for line in read("docs/k-myriad.md").splitlines() if re.match(r"\| (Empty|Maze|Cave|Pyramid) \| \d+", line)]
    assert shown == walk_rows()


def test_the_words_about_walk_scale() -> None:
    table = read_tables(files("walk/coverage_trained"))
    empty = table[table["environment"] == "ant-empty"].groupby(["heads", "acting"])[["entropy", "distance_mean"]].mean()
    noise = read_tables(files("walk/coverage_untrained"))
    noise = noise[(noise["heads"] == 1) & (noise["acting"] == "sampled")].groupby(["environment", "noise"])["entropy"].mean()
    best = noise.groupby("environment").max()
    words = quoted(
        "README.md",
        r"one head gets (\d+) m away .* reaches ([\d.]+) nats in Empty where the best untrained noise reaches ([\d.]+)\.",
    )
    one = empty.loc[1, "sampled"]
    assert words == (f"{one['distance_mean']:.0f}", f"{one['entropy']:.1f}", f"{best['ant-empty']:.1f}")
    assert one["entropy"] > empty.loc[10, "sampled"]["entropy"] > empty.loc[50, "sampled"]["entropy"]  # "reach less"
    fifty = f"{empty.loc[(50, 'mean'), 'entropy']:.1f}"
    ten = f"{empty.loc[(10, 'mean'), 'entropy']:.1f}"
    assert quoted("docs/k-myriad.md", r"ten heads together reach ([\d.]+) nats in Empty, fifty reach ([\d.]+),") == (ten, fifty)
    # "in all four terrains", and Algorithm 1 not in Empty
    one_head = table[(table["heads"] == 1) & (table["acting"] == "sampled")].groupby("environment")["entropy"].mean()
    assert {f"ant-{terrain.lower()}" for terrain in TERRAINS} == set(best.index)
    assert all(one_head[terrain] > best[terrain] for terrain in best.index)
    assert one_head["ant-empty@gradient"] < best["ant-empty"]


def test_what_dealing_at_random_gives() -> None:
    runs = [ROOT / f"results/walk/diversity/ant-pyramid/heads50/seed{seed}/kl.csv" for seed in (1, 123)]
    played, dealt = zip(*(pd.read_csv(file)[["kl", "kl_dealt"]].mean() for file in runs), strict=True)
    words = quoted("docs/learning.md", r"in Pyramid have (\S+) and (\S+) nats as played and (\S+) and (\S+) nats dealt at random")
    assert words == tuple(f"{value:.2f}" for value in (*played, *dealt))


@pytest.mark.slow(3)
def test_the_verdicts_at_walk_scale() -> None:
    shown = verdicts(Path("config/walk.yaml"))
    for pattern, claim, sign in (
        (r"of its Empty: (.*?) nats more than ten", "ant-empty: entropy with heads 1 above that with 10 (nats)", 1),
        (r"fifty heads reach (.*?) nats less than one", "ant-pyramid: entropy with heads 50 above that with 1 (nats)", -1),
    ):
        (found,) = re.finditer(rf"^\| {re.escape(claim)} \|.*\| (\S+) \[(\S+), (\S+)\] \| 3 \|", shown, re.MULTILINE)
        middle, *ends = (sign * float(each) for each in found.groups())
        assert quoted("docs/k-myriad.md", pattern) == f"{middle:.2f} [{min(ends):.2f}, {max(ends):.2f}]"


def jumpstart_rows() -> list[str]:
    """Return the rows of the table of PPO at walk scale: mean success over the goals, of the first ten updates and the last."""
    runs = sorted((ROOT / "results/walk/finetune/ant-empty").rglob("seed1/metrics.csv"))
    table = pd.concat([pd.read_csv(file).assign(init=file.parents[2].name) for file in runs])
    last = table["epoch"].max()
    rows = []
    for init in ("random", "heads1", "heads10", "heads50"):
        own = table[table["init"] == init]
        early, late = (own[where]["success"].mean() for where in (own["epoch"] < 10, own["epoch"] > last - 10))
        rows.append(f"| {init_label(init)} | {early:.2f} | {late:.2f} |")
    return rows


def test_jumpstart_at_walk_scale() -> None:
    shown = [line for line in read("docs/k-myriad.md").splitlines() if re.match(r"\| (random|best of \d+ heads?) \|", line)]
    assert shown == jumpstart_rows()


def test_more_trajectories_and_more_epochs() -> None:
    page, rows = "docs/k-myriad.md", pd.read_json(ROOT / "results/claims.json").set_index("claim")
    final = pd.read_csv(ROOT / "results/figures/fig6.csv").query("epoch.isna()")["mean"]
    assert quoted(page, r"reach more: ([\d.]+), ([\d.]+) and ([\d.]+) nats") == tuple(f"{value:.2f}" for value in final)
    for pattern, claim in (
        (r"a doubling gains (.*?) nats", "ant-empty: entropy gained with each doubling of the trajectories in training (nats)"),
        (r"of fifty\*\*: by (.*?) nats after", "ant-empty: entropy with 1 head above that with 50, after 135 updates (nats)"),
    ):
        row = rows.loc[claim]
        assert quoted(page, pattern) == f"{row['ours']:.2f} [{row['low']:.2f}, {row['high']:.2f}]"


def side_rows() -> list[str]:
    """Return the rows of the table of all three systems on the same tasks: means over the seeds."""
    table = pd.read_csv(ROOT / "results/tables/side_by_side_table.csv")
    digits = {"entropy": 2, "individual": 2, "divergence": 2, "cells": 0, "redundancy": 2, "seconds": 0, "early": 2, "late": 2}
    cells = [[f"{value:.{places}f}" for value in table[f"{name}_mean"]] for name, places in digits.items()]
    methods = [f"`{method}`" for method in table["method"]]
    return [f"| {' | '.join(row)} |" for row in zip(table["place"], methods, *cells, strict=True)]


def test_side_by_side() -> None:
    lines = read("docs/side-by-side.md").splitlines()
    assert [line for line in lines if re.match(r"\| (Room|PointMaze|Ant) \| `\w+` \|", line)] == side_rows()


def continued_rows() -> list[str]:
    """Return the rows of the table of what PPO and soft actor-critics reach from the same agents: means over the seeds."""
    table = pd.read_csv(ROOT / "results/tables/side_by_side_table.csv").dropna(subset="late_sac_mean")
    cells = [[f"{value:.2f}" for value in table[f"{name}_mean"]] for name in ("early", "late", "early_sac", "late_sac")]
    methods = [f"from `{method}`" for method in table["method"]]
    return [f"| {' | '.join(row)} |" for row in zip(table["place"], methods, *cells, strict=True)]


def test_soft_actor_critics_go_on() -> None:
    lines = read("docs/side-by-side.md").splitlines()
    assert [line for line in lines if re.match(r"\| (Room|PointMaze|Ant) \| from `", line)] == continued_rows()


def test_what_collaborative_exploration_costs() -> None:
    ratio = pd.read_csv(ROOT / "results/tables/ce_table10.csv").set_index(["task", "arm"])["ratio"]
    found = quoted(
        "docs/collaborative-exploration.md", r"([\d.]+) times the time of one SAC .* on cartpole and ([\d.]+) times on pendulum"
    )
    assert found == tuple(f"{ratio[task, 'ce']:.1f}" for task in ("cartpole-swingup_sparse", "pendulum-swingup"))


def test_what_pays_in_the_maze() -> None:
    page = "docs/collaborative-exploration.md"
    runs = ROOT / "results/collaborative_train/maze"
    metrics = {arm: pd.read_csv(runs / arm / "metrics.csv") for arm in ("ce", "shift")}
    rewards = {arm: table["intrinsic_mean"].mean() for arm, table in metrics.items()}
    mean, cost, gain = quoted(
        page, r"\((-[\d.]+) in the mean, times 0.2\).* costs about ([\d.]+) .* a step earns about ([\d.]+),"
    )
    assert (mean, cost, gain) == (f"{rewards['ce']:.2f}", f"{-0.2 * rewards['ce']:.2f}", f"{0.2 * rewards['shift']:.2f}")
    visits = pd.concat([pd.read_csv(file).assign(task="maze", arm=file.parent.name) for file in runs.glob("*/visits.csv")])
    found = both_found(visits).groupby("arm")["both"].agg(["sum", "size"])
    assert quoted(page, r"find both goals in (\d) of (\d) seeds") == tuple(map(str, found.loc["shift"]))
    assert quoted(page, r"(\d) of (\d) seeds of CE do, none of independent") == tuple(map(str, found.loc["ce"]))
    assert found.loc["independent", "sum"] == 0 and (metrics["shift"]["score"] == 0).all()
    rows = pd.read_json(ROOT / "results/tables/ce_claims.json").set_index("claim")
    what = "Fig. 5, maze: share of seeds in which the set finds both goals"
    for pattern, pair in (
        (r"none of independent agents \(", "ce - independent"),
        (r"independent agents \(0 of 8\) do not \(", "shift - independent"),
    ):
        row = rows.loc[f"{what}, {pair}"]
        assert quoted(page, pattern + r"([-\d.]+ \[[^\]]+\])") == f"{row['ours']:.2f} [{row['low']:.2f}, {row['high']:.2f}]"
