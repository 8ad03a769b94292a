/*-------------------------------------------------------------------------
 *
 * customers.h
 *	  What the likelihoods are computed from.  No server header.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CLT_CUSTOMERS_H
#define CLT_CUSTOMERS_H

#include <stddef.h>
#include <stdint.h>

/*
 * Customers with the same history, counted.  For the purchase models: x repeat
 * purchases, the last at age t_x, observed until age T.  For Gamma-Gamma: x
 * repeat purchases of mean value t_x; T is 0.
 */
typedef struct Customer
{
	double		x;
	double		t_x;
	double		T;
	int64_t		weight;
} Customer;

/* Sorts by x, T, t_x, none of which is negative (not even -0); scratch has room for n customers. */
extern void clt_customers_sort(Customer *customers, Customer *scratch, size_t n);

#endif							/* CLT_CUSTOMERS_H */
