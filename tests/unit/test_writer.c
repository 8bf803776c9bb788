/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whole lines in every form of output. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "argus/out/writer.h"
#include "tests/unit/flows.h"

static struct style style;
static struct columns columns;
static struct writer_options options;
static struct err err;

/* Sets everything to its default, with these columns ("": those of ra). */
static void begin(enum writer_form form, const char *list)
{
	columns_fini(&columns);
	columns_init(&columns);
	style_init(&style);
	assert_int_equal(columns_edit(&columns, list, &err), 0);
	options = (struct writer_options){
		.form = form, .columns = &columns, .style = &style, .delimiter = ',', .program = "ra",
	};
}

/* What the writer makes of the records that `feed` gives it. */
static char *written(void (*feed)(struct writer *w))
{
	static char text[200000];
	FILE *file = tmpfile();
	struct writer *w;
	size_t length;

	assert_non_null(file);
	options.fd = fileno(file);
	w = writer_new(&options);
	feed(w);
	assert_int_equal(writer_finish(w, &err), 0);
	assert_int_equal(lseek(fileno(file), 0, SEEK_SET), 0);
	length = (size_t)read(fileno(file), text, sizeof text - 1);
	text[length] = '\0';
	fclose(file);
	return text;
}

static void one_flow(struct writer *w)
{
	static struct flow f;

	flow_web(&f);
	assert_int_equal(writer_flow(w, &f, &err), 0);
}

static void three_flows(struct writer *w)
{
	one_flow(w);
	one_flow(w);
	one_flow(w);
}

static void nothing(struct writer *w)
{
	(void)w;
}

static void one_mar(struct writer *w)
{
	struct mar m;

	mar_init(&m, CAUSE_STOP, 1362692620318003u);
	m.start = 1362692526000000u;
	m.queue = 3;
	m.bufs = 32;
	m.clients = 1;
	m.memory = 10931496;
	assert_int_equal(writer_mar(w, &m, &err), 0);
}

static void the_default_line_is_that_of_ra(void **state)
{
	(void)state;
	begin(WRITER_TEXT, "");
	assert_string_equal(
		written(one_flow),
		"         StartTime      Flgs  Proto            SrcAddr  Sport   Dir            DstAddr  Dport  TotPkts   TotBytes State \n"
		"   21:42:06.869344  e           tcp      141.142.228.5.59856     ->     192.150.187.43.http         14       6087   FIN\n");
}

static void a_management_record_has_its_own_values(void **state)
{
	(void)state;
	begin(WRITER_TEXT, "");
	options.titles = -1;
	assert_string_equal(
		written(one_mar),
		"   21:43:40.318003              man                  3      0                       32      1        0   10931496   STP\n");
}

static void narrow_columns_are_cut(void **state)
{
	(void)state;
	begin(WRITER_TEXT, "daddr:8 dur:5 sport:3");
	assert_string_equal(written(one_flow), " DstAddr   Dur Spo \n192.150* 0.21* 59*\n");
	begin(WRITER_TEXT, "flgs:5 dir:2 tcpopt:5 state");
	assert_string_equal(written(one_flow), " Flgs Di TcpOp State \n e  *  - Mws     FIN\n");
}

static void the_delimiter_takes_the_place_of_the_padding(void **state)
{
	(void)state;
	begin(WRITER_DELIMITED, "");
	assert_string_equal(written(one_flow),
			    "StartTime,Flgs,Proto,SrcAddr,Sport,Dir,DstAddr,Dport,TotPkts,TotBytes,State\n"
			    "21:42:06.869344, e        ,tcp,141.142.228.5,59856,   ->,192.150.187.43,http,14,6087,FIN\n");
}

static void flags_keep_their_width_at_the_end_of_a_line(void **state)
{
	(void)state;
	begin(WRITER_DELIMITED, "state flgs");
	assert_string_equal(written(one_flow), "State,Flgs\nFIN, e        \n");
	begin(WRITER_DELIMITED, "state flgs");
	options.delimiter = '\t';
	assert_string_equal(written(one_flow), "State\tFlgs\nFIN\t e\n");
}

static void an_empty_column_keeps_its_place(void **state)
{
	(void)state;
	begin(WRITER_DELIMITED, "state xxx inode tcpext sttl");
	options.delimiter = '\t';
	assert_string_equal(written(one_flow), "State\t\tInode\t\tsTtl\nFIN\t\t\t\t\n");
}

static void label_with_delimiter(struct writer *w)
{
	static struct flow f;
	struct label *l;

	flow_web(&f);
	l = flow_edit(&f, DSR_LABEL);
	*l = (struct label){ .text = "a,\"b\"", .length = 5 };
	assert_int_equal(writer_flow(w, &f, &err), 0);
}

static void a_cell_with_the_delimiter_is_quoted_where_quotes_are_asked_for(void **state)
{
	(void)state;
	begin(WRITER_DELIMITED, "label state");
	options.titles = -1;
	assert_string_equal(written(label_with_delimiter), "a,\"b\",FIN\n");
	options.quote = '"';
	assert_string_equal(written(label_with_delimiter), "\"a,\"\"b\"\"\",FIN\n");
	options.delimiter = '|';
	assert_string_equal(written(label_with_delimiter), "\"a,\"\"b\"\"\"|FIN\n");
	options.quote = '\'';
	options.titles = 0;
	assert_string_equal(written(label_with_delimiter), "'Label'|'State'\na,\"b\"|FIN\n");
}

static void event_of_a_named_source(struct writer *w)
{
	static struct flow f;
	struct transport *t;

	flow_blank(&f, RECORD_EVENT, NULL);
	t = flow_edit(&f, DSR_TRANSPORT);
	*t = (struct transport){ .form = ID_STRING, .has_id = true, .id = "a,b" };
	assert_int_equal(writer_flow(w, &f, &err), 0);
}

/* Not all that is needed for it is known before the record is: an event's address is the
 * name of its source, and times and numbers are written as the user likes. */
static void any_cell_with_the_delimiter_is_quoted(void **state)
{
	(void)state;
	begin(WRITER_DELIMITED, "saddr state");
	options.titles = -1;
	options.quote = '"';
	style.names = NAMES_NONE;
	assert_string_equal(written(event_of_a_named_source), "\"a,b\",\n");
	begin(WRITER_DELIMITED, "stime bytes");
	options.titles = -1;
	options.quote = '"';
	style.time_format = "%H, %M";
	assert_string_equal(written(one_flow), "\"21, 42\",6087\n");
	begin(WRITER_DELIMITED, "dur daddr");
	options.titles = -1;
	options.quote = '"';
	options.delimiter = '.';
	assert_string_equal(written(one_flow), "\"0.211628\".\"192.150.187.43\"\n");
}

static void titles_come_again_when_asked(void **state)
{
	(void)state;
	begin(WRITER_TEXT, "state");
	options.titles = 2;
	assert_string_equal(written(three_flows), "State \n  FIN\n  FIN\nState \n  FIN\n");
	options.titles = 0;
	assert_string_equal(written(nothing), "");
}

static void special_titles_are_placed_as_ever(void **state)
{
	(void)state;
	begin(WRITER_TEXT, "seq rank suser:20 duser:1 state");
	assert_string_equal(written(one_flow),
			    "    Seq       Rank            srcUdata             dstUdata State \n"
			    "           1      1                                           FIN\n");
}

static void variable_width_has_no_padding(void **state)
{
	(void)state;
	begin(WRITER_TEXT, "");
	options.variable_width = true;
	assert_string_equal(written(one_flow),
			    "StartTime Flgs Proto SrcAddr Sport Dir DstAddr Dport TotPkts TotBytes State \n"
			    "21:42:06.869344  e        tcp 141.142.228.5.59856    -> 192.150.187.43.http 14 6087 FIN\n");
}

static void json_is_an_object_a_line(void **state)
{
	(void)state;
	begin(WRITER_JSON, "");
	assert_string_equal(written(one_flow),
			    "{\"type\":\"flow\",\"stime\":\"2013-03-07T21:42:06.869344Z\",\"flgs\":\" e\",\"proto\":\"tcp\","
			    "\"saddr\":\"141.142.228.5\",\"sport\":\"59856\",\"dir\":\"->\",\"daddr\":\"192.150.187.43\","
			    "\"dport\":\"http\",\"pkts\":14,\"bytes\":6087,\"state\":\"FIN\"}\n");
	begin(WRITER_JSON, "stime");
	style.epoch_time = true;
	assert_string_equal(written(one_flow), "{\"type\":\"flow\",\"stime\":1362692526869.344}\n");
	begin(WRITER_JSON, "stime svlan sttl label");
	style.unix_time = true;
	assert_string_equal(written(label_with_delimiter), "{\"type\":\"flow\",\"stime\":1362692526.869344,\"label\":\"a,\\\"b\\\"\"}\n");
	options.absent = ABSENT_NULL;
	assert_string_equal(written(one_flow),
			    "{\"type\":\"flow\",\"stime\":1362692526.869344,\"svlan\":null,\"sttl\":null,\"label\":null}\n");
	options.absent = ABSENT_EMPTY;
	assert_string_equal(written(one_flow), "{\"type\":\"flow\",\"stime\":1362692526.869344,\"svlan\":\"\",\"sttl\":\"\",\"label\":\"\"}\n");
}

static void json_tells_all_of_a_management_record(void **state)
{
	(void)state;
	begin(WRITER_JSON, "");
	assert_string_equal(written(one_mar),
			    "{\"type\":\"man\",\"srcid\":\"0.0.0.0\",\"cause\":\"Stop\",\"starttime\":\"2013-03-07T21:42:06.000000Z\","
			    "\"now\":\"2013-03-07T21:43:40.318003Z\",\"nextMrSequenceNum\":0,\"version\":\"3.0\",\"interfaceType\":0,"
			    "\"interfaceStatus\":0,\"localnet\":\"0.0.0.0\",\"netmask\":\"0.0.0.0\",\"reportInterval\":0,"
			    "\"argusMrInterval\":0,\"pktsRcvd\":0,\"bytesRcvd\":0,\"drift\":0,\"records\":0,\"flows\":0,\"dropped\":0,"
			    "\"queue\":3,\"output\":0,\"clients\":1,\"bufs\":32,\"bytes\":10931496,\"suserlen\":0,\"duserlen\":0}\n");
}

static void hostile_bytes(struct writer *w)
{
	static const uint8_t bytes[] = "a\"\\\n\x01\x7f<&>'\xc3\xa9\xff\xed\xa0\x80";
	static struct flow f;
	struct user_data *u;

	flow_blank(&f, RECORD_FAR, NULL);
	u = flow_edit(&f, DSR_SUSER);
	*u = (struct user_data){ .count = sizeof bytes - 1, .bytes = bytes };
	assert_int_equal(writer_flow(w, &f, &err), 0);
}

static void user_data_become_valid_utf8(void **state)
{
	(void)state;
	begin(WRITER_JSON, "suser:40");
	assert_string_equal(written(hostile_bytes),
			    "{\"type\":\"flow\",\"suser\":\"a\\\"\\\\\\n\\u0001\\u007f<&>'\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"}\n");
}

static void xml_escapes_what_it_must(void **state)
{
	const char *text;

	(void)state;
	begin(WRITER_XML, "dir suser:40 dir");
	text = written(hostile_bytes);
	assert_non_null(strstr(text, "<ArgusFlowRecord  Dir = \"\" SrcUserData = \"a&quot;\\...&lt;&amp;&gt;&#39;......\"></ArgusFlowRecord>\n"));
	text = written(one_flow);
	assert_non_null(strstr(text, " Dir = \"-&gt;\""));
	assert_non_null(strstr(text, "</ArgusDataStream>\n"));
	assert_string_equal(written(nothing), "");
}

static void hexadecimal_user_data_follow_the_line(void **state)
{
	(void)state;
	begin(WRITER_TEXT, "pkts suser:40");
	style.user = USER_HEX;
	options.titles = -1;
	assert_string_equal(written(hostile_bytes),
			    "\n      0x0000\t 6122 5c0a 017f 3c26 3e27 c3a9 ffed a080\ta\"\\...<&>'......\n\n");
	begin(WRITER_TEXT, "dur suser:2 duser:8 pkts suser:2");
	style.user = USER_HEX;
	options.titles = -1;
	assert_string_equal(written(hostile_bytes),
			    "  0.000000\n      0x0000\t 6122                                   \ta\"\n"
			    "\n      0x0000\t 6122                                   \ta\"\n\n");
	begin(WRITER_DELIMITED, "suser:2 duser:2");
	style.user = USER_HEX;
	options.titles = -1;
	assert_string_equal(written(hostile_bytes), "s[4]=6122,\n");
}

static void a_full_disk_is_reported(void **state)
{
	static struct flow f;
	struct writer *w;
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	(void)state;
	if (fd < 0)
		skip();
	begin(WRITER_TEXT, "");
	options.fd = fd;
	options.flush_each = true;
	w = writer_new(&options);
	flow_web(&f);
	assert_int_equal(writer_flow(w, &f, &err), -1);
	assert_int_equal(err.kind, ERR_SYSTEM);
	assert_int_equal(writer_flow(w, &f, &err), -1);
	assert_int_equal(writer_finish(w, &err), -1);
	close(fd);
}

static void a_reader_that_went_away_is_no_error(void **state)
{
	struct writer *w;
	int ends[2];

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(ends), 0);
	close(ends[0]);
	begin(WRITER_TEXT, "");
	options.fd = ends[1];
	w = writer_new(&options);
	one_flow(w);
	err.kind = ERR_DATA;
	assert_int_equal(writer_finish(w, &err), -1);
	assert_int_equal(err.kind, ERR_NONE);
	close(ends[1]);
}

static int set_zone(void **state)
{
	(void)state;
	setenv("TZ", "UTC", 1);
	tzset();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_default_line_is_that_of_ra),
		cmocka_unit_test(a_management_record_has_its_own_values),
		cmocka_unit_test(narrow_columns_are_cut),
		cmocka_unit_test(the_delimiter_takes_the_place_of_the_padding),
		cmocka_unit_test(flags_keep_their_width_at_the_end_of_a_line),
		cmocka_unit_test(an_empty_column_keeps_its_place),
		cmocka_unit_test(a_cell_with_the_delimiter_is_quoted_where_quotes_are_asked_for),
		cmocka_unit_test(any_cell_with_the_delimiter_is_quoted),
		cmocka_unit_test(titles_come_again_when_asked),
		cmocka_unit_test(special_titles_are_placed_as_ever),
		cmocka_unit_test(variable_width_has_no_padding),
		cmocka_unit_test(json_is_an_object_a_line),
		cmocka_unit_test(json_tells_all_of_a_management_record),
		cmocka_unit_test(user_data_become_valid_utf8),
		cmocka_unit_test(xml_escapes_what_it_must),
		cmocka_unit_test(hexadecimal_user_data_follow_the_line),
		cmocka_unit_test(a_full_disk_is_reported),
		cmocka_unit_test(a_reader_that_went_away_is_no_error),
	};

	return cmocka_run_group_tests_name("writer", tests, set_zone, NULL);
}
