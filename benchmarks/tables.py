"""The Markdown of the suite's results: one function for what each script prints."""

from collections.abc import Iterable
from typing import Any

from benchmarks.stopwatch import PARTS

Row = dict[str, Any]
LIMITS = ("update", "policy", "k-NN", "observation", "storage")


def table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a Markdown table."""
    header = list(header)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (header, ["---"] * len(header), *rows))


def percent(share: float) -> str:
    """Return the share with one decimal."""
    return f"{100 * share:.1f} %"


def shares(rows: list[Row]) -> str:
    """Return the shares of an epoch's parts, its ratio to the roofline and to one head, and its memory."""
    header = ("heads", *PARTS, "time / roofline", "that ratio / that of 1 head", "peak memory, GiB")
    return table(
        header,
        (
            (
                str(row["heads"]),
                *(percent(row["shares"][part]) for part in PARTS),
                f"{row['ratio']:.2f}",
                f"{row['ratio'] / rows[0]['ratio']:.2f}",
                f"{row['peak_gib']:.2f}",
            )
            for row in rows
        ),
    )


def distances(rows: list[Row]) -> str:
    """Return the time of each part over its own limit."""
    cells = ((str(row["heads"]), *(f"{row['distance'][part]:.2f}" for part in LIMITS)) for row in rows)
    return table(("heads", *(f"{part} / limit" for part in LIMITS)), cells)


def ppo(row: Row) -> str:
    """Return the shares of one PPO update and its ratio to the roofline."""
    parts = ("physics", "rollout_rest", "update", "arithmetic")
    return table((*parts, "time / roofline"), [(*(percent(row[part]) for part in parts), f"{row['ratio']:.2f}")])


def scaling(found: Row) -> str:
    """Return the time per environment step by envs, heads, horizon and threads."""
    base = found["base"]
    names = {"envs": "environments", "heads": "heads", "horizon": "T", "threads": "threads"}
    rows = []
    for axis, name in names.items():
        points = {row["value"]: row["ratio"] for row in found["rows"] if row["axis"] == axis} | {base[axis]: 1.0}
        rows.append((name, ", ".join(f"{value:,}: {ratio:.2f}" for value, ratio in sorted(points.items()))))
    return table(("number of", "its value: time per environment step, relative"), rows)


def checkpointing(row: Row) -> str:
    """Return what saving the state costs."""
    return (
        f"Saving the state of {row['heads']:.0f} heads at desk scale ({row['mib']:.0f} MiB): {100 * row['share']:.2f} % of the "
        "run's time. Goal: <= 2 %."
    )


def one_process(row: Row) -> str:
    """Return what the seeds of one setting save in one process."""
    return (
        f"{row['seeds']} seeds of desk scale, {row['epochs']} updates each, one after another in a process: "
        f"{row['together']:.2f} times the CPU time of as many processes. "
        f"Starting is {100 * row['share']:.1f} % of one with the desk scale's number of updates."
    )


def gridworld(row: Row) -> str:
    """Return how fast PGPSE trains."""
    rates = [value for name, value in row.items() if name != "hours"]
    return (
        f"PGPSE, m = 6, five seeds side by side on one thread: {min(rates):.0f} to {max(rates):.0f} updates a second of all "
        f"seeds, by world and arm; that is {min(rates) / 22:.0f} to {max(rates) / 3:.0f} times the 3 to 22 that its published "
        f"code does of one. All 24 settings x 10,000 updates: {60 * row['hours']:.1f} minutes of one core. "
        "Goal: 10 minutes of two."
    )


def collaborative(row: Row) -> str:
    """Return what an update of Collaborative Exploration costs beside others, and its memory."""
    memory = f"; peak memory with a full buffer of 1e6 transitions {row['gib']:.2f} GiB" if "gib" in row else ""
    return (
        f"Collaborative Exploration, CPU time of an update of four agents, 256-256, batches of 256: {row['ce / replica']:.2f} "
        f"times Replica's and {row['ce / sac']:.2f} times one SAC agent's{memory}. Goals: <= 1.1, <= 4.4, <= 4 GiB."
    )


def peers(found: Row) -> str:
    """Return our speed over each peer's, and what is left out and why."""
    rows = [(row["what"], f"{row['speed']:.1f}" if row["speed"] >= 1 else f"{row['speed']:.2f}") for row in found["rows"]]
    left_out = [f"Left out: {each['what']} ({each['reason']})." for each in found["left_out"]]
    return "\n\n".join((table(("", "our speed / peer's"), rows), *left_out))


def hotspots(found: Row) -> str:
    """Return the operations of one epoch that take most time."""
    rows = [(f"`{row['operation']}`", f"{row['calls']:,}", percent(row["share"])) for row in found["rows"]]
    others = f"the other {found['operations'] - len(rows)}"
    return table(("operation", "calls", "share of the time"), [*rows, (others, "", percent(found["rest"]))])
