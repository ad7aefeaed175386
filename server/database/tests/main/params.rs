//! Parameters by position and by name, and values that keep their type.

use tgp_database::{Page, SqlError, SqlParams};
use tgp_model::{ResultSet, SqlValue};

use crate::fixture::{Shop, text};

fn ask(shop: &Shop, sql: &str, params: &SqlParams) -> Result<ResultSet, SqlError> {
    shop.begin().execute(sql, params, Page::default())
}

fn positions(values: &[SqlValue]) -> SqlParams {
    SqlParams::Positional(values.to_vec())
}

fn names(values: &[(&str, SqlValue)]) -> SqlParams {
    SqlParams::Named(values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
}

fn one() -> SqlValue {
    SqlValue::Integer(1)
}

#[test]
fn positions_and_names_find_their_parameter() {
    let shop = Shop::new();
    for (sql, params, row) in [
        ("SELECT ?, ?", positions(&[one(), text("b")]), vec![one(), text("b")]),
        ("SELECT ?2, ?1", positions(&[one(), text("b")]), vec![text("b"), one()]),
        ("SELECT ?3", positions(&[SqlValue::Null, SqlValue::Null, one()]), vec![one()]),
        (
            "SELECT :a, @b, $c",
            names(&[("a", one()), ("b", text("b")), ("c", SqlValue::Null)]),
            vec![one(), text("b"), SqlValue::Null],
        ),
        ("SELECT :a, :a", names(&[(":a", one())]), vec![one(), one()]),
        ("SELECT :a, @a, $a", names(&[("a", one())]), vec![one(), one(), one()]),
    ] {
        assert_eq!(ask(&shop, sql, &params).unwrap().rows, [row], "{sql}");
    }
}

#[test]
fn what_does_not_fit_is_named() {
    let shop = Shop::new();
    for (sql, params, text) in [
        ("SELECT ?, ?", positions(&[one()]), "the parameters do not fit: no value for `?2`"),
        (
            "SELECT ?",
            positions(&[one(), one(), one()]),
            "the parameters do not fit: the statement has no `?2`, `?3`",
        ),
        ("SELECT 1", positions(&[one()]), "the parameters do not fit: the statement has no `?1`"),
        ("SELECT :a, :b", names(&[("a", one())]), "the parameters do not fit: no value for `:b`"),
        (
            "SELECT :a",
            names(&[("a", one()), ("c", one())]),
            "the parameters do not fit: the statement has no `c`",
        ),
        (
            "SELECT :a",
            positions(&[one()]),
            "the parameters do not fit: the statement's parameters have names; pass an object",
        ),
        ("SELECT :a", SqlParams::none(), "the parameters do not fit: no value for `:a`"),
        (
            "SELECT ?",
            names(&[("a", one())]),
            "the parameters do not fit: no value for `?1`; the statement has no `a`; `?` takes its values from an array, not from an object",
        ),
        (
            "SELECT :a",
            names(&[("a", one()), (":a", one())]),
            "the parameters do not fit: `:a` was given twice",
        ),
        (
            "SELECT :a",
            names(&[("@a", one())]),
            "the parameters do not fit: no value for `:a`; the statement has no `@a`",
        ),
    ] {
        let error = ask(&shop, sql, &params).unwrap_err();
        assert!(matches!(error, SqlError::Parameters { .. }), "{sql}: {error:?}");
        assert_eq!(error.to_string(), text, "{sql}");
    }
}

#[test]
fn a_parameter_is_never_sql() {
    let shop = Shop::new();
    let evil = text("x'); DROP TABLE users; --");
    let result = ask(&shop, "SELECT ?", &positions(std::slice::from_ref(&evil))).unwrap();
    assert_eq!(result.rows, [[evil]]);
    assert_eq!(shop.users(), 3);
}

#[test]
fn values_keep_their_type_and_every_bit() {
    let shop = Shop::new();
    let values = [
        SqlValue::Null,
        SqlValue::Integer(i64::MAX),
        SqlValue::Integer(i64::MIN),
        SqlValue::Integer(9_007_199_254_740_993),
        SqlValue::Real(0.1),
        SqlValue::Real(-0.0),
        SqlValue::Real(f64::INFINITY),
        SqlValue::Real(f64::MIN_POSITIVE),
        text(""),
        text("naïve \u{1F600} \0 after NUL"),
        SqlValue::Blob(Vec::new()),
        SqlValue::Blob((0..=255).collect()),
    ];
    for value in values {
        let result = ask(&shop, "SELECT ?1, typeof(?1)", &positions(std::slice::from_ref(&value))).unwrap();
        assert_eq!(result.rows[0][0], value);
    }
}

#[test]
fn what_is_not_a_number_becomes_null() {
    let shop = Shop::new();
    let result = ask(&shop, "SELECT ?", &positions(&[SqlValue::Real(f64::NAN)])).unwrap();
    assert_eq!(result.rows, [[SqlValue::Null]]);
}

#[test]
fn text_that_is_not_utf_8_keeps_its_bytes() {
    let shop = Shop::new();
    let result = ask(&shop, "SELECT CAST(x'ff41' AS TEXT)", &SqlParams::none()).unwrap();
    assert_eq!(result.rows, [[SqlValue::Blob(vec![0xff, 0x41])]]);
}

#[test]
fn a_kept_statement_remembers_no_parameters_of_the_last_run() {
    let shop = Shop::new();
    let mut run = shop.begin();
    run.execute("SELECT ?1", &positions(&[text("secret")]), Page::default()).unwrap();
    let error = run.execute("SELECT ?1", &SqlParams::none(), Page::default()).unwrap_err();
    assert!(matches!(error, SqlError::Parameters { .. }), "{error}");
}
