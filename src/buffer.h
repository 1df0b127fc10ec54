/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A buffer: birth, references, death.
 *
 * Lock order: the parent's device lock -> udmabuf_list_lock (buffer.c) ->
 * udmabuf_buffer.lock; mmap_lock -> udmabuf_buffer.lock.
 *
 * Who holds a reference to its device: the list, from publication to
 * removal; every open file; every dma-buf. A mapping holds its file. The last
 * reference frees.
 */
#ifndef UDMABUF_BUFFER_H
#define UDMABUF_BUFFER_H

#include <linux/atomic.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/mm_types.h>
#include <linux/rwsem.h>
#include <linux/workqueue.h>

#include "memory.h"
#include "spec.h"
#include "sync.h"

struct vm_area_struct;

/* What the mappings of a buffer have in force where all must agree (x86). */
enum udmabuf_caching {
	UDMABUF_CACHED,
	UDMABUF_UNCACHED,
	UDMABUF_WRITE_COMBINING,
	UDMABUF_DMA_COHERENT,
};

struct udmabuf_buffer {
	/*
	 * Its release frees the buffer. It is also the DMA device where there is no
	 * parent, and holds the memory-region where there is one.
	 */
	struct device dev;
	u64 dma_mask;			/* of dev */
	int minor;
	u64 size;			/* as asked for; the memory is whole pages */
	unsigned int dma_mask_bits;
	enum udmabuf_mmap_mode mmap_mode;
	enum udmabuf_origin origin;
	struct device *parent;		/* referenced until removal; NULL: none */
	struct udmabuf_memory memory;
	/* Its i_mapping is that of every file of this buffer: one to revoke. */
	struct inode *inode;
	struct kernfs_node *users_attr;	/* for poll; NULL until published */
	struct delayed_work pin_watch;	/* users.c */

	/*
	 * Opens, mappings and dma-bufs; taken under the lock for reading, so that a writer
	 * sees all.
	 */
	atomic_t users;

	/*
	 * Held for reading by whoever uses the DMA mapping or inserts pages; user
	 * memory is not touched under it, for a fault may need it. Held for writing to
	 * change what stands below.
	 */
	struct rw_semaphore lock;
	bool is_dead;			/* no new user; never false again */
	struct udmabuf_sync_settings sync;
	unsigned int mappings;		/* user space's, and the kernel's for importers */
	enum udmabuf_caching caching;	/* of the kernel's own mapping; x86 */
	enum udmabuf_owner owner;	/* the last sync's; readers race, and that is fine */
};

static inline struct udmabuf_buffer *to_udmabuf_buffer(struct device *dev)
{
	return container_of(dev, struct udmabuf_buffer, dev);
}

static inline const char *udmabuf_buffer_name(const struct udmabuf_buffer *buffer)
{
	return dev_name(&buffer->dev);
}

/* All lines about a buffer start alike. */
#define udmabuf_info(buffer, fmt, ...) \
	pr_info("u-dma-buf %s: " fmt "\n", udmabuf_buffer_name(buffer), ##__VA_ARGS__)
#define udmabuf_warn(buffer, fmt, ...) \
	pr_warn("u-dma-buf %s: " fmt "\n", udmabuf_buffer_name(buffer), ##__VA_ARGS__)

/**
 * udmabuf_buffer_create() - the only way to a buffer
 * @spec:	what it shall be, complete
 * @parent:	the device that does the DMA, its device lock held; NULL: none
 * @error:	why not
 *
 * Return: 0 when the buffer is in /dev and sysfs, ready for use; -EEXIST (name or
 * minor), -ENOSPC (minors), -ENOMEM, -EINVAL (dma-mask, memory-region), -ENODEV (the
 * parent is going). Nothing is left of one that failed.
 */
int udmabuf_buffer_create(const struct udmabuf_spec *spec, struct device *parent,
			  struct udmabuf_error *error);

/**
 * udmabuf_buffer_delete() - at the request of user space
 * @name:	of the buffer
 * @is_forced:	even if it is in use
 * @error:	why not
 *
 * Return: 0, -ENOENT, -EPERM (the device tree describes it), -EBUSY (in use).
 */
int udmabuf_buffer_delete(const char *name, bool is_forced, struct udmabuf_error *error);

/**
 * udmabuf_buffer_remove_children() - parents go, which can't be refused
 * @goes:	does this one, which is not NULL? Called with the list lock held
 * @data:	for it
 * @why:	logged for each buffer of theirs, where nobody would guess; else NULL
 *
 * Their buffers die, whoever uses them. When this returns those are no longer mapped for them.
 */
void udmabuf_buffer_remove_children(bool (*goes)(struct device *parent, void *data), void *data,
				    const char *why);
/* Of one parent. */
void udmabuf_buffer_remove_children_of(struct device *parent);
/*
 * Takes no lock that creation holds, and so does not see a buffer that is just being
 * created, with the lock of its device.
 */
bool udmabuf_buffer_has_children(struct device *parent);
/* The same as the former for every buffer, when the module goes. */
void udmabuf_buffer_remove_all(void);

/* The buffer of a minor number with a reference, which udmabuf_buffer_put() drops; or NULL. */
struct udmabuf_buffer *udmabuf_buffer_get(unsigned int minor);

int udmabuf_buffer_init(void);
void udmabuf_buffer_exit(void);

/*
 * users.c: who uses a buffer. An open file and a dma-buf have a reference and a use, a
 * mapping only a use, for it holds its file.
 */
int udmabuf_users_init(void);
void udmabuf_users_exit(void);
void udmabuf_users_init_buffer(struct udmabuf_buffer *buffer);
/* To a buffer whose attributes are there: from now on who polls "users" is told. */
void udmabuf_users_announce(struct udmabuf_buffer *buffer);
struct udmabuf_buffer *udmabuf_buffer_open(unsigned int minor);	/* or ERR_PTR(-ENODEV) */
/* One more reference and use, which udmabuf_buffer_close() ends. Return: 0 or -ENODEV. */
int udmabuf_buffer_use(struct udmabuf_buffer *buffer);
void udmabuf_buffer_close(struct udmabuf_buffer *buffer);
/* Drops a reference that has no use, or lets it wait until no page is pinned. */
void udmabuf_buffer_put(struct udmabuf_buffer *buffer);
/* The caller holds the lock, to read or to write. */
void udmabuf_buffer_begin_use(struct udmabuf_buffer *buffer);
void udmabuf_buffer_end_use(struct udmabuf_buffer *buffer);

/* mmap.c: takes the pages away from everyone who has them mapped; the buffer is dead */
void udmabuf_buffer_revoke(struct udmabuf_buffer *buffer);
/*
 * Mappings for user space, at the offset in the buffer that the vma has, and for the
 * kernel. @is_sync: as O_SYNC asks for. Return: 0 or a vaddr, -ENODEV once the buffer is
 * dead, -EINVAL, -EPERM (executable), -ENOMEM.
 */
int udmabuf_buffer_map(struct udmabuf_buffer *buffer, bool is_sync, struct vm_area_struct *vma);
void *udmabuf_buffer_vmap(struct udmabuf_buffer *buffer, bool is_sync, struct page **pages,
			  unsigned long count, pgprot_t prot);
void udmabuf_buffer_vunmap(struct udmabuf_buffer *buffer, void *vaddr);

extern const struct file_operations udmabuf_file_operations;	/* chardev.c */
extern const struct attribute_group *udmabuf_attribute_groups[];	/* sysfs.c */

/* main.c: the module's parameters */
extern unsigned int udmabuf_default_mask_bits;
extern unsigned int udmabuf_info_enable;
extern unsigned int udmabuf_default_mmap_mode;

#define UDMABUF_INFO_BUFFER	1
#define UDMABUF_INFO_DMA	2
#define UDMABUF_INFO_BUILD	4

#endif
