// SPDX-License-Identifier: GPL-2.0
/* Module parameters, and the order of init and exit. */
#include <linux/module.h>
#include <linux/moduleparam.h>

#include "buffer.h"
#include "platform.h"
#include "version.h"

#define PARAMETERS	8

/* One udmabufN and its udmabufN_bind. */
static struct {
	u64 size;
	char bind[UDMABUF_BUS_MAX + 1 + UDMABUF_DEVICE_MAX + 1];
} parameters[PARAMETERS];

static char default_bind[sizeof(parameters[0].bind)];

unsigned int udmabuf_default_mask_bits = 32;
unsigned int udmabuf_info_enable = UDMABUF_INFO_BUFFER;
unsigned int udmabuf_default_mmap_mode =
	IS_ENABLED(CONFIG_ARM) || IS_ENABLED(CONFIG_ARM64) ? UDMABUF_MMAP_ON : UDMABUF_MMAP_AUTO;

static struct udmabuf_word word_of(const char *text)
{
	return (struct udmabuf_word){ text, strcspn(text, "\n") };
}

static int set_size(const char *text, const struct kernel_param *parameter)
{
	return udmabuf_parse_size(word_of(text), parameter->arg);
}

static int get_size(char *text, const struct kernel_param *parameter)
{
	return sysfs_emit(text, "%llu\n", *(u64 *)parameter->arg);
}

static const struct kernel_param_ops size_ops = { .set = set_size, .get = get_size };

static int set_bind(const char *text, const struct kernel_param *parameter)
{
	struct udmabuf_word word = word_of(text);
	struct udmabuf_error error;
	struct udmabuf_spec spec;

	udmabuf_spec_init(&spec, UDMABUF_FROM_PARAMETER);
	if (word.len && (udmabuf_spec_set_parent(&spec, word, &error) || !udmabuf_is_bus(spec.bus)))
		return -EINVAL;
	strscpy(parameter->arg, text, sizeof(default_bind));
	return 0;
}

static int get_bind(char *text, const struct kernel_param *parameter)
{
	return sysfs_emit(text, "%s\n", (char *)parameter->arg);
}

static const struct kernel_param_ops bind_ops = { .set = set_bind, .get = get_bind };

struct number {
	unsigned int *value;
	unsigned int min;
	unsigned int max;
};

static int set_number(const char *text, const struct kernel_param *parameter)
{
	const struct number *number = parameter->arg;
	u64 value;

	if (udmabuf_parse_number(word_of(text), &value) || value < number->min ||
	    value > number->max)
		return -EINVAL;
	*number->value = value;
	return 0;
}

static int get_number(char *text, const struct kernel_param *parameter)
{
	const struct number *number = parameter->arg;

	return sysfs_emit(text, "%u\n", *number->value);
}

static const struct kernel_param_ops number_ops = { .set = set_number, .get = get_number };

static struct number mask_bits = { &udmabuf_default_mask_bits, 1, 64 };
static struct number info_bits = {
	&udmabuf_info_enable, 0, UDMABUF_INFO_BUFFER | UDMABUF_INFO_DMA | UDMABUF_INFO_BUILD,
};

static struct number mmap_modes = {
	&udmabuf_default_mmap_mode, UDMABUF_MMAP_OFF, UDMABUF_MMAP_PAGE,
};

#define UDMABUF_PARAMETER(n)							\
module_param_cb(udmabuf##n, &size_ops, &parameters[n].size, 0444);		\
MODULE_PARM_DESC(udmabuf##n, "bytes of /dev/udmabuf" #n ", K, M, G understood (0: none)"); \
module_param_cb(udmabuf##n##_bind, &bind_ops, parameters[n].bind, 0444);	\
MODULE_PARM_DESC(udmabuf##n##_bind, "parent of udmabuf" #n ", [platform/|pci/]<device>")

UDMABUF_PARAMETER(0);
UDMABUF_PARAMETER(1);
UDMABUF_PARAMETER(2);
UDMABUF_PARAMETER(3);
UDMABUF_PARAMETER(4);
UDMABUF_PARAMETER(5);
UDMABUF_PARAMETER(6);
UDMABUF_PARAMETER(7);

module_param_cb(bind, &bind_ops, default_bind, 0444);
MODULE_PARM_DESC(bind, "parent of every udmabufN that has none of its own");
module_param_cb(dma_mask_bit, &number_ops, &mask_bits, 0444);
MODULE_PARM_DESC(dma_mask_bit, "width of the DMA mask where nothing else gives one, 1 to 64 (32)");
module_param_cb(info_enable, &number_ops, &info_bits, 0444);
MODULE_PARM_DESC(info_enable, "log: 1 each buffer, +2 its DMA details, +4 build options (1)");
module_param_cb(quirk_mmap_mode, &number_ops, &mmap_modes, 0444);
MODULE_PARM_DESC(quirk_mmap_mode, "default mmap mode: 1 off, 2 on, 3 auto, 4 page (2 on arm and arm64, else 3)");

static void create_from_parameter(unsigned int n)
{
	const char *bind = parameters[n].bind[0] ? parameters[n].bind : default_bind;
	struct udmabuf_error error;
	struct udmabuf_spec spec;
	int err;

	udmabuf_spec_init(&spec, UDMABUF_FROM_PARAMETER);
	snprintf(spec.name, sizeof(spec.name), "udmabuf%u", n);
	spec.size = parameters[n].size;
	spec.minor = n;
	err = bind[0] ? udmabuf_spec_set_parent(&spec, word_of(bind), &error) : 0;
	if (!err)
		err = udmabuf_spec_complete(&spec, &error);
	if (!err)
		err = udmabuf_create_from_spec(&spec, &error);
	if (err)
		pr_err("u-dma-buf %s: not created: %s\n", spec.name, error.text);
}

static void log_build(void)
{
	pr_info("u-dma-buf: ioctl version  = %d\n", UDMABUF_IOCTL_VERSION);
	pr_info("u-dma-buf: device tree    = %d\n", IS_ENABLED(CONFIG_OF));
	pr_info("u-dma-buf: reserved mem   = %d\n", IS_ENABLED(CONFIG_OF_RESERVED_MEM));
	pr_info("u-dma-buf: pci            = %d\n", IS_ENABLED(CONFIG_PCI));
	pr_info("u-dma-buf: iommu          = %d\n", IS_ENABLED(CONFIG_IOMMU_API));
}

static int __init udmabuf_init(void)
{
	unsigned int n;
	int err;

	if (udmabuf_info_enable & UDMABUF_INFO_BUILD)
		log_build();
	err = udmabuf_users_init();
	if (err)
		return err;
	err = udmabuf_buffer_init();
	if (err)
		goto err_users;
	err = udmabuf_parents_init();
	if (err)
		goto err_buffer;
	err = udmabuf_manager_init();
	if (err)
		goto err_parents;

	/*
	 * From here on nothing may fail, for somebody may have a buffer open. First those
	 * of the parameters: their minor numbers have precedence over the device tree's.
	 */
	for (n = 0; n < PARAMETERS; n++)
		if (parameters[n].size)
			create_from_parameter(n);
	udmabuf_platform_init();
	return 0;

err_parents:
	udmabuf_parents_exit();
err_buffer:
	udmabuf_buffer_exit();
err_users:
	udmabuf_users_exit();
	return err;
}
module_init(udmabuf_init);

static void __exit udmabuf_exit(void)
{
	udmabuf_manager_exit();
	udmabuf_platform_exit();
	udmabuf_buffer_remove_all();
	udmabuf_parents_exit();
	udmabuf_buffer_exit();
	udmabuf_users_exit();
}
module_exit(udmabuf_exit);

MODULE_DESCRIPTION("DMA buffers for user space");
MODULE_AUTHOR("The u-dma-buf for Debian project");
MODULE_LICENSE("GPL");
MODULE_VERSION(UDMABUF_VERSION);
MODULE_ALIAS("u-dma-buf-mgr");
