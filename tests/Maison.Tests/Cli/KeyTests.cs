using Maison.Api.Keys;
using Maison.Api.Store;

namespace Maison.Tests.Cli;

public sealed class KeyTests
{
    [Fact]
    public async Task AKeyIsMadeListedWithoutItsValueAndRevoked()
    {
        using var terminal = new Terminal();
        var (_, made, _) = await terminal.Run("keys", "new", "--name", "laptop");
        var value = made.Trim();
        using (var store = Database.Open(terminal.Home)) Assert.NotNull(new KeyStore(store).Accept(value));

        var (_, list, _) = await terminal.Run("keys", "list");
        Assert.Contains("laptop", list);
        Assert.DoesNotContain(value, list);

        var id = list.Split('\n')[1].Split(' ')[0];
        Assert.Equal(0, (await terminal.Run("keys", "revoke", id)).Code);
        using (var store = Database.Open(terminal.Home)) Assert.Null(new KeyStore(store).Accept(value));
        Assert.Equal(1, (await terminal.Run("keys", "revoke", id)).Code);
    }

    [Fact]
    public async Task WhatAKeyOpensAndMaySpendIsSetChangedAndShown()
    {
        using var terminal = new Terminal();
        var project = (await terminal.Run("keys", "projects", "new", "lab", "--budget-month", "20")).Output.Trim();
        var value = (await terminal.Run("keys", "new", "--name", "app", "--project", project, "--models", "maison-text-1,openai/*", "--budget-day", "0.5", "--requests-per-minute", "10", "--expires", "2h")).Output.Trim();
        string id;
        using (var store = Database.Open(terminal.Home))
        {
            var key = new KeyStore(store).Accept(value)!;
            id = key.Id;
            Assert.Equal((project, 500_000, 10, false), (key.ProjectId, key.Limits.BudgetDay, key.Limits.RequestsPerMinute, key.Admin));
            Assert.Equal(["maison-text-1", "openai/*"], key.Scope.Models);
        }
        Assert.Contains("0.50 €/day", (await terminal.Run("keys", "list")).Output);
        Assert.Equal(0, (await terminal.Run("keys", "set", id, "--budget-day", "none", "--models", "all")).Code);
        var fresh = (await terminal.Run("keys", "rotate", id)).Output.Trim();
        using (var store = Database.Open(terminal.Home))
        {
            Assert.Null(new KeyStore(store).Accept(value));
            var key = new KeyStore(store).Accept(fresh)!;
            Assert.Equal((id, null, null, 10), (key.Id, key.Limits.BudgetDay, key.Scope.Models, key.Limits.RequestsPerMinute));
        }
        Assert.Contains("api_key.rotated", (await terminal.Run("keys", "audit")).Output);
        Assert.Contains("lab", (await terminal.Run("keys", "projects", "list")).Output);
        Assert.Equal(0, (await terminal.Run("keys", "projects", "archive", project)).Code);
        using (var store = Database.Open(terminal.Home)) Assert.Null(new KeyStore(store).Accept(fresh));
        Assert.Equal(0, (await terminal.Run("keys", "prices", "set", "m", "--input", "0.15", "--output", "0.6")).Code);
        Assert.Contains("0.15 €", (await terminal.Run("keys", "prices", "list")).Output);
        Assert.Equal(0, (await terminal.Run("keys", "usage", "--by", "day,model")).Code);
    }

    [Theory]
    [InlineData("--budget-day", "much"), InlineData("--requests-per-minute", "0"), InlineData("--modalities", "smell"), InlineData("--expires", "soon"), InlineData("--project", "proj_no")]
    public async Task AWrongOptionIsRefusedByName(string option, string value)
    {
        using var terminal = new Terminal();
        var (code, _, error) = await terminal.Run("keys", "new", option, value);
        Assert.Equal(1, code);
        Assert.Contains(option.TrimStart('-'), error);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task ListingMakesNothing()
    {
        using var terminal = new Terminal();
        Assert.Equal(0, (await terminal.Run("keys", "list")).Code);
        Assert.False(Directory.Exists(terminal.Home));
    }

    [Fact]
    public async Task TheDataFolderIsForItsOwnerAlone()
    {
        if (OperatingSystem.IsWindows()) return;
        using var terminal = new Terminal();
        await terminal.Run("keys", "new");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(terminal.Home));
    }
}
