// The classifier that judges texts, where one lies on a shelf.

using Maison.Api.Moderations;
using Maison.Inference;
using Maison.Models.Text;
using Maison.Models.Weights;
using Maison.Training.Moderation;

namespace Maison.Cli.Serving;

static class Moderation
{
    /// <summary>The user's own classifier of the shipped name, else the shipped one; null when there is none.</summary>
    public static string? Find(Surroundings here)
        => new[] { HomeFolder.Of(here).Models, here.ShippedModels }.Select(shelf => Path.Combine(shelf, ModerationModel.Shipped)).FirstOrDefault(Directory.Exists);

    /// <summary>Loads a classifier to be served under its folder's name.</summary>
    public static ServedModerator Load(string folder)
    {
        var moderator = new Moderator(TextClassifier.Load(folder));
        return new() { Id = Path.GetFileName(folder), Judge = moderator.Judge, Created = File.GetLastWriteTimeUtc(Path.Combine(folder, SafetensorsFile.ModelName)), License = CardFile.Licence(folder), CardText = CardFile.Text(folder) };
    }
}
