// SPDX-License-Identifier: GPL-2.0
/* Counts what the DMA API does to the caches of a machine where a device does not see them. */
#include <linux/kprobes.h>
#include <linux/mutex.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

#include "private.h"

static DEFINE_SPINLOCK(lock);	/* below */
static pid_t watched;
static struct proof_calls calls;

#if defined(CONFIG_ARM64)
static void read_arguments(const struct pt_regs *regs, struct proof_call *call)
{
	call->physical = regs->regs[0];
	call->size = regs->regs[1];
	call->direction = regs->regs[2];
}
#elif defined(CONFIG_ARM)
static void read_arguments(const struct pt_regs *regs, struct proof_call *call)
{
	/* An address takes one register or two. */
	unsigned int next = sizeof(phys_addr_t) / sizeof(long);

	call->physical = regs->uregs[0];
	if (next == 2)
		call->physical |= (u64)regs->uregs[1] << 32;
	call->size = regs->uregs[next];
	call->direction = regs->uregs[next + 1];
}
#else
static void read_arguments(const struct pt_regs *regs, struct proof_call *call)
{
}
#endif

static void note_call(const struct pt_regs *regs, bool is_for_cpu)
{
	struct proof_call call = { .is_for_cpu = is_for_cpu };
	unsigned long flags;

	read_arguments(regs, &call);
	spin_lock_irqsave(&lock, flags);
	if (watched == current->tgid) {
		if (calls.count < PROOF_CALLS_MAX)
			calls.call[calls.count] = call;
		calls.count++;
	}
	spin_unlock_irqrestore(&lock, flags);
}

static int note_for_cpu(struct kprobe *probe, struct pt_regs *regs)
{
	note_call(regs, true);
	return 0;
}

static int note_for_device(struct kprobe *probe, struct pt_regs *regs)
{
	note_call(regs, false);
	return 0;
}

static struct kprobe for_cpu = {
	.symbol_name = "arch_sync_dma_for_cpu",
	.pre_handler = note_for_cpu,
};

static struct kprobe for_device = {
	.symbol_name = "arch_sync_dma_for_device",
	.pre_handler = note_for_device,
};

static DEFINE_MUTEX(register_lock);	/* below */
static bool is_registered;

static int register_probes(void)
{
	int err;

	if (is_registered)
		return 0;
	err = register_kprobe(&for_cpu);
	if (err)
		return err;
	err = register_kprobe(&for_device);
	if (err)
		unregister_kprobe(&for_cpu);
	is_registered = !err;
	return err;
}

/* Of the calling process, from now on. */
int proof_watch_calls(void)
{
	int err;

	mutex_lock(&register_lock);
	err = register_probes();
	mutex_unlock(&register_lock);
	if (err)
		return err;
	spin_lock_irq(&lock);
	watched = current->tgid;
	calls.count = 0;
	spin_unlock_irq(&lock);
	return 0;
}

void proof_get_calls(struct proof_calls *ret_calls)
{
	spin_lock_irq(&lock);
	*ret_calls = calls;
	calls.count = 0;
	spin_unlock_irq(&lock);
}

void proof_exit_calls(void)
{
	if (!is_registered)
		return;
	unregister_kprobe(&for_device);
	unregister_kprobe(&for_cpu);
}
