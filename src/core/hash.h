/*-------------------------------------------------------------------------
 *
 * hash.h
 *	  64-bit hashing of bytes and integers.  No server header.
 *
 * The values are the same on every machine and in every version of
 * PostgreSQL (hash_any() promises neither), so they may be stored, compared
 * between servers and used for sampling that is reproducible.  Each step is a
 * 64x64 -> 128 bit multiplication whose halves are xored ("folded multiply").
 * Not a defence against chosen input.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CLT_HASH_H
#define CLT_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define CLT_HASH_K0 UINT64_C(0xA0761D6478BD642F)
#define CLT_HASH_K1 UINT64_C(0xE7037ED1A0B428DB)
#define CLT_HASH_K2 UINT64_C(0x8EBC6AF09C88C6E3)

/* Folded multiply of two words. */
static inline uint64_t
clt_mix64(uint64_t a, uint64_t b)
{
	unsigned	__int128 m = (unsigned __int128) a * b;

	return (uint64_t) m ^ (uint64_t) (m >> 64);
}

/* Hash of one integer; also good for combining: clt_hash_u64(a ^ h, seed). */
static inline uint64_t
clt_hash_u64(uint64_t x, uint64_t seed)
{
	return clt_mix64(clt_mix64(x ^ CLT_HASH_K0, seed ^ CLT_HASH_K1), CLT_HASH_K2);
}

/* The n (0..8) bytes at p as a little-endian number, whatever the machine. */
static inline uint64_t
clt_load_le(const unsigned char *p, size_t n)
{
	uint64_t	x = 0;

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	if (n == 8)
	{
		memcpy(&x, p, 8);
		return x;
	}
	if (n == 4)
	{
		uint32_t	half;

		memcpy(&half, p, 4);
		return half;
	}
#endif
	for (size_t i = 0; i < n; i++)
		x |= (uint64_t) p[i] << (8 * i);
	return x;
}

/* Hash of len bytes. */
static inline uint64_t
clt_hash_bytes(const void *data, size_t len, uint64_t seed)
{
	const unsigned char *p = data;
	uint64_t	h = seed ^ clt_mix64(len ^ CLT_HASH_K0, CLT_HASH_K1);

	while (len > 16)
	{
		h = clt_mix64(clt_load_le(p, 8) ^ CLT_HASH_K1, clt_load_le(p + 8, 8) ^ h);
		p += 16;
		len -= 16;
	}
	if (len > 8)
		h = clt_mix64(clt_load_le(p, 8) ^ CLT_HASH_K1, clt_load_le(p + 8, len - 8) ^ h);
	else
		h = clt_mix64(clt_load_le(p, len) ^ CLT_HASH_K1, CLT_HASH_K2 ^ h);
	return clt_mix64(h ^ CLT_HASH_K0, CLT_HASH_K2);
}

#endif							/* CLT_HASH_H */
