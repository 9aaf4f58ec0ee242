"""Rule `goal_maps` (Figs. 11 and 12): the goals of some environments, and how PPO from random heads fares."""

import json
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from kmyriad.figures import goal_maps as maps
from kmyriad.settings import GoalMapsJob
from kmyriad.stages.fig9 import terrain_of
from kmyriad.stages.pictures import drawing_stage
from kmyriad.stages.runs import finetune_run_of, read_tables


def goal_maps(job: GoalMapsJob, files: list[str]) -> tuple[Figure, pd.DataFrame]:
    """Draw the goals of the JSON files and the success of the fine-tuning runs of the CSV files among `files`."""
    goals = {Path(file).stem: json.loads(Path(file).read_text()) for file in files if file.endswith(".json")}
    metrics = read_tables([file for file in files if file.endswith(".csv")], finetune_run_of)
    summary = maps.summarise(metrics, goals, job.radius)
    terrains = {environment.label: terrain_of(environment) for environment in job.environments}
    return maps.draw(summary, goals, terrains, job.radius, job.note), summary


main = drawing_stage(goal_maps, "<environment>.json of the rule goals, metrics.csv of the runs from random heads", GoalMapsJob)

if __name__ == "__main__":
    main()
