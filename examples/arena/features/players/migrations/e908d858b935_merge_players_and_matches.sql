-- Merge players and matches
--
-- Two pull requests stood on the same parent: the rename in players, the index in matches.
--
-- [alembic]
-- revision = "e908d858b935"
-- down_revision = ["ad61b2b732e7", "6c3acd187ccf"]
-- created = 2025-10-27T09:00:00Z

-- [upgrade]

-- [downgrade]
