//! `check_tool`: compiles a tool and holds it against the code standards, and its types where TypeScript 7 is there.

use tgp_compiler::ReadSource;
use tgp_model::{ActionType, AgentName, Diagnostic, RepoPath, Severity};
use tgp_policy::Target;
use tgp_protocol::client::tools::{CheckToolInput, CheckToolOutput};
use tgp_protocol::client::{ErrorCode, Refusal};

use crate::{Call, Engine};
use tgp_forge::finding;
use tgp_forge::{TypeCheck, TypedTool};
use tgp_gate::Action;
use tgp_library::ToolSource;
use tgp_model::mount::Location;

impl Engine {
    /// Says whether a tool is valid, and names what is not.
    pub fn check_tool(&self, call: &Call, input: CheckToolInput) -> Result<CheckToolOutput, Refusal> {
        let mut action =
            Action::begin(self.gate(), call, ActionType::ToolCheck, format!("Checked `{}`", input.path));
        // Writes handed in earlier come first.
        drop(call.take_place().map(tgp_gate::Place::wait));
        let result = action.carry_out(&mut |action| self.check(call, action, &input));
        action.end(result)
    }

    fn check(
        &self,
        call: &Call,
        action: &mut Action<'_>,
        input: &CheckToolInput,
    ) -> Result<CheckToolOutput, Refusal> {
        let path = Engine::parse_path(&input.path)?;
        action.facts.files = vec![path.clone()];
        action.judge("tool.check", vec![Target::path(&path)])?;
        let stored = self.stored_tool(&path)?;
        // The text that would run: a check that says something about another one would promise too much.
        let may_read = self.may_read(&call.agent);
        let files = ToolSource::running(self.library(), self.files(), &call.agent).within(&stored, &may_read);
        let source = self.running_source(&path, &stored, &files)?;
        let mut checked = self.check_source(call, &stored, &source, &files)?;
        self.name_refused(&files, &mut checked);
        checked.notes.extend(self.foreign_change(&path, &stored, &call.agent));
        Ok(checked)
    }

    /// What to say where another agent's change of this tool waits for review: it is read, and not run.
    fn foreign_change(&self, path: &RepoPath, stored: &RepoPath, agent: &AgentName) -> Option<String> {
        let waiting = self
            .library()
            .review_of(stored)
            .filter(|waiting| !self.library().wrote(agent, waiting, stored))?;
        let branch = &waiting.branch;
        Some(format!(
            "a change of `{path}` waits for review on `{branch}`; what was checked is what runs now"
        ))
    }

    /// Checks a text as the tool `stored`, committed or not.
    pub(crate) fn check_source(
        &self,
        call: &Call,
        stored: &RepoPath,
        source: &str,
        files: &dyn ReadSource,
    ) -> Result<CheckToolOutput, Refusal> {
        let report = self.forge().check(stored.as_str(), source, files);
        let mut diagnostics = report.diagnostics;
        let compiles =
            !diagnostics.iter().any(|d| d.severity == Severity::Error && d.code.starts_with("compile."));
        let mut notes = Vec::new();
        if compiles {
            let tool = TypedTool {
                root: self.root(),
                state: self.state_folder(),
                stored,
                source,
                imports: &report.imports,
                files,
            };
            match self.forge().check_types(&tool, &call.cancel)? {
                TypeCheck::Checked(found) => diagnostics.extend(found),
                TypeCheck::NotChecked { why } => notes.push(why),
            }
        }
        let (errors, warnings): (Vec<Diagnostic>, Vec<Diagnostic>) =
            diagnostics.into_iter().partition(|d| d.severity == Severity::Error);
        Ok(CheckToolOutput {
            valid: errors.is_empty(),
            errors: errors.iter().map(|d| finding(d, self.mount())).collect(),
            warnings: warnings.iter().map(|d| finding(d, self.mount())).collect(),
            schema: report.schema,
            notes,
        })
    }

    /// The path in the library of the tool an agent names.
    pub(crate) fn stored_tool(&self, path: &RepoPath) -> Result<RepoPath, Refusal> {
        match self.mount().locate(path) {
            Location::Library(stored) => Ok(stored),
            Location::Project(_) => {
                let message = format!("`{path}` is not in the tool library (`{}/...`)", self.mount().seen());
                Err(Refusal::new(ErrorCode::ToolNotFound, message))
            }
        }
    }
}
