# The gallery: heads that are worth seeing with kmyriad play. No part of `all`: snakemake --cores all gallery
#
# REQUIRED INPUTS: {results}/checkpoints/{run}/policy.safetensors of each entry of the setting gallery
#                  {results}/goals/{environment}.json for actors after PPO
# OUTPUTS: {gallery}/{name}.safetensors, {gallery}/{name}.json (git)


rule gallery_head:
    input:
        policy=gallery_policy,
        goals=gallery_goals,
    output:
        head=f"{CONFIG.gallery.folder}/{{name}}.safetensors",
        sidecar=f"{CONFIG.gallery.folder}/{{name}}.json",
    log:
        "<logs>/gallery_head/{name}.log",
    benchmark:
        "<benchmarks>/gallery_head/{name}.tsv"
    conda:
        "../envs/main.yaml"
    threads: CONFIG.pretrain.threads
    params:
        job=settings_of(jobs.gallery_head),
        goals=lambda wildcards, input: f"--goals {input.goals}" if input.goals else "",
    message:
        "gallery_head: {wildcards.name}"
    shell:
        "python -m kmyriad.stages.gallery_head --job {params.job:q} --policy {input.policy} {params.goals}"
        " --head {output.head} > {log} 2>&1"


rule gallery:
    input:
        [f"{CONFIG.gallery.folder}/{entry.name}.safetensors" for entry in CONFIG.hung()],
