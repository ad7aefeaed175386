-- A state database as the first version of its tables left it, with rows.
PRAGMA foreign_keys = OFF;
CREATE TABLE agent_actions (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL,
  session_id TEXT NOT NULL,
  agent_name TEXT NOT NULL,
  action_type TEXT NOT NULL,
  description TEXT,
  details JSON,
  reversible BOOLEAN DEFAULT TRUE,
  requires_approval BOOLEAN DEFAULT FALSE,
  approved_by TEXT,
  approved_at DATETIME,
  status TEXT DEFAULT 'executed', -- pending, executed, undone, failed, denied, abandoned
  branch_id TEXT REFERENCES agent_branches(id),
  created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
  client TEXT,
  files JSON,
  sql TEXT,
  tool TEXT,
  duration_ms REAL,
  fuel INTEGER,
  seed INTEGER, -- 64 bits, read as unsigned
  clock_ms INTEGER,
  decision TEXT,
  rule TEXT,
  error_code TEXT,
  commit_id TEXT,
  lock_id TEXT,
  ended_at DATETIME
) WITHOUT ROWID;
CREATE INDEX agent_actions_session ON agent_actions (session_id);
CREATE INDEX agent_actions_agent ON agent_actions (agent_name);
CREATE INDEX agent_actions_open ON agent_actions (status) WHERE status = 'pending';
CREATE TABLE action_files (
  path TEXT NOT NULL,
  action_id TEXT NOT NULL,
  PRIMARY KEY (path, action_id)
) WITHOUT ROWID;
CREATE TABLE intent_content (
  action_id TEXT NOT NULL,
  path TEXT NOT NULL,
  content BLOB NOT NULL,
  PRIMARY KEY (action_id, path)
);
CREATE TABLE audit (
  seq INTEGER PRIMARY KEY,
  at DATETIME NOT NULL,
  kind TEXT NOT NULL, -- intent, outcome, read
  action_id TEXT NOT NULL,
  payload TEXT NOT NULL, -- canonical JSON
  prev_hash BLOB NOT NULL,
  hash BLOB NOT NULL -- SHA-256 over a canonical, length-prefixed encoding of all the others
);
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit table only grows'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit table only grows'); END;
CREATE TABLE tools (
  id INTEGER PRIMARY KEY,
  path TEXT NOT NULL UNIQUE,
  description TEXT NOT NULL,
  schema JSON NOT NULL,
  imports JSON NOT NULL,
  version TEXT NOT NULL,
  hash TEXT NOT NULL,
  says TEXT NOT NULL, -- stems of name and description
  mentions TEXT NOT NULL -- stems of schema and path
);
CREATE VIRTUAL TABLE tool_index USING fts5(
  name, description, schema_terms, path,
  content = '', contentless_delete = 1, tokenize = 'porter unicode61'
);
CREATE TABLE tool_usage (
  path TEXT PRIMARY KEY,
  runs INTEGER NOT NULL,
  failures INTEGER NOT NULL,
  last_run_at DATETIME NOT NULL
) WITHOUT ROWID;
CREATE TABLE facts (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO agent_actions VALUES ('01M7YNAYM10000000000000001', '/home/ada/shop', '01M7YNAYM00000000000000001', 'coder', 'file_create', 'Wrote `tools/a1.ts`', '{"bytes":1}', 1, 0, NULL, NULL, 'executed', NULL, '2026-11-21T09:00:00.001Z', NULL, '["tools/a1.ts"]', NULL, NULL, 1.5, 7, -1, 1795251600000, 'allow', 'library.write', NULL, 'c0ffee', 'lock-1', '2026-11-21T09:00:00.001Z');
INSERT INTO agent_actions VALUES ('01M7YNAYM20000000000000002', '/home/ada/shop', '01M7YNAYM00000000000000001', 'coder', 'file_create', 'Wrote `tools/a2.ts`', '{"bytes":2}', 1, 0, NULL, NULL, 'executed', NULL, '2026-11-21T09:00:00.002Z', NULL, '["tools/a2.ts"]', NULL, NULL, 1.5, 7, -1, 1795251600000, 'allow', 'library.write', NULL, 'c0ffee', 'lock-1', '2026-11-21T09:00:00.002Z');
INSERT INTO agent_actions VALUES ('01M7YNAYM30000000000000003', '/home/ada/shop', '01M7YNAYM00000000000000001', 'coder', 'file_create', 'Wrote `tools/a3.ts`', '{"branch":"feat/a"}', 1, 0, NULL, NULL, 'executed', NULL, '2026-11-21T09:00:00.003Z', NULL, '["tools/a3.ts"]', NULL, NULL, 1.5, 7, -1, 1795251600000, 'allow', 'library.write', NULL, 'c0ffee', 'lock-1', '2026-11-21T09:00:00.003Z');
INSERT INTO agent_actions VALUES ('01M7YNAYM40000000000000004', '/home/ada/shop', '01M7YNAYM00000000000000001', 'coder', 'file_create', 'Wrote `tools/a4.ts`', '{"bytes":4}', 1, 0, NULL, NULL, 'executed', NULL, '2026-11-21T09:00:00.004Z', NULL, '["tools/a4.ts"]', NULL, NULL, 1.5, 7, -1, 1795251600000, 'allow', 'library.write', NULL, 'c0ffee', 'lock-1', '2026-11-21T09:00:00.004Z');
INSERT INTO agent_actions VALUES ('01M7YNAYM50000000000000005', '/home/ada/shop', '01M7YNAYM00000000000000001', 'coder', 'file_create', 'Wrote `tools/a5.ts`', '{"bytes":5}', 1, 0, NULL, NULL, 'executed', NULL, '2026-11-21T09:00:00.005Z', NULL, '["tools/a5.ts"]', NULL, NULL, 1.5, 7, -1, 1795251600000, 'allow', 'library.write', NULL, 'c0ffee', 'lock-1', '2026-11-21T09:00:00.005Z');
INSERT INTO agent_actions VALUES ('01M7YNAYM60000000000000006', '/home/ada/shop', '01M7YNAYM00000000000000001', 'coder', 'file_create', 'Wrote `tools/a6.ts`', '{"bytes":6}', 1, 0, NULL, NULL, 'executed', NULL, '2026-11-21T09:00:00.006Z', NULL, '["tools/a6.ts"]', NULL, NULL, 1.5, 7, -1, 1795251600000, 'allow', 'library.write', NULL, 'c0ffee', 'lock-1', '2026-11-21T09:00:00.006Z');
INSERT INTO agent_actions VALUES ('01M7YNAYM70000000000000007', '/home/ada/shop', '01M7YNAYM00000000000000001', 'coder', 'file_create', 'Wrote `tools/a7.ts`', '{"bytes":7}', 1, 0, NULL, NULL, 'executed', NULL, '2026-11-21T09:00:00.007Z', NULL, '["tools/a7.ts"]', NULL, NULL, 1.5, 7, -1, 1795251600000, 'allow', 'library.write', NULL, 'c0ffee', 'lock-1', '2026-11-21T09:00:00.007Z');
INSERT INTO agent_actions VALUES ('01M7YNAYM80000000000000008', '/home/ada/shop', '01M7YNAYM00000000000000001', 'coder', 'file_create', 'Wrote `tools/a8.ts`', '{"bytes":8}', 1, 0, NULL, NULL, 'executed', NULL, '2026-11-21T09:00:00.008Z', NULL, '["tools/a8.ts"]', NULL, NULL, 1.5, 7, -1, 1795251600000, 'allow', 'library.write', NULL, 'c0ffee', 'lock-1', '2026-11-21T09:00:00.008Z');
INSERT INTO action_files VALUES ('tools/a1.ts', '01M7YNAYM10000000000000001');
INSERT INTO action_files VALUES ('tools/a2.ts', '01M7YNAYM20000000000000002');
INSERT INTO action_files VALUES ('tools/a3.ts', '01M7YNAYM30000000000000003');
INSERT INTO action_files VALUES ('tools/a4.ts', '01M7YNAYM40000000000000004');
INSERT INTO action_files VALUES ('tools/a5.ts', '01M7YNAYM50000000000000005');
INSERT INTO action_files VALUES ('tools/a6.ts', '01M7YNAYM60000000000000006');
INSERT INTO action_files VALUES ('tools/a7.ts', '01M7YNAYM70000000000000007');
INSERT INTO action_files VALUES ('tools/a8.ts', '01M7YNAYM80000000000000008');
INSERT INTO audit VALUES (1, '2026-11-21T09:00:00.001Z', 'intent', '01M7YNAYM10000000000000001', '{"session":"01M7YNAYM00000000000000001","agent":"coder","project":"/home/ada/shop","type":"file_create","status":"pending","description":"Wrote `tools/a1.ts`","decision":"allow","rule":"library.write","clock_ms":1795251600000,"files":["tools/a1.ts"],"details":{"bytes":1},"seed":"18446744073709551615"}', x'0000000000000000000000000000000000000000000000000000000000000000', x'55a377323b6bfad5549b4185ae3e20978a64c10130e9990d1e6ff5b8e9697926');
INSERT INTO audit VALUES (2, '2026-11-21T09:00:00.001Z', 'outcome', '01M7YNAYM10000000000000001', '{"status":"executed","error_code":null,"duration_ms":1.5,"fuel":7,"commit_id":"c0ffee"}', x'55a377323b6bfad5549b4185ae3e20978a64c10130e9990d1e6ff5b8e9697926', x'a7820b036e6338381a70cf968047be5433d1f44227844392b8a055bae316c7b3');
INSERT INTO audit VALUES (3, '2026-11-21T09:00:00.002Z', 'intent', '01M7YNAYM20000000000000002', '{"session":"01M7YNAYM00000000000000001","agent":"coder","project":"/home/ada/shop","type":"file_create","status":"pending","description":"Wrote `tools/a2.ts`","decision":"allow","rule":"library.write","clock_ms":1795251600000,"files":["tools/a2.ts"],"details":{"bytes":2},"seed":"18446744073709551615"}', x'a7820b036e6338381a70cf968047be5433d1f44227844392b8a055bae316c7b3', x'145ebcc62b95a790bece036afbb6be389124ca8b32260bf8d2dfbe6d232b9fb2');
INSERT INTO audit VALUES (4, '2026-11-21T09:00:00.002Z', 'outcome', '01M7YNAYM20000000000000002', '{"status":"executed","error_code":null,"duration_ms":1.5,"fuel":7,"commit_id":"c0ffee"}', x'145ebcc62b95a790bece036afbb6be389124ca8b32260bf8d2dfbe6d232b9fb2', x'3fc368defc6706ad59f4c1699b7c1e3099d2563812e98ed608322ad3cad9af7d');
INSERT INTO audit VALUES (5, '2026-11-21T09:00:00.003Z', 'intent', '01M7YNAYM30000000000000003', '{"session":"01M7YNAYM00000000000000001","agent":"coder","project":"/home/ada/shop","type":"file_create","status":"pending","description":"Wrote `tools/a3.ts`","decision":"allow","rule":"library.write","clock_ms":1795251600000,"files":["tools/a3.ts"],"details":{"branch":"feat/a"},"seed":"18446744073709551615"}', x'3fc368defc6706ad59f4c1699b7c1e3099d2563812e98ed608322ad3cad9af7d', x'1a3289a58a7fe737b529c2291bcd7be48245ff92ad623dd8bb3fa09dc0c3061c');
INSERT INTO audit VALUES (6, '2026-11-21T09:00:00.003Z', 'outcome', '01M7YNAYM30000000000000003', '{"status":"executed","error_code":null,"duration_ms":1.5,"fuel":7,"commit_id":"c0ffee"}', x'1a3289a58a7fe737b529c2291bcd7be48245ff92ad623dd8bb3fa09dc0c3061c', x'6c72b9d7e8b2493a2cdaf327ba9cc197d366cca3108d841d0dc55751a7708bda');
INSERT INTO audit VALUES (7, '2026-11-21T09:00:00.004Z', 'intent', '01M7YNAYM40000000000000004', '{"session":"01M7YNAYM00000000000000001","agent":"coder","project":"/home/ada/shop","type":"file_create","status":"pending","description":"Wrote `tools/a4.ts`","decision":"allow","rule":"library.write","clock_ms":1795251600000,"files":["tools/a4.ts"],"details":{"bytes":4},"seed":"18446744073709551615"}', x'6c72b9d7e8b2493a2cdaf327ba9cc197d366cca3108d841d0dc55751a7708bda', x'30ac6034765cce12808184abcc72c72f3c7fe026086f23fe805c2628ec8d8e91');
INSERT INTO audit VALUES (8, '2026-11-21T09:00:00.004Z', 'outcome', '01M7YNAYM40000000000000004', '{"status":"executed","error_code":null,"duration_ms":1.5,"fuel":7,"commit_id":"c0ffee"}', x'30ac6034765cce12808184abcc72c72f3c7fe026086f23fe805c2628ec8d8e91', x'1958fc3719bd75bd4967b3009f228d02b5916ac6b2ede1cd6b5fef291df8e511');
INSERT INTO audit VALUES (9, '2026-11-21T09:00:00.005Z', 'read', '01M7YNAYM50000000000000005', '{"intent":{"session":"01M7YNAYM00000000000000001","agent":"coder","project":"/home/ada/shop","type":"file_create","status":"pending","description":"Wrote `tools/a5.ts`","decision":"allow","rule":"library.write","clock_ms":1795251600000,"files":["tools/a5.ts"],"details":{"bytes":5},"seed":"18446744073709551615"},"outcome":{"status":"executed","error_code":null,"duration_ms":1.5,"fuel":7,"commit_id":"c0ffee"}}', x'1958fc3719bd75bd4967b3009f228d02b5916ac6b2ede1cd6b5fef291df8e511', x'05886ae5da8f6ab35e546828385f2ef3e8ac5c7cad978499d50661fa71fb0819');
INSERT INTO audit VALUES (10, '2026-11-21T09:00:00.006Z', 'read', '01M7YNAYM60000000000000006', '{"intent":{"session":"01M7YNAYM00000000000000001","agent":"coder","project":"/home/ada/shop","type":"file_create","status":"pending","description":"Wrote `tools/a6.ts`","decision":"allow","rule":"library.write","clock_ms":1795251600000,"files":["tools/a6.ts"],"details":{"bytes":6},"seed":"18446744073709551615"},"outcome":{"status":"executed","error_code":null,"duration_ms":1.5,"fuel":7,"commit_id":"c0ffee"}}', x'05886ae5da8f6ab35e546828385f2ef3e8ac5c7cad978499d50661fa71fb0819', x'37712b6c05d5ac0d43400d2241c53932552124000988e00b518741aba5d4ff1f');
INSERT INTO audit VALUES (11, '2026-11-21T09:00:00.007Z', 'read', '01M7YNAYM70000000000000007', '{"intent":{"session":"01M7YNAYM00000000000000001","agent":"coder","project":"/home/ada/shop","type":"file_create","status":"pending","description":"Wrote `tools/a7.ts`","decision":"allow","rule":"library.write","clock_ms":1795251600000,"files":["tools/a7.ts"],"details":{"bytes":7},"seed":"18446744073709551615"},"outcome":{"status":"executed","error_code":null,"duration_ms":1.5,"fuel":7,"commit_id":"c0ffee"}}', x'37712b6c05d5ac0d43400d2241c53932552124000988e00b518741aba5d4ff1f', x'8aede6fb4df3e8492e6f699e02a1fb4e4567afd4425080c819a52cb36c0b0a27');
INSERT INTO audit VALUES (12, '2026-11-21T09:00:00.008Z', 'read', '01M7YNAYM80000000000000008', '{"intent":{"session":"01M7YNAYM00000000000000001","agent":"coder","project":"/home/ada/shop","type":"file_create","status":"pending","description":"Wrote `tools/a8.ts`","decision":"allow","rule":"library.write","clock_ms":1795251600000,"files":["tools/a8.ts"],"details":{"bytes":8},"seed":"18446744073709551615"},"outcome":{"status":"executed","error_code":null,"duration_ms":1.5,"fuel":7,"commit_id":"c0ffee"}}', x'8aede6fb4df3e8492e6f699e02a1fb4e4567afd4425080c819a52cb36c0b0a27', x'b7d33480328c3a58abc573648ad747b306ea4eeda46fa96fa94670b74b227d8e');
PRAGMA application_id = 1952936051; PRAGMA user_version = 1;
