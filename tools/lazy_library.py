#!/usr/bin/env python3
"""Writes an assembler file that stands in for a shared library and loads it when one of its functions is first called.

usage: tools/lazy_library.py NAME PATH_OF_SO OUT.S [PREFIX OUT.names]

With a prefix its functions are called by other names (OUT.names: what `objcopy --redefine-syms` reads), so that two libraries
with functions of one name can be used by one program; the library is then loaded by its path.

A process that needs none of the library's functions does not pay for it: libcurl alone brings 29 others, which took 5 of
the 8 ms that `landfall console` needed (2026-11). Each function is a jump through a slot; the slot first leads to code
that keeps the argument registers, asks lazy_library_resolve (cmake/lazy_library.cc) and fills the slot. x86-64 alone.
"""
import pathlib
import re
import subprocess
import sys

HEAD = """# Made by tools/lazy_library.py from {so}.
    .section .note.GNU-stack,"",@progbits
    .section .rodata
soname: .asciz "{soname}"
    .data
    .balign 8
handle: .quad 0
    .text
resolve:                       # on the stack: slot, name; then the caller's
    push %rbp
    mov %rsp, %rbp
    push %rax
    push %rdi
    push %rsi
    push %rdx
    push %rcx
    push %r8
    push %r9
    push %r10
    sub $128, %rsp
    movdqu %xmm0, (%rsp)
    movdqu %xmm1, 16(%rsp)
    movdqu %xmm2, 32(%rsp)
    movdqu %xmm3, 48(%rsp)
    movdqu %xmm4, 64(%rsp)
    movdqu %xmm5, 80(%rsp)
    movdqu %xmm6, 96(%rsp)
    movdqu %xmm7, 112(%rsp)
    lea handle(%rip), %rdi
    lea soname(%rip), %rsi
    mov 16(%rbp), %rdx         # name
    and $-16, %rsp
    call lazy_library_resolve
    mov 8(%rbp), %r11          # slot
    mov %rax, (%r11)
    lea -192(%rbp), %rsp
    movdqu (%rsp), %xmm0
    movdqu 16(%rsp), %xmm1
    movdqu 32(%rsp), %xmm2
    movdqu 48(%rsp), %xmm3
    movdqu 64(%rsp), %xmm4
    movdqu 80(%rsp), %xmm5
    movdqu 96(%rsp), %xmm6
    movdqu 112(%rsp), %xmm7
    add $128, %rsp
    pop %r10
    pop %r9
    pop %r8
    pop %rcx
    pop %rdx
    pop %rsi
    pop %rdi
    pop %rax
    pop %rbp
    pop %r11                   # slot
    add $8, %rsp               # name
    jmp *(%r11)
"""

ONE = """
    .section .rodata
name_{f}: .asciz "{f}"
    .data
    .balign 8
slot_{f}: .quad first_{f}
    .text
    .globl {prefix}{f}
    .type {prefix}{f}, @function
{prefix}{f}: jmp *slot_{f}(%rip)
first_{f}:
    lea name_{f}(%rip), %r11
    push %r11
    lea slot_{f}(%rip), %r11
    push %r11
    jmp resolve
"""


def main(name, so, out, prefix="", names=None):
    so = str(pathlib.Path(so).resolve())
    listed = subprocess.run(["nm", "-D", "--defined-only", so], capture_output=True, text=True, check=True).stdout
    functions = sorted({m.group(1) for m in re.finditer(r" [TWi] (\w+)", listed) if not m.group(1).startswith("_")})
    dynamic = subprocess.run(["readelf", "-d", so], capture_output=True, text=True, check=True).stdout
    soname = re.search(r"\(SONAME\).*\[(.+)\]", dynamic).group(1)
    load = so if prefix else soname
    pathlib.Path(out).write_text(HEAD.format(so=so, soname=load) + "".join(ONE.format(f=f, prefix=prefix) for f in functions))
    if names:
        pathlib.Path(names).write_text("".join(f"{f} {prefix}{f}\n" for f in functions))


main(*sys.argv[1:])
