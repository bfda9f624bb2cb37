// A picture request after it was checked: what is painted, and what becomes of it.

using Maison.Api.Errors;
using Maison.Data.Pictures;
using Maison.Inference.Pictures;
using Maison.Wire;
using Microsoft.AspNetCore.Http;

namespace Maison.Api.Images;

/// <summary>A checked request.</summary>
sealed record ImagePlan
{
    /// <summary>Paintings of a picture whose background is to be cut out, after the first.</summary>
    const int MoreTries = 3;

    public required ServedPainter Painter { get; init; }
    public required string Prompt { get; init; }

    /// <summary>Of the prompt.</summary>
    public required int Tokens { get; init; }

    /// <summary>Pixels that are painted, down and across.</summary>
    public required int Side { get; init; }
    /// <summary>One for each picture.</summary>
    public required IReadOnlyList<long> Seeds { get; init; }

    /// <summary>Whether the request left them to us.</summary>
    public required bool AnySeeds { get; init; }
    public required PaintingOptions Options { get; init; }
    public required string Quality { get; init; }
    public required bool Stream { get; init; }

    /// <summary>Pictures that a stream shows before the whole one.</summary>
    public required int Looks { get; init; }

    /// <summary>Words of the prompt that the model never saw.</summary>
    public required IReadOnlyList<string> Unknown { get; init; }
    public required PictureFormat Format { get; init; }

    /// <summary>0 to 100, where the format loses something.</summary>
    public required int Compression { get; init; }

    /// <summary>Whether the plain background is cut out.</summary>
    public required bool Cut { get; init; }

    /// <summary>Whether the answer gives addresses.</summary>
    public required bool Linked { get; init; }

    /// <summary>What is edited; null where pictures are made of nothing but the prompt.</summary>
    public EditedPicture? Edit { get; init; }

    public int Count => Seeds.Count;
    public int Width => Edit?.Picture.Width ?? Side;
    public int Height => Edit?.Picture.Height ?? Side;
    public string Size => $"{Width}x{Height}";
    public string Background => Cut ? "transparent" : "opaque";
    public int Steps => Options.StepsFrom(Edit?.Strength ?? 1);

    /// <summary>Where the request left seeds to us, a picture is the best of a few.</summary>
    IReadOnlyList<PaintOrder> Wanted => [.. Seeds.Select(seed => new PaintOrder(Prompt, [(ulong)seed, .. Others()]))];

    IEnumerable<ulong> Others() => AnySeeds && Edit is null ? Enumerable.Range(1, Painter.Candidates(Count) - 1).Select(_ => (ulong)Random.Shared.NextInt64(ImageRules.MostSeed)) : [];

    /// <summary>Whether a look is due after a step; the first one comes as early as can be.</summary>
    public bool LooksAfter(int step) => Enumerable.Range(0, Looks).Any(i => step == Math.Max(i + 1, i * Steps / (Looks + 1)) && step < Steps);

    /// <summary>Paints on the caller's thread.</summary>
    public IReadOnlyList<PaintedPicture> Paint(Action<int, Func<IReadOnlyList<PaintedPicture>>>? onStep, CancellationToken stop)
    {
        PaintingSource? from = null;
        if (Edit is { } edit)
        {
            var (pixels, mask) = edit.Picture.For(Painter.Sides[0]);
            from = new(pixels, edit.Strength, mask);
        }
        try { return Painter.Paint(Wanted, Options, Side, from, onStep, stop); }
        catch (ArgumentException e) { throw ApiException.Invalid("prompt", e.Message); }
    }

    /// <summary>Paints pictures again, with other seeds, whose background is not plain enough to be cut out; a few times, and only where the request named no seed.</summary>
    public IReadOnlyList<PaintedPicture> WithPlainBackgrounds(IReadOnlyList<PaintedPicture> painted, CancellationToken stop)
    {
        var pictures = painted.ToArray();
        for (var more = MoreTries; more > 0 && Cut && AnySeeds; more--)
        {
            int[] busy = [.. Enumerable.Range(0, Count).Where(i => PlainBackground.Cut(new(Side, Side, pictures[i].Pixels)) is null)];
            if (busy.Length == 0) break;
            foreach (var (i, picture) in busy.Zip((this with { Seeds = [.. busy.Select(_ => Random.Shared.NextInt64(ImageRules.MostSeed))] }).Paint(null, stop))) pictures[i] = picture;
        }
        return pictures;
    }

    /// <summary>The file of a painted picture.</summary>
    /// <param name="look">Whether it is not the whole picture yet.</param>
    public byte[] File(PaintedPicture painted, bool look = false)
    {
        var picture = Edit?.Picture.With(painted.Pixels, Side) ?? new Picture(Side, Side, painted.Pixels);
        if (Cut) picture = PlainBackground.Cut(picture) ?? (look ? picture : throw ApiException.Request(StatusCodes.Status422UnprocessableEntity,
            $"The picture of seed {painted.Seed} came out without a plain background, so nothing can be cut out. Try another seed, or leave out 'background'.", "background", "no_plain_background"));
        return Format.Encode(picture, Compression, new(PictureRecipe.Joined([Prompt]), (int)painted.Seed, 1, Options.Steps, Options.Guidance, Painter.Id, Side,
            Side == Painter.Sides[0] ? null : Painter.Upscaler, Edit is null ? null : new(Edit.Source, Edit.Mask, Edit.Strength, Width, Height, Edit.Area), Cut));
    }

    public ImageRecipe Recipe(PaintedPicture painted) => new(Painter.Id, (long)painted.Seed, Options.Steps, Options.Guidance, Edit?.Strength, Edit?.Source, Edit?.Mask, Edit?.Area);

    /// <summary>Tokens of what was sent: of the prompt, and of a picture to edit.</summary>
    public long InputTokens => Tokens + PictureTokens;

    public ImageUsage Usage
    {
        get
        {
            long made = (long)Count * Painter.PictureTokens;
            return new(InputTokens, new(Tokens, PictureTokens), made, InputTokens + made);
        }
    }

    int PictureTokens => Edit is null ? 0 : Painter.PictureTokens;
}

/// <summary>A picture that is edited.</summary>
/// <param name="Source">SHA-256 of its file, in hexadecimal.</param>
/// <param name="Mask">Of the mask's file; null without one.</param>
/// <param name="Area">What is opened in place of a mask.</param>
sealed record EditedPicture(PictureEdit Picture, float Strength, string Source, string? Mask, string? Area);
