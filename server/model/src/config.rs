//! The project's settings: what `tgp.config.ts` exports.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::limits::Limits;

/// Everything `defineTGPConfig({...})` may hold. Unknown fields are refused, so that a typo is not silence.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub struct Config {
    /// Folder of the tool library; `./.tgp` where nothing is said.
    pub root_dir: Option<String>,
    /// Path under which agents see the library's tools; `tools` where nothing is said.
    pub mount: Option<String>,
    /// Where the library is kept and under which name.
    pub git: GitConfig,
    /// Which folders tools may write to.
    pub fs: FsConfig,
    /// What a tool may import besides other tools.
    pub allowed_imports: Option<Vec<String>>,
    /// URL prefixes `fetch` may use: scheme, host, port and whole path segments are compared.
    pub allowed_fetch_urls: Vec<String>,
    /// The database of `exec_sql`, as `sqlite:path` relative to the project; `DATABASE_URL` comes first.
    pub database: Option<String>,
    /// Whether tgp keeps a small table of its own (`tgp_actions`) in the database, by which it knows after a crash
    /// whether SQL landed; it does where nothing is said.
    pub actions_table: Option<bool>,
    /// How a person is asked.
    pub approvals: ApprovalsConfig,
    /// Limits of every tool run.
    pub limits: Limits,
    /// Settings of single tools by path, such as `tools/reports/big.ts`.
    pub tools: BTreeMap<String, ToolConfig>,
    /// Level of each lint rule by its id: `error`, `warn` or `off`.
    pub lint: BTreeMap<String, LintLevel>,
    /// Whether a tool that breaks an error-level rule may not run in `direct` mode either.
    pub strict: bool,
}

/// How a person is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub struct ApprovalsConfig {
    /// How long a call waits for the answer before it returns a ticket, in milliseconds.
    pub wait: u64,
    /// How long a question stays open, and a yes unused, in milliseconds.
    pub lasts: u64,
    /// Up to which risk a client that offers it may ask the person itself (elicitation).
    pub elicit: ElicitUpTo,
    /// Whether questions may be answered in an editor (`tgp lsp`); otherwise it only shows them.
    pub editor: bool,
}

impl Default for ApprovalsConfig {
    fn default() -> Self {
        Self { wait: 10_000, lasts: 15 * 60 * 1_000, elicit: ElicitUpTo::Off, editor: true }
    }
}

/// Up to which risk a client may ask the person. Critical risk is never among them: what the client shows is the
/// client's, and what is critical needs what tgp shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ElicitUpTo {
    /// Never.
    #[default]
    Off,
    /// Low risk.
    Low,
    /// Medium risk.
    Medium,
    /// High risk.
    High,
}

/// Where the library is kept.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub struct GitConfig {
    /// Hosting service; with `repo` it gives the URL.
    pub provider: Option<GitProvider>,
    /// `owner/name` at the provider, or a URL or path.
    pub repo: Option<String>,
    /// Branch of the library; `main` where nothing is said.
    pub branch: Option<String>,
    /// Who commits, and the credentials (the token only ever from the environment).
    pub auth: GitAuth,
    /// Commit to the branch, or to `feat/<tool>` for review.
    pub write_strategy: WriteStrategy,
}

/// Who commits.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub struct GitAuth {
    /// Credentials for the remote; never printed, logged or stored.
    #[serde(skip_serializing)]
    pub token: Option<String>,
    /// Name of the committer.
    pub user: Option<String>,
    /// E-mail address of the committer.
    pub email: Option<String>,
}

impl std::fmt::Debug for GitAuth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GitAuth")
            .field("token", &self.token.as_ref().map(|_| "***"))
            .field("user", &self.user)
            .field("email", &self.email)
            .finish()
    }
}

/// Hosting services whose URLs we know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GitProvider {
    /// github.com.
    Github,
    /// gitlab.com.
    Gitlab,
    /// bitbucket.org.
    Bitbucket,
}

/// Where an agent's write goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WriteStrategy {
    /// To the library's branch at once ("God mode").
    #[default]
    Direct,
    /// To `feat/<tool>`, for a person to merge ("Gatekeeper mode").
    Pr,
}

/// Which folders tools may write to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub struct FsConfig {
    /// Folders tools may write into, relative to the project or absolute.
    pub allowed_dirs: Vec<String>,
    /// Always on; `false` is refused, so that nobody believes it can be switched off.
    pub block_upward_traversal: bool,
}

impl Default for FsConfig {
    fn default() -> Self {
        Self { allowed_dirs: Vec::new(), block_upward_traversal: true }
    }
}

/// Settings of one tool.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub struct ToolConfig {
    /// Limits that differ from the project's, by name.
    pub limits: BTreeMap<String, u64>,
}

/// How much a lint rule counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LintLevel {
    /// The tool is not valid.
    Error,
    /// Said, nothing more.
    Warn,
    /// Not looked at.
    Off,
}
