/*
 * imagined.h
 *		Imagined pairs of records of one person, on which blocking rules are tried.
 */
#ifndef CLT_LINKAGE_IMAGINED_H
#define CLT_LINKAGE_IMAGINED_H

#include "linkage/engine.h"

#define LINK_IMAGINED 4096
#define LINK_IMAGINED_WORDS (LINK_IMAGINED / 64)

/* Some of them, a bit each. */
typedef uint64 LinkFoundSet[LINK_IMAGINED_WORDS];

extern void clt_link_imagine(LinkJob *job, const LinkAtom *atom, int natoms, LinkFoundSet * finds);

#endif
