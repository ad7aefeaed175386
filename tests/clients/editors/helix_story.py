"""Helix, in a terminal of its own, with the configuration of `docs/editors.md`: a command of ours does what it says."""

import fcntl
import json
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time

PATIENCE = 40


def configuration():
    """The block of the page, so that what people copy is what is tried."""
    page = os.path.join(os.environ["TGP_DOCS"], "editors.md")
    with open(page, encoding="utf-8") as file:
        return re.search(r"```toml\n# [^\n]*languages\.toml\n(.*?)```", file.read(), re.S).group(1)


def snapshots():
    done = subprocess.run([os.environ["TGP_BIN"], "snapshot", "list", "--json"], capture_output=True, text=True, check=True)
    return [one for one in json.loads(done.stdout)["snapshots"] if one["trigger"] == "manual"]


def main():
    home = os.environ["XDG_CONFIG_HOME"]
    os.makedirs(os.path.join(home, "helix"), exist_ok=True)
    with open(os.path.join(home, "helix", "languages.toml"), "w", encoding="utf-8") as file:
        file.write(configuration())
    os.environ["PATH"] = os.path.dirname(os.environ["TGP_BIN"]) + os.pathsep + os.environ["PATH"]
    os.environ["TERM"] = "xterm-256color"
    program = os.environ["TGP_HELIX"]
    health = subprocess.run([program, "--health", "typescript"], capture_output=True, text=True, check=True)
    assert re.search(r"tgp:? .*" + re.escape(os.environ["TGP_BIN"]), health.stdout), health.stdout
    process, terminal = pty.fork()
    if process == 0:
        os.execv(program, [program, ".tgp/tools/math/twice.ts"])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 140, 0, 0))
    end, shown, asked = time.monotonic() + PATIENCE, b"", 0
    # The server starts beside the editor: the command is given until it has been done.
    while not snapshots():
        assert time.monotonic() < end, shown.decode(errors="replace")[-4000:]
        if time.monotonic() > asked + 2:
            os.write(terminal, b":lsp-workspace-command tgp.snapshots.create\r")
            asked = time.monotonic()
        while select.select([terminal], [], [], 0.1)[0]:
            shown += os.read(terminal, 65536)
    os.write(terminal, b":q!\r")
    while True:
        try:
            if not os.read(terminal, 65536):
                break
        except OSError:
            break
    assert os.waitpid(process, 0)[1] == 0
    print("all as told")


main()
