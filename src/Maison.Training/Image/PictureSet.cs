// The pictures of a run in memory, three bytes a pixel, and which of them a step sees: every epoch is a shuffle of its own.

using Maison.Data.Pictures.Preparation;
using Maison.Training.Voice;

namespace Maison.Training.Image;

/// <summary>Decoded pictures for training and held-out ones.</summary>
public sealed class PictureSet
{
    /// <exception cref="InvalidDataException">The folder holds no prepared pictures, or damaged ones.</exception>
    public PictureSet(ImageRunPlan plan)
    {
        var prepared = new PreparedPictures(plan.Data);
        Side = plan.Side;
        var train = prepared.All.Where(p => !p.HeldOut).ToArray();
        if (plan.Pictures > 0 && plan.Pictures < train.Length)
        {
            // Spread over all corpora.
            new Random(plan.Seed).Shuffle(train);
            train = train[..plan.Pictures];
        }
        if (train.Length == 0) throw new InvalidDataException($"{plan.Data} holds no picture to train on.");
        Train = Decoded(train);
        HeldOut = Decoded([.. prepared.All.Where(p => p.HeldOut)]);
        Digests = prepared.Ledger.ToDictionary(e => e.File, e => e.Sha256);
        Order = new ExampleOrder(train.Length, plan.Batch, plan.Seed);

        (PreparedPicture, byte[])[] Decoded(PreparedPicture[] pictures)
        {
            var decoded = new (PreparedPicture, byte[])[pictures.Length];
            Parallel.For(0, pictures.Length, i => decoded[i] = (pictures[i], prepared.Pixels(pictures[i], plan.Side)));
            return decoded;
        }
    }

    public int Side { get; }
    public IReadOnlyList<(PreparedPicture About, byte[] Pixels)> Train { get; }
    public IReadOnlyList<(PreparedPicture About, byte[] Pixels)> HeldOut { get; }

    /// <summary>SHA-256 of every file of pictures.</summary>
    public IReadOnlyDictionary<string, string> Digests { get; }

    /// <summary>The pictures of a step.</summary>
    public ExampleOrder Order { get; }

    /// <summary>Bytes to [−1, 1].</summary>
    public static void ToSigned(ReadOnlySpan<byte> pixels, Span<float> to)
    {
        for (var i = 0; i < pixels.Length; i++) to[i] = pixels[i] / 127.5f - 1f;
    }
}
