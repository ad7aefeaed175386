//! A folder to work in, and the program in it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A folder of its own with a home beside it; both go when the test ends.
pub(crate) struct Place {
    folder: TempDir,
}

/// What a command left.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Place {
    /// A folder nobody touched.
    pub(crate) fn empty() -> Self {
        let folder = tempfile::Builder::new().prefix("tgp-terminal-").tempdir().unwrap();
        for name in ["project", "home"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        Self { folder }
    }

    /// A folder after `tgp init`.
    pub(crate) fn project() -> Self {
        let place = Self::empty();
        place.tgp(&["init"]).done();
        place
    }

    /// A project with this configuration.
    pub(crate) fn with_config(fields: &str) -> Self {
        let place = Self::project();
        place.write(
            "tgp.config.ts",
            &format!("import {{ defineTGPConfig }} from '@tgp/core';\n\nexport default defineTGPConfig({{\n  {fields}\n}});\n"),
        );
        place
    }

    /// A project with an empty database.
    pub(crate) fn with_database() -> Self {
        let place = Self::with_config("database: 'sqlite:app.db'");
        place.write("app.db", "");
        place
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().join("project")
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let file = self.root().join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Puts a tool into the library, as an agent would: through `tgp mcp`.
    pub(crate) fn forge(&self, path: &str, source: &str) {
        let answer = self.call("write_file", &serde_json::json!({ "path": path, "content": source }));
        assert_ne!(answer["isError"], true, "{answer:#}");
    }

    /// One kernel tool through a whole MCP session.
    pub(crate) fn call(&self, name: &str, arguments: &Value) -> Value {
        use std::io::{BufRead, BufReader, Write};
        let mut child = self.command(&["mcp"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        let info = serde_json::json!({ "name": "test", "version": "1" });
        for message in [
            serde_json::json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize",
                "params": { "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": info } }),
            serde_json::json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }),
            serde_json::json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/call",
                "params": { "name": name, "arguments": arguments } }),
        ] {
            writeln!(input, "{message}").unwrap();
        }
        let answer = output
            .by_ref()
            .map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap())
            .find(|message| message["id"] == 2)
            .expect("the call is answered");
        drop(input);
        assert!(child.wait().unwrap().success());
        answer["result"].clone()
    }

    /// The program in the project's folder, with nothing of the tester's own environment. What lies there is trusted,
    /// as a deployment does it.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.bare_command(arguments);
        let shown = Said::of(self.bare_command(&["trust", "--show", "--json"]).output().unwrap());
        if shown.code == Some(0) {
            command.env("TGP_TRUST", shown.json()["hash"].as_str().unwrap());
        }
        command
    }

    fn bare_command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tgp"));
        command.args(arguments).current_dir(self.root()).stdin(Stdio::null());
        for name in
            ["DATABASE_URL", "NODE_ENV", "TGP_LOG", "NO_COLOR", "CODEX_HOME", "GIT_DIR", "TGP_GITHUB_TOKEN"]
        {
            command.env_remove(name);
        }
        // The prepared engine stays where it is: preparing it for each test would take seconds.
        command.env("TGP_CACHE_DIR", cache()).env("HOME", self.home());
        command.env("TGP_STATE_DIR", self.beside("state")).env_remove("TGP_TRUST");
        command
    }

    /// Runs the program to its end.
    pub(crate) fn tgp(&self, arguments: &[&str]) -> Said {
        Said::of(self.command(arguments).output().unwrap())
    }

    /// Runs the program with `--json` to its end.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let all: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
        self.tgp(&all).json()
    }

    /// Runs git in the project's folder.
    pub(crate) fn git(&self, folder: &str, arguments: &[&str]) -> Said {
        let mut command = Command::new("git");
        command.args(["-c", "user.name=t", "-c", "user.email=t@example.com"]).args(arguments);
        Said::of(command.current_dir(self.root().join(folder)).output().unwrap())
    }

    /// All files below the project and their bytes; state, caches and Git's own left out.
    pub(crate) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut found = BTreeMap::new();
        let mut open = vec![self.root()];
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
                let path = entry.path();
                let name = path.strip_prefix(self.root()).unwrap().to_str().unwrap().to_owned();
                let left_out = name.split('/').any(|part| part == ".git") || name == ".tgp/state";
                if left_out {
                    continue;
                }
                if entry.file_type().unwrap().is_dir() {
                    open.push(path);
                } else if entry.file_type().unwrap().is_symlink() {
                    let target = std::fs::read_link(&path).unwrap();
                    found.insert(name, target.to_string_lossy().into_owned().into_bytes());
                } else {
                    found.insert(name, std::fs::read(&path).unwrap());
                }
            }
        }
        found
    }
}

/// Where the engine of these tests is prepared, once: beside the program they test.
fn cache() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache")
}

impl Said {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The same, if it succeeded.
    pub(crate) fn done(self) -> Self {
        assert_eq!(self.code, Some(0), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// The one JSON value on stdout.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}
