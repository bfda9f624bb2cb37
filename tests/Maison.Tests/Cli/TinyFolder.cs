// A model folder as `maison train` leaves it, small enough to be made in each test: random weights, a byte-level tokenizer with all marks.

using Maison.Data.Tokenizers;
using Maison.Models;
using Maison.Models.Text;
using Maison.Models.Weights;
using Maison.Tensors;

namespace Maison.Tests.Cli;

static class TinyFolder
{
    public static TextConfig Config(int context = 256) => new()
    {
        Vocab = 256 + MarkNames.All.Count,
        Hidden = 32,
        Layers = 2,
        Heads = 4,
        KvHeads = 2,
        HeadDim = 16,
        Intermediate = 64,
        Context = context,
        TieEmbeddings = true,
    };

    public static void Make(string folder, int seed = 1, int context = 256)
    {
        Directory.CreateDirectory(folder);
        var tokenizer = BpeTrainer.Train(["x"u8.ToArray()], 256 + MarkNames.All.Count, MarkNames.All);
        tokenizer.Save(System.IO.Path.Combine(folder, "tokenizer.json"));
        var model = new Decoder(Config(context));
        DecoderInit.Initialise(model, seed);
        var random = new Random(seed);
        foreach (var slot in ModelWeights.Slots(model).Where(s => s.Weight.Rows > 1))
        {
            var param = (Param)slot.Weight;
            foreach (ref var value in param.Values) value = (float)(random.NextDouble() - 0.5) * 4f / MathF.Sqrt(param.Cols);
            param.Changed();
        }
        DecoderCheckpoint.Save(folder, model, ElementType.BF16);
        foreach (var slot in ModelWeights.Slots(model)) ((Param)slot.Weight).Dispose();
    }
}
