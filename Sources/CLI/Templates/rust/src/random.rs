//! The random numbers that the header prescribes to the bit (its section 7). There is nothing to choose.

/// Philox-4x32-10: the four words of a counter [BP-7.1].
pub fn philox(seed: u64, counter: u64) -> [u32; 4] {
    let (mut key0, mut key1) = (seed as u32, (seed >> 32) as u32);
    let mut w = [counter as u32, (counter >> 32) as u32, 0, 0];
    for _ in 0..10 {
        let (p0, p1) = (0xD2511F53 * w[0] as u64, 0xCD9E8D57 * w[2] as u64);
        w = [(p1 >> 32) as u32 ^ w[1] ^ key0, p1 as u32, (p0 >> 32) as u32 ^ w[3] ^ key1, p0 as u32];
        key0 = key0.wrapping_add(0x9E3779B9);
        key1 = key1.wrapping_add(0xBB67AE85);
    }
    w
}

/// The float32 of a word that is uniform in [0, 1) [BP-7.2].
pub fn uniform(word: u32) -> f32 {
    (word >> 8) as f32 / 16777216.0
}

/// low + floor(x * range / 2^64), x one of the two pairs of words [BP-7.3].
pub fn in_range(words: [u32; 4], pair: usize, low: i64, range: u64) -> i64 {
    let x = words[2 * pair] as u64 | (words[2 * pair + 1] as u64) << 32;
    low.wrapping_add((x as u128 * range as u128 >> 64) as i64)
}

/// The normal float32 of a word, in the order of roundings that the header prescribes [BP-7.4].
pub fn normal(word: u32) -> f32 {
    let u = (word as f64 + 0.5) / 4294967296.0;
    let q = u - 0.5;
    if q.abs() <= 0.425 {
        let r = (-q).mul_add(q, 0.180625);
        return (q * polynomial(r, &A) / polynomial(r, &B)) as f32;
    }
    let r = (-natural_log(if q < 0.0 { u } else { 1.0 - u })).sqrt();
    let y = if r <= 5.0 {
        polynomial(r - 1.6, &C) / polynomial(r - 1.6, &D)
    } else {
        polynomial(r - 5.0, &E) / polynomial(r - 5.0, &F)
    };
    (if q < 0.0 { -y } else { y }) as f32
}

/// Horner's rule: P(r; c) of the header.
fn polynomial(r: f64, c: &[f64]) -> f64 {
    c.iter().rev().copied().reduce(|s, next| s.mul_add(r, next)).unwrap_or(0.0)
}

/// Of a normal number.
fn natural_log(t: f64) -> f64 {
    let bits = t.to_bits();
    let mut k = (bits >> 52) as i64 - 1023;
    let mut m = f64::from_bits(bits & 0x000F_FFFF_FFFF_FFFF | 0x3FF0_0000_0000_0000);
    if m > 1.4142135623730951 {
        m /= 2.0;
        k += 1;
    }
    let f = m - 1.0;
    let s = f / (2.0 + f);
    let w = s * s;
    let r = w * polynomial(w, &L);
    let h = (0.5 * f) * f;
    (k as f64).mul_add(0.6931471805599453, f - (h - s * (h + r)))
}

// BP_NORMAL_A to BP_NORMAL_L.
#[rustfmt::skip]
#[allow(clippy::excessive_precision)]
const A: [f64; 8] = [
    3.3871328727963666080e0, 1.3314166789178437745e+2, 1.9715909503065514427e+3, 1.3731693765509461125e+4,
    4.5921953931549871457e+4, 6.7265770927008700853e+4, 3.3430575583588128105e+4, 2.5090809287301226727e+3,
];
#[rustfmt::skip]
#[allow(clippy::excessive_precision)]
const B: [f64; 8] = [
    1.0, 4.2313330701600911252e+1, 6.8718700749205790830e+2, 5.3941960214247511077e+3,
    2.1213794301586595867e+4, 3.9307895800092710610e+4, 2.8729085735721942674e+4, 5.2264952788528545610e+3,
];
#[rustfmt::skip]
#[allow(clippy::excessive_precision)]
const C: [f64; 8] = [
    1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,
    1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4,
];
#[rustfmt::skip]
#[allow(clippy::excessive_precision)]
const D: [f64; 8] = [
    1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
    1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9,
];
#[rustfmt::skip]
#[allow(clippy::excessive_precision)]
const E: [f64; 8] = [
    6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1,
    2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7,
];
#[rustfmt::skip]
#[allow(clippy::excessive_precision)]
const F: [f64; 8] = [
    1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
    7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15,
];
#[rustfmt::skip]
#[allow(clippy::excessive_precision)]
const L: [f64; 7] = [
    6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01, 2.222219843214978396e-01,
    1.818357216161805012e-01, 1.531383769920937332e-01, 1.479819860511658591e-01,
];
