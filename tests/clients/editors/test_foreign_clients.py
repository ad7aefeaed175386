"""`tgp lsp` as VS Code, Neovim and Emacs speak to it: their capabilities, every area as command and as request.

Run by pytest in the folder of a project; the package `pytest-lsp` has the capabilities as those editors send them.
"""

import asyncio
import json
import os
import re
import subprocess

import pytest
import pytest_asyncio
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pytest_lsp import ClientServerConfig, client_capabilities, make_test_lsp_client

from stage import Agent, branches, git

CLIENTS = ["visual_studio_code", "neovim", "emacs"]
PATIENCE = 20


def plain(value):
    """What the client made of an answer, as JSON again."""
    if hasattr(value, "_asdict"):
        return {key: plain(inner) for key, inner in value._asdict().items()}
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    return value


def tgp(*arguments):
    """What the terminal says."""
    done = subprocess.run(
        [os.environ["TGP_BIN"], *arguments, "--json"], capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL
    )
    return json.loads(done.stdout)


class Heard:
    """What the server said by itself; each kind is waited for."""

    def __init__(self, client):
        self.queues = {}
        self.answer = None
        self.asked = asyncio.Queue()
        for method in ("tgp/changed", "tgp/approval"):
            self.queues[method] = asyncio.Queue()
            client.feature(method)(self._keeper(method))
        client.feature(types.WINDOW_SHOW_MESSAGE_REQUEST)(self._answerer())

    def _keeper(self, method):
        def keep(params):
            self.queues[method].put_nowait(plain(params))
        return keep

    def _answerer(self):
        async def answer(params):
            self.asked.put_nowait(params)
            return next((action for action in params.actions or [] if action.title == self.answer), None)
        return answer

    async def next(self, method):
        return await asyncio.wait_for(self.queues[method].get(), PATIENCE)

    async def question(self):
        return await asyncio.wait_for(self.asked.get(), PATIENCE)


class Editor:
    """A client with its server."""

    def __init__(self, client, heard, result):
        self.client, self.heard, self.result = client, heard, result

    async def request(self, method, params=None):
        answer = self.client.protocol.send_request_async(method, params or {})
        return plain(await asyncio.wait_for(answer, PATIENCE))

    async def command(self, name, *arguments):
        params = types.ExecuteCommandParams(command=name, arguments=list(arguments))
        return plain(await asyncio.wait_for(self.client.workspace_execute_command_async(params), PATIENCE))


async def connect(name, settings=None):
    config = ClientServerConfig(
        server_command=[os.environ["TGP_BIN"], "lsp"], client_factory=make_test_lsp_client, server_env=dict(os.environ)
    )
    client = await config.start()
    heard = Heard(client)
    folder = f"file://{os.path.realpath(os.getcwd())}"
    result = await client.initialize_session(
        types.InitializeParams(
            capabilities=client_capabilities(name),
            client_info=types.ClientInfo(name=name, version="1"),
            root_uri=folder,
            workspace_folders=[types.WorkspaceFolder(uri=folder, name="shop")],
            initialization_options=settings,
        )
    )
    return Editor(client, heard, result)


async def leave(editor):
    await editor.client.shutdown_session()
    await editor.client.stop()


@pytest_asyncio.fixture(params=CLIENTS)
async def editor(request):
    connected = await connect(request.param)
    yield connected
    await leave(connected)


@pytest.fixture
def agent():
    at_work = Agent(os.getcwd())
    yield at_work
    at_work.close()


async def refused(answer):
    with pytest.raises(JsonRpcException) as caught:
        await answer
    return caught.value


@pytest.mark.asyncio
async def test_every_request_is_a_command_too(editor):
    commands = editor.result.capabilities.execute_command_provider.commands
    expected = [
        "branches.list", "branches.show", "branches.diff", "branches.merge", "branches.discard", "branches.restore",
        "branches.reopen", "timeline.list", "timeline.show", "timeline.undo", "timeline.redo", "approvals.list",
        "approvals.show", "approvals.approve", "approvals.deny", "scopes.list", "scopes.show", "scopes.check",
        "scopes.preview", "scopes.set", "snapshots.list", "snapshots.create", "snapshots.show", "snapshots.diff",
        "snapshots.restore", "tools.list", "tools.show", "tools.run", "policy.explain", "status", "content",
    ]
    assert sorted(set("tgp." + name for name in expected) - set(commands)) == []
    status = await editor.request("tgp/status")
    assert status == await editor.command("tgp.status", {}) == await editor.command("tgp.status")
    assert status["protocol"] == 1 and os.path.realpath(status["project"]) == os.path.realpath(os.getcwd())


@pytest.mark.asyncio
async def test_lists_are_what_the_terminal_prints(editor):
    await editor.command("tgp.snapshots.create", {"reason": "for a comparison"})
    same = {
        "tgp.branches.list": ["branch", "list"],
        "tgp.approvals.list": ["approvals"],
        "tgp.scopes.list": ["scope", "list"],
        "tgp.tools.list": ["tool", "list"],
        "tgp.snapshots.list": ["snapshot", "list"],
        "tgp.timeline.list": ["timeline"],
    }
    for command, words in same.items():
        told = await editor.command(command, {})
        assert told == tgp(*words), command


@pytest.mark.asyncio
async def test_a_branch_is_reviewed_merged_and_another_discarded(editor, agent):
    names = []
    for name in ("one", "two"):
        path = f"src/{name}_{git('rev-parse', '--short', 'HEAD')}.ts"
        branch = agent.does("start_task", description=f"Write {name}")["branch"]
        agent.does("write_file", path=path, content=f"export const {name} = 1;\n")
        agent.does("finish_task", summary="Written")
        names.append((branch, path))
    (first, path), (second, _) = names
    diff = await editor.command("tgp.branches.diff", {"branch": first})
    assert [file["path"] for file in diff["files"]] == [path]
    content = await editor.request("tgp/content", {"commit": diff["to"], "path": path})
    assert content["text"] == git("show", f"{first}:{path}") + "\n" and not content["binary"] and not content["missing"]
    before = await editor.request("tgp/content", {"commit": diff["from"], "path": path})
    assert before["missing"]
    plan = await editor.command("tgp.branches.merge", {"branch": first, "dry_run": True})
    assert plan["into"] == "main" and first in branches()
    assert plan["tip"] == git("rev-parse", first)
    merged = await editor.command("tgp.branches.merge", {"branch": first, "tip": plan["tip"]})
    assert git("rev-parse", "main") == merged["commit"] and os.path.exists(path)
    await editor.command("tgp.branches.discard", {"branch": second})
    assert first not in branches() and second not in branches()
    undone = await editor.command("tgp.timeline.undo", {"target": {"action": merged["action"]}})
    assert undone["undone"][0]["action"] == merged["action"] and not os.path.exists(path)


@pytest.mark.asyncio
async def test_what_an_agent_does_is_told(editor, agent):
    agent.does("write_file", path="tools/math/twice.ts", content=TWICE)
    areas = set()
    while not {"timeline", "tools"} <= areas:
        areas |= set((await editor.heard.next("tgp/changed"))["areas"])
    ran = await editor.command("tgp.tools.run", {"path": "tools/math/twice.ts", "args": {"n": 21}})
    assert ran["result"] == 42
    shown = await editor.command("tgp.tools.show", {"path": "tools/math/twice.ts"})
    assert shown["source"] == TWICE and shown["schema"]["required"] == ["n"]


TWICE = """/** Twice a number. */
export default function twice({ n }: { n: number }): number {
  return n + n;
}
"""


@pytest.mark.asyncio
@pytest.mark.parametrize(("answer", "state"), [("Approve", "approved"), ("Deny", "denied")])
async def test_a_question_is_asked_in_the_editors_own_window(editor, agent, answer, state):
    editor.heard.answer = answer
    agent.does("start_task", description="Deploy")
    path = f"src/deploy/{answer.lower()}_{id(editor)}.yaml"
    agent.is_refused("write_file", path=path, content="replicas: 3\n")
    told = (await editor.heard.next("tgp/approval"))["approval"]
    assert told["capability"] == "fs.write" and "+replicas: 3" in told["preview"]
    question = await editor.heard.question()
    assert [action.title for action in question.actions] == ["Approve", "Deny", "Show"]
    assert path in question.message and "coder" in question.message
    while (shown := await editor.command("tgp.approvals.show", {"ticket": told["ticket"]}))["state"] == "pending":
        await editor.heard.next("tgp/changed")
    assert shown["state"] == state and re.fullmatch("editor [a-z_]+ 1", shown["door"])
    again = agent.call("write_file", path=path, content="replicas: 3\n")
    assert again["refused"] == (answer == "Deny"), again


@pytest.mark.asyncio
@pytest.mark.parametrize("name", CLIENTS)
async def test_a_client_that_shows_questions_itself_is_not_asked_twice(name, agent):
    editor = await connect(name, {"tgp": {"approvals": True, "client": "test"}})
    agent.does("start_task", description="Deploy quietly")
    agent.is_refused("write_file", path=f"src/deploy/quiet_{name}.yaml", content="replicas: 3\n")
    told = (await editor.heard.next("tgp/approval"))["approval"]
    stale = editor.command("tgp.approvals.approve", {"ticket": told["ticket"], "shown_hash": "0" * 64})
    assert (await refused(stale)).data["code"] == "approval.closed"
    denied = await editor.command(
        "tgp.approvals.deny", {"ticket": told["ticket"], "shown_hash": told["shown_hash"], "reason": "No"}
    )
    assert denied["state"] == "denied" and denied["reason"] == "No"
    await leave(editor)
    assert editor.heard.asked.empty()


@pytest.mark.asyncio
async def test_a_refusal_says_what_was_wrong_and_what_to_do(editor):
    missing = await refused(editor.command("tgp.branches.show", {"branch": "agent/nobody/nothing"}))
    assert missing.code == -32803 and plain(missing.data)["code"] == "branch.missing" and "nothing" in missing.message
    wrong = await refused(editor.command("tgp.branches.show", {"brunch": "x"}))
    assert wrong.code == -32602 and "branch" in wrong.message
    nothing = await refused(editor.command("tgp.no.such", {}))
    assert nothing.code in (-32601, -32602, -32803), nothing
    assert (await editor.request("tgp/status"))["protocol"] == 1, "the server goes on"
