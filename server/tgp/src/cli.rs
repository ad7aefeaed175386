//! The command line as a whole: what every command shares, and the list of commands.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use tgp_model::AgentName;

use crate::commands;

/// What the codes mean; the same table as `tgp_screen::code::Code`.
const EXIT_CODES: &str = "\
Exit codes:
  0    done
  1    the tool, the statement or the check failed, or was refused
  2    the command line is wrong
  3    there is no project here, or `tgp.config.ts` has a mistake
  10-18  the audit chain is damaged; `tgp audit verify --help` says which is which
  20   a sequence failed, and something it had done could not be taken back
  70   a bug in tgp
  74   the answer could not be written
  130  interrupted (Ctrl-C)
  143  told to end (SIGTERM)

Environment:
  TGP_LOG    what is logged to stderr, such as `debug` or `tgp_engine=trace` (default `warn`)
  NO_COLOR   no colours

Example:
  tgp init && tgp doctor";

/// Agents write their own tools, run them in a sandbox, and keep them in Git.
#[derive(Debug, Parser)]
#[command(name = "tgp", version, about, after_help = EXIT_CODES, subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Folder of the project; without it the nearest folder upwards with `tgp.config.ts`.
    #[arg(long, global = true, value_name = "DIR", help_heading = "Global options")]
    pub(crate) root: Option<PathBuf>,
    /// Print one JSON value to stdout; a failure is `{"error": {...}}`.
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) json: bool,
}

/// On whose behalf.
#[derive(Debug, Args)]
pub(crate) struct Behalf {
    /// The agent on whose behalf it is done; without it you do it yourself.
    #[arg(long, value_name = "NAME")]
    agent: Option<AgentName>,
}

impl Behalf {
    /// The agent, or the person.
    pub(crate) fn agent(&self) -> AgentName {
        self.agent.clone().unwrap_or_else(AgentName::person)
    }
}

/// One command; what help says about it stands at its arguments.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Init(commands::init::InitArgs),
    Mcp(commands::mcp::McpArgs),
    Lsp(commands::lsp::LspArgs),
    #[command(subcommand)]
    Tool(commands::tool::ToolCommand),
    Sql(commands::sql::SqlArgs),
    #[command(subcommand)]
    Sequence(commands::sequence::SequenceCommand),
    Sync(commands::sync::SyncArgs),
    #[command(visible_alias = "log")]
    Timeline(commands::timeline::TimelineArgs),
    #[command(subcommand)]
    Branch(commands::branch::BranchCommand),
    #[command(subcommand)]
    Snapshot(commands::snapshot::SnapshotCommand),
    Undo(commands::undo::UndoArgs),
    Redo(commands::undo::RedoArgs),
    Approvals(commands::approvals::ApprovalsArgs),
    Approve(commands::approvals::ApproveArgs),
    Deny(commands::approvals::DenyArgs),
    Trust(commands::trust::TrustArgs),
    #[command(subcommand)]
    Policy(commands::policy::PolicyCommand),
    #[command(subcommand)]
    Scope(commands::scope::ScopeCommand),
    #[command(subcommand)]
    Capability(commands::capability::CapabilityCommand),
    #[command(subcommand)]
    Token(commands::token::TokenCommand),
    #[command(subcommand)]
    Audit(commands::audit::AuditCommand),
    Doctor(commands::doctor::DoctorArgs),
    Demo(commands::demo::DemoArgs),
    Completions(commands::completions::CompletionsArgs),
    #[command(hide = true)]
    Reference(commands::reference::ReferenceArgs),
}
