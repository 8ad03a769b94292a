/*
 * pages.c
 *		Sorted lists of (key, value) cut into pages: small, and searched by their
 *		first key.
 *
 * An entry is the distance of its key from the key before, then its value, both
 * as integers of seven bits a byte.  Entries of one key follow each other, and
 * of the second and the next of them the value too is the distance from the
 * value before.  Keys are leading bits of hashes, so their distances are all of
 * about one length, and a page takes no more room than the entropy of the list
 * and half a byte an entry.
 */
#include "linkage/pages.h"

#include "core/varint.h"

void
clt_page_start(CltPageWriter *w, uint8_t *buf, size_t cap)
{
	w->buf = buf;
	w->cap = cap;
	w->len = 0;
	w->first = w->key = w->value = 0;
	w->entries = 0;
}

/* distances turns an entry into what is written of it. */
static void
distances(const CltPageWriter *w, uint64_t *key, uint64_t *value)
{
	if (w->entries == 0)
	{
		*key = 0;
		return;
	}
	*key -= w->key;
	if (*key == 0)
		*value -= w->value;
}

/* clt_page_add writes an entry; false if it has no room. */
bool
clt_page_add(CltPageWriter *w, uint64_t key, uint64_t value)
{
	uint64_t	k = key;
	uint64_t	v = value;

	distances(w, &k, &v);
	if (w->len + 2 * CLT_VARINT_MAX > w->cap && w->len + clt_varint_size(k) + clt_varint_size(v) > w->cap)
		return false;
	w->len += clt_varint_put(w->buf + w->len, k);
	w->len += clt_varint_put(w->buf + w->len, v);
	if (w->entries++ == 0)
		w->first = key;
	w->key = key;
	w->value = value;
	return true;
}

void
clt_page_open(CltPageReader *r, uint64_t first, const uint8_t *buf, size_t len)
{
	r->at = buf;
	r->end = buf + len;
	r->key = first;
	r->value = 0;
	r->begun = false;
}

/* clt_page_next reads an entry: 1, or 0 at the end, or -1 if what is there is none. */
int
clt_page_next(CltPageReader *r)
{
	uint64_t	key;
	uint64_t	value;
	size_t		n;
	size_t		m;

	if (r->at >= r->end)
		return 0;
	n = clt_varint_get(r->at, (size_t) (r->end - r->at), &key);
	r->at += n;
	m = n ? clt_varint_get(r->at, (size_t) (r->end - r->at), &value) : 0;
	r->at += m;
	if (m == 0)
		return -1;
	if (r->key + key < r->key)
		return -1;
	r->value = r->begun && key == 0 ? r->value + value : value;
	r->key += key;
	r->begun = true;
	return 1;
}

/* clt_page_stops finds the places from where a page can be read, and its last key; false if it is damaged. */
bool
clt_page_stops(uint64_t first, const uint8_t *buf, size_t len, CltPageStop *stops, uint32_t *n, uint64_t *last)
{
	CltPageReader r;
	uint32_t	entries = 0;
	int			rc;

	*n = 0;
	clt_page_open(&r, first, buf, len);
	while ((rc = clt_page_next(&r)) == 1)
		if (++entries % CLT_PAGE_STRIDE == 0)
		{
			stops[*n].key = r.key;
			stops[*n].value = r.value;
			stops[(*n)++].at = (size_t) (r.at - buf);
		}
	*last = r.key;
	return rc == 0;
}

static void
read_from(CltPageReader *r, const uint8_t *buf, const CltPageStop *stop)
{
	r->at = buf + stop->at;
	r->key = stop->key;
	r->value = stop->value;
	r->begun = true;
}

/* clt_page_seek lets an opened page be read from shortly before the first entry of a key. */
void
clt_page_seek(CltPageReader *r, const uint8_t *buf, const CltPageStop *stops, uint32_t n, uint64_t key)
{
	uint32_t	low = 0;
	uint32_t	high = n;

	while (low < high)
	{
		uint32_t	mid = low + (high - low) / 2;

		if (stops[mid].key < key)
			low = mid + 1;
		else
			high = mid;
	}
	if (low > 0)
		read_from(r, buf, &stops[low - 1]);
}

/* clt_page_seek_entry lets an opened page be read from an entry on, counted from 0 */
void
clt_page_seek_entry(CltPageReader *r, const uint8_t *buf, const CltPageStop *stops, uint32_t n, uint64_t entry)
{
	uint64_t	stop = entry / CLT_PAGE_STRIDE;

	if (stop > n)
		stop = n;
	if (stop > 0)
		read_from(r, buf, &stops[stop - 1]);
	for (entry -= stop * CLT_PAGE_STRIDE; entry > 0; entry--)
		if (clt_page_next(r) != 1)
			return;
}
