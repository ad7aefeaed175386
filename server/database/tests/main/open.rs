//! Opening: every way to name a file, and everything a file can be instead of a database.

use std::fs;
use std::io::{Seek, SeekFrom, Write};

use tgp_database::{Database, DatabaseLimits, OpenDatabaseError, SqlError};

use crate::child;
use crate::fixture::{Shop, make};

fn open(url: &str, root: &std::path::Path) -> Result<Database, OpenDatabaseError> {
    Database::open(url, root, DatabaseLimits::default())
}

#[test]
fn every_form_of_the_url_leads_to_the_same_file() {
    let shop = Shop::new();
    let root = shop.folder.path();
    let absolute = shop.path().display().to_string();
    for url in [
        "sqlite:shop.db".to_owned(),
        "sqlite://shop.db".to_owned(),
        "sqlite:./shop.db".to_owned(),
        "shop.db".to_owned(),
        " sqlite:shop.db?mode=rw ".to_owned(),
        format!("sqlite:{absolute}"),
        format!("sqlite://{absolute}"),
        absolute.clone(),
    ] {
        assert!(open(&url, root).is_ok(), "{url}");
    }
}

#[test]
fn percent_signs_are_decoded_only_after_two_slashes() {
    let folder = tempfile::tempdir().unwrap();
    make(&folder.path().join("my shop.db"), "DELETE");
    make(&folder.path().join("100%.db"), "DELETE");
    assert!(open("sqlite://my%20shop.db", folder.path()).is_ok());
    assert!(open("sqlite:100%.db", folder.path()).is_ok());
    assert!(matches!(open("sqlite://100%.db", folder.path()), Err(OpenDatabaseError::Url { .. })));
}

#[test]
fn what_is_no_database_url_is_refused_without_repeating_a_password() {
    let folder = tempfile::tempdir().unwrap();
    for url in [
        "",
        "sqlite:",
        "sqlite::memory:",
        ":memory:",
        "sqlite:a.db?mode=memory",
        "sqlite:a\0b",
        "sqlite:x?mode=rwc",
    ] {
        assert!(matches!(open(url, folder.path()), Err(OpenDatabaseError::Url { .. })), "{url:?}");
    }
    let error = open("postgres://app:hunter2@db.example/shop", folder.path()).err().unwrap().to_string();
    assert!(error.contains("postgres") && !error.contains("hunter2"), "{error}");
}

#[test]
fn a_missing_file_is_reported_and_never_made() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(open("sqlite:none.db", folder.path()), Err(OpenDatabaseError::Missing { .. })));
    assert!(matches!(
        open("sqlite:no/such/folder.db", folder.path()),
        Err(OpenDatabaseError::Missing { .. })
    ));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_folder_and_a_pipe_are_no_databases() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("folder.db")).unwrap();
    assert!(matches!(
        open("folder.db", folder.path()),
        Err(OpenDatabaseError::Kind { what: "a folder", .. })
    ));
    assert!(matches!(open("/dev/null", folder.path()), Err(OpenDatabaseError::Kind { .. })));
}

#[test]
fn a_text_file_is_no_database_and_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.db");
    let text = "this is a long text and certainly not a database of any kind".repeat(20);
    fs::write(&path, &text).unwrap();
    assert!(matches!(open("notes.db", folder.path()), Err(OpenDatabaseError::NotADatabase { .. })));
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn a_damaged_schema_page_is_found_when_opening() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.db");
    make(&path, "DELETE");
    overwrite(&path, 100, 400);
    assert!(matches!(open("shop.db", folder.path()), Err(OpenDatabaseError::Corrupt { .. })));
}

#[test]
fn a_damaged_page_of_rows_is_found_when_it_is_read_and_the_run_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.db");
    make(&path, "DELETE");
    let page: u32 = rusqlite::Connection::open(&path)
        .unwrap()
        .query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'users'", [], |row| row.get(0))
        .unwrap();
    overwrite(&path, (u64::from(page) - 1) * 4096, 4096);
    let database = open("shop.db", folder.path()).unwrap();
    let mut run = database.begin(tgp_database::Begin::Deferred, &tgp_model::CancelToken::new()).unwrap();
    let error = crate::fixture::execute(&mut run, "SELECT * FROM users").unwrap_err();
    assert!(matches!(error, SqlError::Unusable { .. }), "{error}");
}

fn overwrite(path: &std::path::Path, offset: u64, count: usize) {
    let mut file = fs::OpenOptions::new().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(offset)).unwrap();
    file.write_all(&vec![0xAB; count]).unwrap();
}

#[test]
fn an_empty_file_is_an_empty_database() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("empty.db"), "").unwrap();
    let database = open("empty.db", folder.path()).unwrap();
    assert!(database.look("SELECT 1").is_ok());
}

#[test]
#[cfg(unix)]
fn a_file_without_permission_is_reported_with_the_reason() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::os::unix::process::CommandExt;
    const NOBODY: u32 = 65_534;
    if let Some(path) = child::handed() {
        let error = open(path.to_str().unwrap(), path.parent().unwrap()).err().unwrap();
        assert!(matches!(error, OpenDatabaseError::Permission { .. }), "{error:?}");
        println!("refused");
    } else {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shop.db");
        make(&path, "DELETE");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let mut command =
            child::command("open::a_file_without_permission_is_reported_with_the_reason", &path);
        // Root may read everything, so the child is somebody else.
        if fs::metadata(&path).unwrap().uid() == 0 {
            command.uid(NOBODY);
        }
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && said.contains("refused"),
            "{said}{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

#[test]
fn the_journal_mode_stays_as_the_user_has_it() {
    for mode in ["DELETE", "TRUNCATE", "PERSIST", "WAL"] {
        let shop = Shop::with(mode, DatabaseLimits::default());
        shop.run("INSERT INTO users (name) VALUES ('x')").unwrap();
        let now: String = shop.other().query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
        // Only WAL is a property of the file; the others are each connection's own and begin as `delete`.
        assert_eq!(now, if mode == "WAL" { "wal" } else { "delete" });
    }
}

#[test]
fn reading_only_is_possible_and_then_nothing_can_be_written() {
    let shop = Shop::new();
    let database = open("sqlite:shop.db?mode=ro", shop.folder.path()).unwrap();
    let mut run = database.begin(tgp_database::Begin::Deferred, &tgp_model::CancelToken::new()).unwrap();
    assert_eq!(crate::fixture::execute(&mut run, "SELECT * FROM users").unwrap().rows.len(), 3);
    drop(run);
    let mut run = database.begin(tgp_database::Begin::Deferred, &tgp_model::CancelToken::new()).unwrap();
    let error = crate::fixture::execute(&mut run, "DELETE FROM users").unwrap_err();
    assert!(matches!(&error, SqlError::Failed { message, .. } if message.contains("readonly")), "{error}");
}

#[test]
fn a_database_that_was_replaced_is_opened_anew_and_one_that_is_gone_is_reported() {
    let shop = Shop::new();
    assert_eq!(shop.run("SELECT * FROM users").unwrap().rows.len(), 3);
    let other = shop.folder.path().join("other.db");
    make(&other, "DELETE");
    rusqlite::Connection::open(&other)
        .unwrap()
        .execute_batch("INSERT INTO users (name) VALUES ('fourth')")
        .unwrap();
    for ending in ["-wal", "-shm"] {
        let _ = fs::remove_file(shop.folder.path().join(format!("shop.db{ending}")));
    }
    fs::rename(&other, shop.path()).unwrap();
    assert_eq!(shop.run("SELECT * FROM users").unwrap().rows.len(), 4);
    fs::remove_file(shop.path()).unwrap();
    let error = shop.run("SELECT * FROM users").unwrap_err();
    assert!(matches!(error, SqlError::Unusable { .. }), "{error}");
    assert!(!shop.path().exists());
}
