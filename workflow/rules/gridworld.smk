# PGPSE on grid worlds: training, data sets and what offline Q-learning makes of them.
#
# REQUIRED INPUTS: a map where a world is map:<path>
# OUTPUTS: {results}/gridworld_train/{world}/{variant}/{arm}{agents}/metrics.csv (git),
#          {results}/checkpoints/gridworld_train/{world}/{variant}/{arm}{agents}/theta.safetensors (DVC),
#          {results}/gridworld_datasets/{world}/{datasets,success}.csv
from kmyriad.settings.gridworld import ARMS, GridworldDatasetsJob, GridworldTrainJob, label_of

GRID = CONFIG.gridworld
WORLDS = {label_of(world): world for world in GRID.worlds}
GRID_RUN = "{world}/{variant}/{arm}{agents}"


wildcard_constraints:
    world="|".join(map(re.escape, WORLDS)),
    variant="|".join(map(re.escape, GRID.variants)),
    agents=r"\d+",
    arm="|".join(ARMS),


def thetas(worlds=WORLDS, agents=GRID.agents, variant="plain"):
    every = {"world": worlds, "variant": variant, "agents": agents, "arm": ARMS}
    return expand(f"{RESULTS}/checkpoints/gridworld_train/{GRID_RUN}/theta.safetensors", **every)


def curves(agents=GRID.agents, variant="plain"):
    """Metrics of training, and the tables, which are not read: see `pretrain_metrics`."""
    every = {"world": WORLDS, "variant": variant, "agents": agents, "arm": ARMS}
    return {
        "metrics": expand(f"{RESULTS}/gridworld_train/{GRID_RUN}/metrics.csv", **every),
        "policies": thetas(agents=agents, variant=variant),
    }


def of_datasets(name, worlds=WORLDS):
    return expand(f"{RESULTS}/gridworld_datasets/{{world}}/{name}.csv", world=worlds)


def map_file(wildcards):
    """The file that a world is drawn in."""
    name = WORLDS[wildcards.world]
    return [name.removeprefix("map:")] if name.startswith("map:") else []


rule gridworld_train:
    input:
        map=map_file,
    output:
        theta=f"{RESULTS}/checkpoints/gridworld_train/{GRID_RUN}/theta.safetensors",
        sidecar=f"{RESULTS}/checkpoints/gridworld_train/{GRID_RUN}/theta.json",
        metrics=f"{RESULTS}/gridworld_train/{GRID_RUN}/metrics.csv",
    log:
        f"{RESULTS}/logs/gridworld_train/{GRID_RUN}.log",
    benchmark:
        f"{RESULTS}/benchmarks/gridworld_train/{GRID_RUN}.tsv"
    params:
        job=lambda wildcards: GridworldTrainJob(
            world=WORLDS[wildcards.world],
            agents=int(wildcards.agents),
            arm=wildcards.arm,
            variant=GRID.variants[wildcards.variant],
            seeds=GRID.seeds,
            updates=GRID.updates,
            batch=GRID.batch,
            block=GRID.block,
        ).model_dump_json(),
    message:
        "gridworld_train: {wildcards.agents} {wildcards.arm} trajectories in {wildcards.world}, {wildcards.variant}, all seeds"
    shell:
        "python -m kmyriad.stages.gridworld_train --job {params.job:q}"
        " --theta {output.theta} --metrics {output.metrics} > {log} 2>&1"


rule gridworld_datasets:
    input:
        thetas=lambda wildcards: thetas([wildcards.world]),
        map=map_file,
    output:
        datasets=f"{RESULTS}/gridworld_datasets/{{world}}/datasets.csv",
        success=f"{RESULTS}/gridworld_datasets/{{world}}/success.csv",
    log:
        f"{RESULTS}/logs/gridworld_datasets/{{world}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/gridworld_datasets/{{world}}.tsv"
    params:
        job=lambda wildcards: GridworldDatasetsJob(
            world=WORLDS[wildcards.world], seeds=GRID.seeds, datasets=GRID.datasets, offline_q=GRID.offline_q
        ).model_dump_json(),
    message:
        "gridworld_datasets: data sets and offline Q-learning in {wildcards.world}"
    shell:
        "python -m kmyriad.stages.gridworld_datasets --job {params.job:q} --thetas {input.thetas}"
        " --datasets {output.datasets} --success {output.success} > {log} 2>&1"
