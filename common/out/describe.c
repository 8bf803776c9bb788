/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Made while building: what documents the columns, from the field table itself.
 *
 *	describe xsd       schema of the XML documents
 *	describe json      schema of the JSON objects
 *	describe roff      the list of columns for the manual
 *	describe words     the names, one a line, for completion
 */
#include "argus/base/buf.h"
#include "common/query/fields_rows.h"

static const char *xsd_type(const struct field *field)
{
	return field->kind == VALUE_TIME ? "xs:dateTime" : "xs:string";
}

/* Attributes are optional, and empty where a record has no value. Columns that
 * share an attribute show the same value. */
static void xsd_attributes(void)
{
	/* What the port columns of some protocols, and the counts of management records, are called. */
	static const char *const others[] = { "EspSpi", "SrcEtherLlcSap", "DstEtherLlcSap", "PktsRcvd", "Records",
					      "BytesRcvd", "PktsDropped" };

	for (size_t i = 0; i < field_count; i++) {
		const struct field *field = &field_table[i];
		bool known = field->xml == NULL;

		for (size_t j = 0; j < i && !known; j++)
			known = field_table[j].xml != NULL && strcmp(field_table[j].xml, field->xml) == 0;
		if (known)
			continue;
		printf("    <xs:attribute name=\"%s\" type=\"%s\">\n"
		       "      <xs:annotation><xs:documentation>%s</xs:documentation></xs:annotation>\n"
		       "    </xs:attribute>\n",
		       field->xml, xsd_type(field), field->help);
	}
	for (size_t i = 0; i < ARRAY_LENGTH(others); i++)
		printf("    <xs:attribute name=\"%s\" type=\"xs:string\"/>\n", others[i]);
}

static void xsd(void)
{
	static const char *const records[] = { "Flow", "NetFlow", "Management", "Event" };
	static const char *const about[] = { "BeginDate", "CurrentDate", "MajorVersion", "MinorVersion", "InterfaceType",
					     "InterfaceStatus", "ArgusSourceId", "NetAddr", "NetMask" };

	puts("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	     "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\">\n"
	     "  <xs:complexType name=\"record\">");
	xsd_attributes();
	puts("  </xs:complexType>\n"
	     "  <xs:element name=\"ArgusDataStream\">\n"
	     "    <xs:complexType>\n"
	     "      <xs:choice minOccurs=\"0\" maxOccurs=\"unbounded\">");
	for (size_t i = 0; i < ARRAY_LENGTH(records); i++)
		printf("        <xs:element name=\"Argus%sRecord\" type=\"record\"/>\n", records[i]);
	puts("      </xs:choice>");
	for (size_t i = 0; i < ARRAY_LENGTH(about); i++)
		printf("      <xs:attribute name=\"%s\" type=\"xs:string\"/>\n", about[i]);
	puts("    </xs:complexType>\n  </xs:element>\n</xs:schema>");
}

static const char *json_type(const struct field *field)
{
	if (field->flags & (FIELD_NUMBER | FIELD_CODE))
		return "[\"number\", \"null\", \"string\"]";
	if (field->flags & (FIELD_PORT_NAME | FIELD_PROTO_NAME) || field->kind == VALUE_TIME)
		return "[\"string\", \"number\", \"null\"]"; /* by the options, not by the value */
	return "[\"string\", \"null\"]";
}

/* Strings beside numbers are the "" of -M empty. */
static void json_record(void)
{
	puts("    {\n"
	     "      \"type\": \"object\",\n"
	     "      \"required\": [\"type\"],\n"
	     "      \"additionalProperties\": false,\n"
	     "      \"properties\": {\n"
	     "        \"type\": { \"enum\": [\"flow\", \"netflow\", \"event\"] }");
	for (size_t i = 0; i < field_count; i++) {
		const struct field *field = &field_table[i];

		if (strcmp(field->name, "type") == 0)
			continue;
		printf("        ,\"%s\": { \"type\": %s, \"description\": \"%s", field->name, json_type(field),
		       field->help);
		printf(field->unit[0] != '\0' ? " (%s)\" }\n" : "\" }\n", field->unit);
	}
	puts("      }\n    },");
}

static void json_management(void)
{
	static const char *const texts[] = { "srcid", "inf", "cause", "version", "localnet", "netmask" };
	static const char *const times[] = { "starttime", "now" };
	static const char *const numbers[] = { "nextMrSequenceNum", "interfaceType", "interfaceStatus", "reportInterval",
					       "argusMrInterval", "pktsRcvd", "bytesRcvd", "drift", "records", "flows",
					       "dropped", "queue", "output", "clients", "bufs", "bytes", "suserlen",
					       "duserlen" };

	puts("    {\n"
	     "      \"type\": \"object\",\n"
	     "      \"required\": [\"type\", \"srcid\", \"cause\", \"now\"],\n"
	     "      \"additionalProperties\": false,\n"
	     "      \"properties\": {\n"
	     "        \"type\": { \"const\": \"man\" }");
	for (size_t i = 0; i < ARRAY_LENGTH(texts); i++)
		printf("        ,\"%s\": { \"type\": \"string\" }\n", texts[i]);
	for (size_t i = 0; i < ARRAY_LENGTH(times); i++)
		printf("        ,\"%s\": { \"type\": [\"string\", \"number\"] }\n", times[i]);
	for (size_t i = 0; i < ARRAY_LENGTH(numbers); i++)
		printf("        ,\"%s\": { \"type\": \"integer\" }\n", numbers[i]);
	puts("      }\n    }");
}

static void json(void)
{
	puts("{\n"
	     "  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n"
	     "  \"title\": \"A record as printed with -M json\",\n"
	     "  \"oneOf\": [");
	json_record();
	json_management();
	puts("  ]\n}");
}

static void roff(void)
{
	puts(".TS\nl r l l.\nName\tWidth\tTitle\tMeaning\n_");
	for (size_t i = 0; i < field_count; i++) {
		const struct field *field = &field_table[i];

		printf("\\fB%s\\fR\t%u\t%s\tT{\n%s", field->name, field->width, field->title, field->help);
		printf(field->unit[0] != '\0' ? " (%s)\nT}\n" : "\nT}\n", field->unit);
	}
	puts(".TE");
}

static void words(void)
{
	for (size_t i = 0; i < field_count; i++)
		puts(field_table[i].name);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*make)(void);
	} kinds[] = { { "xsd", xsd }, { "json", json }, { "roff", roff }, { "words", words } };

	for (size_t i = 0; i < ARRAY_LENGTH(kinds) && argc == 2; i++) {
		if (strcmp(argv[1], kinds[i].name) != 0)
			continue;
		kinds[i].make();
		return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 2;
	}
	fprintf(stderr, "usage: describe xsd|json|roff|words\n");
	return 1;
}
