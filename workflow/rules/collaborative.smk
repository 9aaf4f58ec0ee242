# Collaborative Exploration: training, all seeds of an arm on a task side by side, and how unlike the agents are.
#
# REQUIRED INPUTS: none (python packages: pip install dm-control==1.0.50, but for the maze)
# OUTPUTS: {results}/collaborative_train/{task}/{ce_arm}/metrics.csv, in the maze visits.csv, for Table 3 diversity.csv, for Fig. 6
#          gaits.csv (git),
#          {results}/checkpoints/collaborative_train/{task}/{ce_arm}/agents.safetensors (DVC)


onstart:
    # Before the first job, where this machine runs them itself; elsewhere each job knows its own machine's memory.
    trained = [job.wildcards for job in workflow.dag.needrun_jobs() if job.rule.name == "collaborative_train"]
    if trained and not workflow.non_local_exec:
        from kmyriad.pipeline.things import check_memory  # loads torch

        try:
            check_memory(CONFIG, {(wildcards.task, wildcards.ce_arm) for wildcards in trained})
        except ConfigError as error:
            raise WorkflowError(str(error)) from None


# What every training leaves behind.
TRAINED = dict(
    agents="<checkpoints>/collaborative_train/{task}/{ce_arm}/agents.safetensors",
    sidecar="<checkpoints>/collaborative_train/{task}/{ce_arm}/agents.json",
    metrics="<results>/collaborative_train/{task}/{ce_arm}/metrics.csv",
)


rule collaborative_train:
    output:
        **TRAINED,
    log:
        "<logs>/collaborative_train/{task}/{ce_arm}.log",
    benchmark:
        "<benchmarks>/collaborative_train/{task}/{ce_arm}.tsv"
    wildcard_constraints:
        task="(?!maze/)[^/]+",
    # Before what takes less time, which then fills the cores to the end.
    priority: 1
    conda:
        "../envs/main.yaml"
    params:
        job=settings_of(jobs.collaborative_train),
        visits="",
    message:
        "collaborative_train: {wildcards.ce_arm} on {wildcards.task}, all seeds"
    shell:
        "MUJOCO_GL=disabled python -m kmyriad.stages.collaborative_train --job {params.job:q}"
        " --agents {output.agents} --metrics {output.metrics} {params.visits} > {log} 2>&1"


# The same, and in the maze it also says who went where. Snakemake wants one set of outputs a rule, so this is one of its own.
use rule collaborative_train as collaborative_maze with:
    output:
        **TRAINED,
        visits="<results>/collaborative_train/{task}/{ce_arm}/visits.csv",
    wildcard_constraints:
        task="maze",
    priority: 0
    params:
        visits=lambda wildcards, output: f"--visits {output.visits}",


rule ce_diversity:
    input:
        agents="<checkpoints>/collaborative_train/{task}/{ce_arm}/agents.safetensors",
        sidecar="<checkpoints>/collaborative_train/{task}/{ce_arm}/agents.json",
    output:
        table="<results>/collaborative_train/{task}/{ce_arm}/diversity.csv",
    log:
        "<logs>/ce_diversity/{task}/{ce_arm}.log",
    benchmark:
        "<benchmarks>/ce_diversity/{task}/{ce_arm}.tsv"
    wildcard_constraints:
        task="(?!maze/)[^/]+",
    conda:
        "../envs/main.yaml"
    params:
        job=settings_of(jobs.ce_diversity),
    message:
        "ce_diversity: how unlike the agents of {wildcards.ce_arm} on {wildcards.task} are, all seeds"
    shell:
        "MUJOCO_GL=disabled python -m kmyriad.stages.ce_diversity --job {params.job:q}"
        " --agents {input.agents} --table {output.table} > {log} 2>&1"


rule ce_gaits:
    input:
        agents="<checkpoints>/collaborative_train/{task}/{ce_arm}/agents.safetensors",
        sidecar="<checkpoints>/collaborative_train/{task}/{ce_arm}/agents.json",
    output:
        table="<results>/collaborative_train/{task}/{ce_arm}/gaits.csv",
    log:
        "<logs>/ce_gaits/{task}/{ce_arm}.log",
    benchmark:
        "<benchmarks>/ce_gaits/{task}/{ce_arm}.tsv"
    wildcard_constraints:
        task="[^/]+-v5",
    conda:
        "../envs/main.yaml"
    params:
        job=settings_of(jobs.ce_gaits),
    message:
        "ce_gaits: how the agents of {wildcards.ce_arm} on {wildcards.task} walk, all seeds"
    shell:
        "MUJOCO_GL=disabled python -m kmyriad.stages.ce_gaits --job {params.job:q}"
        " --agents {input.agents} --table {output.table} > {log} 2>&1"
