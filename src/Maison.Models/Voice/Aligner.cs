// Finds out when each phone of a known text is spoken: a hidden Markov model whose states have Gaussians of one width around learnt means,
// two states for a sound and one for a mark. Trained from a flat start by the likelihood of all alignments (arXiv 2108.10447 with likelihoods
// in place of a choice among phones: a choice let some phones take their neighbours' frames). States know nothing of their neighbours, so
// that no phone can learn another one's sound. It knows nothing of text, files or how its alignments are used.

using Maison.Tensors;

namespace Maison.Models.Voice;

/// <summary>Sizes of an aligner.</summary>
public sealed record AlignerConfig
{
    /// <summary>The phones it knows; an id is a place in this list.</summary>
    public required IReadOnlyList<string> Phones { get; init; }

    /// <summary>Ids below this are marks, which have one state.</summary>
    public required int Marks { get; init; }

    /// <summary>Bands of a frame.</summary>
    public int Mels { get; init; } = 80;

    /// <summary>Cepstra of a frame, their slopes not counted.</summary>
    public int Cepstra { get; init; } = 13;

    /// <summary>States of a sound: its least length in frames.</summary>
    public int States { get; init; } = 2;

    /// <summary>Log-likelihood per squared distance, negative.</summary>
    public float Scale { get; init; } = -0.5f;

    /// <summary>What a frame is told by: cepstra and slopes.</summary>
    public int Features => 2 * Cepstra;

    /// <summary>Refuses sizes that do not fit together.</summary>
    /// <exception cref="ArgumentException">Names the field and what it must be.</exception>
    public AlignerConfig Validated()
    {
        if (Phones.Count == 0) throw new ArgumentException("phones is empty: name at least one.");
        if (Marks < 0 || Marks > Phones.Count) throw new ArgumentException($"marks ({Marks}) must be between 0 and the {Phones.Count} phones.");
        foreach (var (value, name) in new[] { (Mels, "mels"), (Cepstra, "cepstra"), (States, "states") })
            if (value < 1) throw new ArgumentException($"{name} must be positive, not {value}.");
        if (!(Scale < 0)) throw new ArgumentException($"scale must be negative, not {Scale}: what is far is unlikely.");
        return this;
    }
}

/// <summary>Phones and frames to log-likelihoods of each state in each frame.</summary>
public sealed class Aligner(AlignerConfig config) : ILayer
{
    public AlignerConfig Config { get; } = config.Validated();

    /// <summary>Where the states of each phone lie, side by side.</summary>
    public Weight Means { get; set; } = new UnloadedWeight(config.Phones.Count, config.States * config.Features);

    /// <summary>Which states a sequence of phones passes through: 1 for those that are there, 0 for those a mark lacks.</summary>
    public int[] States(ReadOnlySpan<int> phones)
    {
        var states = new int[phones.Length * Config.States];
        for (var i = 0; i < states.Length; i++) states[i] = i % Config.States == 0 || phones[i / Config.States] >= Config.Marks ? 1 : 0;
        return states;
    }

    /// <summary>Means of all states that the phones pass through: (states, features).</summary>
    /// <param name="states">Of <see cref="States"/>.</param>
    public Tensor Keys(Pass p, ReadOnlySpan<int> phones, ReadOnlySpan<int> states)
        => p.Repeat(p.Embed(phones, Means).View(states.Length, Config.Features), states);

    /// <summary>Log-likelihood of each state in each frame, up to a constant: (frames, states).</summary>
    /// <param name="cepstra">Of <see cref="Cepstra.Of"/>, (frames, features).</param>
    /// <param name="prior">What is known before, as <see cref="Alignment.LogPrior"/> tells it; none for a flat one.</param>
    public Tensor Scores(Pass p, Tensor cepstra, Tensor keys, Tensor prior = default) => p.SquaredDistance(cepstra, keys, Config.Scale, prior);

    /// <summary>Frames per phone from frames per state.</summary>
    public static int[] PerPhone(ReadOnlySpan<int> frames, ReadOnlySpan<int> states, int phones)
    {
        var counts = new int[phones];
        var each = states.Length / Math.Max(1, phones);
        for (int i = 0, at = 0; i < states.Length; i++)
            if (states[i] != 0) counts[i / each] += frames[at++];
        return counts;
    }
}
