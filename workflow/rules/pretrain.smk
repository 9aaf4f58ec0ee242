# Unsupervised pretraining (Algorithm 1): one run for each environment, number of heads and seed.
#
# REQUIRED INPUTS: none but the model of an own environment (mjcf); the settings travel as a parameter, so a changed setting re-runs exactly the runs it concerns
# OUTPUTS: {results}/pretrain/{environment}/heads{heads}/seed{seed}/metrics.csv (git) and
#          {results}/checkpoints/pretrain/{environment}/heads{heads}/seed{seed}/policy.safetensors, policy.json (DVC)

from kmyriad.settings import PretrainJob


rule pretrain:
    input:
        model=model_files,
    output:
        policy=f"{RESULTS}/checkpoints/pretrain/{RUN}/policy.safetensors",
        sidecar=f"{RESULTS}/checkpoints/pretrain/{RUN}/policy.json",
        metrics=f"{RESULTS}/pretrain/{RUN}/metrics.csv",
    log:
        f"{RESULTS}/logs/pretrain/{RUN}.log",
    benchmark:
        f"{RESULTS}/benchmarks/pretrain/{RUN}.tsv"
    threads: CONFIG.pretrain.threads
    params:
        job=lambda wildcards: PretrainJob(
            environment=CONFIG.environment(wildcards.environment),
            heads=int(wildcards.heads),
            seed=int(wildcards.seed),
            pretrain=TRAININGS[wildcards.environment].pretrain,
        ).model_dump_json(),
    message:
        "pretrain {wildcards.heads} heads in {wildcards.environment}, seed {wildcards.seed}"
    shell:
        "python -m kmyriad.stages.pretrain --job {params.job:q}"
        " --policy {output.policy} --metrics {output.metrics} > {log} 2>&1"
