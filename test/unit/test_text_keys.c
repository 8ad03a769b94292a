/*
 * Unit tests of the key, name and phonetic kernels of src/text: sizes, order,
 * tables. Vectors are in test/pgtap/text_keys.sql.
 */
#include <stdint.h>

#include "text/fold.h"
#include "text/keys.h"
#include "text/names.h"
#include "text/phonetic.h"
#include "tap.h"

#include "text/name_tables.h"

static uint64_t state = 7;

static uint64_t
next_random(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* Random names out of pieces that the rules know. */
static size_t
random_name(char *dst)
{
	static const char *const pieces[] = {
		"ová", "ova", "ski", "ska", "ić", "Nov", "ák", "von ", "de ", "-", " ", "d.o.o.", " d. o. o. ", "GmbH", " & ", "Co. KG",
		"sp. z o.o.", "s.r.o.", ",", "„", "“", "PR ", "ul. ", "12", "/III", " bb", "str.", "straße", " m. ", "č.p. ", "Đ", "ü", "ж",
		"љу", "Θ", "日", "\xF0\x9D\x93\x9C", "O'", "Mc ", "Jr.", "i", "и", "e", "k", "a", "a.", "d.", "27. marta ", "Main ", "St ", "stan 7"
	};
	size_t		n = 0;
	int			count = (int) (next_random() % 12);

	for (int i = 0; i < count; i++)
	{
		const char *piece = pieces[next_random() % (sizeof(pieces) / sizeof(pieces[0]))];

		memcpy(dst + n, piece, strlen(piece));
		n += strlen(piece);
	}
	return n;
}

static size_t
company_key(const char *src, size_t len, char *dst, size_t dstcap)
{
	return clt_company_name_key(src, len, dst, dstcap, NULL);
}

static void
test_sizes(void)
{
	static const struct
	{
		const char *name;
		size_t		(*kernel) (const char *, size_t, char *, size_t);
	}			kernels[] = {
		{"family_name_key", clt_family_name_key}, {"company_name_key", company_key}, {"street_key", clt_street_key}
	};

	for (size_t k = 0; k < sizeof(kernels) / sizeof(kernels[0]); k++)
	{
		long		too_long = 0,
					overrun = 0,
					other = 0,
					spaces = 0;

		for (int round = 0; round < 20000; round++)
		{
			char		src[512],
						want[8192],
						got[8192];
			size_t		len = random_name(src);
			size_t		n = kernels[k].kernel(src, len, want, sizeof(want));
			size_t		cap = next_random() % (2 * len + 2);
			size_t		m;

			if (n > CLT_FOLD_BOUND(len))
				too_long++;
			for (size_t i = 0; i < n; i++)
				spaces += want[i] == ' ' && (i == 0 || i + 1 == n || want[i - 1] == ' ');
			memset(got, 0x7F, cap + 64);
			m = kernels[k].kernel(src, len, got, cap);
			for (size_t i = cap; i < cap + 64; i++)
				overrun += got[i] != 0x7F;
			if (m <= cap && (m != n || memcmp(got, want, n) != 0))
				other++;
			if (m > cap)
			{
				size_t		asked = m;

				if (asked > sizeof(got))
					asked = sizeof(got);
				m = kernels[k].kernel(src, len, got, asked);
				if (m != n || memcmp(got, want, n) != 0)
					other++;
			}
		}
		is_int(too_long, 0, "result within the bound");
		is_int(overrun, 0, "nothing past a small buffer");
		is_int(other, 0, "the answer does not depend on the buffer");
		is_int(spaces, 0, "single spaces only");
		ok(true, "that was %s", kernels[k].name);
	}
}

static void
test_names(void)
{
	long		not_folded = 0,
				not_mutual = 0,
				unsorted = 0;

	for (int i = 0; i < NAMES_COUNT; i++)
	{
		char		folded[64];
		const char *variants[CLT_NAME_VARIANTS_MAX];
		size_t		len = strlen(names[i]);
		size_t		n = clt_fold_utf8(names[i], len, folded, sizeof(folded));
		int			count = clt_name_variants(names[i], len, variants);
		bool		self = false;

		if (n != len || memcmp(folded, names[i], n) != 0)
			not_folded++;
		for (int j = 0; j < count; j++)
		{
			self |= strcmp(variants[j], names[i]) == 0;
			if (j > 0 && strcmp(variants[j - 1], variants[j]) >= 0)
				unsorted++;
			if (!clt_names_related(names[i], len, variants[j], strlen(variants[j])) ||
				!clt_names_related(variants[j], strlen(variants[j]), names[i], len))
				not_mutual++;
		}
		if (!self || count < 2)
			not_mutual++;
	}
	is_int(not_folded, 0, "the names of the table are folded");
	is_int(not_mutual, 0, "being a variant is mutual, and everybody has one");
	is_int(unsorted, 0, "variants are sorted and distinct");
	ok(clt_names_related("bob", 3, "robert", 6) && !clt_names_related("bill", 4, "robert", 6), "Bob is Robert, Bill is not");
	ok(clt_names_related("milan", 5, "mile", 4) && clt_names_related("milos", 5, "mile", 4) && !clt_names_related("milan", 5, "milos", 5),
	   "Milan and Milos are both called Mile, and are two names");
	ok(!clt_names_related("hans", 4, "peter", 5) && !clt_names_related("marie", 5, "magdalena", 9) && clt_names_related("hans peter", 10, "peter", 5),
	   "the halves of a double name are two names");
	ok(clt_names_related("aca", 3, "sasa", 4), "two short forms of one name may stand for each other");
	ok(clt_names_related("xyzzy", 5, "xyzzy", 5) && !clt_names_related("xyzzy", 5, "xyzzz", 5), "a name nobody knows is itself");
}

static void
test_phonetic(void)
{
	static char codes[CLT_DM_MAX][CLT_DM_LENGTH + 1];
	long		bad = 0;
	int			most = 0;

	for (int round = 0; round < 5000; round++)
	{
		/* the letters with two readings, to have as many states as can be */
		static const char *const pieces[] = {"J", "C", "RZ", "RS", "CK", "CH", "ę", "ą", "ţ", "A", "S", "Z", "T"};
		char		src[64];
		size_t		len = 0;
		int			n;

		for (int i = 0; i < 12; i++)
		{
			const char *piece = pieces[next_random() % (round % 2 ? 9 : 13)];

			memcpy(src + len, piece, strlen(piece));
			len += strlen(piece);
		}
		n = clt_daitch_mokotoff(src, len, codes);
		if (n > most)
			most = n;
		for (int i = 0; i < n; i++)
			bad += strlen(codes[i]) != CLT_DM_LENGTH || (i > 0 && strcmp(codes[i - 1], codes[i]) >= 0);
	}
	is_int(bad, 0, "codes are sorted, distinct, six digits");
	ok(most < CLT_DM_MAX, "no name has CLT_DM_MAX codes (most: %d)", most);
}

int
main(void)
{
	test_sizes();
	test_names();
	test_phonetic();
	return done();
}
