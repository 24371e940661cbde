//! Instruction sets, found at run time.

#[cfg(target_arch = "x86_64")]
use super::amx;

/// An instruction set, proved to be there by the token.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Isa {
    /// AVX-512, and tiles with products in bf16.
    #[cfg(target_arch = "x86_64")]
    Amx(pulp::x86::V4),
    /// AVX-512 with products in bf16.
    #[cfg(target_arch = "x86_64")]
    Avx512Bf16(pulp::x86::V4),
    #[cfg(target_arch = "x86_64")]
    Avx512(pulp::x86::V4),
    #[cfg(target_arch = "x86_64")]
    Avx2(pulp::x86::V3),
    Portable,
}

impl Isa {
    /// Every instruction set of this CPU, the best first.
    pub fn all() -> Vec<Self> {
        let mut all = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            let avx512 = pulp::x86::V4::try_new();
            let bf16 = std::arch::is_x86_feature_detected!("avx512bf16");
            all.extend(avx512.filter(|_| amx::multiplies_bf16()).map(Self::Amx));
            all.extend(avx512.filter(|_| bf16).map(Self::Avx512Bf16));
            all.extend(avx512.map(Self::Avx512));
            all.extend(pulp::x86::V3::try_new().map(Self::Avx2));
        }
        all.push(Self::Portable);
        all
    }

    /// The best instruction set of this CPU.
    pub fn best() -> Self {
        Self::all()[0]
    }

    /// Whether three products of bf16 take less time than one of f32.
    pub fn favours_terms(self) -> bool {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Amx(_) => true,
            _ => false,
        }
    }

    /// Whether sums of products in bf16 have the order, and the rounding, of `VDPBF16PS`.
    #[cfg(test)]
    pub fn fuses_pairs(self) -> bool {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Amx(_) => false,
            Self::Portable => false,
            #[cfg(target_arch = "x86_64")]
            _ => true,
        }
    }

    /// Runs `f` compiled for this instruction set. `f` must be small enough to be inlined.
    #[inline(always)]
    pub fn vectorised<R>(self, f: impl FnOnce() -> R) -> R {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Amx(token) | Self::Avx512Bf16(token) | Self::Avx512(token) => {
                pulp::Simd::vectorize(token, Inlined(f))
            }
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(token) => pulp::Simd::vectorize(token, Inlined(f)),
            Self::Portable => f(),
        }
    }
}

/// A closure for `pulp`, which inlines what it dispatches.
#[cfg(target_arch = "x86_64")]
struct Inlined<F>(F);

#[cfg(target_arch = "x86_64")]
impl<R, F: FnOnce() -> R> pulp::NullaryFnOnce for Inlined<F> {
    type Output = R;

    #[inline(always)]
    fn call(self) -> R {
        (self.0)()
    }
}
