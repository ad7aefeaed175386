"""A person and an agent meet in Neovim: by keys and commands, what stands on the screen, what plain git sees after."""

import os
import re
import sys

from neovim import Neovim
from stage import Agent, branches, git

PLUGIN = os.environ["TGP_PLUGIN"]


def start():
    program, folder = os.environ["TGP_NVIM"], os.getcwd()
    setup = f"lua require('tgp').setup{{ cmd = {{ '{os.environ['TGP_BIN']}', 'lsp' }} }}"
    arguments = [
        "--clean", "-n", "-i", "NONE",
        "--cmd", f"set rtp^={PLUGIN} shortmess+=I hidden laststatus=2",
        "--cmd", f"runtime plugin/tgp.lua | {setup}",
        "--cmd", "set statusline=%f%=%{v:lua.require'tgp'.statusline()}",
        "src/shop.ts",
    ]
    return Neovim(program, arguments, folder, dict(os.environ, NVIM_LOG_FILE=os.devnull))


def the_agent_works(agent, nvim):
    """Two branches, seen in the statusline without anybody asking."""
    first = agent.does("start_task", description="Add a login")["branch"]
    agent.does("write_file", path="src/login.ts", content="export const login = 1;\nexport const tries = 3;\n")
    agent.does("patch_file", path="src/shop.ts", search="// A shop.", replace="// A shop with a login.")
    agent.does("finish_task", summary="Added a login")
    second = agent.does("start_task", description="Try another colour")["branch"]
    agent.does("write_file", path="src/colour.ts", content="export const colour = 'red';\n")
    agent.does("finish_task", summary="Another colour")
    nvim.see("tgp 2 branches")
    assert sorted(branches()) == sorted([first, second])
    return first, second


def the_timeline_shows_it(nvim):
    nvim.command("Tgp timeline")
    shown = nvim.see("TODAY", "coder", "src/login.ts", "src/colour.ts")
    # The newest on top.
    assert shown.index("src/colour.ts") < shown.index("src/login.ts"), shown
    nvim.type("?")
    nvim.see("keys of timeline", "undo it; what would happen is shown first")
    nvim.type("q")
    nvim.see_gone("keys of timeline")


def one_action_is_undone(nvim, first):
    before = git("rev-parse", first)
    nvim.go_to("src/shop.ts")
    nvim.type("u")
    nvim.see("Undo?", "takes back", "-// A shop with a login.", "+// A shop.", "y  undo")
    assert git("rev-parse", first) == before, "a preview changes nothing"
    nvim.type("n")
    nvim.see_gone("Undo?")
    assert git("rev-parse", first) == before, "a no changes nothing"
    nvim.type("u")
    nvim.see("Undo?")
    nvim.type("y")
    nvim.see("took back 1 action", "[undone]")
    assert git("show", f"{first}:src/shop.ts") == "// A shop."
    assert git("show", f"{first}:src/login.ts").startswith("export const login"), "the other action stays"
    nvim.type("q")


def an_approval_steals_no_key(agent, nvim):
    """The question comes while the person types: in a buffer, and in the command line."""
    nvim.command("enew")
    nvim.type("ithe quick brown ")
    nvim.until("mode()", "i")
    refused = agent.is_refused("write_file", path="src/deploy/prod.yaml", content="replicas: 3\n")
    assert refused["code"] == "policy.requires_approval", refused
    nvim.see("coder asks for fs.write", ":Tgp approve   :Tgp deny")
    nvim.type("fox<Esc>")
    nvim.until("getline(1)", "the quick brown fox")
    nvim.type(":echo 'half")
    second = agent.is_refused("write_file", path="src/deploy/stage.yaml", content="replicas: 1\n")
    assert second["code"] == "policy.requires_approval", second
    nvim.type(" and half'<CR>")
    nvim.see("half and half")
    nvim.see("and 1 more question", "tgp 2 questions")
    nvim.command("bwipeout!")


def the_person_answers(agent, nvim):
    nvim.command("Tgp timeline")
    nvim.see("PENDING APPROVAL", "[a approve  d deny]")
    nvim.type("gg")
    nvim.type("j")
    nvim.type("a")
    nvim.see("coder asks for fs.write", "src/deploy/prod.yaml", "+replicas: 3", "y  approve")
    assert git("status", "--porcelain", "deploy") == ""
    nvim.type("y")
    nvim.see("approved coder: fs.write", "tgp 1 question")
    nvim.type("q")
    nvim.see_gone("PENDING APPROVAL")
    nvim.command("Tgp approvals")
    nvim.go_to("src/deploy/stage.yaml")
    nvim.type("d")
    nvim.see("Why not")
    nvim.type("Not on a Saturday<CR>")
    nvim.see("denied coder: fs.write", "no agent asks anything")
    nvim.type("q")
    allowed = agent.does("write_file", path="src/deploy/prod.yaml", content="replicas: 3\n")
    assert git("show", f"{allowed['branch']}:src/deploy/prod.yaml") == "replicas: 3"
    denied = agent.is_refused("write_file", path="src/deploy/stage.yaml", content="replicas: 1\n")
    assert "Not on a Saturday" in str(denied), denied
    agent.does("finish_task", summary="Deployed")
    return allowed["branch"]


def the_diff_is_reviewed(nvim, first):
    nvim.command(f"Tgp diff {first}")
    shown = nvim.see("src/login.ts", "added +2 -0", "export const login = 1;")
    assert "tgp: " + first in nvim.call("nvim_eval", "getqflist({'title': 1}).title"), shown
    nvim.until("&diff", 1)
    nvim.until("len(filter(range(1, winnr('$')), 'getwinvar(v:val, \"&diff\")'))", 2)
    # Nobody edits what is reviewed.
    nvim.until("&modifiable", 0)
    nvim.type("q")
    nvim.see_gone("added +2 -0")


def hunks_lead_across_files(nvim, branch):
    nvim.command(f"Tgp diff {branch}")
    nvim.see("src/deploy/prod.yaml")
    nvim.type("g?")
    nvim.see("merge this branch", "discard this branch", "next hunk of all files")
    nvim.type("q")
    nvim.type("q")


def one_is_merged(nvim, first):
    before = git("rev-parse", "main")
    nvim.command("Tgp diff " + first)
    nvim.see("src/login.ts", "export const login")
    nvim.type("gm")
    nvim.see(f"Merge {first} into main?", "added    src/login.ts  +2 -0", "y  merge")
    assert git("rev-parse", "main") == before, "a preview changes nothing"
    nvim.type("y")
    nvim.see(f"merged {first} into main")
    assert git("show", "main:src/login.ts").startswith("export const login = 1;")
    assert git("merge-base", "--is-ancestor", before, "main") == ""
    with open("src/login.ts", encoding="utf-8") as file:
        assert file.read().startswith("export const login = 1;"), "the checkout follows"
    assert git("status", "--porcelain") == "" and first not in branches()


def one_is_discarded(nvim, second):
    before = git("rev-parse", "main")
    nvim.command("Tgp branches")
    nvim.see("Agents’ branches", second)
    lines = nvim.screen.shown.split("\n")
    number = next(re.match(r"\s*(\d+)", line).group(1) for line in lines if re.match(r"\s*\d+.*" + re.escape(second), line))
    nvim.type(number + "<CR>")
    nvim.see("Send back with a note")
    lines = nvim.screen.shown.split("\n")
    number = next(re.match(r"\s*(\d+)", line).group(1) for line in lines if re.match(r"\s*\d+\W+Discard", line))
    nvim.type(number + "<CR>")
    nvim.see(f"Discard {second}?", "added    src/colour.ts")
    nvim.type("y")
    nvim.see(f"discarded {second}")
    assert second not in branches() and git("rev-parse", "main") == before
    assert git("cat-file", "-e", "main:src/colour.ts", fails=True) is None


def everything_is_taken_back(nvim, second):
    nvim.command(f"Tgp restore {second}")
    nvim.see(f"restored {second}")
    assert second in branches()
    nvim.command(f"Tgp! discard {second}")
    nvim.see(f"discarded {second}")
    assert second not in branches()


def a_bang_merges_without_a_question(nvim, second):
    nvim.command(f"Tgp restore {second}")
    nvim.see(f"restored {second}")
    nvim.command(f"Tgp! merge {second}")
    nvim.see(f"merged {second} into main")
    assert git("cat-file", "-e", "main:src/colour.ts") == "" and second not in branches()


def main():
    nvim, agent = start(), None
    try:
        nvim.see("// A shop.", "tgp")
        agent = Agent(os.getcwd())
        first, second = the_agent_works(agent, nvim)
        the_timeline_shows_it(nvim)
        one_action_is_undone(nvim, first)
        an_approval_steals_no_key(agent, nvim)
        third = the_person_answers(agent, nvim)
        the_diff_is_reviewed(nvim, first)
        hunks_lead_across_files(nvim, third)
        one_is_merged(nvim, first)
        one_is_discarded(nvim, second)
        everything_is_taken_back(nvim, second)
        a_bang_merges_without_a_question(nvim, second)
        agent.close()
        nvim.close()
    except BaseException:
        print(nvim.screen.shown, file=sys.stderr)
        nvim.process.kill()
        if agent:
            agent.process.kill()
        raise
    print("all as told")


main()
