/*
 * encode.c
 *		From the text or date of a record to the code of its value.
 *
 * A value that was seen before costs one hash and one look-up; a new one is
 * normalised (normalize.c) and, if its normal form is new as well, gets a code
 * (dictionary.c).  A column is encoded for many rows at once: all are hashed, then
 * all are looked up, and the normal forms of new ones too, some at a time, so that the
 * waits for the tables pass together.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "core/clientele.h"
#include "core/encoding.h"
#include "core/hash.h"
#include "linkage/reading.h"
#include "linkage/engine.h"
#include "linkage/normalize.h"

/* So many rows are hashed before the first of them is looked up. */
#define AHEAD 256

static void
raw_grow(LinkField *field)
{
	LinkRawSlot *old = field->raw;
	uint32		size = field->raw_size;
	uint32		i;

	field->raw = clt_link_large_zero(GetMemoryChunkContext(old), (Size) size * 2 * sizeof(LinkRawSlot));
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

/* raw_slot finds the slot of a raw value by its bytes' hash, or the free one where it belongs. */
static inline LinkRawSlot *
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

/* raw_hash makes the two hashes that stand for a text: 95 bits, never 0 in the second. */
static inline uint64
raw_hash(const char *s, uint32 len, uint32 *check)
{
	const unsigned char *p = (const unsigned char *) s;
	uint64		h = CLT_HASH_K0 + len;
	uint64		g = CLT_HASH_K2 + len;
	uint64		a;
	uint64		b;

	for (; len > 16; p += 16, len -= 16)
	{
		a = clt_load_le(p, 8);
		b = clt_load_le(p + 8, 8);
		h = clt_mix64(a ^ CLT_HASH_K1, b ^ h);
		g = clt_mix64(a ^ g, b ^ CLT_HASH_K0);
	}
	if (len >= 8)
	{
		a = clt_load_le(p, 8);
		b = clt_load_le(p + len - 8, 8);
	}
	else if (len >= 4)
	{
		a = clt_load_le(p, 4);
		b = clt_load_le(p + len - 4, 4);
	}
	else
	{
		a = len ? p[0] | (uint64) p[len >> 1] << 8 : 0;
		b = len ? p[len - 1] : 0;
	}
	g = clt_mix64(a ^ g, b ^ CLT_HASH_K0);
	*check = (uint32) (g >> 32) | 1;
	return clt_mix64(clt_mix64(a ^ CLT_HASH_K1, b ^ h) ^ CLT_HASH_K0, CLT_HASH_K2);
}

/* normalize makes what is compared of a text in the database's encoding; false if that is nothing. */
static bool
normalize(LinkField *field, const char *s, uint32 len, CltNormal *normal)
{
	size_t		n = GetDatabaseEncoding() != PG_UTF8 && len > CLT_NORMAL_CAP ? (size_t) pg_mbcliplen(s, (int) len, CLT_NORMAL_CAP) : len;
	const char *utf8 = clt_read_as_utf8(s, &n);
	bool		good = clt_normalize(field->kind, utf8, n, normal);

	if (utf8 != s)
		pfree((char *) utf8);
	return good && clt_link_accept(field, normal);
}

/* encode_text encodes one text. */
static uint32
encode_text(LinkField *field, const char *s, uint32 len, CltNormal *normal)
{
	LinkRawSlot *slot;
	uint64		hash;
	uint32		check;
	uint32		code = 0;

	if (len == 0)
		return 0;
	hash = raw_hash(s, len, &check);
	slot = raw_slot(field, hash, check);
	if (slot->check)
		return slot->code;
	if (normalize(field, s, len, normal))
		code = clt_link_value_code(field, normal);
	return raw_new(field, slot, hash, check, code);
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
		uint32		e = encode_text(field->element, s, (uint32) ((stop ? stop : end) - s), normal);

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
			field->col.token_ids = clt_link_large_grow(field->col.token_ids, (Size) field->token_ids_cap * sizeof(uint32));
		}
		field->col.token_ids[field->token_ids_used++] = element[i];
		field->col.values[code].ntokens++;
	}
	return code;
}

/* Numbers of texts that were not seen before begin here, in the place of codes, until they have some. */
#define NEW_TEXT ((uint32) 1 << 31)

/* A batch of texts on their way. */
typedef struct TextBatch
{
	const LinkRaw *raw;
	uint32		from;			/* row */
	uint32		n;
	uint64		hash[AHEAD];
	uint32		check[AHEAD];
	uint32		code[AHEAD];
	uint32		nnew;			/* of these, not seen before: */
	uint32		new_at[AHEAD];
} TextBatch;

static inline uint32
text_start(const TextBatch *batch, uint32 i)
{
	return batch->from + i > 0 ? batch->raw->end[batch->from + i - 1] : 0;
}

/* hash_texts hashes all texts of a batch and has the places fetched where they are looked up. */
static void
hash_texts(const LinkField *field, TextBatch *batch)
{
	uint32		start = text_start(batch, 0);
	uint32		i;

	for (i = 0; i < batch->n; i++)
	{
		uint32		end = batch->raw->end[batch->from + i];

		batch->check[i] = 0;
		if (end > start)
		{
			batch->hash[i] = raw_hash(batch->raw->bytes + start, end - start, &batch->check[i]);
			__builtin_prefetch(&field->raw[(uint32) batch->hash[i] & (field->raw_size - 1)]);
		}
		start = end;
	}
}

/* look_up finds the codes of the texts that were seen before; of the others it lists those that differ. */
static void
look_up(LinkField *field, TextBatch *batch)
{
	uint32		i;

	batch->nnew = 0;
	for (i = 0; i < batch->n; i++)
	{
		LinkRawSlot *slot;

		batch->code[i] = 0;
		if (!batch->check[i])
			continue;
		slot = raw_slot(field, batch->hash[i], batch->check[i]);
		if (slot->check)
		{
			batch->code[i] = slot->code;
			continue;
		}
		batch->code[i] = NEW_TEXT | batch->nnew;
		batch->new_at[batch->nnew] = i;
		(void) raw_new(field, slot, batch->hash[i], batch->check[i], NEW_TEXT | batch->nnew++);
	}
}

/* encode_new encodes some of the texts that were not seen before. */
static void
encode_new(LinkField *field, TextBatch *batch, const uint32 *at, uint32 n, uint32 *codes, CltNormal *normals)
{
	bool		good[LINK_NORMALS];
	uint64		hash[LINK_NORMALS];
	uint32		k;

	for (k = 0; k < n; k++)
	{
		uint32		start = text_start(batch, at[k]);
		uint32		len = batch->raw->end[batch->from + at[k]] - start;

		if (field->element)
		{
			codes[k] = encode_several(field, batch->raw->bytes + start, len, &normals[0]);
			continue;
		}
		codes[k] = 0;
		good[k] = normalize(field, batch->raw->bytes + start, len, &normals[k]);
		if (good[k])
			hash[k] = clt_link_value_hash(field, &normals[k]);
	}
	for (k = 0; k < n; k++)
	{
		if (!field->element && good[k])
			codes[k] = clt_link_hashed_code(field, &normals[k], hash[k]);
		raw_slot(field, batch->hash[at[k]], batch->check[at[k]])->code = codes[k];
	}
}

/* encode_texts encodes the texts of a batch. */
static void
encode_texts(LinkField *field, TextBatch *batch, uint32 *codes, uint32 stride, CltNormal *normals)
{
	uint32		new_code[AHEAD];
	uint32		i;

	hash_texts(field, batch);
	look_up(field, batch);
	for (i = 0; i < batch->nnew; i += LINK_NORMALS)
		encode_new(field, batch, batch->new_at + i, Min(LINK_NORMALS, batch->nnew - i), new_code + i, normals);
	for (i = 0; i < batch->n; i++)
		codes[(Size) i * stride] = batch->code[i] & NEW_TEXT ? new_code[batch->code[i] & ~NEW_TEXT] : batch->code[i];
}

/* encode_day encodes a day, yyyymmdd. */
static uint32
encode_day(LinkField *field, uint32 day, CltNormal *normal)
{
	uint64		hash = clt_block_mix(UINT64CONST(0x5bd1e995) + day);
	LinkRawSlot *slot = raw_slot(field, hash, 1);
	uint32		code = 0;

	if (slot->check)
		return slot->code;
	clt_normalize_date((int) day / 10000, (int) day / 100 % 100, (int) day % 100, normal);
	if (normal->len > 0)
		code = clt_link_value_code(field, normal);
	return raw_new(field, slot, hash, 1, code);
}

/* clt_link_encode gives a field's values in some rows their codes, 0 where there is nothing to be compared; normals is room for LINK_NORMALS. */
void
clt_link_encode(LinkField *field, const LinkRaw *raw, uint32 rows, uint32 *codes, uint32 stride, CltNormal *normals)
{
	TextBatch	batch;
	uint32		i;

	if (raw->days)
	{
		for (i = 0; i < rows; i++)
			codes[(Size) i * stride] = raw->end[i] ? encode_day(field, raw->end[i], normals) : 0;
		return;
	}
	batch.raw = raw;
	for (i = 0; i < rows; i += AHEAD)
	{
		batch.from = i;
		batch.n = Min(AHEAD, rows - i);
		encode_texts(field, &batch, codes + (Size) i * stride, stride, normals);
	}
}
