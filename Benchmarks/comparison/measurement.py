"""Runs the programs that measure, in turn, and hands their lines to the results."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from .results import OURS

FOLDER = pathlib.Path(__file__).resolve().parent.parent
# Times drift on a shared machine: what is compared is measured within a minute or so.
GROUP = 8
THREADS = (1, 2)
THREAD_ROWS = [
    "add_16M", "chain_16M", "exp_128K", "gelu_16M", "matmul_1024", "softmax_4096x1024", "sum_4M", "sort_4M",
    "conv3x3_32x64x56", "mlp_train_step_b64", "transformer_layer_train_8x128x256",
]
GROWING_ROWS = ["add", "exp", "chain", "gelu", "sum", "cumsum", "softmax", "layernorm", "transpose_copy", "matmul"]
MEMORY_ROWS = [
    "process_start", "mlp_train_step_b64", "cnn_train_step_b64", "transformer_layer_train_8x128x256",
    "resnet18_train_b8_112",
]


def complain(message):
    print(f"compare.py: {message}", file=sys.stderr, flush=True)


def clean_environment():
    """OpenBLAS reads these when it is loaded; a pinned kernel would halve a matrix product."""
    return {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_")}


def peak():
    """What the machine does at most with the threads that a program may use: operations and bytes a second."""
    compiler = shutil.which("cc") or shutil.which("clang") or shutil.which("gcc")
    if not compiler:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        program = os.path.join(folder, "peak")
        command = [compiler, "-O3", "-march=native", "-pthread", "-o", program, FOLDER / "peak.c"]
        subprocess.run(command, check=True)
        threads = str(min(len(os.sched_getaffinity(0)), 64))
        return json.loads(subprocess.run([program, threads], check=True, stdout=subprocess.PIPE, text=True).stdout)


class Measurement:
    def __init__(self, results, program, peers, only):
        self.results, self.program = results, program
        self.peers = peers.split(",") if peers else []
        self.environment = clean_environment()
        self.help = self.output([program, "--help"])
        names = self.output([program, "--list"]).split()
        # Without a device of its own memory, those rows have no peer here.
        self.rows = [name for name in names if not name.startswith("gpu_")]
        if only:
            asked = only.split(",")
            self.rows = [name for name in self.rows if name in asked]
            for name in sorted(set(asked) - set(self.rows)):
                complain(f"no row of {program} is named '{name}'")
        script = [sys.executable, str(FOLDER / "peers.py")]
        # What each peer has: nothing, where it is not installed.
        self.known = {peer: set(self.output([*script, peer, "--list"]).split()) for peer in self.peers}
        self.commands = {OURS: [program]} | {peer: [*script, peer] for peer in self.peers if self.known[peer]}

    def output(self, command):
        try:
            return subprocess.run(command, env=self.environment, check=True, stdout=subprocess.PIPE, text=True).stdout
        except (OSError, subprocess.CalledProcessError) as error:
            sys.exit(f"compare.py: {error}")

    def run(self, who, arguments, threads=None):
        """One program's lines. A row that it found wrong is noted as a failure, and the others count."""
        processors = sorted(os.sched_getaffinity(0))[:threads]
        if threads and who != OURS:
            arguments = [*arguments, "--threads", str(threads)]
        result = subprocess.run(
            self.commands[who] + arguments, env=self.environment, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, preexec_fn=lambda: os.sched_setaffinity(0, processors))
        sys.stderr.write(result.stderr)
        for line in result.stdout.splitlines():
            row = json.loads(line)
            self.results.take(row | {"threads": threads} if threads else row)
        if result.returncode == 0:
            return
        # Without what follows: messages may name files of this machine.
        told = [line.split(": ") for line in result.stderr.splitlines() if line.startswith(("benchmarks: ", "peers.py: "))]
        failures = {": ".join([who, *(part for part in line[1:4] if part != who)][:3]) for line in told if len(line) > 2}
        for failure in failures or {f"{who}: ended with status {result.returncode}"}:
            self.results.take({"failure": failure})

    def everyone(self, rows, arguments=(), threads=None):
        """All in turn over some rows."""
        for who in self.commands:
            have = [name for name in rows if who == OURS or name in self.known[who]]
            if have:
                self.run(who, [*arguments, "--only", ",".join(have)], threads)

    def can(self, option):
        """Whether our program has an option; peers alone would be compared with nothing."""
        if option in self.help:
            return True
        complain(f"{self.program} has no {option}: what it would show is left out")
        return False

    def main(self, rounds):
        for _ in range(rounds):
            self.take_peak()
            for first in range(0, len(self.rows), GROUP):
                self.everyone(self.rows[first : first + GROUP])
        self.take_peak()

    def take_peak(self):
        if greatest := peak():
            self.results.take({"peak": greatest})

    def threads(self):
        rows = [name for name in THREAD_ROWS if name in self.rows]
        for name in rows:
            for threads in THREADS:
                if threads <= len(os.sched_getaffinity(0)):
                    self.everyone([name], threads=threads)

    def sizes(self):
        if self.can("--sizes"):
            # Not torch.compile: it would compile for a size, and then for any size, which is another program.
            for name in GROWING_ROWS:
                for who in self.commands:
                    if who != "torchcompile":
                        self.run(who, ["--sizes", "--only", name])

    def memory(self):
        rows = [name for name in MEMORY_ROWS if name in self.rows]
        if rows and self.can("--memory"):
            self.everyone(rows, ["--memory"])

    def facts(self):
        if found := [peer for peer in self.commands if peer != OURS]:
            command = [sys.executable, str(FOLDER / "peers.py"), ",".join(found), "--versions"]
            self.results.take(json.loads(self.output(command)))
