// SPDX-License-Identifier: GPL-2.0-only
/* Owns the socket, both of its ends. */
#include "reload.h"
#include "mem.h"

#include <errno.h>
#include <internal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define RELOAD_SOCKET	"/run/udmabuf/reload"
#define ANSWER_SIZE	4096

static int socket_address(struct sockaddr_un *ret_address)
{
	char path[PATH_MAX];
	int r = udmabuf_path(path, RELOAD_SOCKET);

	if (r < 0)
		return r;
	if (strlen(path) >= sizeof(ret_address->sun_path))
		return -ENAMETOOLONG;
	*ret_address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	strcpy(ret_address->sun_path, path);
	return 0;
}

static int on_connection(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct reload *reload = userdata;

	(void)events;
	reload->client = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
	if (reload->client < 0)
		return 0;
	sd_event_source_set_enabled(source, SD_EVENT_OFF);
	reload->on_request(reload->userdata);
	return 0;
}

static int listen_at(const struct sockaddr_un *address, int *ret_fd)
{
	const int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mode_t before;
	int r;

	if (fd < 0)
		return -errno;
	/* One that was killed leaves its socket behind. */
	unlink(address->sun_path);
	before = umask(0177);
	r = bind(fd, (const struct sockaddr *)address, sizeof(*address));
	umask(before);
	if (r < 0 || listen(fd, SOMAXCONN) < 0) {
		r = -errno;
		close(fd);
		return r;
	}
	*ret_fd = fd;
	return 0;
}

int reload_begin(struct reload *reload, sd_event *event, void (*on_request)(void *userdata),
		 void *userdata)
{
	struct sockaddr_un address;
	int r = socket_address(&address);

	if (r < 0)
		return r;
	*reload = (struct reload){
		.fd = -1, .client = -1, .on_request = on_request, .userdata = userdata,
	};
	r = listen_at(&address, &reload->fd);
	if (r < 0)
		return r;
	return sd_event_add_io(event, &reload->source, reload->fd, EPOLLIN, on_connection, reload);
}

void reload_answer(struct reload *reload, int status, const char *text)
{
	MEM_AUTO char *answer = mem_printf("%d%.*s", status, ANSWER_SIZE - 2, text);

	if (reload->client < 0)
		return;
	/* Who asked may have gone: that is no concern of ours. */
	send(reload->client, answer, strlen(answer), MSG_NOSIGNAL | MSG_DONTWAIT);
	close(reload->client);
	reload->client = -1;
	sd_event_source_set_enabled(reload->source, SD_EVENT_ON);
}

void reload_end(struct reload *reload)
{
	struct sockaddr_un address;

	if (reload->client >= 0)
		reload_answer(reload, EXIT_FAILURE, "udmabufd ends");
	sd_event_source_unref(reload->source);
	if (reload->fd < 0)
		return;
	close(reload->fd);
	if (!socket_address(&address))
		unlink(address.sun_path);
}

static int ask(const struct sockaddr_un *address, char ret_answer[ANSWER_SIZE])
{
	const int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	ssize_t length;
	int r = 0;

	if (fd < 0)
		return -errno;
	length = connect(fd, (const struct sockaddr *)address, sizeof(*address));
	if (!length)
		length = recv(fd, ret_answer, ANSWER_SIZE - 1, 0);
	if (length <= 0)
		r = length < 0 ? -errno : -ECONNRESET;
	else
		ret_answer[length] = '\0';
	close(fd);
	return r;
}

int reload_request(void)
{
	char answer[ANSWER_SIZE] = "";
	struct sockaddr_un address;
	int r = socket_address(&address);

	if (!r)
		r = ask(&address, answer);
	if (r == -ENOENT || r == -ECONNREFUSED)
		fputs("udmabufd does not run: `systemctl start udmabuf` reads the configuration\n",
		      stderr);
	else if (r == -ECONNRESET)
		fputs("udmabufd died over it: see `journalctl -u udmabuf`\n", stderr);
	else if (r < 0)
		fprintf(stderr, "udmabufd can't be asked: %s%s\n", strerror(-r),
			r == -EACCES ? ": be root" : "");
	else
		fprintf(answer[0] == '0' ? stdout : stderr, "%s\n", answer + 1);
	return !r && answer[0] == '0' ? EXIT_SUCCESS : EXIT_FAILURE;
}
