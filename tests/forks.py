"""Programs as forks of one process that has imported what they all import, for seconds are spent on that by each of hundreds.

`install` writes programs "python" and "snakemake" that hand `python -m kmyriad...` and all of Snakemake to the server, this
file, with arguments, folder, environment and streams, and end with its exit code. The server imports nothing of kmyriad, whose
copies are the tests'. tests/stages and tests/slurm run the same commands in processes of their own.
"""

import json
import os
import runpy
import signal
import socket
import sys
import traceback
from importlib import import_module
from pathlib import Path

# Not mujoco, which reads MUJOCO_GL at its import.
PRELOADED = (
    "matplotlib.pyplot",
    "pandas",
    "pydantic",
    "safetensors.torch",
    "scipy.spatial",
    "scipy.stats",
    "smart_open",
    "snakemake.cli",
    "torch",
    "tqdm",
)
CLIENT = """#!{python} -IS
import json, os, socket, sys

words = sys.argv[1:]
if os.path.basename(sys.argv[0]) == "snakemake":
    words = ["-m", "snakemake", *words]
if words[:1] != ["-m"] or words[1] != "snakemake" and not words[1].startswith("kmyriad."):
    os.execv({python!r}, [{python!r}, *words])
with socket.socket(socket.AF_UNIX) as server:
    server.connect({address!r})
    request = json.dumps([words[1:], os.getcwd(), dict(os.environ)]).encode()
    socket.send_fds(server, [len(request).to_bytes(4, "big")], [0, 1, 2])
    server.sendall(request)
    # Nothing: the job was killed.
    sys.exit(int(server.recv(8) or b"1"))
"""


def install(folder: Path) -> Path:
    """Write the programs into `folder` and return the address at which they look for the server."""
    address = folder / "socket"
    for name in ("python", "snakemake"):
        program = folder / name
        program.write_text(CLIENT.format(python=sys.executable, address=str(address)))
        program.chmod(0o755)
    return address


def serve(address: str) -> None:
    """Run jobs until killed; says so on stdout once it can."""
    for name in PRELOADED:
        import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the forks
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen(16)
        print("ready", flush=True)
        while True:
            connection, _ = listener.accept()
            with connection:
                if os.fork() == 0:
                    listener.close()
                    _answer(connection)


def _answer(connection: socket.socket) -> None:
    """Do the job that `connection` asks for and end this process."""
    code = 1
    try:
        length, streams, _, _ = socket.recv_fds(connection, 4, 3)
        with connection.makefile("rb") as file:
            arguments, folder, environment = json.loads(file.read(int.from_bytes(length, "big")))
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        code = _run(arguments, folder, environment)
        connection.sendall(str(code).encode())
    finally:
        os._exit(code)


def _run(arguments: list[str], folder: str, environment: dict[str, str]) -> int:
    """Return the exit code of `python -m` with these arguments."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = arguments
    sys.path[:0] = [folder, *filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))]
    try:
        runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
        code: object = 0
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
        code = 1
    if not isinstance(code, int | None):
        print(code, file=sys.stderr)
    sys.stdout.flush()
    sys.stderr.flush()
    return code or 0 if isinstance(code, int | None) else 1


if __name__ == "__main__":
    serve(sys.argv[1])
