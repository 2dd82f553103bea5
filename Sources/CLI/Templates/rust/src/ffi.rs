//! `backplane_backend.h` in Rust, as far as this plugin needs it. The sizes at the end are the header's.
#![allow(dead_code)]

use core::ffi::{c_char, c_void};

pub const ABI_MAJOR: i32 = 1;
pub const ABI_MINOR: i32 = 0;
pub const PLUGIN_MAGIC: u64 = 0x314e4c504b434142;
pub const MAX_RANK: usize = 16;

pub const OK: i32 = 0;
pub const ERROR_INVALID_ARGUMENT: i32 = 1;
pub const ERROR_UNSUPPORTED: i32 = 2;
pub const ERROR_OUT_OF_MEMORY: i32 = 3;
pub const ERROR_ABI_MISMATCH: i32 = 6;
pub const ERROR_INTERNAL: i32 = 7;

pub const BOOL: i32 = 1;
pub const INT64: i32 = 6;
pub const FLOAT32: i32 = 9;

pub const TENSOR_IMMEDIATE: u32 = 1;
pub const OP_INFO_CONTIGUOUS: u32 = 1;
pub const OP_INFO_IN_PLACE: u32 = 2;
pub const OP_INFO_DETERMINISTIC: u32 = 4;
pub const DEVICE_HOST_MEMORY: u32 = 1;

pub type Buffer = u64;
pub type Stream = u64;

#[repr(C)]
pub struct Error {
    pub struct_size: u32,
    pub code: i32,
    pub native_code: i64,
    pub flags: u32,
    pub reserved: u32,
    pub message: [u8; 488],
}

#[repr(C)]
pub struct Tensor {
    pub struct_size: u32,
    pub dtype: i32,
    pub rank: i32,
    pub flags: u32,
    pub buffer: Buffer,
    pub byte_offset: i64,
    pub shape: *const i64,
    pub strides: *const i64,
    pub immediate: [u64; 2],
}

#[repr(C)]
pub struct Op {
    pub struct_size: u32,
    pub op: i32,
    pub version: i32,
    pub input_count: i32,
    pub output_count: i32,
    pub reserved: u32,
    pub inputs: *const *const Tensor,
    pub outputs: *const *const Tensor,
    pub params: *const c_void,
    pub workspace: Buffer,
    pub workspace_offset: i64,
    pub workspace_bytes: i64,
}

#[repr(C)]
pub struct OpInfo {
    pub struct_size: u32,
    pub supported: i32,
    pub flags: u32,
    pub reserved: u32,
    pub workspace_bytes: i64,
    pub reason: [u8; 232],
}

#[repr(C)]
pub struct ArangeParams {
    pub struct_size: u32,
    pub reserved: u32,
    pub start: f64,
    pub step: f64,
    pub integer_start: i64,
    pub integer_step: i64,
}

#[repr(C)]
pub struct RandomParams {
    pub struct_size: u32,
    pub reserved: u32,
    pub seed: u64,
    pub offset: u64,
    pub low: i64,
    pub range: u64,
}

#[repr(C)]
pub struct AxisParams {
    pub struct_size: u32,
    pub axis: i32,
}

#[repr(C)]
pub struct ScatterParams {
    pub struct_size: u32,
    pub axis: i32,
    pub mode: i32,
    pub reserved: u32,
}

#[repr(C)]
pub struct DeviceInfo {
    pub struct_size: u32,
    pub flags: u32,
    pub total_bytes: i64,
    pub alignment: i64,
    pub name: [u8; 128],
    pub details: [u8; 128],
}

#[repr(C)]
pub struct MemoryInfo {
    pub struct_size: u32,
    pub reserved: u32,
    pub total_bytes: i64,
    pub free_bytes: i64,
}

#[repr(C)]
pub struct Host {
    pub struct_size: u32,
    pub abi_major: i32,
    pub abi_minor: i32,
    pub reserved: u32,
    pub name: *const c_char,
    pub version: *const c_char,
    pub context: *mut c_void,
    pub log: Option<unsafe extern "C" fn(*mut c_void, i32, *const c_char)>,
}

type Context = *mut c_void;
type Err = *mut Error;
/// A function that this plugin leaves out: its slot holds NULL.
type Absent = *const c_void;

#[repr(C)]
pub struct Plugin {
    pub struct_size: u32,
    pub abi_major: i32,
    pub abi_minor: i32,
    pub device_count: i32,
    pub magic: u64,
    pub name: *const c_char,
    pub version: *const c_char,
    pub description: *const c_char,
    pub unavailable_reason: *const c_char,
    pub context: Context,
    pub device_info: unsafe extern "C" fn(Context, i32, *mut DeviceInfo, Err) -> i32,
    pub memory_info: unsafe extern "C" fn(Context, i32, *mut MemoryInfo, Err) -> i32,
    pub alloc: unsafe extern "C" fn(Context, i32, i32, i64, i64, *mut Buffer, Err) -> i32,
    pub free: unsafe extern "C" fn(Context, i32, Buffer),
    pub copy_from_host: unsafe extern "C" fn(Context, i32, Stream, Buffer, i64, *const c_void, i64, Err) -> i32,
    pub copy_to_host: unsafe extern "C" fn(Context, i32, Stream, *mut c_void, Buffer, i64, i64, Err) -> i32,
    pub query_op: unsafe extern "C" fn(Context, i32, *const Op, *mut OpInfo, Err) -> i32,
    pub execute: unsafe extern "C" fn(Context, i32, Stream, *const Op, Err) -> i32,
    pub host_pointer: unsafe extern "C" fn(Context, i32, Buffer, *mut *mut c_void, Err) -> i32,
    pub wrap_host: unsafe extern "C" fn(Context, i32, *mut c_void, i64, *mut Buffer, Err) -> i32,
    /// The ten functions of streams and events: all or none [BP-9.6].
    pub streams: [Absent; 10],
    pub get_extension: Absent,
}

const _: () = {
    assert!(size_of::<Error>() == 512);
    assert!(size_of::<Tensor>() == 64);
    assert!(size_of::<Op>() == 72);
    assert!(size_of::<OpInfo>() == 256);
    assert!(size_of::<ArangeParams>() == 40);
    assert!(size_of::<RandomParams>() == 40);
    assert!(size_of::<ScatterParams>() == 16);
    assert!(size_of::<DeviceInfo>() == 280);
    assert!(size_of::<MemoryInfo>() == 24);
    assert!(size_of::<Host>() == 48);
    assert!(size_of::<Plugin>() == 232);
};

use core::mem::size_of;
