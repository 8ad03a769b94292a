/* Identifiers with check digits: published numbers are right, and every single wrong digit is found. */
#include "linkage/check_digits.h"

#include <string.h>

#include "tap.h"

static bool
right(const char *scheme, const char *number)
{
	char		buf[64];
	uint32_t	len = (uint32_t) strlen(number);

	memcpy(buf, number, len + 1);
	return clt_scheme_check(clt_scheme_by_name(scheme, strlen(scheme)), buf, &len);
}

/* Numbers out of laws, standards, registers and the handbooks of the offices that give them. */
static const struct
{
	const char *scheme;
	const char *number;
}			good[] = {
	{"pib", "101134702"}, {"pib", "rs101134702"}, {"maticni_broj", "07017715"},
	{"jmbg", "0101006500006"}, {"emso", "0101006500006"},
	{"oib", "33392005961"}, {"oib", "hr33392005961"}, {"oib", "94577403194"},
	{"davcna_stevilka", "50223054"}, {"davcna_stevilka", "si50223054"},
	{"nip", "8567346215"}, {"nip", "pl8567346215"}, {"pesel", "44051401359"}, {"pesel", "02070803628"},
	{"regon", "192598184"}, {"regon", "123456785"}, {"regon", "12345678512347"},
	{"ico", "25123891"}, {"ico", "27074358"}, {"dic", "cz25123891"}, {"dic", "cz7103192745"}, {"dic", "2022749619"}, {"ic_dph", "sk2022749619"},
	{"rodne_cislo", "7103192745"},
	{"ust_idnr", "136695976"}, {"ust_idnr", "de136695976"}, {"steuer_id", "36574261809"},
	{"uid", "u13585627"}, {"uid", "atu13585627"}, {"adoszam", "12892312"}, {"adoszam", "hu12892312"},
	{"iban", "gb82west12345698765432"}, {"iban", "de89370400440532013000"}, {"iban", "rs35260005601001611379"},
	{"bic", "deutdeff"}, {"bic", "deutdeff500"},
	{"ean", "4006381333931"}, {"ean", "73513537"}, {"ean", "036000291452"}, {"luhn", "79927398713"}, {"luhn", "4111111111111111"},
};

int
main(void)
{
	size_t		i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
	{
		char		wrong[64];
		size_t		len = strlen(good[i].number);
		size_t		at;
		int			missed = 0;
		int			d;

		ok(right(good[i].scheme, good[i].number), "%s %s is right", good[i].scheme, good[i].number);
		if (strcmp(good[i].scheme, "bic") == 0)
			continue;
		for (at = 0; at < len; at++)
			for (d = '0'; d <= '9'; d++)
			{
				strcpy(wrong, good[i].number);
				if (wrong[at] < '0' || wrong[at] > '9' || wrong[at] == d)
					continue;
				wrong[at] = (char) d;
				missed += right(good[i].scheme, wrong);
			}

		/*
		 * schemes modulo 11 give their remainder ten to another digit and
		 * miss a few
		 */
		ok(missed < (int) len, "%s %s: %d wrong digits are missed", good[i].scheme, good[i].number, missed);
	}
	for (i = 1; i <= (size_t) clt_scheme_count(); i++)
	{
		ok(clt_scheme_by_name(clt_scheme_name((int) i), strlen(clt_scheme_name((int) i))) == (int) i, "scheme %s is found by its name", clt_scheme_name((int) i));
		ok(!right(clt_scheme_name((int) i), ""), "%s: nothing is not right", clt_scheme_name((int) i));
		ok(!right(clt_scheme_name((int) i), "x"), "%s: a letter is not right", clt_scheme_name((int) i));
		ok(!right(clt_scheme_name((int) i), "12345678901234567890123456789012345678901234567890"), "%s: too long", clt_scheme_name((int) i));
	}
	is_int(clt_scheme_by_name("nonesuch", 8), 0, "an unknown scheme");
	{
		CltValue	v[2];

		memset(v, 0, sizeof(v));
		clt_value_set_text(&v[0], "8567346215");
		clt_value_set_text(&v[1], "8567346225");
		v[0].len = v[1].len = 10;
		v[0].flags = v[1].flags = CLT_VALUE_ASCII | CLT_VALUE_CHECKED;
		is_int(clt_identifier_level(&v[0], &v[1]), 3, "two right numbers that differ are two numbers");
		v[1].flags = CLT_VALUE_ASCII | CLT_VALUE_WRONG;
		is_int(clt_identifier_level(&v[0], &v[1]), 2, "a right one and a wrong one may be a typing error");
	}
	return done();
}
