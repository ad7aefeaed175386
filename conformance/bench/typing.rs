//! An author types in a tool: tgp beside TypeScript's language server, in the same files of the same library.

use std::process::Command;
use std::time::Instant;

use serde_json::{Value, json};
use tgp_tests::{Editor, places, process};

use crate::measure::{Aim, Figure, Row, Unit, microseconds, side_by_side, times};
use crate::stock::Stock;

/// Tools in the library whose author types.
const TOOLS: usize = 1_000;
/// The peer, as the page names it.
const PEER: &str = "typescript-language-server with TypeScript's server";
/// The file that is typed in; it stands in the library as well.
const FILE: &str = "tools/orders/typed.ts";

/// The first number that is typed; none from here on is one that every program holds, such as 1024.
const FIRST: usize = 20_001;

/// Every row about typing.
pub(crate) fn measure(effort: f64) -> Vec<Row> {
    let stock = &Stock::of(TOOLS);
    stock.project.write(&format!(".tgp/{FILE}"), text(0));
    let row = |what, unit, (ours, peer), aim| Row {
        what,
        peer_name: PEER,
        size: Some(stock.size),
        unit,
        ours,
        peer,
        aim,
    };
    let (typed, memory) = typed(stock, effort);
    vec![
        row(
            "keystroke to diagnostics (the peer waits for a pause in the typing first, as it does for everybody)",
            Unit::Time,
            typed,
            Aim::AheadAndAtMost(10.0, 10e3),
        ),
        row(
            "start of the process to the first diagnostics of an opened tool",
            Unit::Time,
            started(stock, effort),
            Aim::Ahead(1.0),
        ),
        row(
            "memory after that (of the peer: with the servers it starts)",
            Unit::Megabytes,
            memory,
            Aim::Ahead(1.0),
        ),
    ]
}

/// A tool that uses another one, with something in it that each side finds wrong and says by its number: a name nobody
/// declared, and a number written into the tool.
fn text(number: usize) -> String {
    let number = number + FIRST;
    format!(
        "import scale from './t0.ts';\n\n/** Adds up scaled values. */\n\
         export default ({{ values, factor }}: {{ values: number[]; factor: number }}): number =>\n  \
         values.map((value) => scale({{ value, factor }})).reduce((sum, value) => sum + value, missing{number} * {number});\n"
    )
}

/// One side with the file open.
struct Author {
    editor: Editor,
    uri: String,
    version: i32,
}

impl Author {
    /// Starts a server, opens the file and waits for what is wrong with it.
    fn start(command: &mut Command, stock: &Stock) -> Self {
        let folder = stock.project.path(".tgp").canonicalize().expect("the library is there");
        let root = format!("file://{}", folder.display());
        let uri = format!("{root}/{FILE}");
        let mut author = Self { editor: Editor::start(command), uri, version: 1 };
        let hello = json!({
            "processId": null,
            "clientInfo": { "name": "Benchmark" },
            "rootUri": root,
            "workspaceFolders": [{ "uri": root, "name": "library" }],
            "capabilities": { "textDocument": { "publishDiagnostics": { "versionSupport": true } } },
            "initializationOptions": {
                "tgp": { "approvals": true },
                "disableAutomaticTypingAcquisition": true,
            },
        });
        author.editor.request("initialize", hello).expect("initialize is answered");
        author.editor.notify("initialized", &json!({}));
        let document =
            json!({ "uri": author.uri, "languageId": "typescript", "version": 1, "text": text(0) });
        author.editor.notify("textDocument/didOpen", &json!({ "textDocument": document }));
        author.told(0);
        author
    }

    /// Types once, and waits until what is wrong now is told.
    fn types(&mut self, number: usize) {
        self.version += 1;
        let params = json!({
            "textDocument": { "uri": self.uri, "version": self.version },
            "contentChanges": [{ "text": text(number) }],
        });
        self.editor.notify("textDocument/didChange", &params);
        self.told(number);
    }

    /// Waits until this number is named.
    fn told(&mut self, number: usize) {
        let named = (number + FIRST).to_string();
        loop {
            let told = self.editor.message_of("textDocument/publishDiagnostics");
            let found = told["params"]["diagnostics"].as_array().expect("diagnostics are a list");
            let says = |one: &Value| one["message"].as_str().is_some_and(|text| text.contains(&named));
            if told["params"]["uri"] == self.uri.as_str() && found.iter().any(says) {
                return;
            }
        }
    }

    /// Megabytes of the process and of those it started.
    fn memory(&self) -> f64 {
        #[allow(clippy::cast_precision_loss, reason = "megabytes")]
        let bytes = process::resident_with_children(self.editor.process()) as f64;
        bytes / 1e6
    }
}

fn ours(stock: &Stock) -> Command {
    stock.project.command(&["lsp"])
}

fn peer() -> Command {
    let mut command = Command::new(places::node());
    let server = places::npm("language-server").join("node_modules/typescript-language-server/lib/cli.mjs");
    command.arg(server).arg("--stdio");
    command
}

/// Keystrokes, and the memory of each side after them.
fn typed(stock: &Stock, effort: f64) -> ((Figure, Figure), (Figure, Figure)) {
    let mut ours = Author::start(&mut ours(stock), stock);
    let mut peer = Author::start(&mut peer(), stock);
    let runs = (times(500, effort), times(100, effort));
    // Each number is typed once on a side: what was told of an earlier one is not taken for it.
    let typed = side_by_side(runs, |n| ours.types(n + 1), |n| peer.types(n + 1));
    let memory = (Figure::of(vec![ours.memory()]), Figure::of(vec![peer.memory()]));
    ours.editor.stop();
    peer.editor.stop();
    (typed, memory)
}

fn started(stock: &Stock, effort: f64) -> (Figure, Figure) {
    let look = |command: &mut Command| {
        let begun = Instant::now();
        let author = Author::start(command, stock);
        let took = microseconds(begun.elapsed());
        author.editor.stop();
        took
    };
    let (mut of_ours, mut of_peer) = (Vec::new(), Vec::new());
    for run in 0..times(20, effort) {
        of_ours.push(look(&mut ours(stock)));
        if run % 2 == 0 {
            of_peer.push(look(&mut peer()));
        }
    }
    (Figure::of(of_ours), Figure::of(of_peer))
}
