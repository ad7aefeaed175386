//! The reference page is what the doc comments say. `UPDATE_DOCS=1` writes it.

use std::path::PathBuf;

use tgp_std_tests::page;
use tgp_wasm_guest::STD_SOURCES;

#[test]
fn the_reference_page_of_the_standard_library_is_up_to_date() {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/std.md");
    let expected = page(STD_SOURCES);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&file, &expected).unwrap();
    }
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        found == expected,
        "docs/reference/std.md is not what the doc comments say; run `cargo xtask docs`"
    );
}
