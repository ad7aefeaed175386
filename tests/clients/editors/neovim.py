"""A real Neovim with a screen: keys go in as a terminal would send them, and what it draws is read back.

It speaks Neovim's own protocol (msgpack over stdin and stdout) as a user interface does. Nothing here knows tgp.
"""

import os
import subprocess
import threading
import time

import msgpack

PATIENCE = 20


class Screen:
    """The grid as the events of the user interface leave it."""

    def __init__(self, columns, rows):
        self.columns, self.rows = columns, rows
        self.grid = [[" "] * columns for _ in range(rows)]
        self.shown = ""

    def apply(self, event):
        name, calls = event[0], event[1:]
        for call in calls:
            handler = getattr(self, "on_" + name, None)
            if handler:
                handler(*call)

    def on_grid_resize(self, _grid, columns, rows):
        self.columns, self.rows = columns, rows
        self.grid = [[" "] * columns for _ in range(rows)]

    def on_grid_clear(self, _grid):
        self.grid = [[" "] * self.columns for _ in range(self.rows)]

    def on_grid_line(self, _grid, row, column, cells, *_):
        for cell in cells:
            times = cell[2] if len(cell) > 2 else 1
            for _ in range(times):
                self.grid[row][column] = cell[0]
                column += 1

    def on_grid_scroll(self, _grid, top, bottom, left, right, rows, _columns):
        order = range(top, bottom - rows) if rows > 0 else range(bottom - 1, top - rows - 1, -1)
        for row in order:
            self.grid[row][left:right] = self.grid[row + rows][left:right]

    def on_flush(self):
        self.shown = "\n".join("".join(row).rstrip() for row in self.grid)


class Neovim:
    """A Neovim that runs until it is closed."""

    def __init__(self, program, arguments, folder, environment, columns=140, rows=44):
        self.process = subprocess.Popen(
            [program, "--embed", *arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.screen = Screen(columns, rows)
        self.changed = threading.Condition()
        self.answers = {}
        self.last = 0
        self.ended = False
        threading.Thread(target=self._read, daemon=True).start()
        self.call("nvim_ui_attach", columns, rows, {"rgb": True, "ext_linegrid": True})

    def _read(self):
        unpacker = msgpack.Unpacker(raw=False, unicode_errors="replace", strict_map_key=False)
        while True:
            data = os.read(self.process.stdout.fileno(), 65536)
            if not data:
                break
            unpacker.feed(data)
            for message in unpacker:
                self._take(message)
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    def _take(self, message):
        with self.changed:
            if message[0] == 1:
                self.answers[message[1]] = message[2:]
            elif message[0] == 2 and message[1] == "redraw":
                for event in message[2]:
                    self.screen.apply(event)
            self.changed.notify_all()

    def _until(self, found, what, patience=PATIENCE):
        """Waits, woken by what Neovim says, until there is something; fails with the screen."""
        end = time.monotonic() + patience
        with self.changed:
            while True:
                value = found()
                if value:
                    return value
                left = end - time.monotonic()
                if left <= 0 or self.ended:
                    break
                self.changed.wait(left)
        raise AssertionError(f"{what} did not come; the screen:\n{self.screen.shown}")

    def call(self, method, *arguments):
        """A request of the API, with its answer. It fails where Neovim is blocked by a prompt."""
        with self.changed:
            self.last += 1
            number = self.last
        self.process.stdin.write(msgpack.packb([0, number, method, list(arguments)]))
        self.process.stdin.flush()
        self._until(lambda: number in self.answers, f"the answer to {method}")
        error, result = self.answers.pop(number)
        assert error is None, (method, arguments, error)
        return result

    def lua(self, code, *arguments):
        return self.call("nvim_exec_lua", code, list(arguments))

    def type(self, keys):
        """Types, as a person would. Nothing waits for what the keys do."""
        self.call("nvim_input", keys)

    def command(self, text):
        self.type(f":{text}<CR>")

    def see(self, *texts, patience=PATIENCE):
        """Waits until all of these stand on the screen at once, each within one line; gives the screen."""
        def there():
            return all(text in self.screen.shown for text in texts) and self.screen.shown
        return self._until(there, " and ".join(map(repr, texts)), patience)

    def see_gone(self, *texts):
        """Waits until none of these stands on the screen."""
        self._until(lambda: not any(text in self.screen.shown for text in texts), f"the end of {texts}")

    def until(self, expression, value, patience=PATIENCE):
        """Waits until a Vim expression has a value."""
        end = time.monotonic() + patience
        while True:
            now = self.call("nvim_eval", expression)
            if now == value:
                return
            if time.monotonic() > end:
                raise AssertionError(f"{expression} is {now!r}, not {value!r}; the screen:\n{self.screen.shown}")
            with self.changed:
                self.changed.wait(0.05)

    def line_of(self, text):
        """The row of the screen that holds a text, from 0."""
        for row, line in enumerate(self.screen.shown.split("\n")):
            if text in line:
                return row
        raise AssertionError(f"{text!r} is not on the screen:\n{self.screen.shown}")

    def go_to(self, text):
        """Puts the cursor on the first line of the buffer with this text, by searching as a person would."""
        pattern = "\\V" + text.replace("\\", "\\\\")
        self.until("search('" + pattern.replace("'", "''") + "', 'nw') > 0 ? 1 : 0", 1)
        self.type("gg0/" + pattern.replace("/", "\\/").replace("<", "<lt>") + "<CR>")
        self.until(f"stridx(getline('.'), '{text}') >= 0 ? 1 : 0", 1)

    def close(self):
        self.process.stdin.write(msgpack.packb([2, "nvim_command", ["qall!"]]))
        self.process.stdin.flush()
        try:
            assert self.process.wait(PATIENCE) == 0
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError(f"Neovim does not end; the screen:\n{self.screen.shown}") from None
