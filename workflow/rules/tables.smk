# The paper's tables, ours beside the paper's, as CSV, Markdown and LaTeX, and the verdicts on its claims.
#
# REQUIRED INPUTS: {results}/diversity/{environment}/heads{heads}/seed{seed}/kl.csv
#                  {results}/pretrain/{environment}/heads{heads}/seed{seed}/metrics.csv
# OUTPUTS: {results}/tables/table1.{csv,md,tex} (absent where no run has several heads), {results}/claims.{json,md}
SEVERAL = [heads for heads in CONFIG.heads if heads > 1]
TABLES = [f"{RESULTS}/claims.json", *([f"{RESULTS}/tables/table1.csv"] if SEVERAL else [])]


rule table1:
    input:
        kl=expand(f"{RESULTS}/diversity/{RUN}/kl.csv", **{**RUNS, "heads": SEVERAL}),
    output:
        csv=report(f"{RESULTS}/tables/table1.csv", category="K-Myriad", caption="../report/table1.rst"),
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
        metrics=expand(f"{RESULTS}/pretrain/{RUN}/metrics.csv", **RUNS),
        kl=expand(f"{RESULTS}/diversity/{RUN}/kl.csv", **{**RUNS, "heads": SEVERAL}),
    output:
        json=f"{RESULTS}/claims.json",
        md=report(f"{RESULTS}/claims.md", category="K-Myriad", caption="../report/claims.rst"),
    log:
        f"{RESULTS}/logs/claims.log",
    benchmark:
        f"{RESULTS}/benchmarks/claims.tsv"
    params:
        scale=CONFIG.scale,
    message:
        "claims: which of the paper's claims held"
    shell:
        "python -m kmyriad.stages.claims --metrics {input.metrics} --kl {input.kl} --scale {params.scale:q}"
        " --json {output.json} > {log} 2>&1"
