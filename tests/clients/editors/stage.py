"""What every story in an editor needs: the project as plain git sees it, and an agent at work in another process."""

import json
import os
import subprocess


class Agent:
    """The other process; its calls wait for their answers."""

    def __init__(self, folder):
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "agent.py")
        self.process = subprocess.Popen(
            [os.environ["TGP_AGENT_PYTHON"], script], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert json.loads(self.process.stdout.readline()) == {"ready": True}

    def call(self, tool, **arguments):
        self.process.stdin.write(json.dumps({"tool": tool, "arguments": arguments}) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def does(self, tool, **arguments):
        answer = self.call(tool, **arguments)
        assert not answer["refused"], answer
        return answer["content"]

    def is_refused(self, tool, **arguments):
        answer = self.call(tool, **arguments)
        assert answer["refused"], answer
        return answer["content"]

    def close(self):
        self.process.stdin.close()
        assert self.process.wait(30) == 0


def git(*arguments, folder=None, fails=False):
    """What plain git prints."""
    done = subprocess.run(["git", *arguments], cwd=folder or os.getcwd(), capture_output=True, text=True, check=False)
    assert fails or done.returncode == 0, (arguments, done.stdout, done.stderr)
    return done.stdout.rstrip("\n") if done.returncode == 0 else None


def branches():
    """The agents' branches that plain git sees."""
    listed = git("for-each-ref", "--format=%(refname:short)", "refs/heads/agent")
    return listed.split("\n") if listed else []
