# Unsupervised pretraining (Algorithm 1): one run for each environment, number of heads and seed.
# With `seeds_together` one job makes the runs of all seeds of an environment and number of heads (rule `pretrain_seeds`).
#
# REQUIRED INPUTS: none but the model of an own environment (mjcf); the settings travel as a parameter, so a changed setting re-runs exactly the runs it concerns
# OUTPUTS: {results}/pretrain/{environment}/heads{heads}/seed{seed}/metrics.csv (git) and
#          {results}/checkpoints/pretrain/{environment}/heads{heads}/seed{seed}/policy.safetensors, policy.json (DVC)

from kmyriad.settings import PretrainJob, PretrainSeedsJob

SETTING = "{environment}/heads{heads}"


def pretrain_job(environment, heads, seed):
    return PretrainJob(
        environment=CONFIG.environment(environment),
        heads=int(heads),
        seed=int(seed),
        pretrain=TRAININGS[environment].pretrain,
    )


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
        job=lambda wildcards: pretrain_job(wildcards.environment, wildcards.heads, wildcards.seed).model_dump_json(),
    message:
        "pretrain {wildcards.heads} heads in {wildcards.environment}, seed {wildcards.seed}"
    shell:
        "python -m kmyriad.stages.pretrain --job {params.job:q}"
        " --policy {output.policy} --metrics {output.metrics} > {log} 2>&1"


if CONFIG.seeds_together:

    ruleorder: pretrain_seeds > pretrain

    rule pretrain_seeds:
        input:
            model=model_files,
        output:
            policies=expand(f"{RESULTS}/checkpoints/pretrain/{RUN}/policy.safetensors", seed=CONFIG.seeds, allow_missing=True),
            sidecars=expand(f"{RESULTS}/checkpoints/pretrain/{RUN}/policy.json", seed=CONFIG.seeds, allow_missing=True),
            metrics=expand(f"{RESULTS}/pretrain/{RUN}/metrics.csv", seed=CONFIG.seeds, allow_missing=True),
        log:
            f"{RESULTS}/logs/pretrain_seeds/{SETTING}.log",
        benchmark:
            f"{RESULTS}/benchmarks/pretrain_seeds/{SETTING}.tsv"
        wildcard_constraints:
            # Fig. 4 and the bridge have seeds of their own.
            environment="|".join(re.escape(label) for label in TRAININGS if CONFIG.seeds_of(label) == CONFIG.seeds) or "(?!)",
        threads: CONFIG.pretrain.threads
        params:
            job=lambda wildcards: PretrainSeedsJob(
                jobs=[pretrain_job(wildcards.environment, wildcards.heads, seed) for seed in CONFIG.seeds]
            ).model_dump_json(),
        message:
            "pretrain_seeds: {wildcards.heads} heads in {wildcards.environment}, all seeds"
        shell:
            "python -m kmyriad.stages.pretrain_seeds --job {params.job:q}"
            " --policies {output.policies} --metrics {output.metrics} > {log} 2>&1"
