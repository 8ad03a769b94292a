/*
 * check_digits.h
 *		Identifiers with check digits: whose are right, and what two of them say.
 *
 * Pure kernel.
 */
#ifndef CLT_LINKAGE_CHECK_DIGITS_H
#define CLT_LINKAGE_CHECK_DIGITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "linkage/compare.h"

/* Schemes are numbers from 1; 0 is none. */
#define CLT_MAX_SCHEMES 32

extern int	clt_scheme_count(void);
extern int	clt_scheme_by_name(const char *name, size_t len);
extern const char *clt_scheme_name(int scheme);
extern bool clt_scheme_check(int scheme, char *s, uint32_t *len);
extern uint32_t clt_schemes_of(const char *s, size_t len);
extern int	clt_identifier_level(const CltValue *a, const CltValue *b);

#endif
