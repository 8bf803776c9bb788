/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Services, from the system's database: read once into a table a port reaches
 * without searching. */
#include "argus/base/names.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>

#include "argus/base/buf.h"

enum { TCP, UDP, TRANSPORTS };

static const char *service_of[TRANSPORTS][65536];
static atomic_bool is_read;
static pthread_once_t reading = PTHREAD_ONCE_INIT;

static COLD void read_services(void)
{
	const struct servent *entry;

	setservent(0);
	while ((entry = getservent()) != NULL) {
		uint16_t port = ntohs((uint16_t)entry->s_port);
		const char **slot = NULL;

		if (strcmp(entry->s_proto, "tcp") == 0)
			slot = &service_of[TCP][port];
		else if (strcmp(entry->s_proto, "udp") == 0)
			slot = &service_of[UDP][port];
		if (slot != NULL && *slot == NULL)
			*slot = xstrdup(entry->s_name);
	}
	endservent();
	atomic_store_explicit(&is_read, true, memory_order_release);
}

const char *names_service(uint8_t protocol, uint16_t port)
{
	if (unlikely(!atomic_load_explicit(&is_read, memory_order_acquire))) /* several threads may want it first */
		pthread_once(&reading, read_services);
	if (protocol == 6)
		return service_of[TCP][port];
	return protocol == 17 ? service_of[UDP][port] : NULL;
}

static int32_t port_of(const char *name, const char *transport)
{
	const struct servent *entry = getservbyname(name, transport);

	return entry != NULL ? ntohs((uint16_t)entry->s_port) : -1;
}

bool names_service_ports(const char *name, int32_t *tcp, int32_t *udp)
{
	*tcp = port_of(name, "tcp");
	*udp = port_of(name, "udp");
	return *tcp >= 0 || *udp >= 0;
}
