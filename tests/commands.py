"""The command line in processes of its own, which are forked from one that has imported Ossicle.

Importing it is most of the time of a short command.

``python commands.py MODULE ...`` imports modules, reads a command a line from standard input, as JSON, and
answers with its exit status.
"""

import contextlib
import gc
import io
import json
import os
import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path

STREAMS = ("stdin", "stdout", "stderr")


class Commands:
    """A process that forks, and has imported ``modules`` as well; used as a context."""

    def __init__(self, *modules):
        self.modules = modules

    def __enter__(self):
        self.server = subprocess.Popen(
            [sys.executable, __file__, *self.modules],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *exception):
        self.server.stdin.close()
        self.server.wait()
        self.server.stdout.close()

    def run(self, arguments, folder, text=True, input=None):
        """Run ``ossicle`` in a folder, with what a finished process has: its status and what it wrote."""
        with tempfile.TemporaryDirectory() as scratch:
            paths = {stream: Path(scratch) / stream for stream in STREAMS}
            given = input or ""
            paths["stdin"].write_bytes(given if isinstance(given, bytes) else given.encode())
            command = {
                "arguments": arguments,
                "folder": str(folder),
                "environment": dict(os.environ),
                **{stream: str(path) for stream, path in paths.items()},
            }
            self.server.stdin.write(json.dumps(command) + "\n")
            self.server.stdin.flush()
            status = int(self.server.stdout.readline())
            written = [paths[stream].read_bytes() for stream in STREAMS[1:]]
        found = [part.decode() for part in written] if text else written
        return subprocess.CompletedProcess(arguments, status, *found)


def _serve():
    from ossicle.cli import commands, main

    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
        commands()(["--help"])  # imports what writes messages
    for module in sys.argv[1:]:
        import_module(module)
    gc.freeze()  # a child that ends would visit, and so copy, all that there is
    for line in sys.stdin:
        child = os.fork()
        if not child:
            _become(json.loads(line))
            main()
            sys.exit()
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        print(status, flush=True)


def _become(command):
    """The streams, folder, environment and arguments of a command."""
    for number, stream in enumerate(STREAMS):
        flags = os.O_RDONLY if stream == "stdin" else os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        opened = os.open(command[stream], flags, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w", buffering=1)  # noqa: SIM115
    os.chdir(command["folder"])
    os.environ.clear()
    os.environ.update(command["environment"])
    sys.argv = ["ossicle", *command["arguments"]]


if __name__ == "__main__":
    _serve()
