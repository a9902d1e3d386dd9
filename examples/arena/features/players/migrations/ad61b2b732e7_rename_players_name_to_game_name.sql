-- Rename players.name to game_name
--
-- The game now calls the two halves of a full name "game name" and "tag line".
--
-- [alembic]
-- revision = "ad61b2b732e7"
-- down_revision = "cbdba3ad90c7"
-- created = 2025-10-24T16:20:00Z

-- [upgrade]
ALTER TABLE players RENAME COLUMN name TO game_name;

-- [downgrade]
ALTER TABLE players RENAME COLUMN game_name TO name;
