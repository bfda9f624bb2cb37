// Keeps ARCHITECTURE.md true and its rules obeyed by reading the sources.

using System.Text.RegularExpressions;

namespace Maison.Tests;

public sealed partial class ArchitectureTests
{
    static string Read(params string[] path) => File.ReadAllText(Path.Combine([Repository.Root, .. path]));

    static IEnumerable<string> Sources(params string[] path)
        => Directory.GetFiles(Path.Combine([Repository.Root, "src", .. path]), "*.cs", SearchOption.AllDirectories);

    [Fact]
    public void EveryStepOfTheTwoJourneysExists()
    {
        var steps = JourneyStep().Matches(Read("ARCHITECTURE.md"));
        Assert.True(steps.Count >= 18, "ARCHITECTURE.md tells two journeys, step by step.");
        foreach (Match step in steps)
        {
            var file = Path.Combine(Repository.Root, step.Groups["file"].Value);
            Assert.True(File.Exists(file), $"{file} is gone; mend the journey.");
            if (step.Groups["method"].Success)
                Assert.True(Regex.IsMatch(File.ReadAllText(file), $@"\b{step.Groups["method"].Value}\s*[(<]"), $"{step.Value}: no such method.");
        }
    }

    [Fact]
    public void ModelsDoNotKnowHowTheyAreUsed()
    {
        // A family has no branch on training, recording or caching: all that is in the pass.
        foreach (var file in Sources("Maison.Models", "Layers").Concat(Sources("Maison.Models", "Text")).Concat(Sources("Maison.Models", "Voice")))
            Assert.False(Regex.IsMatch(File.ReadAllText(file), @"\b(Recording|IsTraining|KvCache|PageTable|Tape|Avx|Gang)\b"), $"{file} asks how it is used.");
    }

    [Theory]
    [InlineData("Maison.Tensors")]
    [InlineData("Maison.Models")]
    [InlineData("Maison.Inference")]
    public void HotRoomsUseTheGangAlone(string room)
    {
        foreach (var file in Sources(room))
            Assert.False(Regex.IsMatch(File.ReadAllText(file), @"\bParallel\.\w"), $"{file} uses Parallel, which allocates; use Gang.");
    }

    [Fact]
    public void LowerRoomsHaveNoPackages()
    {
        foreach (var room in new[] { "Maison.Tensors", "Maison.Models", "Maison.Data", "Maison.Inference", "Maison.Training", "Maison.Arena", "Maison.Wire" })
            Assert.DoesNotContain("PackageReference", Read("src", room, room + ".csproj"));
    }

    [Fact]
    public void NamesSayWhatAThingIs()
    {
        foreach (var file in Sources())
            Assert.False(Regex.IsMatch(Path.GetFileNameWithoutExtension(file), "(Manager|Helpers?|Utils?)$|^Base"), $"{file}: name what it is.");
    }

    [GeneratedRegex(@"^\d+\. (?<file>[\w./]+?\.(?:cs|sh))(?::(?<method>\w+))?$", RegexOptions.Multiline)]
    private static partial Regex JourneyStep();
}
