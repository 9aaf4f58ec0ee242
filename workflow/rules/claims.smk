# Verdicts on the papers' claims: those of all systems that `all` makes in {results}/claims.md, one system's in its own table.
#
# REQUIRED INPUTS: {results}/pretrain/{environment}/heads{heads}/seed{seed}/metrics.csv (those of Figs. 6 and 10 as well)
#                  {results}/coverage_trained/{environment}/heads{heads}/seed{seed}/coverage.csv, and coverage_untrained
#                  {results}/diversity/{environment}/heads{heads}/seed{seed}/kl.csv
#                  {results}/finetune/{environment}/{init}/goal{goal}/seed{seed}/metrics.csv
#                  {results}/gridworld_train/{world}/plain/{arm}{agents}/metrics.csv, {results}/gridworld_datasets/{world}/*.csv
#                  {results}/collaborative_train/{task}/{ce_arm}/metrics.csv, in the maze visits.csv
# OUTPUTS: {results}/claims.{json,md}, {results}/tables/{pgpse,ce}_claims.{json,md}
from kmyriad.settings import ClaimsJob

# By the arguments of the stage.
EVIDENCE = {
    "kmyriad": {
        "metrics": expand(f"{RESULTS}/pretrain/{RUN}/metrics.csv", **RUNS),
        "kl": expand(f"{RESULTS}/diversity/{RUN}/kl.csv", **{**RUNS, "heads": SEVERAL}),
        "budgets": expand(f"{RESULTS}/coverage_trained/{RUN}/coverage.csv", **FIG6_RUNS) if MADE["fig6"] else [],
        "trained": COVERED,
        "untrained": UNTRAINED,
        "long": pretrain_metrics(**FIG10_RUNS)["metrics"] if MADE["fig10"] else [],
        "outside": task_metrics(LABELS, CONFIG.jumpstart.inits, inside=False),
        "inside": task_metrics(GOAL_MAPS and ANTS, ["random"], inside=True),
    },
    "pgpse": {
        "curves": curves()["metrics"],
        "datasets": of_datasets("datasets"),
        "success": of_datasets("success"),
    },
    "collaborative": {
        "returns": ce_files("metrics.csv", CE_TASKS, CE_ARMS),
        "visits": ce_files("visits.csv", CE_MAZE, CE_ARMS),
    },
}
TABLES += [f"{RESULTS}/claims.json"]

for name, folder, category, systems in [
    ("claims", "", "K-Myriad", ("kmyriad", *BESIDE)),
    ("pgpse_claims", "tables/", "PGPSE", ("pgpse",)),
    ("ce_claims", "tables/", "Collaborative Exploration", ("collaborative",)),
]:

    rule:
        name:
            name
        input:
            **{argument: files for system in systems for argument, files in EVIDENCE[system].items() if files},
        output:
            json=f"{RESULTS}/{folder}{name}.json",
            md=reported(f"{folder}{name}.md", "verdicts", category),
        log:
            f"{RESULTS}/logs/{name}.log",
        benchmark:
            f"{RESULTS}/benchmarks/{name}.tsv"
        params:
            job=ClaimsJob(scale=CONFIG.scale, epochs=CONFIG.pretrain.epochs, update=CONFIG.pretrain.update).model_dump_json(),
            files=lambda wildcards, input: " ".join(f"--{argument} {' '.join(files)}" for argument, files in input.items()),
        message:
            f"{name}: which of the papers' claims held"
        shell:
            "python -m kmyriad.stages.claims --job {params.job:q} {params.files} --json {output.json} > {log} 2>&1"
