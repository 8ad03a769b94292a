/*-------------------------------------------------------------------------
 *
 * wire.h
 *	  Readers for recv functions: nothing is allocated before the bytes that
 *	  would fill it are known to be there.
 *
 * All of them raise ERRCODE_INVALID_BINARY_REPRESENTATION.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CLT_WIRE_H
#define CLT_WIRE_H

#include "lib/stringinfo.h"

#include "core/compat.h"

/* The format byte that opens every value of ours on the wire. */
extern void clt_wire_expect_version(StringInfo buf, uint8 version, const char *type_name);

/*
 * A uint32 count of elements of at least element_size bytes each (> 0): no
 * larger than what is left in the message could hold.
 */
extern uint32 clt_wire_count(StringInfo buf, Size element_size, const char *type_name);

/* Raises: the binary value of this type breaks the rule that detail names. */
pg_noreturn extern void clt_wire_error(const char *type_name, const char *detail);

#endif							/* CLT_WIRE_H */
