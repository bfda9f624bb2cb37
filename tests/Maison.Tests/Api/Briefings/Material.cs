// The texts that briefings are tested with: invented news of an invented coast, in a feed of each kind and as files. And, where this clone lies
// beside them, the feeds of real publishers, which are read in place and never copied.

using Maison.Api.Briefings.Sources;

namespace Maison.Tests.Api.Briefings;

static class Material
{
    public static string Folder { get; } = Path.Combine(Repository.Root, "tests", "Maison.Tests", "Api", "Briefings", "Material");

    /// <summary>Feeds of real publishers; null where they are not at hand.</summary>
    public static string? RealFeeds { get; } = Path.GetFullPath(Path.Combine(Repository.Root, "..", "..", "shared", "data", "eval", "feeds")) is var there && Directory.Exists(there) ? there
        : Path.GetFullPath(Path.Combine(Repository.Root, "..", "shared", "data", "eval", "feeds")) is var here && Directory.Exists(here) ? here : null;

    public static byte[] Bytes(string name) => File.ReadAllBytes(Path.Combine(Folder, name));

    public static GivenText[] Texts => [.. Directory.GetFiles(Folder).Order(StringComparer.Ordinal).Select(f => new GivenText(Path.GetFileName(f), File.ReadAllBytes(f)))];

    public static async Task<Gathered> Read(params GivenText[] texts) => await new SourceGatherer(null, new NoShelf()).Read(new([], [], texts), (_, _) => { }, default);
}
