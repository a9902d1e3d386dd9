CREATE TABLE odd (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    text_ TEXT,
    bytes BLOB,
    number,
    doubled INTEGER GENERATED ALWAYS AS (length(text_) * 2) STORED,
    "quoted "" name" TEXT DEFAULT 'it''s'
);
INSERT INTO odd (text_, bytes, number) VALUES
    (NULL, NULL, NULL),
    ('it''s "quoted" \ ✓ 𝄞', x'00ff0a0d27', 1.5),
    ('two' || char(10) || 'lines', x'', 9223372036854775807);
DELETE FROM odd WHERE id = 3;
CREATE TABLE gone (id integer);
INSERT INTO gone VALUES (7);
CREATE TABLE strict_ (a TEXT PRIMARY KEY, b INT REFERENCES odd (id)) STRICT, WITHOUT ROWID;
INSERT INTO strict_ VALUES ('x', 1);
CREATE UNIQUE INDEX ix_odd ON odd (text_ COLLATE NOCASE DESC) WHERE id > 0;
CREATE VIEW seen AS SELECT id, doubled FROM odd;
CREATE TRIGGER told AFTER INSERT ON gone BEGIN INSERT OR IGNORE INTO odd (text_) VALUES ('told'); END;
PRAGMA user_version = 42;
-- [downgrade]
DROP TRIGGER told;
DROP VIEW seen;
DROP TABLE strict_;
DROP TABLE gone;
DROP TABLE odd;
