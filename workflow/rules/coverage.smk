# How far policies go, all on one number of trajectories: trained ones, and untrained ones by their noise.
#
# REQUIRED INPUTS: {results}/checkpoints/pretrain/{environment}/heads{heads}/seed{seed}/policy.safetensors
# OUTPUTS: {results}/coverage_trained/{environment}/heads{heads}/seed{seed}/coverage.csv (git)
#          {results}/coverage_untrained/{environment}/heads{heads}/seed{seed}/coverage.csv (git)
from kmyriad.settings import CoverageJob, UntrainedCoverageJob


def coverage_settings(wildcards):
    training = TRAININGS[wildcards.environment]
    return dict(
        environment=training.environment,
        seed=int(wildcards.seed),
        envs=CONFIG.coverage.envs,
        batch=training.pretrain.envs,
        horizon=training.pretrain.horizon,
        k=training.pretrain.k,
        threads=training.pretrain.threads,
    )


def untrained_files(environment, heads):
    """How far untrained policies go in `environment`, one file a seed."""
    return expand(f"{RESULTS}/coverage_untrained/{RUN}/coverage.csv", environment=environment, heads=heads, seed=CONFIG.seeds)


rule coverage_trained:
    input:
        policy=f"{RESULTS}/checkpoints/pretrain/{RUN}/policy.safetensors",
        model=model_files,
    output:
        table=f"{RESULTS}/coverage_trained/{RUN}/coverage.csv",
    log:
        f"{RESULTS}/logs/coverage_trained/{RUN}.log",
    benchmark:
        f"{RESULTS}/benchmarks/coverage_trained/{RUN}.tsv"
    threads: CONFIG.pretrain.threads
    params:
        job=lambda wildcards: CoverageJob(**coverage_settings(wildcards)).model_dump_json(),
    message:
        "coverage_trained: {wildcards.heads} heads in {wildcards.environment}, seed {wildcards.seed}"
    shell:
        "python -m kmyriad.stages.coverage_trained --job {params.job:q}"
        " --policy {input.policy} --table {output.table} > {log} 2>&1"


rule coverage_untrained:
    input:
        model=model_files,
    output:
        table=f"{RESULTS}/coverage_untrained/{RUN}/coverage.csv",
    log:
        f"{RESULTS}/logs/coverage_untrained/{RUN}.log",
    benchmark:
        f"{RESULTS}/benchmarks/coverage_untrained/{RUN}.tsv"
    threads: CONFIG.pretrain.threads
    params:
        job=lambda wildcards: UntrainedCoverageJob(
            **coverage_settings(wildcards),
            heads=int(wildcards.heads),
            noises=CONFIG.coverage.noises,
            pretrain=TRAININGS[wildcards.environment].pretrain,
            log_std_range=CONFIG.coverage.log_std_range,
        ).model_dump_json(),
    message:
        "coverage_untrained: {wildcards.heads} heads in {wildcards.environment}, seed {wildcards.seed}"
    shell:
        "python -m kmyriad.stages.coverage_untrained --job {params.job:q} --table {output.table} > {log} 2>&1"
