-- Add unique index on players.puuid
--
-- [alembic]
-- revision = "d3ad8cc336cf"
-- down_revision = "def456abc789"
-- created = 2025-10-22T08:40:00Z

-- [upgrade]
CREATE UNIQUE INDEX ix_players_puuid ON players (puuid);

-- [downgrade]
DROP INDEX ix_players_puuid;

-- [downgrade.mysql]
DROP INDEX ix_players_puuid ON players;
