// The talk at the terminal: questions, streamed answers with dimmed reasoning, commands. Ctrl+C ends an answer that is being written, and
// between answers the program. Knows nothing about where answers come from.

using System.Diagnostics;
using System.Text;

namespace Maison.Cli.Chat;

/// <summary>One person talking to one source.</summary>
/// <param name="colour">Whether escape sequences reach a terminal that shows them.</param>
sealed class ChatSession(IChatSource source, ChatSampling sampling, Surroundings here, TextWriter output, bool colour)
{
    const string help = """
        /reset          forget the conversation
        /system [TEXT]  set the instruction before it; without a text, none
        /model [NAME]   let another model answer; without a name, list them
        /save FILE      keep the conversation: .jsonl adds a line to train on, anything else is a page to read
        /exit           leave; so does Ctrl+D
        A line that ends in \ goes on in the next. Ctrl+C stops an answer.
        """;

    readonly Conversation conversation = new();

    /// <summary>The instruction before the conversation.</summary>
    public string? System { init => conversation.System = value; }

    /// <summary>Talks until the input ends or somebody leaves.</summary>
    public async Task Talk()
    {
        var stop = here.Interrupts.Token;
        output.WriteLine($"{Bold(source.Model)}  {Dim("/help shows the commands")}");
        while (await Question(stop) is { } text)
        {
            try
            {
                if (text.StartsWith('/'))
                {
                    if (await Command(text, stop)) return;
                }
                else if (text.Length > 0) await Exchange(text, stop);
            }
            catch (Exception e) when (e is UserException or IOException or UnauthorizedAccessException or Maison.Inference.GenerationFailedException)
            {
                output.WriteLine(Dim(e.Message));
            }
        }
        output.WriteLine();
    }

    async Task<string?> Question(CancellationToken stop)
    {
        var text = new StringBuilder();
        while (true)
        {
            output.Write(text.Length == 0 ? Bold("> ") : Bold(". "));
            output.Flush();
            string? line;
            try
            {
                line = await Task.Run(here.Input.ReadLine, CancellationToken.None).WaitAsync(stop);
            }
            catch (OperationCanceledException)
            {
                return null;
            }
            if (line is null) return text.Length > 0 ? text.ToString() : null;
            if (!line.EndsWith('\\')) return text.Append(line).ToString().Trim();
            text.Append(line, 0, line.Length - 1).Append('\n');
        }
    }

    async Task Exchange(string question, CancellationToken stop)
    {
        conversation.Ask(question);
        var (content, reasoning) = (new StringBuilder(), new StringBuilder());
        int? tokens = null;
        var (cut, started) = (false, Stopwatch.GetTimestamp());
        using var answering = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using (here.Interrupts.Borrow(answering.Cancel))
            try
            {
                await foreach (var part in source.Answer(conversation.Messages, sampling, answering.Token))
                {
                    if (part.Reasoning.Length > 0) output.Write(Dim(Harmless(part.Reasoning)));
                    if (part.Content.Length > 0 && content.Length == 0 && reasoning.Length > 0) output.Write("\n\n");
                    output.Write(Harmless(part.Content));
                    output.Flush();
                    reasoning.Append(part.Reasoning);
                    content.Append(part.Content);
                    tokens = part.Tokens ?? tokens;
                    cut |= part.CutShort;
                }
            }
            catch (OperationCanceledException) when (!stop.IsCancellationRequested)
            {
                output.Write(Dim(" [stopped]"));
            }
            catch
            {
                conversation.TakeBack();
                throw;
            }
        conversation.Reply(content.ToString(), reasoning.ToString());
        output.WriteLine();
        if (cut) output.WriteLine(Dim("[the answer ends here for want of room: --max-tokens or the context is full; /reset starts anew]"));
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        output.WriteLine(tokens is { } n ? Dim($"{n} tokens, {n / seconds:F0} tokens/s") + "\n" : "");
    }

    /// <summary>Carries out a command; true when it was to leave.</summary>
    async Task<bool> Command(string text, CancellationToken stop)
    {
        var (name, rest) = text.IndexOf(' ') is var at and > 0 ? (text[..at], text[at..].Trim()) : (text, "");
        switch (name)
        {
            case "/exit" or "/quit": return true;
            case "/help": output.WriteLine(help); break;
            case "/reset":
                conversation.Reset();
                output.WriteLine(Dim("forgotten"));
                break;
            case "/system":
                conversation.System = rest.Length > 0 ? rest : null;
                output.WriteLine(Dim(rest.Length > 0 ? "set" : "no instruction"));
                break;
            case "/model" when rest.Length == 0:
                foreach (var model in source.Models) output.WriteLine(model == source.Model ? Bold(model) : model);
                break;
            case "/model":
                await source.Switch(rest, stop);
                output.WriteLine(Dim($"{source.Model} answers from here on"));
                break;
            case "/save" when rest.Length == 0: throw new UserException("/save needs a file, such as /save talk.md.");
            case "/save":
                conversation.Save(rest);
                output.WriteLine(Dim($"saved to {rest}"));
                break;
            default: throw new UserException($"There is no command {name}. /help shows them all.");
        }
        return false;
    }

    /// <summary>Without the control characters by which a model could move the cursor or colour the terminal.</summary>
    static string Harmless(string text) => text.Any(IsControl) ? string.Concat(text.Select(c => IsControl(c) ? '\uFFFD' : c)) : text;

    static bool IsControl(char c) => char.IsControl(c) && c is not ('\n' or '\t');

    string Dim(string text) => colour ? $"\e[2m{text}\e[22m" : text;

    string Bold(string text) => colour ? $"\e[1m{text}\e[22m" : text;
}
