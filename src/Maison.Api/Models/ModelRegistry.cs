// The models that can be asked for right now. They may join while the server is up: until the first text model has, /ready says no.

using Maison.Api.Errors;
using Maison.Api.Images;
using Maison.Api.Moderations;
using Maison.Api.Speech;

namespace Maison.Api.Models;

/// <summary>The served models by name; safe from any thread.</summary>
public sealed class ModelRegistry
{
    readonly Lock gate = new();
    volatile IReadOnlyList<CatalogEntry> all = [];
    volatile IReadOnlyList<ServedModel> texts = [];
    volatile IReadOnlyList<ServedSpeaker> speakers = [];
    volatile IReadOnlyList<ServedPainter> painters = [];
    volatile IReadOnlyList<ServedModerator> moderators = [];

    /// <summary>All served models in the order in which they joined.</summary>
    public IReadOnlyList<CatalogEntry> All => all;

    /// <summary>Those that write.</summary>
    public IReadOnlyList<ServedModel> Texts => texts;

    /// <summary>Those that speak.</summary>
    public IReadOnlyList<ServedSpeaker> Speakers => speakers;

    /// <summary>Those that paint.</summary>
    public IReadOnlyList<ServedPainter> Painters => painters;

    /// <summary>Serves one more model.</summary>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    public void Add(CatalogEntry model)
    {
        lock (gate)
        {
            if (all.Any(m => m.Id == model.Id)) throw new ArgumentException($"A model named '{model.Id}' is already served.");
            all = [.. all, model];
            if (model is ServedModel) texts = [.. all.OfType<ServedModel>()];
            if (model is ServedSpeaker) speakers = [.. all.OfType<ServedSpeaker>()];
            if (model is ServedPainter) painters = [.. all.OfType<ServedPainter>()];
            if (model is ServedModerator) moderators = [.. all.OfType<ServedModerator>()];
        }
    }

    /// <summary>The text model that a request names.</summary>
    /// <exception cref="ApiException">400 without a name, 404 for an unknown one, 503 before any text model has joined.</exception>
    internal ServedModel Find(string? id) => Among(texts, id, "No model is loaded yet. Ask GET /ready, then try again.");

    /// <summary>The voice model that a request names.</summary>
    /// <exception cref="ApiException">400 without a name, 404 for an unknown one, 503 where none is served.</exception>
    internal ServedSpeaker FindSpeaker(string? id) => Among(speakers, id, "No voice model is loaded. Serve one, then try again.");

    /// <summary>The image model that a request names, or the first.</summary>
    /// <exception cref="ApiException">404 for an unknown name, 503 where none is served.</exception>
    internal ServedPainter FindPainter(string? id) => Among(painters, id ?? painters.FirstOrDefault()?.Id, "No image model is loaded. Serve one, then try again.");

    /// <summary>The moderation model that a request names, or the first.</summary>
    /// <exception cref="ApiException">404 for an unknown name, 503 where none is served.</exception>
    internal ServedModerator FindModerator(string? id) => Among(moderators, id ?? moderators.FirstOrDefault()?.Id, "No moderation model is loaded. Train one with maison train moderation, then try again.");

    static T Among<T>(IReadOnlyList<T> served, string? id, string none) where T : CatalogEntry
    {
        if (served.Count == 0) throw ApiException.Unavailable(none, "not_ready");
        if (id is null) throw ApiException.Invalid("model", $"'model' is missing. Served: {string.Join(", ", served.Select(m => m.Id))}.", "missing_parameter");
        return served.FirstOrDefault(m => m.Id == id) ?? throw ApiException.ModelNotFound(id, served.Select(m => m.Id));
    }
}
