# How far policies go, all on one number of trajectories: trained ones, and untrained ones by their noise.
#
# REQUIRED INPUTS: {results}/checkpoints/pretrain/{environment}/heads{heads}/seed{seed}/policy.safetensors
# OUTPUTS: {results}/coverage_trained/{environment}/heads{heads}/seed{seed}/coverage.csv (git)
#          {results}/coverage_untrained/{environment}/heads{heads}/seed{seed}/coverage.csv (git)


rule coverage_trained:
    input:
        policy="<checkpoints>/pretrain/{environment}/heads{heads}/seed{seed}/policy.safetensors",
        model=model_files,
    output:
        table="<results>/coverage_trained/{environment}/heads{heads}/seed{seed}/coverage.csv",
    log:
        "<logs>/coverage_trained/{environment}/heads{heads}/seed{seed}.log",
    benchmark:
        "<benchmarks>/coverage_trained/{environment}/heads{heads}/seed{seed}.tsv"
    conda:
        ants_environment
    threads: CONFIG.pretrain.threads
    params:
        job=settings_of(jobs.coverage_trained),
    message:
        "coverage_trained: {wildcards.heads} heads in {wildcards.environment}, seed {wildcards.seed}"
    shell:
        "python -m kmyriad.stages.coverage_trained --job {params.job:q}"
        " --policy {input.policy} --table {output.table} > {log} 2>&1"


rule coverage_untrained:
    input:
        model=model_files,
    output:
        table="<results>/coverage_untrained/{environment}/heads{heads}/seed{seed}/coverage.csv",
    log:
        "<logs>/coverage_untrained/{environment}/heads{heads}/seed{seed}.log",
    benchmark:
        "<benchmarks>/coverage_untrained/{environment}/heads{heads}/seed{seed}.tsv"
    conda:
        ants_environment
    threads: CONFIG.pretrain.threads
    params:
        job=settings_of(jobs.coverage_untrained),
    message:
        "coverage_untrained: {wildcards.heads} heads in {wildcards.environment}, seed {wildcards.seed}"
    shell:
        "python -m kmyriad.stages.coverage_untrained --job {params.job:q} --table {output.table} > {log} 2>&1"
