/*
 * result_tree.h
 *		Writing a B-tree of a result.
 */
#ifndef CLT_LINKAGE_RESULT_TREE_H
#define CLT_LINKAGE_RESULT_TREE_H

#include "linkage/result_rows.h"

extern bool clt_link_may_write_tree(Relation index);
extern void clt_link_write_tree(Relation index, const LinkRows *rows, bool log);

#endif
