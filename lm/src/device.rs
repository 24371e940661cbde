//! The device a policy computes on, and which of the two computation paths its operations take.
//!
//! Knows no model. The name of a device is part of a run's configuration: results differ in the last bits between
//! kinds.

use crate::{Batching, Dtype, LmError, Precision};

/// Where the policy's tensors live, in which precision it multiplies there, and how much it samples at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    kind: Kind,
    precision: Precision,
    batching: Batching,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Flex,
    Plain,
    #[cfg(feature = "cuda")]
    Cuda(usize),
    #[cfg(feature = "wgpu")]
    Wgpu,
}

/// How the operations in [`crate::ops`] compute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Path {
    /// Parallel, vectorised loops over the tensors' host memory: burn's CPU backend flex only.
    Host,
    /// burn's tensor operations alone: the definition, and what every other device runs.
    Plain,
}

/// How a product is computed.
///
/// A bare [`Path`] means f32 operands, so code that has nothing else cannot round by mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Product {
    pub path: Path,
    pub dtype: Dtype,
    /// Whether operands in f32 may be taken as sums of two numbers of bf16, nearly the same, where that is faster.
    pub by_terms: bool,
}

impl From<Path> for Product {
    fn from(path: Path) -> Self {
        Self {
            path,
            dtype: Dtype::F32,
            by_terms: false,
        }
    }
}

impl Product {
    /// That of a head beside blocks in `dtype`: in f32, or nearly so if that is less.
    pub fn of_head(path: Path, dtype: Dtype) -> Self {
        Self {
            by_terms: dtype == Dtype::Bf16,
            ..path.into()
        }
    }
}

impl Device {
    /// The CPU: burn's backend flex, with this crate's fused operations.
    pub fn flex() -> Self {
        Self::from(Kind::Flex)
    }

    /// The CPU through burn's tensor operations alone. Slow: the definition that the fused operations are tested
    /// against.
    pub fn plain() -> Self {
        Self::from(Kind::Plain)
    }

    /// Reads `flex`, `plain`, `cuda`, `cuda:INDEX` or `wgpu`.
    pub fn parse(name: &str) -> Result<Self, LmError> {
        match name {
            "flex" => Ok(Self::flex()),
            "plain" => Ok(Self::plain()),
            "cuda" => Self::cuda(0),
            "wgpu" => Self::wgpu(),
            _ => match name.strip_prefix("cuda:").map(str::parse) {
                Some(Ok(index)) => Self::cuda(index),
                _ => Err(LmError::Device(format!(
                    "unknown device `{name}`: use `flex` (CPU), `cuda`, `cuda:0` or `wgpu`"
                ))),
            },
        }
    }

    /// Reads a device as [`Device::parse`] does, to multiply in `precision` on it.
    pub fn open(name: &str, precision: impl Into<Precision>) -> Result<Self, LmError> {
        Self::parse(name)?.in_precision(precision)
    }

    #[cfg(feature = "cuda")]
    fn cuda(index: usize) -> Result<Self, LmError> {
        use burn::tensor::{Device, DeviceType};
        let found = Device::enumerate(DeviceType::Cuda).into_vec().len();
        if index >= found {
            return Err(LmError::Device(format!(
                "no device `cuda:{index}`: {found} CUDA devices found; check the NVIDIA driver, or use `flex`"
            )));
        }
        if serl_cuda::cuda_path().is_none() {
            return Err(LmError::Device(
                "no CUDA toolkit found: set `CUDA_PATH` to it (its headers and NVRTC compile the kernels)".to_owned(),
            ));
        }
        Ok(Self::from(Kind::Cuda(index)))
    }

    #[cfg(not(feature = "cuda"))]
    fn cuda(_index: usize) -> Result<Self, LmError> {
        Err(LmError::Device(
            "this build has no CUDA: build with `--features cuda`, or use the device `flex`".to_owned(),
        ))
    }

    #[cfg(feature = "wgpu")]
    fn wgpu() -> Result<Self, LmError> {
        use burn::tensor::{Device, DeviceType};
        if Device::enumerate(DeviceType::Wgpu).into_vec().is_empty() {
            return Err(LmError::Device(
                "no device `wgpu`: no driver for Vulkan, Metal or DirectX 12 found; install one, or use `flex`"
                    .to_owned(),
            ));
        }
        Ok(Self::from(Kind::Wgpu))
    }

    #[cfg(not(feature = "wgpu"))]
    fn wgpu() -> Result<Self, LmError> {
        Err(LmError::Device(
            "this build has no `wgpu`: build with `--features wgpu`, or use the device `flex`".to_owned(),
        ))
    }

    /// The same device, multiplying in `precision`.
    #[must_use]
    pub fn with_precision(self, precision: impl Into<Precision>) -> Self {
        Self {
            precision: precision.into(),
            ..self
        }
    }

    /// The same device, sampling within these bounds.
    #[must_use]
    pub fn with_batching(self, batching: Batching) -> Self {
        Self { batching, ..self }
    }

    /// [`Device::with_precision`], if the device can.
    ///
    /// # Errors
    /// A device that has no such numbers.
    pub fn in_precision(self, precision: impl Into<Precision>) -> Result<Self, LmError> {
        let precision = precision.into();
        if self.supports(precision) {
            return Ok(self.with_precision(precision));
        }
        let name = self.name();
        let other = match precision {
            Precision::Int8 if self.supports(Precision::Bf16) => "`bf16`, or the device `flex`",
            _ => "`f32`",
        };
        Err(LmError::Device(format!(
            "the device `{name}` has no {precision} here: use {other}"
        )))
    }

    /// Whether it can hold and multiply operands in `precision`.
    pub fn supports(&self, precision: impl Into<Precision>) -> bool {
        match precision.into() {
            Precision::F32 => true,
            Precision::Bf16 => self.is_cpu() || self.burn().supports_dtype(burn::tensor::DType::BF16),
            Precision::Int8 => self.kind == Kind::Flex,
        }
    }

    /// Whether it is the same device, in whatever precision.
    pub fn is_same(&self, other: &Self) -> bool {
        self.kind == other.kind
    }

    /// Whether it is the same device in the same precision, whatever it samples at once.
    pub fn computes_as(&self, other: &Self) -> bool {
        self.is_same(other) && self.precision == other.precision
    }

    /// The precision in which it multiplies.
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// The bounds of what it samples at once.
    pub fn batching(&self) -> Batching {
        self.batching
    }

    /// The number format of all operands of the products of a model's blocks, but for those with weights in int8.
    pub fn dtype(&self) -> Dtype {
        self.precision.dtype()
    }

    /// The devices of so many ranks that compute at the same time: this one and those that follow it. On the CPU all
    /// of them are the same device.
    ///
    /// # Errors
    /// `ranks` that is not a power of two; fewer devices than that.
    pub fn ranks(&self, ranks: usize) -> Result<Vec<Self>, LmError> {
        if !ranks.is_power_of_two() {
            return Err(LmError::Invalid(format!(
                "{ranks} ranks: their number must be a power of two"
            )));
        }
        match self.kind {
            Kind::Flex | Kind::Plain => Ok(vec![self.clone(); ranks]),
            #[cfg(feature = "cuda")]
            Kind::Cuda(first) => {
                let device = |index| {
                    let other = Self::cuda(index)?.with_precision(self.precision);
                    Ok(other.with_batching(self.batching))
                };
                (first..first + ranks).map(device).collect()
            }
            #[cfg(feature = "wgpu")]
            Kind::Wgpu if ranks == 1 => Ok(vec![self.clone()]),
            #[cfg(feature = "wgpu")]
            Kind::Wgpu => Err(LmError::Device(format!(
                "{ranks} ranks: the device `wgpu` is one alone"
            ))),
        }
    }

    /// The name that [`Device::parse`] reads: `flex`, `cuda:0`.
    pub fn name(&self) -> String {
        match self.kind {
            Kind::Flex => "flex".to_owned(),
            Kind::Plain => "plain".to_owned(),
            #[cfg(feature = "cuda")]
            Kind::Cuda(index) => format!("cuda:{index}"),
            #[cfg(feature = "wgpu")]
            Kind::Wgpu => "wgpu".to_owned(),
        }
    }

    /// The identity of a sampler in this process ([`crate::Sampler::identity`]): whatever of the device can change a
    /// response.
    pub fn identity(&self) -> serde_json::Value {
        let mut identity = serde_json::json!({ "kind": "local", "device": self.name(), "dtype": self.precision });
        if let Some(products) = products(&self.name(), self.precision) {
            identity["products"] = products.into();
        }
        let (asked, usual) = (self.batching, Batching::default());
        if self.path() == Path::Plain && asked.rows != usual.rows {
            identity["rows"] = asked.rows.into();
        }
        if let (Path::Plain, Some(cache)) = (self.path(), asked.cache) {
            identity["cache"] = cache.into();
        }
        identity
    }

    /// A human-readable line: kind, threads or index, instruction set, precision unless it is f32.
    pub fn describe(&self) -> String {
        let threads = rayon::current_num_threads();
        let kind = match self.kind {
            Kind::Flex => format!("flex (CPU, {threads} threads, {})", simd()),
            Kind::Plain => format!("plain (CPU, {threads} threads, no fused operations)"),
            #[cfg(feature = "cuda")]
            Kind::Cuda(index) => format!("cuda:{index}"),
            #[cfg(feature = "wgpu")]
            Kind::Wgpu => "wgpu".to_owned(),
        };
        match self.precision {
            Precision::F32 => kind,
            Precision::Bf16 | Precision::Int8 => format!("{kind}, products in {}", self.precision),
        }
    }

    /// Whether it is the CPU, and no accelerator.
    pub fn is_cpu(&self) -> bool {
        matches!(self.kind, Kind::Flex | Kind::Plain)
    }

    /// Whether the device compiles a kernel for each shape that it meets for the first time.
    pub fn compiles(&self) -> bool {
        !self.is_cpu()
    }

    /// Waits for all work that is queued on the device; on the CPU none ever is.
    ///
    /// # Errors
    /// Queued work that failed.
    pub fn wait(&self) -> Result<(), LmError> {
        let failed = |error| LmError::Device(format!("{}: {error}", self.describe()));
        self.burn().sync().map_err(failed)
    }

    pub(crate) fn burn(&self) -> burn::tensor::Device {
        match self.kind {
            Kind::Flex | Kind::Plain => burn::tensor::Device::flex(),
            #[cfg(feature = "cuda")]
            Kind::Cuda(index) => burn::tensor::Device::cuda(index),
            #[cfg(feature = "wgpu")]
            Kind::Wgpu => burn::tensor::Device::wgpu(burn::tensor::DeviceKind::DefaultDevice),
        }
    }

    pub(crate) fn path(&self) -> Path {
        match self.kind {
            Kind::Flex => Path::Host,
            _ => Path::Plain,
        }
    }

    /// How the products of a model's blocks are computed.
    pub(crate) fn product(&self) -> Product {
        Product {
            dtype: self.dtype(),
            ..self.path().into()
        }
    }

    /// How the products of a model's head are computed.
    pub(crate) fn head_product(&self) -> Product {
        Product::of_head(self.path(), self.dtype())
    }
}

impl From<Kind> for Device {
    fn from(kind: Kind) -> Self {
        Self {
            kind,
            precision: Precision::F32,
            batching: Batching::default(),
        }
    }
}

/// How a device computes, where that has changed: `pairs` for bf16 on the CPU, whose products added one input at a time
/// before; `fused` for GPUs, which had no kernels of this crate before. Whoever names results by what they were
/// computed with names it, too.
pub fn products(device: &str, precision: impl Into<Precision>) -> Option<&'static str> {
    match (device, precision.into()) {
        ("flex", Precision::Bf16) => Some("pairs"),
        ("flex" | "plain", _) => None,
        _ => Some("fused"),
    }
}

/// The instruction set that the CPU's loops use, found at run time: `avx512`, `avx2`, `neon` or `scalar`.
pub fn simd() -> &'static str {
    crate::ops::host::simd()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_others_refused() {
        assert_eq!(Device::parse("flex").unwrap(), Device::flex());
        let error = Device::parse("tpu").unwrap_err();
        assert!(error.to_string().contains("tpu") && error.is_user_error());
        assert!(Device::parse("cuda:x").is_err());
    }

    #[test]
    fn the_precision_is_said_where_it_is_not_the_usual_one() {
        let (usual, mixed) = (Device::flex(), Device::flex().with_precision(Dtype::Bf16));
        assert_ne!(usual, mixed);
        assert!(!usual.describe().contains("f32"));
        assert!(mixed.describe().ends_with("bf16"));
    }

    #[test]
    fn only_devices_that_round_batches_differently_are_told_apart_by_them() {
        let asked = Batching {
            rows: 4,
            cache: Some(1 << 20),
        };
        let identities = |device: Device| [device.identity(), device.with_batching(asked).identity()];
        let [usual, bounded] = identities(Device::flex());
        assert_eq!(usual, bounded);
        assert!(Device::flex().computes_as(&Device::flex().with_batching(asked)));
        assert!(!Device::flex().computes_as(&Device::flex().with_precision(Dtype::Bf16)));
        let [usual, bounded] = identities(Device::plain());
        assert!(usual.get("rows").is_none() && usual.get("cache").is_none());
        assert_eq!((&bounded["rows"], &bounded["cache"]), (&4.into(), &(1 << 20).into()));
    }

    #[test]
    fn int8_is_for_the_cpu() {
        assert_eq!(Device::open("flex", Precision::Int8).unwrap().dtype(), Dtype::Bf16);
        let error = Device::open("plain", Precision::Int8).unwrap_err();
        assert!(error.is_user_error() && error.to_string().contains("`plain` has no int8 here: use `bf16`"));
    }
}
