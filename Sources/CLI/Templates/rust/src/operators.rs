//! The operators: loops that take a closure, and the list that fills them in. Replace the loops of those that matter to
//! you; the list is what query_op claims and what execute runs.

use crate::ffi::{self, AxisParams, Op, RandomParams, ScatterParams, Tensor};
use crate::random::{in_range, normal, philox, uniform};
use crate::{memory, Failure};
use std::sync::OnceLock;

/// An element as it lies in memory, and the value it stands for.
trait Element: Copy + 'static {
    const DTYPE: i32;
    type Value: Copy + PartialOrd + 'static;
    fn get(self) -> Self::Value;
    fn put(value: Self::Value) -> Self;
}

impl Element for f32 {
    const DTYPE: i32 = ffi::FLOAT32;
    type Value = f32;
    fn get(self) -> f32 { self }
    fn put(value: f32) -> f32 { value }
}

impl Element for i64 {
    const DTYPE: i32 = ffi::INT64;
    type Value = i64;
    fn get(self) -> i64 { self }
    fn put(value: i64) -> i64 { value }
}

/// One byte: 0 or 1 when written, any other nonzero byte is true when read [BP-3.2].
#[derive(Clone, Copy)]
#[repr(transparent)]
struct Boolean(u8);

impl Element for Boolean {
    const DTYPE: i32 = ffi::BOOL;
    type Value = bool;
    fn get(self) -> bool { self.0 != 0 }
    fn put(value: bool) -> Boolean { Boolean(value as u8) }
}

/// The bits of a float32: copied as such, a signaling NaN stays one.
#[derive(Clone, Copy)]
#[repr(transparent)]
struct Bits(u32);

impl Element for Bits {
    const DTYPE: i32 = ffi::FLOAT32;
    type Value = u32;
    fn get(self) -> u32 { self.0 }
    fn put(value: u32) -> Bits { Bits(value) }
}

/// An operand. No slices: an input may be the output's very memory (in place), which references must not be.
#[derive(Clone, Copy)]
struct View<'a>(&'a Tensor);

impl View<'_> {
    fn rank(&self) -> usize { self.0.rank as usize }
    fn shape(&self) -> &[i64] { self.numbers(self.0.shape) }
    fn strides(&self) -> &[i64] { self.numbers(self.0.strides) }

    fn numbers(&self, first: *const i64) -> &[i64] {
        // SAFETY: the host gives rank numbers, and may give NULL for none [BP-4.1].
        if self.rank() == 0 { &[] } else { unsafe { std::slice::from_raw_parts(first, self.rank()) } }
    }

    fn count(&self) -> i64 { self.shape().iter().product() }

    /// Where the first element lies. An immediate is an element with strides of zero [BP-4.6].
    fn data<T>(&self) -> *mut T {
        if self.0.flags & ffi::TENSOR_IMMEDIATE != 0 {
            return self.0.immediate.as_ptr() as *mut T;
        }
        unsafe { memory(self.0.buffer).address.offset(self.0.byte_offset as isize).cast() }
    }

    // SAFETY of both: the callers keep i within the shape, and the host the shape within the buffer.
    fn at<T: Element>(&self, i: i64) -> T::Value { unsafe { self.data::<T>().offset(i as isize).read().get() } }
    fn set<T: Element>(&self, i: i64, value: T::Value) {
        unsafe { self.data::<T>().offset(i as isize).write(T::put(value)) }
    }
}

/// The offsets, counted in elements, that two tensors' strides give the indices of a shape, in row-major order.
struct Walk {
    shape: Vec<i64>,
    strides: [Vec<i64>; 2],
    index: Vec<i64>,
    offsets: [i64; 2],
    left: i64,
}

impl Walk {
    fn new(shape: &[i64], a: &[i64], b: &[i64]) -> Walk {
        let strides = [a.to_vec(), b.to_vec()];
        let index = vec![0; shape.len()];
        Walk { shape: shape.to_vec(), strides, index, offsets: [0, 0], left: shape.iter().product() }
    }
}

impl Iterator for Walk {
    type Item = [i64; 2];

    fn next(&mut self) -> Option<[i64; 2]> {
        if self.left == 0 {
            return None;
        }
        self.left -= 1;
        let here = self.offsets;
        for d in (0..self.shape.len()).rev() {
            self.index[d] += 1;
            let inside = self.index[d] < self.shape[d];
            let steps = if inside { 1 } else { 1 - self.shape[d] };
            self.offsets[0] += steps * self.strides[0][d];
            self.offsets[1] += steps * self.strides[1][d];
            if inside {
                break;
            }
            self.index[d] = 0;
        }
        Some(here)
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Family { Creation, Movement, Elementwise, Reduction, Argument, Product, Gather, Scatter }

type Run = Box<dyn Fn(&Call) -> Result<(), Failure> + Send + Sync>;

/// An operator over one choice of types, inputs first.
pub struct Row {
    id: i32,
    name: &'static str,
    family: Family,
    types: Vec<i32>,
    run: Run,
}

/// A call whose operator and types are in the list.
pub struct Call<'a> {
    row: &'static Row,
    op: &'a Op,
    inputs: Vec<View<'a>>,
    out: View<'a>,
}

impl<'a> Call<'a> {
    /// Finds the row. Without one: a type that no row has in its place is not supported; types that each have a row, but
    /// not together, contradict one another [BP-5.3].
    pub fn new(op: &'a Op) -> Result<Call<'a>, Failure> {
        let views = |tensors: *const *const Tensor, count: i32| -> Vec<View<'a>> {
            // SAFETY: so many pointers, none of them NULL [BP-5.5].
            (0..count as usize).map(|k| unsafe { View(&**tensors.add(k)) }).collect()
        };
        let (inputs, outputs) = (views(op.inputs, op.input_count), views(op.outputs, op.output_count));
        let types: Vec<i32> = inputs.iter().chain(&outputs).map(|view| view.0.dtype).collect();
        let rows: Vec<&Row> = rows().iter().filter(|row| row.id == op.op && op.version == 1).collect();
        let Some(name) = rows.first().map(|row| row.name) else {
            return Err(Failure::unsupported(format!("there is no operator {}, version {}", op.op, op.version)));
        };
        if outputs.len() != 1 || types.len() != rows[0].types.len() {
            return Err(Failure::invalid(format!("{name}: {} operands", types.len())));
        }
        if let Some(row) = rows.iter().find(|row| row.types == types) {
            return Ok(Call { row, op, inputs, out: outputs[0] });
        }
        match (0..types.len()).find(|&k| rows.iter().all(|row| row.types[k] != types[k])) {
            Some(k) => Err(Failure::unsupported(format!("{name}: operand {k} cannot be of type {}", types[k]))),
            None => Err(Failure::invalid(format!("{name}: the types of the operands contradict one another"))),
        }
    }

    /// Without CONTIGUOUS the host makes no copies, and the loop follows strides and takes immediates.
    pub fn flags(&self) -> u32 {
        let family = self.row.family;
        let contiguous = if family == Family::Movement { 0 } else { ffi::OP_INFO_CONTIGUOUS };
        let in_place = matches!(family, Family::Movement | Family::Elementwise);
        ffi::OP_INFO_DETERMINISTIC | contiguous | if in_place { ffi::OP_INFO_IN_PLACE } else { 0 }
    }

    pub fn run(&self) -> Result<(), Failure> {
        if !self.fits() {
            return Err(Failure::invalid(format!("{}: the operands do not fit", self.row.name)));
        }
        (self.row.run)(self)
    }

    // SAFETY: each operator has the parameters that the header gives it; fits has seen that there are some.
    fn params<P>(&self) -> &P { unsafe { &*self.op.params.cast::<P>() } }

    /// bp_scatter_params begins like bp_axis_params.
    fn axis(&self) -> usize { self.params::<AxisParams>().axis as usize }

    /// Whether the operands fit one another. The host sees to it [BP-5.1]; a plugin that looks is easier to debug.
    fn fits(&self) -> bool {
        let (family, out) = (self.row.family, &self.out);
        if out.0.rank < 0 || out.rank() > ffi::MAX_RANK || self.inputs.iter().any(|view| view.0.rank != out.0.rank) {
            return false;
        }
        let has_axis = matches!(family, Family::Argument | Family::Gather | Family::Scatter);
        if (has_axis || family == Family::Creation) && self.op.params.is_null() {
            return false;
        }
        let rank = out.rank();
        let axis = if has_axis { self.axis() } else { rank };
        if (has_axis && axis >= rank) || (family == Family::Product && rank < 2) {
            return false;
        }
        (0..rank).all(|d| {
            let o = out.shape()[d];
            let extent = |k: usize| self.inputs.get(k).map_or(o, |view| view.shape()[d]);
            let (a, b, c) = (extent(0), extent(1), extent(2));
            match family {
                Family::Reduction => a == o || o == 1,
                Family::Argument => if d == axis { o == 1 && a > 0 } else { a == o },
                Family::Gather => b == o && (d == axis || b <= a),
                Family::Scatter => a == b && (d == axis || a <= o),
                Family::Product => {
                    let depth = self.inputs[0].shape()[rank - 1];
                    (d == rank - 1 || a == o) && b == if d == rank - 2 { depth } else { o }
                }
                _ => a == o && b == o && c == o,
            }
        })
    }
}

// The loops: replace these. Operands are contiguous but for those of COPY and FILL, since query_op asks for that: the host
// then copies what is not, and expands broadcasts.

type Name = (i32, &'static str);

fn row<F>((id, name): Name, family: Family, types: &[i32], run: F) -> Row
where F: Fn(&Call) -> Result<(), Failure> + Send + Sync + 'static {
    Row { id, name, family, types: types.to_vec(), run: Box::new(run) }
}

fn creation<P: 'static, R: Element>(name: Name, f: fn(&P, i64) -> R::Value) -> Row {
    row(name, Family::Creation, &[R::DTYPE], move |call| {
        (0..call.out.count()).for_each(|i| call.out.set::<R>(i, f(call.params(), i)));
        Ok(())
    })
}

fn movement<T: Element, R: Element>(name: Name, f: fn(T::Value) -> R::Value) -> Row {
    row(name, Family::Movement, &[T::DTYPE, R::DTYPE], move |call| {
        let (x, out) = (call.inputs[0], call.out);
        Walk::new(out.shape(), x.strides(), out.strides()).for_each(|[i, o]| out.set::<R>(o, f(x.at::<T>(i))));
        Ok(())
    })
}

fn unary<T: Element>(name: Name, f: fn(T::Value) -> T::Value) -> Row {
    row(name, Family::Elementwise, &[T::DTYPE, T::DTYPE], move |call| {
        let (x, out) = (call.inputs[0], call.out);
        (0..out.count()).for_each(|i| out.set::<T>(i, f(x.at::<T>(i))));
        Ok(())
    })
}

fn binary<T: Element, R: Element>(name: Name, f: fn(T::Value, T::Value) -> R::Value) -> Row {
    row(name, Family::Elementwise, &[T::DTYPE, T::DTYPE, R::DTYPE], move |call| {
        let (x, y, out) = (call.inputs[0], call.inputs[1], call.out);
        (0..out.count()).for_each(|i| out.set::<R>(i, f(x.at::<T>(i), y.at::<T>(i))));
        Ok(())
    })
}

fn choice<T: Element>() -> Row {
    row((192, "WHERE"), Family::Elementwise, &[ffi::BOOL, T::DTYPE, T::DTYPE, T::DTYPE], |call| {
        let (c, x, y, out) = (call.inputs[0], call.inputs[1], call.inputs[2], call.out);
        (0..out.count()).for_each(|i| out.set::<T>(i, if c.at::<Boolean>(i) { x.at::<T>(i) } else { y.at::<T>(i) }));
        Ok(())
    })
}

/// An axis is reduced where the output's extent is 1 and the input's is not: a walk over the axes that stay, and at each
/// of its steps one over those that go. A is the accumulator, f64 for sums of f32; finish gets it and how many went in.
fn reduction<T: Element, A: Copy + Send + Sync + 'static, R: Element>(
    name: Name, initial: A, f: fn(A, T::Value) -> A, finish: fn(A, i64) -> R::Value,
) -> Row {
    row(name, Family::Reduction, &[T::DTYPE, R::DTYPE], move |call| {
        let (x, out) = (call.inputs[0], call.out);
        let goes = |d: usize| if out.shape()[d] == x.shape()[d] { 1 } else { x.shape()[d] };
        let going: Vec<i64> = (0..x.rank()).map(goes).collect();
        for [base, o] in Walk::new(out.shape(), x.strides(), out.strides()) {
            let inner = Walk::new(&going, x.strides(), x.strides());
            let sum = inner.fold(initial, |sum, [i, _]| f(sum, x.at::<T>(base + i)));
            out.set::<R>(o, finish(sum, going.iter().product()));
        }
        Ok(())
    })
}

/// better(a, b): whether a, further along the axis, takes the place of b.
fn argument<T: Element>(name: Name, better: fn(T::Value, T::Value) -> bool) -> Row {
    row(name, Family::Argument, &[T::DTYPE, ffi::INT64], move |call| {
        let (x, out) = (call.inputs[0], call.out);
        let (stride, extent) = (x.strides()[call.axis()], x.shape()[call.axis()]);
        for [base, o] in Walk::new(out.shape(), x.strides(), out.strides()) {
            let at = |j: i64| x.at::<T>(base + j * stride);
            out.set::<i64>(o, (1..extent).fold(0, |best, j| if better(at(j), at(best)) { j } else { best }));
        }
        Ok(())
    })
}

/// Row by row, so that the inner loop runs along memory. Your BLAS goes here.
fn matmul<T: Element>(zero: T::Value, multiply_add: fn(T::Value, T::Value, T::Value) -> T::Value) -> Row
where T::Value: Send + Sync {
    row((320, "MATMUL"), Family::Product, &[T::DTYPE; 3], move |call| {
        let (x, y, out) = (call.inputs[0], call.inputs[1], call.out);
        let rank = out.rank();
        let (m, n, depth) = (out.shape()[rank - 2], out.shape()[rank - 1], x.shape()[rank - 1]);
        (0..out.count()).for_each(|i| out.set::<T>(i, zero));
        for row in 0..out.count() / n.max(1) {
            for k in 0..depth {
                let a = x.at::<T>(row * depth + k);
                for j in 0..n {
                    let o = row * n + j;
                    out.set::<T>(o, multiply_add(out.at::<T>(o), a, y.at::<T>((row / m * depth + k) * n + j)));
                }
            }
        }
        Ok(())
    })
}

/// Calls f(i, j) for each index: its own place, and that of the element it means.
fn each_index(indices: View, indexed: View, axis: usize, mut f: impl FnMut(i64, i64)) -> Result<(), Failure> {
    let mut strides = indexed.strides().to_vec();
    let stride = std::mem::replace(&mut strides[axis], 0);
    for [base, i] in Walk::new(indices.shape(), &strides, indices.strides()) {
        let (index, extent) = (indices.at::<i64>(i), indexed.shape()[axis]);
        if index < 0 || index >= extent {
            let message = format!("index {index} is out of range for axis {axis} of extent {extent}");
            return Err(Failure::invalid(message));
        }
        f(i, base + index * stride);
    }
    Ok(())
}

fn gather<T: Element>() -> Row {
    row((384, "GATHER"), Family::Gather, &[T::DTYPE, ffi::INT64, T::DTYPE], |call| {
        let (x, out) = (call.inputs[0], call.out);
        each_index(call.inputs[1], x, call.axis(), |i, j| out.set::<T>(i, x.at::<T>(j)))
    })
}

/// The modes, in the header's order: set, add, multiply, greater, less; each of what the output holds and what comes.
fn scatter<T: Element>(modes: [fn(T::Value, T::Value) -> T::Value; 5]) -> Row {
    row((385, "SCATTER"), Family::Scatter, &[ffi::INT64, T::DTYPE, T::DTYPE], move |call| {
        let (source, out, mode) = (call.inputs[1], call.out, call.params::<ScatterParams>().mode);
        let Some(f) = modes.get(mode as usize) else {
            return Err(Failure::invalid(format!("SCATTER: there is no mode {mode}")));
        };
        each_index(call.inputs[0], out, call.axis(), |i, j| out.set::<T>(j, f(out.at::<T>(j), source.at::<T>(i))))
    })
}

// Mathematics: what Rust's operators do not give.

extern "C" {
    fn erff(x: f32) -> f32;
}

/// Of floats NaN if either is NaN.
#[allow(clippy::eq_op)]
fn maximum<V: Copy + PartialOrd>(a: V, b: V) -> V { if a != a || a >= b { a } else { b } }
#[allow(clippy::eq_op)]
fn minimum<V: Copy + PartialOrd>(a: V, b: V) -> V { if a != a || a <= b { a } else { b } }

/// The floor of the exact quotient: where a/b was rounded up to an integer, the sign of what is left tells.
fn floor_divide(a: f32, b: f32) -> f32 {
    let (a, b) = (a as f64, b as f64);
    let (quotient, down) = (a / b, (a / b).floor());
    if b == 0.0 {
        quotient as f32
    } else if !a.is_finite() {
        f32::NAN
    } else if !down.is_finite() {
        down as f32
    } else if b.is_infinite() {
        if a != 0.0 && (a < 0.0) != (b < 0.0) { -1.0 } else { down as f32 }
    } else {
        let rest = (-down).mul_add(b, a);
        let reached = down != quotient || rest == 0.0 || (rest < 0.0) == (b < 0.0);
        (if reached { down } else { down - 1.0 }) as f32
    }
}

fn floor_rest(a: f32, b: f32) -> f32 {
    let rest = a % b;
    if rest != 0.0 && (rest < 0.0) != (b < 0.0) { rest + b } else { rest }
}

fn integer_fmod(a: i64, b: i64) -> i64 { if b == 0 { 0 } else { a.wrapping_rem(b) } }

fn integer_floor_divide(a: i64, b: i64) -> i64 {
    if b == 0 {
        return 0;
    }
    a.wrapping_div(b) - (integer_fmod(a, b) != 0 && (a < 0) != (b < 0)) as i64
}

fn integer_floor_rest(a: i64, b: i64) -> i64 {
    let rest = integer_fmod(a, b);
    if rest != 0 && (rest < 0) != (b < 0) { rest + b } else { rest }
}

fn power(mut base: i64, mut exponent: i64) -> i64 {
    if exponent < 0 {
        return match base {
            1 => 1,
            -1 => if exponent % 2 == 0 { 1 } else { -1 },
            _ => 0,
        };
    }
    let mut result = 1i64;
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = result.wrapping_mul(base);
        }
        base = base.wrapping_mul(base);
        exponent >>= 1;
    }
    result
}

fn sigmoid(a: f32) -> f32 { if a >= 0.0 { 1.0 / (1.0 + (-a).exp()) } else { a.exp() / (1.0 + a.exp()) } }
fn sign(a: f32) -> f32 { (a > 0.0) as i8 as f32 - (a < 0.0) as i8 as f32 }

/// The list of operators. A row is a claim: one less, and query_op turns that operator and type down.
fn rows() -> &'static [Row] {
    static ROWS: OnceLock<Vec<Row>> = OnceLock::new();
    ROWS.get_or_init(|| {
        let mut rows = creations();
        rows.extend(floats());
        rows.extend(integers());
        rows.extend(booleans());
        rows
    })
}

fn creations() -> Vec<Row> {
    use ffi::ArangeParams as A;
    use RandomParams as R;
    vec![
        creation::<A, f32>((3, "ARANGE"), |p, i| (p.start + i as f64 * p.step) as f32),
        creation::<A, i64>((3, "ARANGE"), |p, i| p.integer_start.wrapping_add(i.wrapping_mul(p.integer_step))),
        creation::<R, f32>((16, "RANDOM_UNIFORM"), |p, i| {
            uniform(philox(p.seed, p.offset.wrapping_add(i as u64 / 4))[i as usize % 4])
        }),
        creation::<R, f32>((17, "RANDOM_NORMAL"), |p, i| {
            normal(philox(p.seed, p.offset.wrapping_add(i as u64 / 4))[i as usize % 4])
        }),
        creation::<R, i64>((18, "RANDOM_INTEGER"), |p, i| {
            in_range(philox(p.seed, p.offset.wrapping_add(i as u64 / 2)), i as usize % 2, p.low, p.range)
        }),
    ]
}

/// What every type has.
fn common<T: Element>() -> Vec<Row> {
    vec![
        binary::<T, T>((136, "MAXIMUM"), maximum),
        binary::<T, T>((137, "MINIMUM"), minimum),
        binary::<T, Boolean>((160, "EQ"), |a, b| a == b),
        binary::<T, Boolean>((161, "NE"), |a, b| a != b),
        binary::<T, Boolean>((162, "LT"), |a, b| a < b),
        binary::<T, Boolean>((163, "LE"), |a, b| a <= b),
        binary::<T, Boolean>((164, "GT"), |a, b| a > b),
        binary::<T, Boolean>((165, "GE"), |a, b| a >= b),
        choice::<T>(),
        // The first of equals, a NaN over all else.
        #[allow(clippy::eq_op)]
        argument::<T>((272, "ARGMAX"), |a, b| b == b && (a != a || a > b)),
        #[allow(clippy::eq_op)]
        argument::<T>((273, "ARGMIN"), |a, b| b == b && (a != a || a < b)),
        gather::<T>(),
    ]
}

fn floats() -> Vec<Row> {
    let mut rows = vec![
        movement::<Bits, Bits>((1, "COPY"), |a| a),
        movement::<f32, i64>((1, "COPY"), |a| a as i64),
        movement::<f32, Boolean>((1, "COPY"), |a| a != 0.0),
        movement::<Bits, Bits>((2, "FILL"), |a| a),
        unary::<f32>((32, "NEG"), |a| -a),
        unary::<f32>((33, "ABS"), f32::abs),
        unary::<f32>((34, "SIGN"), sign),
        unary::<f32>((36, "FLOOR"), f32::floor),
        unary::<f32>((37, "CEIL"), f32::ceil),
        unary::<f32>((38, "ROUND"), f32::round_ties_even),
        unary::<f32>((39, "TRUNC"), f32::trunc),
        unary::<f32>((40, "SQRT"), f32::sqrt),
        unary::<f32>((41, "RSQRT"), |a| 1.0 / a.sqrt()),
        unary::<f32>((42, "RECIPROCAL"), |a| 1.0 / a),
        unary::<f32>((43, "EXP"), f32::exp),
        unary::<f32>((44, "EXPM1"), f32::exp_m1),
        unary::<f32>((45, "LOG"), f32::ln),
        unary::<f32>((46, "LOG1P"), f32::ln_1p),
        unary::<f32>((47, "SIN"), f32::sin),
        unary::<f32>((48, "COS"), f32::cos),
        unary::<f32>((49, "TANH"), f32::tanh),
        unary::<f32>((50, "SIGMOID"), sigmoid),
        unary::<f32>((51, "ERF"), |a| unsafe { erff(a) }),
        unary::<f32>((52, "RELU"), |a| if a < 0.0 { 0.0 } else { a }),
        binary::<f32, f32>((128, "ADD"), |a, b| a + b),
        binary::<f32, f32>((129, "SUB"), |a, b| a - b),
        binary::<f32, f32>((130, "MUL"), |a, b| a * b),
        binary::<f32, f32>((131, "DIV"), |a, b| a / b),
        binary::<f32, f32>((132, "FLOOR_DIVIDE"), floor_divide),
        binary::<f32, f32>((133, "REMAINDER"), floor_rest),
        binary::<f32, f32>((134, "FMOD"), |a, b| a % b),
        binary::<f32, f32>((135, "POW"), f32::powf),
        binary::<f32, f32>((138, "ATAN2"), f32::atan2),
        reduction::<f32, f64, f32>((256, "SUM"), 0.0, |s, a| s + a as f64, |s, _| s as f32),
        reduction::<f32, f64, f32>((257, "PROD"), 1.0, |s, a| s * a as f64, |s, _| s as f32),
        reduction::<f32, f64, f32>((258, "MEAN"), 0.0, |s, a| s + a as f64, |s, n| (s / n as f64) as f32),
        reduction::<f32, f32, f32>((259, "MAX"), f32::NEG_INFINITY, maximum, |s, _| s),
        reduction::<f32, f32, f32>((260, "MIN"), f32::INFINITY, minimum, |s, _| s),
        matmul::<f32>(0.0, |s, a, b| s + a * b),
        scatter::<f32>([|_, b| b, |a, b| a + b, |a, b| a * b, maximum, minimum]),
    ];
    rows.extend(common::<f32>());
    rows
}

fn integers() -> Vec<Row> {
    // They wrap [BP-3.4].
    let mut rows = vec![
        movement::<i64, f32>((1, "COPY"), |a| a as f32),
        movement::<i64, i64>((1, "COPY"), |a| a),
        movement::<i64, Boolean>((1, "COPY"), |a| a != 0),
        movement::<i64, i64>((2, "FILL"), |a| a),
        unary::<i64>((32, "NEG"), i64::wrapping_neg),
        unary::<i64>((33, "ABS"), i64::wrapping_abs),
        unary::<i64>((34, "SIGN"), i64::signum),
        unary::<i64>((35, "BITWISE_NOT"), |a| !a),
        unary::<i64>((52, "RELU"), |a| a.max(0)),
        binary::<i64, i64>((128, "ADD"), i64::wrapping_add),
        binary::<i64, i64>((129, "SUB"), i64::wrapping_sub),
        binary::<i64, i64>((130, "MUL"), i64::wrapping_mul),
        binary::<i64, i64>((132, "FLOOR_DIVIDE"), integer_floor_divide),
        binary::<i64, i64>((133, "REMAINDER"), integer_floor_rest),
        binary::<i64, i64>((134, "FMOD"), integer_fmod),
        binary::<i64, i64>((135, "POW"), power),
        binary::<i64, i64>((139, "BITWISE_AND"), |a, b| a & b),
        binary::<i64, i64>((140, "BITWISE_OR"), |a, b| a | b),
        binary::<i64, i64>((141, "BITWISE_XOR"), |a, b| a ^ b),
        reduction::<i64, i64, i64>((256, "SUM"), 0, i64::wrapping_add, |s, _| s),
        reduction::<i64, i64, i64>((257, "PROD"), 1, i64::wrapping_mul, |s, _| s),
        reduction::<i64, i64, i64>((259, "MAX"), i64::MIN, i64::max, |s, _| s),
        reduction::<i64, i64, i64>((260, "MIN"), i64::MAX, i64::min, |s, _| s),
        matmul::<i64>(0, |s, a, b| s.wrapping_add(a.wrapping_mul(b))),
        scatter::<i64>([|_, b| b, i64::wrapping_add, i64::wrapping_mul, i64::max, i64::min]),
    ];
    rows.extend(common::<i64>());
    rows
}

fn booleans() -> Vec<Row> {
    let mut rows = vec![
        movement::<Boolean, f32>((1, "COPY"), |a| a as u8 as f32),
        movement::<Boolean, i64>((1, "COPY"), |a| a as i64),
        movement::<Boolean, Boolean>((1, "COPY"), |a| a),
        movement::<Boolean, Boolean>((2, "FILL"), |a| a),
        unary::<Boolean>((35, "BITWISE_NOT"), |a| !a),
        binary::<Boolean, Boolean>((128, "ADD"), |a, b| a | b),
        binary::<Boolean, Boolean>((130, "MUL"), |a, b| a & b),
        binary::<Boolean, Boolean>((139, "BITWISE_AND"), |a, b| a & b),
        binary::<Boolean, Boolean>((140, "BITWISE_OR"), |a, b| a | b),
        binary::<Boolean, Boolean>((141, "BITWISE_XOR"), |a, b| a ^ b),
        reduction::<Boolean, i64, i64>((256, "SUM"), 0, |s, a| s + a as i64, |s, _| s),
        reduction::<Boolean, i64, i64>((257, "PROD"), 1, |s, a| s & a as i64, |s, _| s),
        reduction::<Boolean, bool, Boolean>((259, "MAX"), false, |s, a| s | a, |s, _| s),
        reduction::<Boolean, bool, Boolean>((260, "MIN"), true, |s, a| s & a, |s, _| s),
        scatter::<Boolean>([|_, b| b, |a, b| a | b, |a, b| a & b, |a, b| a | b, |a, b| a & b]),
    ];
    rows.extend(common::<Boolean>());
    rows
}
