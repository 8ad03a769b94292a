/*
 * record.h
 *		linkage_record: a record encoded once, with all that it takes to compare it.
 */
#ifndef CLT_SEARCH_RECORD_H
#define CLT_SEARCH_RECORD_H

#include "linkage/probe.h"

/*
 * Version 6 knows levels of the user's own, several values a record and what words of names are; version 5 twins and
 * namesakes, and names and dates that are more than different; version 4 models of several
 * tables and how many records a column is filled in.  Values of versions 3 to 5 are read still.
 */
#define LINKAGE_RECORD_VERSION 6
#define LINKAGE_RECORD_VERSION_NO_LEVELS 5
#define LINKAGE_RECORD_VERSION_NO_RELATIVES 4
#define LINKAGE_RECORD_VERSION_ONE_TABLE 3

/*
 * A value carries the model beside the record, so that it can be compared where no
 * model is: version, flags, reserved, then the model's part and the record's part,
 * each with its length in front.
 */
typedef struct LinkageRecord
{
	int32		vl_len_;
	uint8		version;
	uint8		flags;
	uint16		reserved;
	uint8		data[FLEXIBLE_ARRAY_MEMBER];
} LinkageRecord;

#define LINKAGE_RECORD_HEAD offsetof(LinkageRecord, data)

/* Records of one model, ready to be compared. */
typedef struct RecordSet
{
	LinkJob    *job;
	char	  **key;			/* NULL: the record has none */
	int		   *source;			/* which of the model's tables it is of */
	int		   *nkeys;
	int64	  **keys;			/* blocking keys, in the order of the rules */
	bool		numbered;		/* keys are numbers and have their order */
} RecordSet;

extern LinkageRecord *clt_record_make(LinkProbe *probe, LinkJob *few);
extern RecordSet *clt_record_set(LinkageRecord **records, int n);
extern void clt_record_sort(RecordSet *set);
extern int	clt_record_compare_keys(const char *a, const char *b, bool numbered);
extern const char *clt_record_check(const LinkageRecord *record);
extern void clt_record_read(const LinkageRecord *record, RecordSet *set);
extern const char *clt_record_source(const RecordSet *set, int row);
extern char *clt_record_node(const RecordSet *set, int row);
extern int	clt_record_find(const RecordSet *set, const char *node);

#endif
