// Which picture was painted from which: a picture's recipe names its source by digest, so the tree is found again from the files alone.

using System.Collections.Concurrent;
using System.Security.Cryptography;
using Maison.Wire;

namespace Maison.App.Images;

/// <summary>A picture's relatives among those of a gallery.</summary>
/// <param name="Before">What it was painted from, the first one first.</param>
/// <param name="After">What was painted from it.</param>
public sealed record Relatives(IReadOnlyList<FileBody> Before, IReadOnlyList<FileBody> After);

/// <summary>Finds relatives; files never change, so each is read once.</summary>
sealed class PictureFamily
{
    const int MostRemembered = 50_000;

    readonly ConcurrentDictionary<string, (string Digest, string? Source)> known = new();

    public async Task<Relatives> Of(Visit visit, FileBody file, IReadOnlyList<FileBody> gallery)
    {
        if (known.Count > MostRemembered) known.Clear();
        var all = new Dictionary<string, (FileBody File, string Digest, string? Source)>();
        foreach (var one in gallery.Append(file).DistinctBy(f => f.Id)) if (await Look(visit, one) is { } seen) all[one.Id] = (one, seen.Digest, seen.Source);
        var before = new List<FileBody>();
        for (var at = all.GetValueOrDefault(file.Id).Source; at is not null && before.Count < all.Count;)
        {
            var parent = all.Values.FirstOrDefault(o => o.Digest == at);
            if (parent.File is null) break;
            before.Insert(0, parent.File);
            at = parent.Source;
        }
        return new(before, [.. all.Values.Where(o => o.Source is not null && o.Source == all.GetValueOrDefault(file.Id).Digest).Select(o => o.File)]);
    }

    async Task<(string Digest, string? Source)?> Look(Visit visit, FileBody file)
    {
        if (known.TryGetValue(file.Id, out var seen)) return seen;
        try
        {
            var bytes = await visit.Api.FileContent(file.Id, visit.Left);
            return known[file.Id] = (Convert.ToHexStringLower(SHA256.HashData(bytes)), Recipe.Of(bytes)?.Source);
        }
        catch (ApiProblem problem) when (problem.Status == 404)
        {
            return null;
        }
    }
}
