//! Tools the stories use, as an agent would write them.

/// The n-th Fibonacci number; keeps all eight standards.
pub(crate) const FIB: &str = "\
/** Number at place `n` of the Fibonacci sequence. */
export default function fib({ n }: { n: number }): number {
  return n < 2 ? n : fib({ n: n - 1 }) + fib({ n: n - 2 });
}
";

/// The product of two numbers.
pub(crate) const MULTIPLIER: &str = "\
/** Product of `a` and `b`. */
export default ({ a, b }: { a: number; b: number }): number => a * b;
";

/// Never ends.
pub(crate) const FREEZE: &str = "export default () => { while (true) {} };\n";

/// Says hello.
pub(crate) const HELLO: &str = "\
/** Greets somebody. */
export default ({ name }: { name: string }): string => `Hello, ${name}`;
";

/// Inserts a user and then throws.
pub(crate) const INSERT_AND_THROW: &str = "\
/** Inserts a user, then fails. */
export default ({ name }: { name: string }) => {
  tgp.exec_sql('INSERT INTO users (name) VALUES (:name)', { name });
  throw new Error('Boom');
};
";

/// Limits wide enough that only a signal or a cancellation ends a run.
pub(crate) const ENDLESS: &str =
    "limits: { cpuMs: 600000, wallMs: 600000, fuel: 9000000000000000, hostCalls: 4000000000 },";

/// Writes to the database without end.
pub(crate) const WRITE_WITHOUT_END: &str = "\
/** Writes rows without end. */
export default () => {
  while (true) {
    tgp.exec_sql('INSERT INTO users (name) VALUES (:name)', { name: 'again' });
  }
};
";
