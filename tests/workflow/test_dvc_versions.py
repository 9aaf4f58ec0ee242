"""What a clone knows of its results' versions, and getting checkpoints from an S3 server, or one line where that fails."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
import yaml
from botocore.client import BaseClient
from moto.server import ThreadedMotoServer

from kmyriad.jobs.checkpoint import save_policy
from kmyriad.policies import MultiHeadPolicy
from tests.copies import ROOT, copy_project
from tests.workflow.project import Project

VARIABLES = {
    # The repositories of these tests hold no package.
    "PYTHONPATH": str(ROOT),
    "AWS_ACCESS_KEY_ID": "key",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_MAX_ATTEMPTS": "1",
}
KEPT = ("results/checkpoints", ".snakemake/metadata")


def test_dvc_lock_names_the_results_that_git_holds() -> None:
    # Only DVC's reading of files: no job runs, and nothing is written but its cache of hashes.
    status = json.loads(Project(ROOT).dvc("status", "--json", "desk", "results/walk/dvc.yaml:walk"))
    assert status == {}, "results or settings changed: say that they belong together with `dvc commit --force desk` or `... walk`"


@pytest.mark.parametrize(("file", "folder"), [("dvc.yaml", "results"), ("results/walk/dvc.yaml", "results/walk")])
def test_every_figure_in_git_has_a_version(file: str, folder: str) -> None:
    stages = yaml.safe_load((ROOT / file).with_suffix(".lock").read_text())["stages"].values()
    versions = {out["path"]: out["nfiles"] for stage in stages for out in stage["outs"] if "nfiles" in out}
    tracked = Project(ROOT).run("git", "ls-files", f"{folder}/figures").splitlines()
    assert versions[f"{folder}/figures"] == len(tracked) > 10


@pytest.fixture
def server() -> Iterator[ThreadedMotoServer]:
    """A server that speaks S3, at a port of its own."""
    running = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    yield running
    running.stop()


def client(server: ThreadedMotoServer) -> BaseClient:
    """Return what speaks to the server."""
    host, port = server.get_host_and_port()
    keys = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
    return boto3.client("s3", endpoint_url=f"http://{host}:{port}", **keys)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with a checkpoint, whose remote is not there."""
    folder = copy_project(tmp_path / "here", ".dvc", ".dvcignore", ".gitignore", "dvc.yaml", "config/config.yaml")
    save_policy(folder / KEPT[0] / "policy.safetensors", MultiHeadPolicy(5, 2, 3, trunk=(7,), adapter=4), {"seed": 9})
    for file in (folder / KEPT[1] / "note", folder / "results/summary.json"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("{}\n")
    project = Project(folder, VARIABLES)
    project.commit("start")
    return project


def refusal(project: Project) -> str:
    """Return the one line with which `kmyriad pull` ends; it must have written nothing."""
    done = project.start("kmyriad", "pull")
    assert done.returncode == 1 and re.fullmatch(r"error: .+\n", done.stderr), done.stderr
    assert not any(project.bytes_of(folder) for folder in KEPT)
    return done.stderr


@pytest.mark.slow(15)
def test_checkpoints_by_way_of_s3(project: Project, server: ThreadedMotoServer) -> None:
    client(server).create_bucket(Bucket="bucket")
    project.dvc("remote", "modify", "store", "url", "s3://bucket/kmyriad")
    project.dvc("remote", "modify", "store", "endpointurl", client(server).meta.endpoint_url)
    project.dvc("commit", "--force", "checkpoints", "record")
    project.dvc("push")
    project.commit("results")
    clone = project.clone()
    assert clone.run("kmyriad", "pull") == f"here: {KEPT[0]}, {KEPT[1]}\n"
    assert all(clone.bytes_of(folder) == project.bytes_of(folder) != {} for folder in KEPT)
    _lose_everything(clone)
    _delete_the_weights(server)
    assert "The specified key does not exist" in refusal(clone)
    server.stop()
    assert "Could not connect to the endpoint URL" in refusal(clone)


def test_a_remote_without_the_checkpoints(project: Project) -> None:
    project.dvc("commit", "--force", "checkpoints", "record")
    _lose_everything(project)
    assert "results/checkpoints, .snakemake/metadata: DVC's remote does not have them; set the remote" in refusal(project)


def test_what_nobody_has_versioned_yet(project: Project) -> None:
    (project.folder / "dvc.lock").unlink(missing_ok=True)
    _lose_everything(project)
    assert "dvc.lock names no version of results/checkpoints, .snakemake/metadata; make them with snakemake" in refusal(project)


def test_outside_a_project(tmp_path: Path) -> None:
    assert "there is no dvc.yaml in" in refusal(Project(tmp_path, VARIABLES))


def _lose_everything(project: Project) -> None:
    project.run("rm", "-rf", ".dvc/cache", *KEPT)


def _delete_the_weights(server: ThreadedMotoServer) -> None:
    largest = max(client(server).list_objects_v2(Bucket="bucket")["Contents"], key=lambda entry: entry["Size"])
    client(server).delete_object(Bucket="bucket", Key=largest["Key"])
