# From pretrained (or random) policies to the head that suits a goal best.
#
# REQUIRED INPUTS: {results}/checkpoints/pretrain/{environment}/heads{heads}/seed{seed}/policy.safetensors
#                  {results}/coverage_untrained/{environment}/heads{heads}/seed{seed}/coverage.csv
# OUTPUTS: {results}/goals/{environment}.json (git)
#          {results}/checkpoints/initialise/{environment}/seed{seed}/policy.safetensors (DVC)
#          {results}/evaluate_heads/{environment}/{init}/goal{goal}/seed{seed}/heads.csv (git)
#          {results}/select_head/{environment}/{init}/goal{goal}/seed{seed}/choice.json (git)
#          {results}/checkpoints/select_head/{environment}/{init}/goal{goal}/seed{seed}/actor.safetensors (DVC)
from kmyriad.settings import EvaluateHeadsJob, GoalsJob, InitialiseJob

TASK = "{environment}/{init}/goal{goal}/seed{seed}"


def initial_policy(wildcards):
    folder = "initialise/{environment}" if wildcards.init == "random" else "pretrain/{environment}/{init}"
    return f"{RESULTS}/checkpoints/{folder}/seed{{seed}}/policy.safetensors".format(**wildcards)


rule goals:
    input:
        model=model_files,
    output:
        goals=f"{RESULTS}/goals/{{environment}}.json",
    log:
        f"{RESULTS}/logs/goals/{{environment}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/goals/{{environment}}.tsv"
    params:
        job=lambda wildcards: GoalsJob(
            environment=CONFIG.environment(wildcards.environment), goals=CONFIG.goals(wildcards.environment)
        ).model_dump_json(),
    message:
        "goals: in {wildcards.environment}"
    shell:
        "python -m kmyriad.stages.goals --job {params.job:q} --goals {output.goals} > {log} 2>&1"


rule initialise:
    input:
        noises=lambda wildcards: untrained_files(wildcards.environment, CONFIG.jumpstart.random_heads),
        model=model_files,
    output:
        policy=f"{RESULTS}/checkpoints/initialise/{{environment}}/seed{{seed}}/policy.safetensors",
        sidecar=f"{RESULTS}/checkpoints/initialise/{{environment}}/seed{{seed}}/policy.json",
    log:
        f"{RESULTS}/logs/initialise/{{environment}}/seed{{seed}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/initialise/{{environment}}/seed{{seed}}.tsv"
    params:
        job=lambda wildcards: InitialiseJob(
            environment=CONFIG.environment(wildcards.environment),
            heads=CONFIG.jumpstart.random_heads,
            seed=int(wildcards.seed),
            pretrain=CONFIG.pretrain,
            log_std_range=CONFIG.coverage.log_std_range,
        ).model_dump_json(),
    message:
        "initialise: random heads for {wildcards.environment}, seed {wildcards.seed}"
    shell:
        "python -m kmyriad.stages.initialise --job {params.job:q} --noises {input.noises} --policy {output.policy} > {log} 2>&1"


rule evaluate_heads:
    input:
        policy=initial_policy,
        goals=f"{RESULTS}/goals/{{environment}}.json",
        model=model_files,
    output:
        table=f"{RESULTS}/evaluate_heads/{TASK}/heads.csv",
    log:
        f"{RESULTS}/logs/evaluate_heads/{TASK}.log",
    benchmark:
        f"{RESULTS}/benchmarks/evaluate_heads/{TASK}.tsv"
    threads: CONFIG.pretrain.threads
    params:
        job=lambda wildcards: EvaluateHeadsJob(
            environment=CONFIG.environment(wildcards.environment),
            goal=int(wildcards.goal),
            seed=int(wildcards.seed),
            envs=CONFIG.pretrain.envs,
            horizon=CONFIG.jumpstart.finetune.horizon,
            rollouts=CONFIG.jumpstart.rollouts,
            threads=CONFIG.pretrain.threads,
        ).model_dump_json(),
    message:
        "evaluate_heads: {wildcards.init} in {wildcards.environment}, goal {wildcards.goal}, seed {wildcards.seed}"
    shell:
        "python -m kmyriad.stages.evaluate_heads --job {params.job:q}"
        " --policy {input.policy} --goals {input.goals} --table {output.table} > {log} 2>&1"


rule select_head:
    input:
        policy=initial_policy,
        table=f"{RESULTS}/evaluate_heads/{TASK}/heads.csv",
    output:
        actor=f"{RESULTS}/checkpoints/select_head/{TASK}/actor.safetensors",
        sidecar=f"{RESULTS}/checkpoints/select_head/{TASK}/actor.json",
        choice=f"{RESULTS}/select_head/{TASK}/choice.json",
    log:
        f"{RESULTS}/logs/select_head/{TASK}.log",
    benchmark:
        f"{RESULTS}/benchmarks/select_head/{TASK}.tsv"
    wildcard_constraints:
        init=r"random|heads\d+",
    message:
        "select_head: {wildcards.init} in {wildcards.environment}, goal {wildcards.goal}, seed {wildcards.seed}"
    shell:
        "python -m kmyriad.stages.select_head --policy {input.policy} --table {input.table}"
        " --actor {output.actor} --choice {output.choice} > {log} 2>&1"


# One head by its index, whatever it can do: `head3` is the fourth. Of the policy that Fig. 4 trains.
rule take_head:
    input:
        policy=f"{RESULTS}/checkpoints/pretrain/{{environment}}/heads{CONFIG.fig4.heads}/seed{{seed}}/policy.safetensors",
    output:
        actor=f"{RESULTS}/checkpoints/select_head/{{environment}}/head{{head}}/goal{{goal}}/seed{{seed}}/actor.safetensors",
        sidecar=f"{RESULTS}/checkpoints/select_head/{{environment}}/head{{head}}/goal{{goal}}/seed{{seed}}/actor.json",
    log:
        f"{RESULTS}/logs/take_head/{{environment}}/head{{head}}/goal{{goal}}/seed{{seed}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/take_head/{{environment}}/head{{head}}/goal{{goal}}/seed{{seed}}.tsv"
    message:
        "take_head: head {wildcards.head} in {wildcards.environment}, seed {wildcards.seed}"
    shell:
        "python -m kmyriad.stages.take_head --policy {input.policy} --head {wildcards.head} --actor {output.actor} > {log} 2>&1"
