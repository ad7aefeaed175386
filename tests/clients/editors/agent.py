"""An agent in a process of its own: a real MCP client that does what it is told, one JSON line a call."""

import asyncio
import json
import os
import sys

from mcp import Client, StdioServerParameters


async def main() -> None:
    server = StdioServerParameters(
        command=os.environ["TGP_BIN"], args=["mcp", "--agent", "coder"], cwd=os.getcwd(), env=dict(os.environ)
    )
    loop = asyncio.get_running_loop()
    async with Client(server) as client:
        print(json.dumps({"ready": True}), flush=True)
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            asked = json.loads(line)
            answer = await client.call_tool(asked["tool"], asked["arguments"])
            print(json.dumps({"refused": bool(answer.is_error), "content": answer.structured_content}), flush=True)


asyncio.run(main())
