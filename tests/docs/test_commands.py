"""Every command that README.md, config/README.md and docs/ print is checked, and the tables below say how."""

import re
import shlex
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

from tests.copies import ROOT, copy_project
from tests.docs.pages import PAGES, blocks, commands
from tests.workflow.smoke import environment

PRINTED = sorted({command for page in PAGES for command in commands(page)})
RUN = {
    "kmyriad info results/figures/fig5.pdf": "kind: figure",
    "kmyriad check-env ant-maze": "ok: 4 copies of ant-maze",
    "kmyriad watch --once": "pretrain/ant-empty/heads1/seed1 ",
    "kmyriad verdicts --configfile config/walk.yaml": "| ant-empty: entropy with heads 1 above that with 10 (nats) |",
}
"""Run as they stand, with what they must print."""
DVC_CONFIG = tuple(command for command in commands("docs/dvc.md") if command.startswith("dvc remote modify"))
"""Run as they stand, in the order of the page, in a repository of their own."""
MAKE = tuple(command for command in PRINTED if command.startswith("make "))
"""Make plans them with --dry-run."""
FINER = "tests/test_experiments.py::test_finer_physics_prints_a_row_a_step"
ELSEWHERE = {
    "kmyriad run results/figures/fig5.pdf": "tests/pipeline/test_forecast.py::test_the_command_forecasts_a_real_run",
    "kmyriad run": "tests/pipeline/test_forecast.py::test_the_command_forecasts_a_real_run",
    "kmyriad info FILE": "tests/test_cli.py::test_info",
    **dict.fromkeys(
        (command for command in PRINTED if command.startswith("kmyriad play")),
        "tests/play/test_gallery.py::test_it_plays_and_goes_somewhere",
    ),
    "kmyriad check-env": "tests/test_cli.py::test_check_env",
    "kmyriad check-env NAME": "tests/test_cli.py::test_check_env",
    "kmyriad check-env ant-empty --backend isaaclab": "tests/envs/test_isaaclab.py::test_check_env_ends_with_one_line",
    "kmyriad check-env ant-posts": "tests/docs/test_extending.py::test_the_terrain_simulates",
    "kmyriad play": "tests/play/test_video.py::test_heads_in_their_colours_move",
    "kmyriad play gallery/walker.safetensors": "tests/play/test_window.py::test_a_window_opens_plays_and_closes",
    "kmyriad play gallery/walker.safetensors --video walk.mp4": "tests/play/test_video.py::test_mp4",
    "kmyriad play gallery/part-one.safetensors gallery/part-two.safetensors --video part.gif": (
        "tests/play/test_cast.py::test_several_files_stand_side_by_side"
    ),
    "kmyriad play gallery/walker.safetensors --terrain cave --sampled --video cave.gif": (
        "tests/play/test_cast.py::test_another_terrain"
    ),
    **dict.fromkeys(
        ("kmyriad watch", "kmyriad watch results/walk"),
        "tests/watch/test_jobs.py::test_it_draws_again_until_ctrl_c",
    ),
    "tensorboard --logdir results/tracked/tensorboard": (
        "tests/jobs/test_tensorboard.py::test_an_open_tensorboard_follows_a_resumed_run"
    ),
    **dict.fromkeys(
        ("pip install --editable '.[tensorboard]'", "pip install --editable '.[wandb]'"),
        "tests/docs/test_commands.py::test_what_pip_installs_is_declared",
    ),
    "pip install --editable '.[play]'": "tests/docs/test_commands.py::test_what_pip_installs_is_declared",
    "conda env create --file environment.yml": "tests/test_lock.py::test_environment_mirrors_the_lock",
    "snakemake --report report.html": "tests/workflow/test_workflow.py::test_smoke_run_then_nothing_to_do",
    "snakemake --report report.html all overview": "tests/workflow/test_report.py::test_a_browser_opens_it",
    "snakemake --cores all --sdm apptainer": "tests/test_container.py::test_jobs_take_the_image_that_is_there",
    "apptainer build kmyriad.sif apptainer.def": "tests/test_container.py::test_both_files_describe_one_image",
    "snakemake --unlock": "tests/slurm/test_slurm.py::test_sigkill_of_snakemake_while_its_job_lives_on",
    "snakemake --cores all --config 'environments=[ant-posts]' -- results/figures/fig5.pdf": (
        "tests/docs/test_extending.py::test_the_terrain_simulates"
    ),
    "snakemake --cores all results/figures/final.pdf": "tests/docs/test_extending.py::test_the_workflow_knows_the_figure",
    "snakemake --cores all gain": "tests/docs/test_extending.py::test_the_fourth_paper_is_made",
    **dict.fromkeys(
        (
            "dvc repro",
            "dvc push",
            "git clone <here> elsewhere",
            "cd elsewhere",
            "dvc pull",
            "kmyriad pull",
            "dvc commit",
            "dvc commit --force",
            "dvc params diff",
            "dvc exp run --set-param config/config.yaml:coverage.envs=200",
            "dvc metrics show",
            "dvc metrics diff",
            "dvc plots show",
        ),
        "tests/workflow/test_dvc.py::test_nothing_is_trained_twice",
    ),
    **dict.fromkeys(
        ("dvc status", "dvc commit --force desk"),
        "tests/workflow/test_dvc_versions.py::test_dvc_lock_names_the_results_that_git_holds",
    ),
    "pip install dvc-s3": "tests/workflow/test_dvc_versions.py::test_checkpoints_by_way_of_s3",
    **dict.fromkeys(
        ("pip install .", "python examples/own_environment.py"),
        "tests/test_wheel.py::test_fifteen_lines_from_no_reward_to_a_solved_task",
    ),
    "SNAKEMAKE_PROFILE=workflow/profiles/slurm dvc repro": (
        "tests/docs/test_commands.py::test_dvc_repro_takes_the_profile_of_the_environment"
    ),
    "python -m experiments.learning NAME": "tests/test_experiments.py::test_the_command_prints_what_the_policy_can_do",
    "python -m experiments.steering POLICY": "tests/test_experiments.py::test_steering_prints_a_row_a_scale",
    "python -m experiments.divergence_by_chance POLICY": (
        "tests/test_experiments.py::test_one_head_dealt_to_many_diverges_from_itself"
    ),
    "python -m experiments.a2c NAME": "tests/test_experiments.py::test_the_command_prints_what_a2c_returns",
    "python -m experiments.finetuning NAME": "tests/test_experiments.py::test_the_command_prints_what_ppo_learns",
    "python -m experiments.finer_physics POLICY --substeps 1": FINER,
    "python -m experiments.finer_physics results/walk/checkpoints/pretrain/ant-empty/heads1/seed1/policy.safetensors": FINER,
    "python -m benchmarks.adversarial_search --integrator implicitfast --terrain empty pyramid --rounds 12": (
        "tests/envs/test_torso_speed.py::test_the_command_prints_a_row_a_terrain"
    ),
    "python benchmarks/epoch.py --desk": "tests/test_benchmarks.py::test_the_quick_suite_runs_and_its_tables_parse",
    "python -m benchmarks.collaborative --pixels": "tests/test_benchmarks.py::test_backbones_stand_in_the_place_of_sac",
    "python -m benchmarks.gpu": "tests/test_benchmarks.py::test_what_wants_a_gpu_runs_on_the_cpu",
    next(command for command in PRINTED if command.startswith("python -m kmyriad.stages.export")): (
        "tests/stages/test_export.py::test_equal_to_torch_for_any_batch"
    ),
    "pip install onnx onnxscript": "tests/stages/test_export.py::test_without_the_exporter",
    "python -m http.server --directory build/site": "tests/docs/test_site.py::test_the_site_loads_nothing_from_elsewhere",
    "pip install 'isaaclab[isaacsim]==2.3.2.post1' --extra-index-url https://pypi.nvidia.com": (
        "tests/envs/test_isaaclab.py::test_the_version_tested_is_the_one_to_install"
    ),
    "pip install mujoco-warp==3.17.0 warp-lang==1.19.0": "tests/docs/test_commands.py::test_what_pip_installs_is_declared",
    "pip install --editable '.[games]'": "tests/docs/test_commands.py::test_what_pip_installs_is_declared",
    "pip install --editable '.[gpu]'": "tests/docs/test_commands.py::test_what_pip_installs_is_declared",
    "pip install --editable '.[pipeline,isaaclab]'": "tests/docs/test_commands.py::test_what_pip_installs_is_declared",
    "apt-get install libegl1 libgl1-mesa-dri libgles2": "tests/docs/test_commands.py::test_what_apt_installs_is_what_ci_installs",
    ". .venv/bin/activate": "tests/docs/test_commands.py::test_make_makes_the_environment_that_is_activated",
}
"""Named with the test that runs them, or something like them that costs less."""
NOT_RUN = {
    "pip install dvc-ssh": "a package of DVC's",
    "wandb sync results/tracked/wandb/pretrain/ant-empty/heads1/seed1/wandb/offline-run-*": "needs an account and a network",
}
"""Not checked, and why."""
DRY = tuple(command for command in PRINTED if command.startswith("snakemake ") and command not in ELSEWHERE)
"""Run as they stand, with --dry-run before everything else."""


def test_every_command_is_in_one_of_the_tables() -> None:
    known = [*RUN, *DVC_CONFIG, *MAKE, *ELSEWHERE, *NOT_RUN, *DRY]
    assert set(PRINTED) - set(known) == set(), "say in a table of this file how these are checked"
    assert set(known) - set(PRINTED) == set(), "no page prints these any more"


@pytest.mark.parametrize("test", sorted(set(ELSEWHERE.values())))
def test_the_tests_named_are_there(test: str) -> None:
    file, _, name = test.partition("::")
    assert re.search(rf"^def {name}\(", (ROOT / file).read_text(), re.MULTILINE)


def run(folder: Path, command: list[str], **more: str) -> subprocess.CompletedProcess:
    variables = {**environment(folder), **more}
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, timeout=600)


@pytest.mark.parametrize("command", RUN)
def test_it_runs(command: str) -> None:
    done = run(ROOT, shlex.split(command))
    assert done.returncode == 0 and RUN[command] in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize("command", MAKE)
def test_make_knows_the_target(command: str) -> None:
    done = run(ROOT, ["make", "--dry-run", *shlex.split(command)[1:]])
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", DRY)
def test_no_option_swallows_the_target(command: str) -> None:
    from snakemake.cli import parse_args

    _, parsed = parse_args(shlex.split(command)[1:])
    assert all("=" in entry for entry in parsed.config or []), f"a target is read as a setting: {parsed.config}"
    files = [Path(file) for file in parsed.configfile or []]
    assert all(file.suffix == ".yaml" for file in files), f"a target is read as a file of settings: {files}"


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory, server: Path) -> dict[str, subprocess.CompletedProcess]:
    """What Snakemake plans by each command in a copy of the project in which nothing has been made yet.

    The copy has the mine.yaml that docs/own-problem.md prints.
    """
    folder = copy_project(tmp_path_factory.mktemp("commands"))
    (mine,) = (block.text for block in blocks("docs/own-problem.md") if block.text.startswith("scale: mine\n"))
    (folder / "mine.yaml").write_text(mine)

    def plan(command: str) -> subprocess.CompletedProcess:
        program, *arguments = shlex.split(command)
        return run(folder, [program, "--dry-run", "--quiet", "rules", *(word for word in arguments if word != "--dry-run")])

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KMYRIAD_FORKS", str(server))
        return {command: plan(command) for command in DRY}


@pytest.mark.slow(2)
@pytest.mark.xdist_group("plans")
@pytest.mark.parametrize("command", DRY)
def test_the_workflow_plans_it(plans: dict[str, subprocess.CompletedProcess], command: str) -> None:
    done = plans[command]
    assert done.returncode == 0, done.stdout + done.stderr
    targets = [word for word in shlex.split(command) if word.startswith("results/")]
    # What git holds is there already: the gallery.
    assert "total" in done.stdout or "Nothing to be done" in done.stdout + done.stderr
    assert all(re.search(rf"^{Path(target).stem} +1$", done.stdout, re.MULTILINE) for target in targets), done.stdout


def test_dvc_repro_takes_the_profile_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    from snakemake.cli import parse_args

    (command,) = (command for command in PRINTED if command.startswith("SNAKEMAKE_PROFILE="))
    monkeypatch.setenv(*command.removesuffix(" dvc repro").split("="))
    stage = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]["desk"]
    _, parsed = parse_args(shlex.split(stage["cmd"])[1:])
    assert parsed.executor == "slurm"


def test_dvc_takes_the_other_remotes(tmp_path: Path) -> None:
    folder = copy_project(tmp_path, ".dvc", ".dvcignore")
    assert run(folder, ["git", "init", "--quiet"]).returncode == 0
    config = folder / ".dvc/config"
    as_cloned = config.read_text()
    for command in DVC_CONFIG:
        if " store url " in command:
            config.write_text(as_cloned)
        done = run(folder, shlex.split(command), DVC_SITE_CACHE_DIR=str(tmp_path / "site"))
        assert done.returncode == 0, done.stderr
        *_, key, value = shlex.split(command)
        assert f"{key} = {value}" in config.read_text()


def test_what_pip_installs_is_declared() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    named = {name for names in re.findall(r"'\.\[([\w,]+)\]'", " ".join(PRINTED)) for name in names.split(",")}
    assert named == {"games", "gpu", "isaaclab", "pipeline", "play", "tensorboard", "wandb"} and named <= set(extras)
    assert f"pip install {' '.join(extras['gpu'])}" in PRINTED


def test_what_apt_installs_is_what_ci_installs() -> None:
    (command,) = (command for command in PRINTED if command.startswith("apt-get"))
    assert f"need+=({command.removeprefix('apt-get install ')})" in (ROOT / ".ci/run").read_text()


def test_make_makes_the_environment_that_is_activated() -> None:
    assert "VENV := .venv" in (ROOT / "Makefile").read_text().splitlines()
