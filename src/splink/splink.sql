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

-- Without one pair of parentheses around all of it, if there is one.
CREATE FUNCTION @extschema@.splink_unwrapped(condition text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    s text := btrim(regexp_replace(condition, '\s+', ' ', 'g'));
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
    s text := condition;
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
    RETURN regexp_replace(s, '\mas double\)', 'as double precision)', 'gi');
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

-- A column of one side, quoted.
CREATE FUNCTION @extschema@.splink_side(name text, side text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 10
SET search_path = pg_catalog, pg_temp
AS $$ SELECT '"' || replace(name, '"', '""') || side || '"' $$;
COMMENT ON FUNCTION @extschema@.splink_side(text, text) IS 'Machinery of export_splink: a column of one of the two records.';

-- One test as SQL.
CREATE FUNCTION @extschema@.splink_condition(test jsonb, columns text[]) RETURNS text
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
BEGIN
    SELECT k, test ->> k INTO key, v FROM jsonb_object_keys(test) k WHERE k NOT IN ('column', 'label', 'term_frequency');
    IF key = 'sql' THEN
        -- Splink knows the values of a pair as name_l and name_r only
        FOREACH c IN ARRAY columns LOOP
            v := regexp_replace(v, '\m([lr])\.("' || regexp_replace(c, '(\W)', '\\\1', 'g') || '"|' || regexp_replace(c, '(\W)', '\\\1', 'g') || '\M)', '"' || c || '_\1"', 'g');
        END LOOP;
        RETURN v;
    END IF;
    RETURN CASE key
        WHEN 'else' THEN 'ELSE'
        WHEN 'all' THEN (SELECT string_agg('(' || @extschema@.splink_condition(e, columns) || ')', ' AND ' ORDER BY n) FROM jsonb_array_elements(test -> 'all') WITH ORDINALITY x (e, n))
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
COMMENT ON FUNCTION @extschema@.splink_condition(jsonb, text[]) IS 'Machinery of export_splink: a test of a level as SQL.';

-- The levels of our own kinds in SQL on our text functions: near to what the kernels do, level by level.
CREATE FUNCTION @extschema@.splink_kind_condition(kind text, level integer, columns text[], parts text[]) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 5000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- #A and #B are the two values, #L and #R these folded, #K and #M companies' names, #D and #E digits
    close constant text := '(@extschema@.jaro_winkler_similarity(#L, #R) >= 0.92 OR (length(#L) >= 4 AND length(#R) >= 4 AND @extschema@.osa_distance(#L, #R) <= 1))';
    initial constant text := '(length(#L) = 1 OR length(#R) = 1) AND left(#L, 1) = left(#R, 1)';
    variant constant text := '@extschema@.name_variants(#L) && @extschema@.name_variants(#R)';
    words constant text[] := '{"#L = #R","@extschema@.token_set_similarity(#L, #R) = 1 AND length(#L) = length(#R)","@extschema@.jaro_winkler_similarity(#L, #R) >= 0.94","@extschema@.token_set_similarity(#L, #R) >= 0.95","@extschema@.jaro_winkler_similarity(#L, #R) >= 0.9"}';
    typing constant text[] := '{"replace(#L, '' '', '''') = replace(#R, '' '', '''')","@extschema@.osa_distance(replace(#L, '' '', ''''), replace(#R, '' '', '''')) <= 1"}';
    list text[];
    s text;
    place text;
    no_street text;
    left_line text;
    right_line text;
BEGIN
    IF kind = 'address' THEN
        -- the line (street and number), the place, and what of them is missing
        SELECT string_agg(same, ' AND ')
                   FILTER (WHERE CASE level WHEN 1 THEN p IN ('street', 'number', 'postcode', 'city') WHEN 5 THEN p = 'postcode' ELSE level IN (6, 7) AND p = 'city' END),
               string_agg(same, ' OR ') FILTER (WHERE p IN ('postcode', 'city')),
               string_agg(format('(%s IS NULL OR %s IS NULL)', @extschema@.splink_side(c, '_l'), @extschema@.splink_side(c, '_r')), ' OR ') FILTER (WHERE p = 'street'),
               'nullif(@extschema@.street_key(concat_ws('' '', ' || string_agg(@extschema@.splink_side(c, '_l'), ', ' ORDER BY p DESC) FILTER (WHERE p IN ('street', 'number')) || ')), '''')',
               'nullif(@extschema@.street_key(concat_ws('' '', ' || string_agg(@extschema@.splink_side(c, '_r'), ', ' ORDER BY p DESC) FILTER (WHERE p IN ('street', 'number')) || ')), '''')'
        INTO s, place, no_street, left_line, right_line
        FROM unnest(columns, parts) x (c, p), format('@extschema@.fold(%s::text) = @extschema@.fold(%s::text)', @extschema@.splink_side(c, '_l'), @extschema@.splink_side(c, '_r')) same;
        -- NULL where the address has no such parts
        s := CASE level
            WHEN 2 THEN left_line || ' = ' || right_line || ' AND (' || place || ')'
            WHEN 3 THEN format($q$nullif(regexp_replace(%s, '[0-9].*$', ''), '') = nullif(regexp_replace(%s, '[0-9].*$', ''), '')$q$, left_line, right_line) || left(left_line, 0) || ' AND (' || place || ')'
            WHEN 4 THEN left_line || ' = ' || right_line
            WHEN 5 THEN s || coalesce(' AND (' || no_street || ')', '') WHEN 6 THEN s || coalesce(' AND (' || no_street || ')', '') ELSE s END;
        RETURN coalesce(s, 'false');
    END IF;
    IF kind = 'location' AND cardinality(columns) = 2 THEN
        RETURN @extschema@.splink_condition(jsonb_build_object('kilometres', (ARRAY[0.01, 0.1, 1, 10, 100])[level], 'column', columns[1]), columns);
    END IF;
    list := CASE kind
        WHEN 'given_name' THEN ARRAY['#L = #R', variant, close, '@extschema@.jaro_winkler_similarity(#L, #R) >= 0.8', initial]
        WHEN 'middle_name' THEN ARRAY['#L = #R', variant, close, '@extschema@.jaro_winkler_similarity(#L, #R) >= 0.8', initial]
        WHEN 'surname' THEN ARRAY['#L = #R', '@extschema@.family_name_key(#L) = @extschema@.family_name_key(#R)', close, '@extschema@.jaro_winkler_similarity(#L, #R) >= 0.82']
        WHEN 'full_name' THEN words
        WHEN 'text' THEN words
        WHEN 'company' THEN ARRAY(SELECT replace(replace(w, '#L', '#K'), '#R', '#M') FROM unnest(words) WITH ORDINALITY x (w, n) ORDER BY n)
        WHEN 'email' THEN ARRAY['lower(#A) = lower(#B)', 'replace(split_part(split_part(lower(#A), ''@'', 1), ''+'', 1), ''.'', '''') = replace(split_part(split_part(lower(#B), ''@'', 1), ''+'', 1), ''.'', '''') AND split_part(lower(#A), ''@'', 2) = split_part(lower(#B), ''@'', 2)',
            '@extschema@.osa_distance(lower(#A), lower(#B)) <= 1', 'split_part(lower(#A), ''@'', 1) = split_part(lower(#B), ''@'', 1)', '@extschema@.jaro_winkler_similarity(split_part(lower(#A), ''@'', 1), split_part(lower(#B), ''@'', 1)) >= 0.9']
        WHEN 'phone' THEN ARRAY['#D = #E', 'right(#D, 7) = right(#E, 7)', '@extschema@.osa_distance(#D, #E) <= 1']
        WHEN 'date' THEN ARRAY['#A::date = #B::date', 'to_char(#A::date, ''YYYYMMDD'') = to_char(#B::date, ''YYYYDDMM'')', '@extschema@.osa_distance(to_char(#A::date, ''YYYYMMDD''), to_char(#B::date, ''YYYYMMDD'')) <= 1',
            'CASE WHEN date_part(''year'', #A::date) = date_part(''year'', #B::date) THEN 1 ELSE 0 END + CASE WHEN date_part(''month'', #A::date) = date_part(''month'', #B::date) THEN 1 ELSE 0 END + CASE WHEN date_part(''day'', #A::date) = date_part(''day'', #B::date) THEN 1 ELSE 0 END = 2',
            'date_part(''year'', #A::date) = date_part(''year'', #B::date)']
        WHEN 'street' THEN ARRAY['#L = #R', '@extschema@.jaro_winkler_similarity(@extschema@.street_key(#L), @extschema@.street_key(#R)) >= 0.93', '@extschema@.jaro_winkler_similarity(#L, #R) >= 0.87']
        WHEN 'house_number' THEN ARRAY['#L = #R', 'substring(#L from ''[0-9]+'') = substring(#R from ''[0-9]+'')']
        WHEN 'postcode' THEN typing
        WHEN 'identifier' THEN typing
        WHEN 'city' THEN ARRAY['#L = #R', '@extschema@.jaro_winkler_similarity(#L, #R) >= 0.93', '@extschema@.jaro_winkler_similarity(#L, #R) >= 0.87']
        WHEN 'region' THEN ARRAY['#L = #R', '@extschema@.jaro_winkler_similarity(#L, #R) >= 0.92']
        WHEN 'category' THEN ARRAY['#L = #R', '@extschema@.jaro_winkler_similarity(#L, #R) >= 0.92']
        WHEN 'sex' THEN ARRAY['left(#L, 1) = left(#R, 1)']
        WHEN 'legal_form' THEN ARRAY['@extschema@.legal_form(#A::text) = @extschema@.legal_form(#B::text)']
        WHEN 'number' THEN ARRAY['#A::numeric = #B::numeric', 'abs(#A::numeric - #B::numeric) <= 0.1 * greatest(abs(#A::numeric), abs(#B::numeric))']
        ELSE ARRAY['#A = #B'] END;
    -- a level that SQL cannot tell is never reached: its pairs fall to the next one
    s := coalesce(list[level], 'false');
    s := replace(replace(s, '#L', '@extschema@.fold(#A::text)'), '#R', '@extschema@.fold(#B::text)');
    s := replace(replace(s, '#K', '@extschema@.company_name_key(#A::text)'), '#M', '@extschema@.company_name_key(#B::text)');
    s := replace(replace(s, '#D', 'ltrim(regexp_replace(#A::text, ''[^0-9]'', '''', ''g''), ''0'')'), '#E', 'ltrim(regexp_replace(#B::text, ''[^0-9]'', '''', ''g''), ''0'')');
    RETURN replace(replace(s, '#A', @extschema@.splink_side(columns[1], '_l')), '#B', @extschema@.splink_side(columns[1], '_r'));
END $$;
COMMENT ON FUNCTION @extschema@.splink_kind_condition(text, integer, text[], text[]) IS 'Machinery of export_splink: a level of a kind as SQL on the text functions.';

-- A value of one record as a blocking key of its kind compares it.
CREATE FUNCTION @extschema@.splink_key_value(side text, name text, kind text, form text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format(CASE coalesce(form, '')
        WHEN 'prefix' THEN CASE WHEN folded THEN 'substr(@extschema@.fold(%1$s::text), 1, 3)' ELSE 'substr(%1$s, 1, 3)' END
        WHEN 'sound' THEN '(@extschema@.double_metaphone(%1$s))[1]'
        WHEN 'local_part' THEN 'split_part(%1$s, ''@'', 1)'
        WHEN 'year' THEN 'date_part(''year'', %1$s::date)'
        WHEN 'month_day' THEN 'to_char(%1$s::date, ''MMDD'')'
        WHEN 'year_month' THEN 'to_char(%1$s::date, ''YYYYMM'')'
        WHEN 'tail' THEN 'right(regexp_replace(%1$s::text, ''[^0-9]'', '''', ''g''), 7)'
        WHEN 'word' THEN 'split_part(@extschema@.fold(%1$s::text), '' '', 1)'
        WHEN 'cell' THEN 'round(%1$s::numeric, 2)'
        ELSE CASE WHEN folded THEN '@extschema@.fold(%1$s::text)' WHEN kind = 'email' THEN 'lower(%1$s)' WHEN kind = 'date' THEN '%1$s::date' WHEN kind = 'number' THEN '%1$s::numeric' ELSE '%1$s' END END,
        side || '.' || @extschema@.splink_side(name, ''))
    FROM (SELECT kind IN ('given_name', 'middle_name', 'surname', 'full_name', 'company', 'text', 'address', 'street', 'house_number', 'postcode', 'city', 'region', 'identifier', 'category')) k (folded)
$$;
COMMENT ON FUNCTION @extschema@.splink_key_value(text, text, text, text) IS 'Machinery of export_splink: what one record contributes to a key of a blocking rule, as SQL.';

-- A blocking rule as SQL; two rules where two columns may be swapped.
CREATE FUNCTION @extschema@.splink_rule_conditions(keys jsonb, comparisons jsonb) RETURNS SETOF text
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
                list := list || format('(%s = %s)', @extschema@.splink_key_value('l', l, kind, key ->> 'form'), @extschema@.splink_key_value('r', l, kind, key ->> 'form'));
            ELSIF key ->> 'form' = 'either_order' AND swapped = 1 THEN
                list := list || format('(%s = %s)', @extschema@.splink_key_value('l', l, kind, NULL), @extschema@.splink_key_value('r', r, kind, NULL))
                             || format('(%s = %s)', @extschema@.splink_key_value('l', r, kind, NULL), @extschema@.splink_key_value('r', l, kind, NULL));
            ELSE
                list := list || format('(%s = %s)', @extschema@.splink_key_value('l', l, kind, NULL), @extschema@.splink_key_value('r', l, kind, NULL))
                             || format('(%s = %s)', @extschema@.splink_key_value('l', r, kind, NULL), @extschema@.splink_key_value('r', r, kind, NULL));
            END IF;
        END LOOP;
        RETURN NEXT array_to_string(list, ' AND ');
    END LOOP;
END $$;
COMMENT ON FUNCTION @extschema@.splink_rule_conditions(jsonb, jsonb) IS 'Machinery of export_splink: a blocking rule as SQL, as two where a key takes two columns in either order.';

CREATE FUNCTION @extschema@.splink_export_comparison(comparison jsonb, parameters jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 50000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    columns text[] := ARRAY(SELECT jsonb_array_elements_text(comparison -> 'columns'));
    parts text[] := ARRAY(SELECT jsonb_array_elements_text(comparison -> 'parts'));
    name text := coalesce(comparison ->> 'name', columns[1]);
    n integer := jsonb_array_length(parameters -> 'm');
    levels jsonb := '[]';
    level jsonb;
    own jsonb;
    tf jsonb;
    missing text := coalesce(comparison ->> 'missing', CASE WHEN cardinality(columns) > 1 THEN 'all' ELSE 'any' END);
    tf_kind boolean := comparison ->> 'kind' = ANY ('{given_name,middle_name,surname,full_name,company,email,phone,date,street,postcode,city,region,identifier,number,category,text}')
        AND coalesce(comparison -> 'term_frequency', 'true') <> 'false';
BEGIN
    IF missing <> 'never' THEN
        levels := levels || jsonb_build_object('sql_condition',
            CASE WHEN missing IN ('any', 'all') THEN
                (SELECT string_agg(format(CASE WHEN missing = 'all' THEN '(%s IS NULL OR %s IS NULL)' ELSE '%s IS NULL OR %s IS NULL' END,
                                          @extschema@.splink_side(c, '_l'), @extschema@.splink_side(c, '_r')),
                                   CASE missing WHEN 'any' THEN ' OR ' ELSE ' AND ' END ORDER BY o) FROM unnest(columns) WITH ORDINALITY x (c, o))
            ELSE missing END,
            'label_for_charts', name || ' is NULL', 'is_null_level', true);
    END IF;
    FOR i IN 1..n LOOP
        own := CASE WHEN comparison ->> 'kind' IN ('levels', 'sql') THEN coalesce(comparison -> 'levels' -> (i - 1), '{"else": true}') END;
        level := jsonb_build_object('sql_condition', CASE
            WHEN i = n THEN 'ELSE'
            WHEN own IS NOT NULL THEN @extschema@.splink_condition(own, columns)
            ELSE @extschema@.splink_kind_condition(comparison ->> 'kind', i, columns, parts) END,
            'label_for_charts', coalesce(own -> 'label', parameters -> 'labels' -> (i - 1)),
            'm_probability', parameters -> 'm' -> (i - 1), 'u_probability', parameters -> 'u' -> (i - 1));
        tf := CASE WHEN own IS NULL THEN comparison -> 'term_frequency' ELSE own -> 'term_frequency' END;
        IF i < n AND (CASE WHEN own IS NULL THEN i = 1 AND tf_kind AND cardinality(columns) = 1 ELSE coalesce(tf, 'false') <> 'false' END) THEN
            level := level || jsonb_build_object('tf_adjustment_column', coalesce(tf ->> 'column', own ->> 'column', columns[1]),
                'tf_adjustment_weight', coalesce(tf -> 'weight', '1.0'))
                || CASE WHEN tf ? 'floor' THEN jsonb_build_object('tf_minimum_u_value', tf -> 'floor') ELSE '{}' END;
        END IF;
        levels := levels || level;
    END LOOP;
    RETURN jsonb_build_object('output_column_name', name, 'comparison_description', name, 'comparison_levels', levels);
END $$;
COMMENT ON FUNCTION @extschema@.splink_export_comparison(jsonb, jsonb) IS 'Machinery of export_splink: one comparison with its m and u.';

CREATE FUNCTION @extschema@.export_splink(model text) RETURNS jsonb
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE STRICT COST 100000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    settings jsonb;
    parameters jsonb;
    key_column name;
    comparisons jsonb;
    rules jsonb;
BEGIN
    SELECT m.settings, m.parameters,
           coalesce(m.settings ->> 'key', (SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
                                           WHERE i.indrelid = m.source AND i.indisprimary), 'id')
    INTO settings, parameters, key_column FROM @extschema@.linkage_model m WHERE m.owner = current_user AND m.name = export_splink.model;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'linkage model "%" does not exist', model USING ERRCODE = 'undefined_object';
    END IF;
    IF parameters IS NULL THEN
        RAISE EXCEPTION 'linkage model "%" is not trained', model USING ERRCODE = 'object_not_in_prerequisite_state', HINT = format('CALL clientele.train(%L).', model);
    END IF;
    SELECT jsonb_agg(@extschema@.splink_export_comparison(c, jsonb_build_object('m', p.m, 'u', p.u, 'labels', p.labels)) ORDER BY o) INTO comparisons
    FROM jsonb_array_elements(settings -> 'comparisons') WITH ORDINALITY x (c, o)
    JOIN (SELECT comparison, jsonb_agg(m ORDER BY level) AS m, jsonb_agg(u ORDER BY level) AS u, jsonb_agg(label ORDER BY level) AS labels
          FROM @extschema@.model_parameters(export_splink.model) GROUP BY comparison) p ON p.comparison = coalesce(c ->> 'name', c -> 'columns' ->> 0);
    SELECT coalesce(jsonb_agg(jsonb_build_object('blocking_rule', c.condition, 'sql_dialect', 'postgres') ORDER BY o, c.n), '[]') INTO rules
    FROM jsonb_array_elements(CASE WHEN jsonb_typeof(settings -> 'blocking') = 'array' THEN settings -> 'blocking' ELSE '[]' END) WITH ORDINALITY x (r, o),
         @extschema@.splink_rule_conditions(r -> 'keys', settings -> 'comparisons') WITH ORDINALITY c (condition, n);
    RETURN jsonb_build_object('link_type', 'dedupe_only', 'unique_id_column_name', key_column, 'sql_dialect', 'postgres',
        'probability_two_random_records_match', parameters -> 'prior', 'comparisons', comparisons, 'blocking_rules_to_generate_predictions', rules,
        'retain_matching_columns', true, 'retain_intermediate_calculation_columns', false, 'additional_columns_to_retain', '[]'::jsonb,
        'em_convergence', 0.0001, 'max_iterations', 25, 'bayes_factor_column_prefix', 'bf_', 'term_frequency_adjustment_column_prefix', 'tf_',
        'comparison_vector_value_column_prefix', 'gamma_');
END $$;
COMMENT ON FUNCTION @extschema@.export_splink(text) IS
'A trained model as settings for Splink''s PostgreSQL dialect: its levels as SQL on the text functions of this extension, with m, u and the prior.';
