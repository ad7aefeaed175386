//! What went wrong in public in products of this kind, line by line, and the tests that hold each line. The page
//! `docs/reference/incidents.md` is written from this table; a test that is named here and gone is a failure.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use tgp_tests::{places, walk};

use crate::documents::compare;

/// A list of incidents: its title, and each line with the tests that hold it.
type List = (&'static str, &'static [(&'static str, &'static [&'static str])]);

const LISTS: &[List] = &[
    ("Undo, discard, restore, merge", UNDO),
    ("Git, as the agent meets it", GIT),
    ("Path rules", PATHS),
    ("Network", NETWORK),
    ("Tool code in the sandbox", SANDBOX),
    ("Audit and state", AUDIT),
    ("Approvals", APPROVALS),
    ("Protocol", PROTOCOL),
];

const UNDO: &[(&str, &[&str])] = &[
    (
        "a file changed by a shell command is restored",
        &["a_file_a_shell_command_changed_and_an_ignored_one_are_restored"],
    ),
    (
        "an ignored file that the action changed is restored",
        &["an_ignored_file_that_the_action_changed_is_restored"],
    ),
    (
        "a file the user created meanwhile survives",
        &[
            "what_a_person_made_in_a_folder_of_the_action_survives",
            "a_file_the_agent_only_read_and_one_the_user_made_meanwhile_survive",
        ],
    ),
    (
        "a file the agent only read survives",
        &["a_file_the_agent_only_read_and_one_the_user_made_meanwhile_survive"],
    ),
    (
        "`.gitignore` changed in the same action as ignored files",
        &[
            "gitignore_changed_in_the_same_action_as_ignored_files_is_undone_with_them",
            "an_ignore_file_that_changed_meanwhile_changes_nothing_about_the_undo",
        ],
    ),
    (
        "the user edited the same file after the agent",
        &[
            "what_changed_since_in_the_same_place_is_named_and_stays",
            "what_a_person_changed_after_a_restore_is_never_overwritten_by_its_undo",
            "a_file_the_person_changed_since_stays_and_nothing_at_all_is_done",
            "a_file_a_person_edited_elsewhere_is_merged_and_says_so",
            "the_user_s_edit_of_the_same_lines_after_the_agent_is_never_overwritten",
        ],
    ),
    (
        "undo of an undo is byte-equal",
        &[
            "an_action_on_a_branch_is_taken_back_and_made_again_byte_for_byte",
            "the_undo_of_a_restore_brings_everything_back_and_the_undo_of_that_too",
            "redo_and_the_undo_of_an_undo_give_back_every_byte",
            "one_action_of_many_is_undone_and_redone_byte_for_byte",
        ],
    ),
    (
        "killed at any point during undo: old or new state",
        &[
            "the_undo_of_a_write_on_a_branch_killed_anywhere_is_old_or_new",
            "the_undo_of_a_merge_killed_anywhere_is_old_or_new",
            "the_undo_of_a_write_killed_anywhere_is_old_or_new",
            "the_undo_of_a_tool_run_killed_anywhere_is_old_or_new",
            "the_undo_of_a_statement_killed_anywhere_is_old_or_new",
            "killed_at_any_point_during_undo_the_branch_has_the_old_state_or_the_new",
        ],
    ),
    (
        "mode bits, symlink, empty directory, rename, CRLF, NUL bytes, no final newline, non-UTF-8 name, a 1 GB file",
        &[
            "modes_symlinks_line_endings_bytes_renames_and_odd_names_come_through_a_merge_and_back",
            "mode_bits_symlinks_crlf_nul_bytes_and_names_that_are_no_text_come_through",
            "every_kind_of_content_comes_back_byte_for_byte",
            "mode_bits_come_back_and_a_mode_changed_since_stays",
            "a_deleted_file_and_a_deleted_symlink_come_back",
            "a_folder_that_was_there_before_stays_also_when_it_is_empty",
            "renames_and_modes_come_back",
            "a_huge_file_is_kept_in_pieces_and_one_over_the_limit_says_so_before",
        ],
    ),
    (
        "nested repository, submodule, linked worktree, bare repository",
        &[
            "linked_worktrees_shallow_and_sparse_clones_work",
            "repositories_that_cannot_be_used_are_named_with_what_to_do_and_the_library_still_works",
            "large_files_nested_repositories_and_the_tool_library_are_left_out_and_listed",
            "a_submodule_is_a_repository_of_its_own",
            "a_linked_worktree_shares_branches_and_keeps_its_own_head",
            "a_bare_repository_is_used_and_has_no_work_to_capture",
        ],
    ),
    (
        "two agents interleaved, one undone",
        &[
            "undoing_one_agent_never_undoes_another",
            "three_agents_and_a_person_in_any_order_keep_every_state_right",
            "two_agents_interleaved_one_undone",
            "two_agents_work_interleaved_and_one_is_undone",
            "undoing_one_agent_since_a_time_leaves_the_other_agent_and_what_was_before",
        ],
    ),
    ("undo while a command runs", &["an_undo_while_a_tool_runs_waits_for_nothing_half_done"]),
    (
        "disk full or permission denied half-way",
        &[
            "a_disk_that_takes_no_more_leaves_the_branch_as_it_was",
            "a_disk_that_is_full_half_way_leaves_each_file_old_or_new",
            "a_full_disk_half_way_changes_nothing",
            "a_full_disk_half_way_leaves_whole_files_and_the_same_restore_ends_it",
        ],
    ),
    (
        "a parent directory swapped for a symlink between check and use",
        &[
            "a_parent_swapped_between_look_and_commit_is_refused",
            "a_folder_swapped_for_a_symlink_leads_nowhere",
        ],
    ),
    ("a path in stored state that leads outside", &["a_path_in_stored_state_that_leads_outside_is_refused"]),
    (
        "the user's HEAD, index, stash, reflog, hooks and config untouched",
        &[
            "an_agent_s_first_write_opens_a_task_and_touches_nothing_of_the_person_s",
            "taking_a_snapshot_changes_nothing_of_a_person_s_and_holds_what_is_not_committed",
            "the_user_s_head_index_stash_reflog_hooks_and_config_are_untouched",
            "a_snapshot_changes_nothing_and_survives_gc_with_prune_now",
        ],
    ),
    (
        "a repository of 100,000 files: cost follows the change, not the tree",
        &["opening_writing_and_undoing_cost_the_same_in_ten_files_and_in_a_hundred_thousand"],
    ),
    (
        "undoing a whole session gives the starting tree, hash for hash",
        &[
            "a_session_and_a_point_give_the_tree_they_had_hash_for_hash",
            "any_session_that_is_taken_back_leaves_the_world_as_it_was",
        ],
    ),
    (
        "a multi-file patch is all or nothing",
        &[
            "a_patch_over_several_files_is_all_or_nothing_and_each_file_is_judged",
            "a_multi_file_patch_is_all_or_nothing",
        ],
    ),
    (
        "merge with the user's checkout dirty",
        &[
            "a_dirty_checkout_refuses_with_the_list_of_files_and_touches_none",
            "two_agents_and_a_person_work_in_one_project",
            "a_dirty_checkout_refuses_with_the_list_or_goes_through_without_touching_the_files",
        ],
    ),
    (
        "discard can be taken back",
        &[
            "a_discarded_branch_comes_back_byte_for_byte_and_discard_and_restore_can_be_undone",
            "after_thirty_days_a_discarded_branch_is_gone_and_not_a_second_before",
            "discard_can_be_taken_back_for_thirty_days_also_when_refs_are_packed",
        ],
    ),
    (
        "a snapshot restored can itself be undone",
        &[
            "the_undo_of_a_restore_brings_everything_back_and_the_undo_of_that_too",
            "a_snapshot_restored_can_itself_be_undone",
        ],
    ),
    (
        "rows changed by SQL come back, and a row the user changed since is reported",
        &[
            "rows_come_back_one_by_one_in_tables_with_and_without_a_key_and_triggers_stay_silent",
            "a_row_that_was_changed_since_is_reported_and_left_and_the_others_come_back",
        ],
    ),
    (
        "`git gc --prune=now` in the user's repository loses no undo",
        &[
            "what_undo_needs_survives_the_collection_of_garbage",
            "git_gc_takes_nothing_that_an_undo_needs",
            "git_gc_loses_no_snapshot",
            "git_gc_with_prune_now_loses_no_undo_and_no_discarded_branch",
            "git_gc_with_prune_now_in_the_library_loses_no_undo",
        ],
    ),
];

const GIT: &[(&str, &[&str])] = &[
    (
        "hooks never run on tgp's own git calls",
        &[
            "hooks_never_run",
            "a_folder_of_hooks_elsewhere_is_not_looked_at",
            "nothing_of_a_person_s_configuration_runs_when_a_branch_is_merged",
            "hooks_fsmonitor_signing_merge_drivers_and_the_environment_run_nothing",
            "no_hook_of_the_library_ever_runs",
        ],
    ),
    (
        "a ref name beginning with `-`",
        &[
            "a_ref_name_that_looks_like_an_option_is_no_option",
            "tasks_of_one_name_and_second_get_names_of_their_own",
        ],
    ),
    (
        "signing configured (`commit.gpgsign`)",
        &[
            "nothing_is_signed",
            "hooks_fsmonitor_signing_merge_drivers_and_the_environment_run_nothing",
            "hooks_signing_filters_drivers_and_monitors_of_the_configuration_never_run",
        ],
    ),
    (
        "`core.fsmonitor`, `core.hooksPath`, aliases, textconv, filters, `GIT_*`",
        &[
            "no_file_watcher_is_asked",
            "aliases_textconv_and_filters_do_nothing",
            "git_variables_of_the_environment_lead_nowhere",
            "hooks_fsmonitor_signing_merge_drivers_and_the_environment_run_nothing",
            "git_variables_in_the_environment_lead_nowhere",
            "a_filter_program_of_the_user_s_never_runs_and_its_files_are_named",
        ],
    ),
    (
        "CRLF conversion",
        &[
            "an_agent_s_bytes_are_stored_as_they_are_whatever_line_endings_git_converts",
            "line_endings_are_converted_as_git_does_and_git_diff_agrees",
            "line_endings_of_a_checkout_that_follows_are_the_repository_s_own",
        ],
    ),
    (
        "case-insensitive names",
        &[
            "where_case_does_not_count_two_names_are_not_made_of_one",
            "a_name_that_differs_by_case_only_is_refused_where_the_repository_ignores_case",
        ],
    ),
    (
        "an empty repository",
        &[
            "an_empty_repository_gets_a_task_and_keeps_being_empty",
            "the_first_commit_of_an_empty_repository_may_be_a_merge",
            "an_empty_repository_gets_its_first_commit_on_the_agent_s_branch_only",
        ],
    ),
    (
        "a detached HEAD",
        &[
            "a_detached_head_a_rebase_and_a_lock_left_behind_are_no_obstacle",
            "a_detached_head_refuses_and_says_how_to_name_a_branch",
            "a_plain_repository_and_a_detached_head_are_used",
        ],
    ),
    (
        "a rebase in progress",
        &[
            "a_detached_head_a_rebase_and_a_lock_left_behind_are_no_obstacle",
            "a_merge_a_rebase_a_cherry_pick_and_a_revert_in_progress_refuse",
            "a_rebase_in_progress_and_an_index_lock_left_behind_do_not_keep_agents_from_working",
            "a_target_that_moves_meanwhile_a_rebase_and_an_index_lock_refuse",
        ],
    ),
    (
        "`index.lock` left behind",
        &[
            "a_detached_head_a_rebase_and_a_lock_left_behind_are_no_obstacle",
            "an_index_lock_left_behind_refuses_and_is_named",
            "a_rebase_in_progress_and_an_index_lock_left_behind_do_not_keep_agents_from_working",
            "an_index_lock_and_a_rebase_refuse",
        ],
    ),
];

const PATHS: &[(&str, &[&str])] = &[
    (
        "`..`, absolute, `//`, trailing dots and spaces, NUL, percent-encoding",
        &[
            "paths_that_lead_out_are_refused_by_every_tool",
            "paths_that_are_none_are_named",
            "dots_and_absolute_paths_lead_nowhere",
        ],
    ),
    (
        "Unicode forms, case",
        &["a_deny_holds_for_every_spelling_of_the_file", "built_in_rules_hold_in_any_spelling"],
    ),
    (
        "a symlink in the middle, a symlink made after the check",
        &[
            "a_symlink_out_of_the_project_is_not_followed",
            "a_parent_swapped_for_a_symlink_before_the_commit_is_refused",
            "a_parent_swapped_again_and_again_never_leads_out",
        ],
    ),
    ("a hard link to a forbidden file", &["a_hard_link_is_read_and_its_other_names_are_counted"]),
    ("a device or FIFO", &["devices_and_pipes_are_not_files", "a_pipe_a_socket_and_a_device_are_not_files"]),
    (
        "a forbidden folder inside an allowed one, and listing that walks into it",
        &[
            "a_search_finds_lines_and_only_in_files_the_agent_may_read",
            "a_listing_does_not_walk_into_a_forbidden_folder",
        ],
    ),
];

const NETWORK: &[(&str, &[&str])] = &[
    ("connect by IP", &["connect_by_ip_is_refused_where_the_list_has_the_name"]),
    ("IPv6", &["ipv6_is_compared_in_one_spelling_and_used_when_the_list_has_it"]),
    ("CONNECT to another port", &["connect_to_another_port_is_refused_as_a_method_and_as_a_url"]),
    ("redirect to a forbidden host", &["redirect_to_a_forbidden_host_is_refused_with_both_ends"]),
    ("wildcard apex", &["wildcard_apex_is_not_covered_by_the_wildcard"]),
    ("userinfo in the URL", &["userinfo_in_the_url_is_refused"]),
    ("trailing dot", &["trailing_dot_is_the_same_host"]),
    ("punycode", &["punycode_and_unicode_are_the_same_host_and_homoglyphs_are_not"]),
    (
        "DNS to a loopback or link-local address",
        &[
            "what_the_system_says_about_this_machine_is_not_believed_for_other_names",
            "localhost_is_reached_only_where_the_list_has_it_literally",
        ],
    ),
    ("cloud metadata addresses", &["cloud_metadata_addresses_are_refused"]),
    ("`NO_PROXY`", &["no_proxy_and_the_other_variables_of_the_environment_change_nothing"]),
];

const SANDBOX: &[(&str, &[&str])] = &[
    ("endless loop", &["an_endless_loop_ends"]),
    ("endless recursion", &["endless_recursion_is_an_error_of_depth"]),
    ("catastrophic regular expression", &["a_catastrophic_regular_expression_is_stopped"]),
    ("allocation to the limit", &["allocation_in_small_pieces_to_the_limit_is_a_memory_error"]),
    ("a 100 MB string", &["a_string_of_a_hundred_megabytes_is_a_memory_error"]),
    ("deep JSON", &["json_nested_too_deeply_is_refused_on_the_way_in_and_out"]),
    ("an endless promise chain", &["an_endless_promise_chain_is_stopped"]),
    ("`eval`/`Function`", &["eval_and_function_are_refused_before_and_while_running"]),
    ("prototype pollution of the host bridge", &["pollution_of_prototypes_stays_inside_its_run"]),
    (
        "a getter that runs during serialisation",
        &["a_getter_that_runs_during_serialisation_is_under_the_same_limits"],
    ),
    (
        "a result that is cyclic, huge or a BigInt",
        &["a_cyclic_or_huge_result_is_refused_and_a_big_integer_keeps_its_value"],
    ),
    ("an exception with a hostile `message`", &["an_exception_with_a_hostile_message_is_only_text"]),
    ("import cycles", &["tools_that_import_each_other_in_a_circle_are_reported"]),
    ("import of a forbidden tool", &["a_tool_that_reaches_out_of_the_library_by_import_is_refused"]),
    (
        "tools calling themselves through `exec_tool` without end",
        &["a_tool_that_runs_itself_without_end_is_stopped_at_the_depth"],
    ),
    ("thousands of host calls", &["thousands_of_host_calls_are_stopped_at_their_limit"]),
    (
        "a host call left open when the time runs out",
        &["a_host_call_left_open_when_the_time_runs_out_leaves_no_lock"],
    ),
];

const AUDIT: &[(&str, &[&str])] = &[
    ("last rows removed", &["last_rows_that_are_gone_are_truncated_and_exit_10"]),
    ("one row changed", &["a_changed_row_is_edited_and_exits_16"]),
    ("rows swapped", &["two_rows_that_changed_places_are_swapped_and_exit_14"]),
    ("the whole file replaced by an older copy", &["an_older_copy_is_rolled_back_and_exits_11"]),
    ("the database deleted", &["a_database_that_is_gone_is_deleted_and_exits_12"]),
    (
        "a suffix rewritten with a fresh chain",
        &["another_chain_that_fits_together_is_rewritten_and_exits_13"],
    ),
    (
        "two processes appending",
        &["two_processes_append_to_one_chain", "several_processes_share_one_anchor_and_it_never_runs_ahead"],
    ),
    (
        "disk full",
        &[
            "disk_full_at_any_write_is_a_named_error_and_nothing_is_lost",
            "a_full_disk_under_the_library_and_the_state_database_refuses_changes_and_loses_nothing",
        ],
    ),
    (
        "killed between intent and outcome",
        &[
            "after_a_kill_git_says_what_became_of_an_action",
            "killed_between_its_commit_and_the_note_a_statement_was_executed_and_can_be_taken_back",
        ],
    ),
    (
        "SQLite corrupted in one page",
        &[
            "a_database_with_one_damaged_page_of_the_chain_is_set_aside_and_read_as_far_as_it_goes",
            "a_damaged_state_database_is_set_aside_and_a_new_one_is_begun",
        ],
    ),
    ("clock going backwards", &["a_clock_that_goes_backwards_is_counted_and_breaks_nothing"]),
    (
        "secrets in arguments are redacted before they are hashed and stored",
        &["secrets_in_statements_and_parameters_are_neither_in_the_timeline_nor_in_the_audit_table"],
    ),
];

const APPROVALS: &[(&str, &[&str])] = &[
    ("arguments changed after approval", &["arguments_changed_after_approval_are_asked_about_anew"]),
    (
        "approval used twice",
        &["an_approval_used_twice_is_refused_the_second_time", "two_calls_at_once_use_one_approval_once"],
    ),
    ("approved, then the file changed", &["approved_and_then_the_file_changed_is_asked_about_anew"]),
    ("approved under another policy version", &["approved_under_another_policy_version_is_asked_about_anew"]),
    ("an agent approving itself, by tool call", &["an_agent_cannot_approve_itself_by_a_tool_call"]),
    ("by file write", &["an_agent_cannot_approve_itself_by_writing_a_file_or_from_a_tool"]),
    ("by SQL", &["an_agent_cannot_approve_itself_by_sql"]),
    ("by another agent it controls", &["another_agent_can_neither_see_nor_use_nor_give_an_approval"]),
    ("the approver's view differs from what runs", &["what_the_person_sees_is_what_runs"]),
    (
        "approval arriving after the client went away",
        &["an_approval_that_arrives_after_the_client_went_away_runs_nothing"],
    ),
];

const PROTOCOL: &[(&str, &[&str])] = &[
    ("garbage", &["garbage_is_answered_as_a_parse_error_and_the_session_goes_on"]),
    (
        "half a message",
        &["half_a_message_waits_for_its_other_half", "half_a_message_at_the_end_of_stdin_is_a_clean_end"],
    ),
    ("100 MB on one line", &["a_hundred_megabytes_on_one_line_are_refused_without_holding_them"]),
    ("invalid UTF-8", &["invalid_utf8_is_a_parse_error"]),
    ("deep nesting", &["deep_nesting_is_a_parse_error"]),
    ("duplicate ids", &["duplicate_ids_each_get_an_answer"]),
    ("a response to nothing", &["a_response_to_nothing_is_ignored"]),
    ("a request before initialize", &["a_request_before_initialize_is_refused_and_initialize_still_works"]),
    ("cancel of an unknown or finished call", &["cancel_of_an_unknown_or_finished_call_changes_nothing"]),
    (
        "ten thousand requests without reading an answer",
        &["ten_thousand_requests_without_reading_an_answer_are_all_answered_once"],
    ),
    (
        "stdin closed in the middle of a write",
        &["stdin_closed_in_the_middle_of_a_write_leaves_the_old_or_the_new_state"],
    ),
    ("stdout closed (broken pipe)", &["stdout_closed_is_an_end_not_a_crash"]),
    (
        "a client that never reads",
        &["a_client_that_never_reads_does_not_fill_the_memory_and_its_going_ends_the_server"],
    ),
];

/// Every test of the repository, with the files it stands in.
fn tests() -> BTreeMap<String, Vec<String>> {
    let root = places::repository();
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for folder in ["server", "tests", "wasm-guest", "conformance"] {
        for file in walk(&root.join(folder))
            .into_iter()
            .filter(|file| file.extension().is_some_and(|end| end == "rs"))
        {
            let source = fs::read_to_string(&file).unwrap();
            let name = file.strip_prefix(&root).unwrap().display().to_string();
            for after in source.split("#[test]").skip(1) {
                let test =
                    after.split("fn ").nth(1).and_then(|rest| rest.split('(').next()).unwrap_or_default();
                found.entry(test.trim().to_owned()).or_default().push(name.clone());
            }
        }
    }
    found
}

#[test]
fn every_incident_is_held_by_a_test_and_the_page_names_it() {
    let tests = tests();
    let mut page = String::from(
        "# Incidents\n\nEvery line is something that went wrong in public in a product of this kind. Each is held by tests that run in\n\
         `cargo xtask test`. Written from `tests/stories/incidents.rs`.\n",
    );
    for (title, lines) in LISTS {
        write!(page, "\n## {title}\n\n| line | held by | in |\n|---|---|---|\n").unwrap();
        for (line, names) in *lines {
            assert!(!names.is_empty(), "`{line}` is held by nothing");
            for name in *names {
                let files = tests
                    .get(*name)
                    .unwrap_or_else(|| panic!("`{line}` names `{name}`, and no test is called so"));
                let files: Vec<String> = files.iter().map(|file| format!("`{file}`")).collect();
                writeln!(page, "| {line} | `{name}` | {} |", files.join(", ")).unwrap();
            }
        }
    }
    compare("docs/reference/incidents.md", &page);
}
