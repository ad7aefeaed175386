//! The one table of requests: `tgp/...` methods, commands for `workspace/executeCommand` and the reference page come
//! from it, so that they cannot differ.

use std::sync::OnceLock;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use tgp_protocol::client::Refusal;

use crate::fault::Fault;
use crate::kernel::Asked;
use crate::methods;

/// What a request does to the line of changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Reads: it skips the line.
    Reads,
    /// Changes: it takes its place when the message is read.
    Changes,
}

type Perform = Box<dyn Fn(&Asked<'_>, Value) -> Result<Value, Fault> + Send + Sync>;

/// A request.
pub struct Method {
    /// Its name, such as `tgp/branches/merge`.
    pub name: &'static str,
    /// Its name as a command, such as `tgp.branches.merge`.
    pub command: String,
    /// What it does, in a sentence.
    pub about: &'static str,
    pub(crate) kind: Kind,
    params: fn() -> Value,
    result: fn() -> Value,
    /// Params and result in generators of their own, which gather the types they are made of.
    pub(crate) types: fn(&mut SchemaGenerator, &mut SchemaGenerator) -> (Schema, Schema),
    perform: Perform,
}

/// A request, for the reference page.
#[derive(Debug, Clone)]
pub struct Described {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub about: &'static str,
    /// JSON Schema of its params.
    pub params: Value,
    /// JSON Schema of its result.
    pub result: Value,
}

impl std::fmt::Debug for Method {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Method").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Method {
    /// Does what it does, for params as they came.
    pub fn perform(&self, asked: &Asked<'_>, params: Value) -> Result<Value, Fault> {
        (self.perform)(asked, params)
    }
}

/// A request that reads.
pub(crate) fn reads<P, R>(
    name: &'static str,
    about: &'static str,
    run: fn(&Asked<'_>, P) -> Result<R, Refusal>,
) -> Method
where
    P: DeserializeOwned + JsonSchema + 'static,
    R: Serialize + JsonSchema + 'static,
{
    entry(Kind::Reads, name, about, run)
}

/// A request that changes something, in the order the messages came.
pub(crate) fn changes<P, R>(
    name: &'static str,
    about: &'static str,
    run: fn(&Asked<'_>, P) -> Result<R, Refusal>,
) -> Method
where
    P: DeserializeOwned + JsonSchema + 'static,
    R: Serialize + JsonSchema + 'static,
{
    entry(Kind::Changes, name, about, run)
}

fn entry<P, R>(
    kind: Kind,
    name: &'static str,
    about: &'static str,
    run: fn(&Asked<'_>, P) -> Result<R, Refusal>,
) -> Method
where
    P: DeserializeOwned + JsonSchema + 'static,
    R: Serialize + JsonSchema + 'static,
{
    let perform = move |asked: &Asked<'_>, params: Value| {
        // What is wrong with the project is said before what is wrong with the params.
        if name != methods::STATUS {
            asked.engine()?;
        }
        let output = run(asked, read(params)?)?;
        serde_json::to_value(&output).map_err(|error| Fault::Bug(format!("the result is no JSON: {error}")))
    };
    Method {
        name,
        command: name.replace('/', "."),
        about,
        kind,
        params: schema::<P>,
        result: schema::<R>,
        types: |params, results| (params.subschema_for::<P>(), results.subschema_for::<R>()),
        perform: Box::new(perform),
    }
}

/// Params as their type; those of the protocol itself are left out, and none at all are an empty object.
fn read<P: DeserializeOwned>(params: Value) -> Result<P, Fault> {
    let params = match params {
        Value::Null => Value::Object(Map::new()),
        Value::Object(mut fields) => {
            fields.remove("workDoneToken");
            fields.remove("partialResultToken");
            Value::Object(fields)
        }
        other => other,
    };
    serde_path_to_error::deserialize(params).map_err(|error| {
        let field = match error.path().to_string() {
            path if path == "." => String::new(),
            path => path,
        };
        Fault::Params { field, problem: error.into_inner().to_string() }
    })
}

fn schema<T: JsonSchema>() -> Value {
    let settings =
        schemars::generate::SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    serde_json::to_value(settings.into_generator().into_root_schema_for::<T>()).unwrap_or_default()
}

/// All requests.
pub(crate) fn all() -> &'static [Method] {
    static ALL: OnceLock<Vec<Method>> = OnceLock::new();
    ALL.get_or_init(methods::all)
}

/// All requests, for the reference page.
pub fn described() -> Vec<Described> {
    let one = |method: &Method| Described {
        name: method.name,
        about: method.about,
        params: (method.params)(),
        result: (method.result)(),
    };
    all().iter().map(one).collect()
}
