//! Tools are found by what they do, with a score that means something.

use proptest::prelude::*;
use serde_json::json;
use tgp_store::{ToolEntry, ToolHit, Usage};

use crate::fixture::{State, at};

fn tool(path: &str, description: &str, fields: &[&str]) -> ToolEntry {
    let properties: serde_json::Map<_, _> =
        fields.iter().map(|field| ((*field).to_owned(), json!({ "type": "string" }))).collect();
    ToolEntry {
        path: path.to_owned(),
        description: description.to_owned(),
        schema: json!({ "type": "object", "properties": properties }),
        imports: Vec::new(),
        version: "1".to_owned(),
        hash: format!("{path}{description}{fields:?}"),
    }
}

fn library() -> Vec<ToolEntry> {
    vec![
        tool(
            "tools/reports/downgradedUsers.ts",
            "Lists users who downgraded their plan in a month",
            &["month", "delimiter"],
        ),
        tool("tools/users/fix-ohio-typo.ts", "Fixes the `Ohiio` typo in the state of active users", &[]),
        tool(
            "tools/shipping/dimensional_weight.ts",
            "Computes the dimensional weight of a parcel",
            &["length", "width", "height"],
        ),
        tool("tools/math/fib.ts", "Computes a Fibonacci number", &["n"]),
        tool(
            "tools/invoices/sendInvoice.ts",
            "Sends an invoice to a customer by e-mail",
            &["customerId", "invoiceId"],
        ),
        tool("tools/invoices/listInvoices.ts", "Lists the open invoices of a customer", &["customerId"]),
    ]
}

fn find(state: &State, query: &str) -> Vec<(String, f64)> {
    state.store.find_tools(query, 10).unwrap().into_iter().map(|hit| (hit.path, hit.score)).collect()
}

fn best(state: &State, query: &str) -> (String, f64) {
    find(state, query).into_iter().next().unwrap_or_else(|| panic!("nothing for {query}"))
}

fn stocked() -> State {
    let state = State::new();
    state.store.index_tools(&library(), "c1").unwrap();
    state
}

#[test]
fn a_name_or_description_or_path_in_full_scores_one() {
    let state = stocked();
    for query in [
        "fib",
        "FIB",
        "fix-ohio-typo",
        "fix Ohio typo",
        "downgraded users",
        "dimensional weight",
        "Computes a Fibonacci number",
        "tools/math/fib.ts",
    ] {
        assert!((best(&state, query).1 - 1.0).abs() < f64::EPSILON, "{query}: {:?}", find(&state, query));
    }
}

#[test]
fn what_name_and_description_cover_is_worth_reusing() {
    let state = stocked();
    for (query, path) in [
        ("compute the fibonacci numbers", "tools/math/fib.ts"),
        ("users that downgraded", "tools/reports/downgradedUsers.ts"),
        ("weight of parcels", "tools/shipping/dimensional_weight.ts"),
        ("please send invoices by email to customers", "tools/invoices/sendInvoice.ts"),
        ("list open invoices", "tools/invoices/listInvoices.ts"),
        ("typos in states", "tools/users/fix-ohio-typo.ts"),
    ] {
        let (found, score) = best(&state, query);
        assert_eq!(found, path, "{query}");
        let enough = if query.contains("email") { 0.6 } else { 0.85 };
        assert!((enough..1.0).contains(&score), "{query}: {score}");
    }
}

#[test]
fn what_is_only_half_covered_is_not_advised() {
    let state = stocked();
    for query in [
        "fibonacci of a spreadsheet",
        "weight loss plan",
        "delete an invoice",
        "users who upgraded",
        "customerId",
    ] {
        assert!(
            find(&state, query).iter().all(|(_, score)| *score < 0.85),
            "{query}: {:?}",
            find(&state, query)
        );
    }
    assert!(find(&state, "kubernetes deployment").is_empty());
}

#[test]
fn the_schema_counts_less_than_the_description_and_more_than_nothing() {
    let state = stocked();
    let (path, score) = best(&state, "height");
    assert_eq!(path, "tools/shipping/dimensional_weight.ts");
    assert!((0.3..0.85).contains(&score), "{score}");
}

#[test]
fn any_text_is_a_safe_query() {
    let state = stocked();
    for query in [
        "",
        "   ",
        "\"",
        "'",
        "fib\"",
        "AND",
        "OR NOT",
        "NEAR(a b)",
        "name:fib",
        "fib*",
        "^fib",
        "(fib",
        "{a b}: c",
        "-fib",
        "+fib",
        "fib AND",
        "\0",
        "a\0b",
        "🦀",
        "SELECT * FROM tools; DROP TABLE tools",
        "%_",
        "é",
        "\u{301}",
        "İ",
        "ß",
    ] {
        state.store.find_tools(query, 5).unwrap_or_else(|error| panic!("{query:?}: {error}"));
    }
    let long = "invoice customer ".repeat(20_000);
    assert!(!state.store.find_tools(&long, 5).unwrap().is_empty());
    assert_eq!(state.number("SELECT count(*) FROM tools"), 6);
}

#[test]
fn the_same_question_has_the_same_answer_and_equal_tools_stand_in_order() {
    let state = State::new();
    let twins: Vec<_> = ["c", "a", "b"]
        .iter()
        .map(|name| tool(&format!("tools/{name}/x.ts"), "Counts the apples", &[]))
        .collect();
    state.store.index_tools(&twins, "c1").unwrap();
    let paths =
        |state: &State| find(state, "count apples").into_iter().map(|(path, _)| path).collect::<Vec<_>>();
    assert_eq!(paths(&state), ["tools/a/x.ts", "tools/b/x.ts", "tools/c/x.ts"]);
    state.store.count_run("tools/b/x.ts", true, at(1)).unwrap();
    assert_eq!(paths(&state), ["tools/b/x.ts", "tools/a/x.ts", "tools/c/x.ts"]);
}

#[test]
fn the_index_holds_exactly_the_tools_of_the_last_commit() {
    let state = stocked();
    assert_eq!(state.store.indexed_head().unwrap().as_deref(), Some("c1"));
    let mut tools = library();
    assert_eq!(state.store.index_tools(&tools, "c2").unwrap(), 0, "nothing changed");
    tools.remove(3);
    tools[0].description = "Counts the zebras".to_owned();
    tools[0].hash = "new".to_owned();
    tools.push(tool("tools/new.ts", "Paints a rainbow", &[]));
    assert_eq!(state.store.index_tools(&tools, "c3").unwrap(), 3);
    assert_eq!(state.store.indexed_head().unwrap().as_deref(), Some("c3"));
    assert!(find(&state, "fibonacci").is_empty());
    assert_eq!(best(&state, "zebras").0, "tools/reports/downgradedUsers.ts");
    assert_eq!(best(&state, "rainbow").0, "tools/new.ts");
    assert!(
        find(&state, "plan month downgrade")
            .iter()
            .all(|(path, score)| !path.contains("downgraded") || *score < 0.85)
    );
}

#[test]
fn an_entry_without_a_schema_leaves_the_indexed_one_as_it_is() {
    let state = stocked();
    let hashes = state.store.indexed_hashes().unwrap();
    assert_eq!(hashes.len(), 6);
    let placeholders: Vec<_> = library()
        .into_iter()
        .map(|tool| ToolEntry { description: String::new(), schema: serde_json::Value::Null, ..tool })
        .chain([ToolEntry { schema: serde_json::Value::Null, ..tool("tools/unknown.ts", "", &[]) }])
        .collect();
    assert_eq!(state.store.index_tools(&placeholders, "c2").unwrap(), 0);
    assert_eq!(state.store.indexed_hashes().unwrap(), hashes);
    assert_eq!(best(&state, "fibonacci").0, "tools/math/fib.ts");
}

#[test]
fn runs_are_counted_and_told_with_the_tool() {
    let state = stocked();
    assert_eq!(state.store.usage("tools/math/fib.ts").unwrap(), Usage::default());
    state.store.count_run("tools/math/fib.ts", true, at(2)).unwrap();
    state.store.count_run("tools/math/fib.ts", false, at(1)).unwrap();
    let usage = state.store.usage("tools/math/fib.ts").unwrap();
    assert_eq!(
        (usage.runs, usage.failures, usage.last_run_at.as_deref()),
        (2, 1, Some("2026-11-21T09:00:00.002Z"))
    );
    let hit: ToolHit = state.store.find_tools("fib", 1).unwrap().remove(0);
    assert_eq!((hit.runs, hit.schema["properties"]["n"]["type"].as_str()), (2, Some("string")));
}

const WORDS: &[&str] =
    &["invoice", "customer", "apple", "weight", "month", "zebra", "parcel", "report", "delete", "state"];

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_score_is_between_zero_and_one_and_covering_more_of_a_query_never_scores_lower(
        query in proptest::sample::subsequence(WORDS, 1..=6),
        more in proptest::collection::vec(0..6_usize, 0..4),
        other in proptest::sample::subsequence(WORDS, 0..=4),
    ) {
        let state = State::new();
        let covered: Vec<&str> = query.iter().enumerate().filter(|(index, _)| more.contains(index)).map(|(_, word)| *word).collect();
        // The second tool says everything the first one says and one word of the query besides.
        let next = query.iter().find(|word| !covered.contains(word));
        prop_assume!(next.is_some());
        let less = format!("quux {} {}", covered.join(" "), other.iter().filter(|word| !query.contains(word)).copied().collect::<Vec<_>>().join(" "));
        let full = format!("{less} {}", next.unwrap());
        state.store.index_tools(&[tool("tools/one.ts", &less, &[]), tool("tools/two.ts", &full, &[])], "c").unwrap();
        let hits = find(&state, &query.join(" "));
        let score = |path: &str| hits.iter().find(|(found, _)| found == path).map_or(0.0, |(_, score)| *score);
        prop_assert!(hits.iter().all(|(_, score)| (0.0..=1.0).contains(score)));
        prop_assert!(score("tools/two.ts") > score("tools/one.ts"), "{hits:?}");
    }

    #[test]
    fn any_text_can_be_searched_and_indexed(query in "\\PC{0,60}", description in ".{0,80}") {
        let state = State::new();
        state.store.index_tools(&[tool("tools/one.ts", &description, &["a"])], "c").unwrap();
        for (_, score) in find(&state, &query) {
            prop_assert!((0.0..=1.0).contains(&score));
        }
    }
}
