// What a server said that it has kept is there after SIGKILL, whole and in its order.

using System.Diagnostics;
using Maison.Api.Conversations;
using Maison.Api.Store;

namespace Maison.Tests.Api.Store;

public sealed class ConversationKillTests
{
    const string HomeVariable = "MAISON_TEST_CHAT_HOME", Acknowledged = "acknowledged";

    /// <summary>Runs in a child process until it is killed.</summary>
    [Fact]
    public async Task TalkUntilKilled()
    {
        if (Environment.GetEnvironmentVariable(HomeVariable) is not { Length: > 0 } folder) return;
        using var database = Database.Open(folder);
        var store = new ConversationStore(database, TimeProvider.System);
        await using var log = new StreamWriter(Path.Combine(folder, Acknowledged)) { AutoFlush = true };
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(async () =>
        {
            var chat = await store.Create("p", new Dictionary<string, string> { ["title"] = $"chat {i}" }, []);
            for (var n = 0; ; n++)
            {
                var id = Ids.New("msg");
                await store.Add("p", chat.Id, null, [new() { Id = id, Type = "message", Role = "user", Content = [new() { Type = "input_text", Text = $"word{n}" }] }]);
                lock (log) log.WriteLine($"{chat.Id} {id}");
            }
        })));
    }

    [Fact]
    public async Task AKilledServerLosesNoMessageThatItAcknowledged()
    {
        using var home = new StoreHome();
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true };
        foreach (var argument in new[] { typeof(ConversationKillTests).Assembly.Location, "-method", $"{typeof(ConversationKillTests).FullName}.{nameof(TalkUntilKilled)}" }) start.ArgumentList.Add(argument);
        start.Environment[HomeVariable] = home.Path;
        var log = Path.Combine(home.Path, Acknowledged);
        using (var child = Process.Start(start)!)
        {
            while (!File.Exists(log) || new FileInfo(log).Length < 10_000)
            {
                Assert.False(child.HasExited, "the child ended by itself");
                await Task.Delay(20);
            }
            child.Kill();                                                                                           // SIGKILL
            await child.WaitForExitAsync();
        }
        using var after = home.Open();
        var store = new ConversationStore(after, TimeProvider.System);
        var acknowledged = File.ReadAllText(log).Split('\n')[..^1].Select(l => l.Split(' ')).GroupBy(l => l[0], l => l[1]).ToList();
        Assert.Equal(8, acknowledged.Count);
        foreach (var chat in acknowledged)
        {
            var kept = store.Items(chat.Key, store.Find("p", chat.Key)!.Head!, null, newestFirst: false, int.MaxValue)!.Select(i => i.Id).ToList();
            Assert.Equal(chat, kept.Take(chat.Count()));
        }
        Assert.Equal(8, store.Search("p", "word0", 100).Count);
    }
}
