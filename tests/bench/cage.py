"""A memory-limited cgroup of either version, where this machine lets us make one."""

import os

ROOT = "/sys/fs/cgroup"


class Cage:
    """Everything that joins has `limit` bytes together, page cache and all, and no swap. `made` is false where none can be had."""

    def __init__(self, limit):
        self.v2 = os.path.exists(f"{ROOT}/cgroup.controllers")
        self.path = f"{ROOT}/ringlet-{os.getpid()}" if self.v2 else f"{ROOT}/memory/ringlet-{os.getpid()}"
        self.made = False
        try:
            if self.v2:
                self.write("cgroup.subtree_control", "+memory", ROOT)
            os.mkdir(self.path)
            self.write("memory.max" if self.v2 else "memory.limit_in_bytes", str(limit))
            self.made = True
            self.write("memory.swap.max" if self.v2 else "memory.swappiness", "0")
        except OSError as error:
            self.why = str(error)

    def write(self, name, text, path=None):
        with open(f"{path or self.path}/{name}", "w") as file:
            file.write(text)

    def join(self):
        """By the process that is to be held, before it becomes the node."""
        if self.made:
            self.write("cgroup.procs", str(os.getpid()))

    def kills(self):
        with open(f"{self.path}/" + ("memory.events" if self.v2 else "memory.oom_control")) as file:
            return int(dict(line.split() for line in file).get("oom_kill", 0))

    def remove(self):
        try:
            os.rmdir(self.path)
        except OSError:
            pass
