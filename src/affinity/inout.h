/*
 * inout.h
 *		What the text form (inout_text.c) and the binary form (inout_binary.c) of
 *		an affinity share.
 */
#ifndef CLT_AFFINITY_INOUT_H
#define CLT_AFFINITY_INOUT_H

#include "affinity/store.h"

/* A value to be written. */
typedef struct OpenedForm
{
	AffinityObject *o;
	const AffinityFlat *f;
	const uint8 *lines;			/* f->lines_len bytes, and so on */
	const uint8 *pay;
	const uint8 *absent;
} OpenedForm;

extern void clt_form_open(Datum value, OpenedForm *form);
extern const char *clt_form_wrong_flags(int flags, bool events);
extern bool clt_form_spec(AffDict *dict, const char *type, const char *collation, const char *role, Node *escontext);
extern void clt_form_append_key(AffDict *dict, Datum key);
extern AffinityFlat *clt_form_rebuild(AffinityObject *o, const char **why);

#endif							/* CLT_AFFINITY_INOUT_H */
