"""Rule `pgpse_fig10`: how certain of their actions the single agent and each of the parallel ones are."""

import pandas as pd
import torch
from matplotlib.figure import Figure

from kmyriad.gridworld import World, occupancy
from kmyriad.gridworld.determinism import action_entropy, mean_action_entropy
from kmyriad.jobs.pictures import drawing_stage
from kmyriad.papers.pgpse import maps
from kmyriad.papers.pgpse.runs import trained, worlds_of
from kmyriad.settings.gridworld import GridworldFigureJob


def pgpse_fig10(job: GridworldFigureJob, thetas: list[str]) -> tuple[Figure, pd.DataFrame]:
    """Draw the policies of the first seed in the files `thetas`: the most probable action and its uncertainty."""
    tables = [
        cells(arm.world, policy).assign(world=arm.run.world, source=arm.run.arm, agent=agent)
        for arm in trained(job, thetas)
        for agent, policy in enumerate(arm.policy[0])
    ]
    summary = pd.concat(tables, ignore_index=True)
    return maps.draw_policies(summary, worlds_of(job), job.note), summary


def cells(world: World, policy: torch.Tensor) -> pd.DataFrame:
    """Return a row for each free cell of what the agent with `policy` [4, states] does there and how often it comes."""
    columns = {
        "state": torch.arange(world.states),
        "visits": occupancy(world, policy) * (world.horizon + 1),
        "action": policy.argmax(0),
        "action_entropy": action_entropy(policy),
    }
    mean = float(mean_action_entropy(world, policy[None]))
    return pd.DataFrame({name: column[world.free].numpy() for name, column in columns.items()}).assign(mean_action_entropy=mean)


main = drawing_stage(pgpse_fig10, "softmax tables of every training that is drawn", GridworldFigureJob)

if __name__ == "__main__":
    main()
