// maison keys: makes, lists and revokes the API keys of the data folder. A running server takes changes up at once.

using System.CommandLine;
using System.Globalization;
using Maison.Api.Keys;
using Maison.Cli.Terminal;

namespace Maison.Cli.Keys;

static class KeysVerb
{
    const string dateForm = "yyyy-MM-dd HH:mm";

    public static Command Create(Surroundings here) => new("keys", "Make, list and revoke API keys") { New(here), List(here), Revoke(here) };

    static Command New(Surroundings here)
    {
        var name = new Option<string>("--name") { Description = "What the key is for; shown in lists", DefaultValueFactory = _ => "cli" };
        var command = new Command("new", "Make a key and print it, the only time that it can be shown") { name };
        command.SetAction(parsed =>
        {
            var store = KeyStore.Open(HomeFolder.Of(here).Made().Path);
            parsed.InvocationConfiguration.Output.WriteLine(store.Create(parsed.GetValue(name)!));
        });
        return command;
    }

    static Command List(Surroundings here)
    {
        var command = new Command("list", "List the keys, without their values");
        command.SetAction(parsed =>
        {
            var keys = KeyStore.Open(HomeFolder.Of(here).Path).Keys;
            if (keys.Count == 0) parsed.InvocationConfiguration.Error.WriteLine("No keys yet: make one with `maison keys new`, or start `maison serve`.");
            else
                TextTable.Write(parsed.InvocationConfiguration.Output, ["ID", "NAME", "CREATED", "LAST USED"],
                    [.. keys.Select(k => new[] { k.Id, k.Name, Date(k.Created), k.LastUsed is { } used ? Date(used) : "never" })]);
        });
        return command;

        static string Date(DateTimeOffset at) => at.ToLocalTime().ToString(dateForm, CultureInfo.InvariantCulture);
    }

    static Command Revoke(Surroundings here)
    {
        var id = new Argument<string>("id") { Description = "The key's id, as `maison keys list` shows it" };
        var command = new Command("revoke", "Take a key out; whoever uses it is refused from then on") { id };
        command.SetAction(parsed =>
        {
            var given = parsed.GetValue(id)!;
            var store = KeyStore.Open(HomeFolder.Of(here).Path);
            if (store.Keys.All(k => k.Id != given) || !store.Revoke(given))
                throw new UserException($"There is no key with the id '{given}'. `maison keys list` shows the ids.");
            parsed.InvocationConfiguration.Output.WriteLine($"Revoked {given}.");
        });
        return command;
    }
}
