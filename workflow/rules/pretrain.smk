# Unsupervised pretraining: one run for each environment, number of heads and seed.
# With `seeds_together` one job makes the runs of all seeds of an environment and number of heads (pretrain_seeds).
#
# REQUIRED INPUTS: none but the model of an own environment (mjcf); the settings travel as a parameter, so a changed setting re-runs exactly the runs it concerns
# OUTPUTS: {results}/pretrain/{environment}/heads{heads}/seed{seed}/metrics.csv (git) and
#          {results}/checkpoints/pretrain/{environment}/heads{heads}/seed{seed}/policy.safetensors, policy.json (DVC)


rule pretrain:
    input:
        model=model_files,
    output:
        policy="<checkpoints>/pretrain/{environment}/heads{heads}/seed{seed}/policy.safetensors",
        sidecar="<checkpoints>/pretrain/{environment}/heads{heads}/seed{seed}/policy.json",
        metrics="<results>/pretrain/{environment}/heads{heads}/seed{seed}/metrics.csv",
    log:
        "<logs>/pretrain/{environment}/heads{heads}/seed{seed}.log",
    benchmark:
        "<benchmarks>/pretrain/{environment}/heads{heads}/seed{seed}.tsv"
    conda:
        ants_environment
    threads: CONFIG.pretrain.threads
    params:
        job=settings_of(jobs.pretrain),
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
            policies=expand(
                "<checkpoints>/pretrain/{environment}/heads{heads}/seed{seed}/policy.safetensors",
                seed=CONFIG.seeds,
                allow_missing=True,
            ),
            sidecars=expand(
                "<checkpoints>/pretrain/{environment}/heads{heads}/seed{seed}/policy.json", seed=CONFIG.seeds, allow_missing=True
            ),
            metrics=expand(
                "<results>/pretrain/{environment}/heads{heads}/seed{seed}/metrics.csv", seed=CONFIG.seeds, allow_missing=True
            ),
        log:
            "<logs>/pretrain_seeds/{environment}/heads{heads}.log",
        benchmark:
            "<benchmarks>/pretrain_seeds/{environment}/heads{heads}.tsv"
        wildcard_constraints:
            # Fig. 4 and the bridge have seeds of their own.
            environment="|".join(re.escape(label) for label in TRAININGS if CONFIG.seeds_of(label) == CONFIG.seeds) or "(?!)",
        conda:
            ants_environment
        threads: CONFIG.pretrain.threads
        params:
            job=settings_of(jobs.pretrain_seeds),
        message:
            "pretrain_seeds: {wildcards.heads} heads in {wildcards.environment}, all seeds"
        shell:
            "python -m kmyriad.stages.pretrain_seeds --job {params.job:q}"
            " --policies {output.policies} --metrics {output.metrics} > {log} 2>&1"
