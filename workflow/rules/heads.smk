# From pretrained (or random) policies to the head that suits a goal best.
#
# REQUIRED INPUTS: {results}/checkpoints/pretrain/{environment}/heads{heads}/seed{seed}/policy.safetensors
#                  {results}/coverage_untrained/{environment}/heads{heads}/seed{seed}/coverage.csv
# OUTPUTS: {results}/goals/{environment}.json (git)
#          {results}/checkpoints/initialise/{environment}/seed{seed}/policy.safetensors (DVC)
#          {results}/evaluate_heads/{environment}/{init}/goal{goal}/seed{seed}/heads.csv (git)
#          {results}/select_head/{environment}/{init}/goal{goal}/seed{seed}/choice.json (git)
#          {results}/checkpoints/select_head/{environment}/{init}/goal{goal}/seed{seed}/actor.safetensors (DVC)


rule goals:
    input:
        model=model_files,
    output:
        goals="<results>/goals/{environment}.json",
    log:
        "<logs>/goals/{environment}.log",
    benchmark:
        "<benchmarks>/goals/{environment}.tsv"
    conda:
        ants_environment
    params:
        job=settings_of(jobs.goals),
    message:
        "goals: in {wildcards.environment}"
    shell:
        "python -m kmyriad.stages.goals --job {params.job:q} --goals {output.goals} > {log} 2>&1"


rule initialise:
    input:
        noises=expand(
            "<results>/coverage_untrained/{{environment}}/heads{heads}/seed{seed}/coverage.csv",
            heads=CONFIG.jumpstart.random_heads,
            seed=CONFIG.seeds,
        ),
        model=model_files,
    output:
        policy="<checkpoints>/initialise/{environment}/seed{seed}/policy.safetensors",
        sidecar="<checkpoints>/initialise/{environment}/seed{seed}/policy.json",
    log:
        "<logs>/initialise/{environment}/seed{seed}.log",
    benchmark:
        "<benchmarks>/initialise/{environment}/seed{seed}.tsv"
    conda:
        ants_environment
    params:
        job=settings_of(jobs.initialise),
    message:
        "initialise: random heads for {wildcards.environment}, seed {wildcards.seed}"
    shell:
        "python -m kmyriad.stages.initialise --job {params.job:q} --noises {input.noises} --policy {output.policy} > {log} 2>&1"


rule evaluate_heads:
    input:
        policy=initial_policy,
        goals="<results>/goals/{environment}.json",
        model=model_files,
    output:
        table="<results>/evaluate_heads/{environment}/{init}/goal{goal}/seed{seed}/heads.csv",
    log:
        "<logs>/evaluate_heads/{environment}/{init}/goal{goal}/seed{seed}.log",
    benchmark:
        "<benchmarks>/evaluate_heads/{environment}/{init}/goal{goal}/seed{seed}.tsv"
    conda:
        ants_environment
    threads: CONFIG.pretrain.threads
    params:
        job=settings_of(jobs.evaluate_heads),
    message:
        "evaluate_heads: {wildcards.init} in {wildcards.environment}, goal {wildcards.goal}, seed {wildcards.seed}"
    shell:
        "python -m kmyriad.stages.evaluate_heads --job {params.job:q}"
        " --policy {input.policy} --goals {input.goals} --table {output.table} > {log} 2>&1"


rule select_head:
    input:
        policy=initial_policy,
        table="<results>/evaluate_heads/{environment}/{init}/goal{goal}/seed{seed}/heads.csv",
    output:
        actor="<checkpoints>/select_head/{environment}/{init}/goal{goal}/seed{seed}/actor.safetensors",
        sidecar="<checkpoints>/select_head/{environment}/{init}/goal{goal}/seed{seed}/actor.json",
        choice="<results>/select_head/{environment}/{init}/goal{goal}/seed{seed}/choice.json",
    log:
        "<logs>/select_head/{environment}/{init}/goal{goal}/seed{seed}.log",
    benchmark:
        "<benchmarks>/select_head/{environment}/{init}/goal{goal}/seed{seed}.tsv"
    wildcard_constraints:
        init=r"random|heads\d+",
    conda:
        "../envs/main.yaml"
    message:
        "select_head: {wildcards.init} in {wildcards.environment}, goal {wildcards.goal}, seed {wildcards.seed}"
    shell:
        "python -m kmyriad.stages.select_head --policy {input.policy} --table {input.table}"
        " --actor {output.actor} --choice {output.choice} > {log} 2>&1"


# One head by its index, whatever it can do: `head3` is the fourth. Of the policy that Fig. 4 trains.
rule take_head:
    input:
        policy=f"<checkpoints>/pretrain/{{environment}}/heads{CONFIG.fig4.heads}/seed{{seed}}/policy.safetensors",
    output:
        actor="<checkpoints>/select_head/{environment}/head{head}/goal{goal}/seed{seed}/actor.safetensors",
        sidecar="<checkpoints>/select_head/{environment}/head{head}/goal{goal}/seed{seed}/actor.json",
    log:
        "<logs>/take_head/{environment}/head{head}/goal{goal}/seed{seed}.log",
    benchmark:
        "<benchmarks>/take_head/{environment}/head{head}/goal{goal}/seed{seed}.tsv"
    conda:
        "../envs/main.yaml"
    message:
        "take_head: head {wildcards.head} in {wildcards.environment}, seed {wildcards.seed}"
    shell:
        "python -m kmyriad.stages.take_head --policy {input.policy} --head {wildcards.head} --actor {output.actor} > {log} 2>&1"
