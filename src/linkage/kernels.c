/*
 * kernels.c
 *		The kernels of comparisons over the encoded columns, and their memories of pairs of values.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "core/clientele.h"
#include "linkage/engine.h"
#include "linkage/large.h"
#include "linkage/prepare.h"

/* clt_link_column_of returns the first column of a kind, NULL if there is none. */
const CltColumn *
clt_link_column_of(LinkJob *job, CltKind kind)
{
	int			i;

	for (i = 0; i < job->nfields; i++)
		if (job->field[i].kind == kind && !job->field[i].element)
			return &job->field[i].col;
	return NULL;
}

/* set_up_address tells the kernel where each part of an address is. */
static void
set_up_address(LinkJob *job, LinkComparison *cmp, CltComparison *kernel)
{
	int			i;

	for (i = 0; i < cmp->nfields; i++)
		kernel->part[cmp->part[i]] = &job->field[cmp->field[i]].col;
}

/* clt_link_kernels tells each comparison which encoded columns it looks at. */
void
clt_link_kernels(LinkJob *job)
{
	int			i;

	job->fs.ncomparisons = job->ncomparisons;
	for (i = 0; i < job->ncomparisons; i++)
	{
		LinkComparison *cmp = &job->comparison[i];
		CltComparison *kernel = &job->kernel[i];

		memset(kernel, 0, sizeof(*kernel));
		kernel->kind = cmp->kind;
		kernel->tf = cmp->tf < 0 ? clt_kind_info[cmp->kind].tf : cmp->tf == 1;
		kernel->column = &job->field[cmp->field[0]].col;
		job->fs.c[i].nlevels = clt_link_nlevels(cmp);
		job->fs.c[i].different = clt_link_different(cmp);
		job->fs.c[i].role = clt_kind_info[cmp->kind].role;
		clt_link_kernel_of_kind(job, i);
		if (cmp->kind == CLT_KIND_ADDRESS)
			set_up_address(job, cmp, kernel);
		else if (cmp->kind == CLT_KIND_GIVEN)
			kernel->partner = clt_link_column_of(job, CLT_KIND_SURNAME);
		else if (cmp->kind == CLT_KIND_EMAIL)
		{
			kernel->given = clt_link_column_of(job, CLT_KIND_GIVEN);
			kernel->surname = clt_link_column_of(job, CLT_KIND_SURNAME);
			kernel->whole = clt_link_column_of(job, CLT_KIND_FULL_NAME);
		}
		else if (cmp->kind == CLT_KIND_SURNAME)
		{
			kernel->partner = clt_link_column_of(job, CLT_KIND_GIVEN);
			kernel->company = clt_link_column_of(job, CLT_KIND_COMPANY);
			kernel->email = clt_link_column_of(job, CLT_KIND_EMAIL);
		}
		else if (cmp->kind == CLT_KIND_FULL_NAME)
			kernel->company = clt_link_column_of(job, CLT_KIND_COMPANY);
		else if (cmp->kind == CLT_KIND_COMPANY)
			kernel->email = clt_link_column_of(job, CLT_KIND_EMAIL);
	}
}

/*
 * clt_link_memos gives each comparison a memory of pairs of values it has seen; where
 * hardly a value repeats there is nothing to remember.
 */
void
clt_link_memos(LinkJob *job)
{
	int			i;

	for (i = 0; i < job->ncomparisons; i++)
	{
		const CltColumn *col = job->kernel[i].column;

		job->memo[i] = NULL;
		if (job->comparison[i].kind != CLT_KIND_ADDRESS && (int64) col->nvalues * 2 > col->filled)
			continue;
		job->memo[i] = clt_link_large(job->context, sizeof(CltMemo));
		memset(job->memo[i], 0, sizeof(CltMemo));
	}
}
