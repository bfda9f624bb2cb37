// Where the answers of a chat come from: a model in this process, or a server.

using Maison.Data.Chat;

namespace Maison.Cli.Chat;

/// <summary>How to sample; what is null is left to the model's defaults.</summary>
sealed record ChatSampling(float? Temperature, float? TopP, int? MaxTokens, long? Seed, bool Think);

/// <summary>What one step adds to an answer.</summary>
/// <param name="Tokens">Tokens of the answer, on its last part.</param>
/// <param name="CutShort">On the last part: the answer ended for want of room.</param>
readonly record struct AnswerPart(string Reasoning, string Content, int? Tokens = null, bool CutShort = false);

/// <summary>Answers conversations.</summary>
interface IChatSource : IAsyncDisposable
{
    /// <summary>The model that answers.</summary>
    string Model { get; }

    /// <summary>All models to choose from.</summary>
    IReadOnlyList<string> Models { get; }

    /// <summary>Lets another model answer.</summary>
    /// <exception cref="UserException">There is none of that name, or it can not be loaded.</exception>
    Task Switch(string model, CancellationToken stop);

    /// <summary>The answer to the last message, as it is written.</summary>
    /// <exception cref="UserException">The request was refused; the message says why.</exception>
    IAsyncEnumerable<AnswerPart> Answer(IReadOnlyList<ChatMessage> conversation, ChatSampling sampling, CancellationToken stop);
}
