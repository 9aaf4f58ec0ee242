# K-Myriad from nothing to its figures. Settings: config/config.yaml (desk scale), config/smoke.yaml, config/paper.yaml.
from snakemake.utils import min_version, validate

min_version("9.0")


configfile: "config/config.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/pretrain.smk"
include: "workflow/rules/coverage.smk"
include: "workflow/rules/heads.smk"
include: "workflow/rules/finetune.smk"
include: "workflow/rules/diversity.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/scenes.smk"
include: "workflow/rules/gridworld.smk"
include: "workflow/rules/tables.smk"
include: "workflow/rules/pgpse.smk"
include: "workflow/rules/collaborative.smk"
include: "workflow/rules/claims.smk"
include: "workflow/rules/summary.smk"


report: "workflow/report/workflow.rst"


rule all:
    default_target: True
    input:
        FIGURES,
        TABLES,
