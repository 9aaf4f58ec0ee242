"""A real Slurm on this machine, for tests: installed with apt, started as root without systemd, stopped by its pids."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "squeue", "scancel", "scontrol")
PACKAGES = ("slurmctld", "slurmd", "slurm-client", "munge")
# The plugin clears SLURM_* variables, SLURM_CONF included, in its jobs: they find the cluster only in Slurm's own place.
LINKS = (Path("/etc/slurm/slurm.conf"), Path("/etc/slurm/gres.conf"))
MARK = "kmyriad-slurm"
HOST = socket.gethostname().split(".")[0]

# Both partitions of workflow/profiles/slurm are there. CPUs and memory are only claimed, so that the jobs of one test run
# side by side; proctrack/pgid kills what a job leaves behind, as clusters with cgroups do.
CONFIGURATION = """
ClusterName=kmyriad
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge/sock
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc={folder}/jobcomp.log
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=sched_min_interval=100000,batch_sched_delay=0
MinJobAge=3600
KillWait=20
ReturnToService=2
MpiDefault=none
SwitchType=switch/none
SlurmdParameters=config_overrides
GresTypes=gpu
NodeName={host} NodeAddr=127.0.0.1 CPUs=8 RealMemory=100000 Gres=gpu:1 State=UNKNOWN
PartitionName=cpu Nodes={host} Default=YES MaxTime=INFINITE State=UP
PartitionName=gpu Nodes={host} MaxTime=INFINITE State=UP
"""


def wait_until(holds: Callable[[], object], what: str, seconds: float = 180) -> None:
    """Wait until `holds()` is true.

    Raises:
        TimeoutError: it did not become so in time; the message is `what`.
    """
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        time.sleep(0.05)


def obstacle() -> str | None:
    """Return why no cluster can be started here, or None; installs Slurm where it is missing."""
    if os.getuid() != 0:
        return "starting a Slurm needs root"
    for link in LINKS:
        if os.path.lexists(link) and MARK not in os.path.realpath(link):
            return f"{link} is there and not ours: a Slurm is configured on this machine"
    if all(map(shutil.which, PROGRAMS)):
        return None
    if not shutil.which("apt-get"):
        return "neither Slurm nor apt-get is here"
    for command in (["update"], ["install", "-y", "--no-install-recommends", *PACKAGES]):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        done = subprocess.run(["apt-get", "-q", *command], env=environment, capture_output=True, text=True, timeout=300)
        if done.returncode != 0:
            return f"apt-get {command[0]} failed: {done.stderr.strip()[-300:]}"
    return None


def remove_links_of_the_dead() -> None:
    """Remove what a killed run of these tests has left in Slurm's place.

    Raises:
        RuntimeError: the daemons of another run are alive; they are left alone.
    """
    for link in filter(Path.is_symlink, LINKS):
        folder = Path(os.readlink(link)).parent
        if pids := _daemons(folder):
            raise RuntimeError(f"the Slurm of another run of these tests is alive: processes {pids} in {folder}; wait or stop it")
        link.unlink()


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _command(*arguments: str) -> str:
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(arguments)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


@dataclass(frozen=True)
class Cluster:
    """One node with the partitions cpu and gpu; all its files are in `folder`."""

    folder: Path

    def start(self) -> None:
        """Start the daemons and wait for the node.

        Raises:
            RuntimeError: a daemon failed.
        """
        for name in ("munge", "state", "spool"):
            (self.folder / name).mkdir()
        ports = {"controller_port": _free_port(), "node_port": _free_port()}
        (self.folder / "slurm.conf").write_text(CONFIGURATION.format(host=HOST, folder=self.folder, **ports))
        # A device that every machine has stands for a GPU.
        (self.folder / "gres.conf").write_text(f"NodeName={HOST} Name=gpu File=/dev/null\n")
        for link in LINKS:
            link.parent.mkdir(exist_ok=True)
            link.symlink_to(self.folder / link.name)
        self._start_daemons()
        wait_until(lambda: "idle" in _command("sinfo", "-h", "-o", "%T"), "Slurm's node did not come up", 30)

    def stop(self) -> None:
        """End all jobs and daemons and remove the links."""
        try:
            self.cancel_all()
        finally:
            for pid in _daemons(self.folder):
                os.kill(pid, signal.SIGTERM)
                try:
                    wait_until(lambda pid=pid: not _alive(pid), "still there", 10)
                except TimeoutError:
                    os.kill(pid, signal.SIGKILL)
            for link in LINKS:
                link.unlink(missing_ok=True)

    def jobs(self) -> dict[str, str]:
        """Return state and partition, e.g. "RUNNING cpu", of each job that has not ended."""
        return dict(line.split(" ", 1) for line in _command("squeue", "-h", "-o", "%i %T %P").splitlines())

    def cancel(self, job: str) -> None:
        """Cancel one job as a user or an administrator would."""
        _command("scancel", job)

    def cancel_all(self) -> None:
        """Cancel what runs and wait until it has ended."""
        if self.jobs():
            _command("scancel", *self.jobs())
        wait_until(lambda: not self.jobs(), "jobs of Slurm did not end", 60)

    def shorten(self, job: str) -> None:
        """Lower the time limit of `job` to Slurm's least, a minute from its start."""
        _command("scontrol", "update", f"JobId={job}", "TimeLimit=1")

    def records(self, folder: Path) -> list[dict[str, str]]:
        """Return Slurm's own record of each job that ran in `folder` and ended, in that order."""
        lines = (self.folder / "jobcomp.log").read_text().splitlines()
        rows = [dict(part.split("=", 1) for part in line.split()) for line in lines]
        return [row for row in rows if row["WorkDir"] == str(folder)]

    def _start_daemons(self) -> None:
        munge = self.folder / "munge"
        munge.chmod(0o711)
        (munge / "key").write_bytes(os.urandom(1024))
        (munge / "key").chmod(0o400)
        files = {"socket": "sock", "key-file": "key", "log-file": "log", "seed-file": "seed"}
        options = [f"--{option}={munge / name}" for option, name in files.items()]
        # --force: pytest's folders are nobody's but root's, and others' clients need not get in.
        _command("munged", "--force", f"--pid-file={self.folder}/munged.pid", *options)
        _command("slurmctld")
        _command("slurmd", "-N", HOST)


def _daemons(folder: Path) -> list[int]:
    """Return the processes that live of those whose pid files are in `folder`, the node's first."""
    files = [folder / f"{name}.pid" for name in ("slurmd", "slurmctld", "munged")]
    pids = [int(file.read_text()) for file in files if file.exists()]
    return [pid for pid in pids if _alive(pid)]
