CREATE TABLE bundlesmith_changes (
    model TEXT NOT NULL, seq BIGINT NOT NULL, item_id TEXT NOT NULL, content TEXT, PRIMARY KEY (model, seq));
CREATE TABLE bundlesmith_events (
    id {counted}, user_id TEXT NOT NULL, item_id TEXT NOT NULL, kind TEXT NOT NULL, time BIGINT NOT NULL, session_id
    TEXT, event_id TEXT, bundle_id TEXT, UNIQUE (user_id, event_id));
CREATE INDEX bundlesmith_events_of_bundle ON bundlesmith_events (bundle_id);
CREATE INDEX bundlesmith_events_of_user ON bundlesmith_events (user_id, time, id);
CREATE TABLE bundlesmith_experiments (
    name TEXT NOT NULL, a TEXT NOT NULL, b TEXT NOT NULL, percent INTEGER NOT NULL, started BIGINT NOT NULL, ended
    BIGINT, PRIMARY KEY (name));
CREATE TABLE bundlesmith_feedback (
    id {counted}, user_id TEXT, bundle_id TEXT NOT NULL, verdict TEXT NOT NULL, reason TEXT NOT NULL, items TEXT NOT
    NULL, model TEXT NOT NULL, variant TEXT, time BIGINT NOT NULL);
CREATE INDEX bundlesmith_feedback_of_bundle ON bundlesmith_feedback (bundle_id);
CREATE INDEX bundlesmith_feedback_of_user ON bundlesmith_feedback (user_id);
CREATE TABLE bundlesmith_forgotten (hash TEXT NOT NULL, time BIGINT NOT NULL, PRIMARY KEY (hash));
CREATE TABLE bundlesmith_keys (
    name TEXT NOT NULL, start TEXT NOT NULL, hash TEXT NOT NULL, role TEXT NOT NULL, per_minute INTEGER NOT NULL,
    created BIGINT NOT NULL, PRIMARY KEY (name), UNIQUE (start));
CREATE TABLE bundlesmith_meta (name TEXT NOT NULL, content TEXT NOT NULL, PRIMARY KEY (name));
CREATE TABLE bundlesmith_models (name TEXT NOT NULL, folder TEXT NOT NULL, PRIMARY KEY (name));
CREATE TABLE bundlesmith_shown (
    bundle_id TEXT NOT NULL, model TEXT NOT NULL, run TEXT NOT NULL, variant TEXT, user_id TEXT, items TEXT NOT
    NULL, time BIGINT NOT NULL, PRIMARY KEY (bundle_id));
CREATE INDEX bundlesmith_shown_in_variant ON bundlesmith_shown (variant);
CREATE INDEX bundlesmith_shown_to_user ON bundlesmith_shown (user_id);
INSERT INTO bundlesmith_meta VALUES ('version', '2'), ('salt', 'c0ffee');
INSERT INTO bundlesmith_events (user_id, item_id, kind, time, session_id, event_id, bundle_id)
    VALUES ('ann', 'tent', 'view', 1, 's', 'e1', NULL), ('ann', 'lamp', 'buy', 2, NULL, NULL, 'old');
INSERT INTO bundlesmith_shown (bundle_id, model, run, variant, user_id, items, time)
    VALUES ('old', 'demo', 'r1', 'test/A', 'ann', '["tent","lamp"]', 7);
INSERT INTO bundlesmith_feedback (user_id, bundle_id, verdict, reason, items, model, variant, time)
    VALUES ('ann', 'old', 'accept', '', '["tent","lamp"]', 'demo', 'test/A', 8);
INSERT INTO bundlesmith_changes VALUES ('demo', 1, 'tent', '{"title":"Tent"}'), ('demo', 2, 'lamp', NULL);
INSERT INTO bundlesmith_keys VALUES ('page', 'bs_000000000000', 'x', 'user', 60, 5);
INSERT INTO bundlesmith_models VALUES ('demo', '/srv/runs/demo');
INSERT INTO bundlesmith_forgotten VALUES ('b04ad301d9789f9a711d793d635fcd633c07c80a73e94d20befbe94224c9aeab', 6);
INSERT INTO bundlesmith_experiments VALUES ('test', 'demo', 'demo2', 50, 3, NULL);
