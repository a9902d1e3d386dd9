-- Score the exhibition players
--
-- [alembic]
-- revision = "ec1bb79e393b"
-- down_revision = "eafaf573e95d"
-- depends_on = ["f8350813f591"]
-- created = 2025-11-03T09:25:00Z

-- [upgrade]
INSERT INTO smurf_scores (player_id, match_id, confidence, factors)
SELECT player_id, match_id, CASE WHEN won THEN 0.93 ELSE 0.12 END, '{"matches": 1}'
FROM match_participants
WHERE match_id IN (SELECT id FROM matches WHERE riot_id = 'EXHIBITION_1');

-- [downgrade]
DELETE FROM smurf_scores WHERE match_id IN (SELECT id FROM matches WHERE riot_id = 'EXHIBITION_1');
