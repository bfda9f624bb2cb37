// A model loaded for serving keeps its stored bytes and answers with the bits of the same checkpoint widened to fp32.

using Maison.Models;
using Maison.Models.Text;
using Maison.Models.Weights;
using Maison.Tensors;
using Maison.Tests.Models.Weights;

namespace Maison.Tests.Models.Text;

public sealed class ServedModelTests
{
    [Theory]
    [InlineData(ElementType.F32, false), InlineData(ElementType.BF16, true), InlineData(ElementType.F16, false), InlineData(ElementType.Q8_0, true)]
    public void StoredMatricesGiveTheBitsOfWidenedOnes(ElementType type, bool mixture)
    {
        using var folder = new TemporaryFolder();
        DecoderCheckpoint.Save(folder.Path, TinyModel.Random(mixture ? TinyModel.Mixture : TinyModel.Config, 8), type);
        var served = DecoderCheckpoint.Load(folder.Path, context: 64);
        var widened = DecoderCheckpoint.LoadTrainable(folder.Path);
        var slots = ModelWeights.Slots(served);
        Assert.All(slots, s => Assert.Equal(s.Weight.Rows == 1, s.Weight is Param));
        Assert.Equal(slots.Sum(s => s.Weight.Bytes), DecoderCheckpoint.LoadedBytes(folder.Path));

        using var gang = new Gang(2);
        using var arena = new Arena(4 << 20);
        using var pass = new Pass(arena, gang);
        foreach (var rows in new[] { 1, 3, 40 })
        {
            var ids = Enumerable.Range(0, rows).Select(i => i * 37 % TinyModel.Config.Vocab).ToArray();
            pass.Begin(rows);
            var expected = widened.Forward(pass, ids).Span.ToArray();
            pass.Begin(rows);
            Assert.Equal(expected, served.Forward(pass, ids).Span.ToArray());
        }
    }
}
