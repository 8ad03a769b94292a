/*-------------------------------------------------------------------------
 *
 * compat.h
 *	  Differences between PostgreSQL 15, 16, 17 and 18.
 *
 * The only file in which PG_VERSION_NUM may stand.  Each block names the
 * upstream change that it bridges.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CLT_COMPAT_H
#define CLT_COMPAT_H

#if PG_VERSION_NUM < 150000
#error "clientele needs PostgreSQL 15 or later"
#endif

/* 16 moved the varlena macros out of postgres.h into varatt.h. */
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/*
 * 16 added soft errors (d9f7f5d32f2): an input function reports a bad value
 * through ereturn() so that pg_input_is_valid() can ask without raising.
 * Before 16 the same call raises.
 */
#if PG_VERSION_NUM >= 160000
#include "nodes/miscnodes.h"
#else
#define ereturn(context, dummy_value, ...) \
	do { \
		(void) (context); \
		ereport(ERROR, __VA_ARGS__); \
	} while (0)
#define InputFunctionCallSafe(flinfo, str, typioparam, typmod, context, result) \
	((void) (context), *(result) = InputFunctionCall(flinfo, str, typioparam, typmod), true)
#define DirectInputFunctionCallSafe(func, str, typioparam, typmod, context, result) \
	((void) (context), *(result) = DirectFunctionCall3(func, CStringGetDatum(str), \
													   ObjectIdGetDatum(typioparam), Int32GetDatum(typmod)), true)
#endif

/* 16 renamed pg_class_aclcheck and friends behind object_aclcheck (c727f511bd7). */
#if PG_VERSION_NUM >= 160000
#define clt_type_aclcheck(typid, roleid, mode) \
	object_aclcheck(TypeRelationId, typid, roleid, mode)
#define clt_namespace_aclcheck(nspid, roleid, mode) \
	object_aclcheck(NamespaceRelationId, nspid, roleid, mode)
#else
#define clt_type_aclcheck(typid, roleid, mode) pg_type_aclcheck(typid, roleid, mode)
#define clt_namespace_aclcheck(nspid, roleid, mode) pg_namespace_aclcheck(nspid, roleid, mode)
#endif

/* 17 moved the local transaction id into MyProc->vxid (ab355e3a88d). */
#if PG_VERSION_NUM >= 170000
#define clt_my_lxid() (MyProc->vxid.lxid)
#else
#define clt_my_lxid() (MyProc->lxid)
#endif

/* 18 replaced pg_attribute_noreturn(), after a declaration, by pg_noreturn, before it. */
#ifndef pg_noreturn
#define pg_noreturn pg_attribute_noreturn()
#endif

/* 18 made the bytes of pg_b64_encode() and pg_b64_decode() uint8 in common/base64.h. */
#if PG_VERSION_NUM >= 180000
typedef uint8 clt_b64_byte;
#else
typedef char clt_b64_byte;
#endif

/* 17 removed old_snapshot_threshold, and with it the test that a page needs before it is read (f691f5b80a8). */
#if PG_VERSION_NUM >= 170000
#define clt_test_for_old_snapshot(snapshot, rel, page) ((void) 0)
#else
#define clt_test_for_old_snapshot(snapshot, rel, page) TestForOldSnapshot(snapshot, rel, page)
#endif

/* 16 renamed RelFileNode to RelFileLocator (b0a55e43299). */
#if PG_VERSION_NUM >= 160000
#define clt_log_newpage(rel, block, page) log_newpage(&(rel)->rd_locator, MAIN_FORKNUM, block, page, true)
#define clt_set_new_file(rel, persistence) RelationSetNewRelfilenumber(rel, persistence)
#define clt_file_of(rel) ((rel)->rd_locator)
#define clt_file RelFileLocator
#else
#define clt_log_newpage(rel, block, page) log_newpage(&(rel)->rd_node, MAIN_FORKNUM, block, page, true)
#define clt_set_new_file(rel, persistence) RelationSetNewRelfilenode(rel, persistence)
#define clt_file_of(rel) ((rel)->rd_node)
#define clt_file RelFileNode
#endif

/* 17 has no number for a backend that is none (024c5211176). */
#if PG_VERSION_NUM >= 170000
#define clt_no_backend INVALID_PROC_NUMBER
#else
#define clt_no_backend InvalidBackendId
#endif

#endif							/* CLT_COMPAT_H */
