using Maison.Models.Voice;

namespace Maison.Tests.Models.Voice;

public sealed class CepstraTests
{
    [Fact]
    public void NeitherLevelNorScaleMattersAndSlopesAreSlopes()
    {
        var random = new Random(2);
        var mel = Enumerable.Range(0, 40 * 80).Select(_ => (float)random.NextDouble()).ToArray();
        var plain = Cepstra.Of(mel, 80, 13);
        Assert.Equal(40 * 26, plain.Length);
        var louder = Cepstra.Of([.. mel.Select(v => 3 * v + 5)], 80, 13);
        for (var i = 0; i < plain.Length; i++) Assert.Equal(plain[i], louder[i], 1e-3f);
        // Each coefficient has mean 0 and deviation 1 over the utterance.
        for (var k = 0; k < 13; k++)
        {
            var values = Enumerable.Range(0, 40).Select(t => (double)plain[t * 26 + k]).ToArray();
            Assert.Equal(0, values.Average(), 1e-4);
            Assert.Equal(1, values.Average(v => v * v), 1e-3);
            Assert.Equal(
                (values[21] - values[19] + 2 * (values[22] - values[18])) / 2.5, plain[20 * 26 + 13 + k], 1e-4);
        }
    }

    [Fact]
    public void AMarkHasOneStateAndASoundTwo()
    {
        var aligner = new Aligner(new AlignerConfig { Phones = ["sil", "A", "B"], Marks = 1 });
        Assert.Equal([1, 0, 1, 1, 1, 1, 1, 0], aligner.States([0, 1, 2, 0]));
        Assert.Equal([4, 5, 2, 7], Aligner.PerPhone([4, 2, 3, 1, 1, 7], [1, 0, 1, 1, 1, 1, 1, 0], 4));
    }
}
