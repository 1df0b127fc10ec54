// SPDX-License-Identifier: GPL-2.0
/* /dev/udmabuf-proof, and a device that imports and that has coherent memory of its own. */
#include <linux/dma-mapping.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "private.h"

static unsigned long coherent;
module_param(coherent, ulong, 0444);
MODULE_PARM_DESC(coherent, "bytes that the DMA API allocates and maps for whoever maps the device");

static struct platform_device *device;
static struct platform_device *device_without_dma;
static void *coherent_vaddr;
static dma_addr_t coherent_addr;

static int proof_open(struct inode *inode, struct file *file)
{
	struct proof *proof = kzalloc(sizeof(*proof), GFP_KERNEL);

	if (!proof)
		return -ENOMEM;
	mutex_init(&proof->lock);
	INIT_LIST_HEAD(&proof->pages);
	file->private_data = proof;
	return 0;
}

static int proof_release(struct inode *inode, struct file *file)
{
	struct proof *proof = file->private_data;

	proof_drop(proof);
	proof_let_go(proof);
	proof_restore(proof);
	proof_remove_overlay(proof);
	kfree(proof);
	return 0;
}

static int proof_mmap(struct file *file, struct vm_area_struct *vma)
{
	if (!coherent_vaddr)
		return -ENXIO;
	return dma_mmap_coherent(&device->dev, vma, coherent_vaddr, coherent_addr, coherent);
}

static int get_page_entry(void __user *arg)
{
	struct proof_page page;
	int err;

	if (copy_from_user(&page, arg, sizeof(page)))
		return -EFAULT;
	err = proof_page(&page);
	if (!err && copy_to_user(arg, &page, sizeof(page)))
		err = -EFAULT;
	return err;
}

static int get_calls(void __user *arg)
{
	struct proof_calls *calls = kmalloc(sizeof(*calls), GFP_KERNEL);
	int err = 0;

	if (!calls)
		return -ENOMEM;
	proof_get_calls(calls);
	if (copy_to_user(arg, calls, sizeof(*calls)))
		err = -EFAULT;
	kfree(calls);
	return err;
}

static int import_dma_buf(struct proof *proof, void __user *arg)
{
	struct proof_import import;
	int err;

	if (copy_from_user(&import, arg, sizeof(import)))
		return -EFAULT;
	err = proof_import(proof, &device->dev, &import);
	if (!err && copy_to_user(arg, &import, sizeof(import))) {
		proof_let_go(proof);
		err = -EFAULT;
	}
	return err;
}

static int trust(void __user *arg)
{
	struct proof_trust trust;
	struct device *dev;

	if (copy_from_user(&trust, arg, sizeof(trust)))
		return -EFAULT;
	trust.device[sizeof(trust.device) - 1] = '\0';
	dev = bus_find_device_by_name(&pci_bus_type, NULL, trust.device);
	if (!dev)
		return -ENODEV;
	to_pci_dev(dev)->untrusted = trust.is_untrusted;
	put_device(dev);
	return 0;
}

static int access_by_cpu(struct proof *proof, u32 direction)
{
	int err;

	if (!proof->dmabuf)
		return -ENXIO;
	err = dma_buf_begin_cpu_access(proof->dmabuf, direction);
	return err ?: dma_buf_end_cpu_access(proof->dmabuf, direction);
}

static long ioctl_locked(struct proof *proof, unsigned int request, void __user *arg)
{
	struct proof_overlay overlay;
	struct proof_copy copy;
	u32 direction;
	u64 address;

	switch (request) {
	case PROOF_PAGE:
		return get_page_entry(arg);
	case PROOF_HOLD:
		if (copy_from_user(&address, arg, sizeof(address)))
			return -EFAULT;
		return proof_hold(proof, address);
	case PROOF_DROP:
		proof_drop(proof);
		return 0;
	case PROOF_IMPORT:
		return import_dma_buf(proof, arg);
	case PROOF_COPY:
		if (copy_from_user(&copy, arg, sizeof(copy)))
			return -EFAULT;
		return proof_copy(proof, &copy);
	case PROOF_CPU_ACCESS:
		if (copy_from_user(&direction, arg, sizeof(direction)))
			return -EFAULT;
		return access_by_cpu(proof, direction);
	case PROOF_LET_GO:
		proof_let_go(proof);
		return 0;
	case PROOF_FRAGMENT:
		return proof_fragment(proof);
	case PROOF_WATCH_CALLS:
		return proof_watch_calls();
	case PROOF_GET_CALLS:
		return get_calls(arg);
	case PROOF_OVERLAY:
		if (copy_from_user(&overlay, arg, sizeof(overlay)))
			return -EFAULT;
		return proof_overlay(proof, &overlay);
	case PROOF_REMOVE_OVERLAY:
		return proof_remove_overlay(proof);
	case PROOF_TRUST:
		return trust(arg);
	default:
		return -ENOTTY;
	}
}

static long proof_ioctl(struct file *file, unsigned int request, unsigned long arg)
{
	struct proof *proof = file->private_data;
	long ret;

	mutex_lock(&proof->lock);
	ret = ioctl_locked(proof, request, (void __user *)arg);
	mutex_unlock(&proof->lock);
	return ret;
}

static const struct file_operations proof_operations = {
	.owner = THIS_MODULE,
	.open = proof_open,
	.release = proof_release,
	.mmap = proof_mmap,
	.unlocked_ioctl = proof_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice node = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "udmabuf-proof",
	.fops = &proof_operations,
};

static void unregister_devices(void)
{
	if (coherent_vaddr)
		dma_free_coherent(&device->dev, coherent, coherent_vaddr, coherent_addr);
	platform_device_unregister(device_without_dma);
	platform_device_unregister(device);
}

static int register_devices(void)
{
	device = platform_device_register_simple("udmabuf-proof", PLATFORM_DEVID_NONE, NULL, 0);
	if (IS_ERR(device))
		return PTR_ERR(device);
	device_without_dma = platform_device_register_simple("udmabuf-proof-no-dma",
							     PLATFORM_DEVID_NONE, NULL, 0);
	if (IS_ERR(device_without_dma)) {
		platform_device_unregister(device);
		return PTR_ERR(device_without_dma);
	}
	device_without_dma->dev.dma_mask = NULL;
	return 0;
}

static int __init proof_init(void)
{
	int err = register_devices();

	if (err)
		return err;
	err = dma_set_mask_and_coherent(&device->dev, DMA_BIT_MASK(64));
	if (!err && coherent) {
		coherent_vaddr = dma_alloc_coherent(&device->dev, coherent, &coherent_addr,
						    GFP_KERNEL);
		err = coherent_vaddr ? 0 : -ENOMEM;
	}
	if (!err)
		err = misc_register(&node);
	if (err)
		unregister_devices();
	return err;
}
module_init(proof_init);

static void __exit proof_exit(void)
{
	misc_deregister(&node);
	proof_exit_calls();
	unregister_devices();
}
module_exit(proof_exit);

MODULE_DESCRIPTION("What the tests of u-dma-buf ask the kernel directly");
MODULE_LICENSE("GPL");
