// The rooms may only refer to each other along the arrows of ARCHITECTURE.md; this reads the csproj files and fails on any other arrow.

using System.Xml.Linq;

namespace Maison.Tests;

public sealed class ArrowTests
{
    static readonly Dictionary<string, string[]> Arrows = new()
    {
        ["Maison.Tensors"] = [],
        ["Maison.Models"] = ["Maison.Tensors"],
        ["Maison.Data"] = [],
        ["Maison.Inference"] = ["Maison.Models"],
        ["Maison.Training"] = ["Maison.Inference", "Maison.Data"],
        ["Maison.Arena"] = [],
        ["Maison.Wire"] = [],
        ["Maison.Api"] = ["Maison.Inference", "Maison.Data", "Maison.Arena", "Maison.Wire"],
        ["Maison.App"] = ["Maison.Wire"],
        ["Maison.Cli"] = ["Maison.Training", "Maison.Api", "Maison.App"],
    };

    [Fact]
    public void RoomsReferOnlyAlongTheArrows()
    {
        var projects = Directory.GetFiles(Path.Combine(Repository.Root, "src"), "*.csproj", SearchOption.AllDirectories);
        Assert.Equal(Arrows.Count, projects.Length);
        foreach (var project in projects)
        {
            var name = Path.GetFileNameWithoutExtension(project);
            var references = XDocument.Load(project).Descendants("ProjectReference")
                .Select(e => Path.GetFileNameWithoutExtension(e.Attribute("Include")!.Value.Replace('\\', '/')));
            Assert.True(Arrows.TryGetValue(name, out var allowed), $"{name} is no room of ARCHITECTURE.md");
            Assert.All(references, r => Assert.Contains(r, allowed));
        }
    }
}
