/*
 * inout.c
 *		Text and binary forms of type affinity.
 *
 * Both carry types by name and items as their types write them, so that a dump
 * can be restored into another database, encoding or version; the baskets,
 * which are most of it, are the compressed bytes of the stored form. Whatever
 * comes in is joined line by line into an empty affinity: one constructor, the
 * same that the aggregates use, which numbers, counts and orders everything
 * itself and believes nothing.
 */
#include "postgres.h"

#include "affinity/inout.h"
#include "affinity/names.h"

/*
 * clt_form_open opens a value to be written; keys have their datums in the
 * object, all else is bytes of the stored form.
 */
void
clt_form_open(Datum value, OpenedForm *form)
{
	AffinityFlat *f;

	if (clt_affinity_is_flat(value))
	{
		f = (AffinityFlat *) PG_DETOAST_DATUM(value);
		form->o = clt_affinity_expand(PointerGetDatum(f), CurrentMemoryContext, true);
	}
	else
	{
		form->o = (AffinityObject *) DatumGetEOHP(value);
		f = clt_affinity_flatten(form->o);
	}
	form->f = f;
	form->lines = (const uint8 *) f->data + f->names_len + f->items_len;
	form->pay = form->lines + f->lines_len;
	form->absent = form->pay + f->pay_len;
}

/* What flags say must be what the type holds: events are of item_sequence alone. */
const char *
clt_form_wrong_flags(int flags, bool events)
{
	if (((flags & AFFINITY_EVENTS) != 0) == events)
		return NULL;
	return events ? "there are baskets, which are of type affinity" : "there are events, which are of type item_sequence";
}

/* False after a soft error. */
bool
clt_form_spec(AffDict *dict, const char *type, const char *collation, const char *role, Node *escontext)
{
	Oid			type_oid = clt_type_by_name(type, escontext);
	Oid			collation_oid;

	if (*type == '\0')
		return true;
	if (!OidIsValid(type_oid))
		return false;
	collation_oid = clt_collation_by_name(collation, escontext);
	return OidIsValid(collation_oid) && clt_key_spec(&dict->spec, type_oid, collation_oid, role, escontext);
}

/* A key is stored as it is, without looking for it: the merge does that. */
void
clt_form_append_key(AffDict *dict, Datum key)
{
	if (dict->spec.byval)
		key = Int64GetDatum(clt_int_image(dict->spec.len, key));
	else if (dict->spec.len == -1)
		key = PointerGetDatum(PG_DETOAST_DATUM_PACKED(key));
	(void) clt_dict_append(dict, key);
}

/* The value, made anew from what was read; NULL and *why if it makes no sense. */
AffinityFlat *
clt_form_rebuild(AffinityObject *o, const char **why)
{
	AffinityObject *made = clt_affinity_new(CurrentMemoryContext, o->flags);
	uint32		i;

	*why = NULL;
	made->items.spec = o->items.spec;
	made->keys.spec = o->keys.spec;
	made->sample_bits = o->sample_bits;
	made->within_time = o->within_time;
	made->within_day = o->within_day;
	made->within_month = o->within_month;
	made->limit_mb = o->limit_mb;
	if (o->base.nkeyed != o->keys.n)
		*why = "there are not as many ids as baskets";
	o->frequency = palloc0(Max((Size) o->items.n, 1) * sizeof(uint32));
	for (i = 0; i < o->items.n && *why == NULL; i++)
		if (clt_dict_intern(&made->items, o->items.key[i]) != i)
			*why = "an item occurs twice";
	for (i = 0; i < o->keys.n && *why == NULL; i++)
		if (clt_dict_intern(&made->keys, o->keys.key[i]) != i)
			*why = "a basket occurs twice";
	if (*why != NULL)
		return NULL;
	clt_affinity_merge(made, o);
	clt_affinity_order(made);
	return clt_affinity_flatten(made);
}
