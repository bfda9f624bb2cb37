using Maison.Data.Chat;
using Maison.Data.Tokenizers;
using Maison.Models;
using Maison.Models.Text;
using Maison.Models.Weights;
using Maison.Tensors;

namespace Maison.Tests.Models.Weights;

/// <summary>A random decoder with a trained tokenizer, small enough for a test, as a checkpoint folder.</summary>
static class TinyModel
{
    public const string Text = "The house stands. The model that lives in it reads, writes and counts: 1, 2, 34. Das Haus steht; l'été, 世界! \n\n\tdone  ";

    public static readonly TextConfig Config = new()
    {
        Vocab = 320,
        Hidden = 64,
        Layers = 2,
        Heads = 4,
        KvHeads = 2,
        HeadDim = 16,
        Intermediate = 96,
        Context = 128,
        RopeTheta = 50_000f,
        NormEps = 1e-5f,
        TieEmbeddings = true,
    };

    /// <summary>The same house with four experts per block, two of them at work.</summary>
    public static readonly TextConfig Mixture = Config with { TieEmbeddings = false, Experts = 4, ExpertsPerToken = 2, ExpertIntermediate = 32 };

    /// <summary>Every weight filled at random, whatever its place: zeros and ones would hide a swap.</summary>
    public static Decoder Random(TextConfig config, int seed)
    {
        var model = new Decoder(config);
        var random = new Random(seed);
        ModelWeights.Map(model, (_, old) =>
        {
            var weight = new Param(old.Rows, old.Cols);
            foreach (ref var value in weight.Values) value = ((float)random.NextDouble() * 2 - 1) / MathF.Sqrt(old.Cols) + (old.Rows == 1 ? 1 : 0);
            weight.Changed();
            return weight;
        });
        return model;
    }

    public static BpeTokenizer Tokenizer() =>
        BpeTrainer.Train(Enumerable.Repeat((ReadOnlyMemory<byte>)System.Text.Encoding.UTF8.GetBytes(Text), 3), 300, MarkNames.All, threads: 1);

    /// <summary>Writes config, weights and tokenizer files.</summary>
    public static void Save(string folder, Decoder model, ElementType type)
    {
        DecoderCheckpoint.Save(folder, model, type);
        var tokenizer = Tokenizer();
        tokenizer.Save(folder);
        ChatTemplate.SaveConfig(tokenizer, folder, model.Config.Context, chat: true);
        File.WriteAllText(Path.Combine(folder, "card.md"), "# tiny");
    }

    /// <summary>All values of a checkpoint by property path.</summary>
    public static Dictionary<string, float[]> Values(string folder)
    {
        using var file = SafetensorsFile.Open(folder);
        return file.Tensors.ToDictionary(t => t.Name, t => t.ReadAll());
    }
}
