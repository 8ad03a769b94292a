/*-------------------------------------------------------------------------
 *
 * phone_parse.h
 *	  The number behind the type phone: E.164 packed into 64 bits.  No server
 *	  header.
 *
 *		bit  63		0, so that signed and unsigned order agree
 *		bits 62..60	version of the format, 1
 *		bits 59..54	reserved, zero
 *		bits 53..4	the digits, padded with zeros on the right to 15
 *		bits 3..0	how many digits there are, 7..15
 *
 * Because the digits are left-justified, integer order is the order of the
 * numbers as text: those of a country, and of an area in it, lie together, a
 * number comes before its own extensions, and the comparison functions,
 * sort support, hashing and deduplicating B-trees of bigint serve as they are.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CLT_PHONE_PARSE_H
#define CLT_PHONE_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLT_PHONE_VERSION 1
#define CLT_PHONE_MIN_DIGITS 7
#define CLT_PHONE_MAX_DIGITS 15
#define CLT_PHONE_TEXT_SIZE (CLT_PHONE_MAX_DIGITS + 2)	/* '+', digits, 0 */

typedef enum PhoneError
{
	CLT_PHONE_OK = 0,
	CLT_PHONE_EMPTY,
	CLT_PHONE_NO_PLUS,
	CLT_PHONE_CHAR,
	CLT_PHONE_LEADING_ZERO,
	CLT_PHONE_TOO_SHORT,
	CLT_PHONE_TOO_LONG,
	CLT_PHONE_N_ERRORS
} PhoneError;

extern PhoneError clt_phone_parse(const char *s, size_t len, int64_t *packed);
extern PhoneError clt_phone_pack(uint64_t number, int64_t *packed);
extern bool clt_phone_is_packed(int64_t packed);
extern uint64_t clt_phone_number(int64_t packed);
extern size_t clt_phone_text(int64_t packed, char *dst);
extern const char *clt_phone_error_text(PhoneError error);

#endif							/* CLT_PHONE_PARSE_H */
