// Models of random weights for measuring: speed does not depend on what a model has learned.

using System.Buffers.Binary;
using System.Runtime.InteropServices;
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

    /// <summary>Qwen3-8B's shape.</summary>
    public static TextConfig Qwen8B { get; } = Qwen with { Hidden = 4096, Layers = 36, Heads = 32, Intermediate = 12_288, TieEmbeddings = false };

    /// <summary>A model of random matrices as they are stored, made in memory without its fp32 form. Rows repeat themselves, which no speed depends on.</summary>
    /// <param name="format">Q8 or Bf16.</param>
    public static Decoder Stored(TextConfig config, WeightFormat format, int seed)
    {
        const int pieceBytes = 4 << 20, blockBytes = 34;
        var model = new Decoder(config);
        var bytes = new byte[pieceBytes];
        new Random(seed).NextBytes(bytes);
        var piece = new byte[pieceBytes];
        ModelWeights.Map(model, (_, shape) =>
        {
            if (shape.Rows == 1)
            {
                var gain = new Param(1, shape.Cols);
                gain.Values.Fill(1);
                gain.Changed();
                return gain;
            }
            var weight = new PackedWeight(shape.Rows, shape.Cols, format);
            bytes.CopyTo(piece, 0);
            // Unit variance of the products.
            if (format == WeightFormat.Q8)
                for (var at = 0; at + blockBytes <= piece.Length; at += blockBytes) BinaryPrimitives.WriteHalfLittleEndian(piece.AsSpan(at), (Half)(1 / (73f * MathF.Sqrt(shape.Cols))));
            else
                foreach (ref var value in MemoryMarshal.Cast<byte, ushort>(piece.AsSpan())) value = (ushort)(value & 0x807fu | BitConverter.SingleToUInt32Bits(1 / (1.5f * MathF.Sqrt(shape.Cols))) >> 16 & 0x7f80u);
            var rows = (int)(pieceBytes / weight.RowBytes);
            for (var row = 0; row < shape.Rows; row += rows) weight.Write(row, piece.AsSpan(0, (int)(Math.Min(rows, shape.Rows - row) * weight.RowBytes)));
            return weight;
        });
        return model;
    }
}
