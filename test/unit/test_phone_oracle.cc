/*
 * parse_phone() against libphonenumber: valid numbers of many regions, made
 * from a fixed seed, written in every way that the library and people write
 * them, must come back as the number they were.
 *
 * Links the shim and the kernels without a server.
 */
#include <map>
#include <string>
#include <vector>

#include <phonenumbers/phonenumber.pb.h>
#include <phonenumbers/phonenumberutil.h>

#include "phone/shim.h"
extern "C"
{
#include "types/phone_parse.h"
#include "types/phone_read.h"
}
#include "tap.h"

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;
using std::string;

static const PhoneNumberUtil &util = *PhoneNumberUtil::GetInstance();

struct Tally
{
	long		n = 0;
	long		wrong = 0;
	long		ambiguous = 0;
	string		examples;
};
static std::map<string, Tally> tallies;

static uint64_t seed = 20240229;

static unsigned
random_digit()
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned) ((seed >> 33) % 10);
}

static string
ours(const string &text, const string &region)
{
	char		e164[32];

	if (clt_phone_read(text.data(), text.size(), region.c_str(), clt_phone_api(),
					   e164, sizeof(e164)) != CLT_PHONE_READ_OK)
		return "-";
	return e164;
}

/* libphonenumber's own answer to the text as it stands, if it calls it valid. */
static string
theirs(const string &text, const string &region)
{
	PhoneNumber number;
	string		e164;

	if (util.Parse(text, region, &number) != PhoneNumberUtil::NO_PARSING_ERROR ||
		!util.IsValidNumber(number))
		return "-";
	util.Format(number, PhoneNumberUtil::E164, &e164);
	return e164;
}

/*
 * The text must be read as want.  Where may_differ, the writing is ambiguous
 * by itself and libphonenumber's reading of it counts as right too.
 */
static void
check(const string &kind, const string &text, const string &region, const string &want,
	  bool may_differ = false)
{
	Tally	   &t = tallies[kind];
	string		got = ours(text, region);

	t.n++;
	if (got == want)
		return;
	if (may_differ && got == theirs(text, region))
	{
		t.ambiguous++;
		return;
	}
	t.wrong++;
	if (t.wrong <= 5)
		t.examples += "#   " + region + " \"" + text + "\": got " + got + ", want " + want + "\n";
}

static string
replaced(string s, const string &from, const string &to, bool all = true)
{
	size_t		at = 0;

	while ((at = s.find(from, at)) != string::npos)
	{
		s.replace(at, from.size(), to);
		at += to.size();
		if (!all)
			break;
	}
	return s;
}

static string
digits_of(const string &s)
{
	string		d;

	for (char c : s)
		if (c >= '0' && c <= '9')
			d += c;
	return d;
}

/* Every digit moved to another script. */
static string
in_script(const string &s, const std::vector<string> &digits)
{
	string		out;

	for (char c : s)
		out += c >= '0' && c <= '9' ? digits[c - '0'] : string(1, c);
	return out;
}

static const std::vector<string> FULL_WIDTH = {"０", "１", "２", "３", "４", "５", "６", "７", "８", "９"};
static const std::vector<string> ARABIC = {"٠", "١", "٢", "٣", "٤", "٥", "٦", "٧", "٨", "٩"};
static const std::vector<string> PERSIAN = {"۰", "۱", "۲", "۳", "۴", "۵", "۶", "۷", "۸", "۹"};

static void
check_number(const PhoneNumber &number, const string &region, const string &other)
{
	string		e164, national, international, rfc, abroad, nsn;
	bool		italian = number.italian_leading_zero();
	string		prefix;

	util.Format(number, PhoneNumberUtil::E164, &e164);
	util.Format(number, PhoneNumberUtil::NATIONAL, &national);
	util.Format(number, PhoneNumberUtil::INTERNATIONAL, &international);
	util.Format(number, PhoneNumberUtil::RFC3966, &rfc);
	util.FormatOutOfCountryCallingNumber(number, region == "US" ? "RS" : "US", &abroad);
	util.GetNationalSignificantNumber(number, &nsn);
	util.GetNddPrefixForRegion(region, true, &prefix);

	const string cc = std::to_string(number.country_code());
	const string dialled = digits_of(national);

	/* as the library writes it */
	check("E.164", e164, "ZZ", e164);
	check("E.164 with another region", e164, region == "US" ? "RS" : "US", e164);
	check("national", national, region, e164);
	check("international", international, "ZZ", e164);
	check("RFC 3966", rfc, "ZZ", e164);
	check("from abroad", abroad, region == "US" ? "RS" : "US", e164);

	/* as people write it */
	check("national digits only", dialled, region, e164);
	check("slash", replaced(national, " ", "/", false), region, e164);
	check("slash and dash", replaced(replaced(national, " ", "/", false), " ", "-"), region, e164);
	check("dots", replaced(national, " ", "."), region, e164);
	check("no-break spaces", replaced(national, " ", "\xC2\xA0"), region, e164);
	check("en dashes", replaced(replaced(national, "-", " "), " ", "\xE2\x80\x93"), region, e164);
	check("00", "00" + digits_of(e164), "ZZ", e164);
	check("00 and blanks", "00" + international.substr(1), region, e164);
	check("+00", "+00" + digits_of(e164), region, e164);
	check("plus and blank", "+ " + international.substr(1), region, e164);
	check("calling code in brackets", "(+" + cc + ") " + nsn, region, e164);
	check("code without plus", digits_of(e164), region, e164, true);
	check("label", "tel.: " + national, region, e164);
	check("Cyrillic label", "Моб. " + international, region, e164);
	check("full width", in_script(national, FULL_WIDTH), region, e164);
	check("full width, plus", replaced(in_script(international, FULL_WIDTH), "+", "＋"), "ZZ", e164);
	check("Arabic digits", in_script(national, ARABIC), region, e164);
	check("Persian digits", in_script(international, PERSIAN), region, e164);
	check("direction marks", "\xE2\x80\xAD" + international + "\xE2\x80\xAC", region, e164);
	for (const char *ext : {" lok. 12", " lok 12", "/lok.12", " x12", " x 12", " ext. 12", " wew. 12", " kl. 12",
				 " DW 12", " Durchwahl 12", " App. 12", " #12", ", lok. 12", " (lok. 12)", " лок. 12", " доб. 12",
				 " int. 12", " klapka 12", " linka 12", ";ext=12"})
		check("extension", national + ext, region, e164);
	check("remark", national + " (posao)", region, e164);
	check("remark without brackets", international + " Ana, posle 17h", region, e164);
	for (const char *sep : {"; ", ", ", " | ", "\n", " ili ", " oder ", " or ", " & "})
	{
		check("two numbers", national + sep + other, region, e164);
		check("two numbers, international", international + sep + other, region, e164);
	}
	check("two numbers with a slash", dialled + "/" + digits_of(other), region, e164);
	check("two numbers with a slash and blanks", digits_of(e164).insert(0, "+") + " / " + other, region, e164);

	if (prefix == "0" && !italian)
	{
		check("(0)", replaced(international, " ", " (0)", false), "ZZ", e164);
		check("(0) and 00", "00" + replaced(international.substr(1), " ", " (0) ", false), region, e164);
		check("(0) without plus", replaced(international.substr(1), " ", "(0)", false), region, e164, true);
		check("trunk zero behind the code", "+" + cc + "0" + nsn, "ZZ", e164);
		check("+(code) trunk zero", "+" + cc + "/0" + nsn, region, e164);
		check("lost zero", nsn, region, e164, true);
		check("lost zero and .0", nsn + ".0", region, e164, nsn.size() < 8);
		check("all digits in scientific notation",
			  nsn.substr(0, 1) + "." + nsn.substr(1) + "E+" + std::to_string(nsn.size() - 1), region, e164,
			  true);
	}
	else if (prefix.empty() && !italian && region != string("IT"))
	{
		check("trunk zero of old", "0" + nsn, region, e164, true);
		check("(0) where there is none", replaced(international, " ", " (0)", false), "ZZ", e164);
	}
	if (nsn.find_last_not_of('0') < nsn.size() - 1 - 2)
		check("rounded by a spreadsheet",
			  nsn.substr(0, 1) + "." + nsn.substr(1, 1) + "E+0" + std::to_string(nsn.size() - 1), region, "-");

	{
		int64_t		packed;
		char		text[CLT_PHONE_TEXT_SIZE];
		bool		good = clt_phone_parse(e164.data(), e164.size(), &packed) == CLT_PHONE_OK &&
			clt_phone_is_packed(packed) && clt_phone_text(packed, text) == e164.size() && e164 == text;

		tallies["packed and back"].n++;
		if (!good)
			tallies["packed and back"].wrong++;
	}
	{
		char		got[64];
		string		home;

		util.GetRegionCodeForNumber(number, &home);
		tallies["country"].n++;
		if (!clt_phone_api()->region(e164.c_str(), got, sizeof(got)) || home != got)
			tallies["country"].wrong++;
		tallies["national form"].n++;
		if (!clt_phone_api()->national(e164.c_str(), got, sizeof(got)) || national != got)
			tallies["national form"].wrong++;
		tallies["line type"].n++;
		if ((int) clt_phone_api()->line_type(e164.c_str()) != (int) util.GetNumberType(number))
			tallies["line type"].wrong++;
	}
}

int
main()
{
	static const char *const regions[] = {"RS", "HR", "SI", "PL", "SK", "CZ", "DE", "AT", "GB", "US",
	"BA", "ME", "MK", "HU", "RO", "BG", "IT", "FR", "CH", "GR"};
	static const PhoneNumberUtil::PhoneNumberType types[] = {PhoneNumberUtil::MOBILE, PhoneNumberUtil::FIXED_LINE};
	long		numbers = 0;

	for (const char *region : regions)
	{
		string		other = "+381 64 9876543";

		for (auto type : types)
		{
			PhoneNumber example;
			string		nsn;

			if (!util.GetExampleNumberForType(region, type, &example))
				continue;
			util.GetNationalSignificantNumber(example, &nsn);
			for (int made = 0, tried = 0; made < 60 && tried < 3000; tried++)
			{
				string		random = "+" + std::to_string(example.country_code()) + nsn;
				PhoneNumber number;
				string		home;
				size_t		tail = tried == 0 ? 0 : 3 + (size_t) tried % 4;

				for (size_t i = random.size() - tail; i < random.size(); i++)
					random[i] = (char) ('0' + random_digit());
				if (util.Parse(random, "ZZ", &number) != PhoneNumberUtil::NO_PARSING_ERROR ||
					!util.IsValidNumber(number))
					continue;
				util.GetRegionCodeForNumber(number, &home);
				if (home != region)
					continue;
				made++;
				numbers++;
				check_number(number, region, other);
				util.Format(number, PhoneNumberUtil::NATIONAL, &other);
			}
		}
	}

	ok(numbers >= 2000, "%ld numbers of %d regions", numbers, (int) (sizeof(regions) / sizeof(regions[0])));
	for (const auto &entry : tallies)
	{
		const Tally &t = entry.second;

		ok(t.wrong == 0, "%s: %ld read, %ld ambiguous ones as libphonenumber reads them", entry.first.c_str(),
		   t.n, t.ambiguous);
		if (t.wrong > 0)
			printf("#   %ld wrong, for example\n%s", t.wrong, t.examples.c_str());
	}
	return done();
}
