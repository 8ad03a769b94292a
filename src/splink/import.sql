--
-- Models of Splink in
--

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
        m := regexp_match(s, '^(?:strftime|to_char|date_format|formatdatetime)\((.*), ?''([^'']*)''\)$', 'i');
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
