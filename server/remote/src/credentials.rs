//! Credentials: from the environment to git's environment, and nowhere else.

use std::fmt;

use super::url::RemoteUrl;

/// What opens the remote. Never printed, stored, logged, or put into an argument list.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Credentials {
    user: Option<String>,
    token: Option<String>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("user", &self.user)
            .field("token", &self.token.as_ref().map(|_| "***"))
            .finish()
    }
}

/// Name of the variable git's credential helper reads the token from.
const TOKEN_VARIABLE: &str = "TGP_REMOTE_TOKEN";
const USER_VARIABLE: &str = "TGP_REMOTE_USER";
/// The user name hosting services take beside a token when none is given.
const TOKEN_USER: &str = "x-access-token";
/// The helper's text holds no secret: it prints what the two variables hold.
const HELPER: &str = "!f() { test \"$1\" = get && printf 'username=%s\\npassword=%s\\n' \"$TGP_REMOTE_USER\" \"$TGP_REMOTE_TOKEN\"; }; f";

impl Credentials {
    /// No credentials: the user's own ssh keys and credential helpers are used.
    pub fn none() -> Self {
        Self::default()
    }

    /// A token, with the user name the service wants beside it, if it wants one.
    pub fn token(token: impl Into<String>, user: Option<String>) -> Self {
        let token = Some(token.into()).filter(|token| !token.is_empty());
        Self { user, token }
    }

    /// The environment that lets git find the token: only for this host, and only where it does not travel in the open.
    pub(crate) fn environment(&self, url: &RemoteUrl) -> Vec<(String, String)> {
        let (Some(token), Some(origin)) = (self.token.as_ref().or(url.password()), url.token_origin()) else {
            return Vec::new();
        };
        let user = self.user.as_deref().filter(|_| self.token.is_some()).or(url.user()).unwrap_or(TOKEN_USER);
        let key = format!("credential.{origin}.helper");
        let settings = [("credential.helper", ""), (key.as_str(), ""), (key.as_str(), HELPER)];
        let mut environment = vec![
            (TOKEN_VARIABLE.to_owned(), token.clone()),
            (USER_VARIABLE.to_owned(), user.to_owned()),
            ("GIT_CONFIG_COUNT".to_owned(), settings.len().to_string()),
        ];
        for (at, (key, value)) in settings.into_iter().enumerate() {
            environment.push((format!("GIT_CONFIG_KEY_{at}"), key.to_owned()));
            environment.push((format!("GIT_CONFIG_VALUE_{at}"), value.to_owned()));
        }
        environment
    }

    /// The text without the token, in any spelling git or a server may echo it in.
    pub(crate) fn redact(&self, text: &str, url: &RemoteUrl) -> String {
        let mut clean = text.to_owned();
        for token in self.token.iter().chain(url.password()) {
            clean = clean.replace(token.as_str(), "***");
            clean = clean.replace(&percent_encoded(token), "***");
        }
        redact_userinfo(&clean)
    }
}

fn percent_encoded(text: &str) -> String {
    text.bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() || b"-._~".contains(&b) {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect()
}

/// `https://user:secret@host` anywhere in a text becomes `https://***@host`.
fn redact_userinfo(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        clean.push_str(before);
        let end = after
            .find(|c: char| c == '/' || c.is_whitespace() || c == '\'' || c == '"')
            .unwrap_or(after.len());
        let (authority, tail) = after.split_at(end);
        match authority.rsplit_once('@') {
            Some((_, host)) => {
                clean.push_str("***@");
                clean.push_str(host);
            }
            None => clean.push_str(authority),
        }
        rest = tail;
    }
    clean + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_spelling_of_a_secret_stays() {
        let credentials = Credentials::token("s3cr/t+x", None);
        let url =
            RemoteUrl::from_settings(None, "https://u:in-the-url@h.example/x", std::path::Path::new("/"))
                .unwrap();
        let text = credentials.redact(
            "fatal: https://u:other@h.example/x s3cr/t+x s3cr%2Ft%2Bx in-the-url 'https://a@b'",
            &url,
        );
        assert_eq!(text, "fatal: https://***@h.example/x *** *** *** 'https://***@b'");
        assert!(!format!("{credentials:?}").contains("s3cr"));
    }
}
