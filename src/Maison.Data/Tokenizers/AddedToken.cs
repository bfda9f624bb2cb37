// A token that is matched whole in the text, before any splitting or merging, and that merges never produce.
namespace Maison.Data.Tokenizers;

/// <summary>An entry of a tokenizer.json's added_tokens.</summary>
/// <param name="Id">Its token id.</param>
/// <param name="Content">Its text, matched exactly.</param>
/// <param name="Special">Whether engines leave it out of what they show (the format's "special").</param>
/// <param name="Normalized">Whether it is sought after the normalizer has run instead of before.</param>
public sealed record AddedToken(int Id, string Content, bool Special, bool Normalized = false);
