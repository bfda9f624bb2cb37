// A model as a judge of two answers: asked twice, seats swapped. Where the seats decide and not the answers, it abstains, and that is kept too, since it
// tells what its judgement is worth. Nobody judges themselves.

using System.Text.Json;
using Maison.Api.Errors;
using Maison.Api.Keys;
using Maison.Wire;
using Microsoft.AspNetCore.Http;

namespace Maison.Api.Arena;

/// <summary>Asks models for judgements.</summary>
sealed class Juror(InnerCalls calls)
{
    public const string Abstained = "abstained";

    const int MostTokens = 8;

    /// <summary>a, b, tie, or that it abstained.</summary>
    /// <exception cref="ApiException">The model can not be asked, or says something else.</exception>
    public async Task<string> Judge(string model, Battle battle, ApiKey key, CancellationToken cancellation)
    {
        var seated = await Ask(model, battle.Prompt, battle.TextA!, battle.TextB!, key, cancellation);
        var swapped = await Ask(model, battle.Prompt, battle.TextB!, battle.TextA!, key, cancellation) switch { 'A' => 'B', 'B' => 'A', var tie => tie };
        return seated != swapped ? Abstained : seated switch { 'A' => "a", 'B' => "b", _ => "tie" };
    }

    async Task<char> Ask(string model, string prompt, string a, string b, ApiKey key, CancellationToken cancellation)
    {
        var request = new ChatRequest
        {
            Model = model,
            Messages =
            [
                new() { Role = "system", Content = "You compare two answers to a question. Reply with one letter: A if the first is better, B if the second is better, T if they are equally good. Length is no merit." },
                new() { Role = "user", Content = $"Question:\n{prompt}\n\nAnswer A:\n{a}\n\nAnswer B:\n{b}\n\nWhich is better? One letter:" },
            ],
            MaxCompletionTokens = MostTokens,
            Temperature = 0,
        };
        var answer = await calls.Post(Routes.ChatCompletions, JsonSerializer.SerializeToUtf8Bytes(request, WireJson.Default.ChatRequest), () => key, cancellation);
        cancellation.ThrowIfCancellationRequested();
        if (answer.Status != StatusCodes.Status200OK)
        {
            var problem = JsonSerializer.Deserialize(answer.Body.Span, WireJson.Default.ErrorBody)!.Error;
            throw new ApiException(answer.Status, problem with { Message = $"The juror can not be asked. {problem.Message}" });
        }
        using var body = JsonDocument.Parse(answer.Body);
        var said = body.RootElement.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString() ?? "";
        return said.TrimStart(' ', '\n', '*', '"', '(').ToUpperInvariant() is [('A' or 'B' or 'T') and var letter, ..] word && (word.Length == 1 || !char.IsLetter(word[1])) ? letter
            : throw ApiException.Request(StatusCodes.Status502BadGateway, $"{model} was asked for A, B or T, but said '{said[..Math.Min(40, said.Length)]}'. Ask a model that follows instructions.", "model", "no_judgement");
    }
}
