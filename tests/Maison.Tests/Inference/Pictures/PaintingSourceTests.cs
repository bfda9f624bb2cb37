using Maison.Inference.Pictures;
using Maison.Models.Image;
using Maison.Models.Weights;
using Maison.Tensors;

namespace Maison.Tests.Inference.Pictures;

public sealed class PaintingSourceTests : IDisposable
{
    const int Side = 32;
    static readonly FlowConfig shape = new() { Grid = 4, Latent = 4, Hidden = 32, Heads = 2, Blocks = 1, Inner = 48, Vocab = 20, CaptionTokens = 6, TimeWaves = 4, Mean = [0.1f, 0, 0, -0.1f], Deviation = [1, 2, 1, 1] };
    static readonly Painting[] two = [new([1, 2], 7), new([3], 8)];

    readonly Gang gang = new(2);
    readonly Autoencoder coder = new(new() { Half = 8, Quarter = 12, Eighth = 16, Latent = 4, EncoderBlocks = 1, DecoderBlocks = 1 });
    readonly Painter painter;
    readonly byte[] picture;

    public PaintingSourceTests()
    {
        var flow = new FlowTransformer(shape);
        ImageInit.Initialise(coder, 1);
        ImageInit.Initialise(flow, 2);
        var random = new Random(3);
        // The head and the last products of blocks start at zero; here they must say something.
        foreach (var slot in Maison.Models.ModelWeights.Slots(flow))
            if (slot.Weight.Rows > 1) foreach (ref var w in ((Param)slot.Weight).Values) w = random.NextSingle() - 0.5f;
        painter = new(flow, coder, gang);
        picture = new byte[Side * Side * 3];
        random.NextBytes(picture);
    }

    public void Dispose()
    {
        painter.Dispose();
        gang.Dispose();
    }

    IReadOnlyList<byte[]> Paint(PaintingSource? from, int steps = 4, Painting[]? wanted = null) => [.. painter.Paint(wanted ?? two, new(steps), null, from).Select(p => p.Pixels)];

    /// <summary>The picture as the autoencoder gives it back.</summary>
    byte[] Returned()
    {
        using var arena = new Arena();
        using var pass = new Pass(arena, gang);
        pass.Begin(16);
        var latents = coder.Encoder.Forward(pass, pass.Input([.. picture.Select(p => p / 127.5f - 1f)], Side * Side, 3), new(1, Side, Side));
        return Painter.Bytes(coder.Decoder.Forward(pass, latents, new(1, 4, 4)).Span);
    }

    [Fact]
    public void FullStrengthForgetsThePicture()
    {
        var free = Paint(null);
        Assert.Equal(free, Paint(new(picture, 1)));
        Assert.NotEqual(free, Paint(new(picture, 0.9f)));
    }

    [Fact]
    public void WhereNothingIsPaintedThePictureComesBack()
    {
        // The last step leaves the source's own latents; the autoencoder rounds on the way.
        const double rounding = 1;
        foreach (var made in Paint(new(picture, 1, new byte[Side * Side]), steps: 3)) Assert.InRange(Distance(made, Returned()), 0, rounding);
    }

    [Fact]
    public void AMaskChangesOnlyWhatItOpensAndItsSurroundings()
    {
        var mask = new byte[Side * Side];
        for (var y = 0; y < Side; y++) mask.AsSpan(y * Side, Side / 4).Fill(255);
        var (made, returned) = (Paint(new(picture, 1, mask))[0], Returned());
        Assert.True(Distance(made, returned, x => x < Side / 4) > 4 * Distance(made, returned, x => x >= Side * 3 / 4));
        Assert.Equal(Paint(new(picture, 1))[1], Paint(new(picture, 1, [.. Enumerable.Repeat((byte)1, mask.Length)]))[1]);
    }

    [Fact]
    public void APictureDoesNotDependOnItsCompany() => Assert.Equal(Paint(new(picture, 0.6f))[1], Paint(new(picture, 0.6f), wanted: two[1..])[0]);

    [Fact]
    public void FewerStepsLeadFromAPictureAndEachIsHeardOf()
    {
        var heard = new List<int>();
        painter.Paint(two, new(Steps: 10), (step, look) => { heard.Add(step); Assert.Equal(2, look().Count); }, new(picture, 0.3f));
        Assert.Equal([1, 2, 3], heard);
        Assert.Equal((16, 10, 1), (new PaintingOptions().StepsFrom(1), new PaintingOptions().StepsFrom(0.6f), new PaintingOptions().StepsFrom(0.01f)));
    }

    [Fact]
    public void WhatDoesNotFitIsNamed()
    {
        Assert.Contains("strength", Assert.Throws<ArgumentException>(() => Paint(new(picture, 0))).Message);
        Assert.Contains("strength", Assert.Throws<ArgumentException>(() => Paint(new(picture, 1.1f))).Message);
        Assert.Contains("32 × 32", Assert.Throws<ArgumentException>(() => Paint(new(picture[3..], 1))).Message);
        Assert.Contains("mask", Assert.Throws<ArgumentException>(() => Paint(new(picture, 1, new byte[4]))).Message);
    }

    static double Distance(byte[] a, byte[] b, Func<int, bool>? column = null)
        => Enumerable.Range(0, a.Length).Where(i => column is null || column(i / 3 % Side)).Average(i => Math.Abs(a[i] - b[i]));
}
