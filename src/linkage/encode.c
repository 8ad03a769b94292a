/*
 * encode.c
 *		From the text or date of a record to the code of its value.
 *
 * A value that was seen before costs one hash and one look-up; a new one is
 * normalised (normalize.c) and, if its normal form is new as well, gets a code
 * (dictionary.c).
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "core/clientele.h"
#include "linkage/dictionary.h"
#include "linkage/engine.h"
#include "linkage/normalize.h"

static void
raw_grow(LinkField *field)
{
	LinkRawSlot *old = field->raw;
	uint32		size = field->raw_size;
	uint32		i;

	field->raw = clt_link_huge_alloc(GetMemoryChunkContext(old), (Size) size * 2 * sizeof(LinkRawSlot));
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

/*
 * encode_several encodes a record's several values of one kind: each by itself, and
 * the set of them as the value of the field, whose words the single values are.
 */
static uint32
encode_several(LinkField *field, const char *s, size_t len, CltNormal *normal)
{
	uint32		element[LINK_MAX_ELEMENTS];
	const CltColumn *single = &field->element->col;
	const char *end = s + len;
	uint32		known = field->col.nvalues;
	uint32		code;
	int			n = 0;
	int			i;

	while (s < end)
	{
		const char *stop = memchr(s, LINK_SEPARATOR, end - s);
		uint32		e = clt_link_encode_bytes(field->element, s, (stop ? stop : end) - s, normal);

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
	code = clt_link_value_code(field, normal);
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

/* clt_link_encode_bytes turns the text of a value into its code. */
uint32
clt_link_encode_bytes(LinkField *field, const char *s, size_t len, CltNormal *normal)
{
	return clt_link_encode_hashed(field, s, len, clt_link_raw_hash(s, len), normal);
}

/* clt_link_encode_hashed does so for a text whose hash is known. */
uint32
clt_link_encode_hashed(LinkField *field, const char *s, size_t len, uint64 hash, CltNormal *normal)
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
		code = encode_several(field, s, len, normal);
	else if (clt_normalize(field->kind, s, len, normal) && clt_link_accept(field, normal))
		code = clt_link_value_code(field, normal);
	return raw_new(field, raw_slot(field, hash, check), hash, check, code);
}

/* clt_link_encode_day does the same for a day given as numbers. */
uint32
clt_link_encode_day(LinkField *field, int year, int month, int day, CltNormal *normal)
{
	uint64		hash = clt_block_mix(UINT64CONST(0x5bd1e995) + year * 10000 + month * 100 + day);
	LinkRawSlot *slot = raw_slot(field, hash, 1);
	uint32		code = 0;

	if (slot->check)
		return slot->code;
	clt_normalize_date(year, month, day, normal);
	if (normal->len > 0)
		code = clt_link_value_code(field, normal);
	return raw_new(field, slot, hash, 1, code);
}
