/* Unit tests of src/core: UTF-8 and hashing. */
#include "core/hash.h"
#include "core/utf8.h"
#include "tap.h"

static void
test_utf8(void)
{
	unsigned char buf[CLT_UTF8_MAX_BYTES];
	long		bad = 0;

	for (uint32_t c = 1; c <= 0x10FFFF; c++)
	{
		int			written,
					read;

		if (c >= 0xD800 && c <= 0xDFFF)
			continue;
		written = clt_utf8_encode(c, buf);
		if (clt_utf8_decode(buf, buf + written, &read) != c || read != written)
			bad++;
		/* cut short, it is refused and one byte is consumed */
		if (written > 1 &&
			(clt_utf8_decode(buf, buf + written - 1, &read) != CLT_UTF8_REPLACEMENT || read != 1))
			bad++;
	}
	is_int(bad, 0, "every code point is written and read back, and never read past the end");

	{
		const unsigned char overlong[] = {0xC0, 0x80}, surrogate[] = {0xED, 0xA0, 0x80},
					high[] = {0xF4, 0x90, 0x80, 0x80};
		int			read;

		ok(clt_utf8_decode(overlong, overlong + 2, &read) == CLT_UTF8_REPLACEMENT, "overlong form is refused");
		ok(clt_utf8_decode(surrogate, surrogate + 3, &read) == CLT_UTF8_REPLACEMENT, "surrogate is refused");
		ok(clt_utf8_decode(high, high + 4, &read) == CLT_UTF8_REPLACEMENT, "above U+10FFFF is refused");
	}
	ok(clt_is_ascii("", 0) && clt_is_ascii("abcdefghijk", 11), "ASCII is seen");
	ok(!clt_is_ascii("abcdefghij\xc3\xa9", 12) && !clt_is_ascii("\xc3\xa9xxxxxxxxx", 11), "non-ASCII is seen at either end");
}

static void
test_hash(void)
{
	char		buf[64] = {0};
	long		same = 0;
	uint64_t	one;

	/* flipping any bit of any length changes the hash */
	for (size_t len = 1; len <= sizeof(buf); len++)
	{
		one = clt_hash_bytes(buf, len, 7);
		for (size_t bit = 0; bit < len * 8; bit++)
		{
			buf[bit / 8] ^= (char) (1 << (bit % 8));
			same += clt_hash_bytes(buf, len, 7) == one;
			buf[bit / 8] ^= (char) (1 << (bit % 8));
		}
	}
	is_int(same, 0, "one bit makes another hash");
	ok(clt_hash_bytes(buf, 3, 7) != clt_hash_bytes(buf, 4, 7), "length counts");
	ok(clt_hash_bytes(buf, 3, 7) != clt_hash_bytes(buf, 3, 8), "seed counts");
	/* stored values depend on these */
	ok(clt_hash_bytes("clientele", 9, 0) == UINT64_C(0x99F7D6256D9D8755), "hash of bytes is pinned");
	ok(clt_hash_u64(42, 0) == UINT64_C(0x6B7F8DE6747B3B8F), "hash of an integer is pinned");
}

int
main(void)
{
	test_utf8();
	test_hash();
	return done();
}
