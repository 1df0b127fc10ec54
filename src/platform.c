// SPDX-License-Identifier: GPL-2.0
/* Parents on other buses, and buffers that the device tree describes. */
#include <linux/dma-mapping.h>
#include <linux/iommu.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/of.h>
#include <linux/pci.h>
#include <linux/platform_device.h>

#include "buffer.h"
#include "compat.h"
#include "platform.h"

static const struct {
	const char *name;
	udmabuf_bus_type *type;
} buses[] = {
	{ "platform", &platform_bus_type },
#ifdef CONFIG_PCI
	{ "pci", &pci_bus_type },
#endif
};

/* NULL if a parent can't be on it; no name is the first's. */
static udmabuf_bus_type *find_bus(const char *name)
{
	unsigned int i;

	if (!name[0])
		return buses[0].type;
	for (i = 0; i < ARRAY_SIZE(buses); i++)
		if (!strcmp(buses[i].name, name))
			return buses[i].type;
	return NULL;
}

bool udmabuf_is_bus(const char *name)
{
	return find_bus(name);
}

static int find_parent(const struct udmabuf_spec *spec, struct device **ret_parent,
		       struct udmabuf_error *error)
{
	udmabuf_bus_type *bus = find_bus(spec->bus);
	struct device *parent;

	if (!bus)
		return udmabuf_fail(error, -ENODEV, "no bus %s: there are platform and pci",
				    spec->bus);
	parent = bus_find_device_by_name(bus, NULL, spec->device);
	if (!parent)
		return udmabuf_fail(error, -ENODEV, "no device %s on bus %s", spec->device,
				    bus->name);
	*ret_parent = parent;
	return 0;
}

/*
 * Only the bus knows who manages DMA itself: the name is all that a device tells. The lock of
 * a neighbour is not ours to take, so its driver may just go: a module that is unloaded waits
 * for RCU.
 */
static bool has_driver_named(const struct device *dev, const char *part)
{
	const struct device_driver *driver;
	bool is_so;

	rcu_read_lock();
	driver = READ_ONCE(dev->driver);
	is_so = driver && strstr(driver->name, part);
	rcu_read_unlock();
	return is_so;
}

static bool is_vfio(const struct device *dev)
{
	return has_driver_named(dev, "vfio");
}

static int is_device_of_vfio(struct device *dev, void *unused)
{
	return is_vfio(dev);
}

/* One IOMMU group has one view of memory: VFIO takes that of all who do not object. */
static bool is_near_vfio(struct device *parent)
{
	struct iommu_group *group = iommu_group_get(parent);
	bool is_so;

	if (!group)
		return false;
	is_so = iommu_group_for_each_dev(group, NULL, is_device_of_vfio);
	iommu_group_put(group);
	return is_so;
}

/* Another driver keeps VFIO out of the group. */
static bool may_become_vfios(const struct device *dev)
{
	return !READ_ONCE(dev->driver) || is_vfio(dev) || has_driver_named(dev, "pci-stub");
}

static bool are_in_one_group(struct device *dev, struct device *other)
{
	struct iommu_group *group = iommu_group_get(dev);
	struct iommu_group *others = iommu_group_get(other);
	bool are_so = group && group == others;

	iommu_group_put(group);
	iommu_group_put(others);
	return are_so;
}

static bool goes_to_vfio(struct device *parent, void *dev)
{
	return may_become_vfios(parent) && (parent == dev || are_in_one_group(parent, dev));
}

/*
 * Buffer by buffer: a walk over the group holds its lock, which the kernel takes while we hold the
 * list lock, where a pool is set up.
 */
static void remove_near_vfio(struct device *dev)
{
	udmabuf_buffer_remove_children(goes_to_vfio, dev, "VFIO takes its device");
}

static bool is_vfios_to_take(struct device *parent)
{
	return is_vfio(parent) || (may_become_vfios(parent) && is_near_vfio(parent));
}

static int refuse_for_vfio(struct device *parent, struct udmabuf_error *error)
{
	return udmabuf_fail(error, -ENODEV,
			    "VFIO has %s or its IOMMU group, out of the DMA API's reach: create the buffer without a device and map it by VFIO",
			    dev_name(parent));
}

/* The caller holds the lock of the device. */
static int check_parent(struct device *parent, struct udmabuf_error *error)
{
	const char *name = dev_name(parent);

	if (!parent->dma_mask)
		return udmabuf_fail(error, -ENODEV, "device %s does no DMA", name);
	if (is_vfios_to_take(parent) || udmabuf_is_out_of_reach(parent))
		return refuse_for_vfio(parent, error);
	if (!parent->driver && udmabuf_dma_needs_driver(parent))
		return udmabuf_fail(error, -ENODEV,
				    "no driver is bound to %s, so it may not be set up for DMA: bind %s",
				    name, dev_is_pci(parent) ? "uio_pci_generic or pci-stub" :
				    "uio_pdrv_genirq");
	return 0;
}

int udmabuf_create_from_spec(const struct udmabuf_spec *spec, struct udmabuf_error *error)
{
	struct device *parent;
	int err;

	if (!spec->device[0])
		return udmabuf_buffer_create(spec, NULL, error);

	err = find_parent(spec, &parent, error);
	if (err)
		return err;
	device_lock(parent);
	err = check_parent(parent, error);
	if (!err)
		err = udmabuf_buffer_create(spec, parent, error);
	/* It may have come to a neighbour meanwhile, and found no buffer here yet. */
	if (!err && is_vfios_to_take(parent)) {
		remove_near_vfio(parent);
		if (!udmabuf_buffer_has_children(parent))
			err = refuse_for_vfio(parent, error);
	}
	device_unlock(parent);
	put_device(parent);
	return err;
}

/*
 * A device without a driver announces its end with DEL_DEVICE; a buffer created on it
 * after that is found with REMOVED_DEVICE. VFIO gives the device another view of
 * memory, where no buffer of ours is.
 *
 * A buffer is created with the lock of its device held. UNBIND_DRIVER has it, and before
 * REMOVED_DEVICE the core takes it once more, when the device has left its bus: so none
 * that is just being created is missed there. And a device that has no buffer shall not
 * wait for one that is created elsewhere, which may take long.
 */
static int parent_notify(struct notifier_block *block, unsigned long action, void *data)
{
	switch (action) {
	case BUS_NOTIFY_BIND_DRIVER:
		if (!is_vfio(data))
			return NOTIFY_DONE;
		remove_near_vfio(data);
		return NOTIFY_OK;
	case BUS_NOTIFY_UNBIND_DRIVER:
	case BUS_NOTIFY_DEL_DEVICE:
	case BUS_NOTIFY_REMOVED_DEVICE:
		if (!udmabuf_buffer_has_children(data))
			return NOTIFY_DONE;
		udmabuf_buffer_remove_children_of(data);
		return NOTIFY_OK;
	default:
		return NOTIFY_DONE;
	}
}

/* Before everybody else: an IOMMU driver lets go of the device in its own notifier. */
static struct notifier_block parent_notifiers[ARRAY_SIZE(buses)] = {
	[0 ... ARRAY_SIZE(buses) - 1] = {
		.notifier_call = parent_notify,
		.priority = INT_MAX,
	},
};

int udmabuf_parents_init(void)
{
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(buses); i++) {
		err = bus_register_notifier(buses[i].type, &parent_notifiers[i]);
		if (err)
			goto err_unregister;
	}
	return 0;

err_unregister:
	while (i--)
		bus_unregister_notifier(buses[i].type, &parent_notifiers[i]);
	return err;
}

void udmabuf_parents_exit(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(buses); i++)
		bus_unregister_notifier(buses[i].type, &parent_notifiers[i]);
}

/* Where the manager says "minor" the device tree says "minor-number". */
static const char *property_name(enum udmabuf_setting setting)
{
	return setting == UDMABUF_SET_MINOR ? "minor-number" : udmabuf_setting_name(setting);
}

/* Puts the property before a reason that calls the thing by another name. */
static int blame(struct udmabuf_error *error, const char *property, int err)
{
	struct udmabuf_error reason = *error;

	return udmabuf_fail(error, err, "%s: %s", property, reason.text);
}

/* What may need 64 bits may have two cells. */
static int most_cells(enum udmabuf_setting setting)
{
	return setting == UDMABUF_SET_SIZE || setting == UDMABUF_SET_SYNC_OFFSET ||
	       setting == UDMABUF_SET_SYNC_SIZE ? 2 : 1;
}

/* Returns 0 with no change where the property is absent. */
static int read_number(struct device_node *node, enum udmabuf_setting setting,
		       struct udmabuf_spec *spec, struct udmabuf_error *error)
{
	const char *name = property_name(setting);
	u32 cells[2] = { 0 };
	int count, err;
	u64 value;

	if (!of_find_property(node, name, NULL))
		return 0;
	count = of_property_count_u32_elems(node, name);
	if (count < 1 || count > most_cells(setting) ||
	    of_property_read_u32_array(node, name, cells, count))
		return udmabuf_fail(error, -EINVAL, "%s: not %s", name,
				    most_cells(setting) == 1 ? "one cell" : "one cell or two");
	value = count == 2 ? (u64)cells[0] << 32 | cells[1] : cells[0];
	err = udmabuf_spec_set_number(spec, setting, value, error);
	if (err && setting == UDMABUF_SET_MINOR)
		return blame(error, name, err);
	return err;
}

static int read_flags(struct device_node *node, struct udmabuf_spec *spec,
		      struct udmabuf_error *error)
{
	static const struct {
		const char *name;
		enum udmabuf_mmap_mode mode;
	} modes[] = {
		{ "quirk-mmap-off", UDMABUF_MMAP_OFF },
		{ "quirk-mmap-on", UDMABUF_MMAP_ON },
		{ "quirk-mmap-auto", UDMABUF_MMAP_AUTO },
		{ "quirk-mmap-page", UDMABUF_MMAP_PAGE },
	};
	unsigned int i;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(modes) && !err; i++)
		if (of_property_read_bool(node, modes[i].name))
			err = udmabuf_spec_set_mmap(spec, modes[i].mode, error);
	if (!err && of_property_read_bool(node, "sync-always"))
		err = udmabuf_spec_set_always(spec, error);
	return err;
}

static int read_name(struct device_node *node, struct udmabuf_spec *spec,
		     struct udmabuf_error *error)
{
	const char *property = "device-name";
	const char *name = kbasename(of_node_full_name(node));
	char by_minor[sizeof("udmabuf255")];
	int err;

	if (of_find_property(node, property, NULL)) {
		if (of_property_read_string(node, property, &name))
			return udmabuf_fail(error, -EINVAL, "%s: not a text", property);
	} else if (spec->minor != UDMABUF_MINOR_ANY) {
		snprintf(by_minor, sizeof(by_minor), "udmabuf%d", spec->minor);
		name = by_minor;
	} else {
		property = "node name";
	}
	err = udmabuf_spec_set_name(spec, (struct udmabuf_word){ name, strlen(name) }, true,
				    error);
	return err ? blame(error, property, err) : 0;
}

static int read_node(struct device_node *node, struct udmabuf_spec *spec,
		     struct udmabuf_error *error)
{
	unsigned int i;
	int err = 0;

	udmabuf_spec_init(spec, UDMABUF_FROM_DEVICE_TREE);
	for (i = 0; i < UDMABUF_NUMBER_SETTINGS && !err; i++)
		err = read_number(node, i, spec, error);
	if (!err)
		err = read_flags(node, spec, error);
	if (!err)
		err = read_name(node, spec, error);
	return err ?: udmabuf_spec_complete(spec, error);
}

static void remove_children(void *dev)
{
	udmabuf_buffer_remove_children_of(dev);
}

/* A probe that the core takes back comes without the notification. */
static int create_for_node(const struct udmabuf_spec *spec, struct device *dev,
			   struct udmabuf_error *error)
{
	int err = devm_add_action(dev, remove_children, dev);

	if (err)
		return udmabuf_fail(error, err, "no memory to note it for the device");
	err = udmabuf_buffer_create(spec, dev, error);
	if (err)
		devm_remove_action(dev, remove_children, dev);
	return err;
}

static int udmabuf_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	struct udmabuf_error error;
	struct udmabuf_spec spec;
	int err;

	if (!dev->of_node)
		return -ENODEV;
	err = read_node(dev->of_node, &spec, &error);
	if (!err) {
		unsigned int bits = spec.dma_mask_bits ?: udmabuf_default_mask_bits;

		err = dma_set_mask_and_coherent(dev, DMA_BIT_MASK(bits));
		if (err)
			udmabuf_fail(&error, err, "dma-mask: no memory that %u bits reach", bits);
	}
	if (!err)
		err = create_for_node(&spec, dev, &error);
	if (err)
		pr_err("u-dma-buf %pOF: %s\n", dev->of_node, error.text);
	return err;
}

static const struct of_device_id udmabuf_of_match[] = {
	{ .compatible = "ikwzm,u-dma-buf" },
	{ .compatible = "ikwzm,udmabuf-0.10.a" },
	{ }
};
MODULE_DEVICE_TABLE(of, udmabuf_of_match);

/* No remove: the notifier takes the buffer, as it does for every parent that goes. */
static struct platform_driver udmabuf_driver = {
	.probe = udmabuf_probe,
	.driver = {
		.name = "u-dma-buf",
		.of_match_table = udmabuf_of_match,
	},
};

static bool is_driver_registered;

void udmabuf_platform_init(void)
{
	int err = platform_driver_register(&udmabuf_driver);

	if (err)
		pr_err("u-dma-buf: no buffers from the device tree: %pe\n", ERR_PTR(err));
	is_driver_registered = !err;
}

void udmabuf_platform_exit(void)
{
	if (is_driver_registered)
		platform_driver_unregister(&udmabuf_driver);
}
