-- Keep smurf_scores.updated_at current
--
-- [alembic]
-- revision = "eafaf573e95d"
-- down_revision = "abc123def456"
-- created = 2025-10-31T10:00:00Z

-- [upgrade.postgres]
CREATE FUNCTION touch_smurf_scores() RETURNS trigger
LANGUAGE plpgsql
AS $touch$
BEGIN
    IF NEW.confidence IS DISTINCT FROM OLD.confidence OR NEW.factors IS DISTINCT FROM OLD.factors THEN
        NEW.updated_at := clock_timestamp();
    END IF;
    RETURN NEW;
END;
$touch$;

CREATE TRIGGER touch_smurf_scores BEFORE UPDATE ON smurf_scores
FOR EACH ROW EXECUTE FUNCTION touch_smurf_scores();

-- [upgrade.sqlite]
CREATE TRIGGER touch_smurf_scores AFTER UPDATE OF confidence, factors ON smurf_scores
FOR EACH ROW WHEN NEW.confidence IS NOT OLD.confidence OR NEW.factors IS NOT OLD.factors
BEGIN
    UPDATE smurf_scores SET updated_at = strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now') WHERE id = NEW.id;
END;

-- [upgrade.mysql]
CREATE TRIGGER touch_smurf_scores BEFORE UPDATE ON smurf_scores
FOR EACH ROW
BEGIN
    IF NOT (NEW.confidence <=> OLD.confidence AND NEW.factors <=> OLD.factors) THEN
        SET NEW.updated_at = CURRENT_TIMESTAMP(6);
    END IF;
END;

-- [downgrade]
DROP TRIGGER touch_smurf_scores;

-- [downgrade.postgres]
DROP TRIGGER touch_smurf_scores ON smurf_scores;
DROP FUNCTION touch_smurf_scores();
