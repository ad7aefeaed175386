//! The shipped scopes, and what their short forms mean.

use tgp_policy::{Judge, JudgeSettings, Request, SHIPPED, Scope, ScopeSettings, Target};

use crate::given::{path, registry, said, shipped};

fn decided(judge: &Judge, agent: &str, capability: &str, targets: Vec<Target>) -> String {
    let said = said(&judge.judge(&Request::new(agent.parse().unwrap(), capability, targets)));
    said.split(' ').next().unwrap().to_owned()
}

fn tool(text: &str) -> Target {
    Target::tool(&text.parse().unwrap())
}

#[test]
fn the_shipped_scopes_say_what_each_agent_may() {
    let judge = shipped();
    let rows: &[(&str, Target, [&str; 5])] = &[
        ("fs.read", path("src/a.rs"), ["allow", "allow", "allow", "allow", "allow"]),
        ("fs.list", path(""), ["allow", "allow", "allow", "allow", "allow"]),
        ("fs.read", path("app/secrets/k"), ["deny", "deny", "deny", "deny", "deny"]),
        ("fs.read", path("tls/server.pem"), ["deny", "deny", "deny", "deny", "deny"]),
        ("fs.read", path(".env"), ["deny", "allow", "deny", "deny", "deny"]),
        ("fs.read", path("deep/.env.production"), ["deny", "deny", "deny", "deny", "deny"]),
        ("fs.write", path("src/a.rs"), ["allow", "deny", "deny", "deny", "deny"]),
        ("fs.delete", path("src/a.rs"), ["allow", "deny", "deny", "deny", "deny"]),
        ("fs.write", path("infra/main.tf"), ["deny", "allow", "deny", "deny", "deny"]),
        ("fs.write", path("public/exports/a.csv"), ["allow", "allow", "deny", "deny", "deny"]),
        ("fs.write", Target::host_path("/srv/exports/a.csv"), ["allow", "allow", "deny", "deny", "deny"]),
        ("fs.write", Target::host_path("/srv/exports_evil/a.csv"), ["deny", "deny", "deny", "deny", "deny"]),
        ("fs.write", path("public/exports_evil/a.csv"), ["deny", "deny", "deny", "deny", "deny"]),
        ("fs.write", path("tools/a.ts"), ["allow", "allow", "deny", "deny", "deny"]),
        ("tool.run", tool("tools/a.ts"), ["allow", "allow", "deny", "allow", "deny"]),
        ("tool.check", path("tools/a.ts"), ["allow", "allow", "allow", "allow", "allow"]),
        ("tool.check", tool("tools/a.ts"), ["allow", "allow", "allow", "allow", "allow"]),
        ("sql.read", Target::table("users"), ["allow", "allow", "allow", "allow", "deny"]),
        ("sql.write", Target::table("users"), ["allow", "deny", "deny", "deny", "deny"]),
        ("sql.schema", Target::table("users"), ["deny", "deny", "deny", "deny", "deny"]),
        ("net.fetch", Target::host("github.com"), ["allow", "allow", "deny", "allow", "deny"]),
        ("net.fetch", Target::host("api.example.com"), ["allow", "allow", "deny", "allow", "deny"]),
        ("net.fetch", Target::host("evil.example"), ["deny", "allow", "deny", "deny", "deny"]),
        (
            "net.send",
            Target::host("api.example.com"),
            ["require_approval", "require_approval", "deny", "require_approval", "deny"],
        ),
        ("delegate", Target::agent(&"reviewer".parse().unwrap()), ["allow", "deny", "deny", "deny", "deny"]),
        ("delegate", Target::agent(&"coder".parse().unwrap()), ["deny", "allow", "deny", "deny", "deny"]),
        (
            "acme.run",
            Target::command(["git", "status"]),
            ["require_approval", "deny", "deny", "deny", "deny"],
        ),
        ("acme.run", Target::command(["sudo", "ls", "/etc"]), ["deny", "deny", "deny", "deny", "deny"]),
        ("fs.write", path(".gitignore"), ["deny", "deny", "deny", "deny", "deny"]),
    ];
    for (capability, target, expected) in rows {
        for (agent, expected) in ["coder", "ops", "reviewer", "researcher", "stranger"].iter().zip(expected) {
            let came = decided(&judge, agent, capability, vec![target.clone()]);
            assert_eq!(came, *expected, "{agent} {capability} {target}");
        }
    }
}

#[test]
fn requests_without_targets_are_decided_by_their_own_forms() {
    let judge = shipped();
    for (capability, expected) in [
        ("sql.read", ["allow", "allow", "allow", "allow", "deny"]),
        ("sql.write", ["allow", "deny", "deny", "deny", "deny"]),
        ("tool.find", ["allow", "allow", "allow", "allow", "allow"]),
        ("library.sync", ["allow", "deny", "deny", "deny", "deny"]),
        ("action.list", ["allow", "allow", "allow", "allow", "allow"]),
        ("approval.status", ["allow", "allow", "allow", "allow", "allow"]),
        ("action.undo", ["allow", "allow", "deny", "deny", "deny"]),
        ("action.undo_other", ["deny", "deny", "deny", "deny", "deny"]),
        ("approval.answer", ["deny", "deny", "deny", "deny", "deny"]),
    ] {
        for (agent, expected) in ["coder", "ops", "reviewer", "researcher", "stranger"].iter().zip(expected) {
            assert_eq!(decided(&judge, agent, capability, Vec::new()), expected, "{agent} {capability}");
        }
    }
}

#[test]
fn files_that_run_on_other_people_s_machines_are_never_simply_written() {
    let judge = shipped();
    for file in [
        ".mcp.json",
        ".vscode/tasks.json",
        ".claude/settings.json",
        ".husky/pre-commit",
        ".envrc",
        ".github/workflows/ci.yml",
        "sub/.vscode/tasks.json",
        ".VSCode/tasks.json",
        "sub/.mcp.json",
    ] {
        for (agent, _) in SHIPPED {
            assert_ne!(decided(&judge, agent, "fs.write", vec![path(file)]), "allow", "{agent} {file}");
        }
        assert_eq!(decided(&judge, "coder", "fs.write", vec![path(file)]), "require_approval", "{file}");
    }
    for file in [".env", ".env.local", "sub/.env", ".ENV", ".envrc.local", ".environment", "sub/.Env.b"] {
        for capability in ["fs.read", "fs.write"] {
            assert_eq!(decided(&judge, "coder", capability, vec![path(file)]), "deny", "{capability} {file}");
        }
    }
}

#[test]
fn tools_in_a_scope_mean_the_mount_wherever_it_is() {
    let scopes = ScopeSettings { mount: "kit/[x]".parse().unwrap(), ..ScopeSettings::default() };
    let judge = JudgeSettings { library: ".tgp".parse().unwrap(), guarded: Vec::new(), scopes }
        .judge(Vec::new(), Vec::new())
        .unwrap();
    assert_eq!(decided(&judge, "coder", "tool.run", vec![tool("kit/[x]/a.ts")]), "allow");
    assert_eq!(decided(&judge, "coder", "fs.write", vec![path("kit/[x]/a.ts")]), "allow");
    assert_eq!(decided(&judge, "coder", "tool.run", vec![tool("tools/a.ts")]), "deny");
    assert_eq!(decided(&judge, "coder", "fs.write", vec![path("tools/a.ts")]), "deny");
}

#[test]
fn one_s_own_scope_replaces_the_shipped_one_and_two_of_one_agent_are_refused() {
    let settings = JudgeSettings {
        library: ".tgp".parse().unwrap(),
        guarded: Vec::new(),
        scopes: ScopeSettings::default(),
    };
    let own = |file: &str| {
        Scope::parse(file, "agent: coder\npaths: { read: [\"docs/**\"] }\n", &settings.scopes, &registry())
            .unwrap()
    };
    let judge = settings.judge(vec![own("a.yaml")], Vec::new()).unwrap();
    assert_eq!(decided(&judge, "coder", "fs.read", vec![path("docs/a")]), "allow");
    assert_eq!(decided(&judge, "coder", "fs.read", vec![path("src/a")]), "deny");
    assert_eq!(decided(&judge, "reviewer", "fs.read", vec![path("src/a")]), "allow");
    let error = settings.judge(vec![own("a.yaml"), own("b.yaml")], Vec::new()).unwrap_err();
    assert_eq!(error.to_string(), "`a.yaml` and `b.yaml` are both the scope of `coder`");
}

#[test]
fn a_command_that_asks_or_is_forbidden_cannot_be_reached_with_one_more_word() {
    let text = "agent: coder\ncommands:\n  allowed: [\"git *\", \"rm *\"]\n  forbidden: [\"rm -rf /\", \"sudo *\"]\n  require_approval: [\"git push\"]\n";
    let settings = ScopeSettings::default();
    let mut registry = registry();
    let run = tgp_capability::Capability::new(
        "command.run",
        tgp_policy::Operation::Execute,
        tgp_capability::Risk {
            level: tgp_policy::RiskLevel::Medium,
            justification: "It is a test.".to_owned(),
        },
        tgp_capability::SideEffects { reversible: true, scope: String::new(), description: String::new() },
        tgp_capability::Compensation::none(),
    );
    registry.register(run).unwrap();
    let scope = Scope::parse("coder.yaml", text, &settings, &registry).unwrap();
    let library = ".tgp".parse().unwrap();
    let parts = tgp_policy::JudgeParts {
        library,
        guarded: Vec::new(),
        registry,
        scopes: vec![scope],
        policies: Vec::new(),
    };
    let judge = Judge::new(parts).unwrap();
    for (command, expected) in [
        ("git status", "allow"),
        ("git", "allow"),
        ("git log -- src/a/b.rs", "allow"),
        ("git push", "require_approval"),
        ("git push --force origin main", "require_approval"),
        ("git pushx", "allow"),
        ("gitx status", "deny"),
        ("rm -rf /", "deny"),
        ("rm -rf / --no-preserve-root", "deny"),
        ("rm -rf /tmp/x", "allow"),
        ("sudo cat /etc/shadow", "deny"),
        ("SUDO ls", "deny"),
        ("sudo", "deny"),
    ] {
        let came = decided(&judge, "coder", "command.run", vec![Target::command(command.split(' '))]);
        assert_eq!(came, expected, "{command}");
    }
}
