//! Starting against anchors: every kind of damage is found and named on the next start.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;
use tgp_model::ActionStatus;
use tgp_store::{AcceptDamage, Anchor, Damage, FileAnchor, Opened, StartStore, Store};

use crate::fixture::{action, again, at, handed, intent, outcome};

/// A project and, outside of it, the user's state folder.
struct Home {
    folder: TempDir,
}

impl Home {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("project/state/tgp.db")
    }

    fn anchor(&self) -> FileAnchor {
        FileAnchor::new(&self.folder.path().join("user/anchors"), "project-1")
    }

    fn plan(&self) -> StartStore {
        StartStore { anchor: Some(self.anchor()), ..StartStore::new(&self.path(), at(0)) }
    }

    fn start(&self) -> Opened {
        Store::start(&self.plan()).unwrap()
    }

    /// What the next start says about the chain.
    fn found(&self) -> Option<Damage> {
        self.start().audit.damage
    }

    /// Notes five actions (ten rows) more, and closes.
    fn work(&self, first: u64) {
        let opened = self.start();
        assert_eq!(opened.audit.damage, None);
        for number in first..first + 5 {
            opened.store.note_intent(&intent(number)).unwrap();
            opened.store.note_outcome(&outcome(number, ActionStatus::Executed)).unwrap();
        }
        opened.store.note_intent(&intent(first + 50)).unwrap();
    }

    fn by_hand(&self, sql: &str) {
        let connection = rusqlite::Connection::open(self.path()).unwrap();
        connection
            .execute_batch("PRAGMA foreign_keys = OFF; DROP TRIGGER IF EXISTS audit_no_update; DROP TRIGGER IF EXISTS audit_no_delete")
            .unwrap();
        connection.execute_batch(sql).unwrap();
    }
}

#[test]
fn a_whole_chain_starts_whole_and_its_head_is_anchored_outside() {
    let home = Home::new();
    home.work(0);
    let held = home.anchor().read().unwrap().unwrap();
    assert_eq!(held.heads.last().unwrap().seq, 11);
    home.work(100);
    let opened = home.start();
    assert_eq!((opened.audit.damage, opened.audit.is_anchored), (None, true));
    assert!(opened.set_aside.is_none() && opened.rebuilt.is_none());
    assert_eq!(home.anchor().read().unwrap().unwrap().heads.last().unwrap().seq, 22);
}

#[cfg(unix)]
#[test]
fn only_the_user_can_read_the_anchor() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new();
    home.work(0);
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(home.anchor().path()), 0o600);
    assert_eq!(mode(home.anchor().path().parent().unwrap()), 0o700);
}

#[test]
fn the_last_rows_removed_are_found_as_truncated() {
    let home = Home::new();
    home.work(0);
    home.by_hand("DELETE FROM audit WHERE seq >= 9");
    assert_eq!(home.found(), Some(Damage::Truncated { seq: 8, anchored: 11 }));
}

#[test]
fn the_whole_file_replaced_by_an_older_copy_is_found_as_rolled_back() {
    let home = Home::new();
    home.work(0);
    let older = fs::read(home.path()).unwrap();
    home.work(100);
    fs::write(home.path(), older).unwrap();
    assert_eq!(home.found(), Some(Damage::RolledBack { seq: 11, anchored: 22 }));
}

#[test]
fn the_database_deleted_is_found_as_deleted() {
    let home = Home::new();
    home.work(0);
    fs::remove_file(home.path()).unwrap();
    assert_eq!(home.found(), Some(Damage::Deleted { anchored: 11 }));
}

#[test]
fn a_database_begun_anew_in_its_place_is_found_as_deleted() {
    let home = Home::new();
    home.work(0);
    home.work(100);
    fs::remove_file(home.path()).unwrap();
    let other = Store::open(&home.path()).unwrap();
    for number in 0..6 {
        other.note_intent(&intent(number + 500)).unwrap();
        other.note_outcome(&outcome(number + 500, ActionStatus::Executed)).unwrap();
    }
    drop(other);
    assert_eq!(home.found(), Some(Damage::Deleted { anchored: 22 }));
}

#[test]
fn a_suffix_rewritten_with_a_fresh_chain_is_found_as_rewritten() {
    let home = Home::new();
    home.work(0);
    home.work(100);
    home.by_hand("DELETE FROM audit WHERE seq > 15; DELETE FROM agent_actions WHERE id NOT IN (SELECT action_id FROM audit)");
    let forger = Store::open(&home.path()).unwrap();
    for number in 0..6 {
        forger.note_intent(&intent(number + 500)).unwrap();
        forger.note_outcome(&outcome(number + 500, ActionStatus::Executed)).unwrap();
    }
    assert_eq!(forger.verify_audit().unwrap().damage, None, "the chain alone looks whole");
    drop(forger);
    assert_eq!(home.found(), Some(Damage::Rewritten { after: 11, seq: 22 }));
}

#[test]
fn rows_swapped_removed_and_edited_are_each_found_and_named_at_the_start() {
    for (sql, name) in [
        (
            "UPDATE audit SET seq = -3 WHERE seq = 3; UPDATE audit SET seq = 3 WHERE seq = 5; UPDATE audit SET seq = 5 WHERE seq = -3",
            "swapped",
        ),
        ("DELETE FROM audit WHERE seq = 4", "removed"),
        ("UPDATE audit SET payload = '{}' WHERE seq = 4", "edited"),
        ("UPDATE audit SET payload = '{}' WHERE seq = 11", "edited"),
        (
            "UPDATE audit_begin SET seq = 4, hash = (SELECT hash FROM audit WHERE seq = 4); DELETE FROM audit WHERE seq <= 4",
            "removed",
        ),
    ] {
        let home = Home::new();
        home.work(0);
        home.by_hand(sql);
        assert_eq!(home.found().unwrap().name(), name, "{sql}");
    }
}

#[test]
fn a_change_of_an_old_row_is_found_within_a_few_starts_though_each_looks_at_few() {
    let home = Home::new();
    let opened = home.start();
    for number in 0..300 {
        opened.store.note_read(&intent(number), &outcome(number, ActionStatus::Executed)).unwrap();
    }
    opened.store.note_intent(&intent(999)).unwrap();
    drop(opened);
    let plan = || StartStore { look_again: 100, ..home.plan() };
    Store::start(&plan()).unwrap().store.note_intent(&intent(1_000)).unwrap();
    home.by_hand("UPDATE audit SET payload = '{}' WHERE seq = 250");
    let found: Vec<Option<Damage>> = (1_001..1_004)
        .map(|number| {
            let opened = Store::start(&plan()).unwrap();
            assert!(opened.audit.rows <= 120, "{} rows", opened.audit.rows);
            opened.store.note_intent(&intent(number)).unwrap();
            opened.audit.damage
        })
        .collect();
    assert!(found.iter().flatten().any(|damage| damage.name() == "edited"), "{found:?}");
}

/// A start that verifies in the background.
fn begin(home: &Home) -> Opened {
    Store::start(&StartStore { in_background: true, ..home.plan() }).unwrap()
}

#[test]
fn what_the_background_verifies_is_found_kept_and_named_as_at_a_start_that_waits() {
    let home = Home::new();
    home.work(0);
    home.by_hand("UPDATE audit SET payload = '{}' WHERE seq = 4");
    let opened = begin(&home);
    assert_eq!(opened.audit.damage, None, "the anchors fit, so the start need not wait");
    opened.store.note_intent(&intent(900)).unwrap();
    let found = opened.store.audit_damage().unwrap();
    assert_eq!((found.name(), opened.store.audit_damage()), ("edited", Some(found.clone())));
    drop(opened);
    let held = home.anchor().read().unwrap().unwrap();
    assert_eq!(
        (held.found.unwrap().damage, held.heads.last().unwrap().seq),
        (found.clone(), 11),
        "nothing more is anchored"
    );
    let again = begin(&home);
    assert_eq!(
        (again.audit.damage, again.audit.found_at.is_some()),
        (Some(found), true),
        "what is known is said at once"
    );
}

#[test]
fn what_anchors_tell_is_known_before_the_first_row_is_added() {
    type Harm = fn(&Home);
    let harms: [(&str, Harm); 4] = [
        ("truncated", |home| home.by_hand("DELETE FROM audit WHERE seq >= 9")),
        ("edited", |home| home.by_hand("UPDATE audit SET hash = zeroblob(32) WHERE seq = 11")),
        ("deleted", |home| fs::remove_file(home.path()).unwrap()),
        ("unreadable", |home| fs::write(home.path(), "only text ".repeat(900)).unwrap()),
    ];
    for (name, harm) in harms {
        let home = Home::new();
        home.work(0);
        harm(&home);
        let opened = begin(&home);
        assert_eq!(opened.audit.damage.unwrap().name(), name);
        opened.store.note_intent(&intent(900)).unwrap();
    }
}

#[test]
fn a_session_that_ends_before_it_was_verified_is_verified_and_anchored_at_its_end() {
    let home = Home::new();
    for round in 0..20 {
        let opened = begin(&home);
        opened.store.note_intent(&intent(round)).unwrap();
        drop(opened);
        let held = home.anchor().read().unwrap().unwrap();
        assert_eq!((held.found, held.heads.last().unwrap().seq), (None, round + 1));
        assert!(held.verified.unwrap().seq >= round, "all that was there when it began");
    }
}

#[test]
fn damage_stays_named_as_it_was_found_first_until_a_person_accepts_it() {
    let home = Home::new();
    home.work(0);
    let older = fs::read(home.path()).unwrap();
    home.work(100);
    fs::write(home.path(), older).unwrap();
    let rolled_back = Some(Damage::RolledBack { seq: 11, anchored: 22 });
    let opened = home.start();
    assert_eq!(opened.audit.damage, rolled_back);
    // It goes on being used, and grows past the anchor.
    for number in 700..720 {
        opened.store.note_intent(&intent(number)).unwrap();
    }
    drop(opened);
    assert_eq!(home.anchor().read().unwrap().unwrap().heads.last().unwrap().seq, 22, "the evidence stays");
    let opened = home.start();
    assert_eq!(opened.audit.damage, rolled_back);
    assert!(opened.audit.found_at.is_some());
    let evidence = home.folder.path().join("evidence.db");
    let head = opened
        .store
        .accept_damage(&AcceptDamage {
            damage: opened.audit.damage.as_ref().unwrap(),
            evidence: &evidence,
            anchor: Some(&home.anchor()),
            second: None,
            anchors: &[],
            by: "ada",
            door: "terminal",
            at: at(1),
        })
        .unwrap();
    assert!(head.seq > 31 && evidence.exists());
    assert_eq!(opened.store.verify_audit().unwrap().damage, None);
    drop(opened);
    home.work(300);
    assert_eq!(home.found(), None);
    let proof: i64 = rusqlite::Connection::open(home.path())
        .unwrap()
        .query_row(
            "SELECT count(*) FROM audit WHERE payload LIKE '%rolled_back%' AND payload LIKE '%ada%'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(proof, 1);
}

#[test]
fn a_deleted_database_that_is_put_back_fits_its_anchors_again() {
    let home = Home::new();
    home.work(0);
    let saved = fs::read(home.path()).unwrap();
    fs::remove_file(home.path()).unwrap();
    assert_eq!(home.found().unwrap().name(), "deleted");
    fs::write(home.path(), saved).unwrap();
    assert_eq!(home.found(), None);
    home.work(100);
}

#[test]
fn an_anchor_kept_elsewhere_finds_what_the_file_cannot() {
    let home = Home::new();
    home.work(0);
    let head = Store::open(&home.path()).unwrap().audit_head().unwrap();
    home.work(100);
    let plan = |anchors| StartStore { anchors, ..StartStore::new(&home.path(), at(0)) };
    let kept = |head| vec![Anchor { source: "ref".to_owned(), head }];
    assert_eq!(Store::start(&plan(kept(head))).unwrap().audit.damage, None, "an anchor may trail");
    let mut other = head;
    other.hash[0] ^= 1;
    let damage = Store::start(&plan(kept(other))).unwrap().audit.damage;
    assert_eq!(damage, Some(Damage::Rewritten { after: 0, seq: 11 }));
    let mut ahead = head;
    ahead.seq = 99;
    let damage = Store::start(&plan(kept(ahead))).unwrap().audit.damage;
    assert_eq!(damage, Some(Damage::RolledBack { seq: 22, anchored: 99 }));
}

#[test]
fn an_anchor_nobody_can_read_is_told_and_left_alone() {
    let home = Home::new();
    home.work(0);
    fs::write(home.anchor().path(), "not an anchor").unwrap();
    let opened = home.start();
    assert!(opened.audit.anchor_problem.unwrap().contains("is not readable"));
    opened.store.note_intent(&intent(900)).unwrap();
    drop(opened.store);
    assert_eq!(fs::read_to_string(home.anchor().path()).unwrap(), "not an anchor");
}

#[test]
fn a_process_killed_before_it_anchored_is_no_damage() {
    const NAME: &str = "start::a_process_killed_before_it_anchored_is_no_damage";
    if let Some(folder) = handed() {
        let anchor = FileAnchor::new(&folder.join("user/anchors"), "project-1");
        let plan = StartStore {
            anchor: Some(anchor),
            ..StartStore::new(&folder.join("project/state/tgp.db"), at(0))
        };
        let opened = Store::start(&plan).unwrap();
        for number in 500..520 {
            opened.store.note_intent(&intent(number)).unwrap();
        }
        std::process::abort();
    }
    let home = Home::new();
    home.work(0);
    let mut child = again(NAME, home.folder.path());
    assert!(
        !child
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .status()
            .unwrap()
            .success()
    );
    let opened = home.start();
    assert_eq!((opened.audit.damage, opened.store.open_intents().unwrap().len()), (None, 21));
}

#[test]
fn several_processes_share_one_anchor_and_it_never_runs_ahead() {
    let home = Home::new();
    std::thread::scope(|scope| {
        for thread in 0..4_u64 {
            let home = &home;
            scope.spawn(move || {
                for round in 0..5 {
                    let opened = home.start();
                    assert_eq!(opened.audit.damage, None);
                    opened.store.note_intent(&intent(thread * 100 + round)).unwrap();
                }
            });
        }
    });
    assert_eq!(home.found(), None);
    assert_eq!(home.anchor().read().unwrap().unwrap().heads.last().unwrap().seq, 20);
}

#[test]
fn a_file_that_is_no_database_is_set_aside_and_a_new_one_begun() {
    let home = Home::new();
    home.work(0);
    fs::write(home.path(), "no database at all, only text ".repeat(200)).unwrap();
    let opened = home.start();
    let aside = opened.set_aside.unwrap();
    assert!(aside.to_string_lossy().ends_with("tgp.db.damaged-20261121T090000000Z"), "{aside:?}");
    assert!(fs::read_to_string(aside).unwrap().starts_with("no database"));
    let damage = opened.audit.damage.unwrap();
    assert!(matches!(damage, Damage::Unreadable { seq: 0, .. }), "{damage:?}");
    opened.store.note_intent(&intent(900)).unwrap();
    assert!(opened.store.action(action(900)).unwrap().is_some());
}

#[test]
fn an_empty_file_where_there_was_a_database_is_set_aside() {
    let home = Home::new();
    home.work(0);
    fs::write(home.path(), "").unwrap();
    let opened = home.start();
    assert_eq!(fs::metadata(opened.set_aside.unwrap()).unwrap().len(), 0);
    assert_eq!(opened.audit.damage, Some(Damage::Deleted { anchored: 11 }));
}

#[test]
fn a_database_with_one_damaged_page_of_the_chain_is_set_aside_and_read_as_far_as_it_goes() {
    let home = Home::new();
    for round in 0..12 {
        home.work(round * 100);
    }
    let connection = rusqlite::Connection::open(home.path()).unwrap();
    let page: i64 = connection
        .query_row("SELECT pageno FROM dbstat WHERE name = 'audit' AND pagetype = 'leaf' ORDER BY path LIMIT 1 OFFSET 8", [], |row| row.get(0))
        .unwrap_or_else(|_| last_leaf(&connection));
    drop(connection);
    let mut bytes = fs::read(home.path()).unwrap();
    let begin = usize::try_from(page - 1).unwrap() * 4096;
    bytes[begin..begin + 4096].fill(0xAB);
    fs::write(home.path(), bytes).unwrap();
    let plan = StartStore { check_pages: true, ..home.plan() };
    let opened = Store::start(&plan).unwrap();
    assert!(opened.set_aside.unwrap().exists());
    let rebuilt = opened.rebuilt.unwrap();
    assert!(rebuilt.rows > 0 && rebuilt.restored, "{rebuilt:?}");
    assert!(opened.audit.damage.is_some(), "rows are missing, which is said");
    assert!(!opened.store.actions(&tgp_store::ActionFilter::default()).unwrap().is_empty());
    assert_eq!(opened.store.verify_audit().unwrap().damage, None, "what was taken over is whole");
}

/// A page in the middle of the chain's table: found by what its rows say.
fn last_leaf(connection: &rusqlite::Connection) -> i64 {
    let needle: String = connection
        .query_row("SELECT action_id || 'intent' FROM audit WHERE seq = 90", [], |row| row.get(0))
        .map(|text: String| text[..26].to_owned())
        .unwrap();
    let bytes = fs::read(connection.path().unwrap()).unwrap();
    let pages: Vec<usize> = bytes
        .chunks(4096)
        .enumerate()
        .filter(|(_, page)| {
            page[0] == 0x0D
                && page.windows(26 + 6).any(|w| w[6..] == *needle.as_bytes() && w[..6] == *b"intent")
        })
        .map(|(index, _)| index + 1)
        .collect();
    i64::try_from(pages[0]).unwrap()
}

#[test]
fn a_state_database_lost_whole_is_rebuilt_from_an_audit_export_and_fits_its_anchors() {
    let home = Home::new();
    home.work(0);
    home.work(100);
    let opened = home.start();
    let before = opened.store.actions(&tgp_store::ActionFilter::default()).unwrap();
    let mut export = Vec::new();
    opened.store.export_audit(&mut export).unwrap();
    drop(opened);
    fs::remove_file(home.path()).unwrap();
    let opened = home.start();
    assert_eq!(opened.audit.damage.as_ref().unwrap().name(), "deleted");
    let imports = opened.store.rebuild_from_export(&mut export.as_slice()).unwrap();
    assert_eq!((imports.rows, imports.restored, imports.stopped), (22, true, None));
    let after = opened.store.actions(&tgp_store::ActionFilter::default()).unwrap();
    assert_eq!(after.len(), before.len());
    for (before, mut after) in before.into_iter().zip(after) {
        assert_eq!(after.rebuilt_from.take().as_deref(), Some("audit"));
        assert_eq!(after, before);
    }
    drop(opened);
    assert_eq!(home.found(), None, "the same rows under the same numbers");
}

#[test]
fn an_export_cut_in_half_gives_back_what_is_whole() {
    let home = Home::new();
    home.work(0);
    let mut export = Vec::new();
    home.start().store.export_audit(&mut export).unwrap();
    export.truncate(export.len() - 100);
    let fresh = tempfile::tempdir().unwrap();
    let store = Store::open(&fresh.path().join("tgp.db")).unwrap();
    let imports = store.rebuild_from_export(&mut export.as_slice()).unwrap();
    assert_eq!((imports.rows, imports.stopped.is_some()), (10, true));
    assert_eq!(store.verify_audit().unwrap().rows, 10);
    let error = store.rebuild_from_export(&mut b"{}".as_slice()).unwrap_err();
    assert!(error.to_string().contains("line 1"), "{error}");
}

#[test]
fn an_action_told_by_git_is_put_into_the_timeline_once() {
    let home = Home::new();
    let opened = home.start();
    let ended = outcome(7, ActionStatus::Executed);
    assert!(opened.store.import_action(&intent(7), &ended, "git trailers").unwrap());
    assert!(!opened.store.import_action(&intent(7), &ended, "git trailers").unwrap());
    let row = opened.store.action(action(7)).unwrap().unwrap();
    assert_eq!((row.status, row.rebuilt_from.as_deref()), (ActionStatus::Executed, Some("git trailers")));
    assert_eq!(opened.store.audit_head().unwrap().seq, 1);
}
