--
-- splink: models of Splink in, models for Splink out
--

CREATE FUNCTION @extschema@.array_intersect(a anyarray, b anyarray) RETURNS anyarray
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT COST 500
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN ARRAY(SELECT x FROM unnest(a) WITH ORDINALITY u (x, n) WHERE x = ANY (b) GROUP BY x ORDER BY min(n));
END $$;
COMMENT ON FUNCTION @extschema@.array_intersect(anyarray, anyarray) IS
'The elements that two arrays have in common, each once, in the order of the first; the name by which Splink''s PostgreSQL dialect asks for it.';

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

-- The time that a text says in a format of strptime, to_date or Spark; NULL if it says none. It starts no subtransaction, so it is parallel safe.
CREATE FUNCTION @extschema@.try_cast_timestamp(date_string text, format text) RETURNS timestamp
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    pattern text := '';
    parts text[] := '{}';
    field text;
    m text[];
    y integer := 1;
    mo integer := 1;
    d integer := 1;
    h integer := 0;
    mi integer := 0;
    sec integer := 0;
BEGIN
    FOR m IN SELECT regexp_matches(format, '%[A-Za-z]|YYYY|yyyy|MM|mm|DD|dd|HH24|HH|MI|SS|ss|.', 'g') LOOP
        field := CASE WHEN m[1] = '%Y' OR upper(m[1]) = 'YYYY' THEN 'y' WHEN m[1] IN ('%m', 'MM') OR (m[1] = 'mm' AND NOT 'h' = ANY (parts)) THEN 'mo'
                      WHEN m[1] = '%d' OR upper(m[1]) = 'DD' THEN 'd' WHEN m[1] IN ('%H', 'HH24', 'HH') THEN 'h' WHEN m[1] IN ('%M', 'MI', 'mm') THEN 'mi'
                      WHEN m[1] = '%S' OR upper(m[1]) = 'SS' THEN 's' END;
        IF field IS NOT NULL THEN
            parts := parts || field;
            pattern := pattern || CASE field WHEN 'y' THEN '([0-9]{4})' ELSE '([0-9]{1,2})' END;
        ELSIF m[1] ~ '^[-/.,: T]$' THEN
            pattern := pattern || '[' || m[1] || ']';
        ELSE
            RAISE EXCEPTION 'a format of dates with "%" is not known', m[1] USING ERRCODE = 'invalid_parameter_value', HINT = 'For instance %Y-%m-%d, or YYYY-MM-DD.';
        END IF;
    END LOOP;
    IF cardinality(parts) = 0 THEN
        RAISE EXCEPTION 'a format of dates has no part of a date' USING ERRCODE = 'invalid_parameter_value', HINT = 'For instance %Y-%m-%d, or YYYY-MM-DD.';
    END IF;
    m := regexp_match(btrim(date_string), '^' || pattern || '$');
    IF m IS NULL THEN
        RETURN NULL;
    END IF;
    FOR i IN 1..cardinality(parts) LOOP
        CASE parts[i]
            WHEN 'y' THEN y := m[i]::integer; WHEN 'mo' THEN mo := m[i]::integer; WHEN 'd' THEN d := m[i]::integer;
            WHEN 'h' THEN h := m[i]::integer; WHEN 'mi' THEN mi := m[i]::integer; ELSE sec := m[i]::integer;
        END CASE;
    END LOOP;
    IF y < 1 OR mo NOT BETWEEN 1 AND 12 OR d < 1 OR h > 23 OR mi > 59 OR sec > 59 THEN
        RETURN NULL;
    END IF;
    IF d > date_part('day', make_date(y, mo, 1) + interval '1 month -1 day') THEN
        RETURN NULL;
    END IF;
    RETURN make_timestamp(y, mo, d, h, mi, sec);
END $$;
COMMENT ON FUNCTION @extschema@.try_cast_timestamp(text, text) IS
'The time that a text says in a format (%Y-%m-%d, YYYY-MM-DD), NULL if it says none: the name by which Splink''s PostgreSQL dialect asks for it.';

CREATE FUNCTION @extschema@.try_cast_date(date_string text, format text) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT COST 1000
SET search_path = pg_catalog, pg_temp
AS $$ SELECT @extschema@.try_cast_timestamp(date_string, format)::date $$;
COMMENT ON FUNCTION @extschema@.try_cast_date(text, text) IS
'The date that a text says in a format (%Y-%m-%d, YYYY-MM-DD), NULL if it says none: the name by which Splink''s PostgreSQL dialect asks for it.';

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

-- One side of an equality: which column of which record, and what is made of it: {"side", "column", "form", "folded", "coarser"}; NULL: something else.
CREATE FUNCTION @extschema@.splink_key_side(expression text) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    s text := @extschema@.splink_unwrapped(expression);
    made jsonb := '{}';
    m text[];
    format text;
BEGIN
    LOOP
        m := regexp_match(s, '^(l|r)\.(?:"([^"]+)"|([A-Za-z_][A-Za-z_0-9]*))$', 'i');
        IF m IS NOT NULL THEN
            RETURN made || jsonb_build_object('side', lower(m[1]), 'column', coalesce(m[2], m[3]));
        END IF;
        -- casts and readers of dates change nothing of what is equal
        m := coalesce(regexp_match(s, '^(?:try_)?cast\((.*) as [a-z_ ]+(?:\([0-9, ]*\))?\)$', 'i'), regexp_match(s, '^(.*)::[a-z_]+(?:\([0-9, ]*\))?$', 'i'),
                      regexp_match(s, '^(?:try_)?strptime\((.*), ?''%Y-%m-%d''\)$', 'i'), regexp_match(s, '^(?:to_date|try_to_timestamp|to_timestamp)\((.*), ?''yyyy-MM-dd''\)$', 'i'));
        IF m IS NOT NULL THEN
            s := @extschema@.splink_unwrapped(m[1]);
            CONTINUE;
        END IF;
        m := regexp_match(s, '^(?:lower|upper|ucase|lcase|(?:clientele\.)?fold)\((.*)\)$', 'i');
        IF m IS NOT NULL THEN
            made := made || '{"folded": true}';
            s := @extschema@.splink_unwrapped(m[1]);
            CONTINUE;
        END IF;
        EXIT WHEN made ? 'form';
        -- what stands before the @, the last digits of a telephone: as the column has them
        m := coalesce(regexp_match(s, '^split_part\((.*), ?''@'', ?1\)$', 'i'), regexp_match(s, '^(?:nullif\()?regexp_extract\((.*), ?''\^\[\^@\]\+''(?:, ?0)?\)(?:, ?''''\))?$', 'i'));
        IF m IS NOT NULL AND m[1] ~ '^(?:l|r)\.' AND NOT made ? 'folded' THEN
            made := made || '{"form": "local_part"}';
            s := m[1];
            CONTINUE;
        END IF;
        m := regexp_match(s, '^right\(regexp_replace\((.*), ?''\[\^0-9\]'', ?'''', ?''g''\), ?7\)$', 'i');
        IF m IS NOT NULL AND NOT made ? 'folded' THEN
            made := made || '{"form": "tail"}';
            s := @extschema@.splink_unwrapped(m[1]);
            CONTINUE;
        END IF;
        -- the first characters: of four and more the first three
        m := coalesce(regexp_match(s, '^(?:substr|substring)\((.*), ?1, ?([0-9]{1,4})\)$', 'i'), regexp_match(s, '^left\((.*), ?([0-9]{1,4})\)$', 'i'),
                      regexp_match(s, '^substring\((.*) from 1 for ([0-9]{1,4})\)$', 'i'), regexp_match(s, '^(.*)\[(?:0|1)?:([0-9]{1,4})\]$'));
        IF m IS NOT NULL THEN
            EXIT WHEN m[2]::integer < 3;
            made := made || jsonb_build_object('form', 'prefix') || CASE WHEN m[2]::integer > 3 THEN '{"coarser": true}'::jsonb ELSE '{}' END;
            s := @extschema@.splink_unwrapped(m[1]);
            CONTINUE;
        END IF;
        m := coalesce(regexp_match(s, '^year\((.*)\)$', 'i'), regexp_match(s, '^(?:date_part|datepart|date_trunc)\(''year'', ?(.*)\)$', 'i'), regexp_match(s, '^extract\(year from (.*)\)$', 'i'));
        IF m IS NOT NULL THEN
            made := made || '{"form": "year"}';
            s := @extschema@.splink_unwrapped(m[1]);
            CONTINUE;
        END IF;
        m := regexp_match(s, '^date_trunc\(''month'', ?(.*)\)$', 'i');
        IF m IS NOT NULL THEN
            made := made || '{"form": "year_month"}';
            s := @extschema@.splink_unwrapped(m[1]);
            CONTINUE;
        END IF;
        m := coalesce(regexp_match(s, '^(?:strftime|to_char|date_format|formatdatetime)\((.*), ?''([^'']*)''\)$', 'i'));
        EXIT WHEN m IS NULL;
        format := regexp_replace(lower(regexp_replace(replace(replace(replace(replace(m[2], '%Y', 'yyyy'), '%m', 'mm'), '%d', 'dd'), 'MM', 'mm'), '[^A-Za-z]', '', 'g')), '^yyyymmdd$|^ddmmyyyy$', '');
        format := CASE format WHEN 'yyyy' THEN 'year' WHEN 'yyyymm' THEN 'year_month' WHEN 'mmyyyy' THEN 'year_month' WHEN 'mmdd' THEN 'month_day' WHEN 'ddmm' THEN 'month_day' END;
        EXIT WHEN format IS NULL;
        made := made || jsonb_build_object('form', format);
        s := @extschema@.splink_unwrapped(m[1]);
    END LOOP;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION @extschema@.splink_key_side(text) IS 'Machinery of import_splink: what one side of an equality in a blocking rule is made of.';

-- A blocking rule of equalities as keys; NULL if it is something else.
CREATE FUNCTION @extschema@.splink_keys(rule text) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT COST 10000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    keys jsonb := '[]';
    part text;
    places integer[];
    l jsonb;
    r jsonb;
    swap jsonb;
    crossed jsonb;
BEGIN
    FOREACH part IN ARRAY @extschema@.splink_conjuncts(rule) LOOP
        IF length(part) > 4000 THEN
            RETURN NULL;
        END IF;
        SELECT array_agg(n) INTO places FROM unnest(@extschema@.splink_depths(part)) WITH ORDINALITY d (depth, n) WHERE depth = 0 AND substr(part, n::integer, 1) = '=';
        IF cardinality(places) = 2 AND places[2] = places[1] + 1 THEN
            places := places[1:1];
            part := overlay(part placing ' ' from places[1] + 1 for 1);
        END IF;
        IF cardinality(places) IS DISTINCT FROM 1 THEN
            RETURN NULL;
        END IF;
        l := @extschema@.splink_key_side(left(part, places[1] - 1));
        r := @extschema@.splink_key_side(substr(part, places[1] + 1));
        IF l IS NULL OR r IS NULL OR l ->> 'side' = r ->> 'side' OR l - 'side' - 'column' <> r - 'side' - 'column' THEN
            RETURN NULL;
        ELSIF l -> 'column' = r -> 'column' THEN
            keys := keys || jsonb_build_array(l - 'side');
            CONTINUE;
        END IF;
        -- one's first is the other's second, and the other way round: the key of both orders
        IF l ->> 'side' = 'r' THEN
            swap := l;
            l := r;
            r := swap;
        END IF;
        IF l ? 'form' THEN
            RETURN NULL;
        ELSIF crossed IS NULL THEN
            crossed := l - 'side' || jsonb_build_object('form', 'either_order', 'with', r -> 'column');
        ELSIF crossed = r - 'side' || jsonb_build_object('form', 'either_order', 'with', l -> 'column') THEN
            keys := keys || jsonb_build_array(crossed);
            crossed := NULL;
        ELSE
            RETURN NULL;
        END IF;
    END LOOP;
    RETURN CASE WHEN crossed IS NULL THEN keys END;
END $$;
COMMENT ON FUNCTION @extschema@.splink_keys(text) IS 'Machinery of import_splink: the keys of a blocking rule that consists of equalities, NULL for another; coarser: a key that finds the same pairs and more.';

CREATE FUNCTION @extschema@.splink_comparison(comparison jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT COST 50000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    levels jsonb := comparison -> 'comparison_levels';
    name text := coalesce(comparison ->> 'output_column_name', comparison ->> 'comparison_description');
    level jsonb;
    made jsonb;
    list jsonb := '[]';
    columns text[] := '{}';
    first_columns text[] := '{}';
    null_condition text;
    missing text;
    m jsonb := '[]';
    u jsonb := '[]';
    has_else boolean := false;
    condition text;
    result jsonb;
BEGIN
    IF jsonb_typeof(levels) IS DISTINCT FROM 'array' OR jsonb_array_length(levels) = 0 THEN
        RAISE EXCEPTION 'comparison "%" of the Splink settings has no comparison levels', coalesce(name, '') USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Save the settings with linker.misc.save_model_to_json(): it writes every comparison out.';
    END IF;
    FOR level IN SELECT e FROM jsonb_array_elements(levels) WITH ORDINALITY x (e, n) ORDER BY n LOOP
        condition := level ->> 'sql_condition';
        IF condition IS NULL THEN
            RAISE EXCEPTION 'a level of comparison "%" of the Splink settings has no sql_condition', coalesce(name, '') USING ERRCODE = 'invalid_parameter_value';
        END IF;
        IF level -> 'is_null_level' = 'true' THEN
            null_condition := condition;
            columns := columns || @extschema@.splink_columns(condition);
            CONTINUE;
        END IF;
        IF upper(btrim(condition)) = 'ELSE' THEN
            made := '{"else": true}';
            has_else := true;
        ELSE
            made := @extschema@.splink_level(condition);
            columns := columns || @extschema@.splink_columns(condition);
            -- the kernel takes a place from the first two columns
            IF made ? 'kilometres' THEN
                first_columns := ARRAY[made ->> 'column'] || array_remove(@extschema@.splink_columns(condition), made ->> 'column');
            END IF;
        END IF;
        IF jsonb_typeof(level -> 'label_for_charts') = 'string' THEN
            made := made || jsonb_build_object('label', level -> 'label_for_charts');
        END IF;
        IF level ->> 'tf_adjustment_column' IS NOT NULL AND NOT has_else THEN
            columns := columns || btrim(level ->> 'tf_adjustment_column', '"');
            made := made || jsonb_build_object('term_frequency', jsonb_strip_nulls(jsonb_build_object('column', btrim(level ->> 'tf_adjustment_column', '"'),
                'weight', CASE WHEN jsonb_typeof(level -> 'tf_adjustment_weight') = 'number' THEN level -> 'tf_adjustment_weight' END,
                'floor', CASE WHEN jsonb_typeof(level -> 'tf_minimum_u_value') = 'number' THEN nullif(level -> 'tf_minimum_u_value', '0') END)));
        END IF;
        -- a probability that was never observed is a string in Splink's files, one that fell to zero is none
        m := m || jsonb_build_array(CASE WHEN jsonb_typeof(level -> 'm_probability') = 'number' THEN least(greatest((level ->> 'm_probability')::numeric, 1e-12), 1) END);
        u := u || jsonb_build_array(CASE WHEN jsonb_typeof(level -> 'u_probability') = 'number' THEN least(greatest((level ->> 'u_probability')::numeric, 1e-12), 1) END);
        list := list || jsonb_build_array(made);
    END LOOP;
    IF NOT has_else THEN
        list := list || '[{"else": true}]'::jsonb;
        m := m || '[null]'::jsonb;
        u := u || '[null]'::jsonb;
    END IF;
    SELECT array_agg(c ORDER BY n) INTO columns FROM (SELECT c, min(n) AS n FROM unnest(first_columns || columns) WITH ORDINALITY x (c, n) GROUP BY c) d;
    IF columns IS NULL THEN
        RAISE EXCEPTION 'comparison "%" of the Splink settings looks at no column', coalesce(name, '') USING ERRCODE = 'invalid_parameter_value';
    END IF;
    missing := CASE
        WHEN null_condition IS NULL THEN 'never'
        WHEN NOT @extschema@.splink_columns(null_condition) @> columns OR null_condition !~* '^(?:[() ]|"[^"]+_[lr]"|\m[a-z_0-9]+_[lr]\M|\mis null\M|\mor\M|\mand\M)+$' THEN @extschema@.splink_sql(null_condition)
        WHEN null_condition !~* ' and ' THEN 'any'
        WHEN null_condition ~* '^\(*\([^()]* or [^()]*\)(?: and \([^()]* or [^()]*\))+\)*$' THEN 'all'
        ELSE null_condition END;
    result := jsonb_build_object('name', coalesce(name, columns[1]), 'kind', 'levels', 'columns', columns, 'levels', list, 'missing', missing);
    IF NOT u @> '[null]' THEN
        result := result || jsonb_build_object('u', u);
    END IF;
    IF NOT m @> '[null]' THEN
        RETURN result || jsonb_build_object('m', m);
    END IF;
    -- what is missing is estimated; what is there is where that begins
    RETURN CASE WHEN EXISTS (SELECT FROM jsonb_array_elements(m) e WHERE e <> 'null') THEN result || jsonb_build_object('m', m, 'fixed', false) ELSE result END;
END $$;
COMMENT ON FUNCTION @extschema@.splink_comparison(jsonb) IS 'Machinery of import_splink: a comparison of Splink as one of ours.';

CREATE FUNCTION @extschema@.import_splink(settings jsonb, model text DEFAULT NULL, source regclass DEFAULT NULL) RETURNS jsonb
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    e jsonb;
    rule text;
    keys jsonb;
    exploded text[];
    comparisons jsonb := '[]';
    blocking jsonb := '[]';
    not_imported jsonb := '[]';
    result jsonb;
BEGIN
    IF settings IS NULL THEN
        RAISE EXCEPTION 'argument "settings" must not be null' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    IF (model IS NULL) <> (source IS NULL) THEN
        RAISE EXCEPTION 'a model is stored for a table: give both "model" and "source", or neither' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF jsonb_typeof(settings) <> 'object' OR jsonb_typeof(settings -> 'comparisons') IS DISTINCT FROM 'array' THEN
        RAISE EXCEPTION 'these are no settings of Splink: there is no list "comparisons"' USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Use the JSON that linker.misc.save_model_to_json() writes.';
    END IF;
    FOR e IN SELECT x FROM jsonb_array_elements(settings -> 'comparisons') WITH ORDINALITY c (x, n) ORDER BY n LOOP
        comparisons := comparisons || jsonb_build_array(@extschema@.splink_comparison(e));
    END LOOP;
    FOR e IN SELECT x FROM jsonb_array_elements(CASE WHEN jsonb_typeof(settings -> 'blocking_rules_to_generate_predictions') = 'array'
                                                     THEN settings -> 'blocking_rules_to_generate_predictions' ELSE '[]' END) WITH ORDINALITY c (x, n) ORDER BY n LOOP
        rule := CASE jsonb_typeof(e) WHEN 'string' THEN e #>> '{}' WHEN 'object' THEN e ->> 'blocking_rule' END;
        keys := @extschema@.splink_keys(rule);
        -- elements of arrays that a record is to be found by
        exploded := CASE jsonb_typeof(e -> 'arrays_to_explode') WHEN 'array' THEN ARRAY(SELECT btrim(a, '"') FROM jsonb_array_elements_text(e -> 'arrays_to_explode') a)
                                                               WHEN 'string' THEN ARRAY[btrim(e ->> 'arrays_to_explode', '"')] ELSE '{}' END;
        IF keys IS NULL THEN
            not_imported := not_imported || jsonb_build_object('blocking_rule', rule, 'why',
                'not made of equalities of columns, of their first three or more characters, of years, months with years, or days with months of dates, whatever the case of letters');
        ELSIF cardinality(exploded) > 1 OR EXISTS (SELECT FROM unnest(exploded) a WHERE NOT EXISTS (SELECT FROM jsonb_array_elements(keys) k WHERE k ->> 'column' = a AND NOT k ? 'form')) THEN
            not_imported := not_imported || jsonb_build_object('blocking_rule', rule, 'why', 'elements of two arrays, or of one that the rule does not look at');
        ELSE
            IF jsonb_array_length(keys) > 3 THEN
                not_imported := not_imported || jsonb_build_object('blocking_rule', rule, 'why', 'more than three keys: the first three are used, which find the same pairs and more');
                -- the key of an array first: without it the rule would be another
                keys := (SELECT jsonb_agg(k.value ORDER BY k.value ->> 'column' = ANY (exploded) DESC, k.n) FROM jsonb_array_elements(keys) WITH ORDINALITY k (value, n));
                keys := jsonb_path_query_array(keys, '$[0 to 2]');
            END IF;
            IF jsonb_path_exists(keys, '$[*].coarser') THEN
                not_imported := not_imported || jsonb_build_object('blocking_rule', rule, 'why', 'more than three characters: the first three are used, which find the same pairs and more');
            END IF;
            keys := (SELECT jsonb_agg(k.value - 'coarser' || CASE WHEN k.value ->> 'column' = ANY (exploded) THEN '{"folded": true}'::jsonb ELSE '{}' END ORDER BY k.n)
                     FROM jsonb_array_elements(keys) WITH ORDINALITY k (value, n));
            blocking := blocking || jsonb_build_object('keys', keys);
        END IF;
    END LOOP;
    IF settings ->> 'link_type' <> 'dedupe_only' THEN
        not_imported := not_imported || jsonb_build_object('link_type', settings -> 'link_type', 'why', 'a model is for one table; link() and link_all() link several');
    END IF;
    result := jsonb_build_object('comparisons', comparisons, 'household', false)
        || CASE WHEN jsonb_typeof(settings -> 'probability_two_random_records_match') = 'number'
                THEN jsonb_build_object('prior', settings -> 'probability_two_random_records_match') ELSE '{}' END
        || CASE WHEN jsonb_array_length(blocking) > 0 THEN jsonb_build_object('blocking', blocking) ELSE '{}' END
        || CASE WHEN jsonb_array_length(not_imported) > 0 THEN jsonb_build_object('not_imported', not_imported) ELSE '{}' END;
    IF model IS NOT NULL THEN
        PERFORM @extschema@.create_model(model, source, result);
    END IF;
    RETURN result;
END $$;
COMMENT ON FUNCTION @extschema@.import_splink(jsonb, text, regclass) IS
'The settings of a model of Splink (its saved JSON, with m and u) as settings of ours; with a model''s name and a table it is stored, trained as it is. What could not be imported is listed under not_imported.';

-- ---- the other way ----

CREATE FUNCTION @extschema@.value_level(kind text, a text, b text) RETURNS integer
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT COST 100
AS 'MODULE_PATHNAME', 'clt_value_level';
COMMENT ON FUNCTION @extschema@.value_level(text, text, text) IS
'Which level of a kind (given_name, surname, email, phone, date ...) two values reach, 0 if one of them says nothing: what a comparison of linkage tells of them where nothing is known of a table.';

CREATE FUNCTION @extschema@.value_level(kind text, a text[], b text[]) RETURNS integer
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT COST 300
AS 'MODULE_PATHNAME', 'clt_values_level';
COMMENT ON FUNCTION @extschema@.value_level(text, text[], text[]) IS
'Which level of a kind the nearest of several values of two records reach, 0 if one of them has none that says anything.';

CREATE FUNCTION @extschema@.address_level(parts text[], a text[], b text[]) RETURNS integer
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT COST 300
AS 'MODULE_PATHNAME', 'clt_address_parts_level';
COMMENT ON FUNCTION @extschema@.address_level(text[], text[], text[]) IS
'Which level of the kind address two addresses reach whose parts (street, number, extra, postcode, city, region) are given in the order of the first argument, 0 if nothing can be told.';

-- A column of one side, quoted.
CREATE FUNCTION @extschema@.splink_side(name text, side text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 10
SET search_path = pg_catalog, pg_temp
AS $$ SELECT '"' || replace(name, '"', '""') || side || '"' $$;
COMMENT ON FUNCTION @extschema@.splink_side(text, text) IS 'Machinery of export_splink: a column of one of the two records.';

-- One test as SQL.
CREATE FUNCTION @extschema@.splink_condition(test jsonb, columns text[], dialect text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 5000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    c text := coalesce(test ->> 'column', columns[1]);
    other text := CASE WHEN columns[1] = c THEN columns[2] ELSE columns[1] END;
    l text := @extschema@.splink_side(c, '_l');
    r text := @extschema@.splink_side(c, '_r');
    l2 text := @extschema@.splink_side(other, '_l');
    r2 text := @extschema@.splink_side(other, '_r');
    key text;
    v text;
    pieces text[];
BEGIN
    SELECT k, test ->> k INTO key, v FROM jsonb_object_keys(test) k WHERE k NOT IN ('column', 'label', 'term_frequency');
    IF key = 'sql' THEN
        -- Splink knows the values of a pair as name_l and name_r only
        pieces := @extschema@.splink_pieces(v);
        v := @extschema@.splink_code(pieces);
        FOREACH c IN ARRAY columns LOOP
            v := regexp_replace(v, '\m([lr])\.' || regexp_replace(c, '(\W)', '\\\1', 'g') || '\M', '"' || replace(replace(c, '\', '\\'), '"', '""') || '_\1"', 'g');
            FOR i IN 1..cardinality(pieces) / 2 LOOP
                IF pieces[2 * i] = @extschema@.splink_side(c, '') THEN
                    v := regexp_replace(v, format('\m([lr])\."#%s"', 2 * i), '"' || replace(replace(c, '\', '\\'), '"', '""') || '_\1"', 'g');
                END IF;
            END LOOP;
        END LOOP;
        IF dialect = 'duckdb' THEN
            v := regexp_replace(v, '\mtry_cast_(?:timestamp|date)\(', 'try_strptime(', 'gi');
            v := regexp_replace(v, '\marray_intersect\(', 'list_intersect(', 'gi');
            v := regexp_replace(v, '\mcardinality\(', 'len(', 'gi');
            v := regexp_replace(v, '\mregexp_substr\(', 'regexp_extract(', 'gi');
            v := regexp_replace(v, '\mcosine_similarity\(', 'list_cosine_similarity(', 'gi');
        END IF;
        RETURN @extschema@.splink_quoted(v, pieces);
    END IF;
    IF dialect = 'duckdb' THEN
        v := CASE key
            WHEN 'osa' THEN format('damerau_levenshtein(%s, %s) <= %s', l, r, v)
            WHEN 'local_part' THEN format($q$NULLIF(regexp_extract(%s, '^[^@]+', 0), '') = NULLIF(regexp_extract(%s, '^[^@]+', 0), '')$q$, l, r)
            WHEN 'local_part_jaro_winkler' THEN format($q$jaro_winkler_similarity(NULLIF(regexp_extract(%s, '^[^@]+', 0), ''), NULLIF(regexp_extract(%s, '^[^@]+', 0), '')) >= %s$q$, l, r, v)
            ELSE replace(@extschema@.splink_condition(test, columns, 'postgres'), '@extschema@.', '') END;
        RETURN CASE WHEN key = 'all' THEN (SELECT string_agg('(' || @extschema@.splink_condition(e, columns, dialect) || ')', ' AND ' ORDER BY n) FROM jsonb_array_elements(test -> 'all') WITH ORDINALITY x (e, n)) ELSE v END;
    END IF;
    RETURN CASE key
        WHEN 'else' THEN 'ELSE'
        WHEN 'all' THEN (SELECT string_agg('(' || @extschema@.splink_condition(e, columns, dialect) || ')', ' AND ' ORDER BY n) FROM jsonb_array_elements(test -> 'all') WITH ORDINALITY x (e, n))
        WHEN 'exact' THEN format('%s = %s', l, r)
        WHEN 'jaro_winkler' THEN format('@extschema@.jaro_winkler_similarity(%s, %s) >= %s', l, r, v)
        WHEN 'jaro' THEN format('@extschema@.jaro_similarity(%s, %s) >= %s', l, r, v)
        WHEN 'jaccard' THEN format('@extschema@.jaccard(%s, %s) >= %s', l, r, v)
        WHEN 'levenshtein' THEN format('@extschema@.levenshtein(%s, %s) <= %s', l, r, v)
        WHEN 'osa' THEN format('@extschema@.osa_distance(%s, %s) <= %s', l, r, v)
        WHEN 'damerau_levenshtein' THEN format('@extschema@.damerau_levenshtein(%s, %s) <= %s', l, r, v)
        WHEN 'prefix' THEN format('substr(%s, 1, %s) = substr(%s, 1, %s)', l, v, r, v)
        WHEN 'local_part' THEN format($q$NULLIF(substring(%s from '^[^@]+'), '') = NULLIF(substring(%s from '^[^@]+'), '')$q$, l, r)
        WHEN 'local_part_jaro_winkler' THEN format($q$@extschema@.jaro_winkler_similarity(NULLIF(substring(%s from '^[^@]+'), ''), NULLIF(substring(%s from '^[^@]+'), '')) >= %s$q$, l, r, v)
        WHEN 'crossed' THEN format('%s = %s', l, r2)
        WHEN 'reversed' THEN format('%s = %s AND %s = %s', l, r2, r, l2)
        WHEN 'days' THEN format('abs(extract(epoch from %s::timestamp) - extract(epoch from %s::timestamp)) <= %s', l, r, trim_scale(v::numeric * 86400))
        WHEN 'difference' THEN format('abs(%s - %s) <= %s', l, r, v)
        WHEN 'percent' THEN format('(abs(%s - %s) / (CASE WHEN %s > %s THEN %s ELSE %s END)) < %s', l, r, r, l, r, l, v)
        WHEN 'kilometres' THEN format('cast(acos(case when (%1$s) > 1 then 1 when (%1$s) < -1 then -1 else (%1$s) end) * 6371 as float) <= %2$s',
            format('sin(radians(%1$s)) * sin(radians(%2$s)) + cos(radians(%1$s)) * cos(radians(%2$s)) * cos(radians(%4$s - %3$s))', l, r, l2, r2), v)
    END;
END $$;
COMMENT ON FUNCTION @extschema@.splink_condition(jsonb, text[], text) IS 'Machinery of export_splink: a test of a level as SQL.';

-- A level of a kind on what DuckDB has of its own, near to what the kernel does; NULL where nothing comes near.
CREATE FUNCTION @extschema@.splink_kind_condition(kind text, level integer, columns text[], parts text[], types jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 5000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- #A and #B are the two values as texts, #L and #R these folded, #S and #T without spaces, #X and #Y dates, #D and #E digits, #M and #N local parts
    near constant text := '(jaro_winkler_similarity(#L, #R) >= 0.92 OR (length(#L) >= 4 AND length(#R) >= 4 AND damerau_levenshtein(#L, #R) <= 1))';
    initial constant text := '(length(#L) = 1 OR length(#R) = 1) AND left(#L, 1) = left(#R, 1)';
    same_words constant text := 'list_sort(string_split(#L, '' '')) = list_sort(string_split(#R, '' ''))';
    contained constant text := '(list_has_all(string_split(#L, '' ''), string_split(#R, '' '')) OR list_has_all(string_split(#R, '' ''), string_split(#L, '' '')))';
    words constant text[] := ARRAY['#L = #R', same_words, 'jaro_winkler_similarity(#L, #R) >= 0.94', NULL, contained, 'jaro_winkler_similarity(#L, #R) >= 0.9'];
    streets constant text[] := ARRAY['#L = #R', 'jaro_winkler_similarity(#L, #R) >= 0.93', 'jaro_winkler_similarity(#L, #R) >= 0.87'];
    c text := columns[1];
    as_text text := CASE WHEN types ->> columns[1] = 'text' OR (kind = 'date' AND types ->> columns[1] ~ '^(?:date|timestamp)') OR kind = 'number' THEN '' ELSE '::text' END;
    no_spaces text := CASE kind WHEN 'identifier' THEN 'regexp_replace(replace(#L, '' '', ''''), ''^[a-z][a-z]([0-9]{6,})$'', ''\1'')' ELSE 'replace(#L, '' '', '''')' END;
    made_date text := CASE WHEN types ->> columns[1] ~ '^(?:date|timestamp)' THEN '#A::date' ELSE 'try_strptime(#A, ''%Y-%m-%d'')' END;
    list text[];
    s text;
    place text;
    lines text[];
BEGIN
    -- each column with each other one, so that thousands would take minutes
    IF cardinality(columns) > 100 THEN
        RAISE EXCEPTION 'a comparison has % columns', cardinality(columns) USING ERRCODE = 'program_limit_exceeded', DETAIL = 'At most 100 can be written as a condition.';
    END IF;
    IF kind = 'address' THEN
        -- the line is street and number; what the address has not is no condition
        SELECT ARRAY['nullif(concat_ws('' '', ' || string_agg(@extschema@.splink_side(x.c, '_l'), ', ' ORDER BY p DESC) FILTER (WHERE p IN ('street', 'number')) || '), '''')',
                     'nullif(concat_ws('' '', ' || string_agg(@extschema@.splink_side(x.c, '_r'), ', ' ORDER BY p DESC) FILTER (WHERE p IN ('street', 'number')) || '), '''')'],
               string_agg(format('(%s = %s)', @extschema@.splink_side(x.c, '_l'), @extschema@.splink_side(x.c, '_r')), ' OR ') FILTER (WHERE p IN ('postcode', 'city')),
               string_agg(format('%s = %s', @extschema@.splink_side(x.c, '_l'), @extschema@.splink_side(x.c, '_r')), ' AND ')
                   FILTER (WHERE CASE level WHEN 5 THEN p = 'postcode' ELSE level = 6 AND p = 'city' END)
        INTO lines, place, s FROM unnest(columns, parts) x (c, p);
        s := CASE level WHEN 1 THEN '#L = #R AND ' || coalesce('(' || replace(place, ' OR ', ' AND ') || ')', 'true')
                        WHEN 2 THEN '#L = #R AND (' || place || ')' WHEN 3 THEN '#G = #H AND (' || place || ')' WHEN 4 THEN '#L = #R' ELSE s END;
        s := replace(replace(s, '#G', 'nullif(trim(regexp_replace(#L, ''[0-9].*$'', '''')), '''')'), '#H', 'nullif(trim(regexp_replace(#R, ''[0-9].*$'', '''')), '''')');
    ELSIF kind = 'location' THEN
        RETURN CASE WHEN cardinality(columns) = 2 THEN
            @extschema@.splink_condition(jsonb_build_object('kilometres', (ARRAY[0.01, 0.1, 1, 10, 100])[level], 'column', c), columns, 'duckdb') END;
    ELSIF types ->> c ~ '\[\]$' THEN
        RETURN CASE level WHEN 1 THEN format('list_has_any(%s, %s)', @extschema@.splink_side(c, '_l'), @extschema@.splink_side(c, '_r')) END;
    ELSIF cardinality(columns) > 1 THEN
        -- several columns of one sort: any of one like any of the other; a date in three parts
        RETURN CASE WHEN level <> 1 THEN NULL WHEN kind = 'date' THEN
            (SELECT string_agg(format('%s = %s', @extschema@.splink_side(x, '_l'), @extschema@.splink_side(x, '_r')), ' AND ') FROM unnest(columns) x)
            ELSE (SELECT string_agg(format('(%s = %s)', @extschema@.splink_side(x, '_l'), @extschema@.splink_side(y, '_r')), ' OR ') FROM unnest(columns) x, unnest(columns) y) END;
    ELSE
        list := CASE
            WHEN kind IN ('given_name', 'middle_name') THEN ARRAY['#L = #R', NULL, near, 'jaro_winkler_similarity(#L, #R) >= 0.8', initial]
            WHEN kind = 'surname' THEN ARRAY['#L = #R', 'replace(#L, '' '', '''') = replace(#R, '' '', '''')', near, 'jaro_winkler_similarity(#L, #R) >= 0.82']
            WHEN kind = 'full_name' THEN ARRAY['#L = #R', same_words, 'jaro_winkler_similarity(#L, #R) >= 0.94', contained, 'list_has_any(string_split(#L, '' ''), string_split(#R, '' ''))']
            WHEN kind IN ('company', 'text') THEN words
            WHEN kind = 'email' THEN ARRAY['lower(#A) = lower(#B)', '#M = #N AND damerau_levenshtein(split_part(lower(#A), ''@'', 2), split_part(lower(#B), ''@'', 2)) <= 1',
                'damerau_levenshtein(lower(#A), lower(#B)) <= 1', '#M = #N', 'length(#M) >= 5 AND length(#N) >= 5 AND jaro_winkler_similarity(#M, #N) >= 0.9 AND '
                'regexp_replace(#M, ''[^0-9]'', '''', ''g'') = regexp_replace(#N, ''[^0-9]'', '''', ''g'')']
            WHEN kind = 'phone' THEN ARRAY['#D = #E', 'right(#D, 7) = right(#E, 7)', 'length(#D) >= 7 AND length(#E) >= 7 AND damerau_levenshtein(#D, #E) <= 1']
            WHEN kind = 'date' THEN ARRAY['#X = #Y', 'strftime(#X, ''%Y%m%d'') = strftime(#Y, ''%Y%d%m'')', 'damerau_levenshtein(strftime(#X, ''%Y%m%d''), strftime(#Y, ''%Y%m%d'')) <= 1',
                'CASE WHEN date_part(''year'', #X) = date_part(''year'', #Y) THEN 1 ELSE 0 END + CASE WHEN date_part(''month'', #X) = date_part(''month'', #Y) THEN 1 ELSE 0 END'
                ' + CASE WHEN date_part(''day'', #X) = date_part(''day'', #Y) THEN 1 ELSE 0 END = 2', 'date_part(''year'', #X) = date_part(''year'', #Y)',
                'abs(date_part(''year'', #X) - date_part(''year'', #Y)) < 16 OR ''0101'' IN (strftime(#X, ''%m%d''), strftime(#Y, ''%m%d''))']
            WHEN kind IN ('street', 'city') THEN streets
            WHEN kind = 'house_number' THEN ARRAY['#L = #R', 'nullif(regexp_extract(#L, ''[0-9]+''), '''') = nullif(regexp_extract(#R, ''[0-9]+''), '''')']
            WHEN kind IN ('postcode', 'identifier') THEN ARRAY['#S = #T', 'length(#S) >= 4 AND length(#T) >= 4 AND damerau_levenshtein(#S, #T) <= 1']
            WHEN kind IN ('region', 'category') THEN ARRAY['#L = #R', 'length(#L) >= 4 AND length(#R) >= 4 AND (damerau_levenshtein(#L, #R) <= 1 OR jaro_winkler_similarity(#L, #R) >= 0.92)']
            WHEN kind = 'sex' THEN ARRAY['left(#L, 1) = left(#R, 1)']
            WHEN kind = 'legal_form' THEN '{}'
            WHEN kind = 'number' AND types ->> c IN ('text', 'character varying') THEN ARRAY['#A = #B']
            WHEN kind = 'number' THEN ARRAY['#A::float8 = #B::float8', 'abs(#A::float8 - #B::float8) <= 0.1 * greatest(abs(#A::float8), abs(#B::float8))']
            ELSE ARRAY['#A = #B'] END;
        s := list[level];
    END IF;
    s := replace(replace(s, '#M', 'split_part(lower(#A), ''@'', 1)'), '#N', 'split_part(lower(#B), ''@'', 1)');
    -- the letters of the country before a number come and go
    s := replace(replace(s, '#S', no_spaces), '#T', replace(no_spaces, '#L', '#R'));
    s := replace(replace(s, '#L', 'trim(regexp_replace(lower(strip_accents(#A)), ''[^a-z0-9]+'', '' '', ''g''))'), '#R', 'trim(regexp_replace(lower(strip_accents(#B)), ''[^a-z0-9]+'', '' '', ''g''))');
    s := replace(replace(s, '#D', 'ltrim(regexp_replace(#A, ''[^0-9]'', '''', ''g''), ''0'')'), '#E', 'ltrim(regexp_replace(#B, ''[^0-9]'', '''', ''g''), ''0'')');
    s := replace(replace(s, '#X', made_date), '#Y', replace(made_date, '#A', '#B'));
    RETURN replace(replace(s, '#A', coalesce(lines[1], @extschema@.splink_side(c, '_l') || as_text)), '#B', coalesce(lines[2], @extschema@.splink_side(c, '_r') || as_text));
END $$;
COMMENT ON FUNCTION @extschema@.splink_kind_condition(text, integer, text[], text[], jsonb) IS 'Machinery of export_splink: a level of a kind as SQL for DuckDB, NULL where DuckDB has nothing near.';

-- A value of one record as a blocking key of its kind compares it; NULL if the dialect has no function for it.
CREATE FUNCTION @extschema@.splink_key_value(side text, name text, kind text, form text, dialect text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format(replace(CASE coalesce(form, '')
        WHEN 'prefix' THEN CASE WHEN folded THEN 'substr(#F, 1, 3)' ELSE 'substr(%1$s, 1, 3)' END
        WHEN 'sound' THEN CASE dialect WHEN 'postgres' THEN '(@extschema@.double_metaphone(%1$s))[1]' END
        WHEN 'local_part' THEN 'split_part(%1$s, ''@'', 1)'
        WHEN 'year' THEN 'date_part(''year'', %1$s::date)'
        WHEN 'month_day' THEN CASE dialect WHEN 'postgres' THEN 'to_char(%1$s::date, ''MMDD'')' ELSE 'strftime(%1$s::date, ''%%m%%d'')' END
        WHEN 'year_month' THEN CASE dialect WHEN 'postgres' THEN 'to_char(%1$s::date, ''YYYYMM'')' ELSE 'strftime(%1$s::date, ''%%Y%%m'')' END
        WHEN 'tail' THEN 'right(regexp_replace(%1$s::text, ''[^0-9]'', '''', ''g''), 7)'
        WHEN 'word' THEN 'split_part(#F, '' '', 1)'
        WHEN 'cell' THEN 'round(%1$s::numeric, 2)'
        ELSE CASE WHEN folded THEN '#F' WHEN kind = 'email' THEN 'lower(%1$s)' WHEN kind = 'date' THEN '%1$s::date' WHEN kind = 'number' THEN '%1$s::numeric' ELSE '%1$s' END END,
        '#F', CASE dialect WHEN 'postgres' THEN '@extschema@.fold(%1$s::text)' ELSE 'trim(regexp_replace(lower(strip_accents(%1$s::text)), ''[^a-z0-9]+'', '' '', ''g''))' END),
        side || '.' || @extschema@.splink_side(name, ''))
    FROM (SELECT kind IN ('given_name', 'middle_name', 'surname', 'full_name', 'company', 'text', 'address', 'street', 'house_number', 'postcode', 'city', 'region', 'identifier', 'category')) k (folded)
$$;
COMMENT ON FUNCTION @extschema@.splink_key_value(text, text, text, text, text) IS 'Machinery of export_splink: what one record contributes to a key of a blocking rule, as SQL.';

-- A blocking rule as SQL; two rules where two columns may be swapped.
CREATE FUNCTION @extschema@.splink_rule_conditions(keys jsonb, comparisons jsonb, dialect text) RETURNS SETOF text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT COST 5000 ROWS 2
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    either boolean := jsonb_path_exists(keys, '$[*] ? (@.form == "either_order")');
    key jsonb;
    kind text;
    l text;
    r text;
    list text[];
BEGIN
    FOR swapped IN 0..either::integer LOOP
        list := '{}';
        FOR key IN SELECT k FROM jsonb_array_elements(keys) WITH ORDINALITY x (k, n) ORDER BY n LOOP
            -- a column that no comparison has is taken as it is
            kind := CASE WHEN key -> 'folded' = 'true' THEN 'category' ELSE
                (SELECT c ->> 'kind' FROM jsonb_array_elements(comparisons) WITH ORDINALITY x (c, n) WHERE c -> 'columns' ? (key ->> 'column') ORDER BY n LIMIT 1) END;
            l := key ->> 'column';
            r := coalesce(key ->> 'with', l);
            IF l = r THEN
                list := list || ('(' || @extschema@.splink_key_value('l', l, kind, key ->> 'form', dialect) || ' = ' || @extschema@.splink_key_value('r', l, kind, key ->> 'form', dialect) || ')');
            ELSIF key ->> 'form' = 'either_order' AND swapped = 1 THEN
                list := list || ('(' || @extschema@.splink_key_value('l', l, kind, NULL, dialect) || ' = ' || @extschema@.splink_key_value('r', r, kind, NULL, dialect) || ')')
                             || ('(' || @extschema@.splink_key_value('l', r, kind, NULL, dialect) || ' = ' || @extschema@.splink_key_value('r', l, kind, NULL, dialect) || ')');
            ELSE
                list := list || ('(' || @extschema@.splink_key_value('l', l, kind, NULL, dialect) || ' = ' || @extschema@.splink_key_value('r', l, kind, NULL, dialect) || ')')
                             || ('(' || @extschema@.splink_key_value('l', r, kind, NULL, dialect) || ' = ' || @extschema@.splink_key_value('r', r, kind, NULL, dialect) || ')');
            END IF;
        END LOOP;
        -- a key that the dialect cannot make: NULL
        RETURN NEXT CASE WHEN array_position(list, NULL) IS NULL THEN array_to_string(list, ' AND ') END;
    END LOOP;
END $$;
COMMENT ON FUNCTION @extschema@.splink_rule_conditions(jsonb, jsonb, text) IS 'Machinery of export_splink: a blocking rule as SQL, as two where a key takes two columns in either order.';

-- A column of one record as the text that its kind reads, an array as texts.
CREATE FUNCTION @extschema@.splink_text(name text, side text, type text, kind text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format(CASE
        WHEN kind = 'date' AND type ~ '^(?:date|timestamp)' THEN 'to_char(%s, ''YYYY-MM-DD'')'
        WHEN type ~ '\[\]$' AND kind NOT IN ('date', 'location') THEN '%s::text[]'
        WHEN type = 'point' AND kind = 'location' THEN '(%1$s[1]::text || '' '' || %1$s[0]::text)'
        WHEN type = 'text' THEN '%s' ELSE '%s::text' END, @extschema@.splink_side(name, side))
$$;
COMMENT ON FUNCTION @extschema@.splink_text(text, text, text, text) IS 'Machinery of export_splink: a column of one record as what the levels of a kind are told from.';

-- The call that tells the level of a comparison of a kind.
CREATE FUNCTION @extschema@.splink_level_call(comparison jsonb, types jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    kind text := comparison ->> 'kind';
    columns text[] := ARRAY(SELECT jsonb_array_elements_text(comparison -> 'columns'));
    sides text[] := '{}';
    several boolean := kind NOT IN ('date', 'location', 'address') AND (cardinality(columns) > 1 OR types ->> columns[1] ~ '\[\]$');
    side text;
BEGIN
    FOREACH side IN ARRAY ARRAY['_l', '_r'] LOOP
        sides := sides || (SELECT CASE
            WHEN kind = 'address' THEN 'ARRAY[' || string_agg(@extschema@.splink_text(c, side, coalesce(nullif(types ->> c, 'text'), 'text'), kind), ', ' ORDER BY n) || ']::text[]'
            WHEN several THEN string_agg(format(CASE WHEN types ->> c ~ '\[\]$' THEN 'coalesce(%s, ''{}'')' ELSE 'ARRAY[%s]' END,
                                                @extschema@.splink_text(c, side, types ->> c, kind)), ' || ' ORDER BY n)
            WHEN cardinality(columns) > 1 THEN '(' || string_agg(@extschema@.splink_side(c, side) || '::text', CASE kind WHEN 'date' THEN ' || ''-'' || ' ELSE ' || '' '' || ' END ORDER BY n) || ')'
            ELSE min(@extschema@.splink_text(c, side, types ->> c, kind)) END FROM unnest(columns) WITH ORDINALITY x (c, n));
    END LOOP;
    RETURN CASE WHEN kind = 'address' THEN format('@extschema@.address_level(%L, %s, %s)', ARRAY(SELECT jsonb_array_elements_text(comparison -> 'parts'))::text, sides[1], sides[2])
                ELSE format('@extschema@.value_level(%L, %s, %s)', kind, sides[1], sides[2]) END;
END $$;
COMMENT ON FUNCTION @extschema@.splink_level_call(jsonb, jsonb) IS 'Machinery of export_splink: the call that tells which level of a kind two records reach.';

-- The column of a model's first comparison of a kind, quoted, of one record.
CREATE FUNCTION @extschema@.splink_column_of(comparisons jsonb, kind text, side text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT @extschema@.splink_side(c -> 'columns' ->> 0, side) FROM jsonb_array_elements(comparisons) WITH ORDINALITY x (c, n) WHERE c ->> 'kind' = splink_column_of.kind ORDER BY n LIMIT 1
$$;
COMMENT ON FUNCTION @extschema@.splink_column_of(jsonb, text, text) IS 'Machinery of export_splink: the column of one record that has the values of a kind.';

-- Given name and surname in each other's column; NULL if the model has not both.
CREATE FUNCTION @extschema@.splink_swapped(comparisons jsonb) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('(@extschema@.fold(%1$s) <> @extschema@.fold(%2$s) AND @extschema@.fold(%3$s) <> @extschema@.fold(%4$s)'
                  ' AND ((@extschema@.value_level(''surname'', %1$s, %4$s) BETWEEN 1 AND 3 AND @extschema@.value_level(''given_name'', %2$s, %3$s) IN (1, 2, 3, 5))'
                  ' OR (@extschema@.value_level(''surname'', %2$s, %3$s) BETWEEN 1 AND 3 AND @extschema@.value_level(''given_name'', %1$s, %4$s) IN (1, 2, 3, 5))))',
                  gl || '::text', gr || '::text', sl || '::text', sr || '::text')
    FROM (SELECT @extschema@.splink_column_of(comparisons, 'given_name', '_l') AS gl, @extschema@.splink_column_of(comparisons, 'given_name', '_r') AS gr,
                 @extschema@.splink_column_of(comparisons, 'surname', '_l') AS sl, @extschema@.splink_column_of(comparisons, 'surname', '_r') AS sr) c
    WHERE gl IS NOT NULL AND sl IS NOT NULL
$$;
COMMENT ON FUNCTION @extschema@.splink_swapped(jsonb) IS 'Machinery of export_splink: the condition that two names stand in each other''s column.';

-- What of a kind depends on other columns: {"firm_l", "firm_r", "in_email"} as conditions, NULL where the model lacks the columns.
CREATE FUNCTION @extschema@.splink_beside(comparison jsonb, comparisons jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    made jsonb := '{}';
    name text := comparison -> 'columns' ->> 0;
    given text;
    parts text[] := '{}';
    side text;
    mail text;
    surname text;
    given_name text;
BEGIN
    IF comparison ->> 'kind' IN ('surname', 'full_name') AND @extschema@.splink_column_of(comparisons, 'company', '') IS NOT NULL THEN
        FOREACH side IN ARRAY ARRAY['_l', '_r'] LOOP
            given := CASE comparison ->> 'kind' WHEN 'surname' THEN @extschema@.splink_column_of(comparisons, 'given_name', side) END;
            made := made || jsonb_build_object('firm' || side, format('(%s IS NULL%s AND %s IS NOT NULL)', @extschema@.splink_side(name, side), coalesce(' AND ' || given || ' IS NULL', ''),
                @extschema@.splink_column_of(comparisons, 'company', side)));
        END LOOP;
    END IF;
    IF comparison ->> 'kind' = 'surname' AND @extschema@.splink_column_of(comparisons, 'email', '') IS NOT NULL AND @extschema@.splink_column_of(comparisons, 'given_name', '') IS NOT NULL THEN
        FOREACH side IN ARRAY ARRAY['_l', '_r'] LOOP
            mail := format('split_part(lower(%s::text), ''@'', 1)', @extschema@.splink_column_of(comparisons, 'email', side));
            surname := format('@extschema@.fold(%s::text)', @extschema@.splink_side(name, CASE side WHEN '_l' THEN '_r' ELSE '_l' END));
            given_name := format('@extschema@.fold(%s::text)', @extschema@.splink_column_of(comparisons, 'given_name', side));
            parts := parts || format('(length(%2$s) >= 4 AND strpos(%1$s, %2$s) > 0 AND ((length(%3$s) >= 3 AND strpos(%1$s, %3$s) > 0) OR (strpos(%1$s, %2$s) IN (2, 3) AND left(%1$s, 1) = left(%3$s, 1))))',
                mail, surname, given_name);
        END LOOP;
        made := made || jsonb_build_object('in_email', '(' || array_to_string(parts, ' OR ') || ')');
    END IF;
    RETURN made;
END $$;
COMMENT ON FUNCTION @extschema@.splink_beside(jsonb, jsonb) IS 'Machinery of export_splink: conditions of a kind''s levels that look at columns of other comparisons.';

-- The levels of a kind for the PostgreSQL dialect, in the order in which they are asked; level 0 is what is missing. What cannot be reached is left out.
CREATE FUNCTION @extschema@.splink_kind_levels(comparison jsonb, comparisons jsonb, types jsonb, n integer) RETURNS TABLE (level integer, condition text)
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 5000 ROWS 6
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    kind constant text := comparison ->> 'kind';
    call constant text := @extschema@.splink_level_call(comparison, types);
    beside constant jsonb := @extschema@.splink_beside(comparison, comparisons);
    swapped constant text := @extschema@.splink_swapped(comparisons);
    single constant boolean := jsonb_array_length(comparison -> 'columns') = 1 AND types ->> (comparison -> 'columns' ->> 0) !~ '\[\]$';
    i integer;
BEGIN
    level := 0;
    condition := CASE WHEN single OR kind IN ('date', 'location') THEN (SELECT string_agg(format('%s IS NULL OR %s IS NULL OR ', @extschema@.splink_side(c, '_l'), @extschema@.splink_side(c, '_r')), '' ORDER BY o)
                                           FROM jsonb_array_elements_text(comparison -> 'columns') WITH ORDINALITY x (c, o)) ELSE '' END || call || ' = 0';
    IF kind = 'surname' AND swapped IS NOT NULL THEN
        condition := condition || format(' OR (%s >= 3 AND %s)', call, swapped);
    END IF;
    IF beside ? 'firm_l' THEN
        condition := format('NOT %s AND NOT %s AND (%s)', beside ->> 'firm_l', beside ->> 'firm_r', condition);
    END IF;
    RETURN NEXT;
    -- a swap is looked for before likeness, and before the end; no kind has more than fifteen levels
    FOREACH i IN ARRAY CASE WHEN kind = 'given_name' THEN '{1,2,6,3,4,5}'::integer[] ELSE ARRAY(SELECT generate_series(1, least(n, 16) - 1)) END LOOP
        level := i;
        condition := CASE
            WHEN kind = 'given_name' AND i = 6 THEN swapped
            WHEN kind = 'surname' AND i = 5 THEN call || ' = 8 AND ' || (beside ->> 'in_email')
            WHEN kind IN ('surname', 'full_name') AND i = 6 THEN (beside ->> 'firm_l') || ' AND ' || (beside ->> 'firm_r')
            WHEN kind IN ('surname', 'full_name') AND i = 7 THEN (beside ->> 'firm_l') || ' OR ' || (beside ->> 'firm_r')
            ELSE format('%s = %s', call, i) END;
        CONTINUE WHEN condition IS NULL;
        RETURN NEXT;
    END LOOP;
END $$;
COMMENT ON FUNCTION @extschema@.splink_kind_levels(jsonb, jsonb, jsonb, integer) IS 'Machinery of export_splink: the conditions of a comparison of a kind, as the PostgreSQL dialect runs them.';

-- One comparison with its m and u. The context: {"dialect", "comparisons", "types" by column}.
CREATE FUNCTION @extschema@.splink_export_comparison(comparison jsonb, parameters jsonb, context jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 50000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    columns text[] := ARRAY(SELECT jsonb_array_elements_text(comparison -> 'columns'));
    parts text[] := ARRAY(SELECT jsonb_array_elements_text(comparison -> 'parts'));
    name text := coalesce(comparison ->> 'name', columns[1]);
    kind text := comparison ->> 'kind';
    own_levels boolean := comparison ->> 'kind' IN ('levels', 'sql');
    n integer := jsonb_array_length(parameters -> 'm');
    levels jsonb := '[]';
    level jsonb;
    own jsonb;
    tf jsonb;
    weight float8;
    m float8;
    u float8;
    i integer;
    said text;
    missing text := coalesce(comparison ->> 'missing', CASE WHEN cardinality(columns) > 1 AND (own_levels OR kind NOT IN ('date', 'location')) THEN 'all' ELSE 'any' END);
    tf_kind boolean := kind = ANY ('{given_name,middle_name,surname,full_name,company,email,phone,date,street,postcode,city,region,identifier,number,category,text}')
        AND coalesce(comparison -> 'term_frequency', 'true') <> 'false' AND cardinality(columns) = 1 AND coalesce(context -> 'types' ->> columns[1], '') !~ '\[\]$';
BEGIN
    IF kind = 'given_name' THEN
        -- which names are common only the table tells: different ones are different
        n := 7;
        parameters := parameters || (SELECT jsonb_object_agg(k, (SELECT jsonb_agg(v ORDER BY g) FROM
            (SELECT least(g, n) AS g, sum(p::float8) AS v FROM jsonb_array_elements_text(parameters -> k) WITH ORDINALITY x (p, g) GROUP BY 1) y)) FROM unnest('{m,u}'::text[]) k);
    END IF;
    FOR i, said IN
        SELECT x.g, x.said FROM (
        SELECT k.level, k.condition, k.o FROM @extschema@.splink_kind_levels(comparison, context -> 'comparisons', context -> 'types', n) WITH ORDINALITY k (level, condition, o)
        WHERE NOT own_levels AND context ->> 'dialect' = 'postgres'
        UNION ALL
        SELECT 0, CASE WHEN missing IN ('any', 'all') THEN
            (SELECT string_agg(format(CASE WHEN missing = 'all' THEN '(%s IS NULL OR %s IS NULL)' ELSE '%s IS NULL OR %s IS NULL' END,
                                      format(filled, @extschema@.splink_side(c, '_l')), format(filled, @extschema@.splink_side(c, '_r'))),
                               CASE missing WHEN 'any' THEN ' OR ' ELSE ' AND ' END ORDER BY o) FROM unnest(columns) WITH ORDINALITY x (c, o),
                    -- an empty text says nothing to a kind
                    LATERAL (SELECT CASE WHEN own_levels OR coalesce(context -> 'types' ->> c, '') NOT IN ('text', 'character varying') THEN '%s' ELSE 'nullif(trim(%s), '''')' END) f (filled))
            ELSE missing END, 0
        WHERE (own_levels OR context ->> 'dialect' <> 'postgres') AND missing <> 'never'
        UNION ALL
        SELECT g, CASE WHEN own_levels THEN @extschema@.splink_condition(comparison -> 'levels' -> (g - 1), columns, context ->> 'dialect')
                       WHEN kind = 'given_name' AND g = 6 THEN format('lower(%s) = ', @extschema@.splink_side(columns[1], '_l')) || format('lower(%s)', @extschema@.splink_column_of(context -> 'comparisons', 'surname', '_r'))
                           || format(' AND lower(%s) = ', @extschema@.splink_side(columns[1], '_r')) || 'lower(' || @extschema@.splink_column_of(context -> 'comparisons', 'surname', '_l') || ')'
                       ELSE @extschema@.splink_kind_condition(kind, g, columns, parts, context -> 'types') END, g
        FROM generate_series(1, n - 1) g WHERE own_levels OR context ->> 'dialect' <> 'postgres'
        UNION ALL
        SELECT n, 'ELSE', 100) x (g, said, o) ORDER BY x.o
    LOOP
        -- a level that SQL cannot tell: its pairs fall to the next one
        CONTINUE WHEN said IS NULL;
        IF i = 0 THEN
            levels := levels || jsonb_build_object('sql_condition', said, 'label_for_charts', name || ' is NULL', 'is_null_level', true);
            CONTINUE;
        END IF;
        own := CASE WHEN own_levels THEN coalesce(comparison -> 'levels' -> (i - 1), '{"else": true}') END;
        m := (parameters -> 'm' ->> (i - 1))::float8;
        u := (parameters -> 'u' ->> (i - 1))::float8;
        -- a weight that the user has set is told by m, or by u where m is at its end
        weight := greatest(least((parameters -> 'weights' ->> (i - 1))::float8, 100), -100);
        IF (comparison ? 'weights' OR comparison ? 'veto') AND abs(weight - ln(greatest(m, 1e-300) / greatest(u, 1e-300)) / ln(2::float8)) > 1e-6 THEN
            m := greatest(u, 1e-9) * 2 ^ weight;
            u := CASE WHEN m > 1 THEN 2 ^ -weight ELSE greatest(u, 1e-9) END;
            m := least(m, 1);
        END IF;
        level := jsonb_build_object('sql_condition', said, 'label_for_charts', coalesce(own -> 'label', parameters -> 'labels' -> (i - 1)), 'm_probability', m, 'u_probability', u);
        tf := CASE WHEN own IS NULL THEN comparison -> 'term_frequency' ELSE own -> 'term_frequency' END;
        -- names that are nearly equal count half of what the commoner one says
        IF i < n AND (CASE WHEN own IS NULL THEN tf_kind AND (i = 1 OR (i IN (2, 3) AND kind IN ('given_name', 'surname', 'full_name'))) ELSE coalesce(tf, 'false') <> 'false' END) THEN
            level := level || jsonb_build_object('tf_adjustment_column', coalesce(tf ->> 'column', own ->> 'column', columns[1]),
                'tf_adjustment_weight', CASE WHEN own IS NULL AND i > 1 THEN to_jsonb(0.5 * coalesce((tf ->> 'weight')::numeric, 1)) ELSE coalesce(tf -> 'weight', '1.0') END)
                || CASE WHEN tf ? 'floor' THEN jsonb_build_object('tf_minimum_u_value', tf -> 'floor') ELSE '{}' END;
        END IF;
        levels := levels || level;
    END LOOP;
    RETURN jsonb_build_object('output_column_name', name, 'comparison_description', name, 'comparison_levels', levels);
END $$;
COMMENT ON FUNCTION @extschema@.splink_export_comparison(jsonb, jsonb, jsonb) IS 'Machinery of export_splink: one comparison with its m and u.';

CREATE FUNCTION @extschema@.export_splink(model text, dialect text DEFAULT 'postgres') RETURNS jsonb
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE STRICT COST 100000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    settings jsonb;
    parameters jsonb;
    key_column name;
    types jsonb;
    compared text[];
    comparisons jsonb;
    rules jsonb;
BEGIN
    IF dialect NOT IN ('postgres', 'duckdb') THEN
        RAISE EXCEPTION 'models are not written for the dialect "%" of Splink', dialect USING ERRCODE = 'invalid_parameter_value', HINT = 'Dialects are postgres and duckdb.';
    END IF;
    SELECT m.settings, m.parameters,
           coalesce(m.settings ->> 'key', (SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
                                           WHERE i.indrelid = m.source AND i.indisprimary), 'id'),
           coalesce((SELECT jsonb_object_agg(a.attname, format_type(coalesce(nullif(t.typbasetype, 0), t.oid), NULL)) FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
                     WHERE a.attrelid = m.source AND a.attnum > 0 AND NOT a.attisdropped), '{}')
    INTO settings, parameters, key_column, types FROM @extschema@.linkage_model m WHERE m.owner = current_user AND m.name = export_splink.model;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'linkage model "%" does not exist', model USING ERRCODE = 'undefined_object';
    END IF;
    IF parameters IS NULL THEN
        RAISE EXCEPTION 'linkage model "%" is not trained', model USING ERRCODE = 'object_not_in_prerequisite_state', HINT = format('CALL clientele.train(%L).', model);
    END IF;
    SELECT jsonb_agg(@extschema@.splink_export_comparison(c, jsonb_build_object('m', p.m, 'u', p.u, 'labels', p.labels, 'weights', p.weights),
                                                          jsonb_build_object('dialect', dialect, 'comparisons', settings -> 'comparisons', 'types', types)) ORDER BY o) INTO comparisons
    FROM jsonb_array_elements(settings -> 'comparisons') WITH ORDINALITY x (c, o)
    JOIN (SELECT comparison, jsonb_agg(m ORDER BY level) AS m, jsonb_agg(u ORDER BY level) AS u, jsonb_agg(label ORDER BY level) AS labels, jsonb_agg(weight ORDER BY level) AS weights
          FROM @extschema@.model_parameters(export_splink.model) GROUP BY comparison) p ON p.comparison = coalesce(c ->> 'name', c -> 'columns' ->> 0);
    SELECT coalesce(jsonb_agg(jsonb_build_object('blocking_rule', c.condition, 'sql_dialect', dialect) ORDER BY o, c.n) FILTER (WHERE c.condition IS NOT NULL), '[]') INTO rules
    FROM jsonb_array_elements(CASE WHEN jsonb_typeof(settings -> 'blocking') = 'array' THEN settings -> 'blocking' ELSE '[]' END) WITH ORDINALITY x (r, o),
         @extschema@.splink_rule_conditions(r -> 'keys', settings -> 'comparisons', dialect) WITH ORDINALITY c (condition, n);
    -- what the keys look at and no comparison does
    SELECT coalesce(array_agg(DISTINCT k ->> 'column'), '{}') INTO compared FROM jsonb_path_query(settings, '$.blocking[*].keys[*]') k
    WHERE NOT jsonb_path_exists(settings, '$.comparisons[*].columns[*] ? (@ == $c)', jsonb_build_object('c', k -> 'column')) AND k ->> 'column' <> key_column;
    RETURN jsonb_build_object('link_type', 'dedupe_only', 'unique_id_column_name', key_column, 'sql_dialect', dialect,
        'probability_two_random_records_match', parameters -> 'prior', 'comparisons', comparisons, 'blocking_rules_to_generate_predictions', rules,
        'retain_matching_columns', true, 'retain_intermediate_calculation_columns', false, 'additional_columns_to_retain', to_jsonb(compared),
        'em_convergence', 0.0001, 'max_iterations', 25, 'bayes_factor_column_prefix', 'bf_', 'term_frequency_adjustment_column_prefix', 'tf_',
        'comparison_vector_value_column_prefix', 'gamma_');
END $$;
COMMENT ON FUNCTION @extschema@.export_splink(text, text) IS
'A trained model as settings for Splink, with m, u and the prior: for its PostgreSQL dialect with levels as our functions tell them, for DuckDB with those that come nearest among DuckDB''s own.';
