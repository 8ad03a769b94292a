/*
 * types: email and phone, which keep addresses and numbers checked and compared as what they are.
 */

--
-- email
--
CREATE TYPE @extschema@.email;
COMMENT ON TYPE @extschema@.email IS 'e-mail address: compared by its canonical form, printed as it was written';

CREATE FUNCTION @extschema@.email_in(cstring) RETURNS @extschema@.email
	AS 'MODULE_PATHNAME', 'clt_email_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION @extschema@.email_in(cstring) IS 'I/O';
CREATE FUNCTION @extschema@.email_out(@extschema@.email) RETURNS cstring
	AS 'MODULE_PATHNAME', 'clt_email_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.email_out(@extschema@.email) IS 'I/O';
CREATE FUNCTION @extschema@.email_recv(internal) RETURNS @extschema@.email
	AS 'MODULE_PATHNAME', 'clt_email_recv' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION @extschema@.email_recv(internal) IS 'I/O';
CREATE FUNCTION @extschema@.email_send(@extschema@.email) RETURNS bytea
	AS 'MODULE_PATHNAME', 'clt_email_send' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.email_send(@extschema@.email) IS 'I/O';

-- main: packed like text (an address is some 25 bytes, a 4-byte header and padding would be a quarter more)
CREATE TYPE @extschema@.email (
	INPUT = @extschema@.email_in,
	OUTPUT = @extschema@.email_out,
	RECEIVE = @extschema@.email_recv,
	SEND = @extschema@.email_send,
	INTERNALLENGTH = VARIABLE,
	ALIGNMENT = int4,
	STORAGE = main
);

CREATE FUNCTION @extschema@.email(address text) RETURNS @extschema@.email
	AS 'MODULE_PATHNAME', 'clt_email_from_text' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION @extschema@.email(text) IS 'the address that the text is, exactly; an error if it is none';
CREATE CAST (text AS @extschema@.email) WITH FUNCTION @extschema@.email(text) AS ASSIGNMENT;
COMMENT ON CAST (text AS @extschema@.email) IS 'checks the address';
CREATE CAST (character varying AS @extschema@.email) WITH FUNCTION @extschema@.email(text) AS ASSIGNMENT;
COMMENT ON CAST (character varying AS @extschema@.email) IS 'checks the address';
CREATE CAST (@extschema@.email AS text) WITH INOUT AS ASSIGNMENT;
COMMENT ON CAST (@extschema@.email AS text) IS 'the address as it was written';

CREATE FUNCTION @extschema@.parse_email(address text) RETURNS @extschema@.email
	AS 'MODULE_PATHNAME', 'clt_email_parse' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION @extschema@.parse_email(text) IS
	'the first address in what people type: blanks, a name with <...>, mailto:, lists; an error if there is none';
CREATE FUNCTION @extschema@.try_parse_email(address text) RETURNS @extschema@.email
	AS 'MODULE_PATHNAME', 'clt_email_try_parse' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION @extschema@.try_parse_email(text) IS 'parse_email(), NULL instead of an error';

CREATE FUNCTION @extschema@.canonical(address @extschema@.email) RETURNS text
	AS 'MODULE_PATHNAME', 'clt_email_canonical' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.canonical(@extschema@.email) IS
	'the form by which addresses are compared: small letters, domain in ASCII';
CREATE FUNCTION @extschema@.local_part(address @extschema@.email) RETURNS text
	AS 'MODULE_PATHNAME', 'clt_email_local_part' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.local_part(@extschema@.email) IS 'what stands before the @, in canonical form';
CREATE FUNCTION @extschema@.domain(address @extschema@.email) RETURNS text
	AS 'MODULE_PATHNAME', 'clt_email_domain' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.domain(@extschema@.email) IS 'what stands behind the @, in small letters and ASCII';
CREATE FUNCTION @extschema@.mailbox_key(address @extschema@.email) RETURNS text
	AS 'MODULE_PATHNAME', 'clt_email_mailbox' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION @extschema@.mailbox_key(@extschema@.email) IS
	'the mailbox that reads the address, by the rules of large providers (tags, dots, aliases): for finding duplicates, not for sending';

CREATE FUNCTION @extschema@.email_lt(@extschema@.email, @extschema@.email) RETURNS boolean
	AS 'MODULE_PATHNAME', 'clt_email_lt' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.email_lt(@extschema@.email, @extschema@.email) IS 'implementation of < operator';
CREATE FUNCTION @extschema@.email_le(@extschema@.email, @extschema@.email) RETURNS boolean
	AS 'MODULE_PATHNAME', 'clt_email_le' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.email_le(@extschema@.email, @extschema@.email) IS 'implementation of <= operator';
CREATE FUNCTION @extschema@.email_eq(@extschema@.email, @extschema@.email) RETURNS boolean
	AS 'MODULE_PATHNAME', 'clt_email_eq' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.email_eq(@extschema@.email, @extschema@.email) IS 'implementation of = operator';
CREATE FUNCTION @extschema@.email_ne(@extschema@.email, @extschema@.email) RETURNS boolean
	AS 'MODULE_PATHNAME', 'clt_email_ne' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.email_ne(@extschema@.email, @extschema@.email) IS 'implementation of <> operator';
CREATE FUNCTION @extschema@.email_ge(@extschema@.email, @extschema@.email) RETURNS boolean
	AS 'MODULE_PATHNAME', 'clt_email_ge' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.email_ge(@extschema@.email, @extschema@.email) IS 'implementation of >= operator';
CREATE FUNCTION @extschema@.email_gt(@extschema@.email, @extschema@.email) RETURNS boolean
	AS 'MODULE_PATHNAME', 'clt_email_gt' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.email_gt(@extschema@.email, @extschema@.email) IS 'implementation of > operator';
CREATE FUNCTION @extschema@.email_cmp(@extschema@.email, @extschema@.email) RETURNS integer
	AS 'MODULE_PATHNAME', 'clt_email_cmp' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.email_cmp(@extschema@.email, @extschema@.email) IS 'less-equal-greater';
CREATE FUNCTION @extschema@.email_sortsupport(internal) RETURNS void
	AS 'MODULE_PATHNAME', 'clt_email_sortsupport' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.email_sortsupport(internal) IS 'sort support';
CREATE FUNCTION @extschema@.email_hash(@extschema@.email) RETURNS integer
	AS 'MODULE_PATHNAME', 'clt_email_hash' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.email_hash(@extschema@.email) IS 'hash';
CREATE FUNCTION @extschema@.email_hash_extended(@extschema@.email, bigint) RETURNS bigint
	AS 'MODULE_PATHNAME', 'clt_email_hash_extended' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.email_hash_extended(@extschema@.email, bigint) IS 'hash with a seed';

CREATE OPERATOR @extschema@.< (
	LEFTARG = @extschema@.email, RIGHTARG = @extschema@.email, FUNCTION = @extschema@.email_lt,
	COMMUTATOR = OPERATOR(@extschema@.>), NEGATOR = OPERATOR(@extschema@.>=),
	RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR @extschema@.< (@extschema@.email, @extschema@.email) IS 'less than, by the canonical form';
CREATE OPERATOR @extschema@.<= (
	LEFTARG = @extschema@.email, RIGHTARG = @extschema@.email, FUNCTION = @extschema@.email_le,
	COMMUTATOR = OPERATOR(@extschema@.>=), NEGATOR = OPERATOR(@extschema@.>),
	RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR @extschema@.<= (@extschema@.email, @extschema@.email) IS 'less than or equal, by the canonical form';
CREATE OPERATOR @extschema@.= (
	LEFTARG = @extschema@.email, RIGHTARG = @extschema@.email, FUNCTION = @extschema@.email_eq,
	COMMUTATOR = OPERATOR(@extschema@.=), NEGATOR = OPERATOR(@extschema@.<>),
	RESTRICT = eqsel, JOIN = eqjoinsel,
	HASHES, MERGES
);
COMMENT ON OPERATOR @extschema@.= (@extschema@.email, @extschema@.email) IS 'equal, by the canonical form';
CREATE OPERATOR @extschema@.<> (
	LEFTARG = @extschema@.email, RIGHTARG = @extschema@.email, FUNCTION = @extschema@.email_ne,
	COMMUTATOR = OPERATOR(@extschema@.<>), NEGATOR = OPERATOR(@extschema@.=),
	RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR @extschema@.<> (@extschema@.email, @extschema@.email) IS 'not equal, by the canonical form';
CREATE OPERATOR @extschema@.>= (
	LEFTARG = @extschema@.email, RIGHTARG = @extschema@.email, FUNCTION = @extschema@.email_ge,
	COMMUTATOR = OPERATOR(@extschema@.<=), NEGATOR = OPERATOR(@extschema@.<),
	RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR @extschema@.>= (@extschema@.email, @extschema@.email) IS 'greater than or equal, by the canonical form';
CREATE OPERATOR @extschema@.> (
	LEFTARG = @extschema@.email, RIGHTARG = @extschema@.email, FUNCTION = @extschema@.email_gt,
	COMMUTATOR = OPERATOR(@extschema@.<), NEGATOR = OPERATOR(@extschema@.<=),
	RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR @extschema@.> (@extschema@.email, @extschema@.email) IS 'greater than, by the canonical form';

-- no btequalimage: equal addresses may be written differently
CREATE OPERATOR CLASS @extschema@.email_ops DEFAULT FOR TYPE @extschema@.email USING btree AS
	OPERATOR 1 @extschema@.<,
	OPERATOR 2 @extschema@.<=,
	OPERATOR 3 @extschema@.=,
	OPERATOR 4 @extschema@.>=,
	OPERATOR 5 @extschema@.>,
	FUNCTION 1 @extschema@.email_cmp(@extschema@.email, @extschema@.email),
	FUNCTION 2 @extschema@.email_sortsupport(internal);
COMMENT ON OPERATOR CLASS @extschema@.email_ops USING btree IS 'order of email by the canonical form';
CREATE OPERATOR CLASS @extschema@.email_ops DEFAULT FOR TYPE @extschema@.email USING hash AS
	OPERATOR 1 @extschema@.=,
	FUNCTION 1 @extschema@.email_hash(@extschema@.email),
	FUNCTION 2 @extschema@.email_hash_extended(@extschema@.email, bigint);
COMMENT ON OPERATOR CLASS @extschema@.email_ops USING hash IS 'equality of email by the canonical form';

CREATE FUNCTION @extschema@.email_smaller(@extschema@.email, @extschema@.email) RETURNS @extschema@.email
	AS 'MODULE_PATHNAME', 'clt_email_smaller' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.email_smaller(@extschema@.email, @extschema@.email) IS 'the smaller of two';
CREATE AGGREGATE @extschema@.min(@extschema@.email) (
	SFUNC = @extschema@.email_smaller, STYPE = @extschema@.email, COMBINEFUNC = @extschema@.email_smaller,
	SORTOP = OPERATOR(@extschema@.<), PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.min(@extschema@.email) IS 'smallest email of the group';
CREATE FUNCTION @extschema@.email_larger(@extschema@.email, @extschema@.email) RETURNS @extschema@.email
	AS 'MODULE_PATHNAME', 'clt_email_larger' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.email_larger(@extschema@.email, @extschema@.email) IS 'the larger of two';
CREATE AGGREGATE @extschema@.max(@extschema@.email) (
	SFUNC = @extschema@.email_larger, STYPE = @extschema@.email, COMBINEFUNC = @extschema@.email_larger,
	SORTOP = OPERATOR(@extschema@.>), PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.max(@extschema@.email) IS 'largest email of the group';

--
-- phone
--
CREATE TYPE @extschema@.phone;
COMMENT ON TYPE @extschema@.phone IS 'telephone number in E.164: + and 7 to 15 digits, in 8 bytes';

CREATE FUNCTION @extschema@.phone_in(cstring) RETURNS @extschema@.phone
	AS 'MODULE_PATHNAME', 'clt_phone_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.phone_in(cstring) IS 'I/O';
CREATE FUNCTION @extschema@.phone_out(@extschema@.phone) RETURNS cstring
	AS 'MODULE_PATHNAME', 'clt_phone_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.phone_out(@extschema@.phone) IS 'I/O';
CREATE FUNCTION @extschema@.phone_recv(internal) RETURNS @extschema@.phone
	AS 'MODULE_PATHNAME', 'clt_phone_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.phone_recv(internal) IS 'I/O';
CREATE FUNCTION @extschema@.phone_send(@extschema@.phone) RETURNS bytea
	AS 'MODULE_PATHNAME', 'clt_phone_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.phone_send(@extschema@.phone) IS 'I/O';

-- passed by value where bigint is; the functions below named int8... are the server's own
CREATE TYPE @extschema@.phone (
	INPUT = @extschema@.phone_in,
	OUTPUT = @extschema@.phone_out,
	RECEIVE = @extschema@.phone_recv,
	SEND = @extschema@.phone_send,
	LIKE = pg_catalog.int8
);

CREATE FUNCTION @extschema@.phone(number text) RETURNS @extschema@.phone
	AS 'MODULE_PATHNAME', 'clt_phone_from_text' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.phone(text) IS 'the number that the text is in E.164, exactly; an error if it is none';
CREATE FUNCTION @extschema@.phone_text(number @extschema@.phone) RETURNS text
	AS 'MODULE_PATHNAME', 'clt_phone_to_text' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.phone_text(@extschema@.phone) IS 'the number in E.164';
CREATE CAST (text AS @extschema@.phone) WITH FUNCTION @extschema@.phone(text) AS ASSIGNMENT;
COMMENT ON CAST (text AS @extschema@.phone) IS 'checks the number, which must be in E.164; parse_phone() reads others';
CREATE CAST (character varying AS @extschema@.phone) WITH FUNCTION @extschema@.phone(text) AS ASSIGNMENT;
COMMENT ON CAST (character varying AS @extschema@.phone) IS 'checks the number, which must be in E.164; parse_phone() reads others';
CREATE CAST (@extschema@.phone AS text) WITH FUNCTION @extschema@.phone_text(@extschema@.phone) AS ASSIGNMENT;
COMMENT ON CAST (@extschema@.phone AS text) IS 'the number in E.164';

-- STABLE: the numbering plans are libphonenumber's and change with its releases
CREATE FUNCTION @extschema@.parse_phone(number text, region text DEFAULT NULL) RETURNS @extschema@.phone
	AS 'MODULE_PATHNAME', 'clt_phone_parse_text' LANGUAGE C STABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION @extschema@.parse_phone(text, text) IS
	'the first number in what people type, read as it would be dialled from the region (ISO 3166-1); an error if there is none';
CREATE FUNCTION @extschema@.try_parse_phone(number text, region text DEFAULT NULL) RETURNS @extschema@.phone
	AS 'MODULE_PATHNAME', 'clt_phone_try_parse_text' LANGUAGE C STABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION @extschema@.try_parse_phone(text, text) IS 'parse_phone(), NULL instead of an error';
CREATE FUNCTION @extschema@.country(number @extschema@.phone) RETURNS text
	AS 'MODULE_PATHNAME', 'clt_phone_country' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 700;
COMMENT ON FUNCTION @extschema@.country(@extschema@.phone) IS 'region of the number (ISO 3166-1), NULL where it belongs to none';
CREATE FUNCTION @extschema@.national(number @extschema@.phone) RETURNS text
	AS 'MODULE_PATHNAME', 'clt_phone_national' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 700;
COMMENT ON FUNCTION @extschema@.national(@extschema@.phone) IS 'the number as it is written inside its country';
CREATE FUNCTION @extschema@.line_type(number @extschema@.phone) RETURNS text
	AS 'MODULE_PATHNAME', 'clt_phone_line_type' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 700;
COMMENT ON FUNCTION @extschema@.line_type(@extschema@.phone) IS
	'mobile, fixed_line, fixed_line_or_mobile, toll_free, premium_rate, shared_cost, voip, personal_number, pager, uan, voicemail; unknown if no range fits';

CREATE FUNCTION @extschema@.phone_lt(@extschema@.phone, @extschema@.phone) RETURNS boolean
	AS 'int8lt' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.phone_lt(@extschema@.phone, @extschema@.phone) IS 'implementation of < operator';
CREATE FUNCTION @extschema@.phone_le(@extschema@.phone, @extschema@.phone) RETURNS boolean
	AS 'int8le' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.phone_le(@extschema@.phone, @extschema@.phone) IS 'implementation of <= operator';
CREATE FUNCTION @extschema@.phone_eq(@extschema@.phone, @extschema@.phone) RETURNS boolean
	AS 'int8eq' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.phone_eq(@extschema@.phone, @extschema@.phone) IS 'implementation of = operator';
CREATE FUNCTION @extschema@.phone_ne(@extschema@.phone, @extschema@.phone) RETURNS boolean
	AS 'int8ne' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.phone_ne(@extschema@.phone, @extschema@.phone) IS 'implementation of <> operator';
CREATE FUNCTION @extschema@.phone_ge(@extschema@.phone, @extschema@.phone) RETURNS boolean
	AS 'int8ge' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.phone_ge(@extschema@.phone, @extschema@.phone) IS 'implementation of >= operator';
CREATE FUNCTION @extschema@.phone_gt(@extschema@.phone, @extschema@.phone) RETURNS boolean
	AS 'int8gt' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.phone_gt(@extschema@.phone, @extschema@.phone) IS 'implementation of > operator';
CREATE FUNCTION @extschema@.phone_cmp(@extschema@.phone, @extschema@.phone) RETURNS integer
	AS 'btint8cmp' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.phone_cmp(@extschema@.phone, @extschema@.phone) IS 'less-equal-greater';
CREATE FUNCTION @extschema@.phone_sortsupport(internal) RETURNS void
	AS 'btint8sortsupport' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.phone_sortsupport(internal) IS 'sort support';
CREATE FUNCTION @extschema@.phone_hash(@extschema@.phone) RETURNS integer
	AS 'hashint8' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.phone_hash(@extschema@.phone) IS 'hash';
CREATE FUNCTION @extschema@.phone_hash_extended(@extschema@.phone, bigint) RETURNS bigint
	AS 'hashint8extended' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.phone_hash_extended(@extschema@.phone, bigint) IS 'hash with a seed';

CREATE OPERATOR @extschema@.< (
	LEFTARG = @extschema@.phone, RIGHTARG = @extschema@.phone, FUNCTION = @extschema@.phone_lt,
	COMMUTATOR = OPERATOR(@extschema@.>), NEGATOR = OPERATOR(@extschema@.>=),
	RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR @extschema@.< (@extschema@.phone, @extschema@.phone) IS 'less than, in the order of the digits';
CREATE OPERATOR @extschema@.<= (
	LEFTARG = @extschema@.phone, RIGHTARG = @extschema@.phone, FUNCTION = @extschema@.phone_le,
	COMMUTATOR = OPERATOR(@extschema@.>=), NEGATOR = OPERATOR(@extschema@.>),
	RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR @extschema@.<= (@extschema@.phone, @extschema@.phone) IS 'less than or equal, in the order of the digits';
CREATE OPERATOR @extschema@.= (
	LEFTARG = @extschema@.phone, RIGHTARG = @extschema@.phone, FUNCTION = @extschema@.phone_eq,
	COMMUTATOR = OPERATOR(@extschema@.=), NEGATOR = OPERATOR(@extschema@.<>),
	RESTRICT = eqsel, JOIN = eqjoinsel,
	HASHES, MERGES
);
COMMENT ON OPERATOR @extschema@.= (@extschema@.phone, @extschema@.phone) IS 'equal, in the order of the digits';
CREATE OPERATOR @extschema@.<> (
	LEFTARG = @extschema@.phone, RIGHTARG = @extschema@.phone, FUNCTION = @extschema@.phone_ne,
	COMMUTATOR = OPERATOR(@extschema@.<>), NEGATOR = OPERATOR(@extschema@.=),
	RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR @extschema@.<> (@extschema@.phone, @extschema@.phone) IS 'not equal, in the order of the digits';
CREATE OPERATOR @extschema@.>= (
	LEFTARG = @extschema@.phone, RIGHTARG = @extschema@.phone, FUNCTION = @extschema@.phone_ge,
	COMMUTATOR = OPERATOR(@extschema@.<=), NEGATOR = OPERATOR(@extschema@.<),
	RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR @extschema@.>= (@extschema@.phone, @extschema@.phone) IS 'greater than or equal, in the order of the digits';
CREATE OPERATOR @extschema@.> (
	LEFTARG = @extschema@.phone, RIGHTARG = @extschema@.phone, FUNCTION = @extschema@.phone_gt,
	COMMUTATOR = OPERATOR(@extschema@.<), NEGATOR = OPERATOR(@extschema@.<=),
	RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR @extschema@.> (@extschema@.phone, @extschema@.phone) IS 'greater than, in the order of the digits';

-- equal numbers are equal bytes, so indexes may deduplicate
CREATE OPERATOR CLASS @extschema@.phone_ops DEFAULT FOR TYPE @extschema@.phone USING btree AS
	OPERATOR 1 @extschema@.<,
	OPERATOR 2 @extschema@.<=,
	OPERATOR 3 @extschema@.=,
	OPERATOR 4 @extschema@.>=,
	OPERATOR 5 @extschema@.>,
	FUNCTION 1 @extschema@.phone_cmp(@extschema@.phone, @extschema@.phone),
	FUNCTION 2 @extschema@.phone_sortsupport(internal),
	FUNCTION 4 btequalimage(oid);
COMMENT ON OPERATOR CLASS @extschema@.phone_ops USING btree IS 'order of phone in the order of the digits';
CREATE OPERATOR CLASS @extschema@.phone_ops DEFAULT FOR TYPE @extschema@.phone USING hash AS
	OPERATOR 1 @extschema@.=,
	FUNCTION 1 @extschema@.phone_hash(@extschema@.phone),
	FUNCTION 2 @extschema@.phone_hash_extended(@extschema@.phone, bigint);
COMMENT ON OPERATOR CLASS @extschema@.phone_ops USING hash IS 'equality of phone in the order of the digits';

CREATE FUNCTION @extschema@.phone_smaller(@extschema@.phone, @extschema@.phone) RETURNS @extschema@.phone
	AS 'int8smaller' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.phone_smaller(@extschema@.phone, @extschema@.phone) IS 'the smaller of two';
CREATE AGGREGATE @extschema@.min(@extschema@.phone) (
	SFUNC = @extschema@.phone_smaller, STYPE = @extschema@.phone, COMBINEFUNC = @extschema@.phone_smaller,
	SORTOP = OPERATOR(@extschema@.<), PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.min(@extschema@.phone) IS 'smallest phone of the group';
CREATE FUNCTION @extschema@.phone_larger(@extschema@.phone, @extschema@.phone) RETURNS @extschema@.phone
	AS 'int8larger' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.phone_larger(@extschema@.phone, @extschema@.phone) IS 'the larger of two';
CREATE AGGREGATE @extschema@.max(@extschema@.phone) (
	SFUNC = @extschema@.phone_larger, STYPE = @extschema@.phone, COMBINEFUNC = @extschema@.phone_larger,
	SORTOP = OPERATOR(@extschema@.>), PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.max(@extschema@.phone) IS 'largest phone of the group';
