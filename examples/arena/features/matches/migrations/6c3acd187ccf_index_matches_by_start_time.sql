-- Index matches by start time
--
-- PostgreSQL builds the index without blocking writers, which it can do only outside a transaction.
--
-- [alembic]
-- revision = "6c3acd187ccf"
-- down_revision = "d3ad8cc336cf"
-- created = 2025-10-24T17:05:00Z

-- [upgrade]
CREATE INDEX ix_matches_started_at ON matches (started_at);

-- [upgrade.postgres]
-- transaction = false
CREATE INDEX CONCURRENTLY ix_matches_started_at ON matches (started_at);

-- [downgrade]
DROP INDEX ix_matches_started_at;

-- [downgrade.postgres]
-- transaction = false
DROP INDEX CONCURRENTLY ix_matches_started_at;

-- [downgrade.mysql]
DROP INDEX ix_matches_started_at ON matches;
