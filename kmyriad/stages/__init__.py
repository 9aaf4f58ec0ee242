"""The commands behind the Snakemake rules, python -m kmyriad.stages.<rule>: the only code that reads and writes files."""
