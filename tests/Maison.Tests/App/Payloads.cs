// Known ways of smuggling a script, a style or a request through text and Markdown, one a line of payloads.txt; \n stands for a new line.

using System.Text.RegularExpressions;

namespace Maison.Tests.App;

/// <summary>The payloads.</summary>
static class Payloads
{
    public static readonly string[] All = [.. File.ReadLines(Path.Combine(Repository.Root, "tests", "Maison.Tests", "App", "payloads.txt")).Select(Regex.Unescape)];
}
