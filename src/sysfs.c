// SPDX-License-Identifier: GPL-2.0
/*
 * The attributes of /sys/class/u-dma-buf/<name>/. They exist as long as the buffer
 * is not removed, so none of them meets a buffer without memory.
 */
#include <linux/string.h>

#include "buffer.h"
#include "version.h"

/*
 * A number as user space writes it: a newline may be behind it, or the NUL of a C string with
 * whatever follows.
 */
static int parse_attribute(const char *text, size_t count, u64 *ret_value)
{
	struct udmabuf_word word = { text, strnlen(text, count) };

	if (word.len && word.at[word.len - 1] == '\n')
		word.len--;
	return udmabuf_parse_number(word, ret_value);
}

#define SHOW(name, fmt, value)								\
static ssize_t name##_show(struct device *dev, struct device_attribute *attr, char *text) \
{											\
	struct udmabuf_buffer *buffer __maybe_unused = to_udmabuf_buffer(dev);		\
											\
	return sysfs_emit(text, fmt "\n", value);					\
}

static const char * const origins[] = {
	[UDMABUF_FROM_PARAMETER] = "parameter",
	[UDMABUF_FROM_DEVICE_TREE] = "device-tree",
	[UDMABUF_FROM_MANAGER] = "manager",
};

SHOW(driver_version, "%s", UDMABUF_VERSION)
static DEVICE_ATTR_RO(driver_version);
SHOW(phys_addr, "0x%016llx", (u64)buffer->memory.dma_addr)
static DEVICE_ATTR_RO(phys_addr);
SHOW(size, "%llu", buffer->size)
static DEVICE_ATTR_RO(size);
SHOW(sync_owner, "%d", READ_ONCE(buffer->owner))
static DEVICE_ATTR_RO(sync_owner);
SHOW(dma_coherent, "%d", buffer->memory.is_coherent)
static DEVICE_ATTR_RO(dma_coherent);
SHOW(quirk_mmap_mode, "%d", buffer->mmap_mode)
static DEVICE_ATTR_RO(quirk_mmap_mode);
SHOW(ioctl_version, "%d", UDMABUF_IOCTL_VERSION)
static DEVICE_ATTR_RO(ioctl_version);
SHOW(dma_mask, "%u", buffer->dma_mask_bits)
static DEVICE_ATTR_RO(dma_mask);
SHOW(memory, "%s", buffer->memory.ops->name)
static DEVICE_ATTR_RO(memory);
SHOW(origin, "%s", origins[buffer->origin])
static DEVICE_ATTR_RO(origin);
SHOW(users, "%d", atomic_read(&buffer->users))
static DEVICE_ATTR_RO(users);

static ssize_t dma_device_show(struct device *dev, struct device_attribute *attr, char *text)
{
	struct device *parent = to_udmabuf_buffer(dev)->parent;

	if (!parent)
		return sysfs_emit(text, "none\n");
	return sysfs_emit(text, "%s/%s\n", parent->bus->name, dev_name(parent));
}
static DEVICE_ATTR_RO(dma_device);

/* A setting: up to @max, changed alone. Some are wider than a word of the machine. */
#define SETTING(field, fmt, max)							\
static ssize_t sync_##field##_show(struct device *dev, struct device_attribute *attr,	\
				   char *text)						\
{											\
	struct udmabuf_buffer *buffer = to_udmabuf_buffer(dev);				\
	ssize_t ret;									\
											\
	down_read(&buffer->lock);							\
	ret = sysfs_emit(text, fmt "\n", buffer->sync.field);				\
	up_read(&buffer->lock);								\
	return ret;									\
}											\
static ssize_t sync_##field##_store(struct device *dev, struct device_attribute *attr,	\
				    const char *text, size_t count)			\
{											\
	struct udmabuf_buffer *buffer = to_udmabuf_buffer(dev);				\
	u64 value;									\
											\
	if (parse_attribute(text, count, &value) || value > (max))			\
		return -EINVAL;								\
	down_write(&buffer->lock);							\
	buffer->sync.field = value;							\
	up_write(&buffer->lock);							\
	return count;									\
}											\
static DEVICE_ATTR(sync_##field, 0664, sync_##field##_show, sync_##field##_store)

SETTING(mode, "%u", 7);
SETTING(direction, "%u", DMA_FROM_DEVICE);
SETTING(offset, "0x%llx", buffer->size);
SETTING(size, "%llu", buffer->size);

/* A command is done when its write returns, so none is ever pending. */
#define COMMAND(name, owner)								\
SHOW(name, "%d", 0)									\
static ssize_t name##_store(struct device *dev, struct device_attribute *attr,		\
			    const char *text, size_t count)				\
{											\
	u64 word;									\
	int err;									\
											\
	err = parse_attribute(text, count, &word);					\
	if (!err)									\
		err = udmabuf_sync_word(to_udmabuf_buffer(dev), owner, word, true);	\
	return err ?: count;								\
}											\
static DEVICE_ATTR(name, 0664, name##_show, name##_store)

COMMAND(sync_for_cpu, UDMABUF_OWNER_CPU);
COMMAND(sync_for_device, UDMABUF_OWNER_DEVICE);

static struct attribute *udmabuf_attrs[] = {
	&dev_attr_driver_version.attr,
	&dev_attr_phys_addr.attr,
	&dev_attr_size.attr,
	&dev_attr_sync_mode.attr,
	&dev_attr_sync_offset.attr,
	&dev_attr_sync_size.attr,
	&dev_attr_sync_direction.attr,
	&dev_attr_sync_owner.attr,
	&dev_attr_sync_for_cpu.attr,
	&dev_attr_sync_for_device.attr,
	&dev_attr_dma_coherent.attr,
	&dev_attr_quirk_mmap_mode.attr,
	&dev_attr_ioctl_version.attr,
	&dev_attr_dma_device.attr,
	&dev_attr_dma_mask.attr,
	&dev_attr_memory.attr,
	&dev_attr_origin.attr,
	&dev_attr_users.attr,
	NULL,
};

static const struct attribute_group udmabuf_attribute_group = {
	.attrs = udmabuf_attrs,
};

const struct attribute_group *udmabuf_attribute_groups[] = {
	&udmabuf_attribute_group,
	NULL,
};
