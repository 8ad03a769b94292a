/* Fuzzes the kernels of phone: E.164, and reading what people type with an invented numbering plan. */
#include <stdlib.h>
#include <string.h>

#include "types/phone_parse.h"
#include "types/phone_read.h"

#define CHECK(cond) do { if (!(cond)) abort(); } while (0)

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Answers by the length of the text, so that all branches are taken. */
static void
fake_read(const char *text, const char *region, PhoneReading *reading)
{
	size_t		len = strlen(text);

	CHECK(strlen(region) == 2 && len > 0 && len <= CLT_PHONE_MAX_RAW + 2);
	memset(reading, 0, sizeof(*reading));
	reading->kind = len > 17 ? CLT_READING_LONG : (PhoneReadingKind) (text[len - 1] % 8);
	if (len < sizeof(reading->e164))
		strcpy(reading->e164, text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const PhoneApi fake = {CLT_PHONE_API_VERSION, sizeof(PhoneApi), fake_read, NULL, NULL, NULL, NULL};
	char	   *s = malloc(size > 0 ? size : 1);
	char	   *e164 = malloc(CLT_PHONE_TEXT_SIZE);
	int64_t		packed;
	PhoneDigits digits;

	memcpy(s, data, size);
	if (clt_phone_parse(s, size, &packed) == CLT_PHONE_OK)
	{
		CHECK(clt_phone_is_packed(packed));
		CHECK(clt_phone_text(packed, e164) == size && memcmp(e164, s, size) == 0);
	}
	if (size >= 8)
	{
		memcpy(&packed, s, 8);
		if (clt_phone_is_packed(packed))
		{
			int64_t		again;
			size_t		len = clt_phone_text(packed, e164);

			CHECK(clt_phone_parse(e164, len, &again) == CLT_PHONE_OK && again == packed);
		}
	}
	if (clt_phone_simplify(s, size, &digits) == CLT_PHONE_READ_OK)
	{
		CHECK(digits.n > 0 && digits.n <= CLT_PHONE_MAX_RAW && digits.cut <= digits.n);
		CHECK(strlen(digits.text) == (size_t) (digits.n + digits.international));
	}
	clt_phone_read(s, size, "ZZ", &fake, e164, CLT_PHONE_TEXT_SIZE);
	clt_phone_read(s, size, "RS", &fake, e164, CLT_PHONE_TEXT_SIZE);
	free(e164);
	free(s);
	return 0;
}
