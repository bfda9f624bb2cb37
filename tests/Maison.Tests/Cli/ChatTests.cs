using System.Runtime.CompilerServices;
using System.Text.Json;
using Maison.Cli;
using Maison.Cli.Chat;
using Maison.Data.Chat;

namespace Maison.Tests.Cli;

public sealed class ChatTests
{
    /// <summary>Answers with what it was asked, thinking first; goes on for ever when asked to.</summary>
    sealed class Echo : IChatSource
    {
        public string Model { get; private set; } = "one";
        public IReadOnlyList<string> Models => ["one", "two"];
        public List<string> Asked { get; } = [];
        public TaskCompletionSource Endless { get; } = new();

        public Task Switch(string model, CancellationToken stop)
        {
            Model = Models.Contains(model) ? model : throw new UserException($"no {model}");
            return Task.CompletedTask;
        }

        public async IAsyncEnumerable<AnswerPart> Answer(IReadOnlyList<ChatMessage> conversation, ChatSampling sampling, [EnumeratorCancellation] CancellationToken stop)
        {
            Asked.Add(string.Join("|", conversation.Select(m => $"{m.Role}:{m.Content}")));
            if (conversation[^1].Content == "fail") throw new UserException("refused for a reason");
            yield return new("thought", "");
            yield return new("", "you said ");
            if (conversation[^1].Content == "endless")
            {
                Endless.TrySetResult();
                await Task.Delay(Timeout.Infinite, stop);
            }
            yield return new("", conversation[^1].Content, Tokens: 3);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    static readonly ChatSampling Sampling = new(null, null, null, null, Think: true);

    static async Task<(string Output, Echo Source)> Talk(Terminal terminal, string input)
    {
        var (output, source) = (new StringWriter(), new Echo());
        await new ChatSession(source, Sampling, terminal.Around(new StringReader(input)), output, colour: true) { System = "be brief" }.Talk();
        return (output.ToString(), source);
    }

    [Fact]
    public async Task RemembersResetsSwitchesAndDimsTheReasoning()
    {
        using var terminal = new Terminal();
        var (output, source) = await Talk(terminal, "hello\nand \\\nmore\n/reset\n/model two\nagain\n/exit\nnever\n");
        Assert.Equal(
        [
            "system:be brief|user:hello",
            "system:be brief|user:hello|assistant:you said hello|user:and \nmore",
            "system:be brief|user:again",
        ], source.Asked);
        Assert.Equal("two", source.Model);
        Assert.Contains("\e[2mthought\e[22m\n\nyou said hello\n", output);
    }

    [Fact]
    public async Task ARefusedQuestionIsForgottenAndTheTalkGoesOn()
    {
        using var terminal = new Terminal();
        var (output, source) = await Talk(terminal, "fail\n/nonsense\nhello\n");
        Assert.Contains("refused for a reason", output);
        Assert.Contains("/nonsense", output);
        Assert.Equal("system:be brief|user:hello", source.Asked[^1]);
    }

    [Fact]
    public async Task AnAnswerCanNotDriveTheTerminal()
    {
        using var terminal = new Terminal();
        var (output, source) = await Talk(terminal, "\e[2Jgone\n");
        Assert.DoesNotContain("\e[2J", output);
        Assert.Contains("[2Jgone", output);
        Assert.Contains("\e[2Jgone", source.Asked[0]);
    }

    [Fact]
    public async Task CtrlCEndsTheAnswerAndNotTheProgram()
    {
        using var terminal = new Terminal();
        var (output, source) = (new StringWriter(), new Echo());
        var talk = new ChatSession(source, Sampling, terminal.Around(new StringReader("endless\nhello\n")), output, colour: false).Talk();
        await source.Endless.Task;
        terminal.Interrupts.Interrupt();
        await talk.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal("user:endless|assistant:you said |user:hello", source.Asked[^1]);
    }

    [Fact]
    public async Task ASavedTalkIsALineOfTrainingData()
    {
        using var terminal = new Terminal();
        var file = terminal.Path("talk.jsonl");
        await Talk(terminal, $"hello\n/save {file}\n/save {terminal.Path("talk.md")}\n");
        var messages = JsonDocument.Parse(File.ReadAllLines(file).Single()).RootElement.GetProperty("messages");
        Assert.Equal("you said hello", messages[2].GetProperty("content").GetString());
        Assert.Equal("thought", messages[2].GetProperty("reasoning").GetString());
        Assert.Contains("you said hello", File.ReadAllText(terminal.Path("talk.md")));
    }

    [Fact]
    public async Task PipedItPrintsTheAnswerAloneTheSameForTheSameSeed()
    {
        using var terminal = new Terminal();
        TinyFolder.Make(System.IO.Path.Combine(terminal.Shipped, "tiny"));
        string[] args = ["chat", "--max-tokens", "6", "--seed", "7", "--threads", "1", "--no-think"];
        var (code, output, error) = await terminal.RunWith("Hello\n", args);
        Assert.True(code == 0, error);
        Assert.Equal("", error);
        Assert.EndsWith("\n", output);
        Assert.True(output.Length > 1);
        Assert.Equal(output, (await terminal.RunWith("Hello\n", args)).Output);
    }

    [Theory]
    [InlineData("no question", "", "--seed", "1")]
    [InlineData("absent", "Hi", "--model", "absent")]
    [InlineData("--temperature", "Hi", "--temperature", "9")]
    [InlineData("maison serve", "Hi", "--url", "http://127.0.0.1:1")]
    [InlineData("--url", "Hi", "--url", "nonsense")]
    [InlineData("context", "A question that is longer than its sixteen tokens allow.", "--context", "16")]
    public async Task RefusalsSayWhatToDo(string named, string input, params string[] args)
    {
        using var terminal = new Terminal();
        TinyFolder.Make(System.IO.Path.Combine(terminal.Shipped, "tiny"));
        var (code, output, error) = await terminal.RunWith(input, ["chat", "--threads", "1", .. args]);
        Assert.Equal(1, code);
        Assert.Equal("", output);
        Assert.Contains(named, error);
    }
}
