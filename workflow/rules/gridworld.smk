# PGPSE on grid worlds: training, data sets and what offline Q-learning makes of them.
#
# REQUIRED INPUTS: a map where a world is map:<path>
# OUTPUTS: {results}/gridworld_train/{world}/{variant}/{arm}{agents}/metrics.csv (git),
#          {results}/checkpoints/gridworld_train/{world}/{variant}/{arm}{agents}/theta.safetensors (DVC),
#          {results}/gridworld_datasets/{world}/{datasets,success}.csv


rule gridworld_train:
    input:
        map=map_files,
    output:
        theta="<checkpoints>/gridworld_train/{world}/{variant}/{arm}{agents}/theta.safetensors",
        sidecar="<checkpoints>/gridworld_train/{world}/{variant}/{arm}{agents}/theta.json",
        metrics="<results>/gridworld_train/{world}/{variant}/{arm}{agents}/metrics.csv",
    log:
        "<logs>/gridworld_train/{world}/{variant}/{arm}{agents}.log",
    benchmark:
        "<benchmarks>/gridworld_train/{world}/{variant}/{arm}{agents}.tsv"
    conda:
        "../envs/main.yaml"
    params:
        job=settings_of(jobs.gridworld_train),
    message:
        "gridworld_train: {wildcards.agents} {wildcards.arm} trajectories in {wildcards.world}, {wildcards.variant}, all seeds"
    shell:
        "python -m kmyriad.stages.gridworld_train --job {params.job:q}"
        " --theta {output.theta} --metrics {output.metrics} > {log} 2>&1"


rule gridworld_datasets:
    input:
        thetas=expand(
            "<checkpoints>/gridworld_train/{{world}}/plain/{arm}{agents}/theta.safetensors",
            agents=CONFIG.gridworld.agents,
            arm=ARMS,
        ),
        map=map_files,
    output:
        datasets="<results>/gridworld_datasets/{world}/datasets.csv",
        success="<results>/gridworld_datasets/{world}/success.csv",
    log:
        "<logs>/gridworld_datasets/{world}.log",
    benchmark:
        "<benchmarks>/gridworld_datasets/{world}.tsv"
    conda:
        "../envs/main.yaml"
    params:
        job=settings_of(jobs.gridworld_datasets),
    message:
        "gridworld_datasets: data sets and offline Q-learning in {wildcards.world}"
    shell:
        "python -m kmyriad.stages.gridworld_datasets --job {params.job:q} --thetas {input.thetas}"
        " --datasets {output.datasets} --success {output.success} > {log} 2>&1"
