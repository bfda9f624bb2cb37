// One speaking model as the API serves it. How a text becomes sound comes in as a function, so that a test can script samples and this
// room never learns how a model is loaded.

using Maison.Api.Models;
using Maison.Api.Requests;
using Maison.Inference.Speech;

namespace Maison.Api.Speech;

/// <summary>A loaded voice model under the name that requests call it by.</summary>
public sealed record ServedSpeaker : CatalogEntry
{
    /// <summary>Voices that it speaks with, the default first.</summary>
    public required IReadOnlyList<SpeechVoice> Voices { get; init; }

    /// <summary>Speaks a text: pieces of sound as they are made. It works on the caller's thread, and may refuse with an ArgumentException that names what is wrong.</summary>
    public required Func<string, SpeechOptions, CancellationToken, IEnumerable<SpeechChunk>> Speak { get; init; }

    /// <summary>Characters of a text at most.</summary>
    public int MostCharacters { get; init; } = 4096;

    internal override string Output => "audio";

    internal override IReadOnlyDictionary<string, IRequestFields> Fields => new Dictionary<string, IRequestFields> { [Routes.Speech] = SpeechRules.Fields };
}
