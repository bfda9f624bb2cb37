// Models of random weights for measuring: speed does not depend on what a model has learned.

using System.Buffers.Binary;
using Maison.Data.Tokenizers;
using Maison.Models;
using Maison.Models.Text;
using Maison.Models.Weights;
using Maison.Tensors;

namespace Maison.Cli.Bench;

/// <summary>Makes models that say nothing sensible.</summary>
static class RandomModel
{
    /// <summary>About the shape of the shipped text model: 20 million parameters.</summary>
    public static TextConfig House { get; } = new()
    {
        Vocab = 8192,
        Hidden = 384,
        Layers = 8,
        Heads = 6,
        KvHeads = 6,
        HeadDim = 64,
        Intermediate = 1024,
        Context = 1024,
        TieEmbeddings = true,
    };

    /// <summary>Qwen3-0.6B's shape.</summary>
    public static TextConfig Qwen { get; } = new()
    {
        Vocab = 151_936,
        Hidden = 1024,
        Layers = 28,
        Heads = 16,
        KvHeads = 8,
        HeadDim = 128,
        Intermediate = 3072,
        Context = 2048,
        RopeTheta = 1_000_000,
        TieEmbeddings = true,
    };

    /// <summary>Writes a model folder with a tokenizer of made-up words.</summary>
    public static void Save(string folder, TextConfig config, int seed)
    {
        Directory.CreateDirectory(folder);
        BpeTrainer.Train(MadeUpText.Documents(MadeUpText.Bytes(4_000_000, seed)), config.Vocab, MarkNames.All).Save(Path.Combine(folder, "tokenizer.json"));
        var model = new Decoder(config);
        DecoderInit.Initialise(model, seed);
        DecoderCheckpoint.Save(folder, model, ElementType.BF16);
        foreach (var slot in ModelWeights.Slots(model)) (slot.Weight as IDisposable)?.Dispose();
    }

    /// <summary>A model of random Q8_0 matrices, made in memory without its fp32 form.</summary>
    public static Decoder EightBit(TextConfig config, int seed)
    {
        const int blockBytes = 34;
        var model = new Decoder(config);
        var random = new Random(seed);
        ModelWeights.Map(model, (_, shape) =>
        {
            if (shape.Rows == 1)
            {
                var gain = new Param(1, shape.Cols);
                gain.Values.Fill(1);
                gain.Changed();
                return gain;
            }
            var weight = new PackedWeight(shape.Rows, shape.Cols, WeightFormat.Q8);
            var scale = (Half)(1 / (73f * MathF.Sqrt(shape.Cols)));           // unit variance of the products
            const int rowsAtOnce = 1024;
            var bytes = new byte[Math.Min(rowsAtOnce, shape.Rows) * weight.RowBytes];
            for (var row = 0; row < shape.Rows; row += rowsAtOnce)
            {
                var piece = bytes.AsSpan(0, (int)(Math.Min(rowsAtOnce, shape.Rows - row) * weight.RowBytes));
                random.NextBytes(piece);
                for (var at = 0; at < piece.Length; at += blockBytes) BinaryPrimitives.WriteHalfLittleEndian(piece[at..], scale);
                weight.Write(row, piece);
            }
            return weight;
        });
        return model;
    }
}
