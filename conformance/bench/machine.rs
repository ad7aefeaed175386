//! Facts of the machine the figures were measured on.

use std::fs;
use std::process::Command;

/// What a program prints, trimmed; a dash where it cannot be asked.
fn ask(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    output.map_or_else(|_| "-".to_owned(), |output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The value of the first line of a file that begins so.
fn line(file: &str, begins: &str) -> String {
    let text = fs::read_to_string(file).unwrap_or_default();
    let found = text.lines().find(|line| line.starts_with(begins)).and_then(|line| line.split_once(':'));
    found.map_or_else(|| "-".to_owned(), |(_, value)| value.trim().to_owned())
}

/// One line about the machine, its date, and the software.
pub(crate) fn facts() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let node = tgp_tests::places::node();
    format!(
        "{} · {} · {cores} cores · {} memory · Linux {} · Node {} · {}",
        ask("date", &["-u", "+%Y-%m-%d %H:%M UTC"]),
        line("/proc/cpuinfo", "model name"),
        line("/proc/meminfo", "MemTotal"),
        ask("uname", &["-r"]),
        ask(&node.to_string_lossy(), &["--version"]),
        ask("rustc", &["--version"]),
    )
}
