CREATE TABLE bundlesmith_positions (
    reader TEXT NOT NULL, topic TEXT NOT NULL, part TEXT NOT NULL, position TEXT NOT NULL, holder TEXT NOT NULL,
    until BIGINT NOT NULL, PRIMARY KEY (reader, topic, part));
CREATE TABLE bundlesmith_dead_letters (
    reader TEXT NOT NULL, topic TEXT NOT NULL, part TEXT NOT NULL, position TEXT NOT NULL, content TEXT NOT NULL,
    reason TEXT NOT NULL, time BIGINT NOT NULL, PRIMARY KEY (reader, topic, part, position));
INSERT INTO bundlesmith_positions VALUES ('shop', 'visits', '0', '17-0', '', 0);
INSERT INTO bundlesmith_dead_letters VALUES ('shop', 'visits', '0', '9-0', 'x', 'It is not JSON.', 4);
