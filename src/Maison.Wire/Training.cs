// Training runs as this house's administrators see them: ours alone, OpenAI's fine-tuning jobs are another thing.

namespace Maison.Wire;

/// <summary>All runs, the one that was written last first.</summary>
public sealed record TrainingRunList(IReadOnlyList<TrainingRunBody> Data)
{
    public string Object { get; init; } = "list";
}

/// <summary>A training run: where it stands and how it got there.</summary>
public sealed record TrainingRunBody
{
    public required string Id { get; init; }
    public string Object { get; init; } = "training.run";

    /// <summary>text, voice, image or g2p; null where the plan can not be read.</summary>
    public string? Kind { get; init; }

    /// <summary>Which part of a voice or an image model.</summary>
    public string? Stage { get; init; }

    /// <summary>running, stopped or done.</summary>
    public required string Status { get; init; }
    public required int Step { get; init; }

    /// <summary>Steps of the whole; null where the length is told in minutes.</summary>
    public int? Steps { get; init; }
    public double? Minutes { get; init; }

    /// <summary>From 0 to 1.</summary>
    public required double Progress { get; init; }
    public double? Loss { get; init; }

    /// <summary>Units a second.</summary>
    public double? Rate { get; init; }

    /// <summary>tokens, pictures, or seconds of sound.</summary>
    public string? RateUnit { get; init; }
    public double? SecondsLeft { get; init; }
    public required long UpdatedAt { get; init; }

    /// <summary>What it was worth on held-out data, oldest first.</summary>
    public IReadOnlyList<HeldOutBody> HeldOut { get; init; } = [];

    /// <summary>The loss over the steps as an SVG document; only where one run is asked for.</summary>
    public string? Curve { get; init; }
}

/// <summary>Measures on held-out data at a step.</summary>
public sealed record HeldOutBody(int Step, IReadOnlyDictionary<string, double> Measures);
