/*
 * Sorted lists in pages: what goes in comes out, pages keep their size, and a
 * damaged page ends somewhere.
 */
#include "linkage/pages.h"
#include "tap.h"

static uint64_t state = 42;

static uint64_t
next_random(void)
{
	state += UINT64_C(0x9e3779b97f4a7c15);
	return (state ^ (state >> 31)) * UINT64_C(0xbf58476d1ce4e5b9);
}

/* seeks tells whether every entry of a page is found by its place, and the first of every key by its key. */
static bool
seeks(const CltPageWriter *w, const uint64_t *key, const uint64_t *value, int n)
{
	CltPageStop stops[CLT_PAGE_STOPS(CLT_PAGE_BYTES)];
	CltPageReader r;
	uint32_t	nstops;
	uint64_t	last;
	int			i;

	if (!clt_page_stops(w->first, w->buf, w->len, stops, &nstops, &last) || last != key[n - 1] ||
		nstops != (uint32_t) n / CLT_PAGE_STRIDE || nstops > CLT_PAGE_STOPS(w->len))
		return false;
	for (i = 0; i < n; i++)
	{
		int			steps = 0;

		clt_page_open(&r, w->first, w->buf, w->len);
		clt_page_seek_entry(&r, w->buf, stops, nstops, (uint64_t) i);
		if (clt_page_next(&r) != 1 || r.key != key[i] || r.value != value[i])
			return false;
		if (i > 0 && key[i - 1] == key[i])
			continue;
		clt_page_open(&r, w->first, w->buf, w->len);
		clt_page_seek(&r, w->buf, stops, nstops, key[i]);
		while (clt_page_next(&r) == 1 && r.key < key[i])
			steps++;
		if (r.key != key[i] || r.value != value[i] || steps >= CLT_PAGE_STRIDE)
			return false;
	}
	clt_page_open(&r, w->first, w->buf, w->len);
	clt_page_seek_entry(&r, w->buf, stops, nstops, (uint64_t) n);
	return clt_page_next(&r) == 0;
}

static void
round_trips(void)
{
	uint8_t		buf[CLT_PAGE_BYTES];
	uint8_t		roomy_buf[2 * CLT_PAGE_BYTES];
	uint64_t	key[4096];
	uint64_t	value[4096];
	CltPageWriter w;
	CltPageWriter roomy;
	CltPageReader r;
	int			round;
	bool		good = true;
	bool		sized = true;
	bool		sought = true;

	for (round = 0; round < 200; round++)
	{
		uint64_t	k = round % 3 ? next_random() >> (round % 60) : 0;
		int			n = 0;
		int			i;

		clt_page_start(&w, buf, sizeof(buf));
		clt_page_start(&roomy, roomy_buf, sizeof(roomy_buf));
		for (;;)
		{
			if (round % 4 && next_random() % 3)
				k += next_random() >> (20 + next_random() % 40);
			key[n] = k;
			value[n] = next_random() >> (next_random() % 64);
			(void) clt_page_add(&roomy, key[n], value[n]);
			if (!clt_page_add(&w, key[n], value[n]))
			{
				sized &= roomy.len > sizeof(buf);
				break;
			}
			sized &= roomy.len == w.len;
			n++;
			if (k > UINT64_MAX / 2 || n == 4096)
				break;
		}
		clt_page_open(&r, w.first, buf, w.len);
		for (i = 0; i < n; i++)
			good &= clt_page_next(&r) == 1 && r.key == key[i] && r.value == value[i];
		good &= clt_page_next(&r) == 0 && n == (int) w.entries;
		sized &= w.len <= sizeof(buf);
		sought &= n == 0 || seeks(&w, key, value, n);
	}
	ok(good, "entries come out as they went in");
	ok(sized, "and are refused only if they have no room");
	ok(sought, "and are found by key and by place");
}

static void
damaged(void)
{
	uint8_t		buf[256];
	CltPageStop stops[CLT_PAGE_STOPS(sizeof(buf))];
	uint32_t	nstops;
	uint64_t	last;
	CltPageReader r;
	int			round;
	bool		ends = true;

	for (round = 0; round < 20000; round++)
	{
		size_t		len = next_random() % sizeof(buf);
		size_t		i;
		int			steps = 0;
		int			rc;

		for (i = 0; i < len; i++)
			buf[i] = (uint8_t) (next_random() >> 40);
		clt_page_stops(next_random(), buf, len, stops, &nstops, &last);
		ends &= nstops <= CLT_PAGE_STOPS(len);
		clt_page_open(&r, next_random(), buf, len);
		while ((rc = clt_page_next(&r)) == 1)
			ends &= ++steps <= (int) len;
	}
	ok(ends, "any bytes end");
	memset(buf, 0xff, sizeof(buf));
	clt_page_open(&r, 0, buf, sizeof(buf));
	is_int(clt_page_next(&r), -1, "a number without end is none");
	ok(!clt_page_stops(0, buf, sizeof(buf), stops, &nstops, &last), "and its page is damaged");
	clt_page_open(&r, UINT64_MAX, (const uint8_t *) "\001\000", 2);
	is_int(clt_page_next(&r), -1, "keys do not run over");
}

int
main(void)
{
	round_trips();
	damaged();
	return done();
}
