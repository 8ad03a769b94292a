/*
 * check_digits.c
 *		Identifiers with check digits: whose are right, and what two of them say.
 *
 * A check digit finds every single wrong digit.  So two numbers with right ones that
 * differ are two numbers, however alike they look, while a number with a wrong one is
 * a typing error somewhere and proves little, even where it agrees: it was copied.
 */
#include "linkage/check_digits.h"

#include <string.h>

typedef bool (*CheckFn) (const char *s, size_t len);

#define DIGIT(c) ((c) - '0')

/* weighted sums the first n digits times their weights. */
static int
weighted(const char *s, const int *weight, int n)
{
	int			sum = 0;
	int			i;

	for (i = 0; i < n; i++)
		sum += DIGIT(s[i]) * weight[i];
	return sum;
}

static bool
all_digits(const char *s, size_t len)
{
	size_t		i;

	for (i = 0; i < len; i++)
		if (s[i] < '0' || s[i] > '9')
			return false;
	return true;
}

static int
remainder_of(const char *s, size_t len, int divisor)
{
	int			rest = 0;
	size_t		i;

	for (i = 0; i < len; i++)
		rest = (rest * 10 + DIGIT(s[i])) % divisor;
	return rest;
}

/* ISO 7064, MOD 11,10: Serbian PIB, Croatian OIB, German VAT and tax numbers. */
static bool
mod_11_10(const char *s, size_t len)
{
	int			product = 10;
	size_t		i;

	for (i = 0; i + 1 < len; i++)
	{
		int			sum = (DIGIT(s[i]) + product) % 10;

		product = (sum == 0 ? 10 : sum) * 2 % 11;
	}
	return (product + DIGIT(s[len - 1])) % 10 == 1;
}

static bool
check_nine(const char *s, size_t len)
{
	return len == 9 && s[0] != '0' && mod_11_10(s, len);
}

static bool
check_oib(const char *s, size_t len)
{
	return len == 11 && mod_11_10(s, len);
}

/* German tax number of a person: of the first ten digits one comes twice or three times. */
static bool
check_steuer_id(const char *s, size_t len)
{
	int			seen[10] = {0};
	int			twice = 0;
	int			i;

	if (len != 11 || s[0] == '0')
		return false;
	for (i = 0; i < 10; i++)
		seen[DIGIT(s[i])]++;
	for (i = 0; i < 10; i++)
	{
		if (seen[i] > 3)
			return false;
		twice += seen[i] > 1;
	}
	return twice == 1 && mod_11_10(s, len);
}

/* a_day: may these be month and day of a birth date? */
static bool
a_day(int month, int day)
{
	return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

/* Yugoslav number of the citizen, and what became of it: JMBG, EMŠO. */
static bool
check_jmbg(const char *s, size_t len)
{
	static const int weight[] = {7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2};

	return len == 13 && a_day(remainder_of(s + 2, 2, 100), remainder_of(s, 2, 100)) &&
		(11 - weighted(s, weight, 12) % 11) % 11 % 10 == DIGIT(s[12]);
}

/* Serbian number of a firm. */
static bool
check_maticni_broj(const char *s, size_t len)
{
	static const int weight[] = {8, 7, 6, 5, 4, 3, 2};

	return len == 8 && (11 - weighted(s, weight, 7) % 11) % 11 % 10 == DIGIT(s[7]);
}

static bool
check_davcna(const char *s, size_t len)
{
	static const int weight[] = {8, 7, 6, 5, 4, 3, 2};
	int			check;

	if (len != 8 || s[0] == '0')
		return false;
	check = 11 - weighted(s, weight, 7) % 11;
	return (check == 10 ? 0 : check) == DIGIT(s[7]);
}

static bool
check_nip(const char *s, size_t len)
{
	static const int weight[] = {6, 5, 7, 2, 3, 4, 5, 6, 7};

	return len == 10 && weighted(s, weight, 9) % 11 == DIGIT(s[9]);
}

static bool
check_pesel(const char *s, size_t len)
{
	static const int weight[] = {1, 3, 7, 9, 1, 3, 7, 9, 1, 3};

	return len == 11 && a_day(remainder_of(s + 2, 2, 20), remainder_of(s + 4, 2, 100)) &&
		(10 - weighted(s, weight, 10) % 10) % 10 == DIGIT(s[10]);
}

static bool
check_regon(const char *s, size_t len)
{
	static const int short_weight[] = {8, 9, 2, 3, 4, 5, 6, 7};
	static const int long_weight[] = {2, 4, 8, 5, 0, 9, 7, 3, 6, 1, 2, 4, 8};

	if ((len != 9 && len != 14) || weighted(s, short_weight, 8) % 11 % 10 != DIGIT(s[8]))
		return false;
	return len == 9 || weighted(s, long_weight, 13) % 11 % 10 == DIGIT(s[13]);
}

/* Czech and Slovak number of a firm. */
static bool
check_ico(const char *s, size_t len)
{
	static const int weight[] = {8, 7, 6, 5, 4, 3, 2};

	return len == 8 && (11 - weighted(s, weight, 7) % 11) % 10 == DIGIT(s[7]);
}

/* Czech and Slovak birth number, of ten digits since 1954. */
static bool
check_rodne_cislo(const char *s, size_t len)
{
	int			month;

	if (len != 9 && len != 10)
		return false;
	month = remainder_of(s + 2, 2, 100) % 50;
	if (!a_day(month > 20 ? month - 20 : month, remainder_of(s + 4, 2, 100)))
		return false;
	return len == 9 || remainder_of(s, 9, 11) % 10 == DIGIT(s[9]);
}

/* Czech tax number: a firm's number or a birth number; Slovak: divisible by eleven. */
static bool
check_dic(const char *s, size_t len)
{
	if (len == 8)
		return check_ico(s, len);
	return check_rodne_cislo(s, len) || (len == 10 && s[0] != '0' && remainder_of(s, len, 11) == 0);
}

static bool
check_adoszam(const char *s, size_t len)
{
	static const int weight[] = {9, 7, 3, 1, 9, 7, 3, 1};

	return (len == 8 || len == 11) && weighted(s, weight, 8) % 10 == 0;
}

/* luhn_sum adds the digits, every second one from the right doubled. */
static int
luhn_sum(const char *s, size_t len, bool double_last)
{
	int			sum = 0;
	size_t		i;

	for (i = 0; i < len; i++)
	{
		int			d = DIGIT(s[len - 1 - i]);

		if ((i % 2 == 0) == double_last)
			d = d * 2 > 9 ? d * 2 - 9 : d * 2;
		sum += d;
	}
	return sum;
}

static bool
check_luhn(const char *s, size_t len)
{
	return len >= 8 && len <= 19 && luhn_sum(s, len, false) % 10 == 0;
}

/* Austrian VAT number: U and eight digits. */
static bool
check_uid(const char *s, size_t len)
{
	return len == 9 && s[0] == 'u' && all_digits(s + 1, 8) &&
		(10 - (luhn_sum(s + 1, 7, false) + 4) % 10) % 10 == DIGIT(s[8]);
}

static bool
check_ean(const char *s, size_t len)
{
	int			sum = 0;
	size_t		i;

	if (len != 8 && len != 12 && len != 13 && len != 14)
		return false;
	for (i = 0; i < len; i++)
		sum += DIGIT(s[len - 1 - i]) * (i % 2 ? 3 : 1);
	return sum % 10 == 0;
}

static bool
letters(const char *s, size_t len)
{
	size_t		i;

	for (i = 0; i < len; i++)
		if (s[i] < 'a' || s[i] > 'z')
			return false;
	return true;
}

static bool
letters_or_digits(const char *s, size_t len)
{
	size_t		i;

	for (i = 0; i < len; i++)
		if (!letters(s + i, 1) && !all_digits(s + i, 1))
			return false;
	return true;
}

/* ISO 13616: the country and its check digits go to the end, letters become 10 to 35, and 97 divides but for one. */
static bool
check_iban(const char *s, size_t len)
{
	int			rest = 0;
	size_t		i;

	if (len < 15 || len > 34 || !letters(s, 2) || !all_digits(s + 2, 2) || !letters_or_digits(s + 4, len - 4))
		return false;
	for (i = 0; i < len; i++)
	{
		char		c = s[(i + 4) % len];

		rest = c <= '9' ? (rest * 10 + DIGIT(c)) % 97 : (rest * 100 + c - 'a' + 10) % 97;
	}
	return rest == 1;
}

/* A bank: it has no check digit, but a form. */
static bool
check_bic(const char *s, size_t len)
{
	return (len == 8 || len == 11) && letters(s, 6) && letters_or_digits(s + 6, len - 6);
}

typedef struct Scheme
{
	const char *name;
	const char *prefix;			/* of the country, may stand before it */
	bool		digits;
	CheckFn		check;
} Scheme;

static const Scheme schemes[] = {
	{"", "", false, NULL},
	{"pib", "rs", true, check_nine},
	{"maticni_broj", "", true, check_maticni_broj},
	{"jmbg", "", true, check_jmbg},
	{"oib", "hr", true, check_oib},
	{"emso", "", true, check_jmbg},
	{"davcna_stevilka", "si", true, check_davcna},
	{"nip", "pl", true, check_nip},
	{"pesel", "", true, check_pesel},
	{"regon", "", true, check_regon},
	{"ico", "", true, check_ico},
	{"dic", "cz", true, check_dic},
	{"ic_dph", "sk", true, check_dic},
	{"rodne_cislo", "", true, check_rodne_cislo},
	{"ust_idnr", "de", true, check_nine},
	{"steuer_id", "", true, check_steuer_id},
	{"uid", "at", false, check_uid},
	{"adoszam", "hu", true, check_adoszam},
	{"iban", "", false, check_iban},
	{"bic", "", false, check_bic},
	{"ean", "", true, check_ean},
	{"luhn", "", true, check_luhn},
};

/* clt_scheme_count is the number of schemes, the last one's. */
int
clt_scheme_count(void)
{
	return (int) (sizeof(schemes) / sizeof(schemes[0])) - 1;
}

/* clt_scheme_by_name returns the scheme, 0 for none. */
int
clt_scheme_by_name(const char *name, size_t len)
{
	int			i;

	for (i = clt_scheme_count(); i > 0; i--)
		if (strlen(schemes[i].name) == len && memcmp(schemes[i].name, name, len) == 0)
			return i;
	return 0;
}

const char *
clt_scheme_name(int scheme)
{
	return schemes[scheme].name;
}

/*
 * clt_scheme_check takes an identifier in small letters and digits without spaces,
 * removes the country before it, and tells whether its check digit is right.
 */
bool
clt_scheme_check(int scheme, char *s, uint32_t *len)
{
	const Scheme *scheme_of = &schemes[scheme];
	size_t		prefix = strlen(scheme_of->prefix);

	if (prefix > 0 && *len > prefix && memcmp(s, scheme_of->prefix, prefix) == 0)
	{
		memmove(s, s + prefix, *len - prefix);
		*len -= (uint32_t) prefix;
	}
	if (scheme_of->digits && !all_digits(s, *len))
		return false;
	return scheme_of->check && *len > 0 && scheme_of->check(s, *len);
}

/* has_digit tells schemes with a check digit from those that are a form only. */
static bool
has_digit(int scheme)
{
	return schemes[scheme].check != check_bic;
}

/* clt_schemes_of returns the schemes whose check digit a value has, as bits. */
uint32_t
clt_schemes_of(const char *s, size_t len)
{
	char		plain[40];
	uint32_t	n = 0;
	uint32_t	found = 0;
	size_t		i;
	int			scheme;

	for (i = 0; i < len; i++)
	{
		char		c = s[i];

		if (c == ' ' || c == '-' || c == '.' || c == '/')
			continue;
		if (n == sizeof(plain))
			return 0;
		plain[n++] = c >= 'A' && c <= 'Z' ? (char) (c + 'a' - 'A') : c;
	}
	if (n < 8)
		return 0;
	for (scheme = clt_scheme_count(); scheme > 0; scheme--)
	{
		char		copy[sizeof(plain)];
		uint32_t	rest = n;

		memcpy(copy, plain, n);
		if (has_digit(scheme) && clt_scheme_check(scheme, copy, &rest))
			found |= 1u << scheme;
	}
	return found;
}

/* clt_identifier_level is the level of two different identifiers: 2 a typing error, 3 different. */
int
clt_identifier_level(const CltValue *a, const CltValue *b)
{
	/* no single typing error leads from a right one to a right one */
	if (a->flags & b->flags & CLT_VALUE_CHECKED)
		return 3;
	return a->len >= 4 && b->len >= 4 && clt_value_osa(a, b, 1) <= 1 ? 2 : 3;
}
