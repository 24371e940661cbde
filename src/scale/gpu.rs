//! GPUs by their data sheets.

use clap::ValueEnum;
use serde::Serialize;
use serl_lm::Dtype;

/// A kind of GPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GpuName {
    /// H100 SXM, 80 GB
    H100,
    /// H200 SXM, 141 GB
    H200,
    /// A100 SXM, 80 GB
    A100,
    /// RTX A6000, 48 GB
    A6000,
}

/// The published figures of a GPU.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Gpu {
    /// Its name.
    pub name: &'static str,
    /// Operations a second with operands in bf16, dense.
    pub bf16: f64,
    /// Operations a second in TF32, dense, as products of f32 are computed.
    pub tf32: f64,
    /// Bytes of memory.
    pub memory: f64,
    /// Bytes a second that it reads from its memory.
    pub bandwidth: f64,
    /// Bytes a second that it sends to another one over NVLink.
    pub link: f64,
}

impl GpuName {
    /// Its figures. NVIDIA's data sheets give operations with sparsity for all but the A100: half of these are dense.
    /// They give NVLink's rate in both directions together.
    pub fn figures(self) -> Gpu {
        let gpu = |name, bf16: f64, tf32: f64, gigabytes: f64, bandwidth: f64, link: f64| Gpu {
            name,
            bf16: bf16 * 1e12,
            tf32: tf32 * 1e12,
            memory: gigabytes * 1e9,
            bandwidth: bandwidth * 1e12,
            link: link * 1e9,
        };
        match self {
            // "NVIDIA H100 Tensor Core GPU", H100 SXM: 1,979 and 989 TFLOP/s with sparsity, 80 GB, 3.35 TB/s, NVLink
            // 900 GB/s.
            Self::H100 => gpu("H100 SXM", 989.5, 494.5, 80.0, 3.35, 450.0),
            // "NVIDIA H200 Tensor Core GPU", H200 SXM: 1,979 and 989 TFLOP/s with sparsity, 141 GB, 4.8 TB/s, NVLink
            // 900 GB/s.
            Self::H200 => gpu("H200 SXM", 989.5, 494.5, 141.0, 4.8, 450.0),
            // "NVIDIA A100 Tensor Core GPU", A100 80GB SXM: 312 and 156 TFLOP/s, 80 GB, 2,039 GB/s, NVLink 600 GB/s.
            Self::A100 => gpu("A100 SXM", 312.0, 156.0, 80.0, 2.039, 300.0),
            // "NVIDIA RTX A6000": 309.7 TFLOP/s with sparsity, 48 GB, 768 GB/s, NVLink 112.5 GB/s; TF32 at half the
            // rate ("NVIDIA Ampere GA102 GPU Architecture").
            Self::A6000 => gpu("RTX A6000", 154.85, 77.4, 48.0, 0.768, 56.25),
        }
    }
}

impl Gpu {
    /// Operations a second of products with operands in `dtype`.
    pub fn rate(&self, dtype: Dtype) -> f64 {
        match dtype {
            Dtype::F32 => self.tf32,
            Dtype::Bf16 => self.bf16,
        }
    }
}
