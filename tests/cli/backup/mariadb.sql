CREATE SEQUENCE numbers START WITH 5 INCREMENT BY 3 NOCACHE;
SELECT NEXTVAL(numbers);
CREATE TABLE odd (
    id bigint AUTO_INCREMENT PRIMARY KEY,
    text_ varchar(200) CHARACTER SET utf8mb4,
    bytes varbinary(20),
    bits bit(10),
    number decimal(30, 10),
    doubled int GENERATED ALWAYS AS (char_length(text_) * 2) STORED,
    `quoted `` name` varchar(20) DEFAULT 'it''s',
    document json,
    mood enum('sad', 'it''s'),
    at timestamp(6) DEFAULT '2026-01-02 03:04:05.678901',
    CONSTRAINT positive CHECK (number IS NULL OR number > 0)
) COMMENT 'it''s odd';
INSERT INTO odd (text_, bytes, bits, number, document, mood) VALUES
    (NULL, NULL, NULL, NULL, NULL, NULL),
    ('it''s "quoted" ✓ 𝄞', x'00ff0a0d27', b'1000000001', 1.5, '{"a": [1, null]}', 'it''s'),
    (CONCAT('two', CHAR(10), 'lines'), x'', b'0', 99999999999999999999.0000000001, '"x"', 'sad');
CREATE TABLE gone (id integer);
INSERT INTO gone VALUES (7);
CREATE UNIQUE INDEX ix_odd ON odd (text_(50) DESC);
CREATE VIEW seen AS SELECT id, doubled FROM odd;
CREATE PROCEDURE told_by(IN what varchar(20)) INSERT INTO odd (text_) VALUES (what);
CREATE TRIGGER told AFTER INSERT ON gone FOR EACH ROW INSERT IGNORE INTO odd (text_) VALUES ('told');
-- [downgrade]
DROP TABLE gone;
DROP PROCEDURE told_by;
DROP VIEW seen;
DROP TABLE odd;
DROP SEQUENCE numbers;
