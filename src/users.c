// SPDX-License-Identifier: GPL-2.0
/*
 * Who uses a buffer: open files, mappings, dma-bufs, and pins that outlive them all.
 *
 * A page that io_uring or a pipe holds stays counted after close and munmap, and
 * nobody tells when that ends. Delete looks at the page counts. rmmod asks only for
 * the module's count: so that is held, and the pages are looked at again now and
 * then, until the last pin is gone.
 */
#include <linux/module.h>

#include "buffer.h"

#define PIN_WATCH_INTERVAL	(HZ / 4)

static struct workqueue_struct *pin_watchers;

static void drop_watch(struct udmabuf_buffer *buffer)
{
	put_device(&buffer->dev);
	/* udmabuf_users_exit waits for the rest of this work. */
	module_put(THIS_MODULE);
}

/* The watch takes over the caller's references to buffer and module. */
static void watch_pins(struct udmabuf_buffer *buffer)
{
	if (!queue_delayed_work(pin_watchers, &buffer->pin_watch, PIN_WATCH_INTERVAL))
		drop_watch(buffer);
}

/* Pages of a dead buffer look after themselves, but for those that go back together. */
static bool is_idle_but_pinned(struct udmabuf_buffer *buffer)
{
	bool is_so;

	down_read(&buffer->lock);
	is_so = !atomic_read(&buffer->users) && (!buffer->is_dead || buffer->memory.cma_dev) &&
		udmabuf_memory_is_pinned(&buffer->memory);
	up_read(&buffer->lock);
	return is_so;
}

/* Who polls "users" may want to delete the buffer now. */
static void tell_idle(struct udmabuf_buffer *buffer)
{
	struct kernfs_node *attr = READ_ONCE(buffer->users_attr);

	if (attr)
		sysfs_notify_dirent(attr);
}

void udmabuf_users_announce(struct udmabuf_buffer *buffer)
{
	/* Pairs with the READ_ONCE of whoever ends a use; an earlier end is told now. */
	WRITE_ONCE(buffer->users_attr, sysfs_get_dirent(buffer->dev.kobj.sd, "users"));
	tell_idle(buffer);
}

static void pin_watch(struct work_struct *work)
{
	struct udmabuf_buffer *buffer = container_of(to_delayed_work(work), struct udmabuf_buffer,
						     pin_watch);

	if (is_idle_but_pinned(buffer)) {
		watch_pins(buffer);
	} else {
		tell_idle(buffer);
		drop_watch(buffer);
	}
}

void udmabuf_buffer_put(struct udmabuf_buffer *buffer)
{
	/* A module that is being unloaded has no pinned pages: it could not be. */
	if (is_idle_but_pinned(buffer) && try_module_get(THIS_MODULE))
		watch_pins(buffer);
	else
		put_device(&buffer->dev);
}

int udmabuf_buffer_use(struct udmabuf_buffer *buffer)
{
	int err = -ENODEV;

	down_read(&buffer->lock);
	if (!buffer->is_dead) {
		get_device(&buffer->dev);
		udmabuf_buffer_begin_use(buffer);
		err = 0;
	}
	up_read(&buffer->lock);
	return err;
}

struct udmabuf_buffer *udmabuf_buffer_open(unsigned int minor)
{
	struct udmabuf_buffer *buffer = udmabuf_buffer_get(minor);
	int err;

	if (!buffer)
		return ERR_PTR(-ENODEV);
	err = udmabuf_buffer_use(buffer);
	udmabuf_buffer_put(buffer);
	return err ? ERR_PTR(err) : buffer;
}

void udmabuf_buffer_close(struct udmabuf_buffer *buffer)
{
	udmabuf_buffer_end_use(buffer);
	udmabuf_buffer_put(buffer);
}

void udmabuf_buffer_begin_use(struct udmabuf_buffer *buffer)
{
	lockdep_assert_held(&buffer->lock);
	atomic_inc(&buffer->users);
}

void udmabuf_buffer_end_use(struct udmabuf_buffer *buffer)
{
	if (atomic_dec_and_test(&buffer->users))
		tell_idle(buffer);
}

void udmabuf_users_init_buffer(struct udmabuf_buffer *buffer)
{
	INIT_DELAYED_WORK(&buffer->pin_watch, pin_watch);
}

int udmabuf_users_init(void)
{
	pin_watchers = alloc_workqueue("u-dma-buf", WQ_UNBOUND, 0);
	return pin_watchers ? 0 : -ENOMEM;
}

void udmabuf_users_exit(void)
{
	destroy_workqueue(pin_watchers);
}
