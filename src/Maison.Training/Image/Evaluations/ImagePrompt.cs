// A prompt of the evaluation, with what its picture must show. What is asked decides what is checked.

using Maison.Data.Pictures.Measures;
using Maison.Data.Pictures.Scenes;

namespace Maison.Training.Image.Evaluations;

/// <summary>A thing that a prompt asks for.</summary>
/// <param name="Name">As the judge names it.</param>
public sealed record AskedThing(string Name, string? Colour = null, string? Material = null);

/// <summary>A prompt.</summary>
/// <param name="Group">Prompts of one kind.</param>
/// <param name="Style">A style of <see cref="ImagePrompts.Styles"/> that is asked for; null where none is.</param>
/// <param name="Things">One thing, or two different ones.</param>
/// <param name="Count">How many of the thing; null where that is not checked.</param>
/// <param name="Bearing">How the first thing lies from the second.</param>
/// <param name="Scene">The same as the renderer takes it, for solids: what it makes of it is a picture that is right.</param>
public sealed record ImagePrompt(string Text, string Group, string? Style, IReadOnlyList<AskedThing> Things, int? Count = null, Bearing? Bearing = null, SceneContents? Scene = null);

/// <summary>The categories of checks.</summary>
public static class CheckNames
{
    public const string Object = "object", Style = "style", Colour = "colour", Material = "material", Count = "count", Position = "position", Composition = "composition";

    /// <summary>In the order of reports.</summary>
    public static IReadOnlyList<string> All { get; } = [Object, Style, Colour, Material, Count, Position, Composition];
}
