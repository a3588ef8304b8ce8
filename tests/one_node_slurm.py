"""A real Slurm of one node in a folder: munged, slurmctld and slurmd, started by hand and stopped again."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

# Debian puts the daemons where only root looks.
_PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
_COMMANDS = ("sbatch", "squeue", "srun", "scancel", "scontrol", "sinfo")
_NEEDED = ("munged", "slurmctld", "slurmd", *_COMMANDS)
_EXECUTOR = "snakemake_executor_plugin_slurm"
_PATIENCE = 30.0
_CONFIGURATION = """
ClusterName=one
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
SlurmdPort={node}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CryptoType=crypto/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SchedulerParameters=sched_interval=1,bf_interval=1
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
SlurmdTimeout=5
KillWait=1
MinJobAge=300
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory={memory} State=UNKNOWN
PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


def missing() -> list[str]:
    """Return the programs of Slurm that this machine lacks, and Snakemake's executor for it."""
    programs = [name for name in _NEEDED if shutil.which(name, path=_PATH) is None]
    return programs if find_spec(_EXECUTOR) else [*programs, f"{_EXECUTOR} (make cluster)"]


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def _wait(until: Callable[[], bool], what: str) -> None:
    """Wait until ``until()``; RuntimeError says what did not come."""
    end = time.monotonic() + _PATIENCE
    while not until():
        if time.monotonic() > end:
            raise RuntimeError(f"one-node Slurm: {what}")
        time.sleep(0.1)


class OneNodeSlurm:
    """A Slurm of one node that lives in ``folder``; use it in ``with``."""

    def __init__(self, folder: Path, cpus: int = 2, memory_mb: int = 4000) -> None:
        self.folder = folder
        self.host = socket.gethostname().split(".")[0]
        self.environment: Mapping[str, str] = {
            **os.environ,
            "PATH": f"{folder / 'bin'}{os.pathsep}{_PATH}",
            "SLURM_CONF": str(folder / "slurm.conf"),
        }
        self._daemons: dict[str, subprocess.Popen[bytes]] = {}
        for name in ("state", "spool", "bin"):
            (folder / name).mkdir(parents=True)
        # Snakemake's plugin hides the variables of Slurm from what its jobs start; on a cluster the
        # configuration lies in /etc, here each command is told where it is.
        for name in _COMMANDS:
            command = folder / "bin" / name
            real = shutil.which(name, path=_PATH)
            command.write_text(f'#!/bin/sh\nSLURM_CONF={folder}/slurm.conf exec {real} "$@"\n')
            command.chmod(0o755)
        key = folder / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o600)
        # Munge refuses a key or a log in a folder that others may write to.
        folder.chmod(0o755)
        (folder / "slurm.conf").write_text(
            _CONFIGURATION.format(
                folder=folder,
                host=self.host,
                user=os.environ.get("USER") or "root",
                controller=_free_port(),
                node=_free_port(),
                cpus=cpus,
                memory=memory_mb,
            ),
            encoding="utf-8",
        )

    def __enter__(self) -> OneNodeSlurm:
        try:
            self._start(
                "munged",
                "--foreground",
                "--force",
                f"--socket={self.folder}/munge.socket",
                f"--key-file={self.folder}/munge.key",
                f"--pid-file={self.folder}/munged.pid",
                f"--seed-file={self.folder}/munged.seed",
                "--num-threads=2",
            )
            _wait((self.folder / "munge.socket").exists, "munged opened no socket")
            self._start("slurmctld", "-D", "-c")
            _wait(lambda: self.asks("scontrol", "ping").returncode == 0, "no slurmctld answers")
            self.start_node()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if "slurmctld" in self._daemons:
            self.asks("scancel", "--full", "--me")
        for name in ("slurmd", "slurmctld", "munged"):
            self._stop(name, signal.SIGTERM)

    def _start(self, name: str, *arguments: str) -> None:
        with (self.folder / f"{name}.out").open("ab") as out:
            self._daemons[name] = subprocess.Popen(
                [shutil.which(name, path=_PATH) or name, *arguments],
                env=self.environment,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    def _stop(self, name: str, by: signal.Signals) -> None:
        daemon = self._daemons.pop(name, None)
        if daemon is None:
            return
        daemon.send_signal(by)
        try:
            daemon.wait(timeout=10)
        except subprocess.TimeoutExpired:
            daemon.kill()
            daemon.wait()

    def asks(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command of Slurm's and return what it answered."""
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=60, check=False
        )

    def start_node(self) -> None:
        """Start slurmd and wait until the node answers."""
        self._start("slurmd", "-D", "-c", "-N", self.host)

        def up() -> bool:
            # A star behind it says that the node does not answer.
            state = self.asks("sinfo", "--noheader", "--format=%T").stdout.strip()
            return state in ("idle", "mixed", "allocated", "completing")

        _wait(up, "the node does not answer; see slurmd.log")

    def kill_node(self) -> list[int]:
        """Let the node die as by a power cut: slurmd and all that its jobs started, at once.

        Returns the processes that were killed.
        """
        ours = str(self.folder / "bin").encode()
        killed = []
        spared = {os.getpid(), *(d.pid for n, d in self._daemons.items() if n != "slurmd")}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) in spared:
                continue
            try:
                of_job = (entry / "environ").read_bytes().split(b"\0")
                name = (entry / "comm").read_text().strip()
            except OSError:
                continue  # it is gone, or not ours
            inside = any(v.startswith(b"PATH=" + ours) for v in of_job)
            job = any(variable.startswith(b"SLURM_JOB_ID=") for variable in of_job)
            if inside and (job or name.startswith(("slurmd", "slurmstepd"))):
                os.kill(int(entry.name), signal.SIGKILL)
                killed.append(int(entry.name))
        self._stop("slurmd", signal.SIGKILL)
        return killed

    def jobs(self, states: Sequence[str] = ("RUNNING",)) -> list[str]:
        """Return the ids of the jobs in ``states``."""
        asked = self.asks("squeue", "--noheader", "--format=%i", f"--states={','.join(states)}")
        return asked.stdout.split()
