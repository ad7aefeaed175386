//! A person at a terminal: the binary behind a terminal of its own, and what the person types.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::process::Finished;
use crate::project::Project;

impl Project {
    /// Runs the binary as a person does who types `answer`. Everything it says comes in `stdout`, as on a screen.
    pub fn at_a_terminal(&self, arguments: &[&str], answer: &str) -> Finished {
        self.at_a_terminal_with(&[], arguments, answer)
    }

    /// The same with more in the environment of the binary, and of nothing else.
    pub fn at_a_terminal_with(&self, more: &[(&str, &str)], arguments: &[&str], answer: &str) -> Finished {
        let mut inner = self.command(arguments);
        if !more.is_empty() {
            let program = inner.get_program().to_owned();
            let arguments: Vec<_> = inner.get_args().map(std::ffi::OsStr::to_owned).collect();
            let environment: Vec<_> = inner
                .get_envs()
                .map(|(name, value)| (name.to_owned(), value.map(std::ffi::OsStr::to_owned)))
                .collect();
            inner = Command::new("env");
            inner
                .args(more.iter().map(|(name, value)| format!("{name}={value}")))
                .arg(program)
                .args(arguments);
            for (name, value) in environment {
                match value {
                    Some(value) => inner.env(name, value),
                    None => inner.env_remove(name),
                };
            }
        }
        let words = std::iter::once(inner.get_program()).chain(inner.get_args());
        let line: Vec<String> =
            words.map(|word| format!("'{}'", word.to_string_lossy().replace('\'', r"'\''"))).collect();
        let mut command = Command::new("script");
        command.args(["-qec", &line.join(" "), "/dev/null"]).current_dir(self.root()).env("NO_COLOR", "1");
        for (name, value) in inner.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("`script` of bsdutils is installed");
        child.stdin.take().expect("stdin is a pipe").write_all(format!("{answer}\n").as_bytes()).ok();
        let output = child.wait_with_output().expect("it ends");
        Finished {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).replace('\r', ""),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}
