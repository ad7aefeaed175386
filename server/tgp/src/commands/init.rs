//! `tgp init`: makes a folder a project.

use std::path::{Path, PathBuf};

use clap::Args;
use tgp_protocol::client::project::{InitOutput, StepState};
use tgp_setup::{Host, InitProject, init};

use crate::context::Context;
use crate::failure::Failure;
use crate::page::{Page, Style};

/// Make a folder a project: configuration, tool library, engine. Twice is harmless.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tgp init
  tgp init --host claude
  tgp init shop --remote git@github.com:my-org/tgp-tools.git --host vscode --host codex")]
pub(crate) struct InitArgs {
    /// Folder of the project; made where it is missing [default: the current folder].
    dir: Option<PathBuf>,
    /// Where the library is kept for others: a URL, a path, or `owner/name`. Goes into the configuration.
    #[arg(long, value_name = "URL")]
    remote: Option<String>,
    /// Write the configuration of this agent host instead of printing what to paste; may be given several times.
    #[arg(long, value_name = "NAME", value_parser = ["claude", "vscode", "cursor", "codex"])]
    host: Vec<String>,
}

pub(crate) fn run(args: &InitArgs, context: &Context<'_>) -> Result<(), Failure> {
    let project = project(args, context)?;
    let mut progress = |text: &str| context.output.progress(text);
    let done = init(&project, &mut progress).map_err(|error| error.refusal())?;
    context.output.answer(&done, |page| put(page, &done));
    Ok(())
}

fn project(args: &InitArgs, context: &Context<'_>) -> Result<InitProject, Failure> {
    let folder = match (&args.dir, context.named_root()) {
        (Some(_), Some(_)) => {
            return Err(Failure::usage("`DIR` and `--root` name the same thing; give one of them"));
        }
        (Some(dir), None) => context.here().join(dir),
        (None, Some(root)) => root,
        (None, None) => context.here().to_owned(),
    };
    let program =
        std::env::current_exe().map_err(|error| Failure::Bug(format!("the program has no path: {error}")))?;
    let hosts = args.host.iter().filter_map(|name| name.parse::<Host>().ok());
    let mut chosen: Vec<Host> = Vec::new();
    for host in hosts {
        if !chosen.contains(&host) {
            chosen.push(host);
        }
    }
    Ok(InitProject {
        folder,
        remote: args.remote.clone(),
        hosts: chosen,
        command: command(&program),
        program,
        codex_home: codex_home(),
        environment: tgp_engine::environment(),
    })
}

/// `tgp` where the path leads to this very program, otherwise its whole name.
fn command(program: &Path) -> String {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join("tgp")).find(|file| file.is_file());
    let same = found
        .and_then(|file| file.canonicalize().ok())
        .is_some_and(|file| program.canonicalize().is_ok_and(|program| program == file));
    if same { "tgp".to_owned() } else { program.to_string_lossy().into_owned() }
}

/// Folder of Codex's own configuration, where the person has a home.
pub(super) fn codex_home() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("CODEX_HOME").or_else(|| set("HOME").map(|home| home.join(".codex")))
}

fn put(page: &mut Page, done: &InitOutput) {
    for step in &done.steps {
        let (style, word) = match step.state {
            StepState::Created => (Style::Good, "created"),
            StepState::Changed => (Style::Good, "changed"),
            StepState::Kept => (Style::Dim, "kept   "),
            StepState::Skipped => (Style::Careful, "skipped"),
        };
        page.put(style, word).plain("  ").plain(&step.item);
        if let Some(note) = &step.note {
            page.put(Style::Dim, &format!("  ({note})"));
        }
        page.end();
    }
    page.end();
    page.plain("The project at ").put(Style::Bold, &done.root).plain(" is ready.").end();
    if done.hosts.is_empty() {
        return;
    }
    page.line("To let an agent in, paste one of these, or run `tgp init --host NAME`:");
    for host in &done.hosts {
        let title = host
            .host
            .parse::<Host>()
            .ok()
            .map_or_else(|| host.host.clone(), |known| known.title().to_owned());
        page.end();
        page.put(Style::Bold, &title).plain(": ").put(Style::Accent, &host.file).end();
        page.plain(&host.text);
    }
}
