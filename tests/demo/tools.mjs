// What the agent of the demo writes: the tools of the seed's use cases, and the shop they work on.
export const SHOP = [
  'CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, state TEXT NOT NULL, status TEXT NOT NULL)',
  `INSERT INTO users (name, state, status) VALUES
     ('Ada', 'Ohio', 'active'), ('Grace', 'Ohiio', 'active'), ('Edsger', 'Texas', 'active'),
     ('Barbara', 'Ohiio', 'inactive'), ('Alan', 'Ohiio', 'active'), ('Donald', 'Texas', 'inactive')`,
  'CREATE TABLE plan_changes (user_id INTEGER NOT NULL, from_plan TEXT, to_plan TEXT, kind TEXT, at TEXT)',
  `INSERT INTO plan_changes VALUES
     (1, 'basic', 'pro', 'upgrade', '2026-06-03'), (2, 'pro', 'basic', 'downgrade', '2026-06-11'),
     (3, 'pro', 'basic', 'downgrade', '2026-05-30'), (5, 'team', 'pro', 'downgrade', '2026-06-30'),
     (6, 'pro', 'basic', 'downgrade', '2026-07-01')`,
];

export const DOWNGRADE = `/** Users who downgraded in a month, as delimited text with a header. */
export default ({ month, delimiter }: { month: string; delimiter: string }): string => {
  const { rows } = tgp.exec_sql(
    \`SELECT u.id, u.name, c.from_plan, c.to_plan FROM plan_changes c JOIN users u ON u.id = c.user_id
     WHERE c.kind = 'downgrade' AND strftime('%Y-%m', c.at) = :month ORDER BY u.id\`,
    { month },
  );
  const header = ['id', 'name', 'from', 'to'];
  return [header, ...rows].map((row) => \`\${row.join(delimiter)}\\n\`).join('');
};
`;

export const FIX_TYPO = `/** Replaces a misspelt state for users with a status; says how many changed. */
export default ({ wrong, right, status }: { wrong: string; right: string; status: string }): { changed: number } => {
  const done = tgp.exec_sql('UPDATE users SET state = :right WHERE state = :wrong AND status = :status', {
    right,
    wrong,
    status,
  });
  return { changed: done.rows_affected };
};
`;

export const DIM_WEIGHT = `/** Dimensional weight of a parcel: its volume by the carrier's divisor. */
export default (parcel: { length: number; width: number; height: number; divisor: number }): number =>
  (parcel.length * parcel.width * parcel.height) / parcel.divisor;
`;

export const QUOTE = `import dimWeight from './dim_weight';

type Parcel = { length: number; width: number; height: number };

/** Shipping quote for several parcels: the weight of each, and the price of all at a rate. */
export default ({ parcels, divisor, rate }: { parcels: Parcel[]; divisor: number; rate: number }) => {
  const weights = parcels.map((parcel) => dimWeight({ ...parcel, divisor }));
  return { weights, price: weights.reduce((sum, weight) => sum + weight, 0) * rate };
};
`;

export const BROKEN_LINE = 'const counted = rows.map(([state, users]) => [state, users]';
export const MENDED_LINE = 'const counted = rows.map(([state, users]) => [state, users])';
export const BROKEN = `/** How many users of a status live in each state. */
export default ({ status }: { status: string }) => {
  const sql = 'SELECT state, count(*) FROM users WHERE status = :status GROUP BY state ORDER BY state';
  const { rows } = tgp.exec_sql(sql, { status });
  ${BROKEN_LINE};
  return Object.fromEntries(counted);
};
`;

export const FREEZE = `/** Never ends. */
export default () => {
  while (true) {}
};
`;

export const THROWS = `/** Inserts a user, then fails. */
export default ({ name }: { name: string }) => {
  tgp.exec_sql("INSERT INTO users (name, state, status) VALUES (:name, 'Ohio', 'active')", { name });
  throw new Error('the mail server is away');
};
`;
