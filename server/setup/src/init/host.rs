//! The agent hosts we know: which file tells them to start `tgp mcp`, and what stands in it.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde_json::{Value, json};
use tgp_protocol::client::project::HostSetup;

use super::json_file::{Added, add_member};

/// A program that agents live in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Host {
    /// Claude Code.
    Claude,
    /// Visual Studio Code.
    Vscode,
    /// Cursor.
    Cursor,
    /// Codex.
    Codex,
}

/// A text that names no host we know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is none of claude, vscode, cursor, codex")]
pub struct UnknownHost {
    /// The text as it came in.
    pub text: String,
}

impl Host {
    /// All of them, in the order they are shown.
    pub const ALL: [Host; 4] = [Host::Claude, Host::Vscode, Host::Cursor, Host::Codex];

    /// The name after `--host`.
    pub fn as_str(self) -> &'static str {
        match self {
            Host::Claude => "claude",
            Host::Vscode => "vscode",
            Host::Cursor => "cursor",
            Host::Codex => "codex",
        }
    }

    /// The name people know it by.
    pub fn title(self) -> &'static str {
        match self {
            Host::Claude => "Claude Code",
            Host::Vscode => "VS Code",
            Host::Cursor => "Cursor",
            Host::Codex => "Codex",
        }
    }

    /// Its configuration: of the project, or, for Codex, of the person.
    pub(crate) fn file(self, root: &Path, codex_home: Option<&Path>) -> Option<PathBuf> {
        match self {
            Host::Claude => Some(root.join(".mcp.json")),
            Host::Vscode => Some(root.join(".vscode/mcp.json")),
            Host::Cursor => Some(root.join(".cursor/mcp.json")),
            Host::Codex => codex_home.map(|home| home.join("config.toml")),
        }
    }

    /// Where the entry stands in that file.
    fn member(self) -> [&'static str; 2] {
        match self {
            Host::Claude | Host::Cursor => ["mcpServers", "tgp"],
            Host::Vscode => ["servers", "tgp"],
            Host::Codex => ["mcp_servers", "tgp"],
        }
    }

    /// The entry. Claude Code starts its servers in the project; the others are told where it is.
    fn entry(self, command: &str, root: &Path) -> Value {
        match self {
            Host::Claude => json!({"command": command, "args": ["mcp"]}),
            Host::Vscode => {
                json!({"type": "stdio", "command": command, "args": ["mcp", "--root", "${workspaceFolder}"]})
            }
            Host::Cursor => json!({"command": command, "args": ["mcp", "--root", "${workspaceFolder}"]}),
            Host::Codex => json!({"command": command, "args": ["mcp", "--root", root.to_string_lossy()]}),
        }
    }

    /// The new text of its configuration, or that nothing is to be written.
    pub(super) fn add_to(self, text: &str, command: &str, root: &Path) -> Result<Added, String> {
        let entry = self.entry(command, root);
        match self {
            Host::Codex => add_table(text, self.member(), &entry),
            Host::Claude | Host::Vscode | Host::Cursor => add_member(text, &self.member(), &entry),
        }
    }

    /// Whether its configuration has our entry, whatever that says.
    pub(crate) fn is_configured(self, text: &str) -> bool {
        matches!(self.add_to(text, "", Path::new("")), Ok(Added::Same | Added::Different))
    }

    /// What a person pastes, where we do not write it.
    pub(super) fn setup(self, command: &str, root: &Path) -> HostSetup {
        let file = match self {
            Host::Claude => ".mcp.json",
            Host::Vscode => ".vscode/mcp.json",
            Host::Cursor => ".cursor/mcp.json",
            Host::Codex => "~/.codex/config.toml",
        };
        let text = match self.add_to("", command, root) {
            Ok(Added::Text(text)) => text,
            Ok(Added::Same | Added::Different) | Err(_) => String::new(),
        };
        HostSetup { host: self.as_str().to_owned(), file: file.to_owned(), text }
    }
}

impl FromStr for Host {
    type Err = UnknownHost;

    fn from_str(text: &str) -> Result<Self, UnknownHost> {
        let known = Self::ALL.into_iter().find(|host| host.as_str() == text);
        known.ok_or_else(|| UnknownHost { text: text.to_owned() })
    }
}

/// Adds `[outer.inner]` to a TOML text; comments, order and everything else stay.
fn add_table(text: &str, [outer, inner]: [&str; 2], entry: &Value) -> Result<Added, String> {
    let mut document: toml_edit::DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| {
        error.message().lines().next().unwrap_or("it is not TOML").to_owned()
    })?;
    let wanted = table(entry);
    let servers = document.entry(outer).or_insert_with(|| {
        let mut implicit = toml_edit::Table::new();
        implicit.set_implicit(true);
        toml_edit::Item::Table(implicit)
    });
    let Some(servers) = servers.as_table_like_mut() else {
        return Err(format!("its `{outer}` is not a table"));
    };
    if let Some(there) = servers.get(inner) {
        let same = there.as_table_like().is_some_and(|there| {
            wanted.iter().all(|(name, value)| {
                there.get(name).is_some_and(|other| other.to_string().trim() == value.to_string().trim())
            })
        });
        return Ok(if same { Added::Same } else { Added::Different });
    }
    servers.insert(inner, toml_edit::Item::Table(wanted));
    Ok(Added::Text(document.to_string()))
}

fn table(entry: &Value) -> toml_edit::Table {
    let mut table = toml_edit::Table::new();
    for (name, value) in entry.as_object().into_iter().flatten() {
        let item = match value {
            Value::Array(items) => {
                toml_edit::value(items.iter().filter_map(Value::as_str).collect::<toml_edit::Array>())
            }
            other => toml_edit::value(other.as_str().unwrap_or_default()),
        };
        table.insert(name, item);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codex_keeps_everything_else_of_its_file() {
        let text = "# mine\nmodel = \"x\"   # keep\n\n[mcp_servers.other]\ncommand = \"a\"\n";
        let Ok(Added::Text(new)) = Host::Codex.add_to(text, "tgp", Path::new("/p")) else {
            panic!("not added")
        };
        assert!(new.starts_with(text), "{new}");
        assert!(
            new.ends_with("\n[mcp_servers.tgp]\ncommand = \"tgp\"\nargs = [\"mcp\", \"--root\", \"/p\"]\n"),
            "{new}"
        );
        assert_eq!(Host::Codex.add_to(&new, "tgp", Path::new("/p")), Ok(Added::Same));
        assert_eq!(Host::Codex.add_to(&new, "tgp", Path::new("/q")), Ok(Added::Different));
    }

    #[test]
    fn a_broken_file_is_refused() {
        assert!(Host::Codex.add_to("a = = b", "tgp", Path::new("/p")).is_err());
        assert!(Host::Codex.add_to("mcp_servers = 1", "tgp", Path::new("/p")).is_err());
    }
}
