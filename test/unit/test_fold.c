/*
 * Unit tests of src/text/fold.c: what holds for every code point and for any
 * text. The vectors of single names are in test/pgtap/text_fold.sql.
 */
#include <stdint.h>

#include "core/utf8.h"
#include "text/fold.h"
#include "tap.h"

static uint64_t state = 42;

static uint64_t
next_random(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* A code point; mostly from the blocks where folding has work to do. */
static uint32_t
random_code(void)
{
	static const uint32_t ranges[][2] = {
		{0x20, 0x7E}, {0x41, 0x7A}, {0x80, 0x24F}, {0x300, 0x36F}, {0x370, 0x52F}, {0x370, 0x52F},
		{0x1E00, 0x1FFF}, {0x2000, 0x20FF}, {0x591, 0x6FF}, {0x900, 0xDFF}, {0x1100, 0x11FF},
		{0xAC00, 0xD7A3}, {0x3040, 0x3400}, {0xFB00, 0xFDFF}, {0xFE00, 0xFFFF}, {0x1D100, 0x1D7FF},
		{0, 0xD7FF}, {0xE000, 0x10FFFF}
	};
	const uint32_t *range = ranges[next_random() % (sizeof(ranges) / sizeof(ranges[0]))];

	return range[0] + (uint32_t) (next_random() % (range[1] - range[0] + 1));
}

/* Random text: words that stay within a block for a while. */
static size_t
random_text(char *dst, int codes)
{
	size_t		n = 0;

	for (int i = 0; i < codes; i++)
	{
		uint32_t	c = random_code();

		n += (size_t) clt_utf8_encode(c, (unsigned char *) dst + n);
	}
	return n;
}

static void
test_every_code(void)
{
	long		unstable = 0,
				too_long = 0,
				invalid = 0,
				lost = 0;

	for (uint32_t c = 1; c <= 0x10FFFF; c++)
	{
		static const char *const around[][2] = {{"", ""}, {"a", "b"}, {"\xD0\xB6", ""}, {"\xE2\xBA\x80", "\xCC\x81"}};

		if (c >= 0xD800 && c <= 0xDFFF)
			continue;
		for (size_t k = 0; k < sizeof(around) / sizeof(around[0]); k++)
		{
			char		src[32],
						one[256],
						two[256];
			size_t		len = strlen(around[k][0]);
			size_t		n,
						m;

			memcpy(src, around[k][0], len);
			len += (size_t) clt_utf8_encode(c, (unsigned char *) src + len);
			memcpy(src + len, around[k][1], strlen(around[k][1]));
			len += strlen(around[k][1]);
			n = clt_fold_utf8(src, len, one, sizeof(one));
			if (n > CLT_FOLD_BOUND(len))
				too_long++;
			m = clt_fold_utf8(one, n, two, sizeof(two));
			if (m != n || memcmp(one, two, n) != 0)
			{
				if (unstable++ < 5)
					printf("# U+%04X after \"%s\": \"%.*s\" then \"%.*s\"\n", c, around[k][0], (int) n, one, (int) m, two);
			}
			for (size_t i = 0; i < n;)
			{
				int			step;

				if (clt_utf8_decode((unsigned char *) one + i, (unsigned char *) one + n, &step) == CLT_UTF8_REPLACEMENT &&
					c != CLT_UTF8_REPLACEMENT)
					invalid++;
				i += (size_t) step;
			}
			if (n > 0 && (one[0] == ' ' || one[n - 1] == ' '))
				lost++;
		}
	}
	is_int(unstable, 0, "folding what is folded changes nothing, for every code point, alone and in a word");
	is_int(too_long, 0, "no code point exceeds the bound");
	is_int(invalid, 0, "the result is UTF-8");
	is_int(lost, 0, "no space at either end");
}

static void
test_random_text(void)
{
	static char src[4096],
				one[65536],
				two[65536],
				guarded[65536];
	long		unstable = 0,
				too_long = 0,
				overrun = 0,
				double_space = 0,
				keys_bad = 0,
				keys_many = 0;

	for (int round = 0; round < 60000; round++)
	{
		size_t		len = random_text(src, (int) (next_random() % 24));
		size_t		n = clt_fold_utf8(src, len, one, sizeof(one));
		size_t		m = clt_fold_utf8(one, n, two, sizeof(two));
		size_t		cap = n > 0 ? next_random() % n : 0;
		size_t		need;
		CltSpan		keys[CLT_FOLD_KEYS_MAX];
		int			count;
		bool		strict = false;

		if (n > CLT_FOLD_BOUND(len))
			too_long++;
		if (m != n || memcmp(one, two, n) != 0)
		{
			if (unstable++ < 5)
				printf("# \"%.*s\": \"%.*s\" then \"%.*s\"\n", (int) len, src, (int) n, one, (int) m, two);
		}
		for (size_t i = 1; i < n; i++)
			double_space += one[i] == ' ' && one[i - 1] == ' ';

		/* a buffer that is too small: the same answer, nothing past its end */
		memset(guarded, 0x7F, n + 64);
		if (clt_fold_utf8(src, len, guarded, cap) != n)
			overrun++;
		for (size_t i = cap; i < n + 64; i++)
			overrun += guarded[i] != 0x7F;

		count = clt_fold_keys_utf8(src, len, two, sizeof(two), &need, keys);
		if (count < 1 || count > CLT_FOLD_KEYS_MAX || need > sizeof(two))
			keys_many++;
		for (int i = 0; i < count; i++)
		{
			strict |= keys[i].len == n && memcmp(two + keys[i].off, one, n) == 0;
			if (keys[i].off + keys[i].len > need)
				keys_bad++;
			if (i > 0)
			{
				size_t		shorter = keys[i].len < keys[i - 1].len ? keys[i].len : keys[i - 1].len;
				int			cmp = memcmp(two + keys[i - 1].off, two + keys[i].off, shorter);

				if (cmp > 0 || (cmp == 0 && keys[i - 1].len >= keys[i].len))
					keys_bad++;
			}
		}
		if (!strict)
			keys_bad++;
		if (count > 0 && need > 0)
		{
			/* too small: asked for more, and what it asks for is enough */
			size_t		more = next_random() % need;
			size_t		again;
			int			small;

			memset(guarded, 0x7F, need + 64);
			small = clt_fold_keys_utf8(src, len, guarded, more, &again, keys);
			for (size_t i = more; i < need + 64; i++)
				overrun += guarded[i] != 0x7F;
			if (small >= 0 ? small != count : again <= more)
				keys_bad++;
			if (small < 0 && again <= sizeof(guarded) &&
				clt_fold_keys_utf8(src, len, guarded, again, &again, keys) != count)
				keys_bad++;
		}
	}
	is_int(unstable, 0, "folding what is folded changes nothing, for random text");
	is_int(too_long, 0, "random text stays within the bound");
	is_int(double_space, 0, "words are apart by one space");
	is_int(overrun, 0, "nothing is written past a small buffer, and the length asked for is right");
	is_int(keys_many, 0, "loose forms: at least one, at most CLT_FOLD_KEYS_MAX");
	is_int(keys_bad, 0, "loose forms: sorted, distinct, the strict one among them, sizes right");
}

/* Marks without end on one letter cost no more than linear time. */
static void
test_marks(void)
{
	static char src[400000],
				dst[400000 * 2];
	size_t		len = 0;
	size_t		n;

	len += (size_t) clt_utf8_encode(0x5D0, (unsigned char *) src + len);
	while (len < sizeof(src) - 8)
		len += (size_t) clt_utf8_encode(0x5B0 + (uint32_t) (next_random() % 10), (unsigned char *) src + len);
	n = clt_fold_utf8(src, len, dst, sizeof(dst));
	is_int((long long) n, 2 + 30 * 2, "thirty marks stay on a letter");
	memcpy(src, "a", 1);
	len = 1;
	while (len < sizeof(src) - 8)
		len += (size_t) clt_utf8_encode(0x300, (unsigned char *) src + len);
	is_int((long long) clt_fold_utf8(src, len, dst, sizeof(dst)), 1, "none on a Latin one");
}

/* Bytes that are no UTF-8. */
static void
test_bad_bytes(void)
{
	char		src[64],
				dst[1024];
	long		bad = 0;

	for (int round = 0; round < 200000; round++)
	{
		size_t		len = next_random() % sizeof(src);
		size_t		n;

		for (size_t i = 0; i < len; i++)
			src[i] = (char) (next_random() >> 20);
		n = clt_fold_utf8(src, len, dst, sizeof(dst));
		if (n > CLT_FOLD_BOUND(len))
			bad++;
	}
	is_int(bad, 0, "broken UTF-8 does no harm");
	is_int((long long) clt_fold_utf8("a\xFF" "b", 3, dst, sizeof(dst)), 3, "a bad byte breaks words");
	is_int((long long) clt_fold_utf8(NULL, 0, NULL, 0), 0, "nothing folds to nothing");
}

int
main(void)
{
	test_every_code();
	test_random_text();
	test_marks();
	test_bad_bytes();
	return done();
}
