-- Add players.full_name
--
-- Filled from the two columns that it joins, then NOT NULL. SQLite cannot add that to a column that exists, so the
-- table is built anew; MySQL joins text with CONCAT.
--
-- [alembic]
-- revision = "56d68713fc50"
-- down_revision = "f8350813f591"
-- created = 2025-10-29T15:45:00Z

-- [upgrade.postgres]
ALTER TABLE players ADD COLUMN full_name varchar(81);
UPDATE players SET full_name = game_name || '#' || tag_line;
ALTER TABLE players ALTER COLUMN full_name SET NOT NULL;

-- [upgrade.sqlite]
-- rebuild = true
CREATE TABLE players_new (
    id INTEGER PRIMARY KEY,
    game_name TEXT NOT NULL,
    tag_line TEXT NOT NULL,
    puuid TEXT NOT NULL,
    created_at DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')),
    region TEXT,
    full_name TEXT NOT NULL
);
INSERT INTO players_new (id, game_name, tag_line, puuid, created_at, region, full_name)
SELECT id, game_name, tag_line, puuid, created_at, region, game_name || '#' || tag_line FROM players;
DROP TABLE players;
ALTER TABLE players_new RENAME TO players;
CREATE UNIQUE INDEX ix_players_puuid ON players (puuid);

-- [upgrade.mysql]
ALTER TABLE players ADD COLUMN full_name varchar(81);
UPDATE players SET full_name = CONCAT(game_name, '#', tag_line);
ALTER TABLE players MODIFY COLUMN full_name varchar(81) NOT NULL;

-- [downgrade]
ALTER TABLE players DROP COLUMN full_name;
