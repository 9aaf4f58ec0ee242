# Single heads that are worth seeing, for `kmyriad play`.
#
# REQUIRED INPUTS: {results}/checkpoints/pretrain/{environment}/heads{heads}/seed{seed}/policy.safetensors
# OUTPUTS: gallery/{exhibit}.safetensors and .json (git)
EXHIBITS = [exhibit.name for exhibit in CONFIG.gallery if exhibit.environment in TRAININGS]


rule gallery:
    input:
        [f"gallery/{name}.safetensors" for name in EXHIBITS],


rule exhibit:
    input:
        policy=lambda wildcards: jobs.exhibited(CONFIG, wildcards.exhibit),
    output:
        head="gallery/{exhibit}.safetensors",
        sidecar="gallery/{exhibit}.json",
    log:
        "<logs>/exhibit/{exhibit}.log",
    benchmark:
        "<benchmarks>/exhibit/{exhibit}.tsv"
    wildcard_constraints:
        exhibit="|".join(map(re.escape, EXHIBITS)) or "(?!)",
    conda:
        "../envs/main.yaml"
    params:
        job=settings_of(jobs.exhibit),
    message:
        "exhibit: {wildcards.exhibit}"
    shell:
        "python -m kmyriad.stages.exhibit --job {params.job:q} --policy {input.policy} --head {output.head} > {log} 2>&1"
