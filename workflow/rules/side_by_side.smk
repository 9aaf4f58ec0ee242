# Three answers side by side: N agents of each method on the same tasks without a reward, then PPO, and where
# it is one a soft actor-critic, from the best of them.
#
# REQUIRED INPUTS: none
# OUTPUTS: {results}/side_train/{place}/{method}/seed{seed}/metrics.csv, {results}/side_measure/.../{measures,visits}.csv,
#          {results}/side_finetune/{place}/{method}/goal{goal}/seed{seed}/metrics.csv,
#          {results}/side_sac/{place}/{method}/goal{goal}/seed{seed}/metrics.csv (git) and
#          {results}/checkpoints/side_train/{place}/{method}/seed{seed}/team.safetensors, team.json (DVC)


rule side_train:
    output:
        team="<checkpoints>/side_train/{place}/{method}/seed{seed}/team.safetensors",
        sidecar="<checkpoints>/side_train/{place}/{method}/seed{seed}/team.json",
        metrics="<results>/side_train/{place}/{method}/seed{seed}/metrics.csv",
    log:
        "<logs>/side_train/{place}/{method}/seed{seed}.log",
    benchmark:
        "<benchmarks>/side_train/{place}/{method}/seed{seed}.tsv"
    conda:
        "../envs/main.yaml"
    params:
        job=settings_of(side_jobs.train),
    message:
        "side_train: {wildcards.method} in {wildcards.place}, seed {wildcards.seed}"
    shell:
        "python -m kmyriad.stages.side_train --job {params.job:q} --team {output.team} --metrics {output.metrics} > {log} 2>&1"


rule side_measure:
    input:
        team="<checkpoints>/side_train/{place}/{method}/seed{seed}/team.safetensors",
    output:
        measures="<results>/side_measure/{place}/{method}/seed{seed}/measures.csv",
        visits="<results>/side_measure/{place}/{method}/seed{seed}/visits.csv",
    log:
        "<logs>/side_measure/{place}/{method}/seed{seed}.log",
    benchmark:
        "<benchmarks>/side_measure/{place}/{method}/seed{seed}.tsv"
    conda:
        "../envs/main.yaml"
    params:
        job=settings_of(side_jobs.measure),
    message:
        "side_measure: {wildcards.method} in {wildcards.place}, seed {wildcards.seed}"
    shell:
        "python -m kmyriad.stages.side_measure --job {params.job:q} --team {input.team} --measures {output.measures}"
        " --visits {output.visits} > {log} 2>&1"


rule side_finetune:
    input:
        team="<checkpoints>/side_train/{place}/{method}/seed{seed}/team.safetensors",
    output:
        metrics="<results>/side_finetune/{place}/{method}/goal{goal}/seed{seed}/metrics.csv",
    log:
        "<logs>/side_finetune/{place}/{method}/goal{goal}/seed{seed}.log",
    benchmark:
        "<benchmarks>/side_finetune/{place}/{method}/goal{goal}/seed{seed}.tsv"
    conda:
        "../envs/main.yaml"
    params:
        job=settings_of(side_jobs.finetune),
    message:
        "side_finetune: from {wildcards.method} in {wildcards.place} to goal {wildcards.goal}, seed {wildcards.seed}"
    shell:
        "python -m kmyriad.stages.side_finetune --job {params.job:q} --team {input.team} --metrics {output.metrics} > {log} 2>&1"


rule side_sac:
    input:
        team="<checkpoints>/side_train/{place}/{method}/seed{seed}/team.safetensors",
    output:
        metrics="<results>/side_sac/{place}/{method}/goal{goal}/seed{seed}/metrics.csv",
    log:
        "<logs>/side_sac/{place}/{method}/goal{goal}/seed{seed}.log",
    benchmark:
        "<benchmarks>/side_sac/{place}/{method}/goal{goal}/seed{seed}.tsv"
    conda:
        "../envs/main.yaml"
    params:
        job=settings_of(side_jobs.sac),
    message:
        "side_sac: from {wildcards.method} in {wildcards.place} to goal {wildcards.goal}, seed {wildcards.seed}"
    shell:
        "python -m kmyriad.stages.side_sac --job {params.job:q} --team {input.team} --metrics {output.metrics} > {log} 2>&1"
