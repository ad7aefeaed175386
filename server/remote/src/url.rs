//! Where the library's remote is: provider and name, a URL, or a folder.

use std::fmt;
use std::path::{Path, PathBuf};

use tgp_model::config::GitProvider;

/// Schemes git is let talk.
const SCHEMES: [&str; 4] = ["https://", "http://", "ssh://", "file://"];

/// The place of a remote. A user and password written into a URL are taken out of it and kept apart.
#[derive(Clone, PartialEq, Eq)]
pub struct RemoteUrl {
    url: String,
    user: Option<String>,
    password: Option<String>,
}

/// A text that is no remote.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` cannot be a remote: {why}")]
pub struct RemoteUrlProblem {
    /// The text as it came in.
    pub text: String,
    /// What is wrong with it.
    pub why: &'static str,
}

impl fmt::Display for RemoteUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url)
    }
}

impl fmt::Debug for RemoteUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RemoteUrl({})", self.url)
    }
}

impl RemoteUrl {
    /// The remote the settings name: `owner/name` at a provider, a URL, or a path (relative to the project).
    pub fn from_settings(
        provider: Option<GitProvider>,
        repo: &str,
        project: &Path,
    ) -> Result<Self, RemoteUrlProblem> {
        let problem = |why| RemoteUrlProblem { text: repo.to_owned(), why };
        if repo.is_empty() || repo.starts_with('-') || repo.chars().any(char::is_control) {
            return Err(problem("it is empty, begins with `-` or holds a control character"));
        }
        if repo.contains("://") {
            return Self::from_url(repo);
        }
        if repo.contains("::") {
            return Err(problem("git's remote helpers (`ext::` and others) are not used"));
        }
        if let Some((host, path)) = repo.split_once(':')
            && !host.contains('/')
            && !Path::new(repo).is_absolute()
        {
            return if host.starts_with('-') || path.is_empty() {
                Err(problem("it is no `host:path`"))
            } else {
                Ok(Self::plain(repo))
            };
        }
        let is_path = repo.starts_with('/')
            || repo.starts_with("./")
            || repo.starts_with("../")
            || repo.starts_with('~');
        match provider {
            Some(provider) if !is_path => {
                let host = match provider {
                    GitProvider::Github => "github.com",
                    GitProvider::Gitlab => "gitlab.com",
                    GitProvider::Bitbucket => "bitbucket.org",
                };
                let name = repo.strip_suffix(".git").unwrap_or(repo);
                let parts = name.split('/').count();
                let fits = name.split('/').all(|part| {
                    !part.is_empty()
                        && part != ".."
                        && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
                });
                if fits && parts >= 2 {
                    Ok(Self::plain(&format!("https://{host}/{name}.git")))
                } else {
                    Err(problem("a repository at a provider is `owner/name`"))
                }
            }
            _ => Ok(Self::plain(&absolute(project, repo).to_string_lossy())),
        }
    }

    fn plain(url: &str) -> Self {
        Self { url: url.to_owned(), user: None, password: None }
    }

    fn from_url(text: &str) -> Result<Self, RemoteUrlProblem> {
        let clean = || text.split_once("://").map_or(text, |(scheme, _)| scheme).to_owned();
        if !SCHEMES.iter().any(|scheme| text.starts_with(scheme)) {
            return Err(RemoteUrlProblem { text: clean(), why: "only https, http, ssh and file are spoken" });
        }
        let (scheme, rest) = text.split_once("://").unwrap_or((text, ""));
        let end = rest.find('/').unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let (userinfo, host) =
            authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
        if host.starts_with('-') || (host.is_empty() && scheme != "file") {
            return Err(RemoteUrlProblem { text: clean(), why: "it names no host" });
        }
        let (user, password) = match userinfo
            .map(|info| info.split_once(':').map_or((info, None), |(user, password)| (user, Some(password))))
        {
            Some((user, password)) => (Some(user.to_owned()), password.map(str::to_owned)),
            None => (None, None),
        };
        // The user name of ssh belongs to the address; a password never does.
        let url = match (&user, scheme) {
            (Some(user), "ssh") => format!("{scheme}://{user}@{host}{path}"),
            _ => format!("{scheme}://{host}{path}"),
        };
        // A token alone before the `@`, as hosting services document it.
        let (user, password) =
            if scheme.starts_with("http") && password.is_none() { (None, user) } else { (user, password) };
        Ok(Self { url, user, password })
    }

    /// The URL for git, without credentials.
    pub fn as_str(&self) -> &str {
        &self.url
    }

    pub(crate) fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    pub(crate) fn password(&self) -> Option<&String> {
        self.password.as_ref()
    }

    /// Scheme and host a token may go to: https, and http on this machine only.
    pub(crate) fn token_origin(&self) -> Option<String> {
        let (scheme, rest) = self.url.split_once("://")?;
        let host = rest.split('/').next()?;
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        let local = matches!(name, "localhost" | "127.0.0.1" | "[::1]");
        (scheme == "https" || (scheme == "http" && local)).then(|| format!("{scheme}://{host}"))
    }
}

/// Makes a path of the settings absolute: relative ones are the project's.
fn absolute(project: &Path, path: &str) -> PathBuf {
    project.join(path.strip_prefix("./").unwrap_or(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(provider: Option<GitProvider>, repo: &str) -> Result<String, &'static str> {
        RemoteUrl::from_settings(provider, repo, Path::new("/project"))
            .map(|url| url.to_string())
            .map_err(|problem| problem.why)
    }

    #[test]
    fn settings_give_a_url() {
        assert_eq!(
            url(Some(GitProvider::Github), "my-org/tgp-tools").as_deref(),
            Ok("https://github.com/my-org/tgp-tools.git")
        );
        assert_eq!(
            url(Some(GitProvider::Gitlab), "a/b/c.git").as_deref(),
            Ok("https://gitlab.com/a/b/c.git")
        );
        assert_eq!(url(Some(GitProvider::Bitbucket), "a/b").as_deref(), Ok("https://bitbucket.org/a/b.git"));
        assert_eq!(url(Some(GitProvider::Github), "/srv/bare.git").as_deref(), Ok("/srv/bare.git"));
        assert_eq!(url(Some(GitProvider::Github), "./bare.git").as_deref(), Ok("/project/bare.git"));
        assert_eq!(url(None, "bare-repo.git").as_deref(), Ok("/project/bare-repo.git"));
        assert_eq!(url(None, "git@github.com:a/b.git").as_deref(), Ok("git@github.com:a/b.git"));
        assert_eq!(url(None, "ssh://git@h.example/a").as_deref(), Ok("ssh://git@h.example/a"));
        for (provider, text) in [
            (None, "ext::sh -c id"),
            (None, "-upload-pack=x"),
            (None, "ftp://a/b"),
            (None, "https://-x/y"),
            (None, "ssh://-oProxyCommand=x/y"),
            (Some(GitProvider::Github), "name"),
            (Some(GitProvider::Github), "a/../b"),
            (Some(GitProvider::Github), "a/b c"),
            (None, ""),
        ] {
            assert!(url(provider, text).is_err(), "{text}");
        }
    }

    #[test]
    fn credentials_in_a_url_leave_it() {
        let url =
            RemoteUrl::from_settings(None, "https://me:s3cret@h.example/a.git", Path::new("/")).unwrap();
        assert_eq!(
            (url.as_str(), url.user(), url.password().map(String::as_str)),
            ("https://h.example/a.git", Some("me"), Some("s3cret"))
        );
        assert!(!format!("{url:?}{url}").contains("s3cret"));
        let url =
            RemoteUrl::from_settings(None, "https://tokenonly@h.example/a.git", Path::new("/")).unwrap();
        assert_eq!(
            (url.as_str(), url.password().map(String::as_str)),
            ("https://h.example/a.git", Some("tokenonly"))
        );
    }

    #[test]
    fn a_token_goes_only_where_it_is_safe() {
        let origin = |text| RemoteUrl::from_settings(None, text, Path::new("/")).unwrap().token_origin();
        assert_eq!(origin("https://h.example:8443/a").as_deref(), Some("https://h.example:8443"));
        assert_eq!(origin("http://127.0.0.1:80/a").as_deref(), Some("http://127.0.0.1:80"));
        for text in ["http://h.example/a", "ssh://h/a", "/a/b", "http://127.0.0.1.evil.example/a"] {
            assert_eq!(origin(text), None, "{text}");
        }
    }
}
