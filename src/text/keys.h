/*
 * keys.h
 *	  Keys that are equal for names which mean the same family or firm.
 *
 * Pure kernels on UTF-8 like those of fold.h, with the same size convention:
 * the result is the length the answer needs, CLT_FOLD_BOUND(len) bytes are
 * always enough, and a result larger than dstcap means: call again.  A key is
 * for blocking and for a loose comparison level.  Equal keys do not say that
 * two names are the same.
 */
#ifndef CLT_TEXT_KEYS_H
#define CLT_TEXT_KEYS_H

#include "text/fold.h"

/* Writes the key of a family name: Nováková, Novák and NOVAKOVA share one. */
extern size_t clt_family_name_key(const char *src, size_t len,
								  char *dst, size_t dstcap);

/*
 * The same for text that was folded already, in place; returns the new length,
 * never more than the old one.
 */
extern size_t clt_family_name_key_folded(char *buf, size_t len);

/* Number of a legal form; CLT_LEGAL_NONE when the name shows none. */
typedef int CltLegalForm;

#define CLT_LEGAL_NONE	0

/*
 * Writes the key of a company name: folded, without legal form, location
 * behind it, connectors, quotes.  form may be NULL.
 */
extern size_t clt_company_name_key(const char *src, size_t len,
								   char *dst, size_t dstcap,
								   CltLegalForm *form);

/* Canonical name of a legal form, as "d.o.o."; NULL for CLT_LEGAL_NONE. */
extern const char *clt_legal_form_name(CltLegalForm form);

/* Writes the key of a street, with house number. */
extern size_t clt_street_key(const char *src, size_t len,
							 char *dst, size_t dstcap);

#endif							/* CLT_TEXT_KEYS_H */
