//! Which version of configuration, policy and scopes is in force: the one a person trusted, never what lies there.

use std::path::{Path, PathBuf};

use tgp_forge::config::{CONFIG_FILE, Evaluated};
use tgp_model::{RepoPath, Timestamp};
use tgp_policy::JudgeSettings;
use tgp_trust::{Difference, How, Material, ProjectHome, Trusted, UserState, differences};

use crate::coming_sandbox::ComingSandbox;
use crate::draft::Draft;
use crate::evaluated;
use crate::open_error::OpenEngineError;
use crate::open_project::OpenProject;
use crate::settings;

/// Environment variable by which a deployment trusts one version: its hash.
const VARIABLE: &str = "TGP_TRUST";

/// What is in force.
pub(crate) struct InForce {
    pub(crate) evaluated: Evaluated,
    pub(crate) material: Material,
    pub(crate) home: ProjectHome,
    /// What waits for a person, in a sentence.
    pub(crate) note: Option<String>,
}

/// What lies in the project and what a person trusted of it.
pub struct PendingTrust {
    /// What is trusted; none where nobody ever trusted anything here.
    pub trusted: Option<Trusted>,
    /// In what the present files differ from it.
    pub differences: Vec<Difference>,
    present: Material,
    home: ProjectHome,
    /// A file of the present version that is not in the project yet, with its name.
    adds: Option<(String, Draft)>,
}

impl PendingTrust {
    /// Looks at the project. The present configuration has to hold, or nobody could say what is trusted.
    pub fn look(project: &OpenProject) -> Result<Self, OpenEngineError> {
        let root = canonical(&project.root)?;
        let home = home(project, &root)?;
        let sandbox = ComingSandbox::later(&project.cache);
        let (evaluated, present) = present(project, &root, &sandbox)?;
        check_rules(project, &root, &evaluated, &present)?;
        let trusted = home.trusted()?;
        let nothing = Material::default();
        let before = trusted.as_ref().map_or(&nothing, |trusted| &trusted.material);
        Ok(Self { differences: differences(before, &present), trusted, present, home, adds: None })
    }

    /// The trusted version with one file more or another text in one, `name` such as `policy/rules.yaml`. The file is
    /// written when this is accepted; whatever else waits in the project goes on waiting.
    pub fn with_file(project: &OpenProject, name: &str, text: &str) -> Result<Self, OpenEngineError> {
        let root = canonical(&project.root)?;
        let home = home(project, &root)?;
        let Some(trusted) = home.trusted()? else { return Err(OpenEngineError::Untrusted { root }) };
        let sandbox = ComingSandbox::later(&project.cache);
        let source = trusted.material.get(CONFIG_FILE).unwrap_or_default();
        let evaluated = evaluated::evaluate(project, &home, source, &sandbox)?;
        let next = trusted.material.clone().with(name, text.to_owned());
        check_rules(project, &root, &evaluated, &next)?;
        let file = root.join(library_of(&evaluated).as_str()).join(name);
        Ok(Self {
            differences: differences(&trusted.material, &next),
            trusted: Some(trusted),
            present: next,
            home,
            adds: Some((name.to_owned(), Draft::look(file, text)?)),
        })
    }

    /// Whether the present files are the trusted ones.
    pub fn is_settled(&self) -> bool {
        self.trusted.is_some() && self.differences.is_empty()
    }

    /// The hash of the present files, as a deployment names it.
    pub fn hash(&self) -> String {
        self.present.hash()
    }

    /// What a person wrote by hand into the file of [`with_file`](Self::with_file), and did not put in force: it would
    /// be lost.
    pub fn draft(&self) -> Option<&str> {
        let trusted = self.trusted.as_ref().map(|trusted| &trusted.material);
        let before = |name: &str| trusted.and_then(|material| material.get(name));
        self.adds.as_ref().and_then(|(name, draft)| draft.unkept(before(name)))
    }

    /// The hash of that draft.
    pub fn draft_hash(&self) -> Option<String> {
        self.draft().map(|draft| Material::default().with("draft", draft.to_owned()).hash())
    }

    /// Refuses where there is such a draft.
    pub fn check_draft(&self) -> Result<(), OpenEngineError> {
        match (&self.adds, self.draft()) {
            (Some((_, draft)), Some(_)) => Err(OpenEngineError::Draft { path: draft.path().to_owned() }),
            _ => Ok(()),
        }
    }

    /// Keeps the person's word: about what was shown, whatever lies in the project by now.
    pub fn accept(self, by: &str, at: Timestamp) -> Result<Trusted, OpenEngineError> {
        let known = self.trusted.as_ref().map(|trusted| trusted.hash.as_str());
        if self.home.trusted()?.as_ref().map(|trusted| trusted.hash.as_str()) != known {
            return Err(OpenEngineError::TrustMoved);
        }
        if let Some((_, draft)) = &self.adds {
            draft.put()?;
        }
        Ok(self.home.trust(self.present, by, at)?)
    }
}

/// Refuses scopes and policy files that cannot be read, with file, line and column.
fn check_rules(
    project: &OpenProject,
    root: &Path,
    evaluated: &Evaluated,
    material: &Material,
) -> Result<(), OpenEngineError> {
    tgp_gate::read_rules(&settings_of(project, root, evaluated)?, material.files())?;
    Ok(())
}

/// What the rules of a project are read with.
pub(crate) fn settings_of(
    project: &OpenProject,
    root: &Path,
    evaluated: &Evaluated,
) -> Result<JudgeSettings, OpenEngineError> {
    let (config, places) = (&evaluated.config, &evaluated.places);
    let files = settings::open_files(root, &config.fs.allowed_dirs, places)?;
    let urls = settings::open_urls(&config.allowed_fetch_urls, places)?;
    if let Some(url) = &config.database {
        tgp_database::check_url(url).map_err(|problem| places.wrong(&["database"], problem))?;
    }
    settings::library_settings(&config.git, root, places)?
        .check()
        .map_err(|problem| places.wrong(&["git", "branch"], problem))?;
    let mount = config.mount.as_deref().unwrap_or(tgp_model::mount::TOOLS).parse().unwrap_or_default();
    let guarded = crate::machine::guarded(&project.machine, root);
    Ok(JudgeSettings { guarded, ..settings::judge_settings(&library_of(evaluated), &mount, &files, &urls) })
}

/// Trusts what `tgp init` wrote itself, and nothing else: `files` are its names and texts.
pub fn trust_own(
    project: &OpenProject,
    files: impl IntoIterator<Item = (String, String)>,
    by: &str,
) -> Result<(), OpenEngineError> {
    let root = canonical(&project.root)?;
    let home = home(project, &root)?;
    let before = home.trusted()?.map(|trusted| trusted.material).unwrap_or_default();
    let material = files.into_iter().fold(before, |all, (name, text)| all.with(&name, text));
    home.trust(material, by, project.clock.now())?;
    Ok(())
}

/// Decides what is in force in the project at `root`.
pub(crate) fn decide(
    project: &OpenProject,
    root: &Path,
    sandbox: &ComingSandbox,
) -> Result<InForce, OpenEngineError> {
    let home = home(project, root)?;
    if let Some(hash) = project.environment.get(VARIABLE).filter(|hash| !hash.is_empty()) {
        let (evaluated, material) = present(project, root, sandbox)?;
        if material.hash().eq_ignore_ascii_case(hash) {
            return Ok(InForce { evaluated, material, home, note: None });
        }
    }
    let Some(trusted) = home.trusted()? else {
        // A mistake in it is said first: nobody can trust what does not hold.
        let (evaluated, material) = present(project, root, sandbox)?;
        check_rules(project, root, &evaluated, &material)?;
        return Err(OpenEngineError::Untrusted { root: root.to_owned() });
    };
    let source = trusted.material.get(CONFIG_FILE).unwrap_or_default();
    let evaluated = evaluated::evaluate(project, &home, source, sandbox)?;
    let present = Material::read(root, &root.join(library_of(&evaluated).as_str()));
    let note = match present {
        Ok(present) => waiting(&differences(&trusted.material, &present)),
        Err(error) => Some(format!("{error}; the trusted version is in force")),
    };
    Ok(InForce { evaluated, material: trusted.material, home, note })
}

pub(crate) fn home(project: &OpenProject, root: &Path) -> Result<ProjectHome, OpenEngineError> {
    let state = UserState::find(&project.environment).ok_or(OpenEngineError::NoHome)?;
    Ok(state.project(root))
}

pub(crate) fn present(
    project: &OpenProject,
    root: &Path,
    sandbox: &ComingSandbox,
) -> Result<(Evaluated, Material), OpenEngineError> {
    let path = root.join(CONFIG_FILE);
    let source = std::fs::read_to_string(&path).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => OpenEngineError::ProjectMissing { root: root.to_owned() },
        _ => OpenEngineError::Unreadable { path, source },
    })?;
    let evaluated = evaluated::evaluate(project, &home(project, root)?, &source, sandbox)?;
    let material = Material::read(root, &root.join(library_of(&evaluated).as_str()))?;
    Ok((evaluated, material))
}

pub(crate) fn library_of(evaluated: &Evaluated) -> RepoPath {
    evaluated.config.root_dir.as_deref().unwrap_or(".tgp").parse().unwrap_or_default()
}

pub(crate) fn canonical(root: &Path) -> Result<PathBuf, OpenEngineError> {
    std::fs::canonicalize(root)
        .map_err(|source| OpenEngineError::Unreadable { path: root.to_owned(), source })
}

fn waiting(differences: &[Difference]) -> Option<String> {
    let shown = |difference: &Difference| {
        let how = match difference.how {
            How::Added => "new",
            How::Changed => "changed",
            How::Removed => "gone",
        };
        format!("`{}` ({how})", difference.name)
    };
    let names: Vec<String> = differences.iter().map(shown).collect();
    let waits = if names.len() == 1 { "waits" } else { "wait" };
    (!names.is_empty()).then(|| {
        format!("{} {waits} for a person's `tgp trust`; the trusted version is in force", names.join(", "))
    })
}
