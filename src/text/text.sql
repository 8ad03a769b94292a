--
-- text: the forms and keys in which names, firms and streets are compared
--

CREATE FUNCTION @extschema@.fold(value text) RETURNS text
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT COST 3
AS 'MODULE_PATHNAME', 'clt_fold';
COMMENT ON FUNCTION @extschema@.fold(text) IS
'The form in which text is compared: NFKC, small letters, no diacritics, Cyrillic and Greek in Latin, words apart by one space.';

CREATE FUNCTION @extschema@.fold_version() RETURNS integer
LANGUAGE c IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'clt_fold_version';
COMMENT ON FUNCTION @extschema@.fold_version() IS
'Version of the folding rules; store it beside stored folded text, and fold again when it changes.';

CREATE FUNCTION @extschema@.fold_keys(value text) RETURNS text[]
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT COST 10
AS 'MODULE_PATHNAME', 'clt_fold_keys';
COMMENT ON FUNCTION @extschema@.fold_keys(text) IS
'The loose forms of a text (dj and d for a d with a stroke, ue and u for a u with two dots), sorted, each once, at most 18; fold() is one of them.';

CREATE FUNCTION @extschema@.family_name_key(name text) RETURNS text
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT COST 4
AS 'MODULE_PATHNAME', 'clt_family_name_key_sql';
COMMENT ON FUNCTION @extschema@.family_name_key(text) IS
'One key for the forms of a family name: Novak and Novakova, Kowalski and Kowalska; parts of a double name in byte order.';

CREATE FUNCTION @extschema@.company_name_key(name text) RETURNS text
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT COST 10
AS 'MODULE_PATHNAME', 'clt_company_name_key_sql';
COMMENT ON FUNCTION @extschema@.company_name_key(text) IS
'A company name folded, without legal form, the place behind it, quotes and words for "and".';

CREATE FUNCTION @extschema@.legal_form(name text) RETURNS text
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT COST 10
AS 'MODULE_PATHNAME', 'clt_legal_form';
COMMENT ON FUNCTION @extschema@.legal_form(text) IS
'The legal form that a company name shows, in one spelling (d.o.o., s.r.o., GmbH, Ltd); NULL when it shows none.';

CREATE FUNCTION @extschema@.street_key(address text) RETURNS text
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT COST 10
AS 'MODULE_PATHNAME', 'clt_street_key_sql';
COMMENT ON FUNCTION @extschema@.street_key(text) IS
'Street and house number in one spelling, without floor and flat: "ul. Kneza Milosa 12/III/7" is "kneza milosa 12".';

CREATE FUNCTION @extschema@.name_variants(name text) RETURNS text[]
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT COST 10
AS 'MODULE_PATHNAME', 'clt_name_variants_sql';
COMMENT ON FUNCTION @extschema@.name_variants(text) IS
'The folded names that may stand for a given name (Aleksandar, Aca, Sasa), itself among them, sorted; at most 128.';

CREATE FUNCTION @extschema@.daitch_mokotoff(name text) RETURNS text[]
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT COST 20
AS 'MODULE_PATHNAME', 'clt_daitch_mokotoff_sql';
COMMENT ON FUNCTION @extschema@.daitch_mokotoff(text) IS
'Daitch-Mokotoff soundex with all alternatives, sorted: the codes for Slavic, German and Jewish names; compare with &&.';

CREATE FUNCTION @extschema@.double_metaphone(name text) RETURNS text[]
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT COST 10
AS 'MODULE_PATHNAME', 'clt_double_metaphone_sql';
COMMENT ON FUNCTION @extschema@.double_metaphone(text) IS
'Double Metaphone: the code of the English pronunciation and, where it differs, the second one; compare with &&.';
