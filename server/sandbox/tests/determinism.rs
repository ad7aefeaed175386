//! The same input gives the same result and the same fuel, whatever happens around it.

use std::thread;

use tgp_model::CancelToken;
use tgp_sandbox::{Budget, RunInput, Sandbox};

use crate::harness::{Answering, NoHost, cache, done, module, run_with, sandbox, std_modules, tool, wide};

const EVERYTHING: &str = "export default async (args) => {
    const map = new Map([[{}, 1], ['a', 2], [Symbol.iterator, 3]]);
    const random = Array.from({ length: 20 }, Math.random);
    await null;
    return { random, id: crypto.randomUUID(), bytes: crypto.getRandomValues(new Uint8Array(5)), words: crypto.getRandomValues(new Uint32Array(2)),
        now: Date.now(), date: String(new Date()), local: new Date(0).toLocaleString(), performance: performance.now(), keys: Object.keys(globalThis), all: Object.getOwnPropertyNames(globalThis),
        map: [...map.values()], sorted: random.toSorted(), stack: new Error('x').stack, text: 'ö'.normalize('NFD').length, args };
};";

fn run(seed: u64, now_ms: i64) -> (String, u64) {
    let input = RunInput { args: r#"{"a":[1,2,3]}"#, seed, now_ms, env: None };
    let outcome =
        sandbox().run(&tool(EVERYTHING), input, &Budget::new(&wide(), CancelToken::new()), &mut NoHost);
    (outcome.result.unwrap(), outcome.fuel)
}

#[test]
fn the_same_seed_gives_the_same_result_and_the_same_fuel() {
    let first = run(42, 1_000);
    for _ in 0..20 {
        assert_eq!(run(42, 1_000), first);
    }
}

#[test]
fn the_same_seed_gives_the_same_on_other_threads_at_once() {
    let first = run(42, 1_000);
    thread::scope(|scope| {
        let threads: Vec<_> =
            (0..4).map(|_| scope.spawn(|| (0..10).map(|_| run(42, 1_000)).collect::<Vec<_>>())).collect();
        for thread in threads {
            assert!(thread.join().unwrap().iter().all(|other| *other == first));
        }
    });
}

#[test]
fn math_random_follows_the_seed() {
    let (a, _) = run(1, 0);
    let (b, _) = run(2, 0);
    assert_ne!(a, b);
    let code = "export default () => Array.from({ length: 1000 }, Math.random);";
    let outcome = run_with(code, "{}", &wide(), &mut NoHost);
    let numbers: Vec<f64> = serde_json::from_str(&outcome.result.unwrap()).unwrap();
    assert!(numbers.iter().all(|number| (0.0..1.0).contains(number)));
    let mean = numbers.iter().sum::<f64>() / 1000.0;
    assert!((0.45..0.55).contains(&mean), "{mean}");
}

#[test]
fn the_clock_stands_still_at_what_the_host_said() {
    let code = "export default () => { const a = Date.now(); for (let i = 0; i < 1e5; i++); return [a, Date.now(), new Date().toISOString(), Date.parse(Date())]; };";
    let input = RunInput { args: "null", seed: 0, now_ms: 1_750_000_000_123, env: None };
    let outcome = sandbox().run(&tool(code), input, &Budget::new(&wide(), CancelToken::new()), &mut NoHost);
    assert_eq!(
        outcome.result.unwrap(),
        r#"[1750000000123,1750000000123,"2025-06-15T15:06:40.123Z",1750000000000]"#
    );
}

#[test]
fn an_engine_opened_again_gives_the_same_result_and_fuel() {
    let first = run(42, 1_000);
    let again = Sandbox::open(&cache(), &std_modules(), &mut |_| ()).unwrap();
    let built = again.build("tools/a.ts", &[module("tools/a.ts", EVERYTHING)], "another hash").unwrap();
    let input = RunInput { args: r#"{"a":[1,2,3]}"#, seed: 42, now_ms: 1_000, env: None };
    let outcome = again.run(&built, input, &Budget::new(&wide(), CancelToken::new()), &mut NoHost);
    assert_eq!((outcome.result.unwrap(), outcome.fuel), first);
}

#[test]
fn host_answers_of_the_same_length_cost_the_same_fuel() {
    let code = "export default () => tgp.read_file('a').length;";
    let mut fuels = Vec::new();
    for text in ["abc", "xyz"] {
        let mut host = Answering::with(|_| done(serde_json::json!(text)));
        fuels.push(run_with(code, "{}", &wide(), &mut host).fuel);
    }
    assert_eq!(fuels[0], fuels[1]);
}
