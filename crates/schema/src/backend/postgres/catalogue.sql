WITH ns AS (
  SELECT n.oid, CASE WHEN n.nspname = current_schema() OR n.oid = pg_my_temp_schema() THEN NULL ELSE n.nspname END AS shown
  FROM pg_namespace n WHERE /*namespaces*/
), ext AS (
  SELECT d.classid, d.objid FROM pg_depend d WHERE d.deptype = 'e'
), rel AS (
  SELECT c.oid, c.relname, n.shown
  FROM pg_class c JOIN ns n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND /*persistence*/ AND NOT c.relispartition
    AND NOT EXISTS (SELECT FROM ext e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid)
), col AS (
  SELECT a.attrelid, jsonb_agg(jsonb_build_object(
      'name', a.attname,
      'type', format_type(a.atttypid, a.atttypmod),
      'enum', CASE WHEN coalesce(et.typtype, t.typtype) = 'e' THEN jsonb_build_array(
          CASE WHEN pg_type_is_visible(coalesce(et.oid, t.oid)) THEN NULL ELSE tn.nspname END, coalesce(et.typname, t.typname)) END,
      'not_null', a.attnotnull,
      'expression', pg_get_expr(ad.adbin, ad.adrelid),
      'generated', a.attgenerated,
      'identity', a.attidentity,
      'sequence', CASE WHEN a.attidentity = '' THEN (
          SELECT jsonb_build_array(CASE WHEN sn.nspname = current_schema() THEN NULL ELSE sn.nspname END, s.relname)
          FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S' JOIN pg_namespace sn ON sn.oid = s.relnamespace
          WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum
            AND d.classid = 'pg_class'::regclass AND d.deptype = 'a' LIMIT 1) END,
      'collation', CASE WHEN a.attcollation <> t.typcollation THEN cl.collname END,
      'comment', col_description(a.attrelid, a.attnum)) ORDER BY a.attnum) AS columns
  FROM pg_attribute a JOIN rel r ON r.oid = a.attrelid
  JOIN pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_type et ON et.oid = t.typelem AND t.typcategory = 'A'
  JOIN pg_namespace tn ON tn.oid = coalesce(et.typnamespace, t.typnamespace)
  LEFT JOIN pg_attrdef ad ON ad.adrelid = a.attrelid AND ad.adnum = a.attnum
  LEFT JOIN pg_collation cl ON cl.oid = a.attcollation
  WHERE a.attnum > 0 AND NOT a.attisdropped
  GROUP BY 1
), con AS (
  SELECT c.conrelid, jsonb_agg(jsonb_build_object(
      'name', c.conname, 'kind', c.contype,
      'expression', pg_get_expr(c.conbin, c.conrelid),
      'columns', (SELECT jsonb_agg(a.attname ORDER BY u.o) FROM unnest(c.conkey) WITH ORDINALITY u(k, o)
                  JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = u.k),
      'references', (SELECT jsonb_build_array(CASE WHEN fn.nspname = current_schema() THEN NULL ELSE fn.nspname END, f.relname)
                     FROM pg_class f JOIN pg_namespace fn ON fn.oid = f.relnamespace WHERE f.oid = c.confrelid),
      'referenced', (SELECT jsonb_agg(a.attname ORDER BY u.o) FROM unnest(c.confkey) WITH ORDINALITY u(k, o)
                     JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = u.k),
      'on_delete', c.confdeltype, 'on_update', c.confupdtype,
      'deferrable', c.condeferrable, 'deferred', c.condeferred,
      'nulls_not_distinct', (SELECT to_jsonb(i) ->> 'indnullsnotdistinct' FROM pg_index i WHERE i.indexrelid = c.conindid)::boolean)
      ORDER BY c.conname) AS constraints
  FROM pg_constraint c JOIN rel r ON r.oid = c.conrelid
  WHERE c.contype IN ('p', 'u', 'f', 'c') AND c.conparentid = 0
  GROUP BY 1
), idx AS (
  SELECT i.indrelid, jsonb_agg(jsonb_build_object(
      'name', ic.relname, 'unique', i.indisunique, 'method', am.amname,
      'nulls_not_distinct', (to_jsonb(i) ->> 'indnullsnotdistinct')::boolean,
      'predicate', pg_get_expr(i.indpred, i.indrelid),
      'include', (SELECT jsonb_agg(a.attname ORDER BY k.o) FROM generate_series(i.indnkeyatts + 1, i.indnatts) AS k(o)
                  JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k.o - 1]),
      'keys', (SELECT jsonb_agg(jsonb_build_object(
            'column', a.attname,
            'expression', CASE WHEN i.indkey[k.o - 1] = 0 THEN pg_get_indexdef(i.indexrelid, k.o, false) END,
            'descending', (i.indoption[k.o - 1] & 1) = 1, 'nulls_first', (i.indoption[k.o - 1] & 2) = 2,
            'collation', CASE WHEN i.indcollation[k.o - 1] <> a.attcollation THEN
                (SELECT cl.collname FROM pg_collation cl WHERE cl.oid = i.indcollation[k.o - 1]) END,
            'class', CASE WHEN NOT oc.opcdefault THEN
                CASE WHEN pg_opclass_is_visible(oc.oid) THEN '' ELSE quote_ident(opn.nspname) || '.' END || quote_ident(oc.opcname) END)
            ORDER BY k.o)
          FROM generate_series(1, i.indnkeyatts::int) AS k(o)
          LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k.o - 1] AND i.indkey[k.o - 1] <> 0
          LEFT JOIN pg_opclass oc ON oc.oid = i.indclass[k.o - 1]
          LEFT JOIN pg_namespace opn ON opn.oid = oc.opcnamespace))
      ORDER BY ic.relname) AS indexes
  FROM pg_index i JOIN rel r ON r.oid = i.indrelid JOIN pg_class ic ON ic.oid = i.indexrelid JOIN pg_am am ON am.oid = ic.relam
  WHERE i.indisvalid
    AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x') AND c.conrelid = i.indrelid)
  GROUP BY 1
), trg AS (
  SELECT t.tgrelid, jsonb_agg(jsonb_build_object('name', t.tgname, 'sql', pg_get_triggerdef(t.oid, true)) ORDER BY t.tgname) AS triggers
  FROM pg_trigger t JOIN rel r ON r.oid = t.tgrelid
  WHERE NOT t.tgisinternal
  GROUP BY 1
)
SELECT 'table' AS kind, r.shown AS schema, r.relname::text AS name, jsonb_build_object(
    'comment', obj_description(r.oid, 'pg_class'), 'columns', col.columns, 'constraints', con.constraints,
    'indexes', idx.indexes, 'triggers', trg.triggers)::text AS body
FROM rel r LEFT JOIN col ON col.attrelid = r.oid LEFT JOIN con ON con.conrelid = r.oid
LEFT JOIN idx ON idx.indrelid = r.oid LEFT JOIN trg ON trg.tgrelid = r.oid
UNION ALL
SELECT 'enum', n.shown, t.typname::text,
  (SELECT jsonb_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid)::text
FROM pg_type t JOIN ns n ON n.oid = t.typnamespace
WHERE t.typtype = 'e' AND NOT EXISTS (SELECT FROM ext e WHERE e.classid = 'pg_type'::regclass AND e.objid = t.oid)
UNION ALL
SELECT 'view', n.shown, c.relname::text, jsonb_build_object(
    'materialized', c.relkind = 'm', 'options', array_to_string(c.reloptions, ', '), 'query', pg_get_viewdef(c.oid, true),
    'reads', (SELECT jsonb_agg(DISTINCT jsonb_build_array(CASE WHEN dn.nspname = current_schema() THEN NULL ELSE dn.nspname END, dc.relname))
       FROM pg_rewrite w JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
         AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> c.oid
       JOIN pg_class dc ON dc.oid = d.refobjid JOIN pg_namespace dn ON dn.oid = dc.relnamespace WHERE w.ev_class = c.oid))::text
FROM pg_class c JOIN ns n ON n.oid = c.relnamespace
WHERE c.relkind IN ('v', 'm') AND NOT EXISTS (SELECT FROM ext e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid)
ORDER BY 1, 2 NULLS FIRST, 3
