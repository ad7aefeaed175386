//! A person and an agent meet in a real Neovim: the oldest that is supported, the first with all of the plugin, the newest.

use tgp_tests::places;

use super::foreign_editors::{as_told, driver, script, shop};

/// Plays a script in this Neovim; it checks what it sees.
fn play(name: &str, editor: &str) {
    let project = shop();
    let mut command = driver(&project, &places::python_of("python-editors"));
    as_told(command.arg(script(name)).env("TGP_NVIM", places::editor(editor)));
}

#[test]
fn a_person_decides_over_an_agents_work_in_neovim_0_10() {
    play("neovim_story.py", "nvim-0.10");
}

#[test]
fn a_person_decides_over_an_agents_work_in_the_newest_neovim() {
    play("neovim_story.py", "nvim-newest");
}

#[test]
fn a_person_decides_over_an_agents_work_in_neovim_0_7() {
    play("neovim_story.py", "nvim-0.7");
}

#[test]
fn what_goes_wrong_in_neovim_0_10_is_told_in_a_sentence() {
    play("neovim_trouble.py", "nvim-0.10");
}

#[test]
fn what_goes_wrong_in_the_newest_neovim_is_told_in_a_sentence() {
    play("neovim_trouble.py", "nvim-newest");
}

#[test]
fn snapshots_tools_scopes_and_reviews_have_their_keys_in_neovim_0_10() {
    play("neovim_areas.py", "nvim-0.10");
}

#[test]
fn snapshots_tools_scopes_and_reviews_have_their_keys_in_the_newest_neovim() {
    play("neovim_areas.py", "nvim-newest");
}

#[test]
fn snapshots_tools_scopes_and_reviews_have_their_keys_in_neovim_0_7() {
    play("neovim_areas.py", "nvim-0.7");
}
