/* Unit tests of the kernels behind the type phone, without numbering plans. */
#include "types/phone_parse.h"
#include "types/phone_read.h"
#include "tap.h"

static void
test_parse(void)
{
	static const struct
	{
		const char *text;
		PhoneError	error;
	}			cases[] = {
		{"+381641234567", CLT_PHONE_OK},
		{"+1234567", CLT_PHONE_OK},
		{"+123456789012345", CLT_PHONE_OK},
		{"+999999999999999", CLT_PHONE_OK},
		{"", CLT_PHONE_EMPTY},
		{"381641234567", CLT_PHONE_NO_PLUS},
		{" +381641234567", CLT_PHONE_NO_PLUS},
		{"+381641234567 ", CLT_PHONE_CHAR},
		{"+381 641234567", CLT_PHONE_CHAR},
		{"++381641234567", CLT_PHONE_CHAR},
		{"+0641234567", CLT_PHONE_LEADING_ZERO},
		{"+", CLT_PHONE_TOO_SHORT},
		{"+123456", CLT_PHONE_TOO_SHORT},
		{"+1234567890123456", CLT_PHONE_TOO_LONG},
		{"+99999999999999999999999999999999999", CLT_PHONE_TOO_LONG},
	};
	int64_t		packed,
				previous = 0;
	char text[	CLT_PHONE_TEXT_SIZE];
	size_t		i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		PhoneError	got = clt_phone_parse(cases[i].text, strlen(cases[i].text), &packed);

		ok(got == cases[i].error, "parse \"%s\"", cases[i].text);
		if (got == CLT_PHONE_OK)
		{
			clt_phone_text(packed, text);
			is_str(text, cases[i].text, "and back");
			ok(clt_phone_is_packed(packed), "and it is a packed number");
		}
	}

	/* in the order of their text */
	{
		static const char *const sorted[] = {"+1234567", "+12345670", "+12345671", "+1234568", "+381641234567",
		"+4812345678", "+999999999999998", "+999999999999999"};

		for (i = 0; i < sizeof(sorted) / sizeof(sorted[0]); i++)
		{
			clt_phone_parse(sorted[i], strlen(sorted[i]), &packed);
			ok(packed > previous, "%s comes after the one before", sorted[i]);
			previous = packed;
		}
	}

	/* every bit counts */
	{
		int			accepted = 0;

		clt_phone_parse("+381641234567", 13, &packed);
		is_int(packed, (INT64_C(1) << 60) | (INT64_C(381641234567000) << 4) | 12, "packs as it is laid out");
		is_int((packed >> 60) & 7, CLT_PHONE_VERSION, "the version is in its place");
		is_int(packed & 15, 12, "so is the number of digits");
		for (i = 0; i < 64; i++)
		{
			int64_t		flipped = (int64_t) ((uint64_t) packed ^ (UINT64_C(1) << i)),
						again = 0;

			if (!clt_phone_is_packed(flipped))
				continue;
			accepted++;
			clt_phone_parse(text, clt_phone_text(flipped, text), &again);
			if (again != flipped)
				accepted += 1000;
		}
		ok(accepted < 50, "with a bit flipped it is another number or none (%d)", accepted);
		ok(!clt_phone_is_packed(0) && !clt_phone_is_packed(-1), "neither zero nor all ones is a number");
	}
	is_int(clt_phone_pack(999999, &packed), CLT_PHONE_TOO_SHORT, "pack: 6 digits");
	is_int(clt_phone_pack(1000000, &packed), CLT_PHONE_OK, "pack: 7 digits");
	is_int(clt_phone_pack(UINT64_C(999999999999999), &packed), CLT_PHONE_OK, "pack: 15 digits");
	is_int(clt_phone_pack(UINT64_C(1000000000000000), &packed), CLT_PHONE_TOO_LONG, "pack: 16 digits");
	is_int(clt_phone_pack(UINT64_MAX, &packed), CLT_PHONE_TOO_LONG, "pack: the largest integer");
	for (i = 0; i < CLT_PHONE_N_ERRORS; i++)
		ok(clt_phone_error_text((PhoneError) i)[0] != '\0', "rule %d has a text", (int) i);
	for (i = 0; i < CLT_PHONE_READ_N; i++)
		ok(clt_phone_status_text((PhoneStatus) i)[0] != '\0', "status %d has a text", (int) i);
}

static void
test_simplify(void)
{
	static const struct
	{
		const char *text;
		const char *digits;		/* NULL: nothing; "~": rounded */
		int			cut;
	}			cases[] = {
		{"064/123-4567", "0641234567", 0},
		{"+381 (0)64 123", "+38164123", 0},
		{"+381 ( 0 ) 64 123", "+38164123", 0},
		{"381 (0)64 123", "+38164123", 0},
		{"00381 (0)64 123", "0038164123", 0},
		{"+39 (0)6 698", "+3906698", 0},
		{"0039 (0)6 698", "003906698", 0},
		{"(0)64 123 45", "06412345", 0},
		{"0(0)64 123 45", "006412345", 0},
		{"(064) 123 45 67", "0641234567", 0},
		{"(+381) 64 123", "+38164123", 0},
		{"++381 64 123", "+38164123", 0},
		{"tel. 011 222", "011222", 0},
		{"064 1234567 lok. 12", "0641234567", 0},
		{"064 1234567x12", "0641234567", 0},
		{"064 1234567#12", "0641234567", 0},
		{"064 1234567+381641", "0641234567", 0},
		{"0641234567/0112223333", "06412345670112223333", 10},
		{"011/2222333/4", "01122223334", 10},
		{"+4930123456/030 22", "+493012345603022", 10},
		{"011/222-3333", "0112223333", 0},
		{"064 1234567, 065 1", "0641234567", 0},
		{"064 1234567;065 1", "0641234567", 0},
		{"064 1234567\n065 1", "0641234567", 0},
		{"064,123,4567", "0641234567", 0},
		{"641234567.0", "641234567", 0},
		{"641234567,00", "641234567", 0},
		{"064123456.0", "0641234560", 0},
		{"64123.0", "641230", 0},
		{"6.41234567E+08", "641234567", 0},
		{"6,41234567e8", "641234567", 0},
		{"6.4E+08", "~", 0},
		{"3.81641E+11", "~", 0},
		{"6E+08", "~", 0},
		{"6.4E+999999999999", "~", 0},
		{"1-800-FLOWERS", "1800flowers", 0},
		{"\xEF\xBC\x90\xEF\xBC\x96", "06", 0},
		{"\xE2\x80\xAA+381\xE2\x80\xAC", "+381", 0},
		{"nema", NULL, 0},
		{"", NULL, 0},
		{"+", NULL, 0},
		{"-", NULL, 0},
	};
	PhoneDigits digits;
	char		buf[3000];
	size_t		i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		PhoneStatus status = clt_phone_simplify(cases[i].text, strlen(cases[i].text), &digits);
		const char *got = status == CLT_PHONE_READ_OK ? digits.text :
		status == CLT_PHONE_READ_ROUNDED ? "~" : NULL;

		is_str(got, cases[i].digits, cases[i].text);
		if (status == CLT_PHONE_READ_OK)
			is_int(digits.cut, cases[i].cut, "and where a second number starts");
	}
	memset(buf, '7', sizeof(buf));
	is_int(clt_phone_simplify(buf, sizeof(buf), &digits), CLT_PHONE_READ_OK, "3000 digits");
	is_int(digits.n, CLT_PHONE_MAX_RAW, "of which the first are looked at");
	for (i = 0; i < sizeof(buf); i++)
		buf[i] = i % 2 ? ' ' : '7';
	is_int(clt_phone_simplify(buf, sizeof(buf), &digits), CLT_PHONE_READ_OK, "1500 groups");
	is_int(digits.n_groups, CLT_PHONE_MAX_GROUPS, "of which the first are remembered");
}

/* A numbering plan for tests: valid is what starts with "+381" and has 13 characters. */
static char asked[2000];

static void
fake_read(const char *text, const char *region, PhoneReading *reading)
{
	(void) region;
	memset(reading, 0, sizeof(*reading));
	strcat(strcat(asked, text), " ");
	reading->kind = strlen(text) > 15 ? CLT_READING_LONG : CLT_READING_POSSIBLE;
	if (strncmp(text, "+381", 4) == 0 && strlen(text) == 13)
		reading->kind = CLT_READING_VALID;
	if (reading->kind != CLT_READING_LONG)
		strcpy(reading->e164, text);
}

static void
test_read(void)
{
	static const PhoneApi fake = {CLT_PHONE_API_VERSION, sizeof(PhoneApi), fake_read, NULL, NULL, NULL, NULL};
	static const struct
	{
		const char *text;
		const char *region;
		PhoneStatus status;
		const char *result;
		const char *asked;
	}			cases[] = {
		{"00381 641234567", "ZZ", CLT_PHONE_READ_OK, "+381641234567", "+381641234567 "},
		{"+00381641234567", "ZZ", CLT_PHONE_READ_OK, "+381641234567", "+381641234567 "},
		{"+0641234567", "RS", CLT_PHONE_READ_OK, "0641234567", "0641234567 "},
		{"0641234567", "ZZ", CLT_PHONE_READ_NO_REGION, NULL, ""},
		{"381641234567", "DE", CLT_PHONE_READ_OK, "+381641234567", "381641234567 +381641234567 "},
		{"381641234567", "ZZ", CLT_PHONE_READ_NO_REGION, NULL, ""},
		{"123-456", "RS", CLT_PHONE_READ_LOCAL, NULL, "123456 "},
		{"+381641234567/12", "RS", CLT_PHONE_READ_OK, "+381641234567", "+381641234567 "},
		{"+38164 1234567 0112223333", "RS", CLT_PHONE_READ_OK, "+381641234567",
		"+3816412345670112223333 +381641234567 "},
		{"+777 77777 7777777777777", "RS", CLT_PHONE_READ_LONG, NULL, "+777777777777777777777 "},
		{"-", "RS", CLT_PHONE_READ_NOTHING, NULL, ""},
		{"6.4E+08", "RS", CLT_PHONE_READ_ROUNDED, NULL, ""},
	};
	size_t		i;
	char		e164[32];

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		PhoneStatus status;

		asked[0] = '\0';
		status = clt_phone_read(cases[i].text, strlen(cases[i].text), cases[i].region, &fake, e164, sizeof(e164));
		is_int(status, cases[i].status, cases[i].text);
		if (cases[i].result != NULL)
			is_str(status == CLT_PHONE_READ_OK ? e164 : NULL, cases[i].result, "result");
		is_str(asked, cases[i].asked, "what was asked");
	}
	is_int(clt_phone_read("+381641234567", 13, "ZZ", &fake, e164, 5), CLT_PHONE_READ_LONG,
		   "a buffer too small is not written over");
}

int
main(void)
{
	test_parse();
	test_simplify();
	test_read();
	return done();
}
