/*
 * normalize.h
 *		From what people typed to what is compared: one value, by its kind.
 *
 * Pure kernel.
 */
#ifndef CLT_LINKAGE_NORMALIZE_H
#define CLT_LINKAGE_NORMALIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "linkage/compare.h"

/* Longer values are cut: nobody's name is decided by its five-hundredth letter. */
#define CLT_NORMAL_INPUT 512
#define CLT_NORMAL_CAP (CLT_NORMAL_INPUT * 12 + 64)
#define CLT_NORMAL_TOKENS 16

typedef struct CltNormal
{
	char		s[CLT_NORMAL_CAP];
	char		work[CLT_NORMAL_CAP];
	uint32_t	len;			/* 0: no evidence (missing, empty or a
								 * placeholder) */
	uint64_t	alt[3];
	uint64_t	sound;
	int64_t		num;
	uint16_t	flags;
	int			ntokens;
	uint32_t	token_off[CLT_NORMAL_TOKENS];
	uint32_t	token_len[CLT_NORMAL_TOKENS];
} CltNormal;

extern bool clt_normalize(CltKind kind, const char *src, size_t len, CltNormal *out);
extern void clt_normalize_date(int year, int month, int day, CltNormal *out);
extern bool clt_parse_date(const char *s, size_t len, int *year, int *month, int *day);
extern size_t clt_fold_name(const char *src, size_t len, char *dst, size_t cap);
extern bool clt_read_amount(const char *s, size_t len, double *value);
extern bool clt_is_title(const char *s, size_t len);
extern char clt_sex_said(const char *s, size_t len);
extern bool clt_is_placeholder(const char *folded, size_t len);
extern uint64_t clt_sound_key(const char *folded, size_t len);

#endif
