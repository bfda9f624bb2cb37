// A forward that nobody will walk back takes the scratch of one block however deep the model is, and gives the same bits.

using Maison.Models.Text;
using Maison.Tensors;

namespace Maison.Tests.Models.Text;

public sealed class DecoderScratchTests
{
    [Theory]
    [InlineData(64 << 20)]
    [InlineData(1 << 14)]
    public void ScratchDoesNotGrowWithDepth(int chunkBytes)
    {
        using var gang = new Gang(1);
        var ids = Enumerable.Range(0, 40).Select(i => i * 7 % 50).ToArray();
        var used = new List<long>();
        foreach (var layers in new[] { 2, 9 })
        {
            var model = new Decoder(new TextConfig { Vocab = 50, Hidden = 32, Layers = layers, Heads = 2, KvHeads = 1, HeadDim = 16, Intermediate = 48, Context = 64, InputSkip = true });
            DecoderInit.Initialise(model, 3);
            foreach (var slot in Maison.Models.ModelWeights.Slots(model).Where(s => s.Key.EndsWith(".o") || s.Key.EndsWith(".down")))
                ((Param)slot.Weight).Values.Fill(0.01f);
            using Arena arena = new(chunkBytes), recordedArena = new();
            using Pass pass = new(arena, gang), recorded = new(recordedArena, gang, record: true);
            pass.Begin(ids.Length);
            recorded.Begin(ids.Length);
            var logits = model.Forward(pass, ids);
            Assert.Equal(model.Forward(recorded, ids).Span, logits.Span);
            used.Add(arena.BytesUsed);
        }
        if (chunkBytes > 1 << 20) Assert.Equal(used[0], used[1]);
    }
}
