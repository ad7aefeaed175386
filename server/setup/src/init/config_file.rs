//! The text of a new `tgp.config.ts`.

/// What a new configuration has to say besides the defaults.
#[derive(Debug, Default)]
pub(super) struct NewConfig<'a> {
    /// The library's upstream.
    pub(super) remote: Option<&'a str>,
    /// Where agents see the tools, when the project has a `tools/` folder of its own.
    pub(super) mount: Option<&'a str>,
}

/// The line that stands where no upstream is named; `--remote` replaces it.
const NO_REPO: &str = "    // repo: 'my-org/tgp-tools', // or a URL, or a path";
const NO_MOUNT: &str = "  // mount: 'tools',";

/// The seed's form, with a comment for each decision.
pub(super) fn text(new: &NewConfig<'_>) -> String {
    let repo = new.remote.map_or_else(|| NO_REPO.to_owned(), repo_line);
    let mount =
        new.mount.map_or_else(|| NO_MOUNT.to_owned(), |mount| format!("  mount: {},", literal(mount)));
    TEMPLATE.replace(NO_REPO, &repo).replace(NO_MOUNT, &mount)
}

/// An existing configuration with its upstream filled in; none where it has not the line we wrote ourselves.
pub(super) fn with_remote(text: &str, remote: &str) -> Option<String> {
    (text.matches(NO_REPO).count() == 1).then(|| text.replacen(NO_REPO, &repo_line(remote), 1))
}

/// The line that names the upstream, as it stands in the configuration.
pub(super) fn repo_line(remote: &str) -> String {
    format!("    repo: {},", literal(remote))
}

fn literal(text: &str) -> String {
    let escaped: String = text.chars().filter(|c| !c.is_control()).flat_map(escape).collect();
    format!("'{escaped}'")
}

fn escape(c: char) -> impl Iterator<Item = char> {
    let backslash = matches!(c, '\'' | '\\').then_some('\\');
    backslash.into_iter().chain(std::iter::once(c))
}

const TEMPLATE: &str = "\
/// <reference path=\"./.tgp/types/core.d.ts\" />
import { defineTGPConfig } from '@tgp/core';

// This file runs in tgp's own sandbox: no imports but this one, no network, no files, and only the environment
// variables it names as `process.env.NAME`. Every setting: `docs/guides/configuration.md` of tgp.
export default defineTGPConfig({
  // The tool library: a Git repository of its own, ignored by the project's.
  rootDir: './.tgp',

  // Where agents see the library. Another name helps where the project has a `tools/` folder of its own.
  // mount: 'tools',

  // 1. BACKEND (GitOps): agents pull tools from here and push new ones here.
  git: {
    // provider: 'github', // or 'gitlab', 'bitbucket'; not needed with a URL
    // repo: 'my-org/tgp-tools', // or a URL, or a path
    branch: 'main',
    auth: {
      // Why not in the file? Because secrets are read from the environment.
      token: process.env.TGP_GITHUB_TOKEN,
      user: 'tgp-bot[bot]',
      email: 'tgp-bot@users.noreply.github.com'
    },
    // 'direct' commits to the branch at once, 'pr' to `feat/<tool>` for a person to merge.
    writeStrategy: process.env.NODE_ENV === 'production' ? 'pr' : 'direct'
  },

  // 2. FILESYSTEM JAIL: the only folders of the project tools may write to.
  fs: {
    allowedDirs: ['./public/exports', './tmp'],
    blockUpwardTraversal: true
  },

  // 3. RUNTIME: what tools may import besides each other.
  allowedImports: ['@tgp/std', 'zod', 'date-fns'],

  // 4. NETWORKING: URL prefixes `fetch` may use, such as 'https://api.stripe.com'. Nothing else leaves.
  allowedFetchUrls: [],

  // 5. DATABASE of `exec_sql`; the environment variable DATABASE_URL comes first.
  // database: 'sqlite:./app.db'
});
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_the_template_fills_is_in_it_once() {
        for line in [NO_REPO, NO_MOUNT] {
            assert_eq!(TEMPLATE.matches(line).count(), 1, "{line}");
        }
    }

    #[test]
    fn a_remote_is_one_literal_whatever_it_holds() {
        assert_eq!(repo_line("a'b\\c\n"), "    repo: 'a\\'b\\\\c',");
    }
}
