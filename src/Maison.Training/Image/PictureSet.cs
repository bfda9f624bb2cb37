// The pictures of a run: which are trained on and which are held out. They stay encoded; a stage decodes them when and as it needs them.

using Maison.Data.Pictures.Preparation;

namespace Maison.Training.Image;

/// <summary>Pictures for training and held-out ones.</summary>
public sealed class PictureSet
{
    readonly PreparedPictures prepared;
    readonly int side;

    /// <exception cref="InvalidDataException">The folder holds no prepared pictures, or damaged ones.</exception>
    public PictureSet(ImageRunPlan plan)
    {
        (prepared, side) = (new(plan.Data), plan.Side);
        var train = prepared.All.Where(p => !p.HeldOut).ToArray();
        if (plan.Pictures > 0 && plan.Pictures < train.Length)
        {
            // Spread over all corpora.
            new Random(plan.Seed).Shuffle(train);
            train = train[..plan.Pictures];
        }
        if (train.Length == 0) throw new InvalidDataException($"{plan.Data} holds no picture to train on.");
        Train = train;
        HeldOut = [.. prepared.All.Where(p => p.HeldOut)];
        Digests = prepared.Ledger.ToDictionary(e => e.File, e => e.Sha256);
    }

    public IReadOnlyList<PreparedPicture> Train { get; }
    public IReadOnlyList<PreparedPicture> HeldOut { get; }

    /// <summary>SHA-256 of every file of pictures.</summary>
    public IReadOnlyDictionary<string, string> Digests { get; }

    /// <summary>The pixels of a picture, three bytes each.</summary>
    public byte[] Pixels(PreparedPicture picture, PictureView? view = null) => prepared.Pixels(picture, side, view);

    /// <summary>The pixels of pictures as they came.</summary>
    public byte[][] Pixels(IReadOnlyList<PreparedPicture> some)
    {
        var decoded = new byte[some.Count][];
        Parallel.For(0, decoded.Length, i => decoded[i] = Pixels(some[i]));
        return decoded;
    }

    /// <summary>Bytes to [−1, 1].</summary>
    public static void ToSigned(ReadOnlySpan<byte> pixels, Span<float> to)
    {
        for (var i = 0; i < pixels.Length; i++) to[i] = pixels[i] / 127.5f - 1f;
    }
}
