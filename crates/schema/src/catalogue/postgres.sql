WITH ext AS (
  SELECT d.classid, d.objid FROM pg_depend d WHERE d.deptype = 'e'
), ns AS (
  SELECT n.oid, n.nspname, n.nspacl, CASE WHEN n.nspname = 'public' THEN '' ELSE quote_ident(n.nspname) || '.' END AS prefix
  FROM pg_namespace n
  WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (SELECT FROM ext e WHERE e.classid = 'pg_namespace'::regclass AND e.objid = n.oid)
), rel AS (
  SELECT c.*, n.prefix || quote_ident(c.relname) AS shown
  FROM pg_class c JOIN ns n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S', 'i', 'I', 'c')
    AND NOT EXISTS (SELECT FROM ext e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid)
), proc AS (
  SELECT p.*, n.prefix || quote_ident(p.proname) || '(' || pg_get_function_identity_arguments(p.oid) || ')' AS shown
  FROM pg_proc p JOIN ns n ON n.oid = p.pronamespace
  WHERE NOT EXISTS (SELECT FROM ext e WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid)
), typ AS (
  SELECT t.*, n.prefix || quote_ident(t.typname) AS shown
  FROM pg_type t JOIN ns n ON n.oid = t.typnamespace
  WHERE (t.typtype IN ('e', 'd', 'r') OR t.typtype = 'c' AND EXISTS (SELECT FROM pg_class c WHERE c.oid = t.typrelid AND c.relkind = 'c'))
    AND NOT EXISTS (SELECT FROM ext e WHERE e.classid = 'pg_type'::regclass AND e.objid = t.oid)
), object AS (
  SELECT 'schema' AS kind, quote_ident(nspname) AS name, NULL AS parent, '' AS definition, NULL::int AS place, 'pg_namespace'::regclass AS class, oid, 0 AS part
  FROM ns
UNION ALL
  SELECT CASE r.relkind WHEN 'f' THEN 'foreign table' ELSE 'table' END, r.shown, NULL,
    concat_ws(' ',
      CASE WHEN r.relpersistence = 'u' THEN 'unlogged' END,
      CASE WHEN r.relkind = 'p' THEN 'partition by ' || pg_get_partkeydef(r.oid) END,
      (SELECT string_agg('inherits ' || i.inhparent::regclass, ' ' ORDER BY i.inhseqno) FROM pg_inherits i WHERE i.inhrelid = r.oid),
      pg_get_expr(r.relpartbound, r.oid),
      CASE WHEN r.relrowsecurity THEN 'row level security' END,
      CASE WHEN r.relforcerowsecurity THEN 'forced' END,
      CASE WHEN r.relreplident <> 'd' THEN 'replica identity ' || r.relreplident::text END,
      'with (' || array_to_string(r.reloptions, ', ') || ')',
      (SELECT 'server ' || s.srvname || ' options ' || coalesce(f.ftoptions::text, '') FROM pg_foreign_table f JOIN pg_foreign_server s ON s.oid = f.ftserver WHERE f.ftrelid = r.oid)),
    NULL, 'pg_class'::regclass, r.oid, 0
  FROM rel r WHERE r.relkind IN ('r', 'p', 'f')
UNION ALL
  SELECT 'column', quote_ident(a.attname), r.shown,
    concat_ws(' ', format_type(a.atttypid, a.atttypmod),
      CASE WHEN a.attcollation <> t.typcollation THEN 'collate ' || (SELECT quote_ident(c.collname) FROM pg_collation c WHERE c.oid = a.attcollation) END,
      CASE WHEN a.attnotnull THEN 'not null' END,
      CASE WHEN a.attidentity <> '' THEN 'identity ' || a.attidentity::text END,
      CASE WHEN a.attgenerated <> '' THEN 'generated as (' || pg_get_expr(d.adbin, d.adrelid) || ')' ELSE 'default ' || pg_get_expr(d.adbin, d.adrelid) END,
      'storage ' || nullif(a.attstorage, t.typstorage)::text,
      'compression ' || nullif(to_jsonb(a) ->> 'attcompression', ''),
      'options ' || a.attoptions::text),
    a.attnum::int, 'pg_class'::regclass, r.oid, a.attnum::int
  FROM pg_attribute a JOIN rel r ON r.oid = a.attrelid AND r.relkind IN ('r', 'p', 'f')
  JOIN pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  WHERE a.attnum > 0 AND NOT a.attisdropped
UNION ALL
  SELECT CASE c.contype WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique constraint' WHEN 'f' THEN 'foreign key' WHEN 'c' THEN 'check' WHEN 't' THEN 'constraint trigger' ELSE 'constraint' END,
    quote_ident(c.conname), r.shown, pg_get_constraintdef(c.oid), NULL, 'pg_constraint'::regclass, c.oid, 0
  FROM pg_constraint c JOIN rel r ON r.oid = c.conrelid AND r.relkind IN ('r', 'p', 'f')
  WHERE c.contype <> 'n' AND c.contype <> 't'
UNION ALL
  SELECT 'index', quote_ident(r.relname), o.shown,
    pg_get_indexdef(r.oid) || CASE WHEN i.indisvalid THEN '' ELSE ' invalid' END || CASE WHEN i.indisclustered THEN ' clustered' ELSE '' END
      || CASE WHEN i.indisreplident THEN ' replica identity' ELSE '' END,
    NULL, 'pg_class'::regclass, r.oid, 0
  FROM rel r JOIN pg_index i ON i.indexrelid = r.oid JOIN rel o ON o.oid = i.indrelid
  WHERE NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = r.oid AND c.contype IN ('p', 'u', 'x'))
UNION ALL
  SELECT CASE r.relkind WHEN 'v' THEN 'view' ELSE 'materialized view' END, r.shown, NULL,
    concat_ws(' ', 'with (' || array_to_string(r.reloptions, ', ') || ')', pg_get_viewdef(r.oid)), NULL, 'pg_class'::regclass, r.oid, 0
  FROM rel r WHERE r.relkind IN ('v', 'm')
UNION ALL
  SELECT 'sequence', r.shown, own.shown,
    concat_ws(' ', format_type(s.seqtypid, NULL), 'start', s.seqstart, 'increment', s.seqincrement, 'minvalue', s.seqmin, 'maxvalue', s.seqmax, 'cache', s.seqcache,
      CASE WHEN s.seqcycle THEN 'cycle' END,
      'owned by ' || own.shown || '.' || own.attname),
    NULL, 'pg_class'::regclass, r.oid, 0
  FROM rel r JOIN pg_sequence s ON s.seqrelid = r.oid
  LEFT JOIN LATERAL (
    SELECT o.shown, quote_ident(a.attname) AS attname
    FROM pg_depend d JOIN rel o ON o.oid = d.refobjid JOIN pg_attribute a ON a.attrelid = o.oid AND a.attnum = d.refobjsubid
    WHERE d.classid = 'pg_class'::regclass AND d.objid = r.oid AND d.deptype IN ('a', 'i') AND d.refclassid = 'pg_class'::regclass LIMIT 1
  ) own ON true
UNION ALL
  SELECT 'trigger', quote_ident(t.tgname), r.shown,
    pg_get_triggerdef(t.oid) || CASE t.tgenabled WHEN 'O' THEN '' ELSE ' enabled ' || t.tgenabled::text END, NULL, 'pg_trigger'::regclass, t.oid, 0
  FROM pg_trigger t JOIN rel r ON r.oid = t.tgrelid WHERE NOT t.tgisinternal
UNION ALL
  SELECT 'rule', quote_ident(w.rulename), r.shown, pg_get_ruledef(w.oid), NULL, 'pg_rewrite'::regclass, w.oid, 0
  FROM pg_rewrite w JOIN rel r ON r.oid = w.ev_class WHERE w.rulename <> '_RETURN'
UNION ALL
  SELECT 'policy', quote_ident(p.polname), r.shown,
    concat_ws(' ', CASE WHEN p.polpermissive THEN 'permissive' ELSE 'restrictive' END, 'for', p.polcmd::text,
      'to', (SELECT string_agg(CASE WHEN o = 0 THEN 'public' ELSE o::regrole::text END, ', ' ORDER BY 1) FROM unnest(p.polroles) AS u(o)),
      'using (' || pg_get_expr(p.polqual, p.polrelid) || ')', 'with check (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')'),
    NULL, 'pg_policy'::regclass, p.oid, 0
  FROM pg_policy p JOIN rel r ON r.oid = p.polrelid
UNION ALL
  SELECT 'statistics', n.prefix || quote_ident(s.stxname), r.shown, pg_get_statisticsobjdef(s.oid), NULL, 'pg_statistic_ext'::regclass, s.oid, 0
  FROM pg_statistic_ext s JOIN ns n ON n.oid = s.stxnamespace JOIN rel r ON r.oid = s.stxrelid
UNION ALL
  SELECT CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END, p.shown, NULL,
    CASE WHEN p.prokind = 'a' THEN (SELECT a::text FROM pg_aggregate a WHERE a.aggfnoid = p.oid) ELSE pg_get_functiondef(p.oid) END,
    NULL, 'pg_proc'::regclass, p.oid, 0
  FROM proc p
UNION ALL
  SELECT CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' WHEN 'r' THEN 'range type' ELSE 'type' END, t.shown, NULL,
    CASE t.typtype
      WHEN 'e' THEN (SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid)
      WHEN 'd' THEN concat_ws(' ', format_type(t.typbasetype, t.typtypmod), CASE WHEN t.typnotnull THEN 'not null' END, 'default ' || t.typdefault,
        (SELECT string_agg(c.conname || ' ' || pg_get_constraintdef(c.oid), ' ' ORDER BY c.conname) FROM pg_constraint c WHERE c.contypid = t.oid AND c.contype = 'c'))
      WHEN 'r' THEN (SELECT format_type(r.rngsubtype, NULL) FROM pg_range r WHERE r.rngtypid = t.oid)
      ELSE (SELECT string_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attnum)
            FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped)
    END, NULL, 'pg_type'::regclass, t.oid, 0
  FROM typ t
UNION ALL
  SELECT 'collation', n.prefix || quote_ident(c.collname), NULL, (to_jsonb(c) - 'oid' - 'collversion' - 'collowner' - 'collnamespace')::text,
    NULL, 'pg_collation'::regclass, c.oid, 0
  FROM pg_collation c JOIN ns n ON n.oid = c.collnamespace
  WHERE NOT EXISTS (SELECT FROM ext e WHERE e.classid = 'pg_collation'::regclass AND e.objid = c.oid)
UNION ALL
  SELECT 'operator', n.prefix || o.oprname || '(' || concat_ws(', ', nullif(o.oprleft, 0)::regtype, nullif(o.oprright, 0)::regtype) || ')', NULL,
    o.oprcode::text, NULL, 'pg_operator'::regclass, o.oid, 0
  FROM pg_operator o JOIN ns n ON n.oid = o.oprnamespace
  WHERE NOT EXISTS (SELECT FROM ext e WHERE e.classid = 'pg_operator'::regclass AND e.objid = o.oid)
UNION ALL
  SELECT 'cast', c.castsource::regtype || ' as ' || c.casttarget::regtype, NULL, concat_ws(' ', c.castcontext::text, nullif(c.castfunc, 0)::regprocedure),
    NULL, 'pg_cast'::regclass, c.oid, 0
  FROM pg_cast c WHERE c.oid >= 16384 AND NOT EXISTS (SELECT FROM ext e WHERE e.classid = 'pg_cast'::regclass AND e.objid = c.oid)
UNION ALL
  SELECT 'extension', quote_ident(x.extname), NULL, '', NULL, 'pg_extension'::regclass, x.oid, 0
  FROM pg_extension x
UNION ALL
  SELECT 'event trigger', quote_ident(e.evtname), NULL,
    concat_ws(' ', e.evtevent, array_to_string(e.evttags, ', '), e.evtfoid::regprocedure, e.evtenabled::text), NULL, 'pg_event_trigger'::regclass, e.oid, 0
  FROM pg_event_trigger e
UNION ALL
  SELECT 'publication', quote_ident(p.pubname), NULL,
    concat_ws(' ', CASE WHEN p.puballtables THEN 'all tables' END, (SELECT string_agg(r.prrelid::regclass::text, ', ' ORDER BY 1) FROM pg_publication_rel r WHERE r.prpubid = p.oid),
      CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END, CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END),
    NULL, 'pg_publication'::regclass, p.oid, 0
  FROM pg_publication p
UNION ALL
  SELECT 'foreign server', quote_ident(s.srvname), NULL, concat_ws(' ', s.srvtype, w.fdwname, s.srvoptions::text), NULL, 'pg_foreign_server'::regclass, s.oid, 0
  FROM pg_foreign_server s JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw
)
SELECT kind, name, parent, definition, place::text FROM object
UNION ALL
SELECT 'comment', CASE WHEN o.part > 0 THEN 'of column ' ELSE 'of ' || o.kind || ' ' END || CASE WHEN o.parent IS NULL OR o.part > 0 THEN '' ELSE o.parent || '.' END
    || CASE WHEN o.part > 0 THEN o.parent || '.' ELSE '' END || o.name, CASE WHEN o.kind IN ('table', 'foreign table') THEN o.name ELSE o.parent END, d.description, NULL
FROM object o JOIN pg_description d ON d.classoid = o.class AND d.objoid = o.oid AND d.objsubid = o.part
WHERE o.kind <> 'extension' AND NOT (o.kind = 'schema' AND o.name = 'public')
UNION ALL
SELECT 'grant', g.kind || ' ' || g.name, g.parent, string_agg(g.item::text, ', ' ORDER BY g.item::text), NULL
FROM (
  SELECT 'on' AS kind, r.shown AS name, CASE WHEN r.relkind IN ('r', 'p', 'f') THEN r.shown END AS parent, unnest(r.relacl) AS item FROM rel r WHERE r.relacl <> acldefault(CASE r.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", r.relowner)
  UNION ALL
  SELECT 'on column', r.shown || '.' || quote_ident(a.attname), r.shown, unnest(a.attacl) FROM pg_attribute a JOIN rel r ON r.oid = a.attrelid
  UNION ALL
  SELECT 'on function', p.shown, NULL, unnest(p.proacl) FROM proc p WHERE p.proacl <> acldefault('f', p.proowner)
  UNION ALL
  SELECT 'on type', t.shown, NULL, unnest(t.typacl) FROM typ t WHERE t.typacl <> acldefault('T', t.typowner)
  UNION ALL
  SELECT 'on schema', quote_ident(n.nspname), NULL, unnest(n.nspacl) FROM ns n WHERE n.nspname <> 'public'
  UNION ALL
  SELECT 'by default for', concat_ws(' ', d.defaclrole::regrole, 'in', d.defaclnamespace::regnamespace, d.defaclobjtype::text), NULL, unnest(d.defaclacl) FROM pg_default_acl d
) g
GROUP BY g.kind, g.name, g.parent
ORDER BY 1, 2, 3
