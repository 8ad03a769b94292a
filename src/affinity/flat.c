/*
 * flat.c
 *		The stored form of type affinity: an object into bytes and back.
 *
 * What also_bought() needs (items and lines) comes first, so that it fetches
 * no more of a toasted value than that; basket ids come last.
 */
#include "postgres.h"

#include "access/detoast.h"
#include "utils/memutils.h"

#include "affinity/names.h"
#include "affinity/store.h"

void
clt_affinity_corrupt(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("invalid affinity value"),
			 errdetail("In its stored form, %s.", detail)));
}

/* ---- writing -------------------------------------------------------------- */

static Size
keys_bound(const AffDict *dict, bool counts)
{
	Size		size = 0;
	uint32		i;

	if (dict->spec.byval)
		size = (Size) dict->n * CLT_VARINT_MAX;
	else
		for (i = 0; i < dict->n; i++)
			size += clt_key_size(&dict->spec, dict->key[i]);
	return size + (counts ? (Size) dict->n * CLT_VARINT_MAX : 0);
}

static Size
put_items(AffinityObject *o, char *out)
{
	char	   *p = out;
	uint32		i;

	for (i = 0; i < o->items.n; i++)
	{
		p += clt_varint_put((uint8_t *) p, o->frequency[i]);
		p += clt_key_put(p, &o->items.spec, o->items.key[i]);
	}
	return p - out;
}

/* Basket ids; by-value ones ascend and are stored as differences. */
static Size
put_keys(AffinityObject *o, char *out)
{
	char	   *p = out;
	uint32		i;

	for (i = 0; i < o->keys.n; i++)
	{
		if (o->keys.spec.byval && i > 0)
			p += clt_varint_put((uint8_t *) p, (uint64) o->keys.key[i] - (uint64) o->keys.key[i - 1]);
		else
			p += clt_key_put(p, &o->keys.spec, o->keys.key[i]);
	}
	return p - out;
}

static Size
put_payload(AffinityObject *o, char *out)
{
	char	   *p = out;
	uint32		nlines = o->base.start[o->base.nkeyed + o->base.nloose];
	uint32		i;
	int			c;

	for (c = 0; c < 2; c++)
		for (i = 0; i < nlines; i++)
			p += clt_varint_put((uint8_t *) p, clt_zigzag(o->pay[c][i]));
	return p - out;
}

static Size
put_absent(AffinityObject *o, char *out)
{
	char	   *p = out;
	uint64		e;

	for (e = 0; e < o->nabsent; e++)
	{
		p += clt_varint_put((uint8_t *) p, o->entry[e].basket);
		p += clt_varint_put((uint8_t *) p, o->entry[e].item);
		p += clt_varint_put((uint8_t *) p, clt_zigzag(o->entry[e].pay[0]));
		p += clt_varint_put((uint8_t *) p, clt_zigzag(o->entry[e].pay[1]));
	}
	return p - out;
}

/* Events: per customer the number of events, then item and time since the last. */
static Size
put_events(AffinityObject *o, char *out)
{
	char	   *p = out;
	uint32		b,
				i;

	for (b = 0; b < o->base.nkeyed; b++)
	{
		uint64		before = 0;

		p += clt_varint_put((uint8_t *) p, o->base.start[b + 1] - o->base.start[b]);
		for (i = o->base.start[b]; i < o->base.start[b + 1]; i++)
		{
			p += clt_varint_put((uint8_t *) p, o->base.item[i]);
			p += clt_varint_put((uint8_t *) p, clt_zigzag((int64) ((uint64) o->pay[0][i] - before)));
			before = (uint64) o->pay[0][i];
		}
	}
	return p - out;
}

static Size
names_size(const AffinityObject *o)
{
	return 2 + strlen(clt_collation_name(o->items.spec.collation)) +
		strlen(clt_collation_name(o->keys.spec.collation));
}

/* The stored form; kept until the object changes. */
AffinityFlat *
clt_affinity_flatten(AffinityObject *o)
{
	bool		events = (o->flags & AFFINITY_EVENTS) != 0;
	bool		weighted = (o->flags & AFFINITY_WEIGHTED) != 0;
	AffinityFlat *f;
	Size		lines_bound,
				bound,
				size,
				keyed_len = 0;
	Size		length[5];
	char	   *p;

	clt_affinity_order(o);
	if (o->flat != NULL)
		return o->flat;
	lines_bound = events ? (Size) o->base.start[o->base.nkeyed] * 16 + (Size) o->base.nkeyed * 5 :
		clt_baskets_encoded_bound(&o->base);
	bound = offsetof(AffinityFlat, data) + names_size(o) + keys_bound(&o->items, true) + keys_bound(&o->keys, false) +
		lines_bound + o->nabsent * 30 +
		(weighted ? (Size) o->base.start[o->base.nkeyed + o->base.nloose] * 2 * CLT_VARINT_MAX : 0);
	f = MemoryContextAllocHuge(o->cxt, bound);
	memset(f, 0, offsetof(AffinityFlat, data));
	f->version = AFFINITY_VERSION;
	f->flags = o->flags;
	f->item_type = o->items.spec.type;
	f->basket_type = o->keys.spec.type;
	f->nitems = o->items.n;
	f->nkeyed = o->base.nkeyed;
	f->nloose = o->base.nloose;
	f->nlines = o->base.start[o->base.nkeyed + o->base.nloose];
	f->nbaskets = o->nbaskets;
	f->nskipped = o->nskipped;
	f->ntruncated = o->ntruncated;
	f->sample_bits = o->sample_bits;
	f->longest = o->longest;
	f->within_time = o->within_time;
	f->within_day = o->within_day;
	f->within_month = o->within_month;
	f->nabsent = (uint32) o->nabsent;
	f->limit_mb = o->limit_mb;

	p = f->data;
	strcpy(p, clt_collation_name(o->items.spec.collation));
	p += strlen(p) + 1;
	strcpy(p, clt_collation_name(o->keys.spec.collation));
	p += strlen(p) + 1;
	f->names_len = p - f->data;
	p += length[0] = put_items(o, p);
	p += length[1] = events ? put_events(o, p) : clt_baskets_encode(&o->base, (uint8_t *) p, &keyed_len);
	p += length[2] = weighted ? put_payload(o, p) : 0;
	p += length[3] = put_absent(o, p);
	p += length[4] = put_keys(o, p);
	size = p - (char *) f;
	if (size > MaxAllocSize)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("affinity of %zu bytes exceeds the %zu bytes a value may have", size, (Size) MaxAllocSize),
				 errhint("Aggregate by period or by group of items.")));
	f->items_len = length[0];
	f->lines_len = length[1];
	f->keyed_len = keyed_len;
	f->pay_len = length[2];
	f->absent_len = length[3];
	f->keys_len = length[4];
	SET_VARSIZE(f, size);
	o->flat = repalloc_huge(f, size);
	return o->flat;
}

static Size
affinity_flat_size(ExpandedObjectHeader *eohptr)
{
	return VARSIZE(clt_affinity_flatten((AffinityObject *) eohptr));
}

static void
affinity_flatten_into(ExpandedObjectHeader *eohptr, void *result, Size allocated_size)
{
	AffinityObject *o = (AffinityObject *) eohptr;
	AffinityFlat *f = clt_affinity_flatten(o);

	Assert(allocated_size == VARSIZE(f));
	memcpy(result, f, allocated_size);
	pfree(f);
	o->flat = NULL;
}

const ExpandedObjectMethods clt_affinity_methods = {
	affinity_flat_size,
	affinity_flatten_into
};

/* ---- reading -------------------------------------------------------------- */

/* Header and section lengths against the size of the value. */
static void
check_header(const AffinityFlat *f, Size size)
{
	uint64		sum;

	if (size < offsetof(AffinityFlat, data))
		clt_affinity_corrupt("the header is cut short");
	if (f->version != AFFINITY_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("affinity value has version %d, this library reads version %d", f->version, AFFINITY_VERSION)));
	if ((f->flags & ~AFFINITY_FLAGS) != 0 || f->reserved != 0)
		clt_affinity_corrupt("unknown flags are set");
	sum = (uint64) offsetof(AffinityFlat, data) + f->names_len + f->items_len + f->lines_len + f->pay_len +
		f->absent_len + f->keys_len;
	if (sum != size || f->keyed_len > f->lines_len)
		clt_affinity_corrupt("the lengths of its parts do not add up");
	if (f->nitems > f->items_len || (uint64) f->nkeyed + f->nloose > f->lines_len || f->nlines > f->lines_len ||
		f->nkeyed > f->keys_len || f->nabsent > f->absent_len || f->names_len < 2)
		clt_affinity_corrupt("a count is larger than its part");
}

/* Bytes being read, and what is wrong with them. */
typedef struct Cursor
{
	const uint8 *in;
	const uint8 *end;
	const char *why;			/* NULL: nothing so far */
} Cursor;

/* The next number; zero once something is wrong. */
static uint64
read_number(Cursor *c, uint64 limit)
{
	uint64_t	v;
	Size		n;

	if (c->why != NULL)
		return 0;
	n = clt_varint_get(c->in, c->end - c->in, &v);
	c->in += n;
	if (n == 0)
		c->why = "a number is cut short";
	else if (v > limit)
		c->why = "a number is too large";
	return c->why == NULL ? v : 0;
}

static const char *
read_end(const Cursor *c)
{
	return c->why != NULL ? c->why : c->in != c->end ? "bytes are left over" : NULL;
}

static const char *
read_payload(AffinityObject *o, Cursor c)
{
	uint32		nlines = o->base.start[o->base.nkeyed + o->base.nloose];
	uint32		i;
	int			k;

	for (k = 0; k < 2; k++)
	{
		o->pay[k] = clt_huge_alloc(o->cxt, nlines, int64);
		for (i = 0; i < nlines && c.why == NULL; i++)
			o->pay[k][i] = clt_unzigzag(read_number(&c, PG_UINT64_MAX));
	}
	return read_end(&c);
}

static const char *
read_absent(AffinityObject *o, uint32 n, Cursor c)
{
	uint32		i;

	for (i = 0; i < n; i++)
	{
		uint32		basket = read_number(&c, PG_UINT32_MAX);
		uint32		item = read_number(&c, PG_UINT32_MAX);
		int64		pay0 = clt_unzigzag(read_number(&c, PG_UINT64_MAX));
		int64		pay1 = clt_unzigzag(read_number(&c, PG_UINT64_MAX));

		if (c.why != NULL)
			return c.why;
		if (basket >= o->base.nkeyed || item >= o->items.n)
			return "a returned line is of no basket or item";
		clt_affinity_add_entry(o, basket, item, pay0, pay1);
	}
	o->nabsent = n;
	return read_end(&c);
}

static const char *
read_events(AffinityObject *o, uint32 nlines, Cursor c)
{
	uint32		b,
				line = 0;

	o->pay[0] = clt_huge_alloc(o->cxt, nlines, int64);
	o->pay[1] = clt_huge_alloc(o->cxt, nlines, int64);
	for (b = 0; b < o->base.nkeyed; b++)
	{
		uint32		n = read_number(&c, nlines - line);
		uint64		before = 0;

		o->base.start[b] = line;
		for (; n > 0; n--, line++)
		{
			o->base.item[line] = read_number(&c, PG_UINT32_MAX);
			before += (uint64) clt_unzigzag(read_number(&c, PG_UINT64_MAX));
			o->pay[0][line] = (int64) before;
			o->pay[1][line] = 0;
			if (c.why != NULL)
				return c.why;
			if (o->base.item[line] >= o->items.n)
				return "an event is of no item";
		}
	}
	o->base.start[b] = line;
	return line != nlines ? "events are missing" : read_end(&c);
}

/*
 * clt_affinity_read_items reads names and items, which follow the header, into
 * an empty dictionary; returns how often each item occurs.
 */
uint32	   *
clt_affinity_read_items(AffDict *dict, const AffinityFlat *f, const uint8 *data)
{
	const char *names = (const char *) data;
	Cursor		c = {data + f->names_len, data + f->names_len + f->items_len, NULL};
	uint32	   *frequency;
	uint32		i;

	if (names[f->names_len - 1] != '\0' || strlen(names) + 1 >= f->names_len)
		clt_affinity_corrupt("a name is missing");
	if (OidIsValid(f->item_type))
		(void) clt_key_spec(&dict->spec, f->item_type, clt_collation_by_name(names, NULL), "item", NULL);
	else if (f->nitems > 0)
		clt_affinity_corrupt("items are of no type");
	frequency = clt_huge_alloc(dict->cxt, f->nitems, uint32);
	for (i = 0; i < f->nitems; i++)
	{
		frequency[i] = read_number(&c, PG_UINT32_MAX);
		clt_dict_append(dict, clt_key_get(dict, &c.in, c.end));
	}
	if (read_end(&c) != NULL)
		clt_affinity_corrupt(read_end(&c));
	return frequency;
}

/*
 * Reads the baskets of an object whose items are known; returns what is wrong
 * with them, if anything is.
 */
const char *
clt_affinity_read_lines(AffinityObject *o, const AffinityParts *parts)
{
	Cursor		lines = {parts->lines, parts->lines + parts->lines_len, NULL};
	Cursor		pay = {parts->pay, parts->pay + parts->pay_len, NULL};
	Cursor		absent = {parts->absent, parts->absent + parts->absent_len, NULL};
	const char *why = NULL;

	if ((uint64) parts->nkeyed + parts->nloose > parts->lines_len || parts->nlines > parts->lines_len ||
		parts->nabsent > parts->absent_len)
		return "a count is larger than its part";
	if ((o->flags & AFFINITY_WEIGHTED) == 0 && (parts->nabsent != 0 || parts->pay_len != 0))
		return "it holds quantities that it should not";
	if ((o->flags & AFFINITY_PAYLOAD) == AFFINITY_PAYLOAD)
		return "it claims to hold quantities and events";
	if ((o->flags & AFFINITY_EVENTS) != 0 && parts->nloose != 0)
		return "events are of no customer";
	clt_free_if(o->base.start);
	o->base.nitems = o->items.n;
	o->base.nkeyed = parts->nkeyed;
	o->base.nloose = parts->nloose;
	o->base.start = clt_huge_alloc(o->cxt, (Size) parts->nkeyed + parts->nloose + 1, uint32);
	o->base.item = clt_huge_alloc(o->cxt, parts->nlines, uint32);
	o->base.mult = clt_huge_alloc(o->cxt, parts->nloose, uint32);
	if (o->flags & AFFINITY_EVENTS)
		why = read_events(o, parts->nlines, lines);
	else if (clt_baskets_decode(&o->base, parts->nlines, parts->lines, parts->lines_len) != CLT_BASKETS_OK)
		why = "the baskets cannot be read";
	if (why == NULL && (o->flags & AFFINITY_WEIGHTED))
		why = read_payload(o, pay);
	return why != NULL ? why : read_absent(o, parts->nabsent, absent);
}

/*
 * clt_affinity_header returns the header of a value without fetching the rest
 * of a toasted one; the size of the whole is set.
 */
const AffinityFlat *
clt_affinity_header(Datum value, Size *size, AffinityFlat *space)
{
	struct varlena *head;

	if (!clt_affinity_is_flat(value))
	{
		AffinityFlat *f = clt_affinity_flatten((AffinityObject *) DatumGetEOHP(value));

		*size = VARSIZE(f);
		return f;
	}
	*size = toast_raw_datum_size(value);
	head = PG_DETOAST_DATUM_SLICE(value, 0, offsetof(AffinityFlat, data) - VARHDRSZ);
	if (VARSIZE_ANY_EXHDR(head) < offsetof(AffinityFlat, data) - VARHDRSZ)
		clt_affinity_corrupt("the header is cut short");
	memcpy((char *) space + VARHDRSZ, VARDATA_ANY(head), offsetof(AffinityFlat, data) - VARHDRSZ);
	check_header(space, *size);
	return space;
}

/*
 * clt_affinity_expand makes an object of a stored value. Basket ids are read
 * only when somebody will look at them.
 */
AffinityObject *
clt_affinity_expand(Datum value, MemoryContext parent, bool with_keys)
{
	AffinityFlat *f = (AffinityFlat *) PG_DETOAST_DATUM(value);
	AffinityObject *o;
	const char *key_collation;
	const char *why;
	AffinityParts parts;
	Cursor		c;
	uint32		i;

	check_header(f, VARSIZE(f));
	o = clt_affinity_new(parent, f->flags);
	o->nskipped = f->nskipped;
	o->ntruncated = f->ntruncated;
	o->sample_bits = f->sample_bits;
	o->within_time = f->within_time;
	o->within_day = f->within_day;
	o->within_month = f->within_month;
	o->nbaskets = f->nbaskets;
	o->longest = f->longest;
	o->limit_mb = f->limit_mb;

	o->frequency = clt_affinity_read_items(&o->items, f, (const uint8 *) f->data);
	key_collation = f->data + strlen(f->data) + 1;
	if (OidIsValid(f->basket_type))
		(void) clt_key_spec(&o->keys.spec, f->basket_type, clt_collation_by_name(key_collation, NULL), "basket", NULL);

	parts.nkeyed = f->nkeyed;
	parts.nloose = f->nloose;
	parts.nlines = f->nlines;
	parts.nabsent = f->nabsent;
	parts.lines = (const uint8 *) f->data + f->names_len + f->items_len;
	parts.lines_len = f->lines_len;
	parts.pay = parts.lines + f->lines_len;
	parts.pay_len = f->pay_len;
	parts.absent = parts.pay + f->pay_len;
	parts.absent_len = f->absent_len;
	why = clt_affinity_read_lines(o, &parts);
	if (why != NULL)
		clt_affinity_corrupt(why);
	c.in = parts.absent + f->absent_len;
	c.end = c.in + f->keys_len;
	c.why = NULL;
	if (with_keys && f->nkeyed > 0)
	{
		if (!OidIsValid(f->basket_type))
			clt_affinity_corrupt("baskets have ids of no type");
		for (i = 0; i < f->nkeyed; i++)
		{
			if (o->keys.spec.byval && i > 0)
				clt_dict_append(&o->keys, Int64GetDatum((int64) ((uint64) o->keys.key[i - 1] +
																 read_number(&c, PG_UINT64_MAX))));
			else
				clt_dict_append(&o->keys, clt_key_get(&o->keys, &c.in, c.end));
		}
		if (read_end(&c) != NULL)
			clt_affinity_corrupt(read_end(&c));
	}
	if ((Pointer) f != DatumGetPointer(value))
		pfree(f);
	return o;
}
