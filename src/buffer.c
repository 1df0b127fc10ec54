// SPDX-License-Identifier: GPL-2.0
/* Owns the list of buffers, their class, their major number and their inodes. */
#include <linux/dma-mapping.h>
#include <linux/mount.h>
#include <linux/pci.h>
#include <linux/pseudo_fs.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "buffer.h"
#include "version.h"

/*
 * Buffers come and go under this lock, from the lookup of a name to publication,
 * from the check for users to the end of removal. open() and the attributes do not
 * take it: removal waits for attributes that run.
 */
static DEFINE_MUTEX(udmabuf_list_lock);
/*
 * The list, by minor number. An entry is reserved, and reads as NULL, from the
 * choice of a minor to publication. The array's own lock is what open() takes.
 */
static DEFINE_XARRAY_ALLOC(udmabuf_list);

static int udmabuf_major;
static struct class udmabuf_class = { .name = "u-dma-buf" };

static struct vfsmount *udmabuf_mount;
static int udmabuf_mount_pins;

static int init_fs_context(struct fs_context *fc)
{
	return init_pseudo(fc, 0x75646d61) ? 0 : -ENOMEM;
}

/*
 * No owner: the mount lives as long as the module, and would keep it from being
 * unloaded. Nothing of this file system outlives udmabuf_buffer_exit.
 */
static struct file_system_type udmabuf_fs_type = {
	.name = "u-dma-buf",
	.init_fs_context = init_fs_context,
	.kill_sb = kill_anon_super,
};

/* Where addresses are for a parent, or for nobody in particular. */
static struct device *dma_device(struct udmabuf_buffer *buffer)
{
	return buffer->parent ?: &buffer->dev;
}

static void udmabuf_buffer_free(struct device *dev)
{
	struct udmabuf_buffer *buffer = to_udmabuf_buffer(dev);

	udmabuf_memory_free(&buffer->memory);
	iput(buffer->inode);
	udmabuf_region_detach(dev);
	put_device(buffer->parent);
	sysfs_put(buffer->users_attr);
	kfree(buffer);
}

static struct udmabuf_buffer *lookup(const char *name)
{
	struct udmabuf_buffer *buffer;
	unsigned long minor;

	lockdep_assert_held(&udmabuf_list_lock);
	xa_for_each(&udmabuf_list, minor, buffer)
		if (!strcmp(udmabuf_buffer_name(buffer), name))
			return buffer;
	return NULL;
}

static int reserve_minor(const struct udmabuf_spec *spec, u32 *ret_minor,
			 struct udmabuf_error *error)
{
	bool is_any = spec->minor == UDMABUF_MINOR_ANY;
	u32 first = is_any ? 0 : spec->minor;
	u32 last = is_any ? UDMABUF_MINORS - 1 : spec->minor;
	int err;

	err = xa_alloc(&udmabuf_list, ret_minor, NULL, XA_LIMIT(first, last), GFP_KERNEL);
	if (err >= 0)
		return 0;
	if (err != -EBUSY)
		return udmabuf_fail(error, err, "no memory for its minor number");
	if (is_any)
		return udmabuf_fail(error, -ENOSPC, "all %d minor numbers are used",
				    UDMABUF_MINORS);
	return udmabuf_fail(error, -EEXIST, "minor number %d is used", spec->minor);
}

static unsigned int mask_bits_of(struct device *dev)
{
	return fls64(dma_get_mask(dev));
}

/* What its addresses must fit: a mask of its own only narrows the parent's. */
static int choose_mask(struct udmabuf_buffer *buffer, const struct udmabuf_spec *spec,
		       struct udmabuf_error *error)
{
	unsigned int bits = spec->dma_mask_bits;

	if (!buffer->parent) {
		buffer->dma_mask_bits = bits ?: udmabuf_default_mask_bits;
		if (!dma_set_mask_and_coherent(&buffer->dev, DMA_BIT_MASK(buffer->dma_mask_bits)))
			return 0;
		return udmabuf_fail(error, -ENOMEM, "no memory that a DMA mask of %u bits reaches",
				    buffer->dma_mask_bits);
	}
	buffer->dma_mask_bits = mask_bits_of(buffer->parent);
	if (bits > buffer->dma_mask_bits)
		return udmabuf_fail(error, -EINVAL, "dma-mask %u is wider than the %u bits of %s",
				    bits, buffer->dma_mask_bits, dev_name(buffer->parent));
	if (bits)
		buffer->dma_mask_bits = bits;
	return 0;
}

static int create_memory(struct udmabuf_buffer *buffer, const struct udmabuf_spec *spec,
			 struct udmabuf_error *error)
{
	struct udmabuf_memory_request request = {
		.dma_dev = dma_device(buffer),
		.own_dev = &buffer->dev,
		.size = spec->size,
	};
	int err;

	err = choose_mask(buffer, spec, error);
	if (err)
		return err;
	request.mask = DMA_BIT_MASK(buffer->dma_mask_bits);
	if (spec->origin == UDMABUF_FROM_DEVICE_TREE)
		err = udmabuf_region_attach(buffer->parent->of_node, &request, error);
	if (!err)
		err = udmabuf_memory_create(&buffer->memory, &request, error);
	if (err)
		return err;

	buffer->mmap_mode = spec->mmap_mode ?: udmabuf_default_mmap_mode;
	if (!buffer->memory.pages)
		buffer->mmap_mode = UDMABUF_MMAP_OFF;
	return 0;
}

/* From here on nobody gets at the buffer any more. */
static void mark_dead(struct udmabuf_buffer *buffer)
{
	down_write(&buffer->lock);
	buffer->is_dead = true;
	up_write(&buffer->lock);
}

static int publish(struct udmabuf_buffer *buffer, struct udmabuf_error *error)
{
	int err;

	/* No allocation: the entry is reserved. */
	xa_store(&udmabuf_list, buffer->minor, buffer, GFP_KERNEL);
	err = device_add(&buffer->dev);
	if (!err) {
		udmabuf_users_announce(buffer);
		return 0;
	}

	/* A second node of an old buffer with this minor may have opened it. */
	mark_dead(buffer);
	udmabuf_buffer_revoke(buffer);
	udmabuf_memory_unmap(&buffer->memory);
	return udmabuf_fail(error, err, "no device %s (%pe)", udmabuf_buffer_name(buffer),
			    ERR_PTR(err));
}

static struct udmabuf_buffer *alloc_buffer(const struct udmabuf_spec *spec,
					   struct device *parent, int minor)
{
	struct udmabuf_buffer *buffer = kzalloc(sizeof(*buffer), GFP_KERNEL);

	if (!buffer)
		return NULL;
	buffer->minor = minor;
	buffer->size = spec->size;
	buffer->origin = spec->origin;
	buffer->sync = spec->sync;
	buffer->parent = get_device(parent);
	init_rwsem(&buffer->lock);
	udmabuf_users_init_buffer(buffer);

	device_initialize(&buffer->dev);
	buffer->dev.class = &udmabuf_class;
	buffer->dev.groups = udmabuf_attribute_groups;
	buffer->dev.release = udmabuf_buffer_free;
	buffer->dev.devt = MKDEV(udmabuf_major, minor);
	buffer->dev.parent = parent;
	if (parent)
		set_dev_node(&buffer->dev, dev_to_node(parent));
	buffer->dma_mask = DMA_BIT_MASK(64);
	buffer->dev.dma_mask = &buffer->dma_mask;
	buffer->dev.coherent_dma_mask = buffer->dma_mask;
	return buffer;
}

/* Fills and publishes a fresh buffer; on failure the caller drops it. */
static int complete_buffer(struct udmabuf_buffer *buffer, const struct udmabuf_spec *spec,
			   struct udmabuf_error *error)
{
	int err;

	err = dev_set_name(&buffer->dev, "%s", spec->name);
	if (err)
		return udmabuf_fail(error, err, "no memory for its name");
	err = create_memory(buffer, spec, error);
	if (err)
		return err;

	buffer->inode = alloc_anon_inode(udmabuf_mount->mnt_sb);
	if (IS_ERR(buffer->inode)) {
		err = PTR_ERR(buffer->inode);
		buffer->inode = NULL;
		udmabuf_memory_unmap(&buffer->memory);
		return udmabuf_fail(error, err, "no inode for it (%pe)", ERR_PTR(err));
	}
	return publish(buffer, error);
}

static int is_same_device(struct device *dev, const void *other)
{
	return dev == other;
}

/*
 * A device leaves its bus before BUS_NOTIFY_REMOVED_DEVICE, and its lock, which the
 * caller holds, is taken in between: a buffer created on one that is still there will
 * be found.
 */
static bool is_on_bus(struct device *parent)
{
	struct device *found = bus_find_device(parent->bus, NULL, parent, is_same_device);

	put_device(found);
	return found;
}

static int is_translated(struct device *dev, void *unused)
{
	return udmabuf_is_translated(dev) && !udmabuf_is_out_of_reach(dev);
}

/*
 * Without a parent the address is a physical one, which a translated device can't use. That
 * it is of no use to a device of VFIO's, who gives it one says.
 */
static void warn_of_iommu(struct udmabuf_buffer *buffer)
{
#ifdef CONFIG_PCI
	if (!buffer->parent && bus_for_each_dev(&pci_bus_type, NULL, NULL, is_translated))
		udmabuf_warn(buffer,
			     "PCI devices are behind an IOMMU and can't use this address: give device=");
#endif
}

static void warn_of_memory(struct udmabuf_buffer *buffer, const struct udmabuf_spec *spec)
{
	if (!buffer->memory.pages && spec->mmap_mode > UDMABUF_MMAP_OFF)
		udmabuf_warn(buffer, "a pool is never mapped cached: mmap mode 1 stays in force");
	if (buffer->memory.cma_dev)
		udmabuf_warn(buffer,
			     "memory of a CMA area is mapped by page frame: O_DIRECT, io_uring and the like can't pin it");
}

static void log_creation(struct udmabuf_buffer *buffer)
{
	struct device *dma_dev = dma_device(buffer);
	const char *bus = buffer->parent ? buffer->parent->bus->name : "none";

	if (udmabuf_info_enable & UDMABUF_INFO_BUFFER) {
		udmabuf_info(buffer, "driver installed");
		udmabuf_info(buffer, "driver version = %s", UDMABUF_VERSION);
		udmabuf_info(buffer, "major number   = %d", udmabuf_major);
		udmabuf_info(buffer, "minor number   = %d", buffer->minor);
		udmabuf_info(buffer, "phys address   = %pad", &buffer->memory.dma_addr);
		udmabuf_info(buffer, "buffer size    = %llu", buffer->size);
	}
	if (udmabuf_info_enable & UDMABUF_INFO_DMA) {
		udmabuf_info(buffer, "dma device     = %s", dev_name(dma_dev));
		udmabuf_info(buffer, "dma bus        = %s", bus);
		udmabuf_info(buffer, "dma coherent   = %d", buffer->memory.is_coherent);
		udmabuf_info(buffer, "dma mask       = 0x%016llx",
			     DMA_BIT_MASK(buffer->dma_mask_bits));
		udmabuf_info(buffer, "iommu domain   = %s",
			     udmabuf_is_translated(dma_dev) ? "translated" : "none");
		udmabuf_info(buffer, "mmap mode      = %d", buffer->mmap_mode);
	}
}

static int create_locked(const struct udmabuf_spec *spec, struct device *parent,
			 struct udmabuf_error *error)
{
	struct udmabuf_buffer *buffer;
	u32 minor;
	int err;

	if (lookup(spec->name))
		return udmabuf_fail(error, -EEXIST, "there is a buffer of this name");
	if (parent && !is_on_bus(parent))
		return udmabuf_fail(error, -ENODEV, "device %s is being removed",
				    dev_name(parent));
	err = reserve_minor(spec, &minor, error);
	if (err)
		return err;

	buffer = alloc_buffer(spec, parent, minor);
	if (buffer)
		err = complete_buffer(buffer, spec, error);
	else
		err = udmabuf_fail(error, -ENOMEM, "no memory for its description");
	if (err) {
		xa_erase(&udmabuf_list, minor);
		if (buffer)
			put_device(&buffer->dev);
		return err;
	}
	log_creation(buffer);
	warn_of_iommu(buffer);
	warn_of_memory(buffer, spec);
	return 0;
}

int udmabuf_buffer_create(const struct udmabuf_spec *spec, struct device *parent,
			  struct udmabuf_error *error)
{
	int err;

	if (parent)
		device_lock_assert(parent);
	mutex_lock(&udmabuf_list_lock);
	err = create_locked(spec, parent, error);
	mutex_unlock(&udmabuf_list_lock);
	return err;
}

/* mark_dead(), or -EBUSY if somebody has got at it already. */
static int mark_idle_dead(struct udmabuf_buffer *buffer, struct udmabuf_error *error)
{
	int users, err = 0;

	down_write(&buffer->lock);
	users = atomic_read(&buffer->users);
	if (users)
		err = udmabuf_fail(error, -EBUSY, "in use (users: %d)", users);
	else if (udmabuf_memory_is_pinned(&buffer->memory))
		err = udmabuf_fail(error, -EBUSY, "some of its pages are pinned");
	buffer->is_dead = !err;
	up_write(&buffer->lock);
	return err;
}

static void remove_dead(struct udmabuf_buffer *buffer)
{
	lockdep_assert_held(&udmabuf_list_lock);
	if (udmabuf_info_enable & UDMABUF_INFO_BUFFER)
		udmabuf_info(buffer, "driver uninstalled");
	device_del(&buffer->dev);
	udmabuf_buffer_revoke(buffer);
	udmabuf_memory_unmap(&buffer->memory);
	/* An unbind that finds no child of its device any more does not wait for us. */
	xa_erase(&udmabuf_list, buffer->minor);
	/* Whoever still holds the buffer shall not hold a device that may be gone, and its node. */
	put_device(buffer->parent);
	buffer->parent = NULL;
	udmabuf_buffer_put(buffer);
}

static int delete_locked(const char *name, bool is_forced, struct udmabuf_error *error)
{
	struct udmabuf_buffer *buffer = lookup(name);
	int err = 0;

	if (!buffer)
		return udmabuf_fail(error, -ENOENT, "there is no such buffer");
	if (buffer->origin == UDMABUF_FROM_DEVICE_TREE)
		return udmabuf_fail(error, -EPERM,
				    "the device tree describes it: unbind its platform device instead");
	if (is_forced)
		mark_dead(buffer);
	else
		err = mark_idle_dead(buffer, error);
	if (!err)
		remove_dead(buffer);
	return err;
}

int udmabuf_buffer_delete(const char *name, bool is_forced, struct udmabuf_error *error)
{
	int err;

	mutex_lock(&udmabuf_list_lock);
	err = delete_locked(name, is_forced, error);
	mutex_unlock(&udmabuf_list_lock);
	return err;
}

static void remove_one(struct udmabuf_buffer *buffer)
{
	mark_dead(buffer);
	remove_dead(buffer);
}

bool udmabuf_buffer_has_children(struct device *parent)
{
	struct udmabuf_buffer *buffer;
	unsigned long minor;
	bool has_some = false;

	xa_lock(&udmabuf_list);
	xa_for_each(&udmabuf_list, minor, buffer)
		has_some |= buffer->parent == parent;
	xa_unlock(&udmabuf_list);
	return has_some;
}

void udmabuf_buffer_remove_children(bool (*goes)(struct device *parent, void *data), void *data,
				    const char *why)
{
	struct udmabuf_buffer *buffer;
	unsigned long minor;

	mutex_lock(&udmabuf_list_lock);
	xa_for_each(&udmabuf_list, minor, buffer) {
		if (!buffer->parent || !goes(buffer->parent, data))
			continue;
		if (why)
			udmabuf_warn(buffer, "it is removed: %s", why);
		remove_one(buffer);
	}
	mutex_unlock(&udmabuf_list_lock);
}

static bool is_parent(struct device *parent, void *data)
{
	return parent == data;
}

void udmabuf_buffer_remove_children_of(struct device *parent)
{
	udmabuf_buffer_remove_children(is_parent, parent, NULL);
}

void udmabuf_buffer_remove_all(void)
{
	struct udmabuf_buffer *buffer;
	unsigned long minor;

	mutex_lock(&udmabuf_list_lock);
	xa_for_each(&udmabuf_list, minor, buffer)
		remove_one(buffer);
	mutex_unlock(&udmabuf_list_lock);
}

struct udmabuf_buffer *udmabuf_buffer_get(unsigned int minor)
{
	struct udmabuf_buffer *buffer;

	xa_lock(&udmabuf_list);
	buffer = xa_load(&udmabuf_list, minor);
	if (buffer)
		get_device(&buffer->dev);
	xa_unlock(&udmabuf_list);
	return buffer;
}

int udmabuf_buffer_init(void)
{
	int err;

	err = simple_pin_fs(&udmabuf_fs_type, &udmabuf_mount, &udmabuf_mount_pins);
	if (err)
		return err;
	err = class_register(&udmabuf_class);
	if (err)
		goto err_fs;
	udmabuf_major = register_chrdev(0, "u-dma-buf", &udmabuf_file_operations);
	if (udmabuf_major >= 0)
		return 0;
	err = udmabuf_major;
	class_unregister(&udmabuf_class);
err_fs:
	simple_release_fs(&udmabuf_mount, &udmabuf_mount_pins);
	return err;
}

void udmabuf_buffer_exit(void)
{
	unregister_chrdev(udmabuf_major, "u-dma-buf");
	class_unregister(&udmabuf_class);
	simple_release_fs(&udmabuf_mount, &udmabuf_mount_pins);
}
