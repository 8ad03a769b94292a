/*-------------------------------------------------------------------------
 *
 * phone_parse.c
 *	  E.164 text and the packed number; see phone_parse.h.  No server header.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "types/phone_parse.h"

#define LENGTH_MASK INT64_C(0xF)
#define DIGITS_SHIFT 4
#define DIGITS_MASK ((INT64_C(1) << 50) - 1)
#define HEAD_SHIFT 54
#define HEAD ((int64_t) CLT_PHONE_VERSION << (60 - HEAD_SHIFT))

static const uint64_t power_of_ten[CLT_PHONE_MAX_DIGITS + 1] = {
	UINT64_C(1), UINT64_C(10), UINT64_C(100), UINT64_C(1000), UINT64_C(10000),
	UINT64_C(100000), UINT64_C(1000000), UINT64_C(10000000), UINT64_C(100000000),
	UINT64_C(1000000000), UINT64_C(10000000000), UINT64_C(100000000000),
	UINT64_C(1000000000000), UINT64_C(10000000000000), UINT64_C(100000000000000),
	UINT64_C(1000000000000000)
};

static const char *const error_text[CLT_PHONE_N_ERRORS] = {
	[CLT_PHONE_OK] = "The number is valid.",
	[CLT_PHONE_EMPTY] = "The number is empty.",
	[CLT_PHONE_NO_PLUS] = "The number does not start with \"+\".",
	[CLT_PHONE_CHAR] = "The number contains something other than \"+\" and digits.",
	[CLT_PHONE_LEADING_ZERO] = "No country calling code starts with 0.",
	[CLT_PHONE_TOO_SHORT] = "The number has fewer than 7 digits.",
	[CLT_PHONE_TOO_LONG] = "The number has more than 15 digits.",
};

const char *
clt_phone_error_text(PhoneError error)
{
	if ((unsigned) error >= CLT_PHONE_N_ERRORS)
		return "The number is not valid.";
	return error_text[error];
}

static int64_t
pack(uint64_t number, int n_digits)
{
	uint64_t	padded = number * power_of_ten[CLT_PHONE_MAX_DIGITS - n_digits];

	return (HEAD << HEAD_SHIFT) | (int64_t) (padded << DIGITS_SHIFT) | n_digits;
}

/* Packs "+" and digits. */
PhoneError
clt_phone_parse(const char *s, size_t len, int64_t *packed)
{
	uint64_t	number = 0;
	size_t		i;

	if (len == 0)
		return CLT_PHONE_EMPTY;
	if (s[0] != '+')
		return CLT_PHONE_NO_PLUS;
	for (i = 1; i < len; i++)
	{
		if (s[i] < '0' || s[i] > '9')
			return CLT_PHONE_CHAR;
		if (i <= CLT_PHONE_MAX_DIGITS)
			number = number * 10 + (uint64_t) (s[i] - '0');
	}
	if (len > 1 && s[1] == '0')
		return CLT_PHONE_LEADING_ZERO;
	if (len - 1 < CLT_PHONE_MIN_DIGITS)
		return CLT_PHONE_TOO_SHORT;
	if (len - 1 > CLT_PHONE_MAX_DIGITS)
		return CLT_PHONE_TOO_LONG;
	*packed = pack(number, (int) (len - 1));
	return CLT_PHONE_OK;
}

/* Packs the digits given as an integer. */
PhoneError
clt_phone_pack(uint64_t number, int64_t *packed)
{
	int			n_digits;

	if (number < power_of_ten[CLT_PHONE_MIN_DIGITS - 1])
		return CLT_PHONE_TOO_SHORT;
	if (number >= power_of_ten[CLT_PHONE_MAX_DIGITS])
		return CLT_PHONE_TOO_LONG;
	n_digits = CLT_PHONE_MIN_DIGITS;
	while (number >= power_of_ten[n_digits])
		n_digits++;
	*packed = pack(number, n_digits);
	return CLT_PHONE_OK;
}

/* The digits as an integer. */
uint64_t
clt_phone_number(int64_t packed)
{
	uint64_t	padded = (uint64_t) ((packed >> DIGITS_SHIFT) & DIGITS_MASK);
	int			n_digits = (int) (packed & LENGTH_MASK);

	return padded / power_of_ten[CLT_PHONE_MAX_DIGITS - n_digits];
}

/* Is this the packed form of a number, every bit of it? */
bool
clt_phone_is_packed(int64_t packed)
{
	int64_t		again;

	return clt_phone_pack(clt_phone_number(packed), &again) == CLT_PHONE_OK && again == packed;
}

/* Writes "+", the digits and a zero byte to dst; returns the length. */
size_t
clt_phone_text(int64_t packed, char *dst)
{
	uint64_t	number = clt_phone_number(packed);
	size_t		n_digits = (size_t) (packed & LENGTH_MASK);
	size_t		i;

	dst[0] = '+';
	for (i = n_digits; i > 0; i--)
	{
		dst[i] = (char) ('0' + number % 10);
		number /= 10;
	}
	dst[n_digits + 1] = '\0';
	return n_digits + 1;
}
