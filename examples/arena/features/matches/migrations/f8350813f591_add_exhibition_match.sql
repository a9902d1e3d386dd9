-- Add exhibition match
--
-- A fresh arena shows one match, so that no page is empty.
--
-- [alembic]
-- revision = "f8350813f591"
-- down_revision = "e908d858b935"
-- created = 2025-10-28T11:30:00Z

-- [upgrade]
INSERT INTO players (game_name, tag_line, puuid, region) VALUES
    ('Faye', 'EUW', 'exhibition-faye', 'euw1'),
    ('Morgan', 'KR1', 'exhibition-morgan', 'kr'),
    ('Bobby; Tables', 'NA1', 'exhibition-bobby', NULL);

INSERT INTO matches (riot_id, game_mode, started_at, payload)
VALUES ('EXHIBITION_1', 'CLASSIC', CURRENT_TIMESTAMP, '{"patch": "25.21", "minutes": 31}');

INSERT INTO match_participants (match_id, player_id, champion, won)
SELECT matches.id, players.id, 'Ahri', players.puuid = 'exhibition-faye'
FROM matches CROSS JOIN players
WHERE matches.riot_id = 'EXHIBITION_1' AND players.puuid LIKE 'exhibition-%';

-- [downgrade]
DELETE FROM match_participants WHERE match_id IN (SELECT id FROM matches WHERE riot_id = 'EXHIBITION_1');
DELETE FROM matches WHERE riot_id = 'EXHIBITION_1';
DELETE FROM players WHERE puuid IN ('exhibition-faye', 'exhibition-morgan', 'exhibition-bobby');
