/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "argus/query/cluster.h"

#include "argus/base/buf.h"
#include "argus/query/label.h"
#include "common/query/crew.h"

struct cluster {
	struct rules *rules;
	struct aggregate *share[AGGREGATE_SHARES_MAX]; /* of the flows */
	struct err share_err[AGGREGATE_SHARES_MAX];    /* of their temporary files */
	unsigned shares;
	struct crew *crew;         /* a thread for each share; NULL: there is one */
	struct aggregate *divider; /* tells whose share a record is */
	struct sorter *sorter;
	struct aggregate_visitor early; /* of flows that are new: sorts_early() */
	uint64_t sort_objects; /* OBJECT_BIT of the words of -m that are sorted by; 0: others are sorted by, too */
	cluster_output *output;
	cluster_write *write;
	cluster_place *place;
	cluster_rank *rank;
	cluster_commit *commit;
	void *context;
	bool is_directed; /* by the keys as they were given, even if nothing is merged by them */
	bool is_rmon, is_unmerged, drops_counts, keeps_order, by_answer, has_idle, has_timers;
	bool is_plain; /* one rule takes all records as they are */
	uint64_t first, last;
	struct totals *totals;
	size_t memory;
	struct group_lists *groups;     /* of all groups that have lists */
	size_t group_count, groups_max; /* with more some go to disk */
	const struct flow_reading *reading;
	struct err *err;                   /* of temporary files */
	struct sorted_records *collecting; /* where flows go that have yet to be sorted; or NULL */
	const struct aggregate_list *collected; /* whose they are */
	struct buf label; /* of the record, with its rule's */
};

static int put_out(void *context, struct aggregate_list *list, struct flow *f)
{
	struct cluster *c = context;

	(void)list;
	if (c->collecting == NULL)
		return c->output(c->context, f);
	if (c->totals != NULL)
		totals_add(c->totals, f);
	return sorted_records_add(c->collecting, f, c->err);
}

static int read_key(struct key *key, const struct cluster_options *options, struct err *err)
{
	key_init(key);
	if (options->is_rmon)
		key_default_rmon(key);
	for (size_t i = 0; i < options->key_count; i++)
		if (key_add_word(key, options->keys[i], err) < 0)
			return -1;
	return 0;
}

static int add_sort_word(struct cluster *c, const char *word, struct err *err)
{
	return sorter_add_column(c->sorter, word, err);
}

/* Objects of keys that nothing is sorted by, although some are columns. */
static bool is_sorted_by(const char *object)
{
	static const char *const others[] = { "svid", "dvid", "svpri", "dvpri", "snet", "dnet", "etype", "ias", "svc" };

	for (size_t i = 0; i < ARRAY_LENGTH(others); i++)
		if (strcmp(object, others[i]) == 0)
			return false;
	return field_by_name(object, strlen(object)) != NULL;
}

/* 4.1: the words of -m that are columns, without their masks; -P goes on where they end. */
static int read_order(struct cluster *c, const struct cluster_options *options, struct err *err)
{
	size_t taken = 0;
	int result = 0;

	for (size_t i = 0; options->sorts_by_keys && i < options->key_count; i++) {
		size_t length = key_word_length(options->keys[i]);
		char *word = xstrndup(options->keys[i], length);
		struct key one = { 0 };

		if (length > 0 && is_sorted_by(word) && add_sort_word(c, word, NULL) == 0) {
			taken++;
			key_add_word(&one, word, err); /* it is an object: no error */
			c->sort_objects |= one.objects;
		}
		free(word);
	}
	for (size_t i = taken; result == 0 && i < options->sort_count; i++)
		result = add_sort_word(c, options->sort[i], err);
	if (result == 0 && sorter_columns(c->sorter) == 0 && options->default_sort != NULL)
		result = add_sort_word(c, options->default_sort, err);
	if (sorter_columns(c->sorter) != taken)
		c->sort_objects = 0;
	if (options->is_reversed)
		sorter_reverse(c->sorter);
	return result;
}

static int read_rules(struct cluster *c, const struct cluster_options *options, struct err *err)
{
	struct rules_defaults defaults = { .is_correcting = options->is_correcting,
					   .is_blanking = options->is_blanking,
					   .tells_correcting = options->tells_correcting,
					   .tells_blanking = options->tells_blanking,
					   .ignore_case = options->ignore_case };
	struct key key, rmon_key;

	if (read_key(&key, options, err) < 0)
		return -1;
	rmon_key = key;
	if (options->key_count == 0)
		key_default_rmon(&rmon_key);
	defaults.key = &key;
	defaults.rmon_key = &rmon_key;
	c->rules = rules_new(options->rules_path, &defaults, err);
	if (c->rules == NULL)
		return -1;
	c->drops_counts = options->drops_counts || c->rules->drops_counts;
	c->is_unmerged = options->is_unmerged;
	c->is_rmon = options->is_rmon;
	c->is_directed = true;
	for (size_t i = 0; i < c->rules->count; i++) {
		c->is_rmon |= c->rules->rule[i].key.is_rmon;
		c->is_directed &= key_is_directed(&c->rules->rule[i].key);
	}
	for (size_t i = 0; i < c->rules->count; i++) {
		struct rule *rule = &c->rules->rule[i];

		if (options->is_unmerged || rule->key.objects == 0) /* what is not merged no key changes, but it turns it */
			rule->key = (struct key){ .is_matrix = rule->key.is_matrix, .is_macmatrix = rule->key.is_macmatrix };
		rule->key.is_rmon = c->is_rmon;
		rule->is_correcting &= options->key_count == 0 && !rule->key.is_rmon; /* -m of the command line: 4.2, step 4 */
		c->has_idle |= rule->idle != 0;
		c->has_timers |= (rule->idle | rule->status) != 0;
	}
	c->is_plain = c->rules->count == 1 && c->rules->rule[0].filter == NULL && !c->rules->rule[0].has_grep &&
		      c->rules->rule[0].label == NULL && c->rules->rule[0].metric.column == NULL && !c->rules->rule[0].key.is_rmon;
	return 0;
}

/* What is put out while records are read has its place in their order. */
static bool is_divisible(const struct rules *rules)
{
	for (size_t i = 0; i < rules->count; i++)
		if (rules->rule[i].status != 0 || rules->rule[i].idle != 0 || rules->rule[i].flush != NULL)
			return false;
	return true;
}

/* Whether a key compares when flows begin. */
static bool has_times(const struct rules *rules)
{
	for (size_t i = 0; i < rules->count; i++)
		if (rules->rule[i].key.objects & OBJECT_BIT(OBJECT_STIME))
			return true;
	return false;
}

/* A share needs some memory to be of use. */
#define LEAST_SHARE ((size_t)8 << 20)

static void open_shares(struct cluster *c, const struct cluster_options *options)
{
	c->shares = options->threads > 1 && !c->by_answer && is_divisible(c->rules) ? options->threads : 1;
	if (c->memory > 0 && c->memory / LEAST_SHARE < c->shares)
		c->shares = c->memory < LEAST_SHARE ? 1 : (unsigned)(c->memory / LEAST_SHARE);
	for (unsigned i = 0; i < c->shares; i++) {
		c->share[i] = aggregate_new(c->reading, put_out, c);
		if (options->cuts)
			aggregate_cuts(c->share[i], has_times(c->rules));
		if (c->write != NULL)
			aggregate_writes(c->share[i], c->write, c->place, c->commit, c->context);
		aggregate_limit(c->share[i], c->memory / c->shares, c->shares > 1 ? &c->share_err[i] : c->err);
	}
	if (c->shares == 1)
		return;
	c->divider = aggregate_new(c->reading, put_out, c);
	c->crew = crew_new(c->share, c->shares, c->reading);
	while (c->crew == NULL && c->shares > 1) /* no threads to be had: alone */
		aggregate_free(c->share[--c->shares]);
}

static void take_values(void *context, struct flow *f, uint64_t place)
{
	struct cluster *c = context;

	sorter_add(c->sorter, f, place);
	if (c->totals != NULL)
		totals_add(c->totals, f);
}

static void take_tuple(void *context, const struct plain_tuple *t, uint64_t place)
{
	struct cluster *c = context;

	sorter_add_tuple(c->sorter, t, place);
}

struct cluster *cluster_new(const struct cluster_options *options, const struct flow_reading *reading,
			    cluster_output *output, void *context, struct err *err)
{
	struct cluster *c = xcalloc(1, sizeof *c);

	c->output = output;
	c->rank = options->rank;
	c->context = context;
	c->write = options->write;
	c->place = options->place;
	c->commit = options->commit;
	c->keeps_order = options->keeps_order;
	c->by_answer = options->by_answer;
	c->first = options->first;
	c->last = options->last;
	c->totals = options->totals;
	c->memory = options->memory;
	c->reading = reading;
	c->early = (struct aggregate_visitor){ .visit = take_values, .visit_tuple = take_tuple, .context = c };
	c->err = err;
	c->sorter = sorter_new();
	if (read_rules(c, options, err) < 0 || read_order(c, options, err) < 0) {
		cluster_free(c);
		return NULL;
	}
	open_shares(c, options);
	return c;
}

void cluster_free(struct cluster *c)
{
	if (c == NULL)
		return;
	crew_free(c->crew);
	for (unsigned i = 0; i < c->shares; i++)
		aggregate_free(c->share[i]);
	aggregate_free(c->divider);
	sorter_free(c->sorter);
	rules_free(c->rules);
	buf_fini(&c->label);
	free(c);
}

bool cluster_is_directed(const struct cluster *c) { return c->is_directed; }
bool cluster_is_rmon(const struct cluster *c) { return c->is_rmon; }
bool cluster_has_timers(const struct cluster *c) { return c->has_timers; }

struct cluster_match cluster_match(const struct cluster *c, struct flow *f)
{
	struct cluster_match match;

	match.rule[SRC] = match.rule[DST] = rules_match(c->rules, f, 0);
	if (c->is_rmon && c->rules->count > 1) {
		flow_reverse(f);
		match.rule[DST] = rules_match(c->rules, f, 0);
		flow_reverse(f);
	}
	return match;
}

/* The lists of a share stand side by side, one a rule. */
static struct aggregate_list *list_of(const struct cluster *c, const struct cluster_group *group, unsigned share,
				      size_t rule)
{
	return &group->lists[share * c->rules->count + rule];
}

/* Whether flows can be sorted by what is known when they are new, before they have an order of
 * their own: hardly any two are alike then, and all stay until they are put out. */
static bool sorts_early(const struct cluster *c, const struct rule *rule)
{
	return c->is_plain && c->shares == 1 && c->totals == NULL && c->sort_objects == rule->key.objects &&
	       sorter_is_by_tuple(c->sorter) && !key_turns_or_masks(&rule->key) && !rule->is_correcting && (rule->status | rule->idle) == 0 &&
	       rule->flush == NULL && !c->by_answer;
}

static size_t lists_of_group(const struct cluster *c) { return c->rules->count * c->shares; }

/* The lists of a group. */
struct group_lists {
	struct group_lists *next, *previous;
	struct cluster_group *group;
	struct aggregate_list list[];
};

static struct group_lists *lists_behind(const struct cluster_group *group)
{
	return (struct group_lists *)((uint8_t *)group->lists - offsetof(struct group_lists, list));
}

static struct aggregate_list new_list(const struct cluster *c, struct rule *rule)
{
	return (struct aggregate_list){ .key = &rule->key,
					.status = rule->status,
					.idle = rule->idle,
					.flush = rule->flush,
					.by_answer = c->by_answer,
					.is_correcting = rule->is_correcting,
					.keeps_order = c->keeps_order,
					.drops_counts = c->drops_counts,
					.drops_ones = (rule->key.objects != 0 || c->is_unmerged) && rule->metric.column == NULL,
					.visitor = sorts_early(c, rule) ? &c->early : NULL };
}

/* Where the lists are on disk, one behind the other; NULL: nowhere. */
static uint64_t *away_of(const struct cluster *c, struct cluster_group *group)
{
	return lists_of_group(c) == 1 ? &group->away.one : group->away.each;
}

/* Lists of threads are initialized there, for those that are may be on their way to disk. */
static void open_group(struct cluster *c, struct cluster_group *group)
{
	size_t count = lists_of_group(c);
	const uint64_t *away = away_of(c, group);
	struct group_lists *all = xcalloc(1, sizeof *all + count * sizeof all->list[0]);

	all->group = group;
	all->next = c->groups;
	if (c->groups != NULL)
		c->groups->previous = all;
	c->groups = all;
	c->group_count++;
	group->lists = all->list;
	for (size_t i = 0; i < count; i++) {
		all->list[i] = new_list(c, &c->rules->rule[i % c->rules->count]);
		all->list[i].away = away != NULL ? away[i] : 0;
		if (c->crew == NULL)
			aggregate_list_init(c->share[i / c->rules->count], &all->list[i]);
	}
	if (count > 1)
		free(group->away.each);
	memset(&group->away, 0, sizeof group->away);
}

static void free_lists(struct cluster *c, struct cluster_group *group)
{
	struct group_lists *all = lists_behind(group);

	if (all->next != NULL)
		all->next->previous = all->previous;
	if (all->previous != NULL)
		all->previous->next = all->next;
	else
		c->groups = all->next;
	c->group_count--;
	free(all);
	group->lists = NULL;
}

static void close_group(struct cluster *c, struct cluster_group *group)
{
	for (size_t i = 0; i < lists_of_group(c); i++)
		aggregate_list_fini(c->share[i / c->rules->count], &group->lists[i]);
	free_lists(c, group);
}

static bool is_anywhere(const struct cluster *c, const struct cluster_group *group)
{
	return group->lists != NULL || (lists_of_group(c) == 1 ? group->away.one != 0 : group->away.each != NULL);
}

/* A group of which something is anywhere has lists, all of them, while threads stand still. */
static void complete_group(struct cluster *c, struct cluster_group *group)
{
	if (group->lists == NULL)
		open_group(c, group);
	for (size_t i = 0; i < lists_of_group(c); i++)
		if (!aggregate_list_is_ready(&group->lists[i]))
			aggregate_list_init(c->share[i / c->rules->count], &group->lists[i]);
}

void cluster_forget(struct cluster *c, struct cluster_group *group)
{
	if (!is_anywhere(c, group))
		return;
	(void)cluster_catch_up(c); /* what still waits belongs to it */
	complete_group(c, group);
	close_group(c, group);
}

/* The lists of groups alone may take that part of the memory. */
#define GROUPS_PART 8u
#define GROUPS_LEAST 64u

static size_t most_groups(const struct cluster *c)
{
	return u64_max(c->memory / GROUPS_PART / (lists_of_group(c) * sizeof(struct aggregate_list)), GROUPS_LEAST);
}

static bool is_away(const struct cluster *c, const struct cluster_group *group)
{
	for (size_t i = 0; i < lists_of_group(c); i++)
		if (!aggregate_list_is_away(&group->lists[i]))
			return false;
	return true;
}

/* Of a group that is on disk only where it is there is kept. */
static void park_group(struct cluster *c, struct cluster_group *group)
{
	size_t count = lists_of_group(c);
	uint64_t *away;

	if (count > 1)
		group->away.each = xcalloc(count, sizeof *away);
	away = away_of(c, group);
	for (size_t i = 0; i < count; i++)
		away[i] = aggregate_list_park(c->share[i / c->rules->count], &group->lists[i]);
	free_lists(c, group);
}

/* What went wrong in a share is the run's error. */
static void take_errors(struct cluster *c)
{
	for (unsigned i = 0; i < c->shares; i++)
		if (c->share_err[i].kind != ERR_NONE && c->err != NULL)
			*c->err = c->share_err[i];
}

int cluster_catch_up(struct cluster *c)
{
	int result = c->crew != NULL ? crew_wait(c->crew) : aggregate_drain(c->share[0]);

	if (result < 0)
		take_errors(c);
	return result;
}

/* There are many groups: at least half of them go to disk. */
static COLD int park_groups(struct cluster *c)
{
	size_t lists = c->groups_max / 2 / c->shares; /* each of which may be of another group */
	int result = cluster_catch_up(c);

	for (unsigned i = 0; result == 0 && i < c->shares; i++)
		result = aggregate_evict(c->share[i], lists);
	if (result < 0) {
		take_errors(c);
		return -1;
	}
	for (struct group_lists *all = c->groups, *next; all != NULL; all = next) {
		next = all->next;
		if (is_away(c, all->group))
			park_group(c, all->group);
	}
	c->groups_max = u64_max(most_groups(c), 2 * c->group_count);
	return 0;
}

/* Before something is added to a group that has no lists. */
static COLD int begin_group(struct cluster *c, struct cluster_group *group)
{
	if (c->groups_max == 0)
		c->groups_max = most_groups(c);
	if (c->memory > 0 && c->group_count >= c->groups_max && park_groups(c) < 0)
		return -1;
	open_group(c, group);
	return 0;
}

static int add_view(struct cluster *c, const struct cluster_group *group, size_t rule, struct flow *f,
		    enum aggregate_view view)
{
	struct aggregate_list *list = list_of(c, group, 0, rule);
	unsigned share;

	if (c->crew == NULL)
		return aggregate_add(c->share[0], list, f, view);
	share = aggregate_share(c->divider, list, f, view, c->shares);
	crew_add(c->crew, share, list_of(c, group, share, rule), f, view);
	return 0;
}

/* The record gets the rule's label for as long as this rule has it. */
static int add_labelled(struct cluster *c, const struct cluster_group *group, size_t rule, struct flow *f,
			enum aggregate_view view)
{
	const char *text = c->rules->rule[rule].label;
	const struct label *label = flow_label(f);
	struct label own = label != NULL ? *label : (struct label){ .text = "" };
	struct label *edited;
	int result;

	label_union(&c->label, own.text, own.length, text, strlen(text));
	edited = flow_edit(f, DSR_LABEL);
	*edited = (struct label){ .text = buf_string(&c->label), .length = (uint32_t)c->label.length };
	result = add_view(c, group, rule, f, view);
	if (label != NULL)
		*edited = own;
	else
		flow_drop(f, DSR_LABEL);
	return result;
}

static int add_by(struct cluster *c, const struct cluster_group *group, size_t number, struct flow *f,
		  enum aggregate_view view)
{
	const struct rule *rule = &c->rules->rule[number];
	bool has_taken = agr_metric_take(&rule->metric, f);
	int result = rule->label != NULL ? add_labelled(c, group, number, f, view) : add_view(c, group, number, f, view);

	if (has_taken) /* other rules may have other metrics */
		flow_drop(f, DSR_AGR);
	return result;
}

bool cluster_begin_pieces(struct cluster *c, struct split *split, size_t number)
{
	const struct rule *rule = number < c->rules->count ? &c->rules->rule[number] : NULL;

	/* A flow that is turned round would be cut in other pieces. */
	if (rule == NULL || c->crew != NULL || rule->key.is_rmon || rule->is_correcting || rule->label != NULL || rule->key.is_matrix ||
	    rule->key.is_macmatrix)
		return false;
	aggregate_begin_pieces(c->share[0], &rule->key, split);
	return true;
}

void cluster_keep_ahead(struct cluster *c, struct split *split)
{
	aggregate_keep_ahead(c->share[0], split);
}

int cluster_add_piece(struct cluster *c, struct cluster_group *group, struct split *split, size_t number)
{
	if (unlikely(group->lists == NULL) && begin_group(c, group) < 0)
		return -1;
	return aggregate_add_piece(c->share[0], list_of(c, group, 0, number), split);
}

void cluster_fetch(const struct cluster *c, const struct cluster_group *group, size_t number)
{
	if (group->lists != NULL)
		aggregate_fetch_place(c->share[0], list_of(c, group, 0, number));
}

int cluster_add_by(struct cluster *c, struct cluster_group *group, struct flow *f, struct cluster_match match)
{
	if (unlikely(group->lists == NULL) && begin_group(c, group) < 0)
		return -1;
	if (!c->is_rmon)
		return add_by(c, group, match.rule[SRC], f, VIEW_FLOW);
	if (add_by(c, group, match.rule[SRC], f, VIEW_SOURCE) < 0)
		return -1;
	return add_by(c, group, match.rule[DST], f, VIEW_DESTINATION);
}

void cluster_take_metric(const struct cluster *c, struct flow *f, size_t number)
{
	agr_metric_take(&c->rules->rule[number].metric, f);
}

static inline bool has_one_list(const struct cluster *c, const struct cluster_group *group)
{
	return likely(c->is_plain && c->crew == NULL && group->lists != NULL);
}

bool cluster_takes_records(const struct cluster *c)
{
	return c->is_plain && c->crew == NULL && !c->has_timers && !c->by_answer && key_is_plain(&c->rules->rule[0].key);
}

int cluster_add_records(struct cluster *c, struct cluster_group *group, const struct shaped_records *records)
{
	return has_one_list(c, group) && !c->has_timers ? aggregate_add_records(c->share[0], group->lists, records) : 0;
}

static int add_by_all(struct cluster *c, const struct cluster_group *group, struct flow *f, enum aggregate_view view)
{
	for (size_t i = 0; (i = rules_match(c->rules, f, i)) < c->rules->count; i++) {
		if (add_by(c, group, i, f, view) < 0)
			return -1;
		if (!c->rules->rule[i].goes_on)
			break;
	}
	return 0;
}

int cluster_add(struct cluster *c, struct cluster_group *group, struct flow *f)
{
	int result;

	if (has_one_list(c, group))
		return aggregate_add(c->share[0], group->lists, f, VIEW_FLOW);
	if (unlikely(group->lists == NULL) && begin_group(c, group) < 0)
		return -1;
	if (!c->is_rmon)
		return add_by_all(c, group, f, VIEW_FLOW);
	if (c->rules->count == 1)
		return cluster_add_by(c, group, f, (struct cluster_match){ { 0, 0 } });
	if (add_by_all(c, group, f, VIEW_SOURCE) < 0)
		return -1;
	flow_reverse(f); /* rules look at each end's record */
	result = add_by_all(c, group, f, VIEW_SOURCE);
	flow_reverse(f);
	return result;
}

int cluster_expire(struct cluster *c, struct cluster_group *group, uint64_t now)
{
	if (!c->has_idle || group->lists == NULL)
		return 0;
	for (size_t i = 0; i < c->rules->count; i++)
		if (aggregate_expire(c->share[0], list_of(c, group, 0, i), now) < 0)
			return -1;
	return 0;
}

int cluster_report(struct cluster *c, struct cluster_group *group, uint64_t now)
{
	if (group->lists == NULL || c->shares > 1)
		return 0;
	for (size_t i = 0; i < c->rules->count; i++)
		if (aggregate_report(c->share[0], list_of(c, group, 0, i), now) < 0)
			return -1;
	return 0;
}

static void take_starts(void *context, const struct flow_start *starts, size_t count)
{
	struct cluster *c = context;

	sorter_add_starts(c->sorter, starts, count);
}

/* -N o: the ranks that are put out are counted from 1. */
static int put_sorted(const struct cluster *c, const struct aggregate_shares *list)
{
	size_t from = c->first > 0 ? c->first - 1 : 0, to = sorter_count(c->sorter);

	if (c->last != 0)
		to = u64_min(to, c->last);
	return from < to ? aggregate_put_all(list, sorter_numbers(c->sorter) + from, to - from) : 0;
}

/* What merging leaves as it is when the key compares it. */
#define ADDRESSES (OBJECT_BIT(OBJECT_PROTO) | OBJECT_BIT(OBJECT_SADDR) | OBJECT_BIT(OBJECT_DADDR))
#define PORTS (OBJECT_BIT(OBJECT_SPORT) | OBJECT_BIT(OBJECT_DPORT)) /* if it compares the protocol, too */

/* Whether flows of the rule are sorted by nothing but what its key compares. */
static bool sorts_by_key_of(const struct cluster *c, size_t rule)
{
	uint64_t objects = c->rules->rule[rule].key.objects;
	uint64_t fixed = objects & (ADDRESSES | (objects & OBJECT_BIT(OBJECT_PROTO) ? PORTS : 0));

	return c->totals == NULL && c->sort_objects != 0 && (c->sort_objects & ~fixed) == 0;
}

/* Gives the sorter what it asks of each flow. */
static int take_all(struct cluster *c, const struct aggregate_shares *list, size_t rule)
{
	bool asks_for_start = c->totals == NULL && sorter_is_by_start(c->sorter);
	bool asks_for_key = sorts_by_key_of(c, rule);
	struct aggregate_visitor visitor = { .visit = take_values,
					     .visit_starts = asks_for_start ? take_starts : NULL,
					     .visit_tuple = asks_for_key && sorter_is_by_tuple(c->sorter) ? take_tuple : NULL,
					     .asks_for_key = asks_for_key,
					     .context = c };

	if (c->totals != NULL)
		memset(c->totals, 0, sizeof *c->totals);
	sorter_clear(c->sorter);
	return aggregate_each(list, &visitor);
}

static int flush_sorted(struct cluster *c, const struct aggregate_shares *list, size_t rule)
{
	bool has_all = list->list[0]->visitor != NULL && list->list[0]->told == list->list[0]->count;
	int result;

	if (has_all)
		sorter_sort(c->sorter);
	if (!has_all || sorter_has_equals(c->sorter)) {
		if (take_all(c, list, rule) < 0)
			return -1;
		sorter_sort(c->sorter);
	}
	result = put_sorted(c, list);
	sorter_clear(c->sorter);
	return result;
}

/* A flow that was sorted. */
static int put_collected(void *context, struct flow *f)
{
	struct cluster *c = context;

	aggregate_hide(c->collected, f);
	return c->output(c->context, f);
}

/* Gathers all flows of the list, whose statistics, too, they may be sorted by. */
static int collect(const struct aggregate_shares *list)
{
	int result;

	for (unsigned i = 0; i < list->count; i++)
		list->list[i]->is_sorted_later = true;
	result = aggregate_flush_shared(list);
	for (unsigned i = 0; i < list->count; i++)
		list->list[i]->is_sorted_later = false;
	return result;
}

/* Part of the list is on disk: its flows are sorted as they come from there. */
static int flush_spilled(struct cluster *c, const struct aggregate_shares *list)
{
	int result;

	if (c->totals != NULL)
		memset(c->totals, 0, sizeof *c->totals);
	sorter_clear(c->sorter);
	c->collecting = sorted_records_new(c->sorter, c->reading);
	sorted_records_limit(c->collecting, c->memory / 2);
	c->collected = list->list[0];
	result = collect(list);
	if (result == 0) {
		struct sorted_records *records = c->collecting;

		c->collecting = NULL;
		result = sorted_records_each(records, c->first, c->last, put_collected, c, c->err);
		c->collecting = records;
	}
	sorted_records_free(c->collecting);
	c->collecting = NULL;
	return result;
}

static int put_list(struct cluster *c, const struct aggregate_shares *list, size_t rule)
{
	if (sorter_columns(c->sorter) == 0 && c->totals == NULL && c->last == 0)
		return aggregate_flush_shared(list);
	return aggregate_is_spilled(list) ? flush_spilled(c, list) : flush_sorted(c, list, rule);
}

static int flush_rule(struct cluster *c, const struct cluster_group *group, size_t rule)
{
	int result;
	struct aggregate_list *lists[AGGREGATE_SHARES_MAX];
	struct aggregate_shares list = { c->share, lists, c->shares };

	for (unsigned i = 0; i < c->shares; i++) {
		lists[i] = list_of(c, group, i, rule);
		if (aggregate_gather(c->share[i], lists[i]) < 0)
			return -1;
	}
	if (c->rank != NULL)
		c->rank(c->context, u64_max(c->first, 1));
	result = put_list(c, &list, rule);
	if (c->rank != NULL)
		c->rank(c->context, NO_RANK);
	return result;
}

void cluster_end(struct cluster *c)
{
	for (unsigned i = 0; i < c->shares; i++)
		aggregate_end(c->share[i]);
}

int cluster_flush(struct cluster *c, struct cluster_group *group)
{
	int result = 0;

	if (!is_anywhere(c, group))
		return 0;
	if (c->crew != NULL) /* what it still has is in the shares afterwards */
		result = crew_wait(c->crew);
	complete_group(c, group);
	for (size_t i = 0; result == 0 && i < c->rules->count; i++)
		result = flush_rule(c, group, i);
	if (result < 0)
		take_errors(c);
	close_group(c, group);
	return result;
}
