# The paper's tables, ours beside the paper's, as CSV, Markdown and LaTeX, and the verdicts on its claims.
#
# REQUIRED INPUTS: {results}/diversity/{environment}/heads{heads}/seed{seed}/kl.csv
#                  {results}/pretrain/{environment}/heads{heads}/seed{seed}/metrics.csv (those of Figs. 6 and 10 as well)
#                  {results}/finetune/{environment}/{init}/goal{goal}/seed{seed}/metrics.csv, and those of gridworld.smk
# OUTPUTS: {results}/tables/table1.{csv,md,tex} (absent where no run has several heads), {results}/claims.{json,md}
from kmyriad.settings import ClaimsJob

SEVERAL = [heads for heads in CONFIG.heads if heads > 1]
TABLES = [f"{RESULTS}/claims.json", *([f"{RESULTS}/tables/table1.csv"] if SEVERAL else [])]


rule table1:
    input:
        kl=expand(f"{RESULTS}/diversity/{RUN}/kl.csv", **{**RUNS, "heads": SEVERAL}),
    output:
        csv=reported("tables/table1.csv", "divergence of heads"),
        md=f"{RESULTS}/tables/table1.md",
        tex=f"{RESULTS}/tables/table1.tex",
    log:
        f"{RESULTS}/logs/table1.log",
    benchmark:
        f"{RESULTS}/benchmarks/table1.tsv"
    message:
        "table1: KL divergence between the heads"
    shell:
        "python -m kmyriad.stages.table1 --kl {input.kl} --csv {output.csv} > {log} 2>&1"


rule claims:
    input:
        **(gridworld_claims() if ANTS else {"curves": [], "datasets": [], "success": []}),
        metrics=expand(f"{RESULTS}/pretrain/{RUN}/metrics.csv", **RUNS),
        kl=expand(f"{RESULTS}/diversity/{RUN}/kl.csv", **{**RUNS, "heads": SEVERAL}),
        budgets=pretrain_metrics(**FIG6_RUNS)["metrics"] if MADE["fig6"] else [],
        long=pretrain_metrics(**FIG10_RUNS)["metrics"] if MADE["fig10"] else [],
        outside=task_metrics(LABELS, CONFIG.jumpstart.inits, inside=False),
        inside=task_metrics(GOAL_MAPS and ANTS, ["random"], inside=True),
    output:
        json=f"{RESULTS}/claims.json",
        md=reported("claims.md", "verdicts"),
    log:
        f"{RESULTS}/logs/claims.log",
    benchmark:
        f"{RESULTS}/benchmarks/claims.tsv"
    params:
        job=ClaimsJob(scale=CONFIG.scale, epochs=CONFIG.pretrain.epochs).model_dump_json(),
    message:
        "claims: which of the paper's claims held"
    shell:
        "python -m kmyriad.stages.claims --job {params.job:q} --metrics {input.metrics} --kl {input.kl}"
        " --budgets {input.budgets} --long {input.long} --outside {input.outside} --inside {input.inside}"
        " --curves {input.curves} --datasets {input.datasets} --success {input.success}"
        " --json {output.json} > {log} 2>&1"
