-- Merge smurf detection
--
-- The experiment stays: one head again.
--
-- [alembic]
-- revision = "07468349c5bd"
-- down_revision = ["56d68713fc50", "ec1bb79e393b"]
-- created = 2025-11-04T12:00:00Z

-- [upgrade]

-- [downgrade]
