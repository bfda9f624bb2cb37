// The models that can be asked for right now. They may join while the server is up: until the first has, /ready says no.

using Maison.Api.Errors;

namespace Maison.Api.Models;

/// <summary>The served models by name; safe from any thread.</summary>
public sealed class ModelRegistry
{
    readonly Lock gate = new();
    volatile IReadOnlyList<ServedModel> models = [];

    /// <summary>The served models in the order in which they joined.</summary>
    public IReadOnlyList<ServedModel> All => models;

    /// <summary>Serves one more model.</summary>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    public void Add(ServedModel model)
    {
        lock (gate)
        {
            if (models.Any(m => m.Id == model.Id)) throw new ArgumentException($"A model named '{model.Id}' is already served.");
            models = [.. models, model];
        }
    }

    /// <summary>The model that a request names.</summary>
    /// <exception cref="ApiException">400 without a name, 404 for an unknown one, 503 before any model has joined.</exception>
    internal ServedModel Find(string? id)
    {
        var all = models;
        if (all.Count == 0) throw ApiException.Unavailable("No model is loaded yet. Ask GET /ready, then try again.", "not_ready");
        if (id is null) throw ApiException.Invalid("model", $"'model' is missing. Served: {string.Join(", ", all.Select(m => m.Id))}.", "missing_parameter");
        return all.FirstOrDefault(m => m.Id == id) ?? throw ApiException.ModelNotFound(id, all.Select(m => m.Id));
    }
}
