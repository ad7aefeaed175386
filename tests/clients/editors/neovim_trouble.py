"""What goes wrong in Neovim is told in one sentence, and nothing freezes or is lost."""

import datetime
import os
import re
import signal
import sqlite3
import sys

from neovim import Neovim
from stage import Agent, branches, git

PLUGIN = os.environ["TGP_PLUGIN"]
BINARY = os.environ["TGP_BIN"]


def start(program=BINARY, folder=None, first="lsp"):
    setup = f"lua require('tgp').setup{{ cmd = {{ '{program}', '{first}' }} }}"
    arguments = [
        "--clean", "-n", "-i", "NONE",
        "--cmd", f"set rtp^={PLUGIN} shortmess+=I hidden laststatus=2",
        "--cmd", f"runtime plugin/tgp.lua | {setup}",
        "--cmd", "set statusline=%f%=[%{v:lua.require'tgp'.statusline()}]",
    ]
    return Neovim(os.environ["TGP_NVIM"], arguments, folder or os.getcwd(), dict(os.environ, NVIM_LOG_FILE=os.devnull))


def server_of(nvim):
    """The process of the server, a child of Neovim."""
    def children(process):
        with open(f"/proc/{process}/task/{process}/children", encoding="utf-8") as file:
            return [int(word) for word in file.read().split()]
    found = []
    for child in children(nvim.process.pid):
        for process in [child, *children(child)]:
            with open(f"/proc/{process}/cmdline", "rb") as file:
                if b"\0lsp\0" in file.read():
                    found.append(process)
    return found


def a_program_that_is_not_there():
    nvim = start(program="/nowhere/tgp")
    nvim.see("the program `/nowhere/tgp` was not found. Install tgp, or name it")
    nvim.command("Tgp timeline")
    nvim.see("was not found")
    nvim.type("ia line<Esc>")
    nvim.until("getline(1)", "a line")
    nvim.command("Tgp messages")
    nvim.see("messages of tgp", "require('tgp').setup{ cmd = {")
    nvim.close()


def a_program_without_a_server():
    """An older tgp has no `lsp`: another program that ends at once stands for it, started for real."""
    nvim = start(program="git", first="no-such-command")
    nvim.see("ended at once", "Is it an older tgp?")
    nvim.see("[tgp down]")
    nvim.close()


def a_folder_without_tgp():
    folder = os.path.join(os.path.dirname(os.getcwd()), "elsewhere")
    os.makedirs(folder, exist_ok=True)
    nvim = start(folder=folder)
    nvim.see("[]")
    nvim.command("Tgp branches")
    nvim.see("no project here", "Run `tgp init` there")
    assert server_of(nvim) == []
    nvim.command("checkhealth tgp")
    nvim.see("WARNING no project here: no folder upwards has")
    nvim.close()


def a_word_that_is_no_command(nvim):
    nvim.command("Tgp mrege")
    nvim.see("`mrege` is no command; there are approvals, approve, branches")
    nvim.command("Tgp timeline colour=red")
    nvim.see("`colour=red` is no filter; there are agent, branch")
    nvim.type(":Tgp tim<Tab>")
    nvim.see(":Tgp timeline")
    nvim.type("<C-U>Tgp merge <Tab>")
    nvim.see(":Tgp merge agent/coder/")
    nvim.type("<Esc>")


def health_is_told(nvim):
    nvim.command("checkhealth tgp")
    nvim.see("the server answers: version", "the project is " + os.path.realpath(os.getcwd()))
    nvim.command("bwipeout!")
    nvim.command("execute 'helptags' fnameescape(g:tgp_doc)")
    nvim.command("help tgp-commands")
    nvim.see(":Tgp timeline")
    nvim.command("helpclose")


def a_branch_goes_while_its_difference_is_open(agent, nvim):
    branch = agent.does("start_task", description="Gone soon")["branch"]
    agent.does("write_file", path="src/gone.ts", content="export const gone = true;\n")
    agent.does("finish_task", summary="Gone")
    nvim.command(f"Tgp diff {branch}")
    nvim.see("export const gone = true;")
    git("update-ref", "-d", f"refs/heads/{branch}")
    nvim.type("gm")
    nvim.see("branch.missing")
    nvim.see("export const gone = true;")
    nvim.type("q")


def a_branch_moves_after_it_was_seen(agent, nvim):
    branch = agent.does("start_task", description="Moves on")["branch"]
    agent.does("write_file", path="src/moves.ts", content="export const one = 1;\n")
    nvim.command(f"Tgp diff {branch}")
    nvim.see("export const one = 1;")
    agent.does("write_file", path="src/moves.ts", content="export const two = 2;\n")
    agent.does("finish_task", summary="Moved")
    before = git("rev-parse", "main")
    nvim.type("gm")
    nvim.see("the branch moved since you opened its review; r looks anew")
    # Nor without a question, and nor from another tab page.
    for elsewhere in ("", "tabnew | "):
        nvim.command("messages clear | redraw!")
        nvim.see_gone("the branch moved")
        nvim.command(f"{elsewhere}Tgp! merge {branch}")
        nvim.see("the branch moved since you opened its review; r looks anew")
    assert git("rev-parse", "main") == before and branch in branches()
    nvim.command("tabclose")
    nvim.type("r")
    nvim.see("export const two = 2;")
    nvim.type("q")
    return branch


def a_conflict_is_shown_with_both_sides(agent, nvim):
    branch = agent.does("start_task", description="Conflict")["branch"]
    agent.does("write_file", path="src/shop.ts", content="// A shop of the agent.\n")
    agent.does("finish_task", summary="Renamed the shop")
    with open("src/shop.ts", "w", encoding="utf-8") as file:
        file.write("// A shop of mine.\n")
    git("commit", "--quiet", "--all", "-m", "Mine")
    before = git("rev-parse", "main")
    nvim.command(f"Tgp merge {branch}")
    nvim.see("branch.conflict", "// A shop of mine.", "// A shop of the agent.")
    nvim.until("len(filter(range(1, winnr('$')), 'getwinvar(v:val, \"&diff\")'))", 2)
    assert git("rev-parse", "main") == before and branch in branches()
    nvim.type("q")


def a_locked_state_freezes_nothing(nvim):
    """Another process writes for long: keys go on, and the answer comes when the lock is gone."""
    state = sqlite3.connect(".tgp/state/tgp.db", isolation_level=None)
    state.execute("BEGIN IMMEDIATE")
    nvim.command("Tgp snapshot before the upgrade")
    nvim.command("enew")
    nvim.type("istill typing<Esc>")
    nvim.until("getline(1)", "still typing")
    state.execute("ROLLBACK")
    state.close()
    nvim.see("took snapshot")
    nvim.command("bwipeout!")


def number_at(milliseconds, place):
    """The number of an action at a time: ten letters of time, sixteen of which one."""
    letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    time = "".join(letters[milliseconds >> shift & 31] for shift in range(45, -1, -5))
    return time + "".join(letters[place >> shift & 31] for shift in range(75, -1, -5))


def ten_thousand_rows_come_in_pages(nvim):
    """They are days old, ten of them in each millisecond, so that pages end in the middle of one."""
    state = sqlite3.connect(".tgp/state/tgp.db", isolation_level=None)
    state.row_factory = sqlite3.Row
    pattern = dict(state.execute("SELECT * FROM agent_actions WHERE status = 'executed' ORDER BY id LIMIT 1").fetchone())
    begun = pattern["clock_ms"] - 3 * 86_400_000
    state.execute("BEGIN IMMEDIATE")
    for place in range(10_000):
        at = begun + place // 10
        seconds = datetime.datetime.fromtimestamp(at / 1000, datetime.timezone.utc)
        row = dict(
            pattern, id=number_at(at, place), description=f"Row number {place}.", branch_id=None,
            created_at=seconds.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        )
        names = ", ".join(row)
        state.execute(f"INSERT INTO agent_actions ({names}) VALUES ({', '.join('?' * len(row))})", list(row.values()))
    state.execute("COMMIT")
    state.close()
    nvim.command("Tgp timeline")
    nvim.see("Row number 9999.")
    lines = nvim.call("nvim_buf_line_count", 0)
    assert lines < 250, f"{lines} lines are more than a page"
    for _ in range(4):
        nvim.type("G")
        nvim.until(f"line('$') > {lines} ? 1 : 0", 1)
        lines = nvim.call("nvim_buf_line_count", 0)
    assert lines < 1000, f"{lines} lines are more than were asked for"
    numbers = [int(one) for one in re.findall(r"Row number (\d+)\.", "\n".join(nvim.call("nvim_buf_get_lines", 0, 0, -1, False)))]
    assert numbers == list(range(9999, 9999 - len(numbers), -1)), "none is missing and none is there twice"
    nvim.type("q")


def two_windows_show_one_project(nvim):
    other = start()
    other.see("[tgp")
    nvim.command("Tgp timeline")
    other.command("Tgp timeline")
    other.see("TODAY")
    nvim.see("TODAY")
    nvim.command("Tgp snapshot seen from both sides")
    other.see("seen from both sides")
    nvim.see("seen from both sides")
    nvim.type("q")
    other.close()


def a_server_that_dies_comes_back_three_times(nvim):
    for count in (1, 2, 3):
        os.kill(server_of(nvim)[0], signal.SIGKILL)
        nvim.see(f"starting it again, {count} of 3")
        nvim.see("[tgp", "branch")
        nvim.see_gone("[tgp …]")
    os.kill(server_of(nvim)[0], signal.SIGKILL)
    nvim.see("so it stays down. :Tgp restart tries again", "[tgp down]")
    nvim.command("Tgp timeline")
    nvim.see("the server of this project ended")
    nvim.command("Tgp restart")
    nvim.see_gone("[tgp down]", "[tgp …]")
    nvim.command("Tgp timeline")
    nvim.see("TODAY")


def main():
    a_program_that_is_not_there()
    a_program_without_a_server()
    a_folder_without_tgp()
    nvim, agent = start(), Agent(os.getcwd())
    try:
        nvim.see("[tgp]")
        agent.does("start_task", description="First")
        agent.does("write_file", path="src/first.ts", content="export const first = 1;\n")
        agent.does("finish_task", summary="First")
        nvim.see("[tgp 1 branch]")
        a_word_that_is_no_command(nvim)
        nvim.command(f"let g:tgp_doc = '{PLUGIN}/doc'")
        health_is_told(nvim)
        a_branch_goes_while_its_difference_is_open(agent, nvim)
        a_branch_moves_after_it_was_seen(agent, nvim)
        a_conflict_is_shown_with_both_sides(agent, nvim)
        a_locked_state_freezes_nothing(nvim)
        two_windows_show_one_project(nvim)
        ten_thousand_rows_come_in_pages(nvim)
        a_server_that_dies_comes_back_three_times(nvim)
        agent.close()
        nvim.close()
    except BaseException:
        print(nvim.screen.shown, file=sys.stderr)
        nvim.process.kill()
        agent.process.kill()
        raise
    print("all as told")


main()
