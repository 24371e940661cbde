//! The outputs of a train node.

use serl_artifacts::tables::{Selection, TrainFigure, TrainLog};

use crate::stage::output::{Output, TableOutput};

/// The stage's name.
pub(super) const STAGE: &str = "train";

/// Every instruction of the round with the verdict on its difficulty.
pub(super) const SELECTION: TableOutput<Selection> = TableOutput::new(STAGE, "selection.parquet");
/// One row per optimizer step.
pub(super) const LOG: TableOutput<TrainLog> = TableOutput::new(STAGE, "train_log.parquet");
/// The algorithm's own figures of each step.
pub(super) const FIGURES: TableOutput<TrainFigure> = TableOutput::new(STAGE, "train_figures.parquet");
/// The trained policy, a model folder.
pub(super) const POLICY: Output = Output::new(STAGE, "policy");
/// The policy with the state of the optimizer, where that is carried on.
pub(super) const TRAINER: Output = Output::new(STAGE, "trainer");
/// The adapter that was trained and merged into the policy, where adapters are trained.
pub(super) const ADAPTER: Output = Output::new(STAGE, "adapter");
