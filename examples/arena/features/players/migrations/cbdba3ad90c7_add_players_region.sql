-- Add players.region
--
-- [alembic]
-- revision = "cbdba3ad90c7"
-- down_revision = "d3ad8cc336cf"
-- created = 2025-10-23T10:15:00Z

-- [upgrade]
ALTER TABLE players ADD COLUMN region varchar(16);

-- [upgrade.sqlite]
ALTER TABLE players ADD COLUMN region TEXT;

-- [downgrade]
ALTER TABLE players DROP COLUMN region;
