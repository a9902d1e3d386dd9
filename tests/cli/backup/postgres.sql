CREATE TYPE mood AS ENUM ('sad', 'it''s');
CREATE SEQUENCE numbers START 5 INCREMENT 3;
SELECT nextval('numbers'), nextval('numbers');
CREATE TABLE odd (
    id serial PRIMARY KEY,
    text_ text,
    bytes bytea,
    number numeric(30, 10),
    doubled integer GENERATED ALWAYS AS (length(text_) * 2) STORED,
    "quoted "" name" text DEFAULT 'it''s',
    document jsonb,
    many integer[],
    mood mood,
    at timestamptz DEFAULT '2026-01-02 03:04:05.678901+00',
    short double precision DEFAULT 'NaN'
);
INSERT INTO odd (text_, bytes, number, document, many, mood) VALUES
    (NULL, NULL, NULL, NULL, NULL, NULL),
    (E'it''s "quoted" \\ ✓ 𝄞', '\x00ff0a0d27', 1.5, '{"a": [1, null]}', '{1,NULL,3}', 'it''s'),
    (E'two\nlines\t', '', -99999999999999999999.0000000001, '"x"', '{}', 'sad');
CREATE TABLE gone (id integer);
INSERT INTO gone VALUES (7);
CREATE INDEX ix_odd ON odd (lower(text_) DESC) WHERE id > 0;
COMMENT ON TABLE odd IS 'it''s odd';
CREATE VIEW seen AS SELECT id, doubled FROM odd;
CREATE MATERIALIZED VIEW kept AS SELECT id FROM odd;
CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO odd (text_) VALUES ('told');
    RETURN NEW;
END;
$$;
CREATE TRIGGER told AFTER INSERT ON gone FOR EACH ROW EXECUTE FUNCTION tell();
-- [downgrade]
DROP TABLE gone;
DROP FUNCTION tell;
DROP MATERIALIZED VIEW kept;
DROP VIEW seen;
DROP TABLE odd;
DROP SEQUENCE numbers;
DROP TYPE mood;
