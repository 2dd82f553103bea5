//! mychip: a Backplane device in Rust. Here are its memory and the plugin's table; `operators.rs` has the operators.
//! The specification is the header, `backplane_backend.h`; [BP-x.y] are its obligations.

mod ffi;
mod operators;
mod random;

use std::alloc::Layout;
use std::ffi::{c_int, c_long, c_void};
use std::mem::offset_of;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::ptr;

/// Why a call failed, on its way to the host's `bp_error`.
pub struct Failure {
    code: i32,
    message: String,
}

impl Failure {
    pub fn invalid(message: String) -> Failure {
        Failure { code: ffi::ERROR_INVALID_ARGUMENT, message }
    }

    pub fn unsupported(message: String) -> Failure {
        Failure { code: ffi::ERROR_UNSUPPORTED, message }
    }
}

/// Runs the body of a function of the table. No panic crosses the boundary [BP-1.5]: it becomes an internal error, for
/// which the library must be built with unwinding, Rust's default, and not with panic=abort.
fn guarded(err: *mut ffi::Error, body: impl FnOnce() -> Result<(), Failure>) -> i32 {
    let result = catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|_| {
        Err(Failure { code: ffi::ERROR_INTERNAL, message: "a panic inside the plugin".into() })
    });
    let Err(failure) = result else { return ffi::OK };
    // SAFETY: err is NULL or the caller's own [BP-2.1].
    if let Some(err) = unsafe { err.as_mut() } {
        err.code = failure.code;
        err.native_code = 0;
        err.flags = 0;
        write(&mut err.message, &failure.message);
    }
    failure.code
}

/// Fills a character array of a struct, NUL-terminated: what does not fit is cut before a broken character.
fn write(field: &mut [u8], text: &str) {
    let mut n = text.len().min(field.len() - 1);
    while !text.is_char_boundary(n) {
        n -= 1;
    }
    field[..n].copy_from_slice(&text.as_bytes()[..n]);
    field[n] = 0;
}

/// Gives the host as much of an answer as it has room for, and leaves its struct_size alone [BP-1.2].
///
/// # Safety
/// Both begin with struct_size, and the host has that many bytes at `out`.
unsafe fn answer<T>(out: *mut T, made: &T) {
    const START: usize = size_of::<u32>();
    let room = (*out.cast::<u32>() as usize).min(size_of::<T>());
    ptr::copy_nonoverlapping((made as *const T).cast::<u8>().add(START), out.cast::<u8>().add(START), room - START);
}

const ALIGNMENT: usize = 64;

/// What a `bp_buffer` points to. Replace address by your device's idea of one.
pub struct Memory {
    pub address: *mut u8,
    /// So that a copy past the end is told of [BP-8.5].
    bytes: i64,
    /// `None`: the host lent the memory through wrap_host.
    layout: Option<Layout>,
}

/// The buffer behind a handle.
///
/// # Safety
/// The handle is one of `alloc` or `wrap_host` and not freed: the host's duty.
pub unsafe fn memory<'a>(handle: ffi::Buffer) -> &'a Memory {
    &*(handle as *const Memory)
}

fn new_handle(memory: Memory) -> ffi::Buffer {
    Box::into_raw(Box::new(memory)) as ffi::Buffer
}

extern "C" {
    fn sysconf(name: c_int) -> c_long;
}

const PAGE_SIZE: c_int = 30; // Linux: _SC_PAGESIZE, _SC_PHYS_PAGES, _SC_AVPHYS_PAGES
const ALL_PAGES: c_int = 85;
const FREE_PAGES: c_int = 86;

fn physical_memory(pages: c_int) -> i64 {
    unsafe { sysconf(pages) * sysconf(PAGE_SIZE) }
}

unsafe extern "C" fn alloc(
    _: *mut c_void, _device: i32, _kind: i32, bytes: i64, alignment: i64, out: *mut ffi::Buffer, err: *mut ffi::Error,
) -> i32 {
    guarded(err, || {
        if bytes < 0 || alignment < 0 || (alignment & (alignment - 1)) != 0 {
            return Err(Failure::invalid(format!("alloc: {bytes} bytes aligned to {alignment}")));
        }
        let none = || Failure { code: ffi::ERROR_OUT_OF_MEMORY, message: format!("alloc: no room for {bytes} bytes") };
        // The system may promise more memory than there is; better refused here than killed at first use [BP-8.3].
        if bytes > physical_memory(ALL_PAGES) {
            return Err(none());
        }
        let layout = Layout::from_size_align(bytes.max(1) as usize, ALIGNMENT.max(alignment as usize)).map_err(|_| none())?;
        let address = std::alloc::alloc(layout);
        if address.is_null() {
            return Err(none());
        }
        *out = new_handle(Memory { address, bytes, layout: Some(layout) });
        Ok(())
    })
}

unsafe extern "C" fn free(_: *mut c_void, _device: i32, handle: ffi::Buffer) {
    let memory = Box::from_raw(handle as *mut Memory);
    if let Some(layout) = memory.layout {
        std::alloc::dealloc(memory.address, layout);
    }
}

/// The address of a range of a buffer, which must lie within it.
unsafe fn range(handle: ffi::Buffer, offset: i64, bytes: i64, name: &str) -> Result<*mut u8, Failure> {
    let memory = memory(handle);
    if bytes < 0 || offset < 0 || offset > memory.bytes || bytes > memory.bytes - offset {
        let message = format!("{name}: {bytes} bytes at offset {offset} of a buffer of {}", memory.bytes);
        return Err(Failure::invalid(message));
    }
    Ok(memory.address.add(offset as usize))
}

// A copy of nothing does nothing, whatever the pointers [BP-8.5].

unsafe extern "C" fn copy_from_host(
    _: *mut c_void, _device: i32, _: ffi::Stream, target: ffi::Buffer, offset: i64, source: *const c_void, bytes: i64,
    err: *mut ffi::Error,
) -> i32 {
    guarded(err, || {
        if bytes != 0 {
            let target = range(target, offset, bytes, "copy_from_host")?;
            ptr::copy_nonoverlapping(source.cast(), target, bytes as usize);
        }
        Ok(())
    })
}

unsafe extern "C" fn copy_to_host(
    _: *mut c_void, _device: i32, _: ffi::Stream, target: *mut c_void, source: ffi::Buffer, offset: i64, bytes: i64,
    err: *mut ffi::Error,
) -> i32 {
    guarded(err, || {
        if bytes != 0 {
            let source = range(source, offset, bytes, "copy_to_host")?;
            ptr::copy_nonoverlapping(source, target.cast(), bytes as usize);
        }
        Ok(())
    })
}

// Where the host cannot reach your memory, give UNSUPPORTED here, and drop DEVICE_HOST_MEMORY in device_info.

unsafe extern "C" fn host_pointer(
    _: *mut c_void, _device: i32, handle: ffi::Buffer, out: *mut *mut c_void, _: *mut ffi::Error,
) -> i32 {
    *out = memory(handle).address.cast();
    ffi::OK
}

unsafe extern "C" fn wrap_host(
    _: *mut c_void, _device: i32, address: *mut c_void, bytes: i64, out: *mut ffi::Buffer, _: *mut ffi::Error,
) -> i32 {
    *out = new_handle(Memory { address: address.cast(), bytes, layout: None });
    ffi::OK
}

unsafe extern "C" fn query_op(
    _: *mut c_void, _device: i32, op: *const ffi::Op, out: *mut ffi::OpInfo, err: *mut ffi::Error,
) -> i32 {
    guarded(err, || {
        let mut info: ffi::OpInfo = std::mem::zeroed();
        match operators::Call::new(&*op) {
            Ok(call) => {
                info.supported = 1;
                info.flags = call.flags();
            }
            Err(failure) => write(&mut info.reason, &failure.message),
        }
        answer(out, &info);
        Ok(())
    })
}

unsafe extern "C" fn execute(
    _: *mut c_void, _device: i32, _: ffi::Stream, op: *const ffi::Op, err: *mut ffi::Error,
) -> i32 {
    guarded(err, || operators::Call::new(&*op)?.run())
}

unsafe extern "C" fn device_info(_: *mut c_void, _device: i32, out: *mut ffi::DeviceInfo, err: *mut ffi::Error) -> i32 {
    guarded(err, || {
        let mut info: ffi::DeviceInfo = std::mem::zeroed();
        info.flags = ffi::DEVICE_HOST_MEMORY;
        info.total_bytes = physical_memory(ALL_PAGES);
        info.alignment = ALIGNMENT as i64;
        write(&mut info.name, "mychip"); // the hardware's
        write(&mut info.details, "plain loops over host memory");
        answer(out, &info);
        Ok(())
    })
}

unsafe extern "C" fn memory_info(_: *mut c_void, _device: i32, out: *mut ffi::MemoryInfo, err: *mut ffi::Error) -> i32 {
    guarded(err, || {
        let mut info: ffi::MemoryInfo = std::mem::zeroed();
        info.total_bytes = physical_memory(ALL_PAGES);
        info.free_bytes = physical_memory(FREE_PAGES);
        answer(out, &info);
        Ok(())
    })
}

/// The one symbol of the library. Quick: what is heavy waits for the first alloc or execute [BP-10.3].
///
/// # Safety
/// Called by a host, as the header says.
#[no_mangle]
pub unsafe extern "C" fn bp_plugin_open_v1(
    host: *const ffi::Host, out: *mut ffi::Plugin, err: *mut ffi::Error,
) -> i32 {
    guarded(err, || {
        let room = (*out.cast::<u32>()) as usize;
        if (*host).abi_major != ffi::ABI_MAJOR || room < offset_of!(ffi::Plugin, host_pointer) {
            let message = format!("the host speaks ABI {}, this plugin {}", (*host).abi_major, ffi::ABI_MAJOR);
            return Err(Failure { code: ffi::ERROR_ABI_MISMATCH, message });
        }
        let plugin = ffi::Plugin {
            struct_size: size_of::<ffi::Plugin>() as u32,
            abi_major: ffi::ABI_MAJOR,
            abi_minor: ffi::ABI_MINOR,
            device_count: 1, // 0 where the hardware is absent, and unavailable_reason tells why [BP-8.1]
            magic: ffi::PLUGIN_MAGIC,
            name: c"mychip".as_ptr(),
            version: c"0.1.0".as_ptr(),
            description: ptr::null(),
            unavailable_reason: ptr::null(),
            context: ptr::null_mut(),
            device_info,
            memory_info,
            alloc,
            free,
            copy_from_host,
            copy_to_host,
            query_op,
            execute,
            host_pointer,
            wrap_host,
            streams: [ptr::null(); 10],
            get_extension: ptr::null(),
        };
        answer(out, &plugin);
        (*out.cast::<u32>()) = room.min(size_of::<ffi::Plugin>()) as u32;
        Ok(())
    })
}

use std::mem::size_of;
