-- A state database as the second version of its tables left it, with rows.
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
, irreversible_why TEXT, approval_id TEXT, token_id TEXT, undo_of JSON, undone_by TEXT, rebuilt_from TEXT) WITHOUT ROWID;
INSERT INTO agent_actions VALUES ('01M7YNAYM10000000000000001', '/home/ada/shop', '01M7YNAYM00000000000000001', 'coder', 'file_create', 'Wrote `tools/a1.ts`', '{"bytes":1}', 1, 0, NULL, NULL, 'executed', NULL, '2026-11-21T09:00:00.001Z', 'claude-code 2.1', '["tools/a1.ts"]', NULL, NULL, 1.5, 1000, -1, 1795251600000, 'allow', 'library.write', NULL, 'c0ffee', 'lock-1', '2026-11-21T09:00:00.002Z', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO agent_actions VALUES ('01M7YNAYM20000000000000002', '/home/ada/shop', '01M7YNAYM00000000000000001', 'coder', 'file_create', 'Wrote `tools/a2.ts`', '{"bytes":2}', 1, 0, NULL, NULL, 'executed', NULL, '2026-11-21T09:00:00.002Z', 'claude-code 2.1', '["tools/a2.ts"]', NULL, NULL, 1.5, 1000, -1, 1795251600000, 'allow', 'library.write', NULL, 'c0ffee', 'lock-1', '2026-11-21T09:00:00.003Z', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO agent_actions VALUES ('01M7YNAYM30000000000000003', '/home/ada/shop', '01M7YNAYM00000000000000001', 'coder', 'file_create', 'Wrote `tools/a3.ts`', '{"bytes":3}', 1, 0, NULL, NULL, 'executed', NULL, '2026-11-21T09:00:00.003Z', 'claude-code 2.1', '["tools/a3.ts"]', NULL, NULL, 1.5, 1000, -1, 1795251600000, 'allow', 'library.write', NULL, 'c0ffee', 'lock-1', '2026-11-21T09:00:00.004Z', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO agent_actions VALUES ('01M7YNAYM40000000000000004', '/home/ada/shop', '01M7YNAYM00000000000000001', 'coder', 'file_create', 'Wrote `tools/a4.ts`', '{"bytes":4}', 1, 0, NULL, NULL, 'executed', NULL, '2026-11-21T09:00:00.004Z', 'claude-code 2.1', '["tools/a4.ts"]', NULL, NULL, 1.5, 1000, -1, 1795251600000, 'allow', 'library.write', NULL, 'c0ffee', 'lock-1', '2026-11-21T09:00:00.005Z', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO agent_actions VALUES ('01M7YNAYM50000000000000005', '/home/ada/shop', '01M7YNAYM00000000000000001', 'coder', 'file_create', 'Wrote `tools/a5.ts`', '{"bytes":5}', 1, 0, NULL, NULL, 'executed', NULL, '2026-11-21T09:00:00.005Z', 'claude-code 2.1', '["tools/a5.ts"]', NULL, NULL, 1.5, 1000, -1, 1795251600000, 'allow', 'library.write', NULL, 'c0ffee', 'lock-1', '2026-11-21T09:00:00.006Z', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO agent_actions VALUES ('01M7YNAYM60000000000000006', '/home/ada/shop', '01M7YNAYM00000000000000001', 'coder', 'file_create', 'Wrote `tools/a6.ts`', '{"bytes":6}', 1, 0, NULL, NULL, 'undone', NULL, '2026-11-21T09:00:00.006Z', 'claude-code 2.1', '["tools/a6.ts"]', NULL, NULL, 1.5, 1000, -1, 1795251600000, 'allow', 'library.write', NULL, 'c0ffee', 'lock-1', '2026-11-21T09:00:00.007Z', NULL, NULL, NULL, NULL, '01M7YNAYM80000000000000008', NULL);
INSERT INTO agent_actions VALUES ('01M7YNAYM70000000000000007', '/home/ada/shop', '01M7YNAYM00000000000000001', 'coder', 'file_create', 'Wrote `tools/a7.ts`', '{"bytes":7}', 1, 0, NULL, NULL, 'executed', 'feat/a', '2026-11-21T09:00:00.007Z', 'claude-code 2.1', '["tools/a7.ts"]', NULL, NULL, 1.5, 1000, -1, 1795251600000, 'allow', 'library.write', NULL, 'c0ffee', 'lock-1', '2026-11-21T09:00:00.008Z', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO agent_actions VALUES ('01M7YNAYM80000000000000008', '/home/ada/shop', '01M7YNAYM00000000000000001', 'coder', 'file_create', 'Wrote `tools/a8.ts`', '{"bytes":8}', 1, 0, NULL, NULL, 'executed', NULL, '2026-11-21T09:00:00.008Z', 'claude-code 2.1', '["tools/a8.ts"]', NULL, NULL, 1.5, 1000, -1, 1795251600000, 'allow', 'library.write', NULL, 'c0ffee', 'lock-1', '2026-11-21T09:00:00.009Z', NULL, NULL, NULL, '["01M7YNAYM60000000000000006"]', NULL, NULL);
INSERT INTO agent_actions VALUES ('01M7YNAYM90000000000000009', '/home/ada/shop', '01M7YNAYM00000000000000001', 'coder', 'file_create', 'Wrote `tools/a9.ts`', '{"bytes":9}', 1, 0, NULL, NULL, 'pending', NULL, '2026-11-21T09:00:00.009Z', 'claude-code 2.1', '["tools/a9.ts"]', NULL, NULL, NULL, NULL, -1, 1795251600000, 'allow', 'library.write', NULL, NULL, 'lock-1', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
CREATE INDEX agent_actions_session ON agent_actions (session_id);
CREATE INDEX agent_actions_agent ON agent_actions (agent_name);
CREATE INDEX agent_actions_open ON agent_actions (status) WHERE status = 'pending';
CREATE TABLE action_files (
  path TEXT NOT NULL,
  action_id TEXT NOT NULL,
  PRIMARY KEY (path, action_id)
) WITHOUT ROWID;
INSERT INTO action_files VALUES ('tools/a1.ts', '01M7YNAYM10000000000000001');
INSERT INTO action_files VALUES ('tools/a2.ts', '01M7YNAYM20000000000000002');
INSERT INTO action_files VALUES ('tools/a3.ts', '01M7YNAYM30000000000000003');
INSERT INTO action_files VALUES ('tools/a4.ts', '01M7YNAYM40000000000000004');
INSERT INTO action_files VALUES ('tools/a5.ts', '01M7YNAYM50000000000000005');
INSERT INTO action_files VALUES ('tools/a6.ts', '01M7YNAYM60000000000000006');
INSERT INTO action_files VALUES ('tools/a7.ts', '01M7YNAYM70000000000000007');
INSERT INTO action_files VALUES ('tools/a8.ts', '01M7YNAYM80000000000000008');
INSERT INTO action_files VALUES ('tools/a9.ts', '01M7YNAYM90000000000000009');
CREATE TABLE intent_content (
  action_id TEXT NOT NULL,
  path TEXT NOT NULL,
  content BLOB NOT NULL,
  PRIMARY KEY (action_id, path)
);
INSERT INTO intent_content VALUES ('01M7YNAYM70000000000000007', 'tools/x.ts', X'31');
CREATE TABLE audit (
  seq INTEGER PRIMARY KEY,
  at DATETIME NOT NULL,
  kind TEXT NOT NULL, -- intent, outcome, read
  action_id TEXT NOT NULL,
  payload TEXT NOT NULL, -- canonical JSON
  prev_hash BLOB NOT NULL,
  hash BLOB NOT NULL -- SHA-256 over a canonical, length-prefixed encoding of all the others
);
INSERT INTO audit VALUES (1, '2026-11-21T09:00:00.001Z', 'intent', '01M7YNAYM10000000000000001', '{"session":"01M7YNAYM00000000000000001","agent":"coder","project":"/home/ada/shop","type":"file_create","status":"pending","description":"Wrote `tools/a1.ts`","decision":"allow","rule":"library.write","clock_ms":1795251600000,"lock":"lock-1","files":["tools/a1.ts"],"details":{"bytes":1},"seed":"18446744073709551615","client":"claude-code 2.1"}', X'0000000000000000000000000000000000000000000000000000000000000000', X'348A554428C36B48FCFF26869BF31BF6A274DB49E9C06D836B6EC312B203FE7E');
INSERT INTO audit VALUES (2, '2026-11-21T09:00:00.002Z', 'outcome', '01M7YNAYM10000000000000001', '{"status":"executed","error_code":null,"duration_ms":1.5,"fuel":1000,"commit_id":"c0ffee","undo":[{"kind":"commit","target":"","reference":"c1"}]}', X'348A554428C36B48FCFF26869BF31BF6A274DB49E9C06D836B6EC312B203FE7E', X'CFF684FB000A10A7B1AEFEE952C1ECF3FCF83B64E47CABD79976A929444D6563');
INSERT INTO audit VALUES (3, '2026-11-21T09:00:00.002Z', 'intent', '01M7YNAYM20000000000000002', '{"session":"01M7YNAYM00000000000000001","agent":"coder","project":"/home/ada/shop","type":"file_create","status":"pending","description":"Wrote `tools/a2.ts`","decision":"allow","rule":"library.write","clock_ms":1795251600000,"lock":"lock-1","files":["tools/a2.ts"],"details":{"bytes":2},"seed":"18446744073709551615","client":"claude-code 2.1"}', X'CFF684FB000A10A7B1AEFEE952C1ECF3FCF83B64E47CABD79976A929444D6563', X'D829392FF4FC46540CFBB5C4FC2C25E39876FA2446205E9F80036CE062B29B41');
INSERT INTO audit VALUES (4, '2026-11-21T09:00:00.003Z', 'outcome', '01M7YNAYM20000000000000002', '{"status":"executed","error_code":null,"duration_ms":1.5,"fuel":1000,"commit_id":"c0ffee","undo":[{"kind":"commit","target":"","reference":"c2"}]}', X'D829392FF4FC46540CFBB5C4FC2C25E39876FA2446205E9F80036CE062B29B41', X'2D052A20FC52B7E82D954BDA9B23BB490177F3FB1EBD24321DD17AE41445871F');
INSERT INTO audit VALUES (5, '2026-11-21T09:00:00.003Z', 'intent', '01M7YNAYM30000000000000003', '{"session":"01M7YNAYM00000000000000001","agent":"coder","project":"/home/ada/shop","type":"file_create","status":"pending","description":"Wrote `tools/a3.ts`","decision":"allow","rule":"library.write","clock_ms":1795251600000,"lock":"lock-1","files":["tools/a3.ts"],"details":{"bytes":3},"seed":"18446744073709551615","client":"claude-code 2.1"}', X'2D052A20FC52B7E82D954BDA9B23BB490177F3FB1EBD24321DD17AE41445871F', X'C3597FAAD7A47DE4392693E3E004B5404C96323BA1D9EFC81E52AF10C2A7F579');
INSERT INTO audit VALUES (6, '2026-11-21T09:00:00.004Z', 'outcome', '01M7YNAYM30000000000000003', '{"status":"executed","error_code":null,"duration_ms":1.5,"fuel":1000,"commit_id":"c0ffee","undo":[{"kind":"commit","target":"","reference":"c3"}]}', X'C3597FAAD7A47DE4392693E3E004B5404C96323BA1D9EFC81E52AF10C2A7F579', X'E90962922B4F361F85E9289EAD51325D2A675E762291FB926170E778E627C268');
INSERT INTO audit VALUES (7, '2026-11-21T09:00:00.004Z', 'intent', '01M7YNAYM40000000000000004', '{"session":"01M7YNAYM00000000000000001","agent":"coder","project":"/home/ada/shop","type":"file_create","status":"pending","description":"Wrote `tools/a4.ts`","decision":"allow","rule":"library.write","clock_ms":1795251600000,"lock":"lock-1","files":["tools/a4.ts"],"details":{"bytes":4},"seed":"18446744073709551615","client":"claude-code 2.1"}', X'E90962922B4F361F85E9289EAD51325D2A675E762291FB926170E778E627C268', X'030AC695B51501AA0189B4F6D109BBB775FA77E009A8771F1EBDFC3D3CF86181');
INSERT INTO audit VALUES (8, '2026-11-21T09:00:00.005Z', 'outcome', '01M7YNAYM40000000000000004', '{"status":"executed","error_code":null,"duration_ms":1.5,"fuel":1000,"commit_id":"c0ffee","undo":[{"kind":"commit","target":"","reference":"c4"}]}', X'030AC695B51501AA0189B4F6D109BBB775FA77E009A8771F1EBDFC3D3CF86181', X'DD0CDB3D7BE300ED7D67A4D2C7FC7586BE69799E40FD9F506A590B0E47BC8B75');
INSERT INTO audit VALUES (9, '2026-11-21T09:00:00.005Z', 'intent', '01M7YNAYM50000000000000005', '{"session":"01M7YNAYM00000000000000001","agent":"coder","project":"/home/ada/shop","type":"file_create","status":"pending","description":"Wrote `tools/a5.ts`","decision":"allow","rule":"library.write","clock_ms":1795251600000,"lock":"lock-1","files":["tools/a5.ts"],"details":{"bytes":5},"seed":"18446744073709551615","client":"claude-code 2.1"}', X'DD0CDB3D7BE300ED7D67A4D2C7FC7586BE69799E40FD9F506A590B0E47BC8B75', X'D37FBBFD04B9889524E509982D8C342DE0BAAF0F139C2188DB9F817A18EB0ED6');
INSERT INTO audit VALUES (10, '2026-11-21T09:00:00.006Z', 'outcome', '01M7YNAYM50000000000000005', '{"status":"executed","error_code":null,"duration_ms":1.5,"fuel":1000,"commit_id":"c0ffee","undo":[{"kind":"commit","target":"","reference":"c5"}]}', X'D37FBBFD04B9889524E509982D8C342DE0BAAF0F139C2188DB9F817A18EB0ED6', X'E5A471DB5AE880C7425E2EE8CD8F6B5D49D2FFC90532EECA853DF37F605F37F0');
INSERT INTO audit VALUES (11, '2026-11-21T09:00:00.006Z', 'intent', '01M7YNAYM60000000000000006', '{"session":"01M7YNAYM00000000000000001","agent":"coder","project":"/home/ada/shop","type":"file_create","status":"pending","description":"Wrote `tools/a6.ts`","decision":"allow","rule":"library.write","clock_ms":1795251600000,"lock":"lock-1","files":["tools/a6.ts"],"details":{"bytes":6},"seed":"18446744073709551615","client":"claude-code 2.1"}', X'E5A471DB5AE880C7425E2EE8CD8F6B5D49D2FFC90532EECA853DF37F605F37F0', X'19E194573300F5814E23B2A13127A9C5E33CD7FB30FB99672B3EAD3FB22986DA');
INSERT INTO audit VALUES (12, '2026-11-21T09:00:00.007Z', 'outcome', '01M7YNAYM60000000000000006', '{"status":"executed","error_code":null,"duration_ms":1.5,"fuel":1000,"commit_id":"c0ffee","undo":[{"kind":"commit","target":"","reference":"c6"}]}', X'19E194573300F5814E23B2A13127A9C5E33CD7FB30FB99672B3EAD3FB22986DA', X'658E3B4BB3D0D9132ADD3F43431D74D5B1E142F9BB3CC0894E037EF345FE7F85');
INSERT INTO audit VALUES (13, '2026-11-21T09:00:00.007Z', 'intent', '01M7YNAYM70000000000000007', '{"session":"01M7YNAYM00000000000000001","agent":"coder","project":"/home/ada/shop","type":"file_create","status":"pending","description":"Wrote `tools/a7.ts`","decision":"allow","rule":"library.write","clock_ms":1795251600000,"lock":"lock-1","files":["tools/a7.ts"],"details":{"bytes":7},"seed":"18446744073709551615","client":"claude-code 2.1","content":[{"path":"tools/x.ts","sha256":"6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b"}],"branch":"feat/a"}', X'658E3B4BB3D0D9132ADD3F43431D74D5B1E142F9BB3CC0894E037EF345FE7F85', X'AC5BC17D3DFA0074BCDC572D1C602EB9AE75A714FD50D1B907EA77C0F8A4BC4A');
INSERT INTO audit VALUES (14, '2026-11-21T09:00:00.008Z', 'outcome', '01M7YNAYM70000000000000007', '{"status":"executed","error_code":null,"duration_ms":1.5,"fuel":1000,"commit_id":"c0ffee"}', X'AC5BC17D3DFA0074BCDC572D1C602EB9AE75A714FD50D1B907EA77C0F8A4BC4A', X'43D9D10BAE68AB66AA9BABDEC1E28E497824180E0B2126369F05AD36438C6D76');
INSERT INTO audit VALUES (15, '2026-11-21T09:00:00.008Z', 'intent', '01M7YNAYM80000000000000008', '{"session":"01M7YNAYM00000000000000001","agent":"coder","project":"/home/ada/shop","type":"file_create","status":"pending","description":"Wrote `tools/a8.ts`","decision":"allow","rule":"library.write","clock_ms":1795251600000,"lock":"lock-1","files":["tools/a8.ts"],"details":{"bytes":8},"seed":"18446744073709551615","client":"claude-code 2.1","undo_of":["01M7YNAYM60000000000000006"]}', X'43D9D10BAE68AB66AA9BABDEC1E28E497824180E0B2126369F05AD36438C6D76', X'655BFE256FFDA63B86FDF8458ADFE47D3851E8514264037CF5964C71937D9413');
INSERT INTO audit VALUES (16, '2026-11-21T09:00:00.009Z', 'outcome', '01M7YNAYM80000000000000008', '{"status":"executed","error_code":null,"duration_ms":1.5,"fuel":1000,"commit_id":"c0ffee","undone":["01M7YNAYM60000000000000006"]}', X'655BFE256FFDA63B86FDF8458ADFE47D3851E8514264037CF5964C71937D9413', X'972536A161F76327DBD74ED893B4DA5494E30F0BEDF0287D5E432A4F53AAC613');
INSERT INTO audit VALUES (17, '2026-11-21T09:00:00.009Z', 'intent', '01M7YNAYM90000000000000009', '{"session":"01M7YNAYM00000000000000001","agent":"coder","project":"/home/ada/shop","type":"file_create","status":"pending","description":"Wrote `tools/a9.ts`","decision":"allow","rule":"library.write","clock_ms":1795251600000,"lock":"lock-1","files":["tools/a9.ts"],"details":{"bytes":9},"seed":"18446744073709551615","client":"claude-code 2.1"}', X'972536A161F76327DBD74ED893B4DA5494E30F0BEDF0287D5E432A4F53AAC613', X'231F20BF61DB4AAF7565F9EE75882DF65F374683A36F0EB2148EC9DFDF05E35E');
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
CREATE TABLE audit_begin (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  second_from INTEGER NOT NULL, -- first row of the second encoding
  seq INTEGER NOT NULL, -- last row that was archived
  hash BLOB NOT NULL, -- its hash
  noted INTEGER NOT NULL -- the row that says so
);
INSERT INTO audit_begin VALUES (1, 1, 0, X'0000000000000000000000000000000000000000000000000000000000000000', 0);
CREATE TABLE audit_kept (seq INTEGER PRIMARY KEY, hash BLOB NOT NULL);
CREATE TABLE approvals (
  id TEXT PRIMARY KEY,
  action_id TEXT NOT NULL, -- the action that asked
  agent_name TEXT NOT NULL,
  session_id TEXT NOT NULL,
  capability TEXT NOT NULL,
  request JSON NOT NULL, -- canonical
  request_hash TEXT NOT NULL,
  pre_images TEXT NOT NULL,
  policy_version TEXT NOT NULL,
  effects JSON, -- of a tool run, up to the question
  seed INTEGER,
  clock_ms INTEGER,
  preview TEXT NOT NULL,
  shown_hash TEXT NOT NULL, -- over request and preview: what the person saw
  reason TEXT NOT NULL, -- why it is asked
  risk TEXT NOT NULL,
  rule TEXT NOT NULL,
  state TEXT NOT NULL, -- pending, approved, denied, used, expired
  created_at DATETIME NOT NULL,
  expires_at DATETIME NOT NULL,
  answered_at DATETIME,
  answered_by TEXT,
  answered_door TEXT,
  answer_reason TEXT,
  used_by TEXT,
  used_at DATETIME
) WITHOUT ROWID;
CREATE INDEX approvals_open ON approvals (state) WHERE state IN ('pending', 'approved');
CREATE INDEX approvals_request ON approvals (request_hash);
CREATE TABLE tokens (
  id TEXT PRIMARY KEY,
  parent TEXT,
  agent_name TEXT NOT NULL,
  session_id TEXT, -- none for a standing token
  grants JSON NOT NULL,
  budget_actions INTEGER, budget_bytes INTEGER, budget_rows INTEGER, budget_ms INTEGER, -- none is no limit
  spent_actions INTEGER NOT NULL DEFAULT 0, spent_bytes INTEGER NOT NULL DEFAULT 0,
  spent_rows INTEGER NOT NULL DEFAULT 0, spent_ms INTEGER NOT NULL DEFAULT 0,
  last_nonce INTEGER NOT NULL DEFAULT 0,
  created_at DATETIME NOT NULL,
  created_by TEXT NOT NULL,
  created_door TEXT NOT NULL,
  expires_at DATETIME NOT NULL,
  expired BOOLEAN NOT NULL DEFAULT FALSE, -- seen too late once; stays so when the clock goes back
  revoked_at DATETIME,
  revoked_by TEXT
) WITHOUT ROWID;
CREATE TABLE undo_data (
  action_id TEXT NOT NULL,
  part INTEGER NOT NULL, -- in the order they were noted; undo goes through them backwards
  kind TEXT NOT NULL, -- changeset, pre_image, commit, compensation
  target TEXT NOT NULL, -- which database, path, branch or capability
  reference TEXT, -- content hash, commit id or arguments
  data BLOB, -- a changeset
  PRIMARY KEY (action_id, part)
) WITHOUT ROWID;
INSERT INTO undo_data VALUES ('01M7YNAYM10000000000000001', 1, 'commit', '', 'c1', NULL);
INSERT INTO undo_data VALUES ('01M7YNAYM20000000000000002', 1, 'commit', '', 'c2', NULL);
INSERT INTO undo_data VALUES ('01M7YNAYM30000000000000003', 1, 'commit', '', 'c3', NULL);
INSERT INTO undo_data VALUES ('01M7YNAYM40000000000000004', 1, 'commit', '', 'c4', NULL);
INSERT INTO undo_data VALUES ('01M7YNAYM50000000000000005', 1, 'commit', '', 'c5', NULL);
INSERT INTO undo_data VALUES ('01M7YNAYM60000000000000006', 1, 'commit', '', 'c6', NULL);
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit table only grows'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit WHEN OLD.seq > (SELECT seq FROM audit_begin)
BEGIN SELECT RAISE(ABORT, 'the audit table only grows'); END;
PRAGMA application_id = 1952936051; PRAGMA user_version = 2;
