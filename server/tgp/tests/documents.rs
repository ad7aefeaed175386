//! Documents that are generated or must name everything; `UPDATE_DOCS=1` writes the generated ones.

use std::fs;
use std::path::{Path, PathBuf};

use crate::place::Place;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn the_command_line_reference_is_fresh() {
    let wanted = Place::empty().tgp(&["reference"]).done().stdout;
    let file = repository().join("docs/reference/cli.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&file, &wanted).unwrap();
    }
    let found = fs::read_to_string(&file).unwrap_or_default();
    assert!(found == wanted, "`docs/reference/cli.md` is not fresh: run the tests with UPDATE_DOCS=1");
}

/// Names of the fields of the structs in a source, as the configuration writes them.
fn fields(source: &str) -> Vec<String> {
    let text = fs::read_to_string(repository().join(source)).unwrap();
    text.lines()
        .filter_map(|line| line.trim().strip_prefix("pub ")?.split_once(':'))
        .map(|(name, _)| camel(name))
        .filter(|name| name.chars().all(char::is_alphanumeric))
        .collect()
}

fn camel(name: &str) -> String {
    let mut parts = name.split('_');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |done, part| done + &part[..1].to_uppercase() + &part[1..])
}

#[test]
fn every_setting_is_in_the_guide_and_in_the_types() {
    let guide = fs::read_to_string(repository().join("docs/guides/configuration.md")).unwrap();
    let types = fs::read_to_string(repository().join("server/setup/src/init/core.d.ts")).unwrap();
    let names: Vec<String> = fields("server/model/src/config.rs")
        .into_iter()
        .chain(fields("server/model/src/limits.rs"))
        .collect();
    assert!(names.len() > 25 && names.contains(&"memoryBytes".to_owned()), "{names:?}");
    for name in names {
        let ends = |text: &str| text.split(|c: char| !c.is_alphanumeric()).any(|word| word == name);
        assert!(ends(&guide), "`{name}` is not in docs/guides/configuration.md");
        assert!(types.contains(&format!("{name}?:")), "`{name}` is not in core.d.ts");
    }
}

#[test]
fn the_guide_s_default_limits_are_the_real_ones() {
    let guide = fs::read_to_string(repository().join("docs/guides/configuration.md")).unwrap();
    let limits = serde_json::to_value(tgp_model::Limits::default()).unwrap();
    for (name, value) in limits.as_object().unwrap() {
        let row = guide.lines().find(|line| line.starts_with(&format!("| `{name}`"))).expect(name);
        let digits: String = row.split('|').nth(2).unwrap().chars().filter(char::is_ascii_digit).collect();
        assert_eq!(digits, value.to_string(), "{name}");
    }
}

#[test]
fn the_guide_s_example_is_a_configuration() {
    let guide = fs::read_to_string(repository().join("docs/guides/configuration.md")).unwrap();
    let examples: Vec<&str> =
        guide.split("```typescript\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(examples.len() > 1);
    let place = Place::project();
    for example in examples {
        place.write("tgp.config.ts", example);
        place.tgp(&["tool", "list"]).done();
    }
}
