// An image model where it lies: the folder of a flow transformer with its autoencoder, its tokenizer and, once packed, the words of the captions it
// learned from. Prompts in, pictures out, one request at a time; what becomes of the pictures is not its business.

using System.Text.RegularExpressions;
using Maison.Data.Pictures;
using Maison.Data.Tokenizers;
using Maison.Inference.Pictures;
using Maison.Models;
using Maison.Models.Image;
using Maison.Models.Weights;
using Maison.Tensors;

namespace Maison.Training.Image;

/// <summary>A loaded image model; safe for many callers.</summary>
public sealed partial class ImageModel : IDisposable
{
    /// <summary>The image model that comes with Maison.</summary>
    public const string Shipped = "maison-image-1";

    /// <summary>The upscaler that comes with Maison.</summary>
    public const string ShippedUpscaler = "maison-upscale-1";

    /// <summary>Words of the captions it learned from, one a line.</summary>
    public const string WordsName = "words.txt";

    /// <summary>Pictures that are painted side by side; more come after.</summary>
    public const int MostTogether = 4;

    readonly FlowTransformer flow;
    readonly Autoencoder autoencoder;
    readonly BpeTokenizer tokenizer;
    readonly Painter painter;
    readonly Upscaler? upscaler;
    readonly PictureEnlarger? enlarger;
    readonly PictureChooser? chooser;
    readonly HashSet<string> words;
    readonly SemaphoreSlim turn = new(1);

    ImageModel(FlowTransformer flow, Autoencoder autoencoder, BpeTokenizer tokenizer, HashSet<string> words, Upscaler? upscaler, PictureChooser? chooser, Gang gang)
    {
        (this.flow, this.autoencoder, this.tokenizer, this.words, painter, this.upscaler, this.chooser) = (flow, autoencoder, tokenizer, words, new(flow, autoencoder, gang), upscaler, chooser);
        if (upscaler is not null) enlarger = new(upscaler, gang);
    }

    /// <summary>Pixels of a picture, down and across, that it can make: as it is painted, and enlarged where there is an upscaler.</summary>
    public IReadOnlyList<int> Sides => enlarger is null ? [painter.Side] : [painter.Side, painter.Side * UpscalerConfig.Factor];

    /// <summary>Tokens of a prompt at most.</summary>
    public int MostTokens => flow.Config.CaptionTokens;

    /// <summary>Tokens that a picture is made of.</summary>
    public int PictureTokens => flow.Config.PictureTokens;

    /// <summary>Whether a folder holds an image model, as far as a look tells.</summary>
    public static bool IsIn(string folder) => File.Exists(Path.Combine(folder, SafetensorsFile.ModelName)) && Directory.Exists(Path.Combine(folder, ImageCheckpoint.AutoencoderFolder));

    /// <summary>Bytes that it takes in memory: weights in fp32, and what painting computes on the way.</summary>
    /// <param name="chooser">The folder of a chooser.</param>
    /// <exception cref="CheckpointFormatException">A part is missing or damaged.</exception>
    public static long Bytes(string folder, string? upscaler, string? chooser)
    {
        var (flow, autoencoder) = (ImageCheckpoint.FlowConfigOf(folder), ImageCheckpoint.AutoencoderConfigOf(Path.Combine(folder, ImageCheckpoint.AutoencoderFolder)));
        var weights = new object[] { new FlowTransformer(flow), new Autoencoder(autoencoder) }.Sum(m => ModelWeights.Slots(m).Sum(s => s.Weight.Count));
        long rows = 2L * MostTogether * flow.MostTokens, half = 16L * flow.Grid * flow.Grid;
        var scratch = Math.Max(rows * (12L * flow.Hidden + 3L * flow.Inner), half * autoencoder.Half * (9 + 2 * autoencoder.DecoderBlocks + 4));
        if (upscaler is not null && ImageCheckpoint.UpscalerConfigOf(upscaler) is { } u)
        {
            weights += ModelWeights.Slots(new Upscaler(u)).Sum(s => s.Weight.Count);
            scratch += 64L * flow.Grid * flow.Grid * (u.Channels * (3L * u.Blocks + 12) + 36);
        }
        // What a chooser looks at is small beside what is painted.
        if (chooser is not null) weights += ModelWeights.Slots(new PictureJudge(ImageCheckpoint.JudgeConfigOf(chooser))).Sum(s => s.Weight.Count);
        return (weights + scratch) * sizeof(float);
    }

    /// <summary>Loads all parts. The gang stays the caller's.</summary>
    /// <param name="upscaler">The folder of an upscaler; null paints small pictures only.</param>
    /// <param name="chooser">The folder of a chooser; without one a picture is that of its first seed.</param>
    /// <exception cref="CheckpointFormatException">A part is missing or damaged, or the parts do not fit together; names file, field and remedy.</exception>
    public static ImageModel Load(string folder, string? upscaler, string? chooser, Gang gang)
    {
        var (flow, coder) = (ImageCheckpoint.LoadFlow(folder), Path.Combine(folder, ImageCheckpoint.AutoencoderFolder));
        var autoencoder = ImageCheckpoint.LoadAutoencoder(coder);
        if (autoencoder.Config.Latent != flow.Config.Latent) throw new CheckpointFormatException(coder, "config.latent", $"is {autoencoder.Config.Latent}, but the flow makes {flow.Config.Latent}", "use the autoencoder that the flow was trained on");
        var tokenizer = BpeTokenizer.Load(folder);
        if (tokenizer.VocabSize != flow.Config.Vocab) throw new CheckpointFormatException(folder, "tokenizer.json", $"has {tokenizer.VocabSize} ids, but the flow knows {flow.Config.Vocab}", "use the tokenizer that the flow was trained with");
        var listed = Path.Combine(folder, WordsName);
        return new(flow, autoencoder, tokenizer, File.Exists(listed) ? [.. File.ReadLines(listed)] : [], upscaler is null ? null : ImageCheckpoint.LoadUpscaler(upscaler), chooser is null ? null : PictureChooser.Load(chooser, gang), gang);
    }

    /// <summary>How it paints when nobody says otherwise.</summary>
    public PaintingOptions Usual => PaintingOptions.Usual(flow.Config);

    /// <summary>Tokens that a prompt has.</summary>
    public int Tokens(string prompt) => tokenizer.Encode(prompt).Length;

    /// <summary>Words of a prompt that no caption had, in their order; none where the model does not say what it learned.</summary>
    public IReadOnlyList<string> Unknown(string prompt) => words.Count == 0 ? [] : [.. Words(prompt).Where(w => !words.Contains(w)).Distinct()];

    /// <summary>The words of a text, in lower case.</summary>
    public static IEnumerable<string> Words(string text) => Word().Matches(text).Select(m => m.Value.ToLowerInvariant());

    [GeneratedRegex(@"[\p{L}\p{M}\p{N}]+")]
    private static partial Regex Word();

    /// <summary>Seeds among which a picture of a prompt may be chosen, where so many are wanted and nobody told theirs: as many as are painted side by side.</summary>
    public int Candidates(int pictures) => chooser is null ? 1 : Math.Max(1, MostTogether / pictures);

    /// <summary>Paints what is wanted, in its order.</summary>
    /// <param name="side">Of <see cref="Sides"/>.</param>
    /// <param name="onStep">Hears of every step, counted over all pictures that are painted one after another, and can look at those of the moment.</param>
    /// <param name="from">What they are painted from, of the smallest side; null for noise alone.</param>
    /// <exception cref="ArgumentException">A prompt has more tokens than the model reads, or an option is out of range; names it.</exception>
    public IReadOnlyList<PaintedPicture> Paint(IReadOnlyList<PaintOrder> wanted, PaintingOptions options, int side, PaintingSource? from = null, Action<int, Func<IReadOnlyList<PaintedPicture>>>? onStep = null, CancellationToken stop = default)
    {
        if (!Sides.Contains(side)) throw new ArgumentException($"The side {side} can not be made here; it is {string.Join(" or ", Sides)} pixels.");
        // There is nothing to choose by where nothing is understood.
        var each = from is null && wanted.Count > 0 && chooser is not null && wanted.All(w => chooser.Understands(w.Prompt)) ? wanted.Min(w => w.Seeds.Count) : 1;
        int[][] captions = [.. wanted.Select(w => Caption(w.Prompt))];
        turn.Wait(stop);
        try
        {
            List<PaintedPicture> painted = [];
            var before = 0;
            foreach (var few in Enumerable.Range(0, wanted.Count).Chunk(Math.Max(1, MostTogether / each)))
            {
                var (done, steps) = (before, options.StepsFrom(from?.Strength ?? 1));
                var contest = each == 1 ? null : new SeedContest(each, all => [.. few.Select((w, i) => i * each + chooser!.Best(wanted[w].Prompt, [.. all.Skip(i * each).Take(each).Select(p => new Picture(painter.Side, painter.Side, p.Pixels))]))]);
                Painting[] paintings = [.. few.SelectMany(w => wanted[w].Seeds.Take(each).Select(seed => new Painting(captions[w], seed)))];
                painted.AddRange(Sized(painter.Paint(paintings, options, (step, look) => onStep?.Invoke(done + step, () => Sized(look())), from, contest, stop)));
                before += steps;
            }
            return painted;
        }
        finally
        {
            turn.Release();
        }

        IReadOnlyList<PaintedPicture> Sized(IReadOnlyList<PaintedPicture> pictures) => side == painter.Side ? pictures : [.. pictures.Select(p => p with { Pixels = enlarger!.Enlarge(p.Pixels, painter.Side) })];
    }

    /// <summary>Steps that <see cref="Paint"/> tells of, where each picture has one seed or there is one picture.</summary>
    public static int Steps(int pictures, PaintingOptions options, float strength = 1) => (pictures + MostTogether - 1) / MostTogether * options.StepsFrom(strength);

    int[] Caption(string prompt)
    {
        var ids = tokenizer.Encode(prompt);
        return ids.Length <= MostTokens ? ids : throw new ArgumentException($"The prompt has {ids.Length} tokens, but this model reads {MostTokens}. Shorten it.");
    }

    public void Dispose()
    {
        painter.Dispose();
        enlarger?.Dispose();
        chooser?.Dispose();
        foreach (var slot in ModelWeights.Slots(flow).Concat(ModelWeights.Slots(autoencoder)).Concat(upscaler is null ? [] : ModelWeights.Slots(upscaler))) (slot.Weight as IDisposable)?.Dispose();
    }
}
