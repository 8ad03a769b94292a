--
-- splink: what conditions of its models call
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

CREATE FUNCTION @extschema@.value_level(kind text, a text, b text, model text, comparison text DEFAULT NULL) RETURNS integer
LANGUAGE c STABLE PARALLEL RESTRICTED COST 200
AS 'MODULE_PATHNAME', 'clt_value_level_of_model';
COMMENT ON FUNCTION @extschema@.value_level(text, text, text, text, text) IS
'Which level of a comparison of a resolved model two values reach, by what its last run learnt of the table: which names are common, whose sex they tell, which words are rare; without a comparison the model''s first one of the kind.';

CREATE FUNCTION @extschema@.value_level(kind text, a text[], b text[], model text, comparison text DEFAULT NULL) RETURNS integer
LANGUAGE c STABLE PARALLEL RESTRICTED COST 600
AS 'MODULE_PATHNAME', 'clt_values_level_of_model';
COMMENT ON FUNCTION @extschema@.value_level(text, text[], text[], text, text) IS
'Which level of a comparison of a resolved model the nearest of several values of two records reach, by what its last run learnt of the table.';

CREATE FUNCTION @extschema@.address_level(parts text[], a text[], b text[]) RETURNS integer
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT COST 300
AS 'MODULE_PATHNAME', 'clt_address_parts_level';
COMMENT ON FUNCTION @extschema@.address_level(text[], text[], text[]) IS
'Which level of the kind address two addresses reach whose parts (street, number, extra, postcode, city, region) are given in the order of the first argument, 0 if nothing can be told.';
