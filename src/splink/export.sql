--
-- Models for Splink out
--

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
    -- #A and #B are the two values as texts, #P, #Q and #O any of the places of an address, all, and one, #L and #R these folded, #S and #T without spaces, #X and #Y dates, #D and #E digits, #M and #N local parts
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
    any_place text;
    all_places text;
    one_place text;
    lines text[];
BEGIN
    -- each column with each other one, so that thousands would take minutes
    IF cardinality(columns) > 100 THEN
        RAISE EXCEPTION 'a comparison has % columns', cardinality(columns) USING ERRCODE = 'program_limit_exceeded', DETAIL = 'At most 100 can be written as a condition.';
    END IF;
    IF kind = 'address' THEN
        -- the line is street and number
        SELECT ARRAY['nullif(concat_ws('' '', ' || string_agg(@extschema@.splink_side(x.c, '_l'), ', ' ORDER BY p DESC) FILTER (WHERE p IN ('street', 'number')) || '), '''')',
                     'nullif(concat_ws('' '', ' || string_agg(@extschema@.splink_side(x.c, '_r'), ', ' ORDER BY p DESC) FILTER (WHERE p IN ('street', 'number')) || '), '''')'],
               string_agg(format('(%s = %s)', @extschema@.splink_side(x.c, '_l'), @extschema@.splink_side(x.c, '_r')), ' OR ') FILTER (WHERE p IN ('postcode', 'city')),
               string_agg(format('(%s = %s)', @extschema@.splink_side(x.c, '_l'), @extschema@.splink_side(x.c, '_r')), ' AND ') FILTER (WHERE p IN ('postcode', 'city')),
               string_agg(format('%s = %s', @extschema@.splink_side(x.c, '_l'), @extschema@.splink_side(x.c, '_r')), ' AND ')
                   FILTER (WHERE CASE level WHEN 5 THEN p = 'postcode' ELSE level = 6 AND p = 'city' END)
        INTO lines, any_place, all_places, one_place FROM unnest(columns, parts) x (c, p);
        s := CASE level WHEN 1 THEN '#L = #R AND ' || CASE WHEN all_places IS NULL THEN 'true' ELSE '(#Q)' END
                        WHEN 2 THEN '#L = #R AND (#P)' WHEN 3 THEN '#G = #H AND (#P)' WHEN 4 THEN '#L = #R' ELSE '#O' END;
        -- what the address has not is no condition
        IF (level IN (2, 3) AND any_place IS NULL) OR (one_place IS NULL AND NOT coalesce(level BETWEEN 1 AND 4, false)) THEN
            RETURN NULL;
        END IF;
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
    -- names last, so that nothing within them is taken for one of ours
    s := replace(replace(replace(replace(replace(replace(s, '%', '%%'), '#A', '%1$s'), '#B', '%2$s'), '#P', '%3$s'), '#Q', '%4$s'), '#O', '%5$s');
    RETURN format(s, coalesce(lines[1], @extschema@.splink_side(c, '_l') || as_text), coalesce(lines[2], @extschema@.splink_side(c, '_r') || as_text), any_place, all_places, one_place);
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

-- The call that tells the level of a comparison of a kind; by what a model has learnt, if one is named.
CREATE FUNCTION @extschema@.splink_level_call(comparison jsonb, types jsonb, model text) RETURNS text
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
                ELSE format('@extschema@.value_level(%L, %s, %s%s)', kind, sides[1], sides[2], ', ' || quote_literal(model) || ', ' || quote_literal(coalesce(comparison ->> 'name', columns[1]))) END;
END $$;
COMMENT ON FUNCTION @extschema@.splink_level_call(jsonb, jsonb, text) IS 'Machinery of export_splink: the call that tells which level of a kind two records reach.';

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
CREATE FUNCTION @extschema@.splink_kind_levels(comparison jsonb, context jsonb, n integer) RETURNS TABLE (level integer, condition text)
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 5000 ROWS 6
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    kind constant text := comparison ->> 'kind';
    comparisons constant jsonb := context -> 'comparisons';
    types constant jsonb := context -> 'types';
    call constant text := @extschema@.splink_level_call(comparison, types, context ->> 'model');
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
    FOREACH i IN ARRAY CASE WHEN kind = 'given_name' THEN ('{1,2,6,3,4,5,7}'::integer[])[:least(n, 8) - 1] ELSE ARRAY(SELECT generate_series(1, least(n, 16) - 1)) END LOOP
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
COMMENT ON FUNCTION @extschema@.splink_kind_levels(jsonb, jsonb, integer) IS 'Machinery of export_splink: the conditions of a comparison of a kind, as the PostgreSQL dialect runs them.';

-- One comparison with its m and u. The context: {"dialect", "comparisons", "types" by column, "model" if its levels are asked of it}.
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
    IF kind = 'given_name' AND context -> 'model' IS NULL THEN
        -- which names are common only the table tells: different ones are different
        n := 7;
        parameters := parameters || (SELECT jsonb_object_agg(k, (SELECT jsonb_agg(v ORDER BY g) FROM
            (SELECT least(g, n) AS g, sum(p::float8) AS v FROM jsonb_array_elements_text(parameters -> k) WITH ORDINALITY x (p, g) GROUP BY 1) y)) FROM unnest('{m,u}'::text[]) k);
    END IF;
    IF kind = 'full_name' AND context ->> 'dialect' <> 'postgres' THEN
        -- nor which words are given names: a word in common is one
        n := 8;
        parameters := parameters || (SELECT jsonb_object_agg(k, (SELECT jsonb_agg(v ORDER BY g) FROM
            (SELECT CASE WHEN g > n THEN 5 ELSE g END AS g, sum(p::float8) AS v FROM jsonb_array_elements_text(parameters -> k) WITH ORDINALITY x (p, g) GROUP BY 1) y)) FROM unnest('{m,u}'::text[]) k);
    END IF;
    FOR i, said IN
        SELECT x.g, x.said FROM (
        SELECT k.level, k.condition, k.o FROM @extschema@.splink_kind_levels(comparison, context, n) WITH ORDINALITY k (level, condition, o)
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

CREATE FUNCTION @extschema@.export_splink(model text, dialect text DEFAULT 'postgres', learnt boolean DEFAULT false) RETURNS jsonb
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
    IF learnt AND dialect <> 'postgres' THEN
        RAISE EXCEPTION 'what a model has learnt cannot be asked in the dialect "%" of Splink', dialect USING ERRCODE = 'feature_not_supported', HINT = 'The model is asked where it is: in PostgreSQL.';
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
                                                          jsonb_build_object('dialect', dialect, 'comparisons', settings -> 'comparisons', 'types', types)
                                                              || CASE WHEN learnt THEN jsonb_build_object('model', model) ELSE '{}' END) ORDER BY o) INTO comparisons
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
COMMENT ON FUNCTION @extschema@.export_splink(text, text, boolean) IS
'A trained model as settings for Splink, with m, u and the prior: for its PostgreSQL dialect with levels as our functions tell them, if learnt, by what the model''s last run learnt, for DuckDB with those that come nearest among DuckDB''s own.';
