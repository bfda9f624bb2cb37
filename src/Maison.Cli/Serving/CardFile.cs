// The card beside a model's weights: Markdown under a head that names the licence, as model cards have it.

namespace Maison.Cli.Serving;

/// <summary>Reads cards.</summary>
static class CardFile
{
    const string licenceField = "license:";

    /// <summary>The whole card; null without one.</summary>
    public static string? Text(string folder) => Path.Combine(folder, ShelvedModel.CardName) is var card && File.Exists(card) ? File.ReadAllText(card) : null;

    /// <summary>The licence that its head names; null without.</summary>
    public static string? Licence(string folder)
        => Text(folder)?.Split('\n', 40).FirstOrDefault(l => l.StartsWith(licenceField, StringComparison.OrdinalIgnoreCase))?[licenceField.Length..].Trim();
}
