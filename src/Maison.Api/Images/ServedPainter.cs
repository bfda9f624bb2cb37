// One painting model as the API serves it. How prompts become pixels comes in as a function, so that a test can script pictures and this
// room never learns how a model is loaded.

using Maison.Api.Models;
using Maison.Api.Requests;
using Maison.Inference.Pictures;
using Maison.Wire;

namespace Maison.Api.Images;

/// <summary>Paints prompts, each from one of its seeds and, where there is one, from a picture of the smallest side; tells of each step, with a way to look at the pictures so far. It works on the caller's thread.</summary>
public delegate IReadOnlyList<PaintedPicture> PaintFunction(IReadOnlyList<PaintOrder> wanted, PaintingOptions options, int side, PaintingSource? from, Action<int, Func<IReadOnlyList<PaintedPicture>>>? onStep, CancellationToken stop);

/// <summary>A loaded image model under the name that requests call it by.</summary>
public sealed record ServedPainter : CatalogEntry
{
    /// <summary>Pixels of a picture, down and across, that it can make; the last is what is made where a request does not say.</summary>
    public required IReadOnlyList<int> Sides { get; init; }

    /// <summary>Name of what enlarges pictures; null where nothing does.</summary>
    public string? Upscaler { get; init; }

    /// <summary>Tokens of a prompt at most.</summary>
    public required int MostTokens { get; init; }

    /// <summary>Tokens that a picture is made of.</summary>
    public required int PictureTokens { get; init; }

    /// <summary>How it paints when nobody says otherwise: quality medium.</summary>
    public PaintingOptions Usual { get; init; } = new();

    /// <summary>Tokens that a prompt has.</summary>
    public required Func<string, int> Tokens { get; init; }

    /// <summary>Words of a prompt that the model never saw.</summary>
    public required Func<string, IReadOnlyList<string>> Unknown { get; init; }

    public required PaintFunction Paint { get; init; }

    /// <summary>How many seeds a picture is chosen from, where so many are wanted and the request told no seed.</summary>
    public Func<int, int> Candidates { get; init; } = _ => 1;

    /// <summary>Bytes of memory that are free for what requests take.</summary>
    public Func<long> FreeBytes { get; init; } = () => long.MaxValue;

    internal override string Output => "image";

    internal override ModelCard Card => base.Card with { Sizes = [.. Sides.Select(s => $"{s}x{s}")], OutputFormats = [.. PictureFormat.All.Where(f => f.IsWritten).Select(f => f.Name)] };

    internal override IReadOnlyDictionary<string, IRequestFields> Fields => new Dictionary<string, IRequestFields> { [Routes.Pictures] = ImageRules.Fields, [Routes.Edits] = ImageRules.EditFields };
}
