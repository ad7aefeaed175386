//! What no statement may do, and the notes on what it would do: `SQLite` asks here while preparing it.

use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

use crate::actions::is_actions_table;
use crate::look::Recorder;

/// Settings that only tell something about the schema; an argument names a table or index.
const PRAGMAS_ABOUT_THE_SCHEMA: &str = "collation_list compile_options foreign_key_check foreign_key_list function_list index_info \
    index_list index_xinfo integrity_check module_list pragma_list quick_check table_info table_list \
    table_xinfo";

/// Settings that may be read; with an argument they would change something. `database_list` is not among
/// them: it tells where on this machine the file lies.
const PRAGMAS_TO_READ: &str = "application_id auto_vacuum data_version encoding foreign_keys freelist_count journal_mode page_count \
    page_size recursive_triggers schema_version user_version";

/// Functions that reach outside the database, where a build or an extension has them.
const FORBIDDEN_FUNCTIONS: &str =
    "edit fts3_tokenizer load_extension lsmode readfile sqlite_dbpage writefile zipfile";

/// Kinds of virtual tables that keep their data in the database and nowhere else.
const VIRTUAL_TABLES: &str = "fts3 fts4 fts4aux fts5 fts5vocab geopoly rtree rtree_i32";

/// Temporary things belong to the connection, which other runs use after this one.
const TEMPORARY: &str = "a temporary table, view or trigger (it would outlive the run)";

/// Answers one question of `SQLite` and notes what it was.
pub(crate) fn answer(recorder: &mut Recorder, context: &AuthContext<'_>) -> Authorization {
    if recorder.trusted {
        return Authorization::Allow;
    }
    recorder.asked = true;
    if let Some(what) = refused(&context.action).or_else(|| temporary(context)).or_else(|| own(context)) {
        recorder.denied.get_or_insert(what);
        return Authorization::Deny;
    }
    note(recorder, &context.action);
    Authorization::Allow
}

fn refused(action: &AuthAction<'_>) -> Option<String> {
    match *action {
        AuthAction::Attach { .. } => Some("`ATTACH` (and `VACUUM INTO`)".to_owned()),
        AuthAction::Detach { .. } => Some("`DETACH`".to_owned()),
        AuthAction::Transaction { .. } => {
            Some("a transaction statement (`BEGIN`, `COMMIT`, `ROLLBACK`)".to_owned())
        }
        AuthAction::Savepoint { .. } => Some("a savepoint statement".to_owned()),
        AuthAction::CreateTempIndex { .. }
        | AuthAction::CreateTempTable { .. }
        | AuthAction::CreateTempTrigger { .. }
        | AuthAction::CreateTempView { .. }
        | AuthAction::DropTempIndex { .. }
        | AuthAction::DropTempTable { .. }
        | AuthAction::DropTempTrigger { .. }
        | AuthAction::DropTempView { .. } => Some(TEMPORARY.to_owned()),
        AuthAction::CreateVtable { module_name, .. } if !is_in(VIRTUAL_TABLES, module_name) => {
            Some(format!("a virtual table of kind `{module_name}`"))
        }
        AuthAction::Function { function_name } if is_in(FORBIDDEN_FUNCTIONS, function_name) => {
            Some(format!("the function `{function_name}`"))
        }
        AuthAction::Pragma { pragma_name, pragma_value } => {
            let known = is_in(PRAGMAS_ABOUT_THE_SCHEMA, pragma_name)
                || (pragma_value.is_none() && is_in(PRAGMAS_TO_READ, pragma_name));
            (!known).then(|| match pragma_value {
                Some(_) => format!("`PRAGMA {pragma_name}` with a value"),
                None => format!("`PRAGMA {pragma_name}`"),
            })
        }
        AuthAction::Unknown { code, .. } => Some(format!("a statement of an unknown kind ({code})")),
        _ => None,
    }
}

/// `CREATE TABLE temp.t` is asked about like any other table; only the name of the database tells.
fn temporary(context: &AuthContext<'_>) -> Option<String> {
    // `ALTER TABLE ... RENAME` looks for the old name there too; by hand that table cannot be updated.
    let harmless = match context.action {
        AuthAction::Read { .. }
        | AuthAction::Select
        | AuthAction::Function { .. }
        | AuthAction::Pragma { .. } => true,
        AuthAction::Update { table_name, .. } => is_in("sqlite_temp_master sqlite_temp_schema", table_name),
        _ => false,
    };
    (!harmless && context.database_name == Some("temp")).then(|| TEMPORARY.to_owned())
}

/// The table in which tgp notes what was committed is nobody else's.
fn own(context: &AuthContext<'_>) -> Option<String> {
    let table = match context.action {
        AuthAction::Read { table_name, .. }
        | AuthAction::Insert { table_name }
        | AuthAction::Update { table_name, .. }
        | AuthAction::Delete { table_name }
        | AuthAction::CreateTable { table_name }
        | AuthAction::DropTable { table_name }
        | AuthAction::AlterTable { table_name, .. }
        | AuthAction::CreateVtable { table_name, .. }
        | AuthAction::CreateIndex { table_name, .. }
        | AuthAction::CreateTrigger { table_name, .. }
        | AuthAction::CreateView { view_name: table_name } => table_name,
        AuthAction::Pragma { pragma_value: Some(value), .. } => value,
        _ => return None,
    };
    is_actions_table(table).then(|| format!("the table `{table}`, which is tgp's own,"))
}

fn is_in(list: &str, name: &str) -> bool {
    list.split(' ').any(|item| item.eq_ignore_ascii_case(name))
}

fn note(recorder: &mut Recorder, action: &AuthAction<'_>) {
    match *action {
        AuthAction::Read { table_name, column_name } => recorder.read(table_name, column_name),
        AuthAction::Insert { table_name } | AuthAction::Delete { table_name } => {
            recorder.write(table_name, None);
        }
        AuthAction::Update { table_name, column_name } => recorder.write(table_name, Some(column_name)),
        AuthAction::CreateIndex { table_name, .. }
        | AuthAction::CreateTable { table_name }
        | AuthAction::CreateTrigger { table_name, .. }
        | AuthAction::CreateVtable { table_name, .. }
        | AuthAction::DropIndex { table_name, .. }
        | AuthAction::DropTable { table_name }
        | AuthAction::DropTrigger { table_name, .. }
        | AuthAction::DropVtable { table_name, .. }
        | AuthAction::AlterTable { table_name, .. }
        | AuthAction::Analyze { table_name } => {
            recorder.schema = true;
            recorder.write(table_name, None);
        }
        AuthAction::CreateView { view_name } | AuthAction::DropView { view_name } => {
            recorder.schema = true;
            recorder.write(view_name, None);
        }
        AuthAction::Reindex { .. } => recorder.schema = true,
        _ => {}
    }
}
