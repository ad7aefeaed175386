"""Drives tgp with the Python package `mcp`, in the era named by the first argument."""

import asyncio
import os
import sys

from mcp import Client, StdioServerParameters

FIB = """/** Number at place `n` of the Fibonacci sequence. */
export default function fib({ n }: { n: number }): number {
  return n < 2 ? n : fib({ n: n - 1 }) + fib({ n: n - 2 });
}
"""
NAMES = [
    "approval_status", "check_tool", "delegate", "delete_file", "diff_task", "exec_sql", "exec_tool", "find_tool", "finish_task", "list_actions", "list_files",
    "list_tasks", "merge_branch", "move_file", "outline", "patch_file", "read_file", "save_note", "search", "start_task", "undo_action", "write_file",
]


async def play(client: Client) -> None:
    async def done(name: str, arguments: dict) -> dict:
        answer = await client.call_tool(name, arguments)
        assert not answer.is_error, answer
        return answer.structured_content

    async def refused(name: str, arguments: dict) -> dict:
        answer = await client.call_tool(name, arguments)
        assert answer.is_error, answer
        return answer.structured_content

    listed = await client.list_tools()
    assert sorted(tool.name for tool in listed.tools) == NAMES, listed
    path = "tools/math/fib.ts"
    assert (await done("write_file", {"path": path, "content": FIB.replace("n < 2", "m < 2")}))["created"] is True
    await refused("exec_tool", {"path": path, "args": {"n": 10}})
    await done("patch_file", {"path": path, "search": "m < 2", "replace": "n < 2"})
    assert (await done("check_tool", {"path": path}))["valid"] is True
    assert (await done("exec_tool", {"path": path, "args": {"n": 10}}))["result"] == 55
    assert (await done("read_file", {"path": path}))["content"] == FIB
    rows = await done("exec_sql", {"sql": "SELECT name FROM users WHERE id = :id", "params": {"id": 1}})
    assert rows["rows"] == [["Ada"]], rows
    found = await done("find_tool", {"query": "fibonacci number"})
    assert found["tools"][0]["path"] == path, found
    assert (await refused("read_file", {"path": "../outside.txt"}))["code"] == "path.escape"


async def main() -> None:
    server = StdioServerParameters(command=os.environ["TGP_BIN"], args=["mcp"], cwd=os.getcwd(), env=dict(os.environ))
    async with Client(server, mode=sys.argv[1]) as client:
        await play(client)
    print("all as told")


asyncio.run(main())
