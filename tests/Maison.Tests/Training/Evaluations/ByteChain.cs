// A model with known answers: its blocks add nothing, embeddings are one-hot and the head is a table, so what follows depends on the last
// byte alone. A favourite successor has logit 8, all others 0; log-likelihoods can be counted on one's fingers.

using Maison.Data.Chat;
using Maison.Data.Tokenizers;
using Maison.Models;
using Maison.Models.Text;
using Maison.Models.Weights;
using Maison.Tensors;
using Maison.Training.Evaluations;

namespace Maison.Tests.Training.Evaluations;

static class ByteChain
{
    const float favour = 8;

    /// <summary>A tokenizer without merges: 256 bytes and the marks.</summary>
    public static readonly BpeTokenizer Tokenizer = BpeTrainer.Train([System.Text.Encoding.UTF8.GetBytes("text")], 256 + MarkNames.All.Count, MarkNames.All, threads: 1);

    /// <summary>ln p of a favourite successor.</summary>
    public static double Likely => favour - Math.Log(Math.Exp(favour) + Tokenizer.VocabSize - 1);

    /// <summary>ln p of any other, after a byte that has a favourite.</summary>
    public static double Unlikely => Likely - favour;

    public static int Id(string token) => Tokenizer.SpecialTokens.TryGetValue(token, out var id) ? id : Tokenizer.Encode(token)[0];

    /// <summary>A small decoder of random weights over the same bytes, to be tuned.</summary>
    public static Decoder Untaught(int seed)
    {
        var model = new Decoder(new TextConfig { Vocab = Tokenizer.VocabSize, Hidden = 32, Layers = 2, Heads = 4, KvHeads = 2, HeadDim = 16, Intermediate = 48, Context = 96 });
        DecoderInit.Initialise(model, seed);
        return model;
    }

    /// <summary>A decoder in which each pair's second token is likely to follow its first.</summary>
    public static Decoder Decoder(int context, params (string After, string Next)[] pairs)
    {
        var vocab = Tokenizer.VocabSize;
        var model = new Decoder(new TextConfig { Vocab = vocab, Hidden = vocab, Layers = 1, Heads = 1, KvHeads = 1, HeadDim = 16, Intermediate = 16, Context = context, NormEps = 1e-12f });
        DecoderInit.Initialise(model, 1);
        ModelWeights.Map(model, (key, weight) =>
        {
            var param = (Param)weight;
            if (key == "embedding")
            {
                param.Values.Clear();
                for (var i = 0; i < vocab; i++) param.Values[i * vocab + i] = 1;
            }
            if (key == "head")
            {
                param.Values.Clear();
                // The norm scales a one-hot row to √hidden.
                foreach (var (after, next) in pairs) param.Values[Id(next) * vocab + Id(after)] = favour / MathF.Sqrt(vocab);
            }
            param.Changed();
            return param;
        });
        return model;
    }

    public static EvaluatedModel Model(Gang gang, int context, params (string After, string Next)[] pairs)
        => new(Decoder(context, pairs), Tokenizer, Id(MarkNames.EndOfText), [], "weights", gang);

    /// <summary>Writes a model folder.</summary>
    public static string Save(string folder, Decoder decoder)
    {
        DecoderCheckpoint.Save(folder, decoder, ElementType.F32);
        Tokenizer.Save(folder);
        ChatTemplate.SaveConfig(Tokenizer, folder, decoder.Config.Context, chat: true);
        return folder;
    }
}
