using Maison.Models;
using Maison.Models.Image;
using Maison.Tensors;
using Maison.Tests.Models.Weights;

namespace Maison.Tests.Models.Image;

public sealed class ImageModelTests
{
    static readonly AutoencoderConfig coder = new() { Half = 8, Quarter = 12, Eighth = 16, Latent = 4, EncoderBlocks = 1, DecoderBlocks = 2 };
    static readonly FlowConfig flow = new() { Grid = 4, Latent = 4, Hidden = 32, Heads = 2, Blocks = 2, Inner = 48, Vocab = 20, CaptionTokens = 6, TimeWaves = 4 };

    [Fact]
    public void EveryWeightHasAKeyOfItsOwn()
    {
        // Encoder: 3 pairs, a norm, 2 blocks of 5. Decoder: 4 pairs, a norm, 2 + 2 + 1 blocks of 5.
        Assert.Equal(7 + 2 * 5 + 9 + 5 * 5, Keys(new Autoencoder(coder)).Length);
        Assert.Contains("decoder.middle.1.down", Keys(new Autoencoder(coder)));
        Assert.Equal(4 + 2 * 11, Keys(new FlowTransformer(flow)).Length);
        Assert.Contains("blocks.1.qNorm", Keys(new FlowTransformer(flow)));
        // Stem and gathering, a pair each; two gains; two heads; three levels of a pair and a block of 5.
        Assert.Equal(2 + 2 + 2 + 4 + 3 * (2 + 5), Keys(new PictureJudge(new() { Side = 32, Channels = 4, Styles = ["a"], Names = ["b", "c"] })).Length);

        static string[] Keys(object model)
        {
            string[] keys = [.. ModelWeights.Slots(model).Select(s => s.Key)];
            Assert.Equal(keys.Length, keys.Distinct().Count());
            return keys;
        }
    }

    [Fact]
    public void WhatIsSavedLoadsToTheSameBits()
    {
        using var folder = new TemporaryFolder();
        var a = new Autoencoder(coder);
        ImageInit.Initialise(a, 1);
        ImageCheckpoint.Save(folder.File("a"), a);
        var b = ImageCheckpoint.LoadAutoencoder(folder.File("a"));
        Assert.Equal(a.Config, b.Config);
        Assert.Equal(ModelWeights.Slots(a).SelectMany(s => s.Weight.ToArray()), ModelWeights.Slots(b).SelectMany(s => s.Weight.ToArray()));
        Assert.Contains("'maison-flow'", Assert.ThrowsAny<Exception>(() => ImageCheckpoint.LoadFlow(folder.File("a"))).Message);

        var f = new FlowTransformer(flow with { Mean = [1, 2, 3, 4], Deviation = [1, 1, 2, 2] });
        ImageInit.Initialise(f, 1);
        ImageCheckpoint.Save(folder.File("f"), f);
        Assert.Equal(f.Config.Deviation, ImageCheckpoint.LoadFlow(folder.File("f")).Config.Deviation);
    }

    [Fact]
    public void APictureDoesNotDependOnItsCompanyNorOnTheRecorder()
    {
        using var gang = new Gang(2);
        using var arena = new Arena();
        var a = new Autoencoder(coder);
        ImageInit.Initialise(a, 2);
        var random = new Random(1);
        float[] pixels = [.. Enumerable.Range(0, 2 * 16 * 16 * 3).Select(_ => random.NextSingle() * 2 - 1)];
        float[] Run(ReadOnlySpan<float> some, bool record)
        {
            using var pass = new Pass(arena, gang, record);
            var images = some.Length / (16 * 16 * 3);
            pass.Begin(images * 4);
            var latents = a.Encoder.Forward(pass, pass.Input(some, images * 256, 3), new(images, 16, 16));
            return a.Decoder.Forward(pass, latents, new(images, 2, 2)).Span.ToArray();
        }
        var both = Run(pixels, record: true);
        Assert.Equal(both.Skip(16 * 16 * 3), Run(pixels.AsSpan(16 * 16 * 3), record: false));
        Assert.DoesNotContain(both, v => !float.IsFinite(v));

        var f = new FlowTransformer(flow);
        ImageInit.Initialise(f, 3);
        // The head and the last products of blocks start at zero; here they must say something.
        foreach (var slot in ModelWeights.Slots(f))
            if (slot.Weight.Rows > 1) foreach (ref var w in ((Param)slot.Weight).Values) w = random.NextSingle() - 0.5f;
        float[] patches = [.. Enumerable.Range(0, 4 * 16).Select(_ => random.NextSingle())];
        float[] Flow(params (int[] Caption, float Time)[] all)
        {
            using var pass = new Pass(arena, gang);
            var sequence = new FlowSequence(flow);
            foreach (var (caption, time) in all) sequence.Add(patches, time, caption);
            pass.Begin(sequence.Segments, sequence.Outputs);
            return f.Forward(pass, sequence.Ids, pass.Input(sequence.Inputs, sequence.Ids.Length, flow.InputValues)).Span.ToArray();
        }
        var together = Flow(([1, 2], 0.3f), ([], 0.3f), ([1, 2, 3, 4, 5, 6, 7, 8], 0.9f));
        Assert.Equal(together[..64], Flow(([1, 2], 0.3f)));
        Assert.Equal(together[64..128], Flow(([], 0.3f)));
        Assert.NotEqual(together[..64], together[64..128]);
        Assert.NotEqual(Flow(([1, 2], 0.3f)), Flow(([2, 1], 0.3f)));
    }

    [Fact]
    public void PatchesAreCutAndPutTogether()
    {
        float[] latents = [.. Enumerable.Range(0, 4 * 4 * 4).Select(i => (float)i)];
        float[] patches = new float[64], back = new float[64];
        LatentPatches.Copy(flow, latents, patches, toPatches: true);
        LatentPatches.Copy(flow, patches, back, toPatches: false);
        Assert.Equal(latents, back);
        // The second patch begins at column 2; its second tap is column 3, its third the row below.
        Assert.Equal([8f, 12f, 24f], new[] { patches[16], patches[20], patches[24] });
    }

    [Fact]
    public void AConfigOfBeforeThereWasLearnedGuidanceHasNone()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("config.json"), """{"family":"maison-flow","config":{"grid":4,"latent":4,"patch":2,"hidden":32,"heads":2,"blocks":2,"inner":48,"vocab":20,"captionTokens":6,"timeTokens":4,"timeWaves":4,"ropeTheta":100,"normEps":1e-6,"mean":[],"deviation":[]}}""");
        Assert.Equal((0, 1f), (ImageCheckpoint.FlowConfigOf(folder.File("")).Steps, ImageCheckpoint.FlowConfigOf(folder.File("")).Guidance));
    }

    [Fact]
    public void SizesThatDoNotFitAreNamed()
    {
        Assert.Contains("grid", Assert.Throws<ArgumentException>(() => (flow with { Grid = 5 }).Validated()).Message);
        Assert.Contains("heads", Assert.Throws<ArgumentException>(() => (flow with { Heads = 3 }).Validated()).Message);
        Assert.Contains("deviation", Assert.Throws<ArgumentException>(() => (flow with { Mean = [0], Deviation = [1] }).Validated()).Message);
        Assert.Contains("latent", Assert.Throws<ArgumentException>(() => (coder with { Latent = 0 }).Validated()).Message);
    }
}
