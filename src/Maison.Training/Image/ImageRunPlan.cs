// Everything that decides an image training run, and nothing else: the same plan on the same data gives the same weights, where its length
// is told in steps. A run told in minutes lasts as long on any machine and learns as much as the machine can.

using System.Text.Json;
using System.Text.Json.Serialization;
using Maison.Models.Image;

namespace Maison.Training.Image;

/// <summary>An image training run, saved as plan.json in its folder.</summary>
/// <param name="Stage">Which part of the model: autoencoder, flow, distil, rewarded, upscaler; or judge.</param>
/// <param name="Data">Folder of prepared pictures.</param>
/// <param name="Steps">Optimiser steps; 0 where the length is told in minutes.</param>
/// <param name="Minutes">Minutes of stepping; 0 where the length is told in steps.</param>
/// <param name="WarmupSteps">Steps until the rate is whole.</param>
/// <param name="DecayShare">Share of the run, at its end, over which the rate falls to almost nothing.</param>
/// <param name="Batch">Pictures per step.</param>
/// <param name="Rate">Learning rate of matrices; others follow it.</param>
/// <param name="Side">Pixels of a picture, down and across; of a crop for the upscaler.</param>
/// <param name="Pictures">Most pictures to train on; 0 for all.</param>
/// <param name="Autoencoder">Checkpoint of an autoencoder, for the flow.</param>
/// <param name="Tokenizer">tokenizer.json of the captions, for the flow.</param>
/// <param name="Teacher">Checkpoint of a flow that a copy of it learns to follow in fewer steps, or begins as to be rewarded.</param>
/// <param name="FewSteps">How many steps those are; of a rewarded flow, those in which it paints while it learns.</param>
/// <param name="Reward">Checkpoint of a judge that rewards a flow.</param>
/// <param name="Anchor">How much it counts how far a rewarded flow's guesses are from the first one's.</param>
/// <param name="Critic">How strongly a critic, which tells painted from real pictures, pulls a rewarded flow, as a share of how strongly the judge does; 0 has none.</param>
/// <param name="Dropout">Share of features that a flow's layers drop while they learn; 0 drops none.</param>
/// <param name="TimeShift">How far the times that a flow learns at are moved to noise, in logits; 0 leaves picture and noise even.</param>
/// <param name="From">Checkpoint of a flow whose weights, shape and scale of latents a flow begins with, or of a judge that a judge begins as; null begins with random weights.</param>
/// <param name="Optimiser">adamw trains all of a flow with it at one rate; null is the usual Muon with AdamW.</param>
public sealed record ImageRunPlan(string Stage, string Data, int Steps, double Minutes, int WarmupSteps, double DecayShare, int Batch, double Rate, int Seed, int Side = 128, int Pictures = 0,
    string? Autoencoder = null, string? Tokenizer = null, AutoencoderConfig? Coder = null, FlowConfig? Flow = null, UpscalerConfig? Enlarger = null,
    string? Teacher = null, int FewSteps = 0, JudgeConfig? Judge = null, float Dropout = 0, float TimeShift = 0, string? Optimiser = null, string? Reward = null, float Anchor = 0, float Critic = 0, string? From = null)
{
    /// <summary>The plan's file in a run folder.</summary>
    public const string FileName = "plan.json";

    /// <summary>How much of the run is done, and the factor of the rate there.</summary>
    public double Progress(ImageRunState state) => Steps > 0 ? (double)state.Step / Steps : state.Seconds / (60 * Minutes);

    /// <summary>The factor of the next step's rate.</summary>
    public double RateFactor(ImageRunState state)
    {
        var left = Math.Max(0, 1 - Progress(state));
        return Math.Min(1, (state.Step + 1.0) / Math.Max(1, WarmupSteps)) * Math.Min(1, Math.Max(0.01, DecayShare > 0 ? left / DecayShare : 1));
    }

    /// <summary>Refuses values that do not fit together.</summary>
    /// <exception cref="ArgumentException">Names the field and what it must be.</exception>
    public ImageRunPlan Validated()
    {
        if (Batch < 1) throw new ArgumentException($"batch must be positive, not {Batch}.");
        if (Steps > 0 == Minutes > 0) throw new ArgumentException("Tell the length of the run either in steps or in minutes.");
        if (WarmupSteps < 0 || !(DecayShare is >= 0 and <= 1)) throw new ArgumentException($"warmupSteps ({WarmupSteps}) must be 0 or more and decayShare ({DecayShare}) from 0 to 1.");
        if (Side < 16 || Side % 16 != 0) throw new ArgumentException($"side must be a multiple of 16, not {Side}.");
        if (Teacher is not null && (FewSteps < 1 || FlowTeacher.Steps % FewSteps != 0)) throw new ArgumentException($"fewSteps must divide the teacher's {FlowTeacher.Steps} steps, not be {FewSteps}.");
        if (Anchor is not (>= 0 and <= 1e6f)) throw new ArgumentException($"anchor ({Anchor}) must be from 0 to 1000000.");
        if (Critic is not (>= 0 and <= 100)) throw new ArgumentException($"critic ({Critic}) must be from 0 to 100.");
        if (Dropout is not (>= 0 and < 1)) throw new ArgumentException($"dropout ({Dropout}) must be at least 0 and less than 1.");
        if (TimeShift is not (>= -4 and <= 4)) throw new ArgumentException($"timeShift ({TimeShift}) must be from -4 to 4.");
        if (Optimiser is not (null or FlowStage.MuonName or FlowStage.AdamWName)) throw new ArgumentException($"optimiser must be {FlowStage.MuonName} or {FlowStage.AdamWName}, not {Optimiser}.");
        return this;
    }

    /// <summary>Writes plan.json.</summary>
    public void Save(string folder) => PlanFile.Save(folder, FileName, this, ImageJson.Default.ImageRunPlan);

    /// <summary>Reads plan.json.</summary>
    public static ImageRunPlan Load(string folder) => PlanFile.Load(folder, FileName, ImageJson.Default.ImageRunPlan, plan => plan.Validated());
}

/// <summary>Where an image run stands.</summary>
/// <param name="Seconds">Spent stepping.</param>
public sealed record ImageRunState(int Step, double Seconds);

/// <summary>One line of metrics.jsonl: a training step.</summary>
public sealed record ImageStepMetrics(int Step, IReadOnlyDictionary<string, double> Losses, double RateFactor, double PicturesPerSecond, double Seconds);

/// <summary>One line of metrics.jsonl: what the model is worth on held-out concepts.</summary>
public sealed record ImageHeldOutMetrics(int Step, IReadOnlyDictionary<string, double> HeldOut);

/// <summary>What made a checkpoint, written beside it.</summary>
/// <param name="Begun">SHA-256 of the weights of a teacher that it followed or began as; null for none.</param>
/// <param name="Judge">SHA-256 of the weights of a judge that taught it; null for none.</param>
/// <param name="Before">What made the flow whose training it goes on with; null for none.</param>
public sealed record ImageReceipt(string Stage, IReadOnlyDictionary<string, string> Data, string Code, int Seed, int Steps, double Seconds, long PicturesSeen, string? Autoencoder, IReadOnlyDictionary<string, double> HeldOut, DateTimeOffset Finished,
    string? Begun = null, string? Judge = null, ImageReceipt? Before = null);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, IgnoreReadOnlyProperties = true)]
[JsonSerializable(typeof(ImageRunPlan))]
[JsonSerializable(typeof(ImageRunState))]
[JsonSerializable(typeof(ImageReceipt))]
[JsonSerializable(typeof(ImageModelReceipt))]
sealed partial class ImageJson : JsonSerializerContext;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ImageStepMetrics))]
[JsonSerializable(typeof(ImageHeldOutMetrics))]
sealed partial class ImageMetricsJson : JsonSerializerContext;
