/*
 * dictionary.c
 *		The dictionary of a column: its distinct normal forms and their words.
 *
 * A normal form gets the next code when it is seen for the first time.  Texts lie in
 * pieces of a pool and stay where they are while the arrays grow.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "core/clientele.h"
#include "linkage/reading.h"
#include "linkage/engine.h"

/* Texts are kept in pieces of this size. */
#define TEXT_POOL 65536

/* clt_link_field_start makes empty dictionaries with room for so many values, a power of two. */
void
clt_link_field_start(LinkJob *job, LinkField *field, uint32 room)
{
	memset(&field->col, 0, sizeof(field->col));
	field->col.kind = field->kind;
	field->text = AllocSetContextCreate(job->context, "clientele linkage text", ALLOCSET_DEFAULT_SIZES);
	field->pool_left = 0;
	field->raw_used = 0;
	field->raw_size = room * 2;
	field->raw = clt_link_large_zero(job->context, field->raw_size * sizeof(LinkRawSlot));
	field->norm_size = room * 2;
	field->norm = clt_link_large_zero(job->context, field->norm_size * sizeof(LinkNormSlot));
	field->token_map_size = room * 2;
	field->token_map = clt_link_large_zero(job->context, field->token_map_size * sizeof(uint32));
	field->values_cap = room;
	field->col.values = clt_link_large_zero(job->context, field->values_cap * sizeof(CltValue));
	field->col.nvalues = 1;
	field->tokens_cap = room;
	field->col.tokens = clt_link_large_zero(job->context, field->tokens_cap * sizeof(CltToken));
	field->token_ids_used = 0;
	field->token_ids_cap = room * 2;
	field->col.token_ids = clt_link_large_zero(job->context, field->token_ids_cap * sizeof(uint32));
	field->before = NULL;
	field->nbefore = 0;
	if (field->element)
		clt_link_field_start(job, field->element, room);
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

/* norm_slot finds the slot of a normal form, or the free one where it belongs. */
static LinkNormSlot *
norm_slot(const LinkField *field, uint64 hash, const char *s, uint32 len)
{
	uint32		at = (uint32) hash & (field->norm_size - 1);

	for (; field->norm[at].code; at = (at + 1) & (field->norm_size - 1))
	{
		const CltValue *v;

		if (field->norm[at].hash != (uint32) hash)
			continue;
		v = &field->col.values[field->norm[at].code];
		if (v->hash == hash && v->len == len && memcmp(clt_value_text(v), s, len) == 0)
			break;
	}
	return &field->norm[at];
}

static void
norm_grow(LinkField *field)
{
	LinkNormSlot *old = field->norm;
	uint32		size = field->norm_size;
	uint32		i;

	field->norm_size *= 2;
	field->norm = clt_link_large_zero(GetMemoryChunkContext(old), (Size) field->norm_size * sizeof(LinkNormSlot));
	for (i = 0; i < size; i++)
	{
		uint32		at = old[i].hash & (field->norm_size - 1);

		if (!old[i].code)
			continue;
		while (field->norm[at].code)
			at = (at + 1) & (field->norm_size - 1);
		field->norm[at] = old[i];
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
	field->col.values = clt_link_large_grow(field->col.values, (Size) field->values_cap * sizeof(CltValue));
	for (i = 0; i < field->col.nvalues; i++)
		field->col.values[i].text +=old - (char *) field->col.values;
}

static void
tokens_grow(LinkField *field)
{
	char	   *old = (char *) field->col.tokens;
	uint32		i;

	field->tokens_cap *= 2;
	field->col.tokens = clt_link_large_grow(field->col.tokens, (Size) field->tokens_cap * sizeof(CltToken));
	for (i = 0; i < field->col.ntokens; i++)
		field->col.tokens[i].text +=old - (char *) field->col.tokens;
}

static uint32
token_code(LinkField *field, const char *s, uint32 len)
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
	if (field->kind == CLT_KIND_FULL_NAME)
		clt_token_of_name(&field->col.tokens[i]);
	field->token_map[slot] = i + 1;
	if (field->col.ntokens * 2 > field->token_map_size)
	{
		uint32		size = field->token_map_size * 2;
		uint32	   *map = clt_link_large_zero(GetMemoryChunkContext(field->token_map), (Size) size * sizeof(uint32));
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

/* clt_link_value_hash returns the hash of a normal form; where it is looked up by that is fetched meanwhile. */
uint64
clt_link_value_hash(const LinkField *field, const CltNormal *normal)
{
	uint64		h = clt_block_hash(normal->s, normal->len, 2);

	/* a street's house number belongs to its value */
	if (field->kind == CLT_KIND_STREET && normal->alt[1])
		h = clt_block_combine(h, normal->alt[1]);
	__builtin_prefetch(&field->norm[(uint32) h & (field->norm_size - 1)]);
	return h;
}

/* clt_link_value_code returns the code of a normal form, a new one if it is new. */
uint32
clt_link_value_code(LinkField *field, const CltNormal *normal)
{
	return clt_link_hashed_code(field, normal, clt_link_value_hash(field, normal));
}

/* clt_link_hashed_code does so, given its hash. */
uint32
clt_link_hashed_code(LinkField *field, const CltNormal *normal, uint64 h)
{
	LinkNormSlot *slot = norm_slot(field, h, normal->s, normal->len);
	CltValue   *v;
	uint32		code;
	int			i;

	if (slot->code)
		return slot->code;
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
			field->col.token_ids = clt_link_large_grow(field->col.token_ids,
													   (Size) field->token_ids_cap * sizeof(uint32));
		}
		field->col.token_ids[field->token_ids_used++] =
			token_code(field, normal->s + normal->token_off[i], normal->token_len[i]);
		v->ntokens++;
	}
	slot->hash = (uint32) h;
	slot->code = code;
	if (field->col.nvalues * 2 > field->norm_size)
		norm_grow(field);
	return code;
}

/* clt_link_find_value returns the code of a value that the field has, or 0. */
uint32
clt_link_find_value(const LinkField *field, const char *s, uint32 len)
{
	return norm_slot(field, clt_block_hash(s, len, 2), s, len)->code;
}

/* clt_link_forget_maps frees what only reading needs. */
void
clt_link_forget_maps(LinkField *field)
{
	if (!field->raw)
		return;
	pfree(field->raw);
	field->raw = NULL;
	pfree(field->norm);
	field->norm = NULL;
	pfree(field->token_map);
	field->token_map = NULL;
}
