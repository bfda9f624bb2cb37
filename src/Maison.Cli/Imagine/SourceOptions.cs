// The picture that maison imagine paints from: --from, --mask or --area, and --strength. A recipe names it by the digests of its files, so that repeating it
// with another picture is refused instead of giving another result.

using System.CommandLine;
using Maison.Api.Images;
using Maison.Cli.Terminal;
using Maison.Data.Pictures;
using Maison.Inference.Pictures;

namespace Maison.Cli.Imagine;

/// <summary>A picture to paint from.</summary>
sealed record PaintedFrom(PictureEdit Edit, EditRecipe Recipe)
{
    public PaintingSource For(int side)
    {
        var (pixels, mask) = Edit.For(side);
        return new(pixels, Recipe.Strength, mask);
    }
}

/// <summary>The options that name it.</summary>
sealed class SourceOptions
{
    const float LeastStrength = 0.05f;

    public Option<string?> From { get; } = new("--from") { Description = "A picture to paint from, PNG, JPEG or WebP; what is transparent in it is painted, or all of it" };
    public Option<string?> Mask { get; } = new("--mask") { Description = "A PNG as large as the picture: what is transparent in it is painted, the rest stays as it is" };
    public Option<string?> Area { get; } = new("--area") { Description = $"What is painted, in place of a mask: {OpenedArea.Form}" };
    public Option<float?> Strength { get; } = Choice.Number("--strength", $"How much is painted anew ({PaintingSource.UsualStrength}, or {PaintingSource.UsualMaskedStrength} with a mask)", LeastStrength, 1);

    /// <summary>The picture; null where there is none.</summary>
    /// <param name="leastSide">The most that the model paints.</param>
    /// <param name="repeated">The file whose recipe is repeated, and what that one was painted from.</param>
    /// <exception cref="UserException">A file is missing, no picture, or not the recipe's.</exception>
    public PaintedFrom? Read(ParseResult parsed, int leastSide, (string File, EditRecipe? Edit)? repeated)
    {
        var (from, mask, strength) = (parsed.GetValue(From), parsed.GetValue(Mask), parsed.GetValue(Strength));
        if (from is null)
        {
            if (repeated is { File: var file, Edit: { } needed }) throw new UserException($"--recipe {file}: it was painted from a picture whose SHA-256 is {needed.Source}. Give that file with --from{(needed.Mask is null ? "" : $", and the mask {needed.Mask} with --mask")}.");
            if (mask is not null) throw new UserException("--mask opens parts of a picture: name that one with --from.");
            if (parsed.GetValue(Area) is not null) throw new UserException("--area opens a part of a picture: name that one with --from.");
            return strength is null ? null : throw new UserException("--strength says how much of a picture is painted anew: name that one with --from.");
        }
        if (repeated is { File: var plain, Edit: null }) throw new UserException($"--recipe {plain}: it was painted from its prompt alone. Leave out --from.");
        var (image, imageDigest) = Open("--from", from);
        var (opening, maskDigest) = mask is null ? (null, null) : Open("--mask", mask);
        if (repeated is { File: var again, Edit: { } told })
        {
            if (told.Source != imageDigest) throw new UserException($"--from {from} has the SHA-256 {imageDigest}, but {again} was painted from {told.Source}.");
            if (told.Mask != maskDigest) throw new UserException(told.Mask is null ? $"{again} was painted without a mask. Leave out --mask." : $"{again} was painted with the mask of the SHA-256 {told.Mask}{(maskDigest is null ? ". Give it with --mask." : $", but {mask} has {maskDigest}.")}");
        }
        var area = repeated?.Edit?.Area ?? parsed.GetValue(Area);
        if (area is not null && mask is not null) throw new UserException("--area and --mask both say what is painted. Give one of them.");
        var opened = area is null ? (OpenedArea?)null : OpenedArea.Parse(area) ?? throw new UserException($"--area is '{area}': give {OpenedArea.Form}.");
        try
        {
            var edit = PictureEdit.Of(image, opening ?? opened?.Mask(image.Width, image.Height), repeated?.Edit is { } size ? (size.Width, size.Height) : null, leastSide);
            var usual = edit.IsMasked ? PaintingSource.UsualMaskedStrength : PaintingSource.UsualStrength;
            return new(edit, new(imageDigest, maskDigest, repeated?.Edit?.Strength ?? strength ?? usual, edit.Width, edit.Height, opened?.ToString()));
        }
        catch (ArgumentException e)
        {
            throw new UserException(e.Message);
        }
    }

    static (Picture Picture, string Digest) Open(string option, string path)
    {
        if (!File.Exists(path)) throw new UserException($"{option} {path}: there is no such file.");
        if (new FileInfo(path).Length > PictureUpload.MostBytes) throw new UserException($"{option} {path}: the file is larger than {PictureUpload.MostBytes} bytes.");
        var file = File.ReadAllBytes(path);
        try { return (PictureUpload.Read(file), EditRecipe.Digest(file)); }
        catch (Exception e) when (e is InvalidDataException or NotSupportedException) { throw new UserException($"{option} {path}: {e.Message}"); }
    }
}
