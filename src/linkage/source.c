/*
 * source.c
 *		Opening the caller's table and encoding each column once.
 *
 * Rows come straight from the executor into a receiver of ours: no copy of the
 * tuple, no text output function where the type is text, date or castable.  A
 * value that was seen before costs one hash and one look-up; a new one is
 * normalised (normalize.c) and, if its normal form is new as well, gets a code.
 * The whole table thus becomes one array of integers, row by row, and a
 * dictionary a column.
 *
 * Records are then put into the order of their key, so that nothing that
 * follows depends on where a row happens to lie in the table.
 */
#include "postgres.h"

#include <math.h>

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_index.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "tcop/dest.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/date.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/sortsupport.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

#include "core/clientele.h"
#include "linkage/crew.h"
#include "linkage/engine.h"
#include "linkage/progress.h"
#include "linkage/normalize.h"

/* A raw value that was seen: two hashes stand for its bytes. */
typedef struct LinkRawSlot
{
	uint64		hash;
	uint32		check;			/* 0: free */
	uint32		code;
} LinkRawSlot;

typedef struct LinkReceiver
{
	DestReceiver pub;
	LinkJob    *job;
	CltNormal  *normal;
	MemoryContext scratch;
	int64		rows;
} LinkReceiver;

/* Texts are kept in pieces of this size. */
#define TEXT_POOL 65536

/* ---- opening ---- */

/* key_attribute finds the column that names a record: the primary key's. */
static AttrNumber
key_attribute(Relation rel)
{
	Oid			index;
	AttrNumber	result = InvalidAttrNumber;
	ListCell   *lc;
	List	   *indexes = RelationGetIndexList(rel);
	int			i;

	index = rel->rd_pkindex;
	if (OidIsValid(index))
	{
		Relation	idx = index_open(index, AccessShareLock);

		if (idx->rd_index->indnkeyatts != 1)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("primary key of table \"%s\" has more than one column",
							RelationGetRelationName(rel)),
					 errhint("Give the table a key of one column, for instance with GENERATED ALWAYS AS IDENTITY and a unique index, in a view.")));
		result = idx->rd_index->indkey.values[0];
		index_close(idx, AccessShareLock);
		list_free(indexes);
		return result;
	}
	/* a column called id, or the only column of a unique index without NULL */
	for (i = 0; i < RelationGetDescr(rel)->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(RelationGetDescr(rel), i);

		if (!att->attisdropped && strcmp(NameStr(att->attname), "id") == 0)
			result = att->attnum;
	}
	foreach(lc, indexes)
	{
		Relation	idx = index_open(lfirst_oid(lc), AccessShareLock);
		Form_pg_index form = idx->rd_index;

		if (result == InvalidAttrNumber && form->indisunique && form->indisvalid && form->indnkeyatts == 1 &&
			form->indkey.values[0] > 0 && RelationGetIndexPredicate(idx) == NIL &&
			TupleDescAttr(RelationGetDescr(rel), form->indkey.values[0] - 1)->attnotnull)
			result = form->indkey.values[0];
		index_close(idx, AccessShareLock);
	}
	list_free(indexes);
	if (result == InvalidAttrNumber)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table \"%s\" has no primary key", RelationGetRelationName(rel)),
				 errhint("Records are known by their key: add a primary key of one column.")));
	return result;
}

/* open_source opens a table or view that the caller may read. */
static Relation
open_source(Oid source)
{
	Relation	rel = try_relation_open(source, AccessShareLock);

	if (rel == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", source)));
	if (rel->rd_rel->relkind != RELKIND_RELATION && rel->rd_rel->relkind != RELKIND_PARTITIONED_TABLE &&
		rel->rd_rel->relkind != RELKIND_VIEW && rel->rd_rel->relkind != RELKIND_MATVIEW &&
		rel->rd_rel->relkind != RELKIND_FOREIGN_TABLE)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a table or view", RelationGetRelationName(rel))));
	if (pg_class_aclcheck(source, GetUserId(), ACL_SELECT) != ACLCHECK_OK &&
		pg_attribute_aclcheck_all(source, GetUserId(), ACL_SELECT, ACLMASK_ANY) != ACLCHECK_OK)
		aclcheck_error(ACLCHECK_NO_PRIV, get_relkind_objtype(rel->rd_rel->relkind), RelationGetRelationName(rel));
	return rel;
}

/* clt_link_job_open looks the source up; no row is read yet. */
LinkJob *
clt_link_job_open(Oid source, const char *model)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "clientele linkage",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	LinkJob    *job = palloc0(sizeof(LinkJob));
	Relation	rel;
	Form_pg_attribute att;
	AttrNumber	key;

	job->context = context;
	job->source = source;
	rel = open_source(source);
	job->schema = get_namespace_name(RelationGetNamespace(rel));
	job->table = pstrdup(RelationGetRelationName(rel));
	job->qualified = quote_qualified_identifier(job->schema, job->table);
	job->model = pstrdup(model ? model : job->table);
	key = key_attribute(rel);
	att = TupleDescAttr(RelationGetDescr(rel), key - 1);
	job->key_column = pstrdup(NameStr(att->attname));
	job->key_type = att->atttypid;
	job->key_len = att->attlen;
	job->key_byval = att->attbyval;
	job->key_type_name = format_type_extended(att->atttypid, att->atttypmod,
											  FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY);
	relation_close(rel, NoLock);
	MemoryContextSwitchTo(old);
	return job;
}

/* clt_link_job_add makes the job one of two tables.  Keys of two types are both written as text. */
void
clt_link_job_add(LinkJob *job, Oid right)
{
	MemoryContext old = MemoryContextSwitchTo(job->context);
	Relation	rel = open_source(right);
	Form_pg_attribute att = TupleDescAttr(RelationGetDescr(rel), key_attribute(rel) - 1);

	job->right = right;
	job->right_qualified = quote_qualified_identifier(get_namespace_name(RelationGetNamespace(rel)),
													  RelationGetRelationName(rel));
	job->right_key_column = pstrdup(NameStr(att->attname));
	if (att->atttypid != job->key_type)
	{
		job->key_as_text = true;
		job->key_type = TEXTOID;
		job->key_len = -1;
		job->key_byval = false;
		job->key_type_name = pstrdup("pg_catalog.text");
	}
	else
		job->key_type_name = format_type_be_qualified(job->key_type);
	relation_close(rel, NoLock);
	MemoryContextSwitchTo(old);
}

void
clt_link_job_close(LinkJob *job)
{
	clt_link_progress_close(job);
	clt_link_crew_close(job);
	MemoryContextDelete(job->context);
}

/* ---- dictionaries ---- */

static void *
huge_alloc(MemoryContext context, Size size)
{
	return MemoryContextAllocExtended(context, size, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
}

/* field_start makes empty dictionaries with room for so many values, a power of two. */
static void
field_start(LinkJob *job, LinkField *field, uint32 room)
{
	memset(&field->col, 0, sizeof(field->col));
	field->col.kind = field->kind;
	field->text = AllocSetContextCreate(job->context, "clientele linkage text", ALLOCSET_DEFAULT_SIZES);
	field->pool_left = 0;
	field->raw_used = 0;
	field->raw_size = room * 2;
	field->raw = huge_alloc(job->context, field->raw_size * sizeof(LinkRawSlot));
	field->norm_size = room * 2;
	field->norm = huge_alloc(job->context, field->norm_size * sizeof(uint32));
	field->token_map_size = room * 2;
	field->token_map = huge_alloc(job->context, field->token_map_size * sizeof(uint32));
	field->values_cap = room;
	field->col.values = huge_alloc(job->context, field->values_cap * sizeof(CltValue));
	field->col.nvalues = 1;
	field->tokens_cap = room;
	field->col.tokens = huge_alloc(job->context, field->tokens_cap * sizeof(CltToken));
	field->token_ids_used = 0;
	field->token_ids_cap = room * 2;
	field->col.token_ids = huge_alloc(job->context, field->token_ids_cap * sizeof(uint32));
	field->before = NULL;
	field->nbefore = 0;
}

/* keep_bytes copies the text of a value or a word into the column's pool. */
static char *
keep_bytes(LinkField *field, const char *s, uint32 len)
{
	char	   *copy;

	if (len > field->pool_left)
	{
		field->pool_left = Max(TEXT_POOL, len);
		field->pool = MemoryContextAlloc(field->text, field->pool_left);
	}
	copy = field->pool;
	memcpy(copy, s, len);
	field->pool += len;
	field->pool_left -= len;
	return copy;
}

static void
raw_grow(LinkField *field)
{
	LinkRawSlot *old = field->raw;
	uint32		size = field->raw_size;
	uint32		i;

	field->raw = huge_alloc(GetMemoryChunkContext(old), (Size) size * 2 * sizeof(LinkRawSlot));
	field->raw_size = size * 2;
	for (i = 0; i < size; i++)
	{
		uint32		slot;

		if (!old[i].check)
			continue;
		slot = (uint32) old[i].hash & (field->raw_size - 1);
		while (field->raw[slot].check)
			slot = (slot + 1) & (field->raw_size - 1);
		field->raw[slot] = old[i];
	}
	pfree(old);
}

static void
norm_grow(LinkField *field)
{
	uint32	   *old = field->norm;
	uint32		i;

	field->norm_size *= 2;
	field->norm = huge_alloc(GetMemoryChunkContext(old), (Size) field->norm_size * sizeof(uint32));
	for (i = 1; i < field->col.nvalues; i++)
	{
		uint32		slot = (uint32) field->col.values[i].hash & (field->norm_size - 1);

		while (field->norm[slot])
			slot = (slot + 1) & (field->norm_size - 1);
		field->norm[slot] = i;
	}
	pfree(old);
}

/* values_grow doubles the room for values; their texts stay where they are. */
static void
values_grow(LinkField *field)
{
	char	   *old = (char *) field->col.values;
	uint32		i;

	field->values_cap *= 2;
	field->col.values = repalloc_huge(field->col.values, (Size) field->values_cap * sizeof(CltValue));
	for (i = 0; i < field->col.nvalues; i++)
		field->col.values[i].text +=old - (char *) field->col.values;
}

static void
tokens_grow(LinkField *field)
{
	char	   *old = (char *) field->col.tokens;
	uint32		i;

	field->tokens_cap *= 2;
	field->col.tokens = repalloc_huge(field->col.tokens, (Size) field->tokens_cap * sizeof(CltToken));
	for (i = 0; i < field->col.ntokens; i++)
		field->col.tokens[i].text +=old - (char *) field->col.tokens;
}

static uint32
token_code(LinkJob *job, LinkField *field, const char *s, uint32 len)
{
	uint64		h = clt_block_hash(s, len, 3);
	uint32		slot = (uint32) h & (field->token_map_size - 1);
	uint32		i;

	while (field->token_map[slot])
	{
		CltToken   *t = &field->col.tokens[field->token_map[slot] - 1];

		if (t->len == len && memcmp(clt_token_text(t), s, len) == 0)
			return field->token_map[slot] - 1;
		slot = (slot + 1) & (field->token_map_size - 1);
	}
	if (field->col.ntokens >= field->tokens_cap)
		tokens_grow(field);
	i = field->col.ntokens++;
	clt_token_set_text(&field->col.tokens[i], keep_bytes(field, s, len));
	field->col.tokens[i].len = len;
	field->col.tokens[i].letters = clt_letters(s, len);
	field->col.tokens[i].count = 0;
	field->token_map[slot] = i + 1;
	if (field->col.ntokens * 2 > field->token_map_size)
	{
		uint32		size = field->token_map_size * 2;
		uint32	   *map = huge_alloc(job->context, (Size) size * sizeof(uint32));
		uint32		j;

		for (j = 0; j < field->col.ntokens; j++)
		{
			slot = (uint32) clt_block_hash(clt_token_text(&field->col.tokens[j]), field->col.tokens[j].len, 3) & (size - 1);
			while (map[slot])
				slot = (slot + 1) & (size - 1);
			map[slot] = j + 1;
		}
		pfree(field->token_map);
		field->token_map = map;
		field->token_map_size = size;
	}
	return i;
}

/* value_code returns the code of a normal form, a new one if it is new. */
static uint32
value_code(LinkJob *job, LinkField *field, const CltNormal *normal)
{
	uint64		h = clt_block_hash(normal->s, normal->len, 2);
	uint32		slot;
	CltValue   *v;
	uint32		code;
	int			i;

	/* a street's house number belongs to its value */
	if (field->kind == CLT_KIND_STREET && normal->alt[1])
		h = clt_block_combine(h, normal->alt[1]);
	slot = (uint32) h & (field->norm_size - 1);
	while (field->norm[slot])
	{
		v = &field->col.values[field->norm[slot]];
		if (v->hash == h && v->len == normal->len && memcmp(clt_value_text(v), normal->s, normal->len) == 0)
			return field->norm[slot];
		slot = (slot + 1) & (field->norm_size - 1);
	}
	if (field->col.nvalues >= field->values_cap)
		values_grow(field);
	code = field->col.nvalues++;
	v = &field->col.values[code];
	memset(v, 0, sizeof(CltValue));
	clt_value_set_text(v, keep_bytes(field, normal->s, normal->len));
	v->len = normal->len;
	v->letters = clt_letters(normal->s, normal->len);
	v->hash = h;
	memcpy(v->alt, normal->alt, sizeof(v->alt));
	v->sound = normal->sound;
	v->num = normal->num;
	v->flags = normal->flags;
	v->token = field->token_ids_used;
	for (i = 0; i < normal->ntokens; i++)
	{
		if (field->token_ids_used >= field->token_ids_cap)
		{
			field->token_ids_cap *= 2;
			field->col.token_ids = repalloc_huge(field->col.token_ids,
												 (Size) field->token_ids_cap * sizeof(uint32));
		}
		field->col.token_ids[field->token_ids_used++] =
			token_code(job, field, normal->s + normal->token_off[i], normal->token_len[i]);
		v->ntokens++;
	}
	field->norm[slot] = code;
	if (field->col.nvalues * 2 > field->norm_size)
		norm_grow(field);
	return code;
}

/* raw_slot finds the slot of a raw value by its bytes' hash. */
static LinkRawSlot *
raw_slot(LinkField *field, uint64 hash, uint32 check)
{
	uint32		slot = (uint32) hash & (field->raw_size - 1);

	while (field->raw[slot].check &&
		   !(field->raw[slot].hash == hash && field->raw[slot].check == check))
		slot = (slot + 1) & (field->raw_size - 1);
	return &field->raw[slot];
}

static uint32
raw_new(LinkField *field, LinkRawSlot *slot, uint64 hash, uint32 check, uint32 code)
{
	slot->hash = hash;
	slot->check = check;
	slot->code = code;
	if (++field->raw_used * 2 > field->raw_size)
		raw_grow(field);
	return code;
}

static uint32 encode_bytes(LinkReceiver *r, LinkField *field, const char *s, size_t len);
static uint32 encode_hashed(LinkReceiver *r, LinkField *field, const char *s, size_t len, uint64 hash);

/*
 * encode_several encodes a record's several values of one kind: each by itself, and
 * the set of them as the value of the field, whose words the single values are.
 */
static uint32
encode_several(LinkReceiver *r, LinkField *field, const char *s, size_t len)
{
	uint32		element[LINK_MAX_ELEMENTS];
	const CltColumn *single = &field->element->col;
	CltNormal  *normal = r->normal;
	const char *end = s + len;
	uint32		known = field->col.nvalues;
	uint32		code;
	int			n = 0;
	int			i;

	while (s < end)
	{
		const char *stop = memchr(s, LINK_SEPARATOR, end - s);
		uint32		e = encode_bytes(r, field->element, s, (stop ? stop : end) - s);

		s = stop ? stop + 1 : end;
		for (i = 0; i < n && element[i] != e; i++)
			;
		if (e == 0 || i < n || n == LINK_MAX_ELEMENTS)
			continue;
		/* in an order that does not depend on that of reading */
		for (i = n++; i > 0 && single->values[element[i - 1]].hash > single->values[e].hash; i--)
			element[i] = element[i - 1];
		element[i] = e;
	}
	if (n == 0)
		return 0;
	normal->len = 0;
	memset(normal->alt, 0, sizeof(normal->alt));
	normal->sound = 0;
	normal->num = 0;
	normal->flags = 0;
	normal->ntokens = 0;
	for (i = 0; i < n; i++)
	{
		const CltValue *v = &single->values[element[i]];
		uint32		room = CLT_NORMAL_CAP - normal->len;

		if (i > 0 && room > 0)
		{
			normal->s[normal->len++] = LINK_SEPARATOR;
			room--;
		}
		memcpy(normal->s + normal->len, clt_value_text(v), Min(v->len, room));
		normal->len += Min(v->len, room);
	}
	code = value_code(r->job, field, normal);
	if (code < known)
		return code;
	for (i = 0; i < n; i++)
	{
		if (field->token_ids_used >= field->token_ids_cap)
		{
			field->token_ids_cap *= 2;
			field->col.token_ids = repalloc_huge(field->col.token_ids, (Size) field->token_ids_cap * sizeof(uint32));
		}
		field->col.token_ids[field->token_ids_used++] = element[i];
		field->col.values[code].ntokens++;
	}
	return code;
}

/* raw_hash is the hash by which a text is looked up. */
static inline uint64
raw_hash(const char *s, size_t len)
{
	return clt_block_hash(s, len, 1);
}

/* encode_bytes turns the text of a value into its code. */
static uint32
encode_bytes(LinkReceiver *r, LinkField *field, const char *s, size_t len)
{
	return encode_hashed(r, field, s, len, raw_hash(s, len));
}

static uint32
encode_hashed(LinkReceiver *r, LinkField *field, const char *s, size_t len, uint64 hash)
{
	uint32		check = (uint32) (clt_block_mix(hash ^ len) >> 32) ^ (uint32) len;
	LinkRawSlot *slot;
	uint32		code = 0;

	if (len == 0)
		return 0;
	if (len > 8)
		check ^= (uint32) clt_block_hash(s + len / 2, len - len / 2, 5);
	check |= 1;
	slot = raw_slot(field, hash, check);
	if (slot->check)
		return slot->code;
	if (field->element)
		code = encode_several(r, field, s, len);
	else if (clt_normalize(field->kind, s, len, r->normal) && clt_link_accept(field, r->normal))
		code = value_code(r->job, field, r->normal);
	return raw_new(field, raw_slot(field, hash, check), hash, check, code);
}

/* encode_day does the same for a day given as numbers. */
static uint32
encode_day(LinkReceiver *r, LinkField *field, int year, int month, int day)
{
	uint64		hash = clt_block_mix(UINT64CONST(0x5bd1e995) + year * 10000 + month * 100 + day);
	LinkRawSlot *slot = raw_slot(field, hash, 1);
	uint32		code = 0;

	if (slot->check)
		return slot->code;
	clt_normalize_date(year, month, day, r->normal);
	if (r->normal->len > 0)
		code = value_code(r->job, field, r->normal);
	return raw_new(field, slot, hash, 1, code);
}

/* A text of the row at hand. */
typedef struct RawText
{
	const char *s;
	size_t		len;
	uint64		hash;
} RawText;

/*
 * ask_for looks at the text of a field, if its value is one, and asks for where it is
 * looked up: the waits for all fields of a row pass together.
 */
static inline void
ask_for(LinkField *field, TupleTableSlot *slot, int att, RawText *raw)
{
	struct varlena *text;

	raw->s = NULL;
	if (slot->tts_isnull[att] || field->is_date || LINK_FIELD_WIDTH(field) == 3)
		return;
	text = PG_DETOAST_DATUM_PACKED(slot->tts_values[att]);

	raw->s = VARDATA_ANY(text);
	raw->len = VARSIZE_ANY_EXHDR(text);
	raw->hash = raw_hash(raw->s, raw->len);
	__builtin_prefetch(&field->raw[(uint32) raw->hash & (field->raw_size - 1)]);
}

/* encode_attribute encodes the attribute(s) of a field in the slot. */
static uint32
encode_attribute(LinkReceiver *r, LinkField *field, TupleTableSlot *slot, int att, const RawText *raw)
{
	Datum		d = slot->tts_values[att];
	struct varlena *text;

	if (LINK_FIELD_WIDTH(field) == 3)
	{
		int			part[3];
		int			i;

		for (i = 0; i < 3; i++)
		{
			char		buf[32];
			size_t		len;

			if (slot->tts_isnull[att + i])
				return 0;
			text = PG_DETOAST_DATUM_PACKED(slot->tts_values[att + i]);

			len = Min(VARSIZE_ANY_EXHDR(text), sizeof(buf) - 1);
			memcpy(buf, VARDATA_ANY(text), len);
			buf[len] = '\0';
			part[i] = atoi(buf);
		}
		if (part[0] < 1 || part[0] > 9999 || part[1] < 1 || part[1] > 12 || part[2] < 1 || part[2] > 31)
			return 0;
		return encode_day(r, field, part[0], part[1], part[2]);
	}
	if (raw->s)
		return encode_hashed(r, field, raw->s, raw->len, raw->hash);
	if (slot->tts_isnull[att])
		return 0;
	if (field->is_date)
	{
		DateADT		date = DatumGetDateADT(d);
		int			y;
		int			m;
		int			day;

		if (DATE_NOT_FINITE(date))
			return 0;
		j2date(date + POSTGRES_EPOCH_JDATE, &y, &m, &day);
		if (y < 1 || y > 9999)
			return 0;
		return encode_day(r, field, y, m, day);
	}
	return 0;
}

/* ---- the receiver ---- */

static void
receiver_startup(DestReceiver *self, int operation, TupleDesc desc)
{
	(void) self;
	(void) operation;
	(void) desc;
}

static void
receiver_nothing(DestReceiver *self)
{
	(void) self;
}

static bool
receiver_slot(TupleTableSlot *slot, DestReceiver *self)
{
	LinkReceiver *r = (LinkReceiver *) self;
	LinkJob    *job = r->job;
	MemoryContext old;
	uint32	   *codes;
	RawText		raw[LINK_MAX_FIELDS];
	int			att = 1;
	int			i;

	slot_getallattrs(slot);
	if (slot->tts_isnull[0] && !job->key_optional)
		ereport(ERROR,
				(errcode(ERRCODE_NOT_NULL_VIOLATION),
				 errmsg("key column \"%s\" of \"%s\" contains null values", job->key_column, job->table)));
	if (job->n >= job->cap)
	{
		if (job->cap >= PG_UINT32_MAX / 2)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("table \"%s\" has more than %u records", job->table, job->cap)));
		job->cap *= 2;
		job->keys = repalloc_huge(job->keys, (Size) job->cap * sizeof(Datum));
		job->codes = repalloc_huge(job->codes, (Size) job->cap * Max(job->nfields, 1) * sizeof(uint32));
	}
	if (slot->tts_isnull[0])
		job->keyless++;
	old = MemoryContextSwitchTo(job->context);
	job->keys[job->n] = slot->tts_isnull[0] ? (Datum) 0 : datumCopy(slot->tts_values[0], job->key_byval, job->key_len);
	MemoryContextSwitchTo(r->scratch);
	codes = job->codes + (Size) job->n * job->nfields;
	for (i = 0; i < job->nfields; i++)
	{
		ask_for(&job->field[i], slot, att, &raw[i]);
		att += LINK_FIELD_WIDTH(&job->field[i]);
	}
	att = 1;
	for (i = 0; i < job->nfields; i++)
	{
		codes[i] = encode_attribute(r, &job->field[i], slot, att, &raw[i]);
		att += LINK_FIELD_WIDTH(&job->field[i]);
	}
	MemoryContextSwitchTo(old);
	job->n++;
	if ((++r->rows & 1023) == 0)
	{
		clt_link_progress_records(job, job->n, 0);
		MemoryContextReset(r->scratch);
		CHECK_FOR_INTERRUPTS();
	}
	return true;
}

/* ---- sorting by key ---- */

typedef struct KeyOrder
{
	Datum		key;
	uint32		row;
} KeyOrder;

static int
compare_keys(const void *a, const void *b, void *arg)
{
	return ApplySortComparator(((const KeyOrder *) a)->key, false,
							   ((const KeyOrder *) b)->key, false, (SortSupport) arg);
}

static int
compare_int64_keys(const void *a, const void *b)
{
	int64		x = DatumGetInt64(((const KeyOrder *) a)->key);
	int64		y = DatumGetInt64(((const KeyOrder *) b)->key);

	return x < y ? -1 : x > y;
}

/* clt_link_key_order prepares comparing keys: bytewise whatever the collation of the database is, the same order everywhere. */
void
clt_link_key_order(LinkJob *job, SortSupport ssup)
{
	TypeCacheEntry *type = lookup_type_cache(job->key_type, TYPECACHE_LT_OPR);

	if (!OidIsValid(type->lt_opr))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("key column \"%s\" has a type without an order: %s",
						job->key_column, job->key_type_name)));
	memset(ssup, 0, sizeof(*ssup));
	ssup->ssup_cxt = job->context;
	ssup->ssup_collation = OidIsValid(type->typcollation) ? C_COLLATION_OID : InvalidOid;
	PrepareSortSupportFromOrderingOp(type->lt_opr, ssup);
}

/* clt_link_find_key returns the ordinal of a record of the left or only, or the right table by its key; n if it is not there. */
uint32
clt_link_find_key(LinkJob *job, SortSupport ssup, bool right, Datum key)
{
	uint32		lo = right ? job->nleft : 0;
	uint32		hi = right ? job->n : job->nleft;

	while (lo < hi)
	{
		uint32		mid = lo + (hi - lo) / 2;
		int			c = ApplySortComparator(job->keys[mid], false, key, false, ssup);

		if (c == 0)
			return mid;
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return job->n;
}

/* sort_by_key brings the records of a table into the order of their keys and checks that these differ. */
static void
sort_by_key(LinkJob *job, uint32 from, const char *column, const char *table)
{
	KeyOrder   *order;
	SortSupportData ssup;
	uint32	   *codes;
	uint32		n = job->n - from;
	bool		sorted = true;
	uint32		i;

	clt_link_key_order(job, &ssup);
	order = huge_alloc(job->context, (Size) Max(n, 1) * sizeof(KeyOrder));
	for (i = 0; i < n; i++)
	{
		order[i].key = job->keys[from + i];
		order[i].row = from + i;
	}
	for (i = 1; sorted && i < n; i++)
		sorted = compare_keys(&order[i - 1], &order[i], &ssup) < 0;
	CHECK_FOR_INTERRUPTS();
	if (!sorted)
	{
		if (job->key_type == INT8OID)
			qsort(order, n, sizeof(KeyOrder), compare_int64_keys);
		else
			qsort_arg(order, n, sizeof(KeyOrder), compare_keys, &ssup);
		for (i = 1; i < n; i++)
			if (compare_keys(&order[i - 1], &order[i], &ssup) >= 0)
				ereport(ERROR,
						(errcode(ERRCODE_UNIQUE_VIOLATION),
						 errmsg("key column \"%s\" of \"%s\" is not unique", column, table)));
		codes = huge_alloc(job->context, (Size) job->cap * Max(job->nfields, 1) * sizeof(uint32));
		memcpy(codes, job->codes, (Size) from * job->nfields * sizeof(uint32));
		for (i = 0; i < n; i++)
		{
			memcpy(codes + (Size) (from + i) * job->nfields, job->codes + (Size) order[i].row * job->nfields,
				   job->nfields * sizeof(uint32));
			job->keys[from + i] = order[i].key;
		}
		pfree(job->codes);
		job->codes = codes;
	}
	pfree(order);
}

/* find_value returns the code of a value that the field has, or 0. */
static uint32
find_value(const LinkField *field, const char *s, uint32 len)
{
	uint64		h = clt_block_hash(s, len, 2);
	uint32		slot = (uint32) h & (field->norm_size - 1);

	while (field->norm[slot])
	{
		const CltValue *v = &field->col.values[field->norm[slot]];

		if (v->hash == h && v->len == len && memcmp(clt_value_text(v), s, len) == 0)
			return field->norm[slot];
		slot = (slot + 1) & (field->norm_size - 1);
	}
	return 0;
}

/* part_code normalises a part of a name and returns its code. */
static uint32
part_code(LinkJob *job, LinkField *field, const char *s, uint32 len, CltNormal *normal)
{
	return clt_normalize(field->kind, s, len, normal) ? value_code(job, field, normal) : 0;
}

/* names_of finds the columns of given name and surname; false if one is not there. */
static bool
names_of(LinkJob *job, LinkField **given, LinkField **surname)
{
	int			f;

	*given = *surname = NULL;
	for (f = 0; f < job->nfields; f++)
	{
		if (job->field[f].kind == CLT_KIND_GIVEN && !*given)
			*given = &job->field[f];
		else if (job->field[f].kind == CLT_KIND_SURNAME && !*surname)
			*surname = &job->field[f];
	}
	return *given && *surname;
}

/* count_before counts who has each name, as the columns have them. */
static void
count_before(LinkJob *job, LinkField *field)
{
	uint32		i;

	field->nbefore = field->col.nvalues;
	field->before = huge_alloc(job->context, (Size) field->nbefore * sizeof(uint32));
	for (i = 0; i < job->n; i++)
		field->before[job->codes[(Size) i * job->nfields + (field - job->field)]]++;
	field->before[0] = 0;
}

static uint32
had_before(LinkJob *job, LinkField *field, const char *s, uint32 len)
{
	uint32		code = find_value(field, s, len);

	(void) job;
	return code < field->nbefore ? field->before[code] : 0;
}

/*
 * clt_link_divide_names divides a surname with the given name in it, where the
 * column of the given name is empty.  Which of the words is the given name, the
 * other records tell, whom had counts; words that are none leave the value as it is.
 */
void
clt_link_divide_names(LinkJob *job, LinkCountFn had)
{
	LinkField  *given;
	LinkField  *surname;
	CltNormal  *normal;
	uint32		i;

	if (!names_of(job, &given, &surname))
		return;
	normal = palloc(sizeof(CltNormal));
	for (i = 0; i < job->n; i++)
	{
		uint32	   *g = &job->codes[(Size) i * job->nfields + (given - job->field)];
		uint32	   *s = &job->codes[(Size) i * job->nfields + (surname - job->field)];
		const CltValue *v;
		const char *text;
		uint32		first;
		uint32		last;
		uint32		lead;
		uint32		trail;

		if (*g || !*s)
			continue;
		v = &surname->col.values[*s];
		if (v->ntokens != 2 && v->ntokens != 3)
			continue;
		text = clt_value_text(v);

		first = (uint32) ((const char *) memchr(text, ' ', v->len) - text);
		for (last = v->len; text[last - 1] != ' '; last--)
			;
		lead = had(job, given, text, first);
		if (lead > 0 && had(job, surname, text, first) >= lead)
			lead = 0;
		trail = had(job, given, text +last, v->len - last);
		if (trail > 0 && had(job, surname, text +last, v->len - last) >= trail)
			trail = 0;
		if (lead == 0 && trail == 0)
			continue;
		if (lead >= trail)
		{
			uint32		rest = v->len - first - 1;

			*g = part_code(job, given, text, first, normal);
			*s = part_code(job, surname, text +first + 1, rest, normal);
		}
		else
		{
			uint32		rest = v->len - last;

			*g = part_code(job, given, text +last, rest, normal);
			*s = part_code(job, surname, text, last - 1, normal);
		}
	}
	pfree(normal);
}

/* both_names divides names by what the table itself says. */
static void
both_names(LinkJob *job)
{
	LinkField  *given;
	LinkField  *surname;

	if (!names_of(job, &given, &surname))
		return;
	count_before(job, given);
	count_before(job, surname);
	clt_link_divide_names(job, had_before);
}

/* clt_link_word_weight is what a word counts that so many of the records with a value have. */
float
clt_link_word_weight(int64 filled, uint32 count)
{
	return (float) log2(1.0 + (double) Max(filled, 1) / Max(count, 1));
}

/* forget_maps frees what only reading needs. */
static void
forget_maps(LinkField *field)
{
	pfree(field->raw);
	field->raw = NULL;
	pfree(field->norm);
	field->norm = NULL;
	pfree(field->token_map);
	field->token_map = NULL;
}

/* count_elements counts records by each of their several values. */
static void
count_elements(LinkJob *job, LinkField *field)
{
	CltColumn  *col = &field->col;
	CltColumn  *single = &field->element->col;
	uint32		i;
	int			j;

	for (i = 0; i < job->n; i++)
	{
		CltValue   *v = &col->values[CLT_CODE(col, i)];

		if (!CLT_CODE(col, i))
			continue;
		v->count++;
		col->filled++;
		for (j = 0; j < v->ntokens; j++)
			single->values[col->token_ids[v->token + j]].count++;
	}
	col->element = single;
	single->filled = col->filled;
	single->code = NULL;
	for (i = 1; i < single->nvalues; i++)
		for (j = 0; j < single->values[i].ntokens; j++)
			single->tokens[single->token_ids[single->values[i].token + j]].count += single->values[i].count;
	for (i = 0; i < single->ntokens; i++)
		single->tokens[i].idf = clt_link_word_weight(single->filled, single->tokens[i].count);
	forget_maps(field->element);
	forget_maps(field);
}

/* count_values counts records by value and by word. */
static void
count_values(LinkJob *job, int f)
{
	LinkField  *field = &job->field[f];
	CltColumn  *col = &field->col;
	uint32		i;
	int			j;

	col->code = job->codes + f;
	col->stride = (uint32) job->nfields;
	col->filled = 0;
	col->element = NULL;
	if (field->element)
	{
		count_elements(job, field);
		return;
	}
	for (i = 0; i < job->n; i++)
	{
		uint32		code = CLT_CODE(col, i);

		if (code && !clt_link_is_copy(job, i))
		{
			col->values[code].count++;
			col->filled++;
		}
	}
	for (i = 1; i < col->nvalues; i++)
		for (j = 0; j < col->values[i].ntokens; j++)
			col->tokens[col->token_ids[col->values[i].token + j]].count += col->values[i].count;
	for (i = 0; i < col->ntokens; i++)
		col->tokens[i].idf = clt_link_word_weight(col->filled, col->tokens[i].count);
	forget_maps(field);
}

/* column_expression is how a column is asked for: as it is if that is text or a date. */
static void
column_expression(StringInfo sql, const char *column, Oid type, bool *is_date)
{
	Oid			base = getBaseType(type);

	*is_date = false;
	appendStringInfo(sql, ", %s", quote_identifier(column));
	if (base == DATEOID)
		*is_date = true;
	else if (base != TEXTOID && base != VARCHAROID)
		appendStringInfoString(sql, "::pg_catalog.text");
}

/* select_list lists what is asked of a table: the key and the columns of the fields. */
static char *
select_list(LinkJob *job, bool right)
{
	StringInfoData sql;
	int			i;
	int			j;

	initStringInfo(&sql);
	appendStringInfo(&sql, "%s%s", quote_identifier(right ? job->right_key_column : job->key_column),
					 job->key_as_text ? "::pg_catalog.text" : "");
	for (i = 0; i < job->nfields; i++)
	{
		LinkField  *field = &job->field[i];
		LinkField	asked = *field;

		if (right)
		{
			memcpy(asked.column, field->right_column, sizeof(asked.column));
			memcpy(asked.type, field->right_type, sizeof(asked.type));
		}
		if (clt_link_field_expression(&sql, &asked))
			continue;
		for (j = 0; j < field->ncolumns; j++)
		{
			bool		is_date;

			column_expression(&sql, asked.column[j], asked.type[j], &is_date);
			if (field->ncolumns == 1)
				field->is_date = is_date && field->kind == CLT_KIND_DATE;
			if (is_date && !field->is_date)
				appendStringInfoString(&sql, "::pg_catalog.text");
		}
	}
	return sql.data;
}

/* clt_link_select_list lists what is asked of the source. */
char	   *
clt_link_select_list(LinkJob *job)
{
	return select_list(job, false);
}

/* clt_link_receiver makes room for records and returns what encodes those that are sent to it. */
DestReceiver *
clt_link_receiver(LinkJob *job, uint32 room)
{
	MemoryContext old = MemoryContextSwitchTo(job->context);
	LinkReceiver *receiver = palloc0(sizeof(LinkReceiver));
	int			i;

	for (i = 0; i < job->nfields; i++)
	{
		field_start(job, &job->field[i], room);
		if (job->field[i].element)
			field_start(job, job->field[i].element, room);
	}
	job->n = 0;
	job->cap = room;
	job->keys = huge_alloc(job->context, job->cap * sizeof(Datum));
	job->codes = huge_alloc(job->context, (Size) job->cap * Max(job->nfields, 1) * sizeof(uint32));
	receiver->pub.receiveSlot = receiver_slot;
	receiver->pub.rStartup = receiver_startup;
	receiver->pub.rShutdown = receiver_nothing;
	receiver->pub.rDestroy = receiver_nothing;
	receiver->pub.mydest = DestNone;
	receiver->job = job;
	receiver->normal = palloc(sizeof(CltNormal));
	receiver->scratch = AllocSetContextCreate(job->context, "clientele linkage row", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(old);
	return (DestReceiver *) receiver;
}

/* clt_link_read reads and encodes the fields of the job; row_limit 0 means all rows. */
void
clt_link_read(LinkJob *job, int64 row_limit)
{
	MemoryContext old = MemoryContextSwitchTo(job->context);
	SPIExecuteOptions options;
	StringInfoData sql;
	int			i;

	clt_link_progress_phase(job, LINK_PHASE_READING);
	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT %s FROM %s", select_list(job, false), job->qualified);
	if (row_limit > 0)
		appendStringInfo(&sql, " ORDER BY 1 LIMIT " INT64_FORMAT, row_limit);
	memset(&options, 0, sizeof(options));
	options.read_only = false;
	options.dest = clt_link_receiver(job, 1024);
	if (SPI_execute_extended(sql.data, &options) < 0)
		elog(ERROR, "could not read \"%s\"", job->table);
	clt_link_progress_records(job, job->n, job->n);
	sort_by_key(job, 0, job->key_column, job->table);
	job->nleft = job->n;
	if (OidIsValid(job->right))
	{
		if (SPI_execute_extended(psprintf("SELECT %s FROM %s", select_list(job, true), job->right_qualified), &options) < 0)
			elog(ERROR, "could not read %s", job->right_qualified);
		clt_link_progress_records(job, job->n, job->n);
		sort_by_key(job, job->nleft, job->right_key_column, job->right_qualified);
	}
	both_names(job);
	clt_link_find_copies(job);
	for (i = 0; i < job->nfields; i++)
		count_values(job, i);
	MemoryContextSwitchTo(old);
}
