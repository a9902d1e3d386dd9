-- Add players.level
--
-- [alembic]
-- revision = "4c252c856413"
-- down_revision = "07468349c5bd"
-- created = 2025-11-05T17:50:00Z

-- [upgrade]
ALTER TABLE players ADD COLUMN level integer;
CREATE INDEX ix_players_level ON players (level);

-- [downgrade]
DROP INDEX ix_players_level;
ALTER TABLE players DROP COLUMN level;

-- [downgrade.mysql]
DROP INDEX ix_players_level ON players;
ALTER TABLE players DROP COLUMN level;
