"""A real Slurm on this machine alone, with two pretend GPUs, for one test.

Debian's packages slurmctld, slurmd, slurm-client and munge, root, and nobody else's Slurm are needed.  ``/etc/slurm``
has to hold the configuration, because the executor takes ``SLURM_CONF`` out of the jobs' environment; what stood there
is put back.
"""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

ETC = Path("/etc/slurm")
PROGRAMS = "slurmctld", "slurmd", "squeue", "sbatch", "scancel", "scontrol", "munged"
_CONFIGURATION = """\
ClusterName=loopback
SlurmctldHost=localhost(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
ReturnToService=2
SchedulerType=sched/backfill
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
JobCompType=jobcomp/filetxt
JobCompLoc={folder}/ended
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
SlurmctldPort=16817
SlurmdPort=16818
KillWait=2
GresTypes=gpu
NodeName=localhost NodeAddr=127.0.0.1 CPUs={cpus} RealMemory=12000 Gres=gpu:2 State=UNKNOWN
PartitionName=debug Nodes=localhost Default=YES MaxTime=INFINITE State=UP
PartitionName=long Nodes=localhost MaxTime=INFINITE State=UP
"""
_PRETEND_GPUS = "Name=gpu File=/dev/zero\nName=gpu File=/dev/full\n"


class Slurm:
    """The running Slurm.

    Args:
        folder (pathlib.Path): for its state and logs; an empty one.
        cpus (int): that it says the machine has.
    """

    def __init__(self, folder, cpus=2):
        self.folder, self._cpus, self._processes, self._stood_there = folder, cpus, [], {}

    def __enter__(self):
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start(self):
        for name in ("state", "spool"):
            (self.folder / name).mkdir()
        os.makedirs("/run/munge", mode=0o755, exist_ok=True)
        shutil.chown("/run/munge", "munge", "munge")
        # Another munged on this machine is as good: then this one ends at once.
        self._begin("runuser", "-u", "munge", "--", shutil.which("munged"), "--foreground")
        ETC.mkdir(exist_ok=True)
        for name, text in (
            ("slurm.conf", _CONFIGURATION.format(folder=self.folder, cpus=self._cpus)),
            ("gres.conf", _PRETEND_GPUS),
        ):
            path = ETC / name
            self._stood_there[path] = path.read_bytes() if path.exists() else None
            path.write_text(text)
        self._wait(lambda: Path("/run/munge/munge.socket.2").exists(), "munged")
        self._begin("slurmctld", "-D", "-i")
        self._wait(lambda: self.ask("scontrol", "ping").returncode == 0, "slurmctld")
        self._begin("slurmd", "-D", "-N", "localhost")
        self._wait(lambda: "idle" in self.ask("sinfo", "--noheader", "--format=%T").stdout, "slurmd")

    def __exit__(self, *_):
        self.ask("scancel", "--me")
        for process in reversed(self._processes):
            try:
                os.killpg(process.pid, signal.SIGTERM)
                process.wait(10)
            except ProcessLookupError:
                pass
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        for path, content in self._stood_there.items():
            if content is None:
                path.unlink(missing_ok=True)
            else:
                path.write_bytes(content)

    def _begin(self, *command):
        self._processes.append(
            subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        )

    def _wait(self, condition, name):
        deadline = time.monotonic() + 30
        while not condition():
            if time.monotonic() > deadline:
                logs = "".join(path.read_text()[-2000:] for path in self.folder.glob("*.log"))
                raise AssertionError(f"{name} did not start: {logs}")
            time.sleep(0.1)

    def ask(self, *command):
        """Run one of Slurm's commands (subprocess.CompletedProcess)."""
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    def running(self):
        """Numbers of the jobs that run, and the title that the executor gave each (dict of str to str)."""
        lines = self.ask("squeue", "--noheader", "--states=RUNNING", "--format=%i %k").stdout.splitlines()
        return dict(line.split(" ", 1) for line in lines)

    def ended(self):
        """Numbers of the jobs that ended, and how (list of (str, str)): ``("7", "TIMEOUT")``."""
        path = self.folder / "ended"
        lines = path.read_text().splitlines() if path.exists() else []
        fields = [dict(part.split("=", 1) for part in line.split() if "=" in part) for line in lines]
        return [(found["JobId"], found["JobState"]) for found in fields]


def why_not():
    """Why no Slurm can be started here (str), or None."""
    missing = [name for name in PROGRAMS if not shutil.which(name)]
    if missing:
        return f"no {', '.join(missing)} here (Debian: apt install slurmctld slurmd slurm-client munge)"
    if os.geteuid() != 0:
        return "only root can start a Slurm"
    if subprocess.run(["squeue", "--noheader"], capture_output=True, check=False).returncode == 0:
        return "a Slurm runs here already"
    return None
