-- ---- segments --------------------------------------------------------------

CREATE TABLE @extschema@.rfm_scheme (
    scheme text PRIMARY KEY,
    bins integer NOT NULL CHECK (bins BETWEEN 2 AND 10),
    description text,
    builtin boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE @extschema@.rfm_scheme IS 'Segment schemes; add your own, its rules in rfm_scheme_rule.';
COMMENT ON COLUMN @extschema@.rfm_scheme.scheme IS 'name, for rfm_segment() and rfm()';
COMMENT ON COLUMN @extschema@.rfm_scheme.bins IS 'classes of the scores it is for';
COMMENT ON COLUMN @extschema@.rfm_scheme.description IS 'what it is';
COMMENT ON COLUMN @extschema@.rfm_scheme.builtin IS 'came with the extension: not dumped, renewed by upgrades';

CREATE TABLE @extschema@.rfm_scheme_rule (
    scheme text NOT NULL REFERENCES @extschema@.rfm_scheme ON UPDATE CASCADE ON DELETE CASCADE,
    position integer NOT NULL,
    segment text NOT NULL,
    r_min integer NOT NULL DEFAULT 1 CHECK (r_min >= 1),
    r_max integer NOT NULL DEFAULT 10 CHECK (r_max <= 10),
    f_min integer NOT NULL DEFAULT 1 CHECK (f_min >= 1),
    f_max integer NOT NULL DEFAULT 10 CHECK (f_max <= 10),
    m_min integer NOT NULL DEFAULT 1 CHECK (m_min >= 1),
    m_max integer NOT NULL DEFAULT 10 CHECK (m_max <= 10),
    builtin boolean NOT NULL DEFAULT false,
    PRIMARY KEY (scheme, position),
    CHECK (r_min <= r_max AND f_min <= f_max AND m_min <= m_max)
);
COMMENT ON TABLE @extschema@.rfm_scheme_rule IS 'Which scores make which segment: boxes of classes; where they overlap the lowest position wins.';
COMMENT ON COLUMN @extschema@.rfm_scheme_rule.scheme IS 'the scheme it belongs to';
COMMENT ON COLUMN @extschema@.rfm_scheme_rule.position IS 'order within the scheme';
COMMENT ON COLUMN @extschema@.rfm_scheme_rule.segment IS 'name of the segment';
COMMENT ON COLUMN @extschema@.rfm_scheme_rule.r_min IS 'lowest class of recency';
COMMENT ON COLUMN @extschema@.rfm_scheme_rule.r_max IS 'highest class of recency';
COMMENT ON COLUMN @extschema@.rfm_scheme_rule.f_min IS 'lowest class of frequency';
COMMENT ON COLUMN @extschema@.rfm_scheme_rule.f_max IS 'highest class of frequency';
COMMENT ON COLUMN @extschema@.rfm_scheme_rule.m_min IS 'lowest class of monetary value';
COMMENT ON COLUMN @extschema@.rfm_scheme_rule.m_max IS 'highest class of monetary value';
COMMENT ON COLUMN @extschema@.rfm_scheme_rule.builtin IS 'came with the extension: not dumped, renewed by upgrades';

SELECT pg_extension_config_dump('@extschema@.rfm_scheme', 'WHERE NOT builtin');
SELECT pg_extension_config_dump('@extschema@.rfm_scheme_rule', 'WHERE NOT builtin');
GRANT SELECT ON @extschema@.rfm_scheme, @extschema@.rfm_scheme_rule TO PUBLIC;

INSERT INTO @extschema@.rfm_scheme VALUES
    ('eleven', 5, 'Eleven segments over all 125 scores, each score in exactly one.', true),
    ('ten', 5, 'Ten segments by recency and frequency; monetary value plays no part.', true);

INSERT INTO @extschema@.rfm_scheme_rule
SELECT 'eleven', row_number() OVER (ORDER BY s.n, c.code DESC), s.segment,
    left(c.code, 1)::integer, left(c.code, 1)::integer, substr(c.code, 2, 1)::integer, substr(c.code, 2, 1)::integer,
    right(c.code, 1)::integer, right(c.code, 1)::integer, true
FROM (VALUES
    (1, 'Champions', '555 554 545 544 455 454 445'),
    (2, 'Loyal', '543 444 435 355 354 345 344 335'),
    (3, 'Potential Loyalist', '553 552 551 542 541 533 532 531 453 452 451 442 441 433 432 431 423 353 352 351 342 341 333 323'),
    (4, 'New Customers', '512 511 422 421 412 411 311'),
    (5, 'Promising', '525 524 523 522 521 515 514 513 425 424 415 414 413 315 314 313'),
    (6, 'Need Attention', '535 534 443 434 343 334 325 324'),
    (7, 'About To Sleep', '331 321 312 251 241 231 221 213'),
    (8, 'At Risk', '255 254 253 252 245 244 243 242 235 234 225 224 153 152 145 143 142 135 134 133 125 124'),
    (9, 'Cannot Lose Them', '215 214 155 154 144 115 114 113'),
    (10, 'Hibernating customers', '332 322 233 232 223 222 212 211 132 123 122'),
    (11, 'Lost customers', '151 141 131 121 112 111')
) AS s (n, segment, codes)
CROSS JOIN LATERAL string_to_table(s.codes, ' ') AS c (code);

INSERT INTO @extschema@.rfm_scheme_rule (scheme, position, segment, r_min, r_max, f_min, f_max, m_min, m_max, builtin)
VALUES
    ('ten', 1, 'Champions', 5, 5, 4, 5, 1, 5, true),
    ('ten', 2, 'Loyal', 3, 4, 4, 5, 1, 5, true),
    ('ten', 3, 'Potential Loyalist', 4, 5, 2, 3, 1, 5, true),
    ('ten', 4, 'New Customers', 5, 5, 1, 1, 1, 5, true),
    ('ten', 5, 'Promising', 4, 4, 1, 1, 1, 5, true),
    ('ten', 6, 'Need Attention', 3, 3, 3, 3, 1, 5, true),
    ('ten', 7, 'About To Sleep', 3, 3, 1, 2, 1, 5, true),
    ('ten', 8, 'Cannot Lose Them', 1, 2, 5, 5, 1, 5, true),
    ('ten', 9, 'At Risk', 1, 2, 3, 4, 1, 5, true),
    ('ten', 10, 'Hibernating customers', 1, 2, 1, 2, 1, 5, true);

CREATE FUNCTION @extschema@.rfm_segment(score @extschema@.rfm_score, scheme text DEFAULT 'eleven') RETURNS text
LANGUAGE c STABLE PARALLEL SAFE STRICT COST 10
AS 'MODULE_PATHNAME', 'clt_rfm_segment';
COMMENT ON FUNCTION @extschema@.rfm_segment(@extschema@.rfm_score, text) IS
'Segment of a score under a scheme of rfm_scheme; null if no rule covers it.';

CREATE FUNCTION @extschema@.check_rfm_scheme(scheme text,
    OUT score @extschema@.rfm_score, OUT problem text, OUT segments text[]) RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL SAFE STRICT ROWS 20
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    classes integer;
BEGIN
    SELECT s.bins INTO classes FROM @extschema@.rfm_scheme s WHERE s.scheme = check_rfm_scheme.scheme;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no RFM scheme "%"', scheme
            USING ERRCODE = 'undefined_object', HINT = 'Schemes are listed in clientele.rfm_scheme.';
    END IF;
    RETURN QUERY
    SELECT @extschema@.rfm_score(c.r, c.f, c.m), CASE WHEN c.names IS NULL THEN 'left out' ELSE 'overlap' END,
           coalesce(c.names, ARRAY[]::text[])
    FROM (SELECT r, f, m, array_agg(u.segment ORDER BY u.position) FILTER (WHERE u.segment IS NOT NULL) AS names
          FROM generate_series(1, classes) r
          CROSS JOIN generate_series(1, classes) f
          CROSS JOIN generate_series(1, classes) m
          LEFT JOIN @extschema@.rfm_scheme_rule u ON u.scheme = check_rfm_scheme.scheme
               AND r BETWEEN u.r_min AND u.r_max AND f BETWEEN u.f_min AND u.f_max AND m BETWEEN u.m_min AND u.m_max
          GROUP BY r, f, m) c
    WHERE c.names IS NULL OR cardinality(c.names) > 1
    ORDER BY c.r, c.f, c.m;
END
$$;
COMMENT ON FUNCTION @extschema@.check_rfm_scheme(text) IS
'Scores that no rule of a scheme covers, or several; no rows mean that every score has exactly one segment.';
