using Maison.Api.Keys;

namespace Maison.Tests.Cli;

public sealed class KeyTests
{
    [Fact]
    public async Task AKeyIsMadeListedWithoutItsValueAndRevoked()
    {
        using var terminal = new Terminal();
        var (_, made, _) = await terminal.Run("keys", "new", "--name", "laptop");
        var value = made.Trim();
        Assert.True(KeyStore.Open(terminal.Home).Accepts(value));

        var (_, list, _) = await terminal.Run("keys", "list");
        Assert.Contains("laptop", list);
        Assert.DoesNotContain(value, list);

        var id = KeyStore.Open(terminal.Home).Keys.Single().Id;
        Assert.Equal(0, (await terminal.Run("keys", "revoke", id)).Code);
        Assert.False(KeyStore.Open(terminal.Home).Accepts(value));
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
