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

#endif							/* CLT_CUSTOMERS_H */
