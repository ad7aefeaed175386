"""Snapshots, tools, scopes and the finer points of review in Neovim, by keys and commands."""

import os
import re
import sys

from neovim import Neovim
from stage import Agent, git

PLUGIN = os.environ["TGP_PLUGIN"]


def start():
    setup = f"lua require('tgp').setup{{ cmd = {{ '{os.environ['TGP_BIN']}', 'lsp' }} }}"
    arguments = [
        "--clean", "-n", "-i", "NONE",
        "--cmd", f"set rtp^={PLUGIN} shortmess+=I hidden laststatus=2",
        "--cmd", f"runtime plugin/tgp.lua | {setup}",
        "--cmd", "set statusline=%f%=[%{v:lua.require'tgp'.statusline()}]",
        "src/shop.ts",
    ]
    return Neovim(os.environ["TGP_NVIM"], arguments, os.getcwd(), dict(os.environ, NVIM_LOG_FILE=os.devnull), columns=230)


def choose(nvim, text):
    """Answers Neovim's own list of choices with the number beside a text."""
    nvim.see("Type number", text)
    pattern = r"\s*(\d+)\W.*" + re.escape(text)
    number = next(found.group(1) for line in nvim.screen.shown.split("\n") if (found := re.match(pattern, line)))
    nvim.type(number + "<CR>")


def a_review_goes_across_files(agent, nvim):
    agent.does("start_task", description="Three files")
    agent.does("patch_file", path="src/long.ts", search="line 3\n", replace="line three\n")
    agent.does("patch_file", path="src/long.ts", search="line 38\n", replace="line thirty-eight\n")
    agent.does("write_file", path="src/new.ts", content="export const fresh = 1;\n")
    agent.does("delete_file", path="src/old.ts")
    branch = agent.does("finish_task", summary="Three files")["branch"]
    nvim.command(f"Tgp diff {branch}")
    nvim.see("src/long.ts", "changed +2 -2", "src/new.ts", "added +1 -0", "src/old.ts", "deleted +0 -1")
    nvim.until("getline('.')", "line three")
    nvim.command("cnext")
    nvim.until("getline('.')", "line thirty-eight")
    # Neovim's own keys of diff mode work as well.
    nvim.type("[c")
    nvim.until("getline('.')", "line three")
    nvim.command("cnext")
    nvim.see("export const fresh = 1;")
    nvim.until("expand('%:t')", "new.ts")
    nvim.until("len(filter(range(1, winnr('$')), 'getwinvar(v:val, \"&diff\")'))", 2)
    nvim.type("]f")
    nvim.see("export const old = 1;")
    nvim.type("]f")
    nvim.see("this is the last file")
    nvim.type("[f[f")
    nvim.until("expand('%:t')", "long.ts")
    # From the left side the list leads to the right one as well.
    nvim.type("<C-W>h")
    nvim.command("clast")
    nvim.until("expand('%:t')", "old.ts")
    nvim.until("winnr()", 2)
    nvim.type("q")
    nvim.until("tabpagenr('$')", 1)
    nvim.command(f"Tgp diff {branch} action")
    choose(nvim, "thirty-eight" if "thirty-eight" in nvim.screen.shown else "Created `src/new.ts`")
    nvim.see("export const fresh = 1;", "added +1 -0")
    nvim.see_gone("src/long.ts")
    nvim.type("q")
    return branch


def an_action_is_shown_and_undone_from_its_review(agent, nvim, branch):
    nvim.command(f"Tgp timeline branch={branch}")
    nvim.go_to("Created `src/new.ts`")
    nvim.type("<CR>")
    nvim.see("export const fresh = 1;", "added +1 -0")
    nvim.type("gi")
    nvim.see("agent      coder", "type       file_create", "can be undone")
    nvim.type("q")
    nvim.type("gu")
    nvim.see("Undo?", "src/new.ts: deleted")
    nvim.type("y")
    nvim.see("took back 1 action")
    assert git("cat-file", "-e", f"{branch}:src/new.ts", fails=True) is None
    nvim.type("q")
    nvim.until("tabpagenr('$')", 1)
    nvim.type("R")
    nvim.see("Make again what was undone last?")
    nvim.type("y")
    nvim.see("made again 1 action")
    assert git("show", f"{branch}:src/new.ts") == "export const fresh = 1;"
    nvim.type("q")


def a_snapshot_is_taken_compared_and_restored(nvim):
    nvim.command("Tgp snapshot before my edits")
    nvim.see("took snapshot")
    nvim.type("ggOA line of mine.<Esc>")
    nvim.command("write")
    nvim.command("Tgp snapshots")
    choose(nvim, "before my edits")
    choose(nvim, "Compare with now")
    nvim.see("since snapshot", "A line of mine.", "src/shop.ts")
    nvim.until("&modifiable", 1)
    nvim.command("tabclose")
    nvim.command("Tgp snapshots")
    choose(nvim, "before my edits")
    choose(nvim, "Restore")
    nvim.see("Restore snapshot", "writes   src/shop.ts", "y  restore")
    nvim.type("y")
    nvim.see("restored snapshot", "1 files written")
    with open("src/shop.ts", encoding="utf-8") as file:
        assert file.read() == "// A shop.\n"
    # The buffer follows.
    nvim.until("getline(1)", "// A shop.")
    assert git("status", "--porcelain") == ""


def a_tool_is_run(agent, nvim):
    agent.does("write_file", path="tools/shop/rows.ts", content=ROWS)
    nvim.command("Tgp run")
    choose(nvim, "tools/shop/rows.ts")
    nvim.see("count (number)")
    nvim.type("2<CR>")
    nvim.see("prefix (string, may be empty)")
    nvim.type("item<CR>")
    nvim.see("name    number", "item 0  0", "item 1  1", "2 rows", "info: made 2")
    nvim.command("Tgp! run tools/shop/rows.ts")
    nvim.see("2 rows")
    nvim.command("Tgp run tools/shop/rows.ts count=three")
    nvim.see("`three` is no number")
    nvim.command('Tgp run tools/shop/rows.ts {"count": 0}')
    nvim.see("[]")
    nvim.command("Tgp run tools/shop/rows.ts count=-1")
    nvim.see("tgp (tool.threw)", "no such count")
    nvim.command("Tgp tools")
    choose(nvim, "tools/shop/rows.ts")
    choose(nvim, "Show description and arguments")
    nvim.see("Rows of the shop.", "arguments:", '"count": {')
    nvim.type("q")
    nvim.command("Tgp tools")
    choose(nvim, "tools/shop/rows.ts")
    choose(nvim, "Open the source")
    nvim.see("export default function rows")
    nvim.command("bwipeout")


ROWS = """/** Rows of the shop. */
export default function rows({ count, prefix }: { count: number; prefix?: string }): { name: string; number: number }[] {
  if (count < 0) throw new Error('no such count');
  console.log(`made ${count}`);
  return Array.from({ length: count }, (_, number) => ({ name: `${prefix ?? 'row'} ${number}`, number }));
}
"""


def a_scope_is_edited(nvim):
    nvim.command("Tgp scopes")
    choose(nvim, "coder")
    nvim.see("has no scope of its own", "allow")
    before = nvim.call("nvim_buf_get_lines", 0, 0, -1, False)
    nvim.until("&buftype", "acwrite")
    # A mistake is told where it is, as one types.
    nvim.type("Gocolour: red<Esc>")
    nvim.until("len(luaeval('vim.diagnostic.get(0)'))", 1)
    nvim.command("write")
    nvim.see("not written, the scope has 1 mistake")
    nvim.type("u")
    nvim.until("len(luaeval('vim.diagnostic.get(0)'))", 0)
    assert nvim.call("nvim_buf_get_lines", 0, 0, -1, False) == before
    nvim.go_to("package.json")
    nvim.command("s/package.json/package.json', 'docs\\/**/")
    nvim.command("write")
    nvim.see("Put this scope of coder in force?", "+", "docs/**", "would have been judged otherwise", "y  put in force")
    assert not os.path.exists(".tgp/scopes/coder.yaml")
    nvim.type("y")
    nvim.see("the scope of coder is in force")
    with open(".tgp/scopes/coder.yaml", encoding="utf-8") as file:
        assert "docs/**" in file.read()
    nvim.until("&modified", 0)
    nvim.command("bwipeout")


def files_of_tools_get_the_server(nvim):
    attached = "luaeval(\"vim.lsp.buf_is_attached(0, require('tgp.client').server(require('tgp.project').of(0)).id)\")"
    nvim.command("edit .tgp/tools/shop/rows.ts")
    nvim.until(attached, True)
    nvim.command("edit src/shop.ts")
    nvim.until("expand('%:t')", "shop.ts")
    nvim.until(attached, False)


def authors_of_tools_are_told(nvim):
    """Diagnostics as one types, what a tool is, its lenses."""
    nvim.command("edit .tgp/tools/shop/rows.ts")
    nvim.until("len(luaeval('vim.diagnostic.get(0)'))", 0)
    nvim.type("Goexport const now = process.pid;<Esc>")
    nvim.until("len(luaeval('vim.diagnostic.get(0)')) > 0 ? 1 : 0", 1)
    assert "process" in nvim.lua("return vim.diagnostic.get(0)[1].message")
    nvim.type("u")
    nvim.until("len(luaeval('vim.diagnostic.get(0)'))", 0)
    if "0.7" not in os.environ["TGP_NVIM"]:
        nvim.see("Run again with the last arguments", "Check", "used by no tool", " fuel")
        nvim.go_to("export default")
        nvim.command("lua vim.lsp.codelens.run()")
        choose(nvim, "Run again with the last arguments")
        nvim.see("tgp (tool.threw)", "no such count")
        nvim.command("lua vim.lsp.codelens.run()")
        choose(nvim, "Check")
        nvim.see("tools/shop/rows.ts is valid")
    nvim.command("bwipeout!")


def main():
    with open("src/long.ts", "w", encoding="utf-8") as file:
        file.write("".join(f"line {number}\n" for number in range(1, 41)))
    with open("src/old.ts", "w", encoding="utf-8") as file:
        file.write("export const old = 1;\n")
    git("add", "--all")
    git("commit", "--quiet", "-m", "More files")
    nvim, agent = start(), Agent(os.getcwd())
    try:
        nvim.see("[tgp]")
        branch = a_review_goes_across_files(agent, nvim)
        an_action_is_shown_and_undone_from_its_review(agent, nvim, branch)
        a_snapshot_is_taken_compared_and_restored(nvim)
        a_tool_is_run(agent, nvim)
        files_of_tools_get_the_server(nvim)
        authors_of_tools_are_told(nvim)
        a_scope_is_edited(nvim)
        agent.close()
        nvim.close()
    except BaseException:
        print(nvim.screen.shown, file=sys.stderr)
        nvim.process.kill()
        agent.process.kill()
        raise
    print("all as told")


main()
