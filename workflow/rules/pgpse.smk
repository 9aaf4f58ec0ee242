# Figures, tables and verdicts of PGPSE, and the bridge to K-Myriad. The target `pgpse` is all of them.
#
# REQUIRED INPUTS: what gridworld.smk makes, {results}/checkpoints/visit/{environment}/heads{heads}/seed{seed}/... for the bridge
# OUTPUTS: {results}/figures/pgpse_*.{pdf,png,csv}, {results}/tables/pgpse_*
from kmyriad.settings import BridgeJob
from kmyriad.settings.gridworld import GridworldFigureJob, TheoremJob

FEWEST_AND_MOST = sorted({min(GRID.agents), max(GRID.agents)})
BETWEEN = sorted(set(GRID.agents) - set(FEWEST_AND_MOST))
BRIDGE = CONFIG.bridge
# How many agents' territories Fig. 10 and the bridge show.
SHOWN = max([heads for heads in BRIDGE.heads if heads in GRID.agents], default=max(GRID.agents))
# The bridge needs PGPSE on its own map.
BRIDGED = BRIDGE.world in GRID.worlds and SHOWN in BRIDGE.heads
DET = [label for label in WORLDS if not label.endswith("-stoc")]
# The paper shows Maze alone.
MAZES = [label for label in WORLDS if label.startswith("maze")] or list(WORLDS)
MOST = [max(GRID.agents)]
OVER_SEEDS = f"{GRID.updates} updates, {len(GRID.seeds)} seeds; mean and 95 % t interval"
# Name: what it shows, its inputs, worlds, numbers of agents, and the line below.
PGPSE = {
    "pgpse_fig1": ("entropy and support", curves(FEWEST_AND_MOST), WORLDS, FEWEST_AND_MOST, OVER_SEEDS),
    "pgpse_fig2": ("entropy of data sets", {"rows": of_datasets("datasets")}, WORLDS, GRID.agents, OVER_SEEDS),
    "pgpse_fig3": ("offline success", {"rows": of_datasets("success")}, WORLDS, MOST, f"{MOST[0]} trajectories, {OVER_SEEDS}"),
    "pgpse_fig7": ("entropy and support", curves(BETWEEN), WORLDS, BETWEEN, OVER_SEEDS),
    "pgpse_fig8": ("visits", {"thetas": thetas(MAZES, MOST)}, MAZES, MOST, f"{MOST[0]} agents or trajectories, all seeds"),
    "pgpse_fig9": ("goals reached", {"rows": of_datasets("success")}, WORLDS, MOST, f"from {MOST[0]} trajectories, all seeds"),
    "pgpse_fig10": ("determinism", {"thetas": thetas(DET, [SHOWN])}, DET, [SHOWN], f"{SHOWN} agents, first seed"),
}
PGPSE = {name: entry for name, entry in PGPSE.items() if entry[3]}

for name, (shows, inputs, worlds, agents, note) in PGPSE.items():

    rule:
        name:
            name
        input:
            **inputs,
        output:
            pdf=f"{RESULTS}/figures/{name}.pdf",
            png=reported(f"figures/{name}.png", shows, "PGPSE"),
            csv=f"{RESULTS}/figures/{name}.csv",
        log:
            f"{RESULTS}/logs/{name}.log",
        benchmark:
            f"{RESULTS}/benchmarks/{name}.tsv"
        params:
            job=GridworldFigureJob(worlds=[WORLDS[label] for label in worlds], agents=agents, note=note).model_dump_json(),
            drawn=next(iter(inputs.values())),
        message:
            f"{name}: {shows}"
        shell:
            "python -m kmyriad.stages.{rule} --job {params.job:q} --inputs {params.drawn} --pdf {output.pdf} > {log} 2>&1"


rule pgpse_tables:
    input:
        **curves(variant=list(GRID.variants)),
        datasets=of_datasets("datasets"),
    output:
        finals=reported("tables/pgpse_finals.csv", "final entropy and support", "PGPSE"),
        finals_md=f"{RESULTS}/tables/pgpse_finals.md",
        specialisation=reported("tables/pgpse_specialisation.csv", "specialisation", "PGPSE"),
        specialisation_md=f"{RESULTS}/tables/pgpse_specialisation.md",
    log:
        f"{RESULTS}/logs/pgpse_tables.log",
    benchmark:
        f"{RESULTS}/benchmarks/pgpse_tables.tsv"
    message:
        "pgpse_tables: final entropy and support beside the authors' code, and the specialisation"
    shell:
        "python -m kmyriad.stages.pgpse_tables --metrics {input.metrics} --datasets {input.datasets}"
        " --finals {output.finals} --specialisation {output.specialisation} > {log} 2>&1"


rule pgpse_bridge:
    input:
        visits=expand(
            f"{RESULTS}/checkpoints/visit/{RUN}/particles.safetensors",
            environment=BRIDGE.environment.label,
            heads=BRIDGE.heads,
            seed=BRIDGE.seeds,
        ),
        policies=thetas([label_of(BRIDGE.world)], variant=[name for name in ("plain", "infinite") if name in GRID.variants]),
    output:
        pdf=f"{RESULTS}/figures/pgpse_bridge.pdf",
        png=reported("figures/pgpse_bridge.png", "K-Myriad on a grid world", "PGPSE"),
        csv=f"{RESULTS}/figures/pgpse_bridge.csv",
    log:
        f"{RESULTS}/logs/pgpse_bridge.log",
    benchmark:
        f"{RESULTS}/benchmarks/pgpse_bridge.tsv"
    params:
        job=BridgeJob(
            world=BRIDGE.world,
            agents=GRID.agents,
            seeds=GRID.seeds,
            visits=BRIDGE.visits,
            shown=SHOWN,
            note=f"{BRIDGE.world}; K-Myriad: {BRIDGE.pretrain.envs} points x {BRIDGE.pretrain.horizon} actions x "
            f"{BRIDGE.pretrain.epochs} epochs, {len(BRIDGE.seeds)} seeds; mean and 95 % t interval; maps: first seed",
        ).model_dump_json(),
    message:
        "pgpse_bridge: K-Myriad and PGPSE on the same map"
    shell:
        "python -m kmyriad.stages.pgpse_bridge --job {params.job:q} --visits {input.visits} --policies {input.policies}"
        " --pdf {output.pdf} > {log} 2>&1"


# Name: what it shows, and the line below.
THEOREMS = {
    "pgpse_frank_wolfe": (
        "rate of Frank-Wolfe",
        "entropy smoothed with sigma = 0.1. Exact oracles make all agents alike; sampled ones: each agent estimates the joint "
        "mixture from 100 trajectories of its own and breaks ties at random; means over 3 seeds",
    ),
    "pgpse_concentration": (
        "concentration of the entropy",
        "agents that share one entropy-maximising mixture out, 2000 repeats of independent samples; bars: 95 % intervals. The "
        "bound of m agents is on any of them being off with its n / m samples",
    ),
}

for name, (shows, note) in THEOREMS.items():

    rule:
        name:
            name
        output:
            pdf=f"{RESULTS}/figures/{name}.pdf",
            png=reported(f"figures/{name}.png", shows, "PGPSE"),
            csv=f"{RESULTS}/figures/{name}.csv",
        log:
            f"{RESULTS}/logs/{name}.log",
        benchmark:
            f"{RESULTS}/benchmarks/{name}.tsv"
        params:
            job=TheoremJob(
                world=GRID.worlds[0],
                agents=GRID.theorem_agents,
                seeds=GRID.seeds[:3],
                note=f"{label_of(GRID.worlds[0])}; {note}",
            ).model_dump_json(),
        message:
            f"{name}: {shows}"
        shell:
            "python -m kmyriad.stages.{rule} --job {params.job:q} --pdf {output.pdf} > {log} 2>&1"


PGPSE_FIGURES = [f"{RESULTS}/figures/{name}.pdf" for name in (*PGPSE, *THEOREMS, *(["pgpse_bridge"] if BRIDGED else []))]
PGPSE_TABLES = [f"{RESULTS}/tables/pgpse_{name}.csv" for name in ("finals", "specialisation")]
if "pgpse" in BESIDE:
    FIGURES += PGPSE_FIGURES
    TABLES += PGPSE_TABLES


rule pgpse:
    input:
        PGPSE_FIGURES,
        PGPSE_TABLES,
        f"{RESULTS}/tables/pgpse_claims.json",
