--
-- Conditions of Splink's models, taken apart and turned into tests of ours
--

-- How deep in parentheses each character of a condition lies, -1 within quotes; a parenthesis counts as outside of itself.
CREATE FUNCTION @extschema@.splink_depths(condition text) RETURNS integer[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    depths integer[] := '{}';
    depth integer := 0;
    quoted text;
    c text;
BEGIN
    FOREACH c IN ARRAY regexp_split_to_array(condition, '') LOOP
        IF quoted IS NOT NULL THEN
            quoted := nullif(quoted, c);
            depths := depths || -1;
            CONTINUE;
        ELSIF c IN ('''', '"') THEN
            quoted := c;
            depths := depths || -1;
            CONTINUE;
        ELSIF c = ')' THEN
            depth := depth - 1;
        END IF;
        depths := depths || depth;
        IF c = '(' THEN
            depth := depth + 1;
        END IF;
    END LOOP;
    RETURN depths;
END $$;
COMMENT ON FUNCTION @extschema@.splink_depths(text) IS 'Machinery of import_splink: how deep in parentheses each character of a condition lies.';

-- A condition as code and what is quoted in it, in turn: odd pieces are code, without comments and with single spaces; even pieces are literals and quoted names as they are.
CREATE FUNCTION @extschema@.splink_pieces(condition text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    pieces text[] := '{""}';
    m text[];
BEGIN
    FOR m IN SELECT regexp_matches(condition, '(''(?:[^'']|'''')*(?:''|$)|"(?:[^"]|"")*(?:"|$))|(--[^\n]*|/[*](?:[^*]|[*]+[^*/])*[*]+/)|([^''"/-]+|.)', 'g') LOOP
        IF m[1] IS NOT NULL THEN
            pieces := pieces || ARRAY[m[1], ''];
        ELSE
            pieces[cardinality(pieces)] := pieces[cardinality(pieces)] || coalesce(m[3], ' ');
        END IF;
    END LOOP;
    RETURN ARRAY(SELECT CASE WHEN n % 2 = 1 THEN regexp_replace(piece, '\s+', ' ', 'g') ELSE piece END FROM unnest(pieces) WITH ORDINALITY x (piece, n) ORDER BY n);
END $$;
COMMENT ON FUNCTION @extschema@.splink_pieces(text) IS 'Machinery of import_splink and export_splink: code and quoted strings of a condition in turn, so that nothing within quotes is rewritten.';

-- Its code with a number in place of what is quoted: '#2' or "#2". A literal of one lower-case word, as 'year', stays: the code says so and nothing in it is rewritten.
CREATE FUNCTION @extschema@.splink_code(pieces text[]) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT string_agg(CASE WHEN n % 2 = 1 OR piece ~ '^''(?:year|month|day)''$' THEN piece ELSE left(piece, 1) || '#' || n || left(piece, 1) END, '' ORDER BY n) FROM unnest(pieces) WITH ORDINALITY x (piece, n)
$$;
COMMENT ON FUNCTION @extschema@.splink_code(text[]) IS 'Machinery of import_splink and export_splink: the code of a condition, with numbers in place of what is quoted.';

-- And with what is quoted in its place again.
CREATE FUNCTION @extschema@.splink_quoted(code text, pieces text[]) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT string_agg(CASE WHEN n % 2 = 0 AND piece ~ '^(.)#[0-9]+\1$' THEN pieces[btrim(piece, '''"#')::integer] ELSE piece END, '' ORDER BY n)
    FROM unnest(@extschema@.splink_pieces(code)) WITH ORDINALITY x (piece, n)
$$;
COMMENT ON FUNCTION @extschema@.splink_quoted(text, text[]) IS 'Machinery of import_splink and export_splink: code with what was quoted in its place again.';

-- Without one pair of parentheses around all of it, if there is one.
CREATE FUNCTION @extschema@.splink_unwrapped(condition text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    s text := btrim(array_to_string(@extschema@.splink_pieces(condition), ''));
    depths integer[];
BEGIN
    -- nobody writes a longer condition by hand, and looking at it would take long
    WHILE left(s, 1) = '(' AND right(s, 1) = ')' AND length(s) <= 4000 LOOP
        depths := @extschema@.splink_depths(s);
        EXIT WHEN depths[cardinality(depths)] <> 0 OR 0 = ANY (depths[2:cardinality(depths) - 1]);
        s := btrim(substr(s, 2, length(s) - 2));
    END LOOP;
    RETURN s;
END $$;
COMMENT ON FUNCTION @extschema@.splink_unwrapped(text) IS 'Machinery of import_splink: a condition without parentheses around all of it.';

-- The conditions that AND joins at the outermost level.
CREATE FUNCTION @extschema@.splink_conjuncts(condition text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    s text := @extschema@.splink_unwrapped(condition);
    parts text[] := '{}';
    start integer := 1;
    depths integer[];
BEGIN
    IF length(s) > 4000 THEN
        RETURN ARRAY[s];
    END IF;
    depths := @extschema@.splink_depths(s);
    FOR i IN 1..length(s) LOOP
        CONTINUE WHEN depths[i] <> 0;
        IF substr(s, i, 5) ILIKE ' and ' THEN
            parts := parts || @extschema@.splink_unwrapped(substr(s, start, i - start));
            start := i + 5;
        ELSIF substr(s, i, 4) ILIKE ' or ' THEN
            RETURN ARRAY[s];
        END IF;
    END LOOP;
    RETURN parts || @extschema@.splink_unwrapped(substr(s, start));
END $$;
COMMENT ON FUNCTION @extschema@.splink_conjuncts(text) IS 'Machinery of import_splink: what AND joins in a condition.';

-- The columns that a condition compares, in the order of their appearance: "name_l", name_r.
CREATE FUNCTION @extschema@.splink_columns(condition text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(array_agg(name ORDER BY n), '{}') FROM (
        SELECT coalesce(m[1], m[2]) AS name, min(n) AS n
        FROM regexp_matches(regexp_replace(condition, '''[^'']*''', '', 'g'), '"([^"]+)_[lr]"|\m([A-Za-z_][A-Za-z_0-9]*)_[lr]\M(?!\s*\()', 'g') WITH ORDINALITY x (m, n)
        GROUP BY 1) c
$$;
COMMENT ON FUNCTION @extschema@.splink_columns(text) IS 'Machinery of import_splink: the columns that a condition looks at.';

-- What a condition of Splink's libraries is among our tests; NULL if it is none of them.
CREATE FUNCTION @extschema@.splink_test(condition text) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT COST 5000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    s text := regexp_replace(@extschema@.splink_unwrapped(condition), '\mclientele\.', '', 'gi');
    c text[] := @extschema@.splink_columns(s);
    col constant text := '("[^"]+"|[A-Za-z_][A-Za-z_0-9]*)';
    number constant text := '([0-9.]+(?:[eE][-+]?[0-9]+)?)';
    -- a column's local part of an address
    local constant text := '(?:nullif\()?(?:regexp_extract|substring)\(' || col || '(?:,| from) ?''\^\[\^@\]\+''(?:, ?0)?\)(?:, ?''''\))?';
    m text[];
    which text;
BEGIN
    IF cardinality(c) = 2 THEN
        m := regexp_match(s, '^' || col || ' = ' || col || '$', 'i');
        IF m IS NOT NULL AND btrim(m[1], '"') ~ '_l$' AND btrim(m[2], '"') ~ '_r$' THEN
            RETURN jsonb_build_object('crossed', true, 'column', c[1]);
        END IF;
        m := regexp_match(s, '^' || col || ' = ' || col || ' and ' || col || ' = ' || col || '$', 'i');
        IF m IS NOT NULL AND m[1] <> m[3] AND regexp_replace(btrim(m[1], '"'), '_[lr]$', '') = regexp_replace(btrim(m[3], '"'), '_[lr]$', '')
            AND regexp_replace(btrim(m[2], '"'), '_[lr]$', '') = regexp_replace(btrim(m[4], '"'), '_[lr]$', '')
            AND regexp_replace(btrim(m[1], '"'), '_[lr]$', '') <> regexp_replace(btrim(m[2], '"'), '_[lr]$', '')
            AND right(btrim(m[1], '"'), 1) <> right(btrim(m[2], '"'), 1) THEN
            RETURN jsonb_build_object('reversed', true, 'column', c[1]);
        END IF;
        -- the great circle, as Splink writes it
        m := regexp_match(s, 'acos\(.*\* ?6371.*<= ' || number || '$', 'i');
        IF m IS NOT NULL THEN
            which := (regexp_match(s, 'sin\( ?radians\( ?"?([^")]+)_l"?', 'i'))[1];
            IF which = ANY (c) THEN
                RETURN jsonb_build_object('kilometres', m[1]::numeric, 'column', which);
            END IF;
        END IF;
        RETURN NULL;
    END IF;
    IF cardinality(c) <> 1 THEN
        RETURN NULL;
    END IF;
    m := regexp_match(s, '^' || col || ' = ' || col || '$', 'i');
    IF m IS NOT NULL AND m[1] <> m[2] THEN
        RETURN jsonb_build_object('exact', true, 'column', c[1]);
    END IF;
    m := regexp_match(s, '^([a-z_0-9]+)\(' || col || ', ?' || col || '\) (<=|>=) ' || number || '$', 'i');
    IF m IS NOT NULL AND m[2] <> m[3] THEN
        which := CASE WHEN m[4] = '>=' THEN CASE lower(m[1]) WHEN 'jaro_winkler_similarity' THEN 'jaro_winkler' WHEN 'jaro_winkler' THEN 'jaro_winkler'
                           WHEN 'jaro_winkler_sim' THEN 'jaro_winkler' WHEN 'jaro_similarity' THEN 'jaro' WHEN 'jaro_sim' THEN 'jaro' WHEN 'jaccard' THEN 'jaccard' END
                      ELSE CASE lower(m[1]) WHEN 'levenshtein' THEN 'levenshtein' WHEN 'damerau_levenshtein' THEN 'damerau_levenshtein' WHEN 'osa_distance' THEN 'osa' END END;
        RETURN CASE WHEN which IS NOT NULL THEN jsonb_build_object(which, m[5]::numeric, 'column', c[1]) END;
    END IF;
    m := regexp_match(s, '^(?:substr|substring|left)\(' || col || ',(?: ?1,)? ?([0-9]+)\) = (?:substr|substring|left)\(' || col || ',(?: ?1,)? ?([0-9]+)\)$', 'i');
    IF m IS NOT NULL AND m[2] = m[4] AND m[2]::numeric > 0 THEN
        RETURN jsonb_build_object('prefix', m[2]::integer, 'column', c[1]);
    END IF;
    IF s ~* ('^' || local || ' = ' || local || '$') THEN
        RETURN jsonb_build_object('local_part', true, 'column', c[1]);
    END IF;
    m := regexp_match(s, '^jaro_winkler(?:_similarity)?\(' || local || ', ?' || local || '\) >= ' || number || '$', 'i');
    IF m IS NOT NULL THEN
        RETURN jsonb_build_object('local_part_jaro_winkler', m[3]::numeric, 'column', c[1]);
    END IF;
    m := regexp_match(s, '^abs\(' || col || ' - ' || col || '\) <= ' || number || '$', 'i');
    IF m IS NOT NULL THEN
        RETURN jsonb_build_object('difference', m[3]::numeric, 'column', c[1]);
    END IF;
    m := regexp_match(s, '^\(?abs\(' || col || ' - ' || col || '\) ?/ ?\(?case when .* end\)?\)? < ' || number || '$', 'i');
    IF m IS NOT NULL THEN
        RETURN jsonb_build_object('percent', m[3]::numeric, 'column', c[1]);
    END IF;
    -- the kernel reads dates in its own way: a format that says something else stays SQL
    IF EXISTS (SELECT FROM regexp_matches(s, '''([^'']*)''', 'g') f (m) WHERE lower(f.m[1]) NOT IN ('%y-%m-%d', 'yyyy-mm-dd', 'day')) THEN
        RETURN NULL;
    END IF;
    m := regexp_match(s, '^abs\(.*epoch.*-.*epoch.*\) <= ' || number || '$', 'i');
    IF m IS NOT NULL THEN
        RETURN jsonb_build_object('days', trim_scale(round(m[1]::numeric / 86400, 6)), 'column', c[1]);
    END IF;
    m := regexp_match(s, '^abs\(date_?diff\(''day'',.*\)\) <= ' || number || '$', 'i');
    IF m IS NOT NULL THEN
        RETURN jsonb_build_object('days', m[1]::numeric, 'column', c[1]);
    END IF;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION @extschema@.splink_test(text) IS 'Machinery of import_splink: the test that a condition of Splink''s libraries is, NULL if it is none of them.';

-- A condition that is none of our tests, with what other dialects write turned into PostgreSQL.
CREATE FUNCTION @extschema@.splink_sql(condition text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT COST 5000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- an argument: parentheses may stand in it once
    arg constant text := '((?:[^(),'']|''[^'']*''|\((?:[^()'']|''[^'']*'')*\))+)';
    literal constant text := '''((?:[^'']|'''')*)''';
    pieces constant text[] := @extschema@.splink_pieces(condition);
    s text := @extschema@.splink_code(pieces);
BEGIN
    s := regexp_replace(s, '==', '=', 'g');
    s := regexp_replace(s, '\m(?:try_)?strptime\(|\mtry_to_timestamp\(', 'try_cast_timestamp(', 'gi');
    s := regexp_replace(s, '\mepoch\(' || arg || '\)', 'extract(epoch from \1)', 'gi');
    s := regexp_replace(s, '\mdate_?diff\(''year'', ?' || arg || ', ?' || arg || '\)', '(date_part(''year'', (\2)::date) - date_part(''year'', (\1)::date))', 'gi');
    s := regexp_replace(s, '\mdate_?diff\(''month'', ?' || arg || ', ?' || arg || '\)',
        '((date_part(''year'', (\2)::date) - date_part(''year'', (\1)::date)) * 12 + date_part(''month'', (\2)::date) - date_part(''month'', (\1)::date))', 'gi');
    s := regexp_replace(s, '\mdate_?diff\(''day'', ?' || arg || ', ?' || arg || '\)', '((\2)::date - (\1)::date)', 'gi');
    s := regexp_replace(s, '\mdatediff\(' || arg || ', ?' || arg || '\)', '((\1)::date - (\2)::date)', 'gi');
    -- the whole match: a group in a pattern must not be taken for it
    s := regexp_replace(s, '\mregexp_extract\(' || arg || ', ?' || literal || '(?:, ?0)?\)', 'regexp_substr(\1, ''\2'')', 'gi');
    s := regexp_replace(s, '\mregexp_extract\(' || arg || ', ?' || literal || ', ?([1-9])\)', '(regexp_match(\1, ''\2''))[\3]', 'gi');
    s := regexp_replace(s, '\m(?:list_intersect|list_intersection|array_intersection)\(', 'array_intersect(', 'gi');
    s := regexp_replace(s, '\m(?:array_length|array_size|size)\(' || arg || '\)', 'cardinality(\1)', 'gi');
    s := regexp_replace(s, '\m(?:len|strlen)\(', CASE WHEN s ~* '\marray_intersect\(' THEN 'cardinality(' ELSE 'length(' END, 'gi');
    s := regexp_replace(s, '\m(?:array|list)_cosine_similarity\(', 'cosine_similarity(', 'gi');
    s := regexp_replace(s, '\mjaro_winkler(?:_sim)?\(', 'jaro_winkler_similarity(', 'gi');
    s := regexp_replace(s, '\mjaro_sim\(', 'jaro_similarity(', 'gi');
    s := regexp_replace(s, '\mifnull\(', 'coalesce(', 'gi');
    s := regexp_replace(s, '\mas string\)', 'as text)', 'gi');
    s := regexp_replace(s, '\mas double\)', 'as double precision)', 'gi');
    RETURN @extschema@.splink_quoted(s, pieces);
END $$;
COMMENT ON FUNCTION @extschema@.splink_sql(text) IS 'Machinery of import_splink: a condition with names of other dialects turned into PostgreSQL''s and ours.';

-- One level: a test, several that must all hold, or the condition itself with other dialects' names turned into ours.
CREATE FUNCTION @extschema@.splink_level(condition text) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT COST 10000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    test jsonb := @extschema@.splink_test(condition);
    parts text[];
    tests jsonb;
BEGIN
    IF test IS NOT NULL THEN
        RETURN test;
    END IF;
    parts := @extschema@.splink_conjuncts(condition);
    IF cardinality(parts) BETWEEN 2 AND 4 THEN
        SELECT jsonb_agg(@extschema@.splink_test(p) ORDER BY n) INTO tests FROM unnest(parts) WITH ORDINALITY x (p, n);
        IF NOT tests @> '[null]' THEN
            RETURN jsonb_build_object('all', tests);
        END IF;
    END IF;
    RETURN jsonb_build_object('sql', @extschema@.splink_sql(condition));
END $$;
COMMENT ON FUNCTION @extschema@.splink_level(text) IS 'Machinery of import_splink: a comparison level of Splink as one of ours.';
