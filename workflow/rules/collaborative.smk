# Collaborative Exploration: training, figures and tables. The target `collaborative` is all of them, and the verdicts.
#
# REQUIRED INPUTS: none (python packages: pip install dm-control==1.0.50, but for the maze)
# OUTPUTS: {results}/collaborative_train/{task}/{ce_arm}/metrics.csv, in the maze visits.csv, for Table 3 diversity.csv (git),
#          {results}/checkpoints/collaborative_train/{task}/{ce_arm}/agents.safetensors (DVC),
#          {results}/figures/ce_*.{pdf,png,csv}, {results}/tables/ce_*; what needs arms that were not trained is absent
from kmyriad.settings.collaborative import CollaborativeTrainJob
from kmyriad.settings.collaborative_study import (
    FIG_7,
    FIG_8,
    FIG_9,
    TABLE_1,
    TABLE_2,
    TABLE_3,
    TABLE_6,
    TABLE_7,
    TABLE_8,
    TABLE_9,
    CollaborativeFigureJob,
)

CE = CONFIG.collaborative
CE_ENTRIES = CE.entries()
CE_TASKS = list(dict.fromkeys(task for task, _ in CE_ENTRIES))
CE_ARMS = list(dict.fromkeys(arm for _, arm in CE_ENTRIES))
CE_RUN = "{task}/{ce_arm}"
CE_MAIN = [arm for arm in TABLE_1 if arm in CE_ARMS]
CE_SUITE = [task for task in CE_TASKS if task != "maze"]
CE_MAZE = [task for task in CE_TASKS if task == "maze"]


wildcard_constraints:
    task="|".join(map(re.escape, CE_TASKS)),
    ce_arm="|".join(map(re.escape, CE_ARMS)),


def ce_files(name, tasks, arms):
    """The files `name` of the trainings that there are of these tasks and arms."""
    pairs = [(task, arm) for task in tasks for arm in arms if (task, arm) in CE_ENTRIES]
    return [f"{RESULTS}/collaborative_train/{task}/{arm}/{name}" for task, arm in pairs]


def ce_trained(arms, tasks=CE_TASKS, own=()):
    """The `tasks` on which at least two of `arms` were trained, one of `own` among them, and which arms these were.

    `own`: arms that the others are only beside to be compared with (default: any).
    """
    tasks = [task for task in tasks if sum((task, arm) in CE_ENTRIES for arm in arms) > 1]
    tasks = [task for task in tasks if any((task, arm) in CE_ENTRIES for arm in own or arms)]
    return tasks, [arm for arm in arms if any((task, arm) in CE_ENTRIES for task in tasks)]


def ce_ablation(arms):
    """The same for an ablation: Replica and CE are in Table 1, it needs an arm of its own."""
    return ce_trained(arms, own=[arm for arm in arms if arm not in ("replica", "ce")])


def ce_sets():
    """The same for Table 3: the suite's tasks on which sets of Replica and of CE were trained; one agent is no set."""
    paired, _ = ce_trained(("replica", "ce"), CE_SUITE)
    lone = [task for (task, arm), entry in CE_ENTRIES.items() if arm in TABLE_3 and entry.settings.agents == 1]
    return ce_trained(TABLE_3, [task for task in paired if task not in lone])


def ce_note(tasks, arms):
    """The line below a figure: how much was trained."""
    entries = [CE_ENTRIES[task, arm] for task in tasks for arm in arms if (task, arm) in CE_ENTRIES]
    seeds = sorted({len(entry.seeds) for entry in entries})
    steps = sorted({entry.settings.env_steps for entry in entries})
    widths = sorted({"-".join(map(str, entry.settings.sac.actor)) for entry in entries})
    repeats = sorted({entry.settings.repeat for entry in entries})
    counts = [", ".join(map(str, numbers)) for numbers in (seeds, steps, widths, repeats)]
    return (
        f"{CONFIG.scale} scale: {counts[0]} seeds; environment steps of all agents together {counts[1]}; "
        f"widths {counts[2]}; action repeat {counts[3]}"
    )


def ce_job(tasks, arms):
    return CollaborativeFigureJob(tasks=tasks, arms=arms, resamples=CE.resamples, note=ce_note(tasks, arms)).model_dump_json()


def ce_train_job(wildcards):
    entry = CE_ENTRIES[wildcards.task, wildcards.ce_arm]
    return CollaborativeTrainJob(
        task=wildcards.task, settings=entry.settings, seeds=entry.seeds, checkpoint_seconds=CE.checkpoint_seconds
    ).model_dump_json()


rule collaborative_train:
    output:
        agents=f"{RESULTS}/checkpoints/collaborative_train/{CE_RUN}/agents.safetensors",
        sidecar=f"{RESULTS}/checkpoints/collaborative_train/{CE_RUN}/agents.json",
        metrics=f"{RESULTS}/collaborative_train/{CE_RUN}/metrics.csv",
    log:
        f"{RESULTS}/logs/collaborative_train/{CE_RUN}.log",
    benchmark:
        f"{RESULTS}/benchmarks/collaborative_train/{CE_RUN}.tsv"
    wildcard_constraints:
        task="|".join(re.escape(task) for task in CE_TASKS if task != "maze") or "(?!)",
    # Before what takes less time, which then fills the cores to the end.
    priority: 1
    params:
        job=ce_train_job,
        visits="",
    message:
        "collaborative_train: {wildcards.ce_arm} on {wildcards.task}, all seeds"
    shell:
        "MUJOCO_GL=disabled python -m kmyriad.stages.collaborative_train --job {params.job:q}"
        " --agents {output.agents} --metrics {output.metrics} {params.visits} > {log} 2>&1"


use rule collaborative_train as collaborative_maze with:
    output:
        agents=f"{RESULTS}/checkpoints/collaborative_train/{CE_RUN}/agents.safetensors",
        sidecar=f"{RESULTS}/checkpoints/collaborative_train/{CE_RUN}/agents.json",
        metrics=f"{RESULTS}/collaborative_train/{CE_RUN}/metrics.csv",
        visits=f"{RESULTS}/collaborative_train/{CE_RUN}/visits.csv",
    wildcard_constraints:
        task="maze",
    priority: 0
    params:
        job=ce_train_job,
        visits=lambda wildcards, output: f"--visits {output.visits}",


# Name: stage, what it shows, the file that it draws, and its tasks and arms.
CE_FIGURES = {
    "ce_fig3": ("ce_fig3", "IQM over tasks", "metrics.csv", *ce_trained(CE_MAIN, CE_SUITE)),
    "ce_fig5": ("ce_fig5", "who goes where in the maze", "visits.csv", *ce_trained(CE_MAIN, CE_MAZE)),
    "ce_fig7": ("ce_curves", "collaborative data collection", "metrics.csv", *ce_ablation(FIG_7)),
    "ce_fig8": ("ce_curves", "collaborative evaluation", "metrics.csv", *ce_ablation(FIG_8)),
    "ce_fig9": ("ce_curves", "one network with several heads", "metrics.csv", *ce_ablation(FIG_9)),
    "ce_fig11": ("ce_curves", "learning curves", "metrics.csv", *ce_trained(CE_MAIN)),
}
CE_FIGURES = {name: entry for name, entry in CE_FIGURES.items() if entry[3]}

for name, (stage, shows, file, tasks, arms) in CE_FIGURES.items():

    rule:
        name:
            name
        input:
            drawn=ce_files(file, tasks, arms),
        output:
            pdf=f"{RESULTS}/figures/{name}.pdf",
            png=reported(f"figures/{name}.png", shows, "Collaborative Exploration"),
            csv=f"{RESULTS}/figures/{name}.csv",
        log:
            f"{RESULTS}/logs/{name}.log",
        benchmark:
            f"{RESULTS}/benchmarks/{name}.tsv"
        params:
            job=ce_job(tasks, arms),
            stage=stage,
        message:
            f"{name}: {shows}"
        shell:
            "python -m kmyriad.stages.{params.stage} --job {params.job:q} --inputs {input.drawn} --pdf {output.pdf} > {log} 2>&1"


CE_DIVERSE = ce_sets()


rule ce_diversity:
    input:
        agents=f"{RESULTS}/checkpoints/collaborative_train/{CE_RUN}/agents.safetensors",
        sidecar=f"{RESULTS}/checkpoints/collaborative_train/{CE_RUN}/agents.json",
    output:
        table=f"{RESULTS}/collaborative_train/{CE_RUN}/diversity.csv",
    log:
        f"{RESULTS}/logs/ce_diversity/{CE_RUN}.log",
    benchmark:
        f"{RESULTS}/benchmarks/ce_diversity/{CE_RUN}.tsv"
    wildcard_constraints:
        task="|".join(map(re.escape, CE_DIVERSE[0])) or "(?!)",
        ce_arm="|".join(map(re.escape, CE_DIVERSE[1])) or "(?!)",
    params:
        job=CE.diversity.model_dump_json(),
    message:
        "ce_diversity: how unlike the agents of {wildcards.ce_arm} on {wildcards.task} are, all seeds"
    shell:
        "MUJOCO_GL=disabled python -m kmyriad.stages.ce_diversity --job {params.job:q}"
        " --agents {input.agents} --table {output.table} > {log} 2>&1"


# Name: what it shows, the files that it is made from, and its tasks and arms.
CE_TABLES = {
    "ce_table1": ("scores by task and arm", "metrics", *ce_trained(CE_MAIN)),
    "ce_table2": ("random network distillation", "metrics", *ce_ablation(TABLE_2)),
    "ce_table3": ("diversity of agents", "diversity", *CE_DIVERSE),
    "ce_table6": ("components", "metrics", *ce_ablation(TABLE_6)),
    "ce_table7": ("numbers of agents", "metrics", *ce_ablation(TABLE_7)),
    "ce_table8": ("encoders", "metrics", *ce_ablation(TABLE_8)),
    "ce_table9": ("numbers of neighbours", "metrics", *ce_ablation(TABLE_9)),
}
CE_TABLES = {name: entry for name, entry in CE_TABLES.items() if entry[2]}

for name, (shows, file, tasks, arms) in CE_TABLES.items():

    rule:
        name:
            name
        input:
            runs=ce_files(f"{file}.csv", tasks, arms),
        output:
            csv=reported(f"tables/{name}.csv", shows, "Collaborative Exploration"),
            md=f"{RESULTS}/tables/{name}.md",
        log:
            f"{RESULTS}/logs/{name}.log",
        benchmark:
            f"{RESULTS}/benchmarks/{name}.tsv"
        params:
            job=ce_job(tasks, arms),
            file=file,
        message:
            f"{name}: {shows}"
        shell:
            "python -m kmyriad.stages.ce_table --job {params.job:q} --{params.file} {input.runs} --csv {output.csv} > {log} 2>&1"


CE_GOALS = [
    *(f"{RESULTS}/figures/{name}.pdf" for name in CE_FIGURES),
    *(f"{RESULTS}/tables/{name}.csv" for name in CE_TABLES),
]
if "collaborative" in BESIDE:
    TABLES += CE_GOALS


rule collaborative:
    input:
        CE_GOALS,
        f"{RESULTS}/tables/ce_claims.json",
