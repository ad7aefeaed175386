//! What the agent of the demo writes, and the shop it works for.

/// The project's settings.
pub(super) const CONFIG: &str = "\
import { defineTGPConfig } from '@tgp/core';

export default defineTGPConfig({ database: 'sqlite:shop.db' });
";

/// The shop.
pub(super) const SHOP: [&str; 4] = [
    "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)",
    "INSERT INTO users (name) VALUES ('Ada'), ('Grace'), ('Edsger'), ('Barbara')",
    "CREATE TABLE plan_changes (user_id INTEGER NOT NULL, kind TEXT NOT NULL, at TEXT NOT NULL)",
    "INSERT INTO plan_changes VALUES (1, 'upgrade', '2026-06-03'), (2, 'downgrade', '2026-06-11'), \
     (3, 'downgrade', '2026-05-30'), (4, 'downgrade', '2026-06-30')",
];

/// Right but for a number nobody can change.
pub(super) const DIM_WEIGHT: &str = "\
type Parcel = { length: number; width: number; height: number; divisor: number };

/** Dimensional weight of a parcel: its volume by the carrier's divisor. */
export default (parcel: Parcel): number => (parcel.length * parcel.width * parcel.height) / 139;
";

/// Users who downgraded.
pub(super) const DOWNGRADES: &str = "\
/** Users who downgraded in a month, as delimited text. */
export default ({ month, delimiter }: { month: string; delimiter: string }): string => {
  const { rows } = tgp.exec_sql(
    `SELECT u.id, u.name, c.at FROM plan_changes c JOIN users u ON u.id = c.user_id
     WHERE c.kind = 'downgrade' AND strftime('%Y-%m', c.at) = :month ORDER BY u.id`,
    { month },
  );
  return rows.map((row) => row.join(delimiter)).join('\\n');
};
";

/// Never ends.
pub(super) const FREEZE: &str = "\
/** Never ends. */
export default () => {
  while (true) {}
};
";

/// Inserts, then fails.
pub(super) const SIGN_UP: &str = "\
/** Signs a user up, then fails. */
export default ({ name }: { name: string }): number => {
  tgp.exec_sql('INSERT INTO users (name) VALUES (:name)', { name });
  throw new Error('the mail server is away');
};
";
