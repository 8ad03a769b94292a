/*-------------------------------------------------------------------------
 *
 * shim.cc
 *	  clientele_phone: libphonenumber behind the plain C face of shim.h.
 *
 * A library of its own, so that only a backend that parses or explains phone
 * numbers maps it, its metadata and the C++ libraries below it.
 *
 * No exception leaves this file (each entry catches all) and no error of the
 * server enters it (nothing here calls the server), so neither unwinding ever
 * meets frames of the other language.
 *
 * CLT_NO_SERVER builds it without the server's magic block, for tests.
 *
 *-------------------------------------------------------------------------
 */
#include <cstring>
#include <new>
#include <string>

#include <phonenumbers/phonenumber.pb.h>
#include <phonenumbers/phonenumberutil.h>

#include "phone/shim.h"

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

namespace
{

/* Copies s to dst if it fits. */
int
copy_out(const std::string &s, char *dst, size_t size)
{
	if (s.size() >= size)
		return 0;
	memcpy(dst, s.c_str(), s.size() + 1);
	return 1;
}

/* "+..." as it comes from the type phone. */
bool
from_e164(const PhoneNumberUtil &util, const char *e164, PhoneNumber *number)
{
	return util.Parse(e164, "ZZ", number) == PhoneNumberUtil::NO_PARSING_ERROR;
}

PhoneReadingKind
kind_of_possible(PhoneNumberUtil::ValidationResult possible)
{
	switch (possible)
	{
		case PhoneNumberUtil::IS_POSSIBLE:
			return CLT_READING_POSSIBLE;
		case PhoneNumberUtil::IS_POSSIBLE_LOCAL_ONLY:
			return CLT_READING_LOCAL;
		case PhoneNumberUtil::INVALID_COUNTRY_CODE:
			return CLT_READING_COUNTRY;
		case PhoneNumberUtil::TOO_SHORT:
			return CLT_READING_SHORT;
		case PhoneNumberUtil::INVALID_LENGTH:
		case PhoneNumberUtil::TOO_LONG:
			break;
	}
	return CLT_READING_LONG;
}

PhoneReadingKind
read_number(const char *text, const char *region, PhoneReading *reading)
{
	const PhoneNumberUtil &util = *PhoneNumberUtil::GetInstance();
	PhoneNumber number;
	PhoneReadingKind kind;
	std::string e164;

	switch (util.Parse(text, region, &number))
	{
		case PhoneNumberUtil::NO_PARSING_ERROR:
			break;
		case PhoneNumberUtil::INVALID_COUNTRY_CODE_ERROR:
			return CLT_READING_COUNTRY;
		case PhoneNumberUtil::TOO_SHORT_AFTER_IDD:
		case PhoneNumberUtil::TOO_SHORT_NSN:
			return CLT_READING_SHORT;
		case PhoneNumberUtil::TOO_LONG_NSN:
			return CLT_READING_LONG;
		default:
			return CLT_READING_NONE;
	}

	kind = util.IsValidNumber(number) ? CLT_READING_VALID
		: kind_of_possible(util.IsPossibleNumberWithReason(number));
	if (kind != CLT_READING_VALID && number.italian_leading_zero())
	{
		/*
		 * A trunk zero in a plan that has none today (Poland, Czechia): kept
		 * by the parser as if it were part of the number.
		 */
		PhoneNumber without(number);

		without.clear_italian_leading_zero();
		without.clear_number_of_leading_zeros();
		if (util.IsValidNumber(without))
		{
			number = without;
			kind = CLT_READING_VALID;
		}
	}
	if (kind != CLT_READING_VALID && kind != CLT_READING_POSSIBLE)
		return kind;
	util.Format(number, PhoneNumberUtil::E164, &e164);
	return copy_out(e164, reading->e164, sizeof(reading->e164)) ? kind : CLT_READING_LONG;
}

void
api_read(const char *text, const char *region, PhoneReading *reading)
{
	memset(reading, 0, sizeof(*reading));
	try
	{
		reading->kind = read_number(text, region, reading);
	}
	catch (const std::bad_alloc &)
	{
		reading->kind = CLT_READING_OUT_OF_MEMORY;
	}
	catch (...)
	{
		reading->kind = CLT_READING_NONE;
	}
}

int
api_knows_region(const char *region)
{
	try
	{
		return PhoneNumberUtil::GetInstance()->GetCountryCodeForRegion(region) != 0;
	}
	catch (...)
	{
		return 0;
	}
}

int
api_region(const char *e164, char *dst, size_t size)
{
	try
	{
		const PhoneNumberUtil &util = *PhoneNumberUtil::GetInstance();
		PhoneNumber number;
		std::string region;

		if (!from_e164(util, e164, &number))
			return 0;
		util.GetRegionCodeForNumber(number, &region);
		/* "ZZ" is unknown, "001" a service that belongs to no country. */
		if (region.size() != 2 || region == "ZZ")
			return 0;
		return copy_out(region, dst, size);
	}
	catch (...)
	{
		return -1;
	}
}

int
api_national(const char *e164, char *dst, size_t size)
{
	try
	{
		const PhoneNumberUtil &util = *PhoneNumberUtil::GetInstance();
		PhoneNumber number;
		std::string formatted;

		if (!from_e164(util, e164, &number))
			return 0;
		util.Format(number, PhoneNumberUtil::NATIONAL, &formatted);
		return copy_out(formatted, dst, size);
	}
	catch (...)
	{
		return -1;
	}
}

PhoneLineType
api_line_type(const char *e164)
{
	try
	{
		const PhoneNumberUtil &util = *PhoneNumberUtil::GetInstance();
		PhoneNumber number;

		if (!from_e164(util, e164, &number))
			return CLT_LINE_UNKNOWN;
		switch (util.GetNumberType(number))
		{
			case PhoneNumberUtil::FIXED_LINE:
				return CLT_LINE_FIXED;
			case PhoneNumberUtil::MOBILE:
				return CLT_LINE_MOBILE;
			case PhoneNumberUtil::FIXED_LINE_OR_MOBILE:
				return CLT_LINE_FIXED_OR_MOBILE;
			case PhoneNumberUtil::TOLL_FREE:
				return CLT_LINE_TOLL_FREE;
			case PhoneNumberUtil::PREMIUM_RATE:
				return CLT_LINE_PREMIUM_RATE;
			case PhoneNumberUtil::SHARED_COST:
				return CLT_LINE_SHARED_COST;
			case PhoneNumberUtil::VOIP:
				return CLT_LINE_VOIP;
			case PhoneNumberUtil::PERSONAL_NUMBER:
				return CLT_LINE_PERSONAL;
			case PhoneNumberUtil::PAGER:
				return CLT_LINE_PAGER;
			case PhoneNumberUtil::UAN:
				return CLT_LINE_UAN;
			case PhoneNumberUtil::VOICEMAIL:
				return CLT_LINE_VOICEMAIL;
			case PhoneNumberUtil::UNKNOWN:
				break;
		}
	}
	catch (...)
	{
	}
	return CLT_LINE_UNKNOWN;
}

const PhoneApi api = {
	CLT_PHONE_API_VERSION,
	sizeof(PhoneApi),
	api_read,
	api_knows_region,
	api_region,
	api_national,
	api_line_type,
};

}								/* namespace */

extern "C" __attribute__((visibility("default"))) const PhoneApi *
clt_phone_api(void)
{
	return &api;
}

#ifndef CLT_NO_SERVER
/* The server looks the magic function up by name; everything else is hidden. */
#pragma GCC visibility push(default)
extern "C"
{
#include "postgres.h"

#include "fmgr.h"

PG_MODULE_MAGIC;
}
#pragma GCC visibility pop
#endif
