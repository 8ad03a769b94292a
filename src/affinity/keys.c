/*
 * keys.c
 *		Dictionaries of items and basket ids of any type.
 *
 * Types whose equality is that of their bits or bytes (the btree opclass says
 * so: integers, dates, uuid, text under a deterministic collation ...) are
 * hashed and compared here; the others (citext, numeric, float8 ...) through
 * their own hash opclass. Of keys that are equal without being identical the
 * smallest image is kept, so that the result does not depend on the order in
 * which rows or parallel workers arrive.
 */
#include "postgres.h"

#include "access/nbtree.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "core/hash.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/pg_locale.h"

#include "affinity/store.h"

#define MAX_KEYS	0x7FFFFFFFU

/* Does the default btree opclass of the type say that equal means identical? */
static bool
equal_is_identical(TypeCacheEntry *tc, Oid collation)
{
	Oid			proc;

	if (!OidIsValid(tc->btree_opf))
		return false;
	proc = get_opfamily_proc(tc->btree_opf, tc->btree_opintype, tc->btree_opintype, BTEQUALIMAGE_PROC);
	return OidIsValid(proc) &&
		DatumGetBool(OidFunctionCall1Coll(proc, collation, ObjectIdGetDatum(tc->btree_opintype)));
}

/*
 * clt_key_spec finds out how to treat keys of a type; role says what they are
 * in error messages. False after a soft error.
 */
bool
clt_key_spec(AffKeySpec *spec, Oid type, Oid collation, const char *role, Node *escontext)
{
	TypeCacheEntry *tc;

	memset(spec, 0, sizeof(*spec));
	type = getBaseType(type);
	if (!OidIsValid(type) || get_typtype(type) == TYPTYPE_PSEUDO)
		ereturn(escontext, false,
				(errcode(ERRCODE_INDETERMINATE_DATATYPE),
				 errmsg("could not determine the type of the %s", role),
				 errhint("Cast it to a type that a table column can have.")));
	tc = lookup_type_cache(type, TYPECACHE_HASH_PROC_FINFO | TYPECACHE_EQ_OPR_FINFO | TYPECACHE_BTREE_OPFAMILY |
						   TYPECACHE_CMP_PROC_FINFO);
	if (type_is_collatable(type))
	{
		if (!OidIsValid(collation))
			ereturn(escontext, false,
					(errcode(ERRCODE_INDETERMINATE_COLLATION),
					 errmsg("could not determine which collation to use for the %s", role),
					 errhint("Use the COLLATE clause to set the collation explicitly.")));
	}
	else
		collation = InvalidOid;
	spec->type = type;
	spec->len = tc->typlen;
	spec->byval = tc->typbyval;
	spec->align = tc->typalign;
	spec->storage = tc->typstorage;
	spec->tc = tc;
	if (OidIsValid(collation) && collation != DEFAULT_COLLATION_OID && !get_collation_isdeterministic(collation))
		spec->collation = collation;
	if (tc->typlen == -2)
		ereturn(escontext, false,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("type %s cannot be used for the %s", format_type_be(type), role)));
	if (equal_is_identical(tc, OidIsValid(collation) ? collation : InvalidOid))
		spec->kind = tc->typbyval ? AFF_KEY_INT : AFF_KEY_BYTES;
	else
	{
		spec->kind = AFF_KEY_GENERIC;
		if (!OidIsValid(tc->hash_proc_finfo.fn_oid))
			ereturn(escontext, false,
					(errcode(ERRCODE_UNDEFINED_FUNCTION),
					 errmsg("could not identify a hash function for type %s", format_type_be(type)),
					 errdetail("It is the type of the %s.", role)));
		if (!OidIsValid(tc->eq_opr_finfo.fn_oid))
			ereturn(escontext, false,
					(errcode(ERRCODE_UNDEFINED_FUNCTION),
					 errmsg("could not identify an equality operator for type %s", format_type_be(type)),
					 errdetail("It is the type of the %s.", role)));
	}
	return true;
}

Oid
clt_collation_for(const AffKeySpec *spec)
{
	if (OidIsValid(spec->collation))
		return spec->collation;
	return type_is_collatable(spec->type) ? DEFAULT_COLLATION_OID : InvalidOid;
}

/* The bytes of a by-reference key, without varlena header. */
static inline const char *
image_of(const AffKeySpec *spec, Datum d, Size *len)
{
	if (spec->len == -1)
	{
		*len = VARSIZE_ANY_EXHDR(DatumGetPointer(d));
		return VARDATA_ANY(DatumGetPointer(d));
	}
	*len = spec->len;
	return DatumGetPointer(d);
}

/* Order of images: any total order will do, as long as it never changes. */
int
clt_key_compare_image(const AffKeySpec *spec, Datum a, Datum b)
{
	Size		la,
				lb;
	const char *pa,
			   *pb;
	int			cmp;

	if (spec->byval)
		return (int64) a < (int64) b ? -1 : (int64) a > (int64) b;
	pa = image_of(spec, a, &la);
	pb = image_of(spec, b, &lb);
	cmp = memcmp(pa, pb, Min(la, lb));
	return cmp != 0 ? cmp : la < lb ? -1 : la > lb;
}

static inline uint32
fold_hash(uint64 h)
{
	return (uint32) (h ^ (h >> 32));
}

/*
 * Hash of an integer for the table. Of four bytes or less it is one-to-one
 * (each step can be undone), so that equal hashes need no look at the key.
 */
static inline uint32
int_hash(const AffKeySpec *spec, Datum key)
{
	uint32		h;

	if (spec->len == 8)
		return fold_hash(clt_hash_u64((uint64) key, 0));
	h = (uint32) key * 0x9E3779B1U;
	h ^= h >> 15;
	h *= 0x85EBCA77U;
	h ^= h >> 13;
	return h;
}

uint64
clt_key_hash(const AffKeySpec *spec, Datum key)
{
	Size		len;
	const char *p;

	switch (spec->kind)
	{
		case AFF_KEY_INT:
			return clt_hash_u64((uint64) key, 0);
		case AFF_KEY_BYTES:
			p = image_of(spec, key, &len);
			return clt_hash_bytes(p, len, 0);
		default:
			return clt_hash_u64(DatumGetUInt32(FunctionCall1Coll(&spec->tc->hash_proc_finfo,
																 clt_collation_for(spec), key)), 0);
	}
}

static inline uint32
table_hash(const AffKeySpec *spec, Datum key)
{
	return spec->kind == AFF_KEY_INT ? int_hash(spec, key) : fold_hash(clt_key_hash(spec, key));
}

static inline bool
key_equal(const AffKeySpec *spec, Datum a, Datum b)
{
	Size		la,
				lb;
	const char *pa,
			   *pb;

	switch (spec->kind)
	{
		case AFF_KEY_INT:
			return a == b;
		case AFF_KEY_BYTES:
			pa = image_of(spec, a, &la);
			pb = image_of(spec, b, &lb);
			return la == lb && memcmp(pa, pb, la) == 0;
		default:
			return DatumGetBool(FunctionCall2Coll(&spec->tc->eq_opr_finfo, clt_collation_for(spec), a, b));
	}
}

/* What stands before the keys of a block, so that the block can be given back. */
typedef struct AffKeyBlock
{
	struct AffKeyBlock *next;
} AffKeyBlock;

#define BLOCK_HEAD	MAXALIGN(sizeof(AffKeyBlock))

/* A block of the given size, head included; returns what is behind the head. */
static char *
new_block(AffDict *dict, Size size)
{
	AffKeyBlock *b = MemoryContextAllocHuge(dict->cxt, size);

	b->next = dict->blocks;
	dict->blocks = b;
	return (char *) b + BLOCK_HEAD;
}

/* Space for a key in the dictionary's blocks. */
static char *
key_space(AffDict *dict, Size size, Size align)
{
	char	   *p;
	Size		skip;

	if (size > 8192)
		return new_block(dict, BLOCK_HEAD + size);
	skip = TYPEALIGN(align, (uintptr_t) dict->block) - (uintptr_t) dict->block;
	if (dict->block == NULL || dict->block_left < size + skip)
	{
		dict->block_size = dict->block_size == 0 ? 1024 : Min(dict->block_size * 2, 256 * 1024);
		dict->block_size = Max(dict->block_size, BLOCK_HEAD + size);
		dict->block = new_block(dict, dict->block_size);
		dict->block_left = dict->block_size - BLOCK_HEAD;
		skip = 0;
	}
	p = dict->block + skip;
	dict->block += skip + size;
	dict->block_left -= skip + size;
	return p;
}

/* Makes a key Datum of its bytes, in the dictionary's memory. */
static Datum
store_image(AffDict *dict, const char *image, Size len)
{
	const AffKeySpec *spec = &dict->spec;
	char	   *p;

	if (spec->len != -1)
	{
		p = key_space(dict, len, MAXIMUM_ALIGNOF);
		memcpy(p, image, len);
	}
	else if (spec->storage != TYPSTORAGE_PLAIN && len + VARHDRSZ_SHORT <= VARATT_SHORT_MAX)
	{
		p = key_space(dict, len + VARHDRSZ_SHORT, 1);
		SET_VARSIZE_SHORT(p, len + VARHDRSZ_SHORT);
		memcpy(p + VARHDRSZ_SHORT, image, len);
	}
	else
	{
		p = key_space(dict, len + VARHDRSZ, MAXIMUM_ALIGNOF);
		SET_VARSIZE(p, len + VARHDRSZ);
		memcpy(p + VARHDRSZ, image, len);
	}
	return PointerGetDatum(p);
}

static Datum
store_key(AffDict *dict, Datum key)
{
	Size		len;
	const char *image;

	if (dict->spec.byval)
		return key;
	image = image_of(&dict->spec, key, &len);
	return store_image(dict, image, len);
}

/* Builds the hash table of all keys the dictionary has, with room to grow. */
static void
build_slots(AffDict *dict, uint64 nslots)
{
	uint32		i;

	dict->slot = MemoryContextAllocExtended(dict->cxt, (Size) nslots * sizeof(uint64),
											MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	dict->mask = (uint32) (nslots - 1);
	for (i = 0; i < dict->n; i++)
	{
		uint32		h = table_hash(&dict->spec, dict->key[i]);
		uint32		s = h & dict->mask;

		while (dict->slot[s] != 0)
			s = (s + 1) & dict->mask;
		dict->slot[s] = (uint64) h << 32 | (i + 1);
	}
}

static void
grow_slots(AffDict *dict)
{
	uint64		nslots;			/* MAX_KEYS keys need 2^32 */
	uint64	   *old = dict->slot;
	uint64		i,
				old_n = (uint64) dict->mask + 1;

	if (old == NULL)
	{
		for (nslots = 64; nslots < (uint64) dict->n * 2; nslots *= 2)
			;
		build_slots(dict, nslots);
		return;
	}
	nslots = old_n * 2;
	dict->slot = MemoryContextAllocExtended(dict->cxt, (Size) nslots * sizeof(uint64),
											MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	dict->mask = (uint32) (nslots - 1);
	for (i = 0; i < old_n; i++)
	{
		uint32		s;

		if (old[i] == 0)
			continue;
		s = (uint32) (old[i] >> 32) & dict->mask;
		while (dict->slot[s] != 0)
			s = (s + 1) & dict->mask;
		dict->slot[s] = old[i];
	}
	pfree(old);
}

/* Appends a key without looking whether it is there. */
uint32
clt_dict_append(AffDict *dict, Datum stored)
{
	if (dict->n >= dict->capacity)
	{
		if (dict->n >= MAX_KEYS)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("an affinity holds at most %u items and as many baskets", MAX_KEYS)));
		dict->capacity = dict->capacity == 0 ? 32 : dict->capacity + dict->capacity / 2;
		if (dict->key == NULL)
			dict->key = MemoryContextAllocHuge(dict->cxt, (Size) dict->capacity * sizeof(Datum));
		else
			dict->key = repalloc_huge(dict->key, (Size) dict->capacity * sizeof(Datum));
	}
	dict->key[dict->n] = stored;
	return dict->n++;
}

static inline uint32
find_or_add(AffDict *dict, Datum key, uint32 h, bool add)
{
	uint32		s;

	for (s = h & dict->mask; dict->slot[s] != 0; s = (s + 1) & dict->mask)
	{
		uint32		number;

		if ((uint32) (dict->slot[s] >> 32) != h)
			continue;
		number = (uint32) dict->slot[s] - 1;
		if (!key_equal(&dict->spec, dict->key[number], key))
			continue;
		if (add && dict->spec.kind == AFF_KEY_GENERIC &&
			clt_key_compare_image(&dict->spec, key, dict->key[number]) < 0)
			dict->key[number] = store_key(dict, key);
		return number;
	}
	if (!add)
		return AFFINITY_NOT_KEPT;
	dict->slot[s] = (uint64) h << 32 | (dict->n + 1);
	return clt_dict_append(dict, store_key(dict, key));
}

static inline void
make_room(AffDict *dict)
{
	if (unlikely(dict->slot == NULL || (uint64) dict->n * 8 >= (uint64) dict->mask * 5))
		grow_slots(dict);
}

/* Settles a Datum as it comes from the executor for hashing and comparing. */
static inline Datum
settle(const AffKeySpec *spec, Datum key)
{
	if (spec->byval)
		return Int64GetDatum(clt_int_image(spec->len, key));
	if (spec->len == -1)
		return PointerGetDatum(PG_DETOAST_DATUM_PACKED(key));
	return key;
}

/* Number of a key, which is added when it is new. */
uint32
clt_dict_intern(AffDict *dict, Datum key)
{
	Datum		settled = settle(&dict->spec, key);
	uint32		number;

	make_room(dict);
	number = find_or_add(dict, settled, table_hash(&dict->spec, settled), true);
	if (!dict->spec.byval && settled != key)
		pfree(DatumGetPointer(settled));
	return number;
}

uint32
clt_dict_find(AffDict *dict, Datum key)
{
	if (dict->n == 0)
		return AFFINITY_NOT_KEPT;
	make_room(dict);
	key = settle(&dict->spec, key);
	return find_or_add(dict, key, table_hash(&dict->spec, key), false);
}

/*
 * Two halves of clt_dict_intern for batches of integers: the first starts the
 * loads that the second would wait for.
 */
uint32
clt_dict_prefetch(AffDict *dict, Datum key)
{
	uint32		h = int_hash(&dict->spec, key);

	__builtin_prefetch(&dict->slot[h & dict->mask]);
	return h;
}

uint32
clt_dict_intern_hashed(AffDict *dict, Datum key, uint32 h)
{
	bool		exact = dict->spec.len != 8;
	uint32		s;

	make_room(dict);
	for (s = h & dict->mask; dict->slot[s] != 0; s = (s + 1) & dict->mask)
	{
		uint32		number = (uint32) dict->slot[s] - 1;

		if ((uint32) (dict->slot[s] >> 32) == h && (exact || dict->key[number] == key))
			return number;
	}
	dict->slot[s] = (uint64) h << 32 | (dict->n + 1);
	return clt_dict_append(dict, key);
}

/* Makes sure that n keys more find room without growing in between. */
void
clt_dict_reserve(AffDict *dict, uint32 more)
{
	while (dict->slot == NULL || ((uint64) dict->n + more) * 8 >= (uint64) dict->mask * 5)
		grow_slots(dict);
}

/*
 * clt_dict_merge takes the keys of another dictionary in, both in the order of
 * their images, and says which number each key then has. Not for types whose
 * equal keys may differ.
 */
void
clt_dict_merge(AffDict *into, const AffDict *from, uint32 *into_to, uint32 *from_to)
{
	Datum	   *a = into->key;
	uint32		na = into->n;
	uint32		i = 0,
				j = 0;

	Assert(into->spec.kind != AFF_KEY_GENERIC);
	into->capacity = Min((uint64) na + from->n, MAX_KEYS);
	into->key = MemoryContextAllocHuge(into->cxt, Max((Size) into->capacity, 1) * sizeof(Datum));
	into->n = 0;
	if (into->slot != NULL)
		pfree(into->slot);
	into->slot = NULL;
	while (i < na || j < from->n)
	{
		int			cmp = i >= na ? 1 : j >= from->n ? -1 : clt_key_compare_image(&into->spec, a[i], from->key[j]);
		Datum		key = cmp <= 0 ? a[i] : store_key(into, from->key[j]);

		if (cmp <= 0)
			into_to[i++] = into->n;
		if (cmp >= 0)
			from_to[j++] = into->n;
		clt_dict_append(into, key);
	}
	if (a != NULL)
		pfree(a);
}

/* Renumbers the keys: number i becomes to[i]. */
void
clt_dict_permute(AffDict *dict, const uint32 *to)
{
	Datum	   *key = MemoryContextAllocHuge(dict->cxt, Max(dict->n, 1) * sizeof(Datum));
	uint64		i;

	for (i = 0; i < dict->n; i++)
		key[to[i]] = dict->key[i];
	if (dict->key != NULL)
		pfree(dict->key);
	dict->key = key;
	dict->capacity = Max(dict->n, 1);
	if (dict->slot != NULL)
		for (i = 0; i <= dict->mask; i++)
			if (dict->slot[i] != 0)
				dict->slot[i] = (dict->slot[i] & ~UINT64CONST(0xFFFFFFFF)) | (to[(uint32) dict->slot[i] - 1] + 1);
}

/* Forgets all keys but the first n, and gives back the memory of the others. */
void
clt_dict_truncate(AffDict *dict, uint32 n)
{
	AffKeyBlock *old = dict->blocks;
	uint32		i;

	dict->n = n;
	if (dict->slot != NULL)
		pfree(dict->slot);
	dict->slot = NULL;
	dict->blocks = NULL;
	dict->block = NULL;
	dict->block_left = dict->block_size = 0;
	for (i = 0; i < n; i++)
		dict->key[i] = store_key(dict, dict->key[i]);
	while (old != NULL)
	{
		AffKeyBlock *next = old->next;

		pfree(old);
		old = next;
	}
	if (dict->key != NULL)
	{
		dict->capacity = Max(n, 1);
		dict->key = repalloc_huge(dict->key, (Size) dict->capacity * sizeof(Datum));
	}
}

/*
 * Stored form of keys: by-value ones as numbers (gaps when ascending), others
 * as length and bytes.
 */
Size
clt_key_size(const AffKeySpec *spec, Datum key)
{
	Size		len;

	if (spec->byval)
		return CLT_VARINT_MAX;
	(void) image_of(spec, key, &len);
	return len + CLT_VARINT_MAX;
}

Size
clt_key_put(char *out, const AffKeySpec *spec, Datum key)
{
	Size		len,
				n;
	const char *image;

	if (spec->byval)
		return clt_varint_put((uint8_t *) out, clt_zigzag((int64) key));
	image = image_of(spec, key, &len);
	if (spec->len != -1)
	{
		memcpy(out, image, len);
		return len;
	}
	n = clt_varint_put((uint8_t *) out, len);
	memcpy(out + n, image, len);
	return n + len;
}

Datum
clt_key_get(AffDict *dict, const uint8 **in, const uint8 *end)
{
	const AffKeySpec *spec = &dict->spec;
	uint64_t	value;
	Size		n;
	Datum		key;

	if (!spec->byval && spec->len != -1)
	{
		if ((Size) (end - *in) < (Size) spec->len)
			clt_affinity_corrupt("a key is cut short");
		key = store_image(dict, (const char *) *in, spec->len);
		*in += spec->len;
		return key;
	}
	n = clt_varint_get(*in, end - *in, &value);
	if (n == 0)
		clt_affinity_corrupt("a number is cut short");
	*in += n;
	if (spec->byval)
		return Int64GetDatum(clt_int_image(spec->len, Int64GetDatum(clt_unzigzag(value))));
	if (value > (Size) (end - *in))
		clt_affinity_corrupt("a key is cut short");
	key = store_image(dict, (const char *) *in, value);
	*in += value;
	return key;
}
