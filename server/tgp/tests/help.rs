//! Help: what every command says about itself.

use expect_test::expect;

use crate::place::Place;

#[test]
fn the_first_page_names_every_command_and_the_exit_codes() {
    let said = Place::empty().tgp(&["--help"]).done();
    expect![[r#""#]].assert_eq(&said.stdout);
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
        &["log"],
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
