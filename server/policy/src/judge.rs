//! Weighs all rules and answers.

use tgp_model::{Decision, Judgement, RepoPath};

use crate::builtin;
use crate::request::{Operation, Request, Target};
use crate::rule::{Rule, RuleProblem, globs};

/// What the project's settings say about scope.
#[derive(Debug, Clone, Default)]
pub struct JudgeSettings {
    /// Folder of the library, relative to the project, such as `.tgp`.
    pub library: RepoPath,
    /// Path under which agents see the library's tools, such as `tools`.
    pub mount: RepoPath,
    /// Folders of the project that may be written, such as `public/exports`.
    pub allowed_dirs: Vec<RepoPath>,
}

/// Decides. Pure: the same request gets the same answer.
#[derive(Debug, Clone)]
pub struct Judge {
    library: RepoPath,
    rules: Vec<Rule>,
}

impl Judge {
    /// A judge for one project.
    pub fn new(settings: &JudgeSettings) -> Result<Self, RuleProblem> {
        let mount = format!("{}/**", escape(settings.mount.as_str()));
        let folders: Vec<String> =
            settings.allowed_dirs.iter().map(|dir| format!("{}/**", escape(dir.as_str()))).collect();
        let writable = std::iter::once(mount.as_str()).chain(folders.iter().map(String::as_str));
        let allow = |id: &str, operations: &[Operation], paths, other_targets| Rule {
            id: id.to_owned(),
            effect: Decision::Allow,
            reason: String::new(),
            operations: operations.to_vec(),
            paths: Some(paths),
            other_targets,
        };
        let rules = vec![
            allow("project.read", &[Operation::Read], globs(["**"])?, true),
            allow("project.write", &[Operation::Write, Operation::Delete], globs(writable)?, true),
            allow("project.run", &[Operation::Execute], globs([mount.as_str()])?, true),
            allow("project.fetch", &[Operation::Network], globs([])?, true),
        ];
        Ok(Self { library: settings.library.clone(), rules })
    }

    /// Judges a request: every rule for every target, the strictest match, then the strictest target.
    pub fn judge(&self, request: &Request) -> Judgement {
        if request.targets.is_empty() {
            return self.judge_target(request, None);
        }
        let mut strictest: Option<Judgement> = None;
        for target in &request.targets {
            let judgement = self.judge_target(request, Some(target));
            if strictest.as_ref().is_none_or(|known| judgement.decision > known.decision) {
                strictest = Some(judgement);
            }
        }
        strictest.unwrap_or_else(|| default_deny(None))
    }

    fn judge_target(&self, request: &Request, target: Option<&Target>) -> Judgement {
        if let Some(built_in) = target.and_then(|target| builtin::denies(request, target, &self.library)) {
            return Judgement {
                decision: Decision::Deny,
                rule: built_in.id.to_owned(),
                reason: built_in.reason.to_owned(),
                target: target.map(Target::text),
            };
        }
        self.rules
            .iter()
            .filter(|rule| rule.matches(request, target))
            .max_by_key(|rule| rule.effect)
            .map_or_else(
                || default_deny(target),
                |rule| Judgement {
                    decision: rule.effect,
                    rule: rule.id.clone(),
                    reason: rule.reason.clone(),
                    target: target.map(Target::text),
                },
            )
    }
}

fn default_deny(target: Option<&Target>) -> Judgement {
    Judgement {
        decision: Decision::Deny,
        rule: "default".to_owned(),
        reason: "Nothing allows it.".to_owned(),
        target: target.map(Target::text),
    }
}

/// Makes a path literal inside a glob.
fn escape(path: &str) -> String {
    globset::escape(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(operation: Operation, path: &str) -> (Decision, String) {
        let settings = JudgeSettings {
            library: ".tgp".parse().unwrap(),
            mount: "tools".parse().unwrap(),
            allowed_dirs: vec!["public/exports".parse().unwrap()],
        };
        let request = Request {
            agent: tgp_model::AgentName::default(),
            capability: "fs.any",
            operation,
            targets: vec![Target::Path(path.parse().unwrap())],
        };
        let judgement = Judge::new(&settings).unwrap().judge(&request);
        (judgement.decision, judgement.rule)
    }

    #[test]
    fn writing_is_allowed_in_the_library_and_the_allowed_folders_only() {
        assert_eq!(judge(Operation::Write, "tools/a/b.ts"), (Decision::Allow, "project.write".into()));
        assert_eq!(
            judge(Operation::Write, "public/exports/x.csv"),
            (Decision::Allow, "project.write".into())
        );
        assert_eq!(judge(Operation::Write, "public/exports_evil/x"), (Decision::Deny, "default".into()));
        assert_eq!(judge(Operation::Write, "src/main.rs"), (Decision::Deny, "default".into()));
        assert_eq!(judge(Operation::Write, "toolsmith/a.ts"), (Decision::Deny, "default".into()));
        assert_eq!(judge(Operation::Read, "src/main.rs"), (Decision::Allow, "project.read".into()));
    }

    #[test]
    fn built_in_rules_hold_in_any_spelling() {
        for (path, rule) in [
            (".git/config", "builtin.git"),
            ("sub/.GIT/config", "builtin.git"),
            ("tools/.git/hooks/x", "builtin.git"),
            ("GIT~1/config", "builtin.git"),
            (".g\u{200c}it/config", "builtin.git"),
            (".git::$INDEX_ALLOCATION/config", "builtin.git"),
            ("tools/.gitattributes", "builtin.git"),
            ("tools/deep/.GitIgnore", "builtin.git"),
            ("tools/.git\u{200c}modules", "builtin.git"),
            ("tools/GITMOD~1", "builtin.git"),
            ("tools/gi7d29~12", "builtin.git"),
            ("public/exports/.mailmap", "builtin.git"),
            (".tgp/policy/rules.yaml", "builtin.policy"),
            (".TGP/scopes/coder.yaml", "builtin.policy"),
            (".tgp/state/tgp.db", "builtin.state"),
            (".tgp/tools/x.ts", "builtin.library"),
            (".tgp/meta.json", "builtin.library"),
            (".tgp", "builtin.library"),
            (".tgp/bin/tgp", "builtin.binary"),
            ("tgp.config.ts", "builtin.config"),
        ] {
            assert_eq!(judge(Operation::Write, path), (Decision::Deny, rule.to_owned()), "{path}");
        }
        assert_eq!(judge(Operation::Read, ".tgpx/a").0, Decision::Allow);
        assert_eq!(judge(Operation::Read, "tgp.config.ts").0, Decision::Allow);
        assert_eq!(judge(Operation::Read, ".gitignore").0, Decision::Allow);
        assert_eq!(judge(Operation::Write, "tools/gitignore.ts").0, Decision::Allow);
    }
}
