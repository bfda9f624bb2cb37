// Where a run stands, beside the weights and the optimiser's buffers of the same moment.

namespace Maison.Training.Text;

/// <summary>The counters of a run at a checkpoint.</summary>
/// <param name="Step">Optimiser steps done.</param>
/// <param name="Tokens">Tokens read.</param>
/// <param name="Seconds">Time spent stepping, evaluations left out.</param>
/// <param name="Flops">Multiply-adds ×2 spent on matrices and attention, forward and backward.</param>
/// <param name="Sampler">The data order's own state.</param>
public readonly record struct RunState(int Step, int OptimiserSteps, long Tokens, double Seconds, double Flops, string Sampler);

/// <summary>One line of metrics.jsonl: a training step.</summary>
/// <param name="Loss">Mean nats per target token.</param>
/// <param name="ExpertImbalance">Busiest expert over the mean, of the worst layer; mixtures only.</param>
/// <param name="ShareOfMatMul">Training FLOP/s as a share of the matrix-product rate measured at the start of the run.</param>
public readonly record struct StepMetrics(int Step, long Tokens, double Loss, double RateFactor, double GradientNorm, double TokensPerSecond, double ShareOfMatMul, double Seconds, double? ExpertImbalance = null);

/// <summary>One line of metrics.jsonl: bits per byte of the held-out slices.</summary>
public sealed record HeldOutMetrics(int Step, long Tokens, IReadOnlyDictionary<string, double> BitsPerByte);

/// <summary>What made a checkpoint, written beside it.</summary>
/// <param name="Shards">SHA-256 of every training shard by its <see cref="TextRunPlan.ShardName"/>.</param>
/// <param name="Code">Version and build id of the program.</param>
/// <param name="Without">Corpora that were left out of the mixture on request; null for none.</param>
public sealed record Receipt(
    IReadOnlyDictionary<string, string> Shards, string Code, int Seed, int Steps, long Tokens, double Flops, double Seconds,
    string? Start, IReadOnlyDictionary<string, double> BitsPerByte, DateTimeOffset Finished, IReadOnlyList<string>? Without = null);
