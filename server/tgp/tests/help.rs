//! Help: what every command says about itself.

use expect_test::expect;

use crate::place::Place;

#[test]
fn the_first_page_names_every_command_and_the_exit_codes() {
    let said = Place::empty().tgp(&["--help"]).done();
    expect![[r#"
        Agents write their own tools, run them in a sandbox, and keep them in Git

        Usage: tgp [OPTIONS] <COMMAND>

        Commands:
          init         Make a folder a project: configuration, tool library, engine. Twice is harmless
          mcp          Serve an agent host over stdio (MCP). Ends when the input ends, or with SIGTERM
          lsp          Serve an editor over stdio (LSP). Ends with `exit`, when the input ends, or with
                       SIGTERM
          tool         Look at the tools of the library, check them, run them
          sql          Run one SQL statement against the project's database
          sequence     Run several actions as one unit
          sync         Exchange the tool library with its remote: fetch, join, push
          timeline     Show what was done, the newest last [alias: log]
          branch       Look at agents' branches; merge them, put them away, send them back
          snapshot     Take, compare and restore snapshots of files and database
          undo         Take actions back: files, tools and rows of the database come back as they were
          redo         Make again what was taken back last
          approvals    Show what agents ask you, with what would happen
          approve      Say yes to a question. What would happen is shown, and you are asked
          deny         Say no to a question. The agent is told, with your reason
          trust        Show what changed in the configuration, policy and scopes since you trusted them, and
                       ask whether to trust it
          policy       Look at the rules agents are judged by, try them, change them
          scope        Look at the scopes in force, check one, set one
          capability   Look at what actions there are
          token        Look at tokens, mint one, revoke one
          audit        Verify the record of everything that was done, export it, prove one action
          doctor       Check that everything works, and say what to do where it does not; exit code 1 when a
                       check fails
          demo         Play a one-minute story in a temporary folder: an agent writes a tool, is corrected,
                       runs it, and does no harm
          completions  Print completions for a shell
          help         Print this message or the help of the given subcommand(s)

        Options:
          -h, --help     Print help
          -V, --version  Print version

        Global options:
              --root <DIR>  Folder of the project; without it the nearest folder upwards with
                            `tgp.config.ts`
              --json        Print one JSON value to stdout; a failure is `{"error": {...}}`

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
          tgp init && tgp doctor
    "#]]
    .assert_eq(&said.stdout);
}

#[test]
fn without_a_command_the_first_page_is_shown_as_a_mistake() {
    let said = Place::empty().tgp(&[]);
    assert_eq!(said.code, Some(2));
    assert_eq!(said.stdout, "");
    assert!(said.stderr.contains("Usage: tgp"), "{}", said.stderr);
}

#[test]
fn every_command_has_an_example() {
    let place = Place::empty();
    for command in [
        &["init"][..],
        &["mcp"],
        &["tool"],
        &["tool", "list"],
        &["tool", "show"],
        &["tool", "check"],
        &["tool", "run"],
        &["tool", "find"],
        &["sql"],
        &["sync"],
        &["timeline"],
        &["trust"],
        &["undo"],
        &["redo"],
        &["policy"],
        &["policy", "check"],
        &["policy", "test"],
        &["policy", "explain"],
        &["policy", "diff"],
        &["policy", "apply"],
        &["scope"],
        &["scope", "list"],
        &["scope", "show"],
        &["scope", "check"],
        &["scope", "set"],
        &["capability"],
        &["capability", "list"],
        &["audit"],
        &["audit", "verify"],
        &["audit", "export"],
        &["audit", "prove"],
        &["doctor"],
        &["demo"],
        &["completions"],
    ] {
        let arguments: Vec<&str> = command.iter().copied().chain(["--help"]).collect();
        let said = place.tgp(&arguments).done();
        let example = format!("  tgp {}", command.join(" "));
        assert!(said.stdout.contains("Example") && said.stdout.contains(&example), "{}", said.stdout);
    }
}

#[test]
fn the_version_is_one_line() {
    let said = Place::empty().tgp(&["--version"]).done();
    assert_eq!(said.stdout, format!("tgp {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn completions_are_made_for_every_shell() {
    let place = Place::empty();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let said = place.tgp(&["completions", shell]).done();
        assert!(said.stdout.contains("doctor"), "{shell}");
    }
    assert_eq!(place.tgp(&["completions", "cmd"]).code, Some(2));
}
