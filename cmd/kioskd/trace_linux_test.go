package main

import (
	"fmt"
	"os/exec"
	"runtime"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"
)

// traced is a process whose system calls are counted, and which is killed just before a chosen one. strace can inject a
// signal too, but counts for each thread; a Go process has many.
type traced struct {
	armed atomic.Bool  // count from now on
	count atomic.Int64 // calls of interest since then
	last  atomic.Int64 // number of the call at which the process was killed
	done  chan error   // closed after the process is gone; holds a tracer's own failure
	pid   int
}

// calls of interest: everything that makes something durable or lets something out.
var calls = map[uint64]string{
	unix.SYS_WRITE: "write", unix.SYS_PWRITE64: "pwrite64", unix.SYS_WRITEV: "writev", unix.SYS_PWRITEV: "pwritev",
	unix.SYS_FSYNC: "fsync", unix.SYS_FDATASYNC: "fdatasync", unix.SYS_RENAME: "rename", unix.SYS_RENAMEAT: "renameat",
	unix.SYS_RENAMEAT2: "renameat2", unix.SYS_SENDTO: "sendto", unix.SYS_SENDMSG: "sendmsg", unix.SYS_UNLINKAT: "unlinkat",
	unix.SYS_FTRUNCATE: "ftruncate", unix.SYS_MSYNC: "msync",
}

// trace starts cmd under the tracer. The process is killed at its killAt-th call of interest after armed was set;
// 0 means never.
func trace(cmd *exec.Cmd, killAt int64) (*traced, error) {
	t := &traced{done: make(chan error, 1)}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // ptrace belongs to a thread; it ends with this goroutine
		if cmd.SysProcAttr == nil {
			cmd.SysProcAttr = &syscall.SysProcAttr{}
		}
		cmd.SysProcAttr.Ptrace = true
		if err := cmd.Start(); err != nil {
			started <- err
			return
		}
		t.pid = cmd.Process.Pid
		started <- nil
		t.done <- t.loop(killAt)
		close(t.done)
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("cannot start under the tracer: %w", err)
	}
	return t, nil
}

func (t *traced) loop(killAt int64) error {
	var ws unix.WaitStatus
	if _, err := unix.Wait4(t.pid, &ws, unix.WALL, nil); err != nil {
		return fmt.Errorf("cannot wait for exec: %w", err)
	}
	options := unix.PTRACE_O_TRACECLONE | unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_EXITKILL
	if err := unix.PtraceSetOptions(t.pid, options); err != nil {
		return fmt.Errorf("cannot set tracer options: %w", err)
	}
	inCall := map[int]bool{}
	if err := unix.PtraceSyscall(t.pid, 0); err != nil {
		return fmt.Errorf("cannot resume: %w", err)
	}
	for {
		tid, err := unix.Wait4(-1, &ws, unix.WALL|unix.WNOTHREAD, nil)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return fmt.Errorf("cannot wait: %w", err)
		}
		if ws.Exited() || ws.Signaled() {
			if tid == t.pid {
				return nil
			}
			continue
		}
		deliver := 0
		switch sig := ws.StopSignal(); {
		case sig == unix.SIGTRAP|0x80:
			inCall[tid] = !inCall[tid]
			if inCall[tid] && t.armed.Load() && killAt > 0 {
				var regs unix.PtraceRegs
				if unix.PtraceGetRegs(tid, &regs) == nil && calls[regs.Orig_rax] != "" && t.count.Add(1) == killAt {
					t.last.Store(int64(regs.Orig_rax))
					_ = unix.Kill(t.pid, unix.SIGKILL)
				}
			}
		case sig == unix.SIGTRAP: // clone and exec events
		case sig == unix.SIGSTOP: // a new thread's first stop
		default:
			deliver = int(sig)
		}
		_ = unix.PtraceSyscall(tid, deliver)
	}
}

// kill ends the process now.
func (t *traced) kill() error {
	if err := unix.Kill(t.pid, unix.SIGKILL); err != nil && err != unix.ESRCH {
		return err
	}
	return <-t.done
}
